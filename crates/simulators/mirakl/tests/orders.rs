//! Orders from placing to SHIPPING (contracts/john-lewis.md §2.2, §2.3).

mod support;

use serde_json::{Value, json};
use sim_core::Host;
use sim_mirakl::{Acceptance, Options};
use support::{Shop, options};

fn ids(reply: &support::Reply) -> Vec<&str> {
    let orders = reply.json["orders"].as_array().unwrap();
    orders.iter().map(|order| order["order_id"].as_str().unwrap()).collect()
}

#[test]
fn planned_customers_order_at_their_time_and_take_published_stock() {
    let mut shop = Shop::with(options(), 200);
    let before = shop.host.state()["stock"].clone();
    shop.wait(12 * 3_600);
    let placed = shop.effects("order_placed");
    assert!(placed.len() > 50, "{}", placed.len());
    assert!(placed.windows(2).all(|pair| pair[0].at <= pair[1].at));
    let first = &placed[0];
    assert!(first.at < shop.now, "late ticks log at the due time");
    assert!(first.object.starts_with("JL-1") && first.object.ends_with("-A"));
    assert_eq!(first.data["lines"][0]["line"], json!(format!("{}-1", first.object)));
    for defect in ["unknown_sku", "no_postcode", "long_address"] {
        let found = placed.iter().find(|effect| effect.data["defect"] == defect);
        assert_eq!(found.unwrap().data["ready_by_design"], false, "{defect}");
    }
    let refused = shop.effects("sale_refused");
    let sold = |sku: &str| -> i64 {
        let lines = placed.iter().flat_map(|effect| effect.data["lines"].as_array().unwrap());
        lines.filter(|line| line["sku"] == sku).map(|line| line["quantity"].as_i64().unwrap()).sum()
    };
    for (sku, quantity) in before.as_object().unwrap() {
        assert_eq!(quantity.as_i64().unwrap() - sold(sku), shop.stock(sku), "{sku}");
    }
    for effect in refused {
        assert!(shop.stock(effect.data["sku"].as_str().unwrap()) < effect.data["quantity"].as_i64().unwrap());
    }
}

#[test]
fn an_order_without_a_postcode_has_no_zip_code() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    let placed = shop.control("orders", &json!({ "number": 42, "lines": [{ "sku": sku }], "postcode": "" })).unwrap();
    assert_eq!(placed, json!({ "order_id": "JL-1042-A", "placed": true }));
    shop.accept("JL-1042-A", &[true]);
    shop.control("debit", &json!({ "order_id": "JL-1042-A" })).unwrap();
    let order = shop.get("/api/orders/JL-1042-A").json;
    let address = &order["customer"]["shipping_address"];
    assert_eq!((&address["street_1"], address.get("zip_code")), (&json!("14 Canal Wharf"), None));
    let mut shop = Shop::with(Options { sparse: true, ..options() }, 0);
    let order = shop.ready(&[1]);
    let address = shop.get(&format!("/api/orders/{order}")).json["customer"]["shipping_address"].clone();
    assert_eq!(address["zip_code"], "LS1 4BR");
    assert_eq!(address["country_iso_code"], Value::Null);
}

#[test]
fn the_operators_code_is_not_the_sellers_sku() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[2]);
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    let line = &shown["order_lines"][0];
    assert_eq!(line["offer_sku"], shop.sku(0));
    let product = line["product_sku"].as_str().unwrap();
    assert!(product.len() == 8 && product.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(shown["commercial_id"], order.trim_end_matches("-A"));
    assert_eq!(shown["shipping_deadline"], "2026-11-24T06:00:00Z");
}

#[test]
fn acceptance_leads_through_the_debit_to_shipping() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1, 1]);
    assert_eq!(shop.state(&order), "WAITING_ACCEPTANCE");
    let reply = shop.accept(&order, &[true, true]);
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    assert_eq!(shop.state(&order), "WAITING_DEBIT");
    let mut seen = Vec::new();
    for _ in 0..300 {
        shop.wait(1);
        let state = shop.state(&order);
        if seen.last() != Some(&state) {
            seen.push(state);
        }
    }
    assert_eq!(seen, ["WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING"]);
    let ready = shop.effects("order_ready");
    assert_eq!((ready.len(), ready[0].object.as_str()), (1, order.as_str()));
    let minutes = (ready[0].at - shop.effects("order_accepted")[0].at).get_seconds();
    assert!((60..=300).contains(&minutes), "{minutes}");
}

#[test]
fn addresses_are_blank_before_shipping() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    let path = format!("/api/orders/{order}");
    let customer = shop.get(&path).json["customer"].clone();
    assert_eq!(customer["lastname"], "Quill");
    assert_eq!(customer["shipping_address"]["street_1"], "");
    shop.accept(&order, &[true]);
    assert_eq!(shop.get(&path).json["customer"]["shipping_address"]["street_1"], "");
    shop.control("debit", &json!({ "order_id": order })).unwrap();
    let customer = shop.get(&path).json["customer"].clone();
    assert_eq!(customer["shipping_address"]["street_1"], "14 Canal Wharf");

    let mut open = Shop::with(Options { hidden_addresses: false, ..options() }, 0);
    let order = open.order(&[1]);
    let customer = open.get(&format!("/api/orders/{order}")).json["customer"].clone();
    assert_eq!(customer["billing_address"]["street_1"], "14 Canal Wharf");
}

#[test]
fn or21_refuses_with_its_documented_codes() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1, 1]);
    let path = format!("/api/orders/{order}/accept");
    let line = |number: u32| json!({ "id": format!("{order}-{number}"), "accepted": true });
    for (body, code) in [
        (json!({}), "VALIDATION_ERROR"),
        (json!({ "order_lines": [{ "id": "x" }] }), "VALIDATION_ERROR"),
        (json!({ "order_lines": [null] }), "ORDER_LINE_NULL_ELEMENT"),
        (json!({ "order_lines": [line(1), line(1)] }), "ORDER_LINE_DUPLICATE_ID"),
        (json!({ "order_lines": [line(1), line(2), line(3)] }), "ORDER_LINE_NOT_FOUND"),
        (json!({ "order_lines": [line(1)] }), "ORDER_LINE_ACCEPTANCE_DECISION_MISSING"),
        (
            json!({ "order_lines": [line(1), { "id": format!("{order}-2"), "accepted": false }] }),
            "ORDER_PARTIAL_ACCEPTANCE_DISABLED",
        ),
    ] {
        let reply = shop.send("PUT", &path, &body);
        assert_eq!(reply.status, 400, "{code}");
        assert!(reply.message().starts_with(code), "{code}: {}", reply.text);
    }
    assert_eq!(shop.state(&order), "WAITING_ACCEPTANCE", "nothing was decided");
    let reply = shop.accept("JL-9-A", &[true]);
    assert_eq!(reply.status, 404);
    assert!(reply.message().starts_with("ORDER_NOT_FOUND"));
    shop.accept(&order, &[true, true]);
    let again = shop.accept(&order, &[true, true]);
    assert_eq!(
        again.text,
        r#"{"status":400,"message":"ORDER_INVALID_STATE: The order status must be 'WAITING_ACCEPTANCE' but it is 'WAITING_DEBIT'."}"#
    );
}

#[test]
fn refusing_every_line_refuses_the_order_and_refusing_one_is_a_switch() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1, 1]);
    assert_eq!(shop.accept(&order, &[false, false]).status, 204);
    assert_eq!(shop.state(&order), "REFUSED");
    assert_eq!(shop.effects("order_refused")[0].data, json!({ "by": "seller" }));

    let mut shop = Shop::with(Options { partial_acceptance: true, ..options() }, 0);
    let order = shop.order(&[1, 1]);
    assert_eq!(shop.accept(&order, &[true, false]).status, 204);
    shop.wait(300);
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    let states: Vec<_> = shown["order_lines"].as_array().unwrap().iter().map(|l| &l["order_line_state"]).collect();
    assert_eq!(states, ["SHIPPING", "REFUSED"]);
}

#[test]
fn an_undecided_order_is_refused_after_its_delay() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    shop.wait(72 * 3_600 - 1);
    assert_eq!(shop.state(&order), "WAITING_ACCEPTANCE");
    shop.wait(1);
    assert_eq!(shop.state(&order), "REFUSED");
    assert_eq!(shop.effects("order_refused")[0].data, json!({ "by": "delay" }));
}

#[test]
fn automatic_acceptance_asks_nobody() {
    let mut shop = Shop::with(Options { acceptance: Acceptance::Automatic, ..options() }, 0);
    let order = shop.order(&[1]);
    assert_eq!(shop.state(&order), "WAITING_DEBIT");
    shop.wait(300);
    assert_eq!(shop.state(&order), "SHIPPING");
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    assert_eq!(shown["acceptance_decision_date"], Value::Null);
    assert!(shop.effects("order_accepted").is_empty());
    assert_eq!(shop.accept(&order, &[true]).status, 400);
}

#[test]
fn or11_pages_by_offset_with_links() {
    let mut shop = Shop::quiet();
    for number in 1..=105 {
        let sku = shop.sku(0);
        shop.control("stock", &json!({ "sku": sku, "quantity": 5 })).unwrap();
        shop.control("orders", &json!({ "number": number, "lines": [{ "sku": sku }] })).unwrap();
    }
    let first = shop.get("/api/orders");
    assert_eq!((ids(&first).len(), &first.json["total_count"]), (10, &json!(105)));
    assert_eq!(first.header("link"), "<https://marketplace.example/api/orders?max=10&offset=10>; rel=\"next\"");
    let capped = shop.get("/api/orders?max=500");
    assert_eq!(ids(&capped).len(), 100);
    let headers = [("authorization", "mirakl-demo-key"), ("host", "127.0.0.1:9")];
    let last = shop.request("GET", "/api/orders?max=100&offset=100&order=desc", &headers, b"");
    assert_eq!(ids(&last), ["JL-1005-A", "JL-1004-A", "JL-1003-A", "JL-1002-A", "JL-1001-A"]);
    assert_eq!(last.header("link"), "<http://127.0.0.1:9/api/orders?order=desc&max=100&offset=0>; rel=\"previous\"");
    assert_eq!(shop.get("/api/orders?sort=price").status, 400);
}

#[test]
fn or11_filters_by_comma_lists_and_not_by_repeated_keys() {
    let mut shop = Shop::quiet();
    let (first, second, third) = (shop.order(&[1]), shop.order(&[1]), shop.order(&[1]));
    shop.accept(&second, &[true]);
    let get = |shop: &mut Shop, query: &str| -> Vec<String> {
        let reply = shop.get(&format!("/api/orders?{query}"));
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
        ids(&reply).into_iter().map(ToOwned::to_owned).collect()
    };
    assert_eq!(get(&mut shop, &format!("order_ids={third},{first},JL-0-A")), [first.clone(), third.clone()]);
    assert_eq!(
        get(&mut shop, &format!("order_ids={first}&order_ids={third}")),
        std::slice::from_ref(&first),
        "only the first of repeated keys counts"
    );
    assert_eq!(get(&mut shop, "order_state_codes=WAITING_DEBIT%2CSHIPPING"), std::slice::from_ref(&second));
    assert_eq!(shop.get("/api/orders?order_state_codes=LOST").status, 400);
    let commercial = first.trim_end_matches("-A");
    assert_eq!(get(&mut shop, &format!("order_references_for_customer={commercial}")), std::slice::from_ref(&first));
    for nothing in [
        "only_null_channel=true",
        "channel_codes=US",
        "payment_workflow=PAY_ON_SHIPMENT",
        "has_incident=true",
        "fulfillment_center_code=OTHER",
        "order_references_for_seller=X",
        "customer_debited=true",
        "end_date=2026-11-22T00:00:00Z",
    ] {
        assert!(get(&mut shop, nothing).is_empty(), "{nothing}");
    }
    for all in [
        "channel_codes=JL_WEB,US",
        "payment_workflow=PAY_ON_ACCEPTANCE",
        "has_incident=false",
        "customer_debited=false",
        "start_date=2026-11-23T07:00:00%2B01:00",
    ] {
        assert_eq!(get(&mut shop, all).len(), 3, "{all}");
    }
    for wrong in ["start_date=yesterday", "has_incident=maybe", "payment_workflow=NEVER", "order_tax_mode=NET"] {
        assert_eq!(shop.get(&format!("/api/orders?{wrong}")).status, 400, "{wrong}");
    }
    let hundred_and_one = vec!["X"; 101].join(",");
    assert_eq!(shop.get(&format!("/api/orders?order_ids={hundred_and_one}")).status, 400);
}

#[test]
fn start_update_date_is_widened_a_little() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    shop.wait(29);
    let reply = shop.get("/api/orders?start_update_date=2026-11-23T06:00:30Z");
    assert_eq!(ids(&reply), [&order], "30 s before the asked moment");
    let reply = shop.get("/api/orders?start_update_date=2026-11-23T06:00:31Z");
    assert!(ids(&reply).is_empty());
    shop.accept(&order, &[true]);
    let reply = shop.get("/api/orders?start_update_date=2026-11-23T06:00:31Z");
    assert_eq!(ids(&reply), [&order], "acceptance moved last_updated_date");
    assert_eq!(reply.json["orders"][0]["last_updated_date"], "2026-11-23T06:00:29Z");
}

#[test]
fn prices_can_be_asked_without_vat() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    let gross = shop.get(&format!("/api/orders/{order}")).json;
    let net = shop.get(&format!("/api/orders/{order}?order_tax_mode=TAX_EXCLUDED")).json;
    let pence = |value: &Value| (value.as_f64().unwrap() * 100.0).round();
    let line = |order: &Value, key: &str| pence(&order["order_lines"][0][key]);
    let vat = pence(&gross["order_lines"][0]["taxes"][0]["amount"]);
    assert!((line(&net, "price") + vat - line(&gross, "price")).abs() < 0.5);
    assert_eq!((&net["order_tax_mode"], &gross["order_tax_mode"]), (&json!("TAX_EXCLUDED"), &json!("TAX_INCLUDED")));
}
