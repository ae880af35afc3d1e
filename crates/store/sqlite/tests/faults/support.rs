//! What the tests of storage faults need: a store on a file, changes that can be recognised, and copies of crashes.

use std::path::Path;

use crossdock_model::MerchantId;
use crossdock_store::{FlowKind, JournalEntry, NewFlow, Store, StoreError};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::Timestamp;

pub(crate) type Db = dyn Store;

pub(crate) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A folder in memory where the machine has one: what is tested is what the files hold, and thousands of fsyncs on a real
/// disk would say nothing more.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn try_open(path: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(path, &MerchantId::new("acme").unwrap(), SqliteOptions::default())
}

pub(crate) fn open(path: &Path) -> Box<Db> {
    Box::new(try_open(path).unwrap())
}

/// One commit: an order with a line in its journal.
pub(crate) fn try_begin(db: &Db, key: &str) -> Result<(), StoreError> {
    let order =
        NewFlow { kind: FlowKind::Order, key: key.to_owned(), connection: "john-lewis".to_owned(), parent: None };
    db.change(move |tx| {
        let flow = tx.insert_flow(&order, NOW)?;
        let line = JournalEntry {
            at: NOW,
            actor: "hub".to_owned(),
            kind: "received".to_owned(),
            text: format!("order {}", order.key),
            detail: String::new(),
        };
        tx.append_journal(flow.id, &[line])
    })
}

pub(crate) fn begin(db: &Db, key: &str) {
    try_begin(db, key).unwrap();
}

pub(crate) fn has(db: &Db, key: &str) -> bool {
    db.ask(|tx| tx.flow_by_key(FlowKind::Order, key)).unwrap().is_some()
}
