//! Looking for the shipment of a package (ST11), before and after it is written, page after page.

use crossdock_connector::{Call, Evidence, Failure, Outcome, RejectCode, Rejection, Reply, Shipment, Stage, Step};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::find::{self, Match};
use super::{CONFIRM, CREATE, LOOK, LOOK_ALONE, PAGE, PAGES, SHIPMENT, WRITTEN, from_first_page, to_ship};
use crate::document::Doc;
use crate::note;
use crate::operation::{all, misplaced, same_tracking, shipment};
use crate::request::{Caller, Purpose, cannot, get};
use crate::state::ShipmentPhase;
use crate::verdict::{Verdict, json as body_of, short};
use crate::windows::CALLS;

/// Pages that one look turns: 2000 shipments of one order. A list without end must not keep us asking.
const PAGES_PER_LOOK: i64 = 20;

/// The call of a look.
pub(super) fn plan(caller: &Caller, steps: &[Step<'_>], stage: &Stage) -> Result<Call, Rejection> {
    let purpose = Purpose { window: CALLS, label: "ST11 look at shipments" };
    let request = get("/api/shipments");
    if *stage == LOOK_ALONE {
        let [step] = steps else {
            return Err(cannot("this look takes one order a call"));
        };
        if let Some(token) = note::text(step.note, PAGE) {
            // With a page token every other filter is ignored (§2.1, "Seek paging").
            return caller.get(request.query("page_token", token).query("limit", "100"), purpose);
        }
    }
    // Unlike OR11, this list repeats the parameter instead of joining with commas.
    let mut orders: Vec<&str> = Vec::new();
    for shipment in steps.iter().filter_map(shipment) {
        if shipment.order_id.trim().is_empty() {
            return Err(cannot("a shipment has no order id"));
        }
        if !orders.contains(&shipment.order_id.as_str()) {
            orders.push(&shipment.order_id);
        }
    }
    let request = orders.into_iter().fold(request, |request, order| request.query("order_id", order));
    caller.get(request.query("limit", "100"), purpose)
}

/// What a look says of each step.
pub(super) fn interpret(steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    let retry = |text| Outcome::NotDone(Failure::Retry(text));
    let verdict = Verdict::of(reply);
    if let (Some(_), [step]) = (verdict.refusal(), steps)
        && note::text(step.note, PAGE).is_some()
    {
        // The page's token is not taken any more: from the first page again, as long as there are pages to turn.
        let turned = note::count(step.note, PAGES) + 1;
        if turned <= PAGES_PER_LOOK {
            return vec![note::next(LOOK_ALONE, note::with(&note::without(step.note, PAGE), PAGES, turned))];
        }
    }
    let body = verdict.for_look().and_then(|()| body_of(reply).map_err(retry));
    match body {
        Err(outcome) => all(steps, &outcome),
        Ok(body) if Doc::of(&body).has_list("data") => {
            steps.iter().map(|step| judge(step, Doc::of(&body), reply.at)).collect()
        }
        Ok(_) => all(steps, &retry("the answer holds no list of shipments".to_owned())),
    }
}

fn judge(step: &Step<'_>, body: Doc<'_>, at: Timestamp) -> Outcome {
    let Some(shipment) = shipment(step) else {
        return misplaced(step);
    };
    let known = note::text(step.note, SHIPMENT);
    match find::find(shipment, known.as_deref(), body) {
        Match::Ours(row) => ours(step, shipment, row, at),
        Match::Foreign(detail) => Outcome::Rejected(Rejection::new(RejectCode::Conflict, detail)),
        Match::None => match body.filled("next_page_token") {
            Some(token) => turn(step, token),
            None => missing(step, shipment, known.is_some(), at),
        },
    }
}

/// On to the next page of a look. What a batched look was cut short of is looked for alone, from the first page.
fn turn(step: &Step<'_>, token: String) -> Outcome {
    if *step.stage != LOOK_ALONE {
        let note = from_first_page(step);
        let written = *step.stage == CONFIRM;
        return note::next(LOOK_ALONE, if written { note::with(&note, WRITTEN, true) } else { note });
    }
    let turned = note::count(step.note, PAGES) + 1;
    if turned > PAGES_PER_LOOK {
        let detail = format!("the list of shipments does not end after {PAGES_PER_LOOK} pages");
        return Outcome::NotDone(Failure::Retry(detail));
    }
    note::next(LOOK_ALONE, note::with(&note::with(step.note, PAGE, token), PAGES, turned))
}

/// The whole list does not hold the shipment.
fn missing(step: &Step<'_>, shipment: &Shipment, known: bool, at: Timestamp) -> Outcome {
    if *step.stage == CONFIRM || known {
        let still = format!("the shipment of order {} is not listed", shipment.order_id);
        return note::look_again(step, CONFIRM, &still);
    }
    match note::text(step.note, note::REFUSED) {
        // The second look, too, begins with the first page.
        Some(said) => note::believe_twice(&LOOK, &from_first_page(step), at, refusal(&said)),
        None => Outcome::Absent { stage: CREATE, note: note::cleared(&from_first_page(step)) },
    }
}

fn refusal(said: &str) -> Rejection {
    Rejection::new(RejectCode::RefusedByRemote, format!("the channel refused the shipment: {}", short(said)))
}

/// The shipment is there; what about it?
fn ours(step: &Step<'_>, shipment: &Shipment, row: Doc<'_>, at: Timestamp) -> Outcome {
    let id = row.word("id");
    let order = &shipment.order_id;
    let status = short(&row.word("status"));
    let tracking = short(row.at("tracking").word("tracking_number").trim());
    let written = *step.stage == CONFIRM || Doc::of(step.note).flag(WRITTEN) == Some(true);
    let created = note::text(step.note, SHIPMENT).is_some();
    let reject = |code, detail: String| Outcome::Rejected(Rejection::new(code, detail));
    let differs = if written { RejectCode::Mismatch } else { RejectCode::Conflict };
    if !find::same_lines(shipment, row) {
        return reject(differs, format!("shipment {id} of order {order} holds other units than the package"));
    }
    match ShipmentPhase::of(&status) {
        ShipmentPhase::Shipped if same_tracking(&tracking, &shipment.tracking) => {
            done(&id, &status, &tracking, written)
        }
        ShipmentPhase::Shipped => reject(
            differs,
            format!(
                "shipment {id} of order {order} is {status} with tracking `{tracking}`, not `{}`",
                shipment.tracking
            ),
        ),
        // Where only its creation was refused, it is there all the same: an earlier call had made it.
        ShipmentPhase::Open => match note::text(step.note, note::REFUSED).filter(|_| created) {
            Some(said) => note::believe_twice(step.stage, step.note, at, refusal(&said)),
            None if written => note::look_again(step, CONFIRM, &format!("shipment {id} is still {status}")),
            None => to_ship(step, shipment, row, &id),
        },
        ShipmentPhase::Cancelled => {
            reject(RejectCode::WrongState, format!("shipment {id} of order {order} was cancelled"))
        }
        ShipmentPhase::Unknown => note::unknown_word(step, &format!("shipment {id} is in the state `{status}`")),
    }
}

fn done(id: &str, status: &str, tracking: &str, written: bool) -> Outcome {
    let how = if written { "shipped and read back" } else { "found shipped" };
    let facts: Value = json!({ "shipment_id": id, "status": status, "tracking": tracking });
    Outcome::Done(Evidence { summary: format!("{how}: shipment {id} is {status}, tracking {tracking}"), facts })
}
