//! T6: published limits are never exceeded, whatever the replies do and however often the process dies.

use std::sync::atomic::Ordering;

use crossdock_connector::ReadKind;
use crossdock_engine::{LaneTurn, Timings};
use crossdock_model::Readiness;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Fake, Fault, World, item, rules, sale};

/// The most calls that arrived in any stretch of so many seconds.
fn busiest(mut arrived: Vec<Timestamp>, seconds: i64) -> usize {
    arrived.sort();
    let micros: Vec<i64> = arrived.iter().map(|at| at.as_microsecond()).collect();
    let within = |start: &i64| micros.iter().filter(|at| (*start..start + seconds * 1_000_000).contains(*at)).count();
    micros.iter().map(within).max().unwrap_or(0)
}

/// A channel with much to do: orders to accept one by one, or polls every second; replies take up to `slowest`
/// milliseconds. Returns the busiest stretch and how many calls there were in ten minutes.
struct Busy {
    budget: (u32, i64),
    in_flight: usize,
    slowest: i64,
    faults: bool,
    restarts: bool,
}

impl Busy {
    fn run(&self) -> (usize, usize) {
        let wms = Fake::new("wms", true, &[ReadKind::Items]);
        wms.remote().items = vec![item("MUG")];
        let mut mp = Fake::new("mp", false, &[ReadKind::Orders, ReadKind::Health, ReadKind::Carriers]);
        mp.budget = self.budget;
        mp.in_flight = self.in_flight;
        mp.batch = 1;
        mp.remote().orders = (0..200)
            .map(|id| {
                let mut order = sale(&id.to_string(), &[("MUG", 1)]);
                // With restarts only reads: what a restart does to writes is another test's matter.
                order.readiness = if self.restarts { Readiness::Fulfilled } else { Readiness::AwaitingAcceptance };
                order
            })
            .collect();
        if self.faults {
            let fault = |n| if n % 4 == 0 { Fault::LostAfter } else { Fault::Fine };
            mp.remote().faults = (0..40).map(fault).collect();
        }
        let second = SignedDuration::from_secs(1);
        let timings = Timings {
            health_every: if self.restarts { second } else { second * 300 },
            carriers_every: if self.restarts { second } else { second * 300 },
            ..Timings::default()
        };
        let mut world = World::with(wms, vec![(mp, rules("mp"))], timings);
        world.slowest = self.slowest;
        for _ in 0..20 {
            let stretch = 20 + world.dice.below(21);
            world.run(stretch);
            if self.restarts {
                world.restart();
            }
        }
        let arrived: Vec<Timestamp> = world.remote("mp").log.iter().map(|asked| asked.at).collect();
        (busiest(arrived.clone(), self.budget.1), arrived.len())
    }
}

#[test]
fn t6_one_call_at_a_time_stays_within_the_window_however_slow_the_replies_are() {
    for (budget, slowest, least) in [((5, 10), 3_000, 100), ((5, 10), 25_000, 20), ((1, 60), 5_000, 8)] {
        let busy = Busy { budget, in_flight: 1, slowest, faults: true, restarts: false };
        let (most, all) = busy.run();
        assert!(most <= budget.0 as usize, "{budget:?} {slowest}: {most}");
        assert!(all >= least, "{budget:?} {slowest}: the window is used: {all}");
    }
}

#[test]
fn t6_several_calls_at_a_time_stay_within_the_window_while_replies_are_quicker_than_it() {
    for (budget, least) in [((5, 10), 200), ((20, 10), 400)] {
        let busy = Busy { budget, in_flight: 4, slowest: 3_000, faults: false, restarts: false };
        let (most, all) = busy.run();
        assert!(most <= budget.0 as usize, "{budget:?}: {most}");
        assert!(all >= least, "{budget:?}: {all}");
    }
}

#[test]
fn t6_several_calls_at_a_time_stay_within_the_window_even_when_a_reply_outlasts_it() {
    let busy = Busy { budget: (5, 10), in_flight: 4, slowest: 25_000, faults: false, restarts: false };
    let (most, _) = busy.run();
    assert!(most <= 5, "{most}");
}

#[test]
fn t6_windows_survive_restarts() {
    for in_flight in [1, 4] {
        let busy = Busy { budget: (5, 10), in_flight, slowest: 1_000, faults: false, restarts: true };
        let (most, all) = busy.run();
        assert!(most <= 5, "{in_flight} in flight: {most}");
        assert!(all >= 150, "{in_flight} in flight: {all}");
    }
}

#[test]
fn the_window_is_used_whole_while_a_backlog_drains() {
    let busy = Busy { budget: (5, 10), in_flight: 1, slowest: 100, faults: false, restarts: false };
    let (most, all) = busy.run();
    assert_eq!(most, 5);
    // At least 400 seconds at five in ten.
    assert!(all >= 190, "{all}");
}

#[test]
fn f34_calls_that_a_full_disk_kept_back_do_not_count_and_every_lane_goes_on_when_there_is_room() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Health]);
    wms.budget = (5, 15);
    wms.remote().items = vec![item("MUG")];
    let timings = Timings { health_every: SignedDuration::from_secs(10), ..Timings::default() };
    let mut world = World::with(wms, Vec::new(), timings);
    world.run(30);
    world.full.store(true, Ordering::Relaxed);
    // An hour of tries, of which none leaves.
    let before = world.remote("wms").log.len();
    for _ in 0..720 {
        world.now += SignedDuration::from_secs(5);
        let turn = world.hub().next_call("wms", world.now);
        assert!(!matches!(turn, Ok(LaneTurn::Call(_))), "nothing leaves that is not written down");
    }
    assert_eq!(world.remote("wms").log.len(), before);
    world.full.store(false, Ordering::Relaxed);
    world.run(60);
    let made = world.remote("wms").log.len() - before;
    assert!(made >= 4, "the lane works again without a restart: {made} calls in a minute");
}
