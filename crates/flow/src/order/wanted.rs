//! What the marketplace wants of an order, beside what the warehouse was given of it: units that were cancelled meanwhile
//! (fault F52), taken back, or are expected after all.

use std::collections::BTreeMap;

use crossdock_model::{ChannelOrder, OrderLine, Readiness, WarehouseOrder};

use super::{MappedLine, OrderCtx, OrderStage, OrderState, SkuAnswer};
use crate::{Actions, Demand, words};

/// Units of a line that may still be shipped.
fn open(line: &OrderLine) -> i64 {
    if line.cancelled { 0 } else { line.open.max(0) }
}

/// Units of a line that are still to go, and those that left.
fn wanted(state: &OrderState, line: &OrderLine) -> i64 {
    state.despatched(&line.id).saturating_add(open(line))
}

/// The same of what the warehouse was given of a line, as far as it still has to do with it: at most as much.
pub(super) fn wanted_of(state: &OrderState, mapped: &MappedLine) -> i64 {
    let line = state.order.lines.iter().find(|line| line.id == mapped.line_id);
    line.map_or(0, |line| wanted(state, line)).min(mapped.quantity)
}

/// Units of each line that the marketplace expects in all: those still to go, and those that its own shipments hold. One document
/// says both, so the sum does not depend on how much it knows of what has left.
fn in_all(order: &ChannelOrder) -> BTreeMap<String, i64> {
    let mut units: BTreeMap<String, i64> = order.lines.iter().map(|line| (line.id.clone(), open(line))).collect();
    for shipped in order.shipments.iter().flat_map(|shipment| &shipment.lines) {
        let sum = units.entry(shipped.line_id.clone()).or_default();
        *sum = sum.saturating_add(shipped.quantity.max(0));
    }
    units
}

/// The warehouse is given the order as the marketplace has it now.
pub(super) fn given(state: &mut OrderState) {
    state.dropped.clear();
    state.lacking.clear();
    state.expected = in_all(&state.order);
}

/// Looks at what is lacking as things stand now: somebody has bought it, and nobody else counts it.
pub(super) fn look_for_lacking(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    let lacking = lacking(state, ctx);
    let changed = lacking != state.lacking;
    state.lacking = lacking;
    if state.stage == OrderStage::Releasing && !state.refused {
        // It is taken back, and then checked and counted anew.
        return;
    }
    if changed || actions.demand == Demand::Counted && !state.lacking.is_empty() {
        actions.demand = Demand::Set(outside(state));
    }
}

/// Units that the marketplace expects beyond what it expected when the warehouse was given the order: a request to cancel
/// them was undecided then, and has been turned down. An empty item: the line has none in the warehouse.
fn lacking(state: &OrderState, ctx: &OrderCtx<'_>) -> Vec<MappedLine> {
    match state.order.readiness {
        Readiness::Cancelled => return Vec::new(),
        // What was lacking stays sold, and more cannot be concluded.
        Readiness::Unknown(_) => return state.lacking.clone(),
        _ if state.expected.is_empty() => return Vec::new(),
        _ => {}
    }
    let now = in_all(&state.order);
    let mut lacking = Vec::new();
    for line in &state.order.lines {
        let of_line = |units: &BTreeMap<String, i64>| units.get(&line.id).copied().unwrap_or(0);
        let more = of_line(&now).saturating_sub(of_line(&state.expected));
        let mapped = state.mapped.iter().find(|mapped| mapped.line_id == line.id);
        let given = mapped.map_or(0, |mapped| mapped.quantity);
        let to_leave = given.saturating_sub(state.despatched(&line.id)).max(0);
        let quantity = more.min(open(line).saturating_sub(to_leave));
        if quantity > 0 {
            let item = mapped.map(|mapped| mapped.item.clone()).or_else(|| item(line, ctx));
            lacking.push(MappedLine { line_id: line.id.clone(), item: item.unwrap_or_default(), quantity });
        }
    }
    lacking
}

fn item(line: &OrderLine, ctx: &OrderCtx<'_>) -> Option<String> {
    match line.sku.as_deref().map(|code| (ctx.sku)(code.trim())) {
        Some(SkuAnswer::Item(item)) => Some(item),
        _ => None,
    }
}

/// What is lacking, for a person.
pub(super) fn lacking_words(state: &OrderState, title: &str) -> Option<String> {
    let position = |id: &str| state.order.lines.iter().position(|line| line.id == id).map_or(0, |index| index + 1);
    let parts: Vec<String> = state
        .lacking
        .iter()
        .map(|lacking| {
            let units = words::count(lacking.quantity.unsigned_abs(), "unit", "units");
            let unmapped = if lacking.item.is_empty() { " (its SKU has no warehouse item)" } else { "" };
            format!("{units} of line {}{unmapped}", position(&lacking.line_id))
        })
        .collect();
    let more = parts.join(" and ");
    (!parts.is_empty()).then(|| format!("{title} expects {more} beyond what the warehouse was given"))
}

/// Units that the marketplace does not expect any more though the warehouse was given them, for a person.
pub(super) fn taken_back(state: &OrderState) -> Option<String> {
    state.order.lines.iter().enumerate().find_map(|(index, line)| {
        let given = state.mapped.iter().find(|mapped| mapped.line_id == line.id)?.quantity;
        let missing = given.saturating_sub(wanted(state, line));
        let units = words::count(missing.unsigned_abs(), "unit", "units");
        (missing > 0).then(|| format!("{units} of line {} were cancelled", index + 1))
    })
}

/// Whether nobody is known to count what is to leave: the warehouse does not have the order, or refused it and may have a part.
pub(super) fn nobody_counts(state: &OrderState) -> bool {
    let stopped = state.refused && state.stage.at_warehouse() && state.stage < OrderStage::Despatched;
    state.gone && state.parcels.is_empty() || stopped
}

/// Items and units that the marketplace expects of an order and the warehouse does not count.
pub(super) fn outside(state: &OrderState) -> Vec<(String, i64)> {
    let mut units: Vec<(String, i64)> = Vec::new();
    let mut add = |item: &str, count: i64| match units.iter_mut().find(|(known, _)| known == item) {
        Some((_, sum)) => *sum = sum.saturating_add(count),
        None => units.push((item.to_owned(), count)),
    };
    for mapped in state.mapped.iter().filter(|_| nobody_counts(state)) {
        let line = state.order.lines.iter().find(|line| line.id == mapped.line_id);
        let to_leave = mapped.quantity.saturating_sub(state.despatched(&mapped.line_id)).max(0);
        add(&mapped.item, line.map_or(0, open).min(to_leave));
    }
    for lacking in &state.lacking {
        add(&lacking.item, lacking.quantity);
    }
    units.retain(|(item, count)| *count > 0 && !item.is_empty());
    units
}

/// A person has mended the order in the warehouse: no more is expected of it than the marketplace expects now. That it has more
/// is believed when it is seen.
pub(super) fn mended(state: &mut OrderState) {
    state.sent_to = Some(state.order.ship_to.clone());
    if state.order.readiness == Readiness::Cancelled {
        return;
    }
    let lines = state.order.lines.clone();
    let left = |state: &OrderState, id: &str| {
        let line = lines.iter().find(|line| line.id == id);
        line.map(|line| wanted(state, line))
    };
    let expected: Vec<Option<i64>> = state.mapped.iter().map(|mapped| left(state, &mapped.line_id)).collect();
    for (mapped, expected) in state.mapped.iter_mut().zip(expected) {
        let kept = expected.map_or(mapped.quantity, |units| units.min(mapped.quantity));
        if kept < mapped.quantity {
            let dropped = mapped.quantity - kept;
            state.dropped.push(MappedLine { quantity: dropped, ..mapped.clone() });
            mapped.quantity = kept;
            if let Some(expected) = state.expected.get_mut(&mapped.line_id) {
                *expected = expected.saturating_sub(dropped);
            }
        }
    }
    state.mapped.retain(|mapped| mapped.quantity > 0);
    if state.expected.is_empty() {
        state.expected = in_all(&state.order);
    }
}

/// More of a line is expected of the warehouse.
fn give(state: &mut OrderState, more: MappedLine) {
    if !state.expected.is_empty() {
        let expected = state.expected.entry(more.line_id.clone()).or_default();
        *expected = expected.saturating_add(more.quantity);
    }
    match state.mapped.iter_mut().find(|mapped| mapped.line_id == more.line_id) {
        Some(mapped) => mapped.quantity = mapped.quantity.saturating_add(more.quantity),
        None => state.mapped.push(more),
    }
}

/// The warehouse was seen with everything that was lacking, because somebody has added it: it is expected of it from now on.
pub(super) fn completed(state: &mut OrderState, said: &WarehouseOrder, actions: &mut Actions) {
    let sum = |lines: &[MappedLine], item: &str| {
        let lines = lines.iter().filter(|line| line.item == item);
        lines.fold(0_i64, |sum, line| sum.saturating_add(line.quantity))
    };
    let there = |lacking: &MappedLine| {
        // An empty item is nowhere.
        let most = sum(&state.mapped, &lacking.item).saturating_add(sum(&state.lacking, &lacking.item));
        said.units_of(&lacking.item) >= most
    };
    if !said.cancelled && !state.lacking.is_empty() && state.lacking.iter().all(there) {
        actions.note("completed", "The warehouse has the units that were added");
        actions.demand = Demand::Counted;
        std::mem::take(&mut state.lacking).into_iter().for_each(|line| give(state, line));
    }
}

/// The marketplace takes a cancellation back after a person has mended the order for it: the units are expected again. Not
/// those of a line of which something has left: it may be too late to add them, so a person is told that they are lacking.
pub(super) fn wanted_again(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    if state.order.readiness == Readiness::Cancelled {
        return;
    }
    for mut dropped in std::mem::take(&mut state.dropped) {
        let line = state.order.lines.iter().find(|line| line.id == dropped.line_id && !line.cancelled);
        let open = line.filter(|line| state.despatched(&line.id) == 0).map_or(0, |line| line.open);
        let known = state.mapped.iter().find(|mapped| mapped.line_id == dropped.line_id);
        let given = known.map_or(0, |mapped| mapped.quantity);
        let units = open.saturating_sub(given).clamp(0, dropped.quantity.max(0));
        if units > 0 {
            let words = words::count(units.unsigned_abs(), "unit", "units");
            let title = &ctx.rules.title;
            actions.note_with("wanted_again", format!("{title} expects {words} again"), dropped.item.clone());
            give(state, MappedLine { quantity: units, ..dropped.clone() });
            dropped.quantity -= units;
        }
        if dropped.quantity > 0 {
            state.dropped.push(dropped);
        }
    }
}
