//! The store's suite on this engine.

use crossdock_model::MerchantId;
use crossdock_store::suite;
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};

#[test]
fn sqlite_keeps_every_promise_of_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let merchant = MerchantId::new("acme").unwrap();
    let next = std::cell::Cell::new(0);
    suite::run_all(&|| {
        next.set(next.get() + 1);
        let path = folder.path().join(format!("{}.db", next.get()));
        Box::new(SqliteStore::open(&path, &merchant, SqliteOptions::default()).unwrap())
    });
}
