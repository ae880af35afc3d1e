//! The error report of a stock file (`contracts/john-lewis.md §2.5`, STO03): CSV, line number and reason first, then the
//! columns of the upload.

use std::collections::BTreeSet;

use crossdock_connector::{Reply, StockLine};
use serde::Serialize;

use super::stock_file;
use crate::verdict::short;

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
    /// The errors whose line is known, one for each line that was sent.
    pub(crate) errors: Vec<LineError>,
    /// All lines in error, those included that nobody can name.
    pub(crate) total: i64,
}

/// Reads the report, or says why it is none. What is not UTF-8 in it costs only the characters that are not.
///
/// The SKU is taken from the report's own `offer-sku` column. Where an operator leaves that out, or it names nothing that
/// was sent, the line number leads to what was [I: the header is counted as line 1, as spreadsheets do].
pub(crate) fn read(reply: &Reply, sent: &[&StockLine]) -> Result<Report, String> {
    if reply.is_html() {
        return Err("a web page came instead of an error report".to_owned());
    }
    let text = String::from_utf8_lossy(reply.body());
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() || text.trim_start().starts_with('{') {
        return Err("the error report is not a table".to_owned());
    }
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains(';') || !first.contains(',') { ';' } else { ',' };
    let mut rows = table(text, separator).into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
    let sent: Vec<&str> = sent.iter().map(|line| stock_file::offer_sku(line)).collect();
    let known: BTreeSet<&str> = sent.iter().copied().collect();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut report = Report::default();
    let mut read_row = |row: &[String], sku_column: Option<usize>| {
        let line = row.first().and_then(|cell| cell.trim().parse::<usize>().ok());
        let own = sku_column.and_then(|column| row.get(column)).and_then(|sku| known.get(sku.as_str()).copied());
        let by_line = || sent.get(line?.checked_sub(2)?).copied();
        let sku = own.or_else(by_line);
        // A line may be wrong in several ways; it was refused once.
        if sku.is_some_and(|sku| !named.insert(sku)) {
            return;
        }
        report.total += 1;
        if let Some(sku) = sku {
            let reason = short(row.get(1).map_or("", |cell| cell.trim()));
            report.errors.push(LineError { sku: short(sku), reason, line });
        }
    };
    let head = rows.next();
    let sku_column = head.iter().flatten().position(|cell| cell.trim().eq_ignore_ascii_case("offer-sku"));
    // A first row that starts with a number is no header but an error.
    if let Some(head) = head
        && sku_column.is_none()
        && head.first().is_some_and(|cell| cell.trim().parse::<usize>().is_ok())
    {
        read_row(&head, None);
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

    fn parse(body: impl Into<Bytes>) -> Result<(i64, Vec<(String, String)>), String> {
        let sent: Vec<StockLine> = ["A-1", "B;2", "C-3", "É-4"]
            .iter()
            .map(|sku| StockLine { listing: (*sku).to_owned(), sku: (*sku).to_owned(), quantity: 1 })
            .collect();
        let reply = Reply { response: http::Response::new(body.into()), at: Timestamp::UNIX_EPOCH };
        let report = read(&reply, &sent.iter().collect::<Vec<_>>())?;
        Ok((report.total, report.errors.into_iter().map(|error| (error.sku, error.reason)).collect()))
    }

    fn pair(sku: &str, reason: &str) -> (String, String) {
        (sku.to_owned(), reason.to_owned())
    }

    #[test]
    fn errors_are_named_by_the_reports_own_sku_column() {
        let report = "\u{feff}\"error-line\";\"error-message\";\"offer-sku\";\"quantity\"\r\n\
                      \"3\";\"Unknown \"\"offer\"\";\nsay it again\";\"B;2\";\"4\"\r\n";
        assert_eq!(parse(report).unwrap(), (1, vec![pair("B;2", "Unknown \"offer\"; say it again")]));
    }

    #[test]
    fn without_that_column_the_line_number_leads_to_the_sku() {
        assert_eq!(
            parse("line,reason\n4,Unknown offer\n99,Beyond\n").unwrap(),
            (2, vec![pair("C-3", "Unknown offer")]),
            "what was not sent cannot be named"
        );
        assert_eq!(parse("2;Unknown offer").unwrap(), (1, vec![pair("A-1", "Unknown offer")]));
    }

    #[test]
    fn a_report_in_another_character_set_still_names_its_lines() {
        let latin = b"line;reason;offer-sku\n5;Unbekannt f\xfcr Sie;\xc9-4\n".to_vec();
        assert_eq!(parse(latin).unwrap(), (1, vec![pair("É-4", "Unbekannt f\u{fffd}r Sie")]));
    }

    #[test]
    fn a_line_that_is_wrong_twice_is_refused_once() {
        let report = "line;reason;offer-sku\n2;bad quantity;A-1\n2;bad warehouse;A-1\n";
        assert_eq!(parse(report).unwrap(), (1, vec![pair("A-1", "bad quantity")]));
    }

    #[test]
    fn what_is_no_table_is_not_read_as_one() {
        for body in ["", "  \n", "<html>busy</html>", "{\"message\":\"later\"}"] {
            assert!(parse(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn every_refused_line_is_named_however_long_the_report_is() {
        let lines: Vec<StockLine> =
            (0..1_500).map(|n| StockLine { listing: format!("S-{n}"), sku: String::new(), quantity: 1 }).collect();
        let body = (0..1_500).map(|n| format!("{};bad", n + 2)).collect::<Vec<_>>().join("\n");
        let reply = Reply { response: http::Response::new(Bytes::from(body)), at: Timestamp::UNIX_EPOCH };
        let report = read(&reply, &lines.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((report.errors.len(), report.total), (1_500, 1_500));
    }
}
