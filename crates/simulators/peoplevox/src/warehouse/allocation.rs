//! Which stock belongs to which order.
//!
//! Decisions where the contract is silent: allocation happens on import with Action 0, `OnHold` only keeps an order from
//! the pickers; a kit allocates its components; the oldest waiting order is served first.

use serde_json::json;
use sim_core::{Cx, effect_log::kind};

use super::Warehouse;
use crate::order::Status;

const REASON: &str = "Sales order Allocation";

impl Warehouse {
    /// Brings an order up to date after any change: allocates, sets the status, releases, and calls the pickers.
    pub(crate) fn review(&mut self, cx: &mut Cx<'_>, order: usize) {
        let Some(state) = self.orders.get(order) else { return };
        if state.wants_stock && state.status.before_picking() {
            self.allocate(cx, order);
        }
        let state = &self.orders[order];
        let released = state.wants_stock && !state.on_hold && state.status != Status::Cancelled;
        if released && !state.released {
            let number = self.order_number(order).to_owned();
            cx.effects.push(cx.now, kind::WAREHOUSE_ORDER_RELEASED, number, json!({}));
        }
        self.orders[order].released = released;
        self.schedule_pick(cx, order);
    }

    fn allocate(&mut self, cx: &mut Cx<'_>, order: usize) {
        let lines = self.orders[order].lines.clone();
        let only = self.orders[order].site;
        for line in &lines {
            for part in 0..self.lines[*line].parts.len() {
                let state = &self.lines[*line];
                let (item, short) = (state.parts[part].item, state.short(&state.parts[part]));
                if short == 0 {
                    continue;
                }
                let before = self.stock.available(item);
                let found = self.stock.allocate(item, short, only);
                let got: i64 = found.iter().map(|(_, units)| units).sum();
                let held = &mut self.lines[*line].parts[part].allocated;
                for (site, units) in found {
                    match held.iter_mut().find(|(known, _)| *known == site) {
                        Some(entry) => entry.1 += units,
                        None => held.push((site, units)),
                    }
                }
                if got < short {
                    self.waiting.entry(item).or_default().insert(order);
                }
                if got > 0 {
                    self.tell_available(cx, item, before);
                    self.tell_change(cx, item, -got, REASON);
                }
            }
        }
        let covered = lines.iter().all(|line| self.lines[*line].covered());
        let some = lines.iter().any(|line| self.lines[*line].parts.iter().any(|part| part.held() > 0));
        // An order without lines, or without a single unit, stays New.
        let status = match (covered && !lines.is_empty(), some) {
            (true, _) => Status::Allocated,
            (false, true) => Status::PartiallyAllocated,
            (false, false) => Status::New,
        };
        self.set_status(cx, order, status);
    }

    /// Gives a line's stock back, and offers it to whoever waits.
    pub(crate) fn release_line(&mut self, cx: &mut Cx<'_>, order: usize, line: usize) {
        for part in 0..self.lines[line].parts.len() {
            let item = self.lines[line].parts[part].item;
            let held = std::mem::take(&mut self.lines[line].parts[part].allocated);
            if let Some(waiting) = self.waiting.get_mut(&item) {
                waiting.remove(&order);
            }
            let units: i64 = held.iter().map(|(_, units)| units).sum();
            if units == 0 {
                continue;
            }
            let before = self.stock.available(item);
            for (site, units) in held {
                self.stock.level_mut(item, site).allocated -= units;
            }
            self.tell_available(cx, item, before);
            self.tell_change(cx, item, units, REASON);
            self.serve_waiting(cx, item, order);
        }
    }

    /// Offers an item's free units to the orders that wait for it, but for one that is giving them back.
    pub(super) fn serve_waiting(&mut self, cx: &mut Cx<'_>, item: usize, but: usize) {
        let Some(waiting) = self.waiting.get(&item) else { return };
        let queue: Vec<usize> = waiting.iter().copied().filter(|order| *order != but).collect();
        for order in queue {
            if self.stock.available(item) == 0 {
                break;
            }
            if let Some(waiting) = self.waiting.get_mut(&item) {
                waiting.remove(&order);
            }
            // Still short: `allocate` puts it back into the queue, in its old place.
            self.review(cx, order);
        }
    }
}
