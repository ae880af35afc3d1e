//! Takes in a channel's listings: maps their SKUs and compares what is shown with what was sent.

use crossdock_model::Listing;
use crossdock_store::{ListingRow, Maps, StockCountRow, StoreError};
use jiff::Timestamp;
use rusqlite::params;

use super::listing_row;
use crate::sql::{item as item_sql, listing as sql};
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
    tx.one(sql::CHANNEL, params![tx.merchant, connection], |row| row.get(0))
}

/// All connections that have, or had, listings.
pub(super) fn channels(tx: &SqlTx<'_>) -> Result<Vec<(i64, String)>, StoreError> {
    tx.all(sql::CHANNELS, params![tx.merchant], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn put(
    tx: &SqlTx<'_>,
    connection: &str,
    listings: &[Listing],
    asked: Timestamp,
    settled: Timestamp,
) -> Result<Vec<ListingRow>, StoreError> {
    let asked = rounded(asked);
    let channel = if let Some(known) = channel(tx, connection)? {
        known
    } else {
        tx.run(sql::ADD_CHANNEL, params![tx.merchant, connection])?;
        tx.conn.last_insert_rowid()
    };
    let mut noteworthy = Vec::new();
    for listing in listings {
        let item = mapped(tx, connection, &listing.sku)?;
        let known = tx
            .one(sql::GET, params![tx.merchant, connection, listing.id], |row| Ok((row.get(15)?, listing_row(row)?)))?;
        let row = match known {
            None => Some(insert(tx, (channel, connection), listing, item, asked)?),
            // Somebody has read it since.
            Some((_, known)) if known.published_at > asked => None,
            Some((id, known)) => update(tx, id, known, listing, item, (asked, settled))?,
        };
        noteworthy.extend(row);
    }
    Ok(noteworthy)
}

fn insert(
    tx: &SqlTx<'_>,
    (channel, connection): (i64, &str),
    listing: &Listing,
    item: Option<String>,
    asked: Timestamp,
) -> Result<ListingRow, StoreError> {
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
    tx.run(sql::SHOW, params![id, tx.merchant, channel, listing.published, micros(asked)])?;
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

/// Returns the row if it was mapped anew or differs from what was sent.
fn update(
    tx: &SqlTx<'_>,
    id: i64,
    mut row: ListingRow,
    listing: &Listing,
    item: Option<String>,
    (asked, settled): (Timestamp, Timestamp),
) -> Result<Option<ListingRow>, StoreError> {
    tx.run(sql::READ_BACK, params![id, tx.merchant, listing.published, micros(asked)])?;
    row.published = listing.published;
    row.published_at = asked;

    let remapped = row.item != item;
    let described = row.sku == listing.sku
        && row.title == listing.title
        && row.active == listing.active
        && row.inactive_because == listing.inactive_because;
    if remapped || !described {
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

    let differs = compared(&row, settled);
    let raised = differs > row.differs;
    if differs != row.differs {
        tx.run(sql::COMPARED, params![id, tx.merchant, differs])?;
        row.differs = differs;
    }
    Ok((remapped || raised).then_some(row))
}

/// How many read-backs in a row have differed, this one included. A figure on its way, waiting, or so fresh that the
/// channel may not show it yet proves nothing either way.
fn compared(row: &ListingRow, settled: Timestamp) -> u32 {
    match row.sent {
        None => row.differs,
        Some(sent) if sent == row.published => 0,
        Some(_) => {
            let quiet = !row.dirty && row.flying.is_none();
            let settled = row.sent_at.is_some_and(|sent_at| sent_at < settled);
            if quiet && settled { row.differs.saturating_add(1) } else { row.differs }
        }
    }
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
    let gone: Vec<i64> = tx.all(sql::DROP, params![tx.merchant, channel, micros(before)], |row| row.get(0))?;
    for id in &gone {
        tx.run(sql::DROP_NAMES, params![id, tx.merchant])?;
    }
    Ok(gone.len() as u64)
}

pub(super) fn counts(tx: &SqlTx<'_>, since: Timestamp) -> Result<Vec<StockCountRow>, StoreError> {
    let mut counts = Vec::new();
    for (channel, connection) in channels(tx)? {
        let unmapped = tx.only(sql::COUNT_UNMAPPED, params![tx.merchant, connection], |row| count(row, 0))?;
        let row = tx.only(sql::COUNTS, params![tx.merchant, channel, micros(since)], |row| {
            Ok(StockCountRow {
                connection,
                listings: count(row, 0)?,
                differ: count(row, 1)?,
                unmapped,
                waiting: count(row, 2)?,
                to_zero: count(row, 3)?,
                in_stock: count(row, 4)?,
                zeroed: count(row, 5)?,
            })
        })?;
        counts.push(row);
    }
    Ok(counts)
}
