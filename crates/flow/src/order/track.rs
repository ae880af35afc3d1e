//! After the release: parcels, and what changes at either end meanwhile (faults F52 to F54).

use std::collections::BTreeMap;

use crossdock_model::{Address, Readiness, WarehouseOrder};
use jiff::{SignedDuration, Timestamp};

use super::deadline::ship_by;
use super::step::key;
use super::wanted::{completed, lacking_words, look_for_lacking, outside, taken_back, wanted_of};
use super::{Edited, OrderCtx, OrderStage, OrderState};
use crate::action::Look;
use crate::cause::Cause;
use crate::{Actions, Demand};

/// How often an open order is looked at by its own number at both ends, whatever polls and events say.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The same while the two ends disagree.
const LOOK_OFTEN: SignedDuration = SignedDuration::from_mins(10);

/// How far apart two looks must be that conclude "other units". No source says how far a copy in the warehouse lags behind; one that
/// lags longer is told, and the telling closes by itself with the next look.
const EDITED_AFTER: SignedDuration = LOOK_OFTEN;

/// How far apart two looks must be that conclude "not there" (fault F61).
const AGREE_AFTER: SignedDuration = SignedDuration::from_mins(1);

type Trouble = (Cause, String, String);

/// Parcels, confirmation, and everything that must not pass in silence once the warehouse has, or may have, an order.
pub(super) fn track(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    progress(state, actions);
    look_for_lacking(state, ctx, actions);
    if state.refused && state.stage == OrderStage::Confirmed {
        // Whatever the warehouse said against it, everything left and the marketplace knows: nobody has to act any more,
        // and its units stand in nobody's way.
        state.refused = false;
        state.held = None;
        actions.demand = Demand::Set(outside(state));
    }
    if state.refused {
        return;
    }
    if state.all_left() {
        state.held = lacking(state, ctx);
        return;
    }
    let trouble = trouble(state, ctx);
    if state.stage == OrderStage::Releasing {
        if trouble.as_ref().is_some_and(|(cause, ..)| *cause != Cause::Late) && !state.withdrawing {
            state.withdrawing = true;
            actions.withdraw = Some(key("order", &state.number, state.revision));
            let detail = trouble.as_ref().map(|(_, _, detail)| detail.clone()).unwrap_or_default();
            actions.note_with("withdrawing", "Taken back on its way to the warehouse", detail);
        }
        state.held = trouble.filter(|(cause, ..)| *cause == Cause::Late);
        return;
    }
    if state.gone && state.order.readiness == Readiness::Cancelled && state.parcels.is_empty() {
        state.stage = OrderStage::Cancelled;
        actions.demand = Demand::Set(Vec::new());
        actions.note("cancelled", format!("Cancelled at {} and in the warehouse", ctx.rules.title));
        return;
    }
    state.held = trouble;
}

fn progress(state: &mut OrderState, actions: &mut Actions) {
    let left = !state.parcels.is_empty();
    let all_confirmed = left && state.parcels.values().all(|parcel| parcel.confirmed);
    let reached = match (left, state.all_left(), all_confirmed) {
        (false, ..) => state.stage.min(OrderStage::InWarehouse),
        (true, false, _) => OrderStage::PartDespatched,
        (true, true, false) => OrderStage::Despatched,
        (true, true, true) => OrderStage::Confirmed,
    };
    if reached != state.stage && left {
        match reached {
            OrderStage::Despatched => actions.note("all_despatched", "Everything has left the warehouse"),
            OrderStage::Confirmed => actions.note("complete", "Complete: the marketplace knows every parcel"),
            _ => {}
        }
        if reached >= OrderStage::Despatched {
            // What left was counted, however the order got there.
            actions.demand = Demand::Counted;
        }
        state.stage = reached;
    }
}

/// What is wrong with an order that the warehouse has, or is about to have; worst first.
fn trouble(state: &OrderState, ctx: &OrderCtx<'_>) -> Option<Trouble> {
    let held = |cause, detail: String| Some((cause, String::new(), detail));
    let title = &ctx.rules.title;
    if state.order.readiness == Readiness::Cancelled {
        return held(Cause::CancelledLate, format!("the marketplace says {}", state.order.remote_state));
    }
    // Before a part that was cancelled at the marketplace: there is nothing left in the warehouse that could be stopped.
    if state.gone {
        let detail = format!("{} is cancelled in the warehouse, and {title} still expects it", state.number);
        return held(Cause::WarehouseCancelled, detail);
    }
    if let Some(detail) = taken_back(state) {
        return held(Cause::CancelledLate, format!("the marketplace says that {detail}"));
    }
    if let Readiness::Unknown(word) = &state.order.readiness {
        return Some((Cause::ChannelState, word.clone(), format!("the marketplace says {word}")));
    }
    if let Some(lacking) = lacking(state, ctx) {
        return Some(lacking);
    }
    if state.sent_to.as_ref().is_some_and(|sent| moved(sent, &state.order.ship_to)) {
        return held(Cause::OrderChanged, format!("{title} has another address than the warehouse got"));
    }
    if let Some(edited) = state.edited.as_ref().filter(|edited| edited.agreed) {
        return held(Cause::WarehouseMismatch, edited.detail.clone());
    }
    let due = ship_by(&state.order, ctx.rules);
    (ctx.now >= due).then(|| (Cause::Late, String::new(), "it should have left by now".to_owned()))
}

/// Units that the marketplace expects and the warehouse was not given, also of an order that has left.
fn lacking(state: &OrderState, ctx: &OrderCtx<'_>) -> Option<Trouble> {
    lacking_words(state, &ctx.rules.title).map(|detail| (Cause::MoreWanted, String::new(), detail))
}

/// Whether goods would go to another place. An address that the marketplace hides, or sends in part, is no new one.
fn moved(sent: &Address, now: &Address) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let differs = |sent: &str, now: &str| plain(sent) != plain(now);
    if now.line1.is_blank() || now.postcode.is_blank() {
        return false;
    }
    differs(sent.line1.text(), now.line1.text())
        || differs(sent.line2.text(), now.line2.text())
        || differs(sent.city.text(), now.city.text())
        || differs(sent.postcode.text(), now.postcode.text())
        || differs(sent.recipient.text(), now.recipient.text())
}

/// The warehouse was asked for the order; `None` when it does not have it.
pub(super) fn warehouse_says(
    state: &mut OrderState,
    said: Option<&WarehouseOrder>,
    now: Timestamp,
    actions: &mut Actions,
) {
    if state.stage == OrderStage::Cancelled && state.sent_to.is_none() && said.is_some_and(|order| !order.cancelled) {
        // A restored hub had sent it, or somebody else did: whoever is in the warehouse must not pick it.
        state.stage = OrderStage::InWarehouse;
        actions.note("stranger", "Found in the warehouse, though as far as this hub knows nobody sent it");
    }
    // On its way there it may be absent, and what is refused stays so until a person acts.
    if state.stage == OrderStage::Releasing && !state.refused || !state.stage.at_warehouse() {
        return;
    }
    let gone = match said {
        Some(order) => {
            state.absent_since = None;
            let hold = if order.on_hold == Some(true) { ", on hold" } else { "" };
            state.warehouse_said = Some((format!("{}{hold}", order.status), now));
            if !state.refused {
                // What it refused is not whole; a person has been told of that.
                completed(state, order, actions);
                compare(state, order, now);
            }
            order.cancelled
        }
        None => {
            let first = *state.absent_since.get_or_insert(now);
            let agreed = now.duration_since(first) >= AGREE_AFTER;
            if agreed {
                state.warehouse_said = Some(("not there any more".to_owned(), now));
            } else {
                state.look_at = now.checked_add(AGREE_AFTER).ok();
            }
            agreed || state.gone
        }
    };
    let before = std::mem::replace(&mut state.gone, gone);
    if gone && !before {
        let what = if said.is_some() { "Cancelled in the warehouse" } else { "Not in the warehouse any more" };
        actions.note("warehouse_cancelled", what);
        if state.parcels.is_empty() {
            // The warehouse has given the units back, and the marketplace still expects them.
            actions.demand = Demand::Anew(outside(state));
        }
    } else if before && !gone && !state.refused {
        actions.demand = Demand::Counted;
    }
}

/// Whether the warehouse still holds the units that were sent, of each item that was. What else it lists is not the hub's: a
/// kit's components may be among its lines.
fn compare(state: &mut OrderState, order: &WarehouseOrder, now: Timestamp) {
    // What the marketplace does not want any more may be gone from the warehouse as well.
    let mut sent: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for mapped in &state.mapped {
        let least = wanted_of(state, mapped);
        let sum = sent.entry(&mapped.item).or_default();
        *sum = (sum.0.saturating_add(least), sum.1.saturating_add(mapped.quantity));
    }
    let mut all = sent.iter().map(|(item, (least, most))| (*item, order.units_of(item), *least, *most));
    let other = all.find(|(_, there, least, most)| !(least..=most).contains(&there));
    let Some((item, there, _, sent)) = other.filter(|_| !order.lines.is_empty()) else {
        state.edited = None;
        return;
    };
    let detail = format!("{} holds {there} of {item} instead of {sent}", state.number);
    let since = state.edited.as_ref().map_or(now, |edited| edited.since);
    let agreed = now.duration_since(since) >= EDITED_AFTER;
    if !agreed {
        state.look_at = now.checked_add(EDITED_AFTER).ok();
    }
    state.edited = Some(Edited { detail, since, agreed });
}

/// Takes the order back, or says that it cannot be: `sent` tells whether anything of it may be in the warehouse.
pub(super) fn withdrawn(state: &mut OrderState, sent: bool, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    if state.stage != OrderStage::Releasing {
        return;
    }
    state.withdrawing = false;
    if !sent {
        state.stage = OrderStage::Received;
        state.revision += 1;
        state.mapped.clear();
        state.lacking.clear();
        state.sent_to = None;
        actions.note("withdrawn", "Taken back before the warehouse had any of it");
        return;
    }
    let (cause, subject, detail) = trouble(state, ctx).filter(|(cause, ..)| *cause != Cause::Late).unwrap_or((
        Cause::OrderChanged,
        String::new(),
        "it was taken back".to_owned(),
    ));
    let detail = format!("{detail}; a part of it may be in the warehouse as {}", state.number);
    state.refused = true;
    actions.note_with("stopped", "Stopped on its way: nothing more of it is written", detail.clone());
    state.held = Some((cause, subject, detail));
}

/// Whether looks are due, and when the next ones are. `woken`: the moment that was asked for has come.
pub(super) fn look(state: &mut OrderState, ctx: &OrderCtx<'_>, woken: bool, actions: &mut Actions) {
    if state.stage.is_final() && state.held.is_none() {
        state.look_at = None;
        return;
    }
    let disagree = matches!(
        state.held,
        Some((Cause::CancelledLate | Cause::WarehouseCancelled | Cause::OrderChanged | Cause::MoreWanted, ..))
    ) || state.edited.is_some();
    let every = if disagree { LOOK_OFTEN } else { LOOK_EVERY };
    let later = |wait| ctx.now.checked_add(wait).ok();
    let due = state.look_at.is_some_and(|at| at <= ctx.now);
    if woken && due {
        actions.looks.push(Look::Channel(state.order.id.clone()));
        if state.stage.at_warehouse() && (state.stage != OrderStage::Releasing || state.refused) {
            actions.looks.push(Look::Warehouse(state.number.clone()));
        }
    }
    if state.look_at.is_none() || woken && due {
        state.look_at = later(every);
    } else if disagree {
        // It was calm when the next look was planned.
        state.look_at = state.look_at.min(later(LOOK_OFTEN));
    }
    let late = Some(ship_by(&state.order, ctx.rules)).filter(|due| state.stage.at_warehouse() && *due > ctx.now);
    actions.wake_at = [state.look_at, late].into_iter().flatten().min();
}
