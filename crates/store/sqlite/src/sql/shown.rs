//! Statements on the figures of listings. Whatever changes them also changes their channel's counts (`stock::shown`).

use super::statements;

/// What the counts depend on, in the order in which `Shown::read` reads it.
macro_rules! columns {
    () => {
        "s.listing, s.channel, s.desired, s.sent, s.published, s.flying, s.carried, s.dirty, s.differs"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM listing l INDEXED BY listing_key CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing = ?3");
    /// Relies on `shown_flying`.
    FLYING = concat!("SELECT ", columns!(), " FROM shown s INDEXED BY shown_flying
        WHERE s.merchant = ?1 AND s.channel = ?2 AND s.flying = ?3 ORDER BY s.listing");
    /// Figures of a stretch of listings, in order.
    STRETCH = concat!("SELECT l.listing, ", columns!(), "
        FROM listing l INDEXED BY listing_key CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing BETWEEN ?3 AND ?4 ORDER BY l.listing");
    /// The same for one listing.
    SINGLE = concat!("SELECT l.listing, ", columns!(), "
        FROM listing l INDEXED BY listing_key CROSS JOIN shown s ON s.listing = l.id
        WHERE l.merchant = ?1 AND l.connection = ?2 AND l.listing = ?3");

    SHOW = "INSERT INTO shown (listing, merchant, channel, published, published_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    /// What every read-back writes: no index holds any of these.
    READ_BACK = "UPDATE shown SET published = ?3, published_at = ?4 WHERE listing = ?1 AND merchant = ?2";
    COMPARED = "UPDATE shown SET differs = ?3 WHERE listing = ?1 AND merchant = ?2";
    DESIRE = "UPDATE shown SET desired = ?3 WHERE listing = ?1 AND merchant = ?2";
    DESIRE_AND_MARK = "UPDATE shown SET desired = ?3, dirty = ?4 WHERE listing = ?1 AND merchant = ?2";
    FLY = "UPDATE shown SET flying = ?3, carried = ?4, dirty = ?5 WHERE listing = ?1 AND merchant = ?2";
    SENT = "UPDATE shown SET sent = ?3, sent_at = ?4, dirty = ?5, flying = NULL, carried = NULL,
            zeroed_at = CASE WHEN ?6 THEN ?4 ELSE zeroed_at END
        WHERE listing = ?1 AND merchant = ?2";
    /// Relies on `shown_channel`.
    UNREAD = concat!("SELECT ", columns!(), " FROM shown s INDEXED BY shown_channel
        WHERE s.merchant = ?1 AND s.channel = ?2 AND s.published_at < ?3 ORDER BY s.listing");
    DROP = "DELETE FROM shown WHERE listing = ?1 AND merchant = ?2";

    CHANNELS = "SELECT id, name FROM channel WHERE merchant = ?1 ORDER BY name";
    CHANNEL = "SELECT id FROM channel WHERE merchant = ?1 AND name = ?2";
    ADD_CHANNEL = "INSERT INTO channel (merchant, name) VALUES (?1, ?2)";
    COUNT = "UPDATE channel SET listings = listings + ?3, differ = differ + ?4, waiting = waiting + ?5,
            to_zero = to_zero + ?6, in_stock = in_stock + ?7
        WHERE id = ?1 AND merchant = ?2";
    COUNTS = "SELECT id, name, listings, differ, waiting, to_zero, in_stock FROM channel
        WHERE merchant = ?1 AND listings > 0 ORDER BY name";
    /// Relies on `shown_differs`.
    COUNT_STUBBORN = "SELECT count(*) FROM shown INDEXED BY shown_differs
        WHERE merchant = ?1 AND channel = ?2 AND differs > 0 AND differs >= ?3";
    /// Relies on `shown_zeroed` alone.
    COUNT_ZEROED = "SELECT count(*) FROM shown INDEXED BY shown_zeroed WHERE merchant = ?1 AND channel = ?2 AND zeroed_at >= ?3";
}
