//! Parcels that leave (contracts/peoplevox.md §6.3). One despatch is one package.

use jiff::Timestamp;
use serde_json::json;
use sim_core::{Cx, effect_log::kind};

use super::{Warehouse, entity};
use crate::carrier::{CARRIERS, by_name, by_service, tracking};
use crate::cell::Cell;
use crate::event::EventType;
use crate::order::{Parcel, Status};
use crate::template::{line, order, table};

/// A parcel that left.
#[derive(Debug)]
pub(crate) struct Despatch {
    pub number: String,
    /// Row of `Sales orders`.
    pub order: usize,
    pub at: Timestamp,
    pub carrier: String,
    pub carrier_reference: String,
    pub service: String,
    pub service_code: String,
    pub tracking: String,
    /// Its rows: from, to (exclusive) in `Warehouse::despatch_rows`.
    pub rows: (usize, usize),
}

/// A row of `Despatch summary`: one item from one site. A kit has a row per component and none of its own.
#[derive(Debug)]
pub(crate) struct DespatchRow {
    pub despatch: usize,
    /// Row of `Sales order items`.
    pub line: usize,
    /// The item or component that left.
    pub item: usize,
    /// The kit, for a component.
    pub parent: Option<usize>,
    pub quantity: i64,
    /// Units of the kit; 0 on the further rows of a component that came from several sites.
    pub parents: i64,
    pub site: usize,
}

/// What a test may fix about a despatch. Empty texts leave the choice to the warehouse.
#[derive(Debug, Default)]
pub(crate) struct Label<'a> {
    pub carrier: &'a str,
    pub tracking: &'a str,
}

impl Warehouse {
    /// Sends a parcel. Its units must be allocated.
    pub(super) fn despatch(&mut self, cx: &mut Cx<'_>, order: usize, parcel: &Parcel, label: Option<&Label<'_>>) {
        let index = self.despatches.len();
        let first_row = self.despatch_rows.len();
        for (line, units) in &parcel.lines {
            self.ship_units(cx, index, *line, *units);
        }
        let despatch = Despatch {
            number: format!("DES{:06}", index + 1),
            at: cx.now,
            rows: (first_row, self.despatch_rows.len()),
            ..self.label(order, parcel.carrier, label)
        };
        self.log_despatch(cx, &despatch, parcel);
        let number = self.order_number(order).to_owned();
        self.tables[table::DESPATCHES].insert(vec![
            Cell::owned(despatch.number.clone()),
            Cell::owned(number),
            Cell::owned(despatch.carrier.clone()),
            Cell::owned(despatch.service.clone()),
            Cell::owned(despatch.tracking.clone()),
            Cell::Date(cx.now),
        ]);
        self.despatches.push(despatch);
        self.orders[order].despatches.push(index);
        self.tell_despatch(cx, index);
        let left: i64 =
            self.orders[order].lines.iter().map(|line| self.lines[*line].ordered - self.lines[*line].despatched).sum();
        // What a half-despatched order is called is unknown (ids 1, 4 and 9); it stays Picked until its last parcel.
        self.set_status(cx, order, if left == 0 { Status::Despatched } else { Status::Picked });
    }

    fn ship_units(&mut self, cx: &mut Cx<'_>, despatch: usize, line: usize, units: i64) {
        let (kit, parent) = (self.lines[line].kit, self.lines[line].item);
        for part in 0..self.lines[line].parts.len() {
            let item = self.lines[line].parts[part].item;
            let mut left = units * self.lines[line].parts[part].per;
            let mut parents = if kit { units } else { 0 };
            let before = self.stock.available(item);
            let mut moved = 0;
            for (site, held) in &mut self.lines[line].parts[part].allocated {
                let quantity = left.min(*held);
                if quantity == 0 {
                    continue;
                }
                *held -= quantity;
                left -= quantity;
                moved += quantity;
                let level = self.stock.level_mut(item, *site);
                level.allocated -= quantity;
                level.on_hand -= quantity;
                self.despatch_rows.push(DespatchRow {
                    despatch,
                    line,
                    item,
                    parent: kit.then_some(parent),
                    quantity,
                    parents: std::mem::take(&mut parents),
                    site: *site,
                });
            }
            self.lines[line].parts[part].allocated.retain(|(_, held)| *held > 0);
            self.show_on_hand(item);
            self.tell_available(cx, item, before);
            self.tell_change(cx, item, -moved, "Despatched");
        }
        self.lines[line].despatched += units;
    }

    /// Carrier, service and tracking number of a new despatch.
    fn label(&mut self, order: usize, carrier: usize, label: Option<&Label<'_>>) -> Despatch {
        let wanted = label.map_or("", |label| label.carrier);
        let known = if wanted.is_empty() { Some(carrier) } else { by_name(wanted) };
        let asked = by_service(self.tables[table::SALES_ORDERS].text(order, order::SERVICE));
        let (name, reference, service) = match known {
            Some(index) => {
                let carrier = &CARRIERS[index];
                let service = asked.filter(|(c, _)| *c == index).map_or(0, |(_, service)| service);
                (carrier.name, carrier.reference, carrier.services[service])
            }
            None => (wanted, wanted, ("Standard", "STD")),
        };
        let fixed = label.map_or("", |label| label.tracking);
        let number = if fixed.is_empty() {
            self.trackings += 1;
            tracking(name, self.trackings)
        } else {
            fixed.to_owned()
        };
        Despatch {
            number: String::new(),
            order,
            at: Timestamp::UNIX_EPOCH,
            carrier: name.to_owned(),
            carrier_reference: reference.to_owned(),
            service: service.0.to_owned(),
            service_code: service.1.to_owned(),
            tracking: number,
            rows: (0, 0),
        }
    }

    /// `lines` names what was ordered (a kit by its own code); `components` beside it names what was in the box.
    fn log_despatch(&self, cx: &mut Cx<'_>, despatch: &Despatch, parcel: &Parcel) {
        let ordered = &self.tables[table::SALES_ORDER_ITEMS];
        let lines: Vec<_> = parcel
            .lines
            .iter()
            .map(|(id, units)| {
                json!({ "item": ordered.text(*id, line::ITEM), "line": ordered.text(*id, line::LINE), "quantity": units })
            })
            .collect();
        let components: Vec<_> = self.despatch_rows[despatch.rows.0..despatch.rows.1]
            .iter()
            .map(|row| {
                json!({
                    "item": self.item_code(row.item),
                    "parent": row.parent.map(|kit| self.item_code(kit)),
                    "quantity": row.quantity,
                })
            })
            .collect();
        cx.effects.push(
            cx.now,
            kind::DESPATCHED,
            self.order_number(despatch.order),
            json!({
                "despatch": despatch.number,
                "tracking": despatch.tracking,
                "carrier": despatch.carrier,
                "lines": lines,
                "components": components,
            }),
        );
    }

    fn tell_despatch(&mut self, cx: &mut Cx<'_>, despatch: usize) {
        let (orders, sent) = (&self.tables[table::SALES_ORDERS], &self.despatches[despatch]);
        let whole = || entity::despatch(orders, sent);
        let package = || entity::package(&whole());
        self.subscriptions.fire(cx, EventType::TrackingNumberReceived, whole);
        self.subscriptions.fire(cx, EventType::DespatchPackageTrackingNumberReceived, package);
        self.subscriptions.fire(cx, EventType::DespatchPackageDespatched, package);
    }

    /// Records a tracking number that a client wrote to the order (§6.4) on its latest despatch, if it has one.
    pub(crate) fn write_tracking(&mut self, cx: &mut Cx<'_>, order: usize, number: &str) {
        let Some(latest) = self.orders[order].despatches.last().copied() else {
            return;
        };
        if self.despatches[latest].tracking == number {
            return;
        }
        number.clone_into(&mut self.despatches[latest].tracking);
        let table = &mut self.tables[table::DESPATCHES];
        if let Some(row) = table.group(&self.despatches[latest].number).first().copied() {
            table.set(row, 4, Cell::owned(number.to_owned()));
        }
        let (orders, sent) = (&self.tables[table::SALES_ORDERS], &self.despatches[latest]);
        self.subscriptions.fire(cx, EventType::TrackingNumberReceived, || entity::despatch(orders, sent));
    }

    /// Sends parcels by hand, for tests: item codes as ordered, and units. `Err` says why they cannot leave; then none
    /// does. The pickers leave the order alone from then on.
    pub(crate) fn despatch_by_hand(
        &mut self,
        cx: &mut Cx<'_>,
        order: usize,
        parcels: &[(Label<'_>, Vec<(String, i64)>)],
    ) -> Result<Vec<String>, String> {
        let state = &self.orders[order];
        if state.status == Status::Cancelled {
            return Err("the order is cancelled".to_owned());
        }
        let mut packed = Vec::new();
        let mut taken: Vec<(usize, i64)> = Vec::new();
        for (_, contents) in parcels {
            let mut lines = Vec::new();
            for (code, units) in contents {
                let id = state
                    .lines
                    .iter()
                    .copied()
                    .find(|id| self.item_code(self.lines[*id].item) == code)
                    .ok_or_else(|| format!("the order has no line for {code}"))?;
                let before: i64 = taken.iter().filter(|(known, _)| *known == id).map(|(_, units)| units).sum();
                let known = &self.lines[id];
                let held = known.parts.iter().map(|part| part.held() / part.per.max(1)).min().unwrap_or(0);
                let free = held.min(known.ordered - known.despatched) - before;
                if *units < 1 || *units > free {
                    return Err(format!("{units} of {code} cannot leave: {free} allocated"));
                }
                taken.push((id, *units));
                lines.push((id, *units));
            }
            packed.push(Parcel { carrier: 0, lines });
        }
        let state = &mut self.orders[order];
        state.manual = true;
        state.pick_due = None;
        state.parcels.clear();
        let from = state.despatches.len();
        for (parcel, (label, _)) in packed.iter().zip(parcels) {
            self.despatch(cx, order, parcel, Some(label));
        }
        let sent = &self.orders[order].despatches;
        Ok(sent[from..].iter().map(|index| self.despatches[*index].number.clone()).collect())
    }
}
