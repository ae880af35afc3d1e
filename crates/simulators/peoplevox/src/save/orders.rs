//! Rows of `Sales orders`.

use serde_json::json;
use sim_core::{Cx, effect_log::kind};

use super::{Action, Import};
use crate::cell::Cell;
use crate::order::{Order, Status};
use crate::template::{order, table};
use crate::warehouse::{WRITE_DURING_PICKING, Warehouse};

pub(super) fn apply(warehouse: &mut Warehouse, cx: &mut Cx<'_>, import: &Import, action: Action) -> Result<(), String> {
    let number = import.text(order::NUMBER);
    let known = warehouse.order(number);
    if action == Action::Delete {
        return warehouse.delete_order(cx, known.ok_or("no such order")?);
    }
    let cancel = match import.row[order::STATUS] {
        Cell::Empty => false,
        Cell::Status(Status::Cancelled) => true,
        _ => return Err("only 'Cancelled' can be imported as Status".to_owned()),
    };
    let site = match import.text(order::SITE) {
        "" => None,
        reference => Some(warehouse.site(reference).ok_or_else(|| format!("no site '{reference}'"))?),
    };
    let row = match known {
        Some(row) => {
            update(warehouse, cx, import, row);
            row
        }
        None => create(warehouse, cx, import),
    };
    let state = &mut warehouse.orders[row];
    state.wants_stock |= action == Action::Save && state.status != Status::Cancelled;
    if import.has(order::ON_HOLD) {
        // A blank cell blanks the value, and a blank hold holds nothing.
        state.on_hold = import.row[order::ON_HOLD] == Cell::Bool(true);
    }
    if import.has(order::SITE) {
        state.site = site;
    }
    let tracking = import.text(order::TRACKING);
    if !tracking.is_empty() {
        warehouse.write_tracking(cx, row, tracking);
    }
    if cancel {
        return warehouse.cancel(cx, row);
    }
    warehouse.review(cx, row);
    Ok(())
}

fn update(warehouse: &mut Warehouse, cx: &mut Cx<'_>, import: &Import, row: usize) {
    let mut changed = false;
    for field in import.present.iter().copied().filter(|field| *field != order::STATUS) {
        changed |= warehouse.tables[table::SALES_ORDERS].set(row, field, import.row[field].clone());
    }
    let number = import.text(order::NUMBER);
    let status = warehouse.orders[row].status;
    if changed {
        warehouse.orders[row].modified = cx.now;
        if !status.before_picking() {
            cx.effects.push(cx.now, WRITE_DURING_PICKING, number, json!({ "status": status.name() }));
        }
    }
    cx.effects.push(cx.now, kind::WAREHOUSE_ORDER_UPDATED, number, json!({ "changed": changed }));
}

fn create(warehouse: &mut Warehouse, cx: &mut Cx<'_>, import: &Import) -> usize {
    let mut row = import.row.clone();
    row[order::STATUS] = Cell::Status(Status::New);
    if row[order::CREATED] == Cell::Empty {
        row[order::CREATED] = Cell::Date(cx.now);
    }
    for flag in [order::ON_HOLD, order::PARTIAL] {
        if row[flag] == Cell::Empty {
            row[flag] = Cell::Bool(false);
        }
    }
    let on_hold = row[order::ON_HOLD] == Cell::Bool(true);
    let data = json!({
        "reference": row[order::CUSTOMER_REFERENCE].as_str(),
        "on_hold": on_hold,
        "channel": row[order::CHANNEL].as_str(),
    });
    cx.effects.push(cx.now, kind::WAREHOUSE_ORDER_CREATED, import.text(order::NUMBER), data);
    let id = warehouse.tables[table::SALES_ORDERS].insert(row);
    warehouse.orders.resize(id + 1, Order::new(cx.now));
    warehouse.orders[id].on_hold = on_hold;
    id
}
