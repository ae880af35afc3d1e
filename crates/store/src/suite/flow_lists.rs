//! Pages of flows and the overview's figures.

use super::{Db, begin, order, promises, second};
use crate::{FlowFilter, FlowKind, HourCount, NewFlow, SpreadRow};

promises!(
    a_page_is_newest_first_or_by_deadline,
    filters_combine,
    a_page_is_cut_and_the_total_is_not,
    states_and_milestones_are_counted,
    hours_are_counted_per_connection,
    spreads_are_medians_of_the_recent,
);

/// Six orders: number, connection, state, cause, deadline.
fn six(db: &Db) {
    let six = [
        ("1", "john-lewis", "held", Some("sku_unmapped"), Some(50)),
        ("2", "john-lewis", "released", None, None),
        ("3", "marketplacer", "held", Some("address"), Some(20)),
        ("4", "marketplacer", "released", None, Some(20)),
        ("5", "john-lewis", "held", Some("sku_unmapped"), Some(10)),
        ("6", "john-lewis", "", None, None),
    ];
    for (number, connection, state, cause, deadline) in six {
        let flow = NewFlow { connection: connection.to_owned(), ..order(number) };
        let row = begin(db, flow, second(0), move |row| {
            row.number = number.into();
            row.state = state.into();
            row.cause = cause.map(str::to_owned);
            row.deadline = deadline.map(second);
        });
        let terms = vec![format!("{connection}-{number}")];
        db.change(move |tx| tx.add_terms(row.id, &terms)).unwrap();
    }
}

fn page(db: &Db, filter: &FlowFilter) -> (String, u64) {
    let (rows, total) = db.ask(|tx| tx.list_flows(FlowKind::Order, filter)).unwrap();
    (rows.iter().map(|row| row.number.as_str()).collect(), total)
}

fn all() -> FlowFilter {
    FlowFilter { limit: 100, ..FlowFilter::default() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn a_page_is_newest_first_or_by_deadline(db: &Db) {
    assert_eq!(page(db, &all()), (String::new(), 0));
    six(db);
    assert_eq!(page(db, &all()), ("654321".to_owned(), 6));
    let by_deadline = FlowFilter { by_deadline: true, ..all() };
    assert_eq!(page(db, &by_deadline), ("534126".to_owned(), 6));
    let (none, total) = db.ask(|tx| tx.list_flows(FlowKind::Despatch, &all())).unwrap();
    assert_eq!((none.len(), total), (0, 0));
}

fn filters_combine(db: &Db) {
    six(db);
    let held = FlowFilter { states: words(&["held"]), ..all() };
    let overdue = FlowFilter { due_before: Some(second(21)), ..all() };
    let unmapped = FlowFilter { cause: Some("sku_unmapped".to_owned()), ..all() };
    let john = FlowFilter { connection: Some("john-lewis".to_owned()), ..all() };
    let term = |term: &str| FlowFilter { term: Some(term.to_owned()), ..all() };
    let cases = [
        (held.clone(), "531"),
        (FlowFilter { states: words(&["held", "released"]), ..all() }, "54321"),
        (FlowFilter { states: words(&["nowhere"]), ..all() }, ""),
        (FlowFilter { not_states: words(&["held"]), ..all() }, "642"),
        (FlowFilter { not_states: words(&["held"]), ..held.clone() }, ""),
        (john.clone(), "6521"),
        (FlowFilter { states: words(&["held"]), ..john.clone() }, "51"),
        (overdue.clone(), "543"),
        (FlowFilter { by_deadline: true, ..overdue.clone() }, "534"),
        (FlowFilter { states: words(&["held"]), by_deadline: true, ..overdue.clone() }, "53"),
        (unmapped.clone(), "51"),
        (FlowFilter { by_deadline: true, ..unmapped.clone() }, "51"),
        (FlowFilter { due_before: Some(second(50)), ..unmapped.clone() }, "5"),
        (FlowFilter { connection: Some("marketplacer".to_owned()), ..unmapped }, ""),
        (term("john"), "6521"),
        (term("john-lewis-5"), "5"),
        (FlowFilter { states: words(&["held"]), by_deadline: true, ..term("mark") }, "3"),
        (FlowFilter { cause: Some("address".to_owned()), ..term("mark") }, "3"),
        (FlowFilter { cause: Some("address".to_owned()), ..term("john") }, ""),
        (term("lewis"), ""),
    ];
    for (filter, expected) in cases {
        let total = expected.len() as u64;
        assert_eq!(page(db, &filter), (expected.to_owned(), total), "{filter:?}");
    }
}

fn a_page_is_cut_and_the_total_is_not(db: &Db) {
    six(db);
    let cut = |offset, limit| page(db, &FlowFilter { offset, limit, ..FlowFilter::default() });
    assert_eq!(cut(0, 2), ("65".to_owned(), 6));
    assert_eq!(cut(4, 2), ("21".to_owned(), 6));
    assert_eq!(cut(5, 9), ("1".to_owned(), 6));
    assert_eq!(cut(6, 2), (String::new(), 6));
    let term = FlowFilter { term: Some("john".to_owned()), offset: 1, limit: 2, ..FlowFilter::default() };
    assert_eq!(page(db, &term), ("52".to_owned(), 4));
}

fn states_and_milestones_are_counted(db: &Db) {
    for (key, at, state) in [("1", 0, "held"), ("2", 10, "held"), ("3", 20, "done"), ("4", 30, "held")] {
        begin(db, order(key), second(at), move |row| {
            row.state = state.into();
            row.milestones.in_warehouse = (at > 0).then(|| second(at + 1));
            row.milestones.despatched = (at > 10).then(|| second(at + 2));
            row.milestones.confirmed = (at > 20).then(|| second(at + 3));
        });
    }
    let states = |since: Option<i64>| db.ask(|tx| tx.count_states(FlowKind::Order, since.map(second))).unwrap();
    assert_eq!(states(None), [("done".to_owned(), 1), ("held".to_owned(), 3)]);
    assert_eq!(states(Some(10)), [("done".to_owned(), 1), ("held".to_owned(), 2)]);
    assert_eq!(states(Some(31)), []);
    let reached = |since| db.ask(|tx| tx.count_milestones(FlowKind::Order, second(since))).unwrap();
    assert_eq!(reached(0), (3, 2, 1));
    assert_eq!(reached(30), (1, 1, 1));
    assert_eq!(reached(31), (0, 0, 0));
}

fn hours_are_counted_per_connection(db: &Db) {
    // 1,780,000,000 lies 1,600 seconds after a full hour.
    for (key, at, connection) in [("1", 0, "b"), ("2", 1_999, "a"), ("3", 1_999, "b"), ("4", 2_000, "b")] {
        let flow = NewFlow { connection: connection.to_owned(), ..order(key) };
        begin(db, flow, second(at), |_| ());
    }
    let hour =
        |from, connection: &str, count| HourCount { from: second(from), connection: connection.to_owned(), count };
    let hours = |since| db.ask(|tx| tx.per_hour(FlowKind::Order, second(since))).unwrap();
    assert_eq!(hours(0), [hour(-1_600, "a", 1), hour(-1_600, "b", 2), hour(2_000, "b", 1)]);
    assert_eq!(hours(2_000), [hour(2_000, "b", 1)]);
}

fn spreads_are_medians_of_the_recent(db: &Db) {
    let empty = SpreadRow::default();
    assert_eq!(db.ask(|tx| tx.spread_to_warehouse(second(0))).unwrap(), empty);
    for (key, took) in [("1", 10), ("2", 40), ("3", 20), ("4", 1_000)] {
        begin(db, order(key), second(0), move |row| {
            row.milestones.in_warehouse = Some(second(took));
        });
        let parcel = NewFlow { kind: FlowKind::Despatch, ..order(key) };
        begin(db, parcel, second(0), move |row| {
            row.milestones.despatched = Some(second(100));
            // One was confirmed before it left: the remote's clock runs behind.
            row.milestones.confirmed = Some(second(if took == 10 { 90 } else { 100 + took }));
        });
    }
    let warehouse = |since| db.ask(|tx| tx.spread_to_warehouse(second(since))).unwrap();
    let spread = |count, median, slowest| SpreadRow { count, median: Some(median), slowest: Some(slowest) };
    assert_eq!(warehouse(0), spread(4, 30, 1_000));
    assert_eq!(warehouse(20), spread(3, 40, 1_000));
    let confirm = db.ask(|tx| tx.spread_to_confirm(second(0))).unwrap();
    assert_eq!(confirm, spread(4, 30, 1_000));
    let confirm = db.ask(|tx| tx.spread_to_confirm(second(91))).unwrap();
    assert_eq!(confirm, spread(3, 40, 1_000));
}
