//! Rows of `Item types`, `Item type kittings` and `Purchase order items`.

use super::{Action, Import};
use crate::cell::Cell;
use crate::template::{item, kitting, purchase, table};
use crate::warehouse::Warehouse;

pub(super) fn item(warehouse: &mut Warehouse, import: &Import, action: Action) -> Result<(), String> {
    if action == Action::Delete {
        return Err("an item type cannot be deleted".to_owned());
    }
    let known = warehouse.item(import.text(item::CODE));
    let barcode = import.text(item::BARCODE);
    if !barcode.is_empty() && warehouse.barcodes.get(barcode).is_some_and(|owner| Some(*owner) != known) {
        return Err(format!("barcode {barcode} belongs to another item"));
    }
    let group = import.text(item::GROUP);
    if !group.is_empty() && warehouse.tables[table::ITEM_GROUPS].group(group).is_empty() {
        warehouse.tables[table::ITEM_GROUPS].insert(vec![Cell::owned(group.to_owned())]);
    }
    let Some(id) = known else {
        if barcode.is_empty() {
            return Err("Barcode is missing".to_owned());
        }
        warehouse.add_item(import.row.clone());
        return Ok(());
    };
    if import.has(item::BARCODE) {
        let old = warehouse.tables[table::ITEM_TYPES].text(id, item::BARCODE).to_owned();
        warehouse.barcodes.remove(&old);
        if !barcode.is_empty() {
            warehouse.barcodes.insert(barcode.to_owned(), id);
        }
    }
    for field in &import.present {
        warehouse.tables[table::ITEM_TYPES].set(id, *field, import.row[*field].clone());
    }
    Ok(())
}

pub(super) fn component(warehouse: &mut Warehouse, import: &Import, action: Action) -> Result<(), String> {
    let find = |field: usize| {
        let code = import.text(field);
        warehouse.item(code).ok_or_else(|| format!("no item type '{code}'"))
    };
    let (parent, child) = (find(kitting::PARENT)?, find(kitting::CHILD)?);
    if action == Action::Delete {
        let row = warehouse.tables[table::KITTINGS].find(&import.row).ok_or("no such row")?;
        warehouse.tables[table::KITTINGS].remove(row);
        warehouse.kits[parent].retain(|(part, _)| *part != child);
        return Ok(());
    }
    let quantity = match import.row[kitting::QUANTITY] {
        Cell::Int(units) if (1..=10_000).contains(&units) => units,
        _ => return Err("Quantity wants 1 or more".to_owned()),
    };
    let is_component = warehouse.kits.iter().any(|parts| parts.iter().any(|(part, _)| *part == parent));
    if parent == child || !warehouse.kits[child].is_empty() || is_component {
        return Err("a kit cannot hold a kit".to_owned());
    }
    warehouse.add_component(parent, child, quantity);
    Ok(())
}

/// A purchase order line names an order and an item that exist.
pub(super) fn purchase(warehouse: &Warehouse, import: &Import) -> Result<(), String> {
    let (order, item) = (import.text(purchase::ORDER), import.text(purchase::ITEM));
    if warehouse.tables[table::PURCHASE_ORDERS].group(order).is_empty() {
        return Err(format!("no purchase order '{order}'"));
    }
    warehouse.item(item).map(|_| ()).ok_or_else(|| format!("no item type '{item}'"))
}
