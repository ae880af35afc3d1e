//! Statements behind a page of flows. `flows::list` says how they fit together.

use super::statements;

statements! {
    /// The first pair of connection and state; relies on `flow_list`.
    FIRST_PAIR = "SELECT connection, state FROM flow WHERE merchant = ?1 AND kind = ?2
        ORDER BY connection, state LIMIT 1";
    /// The next state of a connection. Two statements, because SQLite walks up to the end of `(a, b) > (x, y)`.
    NEXT_STATE = "SELECT connection, state FROM flow WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state > ?4
        ORDER BY state LIMIT 1";
    /// The first state of the next connection.
    NEXT_CONNECTION = "SELECT connection, state FROM flow WHERE merchant = ?1 AND kind = ?2 AND connection > ?3
        ORDER BY connection, state LIMIT 1";

    /// The newest of one pair; relies on `flow_list`.
    NEWEST = "SELECT id, id FROM flow INDEXED BY flow_list
        WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state = ?4 ORDER BY id DESC LIMIT ?5";
    /// The soonest due of one pair; relies on `flow_due`.
    SOONEST = "SELECT id, due FROM flow INDEXED BY flow_due
        WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state = ?4 AND due < ?6 ORDER BY due, id LIMIT ?5";
    /// Those of one pair that fell due last; relies on `flow_due`.
    LATEST = "SELECT id, id FROM flow INDEXED BY flow_due
        WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state = ?4 AND due < ?6 ORDER BY due DESC LIMIT ?5";
    /// The soonest due of one pair, those without a deadline last; relies on `flow_due`.
    SOONEST_ALL = "SELECT id, due FROM flow INDEXED BY flow_due
        WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state = ?4 ORDER BY due, id LIMIT ?5";

    /// How many of one pair there are, counted no further than the limit.
    COUNT = "SELECT count(*) FROM (SELECT 1 FROM flow INDEXED BY flow_list
        WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state = ?4 LIMIT ?5)";
    /// How many of one pair are due, counted no further than the limit.
    COUNT_DUE = "SELECT count(*) FROM (SELECT 1 FROM flow INDEXED BY flow_due
        WHERE merchant = ?1 AND kind = ?2 AND connection = ?3 AND state = ?4 AND due < ?6 LIMIT ?5)";

    /// Candidates with a cause, newest first; relies on `flow_cause`.
    WITH_CAUSE = "SELECT id, connection, state, cause, due FROM flow
        WHERE merchant = ?1 AND kind = ?2 AND cause = ?3 ORDER BY id DESC LIMIT ?4";
    /// Candidates with a term between two texts; from the end of the alphabet (see `flow::FIND_PREFIX`).
    WITH_TERM = "SELECT f.id, f.connection, f.state, f.cause, f.due FROM search_term t CROSS JOIN flow f ON f.id = t.flow
        WHERE t.merchant = ?1 AND t.term >= ?3 AND t.term < ?4 AND f.kind = ?2 ORDER BY t.term DESC LIMIT ?5";
}
