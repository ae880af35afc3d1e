//! Reading callbacks (`contracts/peoplevox.md §5.3`): unsigned, pasted together from values, and never believed.
//!
//! A callback yields item codes or order numbers to look at, nothing else. The parse is strict, because an unencoded value
//! can smuggle in a second parameter: a parameter given twice spoils the whole callback.
//!
//! A callback has no id of its own. Its moment of arrival is part of the hint's id, so that a later change of the same
//! item is never taken for a repeat; a burst of equal hints is merged by the engine, not here.

use std::collections::{BTreeMap, BTreeSet};

use crossdock_connector::{Hint, Intake, Page, Read, WatchedEvent, WebhookRequest};

use crossdock_planted::{self as planted, Bug};

use crate::search_clause::is_expressible;
use crate::subscriptions::{ITEM_FIELD, ORDER_FIELD};

/// Longer than any callback that our own subscriptions can cause.
const MAX_TEXT: usize = 64 * 1024;
/// More parameters than this is no callback of ours, even with additions by hand.
const MAX_PARAMETERS: usize = 50;
/// The most codes that one comma-joined value may hold.
const MAX_CODES: usize = 500;

/// What a callback asks to look at.
pub(crate) fn intake(request: &WebhookRequest<'_>) -> Intake {
    read(request).map_or_else(|problem| Intake::Unreadable(problem.to_owned()), Intake::Accept)
}

fn read(request: &WebhookRequest<'_>) -> Result<Vec<Hint>, &'static str> {
    // The longest item code and order number (`contracts/peoplevox.md §3.3`).
    let (field, longest) = match request.event {
        event if event == WatchedEvent::Availability.as_str() => (ITEM_FIELD, 50),
        event if event == WatchedEvent::Despatch.as_str() => (ORDER_FIELD, 30),
        _ => return Err("no subscription of this kind is ever made"),
    };
    let body = match request.method.as_str() {
        "GET" => "",
        "POST" => std::str::from_utf8(request.body).map_err(|_| "the body is not text")?,
        _ => return Err("neither GET nor POST"),
    };
    if body.len() > MAX_TEXT || request.query.len() > MAX_TEXT {
        return Err("it is too long");
    }
    let mut parameters = BTreeMap::new();
    for pair in request.query.split('&').chain(body.trim_end_matches(['\r', '\n']).split('&')) {
        if pair.is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=').ok_or("a parameter without a value")?;
        let (name, value) = (decode(name)?, decode(value)?);
        if parameters.insert(name.to_lowercase(), value).is_some() && !planted::on(Bug::ParameterGivenTwice) {
            return Err("a parameter is given twice");
        }
        if parameters.len() > MAX_PARAMETERS {
            return Err("too many parameters");
        }
    }
    let value = parameters.get(field).ok_or("the parameter that names the object is missing")?;
    // Only a path through a collection joins its values with commas (`contracts/peoplevox.md §5.2`): a despatch may hold
    // several orders. The item is a plain property, and a comma in it belongs to its code.
    let codes: BTreeSet<&str> =
        if field == ORDER_FIELD { value.split(',').collect() } else { BTreeSet::from([&**value]) };
    let codes: BTreeSet<&str> = codes.into_iter().map(str::trim).filter(|code| !code.is_empty()).collect();
    if codes.is_empty() {
        return Err("it names no object");
    }
    if codes.len() > MAX_CODES {
        return Err("it names too many objects");
    }
    if codes
        .iter()
        .any(|code| !is_expressible(code) || code.contains(['{', '}']) || code.encode_utf16().count() > longest)
    {
        return Err("it names something that cannot be a code");
    }
    let hint = |code: &str| {
        let page = Page::first();
        let id = format!("{}:{code}:{}", request.event, request.at.as_microsecond());
        let look = if field == ITEM_FIELD {
            Read::Availability { items: vec![code.to_owned()], page }
        } else {
            Read::DespatchesOf { orders: vec![code.to_owned()], page }
        };
        Hint { id, look }
    };
    Ok(codes.into_iter().map(hint).collect())
}

/// Decodes one name or value of a form. A percent sign that starts no code, or bytes that are no text, spoil it.
fn decode(text: &str) -> Result<String, &'static str> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                value.and_then(|value| u8::try_from(value).ok()).ok_or("a broken percent code")?
            }
            other => other,
        });
    }
    String::from_utf8(out).map_err(|_| "a value that is not text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn run(method: &str, event: &str, query: &str, body: &str) -> Intake {
        intake(&WebhookRequest {
            method: &method.parse().unwrap(),
            event,
            query,
            headers: &http::HeaderMap::new(),
            body: &body.to_owned().into(),
            secret: "",
            at: fixtures::now(),
        })
    }

    fn items(intake: &Intake) -> Vec<String> {
        let Intake::Accept(hints) = intake else { panic!("{intake:?}") };
        hints
            .iter()
            .flat_map(|hint| match &hint.look {
                Read::Availability { items, .. } => items.clone(),
                Read::DespatchesOf { orders, .. } => orders.clone(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// A061 to A063: receipt, adjustment and despatch all change availability, and each change is a reason to look.
    #[test]
    fn a_change_of_stock_is_a_reason_to_look_at_its_item() {
        let seen = run("POST", "availability", "", "item=A%2B1+%C3%AB&available=5\r\n");
        assert_eq!(items(&seen), ["A+1 ë"]);
        assert_eq!(items(&run("GET", "availability", "item=A-1", "")), ["A-1"]);
        assert_eq!(items(&run("POST", "availability", "", "item=B%2C2")), ["B,2"], "a comma belongs to the code");
        assert_eq!(items(&run("POST", "availability", "", "item=B,2")), ["B,2"]);
    }

    #[test]
    fn a_despatch_is_a_reason_to_look_at_its_orders() {
        assert_eq!(items(&run("POST", "despatch", "", "order=SO-1%2CSO-2")), ["SO-1", "SO-2"]);
        assert_eq!(items(&run("POST", "despatch", "", "order=B,A,,B , C")), ["A", "B", "C"], "one pick each");
    }

    #[test]
    fn a_hint_is_new_at_every_later_moment() {
        let Intake::Accept(hints) = run("GET", "availability", "item=A", "") else { panic!() };
        assert_eq!(hints[0].id, format!("availability:A:{}", fixtures::now().as_microsecond()));
    }

    /// F29: the injection corpus. Nothing here names an object of the attacker's choice.
    #[test]
    fn what_is_not_strictly_a_form_is_unreadable() {
        let long_item = format!("item={}", "x".repeat(51));
        let many = format!("order={}", (0..501).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
        let huge = format!("item=A&x={}", "y".repeat(MAX_TEXT));
        for body in [
            "",
            "item=",
            "item=%20",
            "item",
            "itm=A",
            "item=A&item=B",
            "item=A&ITEM=B",
            "item=a&e-mail=a&item=X@x.example",
            "item=%",
            "item=%G1",
            "item=%4",
            "item=%FF",
            "item=A%00",
            "item=A%22",
            "item=A%5C",
            // U+FFFF, which no request can carry: the search for all that waits would fail with it.
            "item=A%EF%BF%BF",
            "item={ItemCode}",
            "{\"item\":\"A\"}",
            long_item.as_str(),
            huge.as_str(),
        ] {
            let seen = run("POST", "availability", "", body);
            assert!(matches!(seen, Intake::Unreadable(_)), "{body:.80}: {seen:?}");
        }
        assert!(matches!(run("POST", "availability", "item=A", "item=B"), Intake::Unreadable(_)));
        assert!(matches!(run("POST", "despatch", "", &many), Intake::Unreadable(_)));
        assert!(matches!(run("POST", "despatch", "", "order= , "), Intake::Unreadable(_)));
        assert!(matches!(run("PUT", "availability", "item=A", ""), Intake::Unreadable(_)));
        assert!(matches!(run("GET", "order", "item=A", ""), Intake::Unreadable(_)));
        assert!(matches!(run("POST", "despatch", "", &format!("order={}", "x".repeat(31))), Intake::Unreadable(_)));
    }
}
