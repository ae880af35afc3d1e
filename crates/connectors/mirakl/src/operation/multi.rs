//! A despatch where an order may have several shipments: look (ST11), create (ST01), tracking (ST23), ship (ST24), look
//! again (`contracts/john-lewis.md §2.4`).
//!
//! ST01 has no key and would create a second shipment, so the package key goes along as `package_reference` of every
//! line (and as `invoice_reference` where its characters allow) and is looked for before every write. Shipments are
//! created unshipped: tracking first, then shipped, so that the customer's mail carries it. A write that was refused may
//! have been done by an earlier call whose answer was lost, so a refusal is looked at before it is believed.

mod find;
mod look;
mod wire;

use crossdock_connector::{Call, Outcome, Rejection, Repeat, Reply, Session, Shipment, Stage, StageKind, Step};
use serde_json::Value;

use super::{all, misplaced, same_tracking, shipment};
use crate::document::Doc;
use crate::note;
use crate::request::{Caller, Purpose, post, put};
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
    look::plan(caller, steps, stage)
}

pub(crate) fn interpret(steps: &[Step<'_>], stage: &Stage, reply: &Reply) -> Vec<Outcome> {
    if *stage == CREATE || *stage == TRACK || *stage == SHIP {
        return written(steps, stage, reply);
    }
    look::interpret(steps, reply)
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
