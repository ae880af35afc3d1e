//! What the hub may change at a remote.

use crossdock_model::OrderDraft;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of [`Operation`], in order of precedence where one budget is shared (`B013`: orders first).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// [`Operation::AcceptOrder`]
    AcceptOrder,
    /// [`Operation::CreateOrder`]
    CreateOrder,
    /// [`Operation::ConfirmDespatch`]
    ConfirmDespatch,
    /// [`Operation::Watch`]
    Watch,
    /// [`Operation::SetStock`]
    SetStock,
}

impl OperationKind {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AcceptOrder => "accept_order",
            Self::CreateOrder => "create_order",
            Self::ConfirmDespatch => "confirm_despatch",
            Self::Watch => "watch",
            Self::SetStock => "set_stock",
        }
    }
}

/// A shipment that shall be recorded at a channel, in the channel's own ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// The channel's order id.
    pub order_id: String,
    /// The hub's key of the package: despatch number and tracking number of the warehouse. Sent along wherever the
    /// remote stores a reference, so that a look finds exactly this shipment again (rule R15).
    pub package: String,
    /// Code of the carrier in the channel's own list; `None` when only a name may be given.
    pub carrier_code: Option<String>,
    /// Carrier name for people.
    pub carrier_name: String,
    /// Tracking number, never empty.
    pub tracking: String,
    /// A link that shows the parcel's way, when a template is known.
    pub tracking_url: Option<String>,
    /// When it left the warehouse.
    pub despatched_at: Timestamp,
    /// What is in it.
    pub lines: Vec<crossdock_model::ShippedLine>,
}

/// One figure to publish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLine {
    /// The channel's id of the listing.
    pub listing: String,
    /// The seller's SKU.
    pub sku: String,
    /// Units to show, 0 or more; an absolute figure.
    pub quantity: i64,
}

/// What to be told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchedEvent {
    /// The available quantity of an item changed.
    Availability,
    /// A package left or got its tracking number.
    Despatch,
    /// An order changed.
    Order,
    /// A listing changed.
    Listing,
}

impl WatchedEvent {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Despatch => "despatch",
            Self::Order => "order",
            Self::Listing => "listing",
        }
    }
}

/// A change at a remote. Its business key, kept by the engine, is unique for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub enum Operation {
    /// Create the order in the warehouse: header and lines, read back and equal, then released for picking.
    CreateOrder(Box<OrderDraft>),
    /// Accept every line of an order at the channel.
    AcceptOrder {
        /// The channel's order id.
        order_id: String,
        /// The channel's line ids; all of them are decided in one call.
        lines: Vec<String>,
    },
    /// Record one package at the channel with carrier and tracking, and mark it as shipped.
    ConfirmDespatch(Box<Shipment>),
    /// Publish stock figures. The newest figure wins; a repeat does no harm.
    SetStock {
        /// The figures, at most one per listing.
        lines: Vec<StockLine>,
    },
    /// Ask to be told about changes, unless the remote already tells us.
    Watch {
        /// What about.
        event: WatchedEvent,
        /// Where the remote shall call. Holds a secret token in its path.
        url: String,
        /// A secret that the remote sends back with each call (HMAC key or static header value).
        secret: String,
    },
}

impl Operation {
    /// The operation's kind.
    pub const fn kind(&self) -> OperationKind {
        match self {
            Self::CreateOrder(_) => OperationKind::CreateOrder,
            Self::AcceptOrder { .. } => OperationKind::AcceptOrder,
            Self::ConfirmDespatch(_) => OperationKind::ConfirmDespatch,
            Self::SetStock { .. } => OperationKind::SetStock,
            Self::Watch { .. } => OperationKind::Watch,
        }
    }
}

/// One stage of an operation, in the connector's own words (`look-header`, `put-lines`, …). Stored with the effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stage(std::borrow::Cow<'static, str>);

impl Stage {
    /// A stage named in code.
    pub const fn new(name: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(name))
    }

    /// A stage read from the store.
    pub fn stored(name: String) -> Self {
        Self(std::borrow::Cow::Owned(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a repeat of a write would do at the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing: the same bytes leave the same state (an upsert, an absolute figure).
    Harmless,
    /// The remote refuses it (a state transition that is already made).
    Refused,
    /// It would be done twice. After a lost reply only a look may decide.
    Doubles,
}

/// What a stage does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKind {
    /// It only looks.
    Look,
    /// It writes.
    Write(Repeat),
}

/// One operation at one stage, as a connector sees it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The hub's id of the effect, stable over all attempts. Where a remote stores a note or a key, send it along.
    pub effect: &'a str,
    /// What is to be done.
    pub operation: &'a Operation,
    /// The stage that is due.
    pub stage: &'a Stage,
    /// What earlier stages noted (`Value::Null` at the start): import ids, what was found, …
    pub note: &'a Value,
    /// How often a write of this effect was tried before.
    pub attempt: u32,
}
