//! Orders that may have shipments already: a hub that starts on a partly shipped order (`contracts/john-lewis.md §2.4`).

use crossdock_connector::{Connector, Failure, Observation, Page, Read, ReadReply, Reply, Session};
use crossdock_mirakl::Mirakl;
use crossdock_model::{ChannelOrder, Readiness};
use serde_json::{Value, json};

use crate::kit::{answer, at, connector, order, orders, reply, session, stranger, with};

fn multi() -> Mirakl {
    connector(json!({ "shipments": "multi" }))
}

fn poll(page: Page) -> Read {
    Read::Orders { since: at("2026-11-23T11:45:00Z"), page }
}

/// A page as the poll of a shop with several shipments sees it.
fn turn(read: &Read, reply: &Reply) -> ReadReply {
    multi().interpret_read(read, &session(&[]), reply).unwrap()
}

fn path(read: &Read) -> String {
    multi().plan_read(read, &session(&[])).unwrap().request.uri().to_string()
}

fn seen(reply: &ReadReply) -> Vec<ChannelOrder> {
    let order = |observation: &Observation| match observation {
        Observation::Order { order, .. } => Some((**order).clone()),
        _ => None,
    };
    reply.observations.iter().filter_map(order).collect()
}

fn shipment(id: &str, order: &str, status: &str, lines: &[(&str, i64)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(line, units)| json!({ "order_line_id": line, "quantity": units, "package_reference": "D1/T" }))
        .collect();
    json!({ "id": id, "order_id": order, "status": status, "shipment_lines": lines,
        "tracking": { "carrier_name": "DPD", "tracking_number": "T" } })
}

fn listed(rows: &[Value]) -> Reply {
    answer(&json!({ "data": rows, "next_page_token": null }))
}

/// The order after its shipments were listed; where the items to ship are asked for as well, after those.
fn after(document: Value, shipments: &[Value], items: &[Value]) -> ChannelOrder {
    let first = turn(&poll(Page::first()), &orders(&[document]));
    assert!(first.observations.is_empty(), "nothing is shown before the shipments are known");
    let mut second = turn(first.next.as_ref().unwrap(), &listed(shipments));
    if let Some(next) = second.next.take() {
        assert!(second.observations.is_empty());
        second = turn(&next, &listed(items));
    }
    assert_eq!(second.next, None);
    seen(&second).remove(0)
}

#[test]
fn units_that_left_already_are_not_sent_again() {
    let gone = [
        shipment("s-1", "1-A", "SHIPPED", &[("1-A-1", 1)]),
        shipment("s-2", "1-A", "CANCELED", &[("1-A-1", 1)]),
        shipment("s-3", "1-A", "SHIPPING", &[("1-A-2", 1)]),
        shipment("s-4", "2-A", "SHIPPED", &[("1-A-1", 9)]),
    ];
    let order = after(order("1-A", "SHIPPING"), &gone, &[]);
    let open: Vec<i64> = order.lines.iter().map(|line| line.open).collect();
    assert_eq!(open, [1, 0], "one unit was shipped, one is in a shipment that somebody prepares");
    assert_eq!(order.readiness, Readiness::Ready);
    let known: Vec<_> =
        order.shipments.iter().map(|one| (one.id.as_str(), one.shipped, one.tracking.as_str())).collect();
    assert_eq!(known, [("s-1", true, "T"), ("s-3", false, "T")]);
    assert_eq!(order.shipments[0].package.as_deref(), Some("D1/T"));
}

#[test]
fn an_order_without_shipments_is_shown_as_it_came() {
    let document = order("1-A", "SHIPPING");
    let first = turn(&poll(Page::first()), &orders(std::slice::from_ref(&document)));
    let second = turn(first.next.as_ref().unwrap(), &listed(&[]));
    let Observation::Order { order, raw } = &second.observations[0] else { panic!("{:?}", second.observations) };
    assert_eq!((order.readiness.clone(), order.lines[0].open), (Readiness::Ready, 2));
    assert_eq!(raw.as_ref(), document.to_string().as_bytes());
    // What is read beside the order belongs to what was seen: with a shipment it is another document.
    let gone = listed(&[shipment("s-1", "1-A", "SHIPPED", &[("1-A-1", 1)])]);
    let third = turn(first.next.as_ref().unwrap(), &gone);
    assert!(matches!(&third.observations[0], Observation::Order { raw: other, .. } if other != raw));
}

#[test]
fn an_order_whose_shipments_hold_everything_waits_for_its_state() {
    let all = [shipment("s-1", "1-A", "SHIPPED", &[("1-A-1", 2), ("1-A-2", 1)])];
    let order = after(order("1-A", "SHIPPING"), &all, &[]);
    assert_eq!(order.readiness, Readiness::NotYet("SHIPPING, all of it in shipments".to_owned()));
}

#[test]
fn a_shipment_that_does_not_say_what_it_holds_holds_the_order() {
    for lines in
        [json!([]), Value::Null, json!([null]), json!([{ "quantity": 1 }]), json!([{ "order_line_id": "1-A-1" }])]
    {
        let vague = with(shipment("s-1", "1-A", "SHIPPED", &[]), &[("shipment_lines", lines)]);
        let order = after(order("1-A", "SHIPPING"), &[vague], &[]);
        assert!(matches!(order.readiness, Readiness::Unknown(_)), "{:?}", order.readiness);
    }
}

#[test]
fn only_orders_that_may_be_shipped_wait_and_the_poll_goes_on_after_them() {
    let page = [order("1-A", "SHIPPING"), order("2-A", "WAITING_ACCEPTANCE"), order("3-A", "SHIPPING")];
    let counted = answer(&json!({ "orders": page, "total_count": 7 }));
    let first = turn(&poll(Page::first()), &counted);
    assert_eq!(seen(&first).iter().map(|order| order.id.as_str()).collect::<Vec<_>>(), ["2-A"]);
    let shipments = first.next.unwrap();
    assert_eq!(path(&shipments), "/api/shipments?order_id=1-A&order_id=3-A&limit=100");
    let call = multi().plan_read(&shipments, &session(&[])).unwrap();
    assert_eq!(call.windows, ["calls"]);
    let second = turn(&shipments, &listed(&[]));
    assert_eq!(second.observations.len(), 2);
    assert!(path(&second.next.unwrap()).ends_with("&offset=3"), "the list of orders goes on where it was");
}

#[test]
fn shipments_are_read_to_their_last_page() {
    let first = turn(&poll(Page::first()), &orders(&[order("1-A", "SHIPPING")])).next.unwrap();
    let page = |token: &str, rows: &[Value]| answer(&json!({ "data": rows, "next_page_token": token }));
    let one = [shipment("s-1", "1-A", "SHIPPED", &[("1-A-1", 1)])];
    let cut = turn(&first, &page("p 2", &one));
    assert!(cut.observations.is_empty());
    let next = cut.next.unwrap();
    assert_eq!(path(&next), "/api/shipments?page_token=p%202&limit=100");
    let two = [shipment("s-2", "1-A", "SHIPPED", &[("1-A-1", 1)])];
    let whole = turn(&next, &listed(&two));
    assert_eq!(seen(&whole)[0].lines[0].open, 0, "both pages count");
    // A token that has expired: from the first page again, and nothing is counted twice.
    let again = turn(&next, &reply(400, "")).next.unwrap();
    assert_eq!(path(&again), "/api/shipments?order_id=1-A&limit=100");
    assert_eq!(seen(&turn(&again, &listed(&one)))[0].lines[0].open, 1);
}

#[test]
fn a_list_without_end_is_given_up() {
    let mut read = turn(&poll(Page::first()), &orders(&[order("1-A", "SHIPPING")])).next.unwrap();
    for turned in 0.. {
        assert!(turned < 100, "no end");
        let body = answer(&json!({ "data": [], "next_page_token": "more" }));
        match multi().interpret_read(&read, &session(&[]), &body) {
            Ok(reply) => read = reply.next.unwrap(),
            Err(failure) => return assert!(matches!(failure, Failure::Retry(_)), "{failure:?}"),
        }
    }
}

#[test]
fn shipments_that_cannot_be_read_show_no_order() {
    let next = turn(&poll(Page::first()), &orders(&[order("1-A", "SHIPPING")])).next.unwrap();
    let failure = |reply: Reply| multi().interpret_read(&next, &session(&[]), &reply).unwrap_err();
    assert!(matches!(failure(reply(500, "")), Failure::Retry(_)));
    assert!(matches!(failure(reply(200, "<html>")), Failure::Retry(_)));
    assert!(matches!(failure(reply(200, "{}")), Failure::Retry(_)));
    assert!(matches!(failure(reply(403, "")), Failure::Rejected(_)), "it stops nothing else");
    assert!(matches!(failure(reply(401, "")), Failure::Denied(_)));
}

#[test]
fn what_is_left_of_a_partly_cancelled_order_is_what_the_platform_wants_shipped() {
    let mut document = order("1-A", "SHIPPING");
    document["order_lines"][0]["quantity"] = json!(5);
    document["order_lines"][0]["cancelations"] = json!([{ "id": "1122", "quantity": 0, "amount": 20 }]);
    let item = |lines: Value| json!({ "order_id": "1-A", "shipment_lines": lines });
    let three = item(json!([{ "order_line_id": "1-A-1", "quantity": 2 }, { "order_line_id": "1-A-1", "quantity": 1 }]));
    let open = |shipments: &[Value], items: &[Value]| {
        let order = after(document.clone(), shipments, items);
        (order.readiness, order.lines[0].open, order.lines[1].open)
    };
    assert_eq!(open(&[], std::slice::from_ref(&three)), (Readiness::Ready, 3, 1));
    let shipped = [shipment("s-1", "1-A", "SHIPPED", &[("1-A-1", 4)])];
    assert_eq!(open(&shipped, &[three]), (Readiness::Ready, 1, 1), "no more than was ordered leaves in all");
    assert_eq!(open(&[], &[]).1, 0, "what is not to be shipped is not listed");
    let vague = item(json!([{ "offer_sku": "SKU-1", "quantity": 3 }]));
    assert_eq!(open(&[], &[vague]).0, Readiness::Unknown("SHIPPING, partly cancelled".to_owned()));
}

#[test]
fn items_to_ship_are_asked_for_only_where_they_are_needed_and_from_their_own_window() {
    let mut cancelled = order("2-A", "SHIPPING");
    cancelled["order_lines"][0]["cancelations"] = json!([{ "quantity": 1 }]);
    let first = turn(&poll(Page::first()), &orders(&[order("1-A", "SHIPPING"), cancelled]));
    let second = turn(&first.next.unwrap(), &listed(&[]));
    assert_eq!(seen(&second)[0].id, "1-A", "the others do not wait for it");
    let items = second.next.unwrap();
    let call = multi().plan_read(&items, &session(&[])).unwrap();
    assert_eq!(call.request.uri(), "/api/shipments/items_to_ship?order_id=2-A&limit=100");
    assert_eq!(call.windows, ["ST12"], "once in five minutes (§2.4)");
}

#[test]
fn orders_by_id_learn_of_their_shipments_too() {
    let read = Read::OrdersById { ids: vec!["1-A".to_owned()] };
    let first = turn(&read, &orders(&[order("1-A", "SHIPPING")]));
    assert!(first.observations.is_empty());
    let gone = [shipment("s-1", "1-A", "SHIPPED", &[("1-A-1", 2)])];
    let second = turn(&first.next.unwrap(), &listed(&gone));
    assert_eq!((seen(&second)[0].lines[0].open, second.next), (0, None));
}

#[test]
fn where_an_order_has_one_shipment_nothing_is_asked_beside_it() {
    let seen = connector(json!({ "shipments": "single" }))
        .interpret_read(&poll(Page::first()), &stranger(), &orders(&[order("1-A", "SHIPPING")]))
        .unwrap();
    assert_eq!((seen.observations.len(), seen.next), (1, None));
}

#[test]
fn orders_are_not_read_before_it_is_known_how_to_read_them() {
    let connector = connector(json!({}));
    let first = poll(Page::first());
    let uri =
        |read: &Read, session: &Session| connector.plan_read(read, session).unwrap().request.uri().path().to_owned();
    assert_eq!(uri(&first, &stranger()), "/api/platform/configuration");
    let features = answer(&json!({ "features": { "shipment": { "multi_shipment": true } } }));
    let learnt = connector.interpret_read(&first, &stranger(), &features).unwrap();
    assert!(learnt.facts.contains(&("multi_shipment".to_owned(), "true".to_owned())));
    assert_eq!(uri(learnt.next.as_ref().unwrap(), &stranger()), "/api/orders");
    // The probe may have learnt it while this call was under way; and a platform may not tell at all.
    let late = connector.interpret_read(&first, &session(&[("multi_shipment", "true")]), &features).unwrap();
    assert_eq!(late.next, learnt.next);
    for mute in [reply(404, ""), answer(&json!({ "features": {} }))] {
        assert_eq!(connector.interpret_read(&first, &stranger(), &mute).unwrap().next, learnt.next);
    }
    let failure = connector.interpret_read(&first, &stranger(), &reply(503, "")).unwrap_err();
    assert!(matches!(failure, Failure::Retry(_)));
    assert_eq!(uri(&first, &session(&[])), "/api/orders", "what is known is not asked for again");
}
