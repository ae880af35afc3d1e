//! From the warehouse's rows to parcels, and from a parcel's items to the channel's lines.

use std::collections::BTreeMap;

use crossdock_model::{DespatchRow, KitPart, Package, PackageLine, ShippedLine};

use crossdock_planted::{self as planted, Bug};

use crate::Held;
use crate::cause::Cause;
use crate::order::OrderState;

/// Groups report rows into parcels: rows of one despatch that share a tracking number. In order of departure.
pub fn packages(rows: &[DespatchRow]) -> Vec<Package> {
    let mut parcels: BTreeMap<(&str, &str, &str), Package> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.quantity > 0) {
        let parcel =
            parcels.entry((&row.order_number, &row.despatch_number, &row.tracking)).or_insert_with(|| Package {
                order_number: row.order_number.clone(),
                despatch_number: row.despatch_number.clone(),
                carrier: row.carrier.clone(),
                service: row.service.clone(),
                tracking: row.tracking.clone(),
                despatched_at: row.despatched_at,
                lines: Vec::new(),
            });
        let same = parcel
            .lines
            .iter_mut()
            .find(|line| line.item == row.item && line.line == row.line && line.parent == row.parent);
        match same {
            Some(line) => line.quantity = line.quantity.saturating_add(row.quantity),
            None => parcel.lines.push(PackageLine {
                item: row.item.clone(),
                line: row.line.clone(),
                parent: row.parent.clone(),
                quantity: row.quantity,
            }),
        }
    }
    let mut parcels: Vec<Package> = parcels.into_values().collect();
    parcels.sort_by_key(|parcel| parcel.despatched_at);
    parcels
}

/// Which units of which channel lines a parcel holds, given what left before. Kits count by their components: the kit
/// left when all its components did, in one parcel. A row of the kit's own beside them says the same again; a report that
/// has one is not known to exist, nor that none does (`contracts/peoplevox.md §4`).
pub fn allocate(
    parcel: &Package,
    order: &OrderState,
    parts: &dyn Fn(&str) -> Vec<KitPart>,
) -> Result<Vec<ShippedLine>, Held> {
    let mut items: BTreeMap<&str, i64> = BTreeMap::new();
    let mut kits: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    // Figures of a report may be anything; what does not fit is more than any order holds.
    let add = |sum: &mut i64, units: i64| *sum = sum.saturating_add(units);
    for line in &parcel.lines {
        match line.parent.as_deref().filter(|parent| !parent.is_empty() && *parent != line.item) {
            Some(kit) => add(kits.entry(kit).or_default().entry(&line.item).or_default(), line.quantity),
            None => add(items.entry(&line.item).or_default(), line.quantity),
        }
    }
    for (kit, components) in &kits {
        let units = kit_units(kit, components, &parts(kit))?;
        // A report may name the kit itself beside its components: the same units, said twice.
        if let Some(own) = items.insert(kit, units).filter(|own| *own != units) {
            let detail = format!("{own} of kit {kit} left by its own row, {units} by its components");
            return Err(Held::new(Cause::DespatchMismatch, "", detail));
        }
    }
    let mut lines = Vec::new();
    for (item, mut left) in items {
        for mapped in order.mapped.iter().filter(|mapped| mapped.item == item) {
            let room = mapped.quantity.saturating_sub(order.despatched(&mapped.line_id)).max(0);
            let take = if planted::on(Bug::ParcelByFirstLine) { left } else { left.min(room) };
            if take > 0 {
                lines.push(ShippedLine { line_id: mapped.line_id.clone(), quantity: take });
                left -= take;
            }
        }
        if left > 0 {
            return Err(Held::new(
                Cause::DespatchMismatch,
                "",
                format!("{left} of item {item} left beyond what the order holds"),
            ));
        }
    }
    if lines.is_empty() {
        return Err(Held::new(Cause::DespatchMismatch, "", "the parcel holds nothing of this order"));
    }
    lines.sort_by(|a, b| a.line_id.cmp(&b.line_id));
    Ok(lines)
}

fn kit_units(kit: &str, components: &BTreeMap<&str, i64>, parts: &[KitPart]) -> Result<i64, Held> {
    let uneven =
        || Held::new(Cause::DespatchMismatch, "", format!("the components of kit {kit} left in uneven numbers"));
    if parts.is_empty() {
        return Err(Held::new(Cause::DespatchMismatch, "", format!("the parts of kit {kit} are not known")));
    }
    let mut units = None;
    for part in parts {
        let left = components.get(part.component.as_str()).copied().unwrap_or(0);
        if part.quantity <= 0 || left % part.quantity != 0 {
            return Err(uneven());
        }
        let of_part = left / part.quantity;
        if units.is_some_and(|units| units != of_part) {
            return Err(uneven());
        }
        units = Some(of_part);
    }
    units.filter(|units| *units > 0).ok_or_else(uneven)
}
