//! A despatch where an order has one shipment: look, tracking (OR23), ship (OR24), look again
//! (`contracts/john-lewis.md §2.2`, `§2.3`).
//!
//! Tracking always comes before the shipment, because the customer is written to when the order becomes SHIPPED. The
//! order has no room for a key of ours; the tracking number itself is the trace.

use crossdock_connector::{
    Call, Evidence, Outcome, RejectCode, Rejection, Repeat, Reply, Session, Shipment, Stage, StageKind, Step,
};
use crossdock_planted::{self as planted, Bug};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::{all, answered_empty, misplaced, same_tracking, shipment};
use crate::carriers::{CarrierRef, carrier_of};
use crate::document::Doc;
use crate::lookup::{self, Found, IDS_PER_CALL};
use crate::note;
use crate::order::open_units;
use crate::request::{Caller, Purpose, cannot, put, segment};
use crate::state::OrderPhase;
use crate::verdict::{Verdict, short};
use crate::windows::CALLS;

/// What does the channel say of the order?
pub(crate) const LOOK: Stage = Stage::new("look");
/// OR23.
pub(crate) const TRACK: Stage = Stage::new("track");
/// OR24.
pub(crate) const SHIP: Stage = Stage::new("ship");
/// Has it been shipped, with our tracking number?
pub(crate) const CONFIRM: Stage = Stage::new("confirm");

/// OR23's body. Its link is called `carrier_url`; ST01 and ST23 call it `tracking_url`.
#[derive(Serialize, Default)]
struct Parcel<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_url: Option<&'a str>,
    tracking_number: &'a str,
}

/// Whether a stage belongs to this protocol.
pub(crate) fn owns(stage: &Stage) -> bool {
    [LOOK, TRACK, SHIP, CONFIRM].contains(stage)
}

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    if *stage == TRACK {
        StageKind::Write(Repeat::Harmless)
    } else if *stage == SHIP {
        StageKind::Write(Repeat::Refused)
    } else {
        StageKind::Look
    }
}

pub(crate) fn batch_limit(stage: &Stage) -> usize {
    if *stage == TRACK || *stage == SHIP { 1 } else { IDS_PER_CALL }
}

pub(crate) fn plan(caller: &Caller, steps: &[Step<'_>], stage: &Stage, session: &Session) -> Result<Call, Rejection> {
    let shipments = steps.iter().filter_map(shipment).collect::<Vec<_>>();
    if *stage == LOOK || *stage == CONFIRM {
        return lookup::plan(
            caller,
            shipments.iter().map(|shipment| shipment.order_id.as_str()),
            "OR11 look at orders",
        );
    }
    let [shipment] = shipments[..] else {
        return Err(cannot("OR23 and OR24 take one order a call"));
    };
    let order = segment(&shipment.order_id)?;
    if *stage == SHIP {
        return caller
            .bare(put(format!("/api/orders/{order}/ship")), Purpose { window: CALLS, label: "OR24 ship order" });
    }
    let mut body = Parcel { tracking_number: shipment.tracking.trim(), ..Parcel::default() };
    match carrier_of(shipment, session)? {
        CarrierRef::Registered(code) => body.carrier_code = Some(code),
        CarrierRef::Named { name, url } => (body.carrier_name, body.carrier_url) = (Some(name), url),
    }
    let request = put(format!("/api/orders/{order}/tracking"));
    caller.json(request, &body, Purpose { window: CALLS, label: "OR23 tracking" })
}

pub(crate) fn interpret(steps: &[Step<'_>], stage: &Stage, reply: &Reply) -> Vec<Outcome> {
    if *stage == TRACK || *stage == SHIP {
        let first = if planted::on(Bug::ShipBeforeTracking) { SHIP } else { TRACK };
        let second = if first == TRACK { SHIP } else { TRACK };
        let next = if *stage == first { second } else { CONFIRM };
        return steps.iter().map(|step| written(step, reply, next.clone())).collect();
    }
    match Found::read(reply) {
        Err(outcome) => all(steps, &outcome),
        Ok(found) => steps.iter().map(|step| judge(step, &found)).collect(),
    }
}

fn written(step: &Step<'_>, reply: &Reply, next: Stage) -> Outcome {
    if let Some(said) = Verdict::of(reply).refusal() {
        return note::look_because_refused(step, CONFIRM, said);
    }
    match answered_empty(reply) {
        Ok(()) => note::next(next, note::cleared(step.note)),
        Err(outcome) => outcome,
    }
}

fn judge(step: &Step<'_>, found: &Found) -> Outcome {
    let Some(shipment) = shipment(step) else {
        return misplaced(step);
    };
    let id = &shipment.order_id;
    let order = match found.order(step, id) {
        Ok(order) => order,
        Err(outcome) => return outcome,
    };
    let state = short(&order.word("order_state"));
    let reject = |code, detail: String| Outcome::Rejected(Rejection::new(code, detail));
    match OrderPhase::of(&state) {
        OrderPhase::Shipped => shipped(step, shipment, order, &state),
        OrderPhase::Shipping => still_open(step, shipment, order, &state, found.at),
        OrderPhase::Cancelled => {
            reject(RejectCode::WrongState, format!("order {id} is {state} at the channel, but it left"))
        }
        OrderPhase::Staging | OrderPhase::WaitingAcceptance | OrderPhase::WaitingDebit => {
            let detail = format!("order {id} is {state}: the channel takes no shipment for it yet");
            note::believe_twice(step.stage, step.note, found.at, Rejection::new(RejectCode::WrongState, detail))
        }
        OrderPhase::Unknown => note::unknown_word(step, &format!("order {id} is in the state `{state}`")),
    }
}

/// The order counts as shipped. It is ours only with our tracking number.
fn shipped(step: &Step<'_>, shipment: &Shipment, order: Doc<'_>, state: &str) -> Outcome {
    let shown = short(order.word("shipping_tracking").trim());
    let written = *step.stage == CONFIRM;
    if same_tracking(&shown, &shipment.tracking) {
        let how = if written { "shipped and read back" } else { "found shipped" };
        return Outcome::Done(Evidence {
            summary: format!("{how}: {state}, tracking {shown}"),
            facts: json!({ "order_state": state, "tracking": shown, "carrier": short(&order.word("shipping_company")) }),
        });
    }
    let by = if shown.is_empty() { "without a tracking number".to_owned() } else { format!("with tracking `{shown}`") };
    let refused = note::text(step.note, note::REFUSED).is_some();
    let code = if written && !refused { RejectCode::Mismatch } else { RejectCode::Conflict };
    let detail = format!("order {} is {state} {by}, not with `{}`", shipment.order_id, shipment.tracking.trim());
    Outcome::Rejected(Rejection::new(code, detail))
}

/// The order waits for its shipment.
fn still_open(step: &Step<'_>, shipment: &Shipment, order: Doc<'_>, state: &str, at: Timestamp) -> Outcome {
    if *step.stage == CONFIRM {
        return match note::text(step.note, note::REFUSED) {
            Some(said) => {
                let detail = format!("the channel refused the shipment: {}", short(&said));
                note::believe_twice(step.stage, step.note, at, Rejection::new(RejectCode::RefusedByRemote, detail))
            }
            None => note::look_again(step, CONFIRM, &format!("order {} is still {state}", shipment.order_id)),
        };
    }
    match uncovered(shipment, order) {
        Err(problem) => Outcome::Rejected(cannot(format!("order {} cannot be read: {problem}", shipment.order_id))),
        Ok(Some(line)) => Outcome::Rejected(cannot(format!(
            "this operator takes one shipment per order, and the package leaves units of line {line} behind; it can be \
             confirmed once the rest has left"
        ))),
        Ok(None) => {
            let first = if planted::on(Bug::ShipBeforeTracking) { SHIP } else { TRACK };
            Outcome::Absent { stage: first, note: note::cleared(step.note) }
        }
    }
}

/// A line of which the shipment does not hold every open unit.
fn uncovered(shipment: &Shipment, order: Doc<'_>) -> Result<Option<String>, String> {
    for line in order.items("order_lines") {
        let id = line.word("order_line_id");
        let open = open_units(line, OrderPhase::Shipping)?;
        let units = shipment.lines.iter().filter(|shipped| shipped.line_id == id).map(|shipped| shipped.quantity);
        if units.fold(0_i64, i64::saturating_add) < open {
            return Ok(Some(short(&id)));
        }
    }
    Ok(None)
}
