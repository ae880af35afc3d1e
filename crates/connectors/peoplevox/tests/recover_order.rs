//! Orders that are found half made, on hold, or changed by somebody else meanwhile: what is written to them and what is
//! not, through the public interface.

mod support;

use crossdock_connector::{Connector, Operation, Outcome, Reply, Session, Stage};
use crossdock_model::OrderDraft;
use crossdock_peoplevox::Peoplevox;
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::*;

const WHOLE: &str = "SO-1,A,2,1,1\nSO-1,B,1,2,1\n";

fn order() -> (OrderDraft, [Operation; 1]) {
    let order = draft("SO-1", &[("A", 2), ("B", 1)]);
    (order.clone(), [create(order)])
}

fn header(order: &OrderDraft, status: &str, on_hold: &str) -> Reply {
    data(&format!("{HEADER}\n{}", stored_header(order, status, on_hold)))
}

fn lines(rows: &str) -> Reply {
    data(&format!("{LINES}\n{rows}"))
}

fn bare_session() -> Session {
    session(&HEADER.replace(",OnHold", ""))
}

fn bare_header(order: &OrderDraft, status: &str) -> Reply {
    let row = stored_header(order, status, "?").replace("\"?\",", "");
    data(&format!("{}\n{row}", HEADER.replace(",OnHold", "")))
}

/// Runs one stage of the order.
fn go(hub: &Peoplevox, session: &Session, stage: &str, note: &Value, reply: &Reply) -> Outcome {
    run(hub, session, stage, note, &order().1, reply).remove(0)
}

/// The note of an order that the hub has just put on hold.
fn held_note(hub: &Peoplevox, session: &Session) -> Value {
    let absent = go(hub, session, "look", &Value::Null, &data(&format!("{HEADER}\n")));
    let saved = result("SaveData", 0, 1, "", &[("SO-1", "Success")]);
    let note = note_of(&go(hub, session, "put-header", &note_of(&absent), &saved));
    assert_eq!(note["held_by_us"], json!(true));
    note
}

/// The template loses its column `OnHold` while the order is held: it would lie there for ever, reported as created.
#[test]
fn an_order_that_was_put_on_hold_is_never_done_while_nobody_can_see_the_hold() {
    let (hub, before, after) = (plain_tenant(), session(HEADER), bare_session());
    let (order, _) = order();
    let mut note = held_note(&hub, &before);
    note = note_of(&go(&hub, &after, "read-header", &note, &bare_header(&order, "New")));
    assert_eq!((&note["held_by_us"], note.get("on_hold")), (&json!(true), None));
    let first = go(&hub, &after, "read-lines", &note, &lines(WHOLE));
    assert_eq!(word(&first), "read-lines in 15", "the column may come back");
    assert_eq!(word(&go(&hub, &before, "read-lines", &note_of(&first), &lines(WHOLE))), "release");
    let last = with(note, "rereads", json!(5));
    let Outcome::Rejected(rejection) = go(&hub, &after, "read-lines", &last, &lines(WHOLE)) else { panic!() };
    assert_eq!(rejection.code.as_str(), "mismatch");
    assert!(rejection.detail.contains("OnHold"), "{}", rejection.detail);
    // The reply to the write was lost, and the column with it: what was meant is remembered from before the write.
    let absent = note_of(&go(&hub, &before, "look", &Value::Null, &data("")));
    let found = go(&hub, &after, "look", &absent, &bare_header(&order, "New"));
    let found = go(&hub, &after, "look-lines", &note_of(&found), &lines(WHOLE));
    assert_eq!(word(&go(&hub, &after, "read-lines", &note_of(&found), &lines(WHOLE))), "read-lines in 15");
}

/// `use_on_hold` is switched off between the write and the comparison; the hold is there all the same.
#[test]
fn an_order_on_hold_is_released_whatever_the_setting_says_by_now() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let switched = tenant(r#"{"client_id":"d","username":"a","use_on_hold":false}"#);
    let (order, operations) = order();
    let note = held_note(&hub, &session);
    let note = note_of(&go(&switched, &session, "read-header", &note, &header(&order, "New", "True")));
    let release = go(&switched, &session, "read-lines", &note, &lines(WHOLE));
    assert_eq!(word(&release), "release");
    let rows = csv_rows(&plan_with(&switched, &session, "release", &note_of(&release), &operations));
    assert_eq!(rows, [["SalesOrderNumber", "OnHold"], ["SO-1", "false"]]);
    // Somebody at the warehouse has held it: the same.
    let theirs = fresh(json!({"status": "New", "on_hold": true, "held_by_us": false}));
    assert_eq!(word(&go(&switched, &session, "read-lines", &theirs, &lines(WHOLE))), "release");
    assert_eq!(word(&go(&switched, &session, "confirm", &theirs, &header(&order, "New", "True"))), "confirm in 15");
}

/// A status that this connector does not know may be the one of orders on hold (`contracts/peoplevox.md §6.1`, id 9).
#[test]
fn a_whole_order_beyond_reach_is_not_done_while_it_is_held() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, _) = order();
    for (status, expected) in [("9", "wrong_state"), ("Picked", "wrong_state"), ("Despatched", "done")] {
        let found = note_of(&go(&hub, &session, "look", &Value::Null, &header(&order, status, "True")));
        assert_eq!(word(&go(&hub, &session, "look-lines", &found, &lines(WHOLE))), expected, "{status}");
        assert_eq!(word(&go(&hub, &session, "read-lines", &found, &lines(WHOLE))), expected, "{status}");
        let free = with(found, "on_hold", json!(false));
        assert_eq!(word(&go(&hub, &session, "look-lines", &free, &lines(WHOLE))), "done", "{status}");
    }
}

/// An order that is being picked already is adopted only if its header is ours too.
#[test]
fn a_whole_order_beyond_reach_with_another_address_is_a_mismatch() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, _) = order();
    let other = stored_header(&order, "Picked", "False").replace("LS1 1AA", "LS2 9ZZ");
    let found = go(&hub, &session, "look", &Value::Null, &data(&format!("{HEADER}\n{other}")));
    assert_eq!(note_of(&found)["different"], json!(["ShippingAddressPostcode"]));
    let Outcome::Rejected(rejection) = go(&hub, &session, "look-lines", &note_of(&found), &lines(WHOLE)) else {
        panic!()
    };
    assert_eq!(rejection.code.as_str(), "mismatch");
    assert!(rejection.detail.contains("ShippingAddressPostcode") && !rejection.detail.contains("LS2"));
}

/// `contracts/peoplevox.md §2.6`: the upsert key of a line is not known; a line that is sent again may be added again.
#[test]
fn only_lines_that_two_looks_have_missed_are_sent_and_no_others() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, operations) = order();
    let before = held_note(&hub, &session);
    assert_eq!(
        csv_rows(&plan_with(&hub, &session, "put-lines", &before, &operations)).len(),
        3,
        "header and two lines"
    );
    // The reply to the lines is lost.
    let found = note_of(&go(&hub, &session, "look", &before, &header(&order, "New", "True")));
    let some = lines("SO-1,B,1,2,1.00\n");
    let first = go(&hub, &session, "look-lines", &found, &some);
    assert_eq!(word(&first), "look-lines in 60", "the import may be queued");
    let second = go(&hub, &session, "look-lines", &note_of(&first), &some);
    assert_eq!(word(&second), "put-lines");
    let call = plan_with(&hub, &session, "put-lines", &note_of(&second), &operations);
    let rows = csv_rows(&call);
    assert_eq!(
        rows,
        [["SalesOrderNumber", "ItemCode", "QuantityOrdered", "Line", "SalePrice"], ["SO-1", "A", "2", "1", "1.00"]]
    );
    let saved = result("SaveData", 0, 1, "", &[("SO-1", "Success")]);
    assert_eq!(word(&go(&hub, &session, "put-lines", &note_of(&second), &saved)), "read-header");
    // What came in between is not sent again.
    let late = go(&hub, &session, "look-lines", &note_of(&first), &lines(WHOLE));
    assert_eq!(word(&late), "read-header");
    let other = go(&hub, &session, "look-lines", &note_of(&first), &lines("SO-1,A,2,1,1\n"));
    assert_eq!(word(&other), "look-lines in 60", "the two looks do not agree");
    for conflict in ["SO-1,B,3,2,1.00\n", "SO-1,C,1,1,1.00\n", "SO-1,B,1,7,1\n"] {
        assert_eq!(word(&go(&hub, &session, "look-lines", &found, &lines(conflict))), "conflict", "{conflict}");
    }
}

/// The header's reply was lost: no line can be under way, so nothing has to be waited for.
#[test]
fn lines_that_never_were_due_are_sent_at_once() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, _) = order();
    let absent = note_of(&go(&hub, &session, "look", &Value::Null, &data("")));
    let found = note_of(&go(&hub, &session, "look", &absent, &header(&order, "New", "True")));
    assert_eq!(word(&go(&hub, &session, "look-lines", &found, &lines(""))), "put-lines");
}

/// A line that was doubled all the same is found by its sum, and the order stays on hold.
#[test]
fn a_doubled_line_is_never_released() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let note = fresh(json!({"status": "New", "on_hold": true, "held_by_us": true, "rereads": 5}));
    let doubled = lines("SO-1,A,2,1,1\nSO-1,A,2,1,1\nSO-1,B,1,2,1\n");
    let Outcome::Rejected(rejection) = go(&hub, &session, "read-lines", &note, &doubled) else { panic!() };
    assert!(rejection.detail.contains("in another quantity: A"), "{}", rejection.detail);
}

/// Without `Status` nobody can tell whether an order that is there is being picked.
#[test]
fn nothing_is_added_to_an_order_whose_status_is_not_shown() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, _) = order();
    let names = HEADER.replace(",Status", "");
    let row = stored_header(&order, "?", "False").replace("\"?\",", "");
    for found in [data(&format!("{names}\n{row}")), header(&order, "", "False")] {
        let found = note_of(&go(&hub, &session, "look", &Value::Null, &found));
        let Outcome::Rejected(rejection) = go(&hub, &session, "look-lines", &found, &lines("SO-1,A,2,1,1\n")) else {
            panic!()
        };
        assert_eq!(rejection.code.as_str(), "wrong_state");
        assert!(rejection.detail.contains("no Status") && rejection.detail.contains("missing: B"));
        assert_eq!(word(&go(&hub, &session, "look-lines", &found, &lines(WHOLE))), "read-header", "whole is whole");
    }
}

/// The hub was stopped between a look and the write that it allowed. Meanwhile people work.
#[test]
fn a_write_whose_reading_has_grown_old_looks_again_first() {
    let (hub, now) = (plain_tenant(), session(HEADER));
    let (order, operations) = order();
    let mut later = now.clone();
    later.now += SignedDuration::from_secs(81);
    let note = fresh(json!({"status": "New", "on_hold": true, "held_by_us": true, "lines_sent": true}));
    for stage in ["put-header", "put-lines", "release"] {
        assert_eq!(soap_action(&plan_with(&hub, &now, stage, &note, &operations)), "SaveData", "{stage}");
        let call = plan_with(&hub, &later, stage, &note, &operations);
        assert_eq!((soap_action(&call).as_str(), element(&call, "TemplateName").as_str()), ("GetData", "Sales orders"));
        assert_eq!(element(&call, "SearchClause"), "SalesOrderNumber.Equals(\"SO-1\")");
        assert_eq!(soap_action(&plan_with(&hub, &now, stage, &json!({}), &operations)), "GetData", "no reading at all");
    }
    let cut = |status: &str, on_hold: &str| {
        data(&format!("{HEADER}\n{}", stored_header(&order, status, on_hold).replace("LS1 1AA", "LS1")))
    };
    for (stage, found, expected) in [
        ("put-header", data(""), "put-header"),
        ("put-header", header(&order, "New", "True"), "look-lines"),
        ("put-lines", header(&order, "New", "True"), "look-lines"),
        ("put-lines", header(&order, "Picked", "True"), "look-lines"),
        ("put-lines", data(""), "put-lines in 15"),
        ("release", header(&order, "New", "True"), "release"),
        ("release", header(&order, "New", "False"), "confirm"),
        ("release", header(&order, "Picked", "False"), "done"),
        ("release", header(&order, "Picked", "True"), "wrong_state"),
        ("release", header(&order, "Cancelled", "True"), "wrong_state"),
        ("release", cut("New", "True"), "read-header"),
        ("release", data(""), "release in 15"),
    ] {
        let outcome = go(&hub, &later, stage, &note, &found);
        assert_eq!(word(&outcome), expected, "{stage}");
        if expected == stage {
            let call = plan_with(&hub, &later, stage, &note_of(&outcome), &operations);
            assert_eq!(soap_action(&call), "SaveData", "the new reading is good for the write");
        }
    }
    // What the new reading shows is what decides about the lines.
    let picked = go(&hub, &later, "put-lines", &note, &header(&order, "Picked", "True"));
    assert_eq!(word(&go(&hub, &later, "look-lines", &note_of(&picked), &lines("SO-1,A,2,1,1\n"))), "wrong_state");
    // Lines that were due and had not left are sent without waiting; a foreign order is still a conflict.
    let open = go(&hub, &later, "put-lines", &note, &header(&order, "New", "True"));
    assert_eq!(word(&go(&hub, &later, "look-lines", &note_of(&open), &lines(""))), "put-lines");
    let mut foreign = order.clone();
    foreign.reference = "somebody else's".to_owned();
    assert_eq!(word(&go(&hub, &later, "put-header", &note, &header(&foreign, "New", "False"))), "conflict");
}

#[test]
fn a_lost_or_refused_look_before_a_write_is_what_it_would_be_for_the_write() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let old = json!({"status": "New", "on_hold": true});
    let gone = result("GetData", -1, 0, "System : Security - Session Expired", &[]);
    assert_eq!(word(&go(&hub, &session, "release", &old, &gone)), "not done: Reauth");
    assert_eq!(word(&go(&hub, &session, "release", &old, &reply(502, "Bad gateway"))), "unknown");
    let error = result("GetData", -1, 0, "Search failed", &[]);
    assert!(word(&go(&hub, &session, "release", &old, &error)).starts_with("not done: Retry"));
    let short = result("GetData", 0, 3, HEADER, &[]);
    assert_eq!(word(&go(&hub, &session, "release", &old, &short)), "look/few", "it begins again in smaller company");
}

/// A lane so slow that every reading is old by the time its write may go must not look for ever in silence.
#[test]
fn a_write_that_never_gets_its_turn_in_time_fails_visibly() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, _) = order();
    for (stage, found) in [("release", header(&order, "New", "True")), ("put-header", data(""))] {
        let mut note = json!({"status": "New", "on_hold": true});
        for _ in 0..5 {
            let outcome = go(&hub, &session, stage, &note, &found);
            assert_eq!(word(&outcome), stage);
            note = note_of(&outcome);
        }
        assert!(word(&go(&hub, &session, stage, &note, &found)).starts_with("not done: Retry"), "{stage}");
    }
}

/// `hold_with_action`: written with Action 1, compared, then given free with Action 0 (`contracts/peoplevox.md §2.6`).
#[test]
fn with_the_action_no_stock_is_allocated_before_the_comparison() {
    let settings = r#"{"client_id":"demo123","username":"api","message_column":"Attribute1","hold_with_action":true}"#;
    let (hub, session) = (tenant(settings), bare_session());
    let (order, operations) = order();
    let mut note = note_of(&go(&hub, &session, "look", &Value::Null, &data("")));
    let saved = result("SaveData", 0, 1, "", &[]);
    for (stage, next) in [("put-header", "put-lines"), ("put-lines", "read-header")] {
        assert_eq!(element(&plan_with(&hub, &session, stage, &note, &operations), "Action"), "1", "{stage}");
        let rows = if stage == "put-lines" { result("SaveData", 0, 2, "", &[]) } else { saved.clone() };
        let outcome = go(&hub, &session, stage, &note, &rows);
        assert_eq!(word(&outcome), next);
        note = note_of(&outcome);
    }
    note = note_of(&go(&hub, &session, "read-header", &note, &bare_header(&order, "New")));
    let release = go(&hub, &session, "read-lines", &note, &lines(WHOLE));
    assert_eq!(word(&release), "release");
    // Switched off meanwhile: what was written without allocation is given free all the same.
    for hub in [&hub, &plain_tenant()] {
        let call = plan_with(hub, &session, "release", &note_of(&release), &operations);
        assert_eq!(element(&call, "Action"), "0");
        assert_eq!(csv_rows(&call), [["SalesOrderNumber", "CustomerPurchaseOrderReferenceNumber"], ["SO-1", "RSO-1"]]);
        assert_eq!(word(&go(hub, &session, "read-lines", &note, &lines(WHOLE))), "release");
    }
    note = note_of(&go(&hub, &session, "release", &note_of(&release), &saved));
    assert_eq!(word(&go(&hub, &session, "confirm", &note, &bare_header(&order, "Allocated"))), "done");
    // An order that is found was written by whomever: it is given free as well.
    let found = note_of(&go(&hub, &session, "look", &Value::Null, &bare_header(&order, "New")));
    assert_eq!(word(&go(&hub, &session, "read-lines", &found, &lines(WHOLE))), "release");
    // The setting came after the look.
    assert_eq!(element(&plan(&hub, &session, "put-header", &operations), "Action"), "1");
    let usual = plan(&plain_tenant(), &session, "put-header", &operations);
    assert_eq!(element(&usual, "Action"), "0", "the codes were seen in one client only: off by default");
}

/// A batch of several hundred headers cannot be looked at in one clause; the engine tries with half of them.
#[test]
fn a_look_before_a_large_write_is_bounded_too() {
    let (hub, session) = (tenant(r#"{"client_id":"d","username":"a","rows_per_call":500}"#), session(HEADER));
    let many: Vec<Operation> = (0..150).map(|n| create(draft(&format!("SO-{n}"), &[("A", 1)]))).collect();
    let stage = Stage::new("release");
    let old = json!({});
    assert!(hub.plan(&steps(&many, &stage, &old), &session).is_err());
    assert!(hub.plan(&steps(&many[..75], &stage, &old), &session).is_ok());
    assert!(hub.plan(&steps(&many, &stage, &fresh(json!({"on_hold": true}))), &session).is_ok());
}

/// Peoplevox took the header and does not show it: it may stand in a queue, and its lines behind it. It is not written
/// anew before it has stayed away for as long as a read-back would be repeated, and what was sent twice is looked at twice.
#[test]
fn an_order_that_was_taken_and_is_not_shown_is_waited_for_before_it_is_sent_again() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (order, _) = order();
    let mut note = held_note(&hub, &session);
    for seconds in [15, 30, 60, 120, 240] {
        let outcome = go(&hub, &session, "look", &note, &data(""));
        assert_eq!(word(&outcome), format!("look in {seconds}"));
        note = note_of(&outcome);
    }
    // The engine asks a second time before it believes that an order in doubt is absent.
    for _ in 0..2 {
        let outcome = go(&hub, &session, "look", &note, &data(""));
        assert_eq!(word(&outcome), "absent, put-header");
        note = note_of(&outcome);
    }
    let saved = result("SaveData", 0, 1, "", &[("SO-1", "Success")]);
    note = note_of(&go(&hub, &session, "put-header", &note, &saved));
    note = note_of(&go(&hub, &session, "read-header", &note, &header(&order, "New", "True")));
    let mut later = session.clone();
    later.now += SignedDuration::from_secs(500);
    let whole = go(&hub, &later, "read-lines", &note, &lines(WHOLE));
    assert_eq!(word(&whole), "read-lines in 500", "as late as the first copy may the second be");
    assert_eq!(word(&go(&hub, &later, "read-lines", &note_of(&whole), &lines(WHOLE))), "release");
    let doubled = lines("SO-1,A,2,1,1\nSO-1,A,2,1,1\nSO-1,B,1,2,1\n");
    assert_eq!(word(&go(&hub, &later, "read-lines", &note_of(&whole), &doubled)), "read-lines in 15");
}

/// What was decided at the look is what is remembered if the reply to the write is lost; so the write keeps to it.
#[test]
fn an_order_is_held_as_it_was_decided_before_the_write() {
    let (hub, without, with_column) = (plain_tenant(), bare_session(), session(HEADER));
    let (_, operations) = order();
    let note = note_of(&go(&hub, &without, "look", &Value::Null, &data("")));
    assert_eq!(note["held_by_us"], json!(false));
    let rows = csv_rows(&plan_with(&hub, &with_column, "put-header", &note, &operations));
    assert!(!rows[0].contains(&"OnHold".to_owned()), "{:?}", rows[0]);
}

/// An order that would be picked at another Site than the one whose stock was promised.
#[test]
fn an_order_that_comes_back_with_another_site_is_a_mismatch() {
    let hub = tenant(r#"{"client_id":"demo123","username":"api","message_column":"Attribute1","site":"North"}"#);
    let (order, operations) = order();
    let names = format!("{HEADER},Site");
    let session = session(&names);
    let rows = csv_rows(&plan(&hub, &session, "put-header", &operations));
    let site = rows[0].iter().position(|name| name == "Site").unwrap();
    assert_eq!(rows[1][site], "North");
    let note = with(fresh(json!({})), "rereads", json!(5));
    for (stored, expected) in [("North", "read-lines"), ("South", "mismatch"), ("", "mismatch")] {
        let row =
            stored_header(&order, "New", "True").replace("Ring & wait\"\n", &format!("Ring & wait\",\"{stored}\"\n"));
        let outcome = go(&hub, &session, "read-header", &note, &data(&format!("{names}\n{row}")));
        assert_eq!(word(&outcome), expected, "{stored}");
    }
}
