//! Who may ask what, in which words (contracts/john-lewis.md §2.1).

mod support;

use serde_json::json;
use sim_mirakl::{ErrorShape, ForeignShop, Options};
use support::{Shop, options};

#[test]
fn the_raw_key_is_wanted_and_a_bearer_is_refused() {
    let mut shop = Shop::quiet();
    for headers in [&[][..], &[("authorization", "Bearer mirakl-demo-key")], &[("authorization", "another")]] {
        let reply = shop.request("GET", "/api/account", headers, b"");
        assert_eq!(reply.status, 401);
        assert_eq!(reply.text, r#"{"status":401,"message":"Unauthorized"}"#);
    }
    assert_eq!(shop.get("/api/account").status, 200);
}

#[test]
fn unknown_paths_methods_media_and_bodies_are_refused_each_in_its_way() {
    let mut shop = Shop::quiet();
    let order = shop.order(&[1]);
    assert_eq!(shop.get("/api/nothing").status, 404);
    assert_eq!(shop.get("/").status, 404);
    assert_eq!(shop.get("/api/orders/").status, 404);
    let reply = shop.request("DELETE", "/api/orders", &[("authorization", "mirakl-demo-key")], b"");
    assert_eq!((reply.status, reply.header("allow")), (405, "GET"));
    let accept = format!("/api/orders/{order}/accept");
    let headers = [("authorization", "mirakl-demo-key"), ("content-type", "text/plain")];
    assert_eq!(shop.request("PUT", &accept, &headers, b"{}").status, 415);
    let headers = [("authorization", "mirakl-demo-key"), ("content-type", "application/json; charset=utf-8")];
    let reply = shop.request("PUT", &accept, &headers, b"{\"order_lines\":");
    assert_eq!(reply.status, 400);
    assert_eq!(reply.text, r#"{"status":400,"message":"The request body is not valid JSON."}"#);
    let headers = [("authorization", "mirakl-demo-key"), ("accept", "text/html")];
    assert_eq!(shop.request("GET", "/api/orders", &headers, b"").status, 406);
}

#[test]
fn a_foreign_shop_is_refused_and_the_own_one_may_be_named() {
    let mut shop = Shop::quiet();
    assert_eq!(shop.get("/api/account?shop_id=2001").json["shop_id"], 2001);
    assert_eq!(shop.get("/api/account?shop_id=7").status, 403);
    assert_eq!(shop.get("/api/account?shop_id=x").status, 400);
    let mut shop = Shop::with(Options { foreign_shop: ForeignShop::NotFound, ..options() }, 0);
    assert_eq!(shop.get("/api/account?shop_id=7").status, 404);
}

#[test]
fn the_other_error_shape_names_code_field_and_message() {
    let mut shop = Shop::with(Options { error_shape: ErrorShape::Errors, ..options() }, 0);
    let reply = shop.get("/api/orders?max=x");
    assert_eq!(
        reply.json,
        json!({ "errors": [{
            "code": "VALIDATION_ERROR",
            "field": "max",
            "message": "'max' must be a number that is not negative",
        }] })
    );
    let order = shop.order(&[1]);
    assert_eq!(shop.accept(&order, &[true]).status, 204);
    let reply = shop.accept(&order, &[true]);
    assert_eq!((reply.status, &reply.json["errors"][0]["code"]), (400, &json!("ORDER_INVALID_STATE")));
    let reply = shop.request("GET", "/api/orders", &[], b"");
    assert_eq!(reply.text, r#"{"status":401,"message":"Unauthorized"}"#);
}

#[test]
fn published_frequencies_are_enforced_with_retry_after_and_logged() {
    let mut shop = Shop::with(Options::default(), 0);
    assert_eq!(shop.get("/api/orders").status, 200);
    shop.wait(20);
    let refused = shop.get("/api/orders?offset=10");
    assert_eq!((refused.status, refused.header("retry-after")), (429, "40"));
    assert_eq!(shop.get("/api/orders/JL-1-A").status, 404, "OR12 has no window");
    shop.wait(40);
    assert_eq!(shop.get("/api/orders").status, 200);

    let import = shop.upload("offer-sku;quantity\nX;1\n");
    assert_eq!(import.status, 201);
    assert_eq!(shop.upload("offer-sku;quantity\nX;1\n").status, 429);
    let id = import.json["import_id"].as_str().unwrap();
    let status = format!("/api/offers/stock/imports/{id}/status");
    assert_eq!(shop.get(&status).status, 200);
    shop.wait(14);
    assert_eq!(shop.get(&status).status, 429);
    shop.wait(1);
    assert_eq!(shop.get(&status).status, 200);
    let windows: Vec<_> = shop
        .effects("window_exceeded")
        .into_iter()
        .map(|effect| (effect.object, effect.data["window"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(
        windows,
        [
            ("OR11".to_owned(), "OR11 1 per 60 s".to_owned()),
            ("STO01".to_owned(), "STO01 1 per 60 s".to_owned()),
            ("STO02".to_owned(), "STO02 1 per 15 s".to_owned()),
        ]
    );
}

#[test]
fn the_account_and_the_operators_lists_are_to_be_had_once_a_day() {
    let mut shop = Shop::with(Options::default(), 0);
    let paths = ["/api/account", "/api/shipping/carriers", "/api/shipping/zones", "/api/shipping/types"];
    for path in paths {
        assert_eq!(shop.get(path).status, 200);
        let refused = shop.get(path);
        assert_eq!((refused.status, refused.header("retry-after")), (429, "86400"), "{path}");
    }
    assert_eq!(shop.get("/api/shipments/items_to_ship").status, 200);
    assert_eq!(shop.get("/api/shipments/items_to_ship").header("retry-after"), "300");
    for _ in 0..3 {
        assert_eq!(shop.get("/api/platform/configuration").status, 200, "PC01 has no published maximum");
    }
    shop.wait(86_400);
    assert!(paths.iter().all(|path| shop.get(path).status == 200));
    let mut open = Shop::with(Options { daily_limits: false, ..Options::default() }, 0);
    for _ in 0..3 {
        assert_eq!(open.get("/api/account").status, 200);
    }
    open.get("/api/orders");
    assert_eq!(open.get("/api/orders").status, 429, "the others still hold");
}

#[test]
fn limits_without_retry_after_and_with_free_pages_are_switches() {
    let mut shop = Shop::with(Options { retry_after: false, pages_count: false, ..Options::default() }, 0);
    assert_eq!(shop.get("/api/orders").status, 200);
    assert_eq!(shop.get("/api/orders?offset=10").status, 200);
    let refused = shop.get("/api/orders");
    assert_eq!((refused.status, refused.headers.get("retry-after")), (429, None));
}

#[test]
fn a_bodyless_put_wants_a_length_where_the_switch_is_on() {
    let mut shop = Shop::with(Options { length_required: true, ..options() }, 0);
    let order = shop.ready(&[1]);
    let path = format!("/api/orders/{order}/ship");
    assert_eq!(shop.put(&path).status, 411);
    let headers = [("authorization", "mirakl-demo-key"), ("content-length", "0")];
    assert_eq!(shop.request("PUT", &path, &headers, b"").status, 204);
}

#[test]
fn the_platform_tells_its_switches() {
    let mut shop = Shop::quiet();
    let features = shop.get("/api/platform/configuration").json["features"].clone();
    assert_eq!(features["order_workflows"]["order_acceptance"], "NOT_AUTOMATIC");
    assert_eq!(features["shipment"]["multi_shipment"], true);
    assert_eq!(features["order_workflows"]["shipping_and_billing_details_before_acceptance"], false);
    let mut shop = Shop::with(
        Options {
            acceptance: sim_mirakl::Acceptance::Automatic,
            shipments: sim_mirakl::Shipments::Single,
            ..options()
        },
        0,
    );
    let features = shop.get("/api/platform/configuration").json["features"].clone();
    assert_eq!(features["order_workflows"]["order_acceptance"], "AUTOMATIC");
    assert_eq!(features["shipment"]["multi_shipment"], false);
    assert_eq!(features["disable_seller_alternative_carrier"], false);
    let mut other = Shop::with(
        Options {
            acceptance: sim_mirakl::Acceptance::Both,
            model: sim_mirakl::Model::Dropship,
            registered_carriers_only: true,
            ..options()
        },
        0,
    );
    let platform = other.get("/api/platform/configuration").json;
    assert_eq!(platform["features"]["order_workflows"]["order_acceptance"], "BOTH");
    assert_eq!(platform["features"]["disable_seller_alternative_carrier"], true);
    assert_eq!(platform["platform_configuration"]["platform_model"]["drop_ship"], true);
    assert_eq!(other.get("/api/account").json["model"], "DROPSHIP");
    assert_eq!(shop.get("/api/version").status, 200);
}
