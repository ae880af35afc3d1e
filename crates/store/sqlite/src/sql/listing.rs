//! Statements on listings.

use super::statements;

/// A listing in the order in which `stock::listing_row` reads it.
macro_rules! columns {
    () => {
        "connection, listing, sku, title, item, published, published_at, active, inactive_because, desired, sent, \
         sent_at, flying, dirty, differs"
    };
}

statements! {
    GET = concat!("SELECT ", columns!(), " FROM listing WHERE merchant = ?1 AND connection = ?2 AND listing = ?3");
    /// Relies on `listing_item`.
    OF_ITEM = concat!("SELECT ", columns!(), " FROM listing INDEXED BY listing_item WHERE merchant = ?1 AND item = ?2
        ORDER BY connection, listing");
    /// Relies on `listing_sku`.
    OF_SKU = concat!("SELECT ", columns!(), " FROM listing WHERE merchant = ?1 AND connection = ?2 AND sku = ?3
        ORDER BY listing");
    /// Relies on `listing_dirty`.
    DIRTY = concat!("SELECT ", columns!(), " FROM listing INDEXED BY listing_dirty
        WHERE merchant = ?1 AND connection = ?2 AND dirty = 1 AND flying IS NULL ORDER BY listing LIMIT ?3");
    /// Relies on `listing_unmapped`.
    UNMAPPED_SKUS = "SELECT DISTINCT sku FROM listing INDEXED BY listing_unmapped
        WHERE merchant = ?1 AND connection = ?2 AND item IS NULL ORDER BY sku LIMIT ?3";
    /// Reads all listings.
    COUNTS = "SELECT connection, count(*), sum(differs > 0), sum(item IS NULL), sum(dirty),
            sum(ifnull(desired, 1) = 0 AND (dirty = 1 OR flying IS NOT NULL) AND (published > 0 OR ifnull(sent, 0) > 0)),
            sum(published > 0 OR ifnull(sent, 0) > 0), sum(ifnull(zeroed_at >= ?2, 0))
        FROM listing WHERE merchant = ?1 GROUP BY connection";

    INSERT = "INSERT INTO listing (merchant, connection, listing, sku, title, item, published, published_at, active,
            inactive_because)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    /// What every read-back writes: no index holds any of these.
    READ_BACK = "UPDATE listing SET published = ?4, published_at = ?5 WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    DESCRIBE = "UPDATE listing SET sku = ?4, title = ?5, item = ?6, active = ?7, inactive_because = ?8
        WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    COMPARED = "UPDATE listing SET differs = ?4 WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    MAP = "UPDATE listing SET item = ?4 WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    DROP = "DELETE FROM listing WHERE merchant = ?1 AND connection = ?2 AND published_at < ?3";

    /// Figures of a stretch of listings, in order.
    FIGURES = "SELECT listing, desired, sent, published, dirty FROM listing
        WHERE merchant = ?1 AND connection = ?2 AND listing BETWEEN ?3 AND ?4 ORDER BY listing";
    FIGURE = "SELECT listing, desired, sent, published, dirty FROM listing
        WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    DESIRE = "UPDATE listing SET desired = ?4, dirty = ?5 WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    TAKE_OFF = "UPDATE listing SET flying = ?4, carried = desired, dirty = 0
        WHERE merchant = ?1 AND connection = ?2 AND listing = ?3";
    /// Every expression sees the row as it was: `sent` on the right is the figure before this one.
    SENT = "UPDATE listing SET sent = ?5, sent_at = ?6, flying = NULL, carried = NULL, dirty = desired IS NOT ?5,
            zeroed_at = CASE WHEN ?5 = 0 AND ifnull(sent, published) > 0 THEN ?6 ELSE zeroed_at END
        WHERE merchant = ?1 AND connection = ?2 AND listing = ?3 AND flying = ?4";
    /// Relies on `listing_flying`. A figure that moved on during the flight waits in any case.
    LAND = "UPDATE listing SET dirty = (?4 OR desired IS NOT carried), flying = NULL, carried = NULL
        WHERE merchant = ?1 AND connection = ?2 AND flying = ?3";
}
