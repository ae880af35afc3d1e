//! Takes in the warehouse's figures: a million of them in about a second when nothing changed.

use std::collections::HashSet;

use crossdock_model::Available;
use crossdock_store::{AvailabilityChange, StoreError};
use jiff::Timestamp;
use rusqlite::params;

use super::STRETCH;
use crate::failure::failed;
use crate::merge::{Source, compare};
use crate::sql::item as sql;
use crate::tx::{SqlTx, micros};

/// What a figure means for the stored one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    /// The code is not in the item master.
    Unknown,
    /// The same figure, or one older than the stored one.
    Nothing,
    /// The first figure of the item with this number.
    First(i64),
    /// A new figure of the item with this number.
    Next(i64),
}

pub(super) fn put(tx: &SqlTx<'_>, rows: &[Available], asked: Timestamp) -> Result<AvailabilityChange, StoreError> {
    if !rows.is_sorted_by(|left, right| left.item < right.item) {
        return Err(StoreError::Bug("warehouse figures that are not sorted, or twice for one item".to_owned()));
    }
    let asked = micros(asked);
    let ending: HashSet<String> =
        tx.all(sql::DEMAND_ENDING, params![tx.merchant, asked], |row| row.get(0))?.into_iter().collect();
    let mut change = AvailabilityChange::default();
    let mut first = tx.conn.prepare_cached(sql::FIRST_FIGURE).map_err(failed)?;
    let mut next = tx.conn.prepare_cached(sql::NEXT_FIGURE).map_err(failed)?;
    for stretch in rows.chunks(STRETCH) {
        let findings = findings(tx, stretch, asked)?;
        for (row, finding) in stretch.iter().zip(findings) {
            let ends = finding != Finding::Unknown && ending.contains(&row.item);
            if ends {
                tx.run(sql::END_DEMAND, params![tx.merchant, row.item, asked])?;
            }
            match finding {
                Finding::Unknown => change.unknown += 1,
                Finding::First(id) => {
                    let figure = params![id, tx.merchant, row.available, asked];
                    first.execute(figure).map_err(failed)?;
                    change.changed.push(row.item.clone());
                }
                Finding::Next(id) => {
                    let figure = params![id, tx.merchant, row.available, asked];
                    next.execute(figure).map_err(failed)?;
                    change.changed.push(row.item.clone());
                }
                Finding::Nothing if ends => change.changed.push(row.item.clone()),
                Finding::Nothing => change.unchanged += 1,
            }
        }
    }
    Ok(change)
}

/// Reads first and writes afterwards: a cursor over rows that change under it would have to find its place again.
fn findings(tx: &SqlTx<'_>, rows: &[Available], asked: i64) -> Result<Vec<Finding>, StoreError> {
    let keys: Vec<&str> = rows.iter().map(|row| row.item.as_str()).collect();
    let mut findings = vec![Finding::Unknown; rows.len()];
    let source = Source { stretch: sql::FIGURES, single: sql::FIGURE, scope: &[&tx.merchant] };
    compare(tx, &source, &keys, &mut |index, stored| {
        if let (Some(stored), Some(row), Some(finding)) = (stored, rows.get(index), findings.get_mut(index)) {
            let id = stored.get(1)?;
            let available: Option<i64> = stored.get(2)?;
            let observed: Option<i64> = stored.get(3)?;
            *finding = match available.zip(observed) {
                None => Finding::First(id),
                Some((available, observed)) if observed > asked || available == row.available => Finding::Nothing,
                Some(_) => Finding::Next(id),
            };
        }
        Ok(())
    })?;
    Ok(findings)
}
