//! Opens connections and sets them up.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossdock_planted::{self as planted, Bug};
use crossdock_store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::failure::failed;
use crate::lock::beside;
use crate::schema;

/// A file below this size is always checked: that takes some milliseconds.
const ALWAYS_CHECKED_BELOW: u64 = 16 * 1024 * 1024;

/// Above this size a damaged page is left to be found by whoever reads it (and by the daily [`quick_check`]), because the
/// check would take longer than a start may.
const CHECKED_BELOW: u64 = 64 * 1024 * 1024;

/// Another program (a shell, a backup tool) may hold the file for a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// What both kinds of connection need. `cell_size_check` finds a damaged page before its content is believed.
const SETUP: &str = "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;";

/// What the writer needs: every commit reaches the disk before it is answered; 8 MB of pages; and a WAL that one great
/// commit blew up does not stay that large.
const WRITER: &str = "PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA journal_size_limit = 67108864;";

/// What a reader needs: nothing it runs may write; 2 MB of pages.
const READER: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -2048;";

/// How many prepared statements each keeps.
const WRITER_STATEMENTS: usize = 160;
const READER_STATEMENTS: usize = 64;

/// What is alike for both.
fn set_up(conn: &Connection, statements: usize) -> Result<(), StoreError> {
    conn.busy_timeout(PATIENCE).map_err(failed)?;
    conn.set_prepared_statement_cache_capacity(statements);
    // Plans must not depend on bound values: otherwise SQLite prepares a statement anew whenever a value might matter,
    // which costs more than running it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    conn.execute_batch(SETUP).map_err(failed)
}

/// Opens the writing connection: checks the file if the last process did not close it, then brings the schema up to date.
pub(crate) fn writer(path: &Path) -> Result<Connection, StoreError> {
    // Whoever closes the database last folds the WAL in and removes it: one that is there tells of a crash.
    let crashed = size(&beside(path, "-wal")) > 0;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    set_up(&conn, WRITER_STATEMENTS)?;
    // Before anything is written.
    schema::version(&conn)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        return Err(StoreError::Unwritable(format!(
            "{} does not allow a write-ahead log (journal mode {mode}); use a local disk",
            path.display()
        )));
    }
    conn.execute_batch(WRITER).map_err(failed)?;
    if planted::on(Bug::NormalSync) {
        conn.execute_batch("PRAGMA synchronous = NORMAL").map_err(failed)?;
    }
    if size(path) < if crashed { CHECKED_BELOW } else { ALWAYS_CHECKED_BELOW } {
        quick_check(&conn)?;
    }
    schema::migrate(&mut conn)?;
    Ok(conn)
}

/// Opens a reading connection.
pub(crate) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    set_up(&conn, READER_STATEMENTS)?;
    conn.execute_batch(READER).map_err(failed)?;
    Ok(conn)
}

/// Opens a connection that cannot change the file, not even by folding in the log that a crash left behind.
pub(crate) fn inspector(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    set_up(&conn, READER_STATEMENTS)?;
    conn.execute_batch(READER).map_err(failed)?;
    Ok(conn)
}

/// Whether every page is well formed.
pub(crate) fn quick_check(conn: &Connection) -> Result<(), StoreError> {
    let finding: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if finding == "ok" { Ok(()) } else { Err(StoreError::Corrupt(finding)) }
}

/// Where it is written down that a check found damage.
fn damage(path: &Path) -> PathBuf {
    beside(path, ".damaged")
}

/// Writes down that the file is damaged. A disk that takes nothing any more keeps it from being written; the caller stops
/// all the same.
pub(crate) fn note_damage(path: &Path, text: &str) {
    let _ = std::fs::write(damage(path), text);
}

/// Refuses a file in which an earlier check found damage.
pub(crate) fn refuse_damaged(path: &Path) -> Result<(), StoreError> {
    match std::fs::read_to_string(damage(path)) {
        Ok(text) => {
            let note = damage(path);
            Err(StoreError::Corrupt(format!("{} (found by an earlier check; {} says so)", text.trim(), note.display())))
        }
        Err(_) => Ok(()),
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}
