//! The judge: compares what the three remotes' own effect logs say. It never asks the hub what was done; only for the
//! cause of an order that stands in front of a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use sim_core::Effect;
use sim_core::effect_log::kind;

/// The three logs and the three states, however they were obtained.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    pub(crate) peoplevox: Vec<Effect>,
    pub(crate) peoplevox_state: Value,
    /// Title of the channel as the warehouse knows it, its log and its state.
    pub(crate) channels: Vec<(String, Vec<Effect>, Value)>,
    /// Kits: code → component and units.
    pub(crate) kits: BTreeMap<String, Vec<(String, i64)>>,
    /// The buffer that each channel never shows.
    pub(crate) buffer: i64,
    /// Channels that take one shipment per order, whatever the number of parcels.
    pub(crate) one_shipment: BTreeSet<String>,
}

/// The verdict.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Orders that customers placed.
    pub(crate) orders: u64,
    /// Of these, orders that exist in the warehouse exactly once, with equal lines.
    pub(crate) in_warehouse: u64,
    /// Orders of which every parcel is recorded at the channel, exactly once, with its tracking number.
    pub(crate) confirmed: u64,
    /// Orders that stand in front of a person, by cause.
    pub(crate) held: BTreeMap<String, u64>,
    /// Orders cancelled at the channel before the warehouse had them.
    pub(crate) cancelled: u64,
    /// Orders that wait for the channel (payment, review) and may not be shipped yet.
    pub(crate) not_ready: u64,
    /// Orders that may be shipped and are neither in the warehouse nor in front of a person.
    pub(crate) lost: u64,
    /// Orders that exist twice, or parcels recorded twice.
    pub(crate) duplicated: u64,
    /// Orders whose lines in the warehouse differ from what was bought.
    pub(crate) wrong_lines: u64,
    /// Parcels that left and are not at the channel, or are there with another tracking number or other units.
    pub(crate) unconfirmed_parcels: u64,
    /// Shipments at a channel that no parcel stands behind.
    pub(crate) invented_shipments: u64,
    /// Listings that show another figure than what can be shipped.
    pub(crate) stock_mismatches: u64,
    /// Orders in the warehouse that it could not fulfil from stock.
    pub(crate) oversold: u64,
    /// Published windows of calls that were exceeded.
    pub(crate) windows_exceeded: u64,
    /// The first few findings, in words.
    pub(crate) findings: Vec<String>,
}

impl Verdict {
    /// Whether all sides agree.
    pub(crate) fn agrees(&self) -> bool {
        self.lost == 0
            && self.duplicated == 0
            && self.wrong_lines == 0
            && self.unconfirmed_parcels == 0
            && self.invented_shipments == 0
            && self.stock_mismatches == 0
            && self.windows_exceeded == 0
    }

    fn find(&mut self, text: String) {
        if self.findings.len() < 20 {
            self.findings.push(text);
        }
    }
}

/// One order as its channel tells it.
#[derive(Debug, Default)]
struct Placed {
    units: BTreeMap<String, i64>,
    ready: bool,
    cancelled: bool,
    /// Tracking number → times recorded, and units by SKU.
    shipped: BTreeMap<String, (u64, BTreeMap<String, i64>)>,
}

/// One order as the warehouse tells it.
#[derive(Debug, Default)]
struct Held {
    numbers: BTreeSet<String>,
    created: u64,
    lines: BTreeMap<String, i64>,
    /// Tracking number → units by item.
    parcels: BTreeMap<String, BTreeMap<String, i64>>,
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

fn units(value: &Value, name: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for line in value.as_array().into_iter().flatten() {
        *sums.entry(text(&line[name])).or_insert(0) += line["quantity"].as_i64().unwrap_or(0);
    }
    sums
}

/// Judges. `held` maps (channel title, order number) to the cause under which the hub shows it to a person.
pub(crate) fn judge(evidence: &Evidence, held: &BTreeMap<(String, String), String>) -> Verdict {
    let mut verdict = Verdict::default();
    let warehouse = warehouse(&evidence.peoplevox);
    let mut demand: BTreeMap<String, i64> = BTreeMap::new();
    let mut spoken_for: BTreeSet<(String, String)> = BTreeSet::new();
    for (title, log, _) in &evidence.channels {
        for (number, placed) in channel(log) {
            verdict.orders += 1;
            let key = (title.clone(), number.clone());
            spoken_for.insert(key.clone());
            match warehouse.get(&key) {
                Some(order) => fulfilled(&mut verdict, &key, &placed, order, evidence),
                None => missing(&mut verdict, &key, &placed, held, &mut demand, evidence),
            }
        }
    }
    for (title, reference) in warehouse.keys().filter(|key| !spoken_for.contains(*key)) {
        verdict.duplicated += 1;
        verdict.find(format!("the warehouse has an order {reference} of {title} that nobody placed"));
    }
    stock(&mut verdict, evidence, &demand);
    let logs = evidence.channels.iter().map(|(_, log, _)| log).chain(std::iter::once(&evidence.peoplevox));
    for effect in logs.flatten().filter(|effect| effect.kind == kind::WINDOW_EXCEEDED) {
        verdict.windows_exceeded += 1;
        verdict.find(format!("{}: window exceeded: {} {}", effect.at, effect.object, effect.data));
    }
    verdict
}

fn fulfilled(verdict: &mut Verdict, key: &(String, String), placed: &Placed, order: &Held, evidence: &Evidence) {
    let (title, number) = key;
    if order.created > 1 || order.numbers.len() > 1 {
        verdict.duplicated += 1;
        verdict.find(format!("{title} {number} was created {} times in the warehouse", order.created));
    }
    if order.lines == placed.units {
        verdict.in_warehouse += 1;
    } else {
        verdict.wrong_lines += 1;
        verdict.find(format!("{title} {number}: bought {:?}, the warehouse has {:?}", placed.units, order.lines));
    }
    if !placed.ready {
        verdict.duplicated += 1;
        verdict.find(format!("{title} {number} went to the warehouse before it was released"));
    }
    if evidence.one_shipment.contains(title) && order.parcels.len() > 1 {
        as_one(verdict, key, placed, order, evidence);
        return;
    }
    let mut good = !order.parcels.is_empty();
    let mut left: BTreeMap<String, i64> = BTreeMap::new();
    for (tracking, items) in &order.parcels {
        let sold = as_sold(items, &placed.units, evidence);
        for (sku, count) in &sold {
            *left.entry(sku.clone()).or_insert(0) += count;
        }
        match placed.shipped.get(tracking) {
            Some((1, shipped)) if *shipped == sold => {}
            Some((times, _)) if *times > 1 => {
                good = false;
                verdict.duplicated += 1;
                verdict.find(format!("{title} {number}: parcel {tracking} was recorded {times} times"));
            }
            other => {
                good = false;
                verdict.unconfirmed_parcels += 1;
                verdict
                    .find(format!("{title} {number}: parcel {tracking} with {sold:?} left, the channel has {other:?}"));
            }
        }
    }
    for tracking in placed.shipped.keys().filter(|tracking| !order.parcels.contains_key(*tracking)) {
        good = false;
        verdict.invented_shipments += 1;
        verdict.find(format!("{title} {number}: the channel has a parcel {tracking} that never left"));
    }
    if left == placed.units {
        verdict.confirmed += u64::from(good);
    } else {
        verdict.oversold += 1;
    }
}

/// The channel takes one shipment per order: it must be one of the parcels', with everything in it.
fn as_one(verdict: &mut Verdict, key: &(String, String), placed: &Placed, order: &Held, evidence: &Evidence) {
    let (title, number) = key;
    let mut left: BTreeMap<String, i64> = BTreeMap::new();
    for items in order.parcels.values() {
        for (sku, count) in as_sold(items, &placed.units, evidence) {
            *left.entry(sku).or_insert(0) += count;
        }
    }
    let whole = left == placed.units;
    let told: Vec<_> = placed.shipped.iter().collect();
    match told.as_slice() {
        [] if !whole => verdict.oversold += 1,
        [(tracking, (1, shipped))] if whole && *shipped == left && order.parcels.contains_key(*tracking) => {
            verdict.confirmed += 1;
        }
        other => {
            verdict.unconfirmed_parcels += 1;
            verdict.find(format!("{title} {number}: {left:?} left in several parcels, the channel has {other:?}"));
        }
    }
}

fn missing(
    verdict: &mut Verdict,
    key: &(String, String),
    placed: &Placed,
    held: &BTreeMap<(String, String), String>,
    demand: &mut BTreeMap<String, i64>,
    evidence: &Evidence,
) {
    if placed.cancelled {
        verdict.cancelled += 1;
        return;
    }
    for (sku, count) in &placed.units {
        match evidence.kits.get(sku) {
            Some(parts) => {
                for (part, per_kit) in parts {
                    *demand.entry(part.clone()).or_insert(0) += per_kit * count;
                }
            }
            None => *demand.entry(sku.clone()).or_insert(0) += count,
        }
    }
    if let Some(cause) = held.get(key) {
        *verdict.held.entry(cause.clone()).or_insert(0) += 1;
    } else if placed.ready {
        verdict.lost += 1;
        verdict.find(format!("{} {} may be shipped and is nowhere", key.0, key.1));
    } else {
        verdict.not_ready += 1;
    }
}

/// A parcel's items as the customer bought them: components of a bought kit become kits again.
fn as_sold(
    items: &BTreeMap<String, i64>,
    bought: &BTreeMap<String, i64>,
    evidence: &Evidence,
) -> BTreeMap<String, i64> {
    let mut left = items.clone();
    let mut sold = BTreeMap::new();
    for kit in bought.keys().filter(|sku| evidence.kits.contains_key(*sku)) {
        let parts = &evidence.kits[kit];
        // A component may also have been bought by itself; then the plain line takes its own units first.
        let spare = |part: &String| {
            left.get(part).copied().unwrap_or(0)
                - bought.get(part).copied().unwrap_or(0).min(left.get(part).copied().unwrap_or(0))
        };
        let count = parts.iter().map(|(part, per_kit)| spare(part) / (*per_kit).max(1)).min().unwrap_or(0);
        if count > 0 {
            sold.insert(kit.clone(), count);
            for (part, per_kit) in parts {
                *left.entry(part.clone()).or_insert(0) -= per_kit * count;
            }
        }
    }
    for (item, count) in left.into_iter().filter(|(_, count)| *count != 0) {
        sold.insert(item, count);
    }
    sold
}

fn channel(log: &[Effect]) -> BTreeMap<String, Placed> {
    let mut orders: BTreeMap<String, Placed> = BTreeMap::new();
    for effect in log {
        match effect.kind.as_str() {
            kind::ORDER_PLACED => {
                orders.entry(effect.object.clone()).or_default().units = units(&effect.data["lines"], "sku");
            }
            kind::ORDER_READY => orders.entry(effect.object.clone()).or_default().ready = true,
            kind::ORDER_CANCELLED => orders.entry(effect.object.clone()).or_default().cancelled = true,
            kind::SHIPPED => {
                let order = orders.entry(effect.object.clone()).or_default();
                let parcel = order.shipped.entry(text(&effect.data["tracking"])).or_default();
                parcel.0 += 1;
                parcel.1 = units(&effect.data["lines"], "sku");
            }
            _ => {}
        }
    }
    orders
}

fn warehouse(log: &[Effect]) -> BTreeMap<(String, String), Held> {
    let mut owner: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut orders: BTreeMap<(String, String), Held> = BTreeMap::new();
    for effect in log {
        if effect.kind == kind::WAREHOUSE_ORDER_CREATED {
            let key = (text(&effect.data["channel"]), text(&effect.data["reference"]));
            let order = orders.entry(key.clone()).or_default();
            order.created += 1;
            order.numbers.insert(effect.object.clone());
            owner.insert(effect.object.clone(), key);
        }
        let Some(order) = owner.get(&effect.object).and_then(|key| orders.get_mut(key)) else { continue };
        match effect.kind.as_str() {
            kind::WAREHOUSE_LINE_CREATED | kind::WAREHOUSE_LINE_UPDATED => {
                order.lines.insert(text(&effect.data["item"]), effect.data["quantity"].as_i64().unwrap_or(0));
            }
            kind::DESPATCHED => {
                let parcel = order.parcels.entry(text(&effect.data["tracking"])).or_default();
                for (item, count) in units(&effect.data["lines"], "item") {
                    *parcel.entry(item).or_insert(0) += count;
                }
            }
            _ => {}
        }
    }
    orders
}

fn stock(verdict: &mut Verdict, evidence: &Evidence, demand: &BTreeMap<String, i64>) {
    let available = &evidence.peoplevox_state["available"];
    let plain = |item: &str| -> Option<i64> {
        let units = available.get(item)?.as_i64()?;
        Some((units - demand.get(item).copied().unwrap_or(0)).max(0))
    };
    for (title, _, state) in &evidence.channels {
        for (sku, shown) in state["stock"].as_object().into_iter().flatten() {
            let units = match evidence.kits.get(sku) {
                Some(parts) => parts.iter().map(|(part, n)| plain(part).map(|u| u / (*n).max(1))).min().flatten(),
                None => plain(sku),
            };
            // A listing that the warehouse does not know is an exception of its own, not a figure.
            let Some(units) = units else { continue };
            let expected = (units - evidence.buffer).max(0);
            if shown.as_i64() != Some(expected) {
                verdict.stock_mismatches += 1;
                verdict.find(format!("{title} shows {shown} of {sku}, {expected} can be shipped"));
            }
        }
    }
}
