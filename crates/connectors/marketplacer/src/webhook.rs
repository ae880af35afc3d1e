//! Reads a callback of the marketplace (`contracts/marketplacer.md §6.2`, `§6.4`).
//!
//! A callback is a hint to look, never a fact. Must not decide anything about orders.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossdock_connector::{Hint, Intake, Read, WebhookRequest};
use crossdock_planted::{self as planted, Bug};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::answer::cut;
use crate::config::Config;

/// The signature's header (`contracts/marketplacer.md §6.2`).
const SIGNATURE: &str = "marketplacer-hmac-256";
/// Longer ids than this are not stored as they are.
const LONGEST_ID: usize = 200;

/// Checks and reads a callback.
pub(crate) fn read(config: &Config, request: &WebhookRequest<'_>) -> Intake {
    if let Err(reason) = genuine(config, request) {
        return Intake::BadSignature(reason.to_owned());
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return Intake::Unreadable("the body is no JSON".to_owned());
    };
    if let Some(errors) = body.pointer("/payload/errors").filter(|errors| !errors.is_null()) {
        let message = errors.pointer("/0/message").and_then(Value::as_str).unwrap_or("(no message)");
        return Intake::Unreadable(format!("our payload query failed at the marketplace: {}", cut(message)));
    }
    let event = body.get("event_name").and_then(Value::as_str).unwrap_or("");
    let node = body.pointer("/payload/data/node").filter(|node| !node.is_null());
    match (event, node) {
        // What was destroyed cannot be read any more, and probably arrives as null.
        ("destroy", None) => Intake::Accept(Vec::new()),
        (_, None) => Intake::Unreadable("the payload is empty".to_owned()),
        ("create" | "update" | "destroy", Some(node)) => Intake::Accept(hints(request, &body, node)),
        // An event that this version does not know; the next poll sees what it was about.
        (_, Some(_)) => Intake::Accept(Vec::new()),
    }
}

/// An invoice can be looked at by its id. A variant cannot: listings are only ever read as a whole, on their own schedule.
fn hints(request: &WebhookRequest<'_>, body: &Value, node: &Value) -> Vec<Hint> {
    let word = |field: &str| node.get(field).and_then(Value::as_str);
    match (word("__typename"), word("id")) {
        (Some("Invoice"), Some(id)) if !id.is_empty() && id.len() <= LONGEST_ID => {
            vec![Hint { id: delivery_id(request, body), look: Read::OrdersById { ids: vec![id.to_owned()] } }]
        }
        _ => Vec::new(),
    }
}

/// Equal for two deliveries of one event: the `Idempotency-Key`, else the event's own id, else the content.
fn delivery_id(request: &WebhookRequest<'_>, body: &Value) -> String {
    let header = request.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let usable = |id: &&str| !id.trim().is_empty() && id.len() <= LONGEST_ID;
    let given = header.filter(usable).or_else(|| body.get("id").and_then(Value::as_str).filter(usable));
    given.map_or_else(|| digest(request.body), |id| id.trim().to_owned())
}

/// SHA-256 in hexadecimal.
fn digest(body: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(body) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn genuine(config: &Config, request: &WebhookRequest<'_>) -> Result<(), &'static str> {
    if request.secret.is_empty() {
        return Err("no secret is known for this subscription");
    }
    if planted::on(Bug::SignatureUnchecked) {
        return Ok(());
    }
    if config.use_hmac {
        let given = request.headers.get(SIGNATURE).ok_or("the signature is missing")?;
        let given = STANDARD.decode(given.as_bytes()).map_err(|_| "the signature is no base64")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(request.secret.as_bytes()).map_err(|_| "the key is unusable")?;
        mac.update(request.body);
        return mac.verify_slice(&given).map_err(|_| "the signature does not fit the body");
    }
    let given = request.headers.get(config.webhook_header.as_str()).ok_or("the secret header is missing")?;
    if bool::from(given.as_bytes().ct_eq(request.secret.as_bytes())) {
        Ok(())
    } else {
        Err("the secret header does not fit")
    }
}
