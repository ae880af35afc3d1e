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

/// A parcel that left: one package, or as many as the options say.
#[derive(Debug, Clone)]
pub(crate) struct Despatch {
    pub number: String,
    /// Row of `Sales orders`.
    pub order: usize,
    pub at: Timestamp,
    pub carrier: String,
    pub carrier_reference: String,
    pub service: String,
    pub service_code: String,
    pub packages: Vec<Package>,
    /// Whether its tracking numbers are in the system yet.
    pub tracked: bool,
    /// Its rows: from, to (exclusive) in `Warehouse::despatch_rows`.
    pub rows: (usize, usize),
}

/// A package of a despatch. Its carrier has given it a number, whether or not the system knows.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub tracking: String,
    /// Rows of `Sales order items` and units.
    pub lines: Vec<(usize, i64)>,
}

impl Despatch {
    /// The tracking number of a package as the system shows it: empty until it is known.
    pub(crate) fn tracking(&self, package: usize) -> &str {
        self.packages.get(package).filter(|_| self.tracked).map_or("", |package| &package.tracking)
    }
}

/// A row of `Despatch summary`: one item from one site. A kit has a row per component, and one of its own only if the
/// options say so.
#[derive(Debug, Clone)]
pub(crate) struct DespatchRow {
    pub despatch: usize,
    /// Which of its packages.
    pub package: usize,
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
    /// Whether the row only names the kit whose components follow: nothing of it was in the box.
    pub names_kit: bool,
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
        let contents = divide(&parcel.lines, self.options.packages_per_despatch);
        for (package, lines) in contents.iter().enumerate() {
            for (line, units) in lines {
                self.ship_units(cx, (index, package), *line, *units);
            }
        }
        let late = self.options.late_tracking;
        let despatch = Despatch {
            number: format!("DES{:06}", index + 1),
            at: cx.now,
            tracked: late <= 0,
            rows: (first_row, self.despatch_rows.len()),
            ..self.label(order, parcel.carrier, label, contents)
        };
        self.log_despatch(cx, &despatch);
        let number = self.order_number(order).to_owned();
        self.tables[table::DESPATCHES].insert(vec![
            Cell::owned(despatch.number.clone()),
            Cell::owned(number),
            Cell::owned(despatch.carrier.clone()),
            Cell::owned(despatch.service.clone()),
            Cell::owned(despatch.tracking(0).to_owned()),
            Cell::Date(cx.now),
        ]);
        self.despatches.push(despatch);
        self.orders[order].despatches.push(index);
        self.tell_despatch(cx, index);
        if late > 0 {
            self.pickers.track_later(cx.now, late, index);
        }
        let left: i64 =
            self.orders[order].lines.iter().map(|line| self.lines[*line].ordered - self.lines[*line].despatched).sum();
        // What a half-despatched order is called is unknown (ids 1, 4 and 9); it stays Picked until its last parcel.
        self.set_status(cx, order, if left == 0 { Status::Despatched } else { Status::Picked });
    }

    fn ship_units(&mut self, cx: &mut Cx<'_>, (despatch, package): (usize, usize), line: usize, units: i64) {
        let (kit, parent) = (self.lines[line].kit, self.lines[line].item);
        let row = |item: usize, quantity: i64, site: usize| DespatchRow {
            despatch,
            package,
            line,
            item,
            parent: None,
            quantity,
            parents: 0,
            site,
            names_kit: false,
        };
        if kit && self.options.kit_parent_row {
            let held = self.lines[line].parts.iter().flat_map(|part| &part.allocated).next();
            let site = held.map_or(0, |(site, _)| *site);
            self.despatch_rows.push(DespatchRow { names_kit: true, ..row(parent, units, site) });
        }
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
                    parent: kit.then_some(parent),
                    parents: std::mem::take(&mut parents),
                    ..row(item, quantity, *site)
                });
            }
            self.lines[line].parts[part].allocated.retain(|(_, held)| *held > 0);
            self.show_on_hand(item);
            self.tell_available(cx, item, before);
            self.tell_change(cx, item, -moved, "Despatched");
        }
        self.lines[line].despatched += units;
    }

    /// The tracking numbers of a despatch come in.
    pub(super) fn track(&mut self, cx: &mut Cx<'_>, despatch: usize) {
        let Some(sent) = self.despatches.get_mut(despatch).filter(|sent| !sent.tracked) else { return };
        sent.tracked = true;
        self.show_tracking(despatch);
        self.tell_tracking(cx, despatch);
    }

    fn show_tracking(&mut self, despatch: usize) {
        let sent = &self.despatches[despatch];
        let table = &mut self.tables[table::DESPATCHES];
        if let Some(row) = table.group(&sent.number).first().copied() {
            table.set(row, 4, Cell::owned(sent.tracking(0).to_owned()));
        }
    }

    /// Carrier, service and tracking numbers of a new despatch. A number that a test has fixed is the first package's.
    fn label(
        &mut self,
        order: usize,
        carrier: usize,
        label: Option<&Label<'_>>,
        contents: Vec<Vec<(usize, i64)>>,
    ) -> Despatch {
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
        let mut fixed = Some(label.map_or("", |label| label.tracking)).filter(|fixed| !fixed.is_empty());
        let package = |lines: Vec<(usize, i64)>| {
            let number = match fixed.take() {
                Some(fixed) => fixed.to_owned(),
                None => {
                    self.trackings += 1;
                    tracking(name, self.trackings)
                }
            };
            Package { tracking: number, lines }
        };
        Despatch {
            number: String::new(),
            order,
            at: Timestamp::UNIX_EPOCH,
            carrier: name.to_owned(),
            carrier_reference: reference.to_owned(),
            service: service.0.to_owned(),
            service_code: service.1.to_owned(),
            packages: contents.into_iter().map(package).collect(),
            tracked: true,
            rows: (0, 0),
        }
    }

    /// One effect per package. `lines` names what was ordered (a kit by its own code); `components` beside it names what
    /// was in the box. The tracking number is the one on the label, whether or not the system knows it yet.
    fn log_despatch(&self, cx: &mut Cx<'_>, despatch: &Despatch) {
        let ordered = &self.tables[table::SALES_ORDER_ITEMS];
        for (index, package) in despatch.packages.iter().enumerate() {
            let lines: Vec<_> = package
                .lines
                .iter()
                .map(|(id, units)| {
                    json!({ "item": ordered.text(*id, line::ITEM), "line": ordered.text(*id, line::LINE), "quantity": units })
                })
                .collect();
            let components: Vec<_> = self.despatch_rows[despatch.rows.0..despatch.rows.1]
                .iter()
                .filter(|row| row.package == index && !row.names_kit)
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
                    "tracking": package.tracking,
                    "carrier": despatch.carrier,
                    "lines": lines,
                    "components": components,
                }),
            );
        }
    }

    fn tell_despatch(&mut self, cx: &mut Cx<'_>, despatch: usize) {
        if self.despatches[despatch].tracked {
            self.tell_tracking(cx, despatch);
        }
        let (orders, sent) = (&self.tables[table::SALES_ORDERS], &self.despatches[despatch]);
        for package in 0..sent.packages.len() {
            let entity = || entity::package(orders, sent, package);
            self.subscriptions.fire(cx, EventType::DespatchPackageDespatched, entity);
        }
    }

    fn tell_tracking(&mut self, cx: &mut Cx<'_>, despatch: usize) {
        let (orders, sent) = (&self.tables[table::SALES_ORDERS], &self.despatches[despatch]);
        self.subscriptions.fire(cx, EventType::TrackingNumberReceived, || entity::despatch(orders, sent, 0));
        for package in 0..sent.packages.len() {
            let entity = || entity::package(orders, sent, package);
            self.subscriptions.fire(cx, EventType::DespatchPackageTrackingNumberReceived, entity);
        }
    }

    /// Records a tracking number that a client wrote to the order (§6.4) on the first package of its latest despatch, if
    /// it has one.
    pub(crate) fn write_tracking(&mut self, cx: &mut Cx<'_>, order: usize, number: &str) {
        let Some(latest) = self.orders[order].despatches.last().copied() else {
            return;
        };
        let sent = &mut self.despatches[latest];
        let Some(package) = sent.packages.first_mut() else { return };
        if sent.tracked && package.tracking == number {
            return;
        }
        number.clone_into(&mut package.tracking);
        sent.tracked = true;
        self.show_tracking(latest);
        let (orders, sent) = (&self.tables[table::SALES_ORDERS], &self.despatches[latest]);
        self.subscriptions.fire(cx, EventType::TrackingNumberReceived, || entity::despatch(orders, sent, 0));
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

/// Divides the contents of a parcel into packages, unit by unit in the order of the lines; none of them is empty.
fn divide(lines: &[(usize, i64)], packages: usize) -> Vec<Vec<(usize, i64)>> {
    let total: i64 = lines.iter().map(|(_, units)| units).sum();
    let wanted = i64::try_from(packages).unwrap_or(1).clamp(1, total.max(1));
    let mut divided = Vec::new();
    let mut rest = lines.iter().copied().filter(|(_, units)| *units > 0).peekable();
    let mut taken_of_line = 0;
    for package in 0..wanted {
        let mut room = total * (package + 1) / wanted - total * package / wanted;
        let mut contents = Vec::new();
        while room > 0 {
            let Some((line, units)) = rest.peek().copied() else { break };
            let take = room.min(units - taken_of_line);
            contents.push((line, take));
            room -= take;
            taken_of_line += take;
            if taken_of_line == units {
                taken_of_line = 0;
                rest.next();
            }
        }
        divided.push(contents);
    }
    divided
}

#[cfg(test)]
mod tests {
    use super::divide;

    #[test]
    fn units_are_divided_evenly_and_none_is_lost() {
        assert_eq!(divide(&[(1, 2), (2, 1)], 1), [vec![(1, 2), (2, 1)]]);
        assert_eq!(divide(&[(1, 2), (2, 1)], 2), [vec![(1, 1)], vec![(1, 1), (2, 1)]]);
        assert_eq!(divide(&[(1, 2), (2, 1)], 9), [vec![(1, 1)], vec![(1, 1)], vec![(2, 1)]]);
        assert_eq!(divide(&[(1, 7)], 0), [vec![(1, 7)]]);
    }
}
