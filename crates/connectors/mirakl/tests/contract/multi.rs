//! A despatch with several shipments per order (`contracts/john-lewis.md §2.4`; B063 to B065).

use crossdock_connector::{Connector, Failure, OperationKind, Outcome, Repeat, Stage, StageKind};
use crossdock_mirakl::Mirakl;
use serde_json::{Value, json};

use crate::kit::{
    Work, agreed, answer, code_of, connector, despatch, note_of, one, parcel, reply, request, session, stage_of, with,
};

const LINES: &[(&str, i64)] = &[("JL1-A-1", 1), ("JL1-A-2", 3)];

fn multi() -> Mirakl {
    connector(json!({ "shipments": "multi" }))
}

fn work(stage: &'static str, note: Value) -> Work {
    Work::new(despatch(parcel("JL1-A", LINES)), stage, note)
}

fn noted() -> Value {
    json!({ "shipment_id": "s-1" })
}

/// The shipment of `JL1-A` as ST11 lists it.
fn listed(status: &str, tracking: Option<&str>) -> Value {
    let line = |id: &str, quantity: u32| json!({ "order_line_id": id, "offer_sku": "S", "package_reference": "DSP-JL1-A", "quantity": quantity });
    json!({ "id": "s-1", "order_id": "JL1-A", "status": status, "invoice_reference": null,
        "shipment_lines": [line("JL1-A-1", 1), line("JL1-A-2", 3)], "tracking": { "tracking_number": tracking } })
}

fn page(rows: &[Value]) -> crossdock_connector::Reply {
    answer(&json!({ "data": rows, "next_page_token": null }))
}

fn look(rows: &[Value], stage: &'static str, note: Value) -> Outcome {
    one(&multi(), &work(stage, note), &page(rows))
}

#[test]
fn the_stages_are_look_create_track_ship_look() {
    let connector = multi();
    let operation = despatch(parcel("JL1-A", LINES));
    assert_eq!(connector.first_stage(&operation, &session(&[])).as_str(), "st11");
    let auto = crate::kit::connector(json!({}));
    assert_eq!(auto.first_stage(&operation, &session(&[("multi_shipment", "true")])).as_str(), "st11");
    assert_eq!(auto.first_stage(&operation, &session(&[("multi_shipment", "false")])).as_str(), "look");
    let kind = |stage| connector.stage_kind(&operation, &Stage::new(stage));
    assert_eq!(kind("st01"), StageKind::Write(Repeat::Doubles));
    assert_eq!(kind("st23"), StageKind::Write(Repeat::Harmless));
    assert_eq!(kind("st24"), StageKind::Write(Repeat::Refused));
    assert!(["st11", "st11-alone", "st11-confirm"].iter().all(|stage| kind(stage) == StageKind::Look));
    let limit = |stage| connector.batch_limit(OperationKind::ConfirmDespatch, &Stage::new(stage));
    assert_eq!((limit("st11"), limit("st11-alone"), limit("st01"), limit("st24")), (25, 1, 100, 100));
}

#[test]
fn the_look_repeats_its_parameter_where_or11_joins_with_commas() {
    let other = Work::new(despatch(parcel("JL 2-A", LINES)), "st11", Value::Null);
    let first = work("st11", Value::Null);
    let (method, uri, ..) = request(&multi(), &[&first, &other, &first], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("GET", "/api/shipments?order_id=JL1-A&order_id=JL%202-A&limit=100"));
}

#[test]
fn shipments_are_created_unshipped_with_tracking_and_our_key() {
    let mut foreign_key = parcel("JL2-A", &[("JL2-A-1", 1)]);
    foreign_key.package = "DSP 2/TRK".to_owned();
    foreign_key.carrier_code = None;
    let other = Work::new(despatch(foreign_key), "st01", Value::Null);
    let (method, uri, content_type, body) = request(&multi(), &[&work("st01", Value::Null), &other], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("POST", "/api/shipments"));
    assert_eq!(content_type, "application/json");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        json!({ "shipments": [
            { "order_id": "JL1-A", "invoice_reference": "DSP-JL1-A", "shipped": false,
              "shipment_lines": [
                { "order_line_id": "JL1-A-1", "package_reference": "DSP-JL1-A", "quantity": 1 },
                { "order_line_id": "JL1-A-2", "package_reference": "DSP-JL1-A", "quantity": 3 }],
              "tracking": { "carrier_code": "RM", "tracking_number": "AB123456789GB" } },
            // The invoice reference takes letters, digits, - and _ only, so this key goes on the lines alone.
            { "order_id": "JL2-A", "shipped": false,
              "shipment_lines": [{ "order_line_id": "JL2-A-1", "package_reference": "DSP 2/TRK", "quantity": 1 }],
              "tracking": { "carrier_name": "Royal Mail", "tracking_number": "AB123456789GB",
                "tracking_url": "https://track.example/AB123456789GB" } },
        ] })
    );
}

#[test]
fn what_could_not_be_told_apart_or_found_again_is_not_created() {
    let connector = multi();
    let twice = [work("st01", Value::Null), work("st01", Value::Null)];
    assert!(connector.plan(&[twice[0].step(), twice[1].step()], &session(&[])).is_err());
    for (lines, package) in [(&[][..], "P"), (&[("L", 0)], "P"), (&[("L", i64::MAX)], "P"), (&[("L", 1)], " ")] {
        let mut shipment = parcel("JL1-A", lines);
        shipment.package = package.to_owned();
        let work = Work::new(despatch(shipment), "st01", Value::Null);
        assert!(connector.plan(&[work.step()], &session(&[])).is_err(), "{lines:?} {package:?}");
    }
}

#[test]
fn a_partly_successful_creation_is_read_row_by_row() {
    let works: Vec<Work> = ["1-A", "2-A", "3-A", "4-A"]
        .iter()
        .map(|id| Work::new(despatch(parcel(id, &[("L", 1)])), "st01", Value::Null))
        .collect();
    let steps: Vec<_> = works.iter().map(Work::step).collect();
    let body = json!({
        "shipment_success": [
            { "id": "s-3", "order_id": "3-A", "status": "SHIPPING", "tracking": { "tracking_number": "AB123456789GB" } },
            { "id": "s-1", "order_id": "1-A", "status": "SHIPPING", "tracking": null },
        ],
        "shipment_errors": [null, { "order_id": "2-A", "message": "Quantity too high" }],
    });
    let outcomes = multi().interpret(&steps, &session(&[]), &reply(201, body.to_string()));
    assert_eq!(stage_of(&outcomes[0]), Some("st23"), "tracking was not kept, so it is sent again before shipping");
    assert_eq!(note_of(&outcomes[0]), json!({ "shipment_id": "s-1" }));
    assert_eq!(stage_of(&outcomes[1]), Some("st11"), "an earlier, lost call may have created it: look");
    assert_eq!(stage_of(&outcomes[2]), Some("st24"), "tracking is there already");
    assert!(matches!(outcomes[3], Outcome::Unknown(_)), "a row that is not mentioned is unknown");
}

#[test]
fn a_creation_called_both_done_and_failed_is_unknown() {
    let body = json!({ "shipment_success": [{ "id": "s-1", "order_id": "JL1-A" }],
        "shipment_errors": [{ "order_id": "JL1-A", "message": "?" }] });
    assert!(matches!(one(&multi(), &work("st01", Value::Null), &reply(201, body.to_string())), Outcome::Unknown(_)));
    let nameless = json!({ "shipment_success": [{ "order_id": "JL1-A" }] });
    assert!(matches!(one(&multi(), &work("st01", Value::Null), &answer(&nameless)), Outcome::Unknown(_)));
}

#[test]
fn a_refused_call_refuses_every_row_alike_so_that_the_engine_can_split_it() {
    let works = [Work::new(despatch(parcel("1-A", LINES)), "st01", Value::Null), work("st01", Value::Null)];
    let steps = [works[0].step(), works[1].step()];
    let outcomes = multi().interpret(&steps, &session(&[]), &reply(400, r#"{"message":"bad quantity"}"#));
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(code_of(&outcomes[0]), Some("refused_by_remote"));
}

#[test]
fn a_refused_creation_is_believed_when_two_looks_find_no_shipment() {
    let body = json!({ "shipment_errors": [{ "order_id": "JL1-A", "message": "Shipment quantity is invalid." }] });
    let by_row = one(&multi(), &work("st01", Value::Null), &reply(201, body.to_string()));
    let by_call = one(&multi(), &work("st01", Value::Null), &reply(400, r#"{"message":"quantity is invalid"}"#));
    let by_rights = one(&multi(), &work("st01", Value::Null), &reply(403, r#"{"message":"quantity is invalid"}"#));
    for refused in [by_row, by_call, by_rights] {
        assert_eq!(stage_of(&refused), Some("st11"));
        // Refused because it was there already, made by a call whose answer was lost: adopted.
        let made = look(&[listed("SHIPPING", Some("AB123456789GB"))], "st11", note_of(&refused));
        assert_eq!((stage_of(&made), note_of(&made)), (Some("st24"), noted()));
        let once = look(&[], "st11", note_of(&refused));
        let late = look(&[listed("SHIPPED", Some("AB123456789GB"))], "st11", note_of(&once));
        assert!(matches!(late, Outcome::Done(_)), "the first look was stale");
        let twice = agreed(&multi(), despatch(parcel("JL1-A", LINES)), &once, &page(&[]));
        assert!(matches!(&twice, Outcome::Rejected(rejection) if rejection.detail.contains("quantity is invalid")));
    }
}

#[test]
fn tracking_and_shipping_go_by_the_shipments_id() {
    let (method, uri, _, body) = request(&multi(), &[&work("st23", noted())], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("POST", "/api/shipments/tracking"));
    assert_eq!(
        body,
        r#"{"shipments":[{"id":"s-1","tracking":{"carrier_code":"RM","tracking_number":"AB123456789GB"}}]}"#
    );
    let (method, uri, _, body) = request(&multi(), &[&work("st24", noted())], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("PUT", "/api/shipments/ship"));
    assert_eq!(body, r#"{"shipments":[{"id":"s-1"}]}"#);
    assert!(multi().plan(&[work("st24", Value::Null).step()], &session(&[])).is_err(), "nothing is sent without an id");
}

#[test]
fn shipping_is_answered_200_even_when_all_of_it_failed() {
    let answered = |stage, body: Value| one(&multi(), &work(stage, noted()), &answer(&body));
    let success = json!({ "shipment_success": [{ "id": "s-1" }], "shipment_errors": [] });
    assert_eq!(stage_of(&answered("st23", success.clone())), Some("st24"));
    assert_eq!(stage_of(&answered("st24", success)), Some("st11-confirm"));
    let failed = answered("st24", json!({ "shipment_errors": [{ "id": "s-1", "message": "No shipment with id" }] }));
    assert_eq!(stage_of(&failed), Some("st11-confirm"), "a lost call may have shipped it: look");
    let note = note_of(&failed);
    assert!(matches!(
        look(&[listed("SHIPPED", Some("AB123456789GB"))], "st11-confirm", note.clone()),
        Outcome::Done(_)
    ));
    let open = [listed("SHIPPING", Some("AB123456789GB"))];
    let refused = agreed(&multi(), despatch(parcel("JL1-A", LINES)), &look(&open, "st11-confirm", note), &page(&open));
    assert!(matches!(refused, Outcome::Rejected(rejection) if rejection.detail.contains("No shipment with id")));
    assert!(matches!(answered("st24", json!({ "shipment_success": [{ "id": "s-9" }] })), Outcome::Unknown(_)));
    assert!(matches!(answered("st24", json!({})), Outcome::Unknown(_)));
}

#[test]
fn a_package_is_found_by_its_key_then_by_its_tracking_number() {
    assert_eq!(stage_of(&look(&[], "st11", Value::Null)), Some("st01"));
    assert!(matches!(look(&[], "st11", Value::Null), Outcome::Absent { .. }));
    let open = look(&[listed("SHIPPING", None)], "st11", Value::Null);
    assert_eq!((stage_of(&open), note_of(&open)), (Some("st23"), noted()));
    let tracked = look(&[listed("READY_FOR_PICK_UP", Some("AB123456789GB"))], "st11", Value::Null);
    assert_eq!(stage_of(&tracked), Some("st24"));
    for status in ["SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED"] {
        assert!(
            matches!(look(&[listed(status, Some("AB123456789GB"))], "st11", Value::Null), Outcome::Done(_)),
            "{status}"
        );
    }
    // By invoice reference alone, where the operator drops the lines' references.
    let mut by_invoice = with(listed("SHIPPING", None), &[("invoice_reference", json!("DSP-JL1-A"))]);
    by_invoice["shipment_lines"] = Value::Null;
    assert_eq!(stage_of(&look(&[by_invoice], "st11", Value::Null)), Some("st23"));
    // Recorded by hand with the same tracking number and units: adopted. With other units: a contradiction.
    let mut by_hand = listed("SHIPPED", Some("AB123456789GB"));
    by_hand["shipment_lines"][0]["package_reference"] = Value::Null;
    by_hand["shipment_lines"][1]["package_reference"] = json!("1");
    assert!(matches!(look(&[by_hand.clone()], "st11", Value::Null), Outcome::Done(_)));
    by_hand["shipment_lines"][1]["quantity"] = json!(2);
    assert_eq!(code_of(&look(&[by_hand], "st11", Value::Null)), Some("conflict"));
}

#[test]
fn another_package_of_the_same_order_is_not_taken_for_ours() {
    let mut other = listed("SHIPPED", Some("ZZ999"));
    other["shipment_lines"][0]["package_reference"] = json!("DSP-0");
    other["shipment_lines"][1]["package_reference"] = json!("DSP-0");
    assert_eq!(stage_of(&look(&[other], "st11", Value::Null)), Some("st01"));
    let foreign = with(listed("SHIPPED", Some("AB123456789GB")), &[("order_id", json!("JL9-A"))]);
    assert_eq!(stage_of(&look(&[foreign], "st11", Value::Null)), Some("st01"));
}

#[test]
fn two_packages_under_one_tracking_number_are_two_shipments() {
    // A carrier's consignment: despatches D1 and D2 left under one number, with the same units in each.
    let package = |key: &str| {
        let mut shipment = parcel("JL1-A", LINES);
        shipment.tracking = "T".to_owned();
        shipment.package = key.to_owned();
        Work::new(despatch(shipment), "st11", Value::Null)
    };
    let recorded = |reference: Value| {
        let mut row = listed("SHIPPED", Some("T"));
        row["shipment_lines"][0]["package_reference"] = reference.clone();
        row["shipment_lines"][1]["package_reference"] = reference;
        row
    };
    let second = |rows: &[Value]| one(&multi(), &package("D2/T"), &page(rows));
    assert!(matches!(one(&multi(), &package("D1/T"), &page(&[recorded(json!("D1/T"))])), Outcome::Done(_)));
    assert_eq!(stage_of(&second(&[recorded(json!("D1/T"))])), Some("st01"), "the first parcel is not the second");
    let by_invoice = with(recorded(Value::Null), &[("invoice_reference", json!("D1/T"))]);
    assert_eq!(stage_of(&second(&[by_invoice])), Some("st01"));
    for by_hand in [Value::Null, json!("1"), json!("box A"), json!("T"), json!("/T")] {
        let adopted = second(&[recorded(json!("D1/T")), recorded(by_hand.clone())]);
        assert!(matches!(adopted, Outcome::Done(_)), "{by_hand}");
    }
}

#[test]
fn our_key_on_something_different_reaches_a_person() {
    let elsewhere = listed("SHIPPED", Some("OTHER"));
    assert_eq!(code_of(&look(std::slice::from_ref(&elsewhere), "st11", Value::Null)), Some("conflict"));
    assert_eq!(code_of(&look(&[elsewhere], "st11-confirm", noted())), Some("mismatch"));
    let mut fewer = listed("SHIPPED", Some("AB123456789GB"));
    fewer["shipment_lines"][1]["quantity"] = json!(2);
    assert_eq!(code_of(&look(std::slice::from_ref(&fewer), "st11", Value::Null)), Some("conflict"));
    assert_eq!(code_of(&look(&[fewer], "st11-confirm", noted())), Some("mismatch"));
    assert_eq!(code_of(&look(&[listed("CANCELED", None)], "st11", Value::Null)), Some("wrong_state"));
    let strange = |note| look(&[listed("BEAMED_UP", None)], "st11", note);
    assert_eq!(
        stage_of(&strange(Value::Null)),
        Some("st11"),
        "a word that is not known may be gone with the next look"
    );
    assert_eq!(code_of(&strange(json!({ "tries": 10 }))), Some("wrong_state"));
}

#[test]
fn nothing_is_concluded_from_a_page_that_was_cut() {
    // §2.1, seek paging: absence means absence only where no further page is named.
    let cut = answer(&json!({ "data": [], "next_page_token": "p2" }));
    let alone = one(&multi(), &work("st11", Value::Null), &cut);
    assert!(matches!(&alone, Outcome::Next { stage, .. } if stage.as_str() == "st11-alone"));
    let (_, uri, ..) = request(&multi(), &[&work("st11-alone", note_of(&alone))], &session(&[]));
    assert_eq!(uri, "/api/shipments?order_id=JL1-A&limit=100");
    let further = one(&multi(), &work("st11-alone", note_of(&alone)), &cut);
    let (_, uri, ..) = request(&multi(), &[&work("st11-alone", note_of(&further))], &session(&[]));
    assert_eq!(uri, "/api/shipments?page_token=p2&limit=100");
    let last = look(&[], "st11-alone", note_of(&further));
    assert!(matches!(&last, Outcome::Absent { stage, note } if stage.as_str() == "st01" && note.is_null()));
    let found = look(&[listed("SHIPPING", None)], "st11-alone", note_of(&further));
    assert_eq!((stage_of(&found), note_of(&found)), (Some("st23"), noted()));
    let senseless = one(&multi(), &work("st11", Value::Null), &answer(&json!({ "data": "none" })));
    assert!(matches!(senseless, Outcome::NotDone(Failure::Retry(_))));
}

#[test]
fn a_page_that_expired_or_a_list_without_end_does_not_keep_us_asking() {
    let expired = one(&multi(), &work("st11-alone", json!({ "page_token": "old", "pages": 3 })), &reply(400, ""));
    assert_eq!(stage_of(&expired), Some("st11-alone"));
    let (_, uri, ..) = request(&multi(), &[&work("st11-alone", note_of(&expired))], &session(&[]));
    assert_eq!(uri, "/api/shipments?order_id=JL1-A&limit=100", "from the first page again");
    let mut note = Value::Null;
    let mut pages = 0;
    let last = loop {
        let body = json!({ "data": [], "next_page_token": format!("p{pages}") });
        let outcome = one(&multi(), &work("st11-alone", note.clone()), &answer(&body));
        if stage_of(&outcome).is_none() {
            break outcome;
        }
        note = note_of(&outcome);
        pages += 1;
        assert!(pages < 100, "no end");
    };
    assert!(matches!(last, Outcome::NotDone(Failure::Retry(_))), "{last:?}");
    let refused = one(&multi(), &work("st11-alone", note), &reply(400, ""));
    assert!(matches!(refused, Outcome::NotDone(Failure::Retry(_))), "a token refused for ever ends too");
}

#[test]
fn a_read_back_over_cut_pages_does_not_go_round_for_ever() {
    let mut outcome = one(&multi(), &work("st24", noted()), &answer(&json!({ "shipment_success": [{ "id": "s-1" }] })));
    let mut looks = 0;
    while let Some(stage) = stage_of(&outcome).map(str::to_owned) {
        let stage: &'static str = match stage.as_str() {
            "st11-confirm" => "st11-confirm",
            "st11-alone" => "st11-alone",
            other => panic!("{other} after the shipment was confirmed"),
        };
        let rows = if stage == "st11-alone" { vec![listed("SHIPPING", Some("AB123456789GB"))] } else { Vec::new() };
        let body = json!({ "data": rows, "next_page_token": "more" });
        outcome = one(&multi(), &work(stage, note_of(&outcome)), &answer(&body));
        looks += 1;
        assert!(looks < 60, "no end");
    }
    assert_eq!(code_of(&outcome), Some("mismatch"));
}

#[test]
fn lost_answers_of_writes_are_unknown() {
    for stage in ["st01", "st23", "st24"] {
        for (status, body) in [(500, ""), (200, "<html>"), (201, "{\"shipment_suc"), (204, ""), (302, "")] {
            let outcome = one(&multi(), &work(stage, noted()), &reply(status, body));
            assert!(matches!(outcome, Outcome::Unknown(_)), "{stage} {status}: {outcome:?}");
        }
    }
}
