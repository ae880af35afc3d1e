//! What is due when: debits, deadlines, imports.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

/// Something that happens by itself. Numbers are positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// The operator has checked a new order.
    Validated(usize),
    /// The payment system was asked for an order's money.
    DebitRequested(usize),
    /// The money has come.
    Debited(usize),
    /// Nobody decided in time.
    AutoRefuse(usize),
    /// The parcel counts as delivered.
    Receive(usize),
    /// The order is over.
    Close(usize),
    /// An import begins to run.
    ImportRuns(usize),
    /// An import ends.
    ImportEnds(usize),
}

/// Jobs by time; equal times in the sequence in which they were noted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(Timestamp, u64, Job)>>,
    noted: u64,
}

impl Agenda {
    /// Notes a job.
    pub(crate) fn note(&mut self, at: Timestamp, job: Job) {
        self.noted += 1;
        self.heap.push(Reverse((at, self.noted, job)));
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next one.
    pub(crate) fn take(&mut self) -> Option<(Timestamp, Job)> {
        self.heap.pop().map(|Reverse((at, _, job))| (at, job))
    }
}
