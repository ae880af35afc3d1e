//! Flows: rows, what finds them, what was seen. Lists, figures and journals have files of their own.

mod figures;
pub(crate) mod journal;
mod list;
mod raw;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use crossdock_store::{
    FlowFilter, FlowKind, FlowRow, Flows, FlowsMut, HourCount, JournalEntry, JournalRow, Milestones, NewFlow,
    SpreadRow, StoreError,
};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::sql::flow as sql;
use crate::tx::{
    SqlTx, after_prefix, at, int, maybe_at, maybe_micros, micros, money, money_parts, rounded, unreadable,
};

/// The state and the data of a flow that was not stepped yet: no word, and JSON's nothing.
const UNBORN: (&str, &str) = ("", "null");

/// How many matches of a text are looked at, and how far lists count. A text that matches more is too short to search by.
const CAP: i64 = 10_000;

fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<FlowKind> {
    let word: String = row.get(column)?;
    [FlowKind::Order, FlowKind::Despatch]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| unreadable(column, format!("no kind of flow is called {word}")))
}

fn row(row: &Row<'_>) -> rusqlite::Result<FlowRow> {
    Ok(FlowRow {
        id: row.get(0)?,
        kind: kind(row, 1)?,
        key: row.get(2)?,
        connection: row.get(3)?,
        parent: row.get(4)?,
        number: row.get(5)?,
        state: row.get(6)?,
        cause: row.get(7)?,
        data: row.get(8)?,
        version: row.get(9)?,
        wake_at: maybe_at(row, 10)?,
        deadline: maybe_at(row, 11)?,
        amount: money(row, 12)?,
        milestones: Milestones {
            in_warehouse: maybe_at(row, 14)?,
            despatched: maybe_at(row, 15)?,
            confirmed: maybe_at(row, 16)?,
        },
        created: at(row, 17)?,
        updated: at(row, 18)?,
    })
}

impl Flows for SqlTx<'_> {
    fn flow(&self, id: i64) -> Result<Option<FlowRow>, StoreError> {
        self.one(sql::GET, params![id, self.merchant], row)
    }

    fn flow_by_key(&self, kind: FlowKind, key: &str) -> Result<Option<FlowRow>, StoreError> {
        self.one(sql::BY_KEY, params![self.merchant, kind.as_str(), key], row)
    }

    fn children(&self, parent: i64) -> Result<Vec<FlowRow>, StoreError> {
        self.all(sql::CHILDREN, params![parent, self.merchant], row)
    }

    fn find(&self, term: &str, limit: u64) -> Result<Vec<FlowRow>, StoreError> {
        let term = term.trim().to_lowercase();
        if term.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = self.all(sql::FIND_EXACT, params![self.merchant, term, int(limit)], row)?;
        if found.len() >= wanted {
            return Ok(found);
        }
        let mut taken: HashSet<i64> = found.iter().map(|flow| flow.id).collect();
        let bounds = params![self.merchant, term, after_prefix(&term), CAP];
        let ids = self.all(sql::FIND_PREFIX, bounds, |row| row.get::<_, i64>(0))?;
        let newest_first: BTreeSet<Reverse<i64>> = ids.into_iter().map(Reverse).collect();
        for Reverse(id) in newest_first {
            if found.len() >= wanted {
                break;
            }
            if !taken.insert(id) {
                continue;
            }
            found.extend(self.flow(id)?.filter(|flow| flow.kind == FlowKind::Order));
        }
        Ok(found)
    }

    fn list_flows(&self, kind: FlowKind, filter: &FlowFilter) -> Result<(Vec<FlowRow>, u64), StoreError> {
        list::page(self, kind, filter)
    }

    fn count_states(&self, kind: FlowKind, since: Option<Timestamp>) -> Result<Vec<(String, u64)>, StoreError> {
        figures::states(self, kind, since)
    }

    fn count_milestones(&self, kind: FlowKind, since: Timestamp) -> Result<(u64, u64, u64), StoreError> {
        figures::milestones(self, kind, since)
    }

    fn per_hour(&self, kind: FlowKind, since: Timestamp) -> Result<Vec<HourCount>, StoreError> {
        figures::per_hour(self, kind, since)
    }

    fn spread_to_warehouse(&self, since: Timestamp) -> Result<SpreadRow, StoreError> {
        figures::spread(self, sql::TO_WAREHOUSE, since)
    }

    fn spread_to_confirm(&self, since: Timestamp) -> Result<SpreadRow, StoreError> {
        figures::spread(self, sql::TO_CONFIRM, since)
    }

    fn due_flows(&self, now: Timestamp, limit: u64) -> Result<Vec<i64>, StoreError> {
        self.all(sql::DUE, params![self.merchant, micros(now), int(limit)], |row| row.get(0))
    }

    fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        self.only(sql::NEXT_WAKE, params![self.merchant], |row| maybe_at(row, 0))
    }

    fn journal(&self, flow: i64) -> Result<Vec<JournalRow>, StoreError> {
        journal::read(self, flow)
    }

    fn verify_journal(&self, flow: i64) -> Result<Option<i64>, StoreError> {
        journal::verify(self, flow)
    }

    fn raw_of(&self, flow: i64) -> Result<Option<Vec<u8>>, StoreError> {
        raw::newest(self, flow)
    }
}

impl FlowsMut for SqlTx<'_> {
    fn insert_flow(&mut self, flow: &NewFlow, now: Timestamp) -> Result<FlowRow, StoreError> {
        let (state, data) = UNBORN;
        let inserted = self.run(
            sql::INSERT,
            params![
                self.merchant,
                flow.kind.as_str(),
                flow.key,
                flow.connection,
                flow.parent,
                state,
                data,
                micros(now)
            ],
        )?;
        if inserted == 0 {
            return Err(StoreError::Conflict(format!("{} {}", flow.kind.as_str(), flow.key)));
        }
        Ok(FlowRow {
            id: self.conn.last_insert_rowid(),
            kind: flow.kind,
            key: flow.key.clone(),
            connection: flow.connection.clone(),
            parent: flow.parent,
            number: String::new(),
            state: state.to_owned(),
            cause: None,
            data: data.to_owned(),
            version: 1,
            wake_at: None,
            deadline: None,
            amount: None,
            milestones: Milestones::default(),
            created: rounded(now),
            updated: rounded(now),
        })
    }

    fn update_flow_with(
        &mut self,
        flow: &mut FlowRow,
        lines: &[JournalEntry],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (amount, currency) = money_parts(flow.amount.as_ref());
        let (seq, hash) = journal::write(self, flow.id, lines)?.unzip();
        let updated = self.run(
            sql::UPDATE,
            params![
                flow.id,
                self.merchant,
                flow.version,
                flow.number,
                flow.state,
                flow.cause,
                flow.data,
                maybe_micros(flow.wake_at),
                maybe_micros(flow.deadline),
                amount,
                currency,
                maybe_micros(flow.milestones.in_warehouse),
                maybe_micros(flow.milestones.despatched),
                maybe_micros(flow.milestones.confirmed),
                micros(now),
                seq,
                hash
            ],
        )?;
        if updated == 0 {
            return Err(StoreError::Conflict(format!("flow {}", flow.id)));
        }
        flow.version += 1;
        flow.updated = rounded(now);
        Ok(())
    }

    fn append_journal(&mut self, flow: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
        journal::append(self, flow, entries)
    }

    fn add_terms(&mut self, flow: i64, terms: &[String]) -> Result<(), StoreError> {
        for term in terms {
            let term = term.trim().to_lowercase();
            if !term.is_empty() {
                self.run(sql::ADD_TERM, params![self.merchant, term, flow])?;
            }
        }
        Ok(())
    }

    fn keep_raw(&mut self, flow: i64, raw: &[u8], now: Timestamp) -> Result<(), StoreError> {
        raw::keep(self, flow, raw, now)
    }

    fn see(&mut self, source: &str, id: &str, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let new = self.run(sql::SEE, params![self.merchant, source, id, hash, micros(now)])?;
        Ok(new > 0)
    }
}
