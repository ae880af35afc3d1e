//! Creating a sales order so that it is never made twice, never short and never wrong (A015, A081, B030; the row of
//! stages is the one of `reliability.md §2.5`).
//!
//! ```text
//! look ── found, ours ──► look-lines ── whole ───────────────► read-header ──► read-lines ──► release ──► confirm ──► done
//!   │                         └─ some missing ─► put-lines ───►     ▲
//!   └──── absent ──► put-header ──► put-lines ──────────────────────┘
//! ```
//!
//! * A header is an upsert by the order's number, so the same bytes sent twice leave the same state. The key of a line is
//!   not known, so a line that may be under way is sent again only when two looks a minute apart have missed it, and only
//!   that line.
//! * Peoplevox reports success for an order whose unknown items it dropped (`contracts/peoplevox.md §6.2`); only the
//!   read-back is believed. It is repeated for some minutes before it is held against the order, because an import may be
//!   queued (`contracts/peoplevox.md §2.2`, ImportingQueueId).
//! * With the column `OnHold`, or with `hold_with_action`, nobody picks the order until it was compared: it is released
//!   last. Without either the comparison comes after the fact, and a difference is an exception.
//! * Nothing is written on an old reading. A write whose turn comes late (a restart, a long pause) **looks at the header
//!   instead**, and is written on that reading or not at all. The engine knows such a call as the write; if its reply is
//!   lost, it looks once more than it had to, and no harm is done.
//!
//! Here is what each stage sends; `order_outcomes` says what each reply leads to. `order_stage` has the stages,
//! `draft_rows` the rows.

use crossdock_connector::{Call, RejectCode, Rejection, Session, Stage};
use crossdock_model::OrderDraft;

use crate::config::Config;
use crate::draft_rows::{check, header_row, line_rows, lines_to_send, to_csv};
use crate::order_note::Note;
use crate::order_stage::{Size, Task, What};
use crate::requests::{self, Action};
use crate::search_clause::{self, Field};
use crate::templates::{Columns, ORDER_ITEMS, SALES_ORDERS, holds_orders};
use crate::values::{canonical, excerpt};

/// OR terms in one search (`contracts/peoplevox.md §2.5`).
const MOST_TERMS: usize = 100;

/// Orders may share a write only when they fill the same columns, since an empty cell blanks what is stored
/// (`contracts/peoplevox.md §2.6`).
pub(crate) fn batch_key(config: &Config, draft: &OrderDraft, stage: &Stage, session: &Session) -> String {
    let names = |row: Vec<(String, String)>| row.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(",");
    match Task::of(stage).map(|task| task.what) {
        Some(What::PutHeader) => Columns::known(session, SALES_ORDERS)
            .map(|columns| names(header_row(config, &columns, draft, holds_orders(config, &columns)))),
        Some(What::PutLines) => Columns::known(session, ORDER_ITEMS)
            .and_then(|columns| line_rows(config, &columns, draft, &lines_to_send(draft, None)).into_iter().next())
            .map(names),
        _ => None,
    }
    .unwrap_or_default()
}

/// Whether a header is written on hold: it is wished and possible, and was not decided otherwise when the order was
/// looked for. What was decided then is what is remembered if the reply to the write is lost.
pub(crate) fn holds(config: &Config, columns: &Columns, note: &Note) -> bool {
    holds_orders(config, columns) && note.held_by_us != Some(false)
}

/// Whether a write of these orders goes with the Action that allocates no stock. One call has one Action.
pub(crate) fn leaves_unallocated(config: &Config, what: What, notes: &[Note]) -> bool {
    let creates = matches!(what, What::PutHeader | What::PutLines);
    creates && (config.hold_with_action || notes.iter().any(|note| note.unallocated))
}

/// The call of one stage.
pub(crate) fn plan(
    config: &Config,
    session: &Session,
    stage: &Stage,
    orders: &[(&OrderDraft, Note)],
) -> Result<Call, Rejection> {
    let Some(task) = Task::of(stage) else {
        return Err(refuse(format!("there is no stage {}", excerpt(stage.as_str()))));
    };
    let header = Columns::known(session, SALES_ORDERS);
    if matches!(task.what, What::Look | What::PutHeader | What::PutLines) {
        check_all(config, session, header.as_ref(), orders)?;
    }
    if task.what.looks() {
        return look(config, session, task, orders);
    }
    if orders.iter().any(|(_, note)| note.is_old(config, session.now)) {
        if orders.len() > MOST_TERMS {
            // The engine tries with half of them.
            return Err(refuse(format!("more than {MOST_TERMS} orders do not fit into one look")));
        }
        return look(config, session, Task { what: What::Look, size: Size::Full }, orders);
    }
    let notes: Vec<Note> = orders.iter().map(|(_, note)| note.clone()).collect();
    let action = if leaves_unallocated(config, task.what, &notes) { Action::DoNotAllocate } else { Action::Allocate };
    let unknown = |template: &str| {
        refuse(format!("the columns of the template \"{template}\" are not known yet; the health probe reads them"))
    };
    let (template, rows, label) = match task.what {
        What::PutLines => {
            let columns = Columns::known(session, ORDER_ITEMS).ok_or_else(|| unknown(ORDER_ITEMS))?;
            let rows = orders.iter().flat_map(|(draft, note)| {
                line_rows(config, &columns, draft, &lines_to_send(draft, note.missing.as_deref()))
            });
            (ORDER_ITEMS, rows.collect(), "save order lines")
        }
        What::Release => {
            let columns = header.ok_or_else(|| unknown(SALES_ORDERS))?;
            let rows = orders.iter().map(|(draft, note)| release_row(config, &columns, draft, note));
            (SALES_ORDERS, rows.collect::<Result<Vec<_>, _>>()?, "release orders")
        }
        _ => {
            let columns = header.ok_or_else(|| unknown(SALES_ORDERS))?;
            let row = |(draft, note): &(&OrderDraft, Note)| {
                header_row(config, &columns, draft, holds(config, &columns, note))
            };
            (SALES_ORDERS, orders.iter().map(row).collect(), "save orders")
        }
    };
    requests::save_data(config, session, template, &to_csv(&rows)?, action, label)
}

/// A look at the headers of some orders, or at their lines.
fn look(config: &Config, session: &Session, task: Task, orders: &[(&OrderDraft, Note)]) -> Result<Call, Rejection> {
    let (template, label) =
        if task.what.is_of_lines() { (ORDER_ITEMS, "look at order lines") } else { (SALES_ORDERS, "look at orders") };
    let field = Field::Template(config.column(template, "SalesOrderNumber"));
    let numbers = orders.iter().map(|(draft, _)| draft.number.as_str());
    let clause = search_clause::any_of(field, numbers, "order number")?;
    let lines = orders.iter().map(|(draft, _)| draft.lines.len()).sum();
    requests::get_data(config, session, template, (1, task.page_size(orders.len(), lines)), &clause, label)
}

/// The row that releases an order. Where nothing but the Action holds it, the row repeats what stands in the order, so
/// that there is something to import.
fn release_row(
    config: &Config,
    columns: &Columns,
    draft: &OrderDraft,
    note: &Note,
) -> Result<Vec<(String, String)>, Rejection> {
    let column = |ours| columns.header(config, ours);
    let number = column("SalesOrderNumber").ok_or_else(|| refuse("the tenant's template has lost the order number"))?;
    let mut row = vec![(number.to_owned(), draft.number.clone())];
    if let Some(on_hold) = column("OnHold") {
        row.push((on_hold.to_owned(), "false".to_owned()));
    } else if note.is_held() {
        return Err(refuse("the order is on hold, but the tenant's template has lost the column to release it with"));
    } else if let Some(reference) = column("CustomerPurchaseOrderReferenceNumber") {
        row.push((reference.to_owned(), canonical(&draft.reference)));
    }
    Ok(row)
}

/// Refuses what cannot be written before the first write: a header without its lines would be the worst of both.
fn check_all(
    config: &Config,
    session: &Session,
    header: Option<&Columns>,
    orders: &[(&OrderDraft, Note)],
) -> Result<(), Rejection> {
    for (draft, _) in orders {
        check(config, draft, header)?;
    }
    let missing = Columns::known(session, ORDER_ITEMS).map(|columns| columns.missing(config)).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    Err(refuse(format!("the tenant's template \"{ORDER_ITEMS}\" has no column {}", missing.join(", "))))
}

fn refuse(detail: impl Into<String>) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, detail)
}
