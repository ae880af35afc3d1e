//! The state of a connection (A108: an inactive connection must be seen), and the carriers.

use crossdock_connector::{Failure, Observation, Page, Read, ReadReply};
use crossdock_model::{Carrier, ConnectionState};
use serde_json::{Value, json};

use crate::support::*;

fn probe(page: &str) -> Read {
    Read::Health { page: Page(page.to_owned()) }
}

fn state(reply: &ReadReply) -> Option<ConnectionState> {
    reply.observations.iter().find_map(|seen| match seen {
        Observation::Health(health) => Some(health.state),
        _ => None,
    })
}

fn principal(seller: &Value) -> Value {
    json!({"data": {"apiKeyPrincipal": {"name": "Hub", "seller": seller}}})
}

#[test]
fn a_live_connection_answers_both_questions() {
    let call = ask(&probe(""));
    assert_graphql(&call);
    assert_eq!(operation_name(&call), "CrossdockPrincipal");
    let seller = json!({"id": "U2VsbGVyLTQ=", "businessName": "Mugs Ltd", "online": true, "accountType": "RETAILER"});
    let reply = answer(&probe(""), &ok(&principal(&seller))).unwrap();
    assert_eq!(state(&reply), None, "not before the webhooks were seen");
    assert!(reply.facts.contains(&("seller_id".into(), "U2VsbGVyLTQ=".into())));

    let second = reply.next.unwrap();
    let call = ask(&second);
    assert_eq!(operation_name(&call), "CrossdockWebhooks");
    assert_eq!(variables(&call), json!({"first": 100, "after": null}));
    let hooks = json!({"data": {"webhooks": {"pageInfo": {"hasNextPage": false}, "nodes": [
        {"id": "W1", "type": "INVOICE", "url": "https://hub.test/in/bazaar/order/s3cret", "enabled": true},
        {"id": "W2", "type": "INVOICE", "url": "https://other.test/hook", "enabled": false},
        null
    ]}}});
    let reply = answer(&second, &ok(&hooks)).unwrap();
    assert_eq!(state(&reply), Some(ConnectionState::Live));
    assert_eq!(reply.next, None);
}

#[test]
fn a_seller_who_is_offline_or_only_prospective_does_not_trade() {
    for seller in [json!({"online": false}), json!({"online": true, "accountType": "PROSPECTIVE"})] {
        let reply = answer(&probe(""), &ok(&principal(&seller))).unwrap();
        assert_eq!(state(&reply), Some(ConnectionState::SellerOffline));
        assert_eq!(reply.next, None);
    }
}

fn hooks(nodes: &Value, more: bool) -> Value {
    json!({"data": {"webhooks": {"pageInfo": {"hasNextPage": more, "endCursor": "c9"}, "nodes": nodes}}})
}

#[test]
fn our_webhook_switched_off_is_told_without_its_secret() {
    let off =
        json!([{"id": "W1", "type": "INVOICE", "url": "https://hub.test/in/bazaar/order/s3cret", "enabled": false}]);
    let reply = answer(&probe("webhooks"), &ok(&hooks(&off, false))).unwrap();
    assert_eq!(state(&reply), Some(ConnectionState::WebhookDisabled));
    assert!(!format!("{reply:?}").contains("s3cret"));

    let others =
        json!([{"id": "W1", "type": "INVOICE", "url": "https://hub.test/in/bazaar-2/order/x", "enabled": false}]);
    let reply = answer(&probe("webhooks"), &ok(&hooks(&others, true))).unwrap();
    assert_eq!(state(&reply), None);
    assert_eq!(variables(&ask(&reply.next.unwrap()))["after"], "c9");
}

#[test]
fn a_webhook_left_behind_at_an_old_address_is_no_trouble_while_another_of_ours_works() {
    // None can be deleted (§3.8); without this the state would never be well again after a move.
    let hook = |url: &str, kind: &str, enabled: bool| json!({"id": "W", "type": kind, "url": url, "enabled": enabled});
    let old = hook("https://old.test/in/bazaar/order/x", "INVOICE", false);
    let first = answer(&probe("webhooks"), &ok(&hooks(&json!([old]), true))).unwrap();
    assert_eq!(state(&first), None, "the other one may be on the next page");
    let second = first.next.unwrap();
    let new = hook("https://hub.test/in/bazaar/order/y", "INVOICE", true);
    let reply = answer(&second, &ok(&hooks(&json!([new]), false))).unwrap();
    assert_eq!(state(&reply), Some(ConnectionState::Live));
    let other = hook("https://hub.test/in/bazaar/listing/y", "VARIANT", true);
    let reply = answer(&second, &ok(&hooks(&json!([other]), false))).unwrap();
    assert_eq!(state(&reply), Some(ConnectionState::WebhookDisabled), "it tells of something else");
}

#[test]
fn webhooks_without_a_list_are_not_taken_for_none() {
    let unseen = answer(&probe("webhooks"), &ok(&hooks(&Value::Null, false)));
    assert!(matches!(unseen, Err(Failure::Retry(_))));
}

#[test]
fn a_refused_key_and_a_missing_right_are_results_not_failures() {
    let denied = answer(&probe(""), &reply(401, "API Token has expired")).unwrap();
    assert_eq!(state(&denied), Some(ConnectionState::AuthFailed));
    let scope = json!({"message": "Missing scope sellers:read", "extensions": {"code": "MISSING_SCOPE"}, "path": ["apiKeyPrincipal", "seller"]});
    for body in [
        json!({"data": null, "errors": [scope]}),
        json!({"data": {"apiKeyPrincipal": null}, "errors": [scope]}),
        json!({"data": {"apiKeyPrincipal": {"seller": null}}, "errors": [scope]}),
    ] {
        let reply = answer(&probe(""), &ok(&body)).unwrap();
        assert_eq!(state(&reply), Some(ConnectionState::ScopeMissing), "{body}");
    }
    let reply = answer(&probe("webhooks"), &ok(&json!({"data": {"webhooks": null}, "errors": [scope]}))).unwrap();
    assert_eq!(state(&reply), Some(ConnectionState::ScopeMissing));
}

#[test]
fn an_unreachable_marketplace_is_a_failed_probe() {
    assert!(matches!(answer(&probe(""), &reply(500, "x")), Err(Failure::Retry(_))));
    assert!(matches!(answer(&probe(""), &reply(503, "")), Err(Failure::Throttled(Some(_)))));
    assert!(matches!(answer(&probe(""), &ok(&json!({"data": {"apiKeyPrincipal": null}}))), Err(Failure::Retry(_))));
}

#[test]
fn a_key_that_belongs_to_no_seller_is_not_a_live_connection() {
    // §1: an operator's key sees every seller's invoices, and all of them would become orders of ours.
    let reply = answer(&probe(""), &ok(&principal(&Value::Null))).unwrap();
    assert_eq!(state(&reply), Some(ConnectionState::AuthFailed));
    assert!(reply.next.is_none() && reply.facts.is_empty());
    // Withheld for some other reason: nobody can say.
    let mut hiccup = principal(&Value::Null);
    hiccup["errors"] = json!([{"message": "Timeout", "path": ["apiKeyPrincipal", "seller"]}]);
    assert!(matches!(answer(&probe(""), &ok(&hiccup)), Err(Failure::Retry(_))));
}

#[test]
fn carriers_are_listed_page_by_page() {
    let read = Read::Carriers { page: Page::first() };
    assert_eq!(variables(&ask(&read)), json!({"first": 100, "after": null}));
    let body = json!({"data": {"shipmentCarriers": {"pageInfo": {"hasNextPage": true, "endCursor": "c1"}, "nodes": [
        {"id": "U2hpcG1lbnRDYXJyaWVyLTY4", "name": "DPD"}, null, {"id": "x", "name": " "}
    ]}}});
    let reply = answer(&read, &ok(&body)).unwrap();
    let carrier = Carrier { code: "U2hpcG1lbnRDYXJyaWVyLTY4".into(), name: "DPD".into() };
    assert_eq!(reply.observations[0], Observation::Carrier(carrier));
    assert!(matches!(&reply.observations[1], Observation::Drift(_)));
    assert_eq!(variables(&ask(&reply.next.unwrap()))["after"], "c1");
    // One that could not be read would be forgotten: the list is taken as a whole.
    let mut partial = body;
    partial["errors"] = json!([{"message": "Timeout", "path": ["shipmentCarriers", "nodes", 1]}]);
    assert!(matches!(answer(&read, &ok(&partial)), Err(Failure::Retry(_))));
}
