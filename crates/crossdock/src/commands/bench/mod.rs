//! `crossdock bench`: what this machine makes of the hub. Nothing here is a test; no figure passes or fails.
//!
//! Orders, drain and stock events run the whole hub against the twins in one process, on a virtual clock and a real
//! database that syncs every commit; feed, start and idle are measured in a process of their own, so that making the
//! million rows counts in neither time nor memory. Everything lies in the folder for temporary files (`TMPDIR`).

mod course;
mod drain;
mod feed;
mod machine;
mod orders;
mod start;
mod stock_event;
mod world;

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::cli::BenchArgs;
use crate::clock::Clock;

/// Puts its figures under their names.
type Bench = fn(&mut Map<String, Value>, &ProgressBar) -> Result<(), Failure>;

/// Every bench by the names that the command line knows. Two names may share one run.
const BENCHES: [(&[&str], Bench); 5] = [
    (&["orders"], orders::measure),
    (&["drain"], drain::measure),
    (&["stock-event"], stock_event::measure),
    (&["feed"], feed::measure),
    (&["start", "idle"], start::measure),
];

/// Names, units and meanings of the figures, in the order in which they are printed.
const FIGURES: [(&str, &str, &str); 14] = [
    ("orders_per_s", "orders/s", "placed → released in the warehouse, simulators included"),
    ("peoplevox_calls_per_100_orders", "calls", "all reads included"),
    ("window_used", "of 1", "share of 15 calls per 15 s while the backlog drains"),
    ("drain_orders_per_s", "orders/s", "inside that window, on the simulated clock"),
    ("windows_exceeded", "calls", "refused by the Peoplevox simulator"),
    ("stock_event_p50_ms", "ms", "event taken in → stock call handed out"),
    ("stock_event_p99_ms", "ms", "event taken in → stock call handed out"),
    ("feed_unchanged_s", "s", "1,000,000 figures, none of them new"),
    ("feed_all_changed_s", "s", "1,000,000 figures, all of them new"),
    ("feed_rss_mb", "MB", "the most memory during a feed"),
    ("start_ms", "ms", "process begins → hub ready, over 1,000,000 orders"),
    ("idle_mb", "MB", "resident 5 s after the start"),
    ("cores", "", ""),
    ("cpu", "", ""),
];

/// Runs the benches that were asked for.
pub(crate) fn run(args: &BenchArgs) -> Result<(), Failure> {
    if let Some(task) = feed::Task::from_environment() {
        return feed::child(&task);
    }
    let known: Vec<&str> = BENCHES.iter().flat_map(|(names, _)| *names).copied().collect();
    if let Some(wrong) = args.which.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::config(format!("there is no bench `{wrong}`. Choose from {}", known.join(", "))));
    }
    let mut found = Map::new();
    for (names, bench) in BENCHES {
        let asked = |name: &&str| args.which.iter().any(|asked| asked == *name);
        if args.all || args.which.is_empty() || names.iter().any(asked) {
            let bar = progress(names.first().copied().unwrap_or_default());
            bench(&mut found, &bar)?;
            bar.finish_and_clear();
        }
    }
    found.insert("disk".to_owned(), machine::disk()?);
    found.insert("cores".to_owned(), json!(machine::cores()));
    found.insert("cpu".to_owned(), json!(machine::cpu()));
    found.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    if args.json {
        println!("{}", Value::Object(found));
    } else {
        print(&found);
    }
    Ok(())
}

fn print(found: &Map<String, Value>) {
    for (name, unit, meaning) in FIGURES {
        if let Some(value) = found.get(name) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            println!("{name:<32} {value:>10} {unit:<9} {meaning}");
        }
    }
    if let Some(disk) = found.get("disk") {
        println!("{:<32} {disk}", "disk");
    }
}

/// A line that tells what is being done, where somebody looks.
fn progress(name: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {prefix:12} {msg} {pos}/{len}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new(0).with_style(style).with_prefix(name);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Seconds since a moment of the clock that measures.
fn seconds(clock: Clock, since: jiff::Timestamp) -> f64 {
    clock.now().duration_since(since).as_secs_f64()
}

/// Rounds to a sensible number of digits for a report.
pub(super) fn rounded(value: f64, digits: u8) -> Value {
    let scale = 10_f64.powi(i32::from(digits));
    json!((value * scale).round() / scale)
}

/// A count as a number to divide by.
#[expect(clippy::cast_precision_loss, reason = "counts of orders and calls, far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}
