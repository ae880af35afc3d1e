//! Tables as CSV, for a spreadsheet.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

/// The most pages of one list that an export reads (50 rows each); a larger export says so in its file name.
pub(crate) const MOST_PAGES: u32 = 200;

/// A table under construction.
pub(crate) struct Table {
    name: &'static str,
    rows: Vec<Vec<String>>,
    cut: bool,
}

impl Table {
    /// A table with its column names; `name` becomes the file's name.
    pub(crate) fn new(name: &'static str, columns: &[&str]) -> Self {
        Self { name, rows: vec![columns.iter().map(|column| (*column).to_owned()).collect()], cut: false }
    }

    /// Adds a row. Every cell is made harmless for spreadsheets.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(harmless).collect());
    }

    /// Remembers that there was more than the export holds.
    pub(crate) fn cut(&mut self) {
        self.cut = true;
    }

    /// The file. It begins with a byte order mark, without which Excel reads UTF-8 as Windows-1252.
    pub(crate) fn into_response(self) -> Response {
        let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        for row in &self.rows {
            // Writing into memory fails only for rows of unequal length, and `row` is fed from fixed arrays.
            if writer.write_record(row).is_err() {
                return http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        }
        let body = writer.into_inner().unwrap_or_default();
        let first = if self.cut { format!("-first-{}", self.rows.len().saturating_sub(1)) } else { String::new() };
        let disposition = format!("attachment; filename=\"crossdock-{}{first}.csv\"", self.name);
        ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)], body)
            .into_response()
    }
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front; plain negative numbers stay numbers.
fn harmless(cell: String) -> String {
    let number = cell
        .strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_looks_like_a_formula_is_disarmed() {
        for bad in ["=1+1", "+44 20", "-cmd", "@sum", "\tx", "\rx", "-"] {
            assert_eq!(harmless(bad.to_owned()), format!("'{bad}"));
        }
        for good in ["JL-1", "-3", "-3.50", "", " =1"] {
            assert_eq!(harmless(good.to_owned()), good);
        }
    }
}
