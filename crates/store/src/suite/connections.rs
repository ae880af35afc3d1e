//! Connections and what must survive a restart.

use crossdock_model::{ConnectionHealth, ConnectionState};

use super::{Db, promises, second};
use crate::{ConnectionRow, HintRow, ScheduleRow, SubscriptionRow, WindowRow};

promises!(
    a_connection_is_remembered,
    schedules_windows_and_subscriptions_are_remembered,
    a_hint_waits_once_and_is_served_by_a_later_look,
);

fn a_connection_is_remembered(db: &Db) {
    let unknown = db.ask(|tx| tx.connection("jl")).unwrap();
    assert_eq!(unknown, ConnectionRow { name: "jl".to_owned(), ..ConnectionRow::default() });
    let row = ConnectionRow {
        name: "jl".to_owned(),
        health: Some(ConnectionHealth { state: ConnectionState::AuthFailed, detail: "401".to_owned() }),
        probed: Some(second(1)),
        last_good: Some(second(2)),
        failures: 3,
        problem: "refused".to_owned(),
        stopped: true,
        facts: vec![("zone".to_owned(), "Europe/London".to_owned()), ("a".to_owned(), String::new())],
        guard: Some(("40 % would go to 0".to_owned(), second(4))),
    };
    for row in [row, unknown] {
        let stored = row.clone();
        db.change(move |tx| tx.put_connection(&row, second(5))).unwrap();
        assert_eq!(db.ask(|tx| tx.connection("jl")).unwrap(), stored);
    }
}

fn schedules_windows_and_subscriptions_are_remembered(db: &Db) {
    let schedule = ScheduleRow {
        connection: "jl".to_owned(),
        name: "orders".to_owned(),
        next: second(1),
        watermark: Some(second(2)),
        started: Some(second(3)),
        resume: Some("{}".to_owned()),
        last_good: Some(second(4)),
        failures: 5,
        problem: "late".to_owned(),
    };
    let idle = ScheduleRow { watermark: None, started: None, resume: None, last_good: None, ..schedule.clone() };
    let earlier = ScheduleRow { name: "despatches".to_owned(), ..idle.clone() };
    let window = WindowRow { connection: "jl".to_owned(), window: "calls".to_owned(), calls: vec![(1, 2), (3, 4)] };
    let empty = WindowRow { calls: Vec::new(), ..window.clone() };
    let subscription = SubscriptionRow {
        connection: "jl".to_owned(),
        event: "order".to_owned(),
        token: "t".to_owned(),
        secret: "s".to_owned(),
        url: "https://hub".to_owned(),
        remote_id: None,
        created: second(1),
        last_delivery: None,
        deliveries: 0,
    };
    let delivered = SubscriptionRow {
        remote_id: Some("7".to_owned()),
        last_delivery: Some(second(2)),
        deliveries: 9,
        ..subscription.clone()
    };
    let rows = (schedule, idle.clone(), earlier.clone(), window, empty.clone(), subscription, delivered.clone());
    db.change(move |tx| {
        tx.put_schedule(&rows.0)?;
        tx.put_schedule(&rows.1)?;
        tx.put_schedule(&rows.2)?;
        tx.put_window(&rows.3)?;
        assert_eq!(tx.windows("jl")?, [rows.3]);
        tx.put_window(&rows.4)?;
        tx.put_subscription(&rows.5)?;
        tx.put_subscription(&rows.6)
    })
    .unwrap();
    db.ask(|tx| {
        assert_eq!(tx.schedules("jl")?, [earlier, idle]);
        assert_eq!(tx.windows("jl")?, [empty]);
        assert_eq!(tx.subscriptions("jl")?, [delivered]);
        assert!(tx.schedules("mp")?.is_empty() && tx.windows("mp")?.is_empty() && tx.subscriptions("mp")?.is_empty());
        Ok(())
    })
    .unwrap();
}

fn a_hint_waits_once_and_is_served_by_a_later_look(db: &Db) {
    let hint = |kind: &str, key: &str, at| HintRow {
        connection: "jl".to_owned(),
        kind: kind.to_owned(),
        key: key.to_owned(),
        at: second(at),
    };
    let add = |hint: HintRow| db.change(move |tx| tx.add_hint(&hint)).unwrap();
    let waiting = |limit| db.ask(|tx| tx.hints("jl", limit)).unwrap();
    add(hint("order", "2", 5));
    add(hint("order", "1", 6));
    add(hint("item", "1", 4));
    add(hint("order", "2", 5));
    assert_eq!(waiting(9), [hint("item", "1", 4), hint("order", "2", 5), hint("order", "1", 6)]);
    assert_eq!(waiting(1).len(), 1);
    assert!(db.ask(|tx| tx.hints("mp", 9)).unwrap().is_empty());
    let serve = |kind: &'static str, keys: &[&str], asked| {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        db.change(move |tx| tx.serve_hints("jl", kind, &keys, second(asked))).unwrap();
    };
    // A look that began when the hint had not arrived, or in the same instant, may have missed it.
    serve("order", &["1", "2", "3"], 5);
    assert_eq!(waiting(9).len(), 3);
    // It arrived before the look and once more while the look ran: it goes on waiting for the next one.
    add(hint("order", "2", 8));
    serve("order", &["1", "2"], 7);
    assert_eq!(waiting(9), [hint("item", "1", 4), hint("order", "2", 8)]);
    serve("order", &["2"], 9);
    assert_eq!(waiting(9), [hint("item", "1", 4)]);
}
