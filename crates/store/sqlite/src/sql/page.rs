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
    /// Relies on `listing_differs`.
    DIFFER = "SELECT connection, listing, item FROM listing INDEXED BY listing_differs
        WHERE merchant = ?1 AND differs > 0 ORDER BY connection, listing LIMIT ?2";
    /// Relies on `listing_dirty`.
    WAITING = "SELECT connection, listing, item FROM listing INDEXED BY listing_dirty
        WHERE merchant = ?1 AND dirty = 1 ORDER BY connection, listing LIMIT ?2";
    /// Reads listings until enough are found: what is held back has no index.
    WITHHELD = "SELECT l.connection, l.listing, l.item FROM listing l CROSS JOIN item i ON i.merchant = ?1 AND i.code = l.item
        WHERE l.merchant = ?1 AND l.desired < i.available ORDER BY l.connection, l.listing LIMIT ?2";
}
