//! The database's own generation.

use crossdock_store::{Lineage, LineageMut, LineageRow, StoreError};
use rusqlite::params;

use crate::sql::lineage as sql;
use crate::tx::{SqlTx, count, int, maybe_at, maybe_micros, micros};

impl Lineage for SqlTx<'_> {
    fn lineage(&self) -> Result<Option<LineageRow>, StoreError> {
        self.one(sql::GET, params![self.merchant], |row| {
            let why: Option<String> = row.get(3)?;
            Ok(LineageRow {
                generation: row.get(0)?,
                pulse: count(row, 1)?,
                restored: maybe_at(row, 2)?.zip(why),
                released: maybe_at(row, 4)?,
            })
        })
    }
}

impl LineageMut for SqlTx<'_> {
    fn put_lineage(&mut self, row: &LineageRow) -> Result<(), StoreError> {
        let (at, why) = row.restored.as_ref().map(|(at, why)| (micros(*at), why)).unzip();
        let released = maybe_micros(row.released);
        self.run(sql::PUT, params![self.merchant, row.generation, int(row.pulse), at, why, released])?;
        Ok(())
    }
}
