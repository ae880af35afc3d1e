//! What the remotes' own logs say about each order and each figure. Chaos chooses its victims from it; the judge judges by
//! it. Nothing here asks the hub.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use sim_core::Effect;
use sim_core::effect_log::kind;

use crate::commands::demo_check::TITLES;
use crate::rig::{PEOPLEVOX, Twins};

/// Units by SKU or item.
pub(crate) type Units = BTreeMap<String, i64>;

/// A channel's connection and its id of an order.
pub(crate) type Key = (String, String);

/// An order as its channel tells it.
#[derive(Debug, Default)]
pub(crate) struct Sale {
    pub(crate) placed: Option<Timestamp>,
    pub(crate) units: Units,
    pub(crate) defect: Option<String>,
    pub(crate) ready: Option<Timestamp>,
    pub(crate) accepted: u64,
    /// Cancelled or refused as a whole.
    pub(crate) cancelled: Option<Timestamp>,
    /// Units that were cancelled in part, and when.
    pub(crate) dropped: Vec<(Timestamp, Units)>,
    /// Shipments by tracking number.
    pub(crate) shipped: BTreeMap<String, Vec<(Timestamp, Units)>>,
}

impl Sale {
    /// What was bought and not cancelled in part by a moment.
    pub(crate) fn left_at(&self, at: Timestamp) -> Units {
        let mut left = self.units.clone();
        for (_, units) in self.dropped.iter().filter(|(when, _)| *when <= at) {
            for (sku, count) in units {
                if let Some(slot) = left.get_mut(sku) {
                    *slot -= count;
                }
            }
        }
        left.retain(|_, count| *count > 0);
        left
    }

    /// Whether nothing of it is to be shipped any more.
    pub(crate) fn over(&self) -> bool {
        self.cancelled.is_some()
    }
}

/// An order as the warehouse tells it.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) key: Key,
    pub(crate) created: Vec<Timestamp>,
    pub(crate) lines: Units,
    pub(crate) released: Option<Timestamp>,
    pub(crate) cancelled: Option<Timestamp>,
    pub(crate) deleted: Vec<Timestamp>,
    /// Header or line writes that changed something after picking began or after it was cancelled.
    pub(crate) late_writes: Vec<Timestamp>,
    /// Parcels by tracking number.
    pub(crate) parcels: BTreeMap<String, (Timestamp, Units)>,
}

impl Stored {
    /// Whether the warehouse still has it.
    pub(crate) fn exists(&self) -> bool {
        self.created.len() > self.deleted.len()
    }

    /// Everything that left.
    pub(crate) fn left(&self) -> Units {
        let mut sum = Units::new();
        for (_, units) in self.parcels.values() {
            for (item, count) in units {
                *sum.entry(item.clone()).or_insert(0) += count;
            }
        }
        sum
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) sales: BTreeMap<Key, Sale>,
    /// By the warehouse's number.
    pub(crate) stored: BTreeMap<String, Stored>,
    /// Changes of an item's available figure.
    pub(crate) available: BTreeMap<String, Vec<(Timestamp, i64)>>,
    /// Figures that were published by a call: moment, channel, SKU, units.
    pub(crate) published: Vec<(Timestamp, String, String, i64)>,
    /// Windows that were exceeded.
    pub(crate) exceeded: Vec<String>,
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

fn units(value: &Value, name: &str) -> Units {
    let mut sums = Units::new();
    for line in value.as_array().into_iter().flatten() {
        *sums.entry(text(&line[name])).or_insert(0) += line["quantity"].as_i64().unwrap_or(0);
    }
    sums
}

impl Ledger {
    pub(crate) fn read(twins: &Twins) -> Self {
        let mut ledger = Self::default();
        for (connection, host) in &twins.hosts {
            let log = host.effects().all();
            let exceeded = log.iter().filter(|effect| effect.kind == kind::WINDOW_EXCEEDED);
            ledger.exceeded.extend(
                exceeded.map(|effect| format!("{}: {connection}: {} {}", effect.at, effect.object, effect.data)),
            );
            if connection == PEOPLEVOX { ledger.warehouse(log) } else { ledger.channel(connection, log) }
        }
        ledger
    }

    fn channel(&mut self, connection: &str, log: &[Effect]) {
        for effect in log {
            if effect.kind == kind::STOCK_SET {
                let quantity = effect.data["quantity"].as_i64().unwrap_or(0);
                self.published.push((effect.at, connection.to_owned(), effect.object.clone(), quantity));
                continue;
            }
            let of_order = matches!(
                effect.kind.as_str(),
                kind::ORDER_PLACED
                    | kind::ORDER_READY
                    | kind::ORDER_ACCEPTED
                    | kind::ORDER_CANCELLED
                    | "order_refused"
                    | "line_cancelled"
                    | kind::SHIPPED
            );
            if !of_order {
                continue;
            }
            let sale = self.sales.entry((connection.to_owned(), effect.object.clone())).or_default();
            match effect.kind.as_str() {
                kind::ORDER_PLACED => {
                    sale.placed = Some(effect.at);
                    sale.units = units(&effect.data["lines"], "sku");
                    sale.defect = effect.data["defect"].as_str().map(str::to_owned);
                }
                kind::ORDER_READY => sale.ready = Some(effect.at),
                kind::ORDER_ACCEPTED => sale.accepted += 1,
                kind::SHIPPED => {
                    let shipments = sale.shipped.entry(text(&effect.data["tracking"])).or_default();
                    shipments.push((effect.at, units(&effect.data["lines"], "sku")));
                }
                "line_cancelled" => {
                    let lines = &effect.data["lines"];
                    let dropped = if lines.is_array() {
                        units(lines, "sku")
                    } else {
                        Units::from([(text(&effect.data["sku"]), effect.data["quantity"].as_i64().unwrap_or(0))])
                    };
                    sale.dropped.push((effect.at, dropped));
                    if sale.left_at(effect.at).is_empty() {
                        sale.cancelled = Some(effect.at);
                    }
                }
                _ => sale.cancelled = Some(effect.at),
            }
        }
    }

    fn warehouse(&mut self, log: &[Effect]) {
        let connection_of = |title: &str| {
            TITLES.iter().find(|(_, known)| *known == title).map_or("", |(connection, _)| connection).to_owned()
        };
        let mut picking: BTreeSet<String> = BTreeSet::new();
        for effect in log {
            if effect.kind == kind::AVAILABLE_CHANGED {
                let figure = effect.data["available"].as_i64().unwrap_or(0);
                self.available.entry(effect.object.clone()).or_default().push((effect.at, figure));
                continue;
            }
            let number = &effect.object;
            if effect.kind == kind::WAREHOUSE_ORDER_CREATED {
                let stored = self.stored.entry(number.clone()).or_default();
                if effect.data["reference"] == "" && !stored.created.is_empty() && !stored.exists() {
                    // A write to an order that was deleted a moment before makes an empty one, which nobody can pick.
                    continue;
                }
                stored.key = (connection_of(&text(&effect.data["channel"])), text(&effect.data["reference"]));
                stored.created.push(effect.at);
                stored.lines.clear();
                stored.cancelled = None;
                stored.released = None;
                picking.remove(number);
                continue;
            }
            let Some(stored) = self.stored.get_mut(number) else { continue };
            let changed = effect.data["changed"].as_bool() != Some(false);
            match effect.kind.as_str() {
                kind::WAREHOUSE_LINE_CREATED | kind::WAREHOUSE_LINE_UPDATED => {
                    let quantity = effect.data["quantity"].as_i64().unwrap_or(0);
                    stored.lines.insert(text(&effect.data["item"]), quantity);
                    if changed && (stored.cancelled.is_some() || picking.contains(number)) {
                        stored.late_writes.push(effect.at);
                    }
                }
                kind::WAREHOUSE_ORDER_UPDATED if changed && stored.cancelled.is_some() => {
                    stored.late_writes.push(effect.at);
                }
                "warehouse_write_during_picking" => stored.late_writes.push(effect.at),
                "warehouse_line_deleted" => {
                    stored.lines.remove(&text(&effect.data["item"]));
                }
                kind::WAREHOUSE_ORDER_RELEASED => stored.released = stored.released.or(Some(effect.at)),
                "warehouse_order_cancelled" => stored.cancelled = Some(effect.at),
                "warehouse_order_deleted" => stored.deleted.push(effect.at),
                kind::DESPATCHED => {
                    picking.insert(number.clone());
                    let parcel =
                        stored.parcels.entry(text(&effect.data["tracking"])).or_insert((effect.at, Units::new()));
                    for (item, count) in units(&effect.data["lines"], "item") {
                        *parcel.1.entry(item).or_insert(0) += count;
                    }
                }
                _ => {}
            }
        }
    }

    /// The warehouse's orders of a sale.
    pub(crate) fn stored_of<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = (&'a String, &'a Stored)> {
        self.stored.iter().filter(move |(_, stored)| stored.key == *key)
    }

    /// The most that was available of an item in a stretch of time; `opening` is the figure at the beginning of the world.
    pub(crate) fn most_available(&self, item: &str, opening: i64, from: Timestamp, to: Timestamp) -> i64 {
        let changes = self.available.get(item).map_or(&[][..], Vec::as_slice);
        let before = changes.iter().take_while(|(at, _)| *at <= from).last().map_or(opening, |(_, figure)| *figure);
        let within = changes.iter().filter(|(at, _)| *at > from && *at <= to).map(|(_, figure)| *figure);
        within.fold(before, i64::max)
    }
}
