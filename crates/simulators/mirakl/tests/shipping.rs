//! Shipping in both modes, and cancelling before it (contracts/john-lewis.md §2.2 OR23 to OR30, §2.4).

mod support;

use serde_json::{Value, json};
use sim_core::Host;
use sim_mirakl::{Options, Shipments};
use support::{Shop, options};

fn single() -> Shop {
    Shop::with(Options { shipments: Shipments::Single, ..options() }, 0)
}

fn one(order: &str, line: u32, quantity: i64, shipped: bool) -> Value {
    json!({
        "order_id": order,
        "shipment_lines": [{
            "order_line_id": format!("{order}-{line}"), "quantity": quantity, "package_reference": "PKG-1",
        }],
        "tracking": { "carrier_code": "dpd-uk", "tracking_number": "1550 1" },
        "shipped": shipped,
    })
}

fn create(shop: &mut Shop, shipments: &[Value]) -> Value {
    let reply = shop.send("POST", "/api/shipments", &json!({ "shipments": shipments }));
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json
}

#[test]
fn single_mode_sets_tracking_and_then_ships_everything() {
    let mut shop = single();
    let order = shop.ready(&[2, 1]);
    let body = json!({ "carrier_code": "rm", "tracking_number": "JD0002" });
    let path = format!("/api/orders/{order}/tracking");
    for _ in 0..2 {
        assert_eq!(shop.send("PUT", &path, &body).status, 204);
    }
    let tracking = shop.effects("tracking_set");
    assert_eq!(tracking.len(), 1, "the same again changes nothing");
    assert_eq!(tracking[0].data, json!({ "tracking": "JD0002", "carrier": "Royal Mail" }));
    let reply = shop.put(&format!("/api/orders/{order}/ship"));
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    let (first, second) = (shop.sku(0), shop.sku(1));
    assert_eq!(
        shop.effects("shipped")[0].data,
        json!({
            "tracking": "JD0002", "carrier": "Royal Mail", "reference": "",
            "lines": [
                { "line": format!("{order}-1"), "sku": first, "quantity": 2 },
                { "line": format!("{order}-2"), "sku": second, "quantity": 1 },
            ],
        })
    );
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    assert_eq!(shown["order_state"], "SHIPPED");
    assert_eq!(shown["shipping_tracking_url"], "https://track.royalmail.example/#/JD0002");
    assert_eq!(shown["order_lines"][1]["order_line_state"], "SHIPPED");
    let again = shop.put(&format!("/api/orders/{order}/ship"));
    assert_eq!(again.text, r#"{"status":400,"message":"The order status must be 'SHIPPING' but it is 'SHIPPED'."}"#);
    assert_eq!(shop.effects("shipped").len(), 1);
}

#[test]
fn shipping_is_refused_before_the_debit_and_for_unknown_orders() {
    let mut shop = single();
    let order = shop.order(&[1]);
    let body = json!({ "carrier_code": "rm", "tracking_number": "J" });
    assert_eq!(shop.send("PUT", &format!("/api/orders/{order}/tracking"), &body).status, 400);
    assert_eq!(shop.put(&format!("/api/orders/{order}/ship")).status, 400);
    assert_eq!(shop.put("/api/orders/JL-1-A/ship").status, 404);
    assert_eq!(shop.send("PUT", "/api/orders/JL-1-A/tracking", &body).status, 404);
}

#[test]
fn a_carrier_is_registered_or_has_a_name() {
    let mut shop = single();
    let order = shop.ready(&[1]);
    let path = format!("/api/orders/{order}/tracking");
    for wrong in [
        json!({}),
        json!({ "tracking_number": "1" }),
        json!({ "carrier_code": "UNKNOWN", "carrier_name": "Unknown", "tracking_number": "1" }),
        json!({ "carrier_code": "evri" }),
        json!({ "carrier_name": " " }),
    ] {
        assert_eq!(shop.send("PUT", &path, &wrong).status, 400, "{wrong}");
    }
    let named = json!({ "carrier_name": "Local courier", "carrier_url": "https://courier.example/7" });
    assert_eq!(shop.send("PUT", &path, &named).status, 204);
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    assert_eq!(shown["shipping_company"], "Local courier");
    assert_eq!(shown["shipping_tracking_url"], "https://courier.example/7");
    assert_eq!(shown.get("shipping_carrier_code"), None);
    let carriers = shop.get("/api/shipping/carriers").json["carriers"].clone();
    let labels: Vec<_> = carriers.as_array().unwrap().iter().map(|c| c["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["DHL", "DPD", "Evri", "Parcelforce", "Royal Mail", "Yodel"]);
    assert!(carriers[1]["tracking_url"].as_str().unwrap().contains("{trackingId}"));
}

#[test]
fn shipments_do_not_exist_in_single_mode() {
    let mut shop = single();
    let order = shop.ready(&[1]);
    let body = json!({ "shipments": [one(&order, 1, 1, true)] });
    assert_eq!(shop.send("POST", "/api/shipments", &body).status, 403);
    assert_eq!(shop.get("/api/shipments").status, 403);
}

#[test]
fn st01_creates_what_it_can_and_names_the_rest() {
    let mut shop = Shop::quiet();
    let (ready, waiting) = (shop.ready(&[3, 1]), shop.order(&[1]));
    let reply = create(
        &mut shop,
        &[
            one(&ready, 1, 2, true),
            one(&ready, 1, 2, true),
            one(&waiting, 1, 1, true),
            one("JL-0-A", 1, 1, true),
            one(&ready, 9, 1, true),
        ],
    );
    let success = reply["shipment_success"].as_array().unwrap();
    assert_eq!(success.len(), 1);
    assert_eq!((&success[0]["order_id"], &success[0]["status"]), (&json!(ready), &json!("SHIPPED")));
    let errors: Vec<_> =
        reply["shipment_errors"].as_array().unwrap().iter().map(|error| error["message"].as_str().unwrap()).collect();
    assert_eq!(
        errors,
        [
            "Shipment quantity is invalid.",
            "The order status must be 'SHIPPING' but it is 'WAITING_ACCEPTANCE'.",
            "No order with id 'JL-0-A'.",
            &format!("No order line with id '{ready}-9' in order '{ready}'."),
        ]
    );
    let sku = shop.sku(0);
    assert_eq!(
        shop.effects("shipped")[0].data,
        json!({
            "tracking": "1550 1", "carrier": "DPD", "reference": "PKG-1",
            "lines": [{ "line": format!("{ready}-1"), "sku": sku, "quantity": 2 }],
        })
    );
    assert_eq!(shop.state(&ready), "SHIPPING", "two units are left");
}

#[test]
fn a_repeated_st01_creates_again_while_units_are_left() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[2]);
    let first = create(&mut shop, &[one(&order, 1, 1, true)]);
    let second = create(&mut shop, &[one(&order, 1, 1, true)]);
    assert_ne!(first["shipment_success"][0]["id"], second["shipment_success"][0]["id"]);
    assert_eq!(shop.effects("shipped").len(), 2);
    assert_eq!(shop.state(&order), "SHIPPED", "all lines have left");
    let third = create(&mut shop, &[one(&order, 1, 1, true)]);
    assert_eq!(
        third["shipment_errors"],
        json!([{ "order_id": order, "message": "The order status must be 'SHIPPING' but it is 'SHIPPED'." }])
    );
}

#[test]
fn a_shipment_can_be_created_tracked_and_shipped_in_steps() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    let mut wanted = one(&order, 1, 1, false);
    wanted["tracking"] = Value::Null;
    wanted["invoice_reference"] = json!("DES-7");
    wanted["shipment_lines"][0]["package_reference"] = Value::Null;
    let id = create(&mut shop, &[wanted])["shipment_success"][0]["id"].clone();
    assert_eq!(shop.effects("shipment_created")[0].data["reference"], "DES-7");
    assert!(shop.effects("shipped").is_empty());
    assert_eq!(shop.put(&format!("/api/orders/{order}/ship")).status, 400, "it has a shipment");
    let track = json!({ "shipments": [
        { "id": id, "tracking": { "carrier_code": "yodel", "tracking_number": "JJD1" } },
        { "id": "gone", "tracking": { "carrier_code": "yodel", "tracking_number": "JJD1" } },
    ] });
    let reply = shop.send("POST", "/api/shipments/tracking", &track);
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.json,
        json!({
            "shipment_success": [{ "id": id }],
            "shipment_errors": [{ "id": "gone", "message": "No shipment with id 'gone'." }],
        })
    );
    let the_one = json!({ "shipments": [{ "id": id }] });
    assert_eq!(shop.send("PUT", "/api/shipments/ship", &the_one).json["shipment_success"], json!([{ "id": id }]));
    let shipped = &shop.effects("shipped")[0];
    assert_eq!((&shipped.data["tracking"], &shipped.data["reference"]), (&json!("JJD1"), &json!("DES-7")));
    let again = shop.send("PUT", "/api/shipments/ship", &the_one);
    assert_eq!((again.status, again.json["shipment_errors"].as_array().unwrap().len()), (200, 1));
    let delete = shop.send("PUT", "/api/shipments/delete", &the_one);
    assert_eq!(delete.json["shipment_success"], json!([]), "what was shipped stays");
}

#[test]
fn a_deleted_shipment_gives_its_units_back() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    let id = create(&mut shop, &[one(&order, 1, 1, false)])["shipment_success"][0]["id"].clone();
    assert_eq!(
        create(&mut shop, &[one(&order, 1, 1, true)])["shipment_errors"][0]["message"],
        "Shipment quantity is invalid."
    );
    let reply = shop.send("PUT", "/api/shipments/delete", &json!({ "shipments": [{ "id": id }] }));
    assert_eq!(reply.json["shipment_success"], json!([{ "id": id }]));
    assert_eq!(shop.get("/api/shipments").json["data"], json!([]));
    create(&mut shop, &[one(&order, 1, 1, true)]);
    assert_eq!(shop.state(&order), "SHIPPED");
}

#[test]
fn a_malformed_st01_is_refused_as_a_whole() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    let good = one(&order, 1, 1, true);
    let mut spaced = good.clone();
    spaced["invoice_reference"] = json!("DES 7");
    for wrong in [
        json!({}),
        json!({ "shipments": [] }),
        json!({ "shipments": [good, one(&order, 1, 0, true)] }),
        json!({ "shipments": [good, { "order_id": order, "shipment_lines": [] }] }),
        json!({ "shipments": [spaced] }),
        json!({ "shipments": vec![good.clone(); 1_001] }),
    ] {
        assert_eq!(shop.send("POST", "/api/shipments", &wrong).status, 400);
    }
    assert!(shop.effects("shipped").is_empty());
}

#[test]
fn st11_pages_by_token_and_takes_repeated_keys() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    shop.control("stock", &json!({ "sku": sku, "quantity": 50 })).unwrap();
    let orders = [shop.ready(&[13]), shop.ready(&[1]), shop.ready(&[1])];
    for _ in 0..12 {
        create(&mut shop, &[one(&orders[0], 1, 1, true)]);
    }
    create(&mut shop, &[one(&orders[1], 1, 1, true), one(&orders[2], 1, 1, false)]);
    let first = shop.get("/api/shipments").json;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    assert_eq!(first.get("previous_page_token"), None);
    let token = first["next_page_token"].as_str().unwrap();
    let second = shop.get(&format!("/api/shipments?page_token={token}&order_id=ignored")).json;
    assert_eq!(second["data"].as_array().unwrap().len(), 4);
    assert_eq!(second.get("next_page_token"), None);
    let back = second["previous_page_token"].as_str().unwrap();
    assert_eq!(shop.get(&format!("/api/shipments?page_token={back}")).json["data"], first["data"]);

    let get = |shop: &mut Shop, query: &str| shop.get(&format!("/api/shipments?{query}")).json["data"].clone();
    let count = |value: &Value| value.as_array().unwrap().len();
    let (b, c) = (&orders[1], &orders[2]);
    assert_eq!(count(&get(&mut shop, &format!("order_id={b}&order_id={c}"))), 2);
    assert_eq!(count(&get(&mut shop, &format!("order_id={b},{c}"))), 0, "a comma joins nothing here");
    assert_eq!(count(&get(&mut shop, "shipment_state_code=SHIPPING&shipment_state_code=RECEIVED")), 1);
    assert_eq!(count(&get(&mut shop, "last_updated_from=2026-11-24T00:00:00Z")), 0);
    assert_eq!(shop.get("/api/shipments?page_token=zz").status, 400);
}

#[test]
fn parcels_count_as_received_after_their_days_and_orders_close() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    create(&mut shop, &[one(&order, 1, 1, true)]);
    shop.wait(7 * 24 * 3_600 - 1);
    assert_eq!(shop.state(&order), "SHIPPED");
    shop.wait(1);
    assert_eq!(shop.state(&order), "RECEIVED");
    assert_eq!(shop.host.state()["orders"][&order]["shipments"][0]["status"], "RECEIVED");
    shop.wait(115 * 24 * 3_600);
    assert_eq!(shop.state(&order), "CLOSED");
}

#[test]
fn mandatory_tracking_is_a_switch() {
    let mut shop = Shop::with(Options { mandatory_tracking: true, ..options() }, 0);
    assert_eq!(shop.get("/api/shipping/types").json["shipping_types"][0]["mandatory_tracking"], true);
    let order = shop.ready(&[1]);
    assert_eq!(shop.put(&format!("/api/orders/{order}/ship")).status, 400);
    let mut bare = one(&order, 1, 1, true);
    bare["tracking"] = json!({});
    let reply = create(&mut shop, &[bare]);
    assert_eq!(reply["shipment_errors"].as_array().unwrap().len(), 1);
}

#[test]
fn the_seller_cancels_orders_and_lines_before_shipping_only() {
    let mut shop = Shop::quiet();
    let whole = shop.ready(&[1]);
    assert_eq!(shop.put(&format!("/api/orders/{whole}/cancel")).status, 204);
    assert_eq!(shop.state(&whole), "CANCELED");
    assert_eq!(shop.effects("order_cancelled")[0].data, json!({ "by": "seller" }));
    assert_eq!(shop.put(&format!("/api/orders/{whole}/cancel")).status, 400);

    let order = shop.ready(&[1, 2]);
    let cancel = |line: u32, quantity: i64, amount: &Value, reason: &Value| {
        json!({ "cancelations": [{
            "order_line_id": format!("{order}-{line}"), "quantity": quantity, "amount": amount,
            "shipping_amount": 0, "reason_code": reason,
        }] })
    };
    for wrong in [
        json!({}),
        cancel(1, 2, &json!(1), &json!("34")),
        cancel(1, 1, &json!(100_000), &json!("34")),
        cancel(1, 1, &json!(1), &json!("36")),
    ] {
        assert_eq!(shop.send("PUT", "/api/orders/cancel", &wrong).status, 400, "{wrong}");
    }
    assert_eq!(shop.send("PUT", "/api/orders/cancel", &cancel(9, 1, &json!(1), &json!("34"))).status, 404);
    // The official request has the reason as a number.
    let reply = shop.send("PUT", "/api/orders/cancel", &cancel(1, 1, &json!("1.5"), &json!(34)));
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.json["cancelations"][0]["amount"], 1.5);
    create(&mut shop, &[one(&order, 2, 2, true)]);
    assert_eq!(shop.state(&order), "SHIPPED", "the cancelled line is not waited for");
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    assert_eq!(shown["order_lines"][0]["order_line_state"], "CANCELED");
    assert_eq!(shop.put(&format!("/api/orders/{order}/cancel")).status, 400);
}
