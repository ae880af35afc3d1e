//! SaveData: CSV text in, rows upserted or deleted one by one (contracts/peoplevox.md §2.6).
//!
//! Texts of errors are this twin's own, since the remote's are unknown (§8); they all begin with "Simulator".

mod items;
mod lines;
mod orders;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sim_core::Cx;

use crate::cell::Cell;
use crate::options::Statuses;
use crate::soap::{Outcome, RowStatus};
use crate::template::{line, table};
use crate::warehouse::{IMPORT_LOST, Warehouse};

/// What to do with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// 0: upsert, and allocate.
    Save,
    /// 1: upsert, do not allocate.
    SaveOnly,
    /// 2: delete.
    Delete,
}

/// One row of the import: a full-width row, and which fields the import has.
#[derive(Debug, Clone)]
struct Import {
    row: Vec<Cell<'static>>,
    present: Vec<usize>,
}

impl Import {
    fn has(&self, field: usize) -> bool {
        self.present.contains(&field)
    }

    fn text(&self, field: usize) -> &str {
        self.row.get(field).map_or("", Cell::as_str)
    }
}

/// An import that was taken and becomes visible later.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    /// When.
    pub due: Timestamp,
    /// The template.
    index: usize,
    rows: Vec<Import>,
    action: Action,
}

/// Runs an import. Each row stands for itself: good rows stay when others fail.
pub(crate) fn save(warehouse: &mut Warehouse, cx: &mut Cx<'_>, template: &str, csv: &str, action: i32) -> Outcome {
    let refuse = |text: &str| Outcome::error(format!("Simulator : Import - {text}"));
    let Some(index) = warehouse.template(template) else {
        return refuse(&format!("no template '{template}'"));
    };
    let action = match action {
        0 => Action::Save,
        1 => Action::SaveOnly,
        2 => Action::Delete,
        other => return refuse(&format!("no action {other}")),
    };
    if warehouse.templates[index].definition.export_only {
        return refuse(&format!("'{template}' can only be read"));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes());
    // Blank lines before the header are skipped by the reader and by this filter (§2.6).
    let mut records = reader
        .records()
        .map_while(Result::ok)
        .filter(|record| record.len() > 1 || record.get(0).is_some_and(|only| !only.trim().is_empty()));
    let Some(header) = records.next() else {
        return refuse("no header");
    };
    let columns = match header_fields(warehouse, index, &header) {
        Ok(columns) => columns,
        Err(problem) => return refuse(&problem),
    };
    let reference = reference_field(warehouse, index);
    let at_once = warehouse.options.import_delay <= 0;
    let mut later = Vec::new();
    let mut statuses = Vec::new();
    let mut problems = Vec::new();
    for record in records {
        let at = columns.iter().position(|column| *column == Some(reference));
        let name = at.and_then(|at| record.get(at)).unwrap_or("").trim().to_owned();
        let result = import(warehouse, index, &columns, &record).and_then(|import| {
            if at_once {
                return apply(warehouse, cx, index, &import, action);
            }
            later.push(import);
            Ok(())
        });
        if let Err(problem) = &result {
            problems.push(format!("row {} ({name}): {problem}", statuses.len() + 1));
        }
        statuses.push(RowStatus { reference: name, ok: result.is_ok() });
    }
    let stored = statuses.iter().filter(|status| status.ok).count();
    if warehouse.options.statuses == Statuses::None {
        statuses.clear();
    }
    Outcome {
        failed: !problems.is_empty(),
        total: i64::try_from(stored).unwrap_or(i64::MAX),
        detail: if problems.is_empty() {
            String::new()
        } else {
            format!("Simulator : Import - {}", problems.join("; "))
        },
        statuses,
        queue: enqueue(warehouse, cx, index, later, action),
    }
}

/// The field that a result row is named by.
fn reference_field(warehouse: &Warehouse, index: usize) -> usize {
    if index == table::SALES_ORDER_ITEMS && warehouse.options.statuses == Statuses::ItemReference {
        line::ITEM
    } else {
        warehouse.templates[index].definition.key[0]
    }
}

/// Puts rows aside for later and says under which number; 0 when there are none.
fn enqueue(warehouse: &mut Warehouse, cx: &Cx<'_>, index: usize, rows: Vec<Import>, action: Action) -> u64 {
    if rows.is_empty() {
        return 0;
    }
    let wait = SignedDuration::from_secs(warehouse.options.import_delay);
    let due = cx.now.saturating_add(wait).unwrap_or(cx.now);
    warehouse.imports.push_back(Queued { due, index, rows, action });
    warehouse.queued += 1;
    warehouse.queued
}

/// Imports what was put aside. A row that fails now was reported as stored, and nobody is told.
pub(crate) fn land(warehouse: &mut Warehouse, cx: &mut Cx<'_>, import: &Queued) {
    let reference = reference_field(warehouse, import.index);
    for row in &import.rows {
        if let Err(problem) = apply(warehouse, cx, import.index, row, import.action) {
            cx.effects.push(cx.now, IMPORT_LOST, row.text(reference), json!({ "problem": problem }));
        }
    }
}

/// The field of each column of the import; `None` for those that are shown and not taken.
fn header_fields(
    warehouse: &Warehouse,
    index: usize,
    header: &csv::StringRecord,
) -> Result<Vec<Option<usize>>, String> {
    let template = &warehouse.templates[index];
    let mut fields = Vec::new();
    for name in header {
        let column = template
            .column(name)
            .ok_or_else(|| format!("'{}' has no column '{}'", template.definition.name, name.trim()))?;
        let field = template.columns[column].field;
        if fields.contains(&Some(field)) {
            return Err(format!("column '{}' is there twice", name.trim()));
        }
        fields.push((!template.field(field).read_only).then_some(field));
    }
    if let Some(missing) = template.definition.key.iter().find(|key| !fields.contains(&Some(**key)))
        && !template.definition.key_optional
    {
        return Err(format!("column '{}' is missing", template.field(*missing).name));
    }
    Ok(fields)
}

fn import(
    warehouse: &Warehouse,
    index: usize,
    columns: &[Option<usize>],
    record: &csv::StringRecord,
) -> Result<Import, String> {
    // A comma in an unquoted field breaks its row, and only its row.
    if record.len() != columns.len() {
        return Err(format!("{} cells where the header has {}", record.len(), columns.len()));
    }
    let template = &warehouse.templates[index];
    let mut row = vec![Cell::Empty; template.definition.fields.len()];
    let mut present = Vec::with_capacity(columns.len());
    for (field, text) in columns.iter().zip(record) {
        let Some(field) = *field else { continue };
        let def = template.field(field);
        let value = Cell::parse(def.kind, text, &warehouse.options.zone)
            .ok_or_else(|| format!("{} cannot be '{}'", def.name, text.trim()))?;
        row[field] = template.fit(field, value, warehouse.options.truncate)?;
        present.push(field);
    }
    let key = &template.definition.key;
    if !template.definition.key_optional && key.iter().any(|field| row[*field] == Cell::Empty) {
        return Err("the key is empty".to_owned());
    }
    Ok(Import { row, present })
}

fn apply(
    warehouse: &mut Warehouse,
    cx: &mut Cx<'_>,
    index: usize,
    import: &Import,
    action: Action,
) -> Result<(), String> {
    match index {
        table::SALES_ORDERS => orders::apply(warehouse, cx, import, action),
        table::SALES_ORDER_ITEMS => lines::apply(warehouse, cx, import, action),
        table::ITEM_TYPES => items::item(warehouse, import, action),
        table::KITTINGS => items::component(warehouse, import, action),
        table::PURCHASE_ORDER_ITEMS => {
            items::purchase(warehouse, import)?;
            plain(warehouse, index, import, action)
        }
        table::SITES if action == Action::Delete => Err("a site cannot be deleted".to_owned()),
        _ => plain(warehouse, index, import, action),
    }
}

/// A template without rules of its own.
fn plain(warehouse: &mut Warehouse, index: usize, import: &Import, action: Action) -> Result<(), String> {
    let table = &mut warehouse.tables[index];
    match (table.find(&import.row), action) {
        (Some(row), Action::Delete) => table.remove(row),
        (None, Action::Delete) => return Err("no such row".to_owned()),
        (Some(row), _) => {
            for field in &import.present {
                table.set(row, *field, import.row[*field].clone());
            }
        }
        (None, _) => {
            table.insert(import.row.clone());
        }
    }
    Ok(())
}
