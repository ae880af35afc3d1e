//! `crossdock soak`: the real process under steady load for a long time, and whether anything of it grows that should not.
//!
//! Simulators in a process of their own place orders at twice a busy seller's peak, at the speed of life, with every fault at one
//! percent. Each few seconds memory, open handles, the size of the database and the time that a callback takes to be
//! answered are noted. What is printed are the slopes of these; whether a slope is too steep is for whoever reads it to say,
//! except that a hub that died, did something twice or exceeded a limit fails.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sim_core::{World, WorldPlan};

use super::bench::rounded;
use super::processes::{Own, Sims, Site, word};
use crate::Failure;
use crate::cli::SoakArgs;
use crate::clock::Clock;
use crate::rig::oracle::judge;
use crate::rig::{MARKETPLACER, PEOPLEVOX};

/// How often everything is noted.
const EVERY: Duration = Duration::from_secs(5);
/// Callbacks that are timed each time.
const CALLBACKS: usize = 10;
/// The simulators spread their customers over this long.
const HOURS: i64 = 10;
/// Of a hundred samples, so many at the beginning say nothing: caches fill and lists are read for the first time.
const WARMING_UP: usize = 20;

/// One look at the process.
#[derive(Debug, Clone, Default)]
struct Sample {
    /// Seconds since the beginning.
    at: f64,
    /// Resident memory, MB.
    memory: f64,
    /// Open handles.
    handles: f64,
    /// Database and its log, MB.
    database: f64,
    /// The slowest of the callbacks, ms.
    slowest: f64,
}

/// Runs it.
pub(crate) fn run(args: &SoakArgs) -> Result<(), Failure> {
    super::runtime()?.block_on(soak(args))
}

async fn soak(args: &SoakArgs) -> Result<(), Failure> {
    let clock = Clock::real();
    let begins = clock.now();
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let exe = std::env::current_exe().map_err(|error| Failure::bug(&error))?;
    let orders = planned(args.orders_per_second);
    let anchor = format!("{begins}@{begins}*1");
    let arguments = [
        ("--orders", orders.to_string()),
        ("--seed", args.seed.to_string()),
        ("--faults", args.faults.to_string()),
        ("--clock", anchor.clone()),
    ];
    let arguments: Vec<String> = arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
    let sims = Sims::start(&exe, &arguments)?;
    let site = Site::new(&exe, folder.path(), &sims)?;
    let mut hub = site.serve(&["--clock", &anchor])?;
    let callback = subscribed(&sims, clock).await?;
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| Failure::bug(&error))?;

    let length = Duration::from_secs_f64(args.minutes * 60.0);
    let bar = bar(length.as_secs());
    let (mut samples, mut latencies) = (Vec::new(), Vec::new());
    loop {
        let gone = seconds(clock, begins);
        if gone >= length.as_secs_f64() {
            break;
        }
        if let Some(how) = hub.ended() {
            return Err(Failure::no(format!("the hub ended after {gone:.0} s: {how}")));
        }
        let mut slowest = 0_f64;
        for _ in 0..CALLBACKS {
            let took = timed(&client, &callback, clock).await?;
            slowest = slowest.max(took);
            latencies.push((gone, took));
        }
        let sample = look(&hub, &site.database, gone, slowest);
        bar.set_position(length.as_secs().min(whole(sample.at)));
        bar.set_message(format!("{:.1} MB, {:.0} handles, callback {:.1} ms", sample.memory, sample.handles, slowest));
        samples.push(sample);
        tokio::time::sleep(EVERY).await;
    }
    bar.finish_and_clear();

    let world = World::new(WorldPlan::new(args.seed, begins, orders, SignedDuration::from_hours(HOURS)));
    let evidence = sims.collect(&world).await?;
    // What is still on its way looks lost; what was done twice is twice.
    let verdict = judge(&evidence, &BTreeMap::new());
    let struck: u64 = sims.struck().await?.values().sum();
    let mut found = report(args, &samples, &latencies, verdict.orders);
    let (twice, exceeded) = (verdict.duplicated + verdict.invented_shipments, verdict.windows_exceeded);
    if let Some(all) = found.as_object_mut() {
        all.insert("orders".to_owned(), json!(verdict.orders));
        all.insert("in_warehouse".to_owned(), json!(verdict.in_warehouse));
        all.insert("duplicated".to_owned(), json!(twice));
        all.insert("windows_exceeded".to_owned(), json!(exceeded));
        all.insert("faults_struck".to_owned(), json!(struck));
    }
    if args.json {
        println!("{found}");
    } else {
        println!("{found:#}");
    }
    let bad = twice + exceeded;
    if bad == 0 { Ok(()) } else { Err(Failure::no(verdict.findings.join("\n"))) }
}

/// Customers over all the hours of the simulators, so that they come at this rate.
fn planned(per_second: f64) -> u32 {
    let hours = i32::try_from(HOURS).map_or(10.0, f64::from);
    let all = (per_second * hours * 3600.0).clamp(1.0, 1e7).round();
    format!("{all:.0}").parse().unwrap_or(1)
}

/// Whole seconds, for a bar.
fn whole(seconds: f64) -> u64 {
    Duration::try_from_secs_f64(seconds).map_or(0, |span| span.as_secs())
}

fn seconds(clock: Clock, since: jiff::Timestamp) -> f64 {
    clock.now().duration_since(since).as_secs_f64()
}

/// Waits until the hub has subscribed to the warehouse's events; returns a callback as the warehouse makes it.
async fn subscribed(sims: &Sims, clock: Clock) -> Result<String, Failure> {
    let begin = clock.now();
    while seconds(clock, begin) < 120.0 {
        let known = sims.ask(PEOPLEVOX, "subscriptions", &Value::Null).await?;
        let urls = known["subscriptions"].as_array().into_iter().flatten().map(|one| word(&one["url"]));
        if let Some(url) = urls.into_iter().find(|url| url.contains("/availability/")) {
            let state = sims.ask(MARKETPLACER, "state", &Value::Null).await?;
            let item = state["stock"].as_object().and_then(|stock| stock.keys().next().cloned()).unwrap_or_default();
            return Ok(format!("{url}?item={item}"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(Failure::no("the hub subscribed to nothing for two minutes"))
}

/// Milliseconds that a callback takes until it is answered, which is when it is on the disk.
async fn timed(client: &reqwest::Client, url: &str, clock: Clock) -> Result<f64, Failure> {
    let begin = clock.now();
    let status = client.get(url).send().await.map_err(|error| Failure::bug(&error))?.status();
    if !status.is_success() {
        return Err(Failure::no(format!("a callback was answered {status}")));
    }
    Ok(seconds(clock, begin) * 1e3)
}

fn look(hub: &Own, database: &Path, at: f64, slowest: f64) -> Sample {
    let process = format!("/proc/{}", hub.number());
    let status = std::fs::read_to_string(format!("{process}/status")).unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = kilobytes.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
    let handles = std::fs::read_dir(format!("{process}/fd")).map_or(0, Iterator::count);
    let size = |suffix: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        std::fs::metadata(path).map_or(0, |file| file.len())
    };
    Sample {
        at,
        memory: kilobytes.unwrap_or(0.0) / 1024.0,
        handles: u32::try_from(handles).map_or(0.0, f64::from),
        database: megabytes(size("") + size("-wal")),
        slowest,
    }
}

fn megabytes(bytes: u64) -> f64 {
    u32::try_from(bytes / 1024).map_or(f64::MAX, f64::from) / 1024.0
}

/// What is printed.
fn report(args: &SoakArgs, samples: &[Sample], latencies: &[(f64, f64)], orders: u64) -> Value {
    let warm = samples.get(samples.len() * WARMING_UP / 100..).unwrap_or_default();
    let per_hour = |of: fn(&Sample) -> f64| rounded(slope(warm.iter().map(|one| (one.at, of(one)))) * 3600.0, 2);
    let half = args.minutes * 30.0;
    let p99 = |from: f64, to: f64| {
        let mut some: Vec<f64> =
            latencies.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, took)| *took).collect();
        some.sort_unstable_by(f64::total_cmp);
        some.get(some.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default()
    };
    let last = samples.last().cloned().unwrap_or_default();
    let most = |of: fn(&Sample) -> f64| samples.iter().map(of).fold(0.0, f64::max);
    let kilobytes = u32::try_from(orders).ok().filter(|orders| *orders > 0);
    let kilobytes = kilobytes.map_or(0.0, |orders| last.database * 1024.0 / f64::from(orders));
    json!({
        "minutes": args.minutes,
        "orders_per_s": args.orders_per_second,
        "samples": samples.len(),
        "rss_mb": rounded(last.memory, 1),
        "rss_mb_most": rounded(most(|one| one.memory), 1),
        "rss_mb_per_hour": per_hour(|one| one.memory),
        "handles": rounded(last.handles, 0),
        "handles_most": rounded(most(|one| one.handles), 0),
        "handles_per_hour": per_hour(|one| one.handles),
        "callback_p99_ms": rounded(p99(0.0, f64::MAX), 1),
        "callback_p99_ms_first_half": rounded(p99(0.0, half), 1),
        "callback_p99_ms_second_half": rounded(p99(half, f64::MAX), 1),
        "callback_slowest_ms_per_hour": per_hour(|one| one.slowest),
        "database_mb": rounded(last.database, 1),
        "database_mb_per_hour": per_hour(|one| one.database),
        "database_kb_per_order": rounded(kilobytes, 1),
    })
}

/// The slope of the straight line that fits best: units per second. 0 for fewer than two points.
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let (mut count, mut x, mut y) = (0.0, 0.0, 0.0);
    for (at, value) in points.clone() {
        count += 1.0;
        x += at;
        y += value;
    }
    if count < 2.0 {
        return 0.0;
    }
    let (x, y) = (x / count, y / count);
    let (mut up, mut wide) = (0.0, 0.0);
    for (at, value) in points {
        up += (at - x) * (value - y);
        wide += (at - x) * (at - x);
    }
    if wide > 0.0 { up / wide } else { 0.0 }
}

fn bar(seconds: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(seconds);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} s  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_found_and_that_of_a_point_is_none() {
        let line = (0..10).map(|n| (f64::from(n), 3.0 + 0.5 * f64::from(n)));
        assert!((slope(line) - 0.5).abs() < 1e-9);
        assert!(slope([(1.0, 7.0)].into_iter()).abs() < 1e-9);
        assert!(slope([(1.0, 7.0), (1.0, 9.0)].into_iter()).abs() < 1e-9);
    }

    #[test]
    fn t13_a_leak_shows_in_the_report_and_warming_up_does_not() {
        let args = SoakArgs { minutes: 10.0, orders_per_second: 2.0, faults: 0.01, seed: 7, json: true };
        let sample = |n: u32, memory: f64| Sample { at: f64::from(n), memory, ..Sample::default() };
        let flat: Vec<Sample> = (0..100).map(|n| sample(n, if n < 20 { f64::from(n) } else { 20.0 })).collect();
        let steep: Vec<Sample> = (0..100).map(|n| sample(n, f64::from(n))).collect();
        assert_eq!(report(&args, &flat, &[], 1)["rss_mb_per_hour"], 0.0);
        assert_eq!(report(&args, &steep, &[], 1)["rss_mb_per_hour"], 3600.0);
        let latencies: Vec<(f64, f64)> = (0..200).map(|n| (f64::from(n) * 3.0, f64::from(n))).collect();
        let found = report(&args, &flat, &latencies, 0);
        assert!(found["callback_p99_ms_second_half"].as_f64() > found["callback_p99_ms_first_half"].as_f64());
    }

    #[test]
    fn customers_come_at_the_rate_that_was_asked_for() {
        assert_eq!(planned(2.0), 72_000);
        assert_eq!(planned(0.0), 1);
    }
}
