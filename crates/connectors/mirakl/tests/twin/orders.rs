//! Orders as they are read, and their acceptance.

use crossdock_connector::{Observation, Outcome, Page, Read};
use crossdock_model::Readiness;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sim_core::Host as _;
use sim_mirakl::{Acceptance, Options, Shipments};

use crate::driver::{Hub, acceptance};

fn readiness(hub: &mut Hub, order: &str) -> Readiness {
    hub.poll()[order].readiness.clone()
}

#[test]
fn a_hub_that_starts_on_a_partly_shipped_order_ships_only_the_rest() {
    let mut hub = Hub::at(Options::default(), json!({}));
    let order = hub.ready(&[3, 1]);
    let left = |units: i64, shipped: bool| {
        json!({ "shipments": [{ "order_id": order, "shipped": shipped,
            "shipment_lines": [{ "order_line_id": format!("{order}-1"), "quantity": units }],
            "tracking": { "carrier_name": "Courier", "tracking_number": format!("HAND-{units}") } }] })
    };
    hub.by_hand("POST", "/api/shipments", &left(2, true));
    let seen = hub.poll().remove(&order).unwrap();
    assert_eq!(seen.readiness, Readiness::Ready);
    assert_eq!(seen.lines.iter().map(|line| line.open).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((seen.shipments.len(), seen.shipments[0].shipped), (1, true));
    // Somebody prepares the rest of the first line: it is his to send.
    hub.by_hand("POST", "/api/shipments", &left(1, false));
    assert_eq!(hub.poll()[&order].lines.iter().map(|line| line.open).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn what_the_operator_cancels_or_takes_off_is_not_shipped() {
    let mut hub = Hub::at(Options::default(), json!({}));
    let (part, paid, none) = (hub.ready(&[3]), hub.ready(&[2]), hub.ready(&[2]));
    hub.control("cancel", &json!({ "order_id": part, "line": 1, "quantity": 1, "by": "operator" }));
    hub.control("refund", &json!({ "order_id": paid, "line": 1, "quantity": 1, "excluded": true }));
    hub.control("refund", &json!({ "order_id": none, "quantity": 2 }));
    let orders = hub.poll();
    assert_eq!((&orders[&part].readiness, orders[&part].lines[0].open), (&Readiness::Ready, 2));
    assert!(matches!(&orders[&paid].readiness, Readiness::Unknown(why) if why.contains("refund")));
    assert!(!matches!(orders[&none].readiness, Readiness::Ready));
    // Where an order has one shipment, nothing says reliably what is left.
    let single = Options { shipments: Shipments::Single, ..Options::default() };
    let mut hub = Hub::at(single, json!({}));
    let part = hub.ready(&[3]);
    hub.control("cancel", &json!({ "order_id": part, "line": 1, "quantity": 1, "by": "operator" }));
    assert!(matches!(readiness(&mut hub, &part), Readiness::Unknown(why) if why.contains("cancelled")));
}

#[test]
fn an_order_moves_through_states_that_are_not_the_sellers_business() {
    let mut hub = Hub::at(Options { staging_minutes: 30, ..Options::default() }, json!({}));
    let order = hub.buy(&[1], &Value::Null);
    assert_eq!(readiness(&mut hub, &order), Readiness::NotYet("STAGING".to_owned()));
    hub.wait(SignedDuration::from_mins(30));
    assert_eq!(readiness(&mut hub, &order), Readiness::AwaitingAcceptance);
    hub.control("word", &json!({ "order_id": order, "state": "AWAITING_REVIEW" }));
    assert_eq!(readiness(&mut hub, &order), Readiness::Unknown("AWAITING_REVIEW".to_owned()));
    hub.control("word", &json!({ "order_id": order, "state": null }));
    assert!(matches!(hub.run(&acceptance(&order, 1), ""), Outcome::Done(_)));
}

#[test]
fn one_order_that_may_not_be_accepted_refuses_itself_alone() {
    let mut hub = Hub::at(Options::default(), json!({ "fulfilment_centres": ["DEFAULT"] }));
    let foreign = hub.buy(&[1], &json!({ "centre": "OPERATOR" }));
    assert!(matches!(readiness(&mut hub, &foreign), Readiness::NotYet(why) if why.contains("OPERATOR")));
    let refused = hub.run(&acceptance(&foreign, 1), "");
    assert!(
        matches!(&refused, Outcome::Rejected(why) if why.detail.contains("ORDER_FULFILLED_UNAUTHORIZED")),
        "{refused:?}"
    );
    hub.ready(&[1]);
}

#[test]
fn an_acceptance_whose_answer_was_lost_is_found_and_not_repeated() {
    let mut hub = Hub::at(Options::default(), json!({}));
    let order = hub.buy(&[1, 1], &Value::Null);
    let outcome = hub.run(&acceptance(&order, 2), "accept");
    assert!(matches!(&outcome, Outcome::Done(evidence) if evidence.summary.contains("found accepted")), "{outcome:?}");
    assert_eq!(hub.effects("order_accepted").len(), 1);
}

#[test]
fn an_order_that_was_refused_for_the_seller_is_not_accepted_any_more() {
    let mut hub = Hub::at(Options { auto_refuse_hours: 1, ..Options::default() }, json!({}));
    let order = hub.buy(&[1], &Value::Null);
    hub.wait(SignedDuration::from_hours(2));
    assert!(matches!(hub.run(&acceptance(&order, 1), ""), Outcome::Rejected(_)));
}

#[test]
fn gaps_where_values_are_promised_cost_no_order_and_no_listing() {
    let mut hub = Hub::at(Options { sparse: true, ..Options::default() }, json!({}));
    let order = hub.ready(&[2]);
    let seen = hub.poll().remove(&order).unwrap();
    assert_eq!((seen.readiness, seen.lines[0].open), (Readiness::Ready, 2));
    assert_eq!(seen.total.map(|total| total.currency.code().to_owned()), None, "the shop's currency is not known yet");
    hub.read(Read::Health { page: Page::first() }).unwrap();
    assert!(hub.poll()[&order].total.is_some(), "A01 has said it");
    let listings = hub.read(Read::Listings { page: Page::first() }).unwrap();
    assert_eq!(listings.len(), hub.twin.state()["stock"].as_object().unwrap().len());
}

#[test]
fn the_probe_learns_the_switches_whatever_the_account_says() {
    let options = Options { acceptance: Acceptance::Both, registered_carriers_only: true, ..Options::default() };
    let mut hub = Hub::at(options, json!({}));
    hub.control("shop", &json!({ "state": "SUSPENDED" }));
    let seen = hub.read(Read::Health { page: Page::first() }).unwrap();
    assert!(matches!(seen.last(), Some(Observation::Health(health)) if health.detail.contains("SUSPENDED")));
    for (fact, value) in
        [("multi_shipment", "true"), ("order_acceptance", "BOTH"), ("registered_carriers_only", "true")]
    {
        assert_eq!(hub.session.fact(fact), Some(value), "{fact}");
    }
    for _ in 0..3 {
        hub.wait(SignedDuration::from_mins(5));
        hub.read(Read::Health { page: Page::first() }).unwrap();
    }
}
