//! Stock: what the warehouse has, what channels list, what was sent and what was read back.

use crossdock_model::{Available, Item, KitPart, Listing};
use jiff::Timestamp;

use crate::StoreError;

/// An item of the warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// The item.
    pub item: Item,
    /// Available units; `None` when never seen.
    pub available: Option<i64>,
    /// When that was asked for.
    pub observed: Option<Timestamp>,
}

/// A listing of a channel with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingRow {
    /// The connection.
    pub connection: String,
    /// The channel's id.
    pub listing: String,
    /// The SKU.
    pub sku: String,
    /// Title.
    pub title: String,
    /// The item it maps to; `None` while unmapped.
    pub item: Option<String>,
    /// What the channel was last seen to show.
    pub published: i64,
    /// When.
    pub published_at: Timestamp,
    /// Whether it can be bought there.
    pub active: bool,
    /// Why not.
    pub inactive_because: String,
    /// What should be shown.
    pub desired: Option<i64>,
    /// What was last sent and accepted.
    pub sent: Option<i64>,
    /// When.
    pub sent_at: Option<Timestamp>,
    /// The effect that carries the figure now.
    pub flying: Option<i64>,
    /// Whether a figure waits to be sent.
    pub dirty: bool,
    /// Read-backs in a row that differed.
    pub differs: u32,
}

/// A unit sold that the warehouse does not count yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandRow {
    /// The order.
    pub flow: i64,
    /// Item code.
    pub item: String,
    /// Units.
    pub quantity: i64,
    /// When the order was seen to be complete in the warehouse; the demand ends with the first figure asked for after it.
    pub counted_from: Option<Timestamp>,
}

/// What a set of warehouse figures changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AvailabilityChange {
    /// Items whose figure changed or whose demand ended, sorted.
    pub changed: Vec<String>,
    /// Figures for codes that are not in the item master.
    pub unknown: u64,
    /// Items whose figure is the same.
    pub unchanged: u64,
}

/// A new desired figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockUpdate {
    /// The connection.
    pub connection: String,
    /// The listing.
    pub listing: String,
    /// What should be shown.
    pub desired: i64,
    /// Send it even if it equals what was sent (a correction after a read-back).
    pub again: bool,
}

/// An item with its listings; without an item for a listing that maps to none.
pub type StockPageRow = (Option<ItemRow>, Vec<ListingRow>);

/// Which stock to list.
#[derive(Debug, Clone, Default)]
pub struct StockQuery {
    /// Item codes or SKUs that begin with this.
    pub text: Option<String>,
    /// `differ`, `unmapped`, `waiting`, `withheld`, or all.
    pub only: Option<String>,
    /// Rows to skip.
    pub offset: u64,
    /// Rows to return.
    pub limit: u64,
}

/// Listings of one connection in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockCountRow {
    /// The connection.
    pub connection: String,
    /// All listings.
    pub listings: u64,
    /// Listings that differ at the last read-back.
    pub differ: u64,
    /// Of these, listings that differed at three read-backs in a row, though the figure was sent again each time.
    pub stubborn: u64,
    /// Without an item.
    pub unmapped: u64,
    /// Waiting to be sent.
    pub waiting: u64,
    /// Listings that show, or were sent, more than 0 and shall go to 0.
    pub to_zero: u64,
    /// Listings with a figure sent or published above 0.
    pub in_stock: u64,
    /// Listings that went to 0 by a push since the moment asked for.
    pub zeroed: u64,
}

/// What the figures of an item's listings depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemFigures {
    /// Whether the item is active and what is available of it, when the item master has it.
    pub stock: Option<(bool, Option<i64>)>,
    /// Its listings over all connections.
    pub listed: Vec<ListedFigure>,
}

/// A listing and what it should show so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFigure {
    /// The connection.
    pub connection: String,
    /// The listing.
    pub listing: String,
    /// The figure computed last.
    pub desired: Option<i64>,
}

/// Reading stock.
pub trait Stock {
    /// An item.
    fn item(&self, code: &str) -> Result<Option<ItemRow>, StoreError>;
    /// Item codes nearest to a text, for suggestions: codes, names or barcodes that contain it; at most `limit`.
    fn similar_items(&self, text: &str, limit: u64) -> Result<Vec<ItemRow>, StoreError>;
    /// How many items there are.
    fn item_count(&self) -> Result<u64, StoreError>;
    /// The parts of a kit; empty for a plain item.
    fn kit_parts(&self, kit: &str) -> Result<Vec<KitPart>, StoreError>;
    /// The parts of every kit, by kit and component.
    fn all_kit_parts(&self) -> Result<Vec<KitPart>, StoreError>;
    /// The kits that contain an item.
    fn kits_with(&self, component: &str) -> Result<Vec<String>, StoreError>;
    /// Whether any kit exists (spares a look-up per item where none does).
    fn has_kits(&self) -> Result<bool, StoreError>;
    /// Demand not counted by the warehouse, per item, for items that have any. Sorted by item.
    fn demand(&self) -> Result<Vec<(String, i64)>, StoreError>;
    /// The same for one item.
    fn demand_of(&self, item: &str) -> Result<i64, StoreError>;
    /// What the figures of these items' listings depend on, one entry per code. Codes must be sorted by their bytes.
    fn figures(&self, items: &[&str]) -> Result<Vec<ItemFigures>, StoreError>;
    /// The listings of an item over all connections.
    fn listings_of_item(&self, item: &str) -> Result<Vec<ListingRow>, StoreError>;
    /// The listings of a connection with a SKU.
    fn listings_of_sku(&self, connection: &str, sku: &str) -> Result<Vec<ListingRow>, StoreError>;
    /// Listings that wait to be sent and are not flying, at most `limit`, in listing order.
    fn dirty_listings(&self, connection: &str, limit: u64) -> Result<Vec<ListingRow>, StoreError>;
    /// A page of items with their listings (unmapped listings count as rows of their own) and how many match.
    fn stock_page(&self, query: &StockQuery) -> Result<(Vec<StockPageRow>, u64), StoreError>;
    /// Numbers per connection; `zeroed` counts pushes to 0 since `since`.
    fn stock_counts(&self, since: Timestamp) -> Result<Vec<StockCountRow>, StoreError>;
    /// Distinct SKUs of a connection that have no item, at most `limit`.
    fn unmapped_skus(&self, connection: &str, limit: u64) -> Result<Vec<String>, StoreError>;
}

/// Changing stock.
pub trait StockMut {
    /// Stores items of the item master. Returns how many were new or different.
    fn put_items(&mut self, items: &[Item], now: Timestamp) -> Result<u64, StoreError>;
    /// Replaces the kit table with these parts, if they differ. Returns whether they did.
    fn put_kits(&mut self, parts: &[KitPart]) -> Result<bool, StoreError>;
    /// Takes in figures that were asked for at `asked`. Rows must be sorted by item, at most one per item. A figure older
    /// than the stored one is ignored. Demand of orders counted before `asked` ends for these items. Writes only what
    /// changed. Unknown codes are counted and kept out.
    fn put_available(&mut self, rows: &[Available], asked: Timestamp) -> Result<AvailabilityChange, StoreError>;
    /// Stores listings as read at `asked`, maps their SKU (alias table first, then an item with exactly that code), and
    /// compares `published` with `sent`, or with `desired` when nothing was sent: a difference, with nothing dirty or flying
    /// and sent before `settled`, raises `differs`; agreement clears it. A figure that went down since it was read last, to
    /// less than was sent, is a sale and raises nothing yet. Returns the rows that are new, remapped or differ.
    fn put_listings(
        &mut self,
        connection: &str,
        listings: &[Listing],
        asked: Timestamp,
        settled: Timestamp,
    ) -> Result<Vec<ListingRow>, StoreError>;
    /// Removes the listings of a connection that were not read since `before`. Returns how many.
    fn drop_listings(&mut self, connection: &str, before: Timestamp) -> Result<u64, StoreError>;
    /// Maps the listings of a SKU anew after the alias table changed. Returns them.
    fn remap(&mut self, connection: &str, sku: &str) -> Result<Vec<ListingRow>, StoreError>;
    /// Sets desired figures; a row becomes dirty when `desired` differs from `sent` (or from `published` when nothing was
    /// sent), or when `again`. Returns how many became dirty.
    fn set_desired(&mut self, updates: &[StockUpdate]) -> Result<u64, StoreError>;
    /// Marks figures as carried by an effect.
    fn stock_flying(&mut self, connection: &str, effect: i64, listings: &[String]) -> Result<(), StoreError>;
    /// The effect's figures were accepted: `sent` becomes what it carried; rows stay dirty if `desired` moved on.
    fn stock_sent(
        &mut self,
        connection: &str,
        effect: i64,
        lines: &[(String, i64)],
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// The effect failed: its rows no longer fly and are dirty again, or not (`retry`).
    fn stock_landed(&mut self, connection: &str, effect: i64, retry: bool) -> Result<(), StoreError>;
    /// Sets the demand of an order (replaces what it had). Returns the items of which it needs more or less than before.
    fn put_demand(&mut self, flow: i64, lines: &[(String, i64)]) -> Result<Vec<String>, StoreError>;
    /// The order was seen complete in the warehouse at `at`.
    fn demand_counted(&mut self, flow: i64, at: Timestamp) -> Result<(), StoreError>;
}
