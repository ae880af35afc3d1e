//! Published limits for one short run: how long to wait before the next call.

use std::collections::VecDeque;

use crossdock_connector::Budget;
use jiff::{SignedDuration, Timestamp};

/// Counts the calls of one window, each from the moment of its reply: the remote may have counted it as late as that.
#[derive(Debug)]
pub(super) struct Meter {
    budget: Budget,
    replies: VecDeque<Timestamp>,
}

impl Meter {
    /// An unused window.
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, replies: VecDeque::new() }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.budget.window
    }

    /// Its length.
    pub(super) fn per(&self) -> SignedDuration {
        self.budget.per
    }

    /// Calls allowed in it.
    pub(super) fn calls(&self) -> u32 {
        self.budget.calls
    }

    /// Calls in the window that ends now.
    pub(super) fn used(&self, now: Timestamp) -> u32 {
        let inside = self.replies.iter().filter(|reply| now.duration_since(**reply) < self.budget.per).count();
        u32::try_from(inside).unwrap_or(u32::MAX)
    }

    /// When the next call may be made; `None` for now.
    pub(super) fn free_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        let per = self.budget.per;
        while self.replies.front().is_some_and(|reply| now.duration_since(*reply) >= per) {
            self.replies.pop_front();
        }
        let allowed = usize::try_from(self.budget.calls.max(1)).unwrap_or(usize::MAX);
        if self.replies.len() < allowed {
            return None;
        }
        self.replies.front().and_then(|oldest| oldest.checked_add(per).ok())
    }

    /// A call was answered, or lost.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.replies.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_calls_in_fifteen_seconds_and_not_one_more() {
        let budget = Budget { window: "calls".into(), calls: 15, per: SignedDuration::from_secs(15) };
        let mut meter = Meter::new(budget);
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        for _ in 0..15 {
            assert_eq!(meter.free_at(at(100)), None);
            meter.count(at(100));
        }
        assert_eq!((meter.used(at(114)), meter.used(at(115))), (15, 0));
        assert_eq!(meter.free_at(at(101)), Some(at(115)));
        assert_eq!(meter.free_at(at(114)), Some(at(115)));
        assert_eq!(meter.free_at(at(115)), None);
    }
}
