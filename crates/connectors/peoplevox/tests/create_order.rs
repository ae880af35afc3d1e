//! Creating orders, stage by stage, through the public interface: what is sent, and what each reply leads to.

mod support;

use crossdock_connector::{Connector, Operation, OperationKind, Outcome, Repeat, Stage, StageKind};
use crossdock_model::OrderDraft;
use serde_json::{Value, json};
use support::*;

fn two() -> (OrderDraft, OrderDraft, Vec<Operation>) {
    let (first, second) = (draft("SO-1", &[("A", 2), ("B,\"2\" ë", 1)]), draft("SO-2", &[("A", 1)]));
    let operations = vec![create(first.clone()), create(second.clone())];
    (first, second, operations)
}

/// B030 and `contracts/peoplevox.md §2.6`: looked for, written on hold, read back, released, confirmed.
#[test]
fn two_orders_are_created_on_hold_compared_and_released() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (first, second, operations) = two();
    let go = |stage: &str, note: &Value, reply| run(&hub, &session, stage, note, &operations, &reply);

    let call = plan(&hub, &session, "look", &operations);
    assert_eq!((soap_action(&call).as_str(), call.windows.as_slice()), ("GetData", ["calls"].as_slice()));
    assert_eq!(call.request.uri(), "/demo123/resources/integrationservicev4.asmx");
    assert_eq!(element(&call, "TemplateName"), "Sales orders");
    assert_eq!(
        element(&call, "SearchClause"),
        "(SalesOrderNumber.Equals(\"SO-1\") OR SalesOrderNumber.Equals(\"SO-2\"))"
    );
    let outcomes = go("look", &Value::Null, data(&format!("{HEADER}\n")));
    assert_eq!(words(&outcomes), ["absent, put-header", "absent, put-header"]);

    let call = plan(&hub, &session, "put-header", &operations);
    assert_eq!(soap_action(&call), "SaveData");
    assert_eq!((element(&call, "TemplateName"), element(&call, "Action")), ("Sales orders".into(), "0".into()));
    let rows = csv_rows(&call);
    assert_eq!(
        rows[0].join(","),
        "SalesOrderNumber,CustomerPurchaseOrderReferenceNumber,ContactName,ShippingAddressLine1,ShippingAddressCity,ShippingAddressPostcode,ShippingAddressCountry,Attribute1,OnHold"
    );
    let row = ["SO-2", "RSO-2", "Zoë \"Z\" Example", "1 High Street, Flat 2", "Leeds", "LS1 1AA", "United Kingdom"];
    assert_eq!(rows[2][..7], row);
    assert_eq!(rows[2][7..], ["Ring & wait", "true"]);
    let saved = result("SaveData", 0, 2, "", &[("SO-2", "Success"), ("SO-1", "Success")]);
    assert_eq!(words(&go("put-header", &Value::Null, saved)), ["put-lines", "put-lines"]);

    let call = plan(&hub, &session, "put-lines", &operations);
    assert_eq!(element(&call, "TemplateName"), "Sales order items");
    let rows = csv_rows(&call);
    assert_eq!(rows[2], ["SO-1", "B,\"2\" ë", "1", "2", "1.00"]);
    assert_eq!(rows.len(), 4);
    let saved = [("SO-1", "Success"), ("SO-1", "Success"), ("SO-2", "Success")];
    let outcomes = go("put-lines", &Value::Null, result("SaveData", 0, 3, "", &saved));
    assert_eq!(words(&outcomes), ["read-header", "read-header"]);

    let back = format!("{HEADER}\n{}{}", stored_header(&second, "New", "True"), stored_header(&first, "New", "True"));
    let outcomes = go("read-header", &Value::Null, data(&back));
    assert_eq!(words(&outcomes), ["read-lines", "read-lines"]);
    let note = &note_of(&outcomes[0]);
    assert_eq!(note, &fresh(json!({"status": "New", "on_hold": true})));

    let call = plan(&hub, &session, "read-lines", &operations);
    assert_eq!(element(&call, "TemplateName"), "Sales order items");
    let back = format!("{LINES}\nSO-1,A,2,1,1.00\nSO-1,\"B,\"\"2\"\" ë\",1,2,1.00\nSO-2,A,1,1,1.00\n");
    assert_eq!(words(&go("read-lines", note, data(&back))), ["release", "release"]);

    let call = plan(&hub, &session, "release", &operations);
    let rows = csv_rows(&call);
    assert_eq!(rows, [["SalesOrderNumber", "OnHold"], ["SO-1", "false"], ["SO-2", "false"]]);
    let saved = result("SaveData", 0, 2, "", &[("SO-1", "Success"), ("SO-2", "Success")]);
    assert_eq!(words(&go("release", note, saved)), ["confirm", "confirm"]);

    let back =
        format!("{HEADER}\n{}{}", stored_header(&first, "Allocated", "False"), stored_header(&second, "New", "False"));
    let outcomes = go("confirm", note, data(&back));
    let Outcome::Done(evidence) = &outcomes[0] else { panic!() };
    assert_eq!(evidence.summary, "created and read back: 2 lines, released");
    assert_eq!(
        evidence.facts,
        json!({"order": "SO-1", "status": "Allocated", "on_hold": false, "cancelled": false, "lines": 2})
    );
}

#[test]
fn without_the_column_or_the_wish_an_order_is_not_held_and_done_after_the_comparison() {
    let (_, _, operations) = two();
    let lines = format!("{LINES}\nSO-1,A,2,1,1\nSO-1,\"B,\"\"2\"\" ë\",1,2,1\nSO-2,A,1,1,1\n");
    let unheld = tenant(r#"{"client_id":"d","username":"a","use_on_hold":false}"#);
    for (hub, session, shown) in [
        (plain_tenant(), session(&HEADER.replace(",OnHold", "")), json!(null)),
        (unheld, session(HEADER), json!(false)),
    ] {
        let rows = csv_rows(&plan(&hub, &session, "put-header", &operations));
        assert!(!rows[0].contains(&"OnHold".to_owned()));
        let saved = result("SaveData", 0, 2, "", &[]);
        let outcomes = run(&hub, &session, "put-header", &fresh(json!({})), &operations, &saved);
        let note = with(note_of(&outcomes[0]), "on_hold", shown);
        assert_eq!(note["held_by_us"], json!(false));
        let outcomes = run(&hub, &session, "read-lines", &note, &operations, &data(&lines));
        assert_eq!(words(&outcomes), ["done", "done"]);
    }
}

#[test]
fn what_the_first_look_finds_decides() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let order = draft("SO-1", &[("A", 2)]);
    let operations = [create(order.clone())];
    let look = |row: &str| {
        words(&run(&hub, &session, "look", &Value::Null, &operations, &data(&format!("{HEADER}\n{row}")))).remove(0)
    };
    assert_eq!(look(""), "absent, put-header");
    assert_eq!(look(&stored_header(&order, "New", "False")), "look-lines");
    let mut foreign = order.clone();
    foreign.reference = "somebody else's".to_owned();
    assert_eq!(look(&stored_header(&foreign, "New", "False")), "conflict");
    let mut lower = order.clone();
    lower.number = "so-1".to_owned();
    assert_eq!(look(&stored_header(&lower, "New", "False")), "conflict", "an upsert would overwrite it");
    let twice = stored_header(&order, "New", "False").repeat(2);
    assert_eq!(look(&twice), "conflict");
    let nothing = run(&hub, &session, "look", &Value::Null, &operations, &data(""));
    assert_eq!(words(&nothing), ["absent, put-header"], "an empty detail is an empty table");
}

/// Never a write to an order that the warehouse has begun or ended.
#[test]
fn an_order_beyond_reach_is_adopted_when_whole_and_otherwise_left_alone() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let operations = [create(draft("SO-1", &[("A", 2)]))];
    for status in ["Cancelled", "Picked", "Despatched", "Partially picked", "Something new"] {
        let note = json!({"status": status, "on_hold": false});
        let whole = data(&format!("{LINES}\nSO-1,A,2,1,1\n"));
        let outcomes = run(&hub, &session, "look-lines", &note, &operations, &whole);
        let Outcome::Done(evidence) = &outcomes[0] else { panic!("{status}: {outcomes:?}") };
        assert_eq!(evidence.facts["cancelled"], json!(status == "Cancelled"));
        assert!(evidence.summary.contains(status), "{}", evidence.summary);
        for stored in ["", "SO-1,A,1,1,1\n"] {
            let short = data(&format!("{LINES}\n{stored}"));
            assert_eq!(words(&run(&hub, &session, "look-lines", &note, &operations, &short)), ["wrong_state"]);
        }
    }
}

/// `contracts/peoplevox.md §6.2`: an order is accepted and its unknown item dropped. It is never taken for complete.
#[test]
fn a_dropped_line_is_read_again_for_some_minutes_and_then_rejected() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let operations = [create(draft("SO-1", &[("A", 2), ("B", 1)]))];
    let short = data(&format!("{LINES}\nSO-1,A,2,1,1\n"));
    let mut note = json!({"status": "New", "on_hold": true});
    let mut waited = Vec::new();
    loop {
        match run(&hub, &session, "read-lines", &note, &operations, &short).remove(0) {
            Outcome::Next { stage, after, note: next } => {
                assert_eq!(stage.as_str(), "read-lines");
                waited.push(after.as_secs());
                note = next;
            }
            Outcome::Rejected(rejection) => {
                assert_eq!(rejection.code.as_str(), "mismatch");
                assert!(rejection.detail.contains("missing: B"), "{}", rejection.detail);
                break;
            }
            other => panic!("{other:?}"),
        }
        assert!(waited.len() < 10, "it must end");
    }
    assert_eq!(waited, [15, 30, 60, 120, 240]);
    let whole = data(&format!("{LINES}\nSO-1,A,2,1,1\nSO-1,B,1,2,1\n"));
    let outcomes = run(&hub, &session, "read-lines", &note, &operations, &whole);
    let Outcome::Next { stage, note, .. } = &outcomes[0] else { panic!() };
    assert_eq!((stage.as_str(), note), ("release", &json!({"status": "New", "on_hold": true})));
}

#[test]
fn read_backs_that_differ_are_never_done() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let order = draft("SO-1", &[("A", 2)]);
    let operations = [create(order.clone())];
    let last = json!({"status": "New", "on_hold": true, "rereads": 5});
    let header = |row: String| data(&format!("{HEADER}\n{row}"));
    let cut = stored_header(&order, "New", "True").replace("LS1 1AA", "LS1 1A");
    let unmessaged = stored_header(&order, "New", "True").replace("Ring & wait", "");
    for (stage, reply, expected) in [
        ("read-header", header(cut), "mismatch"),
        ("read-header", header(unmessaged), "mismatch"),
        ("read-header", header(String::new()), "mismatch"),
        ("read-header", header(stored_header(&order, "Cancelled", "True")), "wrong_state"),
        ("read-lines", data(&format!("{LINES}\nSO-1,A,1,1,1\n")), "mismatch"),
        ("read-lines", data(&format!("{LINES}\nSO-1,A,2,1,1\nSO-1,B,1,2,1\n")), "conflict"),
        ("read-lines", data(&format!("{LINES}\nSO-1,A,2.5,1,1\n")), "conflict"),
        ("confirm", header(stored_header(&order, "New", "True")), "mismatch"),
        ("confirm", header(stored_header(&order, "New", "?")), "mismatch"),
        ("confirm", header(String::new()), "mismatch"),
        ("confirm", header(stored_header(&order, "Cancelled", "False")), "wrong_state"),
    ] {
        let outcomes = run(&hub, &session, stage, &last, &operations, &reply);
        assert_eq!(words(&outcomes), [expected], "{stage}");
        let Outcome::Rejected(rejection) = &outcomes[0] else { panic!() };
        assert!(!rejection.detail.contains("LS1"), "no personal data: {}", rejection.detail);
    }
}

/// F18: rows are judged one by one, and a reply that says nothing of a row leaves it unknown.
#[test]
fn a_partial_success_is_told_apart_row_by_row() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (_, _, operations) = two();
    let go = |stage: &str, reply| words(&run(&hub, &session, stage, &Value::Null, &operations, &reply));
    let partial = result("SaveData", -1, 1, "Bad postcode", &[("SO-1", "Success"), ("SO-2", "Error")]);
    assert_eq!(go("put-header", partial), ["put-lines", "refused_by_remote"]);
    let silent = result("SaveData", 0, 1, "", &[("SO-1", "Success")]);
    assert_eq!(go("put-header", silent), ["put-lines", "unknown"]);
    let line = [("SO-1", "Success"), ("SO-1", "Error"), ("SO-2", "Success")];
    let outcomes =
        run(&hub, &session, "put-lines", &Value::Null, &operations, &result("SaveData", -1, 2, "Unknown item", &line));
    assert_eq!(words(&outcomes), ["refused_by_remote", "read-header"]);
    let Outcome::Rejected(rejection) = &outcomes[0] else { panic!() };
    assert_eq!(rejection.detail, "Peoplevox refused a line of order SO-1: Unknown item");
    let whole = run(&hub, &session, "put-header", &Value::Null, &operations, &result("SaveData", -1, 0, "No", &[]));
    assert_eq!(whole[0], whole[1], "the engine divides a batch whose rows all have the same refusal");
    assert_eq!(words(&whole), ["refused_by_remote", "refused_by_remote"]);
}

#[test]
fn batches_are_bounded_and_never_mix_columns() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let limit = |stage: &'static str| hub.batch_limit(OperationKind::CreateOrder, &Stage::new(stage));
    assert_eq!((limit("look"), limit("put-header"), limit("put-lines"), limit("release")), (100, 100, 100, 100));
    let three = create(draft("SO-1", &[("A", 1), ("B", 1), ("C", 1)]));
    let weight = |stage: &'static str| hub.weight(&three, &Stage::new(stage));
    assert_eq!((weight("look"), weight("put-header"), weight("put-lines")), (1, 1, 3));
    assert!(limit("read-lines") / weight("read-lines") <= 100, "no more than a hundred OR terms");
    let mut silent = draft("SO-2", &[("A", 1)]);
    silent.message = "".into();
    let (silent, other) = (create(silent), create(draft("SO-3", &[("Z", 9)])));
    let key = |operation: &Operation, stage| hub.batch_key(operation, &Stage::new(stage), &session);
    assert_eq!(key(&three, "put-header"), key(&other, "put-header"));
    assert_ne!(key(&three, "put-header"), key(&silent, "put-header"));
    assert_eq!(key(&three, "put-lines"), key(&silent, "put-lines"));
    assert_eq!(key(&three, "look"), key(&silent, "look"));
    let stage = Stage::new("put-header");
    let mixed = [three.clone(), silent];
    let note = fresh(json!({}));
    assert!(hub.plan(&steps(&mixed, &stage, &note), &session).is_err(), "an empty cell would blank");
    for (stage, kind) in [
        ("look", StageKind::Look),
        ("look/few", StageKind::Look),
        ("look-lines", StageKind::Look),
        ("put-header", StageKind::Write(Repeat::Harmless)),
        // Looks decide which lines it sends; it is not the bytes that are harmless.
        ("put-lines", StageKind::Write(Repeat::Harmless)),
        ("read-header", StageKind::Look),
        ("read-lines", StageKind::Look),
        ("release", StageKind::Write(Repeat::Harmless)),
        ("confirm", StageKind::Look),
        ("of another version", StageKind::Write(Repeat::Doubles)),
    ] {
        assert_eq!(hub.stage_kind(&three, &Stage::new(stage)), kind, "{stage}");
    }
}

/// `contracts/peoplevox.md §2.4`: fewer rows than counted. The same look is asked in smaller company, and alone it is
/// tried again: the order has done nothing wrong.
#[test]
fn a_look_that_comes_short_shrinks_and_refuses_no_order() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (first, _, operations) = two();
    let short = |csv: String| result("GetData", 0, 9, &csv, &[]);
    let header = short(format!("{HEADER}\n{}", stored_header(&first, "New", "True")));
    let lines = short(format!("{LINES}\nSO-1,A,2,1,1\n"));
    let note = fresh(json!({"status": "New", "on_hold": true, "rereads": 1}));
    for (stage, reply, page) in [
        ("look", &header, ["100", "20", "20"]),
        ("read-header", &header, ["100", "20", "20"]),
        ("confirm", &header, ["100", "20", "20"]),
        ("look-lines", &lines, ["200", "50", "50"]),
        ("read-lines", &lines, ["200", "50", "50"]),
    ] {
        let mut at = stage.to_owned();
        for (size, page) in ["few", "one"].into_iter().zip(page) {
            assert_eq!(element(&plan(&hub, &session, &at, &operations), "ItemsPerPage"), page, "{at}");
            let outcomes = run(&hub, &session, &at, &note, &operations, reply);
            at = format!("{stage}/{size}");
            assert_eq!(words(&outcomes), [at.as_str(), at.as_str()]);
            assert_eq!(note_of(&outcomes[0]), note, "nothing is forgotten");
            assert!(hub.batch_limit(OperationKind::CreateOrder, &Stage::stored(at.clone())) <= 40);
        }
        assert_eq!(hub.batch_limit(OperationKind::CreateOrder, &Stage::stored(at.clone())), 1);
        let outcomes = run(&hub, &session, &at, &note, &operations[..1], reply);
        assert!(word(&outcomes[0]).starts_with("not done: Retry"), "{outcomes:?}");
    }
    let moved = result("GetData", 0, 1, &format!("{LINES}\nSO-1,A,2,1,1,7\n"), &[]);
    let outcomes = run(&hub, &session, "read-lines", &note, &operations, &moved);
    assert_eq!(words(&outcomes), ["read-lines/few", "read-lines/few"], "a row with a cell too many says nothing");
}

/// A header without the columns of the template is no statement about the order.
#[test]
fn a_look_with_a_strange_header_is_made_again() {
    let (hub, session) = (plain_tenant(), session(HEADER));
    let (_, _, operations) = two();
    for stage in ["look", "look-lines", "read-header", "read-lines", "confirm"] {
        let outcomes = run(&hub, &session, stage, &fresh(json!({})), &operations, &data("Message\nMaintenance\n"));
        assert!(outcomes.iter().all(|outcome| word(outcome).starts_with("not done: Retry")), "{stage}: {outcomes:?}");
    }
}

#[test]
fn nothing_is_written_before_the_tenants_columns_are_known_and_sufficient() {
    let hub = plain_tenant();
    let operations = [create(draft("SO-1", &[("A", 1)]))];
    let mut blank = session(HEADER);
    blank.facts.clear();
    let outcomes = run(&hub, &blank, "look", &Value::Null, &operations, &data(HEADER));
    assert!(word(&outcomes[0]).starts_with("not done: Retry"), "{outcomes:?}");
    for stage in ["put-header", "put-lines", "release"] {
        let stage = Stage::new(stage);
        assert!(hub.plan(&steps(&operations, &stage, &fresh(json!({}))), &blank).is_err());
    }
    let mut short = session(HEADER);
    short.facts.insert("template.Sales order items".to_owned(), "SalesOrderNumber,ItemCode".to_owned());
    let refusal = hub.plan(&steps(&operations, &Stage::new("look"), &Value::Null), &short).unwrap_err();
    assert!(refusal.detail.contains("QuantityOrdered"), "{}", refusal.detail);
    let narrow = session(&HEADER.replace(",ShippingAddressPostcode", ""));
    let refusal = hub.plan(&steps(&operations, &Stage::new("look"), &Value::Null), &narrow).unwrap_err();
    assert!(refusal.detail.contains("ShippingAddressPostcode"), "{}", refusal.detail);
}
