//! Creating a sales order, the answering half: what each reply leads to. The stages and their order are drawn in
//! `create_order`; `order_compare` says what differs, `saved_rows` what was stored, `order_verdict` what a reading means.

use crossdock_connector::{Failure, Outcome, RejectCode, Rejection, Reply, Session, Step};
use crossdock_model::OrderDraft;

use crate::answer::{self, Answer};
use crate::config::Config;
use crate::create_order::{holds, leaves_unallocated};
use crate::draft_rows::lines_to_send;
use crate::order_note::Note;
use crate::order_stage::{Task, What};
use crate::order_verdict::{Case, go_on};
use crate::saved_rows::{self, Sent};
use crate::soap::Op;
use crate::tables::{Rows, fetch};
use crate::templates::{Columns, ORDER_ITEMS, SALES_ORDERS};
use crate::values::excerpt;

/// An order of a batch, with what is noted of it.
struct Order<'a> {
    step: Step<'a>,
    draft: &'a OrderDraft,
    note: Note,
}

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
    let Some(task) = Task::of(first.stage) else {
        let detail = format!("there is no stage {}", excerpt(first.stage.as_str()));
        return vec![Outcome::Rejected(Rejection::new(RejectCode::CannotExpress, detail)); steps.len()];
    };
    let orders: Vec<Order<'_>> =
        steps.iter().map(|(step, draft)| Order { step: *step, draft, note: Note::read(step.note) }).collect();
    let columns = Columns::known(session, SALES_ORDERS);
    if task.what.looks() {
        return looked(config, session, columns.as_ref(), task, &orders, reply);
    }
    let answer = answer::read(reply, Op::SaveData);
    // A write that looked first is told by its answer. What is neither answer may have been the write.
    if matches!(answer, Answer::Garbled(_))
        && matches!(answer::read(reply, Op::GetData), Answer::Response(_) | Answer::SessionGone)
    {
        return looked(config, session, columns.as_ref(), task, &orders, reply);
    }
    written(config, session, columns.as_ref(), task, &orders, answer)
}

fn written(
    config: &Config,
    session: &Session,
    columns: Option<&Columns>,
    task: Task,
    orders: &[Order<'_>],
    answer: Answer,
) -> Vec<Outcome> {
    let rows = |order: &Order<'_>| match task.what {
        What::PutLines => lines_to_send(order.draft, order.note.missing.as_deref()).len(),
        _ => 1,
    };
    let sent: Vec<_> = orders.iter().map(|order| Sent { reference: &order.draft.number, rows: rows(order) }).collect();
    let notes: Vec<Note> = orders.iter().map(|order| order.note.clone()).collect();
    let unallocated = leaves_unallocated(config, task.what, &notes);
    let stored = |index: usize| {
        let mut note = notes.get(index).cloned().unwrap_or_default();
        note.unallocated |= unallocated;
        note.relooks = 0;
        match task.what {
            What::PutHeader => {
                let held = columns.is_some_and(|columns| holds(config, columns, &note));
                note.held_by_us = Some(held || note.held_by_us == Some(true));
                note.lines_sent = Some(true);
                note.lines_due_at.get_or_insert(session.now);
                // An order that was not there a moment ago and was made now is known as well as one that was read.
                note.read_at = Some(session.now);
                go_on(What::PutLines, note)
            }
            What::PutLines => go_on(What::ReadHeader, note),
            _ => go_on(What::Confirm, note),
        }
    };
    let what = match task.what {
        What::PutHeader => "the header",
        What::PutLines => "a line",
        _ => "the release",
    };
    saved_rows::outcomes(config, answer, &sent, what, stored)
}

fn looked(
    config: &Config,
    session: &Session,
    columns: Option<&Columns>,
    task: Task,
    orders: &[Order<'_>],
    reply: &Reply,
) -> Vec<Outcome> {
    let lines = task.what.looks() && task.what.is_of_lines();
    let (template, needed): (_, &[&str]) = if lines {
        (ORDER_ITEMS, &["SalesOrderNumber", "ItemCode", "QuantityOrdered"])
    } else {
        (SALES_ORDERS, &["SalesOrderNumber"])
    };
    let rows = fetch(reply, Op::GetData).and_then(|rows| {
        needed.iter().try_for_each(|ours| rows.need(config, template, ours).map(|_| ()))?;
        Ok(rows)
    });
    let rows = match rows {
        Ok(rows) => rows,
        // Nothing was asked to be done, so whatever is wrong with the look, a header without its columns included, is
        // nothing that the order is to blame for.
        Err(Failure::Rejected(rejection)) => return not_done(Failure::Retry(rejection.detail), orders),
        Err(failure) => return not_done(failure, orders),
    };
    if let Some(why) = unusable(&rows) {
        return match task.smaller() {
            Some(smaller) => orders.iter().map(|order| in_smaller_company(smaller, order)).collect(),
            None => not_done(Failure::Retry(why), orders),
        };
    }
    let case = |order: &Order<'_>| {
        Case {
            config,
            session,
            columns,
            rows: &rows,
            stage: order.step.stage,
            draft: order.draft,
            note: order.note.clone(),
        }
        .decide(task.what)
    };
    orders.iter().map(case).collect()
}

/// Why nothing can be concluded from a page: rows that were counted did not come, or cells have moved.
fn unusable(rows: &Rows) -> Option<String> {
    let have = i64::try_from(rows.table.len()).unwrap_or(i64::MAX);
    if rows.total > have {
        return Some(format!("Peoplevox counts {} rows and sent {have}", rows.total));
    }
    rows.table.misshapen().next().map(|_| "a row has more cells than the header".to_owned())
}

/// The same question about fewer orders: a smaller page may come whole, and a bad row blocks only its own order.
fn in_smaller_company(task: Task, order: &Order<'_>) -> Outcome {
    Outcome::Next { stage: task.stage(), after: jiff::SignedDuration::ZERO, note: order.note.write() }
}

fn not_done(failure: Failure, orders: &[Order<'_>]) -> Vec<Outcome> {
    vec![Outcome::NotDone(failure); orders.len()]
}
