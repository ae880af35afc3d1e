//! What an order does next.

use std::collections::btree_map::Entry;

use crossdock_connector::{Operation, OperationKind, RejectCode, Rejection};
use crossdock_model::{ChannelOrder, Delivery, Readiness, ShippedLine};
use jiff::Timestamp;

use super::draft::corrected;
use super::{AddressFix, OrderStage, OrderState, ParcelMark, SkuAnswer, check, draft, warehouse_number};
use crate::action::Target;
use crate::cause::Cause;
use crate::{Actions, ChannelRules, Demand, Held, Planned, words};

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
    };
    advance(&mut state, ctx, &mut actions);
    (state, actions)
}

/// Lets an event happen to an order.
pub fn step(state: &mut OrderState, event: OrderEvent, ctx: &OrderCtx<'_>) -> Actions {
    let mut actions = Actions::default();
    match event {
        OrderEvent::Seen(order) => seen(state, *order, ctx, &mut actions),
        OrderEvent::Recheck => {}
        OrderEvent::Replay { actor } => {
            actions.note("replayed", format!("Replayed by {actor}"));
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
    actions
}

fn retry(state: &mut OrderState) {
    if state.refused {
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
    if order.updated_at < state.order.updated_at {
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
    state.held = Some((cause, String::new(), rejection.detail.clone()));
    actions.note_with("refused", format!("Refused: {}", cause.title()), rejection.detail.clone());
}

/// From where the order stands to where it can get without anything new.
fn advance(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    let before = state.held.clone();
    let over = matches!(state.order.readiness, Readiness::Cancelled | Readiness::Fulfilled);
    if state.refused && over && !state.stage.at_warehouse() {
        // The marketplace has settled it meanwhile.
        state.refused = false;
    }
    if !state.refused {
        state.held = None;
    }
    if state.stage.at_warehouse() {
        track(state, actions);
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

/// After the release: parcels, confirmation, late cancellation.
fn track(state: &mut OrderState, actions: &mut Actions) {
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
        state.stage = reached;
    }
    if state.held.is_some() || state.all_left() {
        return;
    }
    let dropped = state.order.lines.iter().any(|line| {
        let sent = state.mapped.iter().find(|mapped| mapped.line_id == line.id).map_or(0, |mapped| mapped.quantity);
        line.cancelled && state.despatched(&line.id) < sent
    });
    if state.order.readiness == Readiness::Cancelled || dropped {
        let detail = if dropped { "a line was cancelled".to_owned() } else { state.order.remote_state.clone() };
        let detail = format!("the marketplace says {detail}");
        state.held = Some((Cause::CancelledLate, String::new(), detail));
    }
}

/// Before the warehouse has it.
fn prepare(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    match state.order.readiness.clone() {
        Readiness::Cancelled => {
            state.stage = OrderStage::Cancelled;
            actions.demand = Demand::Set(Vec::new());
            actions.note("cancelled", format!("Cancelled at {} before the warehouse had it", ctx.rules.title));
        }
        Readiness::Fulfilled => {
            state.stage = OrderStage::Elsewhere;
            actions.demand = Demand::Set(Vec::new());
            actions.note("elsewhere", "Fulfilled without the hub; nothing to do");
        }
        Readiness::Unknown(word) => {
            state.held = Some((Cause::ChannelState, word.clone(), format!("the marketplace says {word}")));
        }
        _ if state.order.delivery != Delivery::Ship && !ctx.rules.collect_in_warehouse => {
            state.held = Some((Cause::CollectOrder, String::new(), "not a delivery by parcel".to_owned()));
        }
        Readiness::NotYet(_) => {
            state.stage = if state.stage == OrderStage::Accepting { state.stage } else { OrderStage::Received };
            reserve(state, ctx, actions);
        }
        Readiness::AwaitingAcceptance => accept(state, ctx, actions),
        Readiness::Ready => release(state, ctx, actions),
    }
}

/// Counts the units as sold, as far as their items are known.
fn reserve(state: &OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    let units = state.order.lines.iter().filter(|line| !line.cancelled && (1..=1_000_000).contains(&line.open));
    let mut demand: Vec<(String, i64)> = Vec::new();
    for line in units {
        if let Some(SkuAnswer::Item(item)) = line.sku.as_deref().map(|code| (ctx.sku)(code.trim())) {
            match demand.iter_mut().find(|(code, _)| *code == item) {
                Some((_, sum)) => *sum = sum.saturating_add(line.open),
                None => demand.push((item, line.open)),
            }
        }
    }
    actions.demand = Demand::Set(demand);
}

fn accept(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    reserve(state, ctx, actions);
    if state.stage == OrderStage::Accepting {
        return;
    }
    // The address may be hidden until the order may be shipped; SKUs and quantities are known now.
    if let Some(problem) = check(&state.order, None, ctx.sku).into_iter().next() {
        state.held = Some((problem.cause, problem.subject, problem.detail));
        return;
    }
    state.stage = OrderStage::Accepting;
    let id = &state.order.id;
    actions.effects.push(Planned {
        target: Target::Channel,
        key: key("accept", &format!("{}/{id}", ctx.rules.connection), state.revision),
        object: format!("order/{id}"),
        operation: Operation::AcceptOrder {
            order_id: id.clone(),
            lines: state.order.lines.iter().map(|line| line.id.clone()).collect(),
        },
    });
    actions.note("accepting", "Checked; the acceptance goes to the marketplace");
}

fn release(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    reserve(state, ctx, actions);
    let ship_to = corrected(&state.order.ship_to, state.fix.as_ref());
    let problems = check(&state.order, Some((&ship_to, &ctx.rules.address)), ctx.sku);
    if let Some(problem) = problems.into_iter().next() {
        state.held = Some((problem.cause, problem.subject, problem.detail));
        return;
    }
    let ship_by = deadline(state, ctx.rules);
    let (draft, mapped) = draft(&state.order, ship_to, &state.number, ctx.rules, ctx.sku, Some(ship_by));
    state.mapped = mapped;
    state.stage = OrderStage::Releasing;
    actions.note_with("released", format!("Released by {}; checked and mapped", ctx.rules.title), draft.number.clone());
    actions.effects.push(Planned {
        target: Target::Warehouse,
        key: key("order", &draft.number, state.revision),
        object: format!("sales-order/{}", draft.number),
        operation: Operation::CreateOrder(Box::new(draft)),
    });
}

/// When the order has to have left: the channel's own moment, else the channel's service level after the order.
pub(super) fn deadline(state: &OrderState, rules: &ChannelRules) -> Timestamp {
    state
        .order
        .ship_by
        .unwrap_or_else(|| state.order.placed_at.saturating_add(rules.despatch_within).unwrap_or(state.order.placed_at))
}

fn key(what: &str, id: &str, revision: u32) -> String {
    if revision == 0 { format!("{what}/{id}") } else { format!("{what}/{id}#{revision}") }
}
