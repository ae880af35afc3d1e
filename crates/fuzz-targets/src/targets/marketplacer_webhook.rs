//! A callback of Marketplacer: who sent it is proved before anything in it is read.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crossdock_connector::{Connector as _, Intake, Read, Session, WebhookRequest};
use crossdock_marketplacer::Marketplacer;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::marketplacer_answer::{SHOP, shop};
use crate::check::now;
use crate::cut::Cut;

const SECRET: &str = "Schlüssel-7";

static SIGNED: LazyLock<Marketplacer> = LazyLock::new(|| shop(r#"{"use_hmac": true}"#));

/// First byte: signed or with a header, rightly or not. A line with the signature or header as it came, a line with the
/// `Idempotency-Key`, then the body.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let (hmac, right) = *cut.choose(&[(true, true), (false, true), (true, false), (false, false)]);
    let (given, key) = (cut.line(), cut.line());
    let body = cut.rest();
    let genuine = if hmac { sign(body).into_bytes() } else { SECRET.as_bytes().to_vec() };
    let proof = if right { &genuine } else { given };
    let intake = deliver(hmac, proof, key, body, SECRET);
    let refused = |intake: &Intake| matches!(intake, Intake::BadSignature(_));
    // What base64 decodes to is what counts, so that another spelling of the same bytes is no forgery.
    let decoded = |text: &[u8]| STANDARD.decode(text).ok();
    let same = |one: &[u8], other: &[u8]| {
        if hmac { decoded(one).is_some() && decoded(one) == decoded(other) } else { one == other }
    };
    assert_eq!(refused(&intake), !same(proof, &genuine), "{intake:?}");
    assert!(refused(&deliver(hmac, proof, key, body, "")), "an empty secret opens nothing");
    if hmac && right {
        let mut longer = body.to_vec();
        longer.push(b' ');
        assert!(refused(&deliver(true, proof, key, &longer, SECRET)), "one byte more is another body");
        if let Some((first, rest)) = body.split_first() {
            let flipped = [&[first ^ 1], rest].concat();
            assert!(refused(&deliver(true, proof, key, &flipped, SECRET)), "one bit less is another body");
        }
    }
    match &intake {
        Intake::Accept(hints) => {
            assert!(hints.len() <= 1, "{hints:?}");
            for hint in hints {
                assert!(!hint.id.trim().is_empty() && hint.id.len() <= 200, "an id to remember: {hint:?}");
                assert!(
                    matches!(&hint.look, Read::OrdersById { ids } if ids.iter().all(|id| !id.is_empty())),
                    "{hint:?}"
                );
                let session = Session { now: now(), ..Session::default() };
                assert!(SHOP.plan_read(&hint.look, &session).is_ok(), "a hint that cannot be asked about: {hint:?}");
            }
            assert_eq!(intake, deliver(hmac, proof, key, body, SECRET), "two deliveries of one event are one");
        }
        Intake::Unreadable(reason) | Intake::BadSignature(reason) => assert!(reason.chars().count() < 600, "{reason}"),
        Intake::NotForUs => panic!("this connector has callbacks"),
    }
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key may have any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn deliver(hmac: bool, proof: &[u8], key: &[u8], body: &[u8], secret: &str) -> Intake {
    let mut headers = http::HeaderMap::new();
    let names = [if hmac { "marketplacer-hmac-256" } else { "x-crossdock-token" }, "idempotency-key"];
    for (name, value) in names.into_iter().zip([proof, key]) {
        // A value that no header can carry does not arrive.
        if let Ok(value) = http::HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    let (method, body) = (http::Method::POST, Bytes::copy_from_slice(body));
    let connector: &Marketplacer = if hmac { &SIGNED } else { &SHOP };
    connector.webhook(&WebhookRequest {
        method: &method,
        event: "order",
        query: "",
        headers: &headers,
        body: &body,
        secret,
        at: now(),
    })
}
