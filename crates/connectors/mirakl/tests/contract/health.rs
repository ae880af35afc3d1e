//! A01 and PC01 (`contracts/john-lewis.md §2.7`).

use crossdock_connector::{
    Capability, Connector, Failure, Observation, Outcome, Page, Read, ReadReply, Reply, Session, StageKind,
};
use crossdock_mirakl::Mirakl;
use crossdock_model::ConnectionState;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Work, answer, connector, despatch, one, parcel, reply, session, stage_of, stranger};

fn probe() -> Read {
    Read::Health { page: Page::first() }
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

/// What a page of the probe saw, remembered.
fn turn(connector: &Mirakl, session: &mut Session, read: &Read, mut reply: Reply) -> ReadReply {
    reply.at = session.now;
    let seen = connector.interpret_read(read, session, &reply).unwrap();
    session.facts.extend(seen.facts.iter().cloned());
    seen
}

fn path(connector: &Mirakl, read: &Read, session: &Session) -> String {
    connector.plan_read(read, session).unwrap().request.uri().path().to_owned()
}

/// Runs the whole probe over two answers and returns what it saw and learnt.
fn run(configuration: &Value, account: &Value) -> (Vec<ConnectionState>, Session) {
    let connector = connector(json!({}));
    let mut session = stranger();
    let first = turn(&connector, &mut session, &probe(), answer(configuration));
    let second = turn(&connector, &mut session, first.next.as_ref().unwrap(), answer(account));
    assert_eq!(second.next, None);
    ([states(&first), states(&second)].concat(), session)
}

#[test]
fn the_probe_asks_the_platform_and_then_the_account() {
    let connector = connector(json!({ "shop_id": 2000 }));
    let mut session = stranger();
    let first = connector.plan_read(&probe(), &session).unwrap();
    assert_eq!(first.request.method(), "GET");
    assert_eq!(first.request.uri(), "/api/platform/configuration?shop_id=2000");
    assert_eq!(first.windows, ["calls"]);
    let next = turn(&connector, &mut session, &probe(), answer(&features("BOTH", false))).next.unwrap();
    let second = connector.plan_read(&next, &session).unwrap();
    assert_eq!(second.request.uri(), "/api/account?shop_id=2000");
    assert_eq!(second.windows, ["A01"]);
}

#[test]
fn an_open_shop_is_live_and_any_other_is_offline() {
    let configuration = features("NOT_AUTOMATIC", false);
    let last = |account: Value| run(&configuration, &account).0.pop();
    assert_eq!(last(json!({ "shop_state": "OPEN" })), Some(ConnectionState::Live));
    for state in ["CLOSE", "SUSPENDED", "TERMINATED", "HIBERNATING"] {
        assert_eq!(last(json!({ "shop_state": state })), Some(ConnectionState::SellerOffline), "{state}");
    }
}

#[test]
fn an_account_with_nulls_where_values_are_promised_still_counts() {
    let account = json!({ "shop_state": null, "shop_id": 2000, "model": null });
    let (states, session) = run(&features("BOTH", false), &account);
    assert_eq!(states.last(), Some(&ConnectionState::Live));
    assert_eq!(session.fact("shop_model"), None);
}

#[test]
fn a_shop_in_another_model_says_so() {
    // §2.9: its prices are purchase prices.
    let connector = connector(json!({}));
    let read = Read::Health { page: Page("account".to_owned()) };
    let account = answer(&json!({ "shop_state": "OPEN", "model": "DROPSHIP" }));
    let seen = connector.interpret_read(&read, &session(&[]), &account).unwrap();
    assert!(matches!(&seen.observations[..], [Observation::Health(health)] if health.detail.contains("DROPSHIP")));
}

#[test]
fn the_account_is_asked_once_a_day_and_the_platform_each_time() {
    // §2.7 allows A01 once a day; a probe every few minutes must not be held up by that.
    let connector = connector(json!({}));
    let (_, mut session) = run(&features("BOTH", false), &json!({ "shop_state": "CLOSE" }));
    session.now += SignedDuration::from_hours(23);
    assert_eq!(path(&connector, &probe(), &session), "/api/platform/configuration");
    let seen = turn(&connector, &mut session, &probe(), answer(&features("BOTH", false)));
    assert_eq!(states(&seen), [ConnectionState::SellerOffline], "the last known state of the shop still counts");
    assert_eq!(seen.next, None);
    session.now += SignedDuration::from_hours(1);
    let seen = turn(&connector, &mut session, &probe(), answer(&features("BOTH", false)));
    assert_eq!(path(&connector, seen.next.as_ref().unwrap(), &session), "/api/account");
}

#[test]
fn an_account_that_does_not_answer_fails_nothing_and_is_asked_again_the_next_day() {
    let connector = connector(json!({}));
    for account in [reply(503, ""), reply(200, "<html>"), reply(200, "{}"), reply(429, ""), reply(404, "")] {
        let mut session = stranger();
        let first = turn(&connector, &mut session, &probe(), answer(&features("BOTH", true)));
        assert_eq!(states(&first), [ConnectionState::Live], "the platform alone is enough to go on");
        let second = turn(&connector, &mut session, first.next.as_ref().unwrap(), account);
        assert!(matches!(&second.observations[..], [Observation::Drift(_)]));
        assert_eq!(second.next, None);
        assert_eq!(session.fact("multi_shipment"), Some("true"), "the switches are known all the same");
        session.now += SignedDuration::from_hours(23);
        assert_eq!(turn(&connector, &mut session, &probe(), answer(&features("BOTH", true))).next, None);
    }
}

#[test]
fn a_probe_whose_account_cannot_be_asked_now_does_not_wait_for_it() {
    // Its reply was lost, or its window is shut for the rest of the day: the page is planned again and again meanwhile.
    let connector = connector(json!({}));
    let mut session = stranger();
    let account = turn(&connector, &mut session, &probe(), answer(&features("BOTH", true))).next.unwrap();
    session.now += SignedDuration::from_secs(61);
    let call = connector.plan_read(&account, &session).unwrap();
    assert_eq!((call.request.uri().path(), &call.windows[..]), ("/api/platform/configuration", &["calls"][..]));
    let seen = turn(&connector, &mut session, &account, answer(&features("AUTOMATIC", true)));
    assert_eq!((states(&seen), seen.next), (vec![ConnectionState::Live], None));
    assert_eq!(session.fact("order_acceptance"), Some("AUTOMATIC"));
}

#[test]
fn an_operator_that_allows_it_is_asked_for_the_account_more_often() {
    let connector = connector(json!({ "windows": { "A01": { "calls": 2, "per_seconds": 7200 } } }));
    let (_, mut session) = run(&features("BOTH", false), &json!({ "shop_state": "OPEN" }));
    session.now += SignedDuration::from_mins(61);
    let seen = turn(&connector, &mut session, &probe(), answer(&features("BOTH", false)));
    assert_eq!(path(&connector, seen.next.as_ref().unwrap(), &session), "/api/account");
}

#[test]
fn the_platforms_switches_become_capabilities() {
    let connector = connector(json!({}));
    let capabilities = |acceptance, multi| {
        let (_, session) = run(&features(acceptance, multi), &json!({ "shop_state": "OPEN" }));
        connector.capabilities(&session)
    };
    assert_eq!(capabilities("NOT_AUTOMATIC", false), [Capability::Channel, Capability::Acceptance]);
    assert_eq!(capabilities("AUTOMATIC", true), [Capability::Channel, Capability::PartialShipments]);
    assert_eq!(capabilities("BOTH", false), [Capability::Channel, Capability::Acceptance]);
    // Before anything is known: the seller accepts, and nothing is said of several shipments.
    assert_eq!(connector.capabilities(&stranger()), [Capability::Channel, Capability::Acceptance]);
}

#[test]
fn settings_overrule_the_platform() {
    let forced = connector(json!({ "acceptance": "automatic", "shipments": "multi" }));
    let (_, session) = run(&features("NOT_AUTOMATIC", false), &json!({ "shop_state": "OPEN" }));
    assert_eq!(forced.capabilities(&session), [Capability::Channel, Capability::PartialShipments]);
    let other = connector(json!({ "acceptance": "seller", "shipments": "single" }));
    let (_, session) = run(&features("AUTOMATIC", true), &json!({ "shop_state": "OPEN" }));
    assert_eq!(other.capabilities(&session), [Capability::Channel, Capability::Acceptance]);
}

#[test]
fn a_platform_without_pc01_is_probed_all_the_same() {
    let connector = connector(json!({}));
    let seen = connector.interpret_read(&probe(), &session(&[("shop_state", "OPEN")]), &reply(404, "")).unwrap();
    assert_eq!(states(&seen), [ConnectionState::Live]);
    assert!(seen.observations.iter().any(|seen| matches!(seen, Observation::Drift(_))));
    assert!(seen.next.is_some(), "the account says whether the shop is open");
}

#[test]
fn a_despatch_waits_until_it_is_known_how_many_shipments_an_order_may_have() {
    let connector = connector(json!({}));
    let work = Work::new(despatch(parcel("1-A", &[("1-A-1", 1)])), "pc01", Value::Null);
    assert_eq!(connector.first_stage(&work.operation, &stranger()).as_str(), "pc01");
    assert_eq!(connector.recovery_stage(&work.operation, &stranger()).as_str(), "pc01");
    assert_eq!(connector.stage_kind(&work.operation, &work.stage), StageKind::Look);
    let call = connector.plan(&[work.step()], &stranger()).unwrap();
    assert_eq!(call.request.uri(), "/api/platform/configuration");
    assert_eq!(stage_of(&one(&connector, &work, &answer(&features("BOTH", true)))), Some("st11"));
    assert_eq!(stage_of(&one(&connector, &work, &answer(&features("BOTH", false)))), Some("look"));
    for wait in [reply(503, ""), reply(200, "<html>"), reply(200, "{}"), reply(403, "")] {
        let outcome = one(&connector, &work, &wait);
        assert!(matches!(outcome, Outcome::NotDone(Failure::Retry(_))), "{outcome:?}");
    }
    for never in [reply(404, ""), answer(&json!({ "features": {} }))] {
        let outcome = one(&connector, &work, &never);
        assert!(matches!(&outcome, Outcome::Rejected(why) if why.detail.contains("`shipments`")), "{outcome:?}");
    }
    let told = crate::kit::connector(json!({ "shipments": "single" }));
    assert_eq!(told.first_stage(&work.operation, &stranger()).as_str(), "look");
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
