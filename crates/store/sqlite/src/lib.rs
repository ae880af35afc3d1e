//! The store in one SQLite file.
//!
//! One thread writes, with group commit; a few connections read, each in a consistent view; an OS lock keeps a second
//! process away. Everything that a caller was told is done has been synced to the disk.
//!
//! Architecture invariant: nothing here knows what a state, a cause or a phase means beyond its spelling, and nothing here
//! reads a clock: moments come with the call.
//!
//! Where to look: `sql/` has every statement, `migrations/` the tables, and one file per aggregate implements the traits
//! of `crossdock-store` on a transaction (`tx.rs`).

mod connections;
mod effects;
mod exceptions;
mod failure;
mod flows;
mod inspect;
mod lineage;
mod lock;
mod maps;
mod mark;
mod merge;
mod open;
mod readers;
mod schema;
mod sql;
mod stock;
mod tx;
mod writer;

#[cfg(test)]
mod faults;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crossdock_model::MerchantId;
use crossdock_store::{Beside, Mark, ReadJob, Store, StoreError, WriteJob};

pub use crate::inspect::{BrokenJournal, Counts, Inspection};

use crate::lock::FileLock;
use crate::readers::Readers;
use crate::tx::SqlTx;
use crate::writer::{Message, Writer};

/// How a store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The most connections that read at the same time; they are opened on demand and cost about 2 MB each.
    pub readers: usize,
    /// The most jobs that share a commit.
    pub batch: usize,
    /// Write on the thread that asks, one job after the other, instead of on a thread of its own: for a caller that never asks
    /// from two threads, and for whom a switch between threads costs more than the commit (a simulation on a disk in memory).
    pub on_callers_thread: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { readers: 4, batch: 256, on_callers_thread: false }
    }
}

/// A database in one file, for one merchant.
///
/// Dropping it finishes what was asked, folds the write-ahead log into the file and lets go of the lock.
pub struct SqliteStore {
    /// Its number in the file.
    merchant: i64,
    readers: Readers,
    version: Arc<AtomicU64>,
    writing: Writing,
    path: PathBuf,
    /// Where the mark lies that tells a restored file.
    mark: PathBuf,
    // Last, so that the lock outlives the connections.
    _lock: FileLock,
}

/// Who writes.
enum Writing {
    /// The thread that asks. Boxed, because a connection is large.
    Inline(Box<Mutex<Writer>>),
    /// A thread of its own. `jobs` is `None` only while the store is being dropped.
    Thread { jobs: Option<Sender<Message>>, thread: Option<JoinHandle<()>> },
}

impl SqliteStore {
    /// Opens the file, makes it if there is none, and brings its schema up to date.
    ///
    /// Fails with `InUse` when another store (in any process) has it, `NewerSchema` when a newer version wrote it,
    /// `Unwritable` when the place cannot be written, `Corrupt` when it is damaged. A file below 16 MB is checked page by
    /// page, after a crash one below 64 MB; a larger one is not, because a start may take 150 ms
    /// ([`SqliteStore::quick_check`] does it at leisure). What such a check found is found again at every start.
    pub fn open(path: &Path, merchant: &MerchantId, options: SqliteOptions) -> Result<Self, StoreError> {
        let lock = FileLock::take(path)?;
        open::refuse_damaged(path)?;
        let conn = open::writer(path)?;
        let mark = mark::place(path, merchant);
        let merchant = schema::merchant(&conn, merchant)?;
        let version = Arc::new(AtomicU64::new(0));
        let writer = Writer::new(conn, merchant, options.batch, Arc::clone(&version));
        let writing = if options.on_callers_thread {
            Writing::Inline(Box::new(Mutex::new(writer)))
        } else {
            let (jobs, messages) = mpsc::channel();
            let thread = Builder::new()
                .name("store-writer".to_owned())
                .spawn(move || writer.serve(&messages))
                .map_err(|error| StoreError::Bug(format!("no thread for the writer: {error}")))?;
            Writing::Thread { jobs: Some(jobs), thread: Some(thread) }
        };
        Ok(Self {
            merchant,
            readers: Readers::new(path, options.readers),
            version,
            writing,
            path: path.to_path_buf(),
            mark,
            _lock: lock,
        })
    }

    /// Reads every page and says whether all are well formed. Takes about a second per gigabyte; writers go on meanwhile.
    ///
    /// Damage is written down beside the file, so that no later start works on it: whoever restarts a hub that has
    /// stopped because of it must not send from a damaged file until the check comes round again.
    pub fn quick_check(&self) -> Result<(), StoreError> {
        // A connection of its own: one that reads for others has pages in memory, and would check those.
        let found = open::reader(&self.path).and_then(|conn| open::quick_check(&conn));
        if let Err(StoreError::Corrupt(text)) = &found {
            open::note_damage(&self.path, text);
        }
        found
    }

    fn send(&self, message: impl FnOnce(writer::Reply) -> Message) -> Result<(), StoreError> {
        let stopped = || StoreError::Bug("the store's writer has stopped".to_owned());
        let (reply, answer) = mpsc::sync_channel(1);
        match &self.writing {
            Writing::Inline(writer) => writer.lock().unwrap_or_else(PoisonError::into_inner).take(message(reply)),
            Writing::Thread { jobs, .. } => {
                jobs.as_ref().ok_or_else(stopped)?.send(message(reply)).map_err(|_| stopped())?;
            }
        }
        answer.recv().map_err(|_| stopped())?
    }
}

impl Store for SqliteStore {
    fn write(&self, job: WriteJob) -> Result<(), StoreError> {
        self.send(|reply| Message::Job(job, reply))
    }

    fn read(&self, job: ReadJob<'_>) -> Result<(), StoreError> {
        let lease = self.readers.lease()?;
        let tx = SqlTx { conn: lease.conn()?, merchant: self.merchant };
        job(&tx)
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn mark(&self) -> Result<Beside, StoreError> {
        mark::read(&self.mark)
    }

    fn put_mark(&self, mark: &Mark) -> Result<(), StoreError> {
        mark::write(&self.mark, mark)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Readers first: the last connection to close folds the WAL in, and that should be the one that may write.
        self.readers.close();
        if let Writing::Thread { jobs, thread } = &mut self.writing {
            drop(jobs.take());
            if let Some(thread) = thread.take() {
                // It catches its jobs' panics; if it died all the same, the callers have been told.
                let _ = thread.join();
            }
        }
    }
}
