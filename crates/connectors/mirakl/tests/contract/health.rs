//! A01 and PC01 (`contracts/john-lewis.md §2.7`).

use crossdock_connector::{Capability, Connector, Failure, Observation, Page, Read, ReadReply, Session};
use crossdock_model::ConnectionState;
use serde_json::{Value, json};

use crate::kit::{answer, connector, reply, session};

fn probe() -> Read {
    Read::Health { page: Page::first() }
}

fn remember(session: &mut Session, reply: &ReadReply) {
    session.facts.extend(reply.facts.iter().cloned());
}

fn states(reply: &ReadReply) -> Vec<ConnectionState> {
    let state = |observation: &Observation| match observation {
        Observation::Health(health) => Some(health.state),
        _ => None,
    };
    reply.observations.iter().filter_map(state).collect()
}

fn features(order_acceptance: &str, multi_shipment: bool) -> Value {
    json!({ "features": {
        "order_workflows": { "order_acceptance": order_acceptance, "shipping_and_billing_details_before_acceptance": false },
        "shipment": { "multi_shipment": multi_shipment, "multi_part_item_shipment": true },
        "disable_seller_alternative_carrier": true,
    }, "platform_name": "", "timezone": "Europe/London" })
}

/// Runs the whole probe over two answers and returns what it saw and learnt.
fn run(account: &Value, configuration: &Value) -> (Vec<ConnectionState>, Session) {
    let connector = connector(json!({}));
    let mut session = session(&[]);
    let first = connector.interpret_read(&probe(), &session, &answer(account)).unwrap();
    remember(&mut session, &first);
    let second = connector.interpret_read(first.next.as_ref().unwrap(), &session, &answer(configuration)).unwrap();
    remember(&mut session, &second);
    assert_eq!(second.next, None);
    ([states(&first), states(&second)].concat(), session)
}

#[test]
fn the_probe_asks_the_account_and_then_the_platform() {
    let connector = connector(json!({ "shop_id": 2000 }));
    let session = session(&[]);
    let first = connector.plan_read(&probe(), &session).unwrap();
    assert_eq!(first.request.method(), "GET");
    assert_eq!(first.request.uri(), "/api/account?shop_id=2000");
    assert_eq!(first.windows, ["A01"]);
    let account = answer(&json!({ "shop_state": "OPEN", "shop_id": 2000, "model": "MARKETPLACE" }));
    let next = connector.interpret_read(&probe(), &session, &account).unwrap().next.unwrap();
    let second = connector.plan_read(&next, &session).unwrap();
    assert_eq!(second.request.uri(), "/api/platform/configuration?shop_id=2000");
    assert_eq!(second.windows, ["calls"]);
}

#[test]
fn an_open_shop_is_live_and_any_other_is_offline() {
    let configuration = features("NOT_AUTOMATIC", false);
    assert_eq!(run(&json!({ "shop_state": "OPEN" }), &configuration).0, [ConnectionState::Live]);
    for state in ["CLOSE", "SUSPENDED", "TERMINATED", "HIBERNATING"] {
        let (states, _) = run(&json!({ "shop_state": state }), &configuration);
        assert!(states.iter().all(|seen| *seen == ConnectionState::SellerOffline), "{state}");
        assert!(!states.is_empty());
    }
}

#[test]
fn an_account_with_nulls_where_values_are_promised_still_counts() {
    let (states, session) =
        run(&json!({ "shop_state": null, "shop_id": 2000, "model": null }), &features("BOTH", false));
    assert_eq!(states, [ConnectionState::Live]);
    assert_eq!(session.fact("shop_id"), Some("2000"));
}

#[test]
fn the_account_is_asked_once_a_day_and_the_platform_each_time() {
    // §2.7 allows A01 once a day; a probe every few minutes must not be held up by that.
    let connector = connector(json!({}));
    let (_, mut session) = run(&json!({ "shop_state": "CLOSE" }), &features("BOTH", false));
    session.now += jiff::SignedDuration::from_hours(23);
    let call = connector.plan_read(&probe(), &session).unwrap();
    assert_eq!(call.request.uri(), "/api/platform/configuration");
    let seen = connector.interpret_read(&probe(), &session, &answer(&features("BOTH", false))).unwrap();
    assert_eq!(states(&seen), [ConnectionState::SellerOffline], "the last known state of the shop still counts");
    assert_eq!(seen.next, None);
    session.now += jiff::SignedDuration::from_hours(1);
    assert_eq!(connector.plan_read(&probe(), &session).unwrap().request.uri(), "/api/account");
}

#[test]
fn an_operator_that_allows_it_is_asked_for_the_account_more_often() {
    let connector = connector(json!({ "windows": { "A01": { "calls": 2, "per_seconds": 7200 } } }));
    let (_, mut session) = run(&json!({ "shop_state": "OPEN" }), &features("BOTH", false));
    session.now += jiff::SignedDuration::from_mins(61);
    assert_eq!(connector.plan_read(&probe(), &session).unwrap().request.uri(), "/api/account");
}

#[test]
fn the_platforms_switches_become_capabilities() {
    let connector = connector(json!({}));
    let capabilities = |acceptance, multi| {
        let (_, session) = run(&json!({ "shop_state": "OPEN" }), &features(acceptance, multi));
        connector.capabilities(&session)
    };
    assert_eq!(capabilities("NOT_AUTOMATIC", false), [Capability::Channel, Capability::Acceptance]);
    assert_eq!(capabilities("AUTOMATIC", true), [Capability::Channel, Capability::PartialShipments]);
    assert_eq!(capabilities("BOTH", false), [Capability::Channel, Capability::Acceptance]);
    // Before anything is known: the seller accepts, one shipment per order.
    assert_eq!(connector.capabilities(&session(&[])), [Capability::Channel, Capability::Acceptance]);
}

#[test]
fn settings_overrule_the_platform() {
    let forced = connector(json!({ "acceptance": "automatic", "shipments": "multi" }));
    let (_, session) = run(&json!({ "shop_state": "OPEN" }), &features("NOT_AUTOMATIC", false));
    assert_eq!(forced.capabilities(&session), [Capability::Channel, Capability::PartialShipments]);
    let other = connector(json!({ "acceptance": "seller", "shipments": "single" }));
    let (_, session) = run(&json!({ "shop_state": "OPEN" }), &features("AUTOMATIC", true));
    assert_eq!(other.capabilities(&session), [Capability::Channel, Capability::Acceptance]);
}

#[test]
fn a_platform_without_pc01_is_probed_all_the_same() {
    let connector = connector(json!({}));
    let session = session(&[("shop_state", "OPEN")]);
    let page = Read::Health { page: Page("platform".to_owned()) };
    let seen = connector.interpret_read(&page, &session, &reply(404, "")).unwrap();
    assert_eq!(states(&seen), [ConnectionState::Live]);
    assert!(seen.observations.iter().any(|seen| matches!(seen, Observation::Drift(_))));
}

#[test]
fn refused_keys_and_pages_that_are_no_answer_are_told_apart() {
    let connector = connector(json!({}));
    let failure = |status, body: &'static str| {
        connector.interpret_read(&probe(), &session(&[]), &reply(status, body)).unwrap_err()
    };
    assert!(matches!(failure(401, r#"{"status":401,"message":"Unauthorized"}"#), Failure::Denied(_)));
    assert!(matches!(failure(403, ""), Failure::Denied(_)));
    assert!(matches!(failure(200, "<!doctype html><p>Maintenance"), Failure::Retry(_)));
    assert!(matches!(failure(200, "{}"), Failure::Retry(_)));
    assert!(matches!(failure(503, "busy"), Failure::Retry(_)));
}
