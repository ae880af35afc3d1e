//! Takes in what should be shown, and marks what has to be sent for it.

use crossdock_store::{StockUpdate, StoreError};
use rusqlite::params;

use super::STRETCH;
use crate::failure::failed;
use crate::merge::{Source, compare};
use crate::sql::listing as sql;
use crate::tx::SqlTx;

/// What an update means for the stored row.
#[derive(Clone, Copy)]
enum Finding {
    /// There is no such listing, or nothing changes.
    Nothing,
    /// Only the figure changes.
    Figure(i64),
    /// The figure has to be sent now, or no longer (`false`).
    Mark(i64, bool),
}

pub(super) fn set(tx: &SqlTx<'_>, updates: &[StockUpdate]) -> Result<u64, StoreError> {
    let sorted = in_key_order(updates);
    let mut became_dirty = 0;
    let mut desire = tx.conn.prepare_cached(sql::DESIRE).map_err(failed)?;
    let mut mark = tx.conn.prepare_cached(sql::DESIRE_AND_MARK).map_err(failed)?;
    for of_connection in sorted.chunk_by(|left, right| left.connection == right.connection) {
        for stretch in of_connection.chunks(STRETCH) {
            let findings = findings(tx, stretch)?;
            for (update, finding) in stretch.iter().zip(findings) {
                match finding {
                    Finding::Nothing => {}
                    Finding::Figure(id) => {
                        let figure = params![id, tx.merchant, update.desired];
                        desire.execute(figure).map_err(failed)?;
                    }
                    Finding::Mark(id, dirty) => {
                        let figure = params![id, tx.merchant, update.desired, dirty];
                        mark.execute(figure).map_err(failed)?;
                        became_dirty += u64::from(dirty);
                    }
                }
            }
        }
    }
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

fn findings(tx: &SqlTx<'_>, updates: &[&StockUpdate]) -> Result<Vec<Finding>, StoreError> {
    let Some(first) = updates.first() else {
        return Ok(Vec::new());
    };
    let keys: Vec<&str> = updates.iter().map(|update| update.listing.as_str()).collect();
    let mut findings = vec![Finding::Nothing; updates.len()];
    let source = Source { stretch: sql::FIGURES, single: sql::FIGURE, scope: &[&tx.merchant, &first.connection] };
    compare(tx, &source, &keys, &mut |index, stored| {
        if let (Some(stored), Some(update), Some(finding)) = (stored, updates.get(index), findings.get_mut(index)) {
            let id = stored.get(1)?;
            let desired: Option<i64> = stored.get(2)?;
            let sent: Option<i64> = stored.get(3)?;
            let published: i64 = stored.get(4)?;
            let was_dirty: bool = stored.get(5)?;
            let dirty = update.again || update.desired != sent.unwrap_or(published);
            *finding = if dirty != was_dirty {
                Finding::Mark(id, dirty)
            } else if desired != Some(update.desired) {
                Finding::Figure(id)
            } else {
                Finding::Nothing
            };
        }
        Ok(())
    })?;
    Ok(findings)
}
