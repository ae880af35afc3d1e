//! Orders: OR11 by update date and by id (`contracts/john-lewis.md §2.2`).

use bytes::Bytes;
use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply};
use jiff::Timestamp;

use super::{body, polled};
use crate::document::Doc;
use crate::lookup;
use crate::order::{Switches, read_order};
use crate::paging;
use crate::request::{Caller, Purpose, get};
use crate::verdict::short;
use crate::windows::OR11;

/// The call for one page of changed orders.
///
/// Sorted by creation, oldest first: while we page, an order can only *enter* the list (its update date grows) and push
/// others to a later page, never leave it and pull others to an earlier one. So a page may repeat rows but cannot miss
/// any (F20). The server widens the start a little of its own accord.
pub(crate) fn plan_orders(caller: &Caller, since: Timestamp, page: &Page, page_size: u32) -> Result<Call, Rejection> {
    let whole_second = Timestamp::from_second(since.as_second()).unwrap_or(since);
    let request = get("/api/orders")
        .query("start_update_date", whole_second.to_string())
        .query("sort", "dateCreated")
        .query("order", "asc")
        .query("max", page_size.to_string())
        .query("offset", paging::offset(page).to_string());
    caller.get(request, Purpose { window: OR11, label: "OR11 orders" })
}

/// The call for certain orders.
pub(crate) fn plan_orders_by_id(caller: &Caller, ids: &[String]) -> Result<Call, Rejection> {
    lookup::plan(caller, ids.iter().map(String::as_str), "OR11 orders by id")
}

/// A page of changed orders.
pub(crate) fn orders(
    since: Timestamp,
    page: &Page,
    page_size: u32,
    switches: Switches,
    reply: &Reply,
) -> Result<ReadReply, Failure> {
    let body = polled(reply)?;
    let (doc, rows) = (Doc::of(&body), rows(Doc::of(&body))?);
    let next = paging::next(reply, doc, page, rows, page_size).map(|page| Read::Orders { since, page });
    Ok(ReadReply { observations: observe(doc, switches), next, facts: Vec::new() })
}

/// Certain orders.
pub(crate) fn orders_by_id(switches: Switches, reply: &Reply) -> Result<ReadReply, Failure> {
    let body = body(reply)?;
    rows(Doc::of(&body))?;
    Ok(ReadReply { observations: observe(Doc::of(&body), switches), ..ReadReply::default() })
}

/// How many rows came, null ones included, because they too take a place in the paging.
fn rows(doc: Doc<'_>) -> Result<usize, Failure> {
    let list = doc.at("orders").raw().and_then(serde_json::Value::as_array);
    list.map(Vec::len).ok_or_else(|| Failure::Retry("the answer holds no list of orders".to_owned()))
}

/// One bad order never costs the others of its page. The raw document is the order's part of the page, written again
/// with its fields in their order, so that equal content has equal bytes.
fn observe(doc: Doc<'_>, switches: Switches) -> Vec<Observation> {
    let mut observations = Vec::new();
    for order in doc.items("orders") {
        let raw = order.raw().map(ToString::to_string).map(Bytes::from).unwrap_or_default();
        match read_order(order, switches) {
            Ok(read) => {
                observations.push(Observation::Order { order: Box::new(read.order), raw });
                observations.extend(read.drift.iter().map(|text| Observation::Drift(short(text))));
            }
            Err(reason) => {
                observations.push(Observation::Unreadable {
                    id: order.filled("order_id"),
                    reason: short(&reason),
                    raw,
                });
            }
        }
    }
    observations
}
