//! Records a package with `shipmentCreate` (`contracts/marketplacer.md §3.4`).
//!
//! The remote has no key that would make a repeat harmless, and a partial shipment can be booked twice. So:
//! `look` → `create` → `confirm`; and where the remote refuses because nothing is left, `settle` looks, because that is exactly how a
//! repeat of our own lost write would be answered. What a look says against a parcel is believed when a second one agrees.

use crossdock_connector::{
    Call, Evidence, Failure, Operation, Outcome, RejectCode, Rejection, Repeat, Reply, Shipment, Stage, StageKind, Step,
};
use jiff::SignedDuration;
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::shipments::{self, Found, Held, Misfit};
use super::{all, cannot, unsupported};
use crate::answer::{self, Answer, cut, payload_errors};
use crate::config::Config;
use crate::documents::{SHIPMENT_CREATE, SHIPMENTS_OF};
use crate::http_call::Credentials;
use crate::wire::{moment, offset};

pub(crate) const LOOK: Stage = Stage::new("look");
const CREATE: Stage = Stage::new("create");
const CONFIRM: Stage = Stage::new("confirm");
const SETTLE: Stage = Stage::new("settle");

/// Invoices per look.
const INVOICES_PER_LOOK: usize = 50;
/// So long apart are the two looks that have to agree before a parcel is refused for good, and so long after a refusal is the first of
/// them: what a lost write did may show late, and an answer may lack what decides (`reliability.md §2.3` R7).
const AGREE_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// The note's word for what the look before said against the parcel.
const VERDICT: &str = "verdict";
/// How the remote says that nothing is left to ship (`contracts/marketplacer.md §3.4`, errors).
const TOO_MUCH: &str = "exceeds the maximum number of undispatched";

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    if *stage == CREATE { StageKind::Write(Repeat::Doubles) } else { StageKind::Look }
}

pub(crate) fn batch_limit(stage: &Stage) -> usize {
    if *stage == CREATE { 1 } else { INVOICES_PER_LOOK }
}

pub(crate) fn plan(credentials: &Credentials, config: &Config, steps: &[Step<'_>]) -> Result<Call, Rejection> {
    let [first, rest @ ..] = steps else {
        return Err(cannot("nothing to record"));
    };
    if *first.stage != CREATE {
        return credentials.graphql("shipments of invoices", SHIPMENTS_OF, &json!({ "ids": invoices(steps) }));
    }
    if !rest.is_empty() {
        return Err(cannot("shipmentCreate records one shipment per call"));
    }
    let shipment = shipment(first).ok_or_else(|| unsupported(first))?;
    let input = input(config, first, shipment)?;
    credentials.graphql("create shipment", SHIPMENT_CREATE, &json!({ "input": input }))
}

pub(crate) fn interpret(steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    if steps.first().is_some_and(|step| *step.stage == CREATE) {
        let outcome =
            answer::read(reply).map_or_else(|trouble| trouble.of_doubling_write(LOOK), |answer| created(&answer));
        return all(steps, &outcome);
    }
    let mut answer = match answer::read(reply) {
        Ok(answer) => answer,
        Err(trouble) => return unanswered(steps, trouble.of_effect_look()),
    };
    let Ok(Value::Array(nodes)) = answer.take("nodes") else {
        return unanswered(steps, answer.nothing("nodes").of_effect_look());
    };
    let ids = invoices(steps);
    steps.iter().map(|step| looked(step, &ids, &nodes, &answer)).collect()
}

fn shipment<'a>(step: &Step<'a>) -> Option<&'a Shipment> {
    match step.operation {
        Operation::ConfirmDespatch(shipment) => Some(shipment),
        _ => None,
    }
}

/// The invoices of a batch, each once, in order.
fn invoices<'a>(steps: &[Step<'a>]) -> Vec<&'a str> {
    let mut ids = Vec::new();
    for id in steps.iter().filter_map(|step| Some(shipment(step)?.order_id.as_str())) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Whole-call trouble of a look. A refusal that names one invoice is final for that one only; the others are asked again
/// without it.
fn unanswered(steps: &[Step<'_>], failure: Failure) -> Vec<Outcome> {
    let Failure::Rejected(rejection) = &failure else {
        return all(steps, &Outcome::NotDone(failure));
    };
    // Whole words: the id of invoice 1 is also the beginning of the id of invoice 123.
    let words: Vec<&str> = rejection.detail.split([' ', ',', '"', '\'']).collect();
    let named = |step: &Step<'_>| shipment(step).is_some_and(|given| words.contains(&given.order_id.as_str()));
    let any_named = steps.iter().any(named);
    let others = || Outcome::NotDone(Failure::Retry("another invoice of the same call was refused".to_owned()));
    let outcome = |step| {
        if !any_named || named(step) { agreed(step, rejection.clone()) } else { others() }
    };
    steps.iter().map(outcome).collect()
}

fn input(config: &Config, step: &Step<'_>, shipment: &Shipment) -> Result<Value, Rejection> {
    let carrier = shipment.carrier_code.as_deref().map(str::trim).filter(|code| !code.is_empty()).ok_or_else(|| {
        cannot(format!(
            "Marketplacer takes only carriers of its own list: map `{}` to one of them",
            cut(&shipment.carrier_name)
        ))
    })?;
    if shipment.tracking.trim().is_empty() {
        return Err(cannot("Marketplacer wants a tracking number"));
    }
    let content = shipments::content(shipment);
    if content.is_empty() || content.values().any(|units| !(1..=i64::from(i32::MAX)).contains(units)) {
        return Err(cannot("a shipment needs lines with at least one unit each"));
    }
    let items: Vec<Value> =
        content.iter().map(|(line, units)| json!({ "lineItemId": line, "quantity": units })).collect();
    Ok(json!({
        "invoiceId": shipment.order_id,
        "dispatchedAt": despatched_at(config, shipment, step.note),
        "postageCarrierId": carrier,
        "trackingNumber": shipment.tracking,
        "note": shipments::note(step.effect, &shipment.package),
        "shippedItems": items,
    }))
}

/// The moment of despatch as the remote is to read it. The remote refuses one before the order (`§3.4`), which clocks that differ
/// can produce; then it is the second after the order.
///
/// The field is a **date** (`ISO8601Date`, `§3.4`), so what counts is the day as it is written: it is written in the marketplace's
/// own zone, by setting, else in the offset in which the marketplace wrote the order's time. In UTC a morning in Sydney would be
/// the day before.
fn despatched_at(config: &Config, shipment: &Shipment, note: &Value) -> String {
    let placed_text = note.get("placed_at").and_then(Value::as_str);
    let placed = moment(placed_text);
    let earliest = placed.and_then(|placed| placed.checked_add(SignedDuration::from_secs(1)).ok());
    let at = earliest.map_or(shipment.despatched_at, |earliest| shipment.despatched_at.max(earliest));
    let offset = config.zone().map(|zone| zone.to_offset(at)).or_else(|| offset(placed_text)).unwrap_or(Offset::UTC);
    if offset == Offset::UTC { format!("{at:.3}") } else { format!("{:.3}", at.display_with_offset(offset)) }
}

fn created(answer: &Answer) -> Outcome {
    let Some(payload) = answer.root("shipmentCreate") else {
        return answer.nothing("shipmentCreate").of_doubling_write(LOOK);
    };
    let id = payload.pointer("/shipment/id").and_then(Value::as_str);
    match (id, payload_errors(payload)) {
        // Whatever else the payload says: there is a shipment now. What it holds is read back.
        (Some(id), _) => next(CONFIRM, json!({ "shipment": id })),
        (None, Some(text)) if text.contains(TOO_MUCH) => {
            Outcome::Next { stage: SETTLE, after: AGREE_AFTER, note: json!({ "refused": text }) }
        }
        (None, Some(text)) => {
            Outcome::Rejected(Rejection::new(RejectCode::RefusedByRemote, format!("Marketplacer says: {text}")))
        }
        (None, None) => Outcome::Unknown("shipmentCreate answered without shipment and without errors".to_owned()),
    }
}

/// A refusal that comes from a look: final when the look before said the same, else looked at once more.
fn agreed(step: &Step<'_>, rejection: Rejection) -> Outcome {
    let verdict = rejection.code.as_str();
    if step.note.get(VERDICT).and_then(Value::as_str) == Some(verdict) {
        return Outcome::Rejected(rejection);
    }
    let mut note = step.note.as_object().cloned().unwrap_or_default();
    note.insert(VERDICT.to_owned(), json!(verdict));
    Outcome::Next { stage: step.stage.clone(), after: AGREE_AFTER, note: Value::Object(note) }
}

fn next(stage: Stage, note: Value) -> Outcome {
    Outcome::Next { stage, after: SignedDuration::ZERO, note }
}

fn looked(step: &Step<'_>, ids: &[&str], nodes: &[Value], answer: &Answer) -> Outcome {
    let Some(shipment) = shipment(step) else {
        return Outcome::Rejected(unsupported(step));
    };
    let node = match node_of(&shipment.order_id, ids, nodes) {
        Some((_, node)) if !node.is_null() => node,
        Some((index, _)) => return withheld(step, shipment, index, answer),
        None => return Outcome::NotDone(Failure::Retry("the answer leaves out an invoice".to_owned())),
    };
    let sparse = || Outcome::NotDone(Failure::Retry("the invoice came back without its shipments or lines".to_owned()));
    let Some(held) = Held::read(node) else {
        return sparse();
    };
    let known = step.note.get("shipment").and_then(Value::as_str);
    let reject = |code, text: String| agreed(step, Rejection::new(code, text));
    match shipments::find(&held, shipment, step.effect, known) {
        None => sparse(),
        Some(Found::Same(found)) => Outcome::Done(Evidence {
            summary: if *step.stage == CONFIRM { "recorded and read back" } else { "already recorded" }.to_owned(),
            facts: json!({ "shipment": found.id, "number": found.legacy_id, "carrier": found.carrier }),
        }),
        Some(Found::Altered(what)) => reject(RejectCode::Mismatch, format!("the recorded shipment holds {what}")),
        Some(Found::Foreign(text)) => reject(RejectCode::Conflict, text),
        Some(Found::Nothing) if *step.stage == CONFIRM => {
            Outcome::NotDone(Failure::Retry("the new shipment cannot be seen yet".to_owned()))
        }
        Some(Found::Nothing) if *step.stage == SETTLE => {
            let text = step.note.get("refused").and_then(Value::as_str).unwrap_or("nothing is left to ship");
            reject(RejectCode::WrongState, format!("Marketplacer says: {}", cut(text)))
        }
        Some(Found::Nothing) => match shipments::fits(&held, shipment) {
            None => sparse(),
            Some(Ok(())) => Outcome::Absent { stage: CREATE, note: json!({ "placed_at": held.created_at }) },
            Some(Err(Misfit::NoSuchLine(line))) => {
                reject(RejectCode::NotFound, format!("the invoice has no line {}", cut(&line)))
            }
            Some(Err(Misfit::TooMuch { line, wanted, left })) => reject(
                RejectCode::WrongState,
                format!("line {} has {left} left to ship, the parcel holds {wanted}", cut(&line)),
            ),
        },
    }
}

/// The node of an invoice and its place: by its id, or by its place where the remote left a null.
fn node_of<'a>(id: &str, ids: &[&str], nodes: &'a [Value]) -> Option<(usize, &'a Value)> {
    let named = nodes.iter().enumerate().find(|(_, node)| node.get("id").and_then(Value::as_str) == Some(id));
    let place = || {
        let index = ids.iter().position(|given| *given == id)?;
        Some((index, nodes.get(index).filter(|node| node.is_null())?))
    };
    named.or_else(place)
}

/// An invoice that came back as null: unknown to the remote, unless an error says otherwise.
fn withheld(step: &Step<'_>, shipment: &Shipment, index: usize, answer: &Answer) -> Outcome {
    let index = index.to_string();
    let error = answer.errors.iter().find(|error| error.path.get(1).is_none_or(|place| *place == index));
    match error {
        None => {
            let text = format!("Marketplacer knows no invoice {}", cut(&shipment.order_id));
            agreed(step, Rejection::new(RejectCode::NotFound, text))
        }
        Some(error) => match error.refusal() {
            Some(rejection) if error.is_missing_scope() => Outcome::NotDone(Failure::Forbidden(rejection.detail)),
            Some(rejection) => agreed(step, rejection),
            None => Outcome::NotDone(Failure::Retry(error.message.clone())),
        },
    }
}
