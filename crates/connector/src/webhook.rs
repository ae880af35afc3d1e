//! Callbacks from a remote: a reason to look, never a fact.

use bytes::Bytes;
use jiff::Timestamp;

use crate::Read;

/// A callback as it arrived. The engine has already checked the secret token of the path.
#[derive(Debug)]
pub struct WebhookRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a http::Method,
    /// What it was subscribed for, from the path.
    pub event: &'a str,
    /// The raw query string, without `?`.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a http::HeaderMap,
    /// The raw body.
    pub body: &'a Bytes,
    /// The secret that belongs to the subscription: an HMAC key or the static header's value.
    pub secret: &'a str,
    /// The hub's clock.
    pub at: Timestamp,
}

/// A reason to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Equal for two deliveries of the same event; the inbox keeps only the first.
    pub id: String,
    /// What to look at. The engine merges the hints that wait, so that a burst costs one read.
    pub look: Read,
}

/// What to do with a callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// Genuine: look at these (possibly none). Answered 2xx once stored.
    Accept(Vec<Hint>),
    /// The signature or secret does not fit. Answered **503** with an alert, because a 4xx would switch the webhook off
    /// at Marketplacer (`contracts/marketplacer.md §6.3`).
    BadSignature(String),
    /// It cannot be read. Counted, answered 2xx: the next poll sees the truth.
    Unreadable(String),
    /// This connector has no callbacks.
    NotForUs,
}
