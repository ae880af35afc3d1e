//! What stands in front of a person.

use crossdock_model::Money;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Tone;

/// All open exceptions with one cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExceptionGroup {
    /// Equal for exceptions that one fix closes: `sku.unknown/john-lewis/JL-88213-NVY`.
    pub fingerprint: String,
    /// The cause's stable code: `sku.unknown`. Each has a page in `docs/errors`.
    pub cause: String,
    /// One sentence: `15 orders wait on one unknown SKU: JL-88213-NVY`.
    pub sentence: String,
    /// What to do, as an imperative: `Map the SKU to a warehouse item`.
    pub next_action: String,
    /// The team that owns it.
    pub owner: String,
    /// How bad.
    pub tone: Tone,
    /// How many.
    pub count: u64,
    /// Money that hangs on it, when known.
    pub at_risk: Option<Money>,
    /// When the first deadline ends.
    pub first_due: Option<Timestamp>,
    /// When the first was opened.
    pub first_seen: Timestamp,
    /// When the latest was opened.
    pub last_seen: Timestamp,
    /// Opened per hour over the last 24 hours, oldest first.
    pub per_hour: Vec<u32>,
    /// The exceptions themselves, at most 100.
    pub exceptions: Vec<ExceptionView>,
}

/// One open exception.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExceptionView {
    /// Its number.
    pub id: i64,
    /// The order it concerns, by the number people read; empty for a connection or a listing.
    pub order: String,
    /// The connection.
    pub connection: String,
    /// What exactly: `line 2: SKU JL-88213-NVY has no warehouse item`.
    pub detail: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When its deadline ends.
    pub due: Option<Timestamp>,
    /// Money that hangs on it.
    pub at_risk: Option<Money>,
}
