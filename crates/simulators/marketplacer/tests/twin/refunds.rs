//! Short picks and returns as refund requests (contracts/marketplacer.md §3.7, §5.3).

use crate::common::{SHIP, quiet, shipment};
use serde_json::{Value, json};
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
