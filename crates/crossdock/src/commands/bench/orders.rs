//! Orders end to end: read, checked, mapped, accepted, created, read back, released and confirmed in the warehouse.
//!
//! The limits of calls are lifted at the twins and in the hub's own settings, since the published ones allow about fifteen
//! orders a second whatever the machine can do. Waiting happens on a virtual clock and costs nothing; every commit is
//! synced to the disk.

use indicatif::ProgressBar;
use serde_json::{Map, Value};
use sim_core::effect_log::kind;

use super::course::Course;
use super::world::{Limits, hub, twins, world};
use super::{number, rounded, seconds};
use crate::Failure;
use crate::clock::Clock;
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, dawn};

const ORDERS: u32 = 5_000;

pub(super) fn measure(found: &mut Map<String, Value>, bar: &ProgressBar) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let world = world(ORDERS)?;
    let (hub, store) = hub(&folder.path().join("crossdock.db"), Limits::None, dawn())?;
    let mut course = Course::new(twins(&world, Limits::None), hub, store, dawn());
    // The customers order before the hub looks for the first time.
    course.tick();
    let placed: usize =
        [MARKETPLACER, MIRAKL].iter().map(|shop| course.logged(shop, kind::ORDER_PLACED, 0).len()).sum();
    if placed != ORDERS as usize {
        return Err(Failure::bug(&format!("{placed} of {ORDERS} orders were placed")));
    }
    let wanted = u64::from(ORDERS);
    bar.set_length(wanted);
    bar.set_message("orders into the warehouse");
    let limit = dawn().saturating_add(jiff::SignedDuration::from_hours(24)).unwrap_or(jiff::Timestamp::MAX);
    let clock = Clock::real();
    let begin = clock.now();
    loop {
        course.step_abreast(limit)?;
        let there = course.orders_in("in_warehouse")?;
        bar.set_position(there);
        if there == wanted {
            break;
        }
        if course.now >= limit {
            return Err(course.stuck(wanted, "in_warehouse"));
        }
    }
    let all = seconds(clock, begin);
    let released = course.logged(PEOPLEVOX, kind::WAREHOUSE_ORDER_RELEASED, 0).len();
    if released != ORDERS as usize {
        return Err(Failure::bug(&format!("the warehouse knows {released} released orders of {ORDERS}")));
    }
    found.insert("orders_per_s".to_owned(), rounded(number(wanted) / all, 0));
    Ok(())
}
