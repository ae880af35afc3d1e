//! Shipments of the multi-shipment mode (contracts/john-lewis.md §2.4).

use std::collections::HashMap;

use jiff::Timestamp;

use crate::carriers::Tracking;
use crate::order::State;

/// Units of an order line in a shipment.
#[derive(Debug, Clone)]
pub(crate) struct ShipmentLine {
    /// Position in the order.
    pub(crate) line: usize,
    pub(crate) quantity: i64,
    pub(crate) package_reference: Option<String>,
}

/// A shipment.
#[derive(Debug, Clone)]
pub(crate) struct Shipment {
    pub(crate) id: String,
    /// Position in the orders.
    pub(crate) order: usize,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// SHIPPING, SHIPPED, RECEIVED or CLOSED.
    pub(crate) state: State,
    pub(crate) shipped_at: Option<Timestamp>,
    pub(crate) invoice_reference: Option<String>,
    pub(crate) warehouse: Option<String>,
    pub(crate) lines: Vec<ShipmentLine>,
    pub(crate) tracking: Option<Tracking>,
    pub(crate) deleted: bool,
}

impl Shipment {
    /// What identifies the parcel for the seller: the first package reference, else the invoice reference, else nothing.
    pub(crate) fn reference(&self) -> &str {
        self.lines
            .iter()
            .filter_map(|line| line.package_reference.as_deref())
            .find(|text| !text.is_empty())
            .or(self.invoice_reference.as_deref())
            .unwrap_or_default()
    }
}

/// Every shipment, in the sequence of creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shipments {
    all: Vec<Shipment>,
    by_id: HashMap<String, usize>,
}

impl Shipments {
    /// Adds a shipment and says at which position.
    pub(crate) fn add(&mut self, shipment: Shipment) -> usize {
        let position = self.all.len();
        self.by_id.insert(shipment.id.clone(), position);
        self.all.push(shipment);
        position
    }

    /// The position of an id; deleted shipments are not found.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        let position = *self.by_id.get(id)?;
        self.all.get(position).filter(|shipment| !shipment.deleted).map(|_| position)
    }

    /// The shipment at a position, deleted or not.
    pub(crate) fn get(&self, position: usize) -> Option<&Shipment> {
        self.all.get(position)
    }

    /// The shipment at a position.
    pub(crate) fn get_mut(&mut self, position: usize) -> Option<&mut Shipment> {
        self.all.get_mut(position)
    }

    /// All, deleted ones included, in the sequence of creation.
    pub(crate) fn all(&self) -> &[Shipment] {
        &self.all
    }
}
