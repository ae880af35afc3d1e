//! Connections: their state, schedules, windows, hints and subscriptions.

use crossdock_model::ConnectionHealth;
use jiff::Timestamp;

use crate::StoreError;

/// What is known of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its name.
    pub name: String,
    /// The last probe.
    pub health: Option<ConnectionHealth>,
    /// When it was made.
    pub probed: Option<Timestamp>,
    /// The last call answered as it should be.
    pub last_good: Option<Timestamp>,
    /// Calls in a row that failed.
    pub failures: u32,
    /// The last failure's text.
    pub problem: String,
    /// Stopped until a person acts (credentials refused).
    pub stopped: bool,
    /// Facts that the connector learnt.
    pub facts: Vec<(String, String)>,
    /// The cliff guard's sentence and moment, while it holds the stock push.
    pub guard: Option<(String, Timestamp)>,
}

/// Something that runs on a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRow {
    /// The connection.
    pub connection: String,
    /// The read's kind.
    pub name: String,
    /// Next run.
    pub next: Timestamp,
    /// How far it has read.
    pub watermark: Option<Timestamp>,
    /// When the run under way began.
    pub started: Option<Timestamp>,
    /// The read that continues the run under way, as JSON.
    pub resume: Option<String>,
    /// Last run that came to its end.
    pub last_good: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// The last failure's text.
    pub problem: String,
}

/// The calls made in a published window, newest last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRow {
    /// The connection.
    pub connection: String,
    /// The window's name.
    pub window: String,
    /// Moments in microseconds and how many calls each stands for.
    pub calls: Vec<(i64, u32)>,
}

/// A reason to look, waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HintRow {
    /// The connection.
    pub connection: String,
    /// The read's kind.
    pub kind: String,
    /// What to look at (an item code, an order id).
    pub key: String,
    /// When the first such hint arrived.
    pub at: Timestamp,
}

/// A subscription at a remote: the ledger that some remotes do not keep for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The connection.
    pub connection: String,
    /// The event's word.
    pub event: String,
    /// The secret in the callback's path.
    pub token: String,
    /// The secret that the remote sends along.
    pub secret: String,
    /// The URL that was registered.
    pub url: String,
    /// The remote's id, once known.
    pub remote_id: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The last delivery.
    pub last_delivery: Option<Timestamp>,
    /// Deliveries.
    pub deliveries: u64,
}

/// Reading.
pub trait Connections {
    /// A connection's row; a default one when there is none yet.
    fn connection(&self, name: &str) -> Result<ConnectionRow, StoreError>;
    /// The schedules of a connection.
    fn schedules(&self, connection: &str) -> Result<Vec<ScheduleRow>, StoreError>;
    /// The windows of a connection.
    fn windows(&self, connection: &str) -> Result<Vec<WindowRow>, StoreError>;
    /// Waiting hints of a connection, oldest first, at most `limit`.
    fn hints(&self, connection: &str, limit: u64) -> Result<Vec<HintRow>, StoreError>;
    /// The subscriptions of a connection.
    fn subscriptions(&self, connection: &str) -> Result<Vec<SubscriptionRow>, StoreError>;
}

/// Changing.
pub trait ConnectionsMut {
    /// Stores a connection's row.
    fn put_connection(&mut self, row: &ConnectionRow, now: Timestamp) -> Result<(), StoreError>;
    /// Stores a schedule.
    fn put_schedule(&mut self, row: &ScheduleRow) -> Result<(), StoreError>;
    /// Stores a window.
    fn put_window(&mut self, row: &WindowRow) -> Result<(), StoreError>;
    /// Adds a hint unless the same one waits already.
    fn add_hint(&mut self, hint: &HintRow) -> Result<(), StoreError>;
    /// Removes hints that were served by a look that began at `asked`: only those that arrived before it.
    fn serve_hints(
        &mut self,
        connection: &str,
        kind: &str,
        keys: &[String],
        asked: Timestamp,
    ) -> Result<(), StoreError>;
    /// Stores a subscription (by connection and event).
    fn put_subscription(&mut self, row: &SubscriptionRow) -> Result<(), StoreError>;
}
