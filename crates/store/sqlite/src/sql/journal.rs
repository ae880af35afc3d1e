//! Statements on journals and raw documents.

use super::statements;

statements! {
    END = "SELECT journal_seq, journal_hash FROM flow WHERE id = ?1 AND merchant = ?2";
    MOVE_END = "UPDATE flow SET journal_seq = ?3, journal_hash = ?4 WHERE id = ?1 AND merchant = ?2";
    APPEND = "INSERT INTO journal (merchant, flow, seq, at, actor, kind, text, detail, hash)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    /// Relies on `journal_line`.
    READ = "SELECT seq, at, actor, kind, text, detail, hash FROM journal WHERE flow = ?1 AND merchant = ?2 ORDER BY seq";

    /// The newest document of a flow; relies on `raw_newest`.
    NEWEST_RAW = "SELECT id FROM raw WHERE flow = ?1 AND merchant = ?2 ORDER BY at DESC, id DESC LIMIT 1";
    RAW_BODY = "SELECT size, body FROM raw WHERE id = ?1 AND merchant = ?2";
    /// A content that came back after another one is the newest again.
    KEEP_RAW = "INSERT INTO raw (merchant, flow, hash, at, size, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (flow, hash) DO UPDATE SET at = ?4";
}
