//! The published call frequencies, as exact sliding windows (contracts/john-lewis.md §2.2, §2.4, §2.5 and §2.7, column
//! "max").

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// At most `calls` in any `seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) calls: usize,
    pub(crate) seconds: i64,
}

/// A day, in which the account and the operator's lists may be asked for once.
const DAY: i64 = 86_400;

impl Window {
    /// Whether it is one of the windows that last a day.
    pub(crate) fn is_daily(self) -> bool {
        self.seconds >= DAY
    }
}

/// The published window of an operation, if it has one.
pub(crate) fn window_of(operation: &str) -> Option<Window> {
    let seconds = match operation {
        "OR11" | "STO01" | "STO03" => 60,
        "STO02" => 15,
        "ST12" => 300,
        "A01" | "SH11" | "SH12" | "SH21" => DAY,
        _ => return None,
    };
    Some(Window { calls: 1, seconds })
}

/// When the admitted calls were. Refused calls do not count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    admitted: HashMap<&'static str, VecDeque<Timestamp>>,
}

impl Limits {
    /// Admits a call, or says how many whole seconds must pass first.
    pub(crate) fn admit(&mut self, operation: &'static str, window: Window, now: Timestamp) -> Result<(), i64> {
        let length = SignedDuration::from_secs(window.seconds);
        let admitted = self.admitted.entry(operation).or_default();
        while admitted.front().is_some_and(|at| now.duration_since(*at) >= length) {
            admitted.pop_front();
        }
        match admitted.front() {
            Some(oldest) if admitted.len() >= window.calls => {
                let left = length - now.duration_since(*oldest);
                let whole = left.as_secs() + i64::from(left.subsec_nanos() > 0);
                Err(whole.max(1))
            }
            _ => {
                admitted.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_exactly_after_its_length() {
        let start: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let at = |millis| start + SignedDuration::from_millis(millis);
        let window = window_of("OR11").unwrap();
        let mut limits = Limits::default();
        assert_eq!(limits.admit("OR11", window, at(0)), Ok(()));
        assert_eq!(limits.admit("OR11", window, at(1)), Err(60));
        assert_eq!(limits.admit("OR11", window, at(59_999)), Err(1));
        // The refused calls above did not push the window on.
        assert_eq!(limits.admit("OR11", window, at(60_000)), Ok(()));
        assert_eq!(limits.admit("OR11", window, at(100_000)), Err(20));
        assert_eq!(limits.admit("STO01", window, at(100_000)), Ok(()), "one operation, one window");
        assert_eq!(window_of("OR12"), None);
    }
}
