//! Statements on effects.

use super::statements;

/// The columns of an effect in the order in which `effects::row` reads them.
macro_rules! columns {
    () => {
        "id, connection, kind, key, flow, object, priority, deadline, phase, stage, note, attempt, doubted, \
         absences, absent_at, epoch, send_deadline, horizon, not_before, failures, evidence, created, updated, touched"
    };
}

/// Phases of an effect that waits for its next call: the condition of the partial indexes `effect_waiting` and
/// `effect_next`, which SQLite compares word by word. No `IN`: three words and more are put into a table each time.
macro_rules! waiting {
    () => {
        "(phase = 'planned' OR phase = 'armed' OR phase = 'unknown')"
    };
}

/// Phases of an effect of which something is to come: the condition of `effect_object` and `effect_withdrawn`.
macro_rules! live {
    () => {
        "(phase = 'planned' OR phase = 'armed' OR phase = 'sending' OR phase = 'unknown')"
    };
}

statements! {
    GET = concat!("SELECT ", columns!(), " FROM effect WHERE id = ?1 AND merchant = ?2");
    BY_KEY = concat!("SELECT ", columns!(), " FROM effect WHERE merchant = ?1 AND key = ?2");
    OPERATION = "SELECT text FROM operation WHERE effect = ?1 AND merchant = ?2";
    OF_FLOW = concat!("SELECT ", columns!(), " FROM effect WHERE flow = ?1 AND merchant = ?2 ORDER BY id");

    /// Walks `effect_waiting` in order; `effect_object` answers whether an older one is live.
    DUE = concat!("SELECT ", columns!(), " FROM effect AS e INDEXED BY effect_waiting
        WHERE merchant = ?1 AND connection = ?2 AND ", waiting!(), " AND not_before <= ?3
          AND NOT EXISTS (
            SELECT 1 FROM effect AS older INDEXED BY effect_object
            WHERE older.merchant = ?1 AND older.connection = ?2 AND older.object = e.object AND older.id < e.id
              AND ", live!(), ")
        ORDER BY priority, due, id LIMIT ?4");
    /// Relies on `effect_next`.
    NEXT = concat!("SELECT min(not_before) FROM effect INDEXED BY effect_next
        WHERE merchant = ?1 AND connection = ?2 AND ", waiting!(), " AND not_before > ?3");
    /// Relies on `effect_object` alone.
    WITHDRAWN = concat!("SELECT id FROM effect INDEXED BY effect_withdrawn WHERE merchant = ?1 AND connection = ?2
        AND withdrawn = 1 AND ", live!(), " ORDER BY id");
    WITHDRAW = concat!("UPDATE effect SET withdrawn = 1
        WHERE merchant = ?1 AND key = ?2 AND ", live!());
    LIVE_ON = concat!("SELECT EXISTS (SELECT 1 FROM effect INDEXED BY effect_object
        WHERE merchant = ?1 AND connection = ?2 AND object = ?3 AND ", live!(), ")");
    /// Relies on `effect_object` alone.
    LIVE_BY_KIND = concat!("SELECT kind, phase, count(*) FROM effect INDEXED BY effect_object
        WHERE merchant = ?1 AND connection = ?2 AND ", live!(), "
        GROUP BY kind, phase");
    /// Relies on `effect_stuck` and `exception_flow`. A held effect needs a person by itself; a refused one only while
    /// its flow has an open exception.
    STUCK_BY_KIND = "SELECT kind, count(*) FROM effect AS e INDEXED BY effect_stuck
        WHERE merchant = ?1 AND connection = ?2 AND (phase = 'held' OR phase = 'rejected')
          AND (phase = 'held' OR EXISTS (SELECT 1 FROM exception x WHERE x.flow = e.flow AND x.resolved IS NULL))
        GROUP BY kind";

    PLAN = "INSERT INTO effect (merchant, connection, kind, key, flow, object, priority, deadline, due, phase, stage,
            note, attempt, doubted, absences, epoch, not_before, failures, evidence, created, updated)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ifnull(?8, 9223372036854775807), 'planned', ?9, 'null', 0, 0, 0, 0, ?10, 0, '', ?11, ?11)
        ON CONFLICT (merchant, key) DO NOTHING";
    SAY = "INSERT INTO operation (effect, merchant, text) VALUES (?1, ?2, ?3)";
    /// Rule R10: only from the phase and the epoch that the caller saw.
    MOVE = "UPDATE effect SET priority = ?5, deadline = ?6, due = ifnull(?6, 9223372036854775807), phase = ?7, stage = ?8, note = ?9, attempt = ?10, doubted = ?11,
            absences = ?12, absent_at = ?13, epoch = ?14, send_deadline = ?15, horizon = ?16, not_before = ?17,
            failures = ?18, evidence = ?19, updated = ?20, touched = ?21
        WHERE id = ?1 AND merchant = ?2 AND phase = ?3 AND epoch = ?4";
    /// Rule R9. Relies on `effect_object`.
    DOUBT = concat!("UPDATE effect SET phase = 'unknown', doubted = 0, touched = 1, absences = 0, absent_at = NULL, horizon = ?2, updated = ?3
        WHERE merchant = ?1 AND phase = 'sending' AND ", live!());
    /// Rule R14. Relies on `effect_object`.
    DOUBT_LIVE = concat!("UPDATE effect SET phase = 'unknown', doubted = 0, touched = 1, absences = 0, absent_at = NULL, horizon = ?2,
            not_before = min(not_before, ?2), updated = ?3
        WHERE merchant = ?1 AND ", live!());
}
