//! The state of one tenant, and the one place where stock figures and order states change.
//!
//! Knows nothing of SOAP, CSV or HTTP.

mod allocation;
mod despatch;
mod entity;
mod hand;
mod picking;
mod seed;
mod stocktake;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use sim_core::{Cx, FaultKind, World, effect_log::kind};

use crate::event::{EventType, Subscriptions};
use crate::options::Options;
use crate::order::{Line, Order, Status};
use crate::save::{self, Queued};
use crate::stock::Stock;
use crate::table::Table;
use crate::template::{DEFAULTS, Template, order, table};

pub(crate) use despatch::{Despatch, DespatchRow, Label};
pub(crate) use picking::Pickers;
pub(crate) use stocktake::{GoodsIn, StockChange};

/// An effect of this twin's own: an order was cancelled. Data: none.
const ORDER_CANCELLED: &str = "warehouse_order_cancelled";
/// An effect of this twin's own: a header was written while its order was being picked. Data: `status`.
pub(crate) const WRITE_DURING_PICKING: &str = "warehouse_write_during_picking";
/// An effect of this twin's own: a line with an unknown item was dropped in silence. Data: `item`.
pub(crate) const LINE_DROPPED: &str = "warehouse_line_dropped";
/// An effect of this twin's own: a row that was reported as stored could not be imported later. Data: `problem`.
pub(crate) const IMPORT_LOST: &str = "warehouse_import_lost";
/// An effect of this twin's own: an order was deleted. Data: none.
pub(crate) const ORDER_DELETED: &str = "warehouse_order_deleted";
/// An effect of this twin's own: a line was deleted. Data: `item`.
pub(crate) const LINE_DELETED: &str = "warehouse_line_deleted";

/// An effect of this twin's own: goods arrived. Object: the item code. Data: `reference`, `quantity`.
const GOODS_RECEIVED: &str = "warehouse_goods_received";

/// A tenant.
#[derive(Debug, Clone)]
pub(crate) struct Warehouse {
    pub options: Options,
    pub templates: Vec<Template>,
    pub tables: Vec<Table>,
    /// Components of each item (row of `Item types`) and how many; empty for a plain item.
    pub kits: Vec<Vec<(usize, i64)>>,
    /// Row of `Item types` by barcode.
    pub barcodes: HashMap<String, usize>,
    pub stock: Stock,
    /// By row of `Sales orders`; a deleted order's entry is dead.
    pub orders: Vec<Order>,
    /// By row of `Sales order items`; a deleted line's entry is dead.
    pub lines: Vec<Line>,
    /// Orders that are short of an item, oldest first.
    waiting: HashMap<usize, BTreeSet<usize>>,
    pub despatches: Vec<Despatch>,
    /// Rows of `Despatch summary`, in the order of their dates.
    pub despatch_rows: Vec<DespatchRow>,
    pub goods_in: Vec<GoodsIn>,
    pub subscriptions: Subscriptions,
    pub pickers: Pickers,
    /// Imports that were taken and are not visible yet, in the order of their moments.
    pub imports: VecDeque<Queued>,
    /// How many imports were ever queued.
    pub queued: u64,
    /// How many tracking numbers have been made.
    trackings: u64,
}

impl Warehouse {
    /// A tenant with the world's catalogue on its shelves.
    pub(crate) fn new(world: &Arc<World>, options: Options) -> Self {
        let mut warehouse = Self {
            templates: DEFAULTS.iter().map(Template::new).collect(),
            tables: DEFAULTS.iter().map(|definition| Table::new(definition, options.keys_ignore_case)).collect(),
            kits: Vec::new(),
            barcodes: HashMap::new(),
            stock: Stock::default(),
            orders: Vec::new(),
            lines: Vec::new(),
            waiting: HashMap::new(),
            despatches: Vec::new(),
            despatch_rows: Vec::new(),
            goods_in: Vec::new(),
            subscriptions: Subscriptions::default(),
            pickers: Pickers::default(),
            imports: VecDeque::new(),
            queued: 0,
            trackings: 0,
            options,
        };
        if !warehouse.options.has_on_hold {
            warehouse.templates[table::SALES_ORDERS].columns.retain(|column| column.field != order::ON_HOLD);
        }
        warehouse.fill(world);
        warehouse
    }

    /// The template of a display name, whatever its case.
    pub(crate) fn template(&self, name: &str) -> Option<usize> {
        self.templates.iter().position(|template| template.definition.name.eq_ignore_ascii_case(name.trim()))
    }

    /// The row in `Item types` of a code.
    pub(crate) fn item(&self, code: &str) -> Option<usize> {
        self.tables[table::ITEM_TYPES].group(code).first().copied()
    }

    /// The code of an item.
    pub(crate) fn item_code(&self, item: usize) -> &str {
        self.tables[table::ITEM_TYPES].text(item, crate::template::item::CODE)
    }

    /// Whether an item is switched off: its code carries the remote's mark (§3.5).
    pub(crate) fn is_deactivated(&self, item: usize) -> bool {
        self.item_code(item).contains("~D~")
    }

    /// The row in `Sales orders` of an order number.
    pub(crate) fn order(&self, number: &str) -> Option<usize> {
        self.tables[table::SALES_ORDERS].group(number).first().copied()
    }

    /// The number of an order.
    pub(crate) fn order_number(&self, order: usize) -> &str {
        self.tables[table::SALES_ORDERS].text(order, order::NUMBER)
    }

    /// The row in `Sites` of a reference.
    pub(crate) fn site(&self, reference: &str) -> Option<usize> {
        self.tables[table::SITES].group(reference).first().copied()
    }

    /// The reference of a site.
    pub(crate) fn site_reference(&self, site: usize) -> &str {
        self.tables[table::SITES].text(site, 1)
    }

    /// Moves an order to a status, and tells whoever listens.
    fn set_status(&mut self, cx: &mut Cx<'_>, order: usize, status: Status) {
        let Some(state) = self.orders.get_mut(order) else {
            return;
        };
        if state.status == status {
            return;
        }
        state.status = status;
        state.modified = cx.now;
        self.tables[table::SALES_ORDERS].set(order, order::STATUS, crate::cell::Cell::Status(status));
        let event = EventType::SalesOrderStatusChanges;
        // Only told in events, which nobody may believe without reading: the fault must not lead a sound client astray.
        let strange = self.subscriptions.listens(event) && cx.faults.strikes(FaultKind::UnknownEnum);
        let (tables, orders) = (&self.tables, &self.orders);
        self.subscriptions.fire(cx, event, || {
            let name = if strange { "Awaiting wave" } else { status.name() };
            entity::sales_order(&tables[table::SALES_ORDERS], order, &orders[order], name)
        });
    }

    /// Cancels an order and gives its stock back. `Err` says why it cannot be.
    pub(crate) fn cancel(&mut self, cx: &mut Cx<'_>, order: usize) -> Result<(), String> {
        let state = self.orders.get(order).ok_or("no such order")?;
        if state.status == Status::Cancelled {
            return Ok(());
        }
        self.may_withdraw(order)?;
        self.withdraw(cx, order);
        let number = self.order_number(order).to_owned();
        cx.effects.push(cx.now, ORDER_CANCELLED, number, json!({}));
        self.set_status(cx, order, Status::Cancelled);
        Ok(())
    }

    /// Deletes an order with its lines. `Err` says why it cannot be.
    pub(crate) fn delete_order(&mut self, cx: &mut Cx<'_>, order: usize) -> Result<(), String> {
        if self.orders.get(order).is_some_and(|state| state.status != Status::Cancelled) {
            self.may_withdraw(order)?;
        }
        self.withdraw(cx, order);
        let number = self.order_number(order).to_owned();
        for line in std::mem::take(&mut self.orders[order].lines) {
            self.tables[table::SALES_ORDER_ITEMS].remove(line);
        }
        self.tables[table::SALES_ORDERS].remove(order);
        cx.effects.push(cx.now, ORDER_DELETED, number, json!({}));
        Ok(())
    }

    fn may_withdraw(&self, order: usize) -> Result<(), String> {
        let state = &self.orders[order];
        if !state.despatches.is_empty() {
            return Err("the order has been despatched".to_owned());
        }
        if !state.status.before_picking() && !self.options.cancel_after_pick {
            return Err("picking has begun".to_owned());
        }
        Ok(())
    }

    /// Takes an order away from pickers and stock.
    fn withdraw(&mut self, cx: &mut Cx<'_>, order: usize) {
        let lines = self.orders[order].lines.clone();
        for line in lines {
            self.release_line(cx, order, line);
        }
        let state = &mut self.orders[order];
        state.wants_stock = false;
        state.released = false;
        state.pick_due = None;
        state.parcels.clear();
    }

    /// Does what pickers and queued imports have to do by now, each thing at its own time. Says when to be called again.
    pub(crate) fn work(&mut self, cx: &mut Cx<'_>) -> Option<Timestamp> {
        loop {
            let import = self.imports.front().map(|import| import.due);
            let pick = self.pickers.next_due();
            let next = import.into_iter().chain(pick).min();
            let Some(due) = next.filter(|due| *due <= cx.now) else {
                return next;
            };
            let mut then = Cx {
                now: due,
                rng: &mut *cx.rng,
                faults: &mut *cx.faults,
                effects: &mut *cx.effects,
                outbox: &mut *cx.outbox,
                counted: cx.counted,
            };
            if import == Some(due) {
                if let Some(import) = self.imports.pop_front() {
                    save::land(self, &mut then, &import);
                }
            } else if let Some((_, task)) = self.pickers.pop_due(cx.now) {
                self.perform(&mut then, task);
            }
        }
    }

    /// Logs and tells a change of an item's available figure, if it is one.
    fn tell_available(&mut self, cx: &mut Cx<'_>, item: usize, before: i64) {
        let available = self.stock.available(item);
        if available == before {
            return;
        }
        let code = self.item_code(item).to_owned();
        cx.effects.push(cx.now, kind::AVAILABLE_CHANGED, code, json!({ "available": available }));
        let items = &self.tables[table::ITEM_TYPES];
        self.subscriptions.fire(cx, EventType::AvailabilityChanges, || entity::availability(items, item, available));
    }

    /// Tells a movement of stock (`IncrementalChanges`).
    fn tell_change(&mut self, cx: &mut Cx<'_>, item: usize, quantity: i64, reason: &str) {
        let items = &self.tables[table::ITEM_TYPES];
        let now = cx.now;
        self.subscriptions
            .fire(cx, EventType::IncrementalChanges, || entity::change(items, item, quantity, reason, now));
    }
}
