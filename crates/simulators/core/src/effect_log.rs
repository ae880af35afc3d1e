//! What really happened at a remote: the judge of every test.
//!
//! A twin appends here whenever its own state changes. The oracle of the demo compares these logs with each other and
//! never asks the hub.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of effect that the oracle reads. Twins may log others beside these.
pub mod kind {
    /// Channel: a customer's order exists. Data: `ready_by_design` (bool), `defect` (text or null), `lines` `[{line, sku, quantity}]`.
    pub const ORDER_PLACED: &str = "order_placed";
    /// Channel: the order may be shipped now. Data: none.
    pub const ORDER_READY: &str = "order_ready";
    /// Channel: the seller accepted it. Data: none.
    pub const ORDER_ACCEPTED: &str = "order_accepted";
    /// Channel: it was cancelled there. Data: `by`.
    pub const ORDER_CANCELLED: &str = "order_cancelled";
    /// Channel: a sale was refused because published stock did not reach. Data: `sku`, `quantity`.
    pub const SALE_REFUSED: &str = "sale_refused";
    /// Channel: a tracking number was recorded on an order. Data: `tracking`, `carrier`.
    pub const TRACKING_SET: &str = "tracking_set";
    /// Channel: goods were marked as shipped. Data: `tracking`, `carrier`, `reference`, `lines` `[{line, sku, quantity}]`.
    pub const SHIPPED: &str = "shipped";
    /// Channel: a published figure changed by the seller's call. Object: the SKU. Data: `quantity`.
    pub const STOCK_SET: &str = "stock_set";
    /// Warehouse: a sales order came into being. Data: `reference` (customer reference), `on_hold`.
    pub const WAREHOUSE_ORDER_CREATED: &str = "warehouse_order_created";
    /// Warehouse: an existing sales order's header was written again. Data: `changed` (bool).
    pub const WAREHOUSE_ORDER_UPDATED: &str = "warehouse_order_updated";
    /// Warehouse: a line came into being. Data: `item`, `quantity`, `line`.
    pub const WAREHOUSE_LINE_CREATED: &str = "warehouse_line_created";
    /// Warehouse: a line was written again. Data: `item`, `quantity`, `line`, `changed` (bool).
    pub const WAREHOUSE_LINE_UPDATED: &str = "warehouse_line_updated";
    /// Warehouse: the order was released for picking. Data: none.
    pub const WAREHOUSE_ORDER_RELEASED: &str = "warehouse_order_released";
    /// Warehouse: a package left. Data: `despatch`, `tracking`, `carrier`, `lines` `[{item, line, quantity}]`.
    pub const DESPATCHED: &str = "despatched";
    /// Warehouse: the available figure of an item changed. Object: the item code. Data: `available`.
    pub const AVAILABLE_CHANGED: &str = "available_changed";
    /// Any: a published window of calls was exceeded. Data: `window`.
    pub const WINDOW_EXCEEDED: &str = "window_exceeded";
}

/// One change of a remote's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// 1, 2, 3, … without gaps.
    pub seq: u64,
    /// The simulated moment.
    pub at: Timestamp,
    /// One of [`kind`], or a twin's own.
    pub kind: String,
    /// The remote's id of the thing that changed.
    pub object: String,
    /// Details, by kind.
    pub data: Value,
}

/// An append-only list of effects.
#[derive(Debug, Default)]
pub struct EffectLog {
    effects: Vec<Effect>,
}

impl EffectLog {
    /// Appends an effect.
    pub fn push(&mut self, at: Timestamp, kind: &str, object: impl Into<String>, data: Value) {
        let seq = self.effects.len() as u64 + 1;
        self.effects.push(Effect { seq, at, kind: kind.to_owned(), object: object.into(), data });
    }

    /// All effects, oldest first.
    pub fn all(&self) -> &[Effect] {
        &self.effects
    }

    /// The effects after a sequence number.
    pub fn after(&self, seq: u64) -> &[Effect] {
        let start = usize::try_from(seq).unwrap_or(usize::MAX).min(self.effects.len());
        &self.effects[start..]
    }
}
