//! Statements on the database's own generation.

use super::statements;

statements! {
    GET = "SELECT generation, pulse, restored_at, restored_why, released FROM lineage WHERE merchant = ?1";
    PUT = "INSERT INTO lineage (merchant, generation, pulse, restored_at, restored_why, released)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (merchant) DO UPDATE SET generation = ?2, pulse = ?3, restored_at = ?4, restored_why = ?5, released = ?6";
}
