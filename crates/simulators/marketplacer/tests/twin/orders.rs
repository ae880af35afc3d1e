//! Orders come in, are reviewed, paged, cancelled (contracts/marketplacer.md §3.2, §5.1; A061).

use crate::common::{quiet, scene};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sim_core::Host as _;
use sim_marketplacer::Options;

#[test]
fn planned_orders_become_invoices_at_their_own_time_however_late_the_clock_is_read() {
    let mut scene = scene(Options { review_share: 0.0, ..Options::default() }, 60);
    let planned = scene.world.orders_of(sim_core::world::Channel::Marketplacer);
    scene.wait(7_200);
    let placed = scene.effects("order_placed");
    let refused: Vec<String> = scene.effects("sale_refused").into_iter().map(|effect| effect.object).collect();
    let expected: Vec<_> = planned
        .iter()
        .map(|order| ((10_000 + order.number).to_string(), order.at))
        .filter(|(id, _)| !refused.contains(id))
        .collect();
    let found: Vec<_> = placed.iter().map(|effect| (effect.object.clone(), effect.at)).collect();
    assert_eq!(found, expected);
    assert_eq!(scene.effects("order_ready").len(), placed.len());
    for effect in &placed {
        let order = planned.iter().find(|order| (10_000 + order.number).to_string() == effect.object).unwrap();
        assert_eq!(effect.data["ready_by_design"], json!(order.defect.is_none()));
        assert_eq!(effect.data["lines"].as_array().unwrap().len(), order.lines.len());
        assert_eq!(effect.data["lines"][0]["sku"], json!(order.lines[0].0));
    }
    assert_eq!(scene.sim.tick(scene.now), None, "nothing is left to do");
}

#[test]
fn a_run_in_small_steps_ends_like_one_big_step() {
    let options = || Options { review_share: 0.3, ..Options::default() };
    let (mut small, mut big) = (scene(options(), 80), scene(options(), 80));
    for _ in 0..200 {
        small.wait(60);
    }
    big.wait(200 * 60);
    assert!(big.planned() > 10);
    assert_eq!(small.sim.effects().all(), big.sim.effects().all());
    assert_eq!(small.sim.state(), big.sim.state());
}

#[test]
fn a_reviewed_payment_is_no_order_to_pick_until_it_clears() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order_of(&json!({
        "lines": [{ "sku": scene.sku, "quantity": 1 }], "under_review": true,
    }));
    let query = "query($id:ID!){node(id:$id){... on Invoice{statusFlags paidAt status}}}";
    let seen = scene.data(query, &json!({ "id": id }));
    let under_review =
        json!({ "statusFlags": ["PAYMENT_UNDER_REVIEW"], "paidAt": null, "status": "PAYMENT_UNDER_REVIEW" });
    assert_eq!(seen["node"], under_review);
    assert_eq!(scene.get(&format!("invoices/{legacy}")).0, 404, "REST shows paid invoices only");
    assert_eq!(scene.effects("order_ready"), []);
    let line = scene.lines(&id)[0].0.clone();
    let refused = scene.data(crate::common::SHIP, &crate::common::shipment(&id, &[(&line, 1)]));
    assert_eq!(refused["shipmentCreate"]["shipment"], json!(null));

    scene.wait(40 * 60);
    let ready = scene.effects("order_ready");
    assert_eq!(ready[0].object, legacy.to_string());
    let wait = ready[0].at.duration_since(crate::common::start()).as_mins();
    assert!((10..=40).contains(&wait), "{wait}");
    let seen = scene.data(query, &json!({ "id": id }));
    assert_eq!(seen["node"]["statusFlags"], json!(["PAID"]));
    assert_eq!(scene.get(&format!("invoices/{legacy}")).0, 200);
}

#[test]
fn the_sweep_by_change_sees_each_invoice_that_changed_and_pages_forward() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            scene.wait(60);
            scene.order(&sku, 1).1
        })
        .collect();
    let query = "query($after:String,$since:ISO8601DateTime){invoices(first:2,after:$after,\
                 filters:{updatedSince:$since},sort:{fields:[UPDATED_AT],ordering:ASCENDING})\
                 {totalCount pageInfo{hasNextPage hasPreviousPage endCursor} edges{cursor} nodes{id}}}";
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let data = scene.data(query, &json!({ "after": after }));
        let page = &data["invoices"];
        assert_eq!(page["totalCount"], 5);
        assert_eq!(page["pageInfo"]["endCursor"], page["edges"].as_array().unwrap().last().unwrap()["cursor"]);
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
    }
    assert_eq!(seen, ids);

    scene.wait(60);
    let since = scene.now.to_string();
    let line = scene.lines(&ids[1])[0].0.clone();
    scene.data(crate::common::SHIP, &crate::common::shipment(&ids[1], &[(&line, 1)]));
    let data = scene.data(query, &json!({ "since": since }));
    assert_eq!(data["invoices"]["nodes"], json!([{ "id": ids[1] }]));
    let reply = scene.graphql(query, &json!({ "after": "?!" }));
    assert!(reply["errors"][0]["message"].as_str().unwrap().contains("Invalid cursor"));
}

#[test]
fn the_official_samples_filters_find_what_is_to_be_dispatched() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order(&scene.sku.clone(), 1);
    let (_, reviewed) =
        scene.order_of(&json!({ "lines": [{ "sku": scene.other, "quantity": 1 }], "under_review": true }));
    // contracts/marketplacer.md §10: one enum for the list of sort fields.
    let query = "query($first:Int,$after:String,$filters:InvoiceFilters,$sort:InvoiceSort){\
                 invoices(first:$first,after:$after,filters:$filters,sort:$sort){nodes{legacyId}}}";
    let mut variables = json!({
        "first": 10, "after": null, "filters": { "notDispatched": true, "paidSince": "2023-09-26T09:15:49Z" },
        "sort": { "fields": "CREATED_AT", "ordering": "ASCENDING" },
    });
    let data = scene.data(query, &variables);
    assert_eq!(data["invoices"]["nodes"], json!([{ "legacyId": legacy }]));
    variables["filters"] = json!({ "statuses": ["PAYMENT_UNDER_REVIEW"] });
    let data = scene.data(query, &variables);
    assert_eq!(data["invoices"]["nodes"].as_array().unwrap().len(), 1);
    variables["filters"] = json!({ "legacyId": legacy, "buyerEmailAddress": "nobody@relay.example" });
    assert_eq!(scene.data(query, &variables)["invoices"]["nodes"], json!([]));
    let both =
        scene.data("query($ids:[ID!]!){nodes(ids:$ids){__typename id}}", &json!({ "ids": [id, reviewed, "gone"] }));
    assert_eq!(both["nodes"][1]["id"], json!(reviewed));
    assert_eq!(both["nodes"][2], json!(null));
}

#[test]
fn page_sizes_are_fifty_by_default_and_five_hundred_at_most() {
    let mut scene = quiet(Options { page_max: 60, ..Options::default() });
    let sku = scene.sku.clone();
    scene.control("stock", &json!({ "sku": sku, "quantity": 500 }));
    for _ in 0..70 {
        scene.order(&sku, 1);
    }
    let count = |scene: &mut crate::common::Scene, query: &str| {
        scene.data(query, &json!({}))["invoices"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(count(&mut scene, "{invoices{nodes{id}}}"), 50);
    assert_eq!(count(&mut scene, "{invoices(first:1000){nodes{id}}}"), 60);
}

#[test]
fn a_sale_takes_stock_and_one_beyond_it_is_refused() {
    let mut scene = quiet(Options::default());
    let (sku, other) = (scene.sku.clone(), scene.other.clone());
    scene.control("stock", &json!({ "sku": sku, "quantity": 3 }));
    scene.order(&sku, 2);
    assert_eq!(scene.stock(&sku), 1);
    let before = scene.stock(&other);
    let lines = json!({ "lines": [{ "sku": other, "quantity": 1 }, { "sku": sku, "quantity": 2 }] });
    let refused = scene.sim.control(scene.now, "orders", &lines);
    assert!(refused.is_err());
    assert_eq!(scene.stock(&other), before, "nothing of a refused order is sold");
    let refusals = scene.effects("sale_refused");
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].data, json!({ "sku": sku, "quantity": 2 }));
    assert_eq!(scene.effects("order_placed").len(), 1);
}

#[test]
fn two_lines_of_one_sku_share_its_stock() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    scene.control("stock", &json!({ "sku": sku, "quantity": 3 }));
    let lines = json!({ "lines": [{ "sku": sku, "quantity": 2 }, { "sku": sku, "quantity": 2 }] });
    assert!(scene.sim.control(scene.now, "orders", &lines).is_err());
    assert_eq!((scene.stock(&sku), scene.effects("sale_refused").len()), (3, 1));
    scene.control("stock", &json!({ "sku": sku, "infinite": true }));
    scene.order_of(&lines);
    assert_eq!(scene.sim.state()["stock"][&sku], "INFINITE", "no figure tells what is left");
}

#[test]
fn a_seller_who_is_off_sale_sells_nothing() {
    for (off, on) in [
        (json!({ "online": false }), json!({ "online": true })),
        (json!({ "account": "PROSPECTIVE" }), json!({ "account": "RETAILER" })),
    ] {
        let mut scene = quiet(Options::default());
        let order = json!({ "lines": [{ "sku": scene.sku, "quantity": 1 }] });
        let (legacy, id) = scene.order_of(&order);
        scene.control("connection", &off);
        assert!(scene.sim.control(scene.now, "orders", &order).is_err());
        assert_eq!(scene.effects("sale_refused").len(), 1);
        // §9: what was ordered before must still be sent.
        let line = scene.lines(&id)[0].0.clone();
        scene.data(crate::common::SHIP, &crate::common::shipment(&id, &[(&line, 1)]));
        assert_eq!(scene.effects("shipped")[0].object, legacy.to_string());
        scene.control("connection", &on);
        scene.order_of(&order);
    }
}

#[test]
fn an_account_shows_how_it_stands() {
    let mut scene = quiet(Options::default());
    let query = "{apiKeyPrincipal{seller{accountType apiEnabled online}}}";
    let mut shown = |change: Value| {
        scene.control("connection", &change);
        scene.data(query, &json!({}))["apiKeyPrincipal"]["seller"].take()
    };
    let as_it_was = json!({ "accountType": "RETAILER", "apiEnabled": true, "online": true });
    assert_eq!(shown(json!({})), as_it_was);
    assert_eq!(shown(json!({ "account": "PROSPECTIVE" }))["accountType"], "PROSPECTIVE");
    assert_eq!(shown(json!({ "account": "RETAILER", "api_enabled": false }))["apiEnabled"], json!(false));
    assert_eq!(shown(json!({ "api_enabled": true })), as_it_was);
}

#[test]
fn invoices_are_collected_and_paid_out() {
    let mut scene = quiet(Options::default());
    let order = |delivery: &str| json!({ "lines": [{ "sku": scene.sku, "quantity": 1 }], "delivery": delivery });
    let (collect, booking) = (order("CLICK_AND_COLLECT"), order("NO_DISPATCH"));
    let (legacy, id) = scene.order_of(&collect);
    let (_, booked) = scene.order_of(&booking);
    let read = "query($id:ID!){node(id:$id){... on Invoice{deliveryType statusFlags remittedAt}}}";
    assert_eq!(scene.data(read, &json!({ "id": booked }))["node"]["deliveryType"], "NO_DISPATCH");
    let set = "mutation($input:ClickAndCollectStatusUpdateMutationInput!){clickAndCollectStatusUpdate(input:$input)\
               {errors{messages} invoice{statusFlags}}}";
    let mut collected = |status: &str| {
        let input = json!({ "input": { "invoiceId": id, "status": status } });
        scene.data(set, &input)["clickAndCollectStatusUpdate"].take()
    };
    assert_eq!(collected("COLLECTED")["invoice"], json!(null), "not before it is ready");
    assert_eq!(collected("READY")["invoice"]["statusFlags"], json!(["PAID", "READY"]));
    assert_eq!(collected("COLLECTED")["invoice"]["statusFlags"], json!(["PAID", "READY", "COLLECTED"]));
    scene.wait(60);
    scene.control("remit", &json!({ "legacyId": legacy }));
    let node = scene.data(read, &json!({ "id": id }))["node"].take();
    assert_eq!(node["statusFlags"], json!(["PAID", "READY", "COLLECTED", "REMITTED"]));
    assert_eq!(node["remittedAt"], "2026-11-23T06:01:00+00:00");
    let since = "{invoices(filters:{remittedSince:\"2026-11-23T06:00:30Z\"}){totalCount}}";
    assert_eq!(scene.data(since, &json!({}))["invoices"]["totalCount"], 1);
}

#[test]
fn an_operators_key_sees_every_seller_and_a_sellers_key_its_own() {
    let mut scene = quiet(Options::default());
    scene.order(&scene.sku.clone(), 1);
    let query = "{apiKeyPrincipal{seller{id}} invoices(sort:{fields:[UPDATED_AT]}){totalCount nodes{legacyId seller{id}}} \
                 allAdverts(first:500){nodes{... on Advert{seller{id}}}}}";
    let sellers = |data: &Value| {
        let invoices = data["invoices"]["nodes"].as_array().unwrap().iter();
        let adverts = data["allAdverts"]["nodes"].as_array().unwrap().iter();
        let ids = invoices.chain(adverts).filter_map(|node| node["seller"]["id"].as_str().map(str::to_owned));
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let own = scene.data(query, &json!({}));
    assert_eq!(own["apiKeyPrincipal"]["seller"]["id"], "U2VsbGVyLTQ=");
    assert_eq!((own["invoices"]["totalCount"].as_u64(), sellers(&own).len()), (Some(1), 1));
    let all = scene.graphql_as("operator-demo-key", query, &json!({}))["data"].take();
    assert_eq!(all["apiKeyPrincipal"]["seller"], json!(null));
    assert_eq!((all["invoices"]["totalCount"].as_u64(), sellers(&all).len()), (Some(2), 2));

    let foreign = all["invoices"]["nodes"].as_array().unwrap().iter().find(|n| n["seller"]["id"] != "U2VsbGVyLTQ=");
    let foreign = foreign.unwrap()["legacyId"].as_u64().unwrap();
    let id = json!({ "ids": [STANDARD.encode(format!("Invoice-{foreign}"))] });
    let by_id = "query($ids:[ID!]!){nodes(ids:$ids){id}}";
    assert_eq!(scene.data(by_id, &id)["nodes"], json!([null]));
    assert_eq!(scene.get(&format!("invoices/{foreign}")).0, 404);
    assert!(scene.graphql_as("operator-demo-key", by_id, &id)["data"]["nodes"][0]["id"].is_string());
    assert_eq!(scene.sim.state()["invoices"].as_object().unwrap().len(), 1, "the state is our seller's");
}

#[test]
fn times_and_days_are_those_of_the_instances_zone() {
    // contracts/marketplacer.md §1 shows +11:00, §3.4 compares dates. 13:30 UTC on the 23rd is the 24th in Sydney.
    let zone = jiff::tz::TimeZone::get("Australia/Sydney").unwrap();
    let mut scene = quiet(Options { zone, ..Options::default() });
    scene.wait(7 * 3_600 + 1_800);
    let (_, id) = scene.order(&scene.sku.clone(), 2);
    let read = "query($id:ID!){node(id:$id){... on Invoice{createdAt}}}";
    assert_eq!(scene.data(read, &json!({ "id": id }))["node"]["createdAt"], "2026-11-24T00:30:00+11:00");
    let line = scene.lines(&id)[0].0.clone();
    let mut parcel = crate::common::shipment(&id, &[(&line, 1)]);
    parcel["input"]["dispatchedAt"] = json!("2026-11-23T14:00:00Z");
    let refused = scene.data(crate::common::SHIP, &parcel);
    let message = json!(["Dispatched at is before shipped items were ordered"]);
    assert_eq!(refused["shipmentCreate"]["errors"][0]["messages"], message, "half an hour later, but a day before");
    parcel["input"]["dispatchedAt"] = json!("2026-11-24T01:00:00+11:00");
    assert_eq!(scene.data(crate::common::SHIP, &parcel)["shipmentCreate"]["errors"], json!(null));
}

#[test]
fn a_copy_of_the_twin_lives_a_life_of_its_own() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let (legacy, _) = scene.order(&sku, 1);
    let copy = scene.sim.twin().clone();
    scene.control("cancel", &json!({ "legacyId": legacy }));
    let mut other = sim_core::Simulated::new(copy, 7);
    assert_eq!(other.state()["invoices"][legacy.to_string()]["flags"], json!(["PAID"]));
    other.tick(scene.now);
    other.control(scene.now, "stock", &json!({ "sku": sku, "quantity": 77 })).unwrap();
    assert_ne!(scene.stock(&sku), 77);
}

#[test]
fn an_order_may_hold_a_sku_that_no_warehouse_knows_and_may_lack_a_postcode() {
    let mut scene = quiet(Options::default());
    let (_, id) = scene.order_of(&json!({ "lines": [{ "sku": "JL-80001-NVY", "quantity": 2 }], "postcode": "" }));
    let query =
        "query($id:ID!){node(id:$id){... on Invoice{shippingAddress{postcode} lineItems{variantSku quantity}}}}";
    let node = scene.data(query, &json!({ "id": id }))["node"].take();
    assert_eq!(node["shippingAddress"]["postcode"], "");
    assert_eq!(node["lineItems"], json!([{ "variantSku": "JL-80001-NVY", "quantity": 2 }]));
    let placed = &scene.effects("order_placed")[0];
    assert_eq!(placed.data["ready_by_design"], json!(false));
    assert_eq!(placed.data["defect"], "unknown_sku");
    assert_eq!(placed.data["gid"], json!(id));
}

#[test]
fn the_operator_cancels_what_has_not_been_sent() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order(&scene.sku.clone(), 2);
    scene.control("cancel", &json!({ "legacyId": legacy }));
    let query =
        "query($id:ID!){node(id:$id){... on Invoice{statusFlags lineItems{id status quantityAwaitingDispatch}}}}";
    let node = scene.data(query, &json!({ "id": id }))["node"].take();
    assert_eq!(node["statusFlags"], json!(["PAID", "CANCELLED"]));
    assert_eq!(node["lineItems"][0]["status"], "CANCELLED");
    assert_eq!(node["lineItems"][0]["quantityAwaitingDispatch"], 0);
    assert_eq!(scene.effects("order_cancelled")[0].data, json!({ "by": "operator" }));
    let again = scene.sim.control(scene.now, "cancel", &json!({ "legacyId": legacy }));
    assert!(again.is_err());
}

#[test]
fn a_state_has_stock_invoices_and_connection() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let listed = scene.stock(&sku);
    assert_eq!(listed, scene.world.opening_stock(&sku) - 1, "one less than the warehouse has");
    let (legacy, id) = scene.order(&sku, 2);
    let line = scene.lines(&id)[0].0.clone();
    scene.data(crate::common::SHIP, &crate::common::shipment(&id, &[(&line, 1)]));
    let state = scene.sim.state();
    assert_eq!(state["stock"][&sku], json!(listed - 2));
    let expected = json!({
        "flags": ["PAID", "PARTIALLY_SENT"], "shipped": [{ "line": line, "sku": sku, "quantity": 1 }],
    });
    assert_eq!(state["invoices"][legacy.to_string()], expected);
    assert_eq!(state["connection"], json!({ "active": true, "online": true }));
}
