//! Despatches in both modes.

use crossdock_connector::Outcome;
use serde_json::{Value, json};
use sim_mirakl::{Options, Shipments};

use crate::driver::{Hub, begins, parcel};

fn done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_))
}

#[test]
fn two_parcels_under_one_tracking_number_are_two_shipments() {
    let mut hub = Hub::at(Options::default(), json!({ "shipments": "multi" }));
    let order = hub.ready(&[2]);
    for despatch in ["D1", "D2"] {
        let outcome = hub.run(&parcel(&order, despatch, "T", &[1]), "");
        assert!(done(&outcome), "{outcome:?}");
    }
    let references: Vec<Value> = hub.effects("shipped").iter().map(|data| data["reference"].clone()).collect();
    assert_eq!(references, [json!("D1/T"), json!("D2/T")]);
    assert_eq!(hub.twin_state(&order), "SHIPPED");
}

#[test]
fn a_shipment_whose_answer_was_lost_at_any_stage_is_made_once() {
    for lost in ["st11", "st01", "st24", "st11-confirm"] {
        let mut hub = Hub::at(Options::default(), json!({ "shipments": "multi" }));
        let order = hub.ready(&[2, 1]);
        let outcome = hub.run(&parcel(&order, "D1", "T1", &[1, 1]), lost);
        assert!(done(&outcome), "{lost}: {outcome:?}");
        let outcome = hub.run(&parcel(&order, "D2", "T2", &[1, 0]), "");
        assert!(done(&outcome), "{lost}: {outcome:?}");
        assert_eq!(hub.effects("shipped").len(), 2, "{lost}");
    }
}

#[test]
fn a_parcel_that_somebody_recorded_by_hand_is_adopted() {
    let mut hub = Hub::at(Options::default(), json!({ "shipments": "multi" }));
    let order = hub.ready(&[1]);
    let by_hand = json!({ "shipments": [{ "order_id": order, "shipped": true,
        "shipment_lines": [{ "order_line_id": format!("{order}-1"), "quantity": 1, "package_reference": "1" }],
        "tracking": { "carrier_code": "rm", "tracking_number": "T1" } }] });
    hub.by_hand("POST", "/api/shipments", &by_hand);
    assert!(done(&hub.run(&parcel(&order, "D1", "T1", &[1]), "")));
    assert_eq!(hub.effects("shipped").len(), 1);
}

#[test]
fn what_cannot_be_shipped_any_more_is_refused_after_two_looks() {
    let mut hub = Hub::at(Options::default(), json!({ "shipments": "multi" }));
    let order = hub.ready(&[2]);
    hub.control("cancel", &json!({ "order_id": order, "line": 1, "quantity": 1 }));
    let outcome = hub.run(&parcel(&order, "D1", "T1", &[2]), "");
    assert!(matches!(&outcome, Outcome::Rejected(why) if why.detail.contains("quantity is invalid")), "{outcome:?}");
}

#[test]
fn a_despatch_finds_out_by_itself_how_many_shipments_an_order_may_have() {
    for (mode, stage) in [(Shipments::Multi, "st11"), (Shipments::Single, "look")] {
        let mut hub = Hub::at(Options { shipments: mode, ..Options::default() }, json!({}));
        let order = hub.ready(&[2]);
        let despatch = parcel(&order, "D1", "T1", &[2]);
        assert_eq!(begins(&hub, &despatch).as_str(), "pc01", "nothing has told the hub yet");
        assert!(done(&hub.run(&despatch, "")));
        assert_eq!(hub.twin_state(&order), "SHIPPED");
        hub.poll();
        assert_eq!(begins(&hub, &despatch).as_str(), stage);
    }
}

#[test]
fn a_whole_order_ships_once_however_often_answers_are_lost() {
    for lost in ["look", "track", "ship", "confirm"] {
        let mut hub = Hub::at(
            Options { shipments: Shipments::Single, mandatory_tracking: true, ..Options::default() },
            json!({ "shipments": "single" }),
        );
        let order = hub.ready(&[2, 1]);
        let outcome = hub.run(&parcel(&order, "D1", "T1", &[2, 1]), lost);
        assert!(done(&outcome), "{lost}: {outcome:?}");
        assert_eq!(hub.effects("shipped").len(), 1, "{lost}");
        assert_eq!(hub.effects("shipped")[0]["tracking"], "T1");
    }
}

#[test]
fn gaps_where_values_are_promised_stop_no_despatch() {
    for mode in ["multi", "single"] {
        let shipments = if mode == "multi" { Shipments::Multi } else { Shipments::Single };
        let mut hub = Hub::at(Options { sparse: true, shipments, ..Options::default() }, json!({ "shipments": mode }));
        let order = hub.ready(&[1]);
        assert!(done(&hub.run(&parcel(&order, "D1", "T1", &[1]), "")), "{mode}");
    }
}

impl Hub {
    fn twin_state(&self, order: &str) -> String {
        use sim_core::Host as _;
        self.twin.state()["orders"][order]["state"].as_str().unwrap().to_owned()
    }
}
