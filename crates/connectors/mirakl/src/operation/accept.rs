//! Accepting an order: accept every line (OR21), read it back (OR11) (`contracts/john-lewis.md §2.2`, `§2.3`).
//!
//! OR21 decides all lines of one order in one call and is refused once decided. So no look has to come first: it would
//! cost a call of OR11, of which the poll takes all there are while a backlog lasts, and an order that waits for its look
//! too long is refused by the operator. For the same reason a refusal is no verdict: the order may have been accepted by a
//! call whose answer was lost, or by a person. Then, and after a lost answer, a look decides.

use crossdock_connector::{
    Call, Evidence, Failure, Operation, Outcome, RejectCode, Rejection, Repeat, Reply, Stage, StageKind, Step,
};
use crossdock_planted::{self as planted, Bug};
use serde::Serialize;
use serde_json::json;

use super::{all, answered_empty, misplaced};
use crate::document::Doc;
use crate::lookup::{self, Found, IDS_PER_CALL};
use crate::note;
use crate::request::{Caller, Purpose, cannot, put, segment};
use crate::state::OrderPhase;
use crate::verdict::{Verdict, short};
use crate::windows::CALLS;

/// What does the channel say of the order?
pub(crate) const LOOK: Stage = Stage::new("look");
/// OR21.
pub(crate) const ACCEPT: Stage = Stage::new("accept");
/// Has it been accepted?
pub(crate) const CONFIRM: Stage = Stage::new("confirm");

#[derive(Serialize)]
struct Decision<'a> {
    order_lines: Vec<LineDecision<'a>>,
}

#[derive(Serialize)]
struct LineDecision<'a> {
    id: &'a str,
    accepted: bool,
}

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    if *stage == ACCEPT { StageKind::Write(Repeat::Refused) } else { StageKind::Look }
}

pub(crate) fn batch_limit(stage: &Stage) -> usize {
    if *stage == ACCEPT { 1 } else { IDS_PER_CALL }
}

fn order_of<'a>(step: &Step<'a>) -> Result<(&'a str, &'a [String]), Rejection> {
    match step.operation {
        Operation::AcceptOrder { order_id, lines } => Ok((order_id, lines)),
        _ => Err(cannot("this is not an acceptance")),
    }
}

pub(crate) fn plan(caller: &Caller, steps: &[Step<'_>], stage: &Stage) -> Result<Call, Rejection> {
    if *stage == ACCEPT {
        return match steps {
            [step] => plan_accept(caller, step),
            _ => Err(cannot("OR21 takes one order a call")),
        };
    }
    let ids = steps.iter().map(|step| order_of(step).map(|(id, _)| id)).collect::<Result<Vec<_>, _>>()?;
    lookup::plan(caller, ids, "OR11 look at orders")
}

fn plan_accept(caller: &Caller, step: &Step<'_>) -> Result<Call, Rejection> {
    let (order, lines) = order_of(step)?;
    if lines.is_empty() {
        return Err(cannot(format!("order {order} has no line to accept")));
    }
    let decision = Decision { order_lines: lines.iter().map(|id| LineDecision { id, accepted: true }).collect() };
    let request = put(format!("/api/orders/{}/accept", segment(order)?));
    caller.json(request, &decision, Purpose { window: CALLS, label: "OR21 accept order" })
}

pub(crate) fn interpret(steps: &[Step<'_>], stage: &Stage, reply: &Reply) -> Vec<Outcome> {
    if *stage == ACCEPT {
        return steps.iter().map(|step| accepted(step, reply)).collect();
    }
    match Found::read(reply) {
        Err(outcome) => all(steps, &outcome),
        Ok(found) => steps.iter().map(|step| judge(step, &found)).collect(),
    }
}

fn accepted(step: &Step<'_>, reply: &Reply) -> Outcome {
    if let Some(said) = Verdict::of(reply).refusal() {
        if planted::on(Bug::RefusalIsSuccess) {
            return Outcome::Done(Evidence { summary: "accepted".to_owned(), facts: json!({}) });
        }
        return note::look_because_refused(step, LOOK, said);
    }
    match answered_empty(reply) {
        Ok(()) => note::next(CONFIRM, note::cleared(step.note)),
        Err(outcome) => outcome,
    }
}

fn judge(step: &Step<'_>, found: &Found) -> Outcome {
    let Ok((id, _)) = order_of(step) else {
        return misplaced(step);
    };
    let order = match found.order(step, id) {
        Ok(order) => order,
        Err(outcome) => return outcome,
    };
    let state = short(&order.word("order_state"));
    let reject = |code, detail: String| Outcome::Rejected(Rejection::new(code, detail));
    match OrderPhase::of(&state) {
        OrderPhase::WaitingDebit | OrderPhase::Shipping | OrderPhase::Shipped => done(step, order, &state),
        OrderPhase::Cancelled => {
            reject(RejectCode::WrongState, format!("order {id} is {state}: it cannot be accepted"))
        }
        OrderPhase::Unknown => note::unknown_word(step, &format!("order {id} is in the state `{state}`")),
        OrderPhase::Staging => {
            Outcome::NotDone(Failure::Retry(format!("order {id} is {state}: not open to a decision yet")))
        }
        OrderPhase::WaitingAcceptance => match note::text(step.note, note::REFUSED) {
            Some(said) => {
                let detail = format!("the channel refused the acceptance: {}", short(&said));
                note::believe_twice(
                    step.stage,
                    step.note,
                    found.at,
                    Rejection::new(RejectCode::RefusedByRemote, detail),
                )
            }
            None if *step.stage == CONFIRM => note::look_again(step, CONFIRM, &format!("order {id} is still {state}")),
            None => Outcome::Absent { stage: ACCEPT, note: note::cleared(step.note) },
        },
    }
}

fn done(step: &Step<'_>, order: Doc<'_>, state: &str) -> Outcome {
    let refused: Vec<String> = order
        .items("order_lines")
        .iter()
        .filter(|line| matches!(line.word("order_line_state").as_str(), "REFUSED" | "CANCELED"))
        .map(|line| line.word("order_line_id"))
        .collect();
    let how = if *step.stage == CONFIRM { "accepted and read back" } else { "found accepted" };
    Outcome::Done(Evidence {
        summary: format!("{how}: the order is {state}"),
        facts: json!({ "order_state": state, "lines_not_accepted": refused }),
    })
}
