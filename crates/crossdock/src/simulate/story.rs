//! What really happened beside the remotes' logs: whom chaos hit, and what was mended again. The judge excuses nothing
//! that is not in here.

use std::collections::{BTreeMap, BTreeSet};

use crossdock_desk::Act;
use jiff::{SignedDuration, Timestamp};

use super::ledger::Key;
use super::plan::What;

/// The notes of one run.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// How often each kind of event happened (one that found no victim did not).
    pub(crate) happened: BTreeMap<What, u64>,
    /// Events that touched an order.
    pub(crate) touched: BTreeMap<Key, BTreeSet<What>>,
    /// SKUs that a person mapped to an item.
    pub(crate) mapped: BTreeMap<(String, String), String>,
    /// Items that were switched off for a while.
    pub(crate) switched: BTreeSet<String>,
    /// Units that each channel never shows, newest last.
    pub(crate) buffers: BTreeMap<String, Vec<(Timestamp, i64)>>,
    /// Stretches in which the hub or a remote could not work.
    pub(crate) outages: Vec<(Timestamp, Timestamp)>,
    /// Addresses that were amended or edited, as texts that must not be in any journal.
    pub(crate) private: Vec<String>,
    /// First lines of addresses that were amended or corrected; a correction is the last word.
    pub(crate) addresses: BTreeMap<Key, String>,
    /// When everything was mended.
    pub(crate) healed: Option<Timestamp>,
    /// What people decided, and when: whoever restores a backup decides again what it has forgotten.
    pub(crate) decided: Vec<(Timestamp, Act)>,
    /// When an old backup was put in place, and of when it was.
    pub(crate) restored: Vec<(Timestamp, Timestamp)>,
    /// What a person did, for the trace that is printed.
    pub(crate) acts: Vec<String>,
    pub(crate) restarts: u64,
}

impl Story {
    pub(crate) fn happens(&mut self, what: What) {
        *self.happened.entry(what).or_default() += 1;
    }

    pub(crate) fn touches(&mut self, what: What, key: &Key) {
        self.happens(what);
        self.touched.entry(key.clone()).or_default().insert(what);
    }

    /// Whether any of these events touched an order.
    pub(crate) fn was(&self, key: &Key, whats: &[What]) -> bool {
        self.touched.get(key).is_some_and(|touches| whats.iter().any(|what| touches.contains(what)))
    }

    /// Whether an old backup has forgotten something that was done for an order by then.
    pub(crate) fn forgot(&self, moments: impl IntoIterator<Item = Timestamp>) -> bool {
        moments.into_iter().any(|at| self.restored.iter().any(|(restored, copied)| *copied < at && at <= *restored))
    }

    /// How long, of a stretch and all outages that reach into it, nobody could have known better.
    pub(crate) fn excused(&self, at: Timestamp, patience: SignedDuration) -> Timestamp {
        let mut from = at.saturating_sub(patience).unwrap_or(at);
        // Outages may touch each other: go back as long as one reaches into the stretch.
        loop {
            let reached = self.outages.iter().filter(|(begin, end)| *begin < from && *end >= from);
            match reached.map(|(begin, _)| *begin).min() {
                Some(begin) => from = begin.saturating_sub(patience).unwrap_or(begin),
                None => return from,
            }
        }
    }
}
