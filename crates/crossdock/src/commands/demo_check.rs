//! `crossdock demo --check`: a bounded world on a virtual clock, judged by the remotes' own logs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crossdock_engine::Hub;
use crossdock_model::MerchantId;
use crossdock_store::{FlowFilter, FlowKind, Store};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{World, WorldPlan};

use crate::Failure;
use crate::rig::demo_config::{TwinSecrets, Urls, config};
use crate::rig::oracle::{Evidence, Verdict, judge};
use crate::rig::sabotage::{Broken, Sabotage};
use crate::rig::virtual_drive::VirtualDrive;
use crate::rig::{TwinOptions, Twins, dawn};
use crate::wire;

/// What to run.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) orders: u32,
    pub(crate) seed: u64,
    /// Every fault of the simulators strikes this often; 0.0 for none.
    pub(crate) faults: f64,
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) options: TwinOptions,
    /// Restart the hub on its database this often while it runs.
    pub(crate) restarts: u32,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) simulated: SignedDuration,
    pub(crate) calls: u64,
    pub(crate) faults_struck: BTreeMap<String, u64>,
}

impl Outcome {
    pub(crate) fn json(&self, scenario: &Scenario) -> Value {
        let mut value = json!({ "agrees": self.verdict.agrees(), "seed": scenario.seed });
        if let (Some(all), Ok(Value::Object(verdict))) = (value.as_object_mut(), serde_json::to_value(&self.verdict)) {
            all.extend(verdict);
            all.insert("simulated_hours".to_owned(), json!(self.simulated.as_secs() / 3600));
            all.insert("calls".to_owned(), json!(self.calls));
            all.insert("faults_struck".to_owned(), json!(self.faults_struck));
        }
        value
    }
}

/// Opens a hub for the demonstration world on a database file.
pub(crate) fn open_hub(path: &Path, scenario: &Scenario, now: Timestamp) -> Result<(Hub, Arc<dyn Store>), Failure> {
    let config = config(&Urls::in_process(), "http://127.0.0.1:8080", scenario.options.second_mirakl)
        .map_err(Failure::config)?;
    let mut parts = wire::parts(&config, &TwinSecrets).map_err(Failure::config)?;
    if let Some(how) = scenario.sabotage {
        parts.connectors = parts.connectors.into_iter().map(|inner| Broken::wrap(inner, how)).collect();
    }
    let merchant = MerchantId::new(parts.settings.merchant_id.clone()).map_err(|error| Failure::bug(&error))?;
    let store = SqliteStore::open(path, &merchant, SqliteOptions::default()).map_err(Failure::store)?;
    let store: Arc<dyn Store> = Arc::new(store);
    let entropy = wire::seeded_entropy(scenario.seed);
    let hub = Hub::boot(Arc::clone(&store), parts.settings, parts.connectors, entropy, now).map_err(Failure::store)?;
    Ok((hub, store))
}

/// Runs a scenario to its end. `progress` is told the simulated moment, orders placed and orders finished.
pub(crate) fn run(scenario: &Scenario, progress: &mut dyn FnMut(Timestamp, u64, u64)) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::bug(&error))?;
    let path = folder.path().join("crossdock.db");
    let start = dawn();
    let span = SignedDuration::from_hours(10);
    let world = World::new(WorldPlan::new(scenario.seed, start, scenario.orders, span));
    let mut twins = Twins::new(&world, &scenario.options);
    twins.faults(scenario.faults);
    let (hub, mut store) = open_hub(&path, scenario, start)?;
    let mut drive = VirtualDrive::new(twins, hub, start);
    let day_ends = start.saturating_add(span).unwrap_or(start);
    let mut restarts: Vec<Timestamp> = (1..=scenario.restarts)
        .filter_map(|n| {
            let share = i32::try_from(n).ok()?;
            start.saturating_add(span / (i32::try_from(scenario.restarts).ok()? + 1) * share).ok()
        })
        .collect();
    restarts.reverse();
    let mut still_since = day_ends;
    let mut known = Vec::new();
    let limit = start.saturating_add(SignedDuration::from_hours(24 * 12)).unwrap_or(day_ends);
    while drive.now < limit {
        let until = drive.now.saturating_add(SignedDuration::from_mins(10)).unwrap_or(limit);
        drive.run_until(until).map_err(Failure::store)?;
        if restarts.last().is_some_and(|at| *at <= drive.now) {
            restarts.pop();
            let VirtualDrive { twins, hub, now, calls, .. } = drive;
            drop((hub, store));
            let (hub, again) = open_hub(&path, scenario, now)?;
            store = again;
            drive = VirtualDrive::new(twins, hub, now);
            drive.calls = calls;
        }
        let counts = store.ask(|tx| tx.count_states(FlowKind::Order, None)).map_err(Failure::store)?;
        let finished = counts
            .iter()
            .filter(|(state, _)| matches!(state.as_str(), "confirmed" | "cancelled" | "elsewhere" | "held"))
            .map(|(_, count)| count)
            .sum();
        progress(drive.now, counts.iter().map(|(_, count)| count).sum(), finished);
        if counts != known {
            known = counts;
            still_since = drive.now.max(day_ends);
        }
        // Quiet: nothing has moved for longer than the slowest picker takes and several read-backs.
        if drive.now.duration_since(still_since) > SignedDuration::from_hours(8) {
            break;
        }
    }
    // Faults end here, as invariants I1 and I7 have it; then two read-backs of everything.
    drive.twins.faults(0.0);
    let struck = struck(&mut drive.twins);
    let end = drive.now.saturating_add(SignedDuration::from_hours(2)).unwrap_or(drive.now);
    drive.run_until(end).map_err(Failure::store)?;
    let held = held(store.as_ref())?;
    let mut evidence = evidence(&mut drive.twins, &world);
    let single = [(scenario.options.single_shipment, "John Lewis"), (scenario.options.second_mirakl, "Kingsway")];
    evidence.one_shipment = single.into_iter().filter(|(one, _)| *one).map(|(_, title)| title.to_owned()).collect();
    Ok(Outcome {
        verdict: judge(&evidence, &held),
        simulated: drive.now.duration_since(start),
        calls: drive.calls,
        faults_struck: struck,
    })
}

fn struck(twins: &mut Twins) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (_, host) in &mut twins.hosts {
        for (kind, count) in host.faults().struck() {
            let name = serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            *sums.entry(name).or_insert(0) += count;
        }
    }
    sums
}

/// Channel titles by connection, in the order of the twins.
pub(crate) const TITLES: [(&str, &str); 3] = [
    (crate::rig::MARKETPLACER, "Marketplacer"),
    (crate::rig::MIRAKL, "John Lewis"),
    (crate::rig::SECOND_MIRAKL, "Kingsway"),
];

/// What the remotes say, for the judge.
pub(crate) fn evidence(twins: &mut Twins, world: &World) -> Evidence {
    let mut evidence = Evidence { buffer: 1, kits: kits(world), ..Evidence::default() };
    for (connection, host) in &twins.hosts {
        let log = host.effects().all().to_vec();
        match TITLES.iter().find(|(name, _)| name == connection) {
            Some((_, title)) => evidence.channels.push(((*title).to_owned(), log, host.state())),
            None => {
                evidence.peoplevox = log;
                evidence.peoplevox_state = host.state();
            }
        }
    }
    evidence
}

/// The kits of a world.
pub(crate) fn kits(world: &World) -> BTreeMap<String, Vec<(String, i64)>> {
    let kits = world.catalogue.iter().filter(|item| !item.parts.is_empty());
    kits.map(|item| (item.code.clone(), item.parts.clone())).collect()
}

/// Orders that the hub shows to a person, with their cause.
pub(crate) fn held(store: &dyn Store) -> Result<BTreeMap<(String, String), String>, Failure> {
    let mut held = BTreeMap::new();
    let mut offset = 0;
    loop {
        let filter = FlowFilter {
            states: vec!["held".into(), "unreadable".into()],
            offset,
            limit: 500,
            ..FlowFilter::default()
        };
        let (rows, total) = store.ask(|tx| tx.list_flows(FlowKind::Order, &filter)).map_err(Failure::store)?;
        offset += rows.len() as u64;
        let done = rows.is_empty() || offset >= total;
        for row in rows {
            let title = TITLES.iter().find(|(name, _)| *name == row.connection).map_or("", |(_, title)| title);
            held.insert((title.to_owned(), row.number), row.cause.unwrap_or_default());
        }
        if done {
            return Ok(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(orders: u32, seed: u64) -> Scenario {
        let options = TwinOptions::default();
        Scenario { orders, seed, faults: 0.0, sabotage: None, options, restarts: 0 }
    }

    fn judged(scenario: &Scenario) -> Verdict {
        run(scenario, &mut |_, _, _| {}).unwrap_or_else(|failure| panic!("{}", failure.text)).verdict
    }

    #[test]
    fn a001_b001_every_order_reaches_the_warehouse_once_and_every_parcel_its_channel() {
        let verdict = judged(&scenario(60, 7));
        assert!(verdict.agrees(), "{:#?}", verdict.findings);
        let held: u64 = verdict.held.values().sum();
        assert_eq!(verdict.in_warehouse + held, verdict.orders);
        assert_eq!(verdict.confirmed, verdict.in_warehouse);
        assert!(verdict.orders > 50);
    }

    #[test]
    fn every_fault_at_five_percent_changes_nothing_but_the_time_it_takes() {
        let verdict = judged(&Scenario { faults: 0.05, ..scenario(40, 3) });
        assert!(verdict.agrees(), "{:#?}", verdict.findings);
        assert_eq!(verdict.confirmed, verdict.in_warehouse);
    }

    #[test]
    fn a_hub_that_is_restarted_goes_on_where_it_was() {
        let verdict = judged(&Scenario { restarts: 5, faults: 0.02, ..scenario(40, 11) });
        assert!(verdict.agrees(), "{:#?}", verdict.findings);
    }

    #[test]
    fn a087_one_shipment_per_order_where_the_operator_takes_no_more() {
        let options = TwinOptions { single_shipment: true, ..TwinOptions::default() };
        let verdict = judged(&Scenario { options, ..scenario(30, 5) });
        assert!(verdict.agrees(), "{:#?}", verdict.findings);
        assert_eq!(verdict.confirmed, verdict.in_warehouse);
    }

    #[test]
    fn a031_another_mirakl_operator_is_one_more_block_of_configuration() {
        let options = TwinOptions { second_mirakl: true, ..TwinOptions::default() };
        let verdict = judged(&Scenario { options, ..scenario(30, 9) });
        assert!(verdict.agrees(), "{:#?}", verdict.findings);
        assert!(verdict.confirmed > 30, "both operators' orders are confirmed: {verdict:#?}");
    }

    #[test]
    fn the_check_fails_when_a_connector_is_broken_on_purpose() {
        for (how, seed) in [(Sabotage::ClaimShipped, 7), (Sabotage::DropLine, 7), (Sabotage::InflateStock, 7)] {
            let verdict = judged(&Scenario { sabotage: Some(how), ..scenario(15, seed) });
            assert!(!verdict.agrees(), "{how:?} went unnoticed");
        }
    }
}
