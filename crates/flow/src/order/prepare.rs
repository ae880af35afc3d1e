//! Before the warehouse has an order: acceptance, checks, release.

use crossdock_connector::Operation;
use crossdock_model::{Delivery, Readiness};
use crossdock_planted::{self as planted, Bug};

use super::deadline::ship_by;
use super::draft::corrected;
use super::step::key;
use super::wanted::given;
use super::{OrderCtx, OrderStage, OrderState, SkuAnswer, check, draft};
use crate::action::Target;
use crate::cause::Cause;
use crate::{Actions, Demand, Planned};

/// Before the warehouse has it.
pub(super) fn prepare(state: &mut OrderState, ctx: &OrderCtx<'_>, actions: &mut Actions) {
    match state.order.readiness.clone() {
        Readiness::Cancelled if planted::on(Bug::CancelIgnored) => release(state, ctx, actions),
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
            // Somebody has bought them, whatever comes of it.
            if state.order.delivery == Delivery::Ship {
                reserve(state, ctx, actions);
            }
            state.held = Some((Cause::ChannelState, word.clone(), format!("the marketplace says {word}")));
        }
        _ if state.order.delivery != Delivery::Ship => {
            state.held = Some((Cause::CollectOrder, String::new(), "not a delivery by parcel".to_owned()));
        }
        Readiness::NotYet(_) => {
            state.stage = if state.stage == OrderStage::Accepting { state.stage } else { OrderStage::Received };
            reserve(state, ctx, actions);
            begun_elsewhere(state, ctx);
        }
        Readiness::AwaitingAcceptance => accept(state, ctx, actions),
        Readiness::Ready => release(state, ctx, actions),
    }
}

/// Somebody else has entered shipments at the channel, a lost hub or a person. They may still be about to leave, until the deadline.
fn begun_elsewhere(state: &mut OrderState, ctx: &OrderCtx<'_>) {
    if !state.order.shipments.is_empty() && ctx.now >= ship_by(&state.order, ctx.rules) {
        let detail =
            format!("{} has shipments of it that this hub did not enter, and they have not left", ctx.rules.title);
        state.held = Some((Cause::Late, String::new(), detail));
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
    let leaves_by = ship_by(&state.order, ctx.rules);
    let (draft, mapped) = draft(&state.order, ship_to.clone(), &state.number, ctx.rules, ctx.sku, Some(leaves_by));
    state.mapped = mapped;
    given(state);
    state.sent_to = Some(state.order.ship_to.clone());
    state.stage = OrderStage::Releasing;
    (state.gone, state.absent_since) = (false, None);
    actions.note_with("released", format!("Released by {}; checked and mapped", ctx.rules.title), draft.number.clone());
    actions.effects.push(Planned {
        target: Target::Warehouse,
        key: key("order", &draft.number, state.revision),
        object: format!("sales-order/{}", draft.number),
        operation: Operation::CreateOrder(Box::new(draft)),
    });
}
