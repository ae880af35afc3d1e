//! Stock files: WAITING, RUNNING, COMPLETE, and an error report for the lines that were wrong (STO01 to STO03,
//! contracts/john-lewis.md §2.5).

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;
use sim_core::effect_log::kind;
use sim_core::{Cx, FaultKind};

use crate::MiraklTwin;
use crate::agenda::Job;
use crate::text::after;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Waiting,
    Running,
    Complete,
    /// The file could not be read at all.
    Failed,
}

impl Status {
    /// The wire code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Running => "RUNNING",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
        }
    }
}

/// An import of a stock file.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) status: Status,
    /// The file, until it was read.
    file: String,
    pub(crate) lines_in_success: u32,
    pub(crate) lines_in_error: u32,
    /// The report, when a line was wrong.
    pub(crate) report: Option<String>,
}

/// Every import.
#[derive(Debug, Clone, Default)]
pub(crate) struct Imports {
    all: Vec<Import>,
    by_id: HashMap<String, usize>,
}

impl Imports {
    /// The import of an id.
    pub(crate) fn find(&self, id: &str) -> Option<&Import> {
        self.all.get(*self.by_id.get(id)?)
    }

    /// An import begins to run.
    pub(crate) fn run(&mut self, position: usize) {
        if let Some(import) = self.all.get_mut(position) {
            import.status = Status::Running;
        }
    }
}

/// A line of a stock file, read by the names of its columns.
#[derive(Debug, PartialEq, Eq)]
struct StockLine {
    sku: String,
    quantity: String,
    warehouse: String,
    update_delete: String,
}

impl MiraklTwin {
    /// Accepts a file and says under which id. A repeated file is a new import: the same id comes back for a duplicate in
    /// OF01, OF24 and OF52 only (contracts/john-lewis.md §2.1 "Idempotency").
    pub(crate) fn start_import(&mut self, cx: &mut Cx<'_>, file: &[u8]) -> String {
        let id = cx.rng.uuid();
        let position = self.imports.all.len();
        let file = String::from_utf8_lossy(file);
        self.imports.by_id.insert(id.clone(), position);
        self.imports.all.push(Import {
            id: id.clone(),
            created: cx.now,
            status: Status::Waiting,
            file: file.trim_start_matches('\u{feff}').to_owned(),
            lines_in_success: 0,
            lines_in_error: 0,
            report: None,
        });
        let (waits, runs) = self.options.import_seconds;
        let runs_at = after(cx.now, i64::from(waits));
        self.agenda.note(runs_at, Job::ImportRuns(position));
        self.agenda.note(after(runs_at, i64::from(runs)), Job::ImportEnds(position));
        id
    }

    /// An import ends: its lines take effect.
    pub(crate) fn finish_import(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) {
        let Some(import) = self.imports.all.get_mut(position) else {
            return;
        };
        let file = std::mem::take(&mut import.file);
        let id = import.id.clone();
        let Some((delimiter, lines)) = read(&file) else {
            import.status = Status::Failed;
            return;
        };
        let ignored = cx.faults.strikes(FaultKind::StockIgnored);
        if ignored || !self.publishing {
            // The worst that an import can do: it says that all went well.
            import.status = Status::Complete;
            import.lines_in_success = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            let data = json!({ "lines": lines.len() });
            cx.effects.push(at, "stock_ignored", id, data);
            return;
        }
        let mut wrong: Vec<(u64, &'static str, &StockLine)> = Vec::new();
        let mut applied = 0_u32;
        for (number, line) in &lines {
            match self.apply(line) {
                Ok(quantity) => {
                    applied += 1;
                    let data = json!({ "quantity": quantity, "import": id });
                    cx.effects.push(at, kind::STOCK_SET, line.sku.clone(), data);
                }
                Err(problem) => wrong.push((*number, problem, line)),
            }
        }
        if let Some(import) = self.imports.all.get_mut(position) {
            import.status = Status::Complete;
            import.lines_in_success = applied;
            import.lines_in_error = u32::try_from(wrong.len()).unwrap_or(u32::MAX);
            import.report = (!wrong.is_empty()).then(|| report(delimiter, &wrong));
        }
    }

    /// Publishes what a line says; answers with the offer's new figure.
    fn apply(&mut self, line: &StockLine) -> Result<i64, &'static str> {
        let position = self.offers.find(&line.sku).ok_or("The offer does not exist")?;
        if !line.warehouse.is_empty() && !self.options.warehouses.contains(&line.warehouse) {
            return Err("The warehouse does not exist");
        }
        let delete = match line.update_delete.to_ascii_lowercase().as_str() {
            "" | "update" => false,
            "delete" => true,
            _ => return Err("The update-delete value is not valid"),
        };
        let quantity = match line.quantity.parse::<i32>() {
            Ok(quantity) if quantity >= 0 => i64::from(quantity),
            _ if delete => 0,
            _ => return Err("The quantity is not valid"),
        };
        let offer = self.offers.get_mut(position).ok_or("The offer does not exist")?;
        if line.warehouse.is_empty() {
            offer.warehouses.clear();
            offer.quantity = if delete { 0 } else { quantity };
            return Ok(offer.quantity);
        }
        if delete {
            offer.warehouses.remove(&line.warehouse);
        } else {
            offer.warehouses.insert(line.warehouse.clone(), quantity);
        }
        offer.quantity = offer.warehouses.values().sum();
        Ok(offer.quantity)
    }
}

/// The delimiter and the lines of a file, with their numbers; `None` when it has no header that names the two columns
/// without which there is no stock.
fn read(file: &str) -> Option<(u8, Vec<(u64, StockLine)>)> {
    let header = file.lines().next()?;
    let count = |sign: char| header.matches(sign).count();
    let delimiter = if count(',') > count(';') { b',' } else { b';' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(csv::Trim::All).from_reader(file.as_bytes());
    let headers = reader.headers().ok()?.clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name));
    let (sku, quantity) = (column("offer-sku")?, column("quantity")?);
    let (warehouse, update_delete) = (column("warehouse-code"), column("update-delete"));
    let mut lines = Vec::new();
    // The header is line 1. The reader's own count is one behind where lines end in CR LF.
    for (number, record) in (2_u64..).zip(reader.records()) {
        let record = record.ok()?;
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
        lines.push((
            number,
            StockLine {
                sku: field(Some(sku)),
                quantity: field(Some(quantity)),
                warehouse: field(warehouse),
                update_delete: field(update_delete),
            },
        ));
    }
    Some((delimiter, lines))
}

/// The report: line number, reason, and the line itself so that it can be mended and sent again.
fn report(delimiter: u8, wrong: &[(u64, &'static str, &StockLine)]) -> String {
    let mut writer =
        csv::WriterBuilder::new().delimiter(delimiter).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    // Writing into memory cannot fail, and every record has six fields.
    let _ = writer.write_record([
        "line-number",
        "error-message",
        "offer-sku",
        "quantity",
        "warehouse-code",
        "update-delete",
    ]);
    for (number, problem, line) in wrong {
        let _ = writer.write_record([
            number.to_string().as_str(),
            problem,
            &line.sku,
            &line.quantity,
            &line.warehouse,
            &line.update_delete,
        ]);
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_delimiter_quoted_or_not_in_any_column_order_is_read() {
        for (file, delimiter) in [
            ("\"offer-sku\";\"quantity\";\"warehouse-code\";\"update-delete\"\r\n\"A;1\";\"4\";\"\";\"\"\r\n", b';'),
            ("quantity,offer-sku\n4,A;1\n", b','),
        ] {
            let (found, lines) = read(file).unwrap();
            assert_eq!(found, delimiter);
            assert_eq!(lines.len(), 1);
            assert_eq!((lines[0].0, lines[0].1.sku.as_str(), lines[0].1.quantity.as_str()), (2, "A;1", "4"));
        }
    }

    #[test]
    fn a_file_without_the_two_columns_is_no_stock_file() {
        assert_eq!(read(""), None);
        assert_eq!(read("sku;quantity\nA;1\n"), None);
        assert_eq!(read("offer-sku;price\nA;1\n"), None);
    }
}
