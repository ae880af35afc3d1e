//! `crossdock sim`: the twins alone, for anybody's client.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use serde_json::{Value, json};
use sim_core::{World, WorldPlan};

use crate::Failure;
use crate::cli::SimArgs;
use crate::clock::Clock;
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, TwinOptions, Twins, dawn};
use crate::sim_server::{SharedHost, serve};

/// Twins that are being served.
pub(crate) struct Served {
    pub(crate) hosts: Vec<(String, SharedHost, SocketAddr)>,
}

impl Served {
    /// The base URL of a twin.
    pub(crate) fn url(&self, connection: &str) -> String {
        let address = self.hosts.iter().find(|(name, ..)| name == connection).map(|(_, _, address)| address);
        address.map_or_else(String::new, |address| format!("http://{address}"))
    }

    /// Addresses and credentials, as the first line of `crossdock sim --json` has them.
    pub(crate) fn json(&self) -> Value {
        let peoplevox = sim_peoplevox::Options::default();
        let marketplacer = sim_marketplacer::Options::default();
        json!({
            "peoplevox": {
                "url": self.url(PEOPLEVOX),
                "client_id": peoplevox.client_id,
                "username": peoplevox.username,
                "password": peoplevox.password,
            },
            "marketplacer": {
                "url": self.url(MARKETPLACER),
                "seller_key": marketplacer.seller_key,
                "operator_key": marketplacer.operator_key,
            },
            "mirakl": { "url": self.url(MIRAKL), "api_key": sim_mirakl::Options::default().api_key },
        })
    }
}

/// Serves the twins of a world.
pub(crate) async fn start(
    world: &Arc<World>,
    options: &TwinOptions,
    faults: f64,
    ports: [u16; 3],
    clock: Clock,
) -> Result<Served, Failure> {
    let mut twins = Twins::new(world, options);
    twins.faults(faults);
    let mut hosts = Vec::new();
    for ((name, host), port) in twins.hosts.into_iter().zip(ports) {
        let shared: SharedHost = Arc::new(Mutex::new(host));
        let address = serve(Arc::clone(&shared), port, clock).await?;
        hosts.push((name, shared, address));
    }
    Ok(Served { hosts })
}

/// Runs the twins until told to stop.
pub(crate) fn run(args: &SimArgs) -> Result<(), Failure> {
    // At the speed of life the simulated clock is the machine's, so that a client's own dates make sense.
    let real = (args.speed - 1.0).abs() < f64::EPSILON;
    let shared = args.clock.as_deref().map(|text| {
        Clock::shared(text).ok_or_else(|| Failure::config(format!("--clock: `{text}` is not FROM@ANCHOR*SPEED")))
    });
    let (clock, begins) = match shared.transpose()? {
        Some(clock) => (clock, dawn()),
        None if real => (Clock::real(), Clock::real().now()),
        None => (Clock::scaled(dawn(), args.speed), dawn()),
    };
    let plan = WorldPlan::new(args.seed, begins, args.orders, SignedDuration::from_hours(10));
    let world = World::new(plan);
    let options =
        TwinOptions { unlimited: args.unlimited, single_shipment: args.single_shipment, ..TwinOptions::default() };
    super::runtime()?.block_on(async {
        let ports = [args.peoplevox_port, args.marketplacer_port, args.mirakl_port];
        let served = start(&world, &options, args.faults, ports, clock).await?;
        if args.json {
            println!("{}", served.json());
        } else {
            println!("Peoplevox     {}", served.url(PEOPLEVOX));
            println!("Marketplacer  {}", served.url(MARKETPLACER));
            println!("Mirakl        {}", served.url(MIRAKL));
            println!("Control calls are below /_sim/ of each; see docs/simulators.md. Ctrl-C stops them.");
        }
        super::until_stopped().await;
        Ok(())
    })
}
