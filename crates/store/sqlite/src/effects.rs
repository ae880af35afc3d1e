//! Effects: every remote write, with its phase.

use std::collections::BTreeMap;

use crossdock_planted::{self as planted, Bug};
use crossdock_store::{EffectRow, Effects, EffectsMut, NewEffect, Phase, QueueCount, StoreError};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::sql::effect as sql;
use crate::tx::{SqlTx, at, count, int, maybe_at, maybe_micros, micros, unreadable};

fn phase(row: &Row<'_>, column: usize) -> rusqlite::Result<Phase> {
    let word: String = row.get(column)?;
    Phase::parse(&word).ok_or_else(|| unreadable(column, format!("no phase is called {word}")))
}

fn row(row: &Row<'_>) -> rusqlite::Result<EffectRow> {
    Ok(EffectRow {
        id: row.get(0)?,
        connection: row.get(1)?,
        kind: row.get(2)?,
        key: row.get(3)?,
        flow: row.get(4)?,
        object: row.get(5)?,
        priority: row.get(6)?,
        deadline: maybe_at(row, 7)?,
        phase: phase(row, 8)?,
        stage: row.get(9)?,
        note: row.get(10)?,
        attempt: row.get(11)?,
        doubted: row.get(12)?,
        absences: row.get(13)?,
        absent_at: maybe_at(row, 14)?,
        epoch: row.get(15)?,
        send_deadline: maybe_at(row, 16)?,
        horizon: maybe_at(row, 17)?,
        not_before: at(row, 18)?,
        failures: row.get(19)?,
        evidence: row.get(20)?,
        created: at(row, 21)?,
        updated: at(row, 22)?,
        touched: row.get(23)?,
    })
}

impl Effects for SqlTx<'_> {
    fn effect(&self, id: i64) -> Result<Option<EffectRow>, StoreError> {
        self.one(sql::GET, params![id, self.merchant], row)
    }

    fn effect_by_key(&self, key: &str) -> Result<Option<EffectRow>, StoreError> {
        self.one(sql::BY_KEY, params![self.merchant, key], row)
    }

    fn operation(&self, effect: i64) -> Result<Option<String>, StoreError> {
        self.one(sql::OPERATION, params![effect, self.merchant], |row| row.get(0))
    }

    fn effects_of(&self, flow: i64) -> Result<Vec<EffectRow>, StoreError> {
        self.all(sql::OF_FLOW, params![flow, self.merchant], row)
    }

    fn due_effects(&self, connection: &str, now: Timestamp, limit: u64) -> Result<Vec<EffectRow>, StoreError> {
        self.all(sql::DUE, params![self.merchant, connection, micros(now), int(limit)], row)
    }

    fn next_effect(&self, connection: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.only(sql::NEXT, params![self.merchant, connection, micros(now)], |row| maybe_at(row, 0))
    }

    fn withdrawn(&self, connection: &str) -> Result<Vec<i64>, StoreError> {
        self.all(sql::WITHDRAWN, params![self.merchant, connection], |row| row.get(0))
    }

    fn live_on(&self, connection: &str, object: &str) -> Result<bool, StoreError> {
        self.only(sql::LIVE_ON, params![self.merchant, connection, object], |row| row.get(0))
    }

    fn queue(&self, connection: &str) -> Result<Vec<QueueCount>, StoreError> {
        let params = params![self.merchant, connection];
        let live =
            self.all(sql::LIVE_BY_KIND, params, |row| Ok((row.get::<_, String>(0)?, phase(row, 1)?, count(row, 2)?)))?;
        let stuck =
            self.all(sql::STUCK_BY_KIND, params, |row| Ok((row.get::<_, String>(0)?, Phase::Held, count(row, 1)?)))?;
        let mut queue = BTreeMap::new();
        for (kind, phase, count) in live.into_iter().chain(stuck) {
            let entry = queue.entry(kind.clone()).or_insert(QueueCount { kind, waiting: 0, in_doubt: 0, held: 0 });
            match phase {
                Phase::Unknown => entry.in_doubt += count,
                Phase::Held => entry.held += count,
                _ => entry.waiting += count,
            }
        }
        Ok(queue.into_values().collect())
    }
}

impl EffectsMut for SqlTx<'_> {
    fn plan_effect(&mut self, effect: &NewEffect, now: Timestamp) -> Result<Option<i64>, StoreError> {
        let planned = self.run(
            sql::PLAN,
            params![
                self.merchant,
                effect.connection,
                effect.kind,
                effect.key,
                effect.flow,
                effect.object,
                effect.priority,
                maybe_micros(effect.deadline),
                effect.stage,
                micros(effect.not_before),
                micros(now)
            ],
        )?;
        if planned == 0 {
            return Ok(None);
        }
        let id = self.conn.last_insert_rowid();
        self.run(sql::SAY, params![id, self.merchant, effect.operation])?;
        Ok(Some(id))
    }

    fn move_effect(&mut self, effect: &EffectRow, from: Phase, epoch: i64, now: Timestamp) -> Result<(), StoreError> {
        let moved = self.run(
            sql::MOVE,
            params![
                effect.id,
                self.merchant,
                from.as_str(),
                epoch,
                effect.priority,
                maybe_micros(effect.deadline),
                effect.phase.as_str(),
                effect.stage,
                effect.note,
                effect.attempt,
                effect.doubted,
                effect.absences,
                maybe_micros(effect.absent_at),
                effect.epoch,
                maybe_micros(effect.send_deadline),
                maybe_micros(effect.horizon),
                micros(effect.not_before),
                effect.failures,
                effect.evidence,
                micros(now),
                effect.touched
            ],
        )?;
        if moved == 1 || planted::on(Bug::EpochIgnored) {
            Ok(())
        } else {
            Err(StoreError::Conflict(format!("effect {}", effect.id)))
        }
    }

    fn withdraw_effect(&mut self, key: &str) -> Result<bool, StoreError> {
        Ok(self.run(sql::WITHDRAW, params![self.merchant, key])? > 0)
    }

    fn doubt_sending(&mut self, horizon: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        self.run(sql::DOUBT, params![self.merchant, micros(horizon), micros(now)])
    }

    fn doubt_live(&mut self, horizon: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        self.run(sql::DOUBT_LIVE, params![self.merchant, micros(horizon), micros(now)])
    }
}
