//! The legacy REST surface (contracts/marketplacer.md §4).

use crate::common::quiet;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use sim_marketplacer::{Options, RestRelations};

#[test]
fn an_invoice_list_has_decimal_texts_relations_and_links() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let first = scene.order(&sku, 2).0;
    scene.order(&sku, 1);
    let (status, list) = scene.get("invoices?status=paid&include=line_items,customer&page%5Bsize%5D=1");
    assert_eq!(status, 200);
    let invoice = &list["data"][0];
    assert_eq!((&invoice["id"], &invoice["type"]), (&json!(first), &json!("invoices")));
    let attributes = &invoice["attributes"];
    assert_eq!(attributes["status"], "paid");
    assert_eq!(attributes["delivery_type"], "buy_online");
    assert_eq!(attributes["paid_at"], "2026-11-23T06:00:00+00:00");
    let price = scene.world.catalogue[0].price * 2;
    assert_eq!(attributes["subtotal"], json!(format!("{}.{:02}", price / 100, price % 100)));
    let line = &list["included"][0];
    assert_eq!(line["type"], "line_items");
    assert_eq!(line["attributes"]["variant_sku"], json!(sku));
    assert_eq!(line["attributes"]["quantity"], 2);
    assert_eq!(invoice["relationships"]["line_items"]["data"][0]["id"], line["id"]);
    let customer = &list["included"][1];
    assert_eq!((&customer["id"], &customer["type"]), (&json!("customer"), &json!("customers")));
    assert_eq!(customer["attributes"]["country"], "United Kingdom");
    let next = list["links"]["next"].as_str().unwrap();
    assert!(next.contains("page%5Bnumber%5D=2") && next.contains("status=paid"));
    let path = next.strip_prefix("/api/v2/client/").unwrap().to_owned();
    let (_, second) = scene.get(&path);
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert_eq!(second["links"]["next"], json!(null));
    assert_eq!(scene.get("invoices?since=tomorrow").0, 400);
    assert_eq!(scene.get("invoices?updated_since=2027-01-01").1["data"], json!([]));
    assert_eq!(scene.get("invoices?status=sent").1["data"], json!([]));
}

#[test]
fn relations_are_inlined_where_the_instance_does_so() {
    let mut scene = quiet(Options { rest_relations: RestRelations::Inlined, ..Options::default() });
    let sku = scene.sku.clone();
    let (legacy, _) = scene.order(&sku, 1);
    let (_, invoice) = scene.get(&format!("invoices/{legacy}"));
    assert_eq!(invoice.get("included"), None);
    let relations = &invoice["data"]["relationships"];
    assert!(relations["customer"]["data"]["email_address"].is_string());
    assert_eq!(relations["line_items"]["data"][0]["attributes"]["variant_sku"], json!(sku));
}

#[test]
fn a_whole_invoice_is_sent_with_the_documented_body() {
    let mut scene = quiet(Options::default());
    let (legacy, _) = scene.order(&scene.sku.clone(), 2);
    // contracts/marketplacer.md §10.
    let body = json!({ "data": { "type": "invoices", "attributes": {
        "postage_tracking": "AB 12", "postage_carrier": "Australia Post",
    }}});
    let path = format!("invoices/{legacy}/sent");
    let (status, reply) = scene.rest(Method::PUT, &path, Some(&body));
    assert_eq!(status, 200);
    assert_eq!(reply["data"]["attributes"]["status"], "sent");
    assert_eq!(reply["data"]["attributes"]["postage_carrier"], "Australia Post");
    let shipped = scene.effects("shipped");
    assert_eq!(shipped[0].data["carrier"], "Australia Post");
    assert_eq!(shipped[0].data["lines"][0]["quantity"], 2);
    assert_eq!(scene.rest(Method::PUT, &path, Some(&body)).0, 422);
    assert_eq!(scene.rest(Method::POST, &path, Some(&body)).0, 404, "a PUT-only path");
    assert_eq!(scene.rest(Method::PUT, "invoices/1/sent", Some(&body)).0, 404);
}

#[test]
fn a_part_is_sent_with_a_free_carrier_and_put_right_later() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order(&scene.sku.clone(), 2);
    let line = scene.lines(&id)[0].1;
    let mut body = json!({ "data": { "type": "shipments", "attributes": {
        "shipment_tracking_number": "X1", "shipment_carrier": "dpd",
        "shipped_items": [{ "line_item_id": line, "quantity": 1 }],
    }}});
    let path = format!("invoices/{legacy}/shipments");
    let (status, reply) = scene.rest(Method::POST, &path, Some(&body));
    assert_eq!(status, 201);
    assert_eq!(reply["data"]["attributes"]["shipment_carrier"], "DPD UK", "a known other name");
    assert_eq!(reply["data"]["attributes"]["shipment_tracking_link"], "https://dpd.example/track/X1");
    assert_eq!(reply["included"][0]["id"], json!(null));
    assert_eq!(reply["included"][0]["attributes"], json!({ "line_item_id": line, "quantity": 1 }));
    assert_eq!(scene.get(&format!("invoices/{legacy}")).1["data"]["attributes"]["status"], "partially_sent");
    let shipment = reply["data"]["id"].as_u64().unwrap();
    let change = json!({ "data": { "attributes": {
        "shipment_carrier": "Local Couriers", "shipment_tracking_link": "https://local.example/1",
    }}});
    let (status, reply) = scene.rest(Method::PUT, &format!("{path}/{shipment}"), Some(&change));
    assert_eq!(status, 200);
    assert_eq!(reply["data"]["attributes"]["shipment_tracking_link"], "https://local.example/1");
    assert_eq!(reply["data"]["attributes"]["shipment_tracking_number"], "X1");

    body["data"]["attributes"]["shipped_items"][0]["quantity"] = json!(2);
    let (status, refused) = scene.rest(Method::POST, &path, Some(&body));
    assert_eq!(status, 422);
    let error = &refused["errors"][0];
    assert_eq!(error["code"], 422);
    assert_eq!(error["status"], "resource_invalid");
    assert_eq!(error["source"], "data/attributes/shipped_items");
    assert_eq!(scene.get(&path).1["data"].as_array().unwrap().len(), 1);
    assert_eq!(scene.get(&format!("{path}/{shipment}")).0, 200);
    assert_eq!(scene.get(&format!("{path}/999")).0, 404);
}

fn variant(scene: &mut crate::common::Scene, sku: &str) -> String {
    let (_, list) = scene.get(&format!("variants?sku={sku}"));
    list["data"][0]["id"].as_u64().unwrap().to_string()
}

#[test]
fn bulk_stock_is_all_or_nothing() {
    let mut scene = quiet(Options::default());
    let (sku, other) = (scene.sku.clone(), scene.other.clone());
    let (a, b) = (variant(&mut scene, &sku), variant(&mut scene, &other));
    let before = scene.stock(&sku);
    let mut stock = |entries: Value| {
        let body = json!({ "count_on_hand": entries });
        let (status, _) = scene.rest(Method::POST, "variants/stock_on_hand", Some(&body));
        (status, scene.stock(&sku), scene.effects("stock_set").len())
    };
    for bad in [json!(-1), json!("many"), json!(1.5), json!(null)] {
        assert_eq!(stock(json!({ a.clone(): 2, b.clone(): bad })), (422, before, 0));
    }
    assert_eq!(stock(json!({ a.clone(): 2, "999999": 1 })), (422, before, 0));
    assert_eq!(stock(json!([1])), (422, before, 0));
    assert_eq!(stock(json!({ a: 2, b.clone(): "INFINITE" })), (201, 2, 2));
    let (_, shown) = scene.get(&format!("variants/{b}"));
    assert_eq!(shown["data"]["attributes"]["infinite"], json!(true));
    scene.order(&other, 9_000);
}

#[test]
fn a_refused_bulk_call_may_keep_its_good_entries() {
    // contracts/marketplacer.md §12.1: not known.
    let mut scene = quiet(Options { rest_partial_422: true, ..Options::default() });
    let sku = scene.sku.clone();
    let a = variant(&mut scene, &sku);
    let body = json!({ "count_on_hand": { a: 2, "999999": 1 } });
    assert_eq!(scene.rest(Method::POST, "variants/stock_on_hand", Some(&body)).0, 422);
    assert_eq!((scene.stock(&sku), scene.effects("stock_set").len()), (2, 1));
}

#[test]
fn a_count_ends_without_limit_over_rest_only_where_the_instance_does_so() {
    // contracts/marketplacer.md §4.3 does not say.
    for clears in [false, true] {
        let mut scene = quiet(Options { rest_count_clears_infinite: clears, ..Options::default() });
        let sku = scene.sku.clone();
        let id = variant(&mut scene, &sku);
        scene.control("stock", &json!({ "sku": sku, "infinite": true }));
        let body = json!({ "count_on_hand": { id.clone(): 5 } });
        assert_eq!(scene.rest(Method::POST, "variants/stock_on_hand", Some(&body)).0, 201);
        let shown = scene.get(&format!("variants/{id}")).1["data"]["attributes"].take();
        assert_eq!((&shown["count_on_hand"], &shown["infinite"]), (&json!(5), &json!(!clears)));
        assert_eq!(scene.effects("stock_set")[0].data["infinite"], if clears { Value::Null } else { json!(true) });
    }
}

#[test]
fn goods_to_be_collected_are_handed_over_and_not_sent() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let order = json!({ "lines": [{ "sku": sku, "quantity": 1 }], "delivery": "CLICK_AND_COLLECT" });
    let (legacy, _) = scene.order_of(&order);
    let mut put = |step: &str| scene.rest(Method::PUT, &format!("invoices/{legacy}/{step}"), Some(&json!({})));
    assert_eq!(put("sent").0, 422, "only for buy-online (§4.1)");
    assert_eq!(put("collected").0, 422, "not before it is ready");
    assert_eq!(put("ready").1["data"]["attributes"]["status"], "ready");
    assert_eq!(put("ready").0, 422);
    assert_eq!(put("collected").1["data"]["attributes"]["status"], "collected");
    assert_eq!(scene.effects("order_ready"), [], "no warehouse is to send it");
}

#[test]
fn one_variant_is_read_and_written() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let id = variant(&mut scene, &sku);
    let body = json!({ "data": { "type": "variants", "attributes": { "count_on_hand": 7, "sku": "NEW-SKU" } } });
    let (status, reply) = scene.rest(Method::PUT, &format!("variants/{id}"), Some(&body));
    assert_eq!(status, 200);
    assert_eq!(reply["data"]["attributes"]["count_on_hand"], 7);
    assert_eq!(variant(&mut scene, "NEW-SKU"), id);
    assert_eq!(scene.get(&format!("variants?sku={sku}")).1["data"], json!([]));
    assert_eq!(scene.get("variants/1").0, 404);
    assert_eq!(scene.get("variants/seven").0, 404);
    let barcode = scene.world.catalogue[1].barcode.clone();
    let (_, adverts) = scene.get(&format!("adverts?barcode={barcode}&include=variants"));
    assert_eq!(adverts["included"][0]["attributes"]["barcode"], json!(barcode));
}

#[test]
fn writes_need_the_json_api_media_type() {
    let mut scene = quiet(Options::default());
    let request = Request::post("https://kettle.example/api/v2/client/variants/stock_on_hand")
        .header("authorization", "Bearer seller-demo-key")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{\"count_on_hand\":{}}"))
        .unwrap();
    let reply = scene.send(&request);
    assert_eq!(reply.status(), 415);
    let body: Value = serde_json::from_slice(reply.body()).unwrap();
    assert_eq!(body["errors"][0]["status"], "unsupported_media_type");
    assert_eq!(body["errors"][0]["code"], 415);
}

#[test]
fn an_instance_may_have_no_rest_surface() {
    let mut scene = quiet(Options { rest_enabled: false, ..Options::default() });
    assert_eq!(scene.get("invoices").0, 404);
}

#[test]
fn strange_input_gets_an_answer() {
    let mut scene = quiet(Options::default());
    for path in ["", "/", "invoices/", "invoices/a/b/c/d", "variants?page%5Bnumber%5D=99999999999999", "%zz?%"] {
        let (status, _) = scene.get(path);
        assert!([200, 404].contains(&status), "{path}: {status}");
    }
    let size = scene.get("variants?page%5Bsize%5D=0").1["data"].as_array().unwrap().len();
    assert!(size > 0);
}
