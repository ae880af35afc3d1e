//! Callbacks: genuine ones become hints, nothing is believed (contracts/marketplacer.md §6).

use bytes::Bytes;
use crossdock_connector::{Connector, Hint, Intake, Read, WebhookRequest};

use crate::support::*;

const SECRET: &str = "Schlüssel-7";
const INVOICE_EVENT: &str = r#"{"id":"V2ViaG9va0V2ZW50LTI1NTI=","event_name":"update","payload":{"data":{"node":{"__typename":"Invoice","id":"SW52b2ljZS0xMzczNw==","legacyId":13737}}}}"#;
/// HMAC-SHA256 of [`INVOICE_EVENT`] under [`SECRET`], computed with another implementation (Python's `hmac`).
const SIGNATURE: &str = "ps/i7AoX7+6fusXkjlxRDZuYXYnbgQSP+/RHWVs2Lmw=";

fn deliver(settings: &str, headers: &[(&str, &str)], body: &str, secret: &str) -> Intake {
    let mut map = http::HeaderMap::new();
    for (name, value) in headers {
        map.insert(name.parse::<http::HeaderName>().unwrap(), http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let body = Bytes::copy_from_slice(body.as_bytes());
    let method = http::Method::POST;
    with_settings(settings).webhook(&WebhookRequest {
        method: &method,
        event: "order",
        query: "",
        headers: &map,
        body: &body,
        secret,
        at: at("2026-03-01T10:00:00Z"),
    })
}

fn genuine(body: &str) -> Intake {
    deliver("{}", &[("X-Crossdock-Token", SECRET)], body, SECRET)
}

fn hint(id: &str) -> Intake {
    Intake::Accept(vec![Hint { id: id.into(), look: Read::OrdersById { ids: vec![INVOICE.into()] } }])
}

#[test]
fn the_static_header_proves_the_sender() {
    assert_eq!(genuine(INVOICE_EVENT), hint("V2ViaG9va0V2ZW50LTI1NTI="));
    for headers in [&[("X-Crossdock-Token", "wrong")][..], &[("X-Crossdock-Token", "")], &[("X-Other", SECRET)], &[]] {
        assert!(matches!(deliver("{}", headers, INVOICE_EVENT, SECRET), Intake::BadSignature(_)), "{headers:?}");
    }
    let renamed = r#"{"webhook_header": "X-Mine"}"#;
    assert!(matches!(deliver(renamed, &[("x-mine", SECRET)], INVOICE_EVENT, SECRET), Intake::Accept(_)));
}

#[test]
fn an_empty_secret_opens_nothing() {
    assert!(matches!(deliver("{}", &[("X-Crossdock-Token", "")], INVOICE_EVENT, ""), Intake::BadSignature(_)));
}

#[test]
fn the_signature_covers_the_raw_body() {
    let signed = |body: &str, signature: &str| {
        deliver(r#"{"use_hmac": true}"#, &[("Marketplacer-Hmac-256", signature)], body, SECRET)
    };
    assert_eq!(signed(INVOICE_EVENT, SIGNATURE), hint("V2ViaG9va0V2ZW50LTI1NTI="));
    assert!(matches!(signed(&INVOICE_EVENT.replace("13737", "13738"), SIGNATURE), Intake::BadSignature(_)));
    assert!(matches!(signed(&format!("{INVOICE_EVENT} "), SIGNATURE), Intake::BadSignature(_)));
    for bad in ["", "not base64!", "cHMv", &SIGNATURE.replace("ps", "pt")] {
        assert!(matches!(signed(INVOICE_EVENT, bad), Intake::BadSignature(_)), "{bad}");
    }
    let unsigned = deliver(r#"{"use_hmac": true}"#, &[("X-Crossdock-Token", SECRET)], INVOICE_EVENT, SECRET);
    assert!(matches!(unsigned, Intake::BadSignature(_)));
}

#[test]
fn two_deliveries_of_one_event_have_one_id() {
    let delivered = |headers: &[(&str, &str)], body| {
        let mut all = vec![("X-Crossdock-Token", SECRET)];
        all.extend(headers);
        deliver("{}", &all, body, SECRET)
    };
    let key = "YmVzdGZyaWVuZGJhemFhcjoyNTUy";
    assert_eq!(delivered(&[("Idempotency-Key", key)], INVOICE_EVENT), hint(key));
    let without_id =
        r#"{"event_name":"update","payload":{"data":{"node":{"__typename":"Invoice","id":"SW52b2ljZS0xMzczNw=="}}}}"#;
    // SHA-256 of the body, computed with Python's hashlib.
    let digest = "d5540d382d039793e13b667b3779f6031e56cd5b40fc62c74e8469b41b0c5de6";
    assert_eq!(genuine(without_id), hint(digest));
    assert_eq!(delivered(&[("Idempotency-Key", &"x".repeat(201))], without_id), hint(digest));
}

#[test]
fn what_is_not_an_invoice_is_accepted_without_a_hint() {
    for body in [
        r#"{"event_name":"update","payload":{"data":{"node":{"__typename":"Variant","id":"VmFyaWFudC0yMQ=="}}}}"#,
        r#"{"event_name":"teleport","payload":{"data":{"node":{"__typename":"Invoice","id":"SW52b2ljZS0xMzczNw=="}}}}"#,
        r#"{"event_name":"update","payload":{"data":{"node":{"__typename":"Invoice","id":null}}}}"#,
        r#"{"event_name":"update","payload":{"data":{"node":{"__typename":"Comet"}}}}"#,
        r#"{"event_name":"destroy","payload":{"data":{"node":null}}}"#,
    ] {
        assert_eq!(genuine(body), Intake::Accept(Vec::new()), "{body}");
    }
}

#[test]
fn unreadable_callbacks_are_counted_not_refused() {
    for body in [
        "",
        "not json",
        "null",
        "[]",
        r#"{"event_name":"update","payload":null}"#,
        r#"{"event_name":"update","payload":{"data":{"node":null}}}"#,
        r#"{"event_name":"update","payload":{"errors":[{"message":"Field 'badQuery' doesn't exist on type 'Advert'"}]}}"#,
        r#"{"event_name":"update","payload":{"errors":[],"data":{"node":{"__typename":"Invoice","id":"x"}}}}"#,
    ] {
        assert!(matches!(genuine(body), Intake::Unreadable(_)), "{body}");
    }
}
