//! Takes in a channel's listings: maps their SKUs and compares what is shown with what was sent.

use crossdock_model::Listing;
use crossdock_store::{ListingRow, Maps, StoreError};
use jiff::Timestamp;
use rusqlite::params;

use super::listing_row;
use crate::sql::{item as item_sql, listing as sql};
use crate::tx::{SqlTx, micros, rounded};

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

pub(super) fn put(
    tx: &SqlTx<'_>,
    connection: &str,
    listings: &[Listing],
    asked: Timestamp,
    settled: Timestamp,
) -> Result<Vec<ListingRow>, StoreError> {
    let asked = rounded(asked);
    let mut noteworthy = Vec::new();
    for listing in listings {
        let item = mapped(tx, connection, &listing.sku)?;
        let known = tx.one(sql::GET, params![tx.merchant, connection, listing.id], listing_row)?;
        let row = match known {
            None => Some(insert(tx, connection, listing, item, asked)?),
            // Somebody has read it since.
            Some(known) if known.published_at > asked => None,
            Some(known) => update(tx, known, listing, item, asked, settled)?,
        };
        noteworthy.extend(row);
    }
    Ok(noteworthy)
}

fn insert(
    tx: &SqlTx<'_>,
    connection: &str,
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
            listing.published,
            micros(asked),
            listing.active,
            listing.inactive_because
        ],
    )?;
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
    mut row: ListingRow,
    listing: &Listing,
    item: Option<String>,
    asked: Timestamp,
    settled: Timestamp,
) -> Result<Option<ListingRow>, StoreError> {
    let key = (row.connection.clone(), row.listing.clone());
    tx.run(
        sql::READ_BACK,
        params![tx.merchant, key.0, key.1, listing.published, micros(asked)],
    )?;
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
            params![
                tx.merchant,
                key.0,
                key.1,
                listing.sku,
                listing.title,
                item,
                listing.active,
                listing.inactive_because
            ],
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
        tx.run(sql::COMPARED, params![tx.merchant, key.0, key.1, differs])?;
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
    let mut rows = tx.all(sql::OF_SKU, params![tx.merchant, connection, sku], listing_row)?;
    for row in rows.iter_mut().filter(|row| row.item != item) {
        tx.run(sql::MAP, params![tx.merchant, connection, row.listing, item])?;
        row.item.clone_from(&item);
    }
    Ok(rows)
}
