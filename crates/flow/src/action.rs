//! What a step wants done. The engine stores all of it in one transaction with the new state.

use crossdock_connector::Operation;
use jiff::Timestamp;

use crate::cause::Cause;

/// A remote write that a step wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Where.
    pub target: Target,
    /// The business key, unique for ever.
    pub key: String,
    /// The remote object; one effect per object is in flight.
    pub object: String,
    /// What.
    pub operation: Operation,
}

/// Which connection a write goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The channel that the order came from.
    Channel,
    /// The merchant's warehouse.
    Warehouse,
}

/// Something a person has to act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub cause: Cause,
    /// What distinguishes it from others with the same cause: the SKU, the carrier; empty if each stands alone.
    pub subject: String,
    /// What exactly, for a person; no personal data.
    pub detail: String,
}

impl Held {
    /// A cause with its detail.
    pub fn new(cause: Cause, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { cause, subject: subject.into(), detail: detail.into() }
    }
}

/// A line for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// A stable word.
    pub kind: &'static str,
    /// What a person reads.
    pub text: String,
    /// Details.
    pub detail: String,
}

/// A look that a step wants, by the number that the other end knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// At the order in its channel: the channel's order id.
    Channel(String),
    /// At the order in the warehouse: the warehouse's number.
    Warehouse(String),
}

/// What becomes of the units that an order takes from stock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Demand {
    /// As before.
    #[default]
    Keep,
    /// These items and units are sold and not yet counted by the warehouse.
    Set(Vec<(String, i64)>),
    /// The same, though the warehouse counted them before: it does not have the order any more.
    Anew(Vec<(String, i64)>),
    /// The warehouse counts them from now on.
    Counted,
}

/// Everything a step wants done.
#[derive(Debug, Default, PartialEq)]
pub struct Actions {
    /// Remote writes, in order.
    pub effects: Vec<Planned>,
    /// Journal lines, in order.
    pub notes: Vec<Note>,
    /// What holds the flow now. `None` closes every open exception of the flow.
    pub held: Option<Held>,
    /// The business key of a planned write that must make no further call that changes anything.
    pub withdraw: Option<String>,
    /// Looks at either end.
    pub looks: Vec<Look>,
    /// When to step again without an event.
    pub wake_at: Option<Timestamp>,
    /// Stock demand.
    pub demand: Demand,
}

impl Actions {
    /// Adds a journal line.
    pub fn note(&mut self, kind: &'static str, text: impl Into<String>) {
        self.notes.push(Note { kind, text: text.into(), detail: String::new() });
    }

    /// Adds a journal line with a detail.
    pub fn note_with(&mut self, kind: &'static str, text: impl Into<String>, detail: impl Into<String>) {
        self.notes.push(Note { kind, text: text.into(), detail: detail.into() });
    }
}
