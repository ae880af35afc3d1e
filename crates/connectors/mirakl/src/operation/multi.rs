//! A despatch where an order may have several shipments: look (ST11), create (ST01), tracking (ST23), ship (ST24), look
//! again (`contracts/john-lewis.md §2.4`).
//!
//! ST01 has no key and would create a second shipment, so the package key goes along as `package_reference` of every
//! line (and as `invoice_reference` where its characters allow) and is looked for before every write. Shipments are
//! created unshipped: tracking first, then shipped, so that the customer's mail carries it. A write that was refused may
//! have been done by an earlier call whose answer was lost, so a refusal is looked at before it is believed.

mod find;
mod wire;

use crossdock_connector::{
    Call, Evidence, Failure, Outcome, RejectCode, Rejection, Repeat, Reply, Session, Shipment, Stage, StageKind, Step,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use self::find::Match;
use super::{all, misplaced, same_tracking, shipment};
use crate::document::Doc;
use crate::note;
use crate::request::{Caller, Purpose, cannot, get, post, put};
use crate::state::ShipmentPhase;
use crate::verdict::{Verdict, json, short};
use crate::windows::CALLS;

/// Does the shipment exist?
pub(crate) const LOOK: Stage = Stage::new("st11");
/// The same for one order, page after page: where the batched look was cut short.
pub(crate) const LOOK_ALONE: Stage = Stage::new("st11-alone");
/// ST01.
pub(crate) const CREATE: Stage = Stage::new("st01");
/// ST23.
pub(crate) const TRACK: Stage = Stage::new("st23");
/// ST24.
pub(crate) const SHIP: Stage = Stage::new("st24");
/// Has it been shipped, with our tracking number?
pub(crate) const CONFIRM: Stage = Stage::new("st11-confirm");

/// Note: Mirakl's id of the shipment.
const SHIPMENT: &str = "shipment_id";
/// Note: the page of ST11 that is due.
const PAGE: &str = "page_token";
/// Note: how many pages the look has turned.
const PAGES: &str = "pages";
/// Note: ST24 has been confirmed, and a read-back goes on alone.
const WRITTEN: &str = "written";

/// Orders per look: a page holds 100 shipments, so four for each order before a look has to be repeated alone.
const ORDERS_PER_LOOK: usize = 25;
/// Pages that one look turns: 2000 shipments of one order. A list without end must not keep us asking.
const PAGES_PER_LOOK: i64 = 20;
/// Shipments per write. 1000 are allowed; 100 keep a refused call cheap to take apart.
const SHIPMENTS_PER_CALL: usize = 100;

/// Whether a stage belongs to this protocol.
pub(crate) fn owns(stage: &Stage) -> bool {
    [LOOK, LOOK_ALONE, CREATE, TRACK, SHIP, CONFIRM].contains(stage)
}

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    match stage.as_str() {
        "st01" => StageKind::Write(Repeat::Doubles),
        "st23" => StageKind::Write(Repeat::Harmless),
        "st24" => StageKind::Write(Repeat::Refused),
        _ => StageKind::Look,
    }
}

pub(crate) fn batch_limit(stage: &Stage) -> usize {
    match stage.as_str() {
        "st11" | "st11-confirm" => ORDERS_PER_LOOK,
        "st11-alone" => 1,
        _ => SHIPMENTS_PER_CALL,
    }
}

pub(crate) fn plan(caller: &Caller, steps: &[Step<'_>], stage: &Stage, session: &Session) -> Result<Call, Rejection> {
    if *stage == CREATE {
        let body = wire::creation(steps, session)?;
        return caller.json(post("/api/shipments"), &body, Purpose { window: CALLS, label: "ST01 create shipments" });
    }
    if *stage == TRACK {
        let body = wire::tracking(steps, session)?;
        let purpose = Purpose { window: CALLS, label: "ST23 shipment tracking" };
        return caller.json(post("/api/shipments/tracking"), &body, purpose);
    }
    if *stage == SHIP {
        let body = wire::ids(steps)?;
        return caller.json(put("/api/shipments/ship"), &body, Purpose { window: CALLS, label: "ST24 ship shipments" });
    }
    plan_look(caller, steps, stage)
}

fn plan_look(caller: &Caller, steps: &[Step<'_>], stage: &Stage) -> Result<Call, Rejection> {
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

pub(crate) fn interpret(steps: &[Step<'_>], stage: &Stage, reply: &Reply) -> Vec<Outcome> {
    if *stage == CREATE || *stage == TRACK || *stage == SHIP {
        return written(steps, stage, reply);
    }
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
    let body = verdict.for_look().and_then(|()| json(reply).map_err(retry));
    match body {
        Err(outcome) => all(steps, &outcome),
        Ok(body) if Doc::of(&body).has_list("data") => {
            steps.iter().map(|step| judge(step, Doc::of(&body), reply.at)).collect()
        }
        Ok(_) => all(steps, &retry("the answer holds no list of shipments".to_owned())),
    }
}

/// The answer of ST01, ST23 or ST24: rows that were done and rows that were not.
fn written(steps: &[Step<'_>], stage: &Stage, reply: &Reply) -> Vec<Outcome> {
    let verdict = Verdict::of(reply);
    if let (Some(said), [step]) = (verdict.refusal(), steps) {
        return vec![refused(step, stage, said)];
    }
    // Several rows are refused alike, so that the engine finds the bad one by halving the call.
    match verdict.for_write().and_then(|()| json(reply).map_err(Outcome::Unknown)) {
        Err(outcome) => all(steps, &outcome),
        Ok(body) if *stage == CREATE => steps.iter().map(|step| created(step, Doc::of(&body))).collect(),
        Ok(body) => steps.iter().map(|step| updated(step, stage, Doc::of(&body))).collect(),
    }
}

/// One refused row: the look decides.
fn refused(step: &Step<'_>, stage: &Stage, said: &str) -> Outcome {
    note::look_because_refused(step, if *stage == CREATE { LOOK } else { CONFIRM }, said)
}

/// A row of ST01's answer, found by order: the call holds one shipment per order.
fn created(step: &Step<'_>, body: Doc<'_>) -> Outcome {
    let Some(shipment) = shipment(step) else {
        return misplaced(step);
    };
    let of_order = |row: &Doc<'_>| row.word("order_id") == shipment.order_id;
    let made = body.items("shipment_success").into_iter().find(of_order);
    let failed = body.items("shipment_errors").into_iter().find(of_order);
    match (made, failed) {
        (Some(row), None) => match row.filled("id") {
            Some(id) => to_ship(step, shipment, row, &id),
            None => Outcome::Unknown(format!("the shipment of order {} came back without an id", shipment.order_id)),
        },
        (None, Some(row)) => refused(step, &CREATE, &reason(row)),
        (None, None) => Outcome::Unknown(format!("the answer does not mention order {}", shipment.order_id)),
        (Some(_), Some(_)) => {
            Outcome::Unknown(format!("the answer calls order {} both done and failed", shipment.order_id))
        }
    }
}

/// On to shipping where the shipment shows our tracking number, else to tracking first.
fn to_ship(step: &Step<'_>, shipment: &Shipment, row: Doc<'_>, id: &str) -> Outcome {
    let tracked = same_tracking(&row.at("tracking").word("tracking_number"), &shipment.tracking);
    note::next(if tracked { SHIP } else { TRACK }, note::with(&note::cleared(&from_first_page(step)), SHIPMENT, id))
}

/// The note without what a look over several pages left in it.
fn from_first_page(step: &Step<'_>) -> Value {
    [PAGE, PAGES].iter().fold(step.note.clone(), |note, key| note::without(&note, key))
}

/// Why a row was refused, in the remote's words.
fn reason(row: Doc<'_>) -> String {
    let said = Some(short(&row.word("message"))).filter(|said| !said.trim().is_empty());
    said.unwrap_or_else(|| "no reason given".to_owned())
}

/// A row of ST23's or ST24's answer. A refused row may have been done by a call whose answer was lost: look.
fn updated(step: &Step<'_>, stage: &Stage, body: Doc<'_>) -> Outcome {
    let Some(id) = note::text(step.note, SHIPMENT) else {
        return misplaced(step);
    };
    let of_shipment = |row: &Doc<'_>| row.word("id") == id;
    let done = body.items("shipment_success").iter().any(of_shipment);
    let failed = body.items("shipment_errors").into_iter().find(of_shipment);
    match (done, failed) {
        (true, None) => note::next(if *stage == TRACK { SHIP } else { CONFIRM }, step.note.clone()),
        (false, Some(row)) => refused(step, stage, &reason(row)),
        (false, None) => Outcome::Unknown(format!("the answer does not mention shipment {id}")),
        (true, Some(_)) => Outcome::Unknown(format!("the answer calls shipment {id} both done and failed")),
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
