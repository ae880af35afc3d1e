//! T6: published limits are never exceeded, whatever the replies do and however often the process dies.

use crossdock_connector::ReadKind;
use crossdock_model::Readiness;
use jiff::Timestamp;

use crate::support::{Fake, Fault, World, item, rules, sale};

/// The most calls that arrived in any stretch of so many seconds.
fn busiest(mut arrived: Vec<Timestamp>, seconds: i64) -> usize {
    arrived.sort();
    let micros: Vec<i64> = arrived.iter().map(|at| at.as_microsecond()).collect();
    let within = |start: &i64| micros.iter().filter(|at| (*start..start + seconds * 1_000_000).contains(*at)).count();
    micros.iter().map(within).max().unwrap_or(0)
}

/// A busy channel: orders to accept one by one, polls, faults, replies that take up to `slowest` milliseconds.
fn busy(budget: (u32, i64), in_flight: usize, slowest: i64, restarts: bool) -> (usize, usize) {
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.remote().items = vec![item("MUG")];
    let mut mp = Fake::new("mp", false, &[ReadKind::Orders, ReadKind::Health, ReadKind::Carriers]);
    mp.budget = budget;
    mp.in_flight = in_flight;
    mp.batch = 1;
    mp.remote().orders = (0..600)
        .map(|id| {
            let mut order = sale(&id.to_string(), &[("MUG", 1)]);
            order.readiness = Readiness::AwaitingAcceptance;
            order
        })
        .collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.slowest = slowest;
    world.remote("mp").faults = (0..40).map(|n| if n % 4 == 0 { Fault::LostAfter } else { Fault::Fine }).collect();
    for round in 0..20 {
        world.run(100);
        if restarts && round % 2 == 0 {
            world.restart();
        }
    }
    let arrived: Vec<Timestamp> = world.remote("mp").log.iter().map(|asked| asked.at).collect();
    (busiest(arrived.clone(), budget.1), arrived.len())
}

#[test]
fn t6_one_call_at_a_time_stays_within_the_window_however_slow_the_replies_are() {
    for (budget, slowest) in [((5, 10), 3_000), ((5, 10), 25_000), ((1, 60), 5_000)] {
        let (most, all) = busy(budget, 1, slowest, false);
        assert!(most <= budget.0 as usize, "{budget:?} {slowest}: {most}");
        assert!(all > 30, "{budget:?} {slowest}: the window is used: {all}");
    }
}

#[test]
fn t6_several_calls_at_a_time_stay_within_the_window_while_replies_are_quicker_than_it() {
    for (budget, in_flight) in [((5, 10), 4), ((20, 10), 4)] {
        let (most, all) = busy(budget, in_flight, 3_000, false);
        assert!(most <= budget.0 as usize, "{budget:?}: {most}");
        assert!(all > 300, "{budget:?}: {all}");
    }
}

#[test]
fn t6_several_calls_at_a_time_stay_within_the_window_even_when_a_reply_outlasts_it() {
    let (most, _) = busy((5, 10), 4, 25_000, false);
    assert!(most <= 5, "{most}");
}

#[test]
fn t6_windows_survive_restarts() {
    for in_flight in [1, 4] {
        let (most, all) = busy((5, 10), in_flight, 2_000, true);
        assert!(most <= 5, "{in_flight} in flight: {most}");
        assert!(all > 300, "{in_flight} in flight: {all}");
    }
}

#[test]
fn the_window_is_used_whole_while_a_backlog_drains() {
    let (most, all) = busy((5, 10), 1, 100, false);
    assert_eq!(most, 5);
    // 2,000 seconds at five in ten; four writes in forty lose their reply and the lane waits.
    assert!(all >= 700, "{all}");
}
