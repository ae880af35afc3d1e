//! `crossdock demo`: a simulated day with everything, live.

use std::io::IsTerminal as _;
use std::time::Duration;

use crossdock_desk::Desk;
use crossdock_engine::Hub;
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use serde_json::json;
use sim_core::{World, WorldPlan};

use super::demo_check::{self, Outcome, Scenario};
use super::{serve, sim};
use crate::Failure;
use crate::cli::DemoArgs;
use crate::clock::Clock;
use crate::drive::Driver;
use crate::rig::demo_config::{TwinSecrets, Urls, config};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, TwinOptions, dawn};
use crate::wire;

/// Runs the demonstration.
pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    match (args.check, args.kill) {
        (true, 0) => check(args),
        (true, _) => super::demo_kill::run(args),
        (false, _) => live(args),
    }
}

fn check(args: &DemoArgs) -> Result<(), Failure> {
    let scenario = Scenario {
        orders: args.orders,
        seed: args.seed,
        faults: args.faults,
        sabotage: args.sabotage,
        options: TwinOptions { unlimited: false, single_shipment: args.single_shipment, ..TwinOptions::default() },
        restarts: args.restarts,
    };
    let bar = bar(u64::from(args.orders));
    let outcome = demo_check::run(&scenario, &mut |now, seen, finished| {
        bar.set_position(finished.min(u64::from(args.orders)));
        let clock = now.to_zoned(jiff::tz::TimeZone::get("Europe/London").unwrap_or(jiff::tz::TimeZone::UTC));
        bar.set_message(format!("{} · {seen} orders seen, {finished} settled", clock.strftime("%a %H:%M")));
    })?;
    bar.finish_and_clear();
    tell(&outcome, &scenario, args.json)
}

/// Says what came of a check; fails when the sides do not agree.
pub(super) fn tell(outcome: &Outcome, scenario: &Scenario, json: bool) -> Result<(), Failure> {
    let verdict = &outcome.verdict;
    if json {
        println!("{}", outcome.json(scenario));
    } else {
        let held: u64 = verdict.held.values().sum();
        println!("{} orders placed, over {} simulated hours", verdict.orders, outcome.simulated.as_secs() / 3600);
        println!(
            "{} in the warehouse, {} confirmed, {held} in front of a person",
            verdict.in_warehouse, verdict.confirmed
        );
        for (cause, count) in &verdict.held {
            println!("    {count:>4}  {cause}");
        }
        println!(
            "lost {} · duplicated {} · stock mismatches {} · windows exceeded {}",
            verdict.lost, verdict.duplicated, verdict.stock_mismatches, verdict.windows_exceeded
        );
        println!("{}", if verdict.agrees() { "All three sides agree." } else { "The sides do not agree:" });
        verdict.findings.iter().for_each(|finding| println!("    {finding}"));
    }
    if verdict.agrees() { Ok(()) } else { Err(Failure::no(String::new())) }
}

pub(crate) fn bar(length: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:32} {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

fn live(args: &DemoArgs) -> Result<(), Failure> {
    serve::address(&args.listen, false)?;
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let clock = Clock::scaled(dawn(), args.speed);
    let plan = WorldPlan::new(args.seed, dawn(), args.orders, SignedDuration::from_hours(10));
    let world = World::new(plan);
    super::runtime()?.block_on(async {
        let options = TwinOptions { unlimited: false, single_shipment: args.single_shipment, ..TwinOptions::default() };
        let served = sim::start(&world, &options, args.faults, [0, 0, 0], clock).await?;
        let urls = Urls {
            peoplevox: served.url(PEOPLEVOX),
            marketplacer: served.url(MARKETPLACER),
            mirakl: served.url(MIRAKL),
        };
        let config = config(&urls, &format!("http://{}", args.listen), false).map_err(Failure::config)?;
        let parts = wire::parts(&config, &TwinSecrets).map_err(Failure::config)?;
        let store =
            SqliteStore::open(&folder.path().join("crossdock.db"), &config.merchant.id, SqliteOptions::default())
                .map_err(Failure::store)?;
        let hub = Hub::boot(
            std::sync::Arc::new(store),
            parts.settings.clone(),
            parts.connectors,
            wire::system_entropy(),
            clock.now(),
        )
        .map_err(Failure::store)?;
        let address = serve::console(&hub, clock, &args.listen, None, Vec::new()).await?;
        let driver = Driver::start(&hub, &parts.routes, clock, &tokio::runtime::Handle::current())?;
        println!("A simulated Monday at {}× speed. Open http://{address} (Ctrl-C ends it)", args.speed);
        if args.json {
            println!("{}", json!({ "console": format!("http://{address}"), "simulators": served.json() }));
        }
        let watch = tokio::spawn(watch(hub.clone(), u64::from(args.orders)));
        super::until_stopped().await;
        watch.abort();
        tokio::task::spawn_blocking(move || driver.stop()).await.map_err(|error| Failure::bug(&error))
    })
}

/// Tells once in a while how the day goes.
async fn watch(hub: Hub, orders: u64) {
    let bar = bar(orders);
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let desk = hub.clone();
        let Ok(Ok(today)) = tokio::task::spawn_blocking(move || desk.today()).await else { continue };
        let zone = jiff::tz::TimeZone::get(&today.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let counts = today.orders;
        bar.set_position(counts.confirmed.min(orders));
        bar.set_message(format!(
            "{}  received {} · in warehouse {} · despatched {} · confirmed {} · held {}",
            today.now.to_zoned(zone).strftime("%a %H:%M"),
            counts.received,
            counts.in_warehouse,
            counts.despatched,
            counts.confirmed,
            counts.held
        ));
    }
}
