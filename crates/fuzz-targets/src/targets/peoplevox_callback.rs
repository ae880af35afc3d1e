//! A callback of the warehouse: a query, a form, and never anything that is believed.

use std::collections::BTreeSet;

use bytes::Bytes;
use crossdock_connector::{Connector as _, Intake, Read, WebhookRequest};

use super::tenant::{SESSION, TENANT};
use crate::check::now;
use crate::cut::Cut;

/// First byte: the method. Second: the event. A line with the query, then the body.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let method = cut.choose(&[http::Method::GET, http::Method::POST, http::Method::PUT]).clone();
    let event = *cut.choose(&["availability", "despatch", "order", ""]);
    let query = cut.text();
    let body = cut.rest();
    let intake = deliver(&method, event, &query, body);
    if method == http::Method::GET {
        assert_eq!(intake, deliver(&method, event, &query, b"item=X&order=X"), "a GET has no body");
    }
    match intake {
        Intake::Accept(hints) => {
            assert!(method != http::Method::PUT && (1..=500).contains(&hints.len()), "{} hints", hints.len());
            let ids: BTreeSet<&str> = hints.iter().map(|hint| hint.id.as_str()).collect();
            assert_eq!(ids.len(), hints.len(), "two hints with one id: one would be lost");
            let given = format!("{query}&{}", String::from_utf8_lossy(body));
            for hint in &hints {
                let codes = match &hint.look {
                    Read::Availability { items, .. } if event == "availability" => items,
                    Read::DespatchesOf { orders, .. } if event == "despatch" => orders,
                    other => panic!("{event} leads to {other:?}"),
                };
                for code in codes {
                    assert!(stands_in(&given, code), "{code:?} is not in {given:?}");
                }
                let call = TENANT.plan_read(&hint.look, &SESSION);
                assert!(call.is_ok(), "a hint that cannot be asked about: {:?} {:?}", hint.look, call.err());
            }
        }
        Intake::Unreadable(reason) => assert!(reason.len() < 200, "{reason}"),
        other => panic!("{other:?}"),
    }
}

fn deliver(method: &http::Method, event: &str, query: &str, body: &[u8]) -> Intake {
    let (headers, body) = (http::HeaderMap::new(), Bytes::copy_from_slice(body));
    TENANT.webhook(&WebhookRequest { method, event, query, headers: &headers, body: &body, secret: "", at: now() })
}

/// Whether a text stands somewhere in a form, each of its characters plain or percent-encoded.
fn stands_in(form: &str, text: &str) -> bool {
    let mut decoded = Vec::new();
    let bytes = form.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (b'+', _) => {
                decoded.push(b' ');
                at += 1;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded.windows(text.len().max(1)).any(|window| window == text.as_bytes())
}
