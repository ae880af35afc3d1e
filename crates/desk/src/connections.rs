//! Is anything silently standing still?

use crossdock_model::ConnectionState;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Tone;

/// One connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionView {
    /// Its name.
    pub name: String,
    /// Its kind: `peoplevox`, `mirakl`, …
    pub kind: String,
    /// `warehouse` or `channel`.
    pub role: String,
    /// Its state; `None` before the first probe.
    pub state: Option<ConnectionState>,
    /// In words: `live, 4 s ago`.
    pub words: String,
    /// What the probe or the last failure said.
    pub detail: String,
    /// Tone.
    pub tone: Tone,
    /// The last call that was answered as it should be.
    pub last_good: Option<Timestamp>,
    /// What runs on a schedule.
    pub schedules: Vec<ScheduleView>,
    /// Published limits and how much of each is used.
    pub windows: Vec<WindowView>,
    /// What waits to be sent.
    pub queue: Vec<QueueView>,
    /// Whether the hub calls are answered by push as well; in words.
    pub push: String,
}

/// Something that runs on a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScheduleView {
    /// What: `orders`, `availability`, …
    pub name: String,
    /// Last time it ran to its end.
    pub last_good: Option<Timestamp>,
    /// Next run.
    pub next: Option<Timestamp>,
    /// How far it has read.
    pub watermark: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// The last failure's text.
    pub problem: String,
    /// Tone: late schedules are at risk.
    pub tone: Tone,
}

/// A published limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowView {
    /// Its name.
    pub name: String,
    /// Calls made in the window that ends now.
    pub used: u32,
    /// Calls allowed.
    pub limit: u32,
    /// The window's length in seconds.
    pub per_seconds: u64,
}

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueView {
    /// What: `create order`, `confirm despatch`, `set stock`.
    pub what: String,
    /// How many wait.
    pub waiting: u64,
    /// How many are in doubt.
    pub in_doubt: u64,
    /// How many are held for a person.
    pub held: u64,
}
