//! Money and names hold for every value, not only for those somebody thought of (`reliability.md` §4, T9).

use crossdock_model::{Address, ConnectionName, Contact, Currency, Money, MoneyError, Private};
use prop_kit::{cases, text};
use proptest::prelude::*;

fn currency() -> impl Strategy<Value = Currency> {
    let code = prop_oneof![Just("GBP".to_owned()), Just("JPY".to_owned()), Just("KWD".to_owned()), "[A-Z]{3}"];
    code.prop_map(|code| Currency::new(&code).unwrap())
}

fn minor() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -10_000_i64..10_000, Just(i64::MIN), Just(i64::MAX), Just(0)]
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn prop_an_amount_written_for_a_machine_is_read_back_the_same(minor in minor(), currency in currency()) {
        let money = Money::from_minor(minor, currency);
        prop_assert_eq!(Money::parse(&money.decimal(), currency), Ok(money));
    }

    #[test]
    fn prop_an_amount_is_exact_or_refused(text in "[ ]?-?[0-9]{0,20}[.]?[0-9]{0,5}", currency in currency()) {
        let places = currency.decimals() as usize;
        let digits = text.trim().trim_start_matches('-');
        match Money::parse(&text, currency) {
            Ok(money) => {
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let padded = format!("{whole}{fraction:0<places$}");
                let (kept, dropped) = padded.split_at(whole.len() + places);
                prop_assert!(dropped.bytes().all(|digit| digit == b'0'));
                let exact: i128 = if kept.is_empty() { 0 } else { kept.parse().unwrap() };
                let sign = if text.trim().starts_with('-') { -1 } else { 1 };
                prop_assert_eq!(i128::from(money.minor), sign * exact);
            }
            Err(MoneyError::NotANumber(_)) => prop_assert!(digits.is_empty() || digits == "."),
            Err(MoneyError::TooPrecise(_)) => {
                let fraction = digits.split_once('.').map_or("", |(_, fraction)| fraction);
                prop_assert!(fraction.get(places..).unwrap_or("").bytes().any(|digit| digit != b'0'));
            }
            Err(MoneyError::TooLarge) => {
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let fraction: String = fraction.chars().chain("000".chars()).take(places).collect();
                let exact: i128 = format!("{whole}{fraction}").parse().unwrap();
                let sign = if text.trim().starts_with('-') { -1 } else { 1 };
                prop_assert!(i64::try_from(sign * exact).is_err(), "{} fits", sign * exact);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn prop_no_text_makes_an_amount_by_guessing(text in text(), currency in currency()) {
        if Money::parse(&text, currency).is_ok() {
            prop_assert!(text.trim().bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')));
        }
    }

    #[test]
    fn prop_a_sum_is_that_of_the_whole_numbers_or_an_error(a in minor(), b in minor(), currency in currency()) {
        let sum = Money::from_minor(a, currency).checked_add(Money::from_minor(b, currency));
        let exact = i128::from(a) + i128::from(b);
        match i64::try_from(exact) {
            Ok(minor) => prop_assert_eq!(&sum, &Ok(Money::from_minor(minor, currency))),
            Err(_) => prop_assert_eq!(&sum, &Err(MoneyError::TooLarge)),
        }
        prop_assert_eq!(sum, Money::from_minor(b, currency).checked_add(Money::from_minor(a, currency)));
    }

    #[test]
    fn prop_two_currencies_never_meet_in_a_sum(a in minor(), b in minor(), one in currency(), other in currency()) {
        prop_assume!(one != other);
        let sum = Money::from_minor(a, one).checked_add(Money::from_minor(b, other));
        prop_assert_eq!(sum, Err(MoneyError::CurrencyMismatch(one, other)));
    }

    #[test]
    fn prop_an_amount_for_people_has_the_digits_of_the_one_for_machines(minor in minor(), currency in currency()) {
        let money = Money::from_minor(minor, currency);
        let plain: String = money.to_string().chars().filter(|c| c.is_ascii_digit() || matches!(c, '-' | '.')).collect();
        prop_assert_eq!(plain, money.decimal());
        let shown = money.to_string();
        let whole = shown.split('.').next().unwrap_or("").trim_start_matches(|c: char| !c.is_ascii_digit());
        let mut groups = whole.split(',');
        prop_assert!(groups.next().is_some_and(|first| (1..=3).contains(&first.len())));
        prop_assert!(groups.all(|group| group.len() == 3), "{}", shown);
    }

    #[test]
    fn prop_an_amount_survives_json(minor in minor(), currency in currency()) {
        let money = Money::from_minor(minor, currency);
        let text = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), money);
    }

    #[test]
    fn prop_a_connection_is_named_by_the_rule_and_no_other(name in prop_oneof![text(), "[a-z][a-z0-9-]{0,45}"]) {
        let fits = !name.is_empty()
            && name.len() <= 40
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && name.starts_with(|c: char| c.is_ascii_lowercase());
        prop_assert_eq!(ConnectionName::new(name.as_str()).is_ok(), fits);
        let json = serde_json::to_string(&name).unwrap();
        prop_assert_eq!(serde_json::from_str::<ConnectionName>(&json).is_ok(), fits, "the stored form obeys it too");
    }

    #[test]
    fn prop_personal_data_never_shows_and_is_kept_whole(secret in text()) {
        let canary = format!("CANARY{secret}");
        let address = Address {
            recipient: canary.as_str().into(),
            line1: canary.as_str().into(),
            postcode: canary.as_str().into(),
            ..Address::default()
        };
        let contact = Contact { name: canary.as_str().into(), email: canary.as_str().into(), phone: canary.as_str().into() };
        let shown = format!("{address:?} {address:#?} {contact:?} {contact:#?}");
        prop_assert!(!shown.contains("CANARY"));
        let json = serde_json::to_string(&address).unwrap();
        prop_assert_eq!(serde_json::from_str::<Address>(&json).unwrap(), address);
        prop_assert_eq!(Private::from(canary.clone()).into_inner(), canary);
    }
}
