//! Versioned migrations: each runs once, in a transaction of its own.

use crossdock_model::MerchantId;
use crossdock_store::StoreError;
use rusqlite::{Connection, TransactionBehavior, params};

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
];

const HAS_VERSIONS: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_version')";
const CREATE_VERSIONS: &str = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";
const VERSION: &str = "SELECT ifnull(max(version), 0) FROM schema_version";
const ADD_VERSION: &str = "INSERT INTO schema_version (version, name) VALUES (?1, ?2)";

const ADD_MERCHANT: &str = "INSERT INTO merchant (name) VALUES (?1) ON CONFLICT DO NOTHING";
const MERCHANT: &str = "SELECT id FROM merchant WHERE name = ?1";

/// The newest schema that this binary knows.
fn known() -> i64 {
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
