//! No published window is exceeded, however calls, replies and restarts fall (`reliability.md` §4, T6 and T9).

use jiff::{SignedDuration, Timestamp};
use prop_kit::cases;
use proptest::prelude::*;

use super::{Budget, Meter};
use crate::lane::restart;

/// How a call ends, and how long after it was made.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The remote counted it as it left, at its reply, or somewhere between.
    Landed {
        after: i64,
        counted: i64,
    },
    NeverLeft {
        after: i64,
    },
    /// The process dies before the reply; the remote counts the call that much later.
    Crash {
        counted: i64,
    },
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        12 => (0_i64..4_000, 0_i64..=100).prop_map(|(after, share)| End::Landed { after, counted: after * share / 100 }),
        1 => (30_000_i64..400_000, 0_i64..=100).prop_map(|(after, share)| End::Landed { after, counted: after * share / 100 }),
        1 => (0_i64..4_000).prop_map(|after| End::NeverLeft { after }),
        1 => (0_i64..8_000).prop_map(|counted| End::Crash { counted }),
    ]
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

/// Makes calls one after another, as a lane does. The moments at which the remote counted them, in milliseconds.
fn run(budget: &Budget, calls: &[(i64, End)]) -> Vec<i64> {
    let mut meter = Meter::new(budget, Vec::new());
    let (mut now, mut counted) = (0_i64, Vec::new());
    for (pause, end) in calls {
        now += pause;
        while let Some(free) = meter.full_until(at(now)) {
            now = (free.as_millisecond() - at(0).as_millisecond()).max(now + 1);
        }
        let mark = meter.count(at(now));
        // It is written down before it leaves.
        let stored = meter.calls();
        match *end {
            End::Landed { after, counted: when } => {
                counted.push(now + when);
                now += after;
                meter.landed(mark, at(now));
            }
            End::NeverLeft { after } => {
                now += after;
                meter.never_left(mark);
            }
            End::Crash { counted: when } => {
                counted.push(now + when);
                // The process starts again while the call may still be on its way.
                now += when / 2;
                let row = crossdock_store::WindowRow {
                    connection: "c".to_owned(),
                    window: budget.window.clone(),
                    calls: stored,
                };
                meter = Meter::new(budget, restart(Some(&row), 1, at(now)));
            }
        }
    }
    counted
}

/// The most calls that the remote counted in any stretch of the window's length.
fn most(counted: &[i64], per: i64) -> usize {
    let mut sorted = counted.to_vec();
    sorted.sort_unstable();
    let inside = |start: &i64| sorted.iter().filter(|call| (*start..*start + per).contains(*call)).count();
    sorted.iter().map(inside).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_t6_no_window_is_exceeded_whenever_calls_land_and_restarts_fall(
        limit in prop_oneof![1_u32..20, 121_u32..200], seconds in 1_i64..90,
        calls in prop::collection::vec((0_i64..3_000, end()), 1..260),
    ) {
        let per = SignedDuration::from_secs(seconds);
        let budget = Budget { window: "calls".into(), calls: limit, per };
        let counted = run(&budget, &calls);
        prop_assert!(most(&counted, seconds * 1_000) <= limit as usize, "{} of {}", most(&counted, seconds * 1_000), limit);
    }

    /// A lane never waits for ever, and never for a moment that has passed.
    #[test]
    fn prop_a_full_window_says_when_it_is_free(limit in 1_u32..30, seconds in 1_i64..90, gaps in prop::collection::vec(0_i64..2_000, 1..60)) {
        let budget = Budget { window: "calls".into(), calls: limit, per: SignedDuration::from_secs(seconds) };
        let mut meter = Meter::new(&budget, Vec::new());
        let mut now = 0;
        for gap in gaps {
            now += gap;
            if let Some(free) = meter.full_until(at(now)) {
                prop_assert!(free > at(now) && free <= at(now + seconds * 1_000));
                prop_assert_eq!(meter.full_until(free), None, "and then it is");
                now = free.as_millisecond() - at(0).as_millisecond();
            }
            let mark = meter.count(at(now));
            meter.landed(mark, at(now));
            let (used, allowed) = meter.usage(at(now));
            prop_assert!(used <= allowed);
        }
    }

    /// A restart forgets nothing that still counts, and remembers nothing for ever.
    #[test]
    fn prop_a_restart_counts_what_was_stored(limit in 2_u32..30, made in 1_i64..30, later in 0_i64..300_000) {
        let budget = Budget { window: "calls".into(), calls: limit, per: SignedDuration::from_secs(60) };
        let mut meter = Meter::new(&budget, Vec::new());
        for call in 0..made {
            let mark = meter.count(at(call * 10));
            meter.landed(mark, at(call * 10));
        }
        let row = crossdock_store::WindowRow { connection: "c".to_owned(), window: "calls".to_owned(), calls: meter.calls() };
        let now = made * 10 + later;
        let (used, _) = meter.usage(at(now));
        let mut after = Meter::new(&budget, restart(Some(&row), 1, at(now)));
        let (kept, _) = after.usage(at(now));
        prop_assert!(kept >= used, "{} of {}", kept, used);
        let (gone, _) = after.usage(at(now + 60_000 + 5_000 + 1));
        prop_assert_eq!(gone, 0);
    }
}
