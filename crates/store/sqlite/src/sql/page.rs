//! Statements behind a page of stock. `stock::page` says how they fit together.

use super::statements;

statements! {
    /// All item codes, a page of them.
    CODES = "SELECT code FROM item WHERE merchant = ?1 ORDER BY code LIMIT ?2 OFFSET ?3";
    CODES_BETWEEN = "SELECT code FROM item WHERE merchant = ?1 AND code >= ?2 AND code < ?3 ORDER BY code LIMIT ?4";
    /// Listings without an item; relies on `listing_unmapped`.
    UNMAPPED = "SELECT connection, listing FROM listing INDEXED BY listing_unmapped
        WHERE merchant = ?1 AND item IS NULL ORDER BY connection, sku, listing LIMIT ?2";
    /// Relies on `listing_sku`.
    SKUS_BETWEEN = "SELECT connection, listing, item FROM listing WHERE merchant = ?1 AND sku >= ?2 AND sku < ?3
        ORDER BY sku, connection, listing LIMIT ?4";
    /// Relies on `shown_differs`.
    DIFFER = "SELECT l.connection, l.listing, l.item FROM shown s INDEXED BY shown_differs
        CROSS JOIN listing l ON l.id = s.listing
        WHERE s.channel = ?2 AND s.differs > 0 AND l.merchant = ?1 ORDER BY s.listing LIMIT ?3";
    /// Relies on `shown_dirty`.
    WAITING = "SELECT l.connection, l.listing, l.item FROM shown s INDEXED BY shown_dirty
        CROSS JOIN listing l ON l.id = s.listing
        WHERE s.channel = ?2 AND s.dirty = 1 AND l.merchant = ?1 ORDER BY s.listing LIMIT ?3";
    /// Reads listings until enough are found: what is held back has no index.
    WITHHELD = "SELECT l.connection, l.listing, l.item FROM shown s INDEXED BY shown_channel
        CROSS JOIN listing l ON l.id = s.listing
        CROSS JOIN item i ON i.merchant = ?1 AND i.code = l.item CROSS JOIN figure f ON f.item = i.id
        WHERE s.channel = ?2 AND s.desired < f.available AND l.merchant = ?1 ORDER BY s.listing LIMIT ?3";
}
