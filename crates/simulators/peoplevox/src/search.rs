//! The SearchClause language (contracts/peoplevox.md §2.5): text in, matching rows out.
//!
//! Knows rows only through [`Dataset`], so that templates and reports are searched by the same code.

mod parse;
mod query;

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cell::{Cell, Kind, parse_date, parse_decimal};
pub(crate) use parse::{Literal, Node, Op, parse};
pub(crate) use query::{Query, order_by, run, split_columns, write_csv};

/// The number of a row within its data set; the meaning of the two parts is the data set's.
pub(crate) type RowId = (usize, usize);

/// Something with rows and named columns.
pub(crate) trait Dataset {
    /// How many columns there are.
    fn width(&self) -> usize;
    /// Header text of a column.
    fn header(&self, column: usize) -> &str;
    /// Type of a column.
    fn kind(&self, column: usize) -> Kind;
    /// Every row, in the order of creation.
    fn all(&self) -> Vec<RowId>;
    /// The rows whose column has exactly this text, where there is an index on the column.
    fn lookup(&self, column: usize, text: &str) -> Option<Vec<RowId>>;
    /// The rows whose date in this column may be at or after a moment, where rows are kept in the order of that date.
    fn since(&self, column: usize, at: Timestamp) -> Option<Vec<RowId>>;
    /// One value.
    fn cell(&self, row: RowId, column: usize) -> Cell<'_>;
    /// Whether clauses name its columns in brackets, as those of reports do (§2.5).
    fn brackets(&self) -> bool;
    /// Whether texts are equal whatever their case.
    fn ignores_case(&self) -> bool;

    /// The column of a name, whatever its case.
    fn column(&self, name: &str) -> Option<usize> {
        (0..self.width()).find(|column| self.header(*column).eq_ignore_ascii_case(name.trim()))
    }
}

/// A clause whose columns and literals fit a data set.
#[derive(Debug)]
pub(crate) enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Not(Box<Clause>),
    Test { column: usize, op: Op, value: Cell<'static> },
}

impl Clause {
    /// Resolves names and converts literals. `Err` names what the data set does not have.
    pub(crate) fn bind(node: Node, data: &dyn Dataset, zone: &TimeZone) -> Result<Self, String> {
        let each =
            |nodes: Vec<Node>| nodes.into_iter().map(|n| Self::bind(n, data, zone)).collect::<Result<Vec<_>, _>>();
        Ok(match node {
            Node::All(nodes) => Self::All(each(nodes)?),
            Node::Any(nodes) => Self::Any(each(nodes)?),
            Node::Not(node) => Self::Not(Box::new(Self::bind(*node, data, zone)?)),
            Node::Test { column, op, literal } => {
                let name = column.text;
                if column.bracketed != data.brackets() {
                    let manner = if data.brackets() { "in" } else { "without" };
                    return Err(format!("the column '{name}' is named {manner} brackets here"));
                }
                let index = data.column(&name).ok_or_else(|| format!("no column '{name}'"))?;
                let kind = data.kind(index);
                let value = convert(kind, op, literal, zone).ok_or_else(|| format!("wrong value for '{name}'"))?;
                Self::Test { column: index, op, value }
            }
        })
    }

    /// Whether a row matches.
    pub(crate) fn matches(&self, data: &dyn Dataset, row: RowId) -> bool {
        match self {
            Self::All(clauses) => clauses.iter().all(|clause| clause.matches(data, row)),
            Self::Any(clauses) => clauses.iter().any(|clause| clause.matches(data, row)),
            Self::Not(clause) => !clause.matches(data, row),
            Self::Test { column, op, value } => test(&data.cell(row, *column), *op, value, data.ignores_case()),
        }
    }

    /// A superset of the matching rows, where an index gives one: one hundred `Equals` on a key joined by `OR` cost one
    /// hundred look-ups instead of a walk over the table.
    pub(crate) fn candidates(&self, data: &dyn Dataset) -> Option<Vec<RowId>> {
        match self {
            Self::All(clauses) => clauses.iter().find_map(|clause| clause.candidates(data)),
            Self::Any(clauses) => {
                let mut rows = Vec::new();
                for clause in clauses {
                    rows.extend(clause.candidates(data)?);
                }
                rows.sort_unstable();
                rows.dedup();
                Some(rows)
            }
            Self::Test { column, op: Op::Equal, value: Cell::Text(text) } => data.lookup(*column, text),
            Self::Test { column, op: Op::Greater | Op::AtLeast, value: Cell::Date(at) } => data.since(*column, *at),
            Self::Not(_) | Self::Test { .. } => None,
        }
    }
}

/// The literal texts of a clause, from left to right.
pub(crate) fn texts(node: &Node) -> Vec<String> {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().flat_map(texts).collect(),
        Node::Not(node) => texts(node),
        Node::Test { literal: Literal::Text(text), .. } => vec![text.clone()],
        Node::Test { .. } => Vec::new(),
    }
}

/// A literal as a value of the column's type. Dates are read in the zone in which the data set shows them.
fn convert(kind: Kind, op: Op, literal: Literal, zone: &TimeZone) -> Option<Cell<'static>> {
    let textual = matches!(op, Op::Contains | Op::StartsWith | Op::EndsWith);
    if textual && kind != Kind::Text {
        return None;
    }
    if let Literal::Date(civil) = literal {
        return (kind == Kind::Date).then(|| zone.to_timestamp(civil).ok().map(Cell::Date)).flatten();
    }
    let text = match literal {
        Literal::Text(text) | Literal::Number(text) => text,
        Literal::Bool(value) => value.to_string(),
        Literal::Date(_) => return None,
    };
    match kind {
        Kind::Text => Some(Cell::owned(text)),
        _ if text.is_empty() => Some(Cell::Empty),
        Kind::Int | Kind::Decimal => parse_decimal(&text).map(Cell::Decimal),
        // The one live search seen uses the number; a name is refused, so that nobody relies on it.
        Kind::Status => text.parse().ok().map(Cell::Int),
        Kind::Bool => Cell::parse(Kind::Bool, &text, zone),
        Kind::Date => parse_date(text.trim_matches('\''), zone).map(Cell::Date),
    }
}

fn test(cell: &Cell<'_>, op: Op, value: &Cell<'_>, ignore_case: bool) -> bool {
    let order = || cell.compare(value);
    match op {
        Op::Equal if ignore_case && !cell.as_str().is_empty() => {
            cell.as_str().to_lowercase() == value.as_str().to_lowercase()
        }
        Op::Equal => (*cell == Cell::Empty && *value == Cell::Empty) || order() == Some(Ordering::Equal),
        Op::NotEqual => !test(cell, Op::Equal, value, ignore_case),
        Op::Less => order() == Some(Ordering::Less),
        Op::Greater => order() == Some(Ordering::Greater),
        Op::AtMost => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Op::AtLeast => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Op::Contains => cell.as_str().contains(value.as_str()),
        Op::StartsWith => cell.as_str().starts_with(value.as_str()),
        Op::EndsWith => cell.as_str().ends_with(value.as_str()),
    }
}
