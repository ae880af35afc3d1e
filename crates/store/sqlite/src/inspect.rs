//! A look at a database that changes nothing: are its pages and its journals whole?
//!
//! It takes no lock, so it also works beside a hub that runs, and it opens the file for reading only, so that a damaged one
//! stays as it was found.

use std::path::Path;

use crossdock_model::MerchantId;
use crossdock_store::{FlowKind, StoreError};
use rusqlite::{Connection, params};

use crate::failure::failed;
use crate::flows::journal;
use crate::sql::inspect as sql;
use crate::tx::SqlTx;
use crate::{open, schema};

/// Journals that are looked at in one consistent view. A view that stays open for long lets the write-ahead log grow.
const AT_ONCE: u32 = 500;

/// SQLite's own check stops after as many.
const MOST_FINDINGS: usize = 100;

/// A database, opened for reading only.
pub struct Inspection {
    conn: Connection,
}

/// Rows by table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders.
    pub orders: u64,
    /// Parcels.
    pub parcels: u64,
    /// Lines of all journals.
    pub lines: u64,
    /// Remote writes.
    pub effects: u64,
    /// Exceptions that are open.
    pub exceptions: u64,
    /// Items.
    pub items: u64,
    /// Listings.
    pub listings: u64,
}

/// A journal whose chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenJournal {
    /// The flow's number in the file.
    pub flow: i64,
    /// `order` or `despatch`.
    pub kind: String,
    /// The flow's key: connection and the remote's id.
    pub key: String,
    /// The number that people read, where it has one.
    pub number: String,
    /// The first line that does not follow from the ones before it, from 1.
    pub line: i64,
}

impl Inspection {
    /// Opens a file for reading.
    ///
    /// Fails with `NewerSchema` when a newer version wrote it, `Corrupt` when it is no database of this hub or too old to
    /// be read as it is, `Unwritable` when it cannot be opened at all.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let conn = open::inspector(path)?;
        let found = schema::version(&conn)?;
        if found < schema::known() {
            return Err(StoreError::Bug(format!(
                "the file has schema {found} of {}: start the hub once, which brings it up to date",
                schema::known()
            )));
        }
        Ok(Self { conn })
    }

    /// What is wrong with its pages, its indexes and the rows that belong together, at most a hundred findings; nothing when
    /// all is well. About a second per gigabyte.
    pub fn pages(&self) -> Result<Vec<String>, StoreError> {
        let mut findings = Vec::new();
        let looked = self
            .well_formed(&mut findings)
            .and_then(|()| if findings.is_empty() { self.belonging(&mut findings) } else { Ok(()) });
        match looked {
            Ok(()) => Ok(findings),
            // Too damaged to be walked to the end, which is a finding and no failure.
            Err(StoreError::Corrupt(text)) => {
                findings.push(text);
                Ok(findings)
            }
            Err(error) => Err(error),
        }
    }

    fn well_formed(&self, findings: &mut Vec<String>) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare("PRAGMA quick_check").map_err(failed)?;
        for row in statement.query_map([], |row| row.get::<_, String>(0)).map_err(failed)? {
            let finding = row.map_err(failed)?;
            if finding != "ok" {
                findings.push(finding);
            }
        }
        Ok(())
    }

    fn belonging(&self, findings: &mut Vec<String>) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare("PRAGMA foreign_key_check").map_err(failed)?;
        let rows =
            statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?))).map_err(failed)?;
        for row in rows.take(MOST_FINDINGS) {
            let (table, parent) = row.map_err(failed)?;
            findings.push(format!("a row of {table} belongs to a row of {parent} that is not there"));
        }
        Ok(())
    }

    /// Rows by table.
    pub fn counts(&self, merchant: &MerchantId) -> Result<Counts, StoreError> {
        let Some(tx) = self.tx(merchant)? else {
            return Ok(Counts::default());
        };
        let count = |sql: &str| tx.only(sql, params![tx.merchant], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
        let flows = |kind: FlowKind| {
            tx.only(sql::FLOWS, params![tx.merchant, kind.as_str()], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
        };
        Ok(Counts {
            orders: flows(FlowKind::Order)?,
            parcels: flows(FlowKind::Despatch)?,
            lines: count(sql::LINES)?,
            effects: count(sql::EFFECTS)?,
            exceptions: count(sql::EXCEPTIONS)?,
            items: count(sql::ITEMS)?,
            listings: count(sql::LISTINGS)?,
        })
    }

    /// The journals whose chain is broken. `progress` hears how many were looked at.
    pub fn journals(
        &self,
        merchant: &MerchantId,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<BrokenJournal>, StoreError> {
        let Some(tx) = self.tx(merchant)? else {
            return Ok(Vec::new());
        };
        let mut broken = Vec::new();
        let (mut after, mut seen) = (0_i64, 0_u64);
        loop {
            self.conn.execute_batch("BEGIN").map_err(failed)?;
            let stretch = stretch(&tx, after, &mut broken);
            self.conn.execute_batch("ROLLBACK").map_err(failed)?;
            let (last, count) = stretch?;
            let Some(last) = last else {
                return Ok(broken);
            };
            (after, seen) = (last, seen + count);
            progress(seen);
        }
    }

    fn tx(&self, merchant: &MerchantId) -> Result<Option<SqlTx<'_>>, StoreError> {
        let merchant = schema::known_merchant(&self.conn, merchant)?;
        Ok(merchant.map(|merchant| SqlTx { conn: &self.conn, merchant }))
    }
}

/// Looks at the next journals; the last flow's number and how many there were.
fn stretch(tx: &SqlTx<'_>, after: i64, broken: &mut Vec<BrokenJournal>) -> Result<(Option<i64>, u64), StoreError> {
    let flows: Vec<(i64, String, String, String)> =
        tx.all(sql::NEXT_FLOWS, params![tx.merchant, after, AT_ONCE], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    let (last, count) = (flows.last().map(|(flow, ..)| *flow), flows.len() as u64);
    for (flow, kind, key, number) in flows {
        if let Some(line) = journal::verify(tx, flow)? {
            broken.push(BrokenJournal { flow, kind, key, number, line });
        }
    }
    Ok((last, count))
}
