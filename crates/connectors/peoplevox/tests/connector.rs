//! The connector as the engine meets it: what it can do, what it refuses, and that it gives nothing away.

mod support;

use crossdock_connector::{
    Capability, Connector, Failure, Operation, OperationKind, Page, Read, ReadKind, Repeat, Session, Stage, StageKind,
    StockLine, WatchedEvent,
};
use crossdock_model::{ConnectionName, Private};
use crossdock_peoplevox::{Config, Peoplevox};
use serde_json::Value;
use support::*;

#[test]
fn a_warehouse_says_what_it_can_and_keeps_the_published_limit() {
    let hub = plain_tenant();
    assert_eq!(hub.kind(), "peoplevox");
    assert_eq!(hub.connection().as_str(), "peoplevox");
    assert_eq!(hub.capabilities(&Session::default()), [Capability::Warehouse, Capability::Push]);
    assert_eq!(hub.in_flight(), 1);
    let windows = hub.windows();
    assert_eq!((windows[0].window.as_str(), windows[0].calls, windows[0].per.as_secs()), ("calls", 15, 15));
    assert_eq!(windows.len(), 1);
    for kind in [ReadKind::Orders, ReadKind::OrdersById, ReadKind::Listings, ReadKind::Carriers] {
        assert!(!hub.reads().contains(&kind));
    }
    assert_eq!(hub.reads().len(), 7);
}

#[test]
fn every_call_names_the_window_that_it_is_paid_from() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let orders = vec!["SO-1".to_owned()];
    let page = Page::first();
    for read in [
        Read::Health { page: page.clone() },
        Read::Items { page: page.clone() },
        Read::Kits { page: page.clone() },
        Read::Availability { items: vec![], page: page.clone() },
        Read::Despatches { since: now(), page: page.clone() },
        Read::DespatchesOf { orders: orders.clone(), page: page.clone() },
        Read::WarehouseOrders { orders, page: page.clone() },
    ] {
        let call = hub.plan_read(&read, &session).unwrap();
        assert_eq!(call.windows, ["calls"]);
        assert_eq!(element(&call, "SessionId"), "sid-1");
    }
    assert_eq!(hub.login().unwrap().windows, ["calls"]);
    let listings = Read::Listings { page };
    assert!(hub.plan_read(&listings, &session).is_err());
    assert!(matches!(hub.interpret_read(&listings, &session, &reply(200, "")), Err(Failure::Rejected(_))));
}

#[test]
fn an_operation_of_a_channel_is_refused_and_never_guessed_at() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let lines = vec![StockLine { listing: "1".to_owned(), sku: "A".to_owned(), quantity: 1 }];
    let operations =
        [Operation::SetStock { lines }, Operation::AcceptOrder { order_id: "1".to_owned(), lines: vec![] }];
    for operation in operations {
        let stage = hub.first_stage(&operation, &session);
        assert_eq!(hub.stage_kind(&operation, &stage), StageKind::Write(Repeat::Doubles));
        let operations = [operation.clone(), operation];
        assert!(hub.plan(&steps(&operations, &stage, &Value::Null), &session).is_err());
        let outcomes = run(&hub, &session, stage.as_str(), &Value::Null, &operations, &reply(200, ""));
        assert_eq!(words(&outcomes), ["cannot_express", "cannot_express"]);
    }
    assert!(hub.plan(&[], &session).is_err());
    assert!(hub.interpret(&[], &session, &reply(200, "")).is_empty());
}

/// A second subscription only doubles hints, so a lost reply is answered by subscribing again.
#[test]
fn watching_is_one_harmless_write() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (url, secret) = ("https://hub.example/hook/token".to_owned(), "s3cret".to_owned());
    let watch = Operation::Watch { event: WatchedEvent::Despatch, url, secret };
    let stage = hub.first_stage(&watch, &session);
    assert_eq!(stage.as_str(), "subscribe");
    assert_eq!(hub.recovery_stage(&watch, &session), stage);
    assert_eq!(hub.stage_kind(&watch, &stage), StageKind::Write(Repeat::Harmless));
    assert_eq!(hub.batch_limit(OperationKind::Watch, &stage), 1);
    let operations = [watch.clone()];
    let call = plan(&hub, &session, "subscribe", &operations);
    assert_eq!(element(&call, "eventType"), "TrackingNumberReceived");
    assert!(!String::from_utf8_lossy(call.request.body()).contains("s3cret"), "callbacks carry no secret but the path");
    let two = [watch.clone(), watch];
    assert!(hub.plan(&steps(&two, &Stage::new("subscribe"), &Value::Null), &session).is_err());
    assert_eq!(run(&hub, &session, "subscribe", &Value::Null, &two, &reply(200, "")).len(), 2);
}

#[test]
fn wrong_settings_are_refused_and_the_password_is_never_shown() {
    let config: Config = serde_json::from_str(r#"{"client_id":"demo123","username":"api"}"#).unwrap();
    let name = ConnectionName::new("peoplevox").unwrap();
    let new = |config: &Config, password: &str| Peoplevox::new(name.clone(), config.clone(), Private::from(password));
    assert_eq!(new(&config, " ").unwrap_err().setting, "password");
    let hub = new(&config, "hunter-canary").unwrap();
    assert!(!format!("{hub:?}").contains("hunter-canary"));
    let mut odd = config.clone();
    odd.username = "a\u{1}".to_owned();
    let error = new(&odd, "hunter-canary").unwrap_err();
    assert!(!error.to_string().contains("hunter-canary"));
    odd.client_id = "../x".to_owned();
    assert_eq!(new(&odd, "x").unwrap_err().setting, "client_id");
}
