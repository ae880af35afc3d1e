//! One search box for any id; a pasted list works as well.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use crossdock_desk::{DeskError, OrderRow, StockFilter, StockRow, Why};
use http::StatusCode;

use crate::app::App;
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};
use crate::query::{order_url, url};

/// The most ids of a pasted list that are looked up.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "find.html")]
struct Page {
    frame: Frame,
    asked: String,
    found: Found,
    ids: usize,
    cut: bool,
    /// The desk gave as many orders as it ever gives.
    full: bool,
}

/// What a text can mean.
struct Found {
    orders: Vec<OrderRow>,
    items: Vec<StockRow>,
    /// What the desk says of the ids that match nothing.
    unknown: Vec<Why>,
}

/// `GET /find?q=`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let Some(asked) = view.query.text("q") else {
        return Ok(Redirect::to("/orders").into_response());
    };
    let ids = ids(&asked);
    let cut = ids.len() > MOST;
    let wanted = ids.len().min(MOST);
    let whole = asked.clone();
    let found = app.ask(move |app| look_up(app, &whole, &ids)).await?;
    if let Some(number) = the_one(&found, &asked) {
        return Ok(Redirect::to(&order_url(&number)).into_response());
    }
    let (frame, _) = app.frame(&view, "find").await?;
    let page = Page { full: found.orders.len() >= 50, frame, asked, found, ids: wanted, cut };
    Ok(view.show(StatusCode::OK, &page))
}

/// The ids in a pasted text: set apart by line breaks, commas, semicolons, tabs or spaces.
fn ids(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for id in text.split([',', ';', '\n', '\r', '\t', ' ']).map(str::trim) {
        if !id.is_empty() && !out.iter().any(|seen| seen == id) {
            out.push(id.to_owned());
        }
    }
    out
}

fn look_up(app: &App, whole: &str, ids: &[String]) -> Result<Found, DeskError> {
    // The whole text first: a postcode or a name may hold a space.
    let mut found = Found { orders: app.desk.find(whole)?, items: items(app, whole)?, unknown: Vec::new() };
    if !found.orders.is_empty() || !found.items.is_empty() {
        return Ok(found);
    }
    if ids.len() < 2 {
        found.unknown.push(app.desk.why(whole)?);
        return Ok(found);
    }
    for id in ids.iter().take(MOST) {
        let orders = app.desk.find(id)?;
        let items = if orders.is_empty() { items(app, id)? } else { Vec::new() };
        if orders.is_empty() && items.is_empty() {
            found.unknown.push(app.desk.why(id)?);
        }
        for order in orders {
            if !found.orders.iter().any(|seen| seen.number == order.number && seen.channel == order.channel) {
                found.orders.push(order);
            }
        }
        found.items.extend(items);
    }
    Ok(found)
}

fn items(app: &App, text: &str) -> Result<Vec<StockRow>, DeskError> {
    let filter = StockFilter { text: Some(text.to_owned()), only: None, page: 1 };
    let mut rows = app.desk.stock(&filter)?.rows;
    rows.truncate(10);
    Ok(rows)
}

/// The order that is meant, when only one can be: the only match, or the one whose number was typed.
fn the_one(found: &Found, asked: &str) -> Option<String> {
    let exact = found.orders.iter().filter(|row| row.number.eq_ignore_ascii_case(asked)).count() == 1;
    match found.orders.as_slice() {
        [only] if found.items.is_empty() && found.unknown.is_empty() => Some(only.number.clone()),
        rows if exact => rows.iter().find(|row| row.number.eq_ignore_ascii_case(asked)).map(|row| row.number.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn a_pasted_list_is_taken_apart_and_doubles_are_dropped() {
        assert_eq!(ids("JL-1, JL-2\r\nJL-3\tJL-1;"), ["JL-1", "JL-2", "JL-3"]);
        assert!(ids(" ,; ").is_empty());
    }
}
