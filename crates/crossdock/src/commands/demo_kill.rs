//! `crossdock demo --check --kill N`: simulators and hub as real processes over real sockets and a real file; the hub is
//! killed (SIGKILL) on the way. The same judge, over the same logs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crossdock_model::MerchantId;
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use sim_core::{Rng, World, WorldPlan};

use super::demo_check::{Outcome, Scenario, held};
use super::processes::{Sims, Site};
use crate::Failure;
use crate::cli::DemoArgs;
use crate::clock::Clock;
use crate::rig::oracle::judge;
use crate::rig::{TwinOptions, dawn};

/// How much faster than life the processes' common clock runs.
const SPEED: f64 = 400.0;

/// How often the log is looked at while a commit is waited for.
const GLANCE: Duration = Duration::from_micros(200);

/// Runs it.
pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let scenario = Scenario {
        orders: args.orders,
        seed: args.seed,
        faults: args.faults,
        sabotage: None,
        options: TwinOptions { unlimited: false, single_shipment: args.single_shipment, ..TwinOptions::default() },
        restarts: args.kill,
    };
    let outcome = super::runtime()?.block_on(drive(args))?;
    super::demo::tell(&outcome, &scenario, args.json)
}

async fn drive(args: &DemoArgs) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let clock_text = format!("{}@{}*{SPEED}", dawn(), Clock::real().now());
    let clock = Clock::shared(&clock_text).ok_or_else(|| Failure::config("the clock cannot be shared"))?;
    let exe = std::env::current_exe().map_err(|error| Failure::bug(&error))?;
    let mut arguments: Vec<String> = [
        ("--orders", args.orders.to_string()),
        ("--seed", args.seed.to_string()),
        ("--clock", clock_text.clone()),
        ("--faults", args.faults.to_string()),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value])
    .collect();
    if args.single_shipment {
        arguments.push("--single-shipment".to_owned());
    }
    let sims = Sims::start(&exe, &arguments)?;
    let site = Site::new(&exe, folder.path(), &sims)?;
    let serve = || site.serve(&["--clock", &clock_text]);

    let bar = super::demo::bar(u64::from(args.orders));
    let day = SignedDuration::from_hours(10);
    let mut rng = Rng::new(args.seed, "kills");
    let real_day = day.as_secs_f64() / SPEED;
    let mut hub = serve()?;
    let mut killed_in_commits = 0;
    for kill in 0..args.kill {
        let share = real_day / f64::from(args.kill + 1);
        let spread = i32::try_from(rng.between(70, 130)).map_or(1.0, |percent| f64::from(percent) / 100.0);
        tokio::time::sleep(Duration::from_secs_f64(share * spread)).await;
        // Every other one strikes while a commit is being written.
        if kill % 2 == 1 && in_a_commit(&site.database, Duration::from_secs_f64(share), &mut rng).await {
            killed_in_commits += 1;
        }
        hub.kill();
        bar.set_message(format!("killed {} of {}, {killed_in_commits} of them in a commit", kill + 1, args.kill));
        hub = serve()?;
    }

    let world = World::new(WorldPlan::new(args.seed, dawn(), args.orders, day));
    let after = |hours| dawn().saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
    let (ends, limit) = (after(14), after(60));
    wait_until(clock, ends).await;
    sims.quiet().await?;
    let mut settled_before = false;
    loop {
        wait_until(clock, clock.now().saturating_add(SignedDuration::from_mins(45)).unwrap_or(limit)).await;
        let evidence = sims.collect(&world).await?;
        let verdict = judge(&evidence, &BTreeMap::new());
        bar.set_position(verdict.confirmed);
        // Held orders look lost from outside, and their units like stock that is not shown; everything else must be settled
        // for as long as a read-back takes before the hub is asked for them.
        let ended = verdict.confirmed + verdict.lost + verdict.cancelled + verdict.oversold == verdict.orders;
        let settled = ended && verdict.unconfirmed_parcels == 0 && verdict.not_ready == 0;
        let late = clock.now() >= limit;
        if settled && std::mem::replace(&mut settled_before, settled) || late {
            bar.finish_and_clear();
            hub.kill();
            let merchant = MerchantId::new("demo").map_err(|error| Failure::bug(&error))?;
            let store =
                SqliteStore::open(&site.database, &merchant, SqliteOptions::default()).map_err(Failure::store)?;
            let held = held(&store)?;
            let evidence = sims.collect(&world).await?;
            return Ok(Outcome {
                verdict: judge(&evidence, &held),
                simulated: clock.now().duration_since(dawn()),
                calls: 0,
                faults_struck: sims.struck().await?,
            });
        }
    }
}

/// Waits until the write-ahead log changes, at most so long, and then a moment that is shorter than a commit takes.
/// Whether it changed.
async fn in_a_commit(database: &Path, longest: Duration, rng: &mut Rng) -> bool {
    let log = {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        std::path::PathBuf::from(path)
    };
    let seen = || std::fs::metadata(&log).ok().map(|file| (file.len(), file.modified().ok()));
    let before = seen();
    let glances = longest.as_micros() / GLANCE.as_micros().max(1);
    for _ in 0..glances {
        if seen() != before {
            // Between the first frame and the fsync.
            let micros = u64::try_from(rng.between(0, 3_000)).unwrap_or(0);
            tokio::time::sleep(Duration::from_micros(micros)).await;
            return true;
        }
        tokio::time::sleep(GLANCE).await;
    }
    false
}

async fn wait_until(clock: Clock, moment: Timestamp) {
    tokio::time::sleep(clock.until(moment)).await;
}
