//! What really happened beside the remotes' logs: whom chaos hit, and what was mended again. The judge excuses nothing
//! that is not in here.

use std::collections::{BTreeMap, BTreeSet};

use crossdock_desk::Act;
use jiff::{SignedDuration, Timestamp};

use super::course::later;
use super::ledger::{Key, Units};
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
    /// Units that a person added to warehouse orders, by number and item.
    pub(crate) added: BTreeMap<String, Units>,
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

    /// The beginning of the stretch before a moment in which, outages left out, there was so much time to know better.
    pub(crate) fn excused(&self, at: Timestamp, patience: SignedDuration) -> Timestamp {
        let mut outages: Vec<(Timestamp, Timestamp)> =
            self.outages.iter().map(|(begin, end)| (*begin, later(*end, RECOVERS))).collect();
        outages.sort_unstable_by_key(|(_, end)| std::cmp::Reverse(*end));
        let (mut cursor, mut left) = (at, patience);
        for (begin, end) in outages.into_iter().filter(|(begin, _)| *begin < at) {
            let free = cursor.duration_since(end);
            if free >= left {
                break;
            }
            left -= free.max(SignedDuration::ZERO);
            cursor = cursor.min(begin);
        }
        cursor.saturating_sub(left).unwrap_or(cursor)
    }
}

/// What could not work takes so long at the most to be tried again: the longest pause of a lane, and a page or two.
const RECOVERS: SignedDuration = SignedDuration::from_mins(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_which_nobody_could_work_does_not_count() {
        let minute = |minutes: i64| later(Timestamp::UNIX_EPOCH, SignedDuration::from_mins(minutes));
        let excused = |outages: &[(i64, i64)]| {
            let outages = outages.iter().map(|(begin, end)| (minute(*begin), minute(*end))).collect();
            let story = Story { outages, ..Story::default() };
            story.excused(minute(1_000), SignedDuration::from_mins(100)).as_second() / 60
        };
        assert_eq!(excused(&[]), 900);
        assert_eq!(excused(&[(700, 800), (1_010, 1_100)]), 900, "over before, and not begun");
        assert_eq!(excused(&[(920, 930)]), 870, "ten minutes and twenty to recover");
        assert_eq!(excused(&[(700, 890)]), 690, "ninety minutes after it, ten before");
        assert_eq!(excused(&[(700, 1_200)]), 600, "still on");
        assert_eq!(excused(&[(920, 930), (925, 940), (700, 910)]), excused(&[(700, 940)]), "they may touch each other");
    }
}
