//! Creating a sales order, the answering half: what each reply leads to. The stages and their order are drawn in
//! `create_order`; `order_compare` says what differs, `saved_rows` what was stored. This module decides.

use crossdock_connector::{Evidence, Failure, Outcome, RejectCode, Rejection, Reply, Session, Stage, Step};
use crossdock_model::OrderDraft;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::answer;
use crate::config::Config;
use crate::create_order::{CONFIRM, LOOK, LOOK_LINES, PUT_HEADER, PUT_LINES, READ_HEADER, READ_LINES, RELEASE};
use crate::order_compare::{self, HeaderSeen, Progress, progress};
use crate::saved_rows::{self, Sent};
use crate::soap::Op;
use crate::tables::{Rows, fetch};
use crate::templates::{Columns, ORDER_ITEMS, SALES_ORDERS, holds_orders};
use crate::values::excerpt;

/// How long to wait before each further read-back, in seconds. After the last one the difference stands.
const READ_AGAIN_AFTER: [i64; 5] = [15, 30, 60, 120, 240];
/// What the reply to one stage says of each order.
pub(crate) fn interpret(
    config: &Config,
    session: &Session,
    steps: &[(Step<'_>, &OrderDraft)],
    reply: &Reply,
) -> Vec<Outcome> {
    let Some((first, _)) = steps.first() else {
        return Vec::new();
    };
    match first.stage.as_str() {
        PUT_HEADER => written(config, steps, reply, "the header", |_| 1, PUT_LINES),
        PUT_LINES => written(config, steps, reply, "a line", |draft| draft.lines.len(), READ_HEADER),
        RELEASE => written(config, steps, reply, "the release", |_| 1, CONFIRM),
        LOOK | READ_HEADER | CONFIRM => looked(config, session, steps, reply, SALES_ORDERS),
        LOOK_LINES | READ_LINES => looked(config, session, steps, reply, ORDER_ITEMS),
        other => {
            let refusal = Rejection::new(RejectCode::CannotExpress, format!("there is no stage {}", excerpt(other)));
            vec![Outcome::Rejected(refusal); steps.len()]
        }
    }
}

fn written(
    config: &Config,
    steps: &[(Step<'_>, &OrderDraft)],
    reply: &Reply,
    what: &str,
    rows: impl Fn(&OrderDraft) -> usize,
    next: &'static str,
) -> Vec<Outcome> {
    let sent: Vec<_> = steps.iter().map(|(_, draft)| Sent { reference: &draft.number, rows: rows(draft) }).collect();
    let stored =
        |index: usize| go_on(next, without_rereads(steps.get(index).map_or(&Value::Null, |(step, _)| step.note)));
    saved_rows::outcomes(config, answer::read(reply, Op::SaveData), &sent, what, stored)
}

fn looked(
    config: &Config,
    session: &Session,
    steps: &[(Step<'_>, &OrderDraft)],
    reply: &Reply,
    template: &'static str,
) -> Vec<Outcome> {
    let columns: &[&str] = match template {
        SALES_ORDERS => &["SalesOrderNumber"],
        _ => &["SalesOrderNumber", "ItemCode", "QuantityOrdered"],
    };
    let rows = fetch(reply, Op::GetData).and_then(|rows| {
        for ours in columns {
            rows.need(config, template, ours)?;
        }
        let have = i64::try_from(rows.table.len()).unwrap_or(i64::MAX);
        if rows.total > have {
            return Err(Failure::Retry(format!("Peoplevox counts {} rows and sent {have}", rows.total)));
        }
        Ok(rows)
    });
    match rows {
        Ok(rows) => steps.iter().map(|(step, draft)| decide(config, session, *step, draft, &rows)).collect(),
        // Nothing was asked to be done, so a refusal of the look refuses nothing of the order.
        Err(failure) => vec![Outcome::NotDone(failure); steps.len()],
    }
}

fn decide(config: &Config, session: &Session, step: Step<'_>, draft: &OrderDraft, rows: &Rows) -> Outcome {
    match step.stage.as_str() {
        LOOK_LINES => after_look_lines(config, rows, step, draft),
        READ_LINES => after_read_lines(config, session, rows, step, draft),
        stage => {
            let mut found = order_compare::headers(config, rows, draft);
            // After our own write a strange reference is a difference like any other; before it, it is somebody's order.
            let foreign = stage == LOOK && found.iter().any(|header| header.foreign);
            if foreign || found.len() > 1 || found.iter().any(|header| header.number != draft.number) {
                return Outcome::Rejected(Rejection::new(
                    RejectCode::Conflict,
                    format!(
                        "Peoplevox already has an order {} that is not this one: its reference or its spelling differs",
                        draft.number
                    ),
                ));
            }
            match stage {
                LOOK => after_look(session, found.pop()),
                READ_HEADER => after_read_header(step, draft, found.pop()),
                _ => after_confirm(step, draft, found.pop()),
            }
        }
    }
}

fn after_look(session: &Session, found: Option<HeaderSeen>) -> Outcome {
    match found {
        Some(header) => go_on(LOOK_LINES, seen(&header)),
        // The write that follows needs the tenant's columns; without them it would be refused for good.
        None if Columns::known(session, SALES_ORDERS).is_none() || Columns::known(session, ORDER_ITEMS).is_none() => {
            Outcome::NotDone(Failure::Retry(
                "the tenant's columns are not known yet; the health probe reads them".to_owned(),
            ))
        }
        None => Outcome::Absent { stage: Stage::new(PUT_HEADER), note: Value::Null },
    }
}

fn after_look_lines(config: &Config, rows: &Rows, step: Step<'_>, draft: &OrderDraft) -> Outcome {
    let lines = order_compare::lines(config, rows, draft);
    let status = text(step.note, "status");
    let number = &draft.number;
    match progress(status) {
        Progress::Open if lines.equal() => go_on(READ_HEADER, step.note.clone()),
        Progress::Open if lines.can_be_completed() => go_on(PUT_LINES, step.note.clone()),
        Progress::Open => Outcome::Rejected(Rejection::new(
            RejectCode::Conflict,
            format!("order {number} is in Peoplevox with other lines ({})", lines.sentence()),
        )),
        beyond if lines.equal() => {
            let cancelled = if beyond == Progress::Cancelled { ", but it is cancelled" } else { "" };
            let summary =
                format!("already there with all {} lines, status {}{cancelled}", draft.lines.len(), excerpt(status));
            done(draft, step.note, summary)
        }
        _ => Outcome::Rejected(Rejection::new(
            RejectCode::WrongState,
            format!(
                "order {number} is in Peoplevox with status {} and not whole ({})",
                excerpt(status),
                lines.sentence()
            ),
        )),
    }
}

fn after_read_header(step: Step<'_>, draft: &OrderDraft, found: Option<HeaderSeen>) -> Outcome {
    let number = &draft.number;
    let Some(header) = found else {
        let reason = format!("Peoplevox accepted order {number} and does not have it");
        return read_again(step, RejectCode::Mismatch, reason);
    };
    if progress(&header.status) == Progress::Cancelled {
        return cancelled(number);
    }
    if !header.different.is_empty() {
        let columns = header.different.join(", ");
        let reason = format!("Peoplevox holds order {number} with other contents in: {columns}");
        return read_again(step, RejectCode::Mismatch, reason);
    }
    go_on(READ_LINES, seen(&header))
}

fn after_read_lines(config: &Config, session: &Session, rows: &Rows, step: Step<'_>, draft: &OrderDraft) -> Outcome {
    let lines = order_compare::lines(config, rows, draft);
    let number = &draft.number;
    if !lines.equal() {
        let reason = format!("Peoplevox does not hold order {number} as it was sent ({})", lines.sentence());
        let code = if lines.extra.is_empty() { RejectCode::Mismatch } else { RejectCode::Conflict };
        return read_again(step, code, reason);
    }
    let holds = Columns::known(session, SALES_ORDERS).is_some_and(|columns| holds_orders(config, &columns));
    let held = step.note.get("on_hold").and_then(Value::as_bool);
    if holds && held != Some(false) {
        return go_on(RELEASE, without_rereads(step.note));
    }
    let whether = if held == Some(true) { "on hold in Peoplevox" } else { "not held" };
    done(draft, step.note, format!("created and read back: {} lines, {whether}", draft.lines.len()))
}

fn after_confirm(step: Step<'_>, draft: &OrderDraft, found: Option<HeaderSeen>) -> Outcome {
    let number = &draft.number;
    match found {
        Some(header) if progress(&header.status) == Progress::Cancelled => cancelled(number),
        Some(header) if header.on_hold == Some(false) => {
            done(draft, &seen(&header), format!("created and read back: {} lines, released", draft.lines.len()))
        }
        Some(_) => {
            let reason = format!("Peoplevox accepted the release of order {number} and still holds it");
            read_again(step, RejectCode::Mismatch, reason)
        }
        None => {
            let reason = format!("order {number} was there and is gone from Peoplevox");
            read_again(step, RejectCode::Mismatch, reason)
        }
    }
}

fn cancelled(number: &str) -> Outcome {
    let detail = format!("order {number} was cancelled in Peoplevox while it was being created");
    Outcome::Rejected(Rejection::new(RejectCode::WrongState, detail))
}

/// Reads the same again after a while; when that was done often enough, the finding is final.
fn read_again(step: Step<'_>, code: RejectCode, reason: String) -> Outcome {
    let before = step.note.get("rereads").and_then(Value::as_u64).unwrap_or(0);
    match usize::try_from(before).ok().and_then(|before| READ_AGAIN_AFTER.get(before)) {
        Some(seconds) => {
            let mut note = without_rereads(step.note);
            if !note.is_object() {
                note = json!({});
            }
            if let Some(fields) = note.as_object_mut() {
                fields.insert("rereads".to_owned(), json!(before + 1));
            }
            Outcome::Next { stage: step.stage.clone(), after: SignedDuration::from_secs(*seconds), note }
        }
        None => Outcome::Rejected(Rejection::new(code, reason)),
    }
}

fn without_rereads(note: &Value) -> Value {
    let mut note = note.clone();
    if let Some(fields) = note.as_object_mut() {
        fields.shift_remove("rereads");
    }
    note
}

fn go_on(stage: &'static str, note: Value) -> Outcome {
    Outcome::Next { stage: Stage::new(stage), after: SignedDuration::ZERO, note }
}

/// What the later stages need to know of a header.
fn seen(header: &HeaderSeen) -> Value {
    json!({ "status": excerpt_or_empty(&header.status), "on_hold": header.on_hold })
}

fn excerpt_or_empty(text: &str) -> String {
    if text.is_empty() { String::new() } else { excerpt(text) }
}

fn text<'n>(note: &'n Value, name: &str) -> &'n str {
    note.get(name).and_then(Value::as_str).unwrap_or("")
}

fn done(draft: &OrderDraft, note: &Value, summary: String) -> Outcome {
    let status = text(note, "status");
    Outcome::Done(Evidence {
        summary,
        facts: json!({
            "order": draft.number,
            "status": status,
            "on_hold": note.get("on_hold").cloned().unwrap_or(Value::Null),
            "cancelled": progress(status) == Progress::Cancelled,
            "lines": draft.lines.len(),
        }),
    })
}
