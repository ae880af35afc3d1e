//! What is sold and how much of it there is.

use serde::{Deserialize, Serialize};

/// An item of the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Warehouse item code: the one identity of goods.
    pub code: String,
    /// Name.
    pub name: String,
    /// Barcode, empty if unknown.
    pub barcode: String,
    /// Whether the warehouse still works with it.
    pub active: bool,
}

/// One component of a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitPart {
    /// The kit's item code.
    pub kit: String,
    /// The component's item code.
    pub component: String,
    /// How many components one kit needs.
    pub quantity: i64,
}

/// What the warehouse says of one item's stock, summed over its sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Available {
    /// Warehouse item code.
    pub item: String,
    /// Units that are neither allocated nor removed.
    pub available: i64,
}

/// One sellable listing at a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The channel's id of the listing, as its stock call wants it.
    pub id: String,
    /// The seller's SKU; empty where the listing has none, which is an exception of its own.
    pub sku: String,
    /// What customers see.
    pub title: String,
    /// The quantity that the channel publishes now.
    pub published: i64,
    /// Whether it can be bought now.
    pub active: bool,
    /// Why not, in the channel's words.
    pub inactive_because: String,
}
