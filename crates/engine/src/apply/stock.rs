//! What channels should show, from what the warehouse has and what is sold.

use std::collections::{BTreeSet, HashMap};

use crossdock_flow::cause::Cause;
use crossdock_flow::stock::{kits, promisable, publish};
use crossdock_store::{ListingRow, NewException, StockUpdate, StoreError, Tx};
use jiff::Timestamp;

use super::orders::fingerprint;
use crate::Inner;
use crate::ripple::Ripple;

/// Computes the figures of items, of the kits that contain them, and of their listings. Returns how many wait to be sent.
pub(crate) fn recompute<'a>(
    inner: &Inner,
    tx: &mut dyn Tx,
    items: impl Iterator<Item = &'a str>,
    ripple: &mut Ripple,
    _now: Timestamp,
) -> Result<u64, StoreError> {
    let mut figures = Figures::new(tx)?;
    let mut kits_touched: BTreeSet<String> = BTreeSet::new();
    let mut updates = Vec::new();
    let mut waiting = 0;
    for item in items {
        if figures.any_kits {
            kits_touched.extend(tx.kits_with(item)?);
        }
        waiting += figures.update(inner, tx, item, &mut updates, ripple)?;
    }
    for kit in &kits_touched {
        waiting += figures.update(inner, tx, kit, &mut updates, ripple)?;
    }
    Ok(waiting + Figures::flush(tx, &mut updates)?)
}

/// Computes the figures of these listings.
pub(crate) fn recompute_listings(
    inner: &Inner,
    tx: &mut dyn Tx,
    listings: &[ListingRow],
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let figures = Figures::new(tx)?;
    let mut updates = Vec::new();
    for listing in listings {
        let Some(item) = &listing.item else { continue };
        let Some(units) = figures.promisable(tx, item)? else {
            continue;
        };
        if let Some(update) = Figures::desired(inner, listing, units) {
            // A read-back that differs is corrected even though the figure was sent before.
            let again = listing.differs > 0 && !listing.dirty && listing.flying.is_none();
            updates.push(StockUpdate { again, ..update });
            ripple.wake(listing.connection.clone());
        }
    }
    Figures::flush(tx, &mut updates)?;
    Ok(())
}

/// Computes every figure of one connection anew, after its buffer changed.
pub(crate) fn recompute_all(
    inner: &Inner,
    tx: &mut dyn Tx,
    connection: &str,
    ripple: &mut Ripple,
) -> Result<u64, StoreError> {
    let mut offset = 0;
    let mut changed = 0;
    loop {
        let query = crossdock_store::StockQuery { offset, limit: 1_000, ..Default::default() };
        let (rows, _) = tx.stock_page(&query)?;
        if rows.is_empty() {
            return Ok(changed);
        }
        offset += rows.len() as u64;
        let listings: Vec<ListingRow> =
            rows.into_iter().flat_map(|(_, listings)| listings).filter(|row| row.connection == connection).collect();
        changed += listings.len() as u64;
        recompute_listings(inner, tx, &listings, ripple)?;
    }
}

struct Figures {
    demand: HashMap<String, i64>,
    any_kits: bool,
}

impl Figures {
    fn new(tx: &dyn Tx) -> Result<Self, StoreError> {
        Ok(Self { demand: tx.demand()?.into_iter().collect(), any_kits: tx.has_kits()? })
    }

    /// Units of an item or kit that may be promised; `None` while the warehouse has not said.
    fn promisable(&self, tx: &dyn Tx, code: &str) -> Result<Option<i64>, StoreError> {
        if self.any_kits {
            let parts = tx.kit_parts(code)?;
            if !parts.is_empty() {
                let mut counts = Vec::with_capacity(parts.len());
                for part in &parts {
                    let Some(units) = self.plain(tx, &part.component)? else {
                        return Ok(None);
                    };
                    counts.push((units, part.quantity));
                }
                // Kits that were sold count as demand for their components, so nothing is taken off twice here.
                return Ok(Some(kits(&counts)));
            }
        }
        self.plain(tx, code)
    }

    fn plain(&self, tx: &dyn Tx, code: &str) -> Result<Option<i64>, StoreError> {
        let Some(row) = tx.item(code)? else { return Ok(None) };
        if !row.item.active {
            return Ok(Some(0));
        }
        Ok(row.available.map(|available| promisable(available, self.pending(code))))
    }

    fn pending(&self, code: &str) -> i64 {
        self.demand.get(code).copied().unwrap_or(0)
    }

    fn desired(inner: &Inner, listing: &ListingRow, units: i64) -> Option<StockUpdate> {
        let rules = inner.rules(&listing.connection)?;
        let desired = publish(units, &rules);
        let (connection, listing) = (listing.connection.clone(), listing.listing.clone());
        Some(StockUpdate { connection, listing, desired, again: false })
    }

    fn update(
        &mut self,
        inner: &Inner,
        tx: &mut dyn Tx,
        code: &str,
        updates: &mut Vec<StockUpdate>,
        ripple: &mut Ripple,
    ) -> Result<u64, StoreError> {
        let listings = tx.listings_of_item(code)?;
        if listings.is_empty() {
            return Ok(0);
        }
        let Some(units) = self.promisable(tx, code)? else {
            return Ok(0);
        };
        for listing in &listings {
            if let Some(update) = Self::desired(inner, listing, units)
                && Some(update.desired) != listing.desired
            {
                ripple.wake(update.connection.clone());
                updates.push(update);
            }
        }
        if updates.len() >= 10_000 { Self::flush(tx, updates) } else { Ok(0) }
    }

    fn flush(tx: &mut dyn Tx, updates: &mut Vec<StockUpdate>) -> Result<u64, StoreError> {
        let dirty = tx.set_desired(updates)?;
        updates.clear();
        Ok(dirty)
    }
}

/// Stands for the SKU of a listing that has none.
const NO_SKU: &str = "(no SKU)";

/// After a full read-back: does the channel publish what it takes (`A108`, `B023`)?
pub(crate) fn judge_read_back(
    inner: &Inner,
    tx: &mut dyn Tx,
    connection: &str,
    since: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(count) = tx.stock_counts(since)?.into_iter().find(|row| row.connection == connection) else {
        return Ok(());
    };
    let title = inner.rules(connection).map_or_else(|| connection.to_owned(), |rules| rules.title.clone());
    let inactive = Cause::ChannelInactive;
    // One figure that differs is corrected in silence; several at once mean that nothing is published.
    if count.differ >= 3 {
        let detail = format!("{title} took the figures of {} listings and shows others", count.differ);
        tx.open_exception(&standalone(connection, inactive, "", detail), now)?;
    } else if count.differ == 0 {
        tx.resolve_fingerprint(&fingerprint(inactive.code(), connection, ""), "the read-back agrees", now)?;
    }
    if tx.item_count()? == 0 {
        // Nothing can be mapped while the item master was never read.
        return Ok(());
    }
    let unmapped = Cause::ListingUnmapped;
    let open: Vec<String> = tx.unmapped_skus(connection, 200)?;
    let mark = fingerprint(unmapped.code(), connection, "");
    for group in tx.groups()? {
        let sku = group.fingerprint.strip_prefix(&format!("{mark}/")).unwrap_or_default();
        if !sku.is_empty() && !open.iter().any(|known| known == sku || (known.is_empty() && sku == NO_SKU)) {
            tx.resolve_fingerprint(&group.fingerprint, "the listing was mapped or taken off", now)?;
        }
    }
    for sku in &open {
        let name = if sku.is_empty() { NO_SKU } else { sku };
        let detail = format!("listing {name} at {title} has no warehouse item; its stock is not updated");
        tx.open_exception(&standalone(connection, unmapped, name, detail), now)?;
    }
    Ok(())
}

/// An exception that belongs to no order.
pub(super) fn standalone(connection: &str, cause: Cause, subject: &str, detail: String) -> NewException {
    NewException {
        flow: None,
        connection: connection.to_owned(),
        cause: cause.code().to_owned(),
        fingerprint: fingerprint(cause.code(), connection, subject),
        owner: cause.owner().to_owned(),
        detail,
        next_action: cause.next_action().to_owned(),
        due: None,
        amount: None,
    }
}
