//! What other lists say of an order that may have several shipments: the order itself does not tell of them
//! (`contracts/john-lewis.md §2.4`).

use std::collections::BTreeMap;

use crossdock_model::{ChannelShipment, ShippedLine};

use crate::document::Doc;
use crate::state::ShipmentPhase;

/// The shipments (ST11) and what is left to ship (ST12) of one order, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Parts<'a> {
    shipments: Vec<Doc<'a>>,
    to_ship: Option<BTreeMap<String, i64>>,
}

impl<'a> Parts<'a> {
    /// From rows of ST11 that are of this order.
    pub(crate) fn shipped(rows: Vec<Doc<'a>>) -> Self {
        // A shipment that was cancelled gives its units back.
        let counts = |row: &Doc<'_>| ShipmentPhase::of(&row.word("status")) != ShipmentPhase::Cancelled;
        Self { shipments: rows.into_iter().filter(counts).collect(), to_ship: None }
    }

    /// With the rows of ST12 that are of this order; none at all means that nothing is left. A row that does not say what
    /// is left of which line makes them worthless.
    pub(crate) fn with_items(mut self, rows: &[Doc<'_>]) -> Self {
        let mut units: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows {
            for line in held(*row) {
                let Some((id, quantity)) = line else { return self };
                let sum = units.entry(id).or_default();
                *sum = sum.saturating_add(quantity);
            }
        }
        self.to_ship = Some(units);
        self
    }

    /// Whether there is a shipment at all.
    pub(crate) fn any(&self) -> bool {
        !self.shipments.is_empty()
    }

    /// Whether a shipment does not say what it holds.
    pub(crate) fn vague(&self) -> bool {
        self.shipments.iter().any(|row| {
            let lines = held(*row);
            lines.is_empty() || lines.iter().any(Option::is_none)
        })
    }

    /// Whether it is known what is left to ship.
    pub(crate) fn counted(&self) -> bool {
        self.to_ship.is_some()
    }

    /// Units of a line that the platform still wants shipped, where it was asked.
    pub(crate) fn to_ship(&self, line: &str) -> Option<i64> {
        self.to_ship.as_ref().map(|units| units.get(line).copied().unwrap_or(0).max(0))
    }

    /// Units of a line that no shipment holds: at most `most`. A shipment counts from the moment it exists, because whoever
    /// made it takes care of what is in it.
    pub(crate) fn left(&self, line: &str, quantity: i64, most: i64) -> i64 {
        let shipped = self.shipments.iter().flat_map(|row| held(*row)).flatten();
        let shipped = shipped.filter(|(id, _)| id == line).fold(0_i64, |sum, (_, units)| sum.saturating_add(units));
        quantity.saturating_sub(shipped).min(most).max(0)
    }

    /// The shipments in the hub's words.
    pub(crate) fn shipments(&self) -> Vec<ChannelShipment> {
        let shipment = |row: &Doc<'a>| {
            let tracking = row.at("tracking");
            let lines = row.items("shipment_lines");
            let lines_key = lines.iter().find_map(|line| line.filled("package_reference"));
            ChannelShipment {
                id: row.word("id"),
                carrier: tracking.filled("carrier_name").unwrap_or_else(|| tracking.word("carrier_code")),
                tracking: tracking.word("tracking_number").trim().to_owned(),
                package: lines_key.or_else(|| row.filled("invoice_reference")),
                shipped: ShipmentPhase::of(&row.word("status")) == ShipmentPhase::Shipped,
                lines: held(*row)
                    .into_iter()
                    .flatten()
                    .map(|(line_id, quantity)| ShippedLine { line_id, quantity })
                    .collect(),
            }
        };
        self.shipments.iter().map(shipment).collect()
    }
}

/// Line and units of each part of a shipment; `None` for a part that does not say so.
fn held(row: Doc<'_>) -> Vec<Option<(String, i64)>> {
    let part = |line: Doc<'_>| {
        let units = line.count("quantity").ok().flatten().filter(|units| *units > 0)?;
        Some((line.filled("order_line_id")?, units))
    };
    let known = row.items("shipment_lines");
    let gaps = row.length("shipment_lines") - known.len();
    known.into_iter().map(part).chain(std::iter::repeat_n(None, gaps)).collect()
}
