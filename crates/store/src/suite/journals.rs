//! Journals.

use super::{Db, begin, order, promises, second};
use crate::{JournalEntry, JournalRow};

promises!(a_journal_is_kept_in_order_and_its_chain_fits, journals_of_two_flows_do_not_mix, a_journal_needs_its_flow,);

fn entry(at: i64, text: &str) -> JournalEntry {
    JournalEntry {
        at: second(at),
        actor: "hub".to_owned(),
        kind: "received".to_owned(),
        text: text.to_owned(),
        detail: r#"{"n":1}"#.to_owned(),
    }
}

fn a_journal_is_kept_in_order_and_its_chain_fits(db: &Db) {
    let mut flow = begin(db, order("a"), second(0), |_| ());
    let id = flow.id;
    db.change(move |tx| tx.append_journal(id, &[entry(5, "one"), entry(4, "two")])).unwrap();
    db.change(move |tx| tx.append_journal(id, &[])).unwrap();
    // A change of the flow does not touch the journal's end, nor the journal the flow's version.
    db.change(move |tx| {
        tx.update_flow(&mut flow, second(6))?;
        tx.append_journal(id, &[entry(6, "")])?;
        tx.update_flow_with(&mut flow, &[entry(7, "with it"), entry(7, "and more")], second(7))?;
        tx.append_journal(id, &[entry(8, "after")])
    })
    .unwrap();
    let row = |seq, entry| JournalRow { seq, entry };
    let expected = [
        row(1, entry(5, "one")),
        row(2, entry(4, "two")),
        row(3, entry(6, "")),
        row(4, entry(7, "with it")),
        row(5, entry(7, "and more")),
        row(6, entry(8, "after")),
    ];
    assert_eq!(db.ask(|tx| tx.journal(id)).unwrap(), expected);
    assert_eq!(db.ask(|tx| tx.verify_journal(id)).unwrap(), None);
}

fn journals_of_two_flows_do_not_mix(db: &Db) {
    let (a, b) = (begin(db, order("a"), second(0), |_| ()).id, begin(db, order("b"), second(0), |_| ()).id);
    for at in 0..3 {
        db.change(move |tx| {
            tx.append_journal(a, &[entry(at, "of a")])?;
            tx.append_journal(b, &[entry(at, "of b")])
        })
        .unwrap();
    }
    for (flow, text) in [(a, "of a"), (b, "of b")] {
        let journal = db.ask(|tx| tx.journal(flow)).unwrap();
        assert!(journal.iter().all(|row| row.entry.text == text), "{journal:?}");
        assert_eq!(journal.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(db.ask(|tx| tx.verify_journal(flow)).unwrap(), None);
    }
}

fn a_journal_needs_its_flow(db: &Db) {
    assert!(db.change(|tx| tx.append_journal(77, &[entry(0, "of nobody")])).is_err());
    assert!(db.ask(|tx| tx.journal(77)).unwrap().is_empty());
    assert_eq!(db.ask(|tx| tx.verify_journal(77)).unwrap(), None);
}
