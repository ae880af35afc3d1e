//! A million figures at once: setting the million items up happens in this process, each feed in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crossdock_model::{Available, Item, Listing};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sim_core::Rng;

use super::world::{Limits, SEED, hub};
use super::{machine, rounded, seconds};
use crate::Failure;
use crate::clock::Clock;
use crate::rig::{MARKETPLACER, dawn};

const ITEMS: usize = 1_000_000;
const CHUNK: usize = 20_000;

/// Names the database and the figures to a process that was started to feed them.
const VARIABLE: &str = "CROSSDOCK_BENCH_FEED";

pub(super) fn measure(found: &mut Map<String, Value>, bar: &ProgressBar) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let path = folder.path().join("crossdock.db");
    set_up(&path, bar)?;
    bar.set_message("figures, none of them new");
    let unchanged = fed(&Task { path: path.clone(), more: 0 })?;
    bar.set_message("figures, all of them new");
    let changed = fed(&Task { path, more: 1 })?;
    let items = ITEMS as u64;
    if unchanged["unchanged"] != json!(items)
        || changed["changed"] != json!(items)
        || changed["waiting"] != json!(items)
    {
        return Err(Failure::bug(&format!("the feeds were not what they should be: {unchanged} {changed}")));
    }
    let rss = |fed: &Value| fed["rss_mb"].as_f64().unwrap_or(0.0);
    found.insert("feed_unchanged_s".to_owned(), unchanged["seconds"].clone());
    found.insert("feed_all_changed_s".to_owned(), changed["seconds"].clone());
    found.insert("feed_rss_mb".to_owned(), rounded(rss(&unchanged).max(rss(&changed)), 0));
    Ok(())
}

fn code(number: usize) -> String {
    format!("SKU-{number:07}")
}

/// The stored figure of an item.
fn figure(number: usize) -> i64 {
    2 + i64::try_from(number % 97).unwrap_or(0)
}

/// Items, one channel's listings that show what they should, and the first figures.
fn set_up(path: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let (hub, store) = hub(path, Limits::All, dawn())?;
    bar.set_length(ITEMS as u64);
    bar.set_message("items and listings");
    for from in (0..ITEMS).step_by(CHUNK) {
        store
            .change(move |tx| {
                let numbers = from..(from + CHUNK).min(ITEMS);
                let item = |number: usize| Item {
                    code: code(number),
                    name: format!("A cushion of the kind number {number}"),
                    barcode: format!("50{number:011}"),
                    active: true,
                };
                tx.put_items(&numbers.clone().map(item).collect::<Vec<_>>(), dawn())?;
                let listing = |number: usize| Listing {
                    id: format!("VmFyaWFudC{number:07}"),
                    sku: code(number),
                    title: format!("A cushion of the kind number {number}"),
                    // One is the demonstration's buffer.
                    published: figure(number) - 1,
                    active: true,
                    inactive_because: String::new(),
                };
                tx.put_listings(MARKETPLACER, &numbers.map(listing).collect::<Vec<_>>(), dawn(), dawn())
            })
            .map_err(Failure::store)?;
        bar.set_position((from + CHUNK) as u64);
    }
    bar.set_message("first figures");
    hub.feed_availability(rows(0), moment(1), moment(1)).map_err(Failure::store)?;
    Ok(())
}

fn moment(minutes: i64) -> Timestamp {
    dawn().saturating_add(SignedDuration::from_mins(minutes)).unwrap_or_else(|_| dawn())
}

/// Every item's figure and `more`, in no order.
fn rows(more: i64) -> Vec<Available> {
    let mut rows: Vec<Available> =
        (0..ITEMS).map(|number| Available { item: code(number), available: figure(number) + more }).collect();
    let mut rng = Rng::new(SEED, "bench/feed");
    for last in (1..rows.len()).rev() {
        rows.swap(last, rng.index(last + 1));
    }
    rows
}

/// What a process is to feed.
pub(super) struct Task {
    path: PathBuf,
    /// What is added to the stored figures.
    more: i64,
}

impl Task {
    /// The task that this process was started for, if it was.
    pub(super) fn from_environment() -> Option<Self> {
        let text = std::env::var(VARIABLE).ok()?;
        let (more, path) = text.split_once(':')?;
        Some(Self { path: PathBuf::from(path), more: more.parse().ok()? })
    }
}

/// Starts this program again to feed, and reads what it says.
fn fed(task: &Task) -> Result<Value, Failure> {
    let program = std::env::current_exe().map_err(|error| Failure::bug(&error))?;
    let output = Command::new(program)
        .args(["bench", "feed"])
        .env(VARIABLE, format!("{}:{}", task.more, task.path.display()))
        .output()
        .map_err(|error| Failure::bug(&error))?;
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.trim())
        .map_err(|error| Failure::bug(&format!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr))))
}

/// Feeds and says how long it took and how much memory the process ever had.
pub(super) fn child(task: &Task) -> Result<(), Failure> {
    let (hub, _store) = hub(&task.path, Limits::All, moment(2))?;
    let rows = rows(task.more);
    let at = moment(3 + task.more);
    let clock = Clock::real();
    let begin = clock.now();
    let result = hub.feed_availability(rows, at, at).map_err(Failure::store)?;
    let took = seconds(clock, begin);
    println!(
        "{}",
        json!({
            "seconds": rounded(took, 2),
            "rss_mb": machine::memory("self", "VmHWM"),
            "changed": result.changed,
            "unchanged": result.unchanged,
            "waiting": result.waiting,
        })
    );
    Ok(())
}
