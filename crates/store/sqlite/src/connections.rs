//! Connections: their state, schedules, windows, hints and subscriptions.

use crossdock_store::{
    ConnectionRow, Connections, ConnectionsMut, HintRow, ScheduleRow, StoreError, SubscriptionRow, WindowRow,
};
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde_json::{from_str, to_string};

use crate::sql::connection as sql;
use crate::tx::{SqlTx, at, count, int, maybe_at, maybe_micros, micros, unreadable};

fn connection(name: &str, row: &Row<'_>) -> rusqlite::Result<ConnectionRow> {
    let health: Option<String> = row.get(0)?;
    let facts: String = row.get(6)?;
    let guard: Option<String> = row.get(7)?;
    Ok(ConnectionRow {
        name: name.to_owned(),
        health: health.map(|json| from_str(&json)).transpose().map_err(|error| unreadable(0, error))?,
        probed: maybe_at(row, 1)?,
        last_good: maybe_at(row, 2)?,
        failures: row.get(3)?,
        problem: row.get(4)?,
        stopped: row.get(5)?,
        facts: from_str(&facts).map_err(|error| unreadable(6, error))?,
        guard: guard.zip(maybe_at(row, 8)?),
    })
}

fn schedule(row: &Row<'_>) -> rusqlite::Result<ScheduleRow> {
    Ok(ScheduleRow {
        connection: row.get(0)?,
        name: row.get(1)?,
        next: at(row, 2)?,
        watermark: maybe_at(row, 3)?,
        started: maybe_at(row, 4)?,
        resume: row.get(5)?,
        last_good: maybe_at(row, 6)?,
        failures: row.get(7)?,
        problem: row.get(8)?,
    })
}

fn window(row: &Row<'_>) -> rusqlite::Result<WindowRow> {
    let calls: String = row.get(2)?;
    Ok(WindowRow {
        connection: row.get(0)?,
        window: row.get(1)?,
        calls: from_str(&calls).map_err(|error| unreadable(2, error))?,
    })
}

fn hint(row: &Row<'_>) -> rusqlite::Result<HintRow> {
    Ok(HintRow { connection: row.get(0)?, kind: row.get(1)?, key: row.get(2)?, at: at(row, 3)? })
}

fn subscription(row: &Row<'_>) -> rusqlite::Result<SubscriptionRow> {
    Ok(SubscriptionRow {
        connection: row.get(0)?,
        event: row.get(1)?,
        token: row.get(2)?,
        secret: row.get(3)?,
        url: row.get(4)?,
        remote_id: row.get(5)?,
        created: at(row, 6)?,
        last_delivery: maybe_at(row, 7)?,
        deliveries: count(row, 8)?,
    })
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    to_string(value).map_err(|error| StoreError::Bug(format!("a value without JSON: {error}")))
}

impl Connections for SqlTx<'_> {
    fn connection(&self, name: &str) -> Result<ConnectionRow, StoreError> {
        let known = self.one(sql::GET, params![self.merchant, name], |row| connection(name, row))?;
        Ok(known.unwrap_or_else(|| ConnectionRow { name: name.to_owned(), ..ConnectionRow::default() }))
    }

    fn schedules(&self, connection: &str) -> Result<Vec<ScheduleRow>, StoreError> {
        self.all(sql::SCHEDULES, params![self.merchant, connection], schedule)
    }

    fn windows(&self, connection: &str) -> Result<Vec<WindowRow>, StoreError> {
        self.all(sql::WINDOWS, params![self.merchant, connection], window)
    }

    fn hints(&self, connection: &str, limit: u64) -> Result<Vec<HintRow>, StoreError> {
        self.all(sql::HINTS, params![self.merchant, connection, int(limit)], hint)
    }

    fn subscriptions(&self, connection: &str) -> Result<Vec<SubscriptionRow>, StoreError> {
        self.all(sql::SUBSCRIPTIONS, params![self.merchant, connection], subscription)
    }
}

impl ConnectionsMut for SqlTx<'_> {
    fn put_connection(&mut self, row: &ConnectionRow, now: Timestamp) -> Result<(), StoreError> {
        let health = row.health.as_ref().map(json).transpose()?;
        let facts = json(&row.facts)?;
        let (guard, guarded_at) = row.guard.as_ref().map(|(text, at)| (text, micros(*at))).unzip();
        self.run(
            sql::PUT,
            params![
                self.merchant,
                row.name,
                health,
                maybe_micros(row.probed),
                maybe_micros(row.last_good),
                row.failures,
                row.problem,
                row.stopped,
                facts,
                guard,
                guarded_at,
                micros(now)
            ],
        )?;
        Ok(())
    }

    fn put_schedule(&mut self, row: &ScheduleRow) -> Result<(), StoreError> {
        self.run(
            sql::PUT_SCHEDULE,
            params![
                self.merchant,
                row.connection,
                row.name,
                micros(row.next),
                maybe_micros(row.watermark),
                maybe_micros(row.started),
                row.resume,
                maybe_micros(row.last_good),
                row.failures,
                row.problem
            ],
        )?;
        Ok(())
    }

    fn put_window(&mut self, row: &WindowRow) -> Result<(), StoreError> {
        let calls = json(&row.calls)?;
        self.run(sql::PUT_WINDOW, params![self.merchant, row.connection, row.window, calls])?;
        Ok(())
    }

    fn add_hint(&mut self, hint: &HintRow) -> Result<(), StoreError> {
        self.run(sql::ADD_HINT, params![self.merchant, hint.connection, hint.kind, hint.key, micros(hint.at)])?;
        Ok(())
    }

    fn serve_hints(
        &mut self,
        connection: &str,
        kind: &str,
        keys: &[String],
        asked: Timestamp,
    ) -> Result<(), StoreError> {
        for key in keys {
            let params = params![self.merchant, connection, kind, key, micros(asked)];
            if self.run(sql::SERVE_HINT, params)? == 0 {
                self.run(sql::KEEP_HINT, params)?;
            }
        }
        Ok(())
    }

    fn put_subscription(&mut self, row: &SubscriptionRow) -> Result<(), StoreError> {
        self.run(
            sql::PUT_SUBSCRIPTION,
            params![
                self.merchant,
                row.connection,
                row.event,
                row.token,
                row.secret,
                row.url,
                row.remote_id,
                micros(row.created),
                maybe_micros(row.last_delivery),
                int(row.deliveries)
            ],
        )?;
        Ok(())
    }
}
