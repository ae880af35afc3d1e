//! `crossdock demo --check --kill N`: simulators and hub as real processes over real sockets and a real file; the hub is
//! killed (SIGKILL) on the way. The same judge, over the same logs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crossdock_model::MerchantId;
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{Effect, Rng, World, WorldPlan};

use super::demo_check::{Outcome, Scenario, TITLES, held, kits};
use crate::Failure;
use crate::cli::DemoArgs;
use crate::clock::Clock;
use crate::rig::demo_config::{Urls, text};
use crate::rig::oracle::{Evidence, judge};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, TwinOptions, dawn};

/// How much faster than life the processes' common clock runs.
const SPEED: f64 = 400.0;

/// A process that ends with its owner.
struct Own(Child);

impl Own {
    fn kill(&mut self) {
        // SIGKILL on this platform: nothing is flushed, nothing is said.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.kill();
    }
}

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

    let mut command = Command::new(&exe);
    command.args(["sim", "--json", "--peoplevox-port", "0", "--marketplacer-port", "0", "--mirakl-port", "0"]);
    command.args(["--orders", &args.orders.to_string(), "--seed", &args.seed.to_string(), "--clock", &clock_text]);
    command.args(["--faults", &args.faults.to_string()]);
    if args.single_shipment {
        command.arg("--single-shipment");
    }
    let (_sim, twins) = first_line(&mut command)?;

    let listen = free_port()?;
    let config = configuration(folder.path(), &twins, &listen)?;
    let serve = || -> Result<Own, Failure> {
        let mut command = Command::new(&exe);
        command.arg("serve").arg("--config").arg(&config).args(["--clock", &clock_text]);
        command.env("CROSSDOCK_PEOPLEVOX_PASSWORD", word(&twins[PEOPLEVOX]["password"]));
        command.env("CROSSDOCK_MARKETPLACER_KEY", word(&twins[MARKETPLACER]["seller_key"]));
        command.env("CROSSDOCK_JOHN_LEWIS_KEY", word(&twins["mirakl"]["api_key"]));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        command.spawn().map(Own).map_err(|error| Failure::bug(&error))
    };

    let bar = super::demo::bar(u64::from(args.orders));
    let day = SignedDuration::from_hours(10);
    let mut rng = Rng::new(args.seed, "kills");
    let real_day = day.as_secs_f64() / SPEED;
    let mut hub = serve()?;
    for kill in 0..args.kill {
        let share = real_day / f64::from(args.kill + 1);
        let spread = i32::try_from(rng.between(70, 130)).map_or(1.0, |percent| f64::from(percent) / 100.0);
        tokio::time::sleep(Duration::from_secs_f64(share * spread)).await;
        hub.kill();
        bar.set_message(format!("killed {} of {}", kill + 1, args.kill));
        hub = serve()?;
    }

    let world = World::new(WorldPlan::new(args.seed, dawn(), args.orders, day));
    let client = reqwest::Client::builder().no_proxy().build().map_err(|error| Failure::bug(&error))?;
    let after = |hours| dawn().saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
    let (ends, limit) = (after(14), after(60));
    wait_until(clock, ends).await;
    quiet(&client, &twins).await?;
    loop {
        wait_until(clock, clock.now().saturating_add(SignedDuration::from_mins(45)).unwrap_or(limit)).await;
        let evidence = collect(&client, &twins, &world).await?;
        let verdict = judge(&evidence, &BTreeMap::new());
        bar.set_position(verdict.confirmed);
        // Held orders look lost from outside; everything else must be settled before the hub is asked for them.
        let settled = verdict.unconfirmed_parcels == 0 && verdict.stock_mismatches == 0 && verdict.not_ready == 0;
        let late = clock.now() >= limit;
        if settled && verdict.confirmed + verdict.lost + verdict.cancelled + verdict.oversold == verdict.orders || late
        {
            bar.finish_and_clear();
            hub.kill();
            let merchant = MerchantId::new("demo").map_err(|error| Failure::bug(&error))?;
            let path = folder.path().join("data").join("crossdock.db");
            let store = SqliteStore::open(&path, &merchant, SqliteOptions::default()).map_err(Failure::store)?;
            let held = held(&store)?;
            let evidence = collect(&client, &twins, &world).await?;
            return Ok(Outcome {
                verdict: judge(&evidence, &held),
                simulated: clock.now().duration_since(dawn()),
                calls: 0,
                faults_struck: struck(&client, &twins).await?,
            });
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Starts the simulators and reads the line that says where they are.
fn first_line(command: &mut Command) -> Result<(Own, Value), Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = Own(command.spawn().map_err(|error| Failure::bug(&error))?);
    let output = child.0.stdout.take().ok_or_else(|| Failure::config("the simulators have no output"))?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).map_err(|error| Failure::bug(&error))?;
    let twins = serde_json::from_str(&line).map_err(|error| Failure::bug(&error))?;
    Ok((child, twins))
}

fn free_port() -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| Failure::bug(&error))?;
    listener.local_addr().map(|address| address.to_string()).map_err(|error| Failure::bug(&error))
}

fn configuration(folder: &Path, twins: &Value, listen: &str) -> Result<std::path::PathBuf, Failure> {
    let url = |name: &str| word(&twins[name]["url"]);
    let urls = Urls { peoplevox: url(PEOPLEVOX), marketplacer: url(MARKETPLACER), mirakl: url("mirakl") };
    let text = text(&urls, &format!("http://{listen}")).replace("127.0.0.1:8080", listen);
    let path = folder.join("crossdock.toml");
    std::fs::write(&path, text).map_err(|error| Failure::bug(&error))?;
    Ok(path)
}

async fn wait_until(clock: Clock, moment: Timestamp) {
    tokio::time::sleep(clock.until(moment)).await;
}

async fn ask(client: &reqwest::Client, twins: &Value, twin: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let url = format!("{}/_sim/{path}", word(&twins[twin]["url"]));
    let answer = client.post(url).body(body.to_string()).send().await.map_err(|error| Failure::bug(&error))?;
    let text = answer.text().await.map_err(|error| Failure::bug(&error))?;
    serde_json::from_str(&text).map_err(|error| Failure::bug(&error))
}

async fn quiet(client: &reqwest::Client, twins: &Value) -> Result<(), Failure> {
    for twin in [PEOPLEVOX, MARKETPLACER, "mirakl"] {
        ask(client, twins, twin, "faults", &json!({ "all": 0.0 })).await?;
    }
    Ok(())
}

async fn struck(client: &reqwest::Client, twins: &Value) -> Result<BTreeMap<String, u64>, Failure> {
    let mut sums = BTreeMap::new();
    for twin in [PEOPLEVOX, MARKETPLACER, "mirakl"] {
        let faults = ask(client, twins, twin, "faults", &Value::Null).await?;
        for (kind, count) in faults["struck"].as_object().into_iter().flatten() {
            *sums.entry(kind.clone()).or_insert(0) += count.as_u64().unwrap_or(0);
        }
    }
    Ok(sums)
}

async fn collect(client: &reqwest::Client, twins: &Value, world: &World) -> Result<Evidence, Failure> {
    let mut evidence = Evidence { buffer: 1, kits: kits(world), ..Evidence::default() };
    for (twin, connection) in [(PEOPLEVOX, PEOPLEVOX), (MARKETPLACER, MARKETPLACER), ("mirakl", MIRAKL)] {
        let log = ask(client, twins, twin, "effects", &Value::Null).await?;
        let log: Vec<Effect> = serde_json::from_value(log["effects"].clone()).map_err(|error| Failure::bug(&error))?;
        let state = ask(client, twins, twin, "state", &Value::Null).await?;
        match TITLES.iter().find(|(name, _)| *name == connection) {
            Some((_, title)) => evidence.channels.push(((*title).to_owned(), log, state)),
            None => {
                evidence.peoplevox = log;
                evidence.peoplevox_state = state;
            }
        }
    }
    Ok(evidence)
}
