//! Webhooks (contracts/marketplacer.md §6).

use crate::common::{Scene, quiet};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sim_core::{FaultKind, Host as _, Outbound};
use sim_marketplacer::Options;

const QUERY: &str = "query($id: ID!){ node(id:$id){ __typename id ... on Invoice { statusFlags } } }";

fn hook(scene: &mut Scene, kind: &str, extra: &Value) -> String {
    let mut attributes = json!({ "type": kind, "url": "https://hub.example/in", "queryString": QUERY });
    for (name, value) in extra.as_object().unwrap() {
        attributes[name] = value.clone();
    }
    let query = "mutation($input:WebhookCreateMutationInput!){webhookCreate(input:$input){status errors{field messages} \
                 webhook{id enabled}}}";
    let data = scene.data(query, &json!({ "input": { "attributes": attributes } }));
    assert_eq!(data["webhookCreate"]["errors"], json!(null));
    data["webhookCreate"]["webhook"]["id"].as_str().unwrap().to_owned()
}

/// What is delivered in the next seconds.
fn sent(scene: &mut Scene, seconds: i64) -> Vec<Outbound> {
    scene.wait(seconds);
    scene.sim.take_outbound(scene.now)
}

fn body(call: &Outbound) -> Value {
    serde_json::from_slice(call.request.body()).unwrap()
}

fn header<'a>(call: &'a Outbound, name: &str) -> &'a str {
    call.request.headers()[name].to_str().unwrap()
}

fn status(scene: &mut Scene, hook: &str) -> Value {
    let query = "query($id:ID){webhookEvents(webhookId:$id){nodes{eventName status retryAfter responses{status}}}}";
    scene.data(query, &json!({ "id": hook }))["webhookEvents"]["nodes"].take()
}

#[test]
fn a_delivery_has_the_documented_headers_and_the_users_own_payload() {
    let mut scene = quiet(Options { seller_hmac: true, ..Options::default() });
    hook(&mut scene, "INVOICE", &json!({ "headers": { "X-Token": "s3" }, "hmacKey": "k" }));
    let (_, id) = scene.order(&scene.sku.clone(), 1);
    let calls = sent(&mut scene, 1);
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(call.request.uri(), "https://hub.example/in");
    assert_eq!(header(call, "user-agent"), "Marketplacer Client/1.0.0");
    assert_eq!(header(call, "marketplacer-vertical"), "kettleandcoral");
    assert_eq!(header(call, "marketplacer-sequence"), "1");
    assert_eq!(header(call, "idempotency-key"), STANDARD.encode("kettleandcoral:1"));
    assert_eq!(header(call, "x-token"), "s3");
    assert_eq!(header(call, "marketplacer-hmac-256").len(), 44);
    let event = STANDARD.encode("WebhookEvent-1");
    let node = json!({ "__typename": "Invoice", "id": id, "statusFlags": ["PAID"] });
    let expected = json!({ "id": event, "event_name": "create", "payload": { "data": { "node": node } } });
    assert_eq!(body(call), expected);
}

#[test]
fn a_sellers_webhook_is_not_signed_as_documented() {
    // contracts/marketplacer.md §6.1: HMAC keys are for operators; a seller's deliveries carry the configured header.
    let mut scene = quiet(Options::default());
    let id = hook(&mut scene, "INVOICE", &json!({ "headers": { "X-Token": "s3" }, "hmacKey": "k" }));
    let update = "mutation($input:WebhookUpdateMutationInput!){webhookUpdate(input:$input){webhook{id}}}";
    scene.data(update, &json!({ "input": { "webhookId": id, "attributes": { "hmacKey": "k" } } }));
    scene.order(&scene.sku.clone(), 1);
    let call = sent(&mut scene, 1).remove(0);
    assert_eq!((header(&call, "x-token"), call.request.headers().get("marketplacer-hmac-256")), ("s3", None));
}

#[test]
fn a_deleted_product_is_told_of_as_destroyed_and_can_be_read_no_more() {
    let mut scene = quiet(Options::default());
    hook(&mut scene, "VARIANT", &json!({ "eventName": "DESTROY" }));
    let sku = scene.sku.clone();
    scene.control("stock", &json!({ "sku": sku, "quantity": 3 }));
    scene.control("delete", &json!({ "sku": sku }));
    let calls = sent(&mut scene, 5);
    assert_eq!(calls.len(), 1);
    let told = body(&calls[0]);
    assert_eq!((&told["event_name"], &told["payload"]["data"]["node"]), (&json!("destroy"), &Value::Null));
    let query = "query($sku:String!){variantsWhere(variantFilters:{skus:[$sku]}){totalCount}}";
    assert_eq!(scene.data(query, &json!({ "sku": sku }))["variantsWhere"]["totalCount"], 0);
    let faces = scene.data("{allAdverts(first:500){nodes{__typename}}}", &json!({}))["allAdverts"]["nodes"].take();
    assert!(faces.as_array().unwrap().iter().any(|node| node["__typename"] == "DeletedAdvert"));
}

#[test]
fn quick_changes_collapse_and_the_payload_shows_the_moment_it_is_made() {
    let mut scene = quiet(Options::default());
    hook(&mut scene, "INVOICE", &json!({}));
    let (legacy, id) = scene.order(&scene.sku.clone(), 2);
    let line = scene.lines(&id)[0].0.clone();
    scene.data(crate::common::SHIP, &crate::common::shipment(&id, &[(&line, 1)]));
    scene.control("cancel", &json!({ "legacyId": legacy }));
    let calls = sent(&mut scene, 5);
    assert_eq!(calls.len(), 1);
    assert_eq!(body(&calls[0])["event_name"], "create");
    let flags = json!(["PAID", "SENT", "CANCELLED"]);
    assert_eq!(body(&calls[0])["payload"]["data"]["node"]["statusFlags"], flags);
}

#[test]
fn stock_changes_tell_the_variant_and_its_advert() {
    let mut scene = quiet(Options::default());
    hook(&mut scene, "VARIANT", &json!({ "eventName": "UPDATE" }));
    hook(&mut scene, "ADVERT", &json!({}));
    hook(&mut scene, "SHIPMENT", &json!({}));
    scene.order(&scene.sku.clone(), 1);
    let calls = sent(&mut scene, 5);
    let mut kinds: Vec<Value> =
        calls.iter().map(|call| body(call)["payload"]["data"]["node"]["__typename"].clone()).collect();
    kinds.sort_by_key(Value::to_string);
    assert_eq!(kinds, [json!("Advert"), json!("Variant")]);
}

#[test]
fn a_server_fault_is_retried_with_growing_waits_under_the_same_key() {
    let mut scene = quiet(Options::default());
    let hook = hook(&mut scene, "INVOICE", &json!({ "maxRetries": 2 }));
    scene.order(&scene.sku.clone(), 1);
    let first = sent(&mut scene, 1).remove(0);
    scene.sim.delivered(scene.now, first.id, Some(503));
    assert_eq!(status(&mut scene, &hook)[0]["status"], "rejected");
    assert!(sent(&mut scene, 59).is_empty());
    let second = sent(&mut scene, 1).remove(0);
    assert_eq!(header(&first, "idempotency-key"), header(&second, "idempotency-key"));
    assert_eq!(first.request.body(), second.request.body());
    // Nobody answers: the receiver has 30 s, then the next wait begins.
    assert!(sent(&mut scene, 89).is_empty());
    let third = sent(&mut scene, 1).remove(0);
    scene.sim.delivered(scene.now, third.id, Some(500));
    let events = status(&mut scene, &hook);
    assert_eq!(events[0]["status"], "failed");
    assert_eq!(events[0]["responses"], json!([{ "status": 503 }, { "status": 500 }]));
    assert!(sent(&mut scene, 400_000).is_empty());
    assert_eq!(scene.effects("webhook_disabled"), []);
}

#[test]
fn one_refusal_disables_the_webhook() {
    let mut scene = quiet(Options::default());
    let hook = hook(&mut scene, "INVOICE", &json!({}));
    let sku = scene.sku.clone();
    scene.order(&sku, 1);
    let call = sent(&mut scene, 1).remove(0);
    scene.sim.delivered(scene.now, call.id, Some(404));
    let enabled = |scene: &mut Scene| {
        let data = scene.data("{webhooks{nodes{id enabled type url}}}", &json!({}));
        data["webhooks"]["nodes"][0]["enabled"].clone()
    };
    assert_eq!(enabled(&mut scene), json!(false));
    assert_eq!(status(&mut scene, &hook)[0]["status"], "failed");
    assert_eq!(scene.effects("webhook_disabled").len(), 1);
    scene.order(&sku, 1);
    assert!(sent(&mut scene, 600).is_empty());

    let update =
        "mutation($input:WebhookUpdateMutationInput!){webhookUpdate(input:$input){errors{field} webhook{enabled}}}";
    let input = json!({ "input": { "webhookId": hook, "attributes": { "enabled": true } } });
    scene.data(update, &input);
    assert_eq!(enabled(&mut scene), json!(true));
    scene.order(&sku, 1);
    assert_eq!(sent(&mut scene, 1).len(), 1);
}

#[test]
fn a_busy_receiver_gets_fewer_at_once() {
    let mut scene = quiet(Options::default());
    hook(&mut scene, "INVOICE", &json!({ "concurrentSendLimit": 2 }));
    let sku = scene.sku.clone();
    for _ in 0..3 {
        scene.order(&sku, 1);
    }
    let calls = sent(&mut scene, 1);
    assert_eq!(calls.len(), 2, "the third waits for a place");
    scene.sim.delivered(scene.now, calls[0].id, Some(429));
    scene.sim.delivered(scene.now, calls[1].id, Some(200));
    assert_eq!(sent(&mut scene, 0).len(), 1);
    let hooks = scene.control("webhooks", &Value::Null);
    assert_eq!(hooks["webhooks"][0]["concurrentSendLimit"], 1);
    let states: Vec<&Value> = hooks["webhooks"][0]["events"].as_array().unwrap().iter().map(|e| &e["status"]).collect();
    assert_eq!(states, ["rejected", "sent", "unsent"]);
}

#[test]
fn events_are_dropped_doubled_and_late_when_told_to_be() {
    let run = |fault| {
        let mut scene = quiet(Options::default());
        hook(&mut scene, "INVOICE", &json!({}));
        scene.strike(fault, 1.0);
        scene.order(&scene.sku.clone(), 1);
        let at_once = sent(&mut scene, 1);
        let later = sent(&mut scene, 70).len();
        (at_once, later, scene)
    };
    let (at_once, later, scene) = run(FaultKind::EventDropped);
    assert_eq!((at_once.len(), later), (0, 0));
    assert_eq!(scene.effects("webhook_dropped").len(), 1);
    let (at_once, ..) = run(FaultKind::EventDuplicated);
    assert_eq!(at_once.len(), 2);
    assert_eq!(header(&at_once[0], "idempotency-key"), header(&at_once[1], "idempotency-key"));
    let (at_once, later, _) = run(FaultKind::EventReordered);
    assert_eq!((at_once.len(), later), (0, 1));
}

#[test]
fn allow_skip_leaves_out_payloads_that_repeat_the_last_one() {
    let mut scene = quiet(Options::default());
    let hook = hook(&mut scene, "VARIANT", &json!({ "allowSkip": true }));
    let sku = scene.sku.clone();
    scene.control("stock", &json!({ "sku": sku, "quantity": 5 }));
    assert_eq!(sent(&mut scene, 1).len(), 1);
    scene.control("stock", &json!({ "sku": sku, "quantity": 6 }));
    assert!(sent(&mut scene, 1).is_empty(), "the query does not ask for the count");
    assert_eq!(status(&mut scene, &hook)[1]["status"], "skipped");
}

#[test]
fn a_webhook_that_asks_for_an_unknown_field_is_not_saved() {
    let mut scene = quiet(Options::default());
    let create =
        "mutation($input:WebhookCreateMutationInput!){webhookCreate(input:$input){errors{field messages} webhook{id}}}";
    let mut refused = |attributes: Value| {
        let data = scene.data(create, &json!({ "input": { "attributes": attributes } }));
        assert_eq!(data["webhookCreate"]["webhook"], json!(null));
        data["webhookCreate"]["errors"][0].clone()
    };
    let query = "query($id: ID!){ node(id:$id){ ... on Invoice { phase } } }";
    let error = refused(json!({ "type": "INVOICE", "url": "https://hub.example", "queryString": query }));
    assert_eq!(error["field"], "queryString");
    assert_eq!(error["messages"], json!(["Field 'phase' doesn't exist on type 'Invoice'"]));
    assert_eq!(refused(json!({ "type": "INVOICE", "url": "hub" }))["field"], "url");
    let many = json!({ "type": "INVOICE", "url": "https://hub.example", "maxRetries": 51 });
    assert_eq!(refused(many)["field"], "maxRetries");
    let order = json!({ "input": { "attributes": { "type": "ORDER", "url": "https://hub.example" } } });
    let reply = scene.graphql(create, &order);
    assert!(
        reply["errors"][0]["message"].as_str().unwrap().contains("for attributes.type"),
        "there is no Order webhook"
    );
}

#[test]
fn events_that_waited_behind_a_refusal_are_cancelled_and_block_nothing_later() {
    let mut scene = quiet(Options::default());
    let hook = hook(&mut scene, "VARIANT", &json!({ "concurrentSendLimit": 1 }));
    let skus: Vec<String> = scene.world.catalogue.iter().take(3).map(|item| item.code.clone()).collect();
    for sku in &skus {
        scene.control("stock", &json!({ "sku": sku, "quantity": 5 }));
    }
    let call = sent(&mut scene, 1).remove(0);
    scene.sim.delivered(scene.now, call.id, Some(410));
    assert!(sent(&mut scene, 1).is_empty());
    let states = status(&mut scene, &hook);
    let states: Vec<&Value> = states.as_array().unwrap().iter().map(|event| &event["status"]).collect();
    assert_eq!(states, ["failed", "cancelled", "cancelled"]);
    let update = "mutation($input:WebhookUpdateMutationInput!){webhookUpdate(input:$input){errors{field}}}";
    scene.data(update, &json!({ "input": { "webhookId": hook, "attributes": { "enabled": true } } }));
    scene.control("stock", &json!({ "sku": skus[2], "quantity": 6 }));
    assert_eq!(sent(&mut scene, 1).len(), 1);
}
