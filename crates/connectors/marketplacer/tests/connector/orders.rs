//! Invoices become orders (A023, A024: orders with customer, address, lines and quantities).

use crossdock_connector::{Connector, Failure, Observation, Page, Read, ReadReply, RejectCode};
use crossdock_model::{ChannelOrder, Delivery, Readiness, ShippedLine};
use serde_json::{Value, json};

use crate::support::*;

fn since(page: &str) -> Read {
    Read::Orders { since: at("2026-02-28T00:00:00Z"), page: Page(page.to_owned()) }
}

/// A complete invoice: two lines, one of them shipped.
fn invoice() -> Value {
    json!({
        "__typename": "Invoice", "id": INVOICE, "legacyId": 13737, "seller": {"id": SELLER},
        "statusFlags": ["PAID", "PARTIALLY_SENT"], "deliveryType": "BUY_ONLINE",
        "createdAt": "2026-02-28T10:05:38+11:00", "updatedAt": "2026-02-28T01:00:00Z", "paidAt": "2026-02-28T10:06:00+11:00",
        "buyerFirstName": "Ada", "buyerSurname": "Example", "buyerEmailAddress": "ada@example.test",
        "buyerPhone": "+44 20 0000 0000", "buyerMessageToSeller": "Leave with <b>porter</b>",
        "shippingDescription": "Standard delivery",
        "shippingAddress": {
            "address": "Flat 2, 10 High Street", "subaddress": "Rear entrance", "city": "Bristol", "postcode": "BS1 1AA",
            "state": {"short": "BST", "name": "City of Bristol"}, "country": {"code": "GB", "name": "United Kingdom"}
        },
        "lineItems": [
            {"id": "TGluZUl0ZW0tMQ==", "quantity": 3, "quantityAwaitingDispatch": 2, "statusFull": "ALLOCATED",
             "advertTitle": "Mug", "variantName": "Blue", "variantSku": "MUG-BLU", "variantBarcode": "501"},
            {"id": "TGluZUl0ZW0tMg==", "quantity": 1, "quantityAwaitingDispatch": 1, "statusFull": "NEW",
             "advertTitle": "Tea", "variantName": null, "variantSku": null, "variantBarcode": ""}
        ],
        "shipments": [
            {"id": "U2hpcG1lbnQtOQ==", "carrier": "DPD", "trackingNumber": "T-1",
             "shippedItems": [{"quantity": 1, "lineItem": {"id": "TGluZUl0ZW0tMQ=="}}]}
        ],
        "refundRequests": [],
        "aFieldOfTomorrow": {"x": [1]}
    })
}

fn page_of(nodes: &[Value]) -> Value {
    json!({"data": {"apiKeyPrincipal": owner(), "invoices": {"pageInfo": {"hasNextPage": false, "endCursor": "MQ"}, "nodes": nodes}}})
}

fn owner() -> Value {
    json!({"seller": {"id": SELLER}})
}

fn nodes_of(nodes: &[Value]) -> Value {
    json!({"data": {"apiKeyPrincipal": owner(), "nodes": nodes}})
}

fn read(nodes: &[Value]) -> ReadReply {
    answer(&since(""), &ok(&page_of(nodes))).unwrap()
}

fn order(invoice: Value) -> ChannelOrder {
    match read(&[invoice]).observations.remove(0) {
        Observation::Order { order, .. } => *order,
        other => panic!("no order: {other:?}"),
    }
}

fn order_with(settings: &str, invoice: Value) -> ChannelOrder {
    let reply = with_settings(settings).interpret_read(&since(""), &session(), &ok(&page_of(&[invoice]))).unwrap();
    match reply.observations.into_iter().next() {
        Some(Observation::Order { order, .. }) => *order,
        other => panic!("no order: {other:?}"),
    }
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut invoice = invoice();
    change(&mut invoice);
    invoice
}

fn drifts(reply: &ReadReply) -> Vec<&str> {
    let observations = reply.observations.iter();
    observations
        .filter_map(|seen| match seen {
            Observation::Drift(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn changed_invoices_are_asked_oldest_change_first() {
    let call = ask(&since(""));
    assert_graphql(&call);
    assert_eq!(operation_name(&call), "CrossdockInvoices");
    assert_eq!(variables(&call), json!({"first": 100, "after": null, "updatedSince": "2026-02-28T00:00:00Z"}));
    assert!(body(&call)["query"].as_str().unwrap().contains("sort: { fields: [UPDATED_AT], ordering: ASCENDING }"));
}

#[test]
fn an_invoice_is_an_order_with_customer_address_and_lines() {
    let order = order(invoice());
    assert_eq!((order.id.as_str(), order.number.as_str()), (INVOICE, "13737"));
    assert_eq!(order.readiness, Readiness::Ready);
    assert_eq!(order.remote_state, "PAID, PARTIALLY_SENT");
    assert_eq!(order.placed_at, at("2026-02-27T23:05:38Z"));
    assert_eq!(order.delivery, Delivery::Ship);
    assert_eq!(order.service, "Standard delivery");
    assert_eq!(order.message.text(), "Leave with <b>porter</b>");
    assert_eq!(order.contact.name.text(), "Ada Example");
    assert_eq!(order.ship_to.recipient.text(), "Ada Example");
    assert_eq!(order.ship_to.line1.text(), "Flat 2, 10 High Street");
    assert_eq!(order.ship_to.line2.text(), "Rear entrance");
    assert_eq!(order.ship_to.region.text(), "City of Bristol");
    assert_eq!((order.ship_to.country_code.as_str(), order.ship_to.country.as_str()), ("GB", "United Kingdom"));
    assert_eq!((order.total, order.shipping), (None, None), "no money is read (§1)");

    let [mug, tea] = order.lines.as_slice() else { panic!("two lines") };
    assert_eq!((mug.title.as_str(), mug.quantity, mug.open), ("Mug (Blue)", 3, 2));
    assert_eq!((mug.sku.as_deref(), mug.barcode.as_deref()), (Some("MUG-BLU"), Some("501")));
    assert_eq!((tea.title.as_str(), tea.open, tea.sku.clone(), tea.barcode.clone()), ("Tea", 1, None, None));

    let shipment = &order.shipments[0];
    assert_eq!((shipment.carrier.as_str(), shipment.tracking.as_str(), shipment.shipped), ("DPD", "T-1", true));
    assert_eq!(shipment.lines, [ShippedLine { line_id: "TGluZUl0ZW0tMQ==".into(), quantity: 1 }]);
}

#[test]
fn the_document_is_kept_as_it_came() {
    let reply = read(&[invoice()]);
    let Observation::Order { raw, .. } = &reply.observations[0] else { panic!("no order") };
    assert_eq!(serde_json::from_slice::<Value>(raw).unwrap(), invoice());
    assert_eq!(reply.next, None);
}

#[test]
fn one_bad_invoice_does_not_take_its_neighbours_along() {
    let fraction = changed(|invoice| invoice["lineItems"][0]["quantity"] = json!(2.5));
    let nameless = changed(|invoice| invoice["lineItems"][0]["id"] = Value::Null);
    let lineless = changed(|invoice| invoice["lineItems"] = Value::Null);
    let timeless = changed(|invoice| {
        for field in ["createdAt", "updatedAt", "paidAt"] {
            invoice[field] = json!("yesterday");
        }
    });
    let reply = read(&[fraction, nameless, lineless, timeless, json!("text"), invoice()]);
    let unreadable: Vec<_> = reply
        .observations
        .iter()
        .filter_map(|seen| if let Observation::Unreadable { id, raw, .. } = seen { Some((id, raw)) } else { None })
        .collect();
    assert_eq!(unreadable.len(), 5);
    assert!(unreadable[..4].iter().all(|(id, raw)| id.as_deref() == Some(INVOICE) && raw.len() > 100));
    assert_eq!(reply.observations.iter().filter(|seen| matches!(seen, Observation::Order { .. })).count(), 1);
}

#[test]
fn sparse_invoices_are_read_as_far_as_they_go() {
    // Everything that is not needed is null; the rest still makes an order that is held.
    let sparse = json!({
        "id": INVOICE, "legacyId": null, "statusFlags": null, "deliveryType": null, "createdAt": null,
        "updatedAt": "2026-02-28T01:00:00Z", "paidAt": null, "buyerFirstName": null, "buyerSurname": null,
        "shippingAddress": {"address": null, "state": null, "country": {"code": null}},
        "lineItems": [{"id": "L1", "quantity": 1}], "shipments": [null, {"shippedItems": null}]
    });
    let order = order(sparse);
    assert_eq!(order.number, "13737", "shown from the id when legacyId is missing");
    assert!(matches!(order.readiness, Readiness::Unknown(_)));
    assert!(order.ship_to.is_blank() && order.contact.name.is_blank());
    assert_eq!(order.lines[0].open, 0, "a shipment of unknown content may hold everything");

    let reply = read(&[json!({}), Value::Null]);
    assert!(matches!(&reply.observations[0], Observation::Unreadable { id: None, .. }));
    assert_eq!(drifts(&reply), ["an invoice came back empty"]);
}

#[test]
fn unknown_words_are_kept_and_told() {
    let odd = changed(|invoice| {
        invoice["statusFlags"] = json!(["PAID", "TELEPORTED", null]);
        invoice["lineItems"][0]["statusFull"] = json!("GIFT_WRAPPED");
    });
    let reply = read(std::slice::from_ref(&odd));
    let [line, flag, null] = drifts(&reply)[..] else { panic!("{:?}", reply.observations) };
    assert!(flag.contains("13737") && flag.contains("TELEPORTED") && null.contains("null"));
    assert!(line.contains("GIFT_WRAPPED"));
    // It may be a word for "wait": an order is held rather than picked.
    assert_eq!(order(odd.clone()).readiness, Readiness::Unknown("PAID, TELEPORTED, null".into()));
    let settings = r#"{"harmless_flags": ["TELEPORTED"]}"#;
    let told = changed(|invoice| invoice["statusFlags"] = json!(["PAID", "TELEPORTED"]));
    assert_eq!(order_with(settings, told).readiness, Readiness::Ready);
    assert!(matches!(order_with(settings, odd).readiness, Readiness::Unknown(_)), "the null may have been any flag");

    let drone = changed(|invoice| invoice["deliveryType"] = json!("DRONE"));
    assert_eq!(order(drone).readiness, Readiness::Unknown("delivery type DRONE".into()));
    let alien = changed(|invoice| invoice["statusFlags"] = json!(["BEAMED", "UP"]));
    assert_eq!(order(alien).readiness, Readiness::Unknown("BEAMED, UP".into()));
}

#[test]
fn an_order_with_a_line_that_cannot_be_seen_is_held() {
    // A missing line must never lead to a short parcel in silence.
    let hole = changed(|invoice| invoice["lineItems"][1] = Value::Null);
    let order = order(hole);
    assert_eq!(order.lines.len(), 1);
    assert!(matches!(order.readiness, Readiness::Unknown(_)));
}

#[test]
fn cancelled_and_refunded_lines_are_not_open() {
    let order = order(changed(|invoice| {
        invoice["statusFlags"] = json!(["PAID"]);
        invoice["shipments"] = json!([]);
        for (index, state) in ["CANCELLED", "REFUNDED"].into_iter().enumerate() {
            invoice["lineItems"][index]["statusFull"] = json!(state);
            invoice["lineItems"][index]["quantityAwaitingDispatch"] = json!(1);
        }
    }));
    assert!(order.lines.iter().all(|line| line.cancelled && line.open == 0));
    assert_eq!(order.readiness, Readiness::Cancelled);
}

/// An open request to cancel, as the buyer or the operator makes it.
fn request(line: &str, quantity: i64, dispatched: Option<bool>) -> Value {
    json!({"status": "AWAITING", "lineItems": [
        {"status": "AWAITING_RETURN", "dispatched": dispatched, "quantity": quantity, "lineItem": {"id": line}}
    ]})
}

#[test]
fn units_under_an_open_cancellation_request_are_not_open() {
    // §5.1: what awaits dispatch may be picked only where no cancellation is open for it.
    let requested = |requests: Value| changed(|invoice| invoice["refundRequests"] = requests);
    let partly = order(requested(json!([request("TGluZUl0ZW0tMQ==", 1, Some(false))])));
    assert_eq!(partly.lines.iter().map(|line| line.open).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(partly.readiness, Readiness::Ready);

    let all = json!([request("TGluZUl0ZW0tMQ==", 2, None), request("TGluZUl0ZW0tMg==", 1, Some(false))]);
    let held = order(requested(all));
    assert!(held.lines.iter().all(|line| line.open == 0 && !line.cancelled));
    assert!(matches!(held.readiness, Readiness::NotYet(_)), "{:?}", held.readiness);

    // Where the shipments cannot be seen, nobody can say that the remote has taken the request off already.
    for unseen in [Value::Null, json!([null])] {
        let mut invoice = requested(json!([request("TGluZUl0ZW0tMQ==", 1, Some(false))]));
        invoice["shipments"] = unseen;
        assert_eq!(order(invoice).lines[0].open, 1);
    }

    let returned = order(requested(json!([request("TGluZUl0ZW0tMQ==", 1, Some(true))])));
    assert_eq!((returned.lines[0].open, returned.readiness), (2, Readiness::Ready), "a return of what was sent");
}

#[test]
fn units_withdrawn_after_the_fact_are_seen_line_by_line() {
    // Three ordered, one sent, one cancelled for good: one is open, and the line is not cancelled.
    let settled = json!({"status": "REFUNDED", "lineItems": [
        {"status": "REFUNDED", "dispatched": false, "quantity": 1, "lineItem": {"id": "TGluZUl0ZW0tMQ=="}}
    ]});
    let order = order(changed(|invoice| {
        invoice["lineItems"][0]["quantityAwaitingDispatch"] = json!(1);
        invoice["refundRequests"] = json!([settled]);
    }));
    assert_eq!((order.lines[0].quantity, order.lines[0].open, order.lines[0].cancelled), (3, 1, false));
    assert_eq!(order.readiness, Readiness::Ready);
}

#[test]
fn an_order_whose_cancellations_cannot_be_seen_is_held() {
    for hidden in [Value::Null, json!([null]), json!([{"status": "AWAITING", "lineItems": null}])] {
        let order = order(changed(|invoice| invoice["refundRequests"] = hidden.clone()));
        assert!(matches!(order.readiness, Readiness::Unknown(_)), "{hidden}: {:?}", order.readiness);
    }
    // A line that does not say what awaits dispatch may be cancelled in part, without another trace.
    let order = order(changed(|invoice| invoice["lineItems"][1]["quantityAwaitingDispatch"] = Value::Null));
    assert!(matches!(order.readiness, Readiness::Unknown(_)), "{:?}", order.readiness);
}

#[test]
fn a_partial_cancellation_waits_for_a_person() {
    // §5.1: the flag may stand for a part of the invoice only, so neither the end nor a release is certain.
    let partly = changed(|invoice| {
        invoice["statusFlags"] = json!(["PAID", "CANCELLED"]);
        invoice["lineItems"][1]["statusFull"] = json!("CANCELLED");
    });
    assert!(matches!(order(partly).readiness, Readiness::Unknown(_)));
    let whole = changed(|invoice| {
        invoice["statusFlags"] = json!(["PAID", "CANCELLED"]);
        invoice["shipments"] = json!([]);
        for index in [0, 1] {
            invoice["lineItems"][index]["quantityAwaitingDispatch"] = json!(0);
        }
    });
    assert_eq!(order(whole).readiness, Readiness::Cancelled);
}

#[test]
fn click_and_collect_is_not_shipped() {
    let collect = changed(|invoice| invoice["deliveryType"] = json!("CLICK_AND_COLLECT"));
    let order = order(collect);
    assert_eq!(order.delivery, Delivery::Collect);
    assert!(matches!(order.readiness, Readiness::NotYet(_)));
}

#[test]
fn a_full_page_goes_on_by_time_so_that_a_moving_invoice_skips_nobody() {
    let row = |time: &str| changed(|invoice| invoice["updatedAt"] = json!(time));
    let mut page = page_of(&[row("2026-02-28T01:00:00Z"), row("2026-02-28T02:00:00Z")]);
    page["data"]["invoices"]["pageInfo"]["hasNextPage"] = json!(true);
    let next = answer(&since(""), &ok(&page)).unwrap().next.unwrap();
    let asked = variables(&ask(&next));
    assert_eq!(asked, json!({"first": 100, "after": null, "updatedSince": "2026-02-28T01:59:59Z"}));

    // A page within one second gives the time no chance: the cursor carries on.
    let mut stuck = page_of(&[row("2026-02-28T02:00:00Z"), row("2026-02-28T02:00:00Z")]);
    stuck["data"]["invoices"]["pageInfo"] = json!({"hasNextPage": true, "endCursor": "MjAw"});
    let last = answer(&next, &ok(&stuck)).unwrap().next.unwrap();
    let asked = variables(&ask(&last));
    assert_eq!(asked, json!({"first": 100, "after": "MjAw", "updatedSince": "2026-02-28T01:59:59Z"}));

    // The same cursor once more would never end.
    assert!(matches!(answer(&last, &ok(&stuck)), Err(Failure::Retry(_))));
}

#[test]
fn a_page_of_unknown_length_is_read_again_rather_than_taken_for_the_last() {
    let mut page = page_of(&[invoice()]);
    page["data"]["invoices"]["pageInfo"] = Value::Null;
    assert!(matches!(answer(&since(""), &ok(&page)), Err(Failure::Retry(_))));
}

#[test]
fn certain_invoices_are_asked_by_id_and_missing_ones_are_told() {
    let gone = "SW52b2ljZS0x";
    let read = Read::OrdersById { ids: vec![INVOICE.into(), gone.into(), "SW52b2ljZS0y".into(), "3".into()] };
    let call = ask(&read);
    assert_graphql(&call);
    assert_eq!(variables(&call), json!({"ids": [INVOICE, gone, "SW52b2ljZS0y", "SW52b2ljZS0z"]}));
    let nodes = nodes_of(&[invoice(), Value::Null, json!({"__typename": "Advert", "id": "advert"})]);
    let reply = answer(&read, &ok(&nodes)).unwrap();
    assert!(matches!(&reply.observations[0], Observation::Order { .. }));
    let told = drifts(&reply);
    assert!(told[0].contains(gone) && told[1].contains("Advert") && told[2].contains("SW52b2ljZS0z"), "{told:?}");
    assert_eq!(reply.next, None);
}

#[test]
fn an_order_is_found_by_the_number_that_people_see() {
    // §1: the global id of invoice 13737 is the Base64 of `Invoice-13737`.
    let read = Read::OrdersById { ids: vec!["13737".into(), INVOICE.into()] };
    assert_eq!(variables(&ask(&read)), json!({"ids": [INVOICE]}), "both name the same invoice");
    let reply = answer(&read, &ok(&nodes_of(&[invoice()]))).unwrap();
    assert!(matches!(&reply.observations[0], Observation::Order { order, .. } if order.number == "13737"));
}

#[test]
fn one_bad_id_does_not_spoil_the_others() {
    let read = Read::OrdersById { ids: vec!["MP-13737".into(), "13737".into(), "what is this".into()] };
    assert_eq!(variables(&ask(&read)), json!({"ids": [INVOICE]}), "what is surely an id goes first and alone");
    let first = answer(&read, &ok(&nodes_of(&[invoice()]))).unwrap();
    assert!(matches!(&first.observations[0], Observation::Order { .. }));

    let second = first.next.unwrap();
    assert_eq!(variables(&ask(&second)), json!({"ids": ["MP-13737"]}), "then each doubtful one by itself");
    let broken = ok(&json!({"errors": [{"message": "Invalid id", "path": ["nodes"]}], "data": null}));
    let told = answer(&second, &broken).unwrap();
    assert!(drifts(&told)[0].contains("no invoice MP-13737"));
    let third = told.next.unwrap();
    assert_eq!(variables(&ask(&third)), json!({"ids": ["what is this"]}));
    assert_eq!(answer(&third, &broken).unwrap().next, None);
    // A server that is down has not said anything about the id.
    assert!(matches!(answer(&third, &reply(502, "")), Err(Failure::Retry(_))));

    // A refusal that names one id is about that one.
    let read = Read::OrdersById { ids: vec!["1".into(), "2".into()] };
    let refused = ok(&json!({"data": null, "errors": [{"message": "No object found for ids: SW52b2ljZS0x"}]}));
    let told = answer(&read, &refused).unwrap();
    assert!(drifts(&told)[0].contains("SW52b2ljZS0x"));
    assert_eq!(variables(&ask(&told.next.unwrap())), json!({"ids": ["SW52b2ljZS0y"]}));
    let scope = ok(&json!({"data": null, "errors": [{"message": "x", "extensions": {"code": "MISSING_SCOPE"}}]}));
    assert!(matches!(answer(&read, &scope), Err(Failure::Rejected(_))));
}

#[test]
fn another_sellers_invoices_are_left_out_and_told() {
    // §3.2: a seller's key sees its own; should the remote ever show more, it is not ours to ship.
    let foreign = changed(|invoice| invoice["seller"]["id"] = json!("U2VsbGVyLTU="));
    let page = read(&[foreign.clone(), invoice()]);
    assert_eq!(page.observations.iter().filter(|seen| matches!(seen, Observation::Order { .. })).count(), 1);
    assert!(drifts(&page)[0].contains("another seller"));
    let by_id = Read::OrdersById { ids: vec![INVOICE.into()] };
    let reply = answer(&by_id, &ok(&nodes_of(std::slice::from_ref(&foreign)))).unwrap();
    assert!(matches!(&reply.observations[..], [Observation::Drift(text)] if text.contains("another seller")));
}

#[test]
fn a_key_that_belongs_to_no_seller_gets_no_orders() {
    let whose = |principal: Value, errors: Value| {
        let mut page = page_of(&[invoice()]);
        page["data"]["apiKeyPrincipal"] = principal;
        page["errors"] = errors;
        page
    };
    let operator = whose(json!({"seller": null}), Value::Null);
    let Err(Failure::Retry(text)) = answer(&since(""), &ok(&operator)) else { panic!("taken") };
    assert!(text.contains("belongs to no seller"));
    // Not said: then what the probe found out counts, and without that nothing is taken.
    let withheld = json!([{"message": "Timeout", "path": ["apiKeyPrincipal", "seller"]}]);
    for silent in [whose(Value::Null, Value::Null), whose(json!({"seller": null}), withheld)] {
        assert!(matches!(answer(&since(""), &ok(&silent)), Err(Failure::Retry(_))));
        let mut session = session();
        session.facts.insert("seller_id".into(), SELLER.into());
        let known = marketplacer().interpret_read(&since(""), &session, &ok(&silent)).unwrap();
        assert!(matches!(&known.observations[0], Observation::Order { .. }));
    }
}

#[test]
fn partial_data_is_used_and_the_missing_right_is_told() {
    // §3.9: a forbidden field is an error beside the data.
    let mut page = page_of(&[invoice(), Value::Null]);
    page["errors"] = json!([
        {"message": "object permissions error", "path": ["invoices", "nodes", 0, "buyerPhone"]},
        {"message": "Timeout on this record", "path": ["invoices", "nodes", 1, "lineItems", 0]}
    ]);
    let reply = answer(&since(""), &ok(&page)).unwrap();
    assert!(matches!(&reply.observations[0], Observation::Order { .. }));
    assert!(matches!(&reply.observations[1], Observation::Unreadable { reason, .. } if reason.contains("Timeout")));
    assert!(drifts(&reply).iter().any(|text| text.contains("lacks a right") && text.contains("buyerPhone")));
}

#[test]
fn refusals_of_the_whole_question_are_told_apart() {
    let errors = |error: Value| ok(&json!({"data": null, "errors": [error]}));
    let read = since("");
    let scope = errors(json!({"message": "no", "extensions": {"code": "MISSING_SCOPE"}}));
    let Err(Failure::Rejected(rejection)) = answer(&read, &scope) else { panic!("not rejected") };
    assert!(rejection.code == RejectCode::RefusedByRemote && rejection.detail.contains("scope"));
    let schema = errors(json!({"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}));
    assert!(matches!(answer(&read, &schema), Err(Failure::Rejected(_))));
    let hiccup = errors(json!({"message": "Internal error"}));
    assert!(matches!(answer(&read, &hiccup), Err(Failure::Retry(_))));
}

#[test]
fn replies_that_are_no_answer_are_classified() {
    let read = since("");
    let wait = |failure| match failure {
        Err(Failure::Throttled(Some(wait))) => wait.as_secs(),
        other => panic!("not throttled: {other:?}"),
    };
    assert_eq!(wait(answer(&read, &reply_with(429, ("retry-after", "7"), ""))), 7);
    assert_eq!(wait(answer(&read, &reply(429, ""))), 60, "§8: sixty seconds where nothing is said");
    assert_eq!(wait(answer(&read, &reply(503, "<html>"))), 60);
    assert!(
        matches!(answer(&read, &reply(401, "API Token has expired")), Err(Failure::Denied(text)) if text.contains("expired"))
    );
    assert!(matches!(answer(&read, &reply(403, "no")), Err(Failure::Denied(_))));
    for retry in [
        reply(403, "<html>blocked"),
        reply(500, "oops"),
        reply(302, ""),
        reply(404, ""),
        reply(200, "<!doctype html><p>Log in"),
        reply(200, r#"{"data": {"invoices": {"nodes": ["#),
        reply(200, "{}"),
        reply(200, "null"),
        reply(200, r#"{"data": {"invoices": null}}"#),
        reply(200, r#"{"data": {"invoices": {"nodes": 7}}}"#),
    ] {
        assert!(matches!(answer(&read, &retry), Err(Failure::Retry(_))), "{retry:?}");
    }
}
