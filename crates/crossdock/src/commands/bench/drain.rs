//! A backlog drains through the warehouse's published window of fifteen calls in fifteen seconds.

use std::collections::BTreeSet;

use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sim_core::effect_log::kind;

use super::course::Course;
use super::world::{Limits, hub, twins, world};
use super::{number, rounded};
use crate::Failure;
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, dawn};

const ORDERS: u32 = 10_000;

/// The published window (contracts/peoplevox.md §9).
const CALLS: u64 = 15;
const SECONDS: i64 = 15;

pub(super) fn measure(found: &mut Map<String, Value>, bar: &ProgressBar) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let world = world(ORDERS)?;
    let (hub, store) = hub(&folder.path().join("crossdock.db"), Limits::Warehouse, dawn())?;
    let mut course = Course::new(twins(&world, Limits::Warehouse), hub, store, dawn());
    let wanted = u64::from(ORDERS);
    bar.set_length(wanted);

    // The hub learns what the warehouse has; then that lane rests until every order waits for it.
    bar.set_message("orders pile up");
    course.resting = [MARKETPLACER, MIRAKL].map(str::to_owned).into();
    course.run_until(later(course.now, 120))?;
    course.resting = [PEOPLEVOX.to_owned()].into();
    let limit = later(course.now, 24 * 3_600);
    loop {
        course.step(limit)?;
        let waiting = course.orders_in("releasing")?;
        bar.set_position(waiting);
        if waiting == wanted {
            break;
        }
        if course.now >= limit {
            return Err(course.stuck(wanted, "releasing"));
        }
    }

    bar.set_message("orders drain");
    course.resting = BTreeSet::new();
    let before = course.calls_at(PEOPLEVOX).len();
    course.labels.clear();
    let limit = later(course.now, 24 * 3_600);
    loop {
        course.step(limit)?;
        let there = course.orders_in("in_warehouse")?;
        bar.set_position(there);
        if there == wanted {
            break;
        }
        if course.now >= limit {
            return Err(course.stuck(wanted, "in_warehouse"));
        }
    }
    let calls = course.calls_at(PEOPLEVOX).get(before..).unwrap_or_default().to_vec();
    let exceeded = course.logged(PEOPLEVOX, kind::WINDOW_EXCEEDED, 0).len();
    let (made, allowed, elapsed) = usage(&calls);
    found.insert("peoplevox_calls_per_100_orders".to_owned(), rounded(number(made) * 100.0 / number(wanted), 2));
    let by_name: Map<String, Value> = course
        .labels
        .iter()
        .filter(|((connection, _), _)| connection == PEOPLEVOX)
        .map(|((_, label), count)| ((*label).to_owned(), json!(count)))
        .collect();
    found.insert("peoplevox_calls_by_name".to_owned(), Value::Object(by_name));
    found.insert("window_used".to_owned(), rounded(number(made) / number(allowed), 3));
    found.insert("drain_orders_per_s".to_owned(), rounded(number(wanted) / elapsed.max(1.0), 2));
    found.insert("windows_exceeded".to_owned(), json!(exceeded));
    Ok(())
}

fn later(from: Timestamp, seconds: i64) -> Timestamp {
    from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(from)
}

/// Calls made, the most that the window allows from the first of them to the last, and the seconds between the two.
fn usage(calls: &[Timestamp]) -> (u64, u64, f64) {
    let elapsed = match (calls.first(), calls.last()) {
        (Some(first), Some(last)) => last.duration_since(*first),
        _ => SignedDuration::ZERO,
    };
    // Fifteen at once, and fifteen more whenever fifteen seconds have passed.
    let windows = u64::try_from(elapsed.as_secs() / SECONDS).unwrap_or(0) + 1;
    (calls.len() as u64, CALLS * windows, elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_used_to_the_full_counts_as_one() {
        let greedy: Vec<Timestamp> = (0..150).map(|n| later(dawn(), n / 15 * 15)).collect();
        let (made, allowed, elapsed) = usage(&greedy);
        assert_eq!((made, allowed), (150, 150));
        assert!((elapsed - 135.0).abs() < 1e-9);
        let idle: Vec<Timestamp> = (0..10).map(|n| later(dawn(), n * 15)).collect();
        assert_eq!(usage(&idle).1, 150);
    }
}
