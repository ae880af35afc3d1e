//! Takes in what should be shown, and marks what has to be sent for it.

use crossdock_store::{StockUpdate, StoreError};
use rusqlite::params;

use super::STRETCH;
use super::shown::{Shown, Tally};
use crate::failure::failed;
use crate::merge::{Source, compare};
use crate::sql::shown as sql;
use crate::tx::SqlTx;

/// What an update means for the stored row.
#[derive(Clone, Copy)]
enum Finding {
    /// There is no such listing, or nothing changes.
    Nothing,
    /// The row that it becomes; whether it was dirty before.
    Change { row: Shown, was_dirty: bool },
}

pub(super) fn set(tx: &SqlTx<'_>, updates: &[StockUpdate]) -> Result<u64, StoreError> {
    let sorted = in_key_order(updates);
    let mut became_dirty = 0;
    let mut tally = Tally::default();
    let mut desire = tx.conn.prepare_cached(sql::DESIRE).map_err(failed)?;
    let mut mark = tx.conn.prepare_cached(sql::DESIRE_AND_MARK).map_err(failed)?;
    for of_connection in sorted.chunk_by(|left, right| left.connection == right.connection) {
        for stretch in of_connection.chunks(STRETCH) {
            for finding in findings(tx, stretch, &mut tally)? {
                let Finding::Change { row, was_dirty } = finding else { continue };
                if row.dirty == was_dirty {
                    desire.execute(params![row.id, tx.merchant, row.desired]).map_err(failed)?;
                } else {
                    mark.execute(params![row.id, tx.merchant, row.desired, row.dirty]).map_err(failed)?;
                    became_dirty += u64::from(row.dirty);
                }
            }
        }
    }
    tally.write(tx)?;
    Ok(became_dirty)
}

/// The updates by connection and listing; of several for one listing the last holds.
fn in_key_order(updates: &[StockUpdate]) -> Vec<&StockUpdate> {
    let order = |left: &&StockUpdate, right: &&StockUpdate| {
        (&left.connection, &left.listing).cmp(&(&right.connection, &right.listing))
    };
    let mut sorted: Vec<&StockUpdate> = updates.iter().collect();
    if !sorted.is_sorted_by(|left, right| order(left, right).is_lt()) {
        // The sort is stable: backwards, the last of several comes first and is the one that stays.
        sorted.reverse();
        sorted.sort_by(order);
        sorted.dedup_by(|second, first| order(second, first).is_eq());
    }
    sorted
}

fn findings(tx: &SqlTx<'_>, updates: &[&StockUpdate], tally: &mut Tally) -> Result<Vec<Finding>, StoreError> {
    let Some(first) = updates.first() else {
        return Ok(Vec::new());
    };
    let keys: Vec<&str> = updates.iter().map(|update| update.listing.as_str()).collect();
    let mut findings = vec![Finding::Nothing; updates.len()];
    let source = Source { stretch: sql::STRETCH, single: sql::SINGLE, scope: &[&tx.merchant, &first.connection] };
    compare(tx, &source, &keys, &mut |index, stored| {
        if let (Some(stored), Some(update), Some(finding)) = (stored, updates.get(index), findings.get_mut(index)) {
            let before = Shown::read(stored, 1)?;
            let dirty = update.again || update.desired != before.expected();
            let row = Shown { desired: Some(update.desired), dirty, ..before };
            if row != before {
                tally.changed(&before, &row);
                *finding = Finding::Change { row, was_dirty: before.dirty };
            }
        }
        Ok(())
    })?;
    Ok(findings)
}
