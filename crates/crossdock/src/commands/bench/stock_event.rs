//! From a change of stock in the warehouse to the call that tells the channel, one change at a time.
//!
//! The time is the hub's: storing the hint, asking for the read, taking the figure in, computing, planning and writing the
//! push down. What the twins take to answer is not counted (a remote delay of zero); simulated waiting, if there were any,
//! is.

use crossdock_engine::LaneTurn;
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sim_core::Rng;
use sim_core::effect_log::kind;

use super::course::Course;
use super::rounded;
use super::world::{Limits, SEED, hub, twins, world};
use crate::Failure;
use crate::rig::virtual_drive::delivery;
use crate::rig::{MARKETPLACER, PEOPLEVOX, dawn};

const EVENTS: u64 = 2_000;

/// Longer than this and the hub has forgotten the event.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn measure(found: &mut Map<String, Value>, bar: &ProgressBar) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let world = world(0)?;
    let (hub, store) = hub(&folder.path().join("crossdock.db"), Limits::All, dawn())?;
    let mut course = Course::new(twins(&world, Limits::All), hub, store, dawn());
    let items: Vec<&str> = world
        .catalogue
        .iter()
        .filter(|item| item.parts.is_empty() && !item.deactivated)
        .map(|item| item.code.as_str())
        .collect();
    bar.set_length(EVENTS);
    bar.set_message("stock events");
    course.run_until(after(dawn(), SignedDuration::from_mins(30)))?;
    let mut rng = Rng::new(SEED, "bench/events");
    let mut times = Vec::new();
    for index in 0..EVENTS {
        let pause = SignedDuration::from_millis(rng.between(5_000, 40_000));
        course.run_until(after(course.now, pause))?;
        let item = items.get(rng.index(items.len())).copied().unwrap_or_default();
        let units = if index % 2 == 0 { 1 } else { -1 };
        times.push(event(&mut course, item, units)?);
        bar.set_position(index + 1);
    }
    times.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default() * 1e3;
    found.insert("stock_event_p50_ms".to_owned(), rounded(at(50), 2));
    found.insert("stock_event_p99_ms".to_owned(), rounded(at(99), 2));
    Ok(())
}

fn after(from: Timestamp, wait: SignedDuration) -> Timestamp {
    from.saturating_add(wait).unwrap_or(from)
}

/// Changes one item's stock and follows the event. Returns seconds.
fn event(course: &mut Course, item: &str, units: i64) -> Result<f64, Failure> {
    let now = course.now;
    let lost = |what: &str| Failure::bug(&format!("the event of {item} at {now}: {what}"));
    let host = course.twins.host(PEOPLEVOX).ok_or_else(|| lost("no warehouse"))?;
    host.control(now, "stock", &json!({ "item": item, "adjust": units })).map_err(|error| lost(&error))?;
    // The twin tells of it a second later.
    course.now = after(now, SignedDuration::from_secs(1));
    let told = course.now;
    course.tick();
    let host = course.twins.host(PEOPLEVOX).ok_or_else(|| lost("no warehouse"))?;
    let calls = host.take_outbound(told);
    let seen = course.twins.host(MARKETPLACER).map_or(0, |host| host.effects().all().len() as u64);
    let begin = course.hub_seconds;
    for call in &calls {
        let delivery = delivery(&call.request).ok_or_else(|| lost("not for the hub"))?;
        let status = course.timed(|hub, now| hub.deliver(&delivery, now));
        if status != 200 {
            return Err(lost(&format!("the hub answered {status}")));
        }
    }
    if calls.is_empty() {
        return Err(lost("nothing was told"));
    }
    while course.now.duration_since(told) < PATIENCE {
        for connection in [PEOPLEVOX, MARKETPLACER] {
            while let LaneTurn::Call(outgoing) = course.ask(connection)? {
                let spent = course.hub_seconds - begin;
                course.carry_out(connection, &outgoing)?;
                if connection == MARKETPLACER && !course.logged(MARKETPLACER, kind::STOCK_SET, seen).is_empty() {
                    return Ok(spent + course.now.duration_since(told).as_secs_f64());
                }
            }
        }
        course.now = after(course.now, SignedDuration::from_millis(100));
    }
    Err(lost("no channel was told within a minute"))
}
