//! The overview's figures. All come from indexes that hold every column they need.

use std::collections::BTreeMap;

use crossdock_store::{FlowKind, HourCount, SpreadRow, StoreError};
use jiff::Timestamp;
use rusqlite::params;

use super::CAP;
use crate::sql::flow as sql;
use crate::tx::{SqlTx, at, count, micros};

pub(super) fn states(
    tx: &SqlTx<'_>,
    kind: FlowKind,
    since: Option<Timestamp>,
) -> Result<Vec<(String, u64)>, StoreError> {
    let kind = kind.as_str();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, count(row, 1)?));
    let parts = match since {
        None => tx.all(sql::COUNT_STATES, params![tx.merchant, kind], read)?,
        Some(since) => tx.all(sql::COUNT_STATES_SINCE, params![tx.merchant, kind, micros(since)], read)?,
    };
    let mut states = BTreeMap::new();
    for (state, count) in parts {
        *states.entry(state).or_insert(0) += count;
    }
    Ok(states.into_iter().collect())
}

pub(super) fn milestones(tx: &SqlTx<'_>, kind: FlowKind, since: Timestamp) -> Result<(u64, u64, u64), StoreError> {
    let params = params![tx.merchant, kind.as_str(), micros(since)];
    tx.only(sql::COUNT_MILESTONES, params, |row| Ok((count(row, 0)?, count(row, 1)?, count(row, 2)?)))
}

pub(super) fn per_hour(tx: &SqlTx<'_>, kind: FlowKind, since: Timestamp) -> Result<Vec<HourCount>, StoreError> {
    let params = params![tx.merchant, kind.as_str(), micros(since)];
    tx.all(sql::PER_HOUR, params, |row| {
        Ok(HourCount { from: at(row, 0)?, connection: row.get(1)?, count: count(row, 2)? })
    })
}

/// A distribution over the newest 10,000, which is what people mean by "now"; `count` says how many were taken.
pub(super) fn spread(tx: &SqlTx<'_>, sql: &str, since: Timestamp) -> Result<SpreadRow, StoreError> {
    let params = params![tx.merchant, micros(since), CAP];
    let mut seconds: Vec<u64> = tx.all(sql, params, |row| {
        // A remote's clock may run behind ours; less than no time is no time.
        let value: i64 = row.get(0)?;
        Ok(u64::try_from(value).unwrap_or(0))
    })?;
    seconds.sort_unstable();
    let lower = seconds.len().checked_sub(1).and_then(|last| seconds.get(last / 2));
    let upper = seconds.get(seconds.len() / 2);
    Ok(SpreadRow {
        count: seconds.len() as u64,
        median: lower.zip(upper).map(|(lower, upper)| lower.midpoint(*upper)),
        slowest: seconds.last().copied(),
    })
}
