//! Shipping, stock and the catalogue over GraphQL (contracts/marketplacer.md §3.3–3.6; B055).

use crate::common::{DPD, SHIP, quiet, shipment};
use serde_json::{Value, json};
use sim_core::FaultKind;
use sim_marketplacer::{AdvertOrder, Options};

const STOCK: &str = "mutation($input: VariantUpdateMutationInput!){ variantUpdate(input:$input){ status \
                     errors{field messages} variant{ id legacyId sku countOnHand infiniteQuantity updatedAt } } }";

fn flags(scene: &mut crate::common::Scene, invoice: &str) -> Value {
    let query = "query($id:ID!){node(id:$id){... on Invoice{statusFlags}}}";
    scene.data(query, &json!({ "id": invoice }))["node"]["statusFlags"].take()
}

#[test]
fn an_invoice_is_sent_in_parts_and_never_beyond_what_was_ordered() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order(&scene.sku.clone(), 3);
    let line = scene.lines(&id)[0].0.clone();
    let data = scene.data(SHIP, &shipment(&id, &[(&line, 2)]));
    let done = &data["shipmentCreate"];
    assert_eq!(done["status"], 200);
    assert_eq!(done["errors"], json!(null), "null, not an empty list");
    assert_eq!(done["shipment"]["carrier"], "DPD UK");
    assert_eq!(done["shipment"]["trackingLink"], "https://dpd.example/track/1550%204837");
    assert_eq!(flags(&mut scene, &id), json!(["PAID", "PARTIALLY_SENT"]));

    let data = scene.data(SHIP, &shipment(&id, &[(&line, 2)]));
    let refused = &data["shipmentCreate"];
    assert_eq!(refused["shipment"], json!(null));
    assert_eq!(
        refused["errors"][0]["messages"],
        json!(["Shipped items quantity exceeds the maximum number of undispatched items."])
    );
    let twice = scene.data(SHIP, &shipment(&id, &[(&line, 1), (&line, 1)]));
    assert_eq!(twice["shipmentCreate"]["shipment"], json!(null), "the sum counts");

    scene.data(SHIP, &shipment(&id, &[(&line, 1)]));
    assert_eq!(flags(&mut scene, &id), json!(["PAID", "SENT"]));
    let shipped = scene.effects("shipped");
    assert_eq!(shipped.len(), 2);
    assert_eq!(shipped[0].object, legacy.to_string());
    assert_eq!(shipped[0].data["tracking"], "1550 4837");
    assert_eq!(shipped[0].data["carrier"], "DPD UK");
    assert_eq!(shipped[0].data["reference"], "SO-77");
    assert_eq!(shipped[0].data["lines"], json!([{ "line": line, "sku": scene.sku, "quantity": 2 }]));
    let query = "query($id:ID!){node(id:$id){... on Invoice{lineItems{quantityAwaitingDispatch quantityReturnable \
                 statusFull} shipments{trackingNumber dispatchedAt shippedItems{quantity lineItem{id}}}}}}";
    let node = scene.data(query, &json!({ "id": id }))["node"].take();
    let line_state = json!({ "quantityAwaitingDispatch": 0, "quantityReturnable": 3, "statusFull": "SHIPPED" });
    assert_eq!(node["lineItems"][0], line_state);
    assert_eq!(node["shipments"][0]["shippedItems"], json!([{ "quantity": 2, "lineItem": { "id": line } }]));
    assert_eq!(node["shipments"][0]["dispatchedAt"], "2026-11-23T08:00:00+00:00");
}

#[test]
fn a_shipment_before_its_order_is_refused_and_the_same_day_is_not() {
    let mut scene = quiet(Options::default());
    scene.wait(3_600);
    let (_, id) = scene.order(&scene.sku.clone(), 2);
    let line = scene.lines(&id)[0].0.clone();
    let mut early = shipment(&id, &[(&line, 1)]);
    early["input"]["dispatchedAt"] = json!("2026-11-22");
    let refused = scene.data(SHIP, &early);
    let expected = json!([{
        "field": "dispatchedAt", "messages": ["Dispatched at is before shipped items were ordered"],
    }]);
    assert_eq!(refused["shipmentCreate"]["errors"], expected);
    // Dispatched at is a date: an hour before the order on the same day passes.
    early["input"]["dispatchedAt"] = json!("2026-11-23");
    assert_eq!(scene.data(SHIP, &early)["shipmentCreate"]["errors"], json!(null));
}

#[test]
fn unknown_ids_are_errors_at_the_top_with_the_field_null() {
    let mut scene = quiet(Options::default());
    let (_, id) = scene.order(&scene.sku.clone(), 1);
    let line = scene.lines(&id)[0].0.clone();
    let mut variables = shipment(&id, &[(&line, 1)]);
    for (argument, gid) in [("postageCarrierId", "U2hpcG1lbnRDYXJyaWVyLTY5OQ=="), ("invoiceId", DPD)] {
        let before = variables["input"][argument].take();
        variables["input"][argument] = json!(gid);
        let reply = scene.graphql(SHIP, &variables);
        assert_eq!(reply["data"], json!({ "shipmentCreate": null }));
        let error = &reply["errors"][0];
        assert_eq!(error["message"], json!(format!("No object found for {argument}: {gid}")));
        assert_eq!(error["path"], json!(["shipmentCreate"]));
        variables["input"][argument] = before;
    }
    assert_eq!(scene.effects("shipped"), []);
}

#[test]
fn tracking_is_put_right_and_quantities_are_not() {
    let mut scene = quiet(Options::default());
    let (legacy, id) = scene.order(&scene.sku.clone(), 1);
    let line = scene.lines(&id)[0].0.clone();
    let data = scene.data(SHIP, &shipment(&id, &[(&line, 1)]));
    let shipment = data["shipmentCreate"]["shipment"]["id"].clone();
    let query = "mutation($input:ShipmentUpdateMutationInput!){shipmentUpdate(input:$input){errors{field} \
                 shipment{trackingNumber carrier note}}}";
    let data = scene.data(query, &json!({ "input": { "shipmentId": shipment, "trackingNumber": "NEW" } }));
    let expected = json!({ "trackingNumber": "NEW", "carrier": "DPD UK", "note": "SO-77" });
    assert_eq!(data["shipmentUpdate"]["shipment"], expected);
    let set = scene.effects("tracking_set");
    assert_eq!(set[0].object, legacy.to_string());
    assert_eq!(set[0].data, json!({ "tracking": "NEW", "carrier": "DPD UK" }));
}

#[test]
fn carriers_are_the_operators_list() {
    let mut scene = quiet(Options::default());
    let data = scene.data("{shipmentCarriers(first:2){totalCount nodes{id name trackingUrl}}}", &json!({}));
    assert_eq!(data["shipmentCarriers"]["totalCount"], 8);
    assert_eq!(data["shipmentCarriers"]["nodes"][1]["id"], DPD);
    let url = data["shipmentCarriers"]["nodes"][1]["trackingUrl"].as_str().unwrap();
    assert!(url.contains("{TRACKING_NUMBER}"));
}

fn variant(scene: &mut crate::common::Scene, sku: &str) -> Value {
    let query = "query($sku:String!){variantsWhere(variantFilters:{skus:[$sku]}){nodes{id legacyId countOnHand}}}";
    scene.data(query, &json!({ "sku": sku }))["variantsWhere"]["nodes"][0].take()
}

#[test]
fn stock_is_set_absolutely_and_logged_even_when_equal() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let id = variant(&mut scene, &sku)["id"].clone();
    let input = json!({ "input": { "variantId": id, "attributes": { "countOnHand": 12, "infiniteQuantity": false } } });
    for _ in 0..2 {
        let data = scene.data(STOCK, &input);
        assert_eq!(data["variantUpdate"]["variant"]["countOnHand"], 12);
    }
    let set = scene.effects("stock_set");
    assert_eq!(set.len(), 2);
    assert_eq!((set[0].object.as_str(), &set[0].data), (sku.as_str(), &json!({ "quantity": 12, "variant": id })));
    assert_eq!(scene.stock(&sku), 12);
    let negative = json!({ "input": { "variantId": id, "attributes": { "countOnHand": -1 } } });
    let data = scene.data(STOCK, &negative);
    assert_eq!(data["variantUpdate"]["variant"], json!(null));
    assert_eq!(data["variantUpdate"]["errors"][0]["field"], "countOnHand");
}

#[test]
fn ignored_stock_answers_success_and_changes_nothing() {
    // reliability A108: accepted is not published.
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let before = scene.stock(&sku);
    let id = variant(&mut scene, &sku)["id"].clone();
    let input = json!({ "input": { "variantId": id, "attributes": { "countOnHand": before + 5 } } });
    scene.strike(FaultKind::StockIgnored, 1.0);
    let data = scene.data(STOCK, &input);
    assert_eq!(data["variantUpdate"]["errors"], json!(null));
    assert_eq!(data["variantUpdate"]["variant"]["countOnHand"], json!(before + 5), "the reply looks right");
    assert_eq!(variant(&mut scene, &sku)["countOnHand"], json!(before), "a read tells the truth");
    assert_eq!(scene.effects("stock_set"), []);
    assert_eq!(scene.effects("stock_ignored").len(), 1);

    scene.strike(FaultKind::StockIgnored, 0.0);
    scene.control("connection", &json!({ "active": false }));
    scene.data(STOCK, &input);
    assert_eq!(scene.stock(&sku), before);
    let probe = "{apiKeyPrincipal{seller{online}}}";
    assert_eq!(scene.data(probe, &json!({}))["apiKeyPrincipal"]["seller"]["online"], json!(true));
    scene.control("connection", &json!({ "active": true, "online": false }));
    scene.data(STOCK, &input);
    assert_eq!(scene.stock(&sku), before + 5);
    assert_eq!(scene.data(probe, &json!({}))["apiKeyPrincipal"]["seller"]["online"], json!(false));
}

#[test]
fn a_persons_edit_is_not_the_sellers_call() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    scene.control("stock", &json!({ "sku": sku, "quantity": 99 }));
    assert_eq!(variant(&mut scene, &sku)["countOnHand"], 99);
    assert_eq!(scene.effects("stock_set"), []);
    assert_eq!(scene.effects("stock_edited_by_person")[0].data, json!({ "quantity": 99 }));
}

#[test]
fn a_count_over_graphql_never_ends_without_limit_and_the_switch_does() {
    // contracts/marketplacer.md §3.5.
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    scene.control("stock", &json!({ "sku": sku, "infinite": true }));
    let id = variant(&mut scene, &sku)["id"].clone();
    let mut set = |attributes: Value| {
        let input = json!({ "input": { "variantId": id, "attributes": attributes } });
        scene.data(STOCK, &input)["variantUpdate"]["variant"].take()
    };
    let counted = set(json!({ "countOnHand": 4 }));
    assert_eq!((&counted["countOnHand"], &counted["infiniteQuantity"]), (&json!(4), &json!(true)));
    let ended = set(json!({ "infiniteQuantity": false }));
    assert_eq!((&ended["countOnHand"], &ended["infiniteQuantity"]), (&json!(4), &json!(false)));
}

#[test]
fn products_come_in_the_order_that_was_asked_for_or_in_the_instances_own() {
    let mut scene = quiet(Options { advert_order: AdvertOrder::RecentlyChanged, ..Options::default() });
    let last = scene.world.catalogue.last().unwrap().code.clone();
    scene.wait(60);
    scene.control("stock", &json!({ "sku": last, "quantity": 9 }));
    let first_sku = |scene: &mut crate::common::Scene, sort: &str| {
        let query = format!(
            "{{allAdverts(first:1{sort}){{nodes{{... on Advert{{variants(displayableOnly:false){{nodes\
                             {{sku}}}}}}}}}}}}"
        );
        let nodes = scene.data(&query, &json!({}))["allAdverts"]["nodes"][0]["variants"]["nodes"].take();
        nodes.as_array().unwrap().iter().map(|v| v["sku"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    assert!(first_sku(&mut scene, "").contains(&last), "the last changed comes first");
    let made = first_sku(&mut scene, ",sort:[{field:CREATED_AT,ordering:ASCENDING}]");
    assert_eq!(made[0], scene.world.catalogue[0].code);
}

#[test]
fn several_aliased_updates_run_in_one_document() {
    let mut scene = quiet(Options::default());
    let (sku, other) = (scene.sku.clone(), scene.other.clone());
    let (a, b) = (variant(&mut scene, &sku)["id"].clone(), variant(&mut scene, &other)["id"].clone());
    let query = format!(
        "mutation {{ a: variantUpdate(input:{{variantId:{a}, attributes:{{countOnHand:5}}}}){{variant{{countOnHand}}}} \
         b: variantUpdate(input:{{variantId:{b}, attributes:{{countOnHand:6}}}}){{variant{{countOnHand}}}} }}"
    );
    let data = scene.data(&query, &json!({}));
    assert_eq!(data["a"]["variant"]["countOnHand"], 5);
    assert_eq!(data["b"]["variant"]["countOnHand"], 6);
}

#[test]
fn an_audit_sees_every_face_of_an_advert_and_variants_without_sku() {
    let mut scene = quiet(Options::default());
    let query = "query($after:String){allAdverts(first:500,after:$after){nodes{__typename ... on Advert{id variants(\
                 displayableOnly:false){nodes{id sku barcode}}} ... on UnpublishedAdvert{id details{published \
                 variants(displayableOnly:false){nodes{sku}}}} ... on DeletedAdvert{id variants{nodes{legacyId}}}}}}";
    let data = scene.data(query, &json!({}));
    let nodes = data["allAdverts"]["nodes"].as_array().unwrap();
    let of = |name: &str| nodes.iter().filter(|node| node["__typename"] == name).collect::<Vec<_>>();
    let shared = of("Advert").iter().filter(|node| node["variants"]["nodes"].as_array().unwrap().len() == 2).count();
    assert!(shared > 0, "some adverts have two variants");
    let drafts = of("UnpublishedAdvert");
    assert!(drafts.len() >= 2);
    assert!(drafts.iter().all(|node| node["details"]["published"] == json!(false)));
    let skus: Vec<&Value> =
        drafts.iter().filter_map(|node| node["details"]["variants"]["nodes"].as_array()).flatten().collect();
    assert!(skus.iter().any(|variant| variant["sku"].is_null()));
    let hidden = "query($sku:String!){advertsWhere(variantSkus:[$sku]){totalCount nodes{variants(displayableOnly:true)\
                  {totalCount}}}}";
    let old = format!("{}-OLD", scene.sku);
    let data = scene.data(hidden, &json!({ "sku": old }));
    assert_eq!(data["advertsWhere"]["nodes"], json!([{ "variants": { "totalCount": 0 } }]));
}

#[test]
fn where_queries_without_a_filter_find_nothing() {
    let mut scene = quiet(Options::default());
    let data = scene.data(
        "{advertsWhere(first:5){totalCount} variantsWhere{totalCount} all: variantsWhere(variantFilters:{}){totalCount}}",
        &json!({}),
    );
    assert_eq!(data["advertsWhere"]["totalCount"], 0);
    assert_eq!(data["variantsWhere"]["totalCount"], 0);
    assert!(data["all"]["totalCount"].as_u64().unwrap() > 40);
}

#[test]
fn a_reimported_variant_has_another_id_and_the_same_sku() {
    let mut scene = quiet(Options::default());
    let sku = scene.sku.clone();
    let old = variant(&mut scene, &sku)["id"].clone();
    scene.control("reimport", &json!({ "sku": sku }));
    assert_ne!(variant(&mut scene, &sku)["id"], old);
    let input = json!({ "input": { "variantId": old, "attributes": { "countOnHand": 1 } } });
    let reply = scene.graphql(STOCK, &input);
    let message = format!("No object found for variantId: {}", old.as_str().unwrap());
    assert_eq!(reply["errors"][0]["message"], json!(message));
}

#[test]
fn a_sku_may_be_listed_twice_and_is_sold_from_the_first() {
    let mut scene = quiet(Options { duplicate_skus: 1, ..Options::default() });
    let sku = scene.sku.clone();
    let query = "query($sku:String!){variantsWhere(variantFilters:{skus:[$sku]}){nodes{countOnHand}}}";
    let before = scene.stock(&sku);
    scene.order(&sku, 1);
    let data = scene.data(query, &json!({ "sku": sku }));
    let expected = json!([{ "countOnHand": before - 1 }, { "countOnHand": 0 }]);
    assert_eq!(data["variantsWhere"]["nodes"], expected);
}
