//! Creating a sales order so that it is never made twice, never short and never wrong (A015, A081, B030; the row of
//! stages is the one of `reliability.md §2.5`).
//!
//! ```text
//! look ── found, ours ──► look-lines ── whole ───────────────► read-header ──► read-lines ──► release ──► confirm ──► done
//!   │                         └─ some missing ─► put-lines ───►     ▲
//!   └──── absent ──► put-header ──► put-lines ──────────────────────┘
//! ```
//!
//! * Both writes are upserts by the order's number, so that the same bytes sent twice leave the same state; after a lost
//!   reply the look decides where to go on.
//! * Peoplevox reports success for an order whose unknown items it dropped (`contracts/peoplevox.md §6.2`); only the
//!   read-back is believed. It is repeated for some minutes before it is held against the order, because an import may be
//!   queued (`contracts/peoplevox.md §2.2`, ImportingQueueId).
//! * With the column `OnHold` the order stays on hold until it was compared, and is released last. Without it the
//!   comparison comes after the fact, and a difference is an exception.
//!
//! Here is what each stage sends; `order_outcomes` says what each reply leads to. `draft_rows` has the rows.

use crossdock_connector::{Call, RejectCode, Rejection, Repeat, Session, Stage, StageKind};
use crossdock_model::OrderDraft;

use crate::config::Config;
use crate::draft_rows::{check, header_row, line_rows, to_csv};
use crate::requests;
use crate::search_clause::{self, Field};
use crate::templates::{Columns, ORDER_ITEMS, SALES_ORDERS, holds_orders};
use crate::values::excerpt;

pub(crate) const LOOK: &str = "look";
pub(crate) const LOOK_LINES: &str = "look-lines";
pub(crate) const PUT_HEADER: &str = "put-header";
pub(crate) const PUT_LINES: &str = "put-lines";
pub(crate) const READ_HEADER: &str = "read-header";
pub(crate) const READ_LINES: &str = "read-lines";
pub(crate) const RELEASE: &str = "release";
pub(crate) const CONFIRM: &str = "confirm";

/// OR terms in one search (`contracts/peoplevox.md §2.5`).
const MOST_TERMS: usize = 100;
/// Lines that one look may expect, so that a page of the default size holds them with room for strangers.
const MOST_LINES_LOOKED_AT: usize = 400;

/// What a stage does.
pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    match stage.as_str() {
        LOOK | LOOK_LINES | READ_HEADER | READ_LINES | CONFIRM => StageKind::Look,
        PUT_HEADER | PUT_LINES | RELEASE => StageKind::Write(Repeat::Harmless),
        // A stage of another version: nothing is known of it, so nothing is taken for harmless.
        _ => StageKind::Write(Repeat::Doubles),
    }
}

/// How much one call may carry at a stage.
pub(crate) fn batch_limit(config: &Config, stage: &Stage) -> usize {
    match stage.as_str() {
        PUT_HEADER | PUT_LINES | RELEASE => config.rows_per_call,
        LOOK_LINES | READ_LINES => MOST_LINES_LOOKED_AT,
        _ => MOST_TERMS,
    }
}

/// How much of that an order uses: its lines where lines are carried, otherwise 1. A look at lines is also a search by
/// number, of which no more than a hundred fit; the weight sees to that.
pub(crate) fn weight(draft: &OrderDraft, stage: &Stage) -> usize {
    match stage.as_str() {
        PUT_LINES => draft.lines.len().max(1),
        LOOK_LINES | READ_LINES => draft.lines.len().max(MOST_LINES_LOOKED_AT / MOST_TERMS),
        _ => 1,
    }
}

/// Orders may share a write only when they fill the same columns, since an empty cell blanks what is stored
/// (`contracts/peoplevox.md §2.6`).
pub(crate) fn batch_key(config: &Config, draft: &OrderDraft, stage: &Stage, session: &Session) -> String {
    let names = |row: Vec<(String, String)>| row.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(",");
    match stage.as_str() {
        PUT_HEADER => Columns::known(session, SALES_ORDERS)
            .map(|columns| names(header_row(config, &columns, draft, holds_orders(config, &columns)))),
        PUT_LINES => Columns::known(session, ORDER_ITEMS)
            .and_then(|columns| line_rows(config, &columns, draft).into_iter().next())
            .map(names),
        _ => None,
    }
    .unwrap_or_default()
}

/// The call of one stage.
pub(crate) fn plan(
    config: &Config,
    session: &Session,
    stage: &Stage,
    drafts: &[&OrderDraft],
) -> Result<Call, Rejection> {
    let header = Columns::known(session, SALES_ORDERS);
    if matches!(stage.as_str(), LOOK | PUT_HEADER | PUT_LINES) {
        check_all(config, session, header.as_ref(), drafts)?;
    }
    let numbers = drafts.iter().map(|draft| draft.number.as_str());
    let unknown = |template: &str| {
        Rejection::new(
            RejectCode::CannotExpress,
            format!("the columns of the template \"{template}\" are not known yet; the health probe reads them"),
        )
    };
    match stage.as_str() {
        LOOK | READ_HEADER | CONFIRM => {
            let field = Field::Template(config.column(SALES_ORDERS, "SalesOrderNumber"));
            let clause = search_clause::any_of(field, numbers, "order number")?;
            // Room for a number that differs in case only; small pages also keep clear of the anomaly of §2.4.
            let size = page_for(drafts.len() * 2);
            requests::get_data(config, session, SALES_ORDERS, (1, size), &clause, "look at orders")
        }
        LOOK_LINES | READ_LINES => {
            let field = Field::Template(config.column(ORDER_ITEMS, "SalesOrderNumber"));
            let clause = search_clause::any_of(field, numbers, "order number")?;
            let size = page_for(drafts.iter().map(|draft| draft.lines.len()).sum::<usize>() * 2);
            requests::get_data(config, session, ORDER_ITEMS, (1, size), &clause, "look at order lines")
        }
        PUT_HEADER => {
            let columns = header.ok_or_else(|| unknown(SALES_ORDERS))?;
            let hold = holds_orders(config, &columns);
            let rows: Vec<_> = drafts.iter().map(|draft| header_row(config, &columns, draft, hold)).collect();
            requests::save_data(config, session, SALES_ORDERS, &to_csv(&rows)?, "save orders")
        }
        PUT_LINES => {
            let columns = Columns::known(session, ORDER_ITEMS).ok_or_else(|| unknown(ORDER_ITEMS))?;
            let rows: Vec<_> = drafts.iter().flat_map(|draft| line_rows(config, &columns, draft)).collect();
            requests::save_data(config, session, ORDER_ITEMS, &to_csv(&rows)?, "save order lines")
        }
        RELEASE => {
            let columns = header.ok_or_else(|| unknown(SALES_ORDERS))?;
            let (Some(number), Some(on_hold)) =
                (columns.header(config, "SalesOrderNumber"), columns.header(config, "OnHold"))
            else {
                return Err(Rejection::new(
                    RejectCode::CannotExpress,
                    "the order is on hold, but the tenant's template has lost the column to release it with",
                ));
            };
            let row = |draft: &&OrderDraft| {
                vec![(number.to_owned(), draft.number.clone()), (on_hold.to_owned(), "false".to_owned())]
            };
            let rows: Vec<_> = drafts.iter().map(row).collect();
            requests::save_data(config, session, SALES_ORDERS, &to_csv(&rows)?, "release orders")
        }
        other => Err(Rejection::new(RejectCode::CannotExpress, format!("there is no stage {}", excerpt(other)))),
    }
}

/// Refuses what cannot be written before the first write: a header without its lines would be the worst of both.
fn check_all(
    config: &Config,
    session: &Session,
    header: Option<&Columns>,
    drafts: &[&OrderDraft],
) -> Result<(), Rejection> {
    for draft in drafts {
        check(config, draft, header)?;
    }
    let missing = Columns::known(session, ORDER_ITEMS).map(|columns| columns.missing(config)).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    let detail = format!("the tenant's template \"{ORDER_ITEMS}\" has no column {names}");
    Err(Rejection::new(RejectCode::CannotExpress, detail))
}

/// A page that holds the rows expected, with room for some more.
fn page_for(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX).saturating_add(20)
}
