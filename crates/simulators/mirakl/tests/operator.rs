//! What operators do with orders: they check them, cancel and pay back parts, ship from other places, and use words that
//! nobody has heard of (contracts/john-lewis.md §2.2, §2.3, §2.9).

mod support;

use serde_json::{Value, json};
use sim_mirakl::{Model, Options, Shipments};
use support::{Shop, options};

/// The first line of an order as OR11 shows it, and the order.
fn shown(shop: &mut Shop, order: &str) -> (Value, Value) {
    let list = shop.get(&format!("/api/orders?order_ids={order}")).json;
    (list["orders"][0]["order_lines"][0].clone(), list["orders"][0].clone())
}

/// What ST12 wants shipped of an order: units by line.
fn to_ship(shop: &mut Shop, order: &str) -> Vec<i64> {
    let list = shop.get(&format!("/api/shipments/items_to_ship?order_id={order}")).json;
    let lines = list["data"][0]["shipment_lines"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| line["quantity"].as_i64().unwrap()).collect()
}

fn ship(shop: &mut Shop, order: &str, units: i64) -> Value {
    let body = json!({ "shipments": [{ "order_id": order, "shipped": true,
        "shipment_lines": [{ "order_line_id": format!("{order}-1"), "quantity": units }],
        "tracking": { "carrier_code": "rm", "tracking_number": "J1" } }] });
    shop.send("POST", "/api/shipments", &body).json
}

#[test]
fn an_operator_may_check_an_order_before_the_seller_sees_more_of_it() {
    let mut shop = Shop::with(Options { staging_minutes: 10, ..options() }, 0);
    let (slow, fast) = (shop.order(&[1]), shop.order(&[1]));
    assert_eq!((shop.state(&slow), shop.accept(&slow, &[true]).status), ("STAGING".to_owned(), 400));
    shop.control("validate", &json!({ "order_id": fast })).unwrap();
    assert_eq!(shop.state(&fast), "WAITING_ACCEPTANCE");
    assert!(shop.control("validate", &json!({ "order_id": fast })).is_err());
    shop.wait(600);
    assert_eq!(shop.state(&slow), "WAITING_ACCEPTANCE");
    assert_eq!(shop.accept(&slow, &[true]).status, 204);
}

#[test]
fn a_parcel_may_wait_at_a_counter_before_it_is_received() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    assert!(shop.control("collect", &json!({ "order_id": order })).is_err());
    ship(&mut shop, &order, 1);
    shop.control("collect", &json!({ "order_id": order })).unwrap();
    assert_eq!(shop.state(&order), "TO_COLLECT");
    assert_eq!(shop.get("/api/shipments").json["data"][0]["status"], "TO_COLLECT");
    shop.wait(8 * 24 * 3_600);
    assert_eq!(shop.state(&order), "RECEIVED");
}

#[test]
fn a_part_that_the_operator_cancels_shows_in_no_figure_that_counts() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[3, 1]);
    let before = shown(&mut shop, &order).0;
    let cancel = json!({ "order_id": order, "line": 1, "quantity": 1, "by": "operator" });
    let done = shop.control("cancel", &cancel).unwrap();
    assert_eq!(done["quantity"], 1);
    assert_eq!(shop.effects("line_cancelled")[0].data["by"], "operator");
    let (line, all) = shown(&mut shop, &order);
    assert_eq!((&line["quantity"], &line["order_line_state"]), (&json!(3), &json!("SHIPPING")));
    assert_eq!(line["cancelations"][0]["quantity"], 1);
    assert_eq!(
        (&line["price"], &all["order_state"]),
        (&before["price"], &json!("SHIPPING")),
        "as in the official example"
    );
    assert_eq!(to_ship(&mut shop, &order), [2, 1]);
    assert!(shop.control("cancel", &json!({ "order_id": order, "line": 1, "quantity": 3 })).is_err());
    // Money alone: the official example of OR30 cancels 0 units.
    shop.control("cancel", &json!({ "order_id": order, "line": 2, "quantity": 0, "amount": 100 })).unwrap();
    assert_eq!(to_ship(&mut shop, &order), [2, 1]);
    let mut net = Shop::with(Options { net_prices: true, ..options() }, 0);
    let order = net.ready(&[3]);
    let before = shown(&mut net, &order).0["price"].as_f64().unwrap();
    net.control("cancel", &json!({ "order_id": order, "line": 1, "quantity": 1 })).unwrap();
    assert!(
        shown(&mut net, &order).0["price"].as_f64().unwrap() < before,
        "an operator that shows what is left to pay"
    );
}

#[test]
fn a_refund_before_shipping_shows_on_its_line_alone() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[2, 1]);
    let refund = |more: Value| {
        let mut call = json!({ "order_id": order, "line": 1, "quantity": 1 });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    shop.control("refund", &refund(json!({ "amount": 100, "state": "WAITING_REFUND" }))).unwrap();
    let (line, all) = shown(&mut shop, &order);
    assert_eq!(
        (&line["refunds"][0]["amount"], &line["refunds"][0]["refund_state"]),
        (&json!(1), &json!("WAITING_REFUND"))
    );
    assert_eq!((&line["order_line_state"], &all["fully_refunded"]), (&json!("SHIPPING"), &json!(false)));
    assert_eq!(to_ship(&mut shop, &order), [2, 1], "goodwill: the goods still leave");
    shop.control("refund", &refund(json!({ "excluded": true }))).unwrap();
    assert_eq!(shown(&mut shop, &order).0["quantity"], 2, "the order does not show what is taken off the shipment");
    assert_eq!(to_ship(&mut shop, &order), [1, 1]);
    assert_eq!(ship(&mut shop, &order, 2)["shipment_errors"][0]["message"], "Shipment quantity is invalid.");
    assert!(shop.control("refund", &refund(json!({ "state": "PAID" }))).is_err());
    assert_eq!(shop.effects("line_refunded").len(), 2);
}

#[test]
fn a_line_paid_back_in_full_is_refunded_and_so_is_the_order() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[2]);
    shop.control("refund", &json!({ "order_id": order, "quantity": 2 })).unwrap();
    let (line, all) = shown(&mut shop, &order);
    assert_eq!((&line["order_line_state"], &all["fully_refunded"]), (&json!("REFUNDED"), &json!(true)));
    assert_eq!(all["order_state"], "SHIPPING", "the order's own state does not follow");
}

#[test]
fn an_incident_is_shown_and_can_be_asked_for() {
    let mut shop = Shop::quiet();
    let (order, other) = (shop.ready(&[1]), shop.ready(&[1]));
    shop.control("incident", &json!({ "order_id": order })).unwrap();
    let (line, all) = shown(&mut shop, &order);
    assert_eq!((&line["order_line_state"], &all["has_incident"]), (&json!("INCIDENT_OPEN"), &json!(true)));
    let found = shop.get("/api/orders?has_incident=true").json;
    assert_eq!((&found["total_count"], &found["orders"][0]["order_id"]), (&json!(1), &json!(order)));
    assert_eq!(shop.get("/api/orders?has_incident=false").json["orders"][0]["order_id"], other);
    shop.control("incident", &json!({ "order_id": order, "open": false })).unwrap();
    assert_eq!(shown(&mut shop, &order).0["order_line_state"], "SHIPPING");
}

#[test]
fn a_word_that_no_contract_lists_is_only_a_word() {
    let mut shop = Shop::quiet();
    let order = shop.ready(&[1]);
    shop.control("word", &json!({ "order_id": order, "state": "AWAITING_REVIEW" })).unwrap();
    shop.control("word", &json!({ "order_id": order, "state": "ON_HOLIDAY", "line": 1 })).unwrap();
    let (line, all) = shown(&mut shop, &order);
    assert_eq!((&line["order_line_state"], &all["order_state"]), (&json!("ON_HOLIDAY"), &json!("AWAITING_REVIEW")));
    shop.control("word", &json!({ "order_id": order, "state": null })).unwrap();
    assert_eq!(shown(&mut shop, &order).1["order_state"], "SHIPPING");
}

#[test]
fn an_order_of_another_fulfilment_centre_is_not_the_shops_to_accept_or_ship() {
    for shipments in [Shipments::Multi, Shipments::Single] {
        let mut shop = Shop::with(Options { shipments, ..options() }, 0);
        let sku = shop.sku(0);
        let call = json!({ "lines": [{ "sku": sku }], "centre": "OPERATOR" });
        let order = shop.control("orders", &call).unwrap()["order_id"].as_str().unwrap().to_owned();
        let refused = shop.accept(&order, &[true]);
        assert_eq!(refused.status, 403);
        assert!(refused.message().starts_with("ORDER_FULFILLED_UNAUTHORIZED"));
        let own = shop.ready(&[1]);
        assert_eq!(shown(&mut shop, &own).1["can_shop_ship"], true);
        let (_, all) = shown(&mut shop, &order);
        assert_eq!((&all["fulfillment"]["center"]["code"], &all["can_shop_ship"]), (&json!("OPERATOR"), &json!(false)));
        let path = format!("/api/orders/{order}/ship");
        assert_eq!(shop.put(&path).status, 403);
        let tracking = json!({ "carrier_code": "rm", "tracking_number": "J" });
        assert_eq!(shop.send("PUT", &format!("/api/orders/{order}/tracking"), &tracking).status, 403);
        if shipments == Shipments::Multi {
            let errors = ship(&mut shop, &order, 1)["shipment_errors"].clone();
            assert!(errors[0]["message"].as_str().unwrap().contains("OPERATOR"));
        }
        assert_eq!(shop.get("/api/orders?fulfillment_center_code=OPERATOR").json["total_count"], 1);
    }
}

#[test]
fn an_operator_may_take_registered_carriers_only() {
    let mut shop = Shop::with(Options { registered_carriers_only: true, shipments: Shipments::Single, ..options() }, 0);
    let order = shop.ready(&[1]);
    let path = format!("/api/orders/{order}/tracking");
    let named = json!({ "carrier_name": "Local courier", "tracking_number": "1" });
    assert_eq!(shop.send("PUT", &path, &named).status, 400);
    let registered = json!({ "carrier_code": "rm", "tracking_number": "1" });
    assert_eq!(shop.send("PUT", &path, &registered).status, 204);
}

#[test]
fn in_the_dropship_model_prices_are_what_the_operator_pays() {
    let mut shop = Shop::with(Options { model: Model::Dropship, ..options() }, 0);
    let mut own = Shop::quiet();
    let (here, there) = (shop.get("/api/offers/2000").json, own.get("/api/offers/2000").json);
    assert!(here["price"].as_f64().unwrap() < there["price"].as_f64().unwrap());
    assert_eq!((&here["msrp"], there.get("msrp")), (&there["price"], None));
    let order = shop.order(&[1]);
    let (line, _) = shown(&mut shop, &order);
    assert_eq!(line["purchase_information"]["purchase_unit_price"], {
        let offer = shop.get(&format!("/api/offers?sku={}", shop.sku(0))).json;
        offer["offers"][0]["price"].clone()
    });
}

#[test]
fn what_is_left_to_ship_pages_by_token_and_leaves_out_what_is_in_shipments() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    shop.control("stock", &json!({ "sku": sku, "quantity": 50 })).unwrap();
    let orders: Vec<String> = (0..12).map(|_| shop.ready(&[2])).collect();
    ship(&mut shop, &orders[0], 2);
    ship(&mut shop, &orders[1], 1);
    let first = shop.get("/api/shipments/items_to_ship").json;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    assert_eq!(first["data"][0]["order_id"], orders[1], "what has left is not listed");
    assert_eq!(first["data"][0]["shipment_lines"][0]["quantity"], 1);
    assert_eq!(first["data"][0]["shipping_address"]["zip_code"], "LS1 4BR");
    let token = first["next_page_token"].as_str().unwrap();
    let second = shop.get(&format!("/api/shipments/items_to_ship?page_token={token}")).json;
    assert_eq!((second["data"].as_array().unwrap().len(), second.get("next_page_token")), (1, None));
    assert_eq!(second["data"][0]["order_id"], orders[11]);
    let back = second["previous_page_token"].as_str().unwrap();
    assert_eq!(shop.get(&format!("/api/shipments/items_to_ship?page_token={back}")).json["data"], first["data"]);
    assert!(to_ship(&mut shop, &orders[0]).is_empty());
}

#[test]
fn a_twin_can_be_copied_with_everything_in_it() {
    // A read that shows the past is answered by a copy from then.
    let world = sim_core::World::new(sim_core::WorldPlan::new(
        7,
        "2026-11-23T06:00:00Z".parse().unwrap(),
        0,
        jiff::SignedDuration::from_hours(1),
    ));
    let twin = sim_mirakl::MiraklTwin::new(world, options());
    assert_eq!(format!("{:?}", twin.clone()), format!("{twin:?}"));
}
