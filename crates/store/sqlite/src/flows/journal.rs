//! Journals: append-only, each line chained by hash to the one before.
//!
//! The flow's row keeps the last number and hash. An append needs no search for the end, and a tail that somebody cut off
//! is noticed, which a chain alone cannot do.

use crossdock_planted::{self as planted, Bug};
use crossdock_store::{JournalEntry, JournalRow, StoreError};
use rusqlite::params;

use crate::sql::journal as sql;
use crate::tx::{SqlTx, at, micros};

type Hash = [u8; blake3::OUT_LEN];

/// The hash of a line: over the hash before it and the line's fields, each led by its length so that no two lines have
/// the same bytes.
fn chained(before: &[u8], flow: i64, seq: i64, entry: &JournalEntry) -> Hash {
    let mut hasher = blake3::Hasher::new();
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(if planted::on(Bug::ChainBroken) { &[] } else { before });
    field(&flow.to_le_bytes());
    field(&seq.to_le_bytes());
    field(&micros(entry.at).to_le_bytes());
    for text in [&entry.actor, &entry.kind, &entry.text, &entry.detail] {
        field(text.as_bytes());
    }
    hasher.finalize().into()
}

/// The last number and hash of a flow's journal; `None` when there is no such flow.
fn end(tx: &SqlTx<'_>, flow: i64) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    tx.one(sql::END, params![flow, tx.merchant], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn lines(tx: &SqlTx<'_>, flow: i64) -> Result<Vec<(JournalRow, Vec<u8>)>, StoreError> {
    tx.all(sql::READ, params![flow, tx.merchant], |row| {
        let entry = JournalEntry {
            at: at(row, 1)?,
            actor: row.get(2)?,
            kind: row.get(3)?,
            text: row.get(4)?,
            detail: row.get(5)?,
        };
        let seq = row.get(0)?;
        Ok((JournalRow { seq, entry }, row.get(6)?))
    })
}

/// Appends, and moves the end that the flow's row keeps.
pub(super) fn append(tx: &SqlTx<'_>, flow: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
    if let Some((seq, hash)) = write(tx, flow, entries)? {
        tx.run(sql::MOVE_END, params![flow, tx.merchant, seq, hash])?;
    }
    Ok(())
}

/// Appends. The caller moves the end to the number and hash given; `None` when it stays.
pub(super) fn write(tx: &SqlTx<'_>, flow: i64, entries: &[JournalEntry]) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    if entries.is_empty() {
        return Ok(None);
    }
    let (mut seq, mut hash) =
        end(tx, flow)?.ok_or_else(|| StoreError::Bug(format!("a journal for flow {flow}, which is not there")))?;
    for entry in entries {
        seq += 1;
        hash = chained(&hash, flow, seq, entry).to_vec();
        tx.run(
            sql::APPEND,
            params![tx.merchant, flow, seq, micros(entry.at), entry.actor, entry.kind, entry.text, entry.detail, hash],
        )?;
    }
    Ok(Some((seq, hash)))
}

pub(super) fn read(tx: &SqlTx<'_>, flow: i64) -> Result<Vec<JournalRow>, StoreError> {
    Ok(lines(tx, flow)?.into_iter().map(|(line, _)| line).collect())
}

/// The first line that is not as it was written; `None` when the journal is whole.
pub(crate) fn verify(tx: &SqlTx<'_>, flow: i64) -> Result<Option<i64>, StoreError> {
    let Some((last, last_hash)) = end(tx, flow)? else {
        return Ok(None);
    };
    let mut expected = 1;
    let mut before = Vec::new();
    for (line, hash) in lines(tx, flow)? {
        if line.seq != expected || chained(&before, flow, line.seq, &line.entry).as_slice() != hash {
            return Ok(Some(expected));
        }
        before = hash;
        expected += 1;
    }
    if expected - 1 == last && before == last_hash {
        Ok(None)
    } else {
        // Lines are missing at the end (the first of them is named), or the end itself was altered.
        Ok(Some(expected.min(last.max(1))))
    }
}

#[cfg(test)]
mod tests {
    use crossdock_store::JournalEntry;
    use jiff::Timestamp;

    use super::chained;

    fn entry(actor: &str, text: &str) -> JournalEntry {
        JournalEntry {
            at: Timestamp::UNIX_EPOCH,
            actor: actor.to_owned(),
            kind: "received".to_owned(),
            text: text.to_owned(),
            detail: String::new(),
        }
    }

    /// A forged line would need every hash after it to be forged as well, and the flow's own.
    #[test]
    fn i9_a_lines_hash_depends_on_the_line_before_and_on_its_place() {
        let line = chained(b"before", 1, 1, &entry("hub", "one"));
        let others = [
            chained(b"forged", 1, 1, &entry("hub", "one")),
            chained(b"before", 2, 1, &entry("hub", "one")),
            chained(b"before", 1, 2, &entry("hub", "one")),
            chained(b"before", 1, 1, &entry("hu", "bone")),
        ];
        assert!(!others.contains(&line));
        assert_eq!(line, chained(b"before", 1, 1, &entry("hub", "one")));
    }
}
