//! `crossdock verify`: is the database whole? Every page, the rows that belong together, and the hash chain of every journal.
//!
//! The file is opened for reading only and without the hub's lock, so that it works beside a hub that runs and leaves a
//! damaged file as it was found.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

use crossdock_store::StoreError;
use crossdock_store_sqlite::{BrokenJournal, Counts, Inspection};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::views;
use super::views::paper::{Paper, clean, counted, emit, grouped};
use super::views::source::database_file;
use crate::Failure;
use crate::cli::Common;
use crate::config;

/// What an inspection found.
#[derive(Debug)]
struct Found {
    file: String,
    pages: Vec<String>,
    journals: Vec<BrokenJournal>,
    /// `None` when the pages are too damaged to count.
    counts: Option<Counts>,
}

/// Inspects the database of a configuration.
pub(crate) fn run(common: &Common) -> Result<(), Failure> {
    let config = config::load(&common.config).map_err(Failure::config)?;
    let folder = common.config.parent().unwrap_or(Path::new("."));
    let file = database_file(&config, folder);
    if !file.exists() {
        return Err(Failure::config(format!(
            "there is no database at {}. Start a hub once with `crossdock serve`, or name its configuration with --config",
            file.display()
        )));
    }
    let found = inspect(&file, &config.merchant.id)?;
    if common.json {
        views::line(&found.json());
    } else {
        let paper = Paper::of_stdout(&config.merchant.time_zone);
        emit(&paper.coloured(&found.text()));
    }
    if found.whole() { Ok(()) } else { Err(Failure::no("")) }
}

fn inspect(file: &Path, merchant: &crossdock_model::MerchantId) -> Result<Found, Failure> {
    let inspection = match Inspection::open(file) {
        Ok(inspection) => inspection,
        // Not even the list of its tables can be read.
        Err(StoreError::Corrupt(finding)) => {
            let file = file.display().to_string();
            return Ok(Found { file, pages: vec![finding], journals: Vec::new(), counts: None });
        }
        Err(error) => return Err(Failure::store(error)),
    };
    let bar = bar();
    bar.set_message("pages and indexes");
    let pages = inspection.pages().map_err(Failure::store)?;
    let counts = match inspection.counts(merchant) {
        Err(_) if !pages.is_empty() => None,
        counts => Some(counts.map_err(Failure::store)?),
    };
    let all = counts.map_or(0, |counts| counts.orders + counts.parcels);
    let mut step = |seen: u64| bar.set_message(format!("{} of {} journals", grouped(seen), grouped(all.max(seen))));
    let journals = match inspection.journals(merchant, &mut step) {
        // Damaged pages say enough; what they hold cannot be read.
        Err(_) if !pages.is_empty() => Vec::new(),
        journals => journals.map_err(Failure::store)?,
    };
    bar.finish_and_clear();
    Ok(Found { file: file.display().to_string(), pages, journals, counts })
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

/// Journals that the text names; the JSON names all.
const SHOWN: usize = 20;

impl Found {
    fn whole(&self) -> bool {
        self.pages.is_empty() && self.journals.is_empty()
    }

    fn json(&self) -> Value {
        let journals: Vec<Value> = self
            .journals
            .iter()
            .map(|journal| {
                json!({
                    "flow": journal.flow, "kind": journal.kind, "key": journal.key, "number": journal.number,
                    "line": journal.line,
                })
            })
            .collect();
        let counts = self.counts.map(|counts| {
            json!({
                "orders": counts.orders, "parcels": counts.parcels, "journal_lines": counts.lines,
                "remote_writes": counts.effects, "open_exceptions": counts.exceptions, "items": counts.items,
                "listings": counts.listings,
            })
        });
        json!({
            "whole": self.whole(), "database": self.file, "pages": self.pages, "broken_journals": journals,
            "counts": counts,
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        if let Some(counts) = self.counts {
            let _ = writeln!(
                out,
                "{}, {}, {}; {}, {}; {}, {}",
                counted(counts.orders, "order", "orders"),
                counted(counts.parcels, "parcel", "parcels"),
                counted(counts.lines, "journal line", "journal lines"),
                counted(counts.effects, "remote write", "remote writes"),
                counted(counts.exceptions, "open exception", "open exceptions"),
                counted(counts.items, "item", "items"),
                counted(counts.listings, "listing", "listings"),
            );
        }
        if self.whole() {
            let _ = writeln!(out, "● Whole: every page, and every line of every journal.");
            return out;
        }
        for finding in &self.pages {
            let _ = writeln!(out, "■ pages: {}", clean(finding));
        }
        for journal in self.journals.iter().take(SHOWN) {
            let name = if journal.number.is_empty() { &journal.key } else { &journal.number };
            let _ = writeln!(
                out,
                "■ journal of {} {} (flow {}): line {} is the first that is not as it was written",
                journal.kind,
                clean(name),
                journal.flow,
                journal.line
            );
        }
        if self.journals.len() > SHOWN {
            let _ = writeln!(out, "  and {} more; --json names all", self.journals.len() - SHOWN);
        }
        let _ = writeln!(out, "{}", self.next());
        out
    }

    fn next(&self) -> &'static str {
        if self.pages.is_empty() {
            "Somebody changed lines of a journal, or the disk did. Keep a copy of the file for whoever looks into it; orders go on."
        } else {
            "The file is damaged. Stop the hub, keep a copy, and restore the last backup (docs/operating.md)."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(journals: i64) -> Found {
        let broken = |flow: i64| BrokenJournal {
            flow,
            kind: "order".into(),
            key: format!("john-lewis/{flow}"),
            number: if flow == 1 { "JL-1042-A".into() } else { String::new() },
            line: 3,
        };
        Found {
            file: "crossdock.db".into(),
            pages: Vec::new(),
            journals: (1..=journals).map(broken).collect(),
            counts: Some(Counts { orders: 1_930, lines: 9, ..Counts::default() }),
        }
    }

    #[test]
    fn the_first_bad_line_of_a_journal_is_named_with_its_order() {
        let text = found(22).text();
        assert!(text.contains("journal of order JL-1042-A (flow 1): line 3 is the first"), "{text}");
        assert!(text.contains("journal of order john-lewis/2 (flow 2)") && text.contains("and 2 more"), "{text}");
        assert!(text.contains("1,930 orders"), "{text}");
        let json = found(1).json();
        assert_eq!((json["whole"].as_bool(), json["broken_journals"][0]["line"].as_i64()), (Some(false), Some(3)));
    }

    #[test]
    fn a_whole_database_is_said_in_one_line_and_a_damaged_one_says_what_to_do() {
        assert!(found(0).whole() && found(0).text().contains("● Whole"));
        let damaged = Found { pages: vec!["row 3 missing from index flow_key".into()], counts: None, ..found(0) };
        assert!(!damaged.whole());
        assert!(damaged.text().contains("flow_key") && damaged.text().contains("restore the last backup"));
    }

    #[test]
    fn a_fresh_database_is_whole_and_a_tampered_one_is_not() {
        use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("crossdock.db");
        let merchant = crossdock_model::MerchantId::new("acme").unwrap();
        let store = SqliteStore::open(&file, &merchant, SqliteOptions::default()).unwrap();
        assert!(inspect(&file, &merchant).unwrap().whole(), "beside an open store");
        drop(store);
        // Whatever the disk lost, it is told as damage and not as a failure of the command.
        let whole = std::fs::read(&file).unwrap();
        for from in [0, 1, 16] {
            let mut bytes = whole.clone();
            bytes[from * 4096..].fill(0xA5);
            std::fs::write(&file, bytes).unwrap();
            let damaged = inspect(&file, &merchant).unwrap_or_else(|failure| panic!("{from}: {}", failure.text));
            assert!(!damaged.whole() && damaged.text().contains("restore the last backup"), "{}", damaged.text());
        }
    }
}
