//! Flows: rows, waking, finding, and what was seen before.

use crossdock_model::{Currency, Money};

use super::{Db, assert_conflict, begin, order, promises, second};
use crate::{FlowKind, FlowRow, Milestones, NewFlow};

promises!(
    a_flow_keeps_everything,
    a_key_begins_one_flow_for_ever,
    a_stale_change_is_refused,
    parcels_belong_to_their_order,
    flows_wake_in_order,
    a_text_finds_exact_terms_first_then_the_newest,
    a_text_is_taken_literally,
    the_same_thing_is_seen_once,
    a_raw_document_is_kept_once_per_content,
);

fn keys(rows: &[FlowRow]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_str()).collect()
}

fn a_flow_keeps_everything(db: &Db) {
    let born = db.change(|tx| tx.insert_flow(&order("jl/1"), second(0))).unwrap();
    assert_eq!(db.ask(|tx| tx.flow(born.id)).unwrap().as_ref(), Some(&born));
    assert_eq!((born.state.as_str(), born.version, born.created), ("", 1, second(0)));

    let mut row = born.clone();
    row.number = "C0042-A".into();
    row.state = "held".into();
    row.cause = Some("sku_unmapped".to_owned());
    row.data = r#"{"is":"held"}"#.into();
    row.wake_at = Some(second(5));
    row.deadline = Some(second(99));
    row.amount = Some(Money::from_minor(-8_400, Currency::GBP));
    row.milestones =
        Milestones { in_warehouse: Some(second(1)), despatched: Some(second(2)), confirmed: Some(second(3)) };
    let row = db
        .change(move |tx| {
            tx.update_flow(&mut row, second(7))?;
            Ok(row)
        })
        .unwrap();
    assert_eq!((row.version, row.created, row.updated), (2, second(0), second(7)));
    assert_eq!(db.ask(|tx| tx.flow(born.id)).unwrap().as_ref(), Some(&row));
    let by_key = db.ask(|tx| tx.flow_by_key(FlowKind::Order, "jl/1")).unwrap();
    assert_eq!(by_key, Some(row));
    assert_eq!(db.ask(|tx| tx.flow_by_key(FlowKind::Despatch, "jl/1")).unwrap(), None);
    assert_eq!(db.ask(|tx| tx.flow(born.id + 1)).unwrap(), None);
}

fn a_key_begins_one_flow_for_ever(db: &Db) {
    begin(db, order("jl/1"), second(0), |row| row.state = "confirmed".into());
    assert_conflict(&db.change(|tx| tx.insert_flow(&order("jl/1"), second(1))));
    let parcel = NewFlow { kind: FlowKind::Despatch, ..order("jl/1") };
    db.change(move |tx| tx.insert_flow(&parcel, second(1))).unwrap();
}

fn a_stale_change_is_refused(db: &Db) {
    let row = db.change(|tx| tx.insert_flow(&order("a"), second(0))).unwrap();
    let (mut first, mut second_hand) = (row.clone(), row.clone());
    first.state = "first".into();
    second_hand.state = "second".into();
    db.change(move |tx| tx.update_flow(&mut first, second(1))).unwrap();
    assert_conflict(&db.change(move |tx| tx.update_flow(&mut second_hand, second(2))));
    assert_eq!(db.ask(|tx| tx.flow(row.id)).unwrap().unwrap().state, "first");
    let mut nobody = FlowRow { id: row.id + 1, ..row };
    assert_conflict(&db.change(move |tx| tx.update_flow(&mut nobody, second(2))));
}

fn parcels_belong_to_their_order(db: &Db) {
    let parent = begin(db, order("a"), second(0), |_| ());
    for key in ["a/1", "a/2"] {
        let parcel = NewFlow { kind: FlowKind::Despatch, parent: Some(parent.id), ..order(key) };
        begin(db, parcel, second(1), |_| ());
    }
    assert_eq!(keys(&db.ask(|tx| tx.children(parent.id)).unwrap()), ["a/1", "a/2"]);
    assert!(db.ask(|tx| tx.children(parent.id + 1)).unwrap().is_empty());
}

fn flows_wake_in_order(db: &Db) {
    assert_eq!(db.ask(|tx| tx.next_wake()).unwrap(), None);
    let late = begin(db, order("late"), second(0), |row| row.wake_at = Some(second(20)));
    let soon = begin(db, order("soon"), second(0), |row| row.wake_at = Some(second(10)));
    begin(db, order("never"), second(0), |_| ());
    assert_eq!(db.ask(|tx| tx.next_wake()).unwrap(), Some(second(10)));
    let due = |now, limit| db.ask(|tx| tx.due_flows(second(now), limit)).unwrap();
    assert_eq!(due(9, 10), []);
    assert_eq!(due(10, 10), [soon.id]);
    assert_eq!(due(20, 10), [soon.id, late.id]);
    assert_eq!(due(20, 1), [soon.id]);
}

fn a_text_finds_exact_terms_first_then_the_newest(db: &Db) {
    let terms: [(&str, &[&str]); 4] = [
        ("exact", &["C42"]),
        ("older", &["c421", "shared"]),
        ("newer", &["C422", "SHARED ", "c4223"]),
        ("other", &["x42", " "]),
    ];
    for (key, terms) in terms {
        let flow = begin(db, order(key), second(0), |_| ()).id;
        let terms: Vec<String> = terms.iter().map(ToString::to_string).collect();
        let again = terms.clone();
        db.change(move |tx| tx.add_terms(flow, &terms)).unwrap();
        db.change(move |tx| tx.add_terms(flow, &again)).unwrap();
    }
    let parcel = NewFlow { kind: FlowKind::Despatch, ..order("parcel") };
    let parcel = begin(db, parcel, second(0), |_| ()).id;
    db.change(move |tx| tx.add_terms(parcel, &["c42".to_owned()])).unwrap();

    let found = |term, limit| db.ask(|tx| tx.find(term, limit)).unwrap();
    assert_eq!(keys(&found("c42", 10)), ["exact", "newer", "older"]);
    assert_eq!(keys(&found(" C42", 2)), ["exact", "newer"]);
    assert_eq!(keys(&found("shared", 10)), ["newer", "older"]);
    assert_eq!(keys(&found("x4", 10)), ["other"]);
    assert!(found("c43", 10).is_empty());
    assert!(found("", 10).is_empty());
}

fn a_text_is_taken_literally(db: &Db) {
    let flow = begin(db, order("a"), second(0), |_| ()).id;
    db.change(move |tx| tx.add_terms(flow, &["o'brien%".to_owned(), "straße 1".to_owned()])).unwrap();
    let found = |term| db.ask(|tx| tx.find(term, 10)).unwrap().len();
    assert_eq!((found("o'brien"), found("%"), found("_"), found("STRAß")), (1, 0, 0, 1));
}

fn the_same_thing_is_seen_once(db: &Db) {
    let see = |source: &'static str, id: &'static str, hash: &'static str| {
        db.change(move |tx| tx.see(source, id, hash, second(0))).unwrap()
    };
    assert!(see("jl", "1", "h1"));
    assert!(!see("jl", "1", "h1"));
    assert!(see("jl", "1", "h2"));
    assert!(!see("jl", "1", "h2"));
    assert!(see("jl", "1", "h1"), "it went back to what it was");
    assert!(see("mp", "1", "h1"));
    assert!(see("jl", "2", "h1"));
}

fn a_raw_document_is_kept_once_per_content(db: &Db) {
    let flow = begin(db, order("a"), second(0), |_| ()).id;
    let keep = |raw: Vec<u8>, at| db.change(move |tx| tx.keep_raw(flow, &raw, second(at))).unwrap();
    let newest = || db.ask(|tx| tx.raw_of(flow)).unwrap();
    assert_eq!(newest(), None);
    let large: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    keep(large.clone(), 0);
    keep(large.clone(), 1);
    assert_eq!(newest(), Some(large.clone()));
    keep(Vec::new(), 2);
    assert_eq!(newest(), Some(Vec::new()));
    // The first content comes back: known, and the newest again.
    keep(large.clone(), 3);
    assert_eq!(newest(), Some(large));
}
