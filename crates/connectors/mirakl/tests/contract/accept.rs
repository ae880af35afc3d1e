//! Accepting an order (`contracts/john-lewis.md §2.2`, `§2.3`; A016, B013).

use crossdock_connector::{Connector, Failure, OperationKind, Outcome, Repeat, Stage, StageKind};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::with_header;
use crate::kit::{
    Work, acceptance, agreed, code_of, connector, note_of, one, order, orders, reply, request, session, stage_of,
};

fn work(stage: &'static str, note: Value) -> Work {
    Work::new(acceptance("JL1-A"), stage, note)
}

/// Two looks at an order that stays as it is.
fn two_looks(order_is: &str, stage: &'static str, note: Value) -> Outcome {
    let seen = orders(&[order("JL1-A", order_is)]);
    agreed(&connector(json!({})), acceptance("JL1-A"), &look(order_is, stage, note), &seen)
}

fn look(order_is: &str, stage: &'static str, note: Value) -> Outcome {
    one(&connector(json!({})), &work(stage, note), &orders(&[order("JL1-A", order_is)]))
}

#[test]
fn an_acceptance_writes_at_once_and_then_reads_back() {
    // A look before it would cost a call of OR11, of which a backlog of orders leaves none; a repeat is refused anyway.
    let connector = connector(json!({}));
    assert_eq!(connector.first_stage(&acceptance("1-A"), &session(&[])).as_str(), "accept");
    assert_eq!(connector.plan(&[work("accept", Value::Null).step()], &session(&[])).unwrap().windows, ["calls"]);
    let accepted = one(&connector, &work("accept", Value::Null), &reply(204, ""));
    assert_eq!(stage_of(&accepted), Some("confirm"));
    assert!(matches!(look("WAITING_DEBIT", "confirm", Value::Null), Outcome::Done(_)));
    let kind = |stage| connector.stage_kind(&acceptance("1-A"), &Stage::new(stage));
    assert_eq!(kind("look"), StageKind::Look);
    assert_eq!(kind("accept"), StageKind::Write(Repeat::Refused));
    assert_eq!(kind("confirm"), StageKind::Look);
}

#[test]
fn after_a_lost_answer_a_look_decides_whether_it_is_sent_again() {
    let connector = connector(json!({}));
    assert_eq!(connector.recovery_stage(&acceptance("1-A"), &session(&[])).as_str(), "look");
    let absent = look("WAITING_ACCEPTANCE", "look", Value::Null);
    assert!(matches!(&absent, Outcome::Absent { stage, .. } if stage.as_str() == "accept"));
}

#[test]
fn looks_are_batched_by_the_hundred_and_writes_go_one_by_one() {
    let connector = connector(json!({}));
    let limit = |stage| connector.batch_limit(OperationKind::AcceptOrder, &Stage::new(stage));
    assert_eq!((limit("look"), limit("accept"), limit("confirm")), (100, 1, 100));
    let works = [Work::new(acceptance("1-A"), "look", Value::Null), Work::new(acceptance("2-A"), "look", Value::Null)];
    let (method, uri, ..) = request(&connector, &[&works[0], &works[1]], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("GET", "/api/orders?order_ids=1-A%2C2-A&max=100"));
    let steps = [works[0].step(), works[1].step()];
    let found = orders(&[order("2-A", "WAITING_ACCEPTANCE"), order("1-A", "SHIPPING")]);
    let outcomes = connector.interpret(&steps, &session(&[]), &found);
    assert!(matches!(outcomes[0], Outcome::Done(_)), "outcomes follow the steps, not the answer");
    assert_eq!(stage_of(&outcomes[1]), Some("accept"));
}

#[test]
fn every_line_is_decided_in_one_call() {
    let connector = connector(json!({ "shop_id": 3 }));
    let (method, uri, content_type, body) = request(&connector, &[&work("accept", Value::Null)], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("PUT", "/api/orders/JL1-A/accept?shop_id=3"));
    assert_eq!(content_type, "application/json");
    assert_eq!(body, r#"{"order_lines":[{"id":"JL1-A-1","accepted":true},{"id":"JL1-A-2","accepted":true}]}"#);
}

#[test]
fn the_state_decides_what_a_look_means() {
    for state in ["WAITING_DEBIT", "WAITING_DEBIT_PAYMENT", "SHIPPING", "SHIPPED", "TO_COLLECT", "RECEIVED", "CLOSED"] {
        assert!(matches!(look(state, "look", Value::Null), Outcome::Done(_)), "{state}");
    }
    for state in ["REFUSED", "CANCELED"] {
        assert_eq!(code_of(&look(state, "look", Value::Null)), Some("wrong_state"), "{state}");
    }
    assert!(matches!(look("STAGING", "look", Value::Null), Outcome::NotDone(Failure::Retry(_))));
    // A word that is not known may be gone with the next look; ten looks later it is believed.
    assert_eq!(stage_of(&look("TELEPORTED", "look", json!({ "tries": 9 }))), Some("look"));
    assert_eq!(code_of(&look("TELEPORTED", "look", json!({ "tries": 10 }))), Some("wrong_state"));
}

#[test]
fn a_refusal_is_believed_when_two_looks_a_minute_apart_agree_with_it() {
    // OR21 answers ORDER_INVALID_STATE when the order is decided already, perhaps by our own lost call; and what OR11
    // shows may be minutes old.
    let connector = connector(json!({}));
    let refusal = r#"{"errors":[{"code":"ORDER_INVALID_STATE","message":"not in the expected state"}]}"#;
    for status in [400, 403, 404] {
        let outcome = one(&connector, &work("accept", Value::Null), &reply(status, refusal));
        assert_eq!(stage_of(&outcome), Some("look"), "{status}");
        let note = note_of(&outcome);
        assert!(matches!(look("WAITING_DEBIT", "look", note.clone()), Outcome::Done(_)));
        let once = look("WAITING_ACCEPTANCE", "look", note.clone());
        assert!(matches!(look("SHIPPING", "look", note_of(&once)), Outcome::Done(_)), "the first look was stale");
        let refused = two_looks("WAITING_ACCEPTANCE", "look", note.clone());
        assert_eq!(code_of(&refused), Some("refused_by_remote"));
        assert!(matches!(refused, Outcome::Rejected(rejection) if rejection.detail.contains("ORDER_INVALID_STATE")));
        assert_eq!(code_of(&look("REFUSED", "look", note)), Some("wrong_state"));
    }
}

#[test]
fn an_order_that_may_not_be_accepted_stops_nothing_but_itself() {
    // 403 ORDER_FULFILLED_UNAUTHORIZED is about one order; 401 is about the key.
    let connector = connector(json!({}));
    let forbidden = one(&connector, &work("accept", Value::Null), &reply(403, ""));
    assert!(matches!(forbidden, Outcome::Next { .. }));
    let look = one(&connector, &work("look", Value::Null), &reply(403, ""));
    assert!(matches!(look, Outcome::NotDone(Failure::Retry(_))), "a look that was refused has seen nothing");
    let denied = one(&connector, &work("look", Value::Null), &reply(401, ""));
    assert!(matches!(denied, Outcome::NotDone(Failure::Denied(_))));
}

#[test]
fn a_read_back_that_lags_is_repeated_for_ten_minutes_and_no_longer() {
    let mut note = Value::Null;
    for _ in 0..10 {
        match look("WAITING_ACCEPTANCE", "confirm", note) {
            Outcome::Next { stage, after, note: next } => {
                assert_eq!((stage.as_str(), after), ("confirm", SignedDuration::from_secs(60)));
                note = next;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(code_of(&look("WAITING_ACCEPTANCE", "confirm", note)), Some("mismatch"));
}

#[test]
fn an_order_is_missing_when_two_lists_miss_it_and_neither_was_cut() {
    let connector = connector(json!({}));
    let absent = one(&connector, &work("look", Value::Null), &orders(&[]));
    assert_eq!(code_of(&agreed(&connector, acceptance("JL1-A"), &absent, &orders(&[]))), Some("not_found"));
    // §2.10: the count may be missing, and then a short list is no proof either.
    let uncounted = crate::kit::answer(&json!({ "orders": [order("9-A", "SHIPPING")] }));
    assert_eq!(stage_of(&one(&connector, &work("look", Value::Null), &uncounted)), Some("look"));
    let cut = crate::kit::answer(&json!({ "orders": [order("9-A", "SHIPPING")], "total_count": 2 }));
    assert!(matches!(one(&connector, &work("look", Value::Null), &cut), Outcome::NotDone(Failure::Retry(_))));
}

#[test]
fn a_look_that_is_refused_is_made_again() {
    let connector = connector(json!({}));
    for status in [400, 404, 410, 422] {
        let outcome = one(&connector, &work("look", Value::Null), &reply(status, ""));
        assert!(matches!(outcome, Outcome::NotDone(Failure::Retry(_))), "{status}: {outcome:?}");
    }
}

#[test]
fn only_a_plain_answer_confirms_the_write() {
    let connector = connector(json!({}));
    let write = |reply| one(&connector, &work("accept", Value::Null), &reply);
    assert!(matches!(write(reply(500, "")), Outcome::Unknown(_)));
    assert!(matches!(write(reply(502, "<html>")), Outcome::Unknown(_)));
    assert!(matches!(write(reply(200, "<!doctype html>Welcome")), Outcome::Unknown(_)));
    assert!(matches!(write(reply(200, "{\"orde")), Outcome::Unknown(_)));
    assert!(matches!(write(reply(302, "")), Outcome::Unknown(_)));
    let wait = Outcome::NotDone(Failure::Throttled(Some(SignedDuration::from_secs(9))));
    assert_eq!(write(with_header(reply(429, ""), "retry-after", "9")), wait);
    assert!(matches!(write(reply(401, "")), Outcome::NotDone(Failure::Denied(_))));
}

#[test]
fn an_acceptance_without_lines_is_not_sent() {
    let operation = crossdock_connector::Operation::AcceptOrder { order_id: "1-A".to_owned(), lines: Vec::new() };
    let work = Work::new(operation, "accept", Value::Null);
    assert!(connector(json!({})).plan(&[work.step()], &session(&[])).is_err());
}
