//! A reply of the Peoplevox service, as bytes: the SOAP envelope, whatever is left of it, or something else altogether.

use crossdock_connector::{Connector as _, Failure, Outcome, Session, Stage};
use serde_json::{Value, json};

use super::tenant::{SESSION, STAGES, TENANT, orders, reads, watch};
use crate::check::{self, Work, is_open, now, reply};
use crate::cut::Cut;

const STATUS: [u16; 12] = [200, 200, 200, 200, 201, 302, 400, 401, 404, 429, 500, 503];

/// First byte: which call. Second: the HTTP status. Then the body.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let call = *cut.choose(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18_usize]);
    let status = *cut.choose(&STATUS);
    let body = cut.rest();
    match call {
        0..=9 => stage(STAGES[call], status, body),
        10 => stage("subscribe", status, body),
        11..=17 => read(call - 11, status, body),
        _ => login(status, body),
    }
}

fn stage(name: &'static str, status: u16, body: &[u8]) {
    let operations = if name == "subscribe" { vec![watch()] } else { orders() };
    let note = if name == "subscribe" { Value::Null } else { json!({ "read_at": now().to_string() }) };
    let work = Work { connector: &*TENANT, session: &SESSION, operations: &operations, stage: Stage::new(name), note };
    let ops: &[&str] = match name {
        "put-header" | "put-lines" | "release" => &["SaveData", "GetData"],
        "subscribe" => &["SubscribePostEvent"],
        _ => &["GetData"],
    };
    let outcomes = work.outcomes(&reply(status, body));
    let writes = work.writes();
    let throttled = status == 429;
    for outcome in &outcomes {
        let open =
            is_open(writes, outcome) || (throttled && matches!(outcome, Outcome::NotDone(Failure::Throttled(_))));
        assert!(open || may_be_answer(status, body, ops), "{name} believes what is no answer: {outcome:?}");
        // What was planned as a write may have gone out as the look before it; its answer says so.
        let looked = std::str::from_utf8(body).is_ok_and(|text| text.contains("GetDataResult"));
        if writes && name != "subscribe" && !looked {
            assert!(!matches!(outcome, Outcome::Done(_)), "a write is done when it was read back");
        }
    }
    // Half an answer is none, wherever it was cut.
    if let Some(end) = last_tag(body)
        && !throttled
    {
        for outcome in work.outcomes(&reply(status, &body[..end])) {
            assert!(is_open(writes, &outcome), "{name} believes half an answer: {outcome:?}");
        }
    }
    if writes && status == 200 && says_error(body) {
        for outcome in &outcomes {
            let settled = matches!(outcome, Outcome::Done(_) | Outcome::Next { .. });
            assert!(!settled || has_success_row(body), "{name} takes an error for a success: {outcome:?}");
        }
    }
}

fn read(which: usize, status: u16, body: &[u8]) {
    let (read, op) = &reads()[which];
    let answer = check::read(&*TENANT, &SESSION, read, &reply(status, body), body.len());
    let open = |answer: &Result<_, Failure>| matches!(answer, Err(Failure::Retry(_) | Failure::Throttled(_)));
    assert!(open(&answer) || may_be_answer(status, body, &[op]), "{read:?} believes what is no answer: {answer:?}");
    if let Some(end) = last_tag(body) {
        let half = TENANT.interpret_read(read, &SESSION, &reply(status, &body[..end]));
        assert!(open(&half), "{read:?} believes half an answer: {half:?}");
    }
}

fn login(status: u16, body: &[u8]) {
    let mut session = Session { now: now(), ..Session::default() };
    let answer = TENANT.logged_in(&reply(status, body), &mut session);
    assert_eq!(answer.is_ok(), session.token.is_some(), "a login gives a token or says why not: {answer:?}");
    if answer.is_ok() {
        assert!(may_be_answer(status, body, &["Authenticate"]), "a login by what is no answer");
    }
}

/// What every answer to one of these operations has, to a reader that knows nothing of XML.
fn may_be_answer(status: u16, body: &[u8], ops: &[&str]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let has = |part: &str| text.contains(part);
    (200..300).contains(&status)
        && has("Envelope")
        && has("ResponseId")
        && ops.iter().any(|op| has(&format!("{op}Result")))
        && !text.trim_start_matches('\u{FEFF}').trim_start().starts_with("<!DOCTYPE")
}

/// Where the name of the last closing tag of an envelope begins: what is before it is not whole.
fn last_tag(body: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(body).ok()?;
    text.rfind("Envelope")
}

/// Whether another XML reader finds one response id, and it is not 0.
fn says_error(body: &[u8]) -> bool {
    let ids = texts(body, "ResponseId");
    matches!(ids.as_slice(), [id] if id.trim().parse::<i64>().is_ok_and(|id| id != 0))
}

fn has_success_row(body: &[u8]) -> bool {
    texts(body, "Status").iter().any(|text| text.trim().eq_ignore_ascii_case("success"))
}

fn texts(body: &[u8], name: &str) -> Vec<String> {
    let text = std::str::from_utf8(body).unwrap_or_default().trim_start_matches('\u{FEFF}').trim();
    let Ok(document) = roxmltree::Document::parse(text) else { return Vec::new() };
    let nodes = document.descendants().filter(|node| node.tag_name().name() == name);
    let text = |node: roxmltree::Node<'_, '_>| {
        node.descendants().filter(roxmltree::Node::is_text).filter_map(|piece| piece.text()).collect()
    };
    nodes.map(text).collect()
}
