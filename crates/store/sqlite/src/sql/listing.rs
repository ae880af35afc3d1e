//! Statements on listings. Their figures have a file of their own.

use super::statements;

/// A listing in the order in which `stock::listing_row` reads it.
macro_rules! columns {
    () => {
        "l.connection, l.listing, l.sku, l.title, l.item, s.published, s.published_at, l.active, l.inactive_because, \
         s.desired, s.sent, s.sent_at, s.flying, s.dirty, s.differs"
    };
}

statements! {
    /// With what `Shown::read` reads, behind the row.
    GET = concat!("SELECT ", columns!(), ", s.listing, s.channel, s.desired, s.sent, s.published, s.flying, s.carried,
            s.dirty, s.differs FROM listing l INDEXED BY listing_key CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing = ?3");
    /// Relies on `listing_item`.
    OF_ITEM = concat!("SELECT ", columns!(), " FROM listing l INDEXED BY listing_item CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.item = ?2 ORDER BY l.connection, l.listing");
    /// What is listed of a stretch of items, in their order; relies on `listing_item`.
    FIGURES = "SELECT l.item, l.connection, l.listing, s.desired
        FROM listing l INDEXED BY listing_item CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.item BETWEEN ?2 AND ?3 ORDER BY l.item";
    FIGURES_OF = "SELECT l.item, l.connection, l.listing, s.desired
        FROM listing l INDEXED BY listing_item CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.item = ?2";
    /// Relies on `listing_sku`.
    OF_SKU = concat!("SELECT ", columns!(), " FROM listing l INDEXED BY listing_sku CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.sku = ?3 ORDER BY l.listing");
    /// Those that were listed first, relying on `shown_dirty`; they come in the order of their own ids.
    DIRTY = concat!("SELECT ", columns!(), " FROM (SELECT listing FROM shown INDEXED BY shown_dirty
            WHERE channel = ?2 AND dirty = 1 AND flying IS NULL ORDER BY listing LIMIT ?3) picked
        CROSS JOIN listing l ON l.id = picked.listing CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 ORDER BY l.listing");
    /// Relies on `listing_unmapped`.
    UNMAPPED_SKUS = "SELECT DISTINCT sku FROM listing INDEXED BY listing_unmapped
        WHERE merchant = ?1 AND connection = ?2 AND item IS NULL ORDER BY sku LIMIT ?3";
    /// Relies on `listing_unmapped` alone.
    COUNT_UNMAPPED = "SELECT count(*) FROM listing INDEXED BY listing_unmapped
        WHERE merchant = ?1 AND connection = ?2 AND item IS NULL";

    INSERT = "INSERT INTO listing (merchant, connection, listing, sku, title, item, active, inactive_because)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    DESCRIBE = "UPDATE listing SET sku = ?3, title = ?4, item = ?5, active = ?6, inactive_because = ?7
        WHERE id = ?1 AND merchant = ?2";
    MAP = "UPDATE listing SET item = ?4 WHERE merchant = ?1 AND connection = ?2 AND sku = ?3 AND item IS NOT ?4";
    DROP = "DELETE FROM listing WHERE id = ?1 AND merchant = ?2";
}
