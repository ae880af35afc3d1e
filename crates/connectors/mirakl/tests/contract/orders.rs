//! OR11 as a poll and by id: requests, paging, failures (`contracts/john-lewis.md §2.1`, `§2.2`).

use crossdock_connector::{Connector, Failure, Observation, Page, Read, ReadKind};
use jiff::SignedDuration;
use serde_json::json;

use crate::kit::{answer, at, connector, order, orders, reply, session, with_header};

fn poll(page: &str) -> Read {
    Read::Orders { since: at("2026-11-23T11:45:30.987Z"), page: Page(page.to_owned()) }
}

#[test]
fn the_poll_asks_by_update_date_oldest_first_a_hundred_at_a_time() {
    let connector = connector(json!({}));
    let call = connector.plan_read(&poll(""), &session(&[])).unwrap();
    assert_eq!(call.request.method(), "GET");
    assert_eq!(
        call.request.uri(),
        "/api/orders?start_update_date=2026-11-23T11%3A45%3A30Z&sort=dateCreated&order=asc&max=100&offset=0"
    );
    assert_eq!(call.windows, ["OR11"]);
    assert!(call.request.body().is_empty());
    let second = connector.plan_read(&poll("100"), &session(&[])).unwrap();
    assert!(second.request.uri().to_string().ends_with("&offset=100"));
}

#[test]
fn pages_follow_until_the_link_header_names_no_next() {
    let connector = connector(json!({ "page_size": 2 }));
    let two = answer(&json!({ "orders": [order("1-A", "SHIPPING"), order("2-A", "SHIPPING")], "total_count": 4 }));
    let first = with_header(two.clone(), "link", "<https://elsewhere.example/api/orders?offset=2>; rel=\"next\"");
    let next = connector.interpret_read(&poll(""), &session(&[]), &first).unwrap().next;
    assert_eq!(next, Some(poll("2")), "our own count moves the offset, not the address in the header");
    let last = with_header(two, "link", "<https://elsewhere.example/api/orders?offset=0>; rel=\"previous\"");
    assert_eq!(connector.interpret_read(&poll("2"), &session(&[]), &last).unwrap().next, None);
}

#[test]
fn without_a_link_header_a_short_page_ends_the_poll() {
    let connector = connector(json!({ "page_size": 2 }));
    let next = |body| connector.interpret_read(&poll(""), &session(&[]), &answer(&body)).unwrap().next;
    let full = json!([order("1-A", "SHIPPING"), order("2-A", "SHIPPING")]);
    assert_eq!(next(json!({ "orders": full, "total_count": 3 })), Some(poll("2")));
    assert_eq!(next(json!({ "orders": full })), Some(poll("2")), "total_count is missing in some examples");
    assert_eq!(next(json!({ "orders": [order("1-A", "SHIPPING")], "total_count": 1 })), None);
    assert_eq!(next(json!({ "orders": [], "total_count": 0 })), None);
}

#[test]
fn orders_by_id_are_joined_with_commas_and_asked_in_one_call() {
    // §2.1: OR11 wants a comma-joined list; ST11, in its own tests, a repeated parameter.
    let connector = connector(json!({}));
    let ids = |ids: &[&str]| Read::OrdersById { ids: ids.iter().map(|id| (*id).to_owned()).collect() };
    let call = connector.plan_read(&ids(&["JL 1-A", "JL/2-A", "JL 1-A"]), &session(&[])).unwrap();
    assert_eq!(call.request.uri(), "/api/orders?order_ids=JL%201-A%2CJL%2F2-A&max=100");
    assert_eq!(call.windows, ["OR11"]);
    let many: Vec<String> = (0..101).map(|n| format!("{n}-A")).collect();
    assert!(connector.plan_read(&Read::OrdersById { ids: many }, &session(&[])).is_err());
    assert!(connector.plan_read(&ids(&["1-A,2-A"]), &session(&[])).is_err(), "an id with a comma would be two");
    assert!(connector.plan_read(&ids(&[]), &session(&[])).is_err());
}

#[test]
fn one_bad_order_never_loses_the_others() {
    let connector = connector(json!({}));
    let mut fraction = order("2-A", "SHIPPING");
    fraction["order_lines"][0]["quantity"] = json!(1.5);
    let page =
        answer(&json!({ "orders": [order("1-A", "SHIPPING"), null, fraction, "text", order("3-A", "SHIPPING")] }));
    let seen = connector.interpret_read(&poll(""), &session(&[]), &page).unwrap().observations;
    let mut good = Vec::new();
    let mut bad = Vec::new();
    let mut drift = 0;
    for observation in &seen {
        match observation {
            Observation::Order { order, raw } => {
                assert!(raw.starts_with(b"{\"order_id\""), "the raw document is kept, fields in their order");
                good.push(order.id.as_str());
            }
            Observation::Unreadable { id, reason, raw } => {
                assert!(!raw.is_empty() && !reason.is_empty());
                bad.push(id.as_deref());
            }
            Observation::Drift(_) => drift += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(good, ["1-A", "3-A"]);
    assert_eq!(bad, [Some("2-A"), None]);
    assert_eq!(drift, 1, "a null instead of an order is told");
}

#[test]
fn a_poll_that_fails_says_when_to_come_back() {
    let connector = connector(json!({}));
    let failure = |reply| connector.interpret_read(&poll(""), &session(&[]), &reply).unwrap_err();
    let told = with_header(reply(429, ""), "retry-after", "42");
    assert_eq!(failure(told), Failure::Throttled(Some(SignedDuration::from_secs(42))));
    assert_eq!(failure(reply(429, "")), Failure::Throttled(Some(SignedDuration::from_secs(60))));
    assert!(matches!(failure(reply(500, "")), Failure::Retry(_)));
    assert!(matches!(failure(reply(200, "<html>")), Failure::Retry(_)));
    assert!(matches!(failure(reply(200, "{\"orders\":[{\"order_id\":\"1")), Failure::Retry(_)));
    assert!(matches!(failure(reply(200, "{\"orders\":{}}")), Failure::Retry(_)));
    assert!(matches!(failure(reply(403, "")), Failure::Denied(_)));
    assert!(matches!(failure(reply(400, "")), Failure::Rejected(_)));
}

#[test]
fn what_a_shop_does_not_have_is_not_asked_for() {
    let connector = connector(json!({}));
    assert!(!connector.reads().contains(&ReadKind::Availability));
    let read = Read::Items { page: Page::first() };
    assert!(connector.plan_read(&read, &session(&[])).is_err());
    assert!(connector.interpret_read(&read, &session(&[]), &orders(&[])).is_err());
}
