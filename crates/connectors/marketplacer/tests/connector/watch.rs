//! Webhooks are registered once and repaired when the marketplace has switched them off.

use crossdock_connector::{Connector, Failure, Operation, Outcome, RejectCode, Reply, Stage, WatchedEvent};
use serde_json::{Value, json};

use crate::support::*;

const URL: &str = "https://hub.test/in/bazaar/order/t0ken";

fn watch(event: WatchedEvent) -> Operation {
    Operation::Watch { event, url: URL.into(), secret: "s3cret".into() }
}

fn at_stage(stage: &'static str, note: &Value, reply: &Reply) -> Outcome {
    outcome(&marketplacer(), step(&watch(WatchedEvent::Order), &Stage::new(stage), note), reply)
}

fn call(settings: &str, event: WatchedEvent, stage: &'static str, note: &Value) -> crossdock_connector::Call {
    with_settings(settings).plan(&[step(&watch(event), &Stage::new(stage), note)], &session()).unwrap()
}

fn list(nodes: &Value, more: Option<&str>) -> Reply {
    let info = json!({"hasNextPage": more.is_some(), "endCursor": more});
    ok(&json!({"data": {"webhooks": {"pageInfo": info, "nodes": nodes}}}))
}

fn hook(kind: &str, url: &str, enabled: bool) -> Value {
    json!({"id": "W1", "type": kind, "url": url, "enabled": enabled})
}

#[test]
fn a_webhook_that_is_there_is_not_doubled() {
    let there =
        json!([null, hook("VARIANT", URL, true), hook("INVOICE", "https://x.test", true), hook("INVOICE", URL, true)]);
    let Outcome::Done(evidence) = at_stage("look", &Value::Null, &list(&there, None)) else { panic!("not done") };
    assert_eq!(evidence.facts, json!({"webhook_id": "W1", "url": "https://hub.test/in/bazaar/…"}));

    let others = json!([hook("VARIANT", URL, true), hook("INVOICE", "https://hub.test/in/bazaar/order/t0", true)]);
    let Outcome::Next { stage, note, .. } = at_stage("look", &Value::Null, &list(&others, Some("c1"))) else {
        panic!("paged")
    };
    assert_eq!((stage.as_str(), &note), ("look", &json!({"after": "c1"})));
    assert_eq!(variables(&call("{}", WatchedEvent::Order, "look", &note))["after"], "c1");
    let absent = at_stage("look", &note, &list(&others, None));
    assert!(matches!(absent, Outcome::Absent { stage, .. } if stage.as_str() == "create"));
}

#[test]
fn a_webhook_that_was_switched_off_is_switched_on_again() {
    let off = json!([hook("INVOICE", URL, false)]);
    let Outcome::Next { stage, note, .. } = at_stage("look", &Value::Null, &list(&off, None)) else {
        panic!("not next")
    };
    assert_eq!((stage.as_str(), &note), ("enable", &json!({"webhook": "W1"})));
    let call = call("{}", WatchedEvent::Order, "enable", &note);
    assert_eq!(operation_name(&call), "CrossdockWebhookUpdate");
    let input = &variables(&call)["input"];
    assert_eq!((&input["webhookId"], &input["attributes"]["enabled"]), (&json!("W1"), &json!(true)));
    assert_eq!(
        input["attributes"]["headers"],
        json!({"X-Crossdock-Token": "s3cret"}),
        "a wrong secret may be why it is off"
    );

    let updated = |enabled: bool| {
        ok(&json!({"data": {"webhookUpdate": {"errors": null, "webhook": {"id": "W1", "enabled": enabled}}}}))
    };
    assert!(matches!(at_stage("enable", &note, &updated(true)), Outcome::Done(_)));
    assert!(
        matches!(at_stage("enable", &note, &updated(false)), Outcome::Rejected(r) if r.code == RejectCode::Mismatch)
    );
}

#[test]
fn a_new_webhook_sends_the_id_and_our_secret() {
    let call = call("{}", WatchedEvent::Order, "create", &Value::Null);
    assert_graphql(&call);
    let variables = variables(&call);
    let attributes = &variables["input"]["attributes"];
    assert_eq!((&attributes["type"], &attributes["url"]), (&json!("INVOICE"), &json!(URL)));
    assert_eq!(attributes["headers"], json!({"X-Crossdock-Token": "s3cret"}));
    assert_eq!(attributes["allowSkip"], false, "§6.4: an id alone never changes, so every event would be skipped");
    assert_eq!(attributes.get("hmacKey"), None);
    let query = attributes["queryString"].as_str().unwrap();
    assert!(query.contains("id") && query.contains("legacyId") && query.contains("$id: ID!"));
    graphql_parser::parse_query::<&str>(query).unwrap();
}

#[test]
fn a_marketplace_that_signs_gets_a_key_instead_of_a_header() {
    let call = call(r#"{"use_hmac": true}"#, WatchedEvent::Listing, "create", &Value::Null);
    let variables = variables(&call);
    let attributes = &variables["input"]["attributes"];
    assert_eq!((&attributes["type"], &attributes["hmacKey"]), (&json!("VARIANT"), &json!("s3cret")));
    assert_eq!(attributes.get("headers"), None);
}

#[test]
fn a_created_webhook_is_read_back() {
    let made = ok(&json!({"data": {"webhookCreate": {"errors": null, "webhook": {"id": "W1", "enabled": true}}}}));
    let Outcome::Next { stage, note, .. } = at_stage("create", &Value::Null, &made) else { panic!("not next") };
    assert_eq!((stage.as_str(), &note), ("confirm", &Value::Null));
    assert!(matches!(at_stage("confirm", &note, &list(&json!([hook("INVOICE", URL, true)]), None)), Outcome::Done(_)));
    let unseen = at_stage("confirm", &note, &list(&json!([]), None));
    assert!(matches!(unseen, Outcome::NotDone(Failure::Retry(_))), "never created twice");
}

#[test]
fn a_lost_creation_is_unknown_and_a_refusal_is_final() {
    for reply in [reply(500, ""), reply(503, ""), reply(200, "<html>"), ok(&json!({"data": {"webhookCreate": null}}))] {
        assert!(matches!(at_stage("create", &Value::Null, &reply), Outcome::Unknown(_)), "{reply:?}");
    }
    let refused =
        ok(&json!({"data": {"webhookCreate": {"errors": [{"field": "url", "messages": ["must be https"]}]}}}));
    let Outcome::Rejected(rejection) = at_stage("create", &Value::Null, &refused) else { panic!("not rejected") };
    assert!(rejection.detail.contains("must be https"));
    let scope =
        ok(&json!({"data": {"webhooks": null}, "errors": [{"message": "x", "extensions": {"code": "MISSING_SCOPE"}}]}));
    assert!(matches!(at_stage("look", &Value::Null, &scope), Outcome::Rejected(_)));
}

#[test]
fn events_of_a_warehouse_and_unusable_secrets_are_refused() {
    let refused = |operation: &Operation, stage: &'static str| {
        marketplacer().plan(&[step(operation, &Stage::new(stage), &Value::Null)], &session()).unwrap_err().code
    };
    for event in [WatchedEvent::Availability, WatchedEvent::Despatch] {
        assert_eq!(refused(&watch(event), "look"), RejectCode::CannotExpress);
    }
    for secret in ["", "line\nbreak"] {
        let operation = Operation::Watch { event: WatchedEvent::Order, url: URL.into(), secret: secret.into() };
        assert_eq!(refused(&operation, "create"), RejectCode::CannotExpress);
    }
}
