//! What the marketplace, the hub and the warehouse say of an order, and where they disagree (`B032`).

use crossdock_desk::{OrderRow, Side, Sides, Tone};
use crossdock_flow::order::{OrderStage, OrderState};
use crossdock_model::Readiness;
use jiff::Timestamp;

use super::parcels::PATIENCE;
use super::view::{Order, Parcel, View};
use super::words;

/// The three sides of an order.
pub(super) fn sides(view: &View<'_>, order: &Order, row: &OrderRow, parcels: &[Parcel]) -> Sides {
    let conflict = order.state.as_ref().and_then(|state| disagreement(view, order, state, parcels));
    let hub = Side {
        who: "Crossdock says".to_owned(),
        what: row.words.clone(),
        seen: Some(order.row.updated),
        tone: row.tone,
    };
    let tone = |is_this_side: bool| match &conflict {
        Some(conflict) if is_this_side => conflict.tone,
        _ => Tone::Ok,
    };
    let at_fault = conflict.as_ref().map(|conflict| conflict.side);
    let channel = channel_side(order, tone(at_fault == Some(Where::Channel)));
    let warehouse = warehouse_side(view, order.state.as_ref(), parcels, tone(at_fault == Some(Where::Warehouse)));
    Sides { channel, hub, warehouse, disagreement: conflict.map(|conflict| conflict.words) }
}

/// The side that lags behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Channel,
    Warehouse,
}

struct Conflict {
    side: Where,
    tone: Tone,
    words: String,
}

fn disagreement(view: &View<'_>, order: &Order, state: &OrderState, parcels: &[Parcel]) -> Option<Conflict> {
    let (title, warehouse) = (&order.rules.title, view.warehouse());
    let left = parcels.len() as u64;
    let at_warehouse = state.stage.at_warehouse();
    let conflict = |side, tone, words: String| Some(Conflict { side, tone, words });
    if state.order.readiness == Readiness::Cancelled && at_warehouse {
        let there = if left > 0 {
            format!("but {} left", words::count(left, "parcel has", "parcels have"))
        } else {
            format!("but {warehouse} still has it as {}", state.number)
        };
        return conflict(Where::Warehouse, Tone::Broken, format!("{title} cancelled it, {there}."));
    }
    if let Some(since) = unknown_since(view, parcels) {
        return conflict(
            Where::Channel,
            Tone::Risk,
            format!("{warehouse} despatched it {}, and {title} does not know it yet.", words::ago(since, view.now)),
        );
    }
    if says_shipped(state) && left == 0 {
        let (tone, words) = match (at_warehouse, state.stage) {
            (true, _) => (Tone::Risk, format!("{title} says it is shipped, but {warehouse} has not despatched it.")),
            (false, OrderStage::Elsewhere) => {
                (Tone::Waiting, format!("{title} says it is shipped; {warehouse} never had it."))
            }
            (false, _) => (Tone::Risk, format!("{title} says it is shipped, but {warehouse} never had it.")),
        };
        return conflict(Where::Warehouse, tone, words);
    }
    None
}

/// Since when a parcel is gone that the channel should know by now.
fn unknown_since(view: &View<'_>, parcels: &[Parcel]) -> Option<Timestamp> {
    parcels
        .iter()
        .filter(|parcel| parcel.row.milestones.confirmed.is_none())
        .filter_map(|parcel| parcel.state.as_ref())
        .map(|state| state.package.despatched_at)
        .filter(|left| view.now.duration_since(*left) > PATIENCE)
        .min()
}

fn says_shipped(state: &OrderState) -> bool {
    state.order.readiness == Readiness::Fulfilled || state.order.shipments.iter().any(|shipment| shipment.shipped)
}

fn channel_side(order: &Order, tone: Tone) -> Side {
    let who = format!("{} says", order.rules.title);
    let Some(state) = &order.state else {
        return Side {
            who,
            what: "something that Crossdock cannot read".to_owned(),
            seen: Some(order.row.updated),
            tone: Tone::Broken,
        };
    };
    let shipments = state.order.shipments.len() as u64;
    let mut what = state.order.remote_state.clone();
    if shipments > 0 {
        what = format!("{what}, {}", words::count(shipments, "shipment recorded", "shipments recorded"));
    }
    Side { who, what, seen: Some(state.seen_at), tone }
}

fn warehouse_side(view: &View<'_>, state: Option<&OrderState>, parcels: &[Parcel], tone: Tone) -> Side {
    let said = state.and_then(|state| state.warehouse_said.as_ref());
    let (what, seen) = if parcels.is_empty() {
        match (said, state.map(|state| state.stage)) {
            (Some((text, at)), _) => (text.clone(), Some(*at)),
            (None, Some(OrderStage::Releasing)) => ("nothing yet; the order is on its way".to_owned(), None),
            (None, _) => ("nothing; it was not sent there".to_owned(), None),
        }
    } else {
        let left = words::count(parcels.len() as u64, "parcel despatched", "parcels despatched");
        (left, parcels.iter().map(|parcel| parcel.row.created).max())
    };
    let quiet = seen.is_none() && tone == Tone::Ok;
    Side { who: format!("{} says", view.warehouse()), what, seen, tone: if quiet { Tone::Waiting } else { tone } }
}
