//! Takes in a channel's listings: maps their SKUs and compares what is shown with what was sent.

use crossdock_model::Listing;
use crossdock_store::{ListingRow, Maps, StockCountRow, StoreError};
use jiff::Timestamp;
use rusqlite::params;

use super::listing_row;
use super::shown::{Shown, Tally};
use crate::sql::{item as item_sql, listing as sql, shown as shown_sql};
use crate::tx::{SqlTx, count, micros, rounded};

/// The item of a SKU: what a person said, or the item with exactly that code.
fn mapped(tx: &SqlTx<'_>, connection: &str, sku: &str) -> Result<Option<String>, StoreError> {
    if sku.is_empty() {
        return Ok(None);
    }
    if let Some(item) = tx.alias(connection, sku)? {
        return Ok(Some(item));
    }
    let exists = tx.one(item_sql::EXISTS, params![tx.merchant, sku], |_| Ok(()))?;
    Ok(exists.map(|()| sku.to_owned()))
}

/// The number of a connection that has listings.
pub(super) fn channel(tx: &SqlTx<'_>, connection: &str) -> Result<Option<i64>, StoreError> {
    tx.one(shown_sql::CHANNEL, params![tx.merchant, connection], |row| row.get(0))
}

/// All connections that have, or had, listings.
pub(super) fn channels(tx: &SqlTx<'_>) -> Result<Vec<(i64, String)>, StoreError> {
    tx.all(shown_sql::CHANNELS, params![tx.merchant], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn put(
    tx: &SqlTx<'_>,
    connection: &str,
    listings: &[Listing],
    asked: Timestamp,
    settled: Timestamp,
) -> Result<Vec<ListingRow>, StoreError> {
    let channel = if let Some(known) = channel(tx, connection)? {
        known
    } else {
        tx.run(shown_sql::ADD_CHANNEL, params![tx.merchant, connection])?;
        tx.conn.last_insert_rowid()
    };
    let mut read = Read { tx, connection, channel, asked: rounded(asked), settled, tally: Tally::default() };
    let mut noteworthy = Vec::new();
    for listing in listings {
        noteworthy.extend(read.take_in(listing)?);
    }
    read.tally.write(tx)?;
    Ok(noteworthy)
}

/// A page of listings as it was read.
struct Read<'r, 'c> {
    tx: &'r SqlTx<'c>,
    connection: &'r str,
    channel: i64,
    asked: Timestamp,
    settled: Timestamp,
    tally: Tally,
}

impl Read<'_, '_> {
    /// Returns the row if it is new, mapped anew, or differs from what was sent.
    fn take_in(&mut self, listing: &Listing) -> Result<Option<ListingRow>, StoreError> {
        let key = params![self.tx.merchant, self.connection, listing.id];
        let known = self.tx.one(sql::GET, key, |row| Ok((listing_row(row)?, Shown::read(row, 15)?)))?;
        match known {
            None => self.insert(listing).map(Some),
            // Somebody has read it since.
            Some((row, _)) if row.published_at > self.asked => Ok(None),
            Some((row, shown)) => self.update(row, shown, listing),
        }
    }

    fn insert(&mut self, listing: &Listing) -> Result<ListingRow, StoreError> {
        let Self { tx, connection, channel, asked, .. } = *self;
        let item = mapped(tx, connection, &listing.sku)?;
        tx.run(
            sql::INSERT,
            params![
                tx.merchant,
                connection,
                listing.id,
                listing.sku,
                listing.title,
                item,
                listing.active,
                listing.inactive_because
            ],
        )?;
        let id = tx.conn.last_insert_rowid();
        tx.run(shown_sql::SHOW, params![id, tx.merchant, channel, listing.published, micros(asked)])?;
        self.tally.came(&Shown::new(id, channel, listing.published));
        Ok(ListingRow {
            connection: connection.to_owned(),
            listing: listing.id.clone(),
            sku: listing.sku.clone(),
            title: listing.title.clone(),
            item,
            published: listing.published,
            published_at: asked,
            active: listing.active,
            inactive_because: listing.inactive_because.clone(),
            desired: None,
            sent: None,
            sent_at: None,
            flying: None,
            dirty: false,
            differs: 0,
        })
    }

    fn update(
        &mut self,
        mut row: ListingRow,
        before: Shown,
        listing: &Listing,
    ) -> Result<Option<ListingRow>, StoreError> {
        let tx = self.tx;
        let remapped = describe(tx, &mut row, before.id, listing)?;

        let mut after = Shown { published: listing.published, ..before };
        let settled = row.sent_at.is_some_and(|sent_at| sent_at < self.settled);
        after.differs = after.compared(settled, before.published);
        tx.run(shown_sql::READ_BACK, params![after.id, tx.merchant, after.published, micros(self.asked)])?;
        if after.differs != before.differs {
            tx.run(shown_sql::COMPARED, params![after.id, tx.merchant, after.differs])?;
        }
        self.tally.changed(&before, &after);
        row.published = after.published;
        row.published_at = self.asked;
        row.differs = after.differs;
        Ok((remapped || after.differs > before.differs).then_some(row))
    }
}

/// Takes over what the channel says of a listing, where it differs. Returns whether the listing maps to another item.
fn describe(tx: &SqlTx<'_>, row: &mut ListingRow, id: i64, listing: &Listing) -> Result<bool, StoreError> {
    let item = mapped(tx, &row.connection, &listing.sku)?;
    let remapped = row.item != item;
    let same = row.sku == listing.sku
        && row.title == listing.title
        && row.active == listing.active
        && row.inactive_because == listing.inactive_because;
    if remapped || !same {
        tx.run(
            sql::DESCRIBE,
            params![id, tx.merchant, listing.sku, listing.title, item, listing.active, listing.inactive_because],
        )?;
        row.sku.clone_from(&listing.sku);
        row.title.clone_from(&listing.title);
        row.active = listing.active;
        row.inactive_because.clone_from(&listing.inactive_because);
        row.item = item;
    }
    Ok(remapped)
}

pub(super) fn remap(tx: &SqlTx<'_>, connection: &str, sku: &str) -> Result<Vec<ListingRow>, StoreError> {
    let item = mapped(tx, connection, sku)?;
    tx.run(sql::MAP, params![tx.merchant, connection, sku, item])?;
    tx.all(sql::OF_SKU, params![tx.merchant, connection, sku], listing_row)
}

pub(super) fn drop_unread(tx: &SqlTx<'_>, connection: &str, before: Timestamp) -> Result<u64, StoreError> {
    let Some(channel) = channel(tx, connection)? else {
        return Ok(0);
    };
    let gone = tx.all(shown_sql::UNREAD, params![tx.merchant, channel, micros(before)], |row| Shown::read(row, 0))?;
    let mut tally = Tally::default();
    for row in &gone {
        tx.run(shown_sql::DROP, params![row.id, tx.merchant])?;
        tx.run(sql::DROP, params![row.id, tx.merchant])?;
        tally.went(row);
    }
    tally.write(tx)?;
    Ok(gone.len() as u64)
}

/// All but two figures are kept with the channel; those two come from partial indexes.
/// Read-backs in a row after which a listing that differs is called stubborn.
const STUBBORN: u32 = 3;

pub(super) fn counts(tx: &SqlTx<'_>, since: Timestamp) -> Result<Vec<StockCountRow>, StoreError> {
    let kept = tx.all(shown_sql::COUNTS, params![tx.merchant], |row| {
        let counts = StockCountRow {
            connection: row.get(1)?,
            listings: count(row, 2)?,
            differ: count(row, 3)?,
            waiting: count(row, 4)?,
            to_zero: count(row, 5)?,
            in_stock: count(row, 6)?,
            ..StockCountRow::default()
        };
        Ok((row.get::<_, i64>(0)?, counts))
    })?;
    let mut counts = Vec::with_capacity(kept.len());
    for (channel, mut row) in kept {
        row.unmapped = tx.only(sql::COUNT_UNMAPPED, params![tx.merchant, row.connection], |row| count(row, 0))?;
        let zeroed = params![tx.merchant, channel, micros(since)];
        row.zeroed = tx.only(shown_sql::COUNT_ZEROED, zeroed, |row| count(row, 0))?;
        if row.differ > 0 {
            let stubborn = params![tx.merchant, channel, STUBBORN];
            row.stubborn = tx.only(shown_sql::COUNT_STUBBORN, stubborn, |row| count(row, 0))?;
        }
        counts.push(row);
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use crossdock_model::{Listing, MerchantId};
    use crossdock_store::{StockUpdate, Store};
    use jiff::Timestamp;
    use rusqlite::Connection;

    use crate::{SqliteOptions, SqliteStore};

    /// What the counts must be, read from the rows.
    const RECOUNT: &str = "SELECT group_concat(counts, ';') FROM (
        SELECT count(*) || ',' || ifnull(sum(differs > 0), 0) || ',' || ifnull(sum(dirty), 0) || ','
            || ifnull(sum(ifnull(desired, 1) = 0 AND (dirty = 1 OR flying IS NOT NULL)
                AND (published > 0 OR ifnull(sent, 0) > 0)), 0)
            || ',' || ifnull(sum(published > 0 OR ifnull(sent, 0) > 0), 0) AS counts
        FROM shown GROUP BY channel ORDER BY channel)";
    const KEPT: &str = "SELECT group_concat(counts, ';') FROM (
        SELECT listings || ',' || differ || ',' || waiting || ',' || to_zero || ',' || in_stock AS counts
        FROM channel WHERE listings > 0 ORDER BY id)";

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).unwrap()
    }

    /// A long course of every operation in an order that a small generator picks.
    #[test]
    fn the_kept_counts_are_what_the_rows_add_up_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.db");
        let merchant = MerchantId::new("acme").unwrap();
        let store: Box<dyn Store> = Box::new(SqliteStore::open(&path, &merchant, SqliteOptions::default()).unwrap());
        let look = Connection::open(&path).unwrap();
        let text = |sql| look.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).unwrap();
        let mut seed = 7_u64;
        let mut pick = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((seed >> 33) % below).unwrap()
        };
        let mut states = std::collections::BTreeSet::new();
        for at in 0..1_500 {
            let connection = ["jl", "mp"][usize::try_from(pick(2)).unwrap()];
            let (id, figure, effect, action) = (pick(6).to_string(), pick(3), pick(3), pick(8));
            let ids = vec![id.clone()];
            store
                .change(move |tx| match action {
                    0 | 1 => {
                        let listing = Listing {
                            id,
                            sku: String::new(),
                            title: String::new(),
                            published: figure,
                            active: true,
                            inactive_because: String::new(),
                        };
                        tx.put_listings(connection, &[listing], second(at), second(at)).map(|_| ())
                    }
                    2 | 3 => {
                        let connection = connection.to_owned();
                        let update = StockUpdate { connection, listing: id, desired: figure, again: effect == 0 };
                        tx.set_desired(&[update]).map(|_| ())
                    }
                    4 => tx.stock_flying(connection, effect, &ids),
                    5 => tx.stock_sent(connection, effect, &[(id, figure)], second(at)),
                    6 => tx.stock_landed(connection, effect, figure == 0),
                    _ => tx.drop_listings(connection, second(at - 60)).map(|_| ()),
                })
                .unwrap();
            let kept = text(KEPT);
            assert_eq!(kept, text(RECOUNT), "after step {at}, action {action}");
            states.insert(kept);
        }
        assert!(states.len() > 200, "the course went through {} states only", states.len());
    }
}
