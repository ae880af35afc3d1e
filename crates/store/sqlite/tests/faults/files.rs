//! The files of a database.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

/// Removes a database and what belongs to it.
pub(crate) fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock", ".damaged"] {
        let _ = fs::remove_file(beside(path, suffix));
    }
}
