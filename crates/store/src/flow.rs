//! Flows: one row per order and per parcel, with its journal.

use crossdock_model::Money;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Which state machine a flow belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// One marketplace order. Key: `connection/channel id`.
    Order,
    /// One parcel. Key: `order number/despatch number/tracking number`.
    Despatch,
}

impl FlowKind {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Despatch => "despatch",
        }
    }
}

/// When a flow reached what people measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Milestones {
    /// Released in the warehouse.
    pub in_warehouse: Option<Timestamp>,
    /// Left the building (an order: completely).
    pub despatched: Option<Timestamp>,
    /// The channel was seen to know it (an order: completely).
    pub confirmed: Option<Timestamp>,
}

/// A flow to begin.
#[derive(Debug, Clone)]
pub struct NewFlow {
    /// Which machine.
    pub kind: FlowKind,
    /// Unique within merchant and kind, for ever.
    pub key: String,
    /// The connection it came from.
    pub connection: String,
    /// The order that a parcel belongs to.
    pub parent: Option<i64>,
}

/// A flow.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRow {
    /// Its number.
    pub id: i64,
    /// Which machine.
    pub kind: FlowKind,
    /// Its key.
    pub key: String,
    /// The connection it came from.
    pub connection: String,
    /// The order that a parcel belongs to.
    pub parent: Option<i64>,
    /// The number people read.
    pub number: String,
    /// The state word.
    pub state: String,
    /// Why it is held, as a cause code.
    pub cause: Option<String>,
    /// The machine's own state, as JSON.
    pub data: String,
    /// Grows with every change; [`FlowsMut::update_flow`] refuses a stale one.
    pub version: i64,
    /// When the flow wants to be stepped without an event.
    pub wake_at: Option<Timestamp>,
    /// When its service level ends.
    pub deadline: Option<Timestamp>,
    /// Money that hangs on it.
    pub amount: Option<Money>,
    /// Milestones.
    pub milestones: Milestones,
    /// When the hub first saw it.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
}

/// One line for a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// When.
    pub at: Timestamp,
    /// Who: `hub`, a person, a connection's name.
    pub actor: String,
    /// A stable word: `received`, `held`, `mapped`, …
    pub kind: String,
    /// What a person reads.
    pub text: String,
    /// Details.
    pub detail: String,
}

/// A line of a journal, chained by hash to the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalRow {
    /// 1, 2, 3, … within the flow.
    pub seq: i64,
    /// The entry.
    pub entry: JournalEntry,
}

/// Which flows to list.
#[derive(Debug, Clone, Default)]
pub struct FlowFilter {
    /// Only this connection.
    pub connection: Option<String>,
    /// Only these states; empty for all.
    pub states: Vec<String>,
    /// Not these states.
    pub not_states: Vec<String>,
    /// Only this cause.
    pub cause: Option<String>,
    /// Only flows whose deadline is before this.
    pub due_before: Option<Timestamp>,
    /// Only flows with a search term that begins with this (already in lower case).
    pub term: Option<String>,
    /// By deadline, soonest first; otherwise newest first.
    pub by_deadline: bool,
    /// Rows to skip.
    pub offset: u64,
    /// Rows to return.
    pub limit: u64,
}

/// Flows received in one hour by one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourCount {
    /// The hour's beginning, in UTC.
    pub from: Timestamp,
    /// The connection.
    pub connection: String,
    /// How many.
    pub count: u64,
}

/// A distribution of seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpreadRow {
    /// How many.
    pub count: u64,
    /// Median seconds.
    pub median: Option<u64>,
    /// The slowest, seconds.
    pub slowest: Option<u64>,
}

/// Reading flows.
pub trait Flows {
    /// A flow by number.
    fn flow(&self, id: i64) -> Result<Option<FlowRow>, StoreError>;
    /// A flow by key.
    fn flow_by_key(&self, kind: FlowKind, key: &str) -> Result<Option<FlowRow>, StoreError>;
    /// The parcels of an order, oldest first.
    fn children(&self, parent: i64) -> Result<Vec<FlowRow>, StoreError>;
    /// Orders that a text finds: an exact search term first, then terms that begin with it. Newest first, at most `limit`.
    fn find(&self, term: &str, limit: u64) -> Result<Vec<FlowRow>, StoreError>;
    /// A page of flows and how many match in all.
    fn list_flows(&self, kind: FlowKind, filter: &FlowFilter) -> Result<(Vec<FlowRow>, u64), StoreError>;
    /// How many flows are in each state, of those created at or after `since` (all when `None`).
    fn count_states(&self, kind: FlowKind, since: Option<Timestamp>) -> Result<Vec<(String, u64)>, StoreError>;
    /// How many flows created at or after `since` have reached each milestone: in warehouse, despatched, confirmed.
    fn count_milestones(&self, kind: FlowKind, since: Timestamp) -> Result<(u64, u64, u64), StoreError>;
    /// Flows created per hour and connection at or after `since`, oldest first.
    fn per_hour(&self, kind: FlowKind, since: Timestamp) -> Result<Vec<HourCount>, StoreError>;
    /// Seconds from creation to the warehouse, for flows that got there at or after `since`.
    fn spread_to_warehouse(&self, since: Timestamp) -> Result<SpreadRow, StoreError>;
    /// Seconds from despatch to confirmation of parcels confirmed at or after `since`.
    fn spread_to_confirm(&self, since: Timestamp) -> Result<SpreadRow, StoreError>;
    /// Flows whose `wake_at` has come, soonest first.
    fn due_flows(&self, now: Timestamp, limit: u64) -> Result<Vec<i64>, StoreError>;
    /// The soonest `wake_at`.
    fn next_wake(&self) -> Result<Option<Timestamp>, StoreError>;
    /// A flow's journal, oldest first.
    fn journal(&self, flow: i64) -> Result<Vec<JournalRow>, StoreError>;
    /// Walks the journal's hash chain; returns the first row that does not fit.
    fn verify_journal(&self, flow: i64) -> Result<Option<i64>, StoreError>;
    /// The newest raw document of a flow.
    fn raw_of(&self, flow: i64) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Changing flows.
pub trait FlowsMut {
    /// Begins a flow. Fails with `Conflict` when the key exists.
    fn insert_flow(&mut self, flow: &NewFlow, now: Timestamp) -> Result<FlowRow, StoreError>;
    /// Stores a changed flow if nobody changed it since it was read (`version`); bumps the version in the row given.
    fn update_flow(&mut self, flow: &mut FlowRow, now: Timestamp) -> Result<(), StoreError> {
        self.update_flow_with(flow, &[], now)
    }
    /// The same together with the lines that tell of it, at the price of one write of the row.
    fn update_flow_with(
        &mut self,
        flow: &mut FlowRow,
        lines: &[JournalEntry],
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Appends to a flow's journal.
    fn append_journal(&mut self, flow: i64, entries: &[JournalEntry]) -> Result<(), StoreError>;
    /// Makes a flow findable under these terms (stored in lower case), beside those it has.
    fn add_terms(&mut self, flow: i64, terms: &[String]) -> Result<(), StoreError>;
    /// Keeps a raw document of a flow, once per content; the one kept last is the newest.
    fn keep_raw(&mut self, flow: i64, raw: &[u8], now: Timestamp) -> Result<(), StoreError>;
    /// Remembers what was seen last of something. Returns whether it is new, or differs from what was seen before it.
    fn see(&mut self, source: &str, id: &str, hash: &str, now: Timestamp) -> Result<bool, StoreError>;
}
