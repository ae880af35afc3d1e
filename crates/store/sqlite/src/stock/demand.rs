//! Units sold that the warehouse does not count yet.

use std::collections::BTreeMap;

use crossdock_store::StoreError;
use rusqlite::params;

use crate::sql::item as sql;
use crate::tx::SqlTx;

/// Replaces what an order needs. Lines of one item add up; a line that needs nothing is no demand. What stays the same
/// stays counted if it was. Returns the items whose demand changed.
pub(super) fn put(tx: &SqlTx<'_>, flow: i64, lines: &[(String, i64)]) -> Result<Vec<String>, StoreError> {
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    for (item, quantity) in lines {
        if *quantity > 0 {
            let sum = wanted.entry(item).or_insert(0);
            *sum = sum.saturating_add(*quantity);
        }
    }
    let stored: BTreeMap<String, i64> = tx
        .all(sql::DEMAND_OF_FLOW, params![flow, tx.merchant], |row| Ok((row.get(0)?, row.get(1)?)))?
        .into_iter()
        .collect();
    let mut changed = Vec::new();
    for item in stored.keys().filter(|item| !wanted.contains_key(item.as_str())) {
        tx.run(sql::DROP_DEMAND, params![tx.merchant, item, flow])?;
        changed.push(item.clone());
    }
    for (item, quantity) in wanted.into_iter().filter(|(item, quantity)| stored.get(*item) != Some(quantity)) {
        tx.run(sql::PUT_DEMAND, params![tx.merchant, item, flow, quantity])?;
        changed.push(item.to_owned());
    }
    Ok(changed)
}
