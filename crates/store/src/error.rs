//! What can go wrong with a database, and what the hub does about it.

/// A database failure, by what the hub has to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk, or it became read-only. Webhooks answer 503, nothing is sent; it resumes by itself.
    #[error(
        "the database cannot be written: {0}. Free some space or make the disk writable; the hub goes on by itself"
    )]
    Unwritable(String),
    /// Another process has the database.
    #[error("another process is using this database ({0}). Stop it first, or give this one a `data_dir` of its own")]
    InUse(String),
    /// The file was written by a newer version.
    #[error("the database has schema {found}, this version knows up to {known}. Install the newer version again")]
    NewerSchema {
        /// The file's schema.
        found: i64,
        /// The newest that this binary knows.
        known: i64,
    },
    /// The file is damaged.
    #[error("the database is damaged: {0}. Restore the last backup")]
    Corrupt(String),
    /// A row was not in the state that the caller had seen: somebody else was faster.
    #[error("{0} was changed by somebody else")]
    Conflict(String),
    /// The last commit may or may not be on the disk (a failed fsync). The process must stop.
    #[error("the disk did not confirm a write: {0}. The hub stops rather than go on with a doubtful database")]
    Doubtful(String),
    /// A mistake in the program.
    #[error("internal error in the store: {0}")]
    Bug(String),
}
