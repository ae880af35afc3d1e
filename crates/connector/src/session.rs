//! What is known about a connection while it is used.

use std::collections::BTreeMap;

use crossdock_model::Private;
use jiff::Timestamp;

/// What a connector has learnt: a session token that is never stored, and facts that are.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// The remote's session token, in memory only.
    pub token: Option<Private<String>>,
    /// When the token was last known to be good.
    pub token_at: Option<Timestamp>,
    /// Facts about the remote (`template.Sales orders` → its columns; `multi_shipment` → `true`). Stored by the engine.
    pub facts: BTreeMap<String, String>,
    /// The current moment, set by the engine before each call of the connector.
    pub now: Timestamp,
}

impl Session {
    /// A fact, when it is known.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// Whether a fact is known to be `true`.
    pub fn is(&self, name: &str) -> bool {
        self.fact(name) == Some("true")
    }
}
