//! Statements on exceptions.

use super::statements;

/// An exception with the number of its flow's order, in the order in which `exceptions::row` reads them.
macro_rules! select {
    () => {
        "SELECT e.id, e.flow, e.connection, e.cause, e.fingerprint, e.owner, e.detail, e.next_action, e.due, e.amount, \
         e.currency, coalesce(o.number, f.number, ''), e.opened, e.resolved, e.resolution FROM exception e \
         LEFT JOIN flow f ON f.id = e.flow LEFT JOIN flow o ON o.id = f.parent "
    };
}

statements! {
    /// All open ones, group by group, the oldest of each first; relies on `exception_open`.
    OPEN = "SELECT id, fingerprint, amount, currency, due, opened FROM exception INDEXED BY exception_open
        WHERE merchant = ?1 AND resolved IS NULL ORDER BY fingerprint, opened";
    GET = concat!(select!(), "WHERE e.id = ?1 AND e.merchant = ?2");
    OPEN_IN_GROUP = concat!(select!(), "WHERE e.merchant = ?1 AND e.fingerprint = ?2 AND e.resolved IS NULL
        ORDER BY e.due IS NULL, e.due, e.id LIMIT ?3");
    /// Relies on `exception_flow`.
    OF_FLOW = concat!(select!(), "WHERE e.flow = ?1 AND e.merchant = ?2 ORDER BY e.resolved IS NOT NULL, e.id DESC");
    /// Relies on `exception_opened`.
    OPENED_SINCE = "SELECT opened FROM exception WHERE merchant = ?1 AND fingerprint = ?2 AND opened >= ?3
        ORDER BY opened, id";
    /// Relies on `exception_open`.
    FLOWS_WAITING = "SELECT flow FROM exception INDEXED BY exception_open
        WHERE merchant = ?1 AND fingerprint = ?2 AND resolved IS NULL AND flow IS NOT NULL ORDER BY opened, id LIMIT ?3";

    /// Relies on `exception_one`.
    FIND_OPEN = "SELECT id FROM exception WHERE merchant = ?1 AND fingerprint = ?2 AND ifnull(flow, 0) = ifnull(?3, 0)
        AND resolved IS NULL";
    OPEN_NEW = "INSERT INTO exception (merchant, flow, connection, cause, fingerprint, owner, detail, next_action, due,
            amount, currency, opened)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    /// Writes only when something differs, so that a state seen again and again costs nothing.
    REFRESH = "UPDATE exception SET connection = ?3, cause = ?4, owner = ?5, detail = ?6, next_action = ?7, due = ?8,
            amount = ?9, currency = ?10
        WHERE id = ?1 AND merchant = ?2 AND (connection, cause, owner, detail, next_action, due, amount, currency)
            IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    /// Relies on `exception_flow`.
    RESOLVE_FLOW = "UPDATE exception SET resolved = ?4, resolution = ?3
        WHERE flow = ?1 AND merchant = ?2 AND resolved IS NULL AND (?5 IS NULL OR cause = ?5)";
    /// Relies on `exception_one`.
    RESOLVE_FINGERPRINT = "UPDATE exception SET resolved = ?4, resolution = ?3
        WHERE merchant = ?1 AND fingerprint = ?2 AND ifnull(flow, 0) = 0 AND resolved IS NULL";
}
