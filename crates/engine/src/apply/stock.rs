//! What channels should show, from what the warehouse has and what is sold.

use std::collections::{BTreeSet, HashMap};

use crossdock_flow::cause::Cause;
use crossdock_flow::stock::{kits, promisable, publish};
use crossdock_store::{ListedFigure, ListingRow, NewException, StockUpdate, StoreError, Tx};
use jiff::Timestamp;

use super::orders::fingerprint;
use crate::Inner;
use crate::ripple::Ripple;

/// Items that are computed at a time.
const STRETCH: usize = 8_192;

/// From so many items on, the demand of all items is read at once.
const MANY: usize = 500;

/// Computes the figures of items, of the kits that contain them, and of their listings. Items must be sorted by their
/// bytes and be given once. Returns how many listings wait to be sent.
pub(crate) fn recompute(
    inner: &Inner,
    tx: &mut dyn Tx,
    items: &[&str],
    ripple: &mut Ripple,
) -> Result<u64, StoreError> {
    let figures = Figures::new(tx, items.len() > MANY)?;
    let mut kits_touched: BTreeSet<String> = BTreeSet::new();
    let mut waiting = 0;
    for stretch in items.chunks(STRETCH) {
        if figures.any_kits {
            for item in stretch {
                kits_touched.extend(tx.kits_with(item)?);
            }
        }
        waiting += figures.update(inner, tx, stretch, ripple)?;
    }
    let kits: Vec<&str> = kits_touched.iter().map(String::as_str).collect();
    for stretch in kits.chunks(STRETCH) {
        waiting += figures.update(inner, tx, stretch, ripple)?;
    }
    Ok(waiting)
}

/// Computes the figures of these listings.
pub(crate) fn recompute_listings(
    inner: &Inner,
    tx: &mut dyn Tx,
    listings: &[ListingRow],
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let figures = Figures::new(tx, listings.len() > MANY)?;
    let mut updates = Vec::new();
    for listing in listings {
        let Some(item) = &listing.item else { continue };
        let stock = tx.item(item)?.map(|row| (row.item.active, row.available));
        let (Some(units), Some(rules)) = (figures.promisable(tx, item, stock)?, inner.rules(&listing.connection))
        else {
            continue;
        };
        // A read-back that differs is corrected even though the figure was sent before.
        let again = listing.differs > 0 && !listing.dirty && listing.flying.is_none();
        let (connection, listing) = (listing.connection.clone(), listing.listing.clone());
        ripple.wake(connection.clone());
        updates.push(StockUpdate { connection, listing, desired: publish(units, &rules), again });
    }
    tx.set_desired(&updates)?;
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
    /// The demand of every item, when it was worth reading at once.
    demand: Option<HashMap<String, i64>>,
    any_kits: bool,
}

/// Whether an item is active, and what is available of it; `None` when the item master does not have it.
type OfItem = Option<(bool, Option<i64>)>;

impl Figures {
    fn new(tx: &dyn Tx, many: bool) -> Result<Self, StoreError> {
        let demand = if many { Some(tx.demand()?.into_iter().collect()) } else { None };
        Ok(Self { demand, any_kits: tx.has_kits()? })
    }

    /// Units of an item or kit that may be promised; `None` while the warehouse has not said.
    fn promisable(&self, tx: &dyn Tx, code: &str, stock: OfItem) -> Result<Option<i64>, StoreError> {
        if self.any_kits {
            let parts = tx.kit_parts(code)?;
            if !parts.is_empty() {
                let mut counts = Vec::with_capacity(parts.len());
                for part in &parts {
                    let stock = tx.item(&part.component)?.map(|row| (row.item.active, row.available));
                    let Some(units) = self.plain(tx, &part.component, stock)? else {
                        return Ok(None);
                    };
                    counts.push((units, part.quantity));
                }
                // Kits that were sold count as demand for their components, so nothing is taken off twice here.
                return Ok(Some(kits(&counts)));
            }
        }
        self.plain(tx, code, stock)
    }

    fn plain(&self, tx: &dyn Tx, code: &str, stock: OfItem) -> Result<Option<i64>, StoreError> {
        let pending = || match &self.demand {
            Some(all) => Ok(all.get(code).copied().unwrap_or(0)),
            None => tx.demand_of(code),
        };
        Ok(match stock {
            None => None,
            Some((false, _)) => Some(0),
            Some((true, None)) => None,
            Some((true, Some(available))) => Some(promisable(available, pending()?)),
        })
    }

    /// Computes what the listings of these items and kits should show, and stores what changed.
    fn update(&self, inner: &Inner, tx: &mut dyn Tx, codes: &[&str], ripple: &mut Ripple) -> Result<u64, StoreError> {
        let mut updates = Vec::new();
        for (code, figures) in codes.iter().zip(tx.figures(codes)?) {
            if figures.listed.is_empty() {
                continue;
            }
            let Some(units) = self.promisable(tx, code, figures.stock)? else {
                continue;
            };
            for ListedFigure { connection, listing, desired: before } in figures.listed {
                let Some(rules) = inner.rules(&connection) else { continue };
                let desired = publish(units, &rules);
                if Some(desired) != before {
                    ripple.wake(connection.as_str());
                    updates.push(StockUpdate { connection, listing, desired, again: false });
                }
            }
        }
        tx.set_desired(&updates)
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
    // One figure that differs is corrected in silence; several at once, or one that goes on differing however often it
    // is sent, mean that nothing is published.
    if count.differ >= 3 || count.stubborn > 0 {
        let listings = crossdock_flow::words::count(count.differ, "listing", "listings");
        let detail = format!("{title} took the figures of {listings} and shows others");
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
