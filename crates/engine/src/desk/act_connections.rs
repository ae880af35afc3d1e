//! Acts on a connection: let a push go out, try again, set the buffer.
//!
//! A lane is locked before the store is asked, never inside a job of the store: lanes write to the store while they are
//! locked, so the other order would be a deadlock.

use std::sync::Arc;

use crossdock_flow::cause::Cause;
use crossdock_store::StoreError;
use jiff::SignedDuration;

use super::act::{Said, change, channel, known};
use super::words;
use crate::Inner;
use crate::apply::{fingerprint, recompute_all};
use crate::boot::buffer_setting;

/// How long the guard stays away once a person let a push go out.
const PASS: SignedDuration = SignedDuration::from_mins(15);
/// The largest buffer that is believed; more is a slip of the hand.
const MOST_UNITS: i64 = 1_000_000;

/// Lets a stopped push go out.
pub(super) fn release_guard(inner: &Arc<Inner>, actor: &str, connection: &str) -> Result<Said, StoreError> {
    let rules = match channel(inner, connection) {
        Ok(rules) => rules,
        Err(refused) => return Ok(Err(refused)),
    };
    let title = &rules.title;
    let Some(mut lane) = inner.lane(connection) else {
        return Ok(Err(format!("{title} is not connected.")));
    };
    if lane.row().guard.is_none() {
        return Ok(Err(format!("No push to {title} is stopped, so there is nothing to release.")));
    }
    let now = inner.latest();
    let mut row = lane.row().clone();
    connection.clone_into(&mut row.name);
    row.guard = None;
    let (actor, name) = (actor.to_owned(), connection.to_owned());
    let waiting = inner.store.change(move |tx| {
        tx.put_connection(&row, now)?;
        let stopped = fingerprint(Cause::StockGuard.code(), &name, "");
        tx.resolve_fingerprint(&stopped, &format!("released by {actor}"), now)?;
        tx.put_setting(&format!("guard.released.{name}"), &now.to_string(), &actor, now)?;
        let counts = tx.stock_counts(now)?;
        Ok(counts.into_iter().find(|count| count.connection == name).map_or(0, |count| count.waiting))
    })?;
    lane.release_guard(now.saturating_add(PASS).unwrap_or(now));
    drop(lane);
    inner.ring(std::iter::once(connection));
    let verb = if waiting == 1 { "goes" } else { "go" };
    Ok(Ok(format!(
        "Released. {} {verb} to {title}; the guard watches again in 15 minutes.",
        words::count(waiting, "figure", "figures")
    )))
}

/// Tries a connection again.
pub(super) fn reconnect(inner: &Arc<Inner>, actor: &str, connection: &str) -> Result<Said, StoreError> {
    let title = match known(inner, connection) {
        Ok(title) => title,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut lane) = inner.lane(connection) else {
        return Ok(Err(format!("{title} has no connector in this build.")));
    };
    let now = inner.latest();
    let mut row = lane.row().clone();
    connection.clone_into(&mut row.name);
    row.stopped = false;
    let (actor, name) = (actor.to_owned(), connection.to_owned());
    inner.store.change(move |tx| {
        tx.put_connection(&row, now)?;
        tx.put_setting(&format!("reconnected.{name}"), &now.to_string(), &actor, now)
    })?;
    lane.reconnect(now);
    drop(lane);
    inner.ring(std::iter::once(connection));
    Ok(Ok(format!("{title} is asked again now; its page says how that went.")))
}

/// Sets a channel's buffer and computes its figures again (`A065`, `B016`).
pub(super) fn set_buffer(inner: &Arc<Inner>, actor: &str, connection: &str, units: i64) -> Result<Said, StoreError> {
    let before = match channel(inner, connection) {
        Ok(rules) => rules,
        Err(refused) => return Ok(Err(refused)),
    };
    if !(0..=MOST_UNITS).contains(&units) {
        return Ok(Err(format!(
            "A buffer is 0 to {} units, so it is still {}.",
            words::grouped(MOST_UNITS.unsigned_abs()),
            before.buffer
        )));
    }
    let title = before.title.clone();
    let (worker, name) = (inner.clone(), connection.to_owned());
    let said = change(inner, actor, move |deed| {
        deed.tx.put_setting(&buffer_setting(&name), &units.to_string(), deed.actor, deed.now)?;
        // Inside the job, so that figures computed before it and after it are never mixed.
        keep_back(&worker, &name, units);
        let computed = recompute_all(deed.inner, &mut *deed.tx, &name, deed.ripple)?;
        deed.ripple.wake(name.clone());
        let waiting = deed
            .tx
            .stock_counts(deed.now)?
            .into_iter()
            .find(|count| count.connection == name)
            .map_or(0, |count| count.waiting);
        let (were, waits) = (if computed == 1 { "was" } else { "were" }, if waiting == 1 { "waits" } else { "wait" });
        Ok(Ok(format!(
            "{title} keeps back {} of each item now. {} {were} computed again, {} {waits} to be sent.",
            words::count(units.unsigned_abs(), "unit", "units"),
            words::count(computed, "figure", "figures"),
            words::grouped(waiting)
        )))
    });
    if said.is_err() {
        keep_back(inner, connection, before.buffer);
    }
    said
}

/// Changes the buffer in the rules as they are at this moment: a lane may have learnt something of its channel meanwhile.
fn keep_back(inner: &Inner, connection: &str, units: i64) {
    inner.change_rules(connection, |rules| rules.buffer = units);
}
