//! A table, as a person reads it or as a spreadsheet does.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};

use super::paper::clean;

/// One line below the head and nothing else: rows can be copied without frames.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table under construction.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<&'static str>,
    right: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with its column names.
    pub(crate) fn new<const N: usize>(columns: [&'static str; N]) -> Self {
        Self { columns: columns.to_vec(), right: Vec::new(), rows: Vec::new() }
    }

    /// Aligns columns (counted from 0) to the right: figures.
    pub(crate) fn right(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// Adds a row; every cell is cleaned.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().map(|cell| clean(&cell).trim().to_owned()).collect());
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// For eyes; cells wrap when the table would be wider than `width`.
    pub(crate) fn text(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE).set_header(self.columns.iter().copied());
        for row in &self.rows {
            table.add_row(row.iter().map(String::as_str));
        }
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        for index in &self.right {
            if let Some(column) = table.column_mut(*index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        format!("{}\n", table.trim_fmt())
    }

    /// For a spreadsheet (RFC 4180).
    pub(crate) fn csv(&self) -> String {
        let mut out = String::new();
        let head = self.columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",");
        out.push_str(&head);
        out.push_str("\r\n");
        for row in &self.rows {
            let cells = row.iter().map(|cell| quoted(&harmless(cell))).collect::<Vec<_>>().join(",");
            out.push_str(&cells);
            out.push_str("\r\n");
        }
        out
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front; negative figures stay figures.
fn harmless(cell: &str) -> String {
    let figure = cell
        .strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if !figure && cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table() -> Table {
        let mut table = Table::new(["item", "units"]).right(&[1]);
        table.row(["CD-1".to_owned(), "7".to_owned()]);
        table.row(["Lamp, \"red\"".to_owned(), "-12".to_owned()]);
        table.row(["=HYPERLINK(1)\u{1b}[0m".to_owned(), String::new()]);
        table
    }

    #[test]
    fn figures_stand_on_the_right_and_no_line_ends_in_spaces() {
        let text = table().text(None);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].trim_start().starts_with("CD-1") && lines[2].ends_with("    7"), "{text}");
        assert!(lines.iter().all(|line| line.trim_end() == *line), "{text}");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn a_narrow_terminal_wraps_cells_instead_of_lines() {
        let mut table = Table::new(["what"]);
        table.row(["one two three four five six seven eight nine ten eleven".to_owned()]);
        assert!(table.text(Some(40)).lines().all(|line| line.chars().count() <= 40));
    }

    #[test]
    fn csv_is_quoted_and_harmless_for_a_spreadsheet() {
        let csv = table().csv();
        assert_eq!(csv, "item,units\r\nCD-1,7\r\n\"Lamp, \"\"red\"\"\",-12\r\n'=HYPERLINK(1) [0m,\r\n");
    }
}
