//! Statements on listings and their figures.

use super::statements;

/// A listing in the order in which `stock::listing_row` reads it.
macro_rules! columns {
    () => {
        "l.connection, l.listing, l.sku, l.title, l.item, s.published, s.published_at, l.active, l.inactive_because, \
         s.desired, s.sent, s.sent_at, s.flying, s.dirty, s.differs"
    };
}

statements! {
    GET = concat!("SELECT ", columns!(), ", l.id FROM listing l CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing = ?3");
    /// Relies on `listing_item`.
    OF_ITEM = concat!("SELECT ", columns!(), " FROM listing l INDEXED BY listing_item CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.item = ?2 ORDER BY l.connection, l.listing");
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
    /// Reads the figures of all listings of a channel, by `shown_channel`.
    COUNTS = "SELECT count(*), ifnull(sum(differs > 0), 0), ifnull(sum(dirty), 0),
            ifnull(sum(ifnull(desired, 1) = 0 AND (dirty = 1 OR flying IS NOT NULL)
                AND (published > 0 OR ifnull(sent, 0) > 0)), 0),
            ifnull(sum(published > 0 OR ifnull(sent, 0) > 0), 0), ifnull(sum(ifnull(zeroed_at >= ?3, 0)), 0)
        FROM shown INDEXED BY shown_channel WHERE merchant = ?1 AND channel = ?2";
    /// Relies on `listing_unmapped` alone.
    COUNT_UNMAPPED = "SELECT count(*) FROM listing INDEXED BY listing_unmapped
        WHERE merchant = ?1 AND connection = ?2 AND item IS NULL";

    CHANNELS = "SELECT id, name FROM channel WHERE merchant = ?1 ORDER BY name";
    CHANNEL = "SELECT id FROM channel WHERE merchant = ?1 AND name = ?2";
    ADD_CHANNEL = "INSERT INTO channel (merchant, name) VALUES (?1, ?2)";

    INSERT = "INSERT INTO listing (merchant, connection, listing, sku, title, item, active, inactive_because)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    SHOW = "INSERT INTO shown (listing, merchant, channel, published, published_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    /// What every read-back writes: no index holds any of these.
    READ_BACK = "UPDATE shown SET published = ?3, published_at = ?4 WHERE listing = ?1 AND merchant = ?2";
    COMPARED = "UPDATE shown SET differs = ?3 WHERE listing = ?1 AND merchant = ?2";
    DESCRIBE = "UPDATE listing SET sku = ?3, title = ?4, item = ?5, active = ?6, inactive_because = ?7
        WHERE id = ?1 AND merchant = ?2";
    MAP = "UPDATE listing SET item = ?4 WHERE merchant = ?1 AND connection = ?2 AND sku = ?3 AND item IS NOT ?4";
    /// Relies on `shown_channel`.
    DROP = "DELETE FROM shown WHERE merchant = ?1 AND channel = ?2 AND published_at < ?3 RETURNING listing";
    DROP_NAMES = "DELETE FROM listing WHERE id = ?1 AND merchant = ?2";

    /// Figures of a stretch of listings, in order.
    FIGURES = "SELECT l.listing, l.id, s.desired, s.sent, s.published, s.dirty
        FROM listing l INDEXED BY listing_key CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing BETWEEN ?3 AND ?4 ORDER BY l.listing";
    FIGURE = "SELECT l.listing, l.id, s.desired, s.sent, s.published, s.dirty
        FROM listing l INDEXED BY listing_key CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing = ?3";
    DESIRE = "UPDATE shown SET desired = ?3 WHERE listing = ?1 AND merchant = ?2";
    DESIRE_AND_MARK = "UPDATE shown SET desired = ?3, dirty = ?4 WHERE listing = ?1 AND merchant = ?2";
    TAKE_OFF = "UPDATE shown SET flying = ?4, carried = desired, dirty = 0
        WHERE listing = (SELECT id FROM listing WHERE merchant = ?1 AND connection = ?2 AND listing = ?3)";
    /// Every expression sees the row as it was: `sent` on the right is the figure before this one.
    SENT = "UPDATE shown SET sent = ?5, sent_at = ?6, flying = NULL, carried = NULL, dirty = desired IS NOT ?5,
            zeroed_at = CASE WHEN ?5 = 0 AND ifnull(sent, published) > 0 THEN ?6 ELSE zeroed_at END
        WHERE listing = (SELECT id FROM listing WHERE merchant = ?1 AND connection = ?2 AND listing = ?3) AND flying = ?4";
    /// Relies on `shown_flying`. A figure that moved on during the flight waits in any case.
    LAND = "UPDATE shown SET dirty = (?4 OR desired IS NOT carried), flying = NULL, carried = NULL
        WHERE merchant = ?1 AND channel = ?2 AND flying = ?3";
}
