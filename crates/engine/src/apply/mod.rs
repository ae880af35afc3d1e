//! From observations and outcomes to flows, inside one transaction.

mod connections;
mod effects;
mod orders;
mod parcels;
mod recheck;
mod stock;

use std::sync::Arc;

use crossdock_flow::despatch::DespatchEvent;
use crossdock_flow::order::OrderEvent;
use crossdock_model::Available;
use crossdock_store::{FlowKind, StoreError, Tx};
use jiff::Timestamp;

pub(crate) use connections::{feed_fails, feed_goes_on, health_seen, plan_watches, row_unreadable, rows_readable};
pub(crate) use effects::{Settled, effect_fails, effect_goes_on, settle};
pub(crate) use orders::{
    fingerprint, order_event, order_seen, priority, read_state as read_order, unreadable, warehouse_says,
};
pub(crate) use parcels::{despatch_rows, parcel_event, read_state as read_parcel};
pub(crate) use recheck::{recheck_fingerprint, recheck_skus};
pub(crate) use stock::{judge_read_back, recompute, recompute_all, recompute_listings};

use crate::ripple::Ripple;
use crate::{FeedResult, Inner};

/// Steps the flows whose moment has come.
pub(crate) fn wake_flows(inner: &Arc<Inner>, now: Timestamp) -> Result<(Ripple, Option<Timestamp>), StoreError> {
    let next = inner.store.ask(|tx| tx.next_wake())?;
    if next.is_none_or(|at| at > now) {
        return Ok((Ripple::default(), next));
    }
    let worker = inner.clone();
    inner.store.change(move |tx| {
        let mut ripple = Ripple::default();
        for id in tx.due_flows(now, 500)? {
            wake(&worker, tx, id, now, &mut ripple)?;
        }
        finish(&worker, tx, &mut ripple)?;
        Ok((ripple, tx.next_wake()?))
    })
}

/// The moment that a flow asked for has come.
fn wake(inner: &Inner, tx: &mut dyn Tx, id: i64, now: Timestamp, ripple: &mut Ripple) -> Result<(), StoreError> {
    match tx.flow(id)? {
        Some(row) if row.kind == FlowKind::Order => order_event(inner, tx, row, OrderEvent::Woken, now, ripple),
        Some(row) => parcel_event(inner, tx, row, DespatchEvent::Recheck, now, ripple),
        None => Ok(()),
    }
}

/// Lets a flow look at itself again.
pub(crate) fn step_again(
    inner: &Inner,
    tx: &mut dyn Tx,
    id: i64,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let Some(row) = tx.flow(id)? else { return Ok(()) };
    match row.kind {
        FlowKind::Order => order_event(inner, tx, row, OrderEvent::Recheck, now, ripple),
        FlowKind::Despatch => parcel_event(inner, tx, row, DespatchEvent::Recheck, now, ripple),
    }
}

/// Computes the figures that a transaction touched. The last thing in every transaction that moves flows.
pub(crate) fn finish(inner: &Inner, tx: &mut dyn Tx, ripple: &mut Ripple) -> Result<(), StoreError> {
    let items = ripple.take_items();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    if !items.is_empty() {
        recompute(inner, tx, &items, ripple)?;
    }
    Ok(())
}

/// Takes warehouse figures in from outside a lane.
pub(crate) fn feed(
    inner: &Arc<Inner>,
    mut rows: Vec<Available>,
    asked: Timestamp,
) -> Result<(Ripple, FeedResult), StoreError> {
    rows.sort_unstable_by(|a, b| a.item.cmp(&b.item));
    let worker = inner.clone();
    inner.store.change(move |tx| {
        let mut ripple = Ripple::default();
        let change = tx.put_available(&rows, asked)?;
        drop(rows);
        let changed: Vec<&str> = change.changed.iter().map(String::as_str).collect();
        let waiting = recompute(&worker, tx, &changed, &mut ripple)?;
        let result = FeedResult {
            changed: change.changed.len() as u64,
            unchanged: change.unchanged,
            unknown: change.unknown,
            waiting,
        };
        Ok((ripple, result))
    })
}
