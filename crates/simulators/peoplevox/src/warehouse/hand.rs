//! What people at the warehouse's screens change by hand, past every import.

use serde_json::json;
use sim_core::Cx;

use super::Warehouse;
use crate::cell::Cell;
use crate::template::order::NUMBER;
use crate::template::{line, table};

/// An effect of this twin's own: a person changed an order. Data: `what`.
const EDITED: &str = "warehouse_edited_by_person";
/// An effect of this twin's own: an item was switched off or on. Object: its code. Data: `active`.
const ITEM_SWITCHED: &str = "warehouse_item_switched";

/// The mark in front of the code of an item that is switched off.
const OFF: &str = "~D~";

impl Warehouse {
    /// Changes the first line of an order's address. `Err` says why it cannot be.
    pub(crate) fn edit_address(&mut self, cx: &mut Cx<'_>, order: usize, line1: &str) -> Result<(), String> {
        self.before_picking(order)?;
        let field = self.tables[table::SALES_ORDERS].field("ShippingAddressLine1").ok_or("no such field")?;
        self.tables[table::SALES_ORDERS].set(order, field, Cell::owned(line1.to_owned()));
        self.edited(cx, order, "address");
        Ok(())
    }

    /// Changes the units of an item in an order. `Err` says why it cannot be.
    pub(crate) fn edit_line(&mut self, cx: &mut Cx<'_>, order: usize, code: &str, units: i64) -> Result<(), String> {
        self.before_picking(order)?;
        let lines = self.orders.get(order).map(|state| state.lines.clone()).unwrap_or_default();
        let rows = &self.tables[table::SALES_ORDER_ITEMS];
        let id = lines.into_iter().find(|id| rows.text(*id, line::ITEM) == code).ok_or("no such item in the order")?;
        self.release_line(cx, order, id);
        if let Some(known) = self.lines.get_mut(id) {
            known.ordered = units;
        }
        self.tables[table::SALES_ORDER_ITEMS].set(id, line::QUANTITY, Cell::Int(units));
        self.edited(cx, order, "quantity");
        self.review(cx, order);
        Ok(())
    }

    /// Switches an item off or on. `Err` says why it cannot be.
    pub(crate) fn switch_item(&mut self, cx: &mut Cx<'_>, code: &str, active: bool) -> Result<(), String> {
        let marked = format!("{OFF}{code}");
        let (from, to) = if active { (marked.as_str(), code) } else { (code, marked.as_str()) };
        if !self.tables[table::ITEM_TYPES].rename(from, to) {
            return Err(format!("no item `{from}`"));
        }
        cx.effects.push(cx.now, ITEM_SWITCHED, code, json!({ "active": active }));
        Ok(())
    }

    fn before_picking(&self, order: usize) -> Result<(), String> {
        let free = self.orders.get(order).is_some_and(|state| state.status.before_picking());
        if free { Ok(()) } else { Err("picking has begun, or the order is closed".to_owned()) }
    }

    fn edited(&mut self, cx: &mut Cx<'_>, order: usize, what: &str) {
        if let Some(state) = self.orders.get_mut(order) {
            state.modified = cx.now;
        }
        let number = self.tables[table::SALES_ORDERS].text(order, NUMBER).to_owned();
        cx.effects.push(cx.now, EDITED, number, json!({ "what": what }));
    }
}
