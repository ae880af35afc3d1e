//! Has everything that left the building been confirmed?

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use crossdock_desk::{DeskError, DespatchFilter, DespatchList, DespatchRowView};
use http::StatusCode;

use super::{Tab, channels};
use crate::app::App;
use crate::clock::Clock;
use crate::csv_export::{MOST_PAGES, Table};
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};
use crate::query::{Pager, order_url, url};

#[derive(Template)]
#[template(path = "despatch.html")]
struct Page {
    frame: Frame,
    filter: DespatchFilter,
    list: DespatchList,
    summary: String,
    tabs: Vec<Tab>,
    channels: Vec<String>,
    pager: Pager,
    csv: String,
}

/// `GET /despatch`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let filter = view.query.despatch();
    if view.wants_csv() {
        let table = app.ask(move |app| export(app, filter)).await?;
        return Ok(table.into_response());
    }
    let (frame, gathered) = app.frame(&view, "despatch").await?;
    let asked = filter.clone();
    let list = app.ask(move |app| app.desk.despatches(&asked)).await?;
    let pager = Pager::new(list.rows.len(), list.total, list.page, list.pages, |page| {
        address(&filter, filter.open, Some(page), None)
    });
    let page = Page {
        summary: summary(&list, &frame.clock),
        tabs: vec![
            Tab {
                href: address(&filter, false, None, None),
                name: "All".to_owned(),
                count: String::new(),
                here: !filter.open,
            },
            Tab {
                href: address(&filter, true, None, None),
                name: "Not confirmed".to_owned(),
                count: if list.open == 0 { String::new() } else { html::count(list.open) },
                here: filter.open,
            },
        ],
        channels: channels(&gathered.today.feeds),
        pager,
        csv: address(&filter, filter.open, None, Some("csv")),
        filter,
        list,
        frame,
    };
    Ok(view.show(StatusCode::OK, &page))
}

fn summary(list: &DespatchList, clock: &Clock) -> String {
    if list.open == 0 {
        return "Everything that left the building is known to its channel.".to_owned();
    }
    let first = list
        .rows
        .iter()
        .filter(|row| row.confirmed.is_none())
        .filter_map(|row| row.due.as_ref())
        .min_by_key(|due| due.at);
    let parcels = html::counted(list.open, "parcel that left is", "parcels that left are");
    match first {
        Some(due) => format!(
            "{parcels} not known to the channel yet; the first is {} ({}).",
            clock.left(due.at),
            clock.short(due.at)
        ),
        None => format!("{parcels} not known to the channel yet."),
    }
}

fn address(filter: &DespatchFilter, open: bool, page: Option<u32>, format: Option<&str>) -> String {
    let page = page.filter(|page| *page > 1).map(|page| page.to_string());
    url(
        "/despatch",
        &[
            ("open", open.then_some("1")),
            ("channel", filter.channel.as_deref()),
            ("page", page.as_deref()),
            ("format", format),
        ],
    )
}

fn export(app: &App, mut filter: DespatchFilter) -> Result<Table, DeskError> {
    let mut table = Table::new(
        "despatch",
        &["despatch", "order", "channel", "carrier", "tracking", "despatched", "confirmed", "words", "due"],
    );
    filter.page = 1;
    loop {
        let list = app.desk.despatches(&filter)?;
        for row in &list.rows {
            table.row(cells(row));
        }
        if filter.page >= list.pages {
            return Ok(table);
        }
        if filter.page >= MOST_PAGES {
            table.cut();
            return Ok(table);
        }
        filter.page += 1;
    }
}

fn cells(row: &DespatchRowView) -> [String; 9] {
    [
        row.despatch.clone(),
        row.order.clone(),
        row.channel.clone(),
        row.carrier.clone(),
        row.tracking.clone(),
        row.despatched.to_string(),
        row.confirmed.map(|at| at.to_string()).unwrap_or_default(),
        row.words.clone(),
        row.due.as_ref().map(|due| due.at.to_string()).unwrap_or_default(),
    ]
}
