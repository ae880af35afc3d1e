//! A database that was restored is told from one that went on (rule R14).

use super::{Db, promises, second};
use crate::{Beside, LineageRow, Mark};

promises!(
    a_new_database_has_no_lineage,
    r14_what_the_database_says_of_itself_is_kept,
    r14_a_mark_is_found_as_it_was_put,
);

fn a_new_database_has_no_lineage(db: &Db) {
    assert_eq!(db.ask(|tx| tx.lineage()).unwrap(), None);
    assert!(matches!(db.mark().unwrap(), Beside::Nothing | Beside::NotKept));
}

fn r14_what_the_database_says_of_itself_is_kept(db: &Db) {
    let first = LineageRow { generation: "abc".to_owned(), pulse: 1, restored: None, released: None };
    let restored = Some((second(1), "the database is older than its mark".to_owned()));
    let second_row = LineageRow { generation: "def".to_owned(), pulse: 8, restored, released: None };
    let third = LineageRow { restored: None, released: Some(second(2)), ..second_row.clone() };
    for row in [first, second_row, third] {
        let stored = row.clone();
        db.change(move |tx| tx.put_lineage(&stored)).unwrap();
        assert_eq!(db.ask(|tx| tx.lineage()).unwrap(), Some(row));
    }
}

fn r14_a_mark_is_found_as_it_was_put(db: &Db) {
    if db.mark().unwrap() == Beside::NotKept {
        return;
    }
    for pulse in [1, 2, u64::from(u32::MAX)] {
        let mark = Mark { generation: "abc".to_owned(), pulse };
        db.put_mark(&mark).unwrap();
        assert_eq!(db.mark().unwrap(), Beside::Original(mark));
    }
}
