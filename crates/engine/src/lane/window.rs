//! Published limits, never exceeded.

use std::collections::VecDeque;

use crossdock_connector::Budget;
use crossdock_planted::{self as planted, Bug};
use jiff::Timestamp;

/// Counts the calls of one published window.
///
/// Small limits are counted call by call. Large ones are counted in slots of a twentieth of the window, each of which
/// counts until its **end** has left the window: never too many, at most a twentieth too few.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: u32,
    per: i64,
    slot: i64,
    calls: VecDeque<(i64, u32)>,
    /// Calls whose reply has not come, by the moment they were made. They count however long they take.
    flying: Vec<i64>,
    used: u32,
}

/// Limits up to this are counted call by call.
const EXACT: u32 = 120;

impl Meter {
    pub(crate) fn new(budget: &Budget, calls: Vec<(i64, u32)>) -> Self {
        let per = i64::try_from(budget.per.as_micros()).unwrap_or(i64::MAX).max(1);
        let slot = if budget.calls <= EXACT { 1 } else { (per / 20).max(1) };
        let used = calls.iter().fold(0_u32, |sum, (_, n)| sum.saturating_add(*n));
        Self { limit: budget.calls.max(1), per, slot, calls: calls.into(), flying: Vec::new(), used }
    }

    /// When a call may be made: now (`None`), or at the moment given.
    pub(crate) fn full_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.expire(now);
        if self.used < self.limit + u32::from(planted::on(Bug::WindowOneMore)) {
            return None;
        }
        // With nothing but calls under way, the first reply decides; a second is a guess that costs nothing.
        let free = self
            .calls
            .front()
            .map_or(now.as_microsecond().saturating_add(1_000_000), |(oldest, _)| oldest.saturating_add(self.per));
        Timestamp::from_microsecond(free).ok()
    }

    /// Counts a call that is about to be made. Returns the mark to give to [`Meter::landed`].
    pub(crate) fn count(&mut self, now: Timestamp) -> i64 {
        let mark = now.as_microsecond();
        self.flying.push(mark);
        self.used += 1;
        mark
    }

    /// The call's reply came: the remote may have counted it as late as now, so it is counted from now on.
    pub(crate) fn landed(&mut self, mark: i64, now: Timestamp) {
        let Some(place) = self.flying.iter().position(|at| *at == mark) else { return };
        self.flying.swap_remove(place);
        let mark = self.mark(now);
        match self.calls.iter_mut().find(|(at, _)| *at == mark) {
            Some((_, n)) => *n += 1,
            None => {
                let place = self.calls.partition_point(|(at, _)| *at <= mark);
                self.calls.insert(place, (mark, 1));
            }
        }
    }

    /// The call certainly never reached the remote.
    pub(crate) fn never_left(&mut self, mark: i64) {
        if let Some(place) = self.flying.iter().position(|at| *at == mark) {
            self.flying.swap_remove(place);
            self.used = self.used.saturating_sub(1);
        }
    }

    /// Counts the window as used up now: nobody knows how many calls were made.
    pub(crate) fn fill(&mut self, now: Timestamp) {
        let flying = u32::try_from(self.flying.len()).unwrap_or(u32::MAX);
        let mark = self.mark(now);
        self.calls = VecDeque::from([(mark, self.limit)]);
        self.used = self.limit.saturating_add(flying);
    }

    /// The calls that still count.
    pub(crate) fn calls(&self) -> Vec<(i64, u32)> {
        self.calls.iter().copied().chain(self.flying.iter().map(|at| (*at, 1))).collect()
    }

    /// How many calls of the window that ends now were made, and how many are allowed.
    pub(crate) fn usage(&mut self, now: Timestamp) -> (u32, u32) {
        self.expire(now);
        (self.used, self.limit)
    }

    fn mark(&self, now: Timestamp) -> i64 {
        let now = now.as_microsecond();
        if self.slot == 1 { now } else { now.div_euclid(self.slot).saturating_add(1).saturating_mul(self.slot) }
    }

    fn expire(&mut self, now: Timestamp) {
        let now = now.as_microsecond();
        while let Some((at, n)) = self.calls.front().copied() {
            if at.saturating_add(self.per) > now {
                break;
            }
            self.calls.pop_front();
            self.used = self.used.saturating_sub(n);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    fn budget(calls: u32, seconds: i64) -> Budget {
        Budget { window: "calls".into(), calls, per: SignedDuration::from_secs(seconds) }
    }

    /// Makes calls as fast as the meter allows and returns their moments in milliseconds.
    fn greedy(meter: &mut Meter, until: i64) -> Vec<i64> {
        let (mut now, mut made) = (0, Vec::new());
        while now < until {
            match meter.full_until(at(now)) {
                None => {
                    let mark = meter.count(at(now));
                    meter.landed(mark, at(now));
                    made.push(now);
                }
                Some(free) => now = free.as_millisecond().max(now + 1),
            }
        }
        made
    }

    fn most_in_any_window(made: &[i64], per: i64) -> usize {
        made.iter().map(|start| made.iter().filter(|call| (*start..start + per).contains(call)).count()).max().unwrap()
    }

    #[test]
    fn fifteen_per_fifteen_seconds_is_used_whole_and_never_exceeded() {
        let made = greedy(&mut Meter::new(&budget(15, 15), Vec::new()), 150_000);
        assert_eq!(most_in_any_window(&made, 15_000), 15);
        assert_eq!(made.len(), 150);
    }

    #[test]
    fn a_large_window_is_used_to_nine_tenths_and_never_exceeded() {
        let made = greedy(&mut Meter::new(&budget(600, 10), Vec::new()), 100_000);
        assert!(most_in_any_window(&made, 10_000) <= 600);
        assert!(made.len() >= 5_400, "{}", made.len());
    }

    #[test]
    fn f38_a_window_of_which_nobody_knows_what_was_used_is_full() {
        let mut meter = Meter::new(&budget(15, 60), Vec::new());
        let mark = meter.count(at(0));
        meter.fill(at(10_000));
        assert_eq!(meter.full_until(at(69_999)), Some(at(70_000)));
        meter.landed(mark, at(20_000));
        assert_eq!(meter.full_until(at(70_000)), None);
        assert_eq!(meter.usage(at(70_000)), (1, 15));
    }

    #[test]
    fn a_slow_call_counts_from_its_reply() {
        let mut meter = Meter::new(&budget(1, 60), Vec::new());
        let mark = meter.count(at(0));
        meter.landed(mark, at(20_000));
        assert_eq!(meter.full_until(at(60_000)), Some(at(80_000)));
        assert_eq!(meter.full_until(at(80_000)), None);
    }

    #[test]
    fn a_call_under_way_counts_however_long_it_takes() {
        let mut meter = Meter::new(&budget(1, 60), Vec::new());
        let mark = meter.count(at(0));
        assert!(meter.full_until(at(300_000)).is_some());
        meter.landed(mark, at(300_000));
        assert_eq!(meter.full_until(at(300_001)), Some(at(360_000)));
    }

    #[test]
    fn a_call_that_never_left_is_not_counted() {
        let mut meter = Meter::new(&budget(1, 86_400), Vec::new());
        let mark = meter.count(at(0));
        meter.never_left(mark);
        assert_eq!(meter.full_until(at(1)), None);
    }

    #[test]
    fn a_restart_goes_on_with_what_was_stored() {
        let mut before = Meter::new(&budget(2, 60), Vec::new());
        let mark = before.count(at(0));
        before.landed(mark, at(0));
        // Still under way when the process ends: it is stored all the same.
        before.count(at(10_000));
        let mut after = Meter::new(&budget(2, 60), before.calls());
        assert_eq!(after.full_until(at(30_000)), Some(at(60_000)));
        assert_eq!(after.usage(at(61_000)), (1, 2));
    }
}

#[cfg(test)]
mod properties;
