//! How a connection to a remote is.

use serde::{Deserialize, Serialize};

/// The state of a connection, in the words that the console uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// It answers and trades.
    Live,
    /// It answers, but the seller's account or shop is switched off there: listings are not on sale.
    SellerOffline,
    /// The credentials were refused. Nothing is tried again until a person changes them.
    AuthFailed,
    /// The credentials work but lack a right that is needed.
    ScopeMissing,
    /// Our webhook was switched off at the remote.
    WebhookDisabled,
    /// The remote does not answer, or asks to slow down for long.
    Down,
}

/// What a probe of a connection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionHealth {
    /// The state.
    pub state: ConnectionState,
    /// One sentence for a person: what was asked and what came back.
    pub detail: String,
}
