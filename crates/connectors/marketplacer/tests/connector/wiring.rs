//! What a connection is, before any single call.

use crossdock_connector::{Capability, Connector, OperationKind, ReadKind, Repeat, Stage, StageKind};
use crossdock_connector::{Operation, Page, Read, RejectCode};
use crossdock_marketplacer::{Config, Marketplacer};
use crossdock_model::{ConnectionName, Private};
use serde_json::Value;

use crate::support::*;

fn new(config: &str, key: &str, password: Option<&str>) -> Result<Marketplacer, crossdock_connector::ConfigError> {
    let config: Config = serde_json::from_str(config).unwrap();
    Marketplacer::new(ConnectionName::new("bazaar").unwrap(), config, Private::from(key), password.map(Private::from))
}

#[test]
fn behind_a_basic_gate_the_key_moves_to_its_own_header() {
    // contracts/marketplacer.md §1: Basic and Bearer would compete for one header; the key is never sent twice.
    let connector = new(r#"{"basic_auth_username": "staging"}"#, KEY, Some("pass wörd")).unwrap();
    let call = connector.plan_read(&Read::Health { page: Page::first() }, &session()).unwrap();
    let headers = call.request.headers();
    assert_eq!(headers["authorization"], "Basic c3RhZ2luZzpwYXNzIHfDtnJk");
    assert_eq!(headers["marketplacer-api-key"], KEY);
    assert!(headers["marketplacer-api-key"].is_sensitive() && headers["authorization"].is_sensitive());
}

#[test]
fn half_a_basic_pair_and_broken_keys_are_refused_without_showing_them() {
    let basic = r#"{"basic_auth_username": "staging"}"#;
    for (config, key, password, setting) in [
        (basic, KEY, None, "basic_password"),
        ("{}", KEY, Some("x"), "basic_auth_username"),
        ("{}", "", None, "api_key"),
        ("{}", "top secret\n", None, "api_key"),
    ] {
        let error = new(config, key, password).unwrap_err();
        assert_eq!(error.setting, setting);
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn secrets_are_in_no_debug_text() {
    let connector = new(r#"{"basic_auth_username": "staging"}"#, KEY, Some("pass wörd")).unwrap();
    let call = connector.plan_read(&Read::Health { page: Page::first() }, &session()).unwrap();
    let text = format!("{connector:?} {call:?}");
    assert!(!text.contains(KEY) && !text.contains("pass w") && !text.contains("c3RhZ2lu"), "{text}");
}

#[test]
fn windows_carry_the_published_limits() {
    let windows = with_settings(r#"{"calls_per_10s": 300}"#).windows();
    let shown: Vec<_> = windows.iter().map(|w| (w.window.as_str(), w.calls, w.per.as_secs())).collect();
    assert_eq!(shown, [("graphql", 300, 10), ("rest", 50, 1)]);
    assert_eq!(marketplacer().in_flight(), 4);
}

#[test]
fn it_is_a_channel_that_pushes_and_ships_in_parts_but_accepts_nothing() {
    let connector = marketplacer();
    let capabilities = connector.capabilities(&session());
    assert_eq!(capabilities, [Capability::Channel, Capability::PartialShipments, Capability::Push]);
    assert!(connector.reads().contains(&ReadKind::Orders) && !connector.reads().contains(&ReadKind::Items));
    let accept = Operation::AcceptOrder { order_id: INVOICE.into(), lines: vec!["L".into()] };
    let stage = connector.first_stage(&accept, &session());
    let rejection = connector.plan(&[step(&accept, &stage, &Value::Null)], &session()).unwrap_err();
    assert_eq!(rejection.code, RejectCode::CannotExpress);
    let items = Read::Items { page: Page::first() };
    assert_eq!(connector.plan_read(&items, &session()).unwrap_err().code, RejectCode::CannotExpress);
}

#[test]
fn stages_say_what_a_repeat_would_do() {
    let connector = marketplacer();
    let despatch = crate::despatch::package();
    let kind = |stage| connector.stage_kind(&despatch, &Stage::new(stage));
    assert_eq!(kind("look"), StageKind::Look);
    assert_eq!(kind("create"), StageKind::Write(Repeat::Doubles));
    assert_eq!(kind("confirm"), StageKind::Look);
    assert_eq!(kind("settle"), StageKind::Look);
    assert_eq!(connector.recovery_stage(&despatch, &session()), Stage::new("look"));
    assert_eq!(connector.batch_limit(OperationKind::ConfirmDespatch, &Stage::new("create")), 1);
    assert_eq!(connector.batch_limit(OperationKind::ConfirmDespatch, &Stage::new("look")), 50);

    let stock = Operation::SetStock { lines: Vec::new() };
    assert_eq!(connector.stage_kind(&stock, &Stage::new("publish")), StageKind::Write(Repeat::Harmless));
    assert_eq!(connector.stage_kind(&stock, &Stage::new("one-by-one")), StageKind::Write(Repeat::Harmless));
    assert_eq!(connector.batch_limit(OperationKind::SetStock, &Stage::new("publish")), 500);
    assert_eq!(connector.batch_limit(OperationKind::SetStock, &Stage::new("one-by-one")), 1, "each walks by itself");
    assert_eq!(with_settings(r#"{"stock_api": "graphql"}"#).stock_lines_per_call(), 20);
}
