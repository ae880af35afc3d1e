//! Paging, sorting and the CSV that comes out (contracts/peoplevox.md §2.3, §2.4, §3.4).

use super::{Clause, Dataset, RowId};
use crate::cell::Style;

/// What to read of a data set.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub clause: Option<Clause>,
    /// Columns and whether each falls.
    pub order: Vec<(usize, bool)>,
    /// Whether rows that nothing orders come in an order of no meaning, instead of that of their creation.
    pub scattered: bool,
    /// From 1; anything lower is 1.
    pub page: i32,
    /// 0 or less: everything.
    pub per_page: i32,
}

/// The rows of one page, and how many match over all pages.
pub(crate) fn run(data: &dyn Dataset, query: &Query) -> (usize, Vec<RowId>) {
    let mut rows = match &query.clause {
        None => data.all(),
        Some(clause) => {
            let mut rows = clause.candidates(data).unwrap_or_else(|| data.all());
            rows.retain(|row| clause.matches(data, *row));
            rows
        }
    };
    if !query.order.is_empty() {
        rows.sort_by(|a, b| {
            query
                .order
                .iter()
                .map(|(column, falls)| {
                    let order = data.cell(*a, *column).sort(&data.cell(*b, *column));
                    if *falls { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
    }
    if query.scattered && query.order.is_empty() {
        // The same at every call, or no paging loop would ever see every row.
        rows.sort_by_key(|(row, part)| (row.wrapping_mul(0x9E37_79B9).wrapping_add(part * 7)) & 0xFFFF_FFFF);
    }
    let total = rows.len();
    if let Some(size) = usize::try_from(query.per_page).ok().filter(|size| *size > 0) {
        let page = usize::try_from(query.page.max(1) - 1).unwrap_or(0);
        let start = page.saturating_mul(size).min(total);
        let end = start.saturating_add(size).min(total);
        rows = rows.get(start..end).unwrap_or_default().to_vec();
    }
    (total, rows)
}

/// Header and rows; every field is quoted, numbers too, and the text ends with a line break (§3.4).
pub(crate) fn write_csv(data: &dyn Dataset, columns: &[usize], rows: &[RowId], style: &Style) -> String {
    let end = if style.crlf { "\r\n" } else { "\n" };
    let mut out = String::with_capacity((rows.len() + 1) * columns.len() * 12);
    let mut field = String::new();
    for (index, column) in columns.iter().enumerate() {
        quote(&mut out, index, data.header(*column));
    }
    out.push_str(end);
    for row in rows {
        for (index, column) in columns.iter().enumerate() {
            field.clear();
            data.cell(*row, *column).print(style, &mut field);
            quote(&mut out, index, &field);
        }
        out.push_str(end);
    }
    out
}

fn quote(out: &mut String, index: usize, text: &str) {
    if index > 0 {
        out.push(',');
    }
    out.push('"');
    if text.contains('"') {
        out.push_str(&text.replace('"', "\"\""));
    } else {
        out.push_str(text);
    }
    out.push('"');
}

/// Splits `[A],[B]` or `A,B`; commas inside brackets belong to the name.
pub(crate) fn split_columns(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            ',' if !inside => names.push(std::mem::take(&mut name)),
            other => name.push(other),
        }
    }
    names.push(name);
    names.retain(|name| !name.trim().is_empty());
    names
}

/// Reads `[Requested delivery date] asc` and lists of such. `Err` is the name of an unknown column.
pub(crate) fn order_by(text: &str, data: &dyn Dataset) -> Result<Vec<(usize, bool)>, String> {
    split_columns(text)
        .into_iter()
        .map(|name| {
            let name = name.trim();
            let direction = |word: &str| {
                name.len()
                    .checked_sub(word.len())
                    .filter(|at| *at > 0 && name.is_char_boundary(*at))
                    .map(|at| name.split_at(at))
                    .filter(|(head, tail)| tail.eq_ignore_ascii_case(word) && head.ends_with(char::is_whitespace))
                    .map(|(head, _)| head.trim())
            };
            let (bare, falls) = match (direction("asc"), direction("desc")) {
                (Some(bare), _) => (bare, false),
                (_, Some(bare)) => (bare, true),
                _ => (name, false),
            };
            data.column(bare).map(|column| (column, falls)).ok_or_else(|| bare.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::split_columns;

    #[test]
    fn column_lists_come_with_and_without_brackets() {
        // contracts/peoplevox.md §2.4
        assert_eq!(split_columns("[Item code],[Available]"), ["Item code", "Available"]);
        assert_eq!(split_columns("Item code, Available"), ["Item code", " Available"]);
        assert!(split_columns("").is_empty());
    }
}
