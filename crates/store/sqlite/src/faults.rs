//! Faults that only the engine can provoke: a full disk, a disk that became read-only, a commit that was not confirmed.

use std::sync::mpsc;

use crossdock_model::MerchantId;
use crossdock_store::{Store, StoreError};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::writer::Message;
use crate::{SqliteOptions, SqliteStore};

type Db = dyn Store;

fn open(folder: &TempDir) -> SqliteStore {
    let merchant = MerchantId::new("acme").unwrap();
    SqliteStore::open(&folder.path().join("hub.db"), &merchant, SqliteOptions::default()).unwrap()
}

/// Runs a bare statement on the writing connection.
fn statement(store: &SqliteStore, sql: &str) {
    store.send(|reply| Message::Statement(sql.to_owned(), reply)).unwrap();
}

fn set(store: &Db, key: &'static str, value: String) -> Result<(), StoreError> {
    store.change(move |tx| tx.put_setting(key, &value, "sam", Timestamp::UNIX_EPOCH))
}

fn get(store: &Db, key: &str) -> Option<String> {
    store.ask(|tx| tx.setting(key)).unwrap()
}

#[test]
fn f34_a_full_disk_refuses_writes_and_the_store_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    set(&store, "before", "kept".to_owned()).unwrap();
    statement(&store, "PRAGMA max_page_count = 1");
    let version = store.version();
    let refused = set(&store, "large", "x".repeat(1_000_000));
    assert!(matches!(refused, Err(StoreError::Unwritable(_))), "{refused:?}");
    assert_eq!((get(&store, "large"), get(&store, "before").as_deref()), (None, Some("kept")));
    assert_eq!(store.version(), version);
    statement(&store, "PRAGMA max_page_count = 100000");
    set(&store, "large", "y".repeat(1_000_000)).unwrap();
    assert_eq!(get(&store, "large").map(|value| value.len()), Some(1_000_000));
    store.quick_check().unwrap();
}

/// The large job and the small one share a commit; whatever SQLite gives up, nobody is told "done" who was not.
#[test]
fn f34_in_a_group_on_a_full_disk_what_was_answered_is_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    set(&store, "small", "0".to_owned()).unwrap();
    statement(&store, "PRAGMA max_page_count = 1");
    let (leave, left) = mpsc::channel::<()>();
    let (enter, entered) = mpsc::channel();
    let answers = std::thread::scope(|scope| {
        let db: &Db = &store;
        scope.spawn(move || {
            db.change(move |_| {
                enter.send(()).unwrap();
                let _ = left.recv();
                Ok(())
            })
        });
        entered.recv().unwrap();
        let small = scope.spawn(move || set(db, "small", "1".to_owned()));
        let large = scope.spawn(move || set(db, "large", "x".repeat(40_000_000)));
        drop(leave);
        [small.join().unwrap(), large.join().unwrap()]
    });
    assert!(matches!(answers[1], Err(StoreError::Unwritable(_))), "{answers:?}");
    let kept = get(&store, "small").unwrap();
    assert_eq!(kept == "1", answers[0].is_ok(), "{answers:?}");
}

#[test]
fn f34_a_disk_that_became_read_only_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    statement(&store, "PRAGMA query_only = ON");
    let refused = set(&store, "key", "value".to_owned());
    assert!(matches!(refused, Err(StoreError::Unwritable(_))), "{refused:?}");
    assert_eq!(get(&store, "key"), None);
    statement(&store, "PRAGMA query_only = OFF");
    set(&store, "key", "value".to_owned()).unwrap();
    assert_eq!(get(&store, "key").as_deref(), Some("value"));
}

#[test]
fn a_busy_hub_keeps_no_more_readers_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| assert_eq!(get(&store, "key"), None));
        }
    });
    assert!(store.readers.open() <= SqliteOptions::default().readers);
}

#[test]
fn a_reader_that_panics_gives_its_connection_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    for _ in 0..8 {
        let read = std::panic::AssertUnwindSafe(|| store.read(Box::new(|_| panic!("on purpose"))));
        assert!(std::panic::catch_unwind(read).is_err());
    }
    assert_eq!(get(&store, "key"), None);
    assert_eq!(store.readers.open(), 1);
}
