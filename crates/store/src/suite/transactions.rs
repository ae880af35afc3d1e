//! All or nothing, one view, and nobody takes anything else with him.

use std::sync::mpsc;

use super::{Db, order, promises, second};
use crate::{FlowKind, StoreError};

promises!(
    a_job_that_fails_keeps_nothing,
    a_job_that_panics_keeps_nothing_and_the_store_goes_on,
    jobs_of_many_callers_are_all_kept_but_for_the_failing_ones,
    a_read_sees_one_state_of_things,
    the_version_grows_with_changes_only,
);

fn a_job_that_fails_keeps_nothing(db: &Db) {
    let failed: Result<(), _> = db.change(|tx| {
        tx.insert_flow(&order("a"), second(0))?;
        Err(StoreError::Bug("on purpose".to_owned()))
    });
    assert_eq!(failed, Err(StoreError::Bug("on purpose".to_owned())));
    assert_eq!(db.ask(|tx| tx.flow_by_key(FlowKind::Order, "a")).unwrap(), None);
}

fn a_job_that_panics_keeps_nothing_and_the_store_goes_on(db: &Db) {
    let failed: Result<(), _> = db.change(|tx| {
        tx.insert_flow(&order("a"), second(0))?;
        panic!("on purpose");
    });
    assert!(matches!(failed, Err(StoreError::Bug(_))), "{failed:?}");
    db.change(|tx| tx.insert_flow(&order("b"), second(0))).unwrap();
    let kept = |key| db.ask(|tx| tx.flow_by_key(FlowKind::Order, key)).unwrap().is_some();
    assert_eq!((kept("a"), kept("b")), (false, true));
}

/// Callers wait behind a slow job, so that an engine that groups commits groups these.
fn jobs_of_many_callers_are_all_kept_but_for_the_failing_ones(db: &Db) {
    let (enter, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            db.change(move |_| {
                enter.send(()).unwrap();
                // Ends when the sender is dropped.
                let _ = left.recv();
                Ok(())
            })
            .unwrap();
        });
        entered.recv().unwrap();
        let callers: Vec<_> = (0..40)
            .map(|caller| {
                scope.spawn(move || {
                    db.change(move |tx| {
                        tx.insert_flow(&order(&format!("of/{caller}")), second(0))?;
                        match caller % 3 {
                            0 => Err(StoreError::Conflict("on purpose".to_owned())),
                            _ => Ok(()),
                        }
                    })
                })
            })
            .collect();
        drop(leave);
        for (caller, thread) in callers.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap().is_ok(), caller % 3 != 0, "caller {caller}");
        }
    });
    for caller in 0..40 {
        let kept = db.ask(|tx| tx.flow_by_key(FlowKind::Order, &format!("of/{caller}"))).unwrap();
        assert_eq!(kept.is_some(), caller % 3 != 0, "caller {caller}");
    }
}

fn a_read_sees_one_state_of_things(db: &Db) {
    db.ask(|tx| {
        let before = tx.flow_by_key(FlowKind::Order, "a")?;
        db.change(|tx| tx.insert_flow(&order("a"), second(0)))?;
        let after = tx.flow_by_key(FlowKind::Order, "a")?;
        assert_eq!((before, after), (None, None));
        Ok(())
    })
    .unwrap();
    assert!(db.ask(|tx| tx.flow_by_key(FlowKind::Order, "a")).unwrap().is_some());
}

fn the_version_grows_with_changes_only(db: &Db) {
    let before = db.version();
    db.change(|tx| tx.flow(1)).unwrap();
    assert_eq!(db.version(), before);
    db.change(|tx| tx.insert_flow(&order("a"), second(0))).unwrap();
    assert!(db.version() > before);
}
