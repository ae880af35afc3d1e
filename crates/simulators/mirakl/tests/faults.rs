//! Faults of the twin's own, and the control API (contracts/john-lewis.md §2.10, §5).

mod support;

use serde_json::{Value, json};
use sim_core::{FaultKind, Host};
use support::Shop;

#[test]
fn a_sparse_reply_has_the_nulls_and_gaps_of_the_official_examples() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    shop.host.faults().set(FaultKind::Sparse, 1.0);
    let list = shop.get("/api/orders").json;
    let shown = &list["orders"][0];
    assert_eq!(shown["order_id"], order);
    for null in ["acceptance_decision_date", "shipping_tracking", "shipping_company", "order_state_reason_code"] {
        assert_eq!(shown.get(null), Some(&Value::Null), "{null}");
    }
    for gone in ["paymentType", "can_cancel", "fulfillment", "currency_iso_code", "leadtime_to_ship"] {
        assert_eq!(shown.get(gone), None, "{gone}");
    }
    assert_eq!(shown["customer"]["shipping_address"], Value::Null);
    let line = &shown["order_lines"][0];
    assert_eq!((&line["quantity"], &line["offer_sku"]), (&json!(1), &json!(shop.sku(0))));
    assert_eq!(line["description"], Value::Null);
    assert_eq!(line.get("commission_rate_vat"), None);
    assert!(line["taxes"][0]["amount"].is_string(), "amounts as text");
    for list in ["/api/reasons", "/api/orders", "/api/offers"] {
        assert_eq!(shop.get(list).json.get("total_count"), None, "{list}");
    }
    shop.accept(&order, &[true]);
    shop.control("debit", &json!({ "order_id": order })).unwrap();
    let body = json!({ "shipments": [{ "order_id": order, "shipment_lines": [
        { "order_line_id": format!("{order}-1"), "quantity": 1 },
    ] }] });
    let created = shop.send("POST", "/api/shipments", &body).json;
    assert_eq!(created["shipment_success"][0]["last_updated_date"], Value::Null);
    let shipments = shop.get("/api/shipments").json;
    assert_eq!(shipments.get("next_page_token"), Some(&Value::Null));
}

#[test]
fn an_unknown_enum_comes_where_a_tolerant_client_can_go_on() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    shop.host.faults().set(FaultKind::UnknownEnum, 1.0);
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    assert_eq!(shown["payment_workflow"], "PAY_LATER_V9");
    assert_eq!(shown["order_lines"][0]["order_line_additional_fields"][0]["type"], "TIME_RANGE");
    assert_eq!(shown["order_state"], "WAITING_ACCEPTANCE");
    assert!(shown["delivery_promise"].is_object(), "a field that no contract lists");
}

#[test]
fn a_customer_cancels_until_the_parcel_leaves() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    shop.control("cancel", &json!({ "order_id": order })).unwrap();
    assert_eq!(shop.state(&order), "CANCELED");
    assert_eq!(shop.effects("order_cancelled")[0].data, json!({ "by": "customer" }));
    assert_eq!(shop.accept(&order, &[true]).status, 400);

    let order = shop.order(&[1]);
    shop.accept(&order, &[true]);
    shop.control("cancel", &json!({ "order_id": order, "by": "operator" })).unwrap();
    shop.wait(600);
    assert_eq!(shop.state(&order), "CANCELED", "the debit comes to nothing");

    let order = shop.ready(&[1]);
    shop.put(&format!("/api/orders/{order}/ship"));
    assert!(shop.control("cancel", &json!({ "order_id": order })).is_err());
    assert!(shop.control("cancel", &json!({ "order_id": "JL-0-A" })).is_err());
}

#[test]
fn an_unknown_sku_is_listed_on_the_fly() {
    let mut shop = Shop::quiet();
    let body = json!({ "number": 5, "lines": [{ "sku": "JL-80001-NVY", "quantity": 2 }] });
    assert_eq!(shop.control("orders", &body).unwrap()["placed"], true);
    let placed = &shop.effects("order_placed")[0];
    assert_eq!(
        placed.data,
        json!({
            "ready_by_design": false, "defect": "unknown_sku",
            "lines": [{ "line": "JL-1005-A-1", "sku": "JL-80001-NVY", "quantity": 2 }],
        })
    );
    assert_eq!(shop.stock("JL-80001-NVY"), 1);
    assert!(shop.control("orders", &body).is_err(), "the number is taken");
}

#[test]
fn published_stock_bounds_sales_of_one_order_together() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    shop.control("stock", &json!({ "sku": sku, "quantity": 3 })).unwrap();
    let twice = json!({ "lines": [{ "sku": sku, "quantity": 2 }, { "sku": sku, "quantity": 2 }] });
    assert_eq!(shop.control("orders", &twice).unwrap()["placed"], false);
    assert_eq!(shop.stock(&sku), 3, "all lines or none");
    let once = json!({ "lines": [{ "sku": sku, "quantity": 3 }] });
    assert_eq!(shop.control("orders", &once).unwrap()["placed"], true);
    assert_eq!(shop.stock(&sku), 0);
}

#[test]
fn wrong_control_calls_are_explained() {
    let mut shop = Shop::quiet();
    for (path, body) in [
        ("orders", json!({})),
        ("orders", json!({ "lines": [] })),
        ("orders", json!({ "lines": [{ "sku": "A", "quantity": -1 }] })),
        ("orders", json!({ "lines": [{ "sku": "A", "quantity": 0 }] })),
        ("orders", json!({ "lines": [{ "sku": "A" }], "number": "x" })),
        ("debit", json!({ "order_id": "JL-0-A" })),
        ("stock", json!({ "sku": "none", "quantity": 1 })),
        ("connection", json!({})),
        ("validate", json!({ "order_id": "JL-0-A" })),
        ("collect", json!({ "order_id": "JL-0-A" })),
        ("refund", json!({ "order_id": "JL-0-A" })),
        ("word", json!({ "state": "X" })),
        ("listing", json!({ "sku": "none" })),
        ("nothing", json!({})),
    ] {
        assert!(shop.control(path, &body).is_err(), "{path} {body}");
    }
}

#[test]
fn no_request_makes_the_twin_panic() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    let bodies: [&[u8]; 9] = [
        b"",
        b"null",
        b"[]",
        b"{\"order_lines\":[[]]}",
        b"{\"shipments\":[null]}",
        b"{\"shipments\":[{\"id\":7}]}",
        b"{\"cancelations\":[{\"order_line_id\":\"-\"}]}",
        b"\xff\xfe",
        b"--b0\r\n\r\n--b0--",
    ];
    let paths = [
        "/api/orders",
        "/api/orders/cancel",
        "/api/shipments",
        "/api/shipments/ship",
        "/api/shipments/tracking",
        "/api/offers/stock/imports",
        "/api/offers/99999999999999999999",
        "/api//",
        "/api/orders/%ff%",
        "/api/orders?max=99999999999999999999&offset=-1",
        "/api/orders?offset=18446744073709551615",
        "/api/orders?start_update_date=-009999-01-01T00:00:00Z",
        "/api/shipments?page_token=7761793d617426706f736974696f6e3d3939393939",
        "http://shop.example/api/account?shop_id=2001",
    ];
    let tracking = format!("/api/orders/{order}/tracking");
    let accept = format!("/api/orders/{order}/accept");
    for path in paths.into_iter().chain([tracking.as_str(), accept.as_str()]) {
        for method in ["GET", "PUT", "POST", "PATCH"] {
            for body in bodies {
                for media in ["application/json", "multipart/form-data; boundary=b0"] {
                    let headers = [("authorization", "mirakl-demo-key"), ("content-type", media)];
                    let reply = shop.request(method, path, &headers, body);
                    assert!(reply.status < 500, "{method} {path}: {}", reply.status);
                }
            }
        }
    }
    assert_eq!(shop.state(&order), "SHIPPING");
}
