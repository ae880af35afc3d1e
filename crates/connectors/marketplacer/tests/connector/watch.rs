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

/// A webhook as it should be.
fn hook(kind: &str, url: &str, enabled: bool) -> Value {
    json!({"id": "W1", "type": kind, "eventName": null, "url": url, "enabled": enabled, "allowSkip": false,
           "headers": {"X-Crossdock-Token": "s3cret"}, "queryString": our_query()})
}

fn our_query() -> Value {
    variables(&call("{}", WatchedEvent::Order, "create", &Value::Null))["input"]["attributes"]["queryString"].clone()
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut hook = hook("INVOICE", URL, true);
    change(&mut hook);
    hook
}

#[test]
fn a_webhook_that_is_there_is_not_doubled() {
    let there =
        json!([null, hook("VARIANT", URL, true), hook("INVOICE", "https://x.test", true), hook("INVOICE", URL, true)]);
    let Outcome::Done(evidence) = at_stage("look", &Value::Null, &list(&there, None)) else { panic!("not done") };
    assert_eq!(evidence.facts, json!({"webhook_id": "W1", "url": "https://hub.test/in/bazaar/…"}));

    let others = json!([hook("VARIANT", URL, true), hook("INVOICE", "https://x.test/in/other/order/t", true)]);
    let Outcome::Next { stage, note, .. } = at_stage("look", &Value::Null, &list(&others, Some("c1"))) else {
        panic!("paged")
    };
    assert_eq!((stage.as_str(), &note["after"]), ("look", &json!("c1")));
    assert_eq!(variables(&call("{}", WatchedEvent::Order, "look", &note))["after"], "c1");
    let absent = at_stage("look", &note, &list(&others, None));
    assert!(matches!(absent, Outcome::Absent { stage, .. } if stage.as_str() == "create"));
}

#[test]
fn none_is_made_while_nobody_can_say_what_is_there() {
    // A second one could not be deleted again (§3.8).
    for nodes in [Value::Null, json!([null]), json!([{"id": "W1", "type": "INVOICE", "url": null}])] {
        let outcome = at_stage("look", &Value::Null, &list(&nodes, None));
        assert!(matches!(outcome, Outcome::NotDone(Failure::Retry(_))), "{nodes}: {outcome:?}");
    }
}

#[test]
fn a_webhook_that_is_not_as_it_should_be_is_put_right() {
    // The same URL with another secret, query or event: each delivery would be refused, empty or missing.
    let mut wrongs = vec![
        changed(|hook| hook["enabled"] = json!(false)),
        changed(|hook| hook["eventName"] = json!("CREATE")),
        changed(|hook| hook["queryString"] = json!("query($id: ID!){ node(id:$id){ __typename } }")),
        changed(|hook| hook["queryString"] = Value::Null),
        changed(|hook| hook["allowSkip"] = json!(true)),
    ];
    for headers in [Value::Null, json!({}), json!({"X-Crossdock-Token": "old"}), json!({"Authorization": "s3cret"})] {
        wrongs.push(changed(|hook| hook["headers"] = headers));
    }
    for wrong in wrongs {
        let outcome = at_stage("look", &Value::Null, &list(&json!([wrong]), None));
        let Outcome::Next { stage, note, .. } = outcome else { panic!("{wrong}: {outcome:?}") };
        assert_eq!(stage.as_str(), "enable");
        let call = call("{}", WatchedEvent::Order, "enable", &note);
        assert_eq!(operation_name(&call), "CrossdockWebhookUpdate");
        let input = &variables(&call)["input"];
        assert_eq!((&input["webhookId"], &input["attributes"]["enabled"]), (&json!("W1"), &json!(true)));
        assert_eq!(input["attributes"]["headers"], json!({"X-Crossdock-Token": "s3cret"}));
        assert_eq!(input["attributes"]["eventName"], Value::Null);
        assert!(input["attributes"].as_object().unwrap().contains_key("eventName"), "null is said, not left out");
        assert!(matches!(at_stage("enable", &note, &updated(true)), Outcome::Done(_)));
        let off = at_stage("enable", &note, &updated(false));
        assert!(matches!(off, Outcome::Rejected(r) if r.code == RejectCode::Mismatch));
    }
    // Laid out anew, headers as a text, the name in other letters: as it should be.
    let same = changed(|hook| {
        hook["queryString"] = json!(our_query().as_str().unwrap().replace(['\n', ' '], "  "));
        hook["headers"] = json!("{\"x-crossdock-token\": \"s3cret\"}");
    });
    assert!(matches!(at_stage("look", &Value::Null, &list(&json!([same]), None)), Outcome::Done(_)));
    // A key for signatures is never shown; nothing else is wrong here.
    let signed = with_settings(r#"{"use_hmac": true}"#);
    let (operation, stage) = (watch(WatchedEvent::Order), Stage::new("look"));
    let bare = list(&json!([changed(|hook| hook["headers"] = Value::Null)]), None);
    assert!(matches!(outcome(&signed, step(&operation, &stage, &Value::Null), &bare), Outcome::Done(_)));
}

fn updated(enabled: bool) -> Reply {
    ok(&json!({"data": {"webhookUpdate": {"errors": null, "webhook": {"id": "W1", "enabled": enabled}}}}))
}

#[test]
fn webhooks_left_at_an_old_address_are_switched_off() {
    // They would send our secret to whoever answers there now, and one bad answer would show as a broken connection.
    let left = |id: &str, url: &str| {
        changed(|hook| {
            hook["id"] = json!(id);
            hook["url"] = json!(url);
        })
    };
    let mut off = left("OFF", "https://old.test/in/bazaar/order/t1");
    off["enabled"] = json!(false);
    let mut theirs = left("THEIRS", "https://other.test/in/bazaar/order/t1");
    theirs["headers"] = json!({"X-Other": "1"});
    theirs["queryString"] = json!("{ other }");
    let hooks = json!([
        left("OLD", "https://old.test/in/bazaar/order/t1"),
        hook("INVOICE", URL, true),
        left("TOKEN", "https://hub.test/in/bazaar/order/an-old-token"),
        left("EVENT", "https://hub.test/in/bazaar/listing/x"),
        left("NAME", "https://hub.test/in/bazaar-2/order/x"),
        off,
        theirs,
    ]);
    let Outcome::Next { stage, note, .. } = at_stage("look", &Value::Null, &list(&hooks, None)) else { panic!() };
    assert_eq!(stage.as_str(), "retire");
    let retire = |note: &Value| {
        let input = variables(&call("{}", WatchedEvent::Order, "retire", note))["input"].clone();
        assert_eq!(input["attributes"], json!({"enabled": false}));
        input["webhookId"].clone()
    };
    assert_eq!(retire(&note), "OLD");
    let Outcome::Next { stage, note, .. } = at_stage("retire", &note, &updated(false)) else { panic!() };
    assert_eq!((stage.as_str(), retire(&note)), ("retire", json!("TOKEN")));
    // One that will not be switched off is no reason to give ours up.
    let refused = ok(&json!({"data": {"webhookUpdate": {"errors": [{"field": "id", "messages": ["no"]}]}}}));
    for reply in [updated(false), refused] {
        let Outcome::Done(evidence) = at_stage("retire", &note, &reply) else { panic!("not done") };
        assert_eq!(evidence.facts["webhook_id"], "W1");
    }
    // A new one is confirmed first.
    let unseen = json!([left("OLD", "https://old.test/in/bazaar/order/t1")]);
    assert!(matches!(at_stage("look", &Value::Null, &list(&unseen, None)), Outcome::Absent { .. }));
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
    // 503 with a wait may come after the work was done: look before making another.
    let busy = at_stage("create", &Value::Null, &reply_with(503, ("retry-after", "9"), ""));
    assert!(matches!(busy, Outcome::Next { stage, after, .. } if stage.as_str() == "look" && after.as_secs() == 9));
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
