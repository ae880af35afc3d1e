//! Orders: OR11 by update date and by id (`contracts/john-lewis.md §2.2`).

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, RejectCode, Rejection, Reply};
use jiff::Timestamp;

use super::beside::{self, Beside, Turned};
use super::{body, polled, switches};
use crate::document::Doc;
use crate::lookup;
use crate::order::Shop;
use crate::paging;
use crate::request::{Caller, Purpose, get};
use crate::windows::OR11;

/// The call for one page of changed orders, or for what is read beside them.
///
/// Sorted by creation, oldest first: while we page, an order can only *enter* the list (its update date grows) and push
/// others to a later page, never leave it and pull others to an earlier one. So a page may repeat rows but cannot miss
/// any (F20). The server widens the start a little of its own accord.
pub(crate) fn plan_orders(caller: &Caller, since: Timestamp, page: &Page, page_size: u32) -> Result<Call, Rejection> {
    if let Some(call) = beside::plan(caller, page) {
        return call;
    }
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

/// The platform's switches, where they were asked for before the first page: how an order is read depends on them. A
/// platform that does not have them leaves it to the settings.
pub(crate) fn switches_first(since: Timestamp, reply: &Reply) -> Result<ReadReply, Failure> {
    let body = match polled(reply) {
        Err(Failure::Rejected(Rejection { code: RejectCode::NotFound, .. })) => {
            return Ok(ReadReply { next: Some(the_orders(since)), ..ReadReply::default() });
        }
        other => other?,
    };
    learnt(since, Doc::of(&body)).ok_or_else(|| Failure::Retry("the answer is no platform's configuration".to_owned()))
}

/// The first page of the list itself.
fn the_orders(since: Timestamp) -> Read {
    Read::Orders { since, page: Page("0".to_owned()) }
}

/// What an answer says of the platform's switches, if that is what it is.
fn learnt(since: Timestamp, doc: Doc<'_>) -> Option<ReadReply> {
    let (facts, observations) = doc.has("features").then(|| switches(doc))?;
    Some(ReadReply { observations, next: Some(the_orders(since)), facts })
}

/// A page of changed orders, or of what is read beside them.
pub(crate) fn orders(
    since: Timestamp,
    page: &Page,
    page_size: u32,
    shop: Shop<'_>,
    reply: &Reply,
) -> Result<ReadReply, Failure> {
    let turned = if let Some(beside) = Beside::read(page) {
        beside.turn(shop, reply)?
    } else {
        let body = polled(reply)?;
        // A probe may have learnt the switches while this call, too, was asking for them.
        if let Some(learnt) = learnt(since, Doc::of(&body)).filter(|_| page.is_first()) {
            return Ok(learnt);
        }
        let (doc, rows) = (Doc::of(&body), rows(Doc::of(&body))?);
        let next = paging::next(reply, doc, page, rows, page_size)?;
        show(doc, next.map(|page| paging::offset(&page)), shop)
    };
    let next = turned.next.map(|page| Read::Orders { since, page });
    Ok(ReadReply { observations: turned.observations, next, facts: Vec::new() })
}

/// Certain orders. What is read beside them goes on as pages of a poll that has nothing after it.
pub(crate) fn orders_by_id(shop: Shop<'_>, reply: &Reply) -> Result<ReadReply, Failure> {
    let body = body(reply)?;
    rows(Doc::of(&body))?;
    let turned = show(Doc::of(&body), None, shop);
    let next = turned.next.map(|page| Read::Orders { since: reply.at, page });
    Ok(ReadReply { observations: turned.observations, next, facts: Vec::new() })
}

/// How many rows came, null ones included, because they too take a place in the paging.
fn rows(doc: Doc<'_>) -> Result<usize, Failure> {
    let list = doc.at("orders").raw().and_then(serde_json::Value::as_array);
    list.map(Vec::len).ok_or_else(|| Failure::Retry("the answer holds no list of orders".to_owned()))
}

/// The orders of a page: those that may be shown at once, and the page that makes the others certain. One bad order never
/// costs the others of its page.
fn show(doc: Doc<'_>, after: Option<u64>, shop: Shop<'_>) -> Turned {
    let found = doc.items("orders");
    let nulls = doc.length("orders") - found.len();
    let (later, now): (Vec<Doc<'_>>, Vec<Doc<'_>>) =
        found.into_iter().partition(|order| beside::has_to_wait(*order, shop));
    let shown = now.iter().filter_map(|order| order.raw());
    let mut observations: Vec<Observation> = shown.flat_map(|order| beside::observe(order, &[], None, shop)).collect();
    if nulls > 0 {
        observations.push(Observation::Drift(format!("the list of orders holds {nulls} null instead of an order")));
    }
    let next =
        if later.is_empty() { after.map(|offset| Page(offset.to_string())) } else { Some(beside::wait(&later, after)) };
    Turned { observations, next }
}
