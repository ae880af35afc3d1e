//! Fetching one page of rows: the answer, its table, its columns. Shared by all reads.

use crossdock_connector::{Failure, Observation, RejectCode, Rejection, Reply};

use crate::answer;
use crate::config::Config;
use crate::csv_table::{Row, Table};
use crate::soap::Op;

/// A page of a read, and the remote's count over all pages.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The rows.
    pub(crate) table: Table,
    /// `TotalCount`.
    pub(crate) total: i64,
}

/// The rows of a successful reply.
pub(crate) fn fetch(reply: &Reply, op: Op) -> Result<Rows, Failure> {
    let response = answer::read(reply, op).into_success()?;
    Ok(Rows { table: Table::parse(&response.detail), total: response.total })
}

impl Rows {
    /// Where a column is that the read cannot do without. With no header at all there is nothing to find and nothing to
    /// miss; with a header that lacks the column, repeating will not help and a person has to configure it.
    pub(crate) fn need(&self, config: &Config, source: &str, ours: &str) -> Result<Option<usize>, Failure> {
        let found = self.maybe(config, source, ours);
        if found.is_none() && !self.table.is_blank() {
            let theirs = config.column(source, ours);
            return Err(Failure::Rejected(Rejection::new(
                RejectCode::CannotExpress,
                format!(
                    "Peoplevox's \"{source}\" has no column \"{theirs}\": add it there, or map it to the name it has."
                ),
            )));
        }
        Ok(found)
    }

    /// Where a column is that may be absent.
    pub(crate) fn maybe(&self, config: &Config, source: &str, ours: &str) -> Option<usize> {
        match config.column(source, ours) {
            "" => None,
            // Both spellings exist (`contracts/peoplevox.md §4`, §9).
            theirs @ "No of items" => self.table.column(&[theirs, "No. of items"]),
            theirs => self.table.column(&[theirs]),
        }
    }
}

impl Rows {
    /// What to say of the rows that are longer than the header.
    pub(crate) fn misshapen(&self) -> impl Iterator<Item = Observation> {
        self.table.misshapen().map(|row| unreadable(row, "", "the row has more cells than the header"))
    }
}

/// A row that cannot be understood, kept as it came.
pub(crate) fn unreadable(row: Row<'_>, order: &str, reason: impl Into<String>) -> Observation {
    Observation::Unreadable { id: (!order.is_empty()).then(|| order.to_owned()), reason: reason.into(), raw: row.raw() }
}
