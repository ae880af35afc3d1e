//! The error report of a stock file: anything at all, and reports that we write ourselves and that must name what we named.

use crossdock_connector::{Operation, Outcome, Stage, StockLine};
use serde_json::{Value, json};

use super::mirakl_answer::SHOP;
use crate::check::{Work, now, reply};
use crate::cut::Cut;

const SKUS: [&str; 4] = ["A-1", "B;2", "C,\"3\"", "É 4"];

/// First byte: a report as it came, or one made by name or by line with this separator. The bytes then say which lines and
/// why, one on each line; or they are the report.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    match *cut.choose(&[0, 1, 2, 3, 4_u8]) {
        0 => anything(cut.rest()),
        1 => made(b';', true, &mut cut),
        2 => made(b',', true, &mut cut),
        3 => made(b';', false, &mut cut),
        _ => made(b',', false, &mut cut),
    }
}

fn interpret(counted: usize, body: &[u8]) -> Outcome {
    let line = |sku: &&str| StockLine { listing: (*sku).to_owned(), sku: (*sku).to_owned(), quantity: 1 };
    let operations = [Operation::SetStock { lines: SKUS.iter().map(line).collect() }];
    let note = json!({ "import_id": "2001", "since": now().to_string(), "lines_in_error": counted });
    let session = crossdock_connector::Session { now: now(), ..Default::default() };
    let stage = Stage::new("report");
    let work = Work { connector: &*SHOP, session: &session, operations: &operations, stage, note };
    work.outcomes(&reply(200, body)).remove(0)
}

/// The SKUs that an outcome names.
fn named(facts: &Value) -> Vec<String> {
    let errors = facts["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|error| error["sku"].as_str()).map(str::to_owned).collect()
}

fn anything(body: &[u8]) {
    // Two lines were counted as refused: they are named, told as unnamed, or the whole file is a doubt.
    match interpret(2, body) {
        Outcome::Done(evidence) => {
            let names = named(&evidence.facts);
            assert!(names.iter().all(|sku| SKUS.contains(&sku.as_str())), "{names:?} were never sent");
            let mut once = names.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), names.len(), "a line was refused once: {names:?}");
            assert!(!names.is_empty(), "two lines were refused and none is named: that is a doubt");
            let unnamed = evidence.facts["unnamed"].as_u64().unwrap_or(0);
            assert!(names.len() as u64 + unnamed >= 2, "two lines were refused: {}", evidence.facts);
        }
        Outcome::Unknown(_) | Outcome::Next { .. } => {}
        Outcome::NotDone(_) => {}
        other => panic!("{other:?}"),
    }
}

fn made(separator: u8, by_name: bool, cut: &mut Cut<'_>) {
    let mut writer = csv::WriterBuilder::new().delimiter(separator).flexible(true).from_writer(Vec::new());
    let head: &[&str] = if by_name { &["line", "reason", "offer-sku"] } else { &["line", "reason"] };
    let mut wanted: Vec<&str> = Vec::new();
    let mut write = |cells: &[&str]| writer.write_record(cells).expect("memory takes everything");
    write(head);
    for _ in 0..SKUS.len() {
        let which = *cut.choose(&[0, 1, 2, 3_usize]);
        let reason = cut.text();
        // An unquoted field may not begin in the middle of a quote, whatever writes it; the writer quotes it.
        let line = (which + 2).to_string();
        if by_name {
            write(&[&line, &reason, SKUS[which]]);
        } else {
            write(&[&line, &reason]);
        }
        if !wanted.contains(&SKUS[which]) {
            wanted.push(SKUS[which]);
        }
    }
    let body = writer.into_inner().expect("memory takes everything");
    match interpret(wanted.len(), &body) {
        Outcome::Done(evidence) => assert_eq!(named(&evidence.facts), wanted, "{}", String::from_utf8_lossy(&body)),
        other => panic!("{other:?} of {}", String::from_utf8_lossy(&body)),
    }
}
