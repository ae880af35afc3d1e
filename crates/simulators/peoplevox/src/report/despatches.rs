//! `Despatch summary`: one row per despatched item, component and site (contracts/peoplevox.md §4, §6.3).

use jiff::Timestamp;

use crate::cell::Cell;
use crate::search::RowId;
use crate::template::{item, line, order, table};
use crate::warehouse::Warehouse;

const ORDER_NUMBER: usize = 0;
const DESPATCH_NUMBER: usize = 2;
const DESPATCH_DATE: usize = 5;

/// By order number and by despatch number.
pub(super) fn lookup(state: &Warehouse, column: usize, text: &str) -> Option<Vec<RowId>> {
    let despatches: Vec<usize> = match column {
        ORDER_NUMBER => state.order(text).map_or_else(Vec::new, |order| state.orders[order].despatches.clone()),
        // The table of despatches has a row per despatch, in the same order.
        DESPATCH_NUMBER => state.tables[table::DESPATCHES].group(text).to_vec(),
        _ => return None,
    };
    let rows = despatches.iter().filter_map(|index| state.despatches.get(*index));
    Some(rows.flat_map(|despatch| (despatch.rows.0..despatch.rows.1).map(|row| (row, 0))).collect())
}

/// Rows are kept in the order of their despatch dates.
pub(super) fn since(state: &Warehouse, column: usize, at: Timestamp) -> Option<Vec<RowId>> {
    if column != DESPATCH_DATE {
        return None;
    }
    let first = state
        .despatch_rows
        .partition_point(|row| state.despatches.get(row.despatch).is_some_and(|despatch| despatch.at < at));
    Some((first..state.despatch_rows.len()).map(|row| (row, 0)).collect())
}

/// One value, in the order of the report's columns.
pub(super) fn cell(state: &Warehouse, row: usize, column: usize) -> Cell<'_> {
    let Some(row) = state.despatch_rows.get(row) else {
        return Cell::Empty;
    };
    let Some(sent) = state.despatches.get(row.despatch) else {
        return Cell::Empty;
    };
    let orders = |field| state.tables[table::SALES_ORDERS].cell(sent.order, field);
    let items = |field| state.tables[table::ITEM_TYPES].cell(row.item, field);
    match column {
        ORDER_NUMBER => orders(order::NUMBER),
        1 => orders(order::REQUESTED),
        DESPATCH_NUMBER => Cell::text(&sent.number),
        3 => Cell::text(&sent.carrier),
        4 => Cell::text(&sent.service),
        DESPATCH_DATE => Cell::Date(sent.at),
        6 => Cell::text(sent.tracking(row.package)),
        7 => items(item::NAME),
        8 => Cell::Int(row.quantity),
        9 => orders(order::SHIPPING_COUNTRY),
        10 => Cell::text(state.site_reference(row.site)),
        11 => row.parent.map_or(Cell::Empty, |kit| Cell::text(state.item_code(kit))),
        12 => items(item::CODE),
        13 => Cell::text("warehouse"),
        14 => Cell::text(&sent.carrier_reference),
        15 => Cell::text(&sent.service_code),
        16 => orders(order::CUSTOMER_REFERENCE),
        17 => orders(order::SHIPPING_COST),
        18 => orders(order::EMAIL),
        19 => orders(order::CONTACT),
        20 => orders(order::TOTAL_SALE),
        21 => orders(order::DISCOUNT),
        22 => orders(order::TAX_PAID),
        23 => orders(order::CHANNEL),
        24..=28 => orders(order::ATTRIBUTE1 + column - 24),
        29 => items(item::BARCODE),
        30 if row.parent.is_some() => Cell::Int(row.parents),
        31 => state.tables[table::SALES_ORDER_ITEMS].cell(row.line, line::LINE),
        _ => Cell::Empty,
    }
}
