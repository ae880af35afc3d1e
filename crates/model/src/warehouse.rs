//! An order as the warehouse receives it and as it holds it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Address, Contact, Money, Private};

/// One line that the warehouse shall pick. Lines with the same item are already summed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftLine {
    /// The hub's label of the line (`1`, `2`, …), at most 16 characters; it comes back on the despatch.
    pub line: String,
    /// Warehouse item code.
    pub item: String,
    /// Units, at least 1.
    pub quantity: i64,
    /// Price of one unit, when known.
    pub unit_price: Option<Money>,
}

/// Everything that the warehouse needs to fulfil one sale. Checked before it is made: a draft can be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDraft {
    /// The warehouse's order number: channel prefix and marketplace number, at most 30 characters, unique for ever.
    pub number: String,
    /// The number that the customer and the marketplace know.
    pub reference: String,
    /// The sales channel's name, for the warehouse's reports.
    pub channel: String,
    /// When the customer ordered.
    pub placed_at: Timestamp,
    /// The latest moment of despatch.
    pub ship_by: Option<Timestamp>,
    /// Who bought.
    pub contact: Contact,
    /// Where it goes.
    pub ship_to: Address,
    /// Delivery service for the warehouse, when a map gives one.
    pub service: Option<String>,
    /// What was paid in all.
    pub total: Option<Money>,
    /// The shipping charge.
    pub shipping: Option<Money>,
    /// Delivery instructions or the buyer's message.
    pub message: Private<String>,
    /// What to pick.
    pub lines: Vec<DraftLine>,
}

/// One line as the warehouse holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseLine {
    /// Warehouse item code.
    pub item: String,
    /// The hub's label, when the warehouse kept it.
    pub line: String,
    /// Units.
    pub quantity: i64,
}

/// An order as the warehouse holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseOrder {
    /// Sales order number.
    pub number: String,
    /// The warehouse's own status word.
    pub status: String,
    /// Whether it is held back from picking; `None` where the tenant's template has no such column.
    pub on_hold: Option<bool>,
    /// Whether it was cancelled there.
    pub cancelled: bool,
    /// Its lines.
    pub lines: Vec<WarehouseLine>,
}

impl WarehouseOrder {
    /// Units of an item, over all of its lines; the case of the code does not matter.
    #[must_use]
    pub fn units_of(&self, item: &str) -> i64 {
        let lines = self.lines.iter().filter(|line| line.item.eq_ignore_ascii_case(item));
        lines.fold(0, |sum, line| sum.saturating_add(line.quantity))
    }
}

#[cfg(test)]
mod tests {
    use super::{WarehouseLine, WarehouseOrder};

    #[test]
    fn units_are_those_of_the_item_over_all_lines_whatever_its_case() {
        let line = |item: &str, quantity| WarehouseLine { item: item.to_owned(), line: String::new(), quantity };
        let order = WarehouseOrder {
            number: "MP-1001".to_owned(),
            status: "New".to_owned(),
            on_hold: None,
            cancelled: false,
            lines: vec![line("MUG", 2), line("TEA", 5), line("mug", 1), line("BIG", i64::MAX), line("BIG", 1)],
        };
        let units = ["Mug", "TEA", "BIG", "CUP"].map(|item| order.units_of(item));
        assert_eq!(units, [3, 5, i64::MAX, 0]);
    }
}
