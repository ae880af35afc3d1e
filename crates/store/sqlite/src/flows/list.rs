//! A page of flows out of a million, without walking them.
//!
//! Two ways lead to a page. A filter by search term or cause gives *candidates*, at most [`CAP`], which are
//! filtered and sorted here. All other filters come down to pairs of connection
//! and state: each pair is a stretch of an index that is already in the wanted order, and the pages of all pairs are
//! merged. How many match in all is counted up to [`CAP`] and no further.

use std::collections::HashSet;

use crossdock_store::{FlowFilter, FlowKind, FlowRow, StoreError};
use rusqlite::{Row, params};

use super::CAP;
use crate::sql::flow_list as sql;
use crate::tx::{SqlTx, after_prefix, maybe_micros};

/// A flow that a filter may let through.
struct Candidate {
    id: i64,
    connection: String,
    state: String,
    cause: Option<String>,
    due: i64,
}

impl Candidate {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, connection: row.get(1)?, state: row.get(2)?, cause: row.get(3)?, due: row.get(4)? })
    }

    fn passes(&self, filter: &FlowFilter) -> bool {
        pair_passes(filter, &self.connection, &self.state)
            && (filter.cause.is_none() || filter.cause == self.cause)
            && maybe_micros(filter.due_before).is_none_or(|due_before| self.due < due_before)
    }
}

fn pair_passes(filter: &FlowFilter, connection: &str, state: &str) -> bool {
    filter.connection.as_deref().is_none_or(|wanted| wanted == connection)
        && (filter.states.is_empty() || filter.states.iter().any(|wanted| wanted == state))
        && !filter.not_states.iter().any(|unwanted| unwanted == state)
}

/// The page and how many match in all (at most 10,000).
pub(super) fn page(tx: &SqlTx<'_>, kind: FlowKind, filter: &FlowFilter) -> Result<(Vec<FlowRow>, u64), StoreError> {
    let (ids, total) = match candidates(tx, kind, filter)? {
        Some(candidates) => page_of_candidates(candidates, filter),
        None => page_of_pairs(tx, kind, filter)?,
    };
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.extend(crossdock_store::Flows::flow(tx, id)?);
    }
    Ok((rows, total))
}

fn term(filter: &FlowFilter) -> Option<String> {
    let term = filter.term.as_deref()?.trim().to_lowercase();
    (!term.is_empty()).then_some(term)
}

fn candidates(tx: &SqlTx<'_>, kind: FlowKind, filter: &FlowFilter) -> Result<Option<Vec<Candidate>>, StoreError> {
    if let Some(term) = term(filter) {
        let bounds = params![tx.merchant, kind.as_str(), term, after_prefix(&term), CAP];
        let mut found = tx.all(sql::WITH_TERM, bounds, Candidate::read)?;
        let mut taken = HashSet::new();
        found.retain(|candidate| taken.insert(candidate.id));
        return Ok(Some(found));
    }
    if let Some(cause) = &filter.cause {
        let bounds = params![tx.merchant, kind.as_str(), cause, CAP];
        return tx.all(sql::WITH_CAUSE, bounds, Candidate::read).map(Some);
    }
    Ok(None)
}

fn page_of_candidates(mut candidates: Vec<Candidate>, filter: &FlowFilter) -> (Vec<i64>, u64) {
    candidates.retain(|candidate| candidate.passes(filter));
    let total = candidates.len() as u64;
    let keys = candidates.into_iter().map(|candidate| {
        let key = if filter.by_deadline { candidate.due } else { candidate.id };
        (candidate.id, key)
    });
    (cut(keys.collect(), filter), total)
}

/// Sorts by key (newest first means by falling number) and cuts the page out.
fn cut(mut keys: Vec<(i64, i64)>, filter: &FlowFilter) -> Vec<i64> {
    if filter.by_deadline {
        keys.sort_unstable_by_key(|(id, due)| (*due, *id));
    } else {
        keys.sort_unstable_by(|left, right| right.cmp(left));
    }
    let offset = usize::try_from(filter.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    keys.into_iter().skip(offset).take(limit).map(|(id, _)| id).collect()
}

/// The pairs of connection and state that exist and that the filter lets through.
fn pairs(tx: &SqlTx<'_>, kind: &str, filter: &FlowFilter) -> Result<Vec<(String, String)>, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let mut passing = Vec::new();
    let mut next = tx.one(sql::FIRST_PAIR, params![tx.merchant, kind], read)?;
    while let Some((connection, state)) = next {
        let state_after = params![tx.merchant, kind, connection, state];
        next = tx.one(sql::NEXT_STATE, state_after, read)?;
        if next.is_none() {
            next = tx.one(sql::NEXT_CONNECTION, params![tx.merchant, kind, connection], read)?;
        }
        if pair_passes(filter, &connection, &state) {
            passing.push((connection, state));
        }
    }
    Ok(passing)
}

fn page_of_pairs(tx: &SqlTx<'_>, kind: FlowKind, filter: &FlowFilter) -> Result<(Vec<i64>, u64), StoreError> {
    let kind = kind.as_str();
    let due_before = maybe_micros(filter.due_before);
    let pairs = pairs(tx, kind, filter)?;
    let total = count(tx, kind, due_before, &pairs)?;

    let depth = i64::try_from(filter.offset.saturating_add(filter.limit)).unwrap_or(i64::MAX);
    let mut keys = Vec::new();
    for (connection, state) in &pairs {
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        keys.extend(match due_before {
            None => {
                let sql = if filter.by_deadline { sql::SOONEST_ALL } else { sql::NEWEST };
                tx.all(sql, params![tx.merchant, kind, connection, state, depth], read)?
            }
            Some(due) if filter.by_deadline => {
                tx.all(sql::SOONEST, params![tx.merchant, kind, connection, state, depth, due], read)?
            }
            // No index is ordered by age within what is due: those that fell due last are as good as the newest.
            Some(due) => tx.all(sql::LATEST, params![tx.merchant, kind, connection, state, CAP, due], read)?,
        });
    }
    Ok((cut(keys, filter), total))
}

/// How many flows these pairs have, counted up to [`CAP`].
fn count(tx: &SqlTx<'_>, kind: &str, due_before: Option<i64>, pairs: &[(String, String)]) -> Result<u64, StoreError> {
    let mut total = 0;
    for (connection, state) in pairs {
        let left = CAP - total;
        if left <= 0 {
            break;
        }
        let read = |row: &Row<'_>| row.get::<_, i64>(0);
        total += match due_before {
            None => tx.only(sql::COUNT, params![tx.merchant, kind, connection, state, left], read)?,
            Some(due) => tx.only(sql::COUNT_DUE, params![tx.merchant, kind, connection, state, left, due], read)?,
        };
    }
    Ok(total.unsigned_abs())
}
