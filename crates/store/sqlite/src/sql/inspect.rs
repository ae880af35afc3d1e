//! Statements of an inspection: everything is counted and every journal is walked, which is what is asked for.

use super::statements;

statements! {
    /// Relies on `flow_list` alone.
    FLOWS = "SELECT count(*) FROM flow INDEXED BY flow_list WHERE merchant = ?1 AND kind = ?2";
    LINES = "SELECT ifnull(sum(journal_seq), 0) FROM flow WHERE merchant = ?1";
    EFFECTS = "SELECT count(*) FROM effect WHERE merchant = ?1";
    EXCEPTIONS = "SELECT count(*) FROM exception WHERE merchant = ?1 AND resolved IS NULL";
    ITEMS = "SELECT count(*) FROM item WHERE merchant = ?1";
    LISTINGS = "SELECT count(*) FROM listing WHERE merchant = ?1";
    /// By the rows' own numbers.
    NEXT_FLOWS = "SELECT id, kind, key, number FROM flow NOT INDEXED WHERE merchant = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
}
