//! Rows of `Sales order items`.

use serde_json::json;
use sim_core::{Cx, effect_log::kind};

use super::{Action, Import};
use crate::cell::Cell;
use crate::options::{LineKey, UnknownItem};
use crate::order::{Line, Part, Status};
use crate::template::{line, table};
use crate::warehouse::{LINE_DELETED, LINE_DROPPED, Warehouse};

pub(super) fn apply(warehouse: &mut Warehouse, cx: &mut Cx<'_>, import: &Import, action: Action) -> Result<(), String> {
    let number = import.text(line::ORDER);
    let order = warehouse.order(number).ok_or_else(|| format!("no sales order '{number}'"))?;
    if action == Action::Delete {
        let known = find(warehouse, order, import).ok_or("no such line")?;
        return delete(warehouse, cx, order, known);
    }
    let adds = warehouse.options.line_key == LineKey::AlwaysAdd;
    let known = find(warehouse, order, import).filter(|_| !adds);
    let code = import.text(line::ITEM);
    let item = warehouse.item(code).filter(|item| !warehouse.is_deactivated(*item));
    let Some(item) = item else {
        if warehouse.options.unknown_item == UnknownItem::RowError {
            return Err(format!("no item type '{code}'"));
        }
        cx.effects.push(cx.now, LINE_DROPPED, number, json!({ "item": code }));
        return Ok(());
    };
    let quantity = match import.row[line::QUANTITY] {
        Cell::Int(units) if (1..=1_000_000).contains(&units) => Some(units),
        _ if import.has(line::QUANTITY) => return Err("QuantityOrdered wants 1 or more".to_owned()),
        _ => None,
    };
    match known {
        Some(id) => update(warehouse, cx, import, order, id, item, quantity)?,
        None => create(warehouse, cx, import, order, item, quantity.ok_or("QuantityOrdered is missing")?)?,
    }
    let state = &mut warehouse.orders[order];
    state.wants_stock |= action == Action::Save && state.status != Status::Cancelled;
    warehouse.review(cx, order);
    Ok(())
}

/// The line that a row stands for, by the tenant's idea of identity.
fn find(warehouse: &Warehouse, order: usize, import: &Import) -> Option<usize> {
    let (field, wanted) = match warehouse.options.line_key {
        LineKey::Line if !import.text(line::LINE).is_empty() => (line::LINE, import.text(line::LINE)),
        _ => (line::ITEM, import.text(line::ITEM)),
    };
    let table = &warehouse.tables[table::SALES_ORDER_ITEMS];
    warehouse.orders[order].lines.iter().copied().find(|id| table.same(table.text(*id, field), wanted))
}

fn create(
    warehouse: &mut Warehouse,
    cx: &mut Cx<'_>,
    import: &Import,
    order: usize,
    item: usize,
    quantity: i64,
) -> Result<(), String> {
    if begun(warehouse, order) {
        return Err("picking has begun".to_owned());
    }
    log(cx, kind::WAREHOUSE_LINE_CREATED, import, quantity, None);
    let id = warehouse.tables[table::SALES_ORDER_ITEMS].insert(import.row.clone());
    let made = line_of(warehouse, item, quantity);
    warehouse.lines.resize(id + 1, made);
    warehouse.orders[order].lines.push(id);
    warehouse.orders[order].modified = cx.now;
    Ok(())
}

fn update(
    warehouse: &mut Warehouse,
    cx: &mut Cx<'_>,
    import: &Import,
    order: usize,
    id: usize,
    item: usize,
    quantity: Option<i64>,
) -> Result<(), String> {
    let table = &warehouse.tables[table::SALES_ORDER_ITEMS];
    let differs = import.present.iter().any(|field| table.row(id).is_some_and(|row| row[*field] != import.row[*field]));
    if differs && begun(warehouse, order) {
        return Err("picking has begun".to_owned());
    }
    let old = &warehouse.lines[id];
    let units = quantity.unwrap_or(old.ordered);
    if units != old.ordered || item != old.item {
        warehouse.release_line(cx, order, id);
        let made = line_of(warehouse, item, units);
        warehouse.lines[id] = made;
    }
    for field in &import.present {
        warehouse.tables[table::SALES_ORDER_ITEMS].set(id, *field, import.row[*field].clone());
    }
    if differs {
        warehouse.orders[order].modified = cx.now;
    }
    log(cx, kind::WAREHOUSE_LINE_UPDATED, import, units, Some(differs));
    Ok(())
}

fn delete(warehouse: &mut Warehouse, cx: &mut Cx<'_>, order: usize, id: usize) -> Result<(), String> {
    if begun(warehouse, order) {
        return Err("picking has begun".to_owned());
    }
    warehouse.release_line(cx, order, id);
    warehouse.orders[order].lines.retain(|line| *line != id);
    let item = warehouse.tables[table::SALES_ORDER_ITEMS].text(id, line::ITEM).to_owned();
    warehouse.tables[table::SALES_ORDER_ITEMS].remove(id);
    let number = warehouse.order_number(order).to_owned();
    cx.effects.push(cx.now, LINE_DELETED, number, json!({ "item": item }));
    warehouse.review(cx, order);
    Ok(())
}

/// Lines of an order that pickers have touched cannot change any more; headers can.
fn begun(warehouse: &Warehouse, order: usize) -> bool {
    let status = warehouse.orders[order].status;
    !status.before_picking() && status != Status::Cancelled
}

/// A kit asks for its components, anything else for itself.
fn line_of(warehouse: &Warehouse, item: usize, ordered: i64) -> Line {
    let components = &warehouse.kits[item];
    let part = |(item, per): (usize, i64)| Part { item, per, allocated: Vec::new() };
    let kit = !components.is_empty();
    Line {
        item,
        kit,
        ordered,
        despatched: 0,
        parts: if kit { components.iter().copied().map(part).collect() } else { vec![part((item, 1))] },
    }
}

fn log(cx: &mut Cx<'_>, kind: &str, import: &Import, quantity: i64, changed: Option<bool>) {
    let mut data = json!({
        "item": import.text(line::ITEM),
        "quantity": quantity,
        "line": import.text(line::LINE),
    });
    if let Some(changed) = changed {
        data["changed"] = json!(changed);
    }
    cx.effects.push(cx.now, kind, import.text(line::ORDER), data);
}
