//! Why has this order not reached the warehouse?

use crossdock_model::{Address, Contact, Money};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Tone;

/// Which orders to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderFilter {
    /// Only this channel connection.
    pub channel: Option<String>,
    /// Only this state word (`held`, `in_warehouse`, …).
    pub state: Option<String>,
    /// Only orders held for this cause code.
    pub cause: Option<String>,
    /// Only orders whose deadline ends within this many hours and that are not confirmed.
    pub due_within_hours: Option<u32>,
    /// Only orders with an id that begins with this text.
    pub text: Option<String>,
    /// Page, from 1; 0 is taken as 1.
    pub page: u32,
}

/// A page of orders, newest first (by deadline when `due_within_hours` is set).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OrderList {
    /// The rows, at most 50.
    pub rows: Vec<OrderRow>,
    /// How many match in all.
    pub total: u64,
    /// The page shown, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

/// A deadline and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// In words: `due in 2 h 10 m`, `40 m late`.
    pub words: String,
    /// How urgent.
    pub tone: Tone,
}

/// One order in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderRow {
    /// The number people read.
    pub number: String,
    /// The channel connection.
    pub channel: String,
    /// State word for filters: `received held accepted released in_warehouse part_despatched despatched confirmed cancelled`.
    pub state: String,
    /// The state in a person's words: `Held: unknown SKU`.
    pub words: String,
    /// Tone.
    pub tone: Tone,
    /// Lines.
    pub lines: usize,
    /// Units.
    pub units: i64,
    /// Total, when known.
    pub total: Option<Money>,
    /// Where to, coarse: `Leeds LS1`.
    pub place: String,
    /// When the customer ordered.
    pub placed: Timestamp,
    /// When the hub first saw it.
    pub received: Timestamp,
    /// Deadline, unless it is done.
    pub due: Option<Due>,
}

/// One true sentence about an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The id that was asked.
    pub id: String,
    /// Whether the hub knows it.
    pub known: bool,
    /// The sentence.
    pub sentence: String,
    /// State word, when known.
    pub state: Option<String>,
    /// Cause code, when held.
    pub cause: Option<String>,
    /// Owner, when held.
    pub owner: Option<String>,
    /// What to do, when something is to be done.
    pub fix: Option<String>,
    /// Deadline.
    pub due: Option<Due>,
    /// How many other orders wait on the same cause.
    pub others: u64,
    /// Tone.
    pub tone: Tone,
}

/// One side of the strip "marketplace says / Crossdock says / warehouse says".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Who says it: `John Lewis says`.
    pub who: String,
    /// What: `SHIPPING since 08:02`.
    pub what: String,
    /// When that was last seen.
    pub seen: Option<Timestamp>,
    /// Tone; a disagreement is never [`Tone::Ok`].
    pub tone: Tone,
}

/// The three sides of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    /// The marketplace.
    pub channel: Side,
    /// The hub.
    pub hub: Side,
    /// The warehouse.
    pub warehouse: Side,
    /// Where they disagree, in words.
    pub disagreement: Option<String>,
}

/// The shape in front of a timeline entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepMark {
    /// It happened.
    Done,
    /// It is happening.
    Waiting,
    /// It stopped here.
    Stopped,
    /// It comes next.
    Next,
}

/// One entry of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// When; `None` for what comes next.
    pub at: Option<Timestamp>,
    /// Gap to the entry before, in words: `+ 15 s`.
    pub gap: String,
    /// Shape.
    pub mark: StepMark,
    /// What happened, in a person's words.
    pub text: String,
    /// Who did it: `hub`, a person, `peoplevox`.
    pub actor: String,
    /// A detail: the rule, the call, the remote's words.
    pub detail: String,
}

/// One line of an order, with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineView {
    /// Position, from 1.
    pub position: usize,
    /// The channel's SKU.
    pub sku: String,
    /// The warehouse item it maps to.
    pub item: Option<String>,
    /// Title.
    pub title: String,
    /// Ordered.
    pub quantity: i64,
    /// Despatched so far.
    pub despatched: i64,
    /// Confirmed to the channel so far.
    pub confirmed: i64,
    /// What is wrong with it, if anything.
    pub problem: Option<String>,
}

/// One parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParcelView {
    /// Despatch number of the warehouse.
    pub despatch: String,
    /// Carrier.
    pub carrier: String,
    /// Tracking number.
    pub tracking: String,
    /// When it left.
    pub despatched: Timestamp,
    /// When the channel was seen to know it.
    pub confirmed: Option<Timestamp>,
    /// State in words.
    pub words: String,
    /// Tone.
    pub tone: Tone,
    /// What is in it: item and units.
    pub items: Vec<(String, i64)>,
}

/// One remote write that concerns the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    /// The effect's reference.
    pub reference: String,
    /// The connection.
    pub connection: String,
    /// What it does: `create the warehouse order`.
    pub what: String,
    /// Phase in words: `confirmed`, `in doubt, looking again at 08:07`.
    pub phase: String,
    /// Stage of the connector.
    pub stage: String,
    /// Writes tried.
    pub attempts: u32,
    /// When it was planned.
    pub planned: Timestamp,
    /// When it last moved.
    pub moved: Timestamp,
    /// What was seen.
    pub evidence: String,
    /// Tone.
    pub tone: Tone,
}

/// Everything about one order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OrderPage {
    /// As in a list.
    pub row: OrderRow,
    /// The sentence on top.
    pub why: Why,
    /// Order number in the warehouse, once given.
    pub warehouse_number: Option<String>,
    /// Other ids.
    pub aliases: Vec<String>,
    /// Who bought; shown masked until asked for.
    pub contact: Contact,
    /// Where it goes.
    pub ship_to: Address,
    /// The buyer's message.
    pub message: String,
    /// Delivery service.
    pub service: String,
    /// The three sides.
    pub sides: Sides,
    /// The timeline, oldest first, ending with what comes next.
    pub steps: Vec<Step>,
    /// Lines.
    pub lines: Vec<LineView>,
    /// Parcels.
    pub parcels: Vec<ParcelView>,
    /// Remote writes.
    pub calls: Vec<CallView>,
    /// The newest raw document as text, when one is kept; only for eyes with the right.
    pub raw: Option<String>,
    /// Acts that are possible now, with their label, in order of likelihood.
    pub acts: Vec<(crate::Act, String)>,
}
