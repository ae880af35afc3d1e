//! The worlds that are measured: customers who order two different items each, all at the same moment.

use std::path::Path;
use std::sync::Arc;

use crossdock_engine::Hub;
use crossdock_mirakl::WindowLimit;
use crossdock_store::Store;
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sim_core::{Host, Rng, Simulated, World, WorldPlan};

use crate::Failure;
use crate::rig::demo_config::{TwinSecrets, Urls, config};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, Twins, dawn};
use crate::wire;

/// The seed of every bench: the same work on every machine.
pub(super) const SEED: u64 = 7;

/// Units of each item: a bench must never run out of stock.
const PLENTY: i64 = 1_000_000;

/// Which limits of calls apply, at the twins and in the hub alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limits {
    /// As published.
    All,
    /// As published at the warehouse; the channels take any number.
    Warehouse,
    /// None that matters.
    None,
}

/// A world in which `orders` customers order two different items each at dawn.
pub(super) fn world(orders: u32) -> Result<Arc<World>, Failure> {
    let plan = WorldPlan { defects: 0.0, ..WorldPlan::new(SEED, dawn(), orders, SignedDuration::from_millis(1)) };
    let lost = || Failure::bug(&"the world is already shared");
    let mut world = Arc::into_inner(World::new(plan)).ok_or_else(lost)?;
    for item in world.catalogue.iter_mut().filter(|item| item.parts.is_empty()) {
        item.on_hand = PLENTY;
    }
    let planned = std::mem::take(&mut world.orders);
    let world = Arc::new(world);
    let on_sale = on_sale(&world);
    if on_sale.len() < 2 {
        return Err(Failure::bug(&"the simulated shops sell nothing"));
    }
    let mut world = Arc::into_inner(world).ok_or_else(lost)?;
    let mut rng = Rng::new(SEED, "bench/lines");
    world.orders = planned;
    for order in &mut world.orders {
        order.at = dawn();
        let first = rng.index(on_sale.len());
        let second = (first + 1 + rng.index(on_sale.len() - 1)) % on_sale.len();
        order.lines = [first, second].iter().filter_map(|n| Some((on_sale.get(*n)?.clone(), 1))).collect();
    }
    Ok(Arc::new(world))
}

/// The plain items of which both shops show plenty when the day begins.
fn on_sale(world: &Arc<World>) -> Vec<String> {
    let twins = twins(world, Limits::None);
    let shops: Vec<Value> =
        twins.hosts.iter().filter(|(name, _)| name != PEOPLEVOX).map(|(_, host)| host.state()).collect();
    let plenty = |sku: &str| shops.iter().all(|shop| shop["stock"][sku].as_i64().unwrap_or(0) > PLENTY / 2);
    let items = world.catalogue.iter().filter(|item| item.parts.is_empty() && !item.deactivated);
    items.map(|item| item.code.clone()).filter(|code| plenty(code)).collect()
}

/// The twins of a world. No payment is reviewed and nobody picks: an order's way ends when the warehouse has it.
pub(super) fn twins(world: &Arc<World>, limits: Limits) -> Twins {
    let peoplevox = sim_peoplevox::Options { limits: limits != Limits::None, ..Default::default() };
    let at_channels = limits == Limits::All;
    let marketplacer = sim_marketplacer::Options { limits: at_channels, review_share: 0.0, ..Default::default() };
    // Money that comes minutes later costs no time on a virtual clock, but polls by the dozen that find nothing new.
    let mirakl = sim_mirakl::Options { limits: at_channels, debit_minutes: (0, 0), ..Default::default() };
    let mut warehouse: Box<dyn Host> =
        Box::new(Simulated::new(sim_peoplevox::PeoplevoxTwin::new(Arc::clone(world), peoplevox), SEED));
    // The control call exists in every version of this twin; if it failed, parcels would leave, which costs calls only.
    let _ = warehouse.control(dawn(), "pickers", &serde_json::json!({ "paused": true }));
    let hosts: Vec<(String, Box<dyn Host>)> = vec![
        (PEOPLEVOX.to_owned(), warehouse),
        (
            MARKETPLACER.to_owned(),
            Box::new(Simulated::new(sim_marketplacer::MarketplacerTwin::new(Arc::clone(world), marketplacer), SEED)),
        ),
        (MIRAKL.to_owned(), Box::new(Simulated::new(sim_mirakl::MiraklTwin::new(Arc::clone(world), mirakl), SEED))),
    ];
    Twins { hosts }
}

/// A hub for this world on a database file, with the demonstration's configuration and these limits.
pub(super) fn hub(path: &Path, limits: Limits, now: Timestamp) -> Result<(Hub, Arc<dyn Store>), Failure> {
    let mut config = config(&Urls::in_process(), "http://127.0.0.1:8080", false).map_err(Failure::config)?;
    if limits == Limits::None {
        config.peoplevox.settings.calls = 10_000;
        config.peoplevox.settings.per_seconds = 1;
    }
    if limits != Limits::All {
        for channel in &mut config.marketplacer {
            channel.settings.get_or_insert_default().calls_per_10s = 600;
        }
        for channel in &mut config.mirakl {
            let windows = &mut channel.settings.get_or_insert_default().windows;
            for name in ["calls", "OR11", "STO01", "STO02", "STO03", "A01", "SH21"] {
                windows.insert(name.to_owned(), WindowLimit { calls: 100_000, per_seconds: 1 });
            }
        }
    }
    let parts = wire::parts(&config, &TwinSecrets).map_err(Failure::config)?;
    let store = SqliteStore::open(path, &config.merchant.id, SqliteOptions::default()).map_err(Failure::store)?;
    let store: Arc<dyn Store> = Arc::new(store);
    let entropy = wire::seeded_entropy(SEED);
    let hub = Hub::boot(Arc::clone(&store), parts.settings, parts.connectors, entropy, now).map_err(Failure::store)?;
    Ok((hub, store))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_has_two_lines_of_items_that_both_shops_sell() {
        let world = world(50).unwrap();
        assert_eq!(world.orders.len(), 50);
        for order in &world.orders {
            assert_eq!(order.lines.len(), 2);
            assert_ne!(order.lines[0].0, order.lines[1].0);
            assert_eq!(order.at, dawn());
        }
    }
}
