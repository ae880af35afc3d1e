//! Publishing stock (`contracts/john-lewis.md §2.5`; A061, B022, B023, F19).

use crossdock_connector::{Connector, Failure, OperationKind, Outcome, Repeat, Reply, Stage, StageKind};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::with_header;
use crate::kit::{Work, answer, at, code_of, connector, note_of, one, reply, request, session, stage_of, stock};

fn work(stage: &'static str, note: Value) -> Work {
    Work::new(stock(&[("A-1", 5), ("B\"2", 0), ("C;3", 7)]), stage, note)
}

fn noted() -> Value {
    json!({ "import_id": "imp-1", "since": "2026-11-23T11:59:00Z" })
}

fn status(body: &Value) -> Outcome {
    one(&connector(json!({})), &work("status", noted()), &answer(body))
}

fn facts(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Done(evidence) => evidence.facts.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn figures_are_uploaded_as_one_quoted_file_in_a_form() {
    let connector = connector(json!({ "shop_id": 3 }));
    let (method, uri, content_type, body) = request(&connector, &[&work("upload", Value::Null)], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("POST", "/api/offers/stock/imports?shop_id=3"));
    assert_eq!(content_type, "multipart/form-data; boundary=crossdock-eff7f3a");
    assert_eq!(
        body,
        "--crossdock-eff7f3a\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"stock-eff7f3a.csv\"\r\n\
         Content-Type: text/csv; charset=utf-8\r\n\r\n\
         \"offer-sku\";\"quantity\";\"warehouse-code\";\"update-delete\"\n\
         \"A-1\";\"5\";\"\";\"\"\n\"B\"\"2\";\"0\";\"\";\"\"\n\"C;3\";\"7\";\"\";\"\"\n\
         \r\n--crossdock-eff7f3a--\r\n"
    );
}

#[test]
fn each_call_is_paid_from_its_own_published_window() {
    let connector = connector(json!({}));
    let window = |stage, note| connector.plan(&[work(stage, note).step()], &session(&[])).unwrap().windows;
    assert_eq!(window("upload", Value::Null), ["STO01"]);
    assert_eq!(window("status", noted()), ["STO02"]);
    assert_eq!(window("report", noted()), ["STO03"]);
}

#[test]
fn a_file_is_one_operation_and_as_long_as_configured() {
    let connector = connector(json!({ "stock_lines_per_file": 5000 }));
    let upload = Stage::new("upload");
    assert_eq!(connector.first_stage(&stock(&[("A", 1)]), &session(&[])), upload);
    assert_eq!(connector.batch_limit(OperationKind::SetStock, &upload), 5000);
    assert_eq!(connector.weight(&stock(&[("A", 1)]), &upload), 5000, "a second operation finds no room in the call");
    assert_eq!(connector.stage_kind(&stock(&[]), &upload), StageKind::Write(Repeat::Harmless));
    assert_eq!(connector.stage_kind(&stock(&[]), &Stage::new("status")), StageKind::Look);
    let works = [work("upload", Value::Null), work("upload", Value::Null)];
    assert!(connector.plan(&[works[0].step(), works[1].step()], &session(&[])).is_err());
}

#[test]
fn the_import_is_watched_every_15_seconds_until_it_ends() {
    let connector = connector(json!({}));
    let created = one(&connector, &work("upload", Value::Null), &reply(201, r#"{"import_id":"imp-1"}"#));
    match &created {
        Outcome::Next { stage, after, note } => {
            assert_eq!((stage.as_str(), *after), ("status", SignedDuration::from_secs(15)));
            assert_eq!(*note, json!({ "import_id": "imp-1", "since": "2026-11-23T12:00:00Z" }));
        }
        other => panic!("{other:?}"),
    }
    let (method, uri, ..) = request(&connector, &[&work("status", note_of(&created))], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("GET", "/api/offers/stock/imports/imp-1/status"));
    for state in ["WAITING", "RUNNING", "QUEUED"] {
        let outcome = status(&json!({ "status": state, "import_id": "imp-1" }));
        assert!(matches!(outcome, Outcome::Next { after, .. } if after == SignedDuration::from_secs(15)), "{state}");
        assert_eq!(stage_of(&outcome), Some("status"));
    }
}

#[test]
fn an_import_id_may_be_a_number() {
    let created = one(&connector(json!({})), &work("upload", Value::Null), &reply(201, r#"{"import_id":2077}"#));
    assert_eq!(note_of(&created)["import_id"], "2077");
}

#[test]
fn a_clean_import_is_done_and_a_short_count_is_told() {
    let clean =
        status(&json!({ "status": "COMPLETE", "lines_in_success": 3, "lines_in_error": 0, "has_error_report": false }));
    assert_eq!(facts(&clean)["lines_unaccounted"], 0);
    assert_eq!(facts(&clean)["import_id"], "imp-1");
    let sparse = status(&json!({ "status": "COMPLETE", "lines_in_success": null, "lines_in_error": null }));
    assert_eq!(facts(&sparse)["errors"], json!([]));
    let short = status(&json!({ "status": "COMPLETE", "lines_in_success": 1, "lines_in_error": 0 }));
    assert_eq!(facts(&short)["lines_unaccounted"], 2, "B023: what was not really updated must not look as if it was");
}

#[test]
fn a_partly_refused_file_is_done_with_each_refused_sku_named() {
    for body in [
        json!({ "status": "COMPLETE", "lines_in_error": 1, "has_error_report": false }),
        json!({ "status": "COMPLETE", "lines_in_error": 0, "has_error_report": true }),
    ] {
        assert_eq!(stage_of(&status(&body)), Some("report"), "{body}");
    }
    let connector = connector(json!({}));
    let (method, uri, ..) = request(&connector, &[&work("report", noted())], &session(&[]));
    assert_eq!((method.as_str(), uri.as_str()), ("GET", "/api/offers/stock/imports/imp-1/error_report"));
    let csv = "\"error-line\";\"error-message\";\"offer-sku\";\"quantity\"\n\"3\";\"Offer unknown\";\"B\"\"2\";\"0\"\n";
    let outcome = one(&connector, &work("report", noted()), &reply(200, csv));
    assert_eq!(facts(&outcome)["errors"], json!([{ "sku": "B\"2", "reason": "Offer unknown", "line": 3 }]));
}

#[test]
fn a_sku_that_cannot_be_written_does_not_cost_the_others_their_figures() {
    let lines = stock(&[("A-1", 5), ("bad\nsku", 1)]);
    let connector = connector(json!({}));
    let (.., body) = request(&connector, &[&Work::new(lines.clone(), "upload", Value::Null)], &session(&[]));
    assert!(body.contains("\"A-1\";\"5\"") && !body.contains("bad"));
    let complete = answer(&json!({ "status": "COMPLETE", "lines_in_success": 1 }));
    let outcome = one(&connector, &Work::new(lines, "status", noted()), &complete);
    assert_eq!(facts(&outcome)["errors"][0]["sku"], "bad sku");
    assert_eq!(facts(&outcome)["lines_unaccounted"], 0);
}

#[test]
fn a_failed_import_is_rejected() {
    assert_eq!(code_of(&status(&json!({ "status": "FAILED" }))), Some("refused_by_remote"));
}

#[test]
fn an_import_that_hangs_is_given_up_after_twenty_minutes() {
    let connector = connector(json!({}));
    let late = |at_time: &str, status: u16, body: &'static str| {
        let mut reply: Reply = reply(status, body);
        reply.at = at(at_time);
        one(&connector, &work("status", noted()), &reply)
    };
    assert_eq!(stage_of(&late("2026-11-23T12:19:00Z", 200, r#"{"status":"RUNNING"}"#)), Some("status"));
    assert!(code_of(&late("2026-11-23T12:19:01Z", 200, r#"{"status":"RUNNING"}"#)).is_some());
    // An import that is not to be seen yet is not lost yet.
    assert_eq!(stage_of(&late("2026-11-23T12:00:00Z", 404, "")), Some("status"));
    assert!(code_of(&late("2026-11-23T12:30:00Z", 404, "")).is_some());
}

#[test]
fn answers_that_are_none_decide_nothing() {
    let connector = connector(json!({}));
    let outcome = |stage, reply| one(&connector, &work(stage, noted()), &reply);
    for (status, body) in [(500, ""), (200, "<html>"), (201, "{\"import"), (201, "{}"), (201, "{\"import_id\":null}")] {
        assert!(matches!(outcome("upload", reply(status, body)), Outcome::Unknown(_)), "{status} {body}");
    }
    assert_eq!(code_of(&outcome("upload", reply(400, r#"{"message":"unreadable file"}"#))), Some("refused_by_remote"));
    for stage in ["status", "report"] {
        for (status, body) in [(500, ""), (200, "<html>"), (200, "{\"status\":\"COMPLETE\",\"lines_in_error\":1.5}")] {
            let outcome = outcome(stage, reply(status, body));
            assert!(matches!(outcome, Outcome::NotDone(Failure::Retry(_))), "{stage} {status} {body}: {outcome:?}");
        }
    }
    let wait = Outcome::NotDone(Failure::Throttled(Some(SignedDuration::from_secs(30))));
    assert_eq!(outcome("upload", with_header(reply(429, ""), "retry-after", "30")), wait);
}

#[test]
fn a_report_that_is_not_there_still_says_how_many_were_refused() {
    let note = json!({ "import_id": "imp-1", "lines_in_error": 2 });
    let outcome = one(&connector(json!({})), &work("report", note), &reply(404, ""));
    assert_eq!(facts(&outcome)["lines_in_error"], 2);
    assert_eq!(facts(&outcome)["errors"], json!([]));
}

#[test]
fn a_note_that_lost_its_import_is_not_sent_anywhere() {
    assert!(connector(json!({})).plan(&[work("status", Value::Null).step()], &session(&[])).is_err());
}
