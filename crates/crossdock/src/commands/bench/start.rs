//! `crossdock serve` over a million orders: from the first instruction to "ready", and what it keeps in memory.
//!
//! The process is the real one, with its console and its lanes, connected to simulators that this process serves. Making
//! the million orders happens here and is not counted.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crossdock_model::MerchantId;
use crossdock_store::{FlowKind, JournalEntry, NewEffect, NewFlow, Phase, Store, StoreError, Tx};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::world::world;
use super::{machine, rounded, seconds};
use crate::Failure;
use crate::clock::Clock;
use crate::commands::{runtime, sim};
use crate::rig::demo_config::{Urls, text};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, TwinOptions, dawn};

const FLOWS: usize = 1_000_000;
const CHUNK: usize = 10_000;
const IDLE: Duration = Duration::from_secs(5);
/// The size of an order's own state, as the demonstration's orders have it.
const STATE_BYTES: usize = 1_500;

pub(super) fn measure(found: &mut Map<String, Value>, bar: &ProgressBar) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    set_up(folder.path(), bar)?;
    bar.set_message("starts over it");
    let runtime = runtime()?;
    let clock = Clock::real();
    let simulated = world(0)?;
    let options = TwinOptions { unlimited: true, ..TwinOptions::default() };
    let served = runtime.block_on(sim::start(&simulated, &options, 0.0, [0, 0, 0], clock))?;
    let urls =
        Urls { peoplevox: served.url(PEOPLEVOX), marketplacer: served.url(MARKETPLACER), mirakl: served.url(MIRAKL) };
    let config = folder.path().join("crossdock.toml");
    let text = text(&urls, "http://127.0.0.1:9").replace("127.0.0.1:8080", "127.0.0.1:0");
    std::fs::write(&config, text).map_err(|error| Failure::bug(&error))?;
    // The first start after the set-up folds its write-ahead log in; what is measured is an ordinary one.
    let mut milliseconds = Vec::new();
    for _ in 0..3 {
        let begin = clock.now();
        let mut hub = Served::start(&config)?;
        milliseconds.push(seconds(clock, begin) * 1e3);
        hub.end();
    }
    let mut hub = Served::start(&config)?;
    runtime.block_on(async { tokio::time::sleep(IDLE).await });
    let resident = hub.resident();
    hub.end();
    milliseconds.sort_unstable_by(f64::total_cmp);
    let median = milliseconds.get(1).copied().unwrap_or_default();
    found.insert("start_ms".to_owned(), rounded(median, 0));
    found.insert("idle_mb".to_owned(), resident.map_or(Value::Null, |megabytes| rounded(megabytes, 1)));
    Ok(())
}

/// A running `crossdock serve`.
struct Served(Child);

impl Served {
    /// Starts it and waits until it says that it is ready.
    fn start(config: &Path) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| Failure::bug(&error))?;
        let child = Command::new(program)
            .arg("serve")
            .arg("--json")
            .arg("--config")
            .arg(config)
            .env("CROSSDOCK_PEOPLEVOX_PASSWORD", sim_peoplevox::Options::default().password)
            .env("CROSSDOCK_MARKETPLACER_KEY", sim_marketplacer::Options::default().seller_key)
            .env("CROSSDOCK_JOHN_LEWIS_KEY", sim_mirakl::Options::default().api_key)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::bug(&error))?;
        let mut served = Self(child);
        let Some(output) = served.0.stdout.take() else { return Err(Failure::bug(&"no output")) };
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        if lines.any(|line| line.contains("\"ready\":true")) {
            return Ok(served);
        }
        let mut said = String::new();
        if let Some(mut errors) = served.0.stderr.take() {
            let _ = errors.read_to_string(&mut said);
        }
        Err(Failure::bug(&format!("`crossdock serve` did not become ready: {said}")))
    }

    fn resident(&self) -> Option<f64> {
        machine::memory(&self.0.id().to_string(), "VmRSS")
    }

    /// Ends it as a crash would: every start must be ready for that.
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

/// A million orders in every state, each findable by its number and with a line of journal; every tenth with an effect.
fn set_up(folder: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let data = folder.join("data");
    std::fs::create_dir_all(&data).map_err(|error| Failure::bug(&error))?;
    let merchant = MerchantId::new("demo").map_err(|error| Failure::bug(&error))?;
    let store = SqliteStore::open(&data.join("crossdock.db"), &merchant, SqliteOptions::default());
    let store: Box<dyn Store> = Box::new(store.map_err(Failure::store)?);
    bar.set_length(FLOWS as u64);
    bar.set_message("orders are made");
    for from in (0..FLOWS).step_by(CHUNK) {
        store
            .change(move |tx| (from..(from + CHUNK).min(FLOWS)).try_for_each(|number| order(tx, number)))
            .map_err(Failure::store)?;
        bar.set_position((from + CHUNK) as u64);
    }
    Ok(())
}

fn order(tx: &mut dyn Tx, number: usize) -> Result<(), StoreError> {
    const STATES: [&str; 6] = ["received", "releasing", "in_warehouse", "despatched", "confirmed", "held"];
    let at = moment(number);
    let channel = if number.is_multiple_of(2) { MARKETPLACER } else { MIRAKL };
    let flow = NewFlow {
        kind: FlowKind::Order,
        key: format!("{channel}/C{number:08}"),
        connection: channel.to_owned(),
        parent: None,
    };
    let mut row = tx.insert_flow(&flow, at)?;
    row.number = format!("C{number:08}-A");
    STATES[number % STATES.len()].clone_into(&mut row.state);
    row.deadline = Some(at);
    row.data = format!("{{\"filling\":\"{}\"}}", "x".repeat(STATE_BYTES));
    tx.update_flow(&mut row, at)?;
    tx.add_terms(row.id, std::slice::from_ref(&row.number))?;
    let line = JournalEntry {
        at,
        actor: "hub".to_owned(),
        kind: "received".to_owned(),
        text: "Received".to_owned(),
        detail: String::new(),
    };
    tx.append_journal(row.id, &[line])?;
    if !number.is_multiple_of(10) {
        return Ok(());
    }
    let effect = NewEffect {
        connection: PEOPLEVOX.to_owned(),
        kind: "create_order".to_owned(),
        key: format!("create/{}", row.number),
        flow: Some(row.id),
        object: format!("order/{}", row.number),
        priority: 0,
        deadline: Some(at),
        stage: "confirm".to_owned(),
        operation: "{}".to_owned(),
        not_before: at,
    };
    if let Some(mut effect) = tx.plan_effect(&effect, at)?.map(|id| tx.effect(id)).transpose()?.flatten() {
        let (phase, epoch) = (effect.phase, effect.epoch);
        effect.phase = Phase::Confirmed;
        tx.move_effect(&effect, phase, epoch, at)?;
    }
    Ok(())
}

/// One order a minute up to dawn.
fn moment(number: usize) -> Timestamp {
    let ago = i64::try_from(FLOWS - number).unwrap_or(0);
    dawn().saturating_sub(SignedDuration::from_mins(ago)).unwrap_or_else(|_| dawn())
}
