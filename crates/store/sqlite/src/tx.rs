//! One transaction of one merchant: the few ways in which the aggregates talk to SQLite.

use crossdock_model::{Currency, Money};
use crossdock_store::StoreError;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Params, Row};

use crate::failure::failed;

/// A transaction under way. The traits of the store are implemented on it, one file per aggregate.
pub(crate) struct SqlTx<'c> {
    pub(crate) conn: &'c Connection,
    /// The merchant's number in this file.
    pub(crate) merchant: i64,
}

impl SqlTx<'_> {
    /// Runs a statement and says how many rows it changed.
    pub(crate) fn run(&self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(failed)?;
        let changed = statement.execute(params).map_err(failed)?;
        Ok(changed as u64)
    }

    /// The first row, if there is one.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(failed)?;
        statement.query_row(params, read).optional().map_err(failed)
    }

    /// The one row of a statement that always gives one (an aggregate).
    pub(crate) fn only<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(failed)?;
        statement.query_row(params, read).map_err(failed)
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql).map_err(failed)?;
        let rows = statement.query_map(params, read).map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }
}

/// A moment as it is stored: microseconds, UTC.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The same for a moment that may be absent.
pub(crate) fn maybe_micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(micros)
}

/// A moment as the database will give it back: without anything finer than a microsecond.
pub(crate) fn rounded(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(micros(at)).unwrap_or(at)
}

/// A count or a limit as SQLite takes it.
pub(crate) fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as SQLite gives it.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(column, value))
}

/// A stored moment.
pub(crate) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let value: i64 = row.get(column)?;
    Timestamp::from_microsecond(value).map_err(|_| Error::IntegralValueOutOfRange(column, value))
}

/// A stored moment that may be absent.
pub(crate) fn maybe_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(_) => at(row, column).map(Some),
    }
}

/// A stored amount and, in the next column, its currency.
pub(crate) fn money(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Money>> {
    let minor: Option<i64> = row.get(column)?;
    let code: Option<String> = row.get(column + 1)?;
    match (minor, code) {
        (Some(minor), Some(code)) => {
            let currency = Currency::new(&code).map_err(|error| unreadable(column + 1, error))?;
            Ok(Some(Money::from_minor(minor, currency)))
        }
        _ => Ok(None),
    }
}

/// An amount's minor units and currency as they are stored.
pub(crate) fn money_parts(amount: Option<&Money>) -> (Option<i64>, Option<&str>) {
    (amount.map(|money| money.minor), amount.map(|money| money.currency.code()))
}

/// A stored word that this version does not know.
pub(crate) fn unreadable(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

/// The end of all texts that begin with this one: every such text is smaller.
pub(crate) fn after_prefix(prefix: &str) -> String {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // Texts are compared by their UTF-8 bytes, whose order is that of the characters.
        if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            letters.push(next);
            return letters.into_iter().collect();
        }
    }
    // Nothing but the last character there is: a few more of it stand behind whatever begins so.
    format!("{prefix}{}", String::from(char::MAX).repeat(8))
}
