//! The run-book: what each cause means, who owns it, how to mend it, and what stands still for it now.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use crossdock_desk::ExceptionGroup;
use http::StatusCode;

use crate::app::App;
use crate::csv_export::Table;
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};
use crate::query::url;
use crate::runbook::{self, Cause, Family};

#[derive(Template)]
#[template(path = "causes.html")]
struct List {
    frame: Frame,
    families: &'static [Family],
    groups: Vec<ExceptionGroup>,
    summary: String,
}

#[derive(Template)]
#[template(path = "cause.html")]
struct One {
    frame: Frame,
    cause: &'static Cause,
    groups: Vec<ExceptionGroup>,
    open: u64,
    orders: String,
}

#[derive(Template)]
#[template(path = "no_cause.html")]
struct Unknown {
    frame: Frame,
    code: String,
}

/// `GET /causes`
pub(crate) async fn list(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let families = runbook::families();
    if view.wants_csv() {
        return Ok(export(families).into_response());
    }
    let groups = app.ask(|app| app.desk.exceptions()).await?;
    let (frame, _) = app.frame(&view, "exceptions").await?;
    let causes: usize = families.iter().map(|family| family.causes.len()).sum();
    let held = families.iter().flat_map(|family| &family.causes).filter(|cause| open(&groups, cause.code) > 0).count();
    let summary = match held {
        0 => format!("{causes} causes; nothing waits for any of them now."),
        1 => format!("{causes} causes; something waits for 1 of them now."),
        some => format!("{causes} causes; something waits for {some} of them now."),
    };
    Ok(view.show(StatusCode::OK, &List { frame, families, groups, summary }))
}

/// `GET /causes/{code}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    view: View,
) -> Result<Response, Failure> {
    let (frame, _) = app.frame(&view, "exceptions").await?;
    let Some(cause) = runbook::find(code.trim()) else {
        return Ok(view.show(StatusCode::NOT_FOUND, &Unknown { frame, code }));
    };
    let mut groups = app.ask(|app| app.desk.exceptions()).await?;
    groups.retain(|group| group.cause == cause.code);
    let page = One {
        open: open(&groups, cause.code),
        orders: url("/orders", &[("cause", Some(cause.code))]),
        frame,
        cause,
        groups,
    };
    Ok(view.show(StatusCode::OK, &page))
}

/// How many exceptions are open for a cause.
fn open(groups: &[ExceptionGroup], code: &str) -> u64 {
    groups.iter().filter(|group| group.cause == code).map(|group| group.count).sum()
}

/// Where the exceptions of a group are.
fn group_url(group: &ExceptionGroup) -> String {
    url("/exceptions", &[("open", Some(&group.fingerprint))]) + "#open"
}

/// Whether orders stand still for it, and not a connection or a listing.
fn of_orders(groups: &[ExceptionGroup]) -> bool {
    groups.iter().flat_map(|group| &group.exceptions).any(|exception| !exception.order.is_empty())
}

fn export(families: &[Family]) -> Table {
    let mut table = Table::new("causes", &["family", "cause", "says", "owner", "by_itself"]);
    for family in families {
        for cause in &family.causes {
            table.row([
                family.name.clone(),
                cause.code.to_owned(),
                cause.title.clone(),
                cause.owner.clone(),
                cause.by_itself.clone(),
            ]);
        }
    }
    table
}
