//! What the hub remembers.
//!
//! Rows and traits only; `store/sqlite` keeps them in one file, another engine may keep them elsewhere with the same
//! tables, names and semantics. All moments are stored as UTC microseconds.
//!
//! Architecture invariant: a store knows nothing of what a flow *means*. States, causes and phases are words to it.
//!
//! # How to add a query
//!
//! Put the method on the trait of its aggregate ([`Flows`], [`Effects`], [`Stock`], …), on the read half if it changes
//! nothing. Give it a doc that names the index it relies on. Implement it in every engine with a named SQL constant, and
//! add a case to `suite`, which all engines run.

mod connection;
mod effect;
mod error;
mod exception;
mod flow;
mod lineage;
mod map;
mod stock;
#[cfg(feature = "suite")]
pub mod suite;

use std::sync::mpsc;

pub use connection::{ConnectionRow, Connections, ConnectionsMut, HintRow, ScheduleRow, SubscriptionRow, WindowRow};
pub use effect::{EffectRow, Effects, EffectsMut, NewEffect, Phase, QueueCount};
pub use error::StoreError;
pub use exception::{ExceptionRow, Exceptions, ExceptionsMut, GroupRow, NewException};
pub use flow::{
    FlowFilter, FlowKind, FlowRow, Flows, FlowsMut, HourCount, JournalEntry, JournalRow, Milestones, NewFlow, SpreadRow,
};
pub use lineage::{Beside, Lineage, LineageMut, LineageRow, Mark};
pub use map::{Maps, MapsMut};
pub use stock::{
    AvailabilityChange, DemandRow, ItemFigures, ItemRow, ListedFigure, ListingRow, Stock, StockCountRow, StockMut,
    StockPageRow, StockQuery, StockUpdate,
};

/// Everything that may be asked inside one consistent view.
pub trait ReadTx: Flows + Effects + Exceptions + Stock + Connections + Maps + Lineage {}
impl<T: Flows + Effects + Exceptions + Stock + Connections + Maps + Lineage> ReadTx for T {}

/// Everything that may be asked and changed inside one transaction.
pub trait Tx:
    ReadTx + FlowsMut + EffectsMut + ExceptionsMut + StockMut + ConnectionsMut + MapsMut + LineageMut
{
}
impl<T: ReadTx + FlowsMut + EffectsMut + ExceptionsMut + StockMut + ConnectionsMut + MapsMut + LineageMut> Tx for T {}

/// A piece of work for one transaction. It runs on the store's own thread: no I/O, no waiting.
pub type WriteJob = Box<dyn FnOnce(&mut dyn Tx) -> Result<(), StoreError> + Send>;

/// A piece of reading in one consistent view.
pub type ReadJob<'a> = Box<dyn FnOnce(&dyn ReadTx) -> Result<(), StoreError> + 'a>;

/// A database.
pub trait Store: Send + Sync {
    /// Runs the job in a transaction and returns when its result is durable (fsync). Jobs of several callers may share one
    /// commit; each keeps its own savepoint, so that a failing job takes nothing else with it.
    fn write(&self, job: WriteJob) -> Result<(), StoreError>;

    /// Runs the job on a consistent view. Does not wait for writers.
    fn read(&self, job: ReadJob<'_>) -> Result<(), StoreError>;

    /// Grows with every commit that changed something.
    fn version(&self) -> u64;

    /// The mark that is kept outside the database ([`Lineage`]). An engine without one cannot tell that it was restored.
    fn mark(&self) -> Result<Beside, StoreError> {
        Ok(Beside::NotKept)
    }

    /// Writes the mark, durably and in one piece: after a crash it is the old one or the new one.
    fn put_mark(&self, _mark: &Mark) -> Result<(), StoreError> {
        Ok(())
    }
}

impl dyn Store + '_ {
    /// [`Store::write`] with a result.
    pub fn change<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (sender, receiver) = mpsc::channel();
        self.write(Box::new(move |tx| {
            let result = job(tx)?;
            // The receiver lives until `write` has returned.
            let _ = sender.send(result);
            Ok(())
        }))?;
        receiver.try_recv().map_err(|_| StoreError::Bug("a committed job left no result".to_owned()))
    }

    /// [`Store::read`] with a result.
    pub fn ask<R>(&self, job: impl FnOnce(&dyn ReadTx) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let mut result = None;
        self.read(Box::new(|tx| {
            result = Some(job(tx)?);
            Ok(())
        }))?;
        result.ok_or_else(|| StoreError::Bug("a read left no result".to_owned()))
    }
}
