//! CSV as Peoplevox writes and reads it: a header line, then rows (`contracts/peoplevox.md §2.6`, `§3.4`).
//!
//! Columns are found by name, never by place, because every tenant chooses and orders its own. Names are compared without
//! regard to case and to blanks at the ends. This module knows no column.

use crossdock_planted::{self as planted, Bug};

/// A table read from a `Detail`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads CSV text. Empty text and a header alone are valid tables without rows; a row with too few cells has empty
    /// ones at its end. A row with too many is kept apart: a stray comma has moved its cells, and nobody can tell which.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim_start_matches('\u{FEFF}');
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut lines = reader
            .records()
            // The input is a `str`, so a record cannot fail to be UTF-8; any other failure ends the table.
            .map_while(Result::ok)
            .map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>())
            .filter(|cells| cells.iter().any(|cell| !cell.trim().is_empty()));
        let header = lines.next().unwrap_or_default();
        let rows = lines.collect();
        Self { header, rows }
    }

    /// The column names as received.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// How many rows there are, readable or not.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is neither a header nor a row.
    pub(crate) fn is_blank(&self) -> bool {
        self.header.is_empty()
    }

    /// Where a column is, by any of its names; the first name that is there wins.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|have| same_name(have, name)))
    }

    /// The rows whose cells stand under the header.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().filter(|cells| cells.len() <= self.header.len()).map(|cells| Row { cells })
    }

    /// The rows that are longer than the header.
    pub(crate) fn misshapen(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().filter(|cells| cells.len() > self.header.len()).map(|cells| Row { cells })
    }
}

/// Whether two column names are the same.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a.is_ascii() && b.is_ascii() { a.eq_ignore_ascii_case(b) } else { a.to_lowercase() == b.to_lowercase() }
}

/// One row of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'t> {
    cells: &'t [String],
}

impl<'t> Row<'t> {
    /// The trimmed cell of a column, empty when the column or the cell is missing.
    pub(crate) fn cell(&self, column: Option<usize>) -> &'t str {
        column.and_then(|column| self.cells.get(column)).map_or("", |cell| cell.trim())
    }

    /// The row as CSV, for evidence.
    pub(crate) fn raw(&self) -> bytes::Bytes {
        let mut out = String::new();
        push_row(&mut out, self.cells.iter().map(String::as_str));
        out.into()
    }
}

/// Writes a table: the header as it is, cells in double quotes with inner quotes doubled, `\n` at every line's end.
///
/// Quoted cells keep commas and leading noughts whole; both quoted and bare cells are known to be accepted
/// (`contracts/peoplevox.md §2.6`).
pub(crate) fn write<'c>(header: &[&str], rows: impl Iterator<Item = Vec<&'c str>>) -> String {
    let mut out = String::new();
    for (index, name) in header.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if name.contains([',', '"']) {
            push_quoted(&mut out, name);
        } else {
            out.push_str(name);
        }
    }
    out.push('\n');
    for row in rows {
        push_row(&mut out, row.into_iter());
        out.push('\n');
    }
    out
}

fn push_row<'c>(out: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_quoted(out, cell);
    }
}

fn push_quoted(out: &mut String, cell: &str) {
    out.push('"');
    let doubled = if planted::on(Bug::QuotesNotDoubled) { "\"" } else { "\"\"" };
    out.push_str(&cell.replace('"', doubled));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_by_name_whatever_their_case_order_and_blanks() {
        let table = Table::parse("\r\n\"Available\",\" Item Code \"\r\n\"12\",\"A,1\"\r\n\"3\"\r\n");
        let item = table.column(&["Item code"]);
        let rows: Vec<_> = table.rows().map(|row| (row.cell(item), row.cell(table.column(&["available"])))).collect();
        assert_eq!(rows, [("A,1", "12"), ("", "3")]);
        assert_eq!(table.column(&["No of items", "No. of items"]), None);
    }

    #[test]
    fn a_row_that_is_longer_than_the_header_is_kept_apart() {
        let table = Table::parse("A,B\n1,2\nx,y,3\n4\n\"x,y\",3\n5,6,\n");
        let first = |rows: Vec<Row<'_>>| rows.iter().map(|row| row.cell(Some(0)).to_owned()).collect::<Vec<_>>();
        assert_eq!(first(table.rows().collect()), ["1", "4", "x,y"]);
        assert_eq!(first(table.misshapen().collect()), ["x", "5"], "an empty cell too many is one too many");
        assert_eq!(table.len(), 5, "they count as rows all the same");
    }

    #[test]
    fn nothing_and_a_header_alone_are_valid() {
        for text in ["", "\n", "\u{FEFF}", "\"A\",\"B\"\n", "A,B"] {
            assert_eq!(Table::parse(text).len(), 0, "{text:?}");
        }
        assert!(Table::parse(" \n").is_blank());
        assert!(!Table::parse("A").is_blank());
    }

    #[test]
    fn everything_written_is_read_back_the_same() {
        let cells = ["plain", "a,b", "say \"hi\"", "Zoë", "", "'16/03/2026 10:00'", "0012", "a;b", "\"", "😀,\"\""];
        for first in cells {
            for second in cells {
                let text = write(&["A", "B,\"C\"", "D"], std::iter::once(vec!["key", first, second]));
                let table = Table::parse(&text);
                let row = table.rows().next().unwrap();
                assert_eq!((row.cell(Some(1)), row.cell(Some(2))), (first, second), "{text}");
            }
        }
    }

    #[test]
    fn a_written_table_has_bare_headers_and_quoted_cells() {
        assert_eq!(write(&["A", "B"], [vec!["1", "2,3"]].into_iter()), "A,B\n\"1\",\"2,3\"\n");
    }
}
