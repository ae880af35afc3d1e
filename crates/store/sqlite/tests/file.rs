//! What only an engine with a file can promise: one process, one schema, nothing lost over a restart or a crash.

use std::fs;
use std::path::Path;

use crossdock_model::MerchantId;
use crossdock_store::{FlowKind, JournalEntry, NewFlow, Store, StoreError};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::Timestamp;
use rusqlite::Connection;

type Db = dyn Store;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn try_open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, &MerchantId::new("acme").unwrap(), SqliteOptions::default())
}

fn open(path: &Path) -> Box<Db> {
    Box::new(try_open(path).unwrap())
}

fn order(key: &str) -> NewFlow {
    NewFlow { kind: FlowKind::Order, key: key.to_owned(), connection: "john-lewis".to_owned(), parent: None }
}

fn begin(db: &Db, key: &str) -> i64 {
    let order = order(key);
    db.change(move |tx| {
        let flow = tx.insert_flow(&order, NOW)?;
        tx.append_journal(flow.id, &[line("one"), line("two"), line("three")])?;
        Ok(flow.id)
    })
    .unwrap()
}

fn line(text: &str) -> JournalEntry {
    JournalEntry {
        at: NOW,
        actor: "hub".to_owned(),
        kind: "received".to_owned(),
        text: text.to_owned(),
        detail: String::new(),
    }
}

fn has(db: &Db, key: &str) -> bool {
    db.ask(|tx| tx.flow_by_key(FlowKind::Order, key)).unwrap().is_some()
}

fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    format!("{}{suffix}", path.display()).into()
}

/// What a power cut would leave: the files as they are while the store is open.
fn copy_of_crash(path: &Path, to: &Path) {
    fs::copy(path, to).unwrap();
    fs::copy(beside(path, "-wal"), beside(to, "-wal")).unwrap();
}

#[test]
fn f36_a_second_store_is_refused_until_the_first_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let first = open(&path);
    let refused = try_open(&path).err();
    assert_eq!(refused, Some(StoreError::InUse(path.display().to_string())));
    begin(&*first, "a");
    drop(first);
    assert!(has(&*open(&path), "a"));
}

#[test]
fn f36_sixty_four_readers_and_a_writer_never_meet_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("hub.db"));
    let db: &Db = &*store;
    std::thread::scope(|scope| {
        for reader in 0..64 {
            scope.spawn(move || {
                for round in 0..20 {
                    let seen = db.ask(|tx| {
                        let total = |tx: &dyn crossdock_store::ReadTx| tx.count_states(FlowKind::Order, None);
                        let first = total(tx)?;
                        Ok(first == total(tx)?)
                    });
                    assert_eq!(seen, Ok(true), "reader {reader}, round {round}");
                }
            });
        }
        for number in 0..200 {
            let order = order(&number.to_string());
            let written = db.change(move |tx| tx.insert_flow(&order, NOW));
            assert!(written.is_ok(), "{written:?}");
        }
    });
    assert_eq!(db.ask(|tx| tx.count_states(FlowKind::Order, None)).unwrap(), [(String::new(), 200)]);
}

#[test]
fn f32_a_restart_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let flow = begin(&*open(&path), "a");
    assert!(!beside(&path, "-wal").exists(), "an orderly end folds the log into the file");
    let db = open(&path);
    assert!(has(&*db, "a"));
    assert_eq!(db.ask(|tx| tx.verify_journal(flow)).unwrap(), None);
    assert_eq!(db.version(), 0);
}

#[test]
fn f37_a_file_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    begin(&*open(&path), "a");
    let newer = |sql| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    newer("INSERT INTO schema_version VALUES (99, 'from the future')");
    let before = fs::read(&path).unwrap();
    let refused = try_open(&path).err();
    assert!(matches!(refused, Some(StoreError::NewerSchema { found: 99, .. })), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    newer("DELETE FROM schema_version WHERE version = 99");
    assert!(has(&*open(&path), "a"));
}

#[test]
fn f33_a_torn_log_loses_at_most_what_was_not_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let db = open(&path);
    // The log's length when each order was confirmed.
    let confirmed: Vec<(String, u64)> = (0..12)
        .map(|number| {
            let key = format!("order {number}");
            begin(&*db, &key);
            (key, fs::metadata(beside(&path, "-wal")).unwrap().len())
        })
        .collect();
    let end = confirmed.last().unwrap().1;
    let edges = confirmed.iter().map(|(_, length)| *length);
    let cuts = edges.flat_map(|edge| [edge - 64, edge - 1, edge, edge + 1, edge + 64]).chain([0, 32, 33]);
    for cut in cuts.filter(|cut| *cut <= end) {
        for torn in [false, true] {
            let copy = folder.path().join("crashed.db");
            copy_of_crash(&path, &copy);
            let mut log = fs::read(beside(&copy, "-wal")).unwrap();
            let cut_at = usize::try_from(cut).unwrap();
            if torn {
                // The blocks are there, but what they held never reached the disk.
                log[cut_at..].fill(0xa5);
            } else {
                log.truncate(cut_at);
            }
            fs::write(beside(&copy, "-wal"), log).unwrap();
            {
                let store = try_open(&copy).unwrap();
                store.quick_check().unwrap();
                let db: &Db = &store;
                let kept: Vec<bool> = confirmed.iter().map(|(key, _)| has(db, key)).collect();
                for ((key, length), kept) in confirmed.iter().zip(&kept) {
                    assert_eq!(*kept, *length <= cut, "{key}, confirmed at {length}, log cut at {cut}");
                }
                begin(db, "goes on");
            }
            for suffix in ["", "-wal", "-shm", ".lock"] {
                let _ = fs::remove_file(beside(&copy, suffix));
            }
        }
    }
}

#[test]
fn f37_after_a_crash_a_damaged_page_is_found_before_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    begin(&*open(&path), "a");
    let db = open(&path);
    begin(&*db, "b");
    let copy = folder.path().join("crashed.db");
    copy_of_crash(&path, &copy);
    let mut pages = fs::read(&copy).unwrap();
    // A page in the middle: neither the schema nor anything that the log replaces at once.
    let damaged = pages.len() / 4096 / 2 * 4096;
    pages[damaged..damaged + 16].fill(0xff);
    fs::write(&copy, pages).unwrap();
    let refused = try_open(&copy).err();
    assert!(matches!(refused, Some(StoreError::Corrupt(_))), "{refused:?}");
}

#[test]
fn f37_what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    fs::write(&path, "order;quantity\n1;2\n".repeat(1_000)).unwrap();
    let refused = try_open(&path).err();
    assert!(matches!(refused, Some(StoreError::Corrupt(_))), "{refused:?}");
}

#[test]
fn f34_a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no such folder").join("hub.db");
    let refused = try_open(&path).err();
    assert!(matches!(&refused, Some(StoreError::Unwritable(text)) if text.contains("no such folder")), "{refused:?}");
}

#[test]
fn i9_a_journal_that_somebody_altered_is_noticed() {
    let alterations = [
        ("UPDATE journal SET text = 'twO' WHERE seq = 2", 2),
        ("UPDATE journal SET at = at + 1 WHERE seq = 3", 3),
        ("UPDATE journal SET hash = zeroblob(32) WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("DELETE FROM journal", 1),
        ("UPDATE flow SET journal_hash = zeroblob(32)", 3),
    ];
    for (sql, expected) in alterations {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.db");
        let flow = begin(&*open(&path), "a");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let found = open(&path).ask(|tx| tx.verify_journal(flow)).unwrap();
        assert_eq!(found, Some(expected), "{sql}");
    }
}

#[test]
fn merchants_in_one_file_do_not_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let flow = begin(&*open(&path), "a");
    {
        let merchant = MerchantId::new("other").unwrap();
        let store: Box<Db> = Box::new(SqliteStore::open(&path, &merchant, SqliteOptions::default()).unwrap());
        assert!(!has(&*store, "a"));
        assert_eq!(store.ask(|tx| tx.flow(flow)).unwrap(), None);
        assert!(store.ask(|tx| tx.journal(flow)).unwrap().is_empty());
        assert!(store.change(move |tx| tx.append_journal(flow, &[line("mine")])).is_err());
        begin(&*store, "a");
    }
    let db = open(&path);
    assert_eq!(db.ask(|tx| tx.count_states(FlowKind::Order, None)).unwrap(), [(String::new(), 1)]);
    assert_eq!(db.ask(|tx| tx.journal(flow)).unwrap().len(), 3);
}

#[test]
fn what_people_decide_is_kept_with_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    open(&path)
        .change(|tx| {
            for item in ["A", "A", "B"] {
                tx.put_alias("jl", "sku", item, "sam", NOW)?;
                tx.put_carrier_alias("jl", "DPD", item, "sam", NOW)?;
                tx.put_setting("key", item, "sam", NOW)?;
            }
            Ok(())
        })
        .unwrap();
    let conn = Connection::open(&path).unwrap();
    for sql in [
        "SELECT group_concat(item || ' by ' || actor, ', ') FROM sku_alias_history",
        "SELECT group_concat(code || ' by ' || actor, ', ') FROM carrier_alias_history",
        "SELECT group_concat(value || ' by ' || actor, ', ') FROM setting_history",
    ] {
        let history: String = conn.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(history, "A by sam, B by sam", "{sql}");
    }
}
