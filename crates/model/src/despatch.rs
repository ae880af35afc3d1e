//! Goods leaving the warehouse, and how a channel records it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A carrier in a channel's own list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    /// The code or id that the channel's API wants.
    pub code: String,
    /// The name that people read.
    pub name: String,
}

/// One row of the warehouse's despatch report: one item of one despatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DespatchRow {
    /// The warehouse's sales order number.
    pub order_number: String,
    /// The warehouse's despatch number.
    pub despatch_number: String,
    /// The carrier in the warehouse's words.
    pub carrier: String,
    /// The service in the warehouse's words.
    pub service: String,
    /// When it left.
    pub despatched_at: Timestamp,
    /// Tracking number; empty until the carrier gave one.
    pub tracking: String,
    /// Warehouse item code.
    pub item: String,
    /// The order line's own label, as the hub gave it when the order was created.
    pub line: String,
    /// For a kit's component, the kit's item code.
    pub parent: Option<String>,
    /// Units.
    pub quantity: i64,
}

/// What is in a package, by warehouse item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageLine {
    /// Warehouse item code.
    pub item: String,
    /// The order line's label.
    pub line: String,
    /// For a kit's component, the kit's item code.
    pub parent: Option<String>,
    /// Units.
    pub quantity: i64,
}

/// One parcel that left: the rows of one despatch that share a tracking number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The warehouse's sales order number.
    pub order_number: String,
    /// The warehouse's despatch number.
    pub despatch_number: String,
    /// Carrier in the warehouse's words.
    pub carrier: String,
    /// Service in the warehouse's words.
    pub service: String,
    /// Tracking number; empty until known.
    pub tracking: String,
    /// When it left.
    pub despatched_at: Timestamp,
    /// What is in it.
    pub lines: Vec<PackageLine>,
}

/// Units of one channel line in a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    /// The channel's line id.
    pub line_id: String,
    /// Units.
    pub quantity: i64,
}

/// A shipment as the channel holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelShipment {
    /// The channel's id of the shipment; empty where the platform has none (Mirakl single shipment).
    pub id: String,
    /// The carrier as the channel shows it.
    pub carrier: String,
    /// Tracking number.
    pub tracking: String,
    /// The hub's package key, where the platform stores one.
    pub package: Option<String>,
    /// Whether the channel counts it as shipped (a Mirakl shipment may exist before that).
    pub shipped: bool,
    /// What is in it; empty where the platform does not say (then: all that was open).
    pub lines: Vec<ShippedLine>,
}
