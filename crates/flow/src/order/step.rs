//! What an order does next.

use std::collections::btree_map::Entry;

use crossdock_connector::{OperationKind, RejectCode, Rejection};
use crossdock_model::{ChannelOrder, Readiness, ShippedLine, WarehouseOrder};
use crossdock_planted::{self as planted, Bug};
use jiff::Timestamp;

use super::prepare::prepare;
use super::track::{look, track, warehouse_says, withdrawn};
use super::wanted::{mended, nobody_counts, outside, wanted_again};
use super::{AddressFix, OrderStage, OrderState, ParcelMark, SkuAnswer, warehouse_number};
use crate::action::Look;
use crate::cause::Cause;
use crate::{Actions, ChannelRules, Demand, Held, words};

/// What a step may look at besides the state.
pub struct OrderCtx<'a> {
    /// The moment.
    pub now: Timestamp,
    /// The channel's rules.
    pub rules: &'a ChannelRules,
    /// The SKU map, asked for every SKU of the order.
    pub sku: &'a dyn Fn(&str) -> SkuAnswer,
}

/// What may happen to an order.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderEvent {
    /// The channel's document was read (again).
    Seen(Box<ChannelOrder>),
    /// Something that the order may have waited for has changed (a SKU was mapped, an item became active).
    Recheck,
    /// The moment that the order asked for has come.
    Woken,
    /// The warehouse was asked for it; `None` when it does not have it.
    WarehouseSays(Option<WarehouseOrder>),
    /// The warehouse order was taken back on its way.
    Withdrawn {
        /// Whether anything of it may be in the warehouse.
        sent: bool,
    },
    /// A person wants it tried again.
    Replay {
        /// Who.
        actor: String,
    },
    /// A person corrected the address.
    Corrected {
        /// The correction.
        fix: AddressFix,
        /// Who.
        actor: String,
    },
    /// A remote write was done and seen to be done.
    Done {
        /// Which kind.
        kind: OperationKind,
        /// What was seen.
        evidence: String,
    },
    /// A remote write was refused for good.
    Refused {
        /// Which kind.
        kind: OperationKind,
        /// The refusal.
        rejection: Rejection,
    },
    /// Nobody can tell whether a remote write was done.
    Doubtful {
        /// Which kind.
        kind: OperationKind,
        /// What is known.
        detail: String,
    },
    /// A parcel left the warehouse.
    ParcelLeft {
        /// The package key.
        package: String,
        /// Units per channel line.
        lines: Vec<ShippedLine>,
        /// For people: `DPD 1550…, 2 units`.
        words: String,
    },
    /// The channel was seen to know a parcel.
    ParcelConfirmed {
        /// The package key.
        package: String,
    },
}

/// Begins an order that was never seen before.
pub fn open(order: ChannelOrder, ctx: &OrderCtx<'_>) -> (OrderState, Actions) {
    let mut actions = Actions::default();
    actions.note_with(
        "received",
        format!("Received from {}", ctx.rules.title),
        format!("{} · {}", words::count(order.lines.len() as u64, "line", "lines"), order.remote_state),
    );
    let mut state = OrderState {
        number: warehouse_number(&ctx.rules.prefix, &order.number),
        order,
        stage: OrderStage::Received,
        held: None,
        revision: 0,
        refused: false,
        mapped: Vec::new(),
        fix: None,
        parcels: std::collections::BTreeMap::new(),
        warehouse_said: None,
        seen_at: ctx.now,
        sent_to: None,
        withdrawing: false,
        gone: false,
        absent_since: None,
        dropped: Vec::new(),
        expected: std::collections::BTreeMap::new(),
        lacking: Vec::new(),
        edited: None,
        look_at: None,
    };
    advance(&mut state, ctx, &mut actions);
    look(&mut state, ctx, false, &mut actions);
    if state.stage == OrderStage::Cancelled {
        // A hub whose backup was restored may have sent it.
        actions.looks.push(Look::Warehouse(state.number.clone()));
    }
    (state, actions)
}

/// Lets an event happen to an order.
pub fn step(state: &mut OrderState, event: OrderEvent, ctx: &OrderCtx<'_>) -> Actions {
    let mut actions = Actions::default();
    let woken = event == OrderEvent::Woken;
    match event {
        OrderEvent::Seen(order) => seen(state, *order, ctx, &mut actions),
        OrderEvent::Recheck | OrderEvent::Woken => {}
        OrderEvent::WarehouseSays(said) => warehouse_says(state, said.as_ref(), ctx.now, &mut actions),
        OrderEvent::Withdrawn { sent } => withdrawn(state, sent, ctx, &mut actions),
        OrderEvent::Replay { actor } => {
            actions.note("replayed", format!("Replayed by {actor}"));
            if state.stage.at_warehouse() {
                actions.looks.push(Look::Warehouse(state.number.clone()));
                if !state.refused {
                    mended(state);
                }
            }
            retry(state);
        }
        OrderEvent::Corrected { fix, actor } => {
            actions.note("corrected", format!("Address corrected by {actor}"));
            state.fix = Some(fix);
            retry(state);
        }
        OrderEvent::Done { kind, evidence } => done(state, kind, evidence, ctx, &mut actions),
        OrderEvent::Refused { kind, rejection } => refused(state, kind, &rejection, &mut actions),
        OrderEvent::Doubtful { kind, detail } => {
            state.refused = true;
            state.withdrawing = false;
            state.held = Some((Cause::InDoubt, String::new(), detail));
            actions.note_with("in_doubt", "In doubt: nobody can tell whether it was carried out", kind.as_str());
        }
        OrderEvent::ParcelLeft { package, lines, words } => {
            match state.parcels.entry(package) {
                Entry::Vacant(place) => {
                    actions.note_with("despatched", "A parcel left the warehouse", words);
                    place.insert(ParcelMark { lines, confirmed: false });
                }
                // Rows were added before the marketplace was told.
                Entry::Occupied(mut mark) if !mark.get().confirmed => mark.get_mut().lines = lines,
                Entry::Occupied(_) => {}
            }
            if state.all_left() {
                // What left was counted, also where the hub never saw the order complete in the warehouse (it was refused,
                // and a person saw to it there).
                actions.demand = Demand::Counted;
            }
        }
        OrderEvent::ParcelConfirmed { package } => {
            if let Some(mark) = state.parcels.get_mut(&package)
                && !mark.confirmed
            {
                mark.confirmed = true;
                actions.note_with("confirmed", format!("{} knows the parcel", ctx.rules.title), package);
            }
        }
    }
    advance(state, ctx, &mut actions);
    look(state, ctx, woken, &mut actions);
    actions
}

fn retry(state: &mut OrderState) {
    if state.refused {
        state.edited = None;
        state.revision += 1;
        state.refused = false;
        if state.stage == OrderStage::Releasing || state.stage == OrderStage::Accepting {
            state.stage = OrderStage::Received;
        }
    }
    state.held = None;
}

fn seen(state: &mut OrderState, order: ChannelOrder, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    state.seen_at = ctx.now;
    if order.updated_at < state.order.updated_at && !planted::on(Bug::OlderDocumentWins) {
        // An older page overtook a newer one: what is known stays (fault F23).
        return;
    }
    if order.remote_state != state.order.remote_state {
        actions.note_with(
            "channel_state",
            format!("{} says {}", ctx.rules.title, order.remote_state),
            format!("before: {}", state.order.remote_state),
        );
    }
    state.order = order;
    wanted_again(state, ctx, actions);
    if nobody_counts(state) {
        // Nobody else counts what is left of it.
        actions.demand = Demand::Set(outside(state));
    }
}

fn done(state: &mut OrderState, kind: OperationKind, evidence: String, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    match kind {
        OperationKind::AcceptOrder if state.stage == OrderStage::Accepting => {
            state.stage = OrderStage::Received;
            actions.note_with("accepted", format!("Accepted at {}", ctx.rules.title), evidence);
            // The document still says "awaiting acceptance"; the next look brings the new state.
            if state.order.readiness == Readiness::AwaitingAcceptance {
                state.order.readiness = Readiness::NotYet("accepted".to_owned());
            }
        }
        OperationKind::CreateOrder if state.stage.at_warehouse() => {
            // A fast picker may have sent the first parcel before the read-back came.
            if state.stage == OrderStage::Releasing {
                state.stage = OrderStage::InWarehouse;
            }
            (state.withdrawing, state.gone, state.absent_since, state.edited) = (false, false, None, None);
            state.warehouse_said = Some((evidence.clone(), ctx.now));
            actions.demand = Demand::Counted;
            actions.note_with("in_warehouse", "In the warehouse: read back, equal, released for picking", evidence);
        }
        _ => {}
    }
}

fn refused(state: &mut OrderState, kind: OperationKind, rejection: &Rejection, actions: &mut Actions) {
    let cause = match (kind, rejection.code) {
        (OperationKind::AcceptOrder, _) => Cause::AcceptRefused,
        (_, RejectCode::Conflict) => Cause::WarehouseConflict,
        (_, RejectCode::Mismatch) => Cause::WarehouseMismatch,
        _ => Cause::WarehouseRefused,
    };
    state.refused = true;
    state.withdrawing = false;
    state.held = Some((cause, String::new(), rejection.detail.clone()));
    actions.note_with("refused", format!("Refused: {}", cause.title()), rejection.detail.clone());
}

/// From where the order stands to where it can get without anything new.
fn advance(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    let before = state.held.clone();
    let over = matches!(state.order.readiness, Readiness::Cancelled | Readiness::Fulfilled);
    if state.refused && over && (!state.stage.at_warehouse() || state.gone) {
        // Settled at the marketplace meanwhile, and the warehouse does not have it, or not any more.
        state.refused = false;
        if state.gone {
            state.stage = OrderStage::Received;
        }
    }
    if !state.refused {
        state.held = None;
    }
    if state.stage.at_warehouse() {
        track(state, ctx, actions);
    } else if !state.stage.is_final() && !state.refused {
        prepare(state, ctx, actions);
    }
    if state.held.is_some() && state.held != before {
        if let Some((cause, _, detail)) = &state.held
            && !state.refused
        {
            actions.note_with("held", format!("Held: {}", cause.title()), detail.clone());
        }
    } else if before.is_some() && state.held.is_none() && !state.stage.is_final() {
        actions.note("resumed", "The cause has gone; it goes on");
    }
    actions.held = state.held.clone().map(|(cause, subject, detail)| Held { cause, subject, detail });
}

pub(super) fn key(what: &str, id: &str, revision: u32) -> String {
    if revision == 0 { format!("{what}/{id}") } else { format!("{what}/{id}#{revision}") }
}
