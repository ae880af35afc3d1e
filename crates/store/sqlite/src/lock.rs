//! Keeps a second process (or a second store in this one) away from the file.
//!
//! SQLite would let both in, and each would believe that it is the only one to send.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crossdock_store::StoreError;

/// Held as long as the store lives; the operating system lets go when the process dies, however it dies.
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock beside a database, or says who has it.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = beside(database, ".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| StoreError::Unwritable(format!("{}: {error}", path.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(database.display().to_string())),
            Err(TryLockError::Error(error)) => Err(StoreError::Unwritable(format!("{}: {error}", path.display()))),
        }
    }
}

/// The path of a file that belongs to the database: its name and a suffix.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}
