//! Small values: amounts, currencies, names; and an amount on its way through a Mirakl order.

use crossdock_connector::{Connector as _, Observation, Read, Session};
use crossdock_model::{ConnectionName, Currency, MerchantId, Money, MoneyError};
use serde_json::{Value, json};

use super::mirakl_answer::SHOP;
use crate::check::{now, reply};
use crate::cut::Cut;

/// First byte: a currency. Then a text.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let currency = *cut.choose(&["GBP", "JPY", "KWD", "EUR"]);
    let currency = Currency::new(currency).expect("a currency of ours");
    let text = cut.rest_text();
    amount(&text, currency);
    name(&text);
    if let Ok(code) = Currency::new(&text) {
        assert!(text.len() == 3 && code.code() == text && text.bytes().all(|b| b.is_ascii_uppercase()));
    }
    in_an_order(&text);
}

/// An amount is read exactly, by this reader and by one of 128 bits, or not at all; and what is written reads back.
fn amount(text: &str, currency: Currency) {
    let read = Money::parse(text, currency);
    match (&read, exact(text, currency.decimals())) {
        (Ok(money), exact) => assert_eq!(Some(i128::from(money.minor)), exact, "{text:?}"),
        (Err(MoneyError::TooLarge), Some(exact)) => assert!(i64::try_from(exact.abs()).is_err(), "{text:?} fits"),
        (Err(problem), Some(exact)) => panic!("{text:?} is {exact}, not {problem}"),
        (Err(_), None) => {}
    }
    if let Ok(money) = read {
        assert_eq!(Money::parse(&money.decimal(), currency), Ok(money), "{text:?} → {}", money.decimal());
        let shown: String = money.to_string().chars().filter(char::is_ascii_digit).collect();
        let plain: String = money.decimal().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(shown, plain, "a person and a machine see different digits");
        let doubled = money.checked_add(money).map(|sum| i128::from(sum.minor));
        match doubled {
            Ok(sum) => assert_eq!(sum, 2 * i128::from(money.minor)),
            Err(problem) => assert!(i64::try_from(2 * i128::from(money.minor)).is_err(), "{problem}"),
        }
    }
}

/// Minor units in 128 bits, or as many digits as would overflow those as a figure that does not fit either.
fn exact(text: &str, places: u32) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if !all(whole) || !all(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let places = places as usize;
    let kept: String = format!("{fraction}{}", "0".repeat(places)).chars().take(places).collect();
    if fraction.chars().skip(places).any(|c| c != '0') {
        return None;
    }
    let digits = format!("{whole}{kept}");
    let digits = digits.trim_start_matches('0');
    Some(match digits {
        "" => 0,
        digits if digits.len() > 30 => i128::MAX,
        digits => sign * digits.parse::<i128>().ok()?,
    })
}

/// A name is taken or not, in both its types and on both ways in.
fn name(text: &str) {
    let merchant = MerchantId::new(text);
    assert_eq!(merchant.is_ok(), ConnectionName::new(text).is_ok());
    assert_eq!(merchant.is_ok(), serde_json::from_value::<MerchantId>(Value::from(text)).is_ok());
    if let Ok(name) = merchant {
        assert!((1..=40).contains(&text.len()) && name.as_str() == text && name.to_string() == text);
    }
}

/// The total of an order, as a JSON number where the text is one and as a JSON string: exact, or the order is not read.
fn in_an_order(text: &str) {
    let number: Option<Value> = serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number);
    let plain = exact(text, 2);
    for amount in number.into_iter().chain([Value::from(text)]) {
        let session = Session { now: now(), ..Session::default() };
        let order = json!({
            "order_id": "1-A", "commercial_id": "1", "order_state": "SHIPPING", "currency_iso_code": "GBP",
            "created_date": "2026-11-22T09:00:00Z", "last_updated_date": "2026-11-23T11:58:22Z", "total_price": amount,
            "order_lines": [{ "order_line_id": "1-A-1", "order_line_index": 1, "order_line_state": "SHIPPING",
                              "offer_sku": "S", "quantity": 1, "price": 1, "price_unit": 1, "total_price": 1 }],
        });
        let body = json!({ "orders": [order], "total_count": 1 }).to_string();
        let read = Read::OrdersById { ids: vec!["1-A".to_owned()] };
        let answer = SHOP.interpret_read(&read, &session, &reply(200, body.as_bytes())).expect("an answer is read");
        for seen in &answer.observations {
            if let Observation::Order { order, .. } = seen
                && let (Some(total), Some(plain)) = (order.total, plain)
            {
                assert_eq!(i128::from(total.minor), plain, "{text:?} as {amount}");
            }
        }
    }
}
