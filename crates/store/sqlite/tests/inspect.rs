//! An inspection finds what was altered behind the hub's back, changes nothing, and works beside an open store.

use std::path::Path;

use crossdock_model::MerchantId;
use crossdock_store::{FlowKind, JournalEntry, NewFlow, Store, StoreError};
use crossdock_store_sqlite::{Inspection, SqliteOptions, SqliteStore};
use jiff::Timestamp;
use rusqlite::Connection;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn acme() -> MerchantId {
    MerchantId::new("acme").unwrap()
}

/// A store with orders `1` to `n`, three journal lines each.
fn store(path: &Path, n: u32) -> SqliteStore {
    let store = SqliteStore::open(path, &acme(), SqliteOptions::default()).unwrap();
    let line = |text: &str| JournalEntry {
        at: NOW,
        actor: "hub".to_owned(),
        kind: "received".to_owned(),
        text: text.to_owned(),
        detail: String::new(),
    };
    let lines = ["one", "two", "three"].map(line);
    let writer: &dyn Store = &store;
    writer
        .change(move |tx| {
            for key in 1..=n {
                let (key, connection) = (format!("jl/{key}"), "jl".to_owned());
                let flow = NewFlow { kind: FlowKind::Order, key, connection, parent: None };
                let flow = tx.insert_flow(&flow, NOW)?;
                tx.append_journal(flow.id, &lines)?;
            }
            Ok(())
        })
        .unwrap();
    store
}

/// Changes the file as somebody with a shell would.
fn tamper(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
}

fn broken(path: &Path) -> Vec<(String, i64)> {
    let found = Inspection::open(path).unwrap().journals(&acme(), &mut |_| ()).unwrap();
    found.into_iter().map(|journal| (journal.key, journal.line)).collect()
}

#[test]
fn a_whole_database_is_told_as_whole_also_beside_a_running_hub() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let running = store(&path, 1_203);
    let inspection = Inspection::open(&path).unwrap();
    assert!(inspection.pages().unwrap().is_empty());
    let mut seen = 0;
    assert!(inspection.journals(&acme(), &mut |flows| seen = flows).unwrap().is_empty());
    assert_eq!(seen, 1_203);
    let counts = inspection.counts(&acme()).unwrap();
    assert_eq!((counts.orders, counts.parcels, counts.lines), (1_203, 0, 3_609));
    // The hub goes on writing meanwhile.
    let running: &dyn Store = &running;
    running.change(|tx| tx.see("kind", "key", "value", NOW)).unwrap();
}

#[test]
fn c26_the_first_bad_line_of_each_altered_journal_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    drop(store(&path, 5));
    assert!(broken(&path).is_empty());
    tamper(&path, "UPDATE journal SET text = 'TWO' WHERE flow = 2 AND seq = 2");
    tamper(&path, "DELETE FROM journal WHERE flow = 3 AND seq = 3");
    tamper(&path, "UPDATE journal SET seq = 9 WHERE flow = 4 AND seq = 1");
    let named = [("jl/2".to_owned(), 2), ("jl/3".to_owned(), 3), ("jl/4".to_owned(), 1)];
    assert_eq!(broken(&path), named);
}

#[test]
fn rows_without_the_rows_that_they_belong_to_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    drop(store(&path, 2));
    tamper(&path, "DELETE FROM flow WHERE id = 2");
    let findings = Inspection::open(&path).unwrap().pages().unwrap();
    assert!(findings.iter().any(|finding| finding.contains("journal") && finding.contains("flow")), "{findings:?}");
}

#[test]
fn what_is_not_there_is_not_made_and_a_newer_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    assert!(matches!(Inspection::open(&path), Err(StoreError::Unwritable(_))));
    assert!(!path.exists());
    drop(store(&path, 1));
    let before = std::fs::read(&path).unwrap();
    let inspection = Inspection::open(&path).unwrap();
    assert!(inspection.pages().unwrap().is_empty() && broken(&path).is_empty());
    drop(inspection);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    tamper(&path, "INSERT INTO schema_version VALUES (99, 'from the future')");
    assert!(matches!(Inspection::open(&path), Err(StoreError::NewerSchema { found: 99, .. })));
}
