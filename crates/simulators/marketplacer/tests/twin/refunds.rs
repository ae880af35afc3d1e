//! Short picks and returns as refund requests (contracts/marketplacer.md §3.7, §5.3).

use crate::common::{SHIP, quiet, shipment};
use serde_json::{Value, json};
use sim_core::Host as _;
use sim_marketplacer::Options;

const CREATE: &str = "mutation($input:RefundRequestCreateMutationInput!){refundRequestCreate(input:$input){\
                      status errors{field messages} refundRequest{id legacyId status lineItems{id status dispatched}}}}";

fn request(invoice: &str, line: &str, quantity: i64, dispatched: bool, status: Option<&str>) -> Value {
    let mut item =
        json!({ "lineItemId": line, "reason": "Out of stock", "quantity": quantity, "dispatched": dispatched });
    if let Some(status) = status {
        item["status"] = json!(status);
    }
    // One object for a list, as a known client sends it (§10).
    json!({ "input": { "invoiceId": invoice, "initiatedBy": "SELLER", "lineItems": item, "notes": [{ "note": "short" }] } })
}

#[test]
fn a_cancelled_order_ends_with_the_operator() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order(&scene.sku.clone(), 2);
    let line = scene.lines(&id)[0].0.clone();
    let data = scene.data(CREATE, &request(&id, &line, 2, false, None));
    let created = &data["refundRequestCreate"];
    assert_eq!(created["errors"], json!(null));
    assert_eq!(created["refundRequest"]["status"], "AWAITING");
    assert_eq!(created["refundRequest"]["lineItems"][0]["status"], "AWAITING_RETURN");
    let refund_line = created["refundRequest"]["lineItems"][0]["id"].clone();
    let again = scene.data(CREATE, &request(&id, &line, 1, false, None));
    assert_eq!(again["refundRequestCreate"]["refundRequest"], json!(null), "the same unit is not cancelled twice");

    let accept = "mutation($input:RefundRequestLineItemAcceptMutationInput!){refundRequestLineItemAccept(input:$input)\
                  {errors{messages} refundRequestLineItem{status refundRequest{status}}}}";
    let input = json!({ "input": { "refundRequestLineItemId": refund_line, "notes": [] } });
    let data = scene.data(accept, &input);
    let line_item = json!({ "status": "REFUND_ACCEPTED", "refundRequest": { "status": "PROCESSED" } });
    assert_eq!(data["refundRequestLineItemAccept"]["refundRequestLineItem"], line_item);
    assert_eq!(scene.effects("order_cancelled"), []);

    scene.wait(15 * 60);
    assert_eq!(scene.effects("order_cancelled")[0].object, legacy.to_string());
    let found = scene.data(
        "query($n:Int){refundRequests(filters:{invoiceLegacyId:$n}){nodes{status invoice{statusFlags \
         lineItems{status quantityAwaitingDispatch}}}}}",
        &json!({ "n": legacy }),
    );
    let node = &found["refundRequests"]["nodes"][0];
    assert_eq!(node["status"], "REFUNDED");
    assert_eq!(node["invoice"]["statusFlags"], json!(["PAID", "CANCELLED"]));
    assert_eq!(node["invoice"]["lineItems"][0], json!({ "status": "CANCELLED", "quantityAwaitingDispatch": 0 }));
}

#[test]
fn a_return_never_restocks_and_is_refunded_by_the_operator_only() {
    let mut scene = quiet(Options { approval_delay: None, ..Options::default() });
    let sku = scene.sku.clone();
    let (_, id) = scene.order(&sku, 2);
    let line = scene.lines(&id)[0].0.clone();
    scene.data(SHIP, &shipment(&id, &[(&line, 2)]));
    let stock = scene.stock(&sku);
    let data = scene.data(CREATE, &request(&id, &line, 1, true, Some("REFUND_ACCEPTED")));
    let refund = &data["refundRequestCreate"]["refundRequest"];
    assert_eq!(refund["status"], "PROCESSED");
    let number = refund["legacyId"].clone();
    let read = "query($id:ID!){node(id:$id){... on Invoice{statusFlags lineItems{quantityReturnable}}}}";
    let node = scene.data(read, &json!({ "id": id }))["node"].take();
    assert_eq!(node["statusFlags"], json!(["PAID", "SENT", "AWAITING_REFUND"]));
    scene.wait(86_400);
    scene.control("approve", &json!({ "refundRequest": number }));
    let node = scene.data(read, &json!({ "id": id }))["node"].take();
    assert_eq!(node["statusFlags"], json!(["PAID", "SENT", "REFUNDED"]));
    assert_eq!(node["lineItems"][0]["quantityReturnable"], 1);
    assert_eq!(scene.stock(&sku), stock);
}

/// What a client sees of an invoice's first line and of its requests.
fn seen(scene: &mut crate::common::Scene, invoice: &str) -> Value {
    let query = "query($id:ID!){node(id:$id){... on Invoice{statusFlags lineItems{quantityAwaitingDispatch} \
                 refundRequests{status lineItems{status dispatched quantity lineItem{id}}}}}}";
    scene.data(query, &json!({ "id": invoice }))["node"].take()
}

#[test]
fn a_buyer_asks_to_cancel_and_the_operator_decides() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let (legacy, id) = scene.order(&sku, 3);
    let line = scene.lines(&id)[0].0.clone();
    let asked = json!({ "legacyId": legacy, "lines": [{ "sku": sku, "quantity": 2 }] });
    let request = scene.control("cancellation", &asked)["refundRequest"].clone();
    let node = seen(&mut scene, &id);
    let item = json!({ "status": "AWAITING_RETURN", "dispatched": false, "quantity": 2, "lineItem": { "id": line } });
    assert_eq!(node["refundRequests"], json!([{ "status": "AWAITING", "lineItems": [item] }]));
    assert_eq!(node["lineItems"][0]["quantityAwaitingDispatch"], 3, "an open request changes nothing yet");
    let logged = &scene.effects("cancellation_requested")[0];
    assert_eq!((&logged.object, &logged.data["by"]), (&legacy.to_string(), &json!("BUYER")));
    assert_eq!(logged.data["lines"][0]["quantity"], 2);

    // A client that did not look sends them all the same, and the log shows it.
    scene.data(SHIP, &shipment(&id, &[(&line, 2)]));
    let sent = &scene.effects("sent_while_cancellation_requested")[0];
    assert_eq!((&sent.object, &sent.data["lines"][0]["quantity"]), (&legacy.to_string(), &json!(1)));

    scene.control("deny", &json!({ "refundRequest": request }));
    assert_eq!(seen(&mut scene, &id)["refundRequests"][0]["status"], "DENIED");
    assert_eq!(scene.effects("refund_denied").len(), 1);
    let again = scene.sim.control(scene.now, "deny", &json!({ "refundRequest": request }));
    assert!(again.is_err());
}

#[test]
fn what_awaits_dispatch_may_leave_out_what_somebody_wants_to_cancel() {
    // contracts/marketplacer.md §5.1 does not say; then no more can be sent either.
    let mut scene = quiet(Options { awaiting_leaves_out_requests: true, ..Options::default() });
    let sku = scene.sku.clone();
    let (legacy, id) = scene.order(&sku, 3);
    let line = scene.lines(&id)[0].0.clone();
    let asked = json!({ "legacyId": legacy, "lines": [{ "sku": sku, "quantity": 2 }], "accepted": true });
    let request = scene.control("cancellation", &asked)["refundRequest"].clone();
    assert_eq!(seen(&mut scene, &id)["lineItems"][0]["quantityAwaitingDispatch"], 1);
    let refused = scene.data(SHIP, &shipment(&id, &[(&line, 2)]));
    let message = "Shipped items quantity exceeds the maximum number of undispatched items.";
    assert_eq!(refused["shipmentCreate"]["errors"][0]["messages"], json!([message]));
    scene.control("approve", &json!({ "refundRequest": request }));
    assert_eq!(seen(&mut scene, &id)["lineItems"][0]["quantityAwaitingDispatch"], 1, "decided, and still one");
    assert_eq!(scene.effects("line_cancelled")[0].data["lines"][0]["quantity"], 2);
}

#[test]
fn a_part_may_be_cancelled_and_flagged_like_the_whole() {
    // contracts/marketplacer.md §5.1: the flags are a history of "finished parts".
    for flagged in [false, true] {
        let mut scene = quiet(Options { flags_partial_cancellations: flagged, ..Options::default() });
        let sku = scene.sku.clone();
        let (legacy, id) = scene.order(&sku, 3);
        scene.control("cancel", &json!({ "legacyId": legacy, "lines": [{ "sku": sku, "quantity": 1 }] }));
        let node = seen(&mut scene, &id);
        let expected = if flagged { json!(["PAID", "CANCELLED"]) } else { json!(["PAID"]) };
        assert_eq!(node["statusFlags"], expected);
        assert_eq!(node["lineItems"][0]["quantityAwaitingDispatch"], 2);
        assert_eq!(scene.effects("order_cancelled"), [], "two are still to be sent");
        let cancelled = &scene.effects("line_cancelled")[0];
        assert_eq!((&cancelled.data["by"], &cancelled.data["lines"][0]["quantity"]), (&json!("operator"), &json!(1)));
    }
}

#[test]
fn a_line_of_another_invoice_is_refused_in_the_documented_words() {
    let mut scene = quiet(Options::default());
    let (_, first) = scene.order(&scene.sku.clone(), 1);
    let (_, second) = scene.order(&scene.sku.clone(), 1);
    let foreign = scene.lines(&second)[0].0.clone();
    let data = scene.data(CREATE, &request(&first, &foreign, 1, false, None));
    let message = "line items must be part of the same invoice for which you are raising a refund request.";
    assert_eq!(data["refundRequestCreate"]["errors"][0]["messages"], json!([message]));
    assert_eq!(data["refundRequestCreate"]["refundRequest"], json!(null));
    assert_eq!(scene.effects("refund_requested"), []);
}

#[test]
fn the_original_flow_marks_the_request_as_returned() {
    let mut scene = quiet(Options::default());
    let (_, id) = scene.order(&scene.sku.clone(), 1);
    let line = scene.lines(&id)[0].0.clone();
    let data = scene.data(CREATE, &request(&id, &line, 1, false, None));
    let refund = data["refundRequestCreate"]["refundRequest"]["id"].clone();
    let query = "mutation($input:RefundRequestReturnMutationInput!){refundRequestReturn(input:$input){errors{messages} \
                 refundRequest{status notes{note newStatus}}}}";
    let input = json!({ "input": { "refundRequestId": refund, "notes": [{ "note": "back" }] } });
    let data = scene.data(query, &input);
    assert_eq!(data["refundRequestReturn"]["refundRequest"]["status"], "RETURNED");
    assert_eq!(data["refundRequestReturn"]["refundRequest"]["notes"][1]["newStatus"], "RETURNED");
    assert_eq!(scene.data(query, &input)["refundRequestReturn"]["refundRequest"], json!(null));
    let missing = json!({ "input": { "refundRequestId": "UmVmdW5kUmVxdWVzdC0x", "notes": [] } });
    let reply = scene.graphql(query, &missing);
    let message = "No object found for refundRequestId: UmVmdW5kUmVxdWVzdC0x";
    assert_eq!(reply["errors"][0]["message"], message);
}

#[test]
fn reasons_are_the_marketplaces() {
    let mut scene = quiet(Options::default());
    let data = scene.data("{refundReasons{preDispatchRefundReasons denyRefundReasons}}", &json!({}));
    let reasons = data["refundReasons"]["preDispatchRefundReasons"].as_array().unwrap();
    assert!(reasons.contains(&json!("Out of stock")));
}
