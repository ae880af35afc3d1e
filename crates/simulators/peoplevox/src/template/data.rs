//! A template's rows as the search sees them.

use jiff::Timestamp;

use super::Template;
use crate::cell::{Cell, Kind};
use crate::search::{Dataset, RowId};
use crate::table::Table;

/// The rows of one template under its configured columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TemplateData<'a> {
    pub template: &'a Template,
    pub table: &'a Table,
}

impl Dataset for TemplateData<'_> {
    fn width(&self) -> usize {
        self.template.columns.len()
    }

    fn header(&self, column: usize) -> &str {
        &self.template.columns[column].header
    }

    fn kind(&self, column: usize) -> Kind {
        self.template.field(self.template.columns[column].field).kind
    }

    fn all(&self) -> Vec<RowId> {
        self.table.ids().map(|row| (row, 0)).collect()
    }

    fn lookup(&self, column: usize, text: &str) -> Option<Vec<RowId>> {
        let key = self.template.definition.key.first()?;
        (self.template.columns[column].field == *key)
            .then(|| self.table.group(text).iter().map(|row| (*row, 0)).collect())
    }

    fn since(&self, _: usize, _: Timestamp) -> Option<Vec<RowId>> {
        None
    }

    fn brackets(&self) -> bool {
        false
    }

    fn ignores_case(&self) -> bool {
        self.table.ignores_case()
    }

    fn cell(&self, (row, _): RowId, column: usize) -> Cell<'_> {
        let field = self.template.columns[column].field;
        if self.template.field(field).write_only {
            return Cell::Empty;
        }
        self.table.cell(row, field)
    }
}
