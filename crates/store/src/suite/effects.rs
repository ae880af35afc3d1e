//! Effects: the protocol of reliability §2.3 as far as the store keeps it.

use super::{Db, assert_conflict, begin, order, promises, second};
use crate::{EffectRow, NewEffect, NewException, Phase, QueueCount};

promises!(
    an_effect_keeps_everything,
    r1_a_business_key_is_planned_once_for_ever,
    r10_an_effect_moves_only_from_the_phase_and_epoch_that_were_seen,
    due_effects_come_by_priority_deadline_and_age,
    r3_one_effect_per_object_is_due_at_a_time,
    the_next_moment_is_that_of_a_waiting_effect,
    an_object_is_free_once_its_last_effect_is_settled,
    what_is_live_can_be_taken_back,
    r9_after_a_restart_what_was_being_sent_is_unknown,
    r14_after_a_restore_everything_live_is_unknown_and_may_be_at_the_remote,
    a_queue_is_counted_by_kind,
);

fn effect(key: &str) -> NewEffect {
    NewEffect {
        connection: "peoplevox".to_owned(),
        kind: "create_order".to_owned(),
        key: key.to_owned(),
        flow: None,
        object: format!("object of {key}"),
        priority: 3,
        deadline: None,
        stage: "look".to_owned(),
        operation: r#"{"op":"create"}"#.to_owned(),
        not_before: second(0),
    }
}

fn plan(db: &Db, effect: NewEffect) -> i64 {
    db.change(move |tx| tx.plan_effect(&effect, second(0))).unwrap().unwrap()
}

fn get(db: &Db, id: i64) -> EffectRow {
    db.ask(|tx| tx.effect(id)).unwrap().unwrap()
}

fn put(db: &Db, id: i64, phase: Phase) {
    let mut row = get(db, id);
    let (from, epoch) = (row.phase, row.epoch);
    row.phase = phase;
    db.change(move |tx| tx.move_effect(&row, from, epoch, second(1))).unwrap();
}

fn due(db: &Db, now: i64) -> Vec<String> {
    let due = db.ask(|tx| tx.due_effects("peoplevox", second(now), 10)).unwrap();
    due.into_iter().map(|row| row.key).collect()
}

fn an_effect_keeps_everything(db: &Db) {
    let flow = begin(db, order("a"), second(0), |_| ()).id;
    let new = NewEffect { flow: Some(flow), deadline: Some(second(50)), ..effect("create/a") };
    let id = plan(db, new);
    let planned = get(db, id);
    assert_eq!((planned.phase, planned.attempt, planned.epoch), (Phase::Planned, 0, 0));
    assert_eq!(planned.note, "null");
    let said = db.ask(|tx| tx.operation(planned.id)).unwrap();
    assert_eq!(said.as_deref(), Some(r#"{"op":"create"}"#));
    let moved = EffectRow {
        phase: Phase::Unknown,
        stage: "confirm".to_owned(),
        note: r#"{"id":7}"#.to_owned(),
        attempt: 2,
        doubted: true,
        absences: 1,
        absent_at: Some(second(3)),
        epoch: 4,
        send_deadline: Some(second(5)),
        horizon: Some(second(6)),
        not_before: second(7),
        failures: 8,
        evidence: "seen as SO-1".to_owned(),
        updated: second(9),
        ..planned
    };
    let stored = moved.clone();
    db.change(move |tx| tx.move_effect(&moved, Phase::Planned, 0, second(9))).unwrap();
    assert_eq!(get(db, id), stored);
    assert_eq!(db.ask(|tx| tx.effect_by_key("create/a")).unwrap(), Some(stored.clone()));
    assert_eq!(db.ask(|tx| tx.effects_of(flow)).unwrap(), [stored]);
    assert_eq!(db.ask(|tx| tx.effect_by_key("create/b")).unwrap(), None);
}

fn r1_a_business_key_is_planned_once_for_ever(db: &Db) {
    let id = plan(db, effect("create/a"));
    for phase in [Phase::Armed, Phase::Sending, Phase::Confirmed, Phase::Rejected, Phase::Superseded] {
        put(db, id, phase);
        let again = NewEffect { connection: "elsewhere".to_owned(), ..effect("create/a") };
        let planned = db.change(move |tx| tx.plan_effect(&again, second(1))).unwrap();
        assert_eq!(planned, None, "{phase:?}");
    }
    assert_eq!(get(db, id).connection, "peoplevox");
}

fn r10_an_effect_moves_only_from_the_phase_and_epoch_that_were_seen(db: &Db) {
    let id = plan(db, effect("a"));
    let sending = EffectRow { phase: Phase::Sending, epoch: 1, ..get(db, id) };
    for (from, epoch) in [(Phase::Armed, 0), (Phase::Planned, 1)] {
        let row = sending.clone();
        assert_conflict(&db.change(move |tx| tx.move_effect(&row, from, epoch, second(1))));
        assert_eq!(get(db, id).phase, Phase::Planned);
    }
    let row = sending.clone();
    db.change(move |tx| tx.move_effect(&row, Phase::Planned, 0, second(1))).unwrap();
    // The other node, which saw the same row, is too late.
    assert_conflict(&db.change(move |tx| tx.move_effect(&sending, Phase::Planned, 0, second(1))));
    let nobody = EffectRow { id: id + 1, ..get(db, id) };
    assert_conflict(&db.change(move |tx| tx.move_effect(&nobody, Phase::Sending, 1, second(1))));
}

fn due_effects_come_by_priority_deadline_and_age(db: &Db) {
    let with = |key: &str, priority, deadline: Option<i64>, not_before| NewEffect {
        priority,
        deadline: deadline.map(second),
        not_before: second(not_before),
        ..effect(key)
    };
    plan(db, with("old, no deadline", 3, None, 0));
    plan(db, with("new, no deadline", 3, None, 0));
    plan(db, with("late", 3, Some(90), 0));
    plan(db, with("soon", 3, Some(10), 0));
    plan(db, with("first", 0, None, 0));
    plan(db, with("not yet", 0, None, 5));
    plan(db, NewEffect { connection: "elsewhere".to_owned(), ..effect("elsewhere") });
    let expected = ["first", "soon", "late", "old, no deadline", "new, no deadline"];
    assert_eq!(due(db, 4), expected);
    assert_eq!(due(db, 5)[..2], ["first", "not yet"]);
    let two = db.ask(|tx| tx.due_effects("peoplevox", second(4), 2)).unwrap();
    assert_eq!(two.len(), 2);
}

fn r3_one_effect_per_object_is_due_at_a_time(db: &Db) {
    let of = |key: &str, object: &str, priority| NewEffect { object: object.to_owned(), priority, ..effect(key) };
    let older = plan(db, of("older", "SO-1", 3));
    plan(db, of("newer", "SO-1", 0));
    plan(db, of("other", "SO-2", 3));
    // The same object at another connection is another object.
    plan(db, NewEffect { connection: "elsewhere".to_owned(), ..of("elsewhere", "SO-2", 0) });
    assert_eq!(due(db, 0), ["older", "other"]);
    for phase in [Phase::Armed, Phase::Unknown] {
        put(db, older, phase);
        assert_eq!(due(db, 1), ["older", "other"], "{phase:?}");
    }
    put(db, older, Phase::Sending);
    assert_eq!(due(db, 1), ["other"]);
    put(db, older, Phase::Held);
    assert_eq!(due(db, 1), ["newer", "other"]);
}

fn the_next_moment_is_that_of_a_waiting_effect(db: &Db) {
    let after = |now| db.ask(|tx| tx.next_effect("peoplevox", second(now))).unwrap();
    let next = || after(0);
    assert_eq!(next(), None);
    let at = |key: &str, not_before| NewEffect { not_before: second(not_before), ..effect(key) };
    let first = plan(db, at("a", 5));
    plan(db, at("b", 9));
    assert_eq!(next(), Some(second(5)));
    put(db, first, Phase::Sending);
    assert_eq!(next(), Some(second(9)));
    put(db, first, Phase::Unknown);
    assert_eq!(next(), Some(second(5)));
    assert_eq!(
        (after(4), after(5), after(9)),
        (Some(second(5)), Some(second(9)), None),
        "due ones have no next moment"
    );
    put(db, first, Phase::Confirmed);
    assert_eq!(next(), Some(second(9)));
}

fn what_is_live_can_be_taken_back(db: &Db) {
    let back = |key: &'static str| db.change(move |tx| tx.withdraw_effect(key)).unwrap();
    let withdrawn = || db.ask(|tx| tx.withdrawn("peoplevox")).unwrap();
    let (first, other) = (plan(db, effect("order/1")), plan(db, effect("order/2")));
    plan(db, NewEffect { connection: "elsewhere".to_owned(), ..effect("order/3") });
    assert!(withdrawn().is_empty());
    put(db, first, Phase::Sending);
    assert!(back("order/1") && back("order/3"));
    assert!(!back("order/9"), "there is no such effect");
    assert_eq!(withdrawn(), [first]);
    put(db, first, Phase::Superseded);
    assert!(withdrawn().is_empty());
    put(db, other, Phase::Confirmed);
    assert!(!back("order/2"), "what is settled stays so");
}

fn an_object_is_free_once_its_last_effect_is_settled(db: &Db) {
    let live = || db.ask(|tx| tx.live_on("peoplevox", "sales-order/SO-1")).unwrap();
    assert!(!live());
    let id = plan(db, NewEffect { object: "sales-order/SO-1".to_owned(), ..effect("create/1") });
    for phase in [Phase::Planned, Phase::Armed, Phase::Sending, Phase::Unknown] {
        put(db, id, phase);
        assert!(live(), "{phase:?}");
    }
    for phase in [Phase::Confirmed, Phase::Rejected, Phase::Held, Phase::Superseded] {
        put(db, id, phase);
        assert!(!live(), "{phase:?}");
    }
}

fn r9_after_a_restart_what_was_being_sent_is_unknown(db: &Db) {
    let sending = plan(db, effect("sending"));
    let armed = plan(db, effect("armed"));
    let done = plan(db, effect("done"));
    put(db, sending, Phase::Sending);
    put(db, armed, Phase::Armed);
    put(db, done, Phase::Confirmed);
    let doubt = || db.change(|tx| tx.doubt_sending(second(300), second(2))).unwrap();
    assert_eq!(doubt(), 1);
    assert_eq!(doubt(), 0);
    let row = get(db, sending);
    assert_eq!((row.phase, row.doubted, row.horizon), (Phase::Unknown, false, Some(second(300))));
    assert_eq!((row.absences, row.absent_at, row.updated), (0, None, second(2)));
    assert_eq!((get(db, armed).phase, get(db, done).phase), (Phase::Armed, Phase::Confirmed));
}

fn r14_after_a_restore_everything_live_is_unknown_and_may_be_at_the_remote(db: &Db) {
    let phases = [Phase::Planned, Phase::Armed, Phase::Sending, Phase::Unknown, Phase::Confirmed, Phase::Held];
    let ids = phases.map(|phase| {
        let id = plan(db, effect(phase.as_str()));
        put(db, id, phase);
        id
    });
    assert_eq!(db.change(|tx| tx.doubt_live(second(300), second(2))).unwrap(), 4);
    for id in &ids[..4] {
        let row = get(db, *id);
        assert_eq!(
            (row.phase, row.doubted, row.touched, row.horizon),
            (Phase::Unknown, false, true, Some(second(300)))
        );
        assert_eq!(row.updated, second(2));
    }
    assert_eq!((get(db, ids[4]).phase, get(db, ids[5]).phase), (Phase::Confirmed, Phase::Held));
}

fn a_queue_is_counted_by_kind(db: &Db) {
    let flow = begin(db, order("a"), second(0), |_| ()).id;
    let of = |key: &str, kind: &str, flow| NewEffect { kind: kind.to_owned(), flow, ..effect(key) };
    for (key, kind, phase) in [
        ("1", "create_order", Phase::Planned),
        ("2", "create_order", Phase::Armed),
        ("3", "create_order", Phase::Sending),
        ("4", "create_order", Phase::Unknown),
        ("5", "create_order", Phase::Confirmed),
        ("6", "release_order", Phase::Held),
        ("7", "release_order", Phase::Rejected),
        ("8", "cancel_order", Phase::Superseded),
    ] {
        let id = plan(db, of(key, kind, (key == "7").then_some(flow)));
        put(db, id, phase);
    }
    let count = |kind: &str, waiting, in_doubt, held| QueueCount { kind: kind.to_owned(), waiting, in_doubt, held };
    let queue = || db.ask(|tx| tx.queue("peoplevox")).unwrap();
    // A refusal that nobody has to look at is history.
    assert_eq!(queue(), [count("create_order", 3, 1, 0), count("release_order", 0, 0, 1)]);
    let refused = NewException {
        flow: Some(flow),
        connection: "peoplevox".to_owned(),
        cause: "refused".to_owned(),
        fingerprint: "refused/a".to_owned(),
        owner: "warehouse".to_owned(),
        detail: String::new(),
        next_action: String::new(),
        due: None,
        amount: None,
    };
    db.change(move |tx| tx.open_exception(&refused, second(1))).unwrap();
    assert_eq!(queue(), [count("create_order", 3, 1, 0), count("release_order", 0, 0, 2)]);
    db.change(move |tx| tx.resolve_of_flow(flow, None, "", second(2))).unwrap();
    assert_eq!(queue(), [count("create_order", 3, 1, 0), count("release_order", 0, 0, 1)]);
    assert!(db.ask(|tx| tx.queue("elsewhere")).unwrap().is_empty());
}
