//! Any operator by configuration alone; John Lewis is a preset (D17: both programmes are supported by settings).

use crossdock_connector::{Connector, Intake, Operation, Read, Session, WatchedEvent, WebhookRequest};
use crossdock_mirakl::{Mirakl, Preset};
use crossdock_model::{ConnectionName, Private, Readiness};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{Work, acceptance, config, connector, despatch, order, orders, parcel, request, session, with};

fn readiness(connector: &Mirakl, session: &Session) -> Readiness {
    let read = Read::OrdersById { ids: vec!["1-A".to_owned()] };
    let placed_now = with(order("1-A", "WAITING_ACCEPTANCE"), &[("created_date", json!("2026-11-23T11:58:00Z"))]);
    let page = orders(&[placed_now]);
    let mut seen = connector.interpret_read(&read, session, &page).unwrap().observations;
    match seen.remove(0) {
        crossdock_connector::Observation::Order { order, .. } => order.readiness,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_operators_live_side_by_side_by_configuration_alone() {
    let john_lewis = connector(json!({ "preset": "john-lewis" }));
    let other = Mirakl::new(
        ConnectionName::new("other-operator").unwrap(),
        config(json!({
            "shop_id": 4711, "acceptance": "automatic", "shipments": "multi", "page_size": 50,
            "windows": { "OR11": { "calls": 1, "per_seconds": 900 } },
            "despatch_within_hours": 48,
        })),
        Private::from(crate::kit::KEY),
    )
    .unwrap();

    assert_eq!(john_lewis.connection().as_str(), "john-lewis");
    assert_eq!(other.connection().as_str(), "other-operator");
    assert_eq!((john_lewis.kind(), other.kind()), ("mirakl", "mirakl"));

    let facts = session(&[]);
    let shipment = despatch(parcel("1-A", &[("1-A-1", 1)]));
    assert_eq!(john_lewis.first_stage(&shipment, &facts).as_str(), "look");
    assert_eq!(other.first_stage(&shipment, &facts).as_str(), "st11");
    assert_eq!(readiness(&john_lewis, &facts), Readiness::AwaitingAcceptance);
    assert_eq!(readiness(&other, &facts), Readiness::NotYet("WAITING_ACCEPTANCE".to_owned()));

    let (_, uri, ..) = request(&john_lewis, &[&Work::new(acceptance("1-A"), "look", Value::Null)], &facts);
    assert_eq!(uri, "/api/orders?order_ids=1-A&max=100");
    let (_, uri, ..) = request(&other, &[&Work::new(acceptance("1-A"), "look", Value::Null)], &facts);
    assert_eq!(uri, "/api/orders?order_ids=1-A&max=100&shop_id=4711");

    let poll = |connector: &Mirakl| {
        let per = connector.windows().into_iter().find(|budget| budget.window == "OR11").unwrap().per;
        per.as_secs()
    };
    assert_eq!((poll(&john_lewis), poll(&other)), (60, 900));
    assert_eq!(john_lewis.service_levels().despatch_within, SignedDuration::from_hours(24));
    assert_eq!(other.service_levels().despatch_within, SignedDuration::from_hours(48));
}

#[test]
fn john_lewis_brings_the_aliases_of_british_carriers() {
    // B064: carrier details have to be mapped.
    let john_lewis = connector(json!({ "preset": "john-lewis" }));
    let names = |alias: &str| {
        let pairs = john_lewis.carrier_aliases().iter().filter(|pair| pair.0 == alias);
        pairs.map(|pair| pair.1).collect::<Vec<_>>()
    };
    for (alias, name) in
        [("royal mail", "Royal Mail"), ("dpd", "DPD"), ("dhl", "DHL"), ("ups", "UPS"), ("yodel", "Yodel")]
    {
        assert_eq!(names(alias), [name]);
    }
    assert_eq!(names("parcelforce"), ["Parcelforce"]);
    assert_eq!(names("hermes"), ["Evri", "Hermes"], "a list may hold the old name or the new one");
    assert!(john_lewis.carrier_aliases().iter().all(|(alias, _)| *alias == alias.to_lowercase()));
    assert!(connector(json!({})).carrier_aliases().is_empty());
    assert_eq!(config(json!({ "preset": "john-lewis" })).preset, Some(Preset::JohnLewis));
}

#[test]
fn no_request_names_a_host() {
    // §1: no host name of John Lewis is known; the base URL belongs to the transport.
    let connector = connector(json!({ "preset": "john-lewis" }));
    for read in [
        Read::Health { page: crossdock_connector::Page::first() },
        Read::Listings { page: crossdock_connector::Page::first() },
        Read::Carriers { page: crossdock_connector::Page::first() },
    ] {
        let call = connector.plan_read(&read, &session(&[])).unwrap();
        assert!(call.request.uri().host().is_none());
        assert!(call.request.uri().path().starts_with("/api/"));
        assert_eq!(call.request.headers()["authorization"], crate::kit::KEY);
    }
}

#[test]
fn every_window_that_a_call_names_is_declared() {
    let connector = connector(json!({}));
    let declared: Vec<String> = connector.windows().into_iter().map(|budget| budget.window).collect();
    for window in ["calls", "OR11", "ST12", "STO01", "STO02", "STO03", "A01", "SH21"] {
        assert!(declared.iter().any(|name| name == window), "{window}");
    }
    assert_eq!(declared.len(), 8);
    assert!(connector.in_flight() >= 1);
}

#[test]
fn a_key_that_no_header_can_carry_is_refused() {
    for key in ["", "  ", "two words", "line\nbreak", "ключ"] {
        let made = Mirakl::new(ConnectionName::new("x").unwrap(), config(json!({})), Private::from(key));
        assert_eq!(made.unwrap_err().setting, "api_key", "{key:?}");
    }
}

#[test]
fn mirakl_calls_nobody_back() {
    // §2.1, "Push": no webhooks for sellers.
    let connector = connector(json!({}));
    let watch = Operation::Watch {
        event: WatchedEvent::Order,
        url: "https://hub.example/hook".to_owned(),
        secret: "s".to_owned(),
    };
    let stage = connector.first_stage(&watch, &session(&[]));
    let work = Work { effect: "e".to_owned(), operation: watch, stage, note: Value::Null };
    let rejection = connector.plan(&[work.step()], &session(&[])).unwrap_err();
    assert_eq!(rejection.code.as_str(), "cannot_express");
    let hook = WebhookRequest {
        method: &http::Method::POST,
        event: "order",
        query: "",
        headers: &http::HeaderMap::new(),
        body: &bytes::Bytes::new(),
        secret: "s",
        at: crate::kit::at("2026-11-23T12:00:00Z"),
    };
    assert_eq!(connector.webhook(&hook), Intake::NotForUs);
}
