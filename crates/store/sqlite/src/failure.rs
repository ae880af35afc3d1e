//! Translates SQLite's failures into what the hub has to do about them.

use crossdock_store::StoreError;
use rusqlite::{Error, ErrorCode, ffi};

/// The decision behind a failure. Texts come from SQLite and name tables and columns, never values.
#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(failed)`")]
pub(crate) fn failed(error: Error) -> StoreError {
    match &error {
        Error::SqliteFailure(code, text) => {
            let text = text.clone().unwrap_or_else(|| code.to_string());
            sqlite(*code, text)
        }
        Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) | Error::InvalidColumnType(..) => {
            StoreError::Corrupt(error.to_string())
        }
        other => StoreError::Bug(other.to_string()),
    }
}

fn sqlite(code: ffi::Error, text: String) -> StoreError {
    match code.code {
        ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            StoreError::Unwritable(text)
        }
        // The hub's own lock keeps a second hub away; only another program (a shell, a backup tool) can be in the way.
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            StoreError::Unwritable(format!("another program holds it locked: {text}"))
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(text),
        ErrorCode::SystemIoFailure => match code.extended_code {
            // The transaction was certainly not made durable and is rolled back: a quota, a full `-shm`.
            ffi::SQLITE_IOERR_WRITE
            | ffi::SQLITE_IOERR_SHMSIZE
            | ffi::SQLITE_IOERR_SHMMAP
            | ffi::SQLITE_IOERR_SHMOPEN => StoreError::Unwritable(text),
            ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ => StoreError::Corrupt(text),
            // Above all a failed fsync: the kernel may have dropped the pages, so asking again proves nothing.
            _ => StoreError::Doubtful(text),
        },
        // SQLite has no code of its own for it: a file's head that names a format of the future, or a bit that turned over.
        ErrorCode::Unknown if text.contains("unsupported file format") => StoreError::Corrupt(text),
        _ => StoreError::Bug(text),
    }
}

#[cfg(test)]
mod tests {
    use crossdock_store::StoreError;
    use rusqlite::{Error, ffi};

    use super::failed;

    fn of(code: i32) -> StoreError {
        failed(Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn f34_a_full_disk_a_quota_and_a_read_only_mount_are_waited_for() {
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_READONLY, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CANTOPEN] {
            assert!(matches!(of(code), StoreError::Unwritable(_)), "{code}");
        }
    }

    #[test]
    fn f35_a_failed_fsync_stops_the_hub() {
        for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC] {
            assert!(matches!(of(code), StoreError::Doubtful(_)), "{code}");
        }
    }

    #[test]
    fn f37_a_damaged_file_is_called_damaged() {
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB, ffi::SQLITE_IOERR_SHORT_READ] {
            assert!(matches!(of(code), StoreError::Corrupt(_)), "{code}");
        }
    }

    #[test]
    fn a_broken_constraint_is_a_mistake_in_the_program() {
        assert!(matches!(of(ffi::SQLITE_CONSTRAINT), StoreError::Bug(_)));
    }
}
