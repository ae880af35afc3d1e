//! A despatch with one shipment per order (`contracts/john-lewis.md §2.2`, `§2.3`; B063 to B065, B087).

use crossdock_connector::{Connector, OperationKind, Outcome, Repeat, Stage, StageKind};
use serde_json::{Value, json};

use crate::kit::{
    Work, agreed, code_of, connector, despatch, note_of, one, order, orders, parcel, reply, request, session, stage_of,
    with,
};

const WHOLE: &[(&str, i64)] = &[("JL1-A-1", 2), ("JL1-A-2", 1)];

fn work(stage: &'static str, note: Value) -> Work {
    Work::new(despatch(parcel("JL1-A", WHOLE)), stage, note)
}

/// Two looks at an order that stays as it is.
fn two_looks(order_is: &str, stage: &'static str, note: Value) -> Outcome {
    let seen = orders(&[order("JL1-A", order_is)]);
    let first = look(order_is, None, stage, note);
    agreed(&connector(json!({})), despatch(parcel("JL1-A", WHOLE)), &first, &seen)
}

fn look(order_is: &str, tracking: Option<&str>, stage: &'static str, note: Value) -> Outcome {
    let document = with(order("JL1-A", order_is), &[("shipping_tracking", json!(tracking))]);
    one(&connector(json!({})), &work(stage, note), &orders(&[document]))
}

#[test]
fn tracking_always_goes_before_the_shipment() {
    // The customer is written to when the order becomes SHIPPED, so the number has to be there by then.
    let connector = connector(json!({}));
    let operation = despatch(parcel("JL1-A", WHOLE));
    assert_eq!(connector.first_stage(&operation, &session(&[])).as_str(), "look");
    let absent = look("SHIPPING", None, "look", Value::Null);
    assert!(matches!(&absent, Outcome::Absent { stage, .. } if stage.as_str() == "track"));
    assert_eq!(stage_of(&one(&connector, &work("track", Value::Null), &reply(204, ""))), Some("ship"));
    assert_eq!(stage_of(&one(&connector, &work("ship", Value::Null), &reply(204, ""))), Some("confirm"));
    assert!(matches!(look("SHIPPED", Some("AB123456789GB"), "confirm", Value::Null), Outcome::Done(_)));
    let kind = |stage| connector.stage_kind(&operation, &Stage::new(stage));
    assert_eq!(kind("track"), StageKind::Write(Repeat::Harmless));
    assert_eq!(kind("ship"), StageKind::Write(Repeat::Refused));
    assert_eq!((kind("look"), kind("confirm")), (StageKind::Look, StageKind::Look));
    let limit = |stage| connector.batch_limit(OperationKind::ConfirmDespatch, &Stage::new(stage));
    assert_eq!((limit("look"), limit("track"), limit("ship"), limit("confirm")), (100, 1, 1, 100));
}

#[test]
fn tracking_with_a_registered_carrier_sends_its_code_only() {
    let (method, uri, content_type, body) =
        request(&connector(json!({})), &[&work("track", Value::Null)], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("PUT", "/api/orders/JL1-A/tracking"));
    assert_eq!(content_type, "application/json");
    assert_eq!(body, r#"{"carrier_code":"RM","tracking_number":"AB123456789GB"}"#);
}

#[test]
fn any_other_carrier_goes_by_name_and_link() {
    let mut shipment = parcel("JL1-A", WHOLE);
    shipment.carrier_code = None;
    let named = Work::new(despatch(shipment.clone()), "track", Value::Null);
    let (.., body) = request(&connector(json!({})), &[&named], &session(&[]));
    assert_eq!(
        body,
        r#"{"carrier_name":"Royal Mail","carrier_url":"https://track.example/AB123456789GB","tracking_number":"AB123456789GB"}"#
    );
    // PC01 disable_seller_alternative_carrier: such an operator would refuse the name, so a person maps it first.
    let strict = session(&[("registered_carriers_only", "true")]);
    let rejection = connector(json!({})).plan(&[named.step()], &strict).unwrap_err();
    assert!(rejection.detail.contains("Royal Mail"));
    shipment.carrier_name = " ".to_owned();
    let nameless = Work::new(despatch(shipment.clone()), "track", Value::Null);
    assert!(connector(json!({})).plan(&[nameless.step()], &session(&[])).is_err());
    shipment.carrier_code = Some("RM".to_owned());
    shipment.tracking = String::new();
    let untracked = Work::new(despatch(shipment), "track", Value::Null);
    assert!(connector(json!({})).plan(&[untracked.step()], &session(&[])).is_err());
}

#[test]
fn the_shipment_is_sent_without_body_but_with_its_length() {
    // §2.1, "Empty PUTs": real servers answer 411 otherwise.
    let connector = connector(json!({ "shop_id": 3 }));
    let call = connector.plan(&[work("ship", Value::Null).step()], &session(&[])).unwrap();
    assert_eq!(call.request.method(), "PUT");
    assert_eq!(call.request.uri(), "/api/orders/JL1-A/ship?shop_id=3");
    assert_eq!(call.request.headers()["content-length"], "0");
    assert_eq!(call.request.headers()["content-type"], "application/json");
    assert!(call.request.body().is_empty());
}

#[test]
fn an_order_shipped_already_is_ours_only_with_our_tracking() {
    assert!(matches!(look("SHIPPED", Some(" ab123456789gb "), "look", Value::Null), Outcome::Done(_)));
    assert!(matches!(look("RECEIVED", Some("AB123456789GB"), "look", Value::Null), Outcome::Done(_)));
    assert_eq!(code_of(&look("SHIPPED", Some("XX"), "look", Value::Null)), Some("conflict"));
    assert_eq!(code_of(&look("CLOSED", None, "look", Value::Null)), Some("conflict"));
    assert_eq!(code_of(&look("SHIPPED", Some("XX"), "confirm", Value::Null)), Some("mismatch"));
}

#[test]
fn goods_that_left_for_an_order_that_may_not_ship_reach_a_person() {
    for state in ["STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"] {
        // What waits may have been shown minutes late.
        assert_eq!(code_of(&two_looks(state, "look", Value::Null)), Some("wrong_state"), "{state}");
    }
    for state in ["CANCELED", "REFUSED"] {
        assert_eq!(code_of(&look(state, None, "look", Value::Null)), Some("wrong_state"), "{state}");
    }
    assert_eq!(stage_of(&look("NEW", None, "look", Value::Null)), Some("look"));
    assert_eq!(code_of(&look("NEW", None, "look", json!({ "tries": 10 }))), Some("wrong_state"));
}

#[test]
fn part_of_an_order_cannot_be_confirmed_where_one_shipment_is_all() {
    let part = |lines: &[(&str, i64)]| {
        let work = Work::new(despatch(parcel("JL1-A", lines)), "look", Value::Null);
        one(&connector(json!({})), &work, &orders(&[order("JL1-A", "SHIPPING")]))
    };
    for lines in [&[("JL1-A-1", 2)][..], &[("JL1-A-1", 1), ("JL1-A-2", 1)], &[]] {
        let outcome = part(lines);
        assert_eq!(code_of(&outcome), Some("cannot_express"));
        assert!(matches!(outcome, Outcome::Rejected(rejection) if rejection.detail.contains("one shipment per order")));
    }
    assert_eq!(stage_of(&part(&[("JL1-A-1", 1), ("JL1-A-1", 1), ("JL1-A-2", 1)])), Some("track"));
    // A line that was cancelled meanwhile need not be in it.
    let mut document = order("JL1-A", "SHIPPING");
    document["order_lines"][1]["order_line_state"] = json!("CANCELED");
    let work = Work::new(despatch(parcel("JL1-A", &[("JL1-A-1", 2)])), "look", Value::Null);
    assert_eq!(stage_of(&one(&connector(json!({})), &work, &orders(&[document]))), Some("track"));
}

#[test]
fn a_refused_write_is_checked_before_it_is_believed() {
    let connector = connector(json!({}));
    for stage in ["track", "ship"] {
        let outcome = one(&connector, &work(stage, Value::Null), &reply(400, r#"{"message":"Order not in SHIPPING"}"#));
        assert_eq!(stage_of(&outcome), Some("confirm"), "{stage}");
        let forbidden = one(&connector, &work(stage, Value::Null), &reply(403, ""));
        assert_eq!(stage_of(&forbidden), Some("confirm"), "{stage}: a 403 on one order is no refused key");
        let note = note_of(&outcome);
        assert!(matches!(look("SHIPPED", Some("AB123456789GB"), "confirm", note.clone()), Outcome::Done(_)));
        let once = look("SHIPPING", None, "confirm", note.clone());
        let late = look("SHIPPED", Some("AB123456789GB"), "confirm", note_of(&once));
        assert!(matches!(late, Outcome::Done(_)), "the first look was stale");
        assert_eq!(code_of(&two_looks("SHIPPING", "confirm", note.clone())), Some("refused_by_remote"));
        assert_eq!(code_of(&look("SHIPPED", Some("XX"), "confirm", note)), Some("conflict"));
    }
}

#[test]
fn a_lost_or_senseless_answer_is_unknown_never_failed() {
    let connector = connector(json!({}));
    for stage in ["track", "ship"] {
        for (status, body) in [(500, ""), (503, "busy"), (200, "<html>"), (504, "<html>"), (200, "{")] {
            let outcome = one(&connector, &work(stage, Value::Null), &reply(status, body));
            assert!(matches!(outcome, Outcome::Unknown(_)), "{stage} {status} {body}");
        }
    }
    let look = one(&connector, &work("look", Value::Null), &reply(500, ""));
    assert!(matches!(look, Outcome::NotDone(_)), "a look can simply be repeated");
}

#[test]
fn a_shipment_that_does_not_show_is_looked_for_ten_times() {
    let mut note = Value::Null;
    let mut looks = 0;
    let last = loop {
        let outcome = look("SHIPPING", Some("AB123456789GB"), "confirm", note);
        if stage_of(&outcome) != Some("confirm") {
            break outcome;
        }
        note = note_of(&outcome);
        looks += 1;
    };
    assert_eq!((looks, code_of(&last)), (10, Some("mismatch")));
}
