//! The published window of calls: 15 in any 15 seconds (contracts/peoplevox.md §9).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Calls per window.
const CALLS: usize = 15;
/// Length of the window.
const WINDOW: SignedDuration = SignedDuration::from_secs(15);

/// An exact sliding window over admitted calls. Whether refused calls count at the remote is unknown; here they do not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    admitted: VecDeque<Timestamp>,
}

impl Window {
    /// Admits a call, or says in how many whole seconds (at least 1) one will be admitted again.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), i64> {
        while self.admitted.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            self.admitted.pop_front();
        }
        match self.admitted.front() {
            Some(oldest) if self.admitted.len() >= CALLS => {
                let left = WINDOW.saturating_sub(now.duration_since(*oldest));
                Err(left.as_secs() + i64::from(left.subsec_nanos() > 0))
            }
            _ => {
                self.admitted.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteenth_call_waits_for_the_first_to_leave() {
        let start: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let mut window = Window::default();
        for second in 0..15 {
            let at = start.saturating_add(SignedDuration::from_millis(second * 100)).unwrap();
            assert_eq!(window.admit(at), Ok(()));
        }
        let late = start.saturating_add(SignedDuration::from_millis(1_500)).unwrap();
        assert_eq!(window.admit(late), Err(14));
        let free = start.saturating_add(SignedDuration::from_secs(15)).unwrap();
        assert_eq!(window.admit(free), Ok(()));
        assert_eq!(window.admit(free), Err(1));
    }
}
