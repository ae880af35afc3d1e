//! The error report of a stock file (`contracts/john-lewis.md §2.5`, STO03): CSV, line number and reason first, then the
//! columns of the upload.

use crossdock_connector::{Reply, StockLine};
use serde::Serialize;

use super::stock_file;
use crate::verdict::short;

/// Errors kept as evidence; the rest is counted.
const KEPT: usize = 1_000;

/// A line that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LineError {
    sku: String,
    reason: String,
    line: Option<usize>,
}

impl LineError {
    /// A line that never went out.
    pub(crate) fn unwritable(line: &StockLine) -> Self {
        Self {
            sku: short(stock_file::offer_sku(line)),
            reason: "the SKU cannot be written into a stock file".to_owned(),
            line: None,
        }
    }
}

/// What the report says.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The first [`KEPT`] errors.
    pub(crate) errors: Vec<LineError>,
    /// All errors.
    pub(crate) total: usize,
    /// Errors that were only counted.
    pub(crate) left_out: usize,
}

/// Reads the report, or says why it is none.
///
/// The SKU is taken from the report's own `offer-sku` column. Where an operator leaves that out, the line number leads to
/// what was sent [I: the header is counted as line 1, as spreadsheets do].
pub(crate) fn read(reply: &Reply, sent: &[StockLine]) -> Result<Report, String> {
    if reply.is_html() {
        return Err("a web page came instead of an error report".to_owned());
    }
    let text = std::str::from_utf8(reply.body()).map_err(|_| "the error report is not UTF-8".to_owned())?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() || text.trim_start().starts_with('{') {
        return Err("the error report is not a table".to_owned());
    }
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains(';') || !first.contains(',') { ';' } else { ',' };
    let mut rows = table(text, separator).into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    let sent: Vec<&str> = sent.iter().filter(|line| stock_file::writable(line)).map(stock_file::offer_sku).collect();
    let mut sku_column = None;
    let mut report = Report::default();
    let mut read_row = |row: &[String], sku_column: Option<usize>| {
        let line = row.first().and_then(|cell| cell.trim().parse::<usize>().ok());
        let by_line = || sent.get(line?.checked_sub(2)?).map(|sku| (*sku).to_owned());
        let sku = sku_column.and_then(|column| row.get(column)).filter(|sku| !sku.trim().is_empty()).cloned();
        report.total += 1;
        if report.errors.len() < KEPT {
            report.errors.push(LineError {
                sku: short(&sku.or_else(by_line).unwrap_or_default()),
                reason: short(row.get(1).map_or("", |cell| cell.trim())),
                line,
            });
        } else {
            report.left_out += 1;
        }
    };
    if let Some(head) = rows.next() {
        sku_column = head.iter().position(|cell| cell.trim().eq_ignore_ascii_case("offer-sku"));
        // A first row that starts with a number is no header but an error.
        if sku_column.is_none() && head.first().is_some_and(|cell| cell.trim().parse::<usize>().is_ok()) {
            read_row(&head, None);
        }
    }
    for row in rows {
        read_row(&row, sku_column);
    }
    Ok(report)
}

/// Splits quoted, separated text into rows of cells.
fn table(text: &str, separator: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;

    use super::*;

    fn parse(body: &str) -> Result<Vec<(String, String)>, String> {
        let sent: Vec<StockLine> = ["A-1", "B-2", "C-3"]
            .iter()
            .map(|sku| StockLine { listing: (*sku).to_owned(), sku: (*sku).to_owned(), quantity: 1 })
            .collect();
        let reply = Reply { response: http::Response::new(Bytes::from(body.to_owned())), at: Timestamp::UNIX_EPOCH };
        let report = read(&reply, &sent)?;
        Ok(report.errors.into_iter().map(|error| (error.sku, error.reason)).collect())
    }

    fn pair(sku: &str, reason: &str) -> (String, String) {
        (sku.to_owned(), reason.to_owned())
    }

    #[test]
    fn errors_are_named_by_the_reports_own_sku_column() {
        let report = "\u{feff}\"error-line\";\"error-message\";\"offer-sku\";\"quantity\"\r\n\
                      \"3\";\"Unknown \"\"offer\"\";\nsay it again\";\"B;2\";\"4\"\r\n";
        assert_eq!(parse(report).unwrap(), [pair("B;2", "Unknown \"offer\"; say it again")]);
    }

    #[test]
    fn without_that_column_the_line_number_leads_to_the_sku() {
        assert_eq!(
            parse("line,reason\n4,Unknown offer\n99,Beyond\n").unwrap(),
            [pair("C-3", "Unknown offer"), pair("", "Beyond")]
        );
        assert_eq!(parse("2;Unknown offer").unwrap(), [pair("A-1", "Unknown offer")]);
    }

    #[test]
    fn what_is_no_table_is_not_read_as_one() {
        for body in ["", "  \n", "<html>busy</html>", "{\"message\":\"later\"}"] {
            assert!(parse(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_long_report_is_counted_to_the_end_and_kept_in_part() {
        let body = (0..1_500).map(|n| format!("{n};bad")).collect::<Vec<_>>().join("\n");
        let reply = Reply { response: http::Response::new(Bytes::from(body)), at: Timestamp::UNIX_EPOCH };
        let report = read(&reply, &[]).unwrap();
        assert_eq!((report.errors.len(), report.total, report.left_out), (1_000, 1_500, 500));
    }
}
