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
    assert_eq!(facts(&clean)["unnamed"], 0);
    assert_eq!(facts(&clean)["import_id"], "imp-1");
    let sparse = status(&json!({ "status": "COMPLETE", "lines_in_success": null, "lines_in_error": null }));
    assert_eq!(facts(&sparse)["errors"], json!([]));
    let short = status(&json!({ "status": "COMPLETE", "lines_in_success": 1, "lines_in_error": 0 }));
    assert_eq!(facts(&short)["unnamed"], 2, "B023: what was not really updated must not look as if it was");
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
    let call = connector.plan(&[work("report", noted()).step()], &session(&[])).unwrap();
    assert_eq!(
        (call.request.method().as_str(), call.request.uri().path()),
        ("GET", "/api/offers/stock/imports/imp-1/error_report")
    );
    assert_eq!(
        call.request.headers()["accept"],
        "text/csv, */*;q=0.1",
        "it is answered in CSV and in nothing else (STO03)"
    );
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
    assert_eq!(facts(&outcome)["unnamed"], 0);
}

#[test]
fn a_failed_import_is_rejected() {
    assert_eq!(code_of(&status(&json!({ "status": "FAILED" }))), Some("refused_by_remote"));
}

/// The outcome of an answer that comes so many minutes after the upload.
fn after(minutes: i64, stage: &'static str, counted: i64, mut reply: Reply) -> Outcome {
    let note = json!({ "import_id": "imp-1", "since": "2026-11-23T11:59:00Z", "lines_in_error": counted });
    reply.at = at("2026-11-23T11:59:00Z") + SignedDuration::from_mins(minutes);
    one(&connector(json!({})), &work(stage, note), &reply)
}

#[test]
fn whatever_comes_instead_of_an_end_is_borne_for_twenty_minutes_and_is_a_doubt_then() {
    // F19: as a doubt the newest figures go out next. A refusal would have the file halved down to single lines.
    let throttled = || with_header(reply(429, ""), "retry-after", "60");
    let status: [(&str, Reply); 9] = [
        ("it waits", reply(200, r#"{"status":"WAITING"}"#)),
        ("it runs", reply(200, r#"{"status":"RUNNING"}"#)),
        ("a new word", reply(200, r#"{"status":"PAUSED"}"#)),
        ("not to be seen", reply(404, "")),
        ("refused", reply(400, "")),
        ("forbidden", reply(403, "")),
        ("an error", reply(503, "")),
        ("a web page", reply(200, "<html>")),
        ("throttled", throttled()),
    ];
    for (what, reply) in status {
        let early = after(20, "status", 0, reply.clone());
        assert!(matches!(early, Outcome::Next { .. } | Outcome::NotDone(_)), "{what}: {early:?}");
        let late = after(21, "status", 0, reply);
        assert!(matches!(late, Outcome::Unknown(_)), "{what}: {late:?}");
    }
    for reply in [reply(503, ""), reply(200, "<html>"), reply(200, "{}"), throttled()] {
        assert!(matches!(after(20, "report", 1, reply.clone()), Outcome::NotDone(_)));
        assert!(matches!(after(21, "report", 1, reply), Outcome::Unknown(_)));
    }
    let patient = connector(json!({ "stock_import_minutes": 60 }));
    let mut waits = reply(200, r#"{"status":"WAITING"}"#);
    waits.at = at("2026-11-23T12:30:00Z");
    assert_eq!(stage_of(&one(&patient, &work("status", noted()), &waits)), Some("status"));
}

#[test]
fn an_end_that_comes_late_is_an_end_and_a_refused_key_is_never_a_doubt() {
    assert!(matches!(after(90, "status", 0, reply(200, r#"{"status":"COMPLETE"}"#)), Outcome::Done(_)));
    assert_eq!(code_of(&after(90, "status", 0, reply(200, r#"{"status":"FAILED"}"#))), Some("refused_by_remote"));
    assert!(matches!(after(90, "report", 1, reply(401, "")), Outcome::NotDone(Failure::Denied(_))));
    assert!(matches!(after(90, "report", 1, reply(200, "3;Offer unknown")), Outcome::Done(_)));
}

#[test]
fn a_note_that_lost_its_moment_starts_the_clock() {
    let note = json!({ "import_id": "imp-1" });
    let outcome = one(&connector(json!({})), &work("status", note), &reply(503, ""));
    assert_eq!((stage_of(&outcome), &note_of(&outcome)["since"]), (Some("status"), &json!("2026-11-23T12:00:00Z")));
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
fn refused_lines_that_nobody_can_name_leave_the_whole_file_in_doubt() {
    let outcome = |counted: i64, reply: Reply| after(1, "report", counted, reply);
    for reply in [reply(404, ""), reply(406, ""), reply(403, ""), reply(200, "line;reason\n9;Unknown offer")] {
        assert!(matches!(outcome(2, reply.clone()), Outcome::Unknown(_)), "{reply:?}");
    }
    // Where the channel counted no error, a report that is missing takes nothing from what was published.
    for reply in [reply(404, ""), reply(403, "")] {
        assert_eq!(facts(&outcome(0, reply))["errors"], json!([]));
    }
    assert!(matches!(outcome(0, reply(200, "line;reason\n9;Unknown offer")), Outcome::Unknown(_)), "it counts as well");
    let partly = outcome(2, reply(200, "3;Offer unknown"));
    assert_eq!(facts(&partly)["errors"], json!([{ "sku": "B\"2", "reason": "Offer unknown", "line": 3 }]));
    assert_eq!(facts(&partly)["unnamed"], 1, "one more was refused: no other line counts as certainly published");
}

#[test]
fn a_note_that_lost_its_import_is_not_sent_anywhere() {
    assert!(connector(json!({})).plan(&[work("status", Value::Null).step()], &session(&[])).is_err());
}
