//! The list of orders: a filter that the URL holds whole.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use crossdock_desk::{DeskError, OrderFilter, OrderList, OrderRow};
use http::StatusCode;

use super::{Tab, channels};
use crate::app::App;
use crate::csv_export::{MOST_PAGES, Table};
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};
use crate::query::{Pager, order_url, url};

#[derive(Template)]
#[template(path = "orders.html")]
struct Page {
    frame: Frame,
    filter: OrderFilter,
    list: OrderList,
    title: String,
    tabs: Vec<Tab>,
    channels: Vec<String>,
    pager: Pager,
    csv: String,
    filtered: bool,
    polled: String,
}

/// `GET /orders`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let filter = view.query.orders();
    if view.wants_csv() {
        let table = app.ask(move |app| export(app, filter)).await?;
        return Ok(table.into_response());
    }
    let (frame, gathered) = app.frame(&view, "orders").await?;
    let asked = filter.clone();
    let list = app.ask(move |app| app.desk.orders(&asked)).await?;
    let today = &gathered.today;
    let pager = Pager::new(list.rows.len(), list.total, list.page, list.pages, |page| {
        address(&filter, filter.state.as_deref(), Some(page), None)
    });
    let page = Page {
        title: title(&filter),
        tabs: tabs(&filter, today.orders.held),
        channels: channels(&today.feeds),
        pager,
        csv: address(&filter, filter.state.as_deref(), None, Some("csv")),
        filtered: filter != OrderFilter { page: filter.page, ..OrderFilter::default() },
        polled: channels(&today.feeds).iter().map(|name| html::channel(name)).collect::<Vec<_>>().join(" and "),
        filter,
        list,
        frame,
    };
    Ok(view.show(StatusCode::OK, &page))
}

/// The address of a filter with another state or page.
fn address(filter: &OrderFilter, state: Option<&str>, page: Option<u32>, format: Option<&str>) -> String {
    let due = filter.due_within_hours.map(|hours| hours.to_string());
    let page = page.filter(|page| *page > 1).map(|page| page.to_string());
    url(
        "/orders",
        &[
            ("state", state),
            ("channel", filter.channel.as_deref()),
            ("cause", filter.cause.as_deref()),
            ("due_within_hours", due.as_deref()),
            ("text", filter.text.as_deref()),
            ("page", page.as_deref()),
            ("format", format),
        ],
    )
}

fn tabs(filter: &OrderFilter, held: u64) -> Vec<Tab> {
    [
        (None, "All"),
        (Some("held"), "Held"),
        (Some("released"), "Released"),
        (Some("in_warehouse"), "In warehouse"),
        (Some("despatched"), "Despatched"),
        (Some("confirmed"), "Confirmed"),
        (Some("cancelled"), "Cancelled"),
    ]
    .into_iter()
    .map(|(state, name)| Tab {
        href: address(filter, state, None, None),
        name: name.to_owned(),
        count: if state == Some("held") && held > 0 { html::count(held) } else { String::new() },
        here: filter.state.as_deref() == state,
    })
    .collect()
}

/// What the list is, in words.
fn title(filter: &OrderFilter) -> String {
    match (&filter.cause, filter.due_within_hours) {
        (Some(cause), _) => format!("Orders: {}", html::cause(cause)),
        (None, Some(hours)) => format!("Orders due within {hours} h"),
        (None, None) => "Orders".to_owned(),
    }
}

fn export(app: &App, mut filter: OrderFilter) -> Result<Table, DeskError> {
    let mut table = Table::new(
        "orders",
        &[
            "order", "channel", "state", "words", "lines", "units", "total", "currency", "place", "placed", "received",
            "due",
        ],
    );
    filter.page = 1;
    loop {
        let list = app.desk.orders(&filter)?;
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

fn cells(row: &OrderRow) -> [String; 12] {
    [
        row.number.clone(),
        row.channel.clone(),
        row.state.clone(),
        row.words.clone(),
        row.lines.to_string(),
        row.units.to_string(),
        row.total.map(crossdock_model::Money::decimal).unwrap_or_default(),
        row.total.map(|total| total.currency.to_string()).unwrap_or_default(),
        row.place.clone(),
        row.placed.to_string(),
        row.received.to_string(),
        row.due.as_ref().map(|due| due.at.to_string()).unwrap_or_default(),
    ]
}
