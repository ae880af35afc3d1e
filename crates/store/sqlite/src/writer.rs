//! The one thread that writes.
//!
//! Whatever waits is done in one transaction and made durable by one fsync (group commit); each job keeps a savepoint of
//! its own, so that a failing job takes nothing else with it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use crossdock_planted::{self as planted, Bug};
use crossdock_store::{StoreError, WriteJob};
use rusqlite::Connection;

use crate::failure::failed;
use crate::tx::SqlTx;

/// Answers one caller.
pub(crate) type Reply = SyncSender<Result<(), StoreError>>;

/// What may be asked of the thread.
pub(crate) enum Message {
    /// A job and who waits for it.
    Job(WriteJob, Reply),
    /// A bare statement outside any transaction, to provoke faults in tests.
    #[cfg(test)]
    Statement(String, Reply),
}

/// The thread's state.
pub(crate) struct Writer {
    conn: Connection,
    merchant: i64,
    /// The most jobs that share a commit.
    batch: usize,
    version: Arc<AtomicU64>,
    /// A commit that the disk did not confirm: nothing is written after it, because nobody knows what the file holds.
    doubt: Option<StoreError>,
}

impl Writer {
    pub(crate) fn new(conn: Connection, merchant: i64, batch: usize, version: Arc<AtomicU64>) -> Self {
        Self { conn, merchant, batch: batch.max(1), version, doubt: None }
    }

    /// Works until all senders are gone. Closing the connection then folds the WAL into the file.
    pub(crate) fn serve(mut self, messages: &Receiver<Message>) {
        let mut jobs = Vec::with_capacity(self.batch);
        while let Ok(first) = messages.recv() {
            self.sort(first, &mut jobs);
            while jobs.len() < self.batch
                && let Ok(next) = messages.try_recv()
            {
                self.sort(next, &mut jobs);
            }
            if !jobs.is_empty() {
                self.commit_together(&mut jobs);
            }
        }
    }

    /// Does what one message asks for, and answers.
    pub(crate) fn take(&mut self, message: Message) {
        let mut jobs = Vec::with_capacity(1);
        self.sort(message, &mut jobs);
        if !jobs.is_empty() {
            self.commit_together(&mut jobs);
        }
    }

    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "bare statements exist in tests only"))]
    fn sort(&self, message: Message, jobs: &mut Vec<(WriteJob, Reply)>) {
        match message {
            Message::Job(job, reply) => jobs.push((job, reply)),
            #[cfg(test)]
            Message::Statement(sql, reply) => {
                let done = self.conn.execute_batch(&sql).map_err(failed);
                // Nobody may wait any more.
                let _ = reply.send(done);
            }
        }
    }

    /// Runs the jobs in one transaction and answers everyone.
    fn commit_together(&mut self, jobs: &mut Vec<(WriteJob, Reply)>) {
        let before = self.conn.total_changes();
        let mut answers = Vec::with_capacity(jobs.len());
        let outcome = self.run_all(jobs, &mut answers);
        match &outcome {
            Ok(()) if self.conn.total_changes() != before => {
                self.version.fetch_add(1, Ordering::Release);
            }
            Err(doubt @ StoreError::Doubtful(_)) => self.doubt = Some(doubt.clone()),
            _ => {}
        }
        for (reply, answer) in answers {
            // A caller that is gone has no use for the answer.
            let _ = reply.send(answer.and_then(|()| outcome.clone()));
        }
    }

    fn run_all(
        &mut self,
        jobs: &mut Vec<(WriteJob, Reply)>,
        answers: &mut Vec<(Reply, Result<(), StoreError>)>,
    ) -> Result<(), StoreError> {
        let mut lost = match &self.doubt {
            Some(doubt) => Some(doubt.clone()),
            None => self.statement("BEGIN IMMEDIATE").err(),
        };
        for (job, reply) in jobs.drain(..) {
            if lost.is_some() {
                answers.push((reply, Ok(())));
                continue;
            }
            let answer = self.run_in_savepoint(job);
            if self.conn.is_autocommit() {
                // SQLite gave up the whole transaction (a full disk may do that): what ran before is gone as well.
                let cause = answer.clone().err();
                lost = cause.or_else(|| Some(StoreError::Unwritable("the transaction was rolled back".to_owned())));
            } else if let Err(doubt @ StoreError::Doubtful(_)) = &answer {
                lost = Some(doubt.clone());
            }
            answers.push((reply, answer));
        }
        let outcome = match lost {
            Some(cause) => Err(cause),
            None => self.statement("COMMIT"),
        };
        if outcome.is_err() && !self.conn.is_autocommit() {
            // When even this fails, the next BEGIN does, and says why.
            let _ = self.statement("ROLLBACK");
        }
        outcome
    }

    fn run_in_savepoint(&self, job: WriteJob) -> Result<(), StoreError> {
        self.statement("SAVEPOINT job")?;
        let mut tx = SqlTx { conn: &self.conn, merchant: self.merchant };
        let answer = catch_unwind(AssertUnwindSafe(|| job(&mut tx)))
            .unwrap_or_else(|panic| Err(StoreError::Bug(format!("a job panicked: {}", text_of(&*panic)))));
        match answer {
            Ok(()) if self.conn.is_autocommit() => Ok(()),
            Ok(()) => self.statement("RELEASE job"),
            Err(error) => {
                if !self.conn.is_autocommit() {
                    if planted::on(Bug::SavepointKept) {
                        self.statement("RELEASE job")?;
                        return Err(error);
                    }
                    self.statement("ROLLBACK TO job")?;
                    self.statement("RELEASE job")?;
                }
                Err(error)
            }
        }
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(failed)?;
        statement.execute([]).map(|_| ()).map_err(failed)
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;
    use std::sync::mpsc;

    use crossdock_store::StoreError;
    use rusqlite::Connection;

    use super::Writer;

    fn run(writer: &mut Writer, job: crossdock_store::WriteJob) -> Result<(), StoreError> {
        let (reply, answer) = mpsc::sync_channel(1);
        writer.commit_together(&mut vec![(job, reply)]);
        answer.recv().unwrap()
    }

    #[test]
    fn f35_after_a_write_that_the_disk_did_not_confirm_nothing_is_written() {
        let conn = Connection::open_in_memory().unwrap();
        let mut writer = Writer::new(conn, 1, 16, Arc::new(AtomicU64::new(0)));
        let doubt = StoreError::Doubtful("fsync".to_owned());
        let failing = doubt.clone();
        assert_eq!(run(&mut writer, Box::new(|_| Err(failing))), Err(doubt.clone()));
        let job = Box::new(|_: &mut dyn crossdock_store::Tx| -> Result<(), StoreError> { panic!("it ran") });
        assert_eq!(run(&mut writer, job), Err(doubt));
    }
}
