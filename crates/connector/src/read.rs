//! What the hub may ask a remote.

use bytes::Bytes;
use crossdock_model::{
    Available, Carrier, ChannelOrder, ConnectionHealth, DespatchRow, Item, KitPart, Listing, WarehouseOrder,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The kinds of [`Read`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadKind {
    /// Is the connection alive, and how is it configured there?
    Health,
    /// Channel: orders changed since a moment.
    Orders,
    /// Channel: certain orders.
    OrdersById,
    /// Channel: every listing with its published stock.
    Listings,
    /// Channel: the approved carriers.
    Carriers,
    /// Warehouse: the item master.
    Items,
    /// Warehouse: kits and their components.
    Kits,
    /// Warehouse: available stock, of all items or of certain ones.
    Availability,
    /// Warehouse: despatches since a moment.
    Despatches,
    /// Warehouse: despatches of certain orders.
    DespatchesOf,
    /// Warehouse: certain orders with their lines.
    WarehouseOrders,
}

impl ReadKind {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Orders => "orders",
            Self::OrdersById => "orders_by_id",
            Self::Listings => "listings",
            Self::Carriers => "carriers",
            Self::Items => "items",
            Self::Kits => "kits",
            Self::Availability => "availability",
            Self::Despatches => "despatches",
            Self::DespatchesOf => "despatches_of",
            Self::WarehouseOrders => "warehouse_orders",
        }
    }
}

/// Where a paged read stands; written and read by the connector alone. `Page::first()` starts.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Page(pub String);

/// A place may carry what was read so far, addresses included: only its length is printed.
impl std::fmt::Debug for Page {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Page({} bytes)", self.0.len())
    }
}

impl Page {
    /// The first page.
    pub fn first() -> Self {
        Self::default()
    }

    /// Whether this is the first page.
    pub fn is_first(&self) -> bool {
        self.0.is_empty()
    }
}

/// A question to a remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "read")]
pub enum Read {
    /// See [`ReadKind::Health`]. A connector may ask it in several calls; `page` says which one is due.
    Health {
        /// Which call of the probe.
        page: Page,
    },
    /// See [`ReadKind::Orders`].
    Orders {
        /// Changed at or after this moment (the engine has already subtracted the overlap).
        since: Timestamp,
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::OrdersById`]; at most 100 ids.
    OrdersById {
        /// The channel's order ids.
        ids: Vec<String>,
    },
    /// See [`ReadKind::Listings`].
    Listings {
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::Carriers`].
    Carriers {
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::Items`].
    Items {
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::Kits`].
    Kits {
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::Availability`].
    Availability {
        /// Only these items (at most 100), or all when empty.
        items: Vec<String>,
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::Despatches`].
    Despatches {
        /// Despatched at or after this moment.
        since: Timestamp,
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::DespatchesOf`]; at most 100 orders.
    DespatchesOf {
        /// Warehouse order numbers.
        orders: Vec<String>,
        /// Which page.
        page: Page,
    },
    /// See [`ReadKind::WarehouseOrders`]; at most 100 orders. `page` walks over headers and lines.
    WarehouseOrders {
        /// Warehouse order numbers.
        orders: Vec<String>,
        /// Which page.
        page: Page,
    },
}

impl Read {
    /// Whether it begins a list. What has no pages does.
    pub fn is_first_page(&self) -> bool {
        match self {
            Self::OrdersById { .. } => true,
            Self::Health { page }
            | Self::Orders { page, .. }
            | Self::Listings { page }
            | Self::Carriers { page }
            | Self::Items { page }
            | Self::Kits { page }
            | Self::Availability { page, .. }
            | Self::Despatches { page, .. }
            | Self::DespatchesOf { page, .. }
            | Self::WarehouseOrders { page, .. } => page.is_first(),
        }
    }

    /// The read's kind.
    pub const fn kind(&self) -> ReadKind {
        match self {
            Self::Health { .. } => ReadKind::Health,
            Self::Orders { .. } => ReadKind::Orders,
            Self::OrdersById { .. } => ReadKind::OrdersById,
            Self::Listings { .. } => ReadKind::Listings,
            Self::Carriers { .. } => ReadKind::Carriers,
            Self::Items { .. } => ReadKind::Items,
            Self::Kits { .. } => ReadKind::Kits,
            Self::Availability { .. } => ReadKind::Availability,
            Self::Despatches { .. } => ReadKind::Despatches,
            Self::DespatchesOf { .. } => ReadKind::DespatchesOf,
            Self::WarehouseOrders { .. } => ReadKind::WarehouseOrders,
        }
    }
}

/// Something that was seen at a remote, translated into the hub's words.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A channel order, with the raw document it came from.
    Order {
        /// The order.
        order: Box<ChannelOrder>,
        /// The document as received, kept once per content.
        raw: Bytes,
    },
    /// A document that could not be understood. It is kept raw and shown as an exception; nothing is guessed.
    Unreadable {
        /// The order id, when at least that could be read.
        id: Option<String>,
        /// What is wrong, for a person.
        reason: String,
        /// The document as received.
        raw: Bytes,
    },
    /// Stock of one item.
    Available(Available),
    /// An item of the item master.
    Item(Item),
    /// A component of a kit.
    KitPart(KitPart),
    /// A row of the despatch report.
    Despatch(DespatchRow),
    /// An order as the warehouse holds it.
    WarehouseOrder(WarehouseOrder),
    /// A listing with its published stock.
    Listing(Listing),
    /// An approved carrier.
    Carrier(Carrier),
    /// The result of a health probe.
    Health(ConnectionHealth),
    /// Something odd that a person should know (an unknown enum value, a report with a strange shape). Not fatal.
    Drift(String),
}

/// The answer to a read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadReply {
    /// What was seen.
    pub observations: Vec<Observation>,
    /// The rest of the answer, when there is more.
    pub next: Option<Read>,
    /// Facts about the remote to remember in the session (template columns, feature switches).
    pub facts: Vec<(String, String)>,
}
