//! Exceptions.

use crossdock_model::{Currency, Money};

use super::{Db, begin, order, promises, second};
use crate::{FlowKind, NewException, NewFlow};

promises!(
    one_fix_one_group,
    the_same_exception_is_open_once,
    groups_come_by_deadline_then_money,
    money_of_two_currencies_is_no_sum,
    a_flow_shows_open_ones_first,
    a_parcel_shows_its_orders_number,
    fixes_close_what_they_concern,
);

fn exception(fingerprint: &str, flow: Option<i64>) -> NewException {
    NewException {
        flow,
        connection: "john-lewis".to_owned(),
        cause: "sku_unmapped".to_owned(),
        fingerprint: fingerprint.to_owned(),
        owner: "catalogue".to_owned(),
        detail: "SKU 7 has no item".to_owned(),
        next_action: "map it".to_owned(),
        due: None,
        amount: None,
    }
}

fn open(db: &Db, exception: NewException, at: i64) -> bool {
    db.change(move |tx| tx.open_exception(&exception, second(at))).unwrap()
}

fn flow(db: &Db, key: &'static str) -> i64 {
    begin(db, order(key), second(0), move |row| row.number = format!("number of {key}")).id
}

/// What an exception's amount is made of.
fn pounds(pence: i64) -> Money {
    Money::from_minor(pence, Currency::GBP)
}

fn fingerprints(db: &Db) -> Vec<String> {
    let groups = db.ask(|tx| tx.groups()).unwrap();
    groups.into_iter().map(|group| group.fingerprint).collect()
}

fn one_fix_one_group(db: &Db) {
    let (a, b) = (flow(db, "a"), flow(db, "b"));
    let of_a = NewException { due: Some(second(90)), amount: Some(pounds(500)), ..exception("sku/7", Some(a)) };
    let of_b = NewException { due: Some(second(80)), amount: Some(pounds(250)), ..exception("sku/7", Some(b)) };
    open(db, of_a.clone(), 1);
    open(db, of_b, 2);
    open(db, exception("sku/8", Some(a)), 3);
    let groups = db.ask(|tx| tx.groups()).unwrap();
    let group = groups.first().unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!((group.fingerprint.as_str(), group.count), ("sku/7", 2));
    assert_eq!((group.at_risk, group.first_due), (Some(pounds(750)), Some(second(80))));
    assert_eq!((group.first_seen, group.last_seen), (second(1), second(2)));
    assert_eq!((&group.example.what, group.example.number.as_str()), (&of_a, "number of a"));
    let members = db.ask(|tx| tx.open_in_group("sku/7", 10)).unwrap();
    assert_eq!(members.iter().map(|row| row.what.flow).collect::<Vec<_>>(), [Some(b), Some(a)]);
    assert_eq!(db.ask(|tx| tx.open_in_group("sku/7", 1)).unwrap().len(), 1);
    assert_eq!(db.ask(|tx| tx.flows_waiting_on("sku/7", 10)).unwrap(), [a, b]);
    assert_eq!(db.ask(|tx| tx.flows_waiting_on("sku/7", 1)).unwrap(), [a]);
}

fn the_same_exception_is_open_once(db: &Db) {
    let a = flow(db, "a");
    for of in [Some(a), None] {
        assert!(open(db, exception("f", of), 1));
        let refreshed = NewException { detail: "still".to_owned(), amount: Some(pounds(1)), ..exception("f", of) };
        assert!(!open(db, refreshed, 5));
    }
    let members = db.ask(|tx| tx.open_in_group("f", 10)).unwrap();
    assert_eq!(members.len(), 2);
    for member in members {
        assert_eq!((member.what.detail.as_str(), member.what.amount), ("still", Some(pounds(1))));
        assert_eq!((member.opened, member.resolved), (second(1), None));
    }
    let history = |since| db.ask(|tx| tx.opened_since("f", second(since))).unwrap();
    assert_eq!(history(0), [second(1), second(1)]);
    // Closed and back again: a new one, and both count as history.
    db.change(move |tx| tx.resolve_of_flow(a, None, "mapped", second(6))).unwrap();
    assert!(open(db, exception("f", Some(a)), 7));
    assert_eq!(history(0), [second(1), second(1), second(7)]);
    assert_eq!(history(2), [second(7)]);
}

fn groups_come_by_deadline_then_money(db: &Db) {
    let with = |fingerprint, due: Option<i64>, pence| NewException {
        due: due.map(second),
        amount: Some(pounds(pence)),
        ..exception(fingerprint, None)
    };
    assert!(fingerprints(db).is_empty());
    open(db, with("poor", None, 1), 1);
    open(db, with("rich", None, 100), 1);
    open(db, with("late", Some(90), 100), 1);
    open(db, with("soon, poor", Some(10), 1), 1);
    open(db, with("soon, rich", Some(10), 100), 1);
    assert_eq!(fingerprints(db), ["soon, rich", "soon, poor", "late", "rich", "poor"]);
}

fn money_of_two_currencies_is_no_sum(db: &Db) {
    let euro = Money::from_minor(5, Currency::new("EUR").unwrap());
    open(db, NewException { amount: Some(pounds(5)), ..exception("f", Some(flow(db, "a"))) }, 1);
    open(db, NewException { amount: None, ..exception("f", Some(flow(db, "b"))) }, 1);
    let at_risk = || db.ask(|tx| tx.groups()).unwrap().first().unwrap().at_risk;
    assert_eq!(at_risk(), Some(pounds(5)));
    open(db, NewException { amount: Some(euro), ..exception("f", Some(flow(db, "c"))) }, 1);
    assert_eq!(at_risk(), None);
    // Nor is one that does not fit.
    for key in ["d", "e"] {
        open(db, NewException { amount: Some(pounds(i64::MAX)), ..exception("g", Some(flow(db, key))) }, 1);
    }
    let groups = db.ask(|tx| tx.groups()).unwrap();
    assert!(groups.iter().all(|group| group.at_risk.is_none()), "{groups:?}");
}

fn a_flow_shows_open_ones_first(db: &Db) {
    let a = flow(db, "a");
    open(db, exception("first", Some(a)), 1);
    open(db, NewException { cause: "address".to_owned(), ..exception("second", Some(a)) }, 2);
    let closed = db.change(move |tx| tx.resolve_of_flow(a, Some("address"), "corrected", second(9))).unwrap();
    assert_eq!(closed, 1);
    let rows = db.ask(|tx| tx.exceptions_of(a)).unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (row.what.fingerprint.as_str(), row.resolved)).collect();
    assert_eq!(seen, [("first", None), ("second", Some(second(9)))]);
    assert_eq!(rows.last().unwrap().resolution, "corrected");
}

fn a_parcel_shows_its_orders_number(db: &Db) {
    let parcel = NewFlow { kind: FlowKind::Despatch, parent: Some(flow(db, "a")), ..order("a/1") };
    let parcel = begin(db, parcel, second(0), |_| ()).id;
    open(db, exception("of the parcel", Some(parcel)), 1);
    open(db, exception("of nothing", None), 1);
    let number = |fingerprint: &str| db.ask(|tx| tx.open_in_group(fingerprint, 1)).unwrap().remove(0).number;
    assert_eq!(number("of the parcel"), "number of a");
    assert_eq!(number("of nothing"), "");
}

fn fixes_close_what_they_concern(db: &Db) {
    let (a, b) = (flow(db, "a"), flow(db, "b"));
    for of in [Some(a), Some(b), None] {
        open(db, exception("f", of), 1);
    }
    let by_fingerprint = || db.change(|tx| tx.resolve_fingerprint("f", "it answers again", second(2))).unwrap();
    assert_eq!((by_fingerprint(), by_fingerprint()), (1, 0));
    let of_a = |cause: Option<&'static str>| db.change(move |tx| tx.resolve_of_flow(a, cause, "", second(3))).unwrap();
    assert_eq!((of_a(Some("other cause")), of_a(None), of_a(None)), (0, 1, 0));
    assert_eq!(db.ask(|tx| tx.flows_waiting_on("f", 10)).unwrap(), [b]);
}
