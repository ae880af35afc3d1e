//! A few connections that only read. They grow on demand, so that an idle hub holds none it does not need.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crossdock_store::StoreError;
use rusqlite::Connection;

use crate::failure::failed;
use crate::open;

/// The connections.
pub(crate) struct Readers {
    path: PathBuf,
    most: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

/// A connection on loan, inside a read transaction. It goes back when it is dropped, also by a panicking reader.
pub(crate) struct Lease<'r> {
    readers: &'r Readers,
    conn: Option<Connection>,
}

impl Readers {
    pub(crate) fn new(path: &Path, most: usize) -> Self {
        Self { path: path.to_owned(), most: most.max(1), state: Mutex::default(), freed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A connection is never left half-way in the list, so a panic elsewhere does not make the list wrong.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Borrows a connection with a consistent view. Waits for one when all are busy.
    pub(crate) fn lease(&self) -> Result<Lease<'_>, StoreError> {
        let mut state = self.lock();
        let idle = loop {
            if let Some(conn) = state.idle.pop() {
                break Some(conn);
            }
            if state.open < self.most {
                state.open += 1;
                break None;
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        drop(state);
        let conn = match idle {
            Some(conn) => conn,
            None => open::reader(&self.path).inspect_err(|_| self.gone())?,
        };
        let lease = Lease { readers: self, conn: Some(conn) };
        lease.conn()?.execute_batch("BEGIN").map_err(failed)?;
        Ok(lease)
    }

    fn gone(&self) {
        self.lock().open -= 1;
        self.freed.notify_one();
    }

    /// How many connections there are.
    #[cfg(test)]
    pub(crate) fn open(&self) -> usize {
        self.lock().open
    }

    /// Closes what is idle; called when nobody reads any more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.open -= state.idle.len();
        state.idle.clear();
    }
}

impl Lease<'_> {
    pub(crate) fn conn(&self) -> Result<&Connection, StoreError> {
        self.conn.as_ref().ok_or_else(|| StoreError::Bug("a reader without a connection".to_owned()))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() {
            self.readers.gone();
            return;
        }
        self.readers.lock().idle.push(conn);
        self.readers.freed.notify_one();
    }
}
