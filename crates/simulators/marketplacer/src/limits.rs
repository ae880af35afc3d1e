//! The published windows of calls (`contracts/marketplacer.md` §8), as exact sliding windows.
//!
//! A refused call does not count: a client that waits as told gets through (the contract does not say; a switch would
//! only make clients wait longer).

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// One sliding window.
#[derive(Debug, Default, Clone)]
struct Window {
    hits: VecDeque<Timestamp>,
}

impl Window {
    /// When the next call would be let through, if not now.
    fn full_until(&mut self, now: Timestamp, limit: usize, span: SignedDuration) -> Option<Timestamp> {
        while let Some(oldest) = self.hits.front() {
            match oldest.saturating_add(span) {
                Ok(end) if end <= now => self.hits.pop_front(),
                _ => break,
            };
        }
        if self.hits.len() < limit {
            return None;
        }
        let blocking = self.hits.get(self.hits.len().saturating_sub(limit.max(1))).copied().unwrap_or(now);
        blocking.saturating_add(span).ok()
    }
}

/// A window that applies to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// What is counted, for example `address:local`.
    pub(crate) counted: String,
    /// How the window reads in the effect log, for example `600 per 10 s per address`.
    pub(crate) window: String,
    /// Calls allowed.
    pub(crate) limit: usize,
    /// In this time.
    pub(crate) span: SignedDuration,
}

/// A refusal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The window that was full.
    pub(crate) window: String,
    /// When it lets the next call through.
    pub(crate) until: Timestamp,
}

/// All windows.
#[derive(Debug, Default, Clone)]
pub(crate) struct Limits {
    windows: HashMap<String, Window>,
}

impl Limits {
    /// Counts a call against all of its rules, or refuses it and counts nothing.
    pub(crate) fn admit(&mut self, now: Timestamp, rules: &[Rule]) -> Result<(), Refusal> {
        for rule in rules {
            let window = self.windows.entry(rule.counted.clone()).or_default();
            if let Some(until) = window.full_until(now, rule.limit, rule.span) {
                return Err(Refusal { window: rule.window.clone(), until });
            }
        }
        for rule in rules {
            if let Some(window) = self.windows.get_mut(&rule.counted) {
                window.hits.push_back(now);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_refusals_do_not_count() {
        let start: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let at = |millis| start + SignedDuration::from_millis(millis);
        let rule =
            Rule { counted: "key".into(), window: "2 per 10 s".into(), limit: 2, span: SignedDuration::from_secs(10) };
        let rules = [rule];
        let mut limits = Limits::default();
        assert!(limits.admit(at(0), &rules).is_ok());
        assert!(limits.admit(at(4_000), &rules).is_ok());
        for millis in [4_000, 9_999] {
            let refusal = limits.admit(at(millis), &rules).unwrap_err();
            assert_eq!(refusal.until, at(10_000));
        }
        assert!(limits.admit(at(10_000), &rules).is_ok());
        assert_eq!(limits.admit(at(10_001), &rules).unwrap_err().until, at(14_000));
    }
}
