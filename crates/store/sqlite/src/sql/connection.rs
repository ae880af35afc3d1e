//! Statements on connections and what belongs to them.

use super::statements;

statements! {
    GET = "SELECT health, probed, last_good, failures, problem, stopped, facts, guard, guarded_at FROM connection
        WHERE merchant = ?1 AND name = ?2";
    PUT = "INSERT INTO connection (merchant, name, health, probed, last_good, failures, problem, stopped, facts, guard,
            guarded_at, updated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (merchant, name) DO UPDATE SET health = ?3, probed = ?4, last_good = ?5, failures = ?6, problem = ?7,
            stopped = ?8, facts = ?9, guard = ?10, guarded_at = ?11, updated = ?12";

    SCHEDULES = "SELECT connection, name, next, watermark, started, resume, last_good, failures, problem FROM schedule
        WHERE merchant = ?1 AND connection = ?2 ORDER BY name";
    PUT_SCHEDULE = "INSERT INTO schedule (merchant, connection, name, next, watermark, started, resume, last_good, failures,
            problem)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (merchant, connection, name) DO UPDATE SET next = ?4, watermark = ?5, started = ?6, resume = ?7,
            last_good = ?8, failures = ?9, problem = ?10";

    WINDOWS = "SELECT connection, name, calls FROM call_window WHERE merchant = ?1 AND connection = ?2 ORDER BY name";
    PUT_WINDOW = "INSERT INTO call_window (merchant, connection, name, calls) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (merchant, connection, name) DO UPDATE SET calls = ?4";

    /// Relies on `hint_oldest`.
    HINTS = "SELECT connection, kind, key, at FROM hint WHERE merchant = ?1 AND connection = ?2
        ORDER BY at, kind, key LIMIT ?3";
    ADD_HINT = "INSERT INTO hint (merchant, connection, kind, key, at, latest) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
        ON CONFLICT (merchant, connection, kind, key) DO UPDATE SET latest = ?5 WHERE latest < ?5";
    SERVE_HINT = "DELETE FROM hint WHERE merchant = ?1 AND connection = ?2 AND kind = ?3 AND key = ?4 AND latest < ?5";
    /// Served, but it came again while the look ran: it waits on from that arrival.
    KEEP_HINT = "UPDATE hint SET at = latest
        WHERE merchant = ?1 AND connection = ?2 AND kind = ?3 AND key = ?4 AND at < ?5 AND latest >= ?5";

    SUBSCRIPTIONS = "SELECT connection, event, token, secret, url, remote_id, created, last_delivery, deliveries
        FROM subscription WHERE merchant = ?1 AND connection = ?2 ORDER BY event";
    PUT_SUBSCRIPTION = "INSERT INTO subscription (merchant, connection, event, token, secret, url, remote_id, created,
            last_delivery, deliveries)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        ON CONFLICT (merchant, connection, event) DO UPDATE SET token = ?4, secret = ?5, url = ?6, remote_id = ?7,
            created = ?8, last_delivery = ?9, deliveries = ?10";
}
