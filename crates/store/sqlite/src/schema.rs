//! Versioned migrations: each runs once, in a transaction of its own.

use crossdock_model::MerchantId;
use crossdock_store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use crate::failure::failed;

/// Name and text, in order; the position (from 1) is the version. Never change one that was released: add another.
const MIGRATIONS: &[(&str, &str)] = &[
    ("flows", include_str!("migrations/0001_flows.sql")),
    ("effects_and_exceptions", include_str!("migrations/0002_effects_and_exceptions.sql")),
    ("stock", include_str!("migrations/0003_stock.sql")),
    ("connections_and_maps", include_str!("migrations/0004_connections_and_maps.sql")),
    ("operations", include_str!("migrations/0005_operations.sql")),
    ("withdrawn", include_str!("migrations/0006_withdrawn.sql")),
    ("seen_last", include_str!("migrations/0007_seen_last.sql")),
    ("phases_compared", include_str!("migrations/0008_phases_compared.sql")),
    ("lineage", include_str!("migrations/0009_lineage.sql")),
];

const HAS_VERSIONS: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_version')";
const CREATE_VERSIONS: &str = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";
const VERSION: &str = "SELECT ifnull(max(version), 0) FROM schema_version";
const ADD_VERSION: &str = "INSERT INTO schema_version (version, name) VALUES (?1, ?2)";

const ADD_MERCHANT: &str = "INSERT INTO merchant (name) VALUES (?1) ON CONFLICT DO NOTHING";
const MERCHANT: &str = "SELECT id FROM merchant WHERE name = ?1";

/// The newest schema that this binary knows.
pub(crate) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The file's schema; 0 for an empty file. Refuses a file written by a newer version.
pub(crate) fn version(conn: &Connection) -> Result<i64, StoreError> {
    let exists: bool = conn.query_row(HAS_VERSIONS, [], |row| row.get(0)).map_err(failed)?;
    let found = if exists { conn.query_row(VERSION, [], |row| row.get(0)).map_err(failed)? } else { 0 };
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    Ok(found)
}

/// Brings the file to the newest schema.
pub(crate) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    let found = version(conn)?;
    for ((name, sql), number) in MIGRATIONS.iter().zip(1_i64..) {
        if number <= found {
            continue;
        }
        let step = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        if number == 1 {
            step.execute_batch(CREATE_VERSIONS).map_err(failed)?;
        }
        step.execute_batch(sql).map_err(failed)?;
        step.execute(ADD_VERSION, params![number, name]).map_err(failed)?;
        step.commit().map_err(failed)?;
    }
    Ok(())
}

/// The merchant's number in this file; a new merchant gets one.
pub(crate) fn merchant(conn: &Connection, merchant: &MerchantId) -> Result<i64, StoreError> {
    conn.execute(ADD_MERCHANT, [merchant.as_str()]).map_err(failed)?;
    conn.query_row(MERCHANT, [merchant.as_str()], |row| row.get(0)).map_err(failed)
}

/// The merchant's number in this file; `None` when it has none.
pub(crate) fn known_merchant(conn: &Connection, merchant: &MerchantId) -> Result<Option<i64>, StoreError> {
    conn.query_row(MERCHANT, [merchant.as_str()], |row| row.get(0)).optional().map_err(failed)
}

#[cfg(test)]
mod tests {
    use crossdock_store::StoreError;
    use rusqlite::Connection;

    use super::{known, migrate, version};

    #[test]
    fn an_empty_file_reaches_the_newest_schema_and_stays_there() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert_eq!(version(&conn), Ok(0));
        migrate(&mut conn).unwrap();
        assert_eq!(version(&conn), Ok(known()));
        migrate(&mut conn).unwrap();
        assert_eq!(version(&conn), Ok(known()));
    }

    #[test]
    fn f43_effects_of_an_older_file_come_along_with_what_they_say() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        conn.execute_batch(super::CREATE_VERSIONS).unwrap();
        for ((name, sql), number) in super::MIGRATIONS.iter().zip(1_i64..).take(7) {
            conn.execute_batch(sql).unwrap();
            conn.execute(super::ADD_VERSION, rusqlite::params![number, name]).unwrap();
        }
        conn.execute_batch(
            "INSERT INTO merchant (id, name) VALUES (1, 'demo');
             INSERT INTO effect (id, merchant, connection, kind, key, object, priority, due, phase, stage, note, attempt,
                 doubted, absences, epoch, not_before, failures, evidence, created, updated, withdrawn, touched)
             VALUES (41, 1, 'jl', 'ship', 'ship/1', 'o/1', 1, 9, 'unknown', 'look', 'null', 2, 1, 0, 3, 5, 0, 'lost', 1, 2, 1, 1);
             INSERT INTO operation (effect, merchant, text) VALUES (41, 1, '{\"x\":1}');",
        )
        .unwrap();
        migrate(&mut conn).unwrap();
        let row: (i64, String, i64, i64, String) = conn
            .query_row(
                "SELECT e.id, e.phase, e.epoch, e.withdrawn, o.text FROM effect e JOIN operation o ON o.effect = e.id",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )
            .unwrap();
        assert_eq!(row, (41, "unknown".to_owned(), 3, 1, "{\"x\":1}".to_owned()));
        let broken: i64 =
            conn.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
        assert_eq!(broken, 0);
    }

    #[test]
    fn f37_a_file_of_a_newer_version_is_refused_untouched() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        conn.execute("INSERT INTO schema_version VALUES (99, 'from the future')", []).unwrap();
        let refused = migrate(&mut conn);
        assert_eq!(refused, Err(StoreError::NewerSchema { found: 99, known: known() }));
    }

    #[test]
    fn every_table_carries_its_merchant() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        let without: Vec<String> = conn
            .prepare(
                "SELECT name FROM sqlite_schema s WHERE type = 'table' AND name NOT IN ('schema_version', 'merchant')
                 AND NOT EXISTS (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'merchant')",
            )
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert!(without.is_empty(), "{without:?}");
    }
}
