//! Statements on flows: rows, what finds them, what was seen, and the overview's figures.

use super::statements;

/// The columns of a flow in the order in which `flow::row` reads them.
macro_rules! columns {
    () => {
        "f.id, f.kind, f.key, f.connection, f.parent, f.number, f.state, f.cause, f.data, f.version, f.wake_at, \
         f.deadline, f.amount, f.currency, f.in_warehouse, f.despatched, f.confirmed, f.created, f.updated"
    };
}

statements! {
    GET = concat!("SELECT ", columns!(), " FROM flow f WHERE f.id = ?1 AND f.merchant = ?2");
    BY_KEY = concat!("SELECT ", columns!(), " FROM flow f WHERE f.merchant = ?1 AND f.kind = ?2 AND f.key = ?3");
    CHILDREN = concat!("SELECT ", columns!(), " FROM flow f WHERE f.parent = ?1 AND f.merchant = ?2 ORDER BY f.id");
    INSERT = "INSERT INTO flow (merchant, kind, key, connection, parent, number, state, data, version, created, updated)
        VALUES (?1, ?2, ?3, ?4, ?5, '', ?6, ?7, 1, ?8, ?8)
        ON CONFLICT (merchant, kind, key) DO NOTHING";
    UPDATE = "UPDATE flow SET number = ?4, state = ?5, cause = ?6, data = ?7, version = version + 1, wake_at = ?8,
            deadline = ?9, due = ifnull(?9, 9223372036854775807), amount = ?10, currency = ?11, in_warehouse = ?12, despatched = ?13, confirmed = ?14,
            updated = ?15, journal_seq = ifnull(?16, journal_seq), journal_hash = ifnull(?17, journal_hash)
        WHERE id = ?1 AND merchant = ?2 AND version = ?3";

    /// Relies on `flow_wake`.
    DUE = "SELECT id FROM flow WHERE merchant = ?1 AND wake_at <= ?2 ORDER BY wake_at, id LIMIT ?3";
    /// Relies on `flow_wake`.
    NEXT_WAKE = "SELECT min(wake_at) FROM flow WHERE merchant = ?1 AND wake_at IS NOT NULL";

    /// Relies on `flow_list` alone; grouped in index order.
    COUNT_STATES = "SELECT state, count(*) FROM flow INDEXED BY flow_list WHERE merchant = ?1 AND kind = ?2
        GROUP BY connection, state";
    /// Relies on `flow_created` alone.
    COUNT_STATES_SINCE = "SELECT state, count(*) FROM flow INDEXED BY flow_created
        WHERE merchant = ?1 AND kind = ?2 AND created >= ?3 GROUP BY state";
    /// Relies on `flow_created` alone.
    COUNT_MILESTONES = "SELECT count(in_warehouse), count(despatched), count(confirmed) FROM flow INDEXED BY flow_created
        WHERE merchant = ?1 AND kind = ?2 AND created >= ?3";
    /// Relies on `flow_created` alone.
    PER_HOUR = "SELECT created - created % 3600000000 AS hour, connection, count(*) FROM flow INDEXED BY flow_created
        WHERE merchant = ?1 AND kind = ?2 AND created >= ?3 GROUP BY hour, connection ORDER BY hour, connection";
    /// The newest seconds to the warehouse, capped; relies on `flow_in_warehouse` alone.
    TO_WAREHOUSE = "SELECT (in_warehouse - created) / 1000000 FROM flow
        WHERE merchant = ?1 AND in_warehouse >= ?2 ORDER BY in_warehouse DESC LIMIT ?3";
    /// The newest seconds from despatch to confirmation, capped; relies on `flow_confirmed` alone.
    TO_CONFIRM = "SELECT (confirmed - despatched) / 1000000 FROM flow
        WHERE merchant = ?1 AND kind = 'despatch' AND confirmed >= ?2 AND despatched IS NOT NULL
        ORDER BY confirmed DESC LIMIT ?3";

    ADD_TERM = "INSERT INTO search_term (merchant, term, flow) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    /// Orders with exactly this term, newest first; relies on the primary key of `search_term`.
    FIND_EXACT = concat!("SELECT ", columns!(), " FROM search_term t CROSS JOIN flow f ON f.id = t.flow
        WHERE t.merchant = ?1 AND t.term = ?2 AND f.kind = 'order' ORDER BY t.flow DESC LIMIT ?3");
    /// Flows whose terms lie after the first text and before the second. From the end of the alphabet, because where a
    /// cap cuts, ascending order numbers make those the newer ones.
    FIND_PREFIX = "SELECT flow FROM search_term WHERE merchant = ?1 AND term > ?2 AND term < ?3 ORDER BY term DESC LIMIT ?4";

    SEE = "INSERT INTO seen (merchant, source, id, hash, at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (merchant, source, id) DO UPDATE SET hash = ?4, at = ?5 WHERE hash <> ?4";
}
