//! Whatever comes back, there is one outcome per step, nothing panics, and nothing that is not an explicit answer is
//! believed.

mod support;

use crossdock_connector::{Connector, Failure, Operation, Outcome, Page, Read, Reply, Stage, StageKind, WatchedEvent};
use serde_json::{Value, json};
use support::*;

const STAGES: [&str; 10] = [
    "look",
    "look/few",
    "look-lines",
    "put-header",
    "put-lines",
    "read-header",
    "read-lines",
    "read-lines/one",
    "release",
    "confirm",
];

fn operations() -> Vec<Operation> {
    vec![create(draft("SO-1", &[("A", 2)])), create(draft("SO-2", &[("A", 1), ("B", 1)]))]
}

fn watch() -> [Operation; 1] {
    let (url, secret) = ("https://hub.example/h".to_owned(), String::new());
    [Operation::Watch { event: WatchedEvent::Availability, url, secret }]
}

fn reads() -> Vec<Read> {
    let page = Page::first();
    vec![
        Read::Health { page: page.clone() },
        Read::Items { page: page.clone() },
        Read::Kits { page: page.clone() },
        Read::Availability { items: vec!["A".to_owned()], page: page.clone() },
        Read::Despatches { since: now(), page: page.clone() },
        Read::DespatchesOf { orders: vec!["SO-1".to_owned()], page: page.clone() },
        Read::WarehouseOrders { orders: vec!["SO-1".to_owned()], page },
    ]
}

/// Replies that are no answer to any call.
fn no_answers() -> Vec<Reply> {
    let fault = "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>Server was unable to process request</faultstring></soap:Fault></soap:Body></soap:Envelope>";
    let mut replies = vec![
        reply(500, fault),
        reply(200, fault),
        reply(200, "<!DOCTYPE html><html><body>Service unavailable</body></html>"),
        reply(200, "  <HTML>"),
        reply(200, ""),
        reply(200, "{\"ok\":true}"),
        reply(200, vec![0xFF, 0xFE, 0, 1]),
        reply(302, ""),
        reply(401, "no"),
        reply(404, "no"),
        reply(502, "<html>"),
        reply(503, ""),
        reply(200, "<a>".repeat(10_000)),
        reply(
            200,
            "<?xml version=\"1.0\"?><!DOCTYPE e [<!ENTITY x \"y\"><!ENTITY z SYSTEM \"file:///etc/passwd\">]><soap:Envelope/>",
        ),
        result("Nonsense", 0, 1, "1", &[]),
    ];
    // A true answer cut at every twentieth byte.
    for op in ["GetData", "GetReportData", "SaveData", "GetSaveTemplate", "SubscribePostEvent"] {
        let whole = result(op, 0, 1, HEADER, &[("SO-1", "Success")]);
        let body = whole.body().clone();
        replies.extend((0..body.len()).step_by(20).map(|cut| reply(200, body.slice(..cut))));
        replies.push(Reply { response: http::Response::builder().status(500).body(body).unwrap(), at: now() });
    }
    replies
}

/// F12, F13, F15: what is no answer is unknown for a write and asked again for a look.
#[test]
fn what_is_no_answer_is_unknown_for_a_write_and_tried_again_for_a_look() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    for reply in no_answers() {
        for stage in STAGES {
            let kind = hub.stage_kind(&operations()[0], &Stage::new(stage));
            for outcome in run(&hub, &session, stage, &Value::Null, &operations(), &reply) {
                let right = match kind {
                    StageKind::Write(_) => matches!(outcome, Outcome::Unknown(_)),
                    StageKind::Look => matches!(outcome, Outcome::NotDone(Failure::Retry(_))),
                };
                assert!(right, "{stage}: {outcome:?} for {}", reply.excerpt());
            }
        }
        let seen = run(&hub, &session, "subscribe", &Value::Null, &watch(), &reply);
        assert!(matches!(seen.as_slice(), [Outcome::Unknown(_)]), "{seen:?} for {}", reply.excerpt());
        for read in reads() {
            let seen = hub.interpret_read(&read, &session, &reply);
            assert!(matches!(seen, Err(Failure::Retry(_))), "{read:?}: {seen:?} for {}", reply.excerpt());
        }
    }
}

/// F16 and `contracts/peoplevox.md §1.4`: both texts, whatever their case, at every call.
#[test]
fn a_session_that_is_gone_and_a_throttled_call_are_not_done_for_certain() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let texts = ["System : Security - Invalid Session", "SYSTEM : SECURITY - SESSION EXPIRED"];
    let op = |stage: &str| match stage {
        "put-header" | "put-lines" | "release" => "SaveData",
        "subscribe" => "SubscribePostEvent",
        _ => "GetData",
    };
    for text in texts {
        for stage in STAGES {
            let gone = result(op(stage), -1, 0, text, &[]);
            for outcome in run(&hub, &session, stage, &Value::Null, &operations(), &gone) {
                assert_eq!(outcome, Outcome::NotDone(Failure::Reauth), "{stage}");
            }
        }
        for (read, op) in reads().iter().zip([
            "GetSaveTemplate",
            "GetData",
            "GetData",
            "GetReportData",
            "GetReportData",
            "GetReportData",
            "GetData",
        ]) {
            let seen = hub.interpret_read(read, &session, &result(op, -1, 0, text, &[]));
            assert_eq!(seen, Err(Failure::Reauth), "{read:?}");
        }
    }
    let mut slow = reply(429, "");
    slow.response.headers_mut().insert("retry-after", "9".parse().unwrap());
    let throttled = Failure::Throttled(Some(jiff::SignedDuration::from_secs(9)));
    for stage in STAGES {
        for outcome in run(&hub, &session, stage, &Value::Null, &operations(), &slow) {
            assert_eq!(outcome, Outcome::NotDone(throttled.clone()));
        }
    }
    for read in reads() {
        assert_eq!(hub.interpret_read(&read, &session, &slow), Err(throttled.clone()));
    }
}

/// An explicit error of unknown meaning refuses a look for now and a write for good; it never passes for an answer.
#[test]
fn an_unknown_error_text_is_never_a_success() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    for stage in STAGES {
        for op in ["GetData", "SaveData"] {
            for outcome in run(&hub, &session, stage, &Value::Null, &operations(), &result(op, -1, 0, "Eh?", &[])) {
                let settled = matches!(outcome, Outcome::Done(_) | Outcome::Next { .. } | Outcome::Absent { .. });
                assert!(!settled, "{stage}: {outcome:?}");
            }
        }
    }
}

/// A small generator, so that the corpus is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Well-formed envelopes around arbitrary contents: as many outcomes as steps, no panic, no text over its bound.
#[test]
fn arbitrary_contents_never_panic_and_never_lose_a_step() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let mut dice = Dice(7);
    let words = [
        "\"",
        ",",
        "\n",
        "\r\n",
        "SalesOrderNumber",
        "ItemCode",
        "QuantityOrdered",
        "SO-1",
        "SO-2",
        "A",
        "2",
        "-1",
        "99999999999999999999",
        "1.5",
        "'06/07/2026 10:00'",
        "'99/99/YYYY'",
        "True",
        "OnHold",
        "Status",
        "Cancelled",
        "Item code",
        "Available",
        "Site reference",
        "ë😀",
        "\u{1}",
        "~D~",
        "Despatch date",
        "Salesorder number",
    ];
    let statuses = ["Success", "Error", "", "Maybe"];
    let notes = [
        Value::Null,
        json!({}),
        json!({"rereads": "x", "status": 5, "on_hold": "?"}),
        json!([1]),
        json!({"rereads": u64::MAX}),
    ];
    for _ in 0..3_000 {
        let detail: String = (0..dice.roll(30)).map(|_| words[dice.roll(words.len())]).collect();
        let count = [-1, 0, 1, 2, 1000, i64::MAX][dice.roll(6)];
        let id = [0, 0, -1, 1][dice.roll(4)];
        let rows: Vec<_> =
            (0..dice.roll(5)).map(|_| (["SO-1", "SO-2", "", "X"][dice.roll(4)], statuses[dice.roll(4)])).collect();
        let note = &notes[dice.roll(notes.len())];
        for stage in STAGES.into_iter().chain(["another"]) {
            for op in ["GetData", "SaveData"] {
                for outcome in run(&hub, &session, stage, note, &operations(), &result(op, id, count, &detail, &rows)) {
                    if let Outcome::Rejected(rejection) = &outcome {
                        assert!(rejection.detail.chars().count() < 600, "{}", rejection.detail);
                    }
                }
            }
        }
        for read in reads() {
            for op in ["GetData", "GetReportData", "GetSaveTemplate"] {
                let _ = hub.interpret_read(&read, &session, &result(op, id, count, &detail, &[]));
            }
        }
    }
}

/// F65, F66: any text that passes the checks arrives unchanged behind CSV and XML.
#[test]
fn any_text_survives_csv_inside_xml() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let mut dice = Dice(11);
    let alphabet: Vec<char> = "aZ09 ,;\"'&<>]!?|\\/@#=+-(){}[]ëßñ北😀\u{200D}\u{202E}".chars().collect();
    for _ in 0..500 {
        let text: String = (0..=dice.roll(40)).map(|_| alphabet[dice.roll(alphabet.len())]).collect();
        if text.trim().is_empty() {
            continue;
        }
        let mut order = draft("SO-1", &[("A", 1)]);
        order.ship_to.line1 = text.clone().into();
        order.message = format!("{text}\r\n{text}").into();
        let rows = csv_rows(&plan(&hub, &session, "put-header", &[create(order)]));
        let cell = |name: &str| {
            let column = rows[0].iter().position(|header| header == name).unwrap();
            rows[1][column].clone()
        };
        assert_eq!(cell("ShippingAddressLine1"), text.trim());
        assert_eq!(cell("Attribute1"), format!("{text} {text}").trim());
    }
}
