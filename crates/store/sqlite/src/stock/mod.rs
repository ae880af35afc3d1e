//! Stock: items, kits, demand and listings. What takes more than a statement or two has a file of its own.

mod available;
mod demand;
mod desired;
mod items;
mod listings;
mod page;
mod shown;

use crossdock_model::{Available, Item, KitPart, Listing};
use crossdock_store::{
    AvailabilityChange, ItemFigures, ItemRow, ListingRow, Stock, StockCountRow, StockMut, StockQuery, StockUpdate,
    StoreError,
};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::sql::{item as item_sql, listing as sql};
use crate::tx::{SqlTx, at, count, int, maybe_at, micros};

/// Rows that are compared at a time: what keeps memory flat while a million figures pass.
const STRETCH: usize = 8_192;

fn item_row(row: &Row<'_>) -> rusqlite::Result<ItemRow> {
    Ok(ItemRow {
        item: Item { code: row.get(0)?, name: row.get(1)?, barcode: row.get(2)?, active: row.get(3)? },
        available: row.get(4)?,
        observed: maybe_at(row, 5)?,
    })
}

fn listing_row(row: &Row<'_>) -> rusqlite::Result<ListingRow> {
    Ok(ListingRow {
        connection: row.get(0)?,
        listing: row.get(1)?,
        sku: row.get(2)?,
        title: row.get(3)?,
        item: row.get(4)?,
        published: row.get(5)?,
        published_at: at(row, 6)?,
        active: row.get(7)?,
        inactive_because: row.get(8)?,
        desired: row.get(9)?,
        sent: row.get(10)?,
        sent_at: maybe_at(row, 11)?,
        flying: row.get(12)?,
        dirty: row.get(13)?,
        differs: row.get(14)?,
    })
}

impl Stock for SqlTx<'_> {
    fn item(&self, code: &str) -> Result<Option<ItemRow>, StoreError> {
        self.one(item_sql::GET, params![self.merchant, code], item_row)
    }

    fn similar_items(&self, text: &str, limit: u64) -> Result<Vec<ItemRow>, StoreError> {
        items::similar(self, text, limit)
    }

    fn item_count(&self) -> Result<u64, StoreError> {
        self.only(item_sql::COUNT, params![self.merchant], |row| count(row, 0))
    }

    fn kit_parts(&self, kit: &str) -> Result<Vec<KitPart>, StoreError> {
        self.all(item_sql::KIT_PARTS, params![self.merchant, kit], items::kit_part)
    }

    fn all_kit_parts(&self) -> Result<Vec<KitPart>, StoreError> {
        self.all(item_sql::ALL_PARTS, params![self.merchant], items::kit_part)
    }

    fn kits_with(&self, component: &str) -> Result<Vec<String>, StoreError> {
        self.all(item_sql::KITS_WITH, params![self.merchant, component], |row| row.get(0))
    }

    fn has_kits(&self) -> Result<bool, StoreError> {
        self.only(item_sql::HAS_KITS, params![self.merchant], |row| row.get(0))
    }

    fn demand(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.all(item_sql::DEMAND, params![self.merchant], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn demand_of(&self, item: &str) -> Result<i64, StoreError> {
        self.only(item_sql::DEMAND_OF, params![self.merchant, item], |row| row.get(0))
    }

    fn figures(&self, items: &[&str]) -> Result<Vec<ItemFigures>, StoreError> {
        items::figures(self, items)
    }

    fn listings_of_item(&self, item: &str) -> Result<Vec<ListingRow>, StoreError> {
        self.all(sql::OF_ITEM, params![self.merchant, item], listing_row)
    }

    fn listings_of_sku(&self, connection: &str, sku: &str) -> Result<Vec<ListingRow>, StoreError> {
        self.all(sql::OF_SKU, params![self.merchant, connection, sku], listing_row)
    }

    fn dirty_listings(&self, connection: &str, limit: u64) -> Result<Vec<ListingRow>, StoreError> {
        let Some(channel) = listings::channel(self, connection)? else {
            return Ok(Vec::new());
        };
        self.all(sql::DIRTY, params![self.merchant, channel, int(limit)], listing_row)
    }

    fn stock_page(&self, query: &StockQuery) -> Result<(Vec<(Option<ItemRow>, Vec<ListingRow>)>, u64), StoreError> {
        page::page(self, query)
    }

    fn stock_counts(&self, since: Timestamp) -> Result<Vec<StockCountRow>, StoreError> {
        listings::counts(self, since)
    }

    fn unmapped_skus(&self, connection: &str, limit: u64) -> Result<Vec<String>, StoreError> {
        let params = params![self.merchant, connection, int(limit)];
        self.all(sql::UNMAPPED_SKUS, params, |row| row.get(0))
    }
}

impl StockMut for SqlTx<'_> {
    fn put_items(&mut self, items: &[Item], _now: Timestamp) -> Result<u64, StoreError> {
        items::put(self, items)
    }

    fn put_kits(&mut self, parts: &[KitPart]) -> Result<bool, StoreError> {
        items::put_kits(self, parts)
    }

    fn put_available(&mut self, rows: &[Available], asked: Timestamp) -> Result<AvailabilityChange, StoreError> {
        available::put(self, rows, asked)
    }

    fn put_listings(
        &mut self,
        connection: &str,
        listings: &[Listing],
        asked: Timestamp,
        settled: Timestamp,
    ) -> Result<Vec<ListingRow>, StoreError> {
        listings::put(self, connection, listings, asked, settled)
    }

    fn drop_listings(&mut self, connection: &str, before: Timestamp) -> Result<u64, StoreError> {
        listings::drop_unread(self, connection, before)
    }

    fn remap(&mut self, connection: &str, sku: &str) -> Result<Vec<ListingRow>, StoreError> {
        listings::remap(self, connection, sku)
    }

    fn set_desired(&mut self, updates: &[StockUpdate]) -> Result<u64, StoreError> {
        desired::set(self, updates)
    }

    fn stock_flying(&mut self, connection: &str, effect: i64, listings: &[String]) -> Result<(), StoreError> {
        shown::take_off(self, connection, effect, listings)
    }

    fn stock_sent(
        &mut self,
        connection: &str,
        effect: i64,
        lines: &[(String, i64)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        shown::sent(self, connection, effect, lines, now)
    }

    fn stock_landed(&mut self, connection: &str, effect: i64, retry: bool) -> Result<(), StoreError> {
        if let Some(channel) = listings::channel(self, connection)? {
            shown::land(self, channel, effect, retry)?;
        }
        Ok(())
    }

    fn put_demand(&mut self, flow: i64, lines: &[(String, i64)]) -> Result<Vec<String>, StoreError> {
        demand::put(self, flow, lines)
    }

    fn demand_counted(&mut self, flow: i64, at: Timestamp) -> Result<(), StoreError> {
        self.run(item_sql::DEMAND_COUNTED, params![flow, self.merchant, micros(at)])?;
        Ok(())
    }
}
