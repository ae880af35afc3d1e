//! What stands on the shelves when the world begins.

use sim_core::World;

use super::Warehouse;
use crate::carrier::CARRIERS;
use crate::cell::Cell;
use crate::template::{item, kitting, table};

/// Where most stock is (§3.3); row 0 of `Sites`.
pub(super) const PRIMARY: usize = 0;
/// A second site with part of the stock of some items.
const OVERFLOW: usize = 1;
/// The remote's internal site: a row of zeroes for every item.
const SYSTEM: usize = 2;

impl Warehouse {
    pub(super) fn fill(&mut self, world: &World) {
        for (name, reference) in [("Primary Site", "PrimarySite"), ("Overflow", "Overflow"), ("System", "SystemSite")] {
            self.tables[table::SITES].insert(vec![text(name), text(reference)]);
        }
        for carrier in &CARRIERS {
            self.tables[table::CARRIERS].insert(vec![text(carrier.name), text(carrier.reference)]);
            for (name, code) in carrier.services {
                self.tables[table::SERVICE_TYPES].insert(vec![text(carrier.name), text(name), text(code)]);
            }
        }
        self.tables[table::ITEM_GROUPS].insert(vec![text("General")]);
        for known in &world.catalogue {
            let code = if known.deactivated { format!("~D~{}", known.code) } else { known.code.clone() };
            let mut row = vec![Cell::Empty; self.templates[table::ITEM_TYPES].definition.fields.len()];
            row[item::CODE] = Cell::owned(code);
            row[item::NAME] = Cell::owned(known.name.chars().take(50).collect());
            row[item::BARCODE] = text(&known.barcode);
            row[item::GROUP] = text("General");
            row[item::RETAIL_PRICE] = Cell::Decimal(known.price.saturating_mul(100));
            row[item::WEIGHT] = Cell::Decimal(known.weight.saturating_mul(10));
            let id = self.add_item(row);
            if known.on_hand > 0 {
                // Every fifth well-stocked item keeps a third of its units at the second site.
                let aside = if id % 5 == 4 && known.on_hand >= 12 { known.on_hand / 3 } else { 0 };
                self.stock.level_mut(id, PRIMARY).on_hand = known.on_hand - aside;
                if aside > 0 {
                    self.stock.level_mut(id, OVERFLOW).on_hand = aside;
                }
                self.show_on_hand(id);
            }
        }
        for known in &world.catalogue {
            for (part, quantity) in &known.parts {
                let marked = format!("~D~{part}");
                let child = self.item(part).or_else(|| self.item(&marked));
                let (Some(parent), Some(child)) = (self.item(&known.code), child) else {
                    continue;
                };
                self.add_component(parent, child, *quantity);
            }
        }
    }

    /// Puts an item into the catalogue, with no units anywhere.
    pub(crate) fn add_item(&mut self, mut row: Vec<Cell<'static>>) -> usize {
        if row[item::UNIT] == Cell::Empty {
            row[item::UNIT] = text("EA");
        }
        row[item::ON_HAND] = Cell::Int(0);
        let barcode = row[item::BARCODE].as_str().to_owned();
        let id = self.tables[table::ITEM_TYPES].insert(row);
        self.kits.resize(id + 1, Vec::new());
        if !barcode.is_empty() {
            self.barcodes.insert(barcode, id);
        }
        for site in [PRIMARY, SYSTEM] {
            self.stock.level_mut(id, site);
        }
        id
    }

    /// Makes an item a kit, or changes how many of a component it has.
    pub(crate) fn add_component(&mut self, parent: usize, child: usize, quantity: i64) {
        let row = vec![text(self.item_code(parent)), text(self.item_code(child)), Cell::Int(quantity)];
        match self.tables[table::KITTINGS].find(&row) {
            Some(known) => {
                self.tables[table::KITTINGS].set(known, kitting::QUANTITY, Cell::Int(quantity));
            }
            None => {
                self.tables[table::KITTINGS].insert(row);
            }
        }
        let parts = &mut self.kits[parent];
        match parts.iter_mut().find(|(item, _)| *item == child) {
            Some(part) => part.1 = quantity,
            None => parts.push((child, quantity)),
        }
    }

    /// Writes an item's units on hand into the column that exports show.
    pub(super) fn show_on_hand(&mut self, id: usize) {
        let units = self.stock.on_hand(id);
        self.tables[table::ITEM_TYPES].set(id, item::ON_HAND, Cell::Int(units));
    }
}

fn text(text: &str) -> Cell<'static> {
    Cell::owned(text.to_owned())
}
