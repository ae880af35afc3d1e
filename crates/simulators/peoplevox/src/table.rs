//! Rows of a template, found by key.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::cell::Cell;
use crate::template::Definition;

/// One row: a value for every field of the definition.
pub(crate) type Row = Vec<Cell<'static>>;

/// The rows of one template. A row's number never changes; deleted rows leave a gap.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    definition: &'static Definition,
    rows: Vec<Option<Row>>,
    /// Row numbers by the text of the first key field.
    groups: HashMap<String, Vec<usize>>,
    live: usize,
    /// Whether keys that differ only in case are the same.
    ignore_case: bool,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(definition: &'static Definition, ignore_case: bool) -> Self {
        Self { definition, rows: Vec::new(), groups: HashMap::new(), live: 0, ignore_case }
    }

    /// Whether keys that differ only in case are the same.
    pub(crate) fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// Whether two texts are the same key.
    pub(crate) fn same(&self, a: &str, b: &str) -> bool {
        a == b || (self.ignore_case && a.to_lowercase() == b.to_lowercase())
    }

    fn normal<'k>(&self, key: &'k str) -> Cow<'k, str> {
        if self.ignore_case { Cow::Owned(key.to_lowercase()) } else { Cow::Borrowed(key) }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// A row that exists.
    pub(crate) fn row(&self, row: usize) -> Option<&Row> {
        self.rows.get(row)?.as_ref()
    }

    /// One value; empty where there is no such row.
    pub(crate) fn cell(&self, row: usize, field: usize) -> Cell<'_> {
        self.row(row).and_then(|cells| cells.get(field)).map_or(Cell::Empty, Cell::view)
    }

    /// Text of one value.
    pub(crate) fn text(&self, row: usize, field: usize) -> &str {
        self.row(row).and_then(|cells| cells.get(field)).map_or("", Cell::as_str)
    }

    /// The numbers of all rows, oldest first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().enumerate().filter(|(_, row)| row.is_some()).map(|(id, _)| id)
    }

    /// The rows whose first key field has this text.
    pub(crate) fn group(&self, key: &str) -> &[usize] {
        self.groups.get(&*self.normal(key)).map_or(&[], Vec::as_slice)
    }

    /// The row with the same key fields as this one.
    pub(crate) fn find(&self, like: &[Cell<'static>]) -> Option<usize> {
        let (first, rest) = self.definition.key.split_first()?;
        self.group(like.get(*first)?.as_str())
            .iter()
            .copied()
            .find(|id| rest.iter().all(|field| self.same(self.text(*id, *field), like[*field].as_str())))
    }

    /// Appends a row and returns its number. Missing fields are empty.
    pub(crate) fn insert(&mut self, mut row: Row) -> usize {
        row.resize(self.definition.fields.len(), Cell::Empty);
        let id = self.rows.len();
        let key = self.definition.key.first().map_or("", |field| row[*field].as_str());
        if !key.is_empty() {
            let key = self.normal(key).into_owned();
            self.groups.entry(key).or_default().push(id);
        }
        self.rows.push(Some(row));
        self.live += 1;
        id
    }

    /// Writes one value and says whether it differs from before. The first key field names the row and stays as it was
    /// spelt first.
    pub(crate) fn set(&mut self, row: usize, field: usize, value: Cell<'static>) -> bool {
        if self.definition.key.first() == Some(&field) {
            return false;
        }
        match self.rows.get_mut(row).and_then(Option::as_mut).and_then(|cells| cells.get_mut(field)) {
            Some(slot) if *slot != value => {
                *slot = value;
                true
            }
            _ => false,
        }
    }

    /// The field of a name.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.definition.fields.iter().position(|field| field.name == name)
    }

    /// Gives the first row of a key another key. Whether there is one.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> bool {
        let (Some(row), Some(field)) = (self.group(from).first().copied(), self.definition.key.first().copied()) else {
            return false;
        };
        if let Some(group) = self.groups.get_mut(&*self.normal(from).into_owned()) {
            group.retain(|id| *id != row);
        }
        self.groups.entry(self.normal(to).into_owned()).or_default().push(row);
        if let Some(slot) = self.rows.get_mut(row).and_then(Option::as_mut).and_then(|cells| cells.get_mut(field)) {
            *slot = Cell::owned(to.to_owned());
        }
        true
    }

    /// Removes a row.
    pub(crate) fn remove(&mut self, row: usize) {
        let Some(gone) = self.rows.get_mut(row).and_then(Option::take) else {
            return;
        };
        self.live -= 1;
        let key = self.definition.key.first().map_or("", |field| gone[*field].as_str());
        if let Some(group) = self.groups.get_mut(&*self.normal(key).into_owned()) {
            group.retain(|id| *id != row);
        }
    }
}
