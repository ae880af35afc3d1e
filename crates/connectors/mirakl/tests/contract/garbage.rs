//! Whatever comes back: one outcome per step, in bounds, without a panic (F13, F18, T18).

use crossdock_connector::{Connector, Operation, OperationKind, Outcome, Page, Read, Stage, StageKind};
use serde_json::{Value, json};

use crate::kit::{Work, acceptance, at, connector, despatch, order, parcel, reply, session, stock, with_header};

/// Bodies that a careless server, a proxy or an attacker may send.
fn bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"\"",
        "[]",
        "{}",
        "[{}]",
        "[null]",
        "<html>",
        "<!DOCTYPE html><p>no",
        "{",
        "}",
        "{\"orders\":null}",
        "{\"orders\":[]}",
        "{\"orders\":{}}",
        "{\"orders\":[null,1,\"x\",[],{}]}",
        "{\"orders\":[{\"order_id\":{},\"order_state\":[]}],\"total_count\":-1}",
        "{\"data\":[null,{},7]}",
        "{\"data\":[]}",
        "{\"shipment_success\":[null,{\"id\":1}],\"shipment_errors\":[{}]}",
        "{\"shipment_errors\":7}",
        "{\"import_id\":[]}",
        "{\"import_id\":\"../../x\"}",
        "{\"status\":9}",
        "{\"status\":\"COMPLETE\",\"lines_in_error\":1e99}",
        "{\"message\":null,\"errors\":[null]}",
        "\u{feff}{}",
        "a;b;c\n1;2",
        "\"",
        "1;\"",
        ";;;\n;;;",
        "{\"offers\":[{\"quantity\":[]}]}",
        "{\"shop_state\":[]}",
        "{\"features\":[]}",
        "{\"features\":{\"shipment\":7}}",
        "{\"carriers\":[7]}",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    bodies.push(vec![0xff, 0xfe, 0x00, 0x80]);
    bodies.push([b"[".repeat(500), b"]".repeat(500)].concat());
    bodies.push(format!("{{\"message\":\"{}\"}}", "x".repeat(10_000)).into_bytes());
    // A good answer, cut at every place, and with each of its values spoilt in turn.
    let good = json!({ "orders": [order("1-A", "SHIPPING")], "total_count": 1 }).to_string();
    bodies.extend((0..good.len()).step_by(41).map(|end| good.as_bytes()[..end].to_vec()));
    bodies.extend(
        spoilt(&order("1-A", "SHIPPED")).into_iter().map(|order| json!({ "orders": [order] }).to_string().into_bytes()),
    );
    bodies
}

/// The document with each of its fields replaced by each wrong thing.
fn spoilt(document: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    let names: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    for name in names {
        for wrong in [Value::Null, json!(-1.5), json!("🦀"), json!([null, {}]), json!({ "x": 1 }), json!(1e300)] {
            let mut copy = document.clone();
            copy[name.as_str()] = wrong;
            out.push(copy);
        }
    }
    out
}

/// Stages, what they are about, and how many of them may share a call here.
type Protocol = (&'static [&'static str], fn(&str) -> Operation, usize);

fn works() -> Vec<Vec<Work>> {
    let notes =
        [Value::Null, json!({ "shipment_id": "s-1", "import_id": "i", "refused": "no", "tries": 3 }), json!([1])];
    let kinds: [Protocol; 4] = [
        (&["look", "accept", "confirm", "gone"], acceptance, 3),
        (&["look", "track", "ship", "confirm"], |id| despatch(parcel(id, &[("L", 1)])), 3),
        (
            &["pc01", "st11", "st11-alone", "st01", "st23", "st24", "st11-confirm"],
            |id| despatch(parcel(id, &[("L", 1)])),
            3,
        ),
        (&["upload", "status", "report"], |_| stock(&[("A", 1)]), 1),
    ];
    let mut out = Vec::new();
    for (stages, operation, most) in kinds {
        for stage in stages {
            for note in &notes {
                for count in 1..=most {
                    let ids = ["1-A", "2-A", "3-A"];
                    out.push(ids[..count].iter().map(|id| Work::new(operation(id), stage, note.clone())).collect());
                }
            }
        }
    }
    out
}

#[test]
fn every_reply_gives_one_outcome_per_step_and_no_panic() {
    let connector = connector(json!({}));
    let session = session(&[]);
    let works = works();
    let mut seen = 0_usize;
    for body in bodies() {
        for status in [200, 204, 302, 404, 429] {
            let reply = with_header(reply(status, body.clone()), "link", "<x>; rel=\"next\"");
            for batch in &works {
                let steps: Vec<_> = batch.iter().map(Work::step).collect();
                let outcomes = connector.interpret(&steps, &session, &reply);
                assert_eq!(outcomes.len(), steps.len());
                for (step, outcome) in steps.iter().zip(&outcomes) {
                    seen += 1;
                    // A stock file that nobody can tell about is superseded by the next, so its looks may end in doubt.
                    let kind = connector.stage_kind(step.operation, step.stage);
                    if !(step.operation.kind() == OperationKind::SetStock && matches!(outcome, Outcome::Unknown(_))) {
                        check(kind, outcome);
                    }
                }
            }
        }
    }
    assert!(seen > 50_000, "{seen}");
}

/// A look never ends unknown, a write never ends done, and nobody is shown a novel.
fn check(kind: StageKind, outcome: &Outcome) {
    match (kind, outcome) {
        (StageKind::Look, Outcome::Unknown(text)) => panic!("a look cannot be unknown: {text}"),
        (StageKind::Write(_), Outcome::Done(_)) => panic!("a write is only done when it was read back"),
        (_, Outcome::Rejected(rejection)) => assert!(rejection.detail.chars().count() <= 400),
        (_, Outcome::Unknown(text)) => assert!(text.chars().count() <= 400),
        _ => {}
    }
}

#[test]
fn every_read_survives_every_reply() {
    let connector = connector(json!({}));
    let reads = [
        Read::Health { page: Page::first() },
        Read::Health { page: Page("account".to_owned()) },
        Read::Orders { since: at("2026-11-23T00:00:00Z"), page: Page("not a number".to_owned()) },
        Read::OrdersById { ids: vec!["1-A".to_owned()] },
        Read::Listings { page: Page("18446744073709551615".to_owned()) },
        Read::Carriers { page: Page::first() },
    ];
    for read in &reads {
        for facts in [&[][..], &[("shop_state", "OPEN"), ("account_asked_at", "never")]] {
            assert!(connector.plan_read(read, &session(facts)).is_ok());
            for body in bodies() {
                for status in [200, 204, 404, 429, 500] {
                    let _ = connector.interpret_read(read, &session(facts), &reply(status, body.clone()));
                }
            }
        }
    }
}

#[test]
fn what_is_read_beside_the_orders_survives_every_reply() {
    let connector = connector(json!({ "shipments": "multi" }));
    let session = session(&[]);
    let poll = Read::Orders { since: at("2026-11-23T00:00:00Z"), page: Page::first() };
    for document in spoilt(&order("1-A", "SHIPPING")) {
        let page = reply(200, json!({ "orders": [document, order("2-A", "SHIPPING")] }).to_string());
        let beside = connector.interpret_read(&poll, &session, &page).unwrap().next.unwrap();
        let rows =
            json!({ "data": [null, 7, { "order_id": "1-A" }, { "order_id": "2-A", "shipment_lines": [{}, null] }] });
        assert!(connector.interpret_read(&beside, &session, &reply(200, rows.to_string())).is_ok());
        for body in bodies().into_iter().step_by(7) {
            let _ = connector.interpret_read(&beside, &session, &reply(200, body));
        }
    }
    for page in ["{}\n{}", "{\"list\":\"shipments\"}\n", "\n", "{"] {
        let read = Read::Orders { since: at("2026-11-23T00:00:00Z"), page: Page(page.to_owned()) };
        assert!(connector.plan_read(&read, &session).is_ok(), "{page:?}");
        let _ = connector.interpret_read(&read, &session, &reply(200, "{\"orders\":[]}"));
    }
}

#[test]
fn a_stage_of_another_version_is_refused_not_guessed() {
    let connector = connector(json!({}));
    let work = Work { stage: Stage::stored("st99".to_owned()), ..Work::new(acceptance("1-A"), "look", Value::Null) };
    assert!(connector.plan(&[work.step()], &session(&[])).is_err());
    assert!(matches!(connector.interpret(&[work.step()], &session(&[]), &reply(200, "{}"))[0], Outcome::Rejected(_)));
    assert!(connector.interpret(&[], &session(&[]), &reply(200, "{}")).is_empty());
    assert!(connector.plan(&[], &session(&[])).is_err());
}

#[test]
fn equal_arguments_give_equal_calls() {
    let connector = connector(json!({}));
    for batch in works() {
        let steps: Vec<_> = batch.iter().map(Work::step).collect();
        let (first, second) = (connector.plan(&steps, &session(&[])), connector.plan(&steps, &session(&[])));
        match (first, second) {
            (Ok(first), Ok(second)) => {
                assert_eq!(first.request.uri(), second.request.uri());
                assert_eq!(first.request.body(), second.request.body());
            }
            (first, second) => assert_eq!(first.err(), second.err()),
        }
    }
}
