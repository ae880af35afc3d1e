//! Causes that go away by themselves: what waited goes on.

use crossdock_flow::cause::Cause;
use crossdock_flow::order::SkuAnswer;
use crossdock_store::{StoreError, Tx};
use jiff::Timestamp;

use super::orders::sku_answer;
use super::step_again;
use crate::Inner;
use crate::ripple::Ripple;

/// Steps every flow that waits on a fingerprint. Returns how many.
pub(crate) fn recheck_fingerprint(
    inner: &Inner,
    tx: &mut dyn Tx,
    fingerprint: &str,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<u64, StoreError> {
    let flows = tx.flows_waiting_on(fingerprint, 10_000)?;
    for id in &flows {
        step_again(inner, tx, *id, now, ripple)?;
    }
    Ok(flows.len() as u64)
}

/// After the item master changed: steps the flows whose SKU has an item now, and closes what stood for a listing.
pub(crate) fn recheck_skus(
    inner: &Inner,
    tx: &mut dyn Tx,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    for group in tx.groups()? {
        let cause = Cause::parse(&group.example.what.cause);
        if !matches!(cause, Some(Cause::SkuUnknown | Cause::SkuInactive | Cause::ListingUnmapped)) {
            continue;
        }
        let connection = &group.example.what.connection;
        let Some(sku) = group.fingerprint.splitn(3, '/').nth(2) else {
            continue;
        };
        if matches!(sku_answer(tx, connection, sku)?, SkuAnswer::Item(_)) {
            recheck_fingerprint(inner, tx, &group.fingerprint, now, ripple)?;
            tx.resolve_fingerprint(&group.fingerprint, "the SKU has an item now", now)?;
            let remapped = tx.remap(connection, sku)?;
            super::recompute_listings(inner, tx, &remapped, ripple)?;
        }
    }
    Ok(())
}
