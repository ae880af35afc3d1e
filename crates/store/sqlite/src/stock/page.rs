//! A page of stock: items with their listings, then listings that belong to no item.
//!
//! What matches is collected as keys, up to [`CAP`] of them (or as far as the page lies), from an index wherever a filter
//! has one; only the page itself is read in full. The total is never more than [`CAP`].

use std::collections::BTreeSet;

use crossdock_store::{ItemRow, ListingRow, Stock, StockQuery, StoreError};
use rusqlite::{Row, params};

use super::{listing_row, listings};
use crate::sql::{listing as listing_sql, page as sql};
use crate::tx::{SqlTx, after_prefix};

/// How many rows are counted.
const CAP: u64 = 10_000;

/// A row of the page: an item with its listings, or a listing without an item. Items sort first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Item(String),
    Unmapped { connection: String, listing: String },
}

type Line = (Option<ItemRow>, Vec<ListingRow>);

/// Reads connection, listing and item.
fn key_of_listing(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(match row.get::<_, Option<String>>(2)? {
        Some(item) => Key::Item(item),
        None => unmapped(row)?,
    })
}

/// Reads connection and listing.
fn unmapped(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key::Unmapped { connection: row.get(0)?, listing: row.get(1)? })
}

/// The page and how many match in all (at most 10,000).
pub(super) fn page(tx: &SqlTx<'_>, query: &StockQuery) -> Result<(Vec<Line>, u64), StoreError> {
    let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let only = query.only.as_deref();
    let most = CAP.max(query.offset.saturating_add(query.limit));
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut keys = match (text, only) {
        (Some(text), _) => begin_with(tx, text, most)?,
        (None, Some("unmapped")) => tx.all(sql::UNMAPPED, params![tx.merchant, most], unmapped)?,
        (None, Some("differ")) => distinct(tx, sql::DIFFER, most)?,
        (None, Some("waiting")) => distinct(tx, sql::WAITING, most)?,
        (None, Some("withheld")) => distinct(tx, sql::WITHHELD, most)?,
        (None, _) => everything(tx, most)?,
    };
    if let (Some(_), Some(only)) = (text, only) {
        let mut kept = Vec::new();
        for key in keys {
            if line(tx, &key)?.is_some_and(|line| passes(&line, only)) {
                kept.push(key);
            }
        }
        keys = kept;
    }
    let total = CAP.min(keys.len() as u64);
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    for key in keys.iter().skip(offset).take(limit) {
        lines.extend(line(tx, key)?);
    }
    Ok((lines, total))
}

fn everything(tx: &SqlTx<'_>, most: i64) -> Result<Vec<Key>, StoreError> {
    let mut keys = tx.all(sql::CODES, params![tx.merchant, most, 0], |row| Ok(Key::Item(row.get(0)?)))?;
    let left = most.saturating_sub(i64::try_from(keys.len()).unwrap_or(most));
    if left > 0 {
        keys.extend(tx.all(sql::UNMAPPED, params![tx.merchant, left], unmapped)?);
    }
    Ok(keys)
}

/// The rows that listings of any channel belong to.
fn distinct(tx: &SqlTx<'_>, sql: &str, most: i64) -> Result<Vec<Key>, StoreError> {
    let mut keys = BTreeSet::new();
    for (channel, _) in listings::channels(tx)? {
        keys.extend(tx.all(sql, params![tx.merchant, channel, most], key_of_listing)?);
    }
    Ok(keys.into_iter().collect())
}

/// Codes and SKUs that begin with the text as it was typed, or in capitals, or in small letters: an index knows no case.
fn begin_with(tx: &SqlTx<'_>, text: &str, most: i64) -> Result<Vec<Key>, StoreError> {
    let spellings = BTreeSet::from([text.to_owned(), text.to_uppercase(), text.to_lowercase()]);
    let mut keys = BTreeSet::new();
    for spelling in spellings {
        let bounds = params![tx.merchant, spelling, after_prefix(&spelling), most];
        keys.extend(tx.all(sql::CODES_BETWEEN, bounds, |row| Ok(Key::Item(row.get(0)?)))?);
        keys.extend(tx.all(sql::SKUS_BETWEEN, bounds, key_of_listing)?);
    }
    Ok(keys.into_iter().collect())
}

/// Reads a row in full. `None` when a listing maps to an item that the item master does not have and nothing is left of
/// the row, or when it is gone.
fn line(tx: &SqlTx<'_>, key: &Key) -> Result<Option<Line>, StoreError> {
    match key {
        Key::Item(code) => {
            let line = (tx.item(code)?, tx.listings_of_item(code)?);
            Ok((line.0.is_some() || !line.1.is_empty()).then_some(line))
        }
        Key::Unmapped { connection, listing } => {
            let params = params![tx.merchant, connection, listing];
            let found = tx.one(listing_sql::GET, params, listing_row)?;
            Ok(found.map(|row| (None, vec![row])))
        }
    }
}

fn passes((item, listings): &Line, only: &str) -> bool {
    let available = item.as_ref().and_then(|item| item.available);
    listings.iter().any(|listing| match only {
        "differ" => listing.differs > 0,
        "unmapped" => listing.item.is_none(),
        "waiting" => listing.dirty,
        "withheld" => listing.desired.zip(available).is_some_and(|(desired, available)| desired < available),
        _ => true,
    }) || !matches!(only, "differ" | "unmapped" | "waiting" | "withheld")
}
