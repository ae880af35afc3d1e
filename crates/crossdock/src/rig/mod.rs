//! A whole world in one process: the three twins and the hub, on one virtual clock.

pub(crate) mod demo_config;
pub(crate) mod oracle;
#[cfg(test)]
mod restored;
pub(crate) mod sabotage;
#[cfg(test)]
mod stories;
pub(crate) mod virtual_drive;

use std::sync::Arc;

use jiff::Timestamp;
use sim_core::{Host, Simulated, World};
use sim_marketplacer::MarketplacerTwin;
use sim_mirakl::MiraklTwin;
use sim_peoplevox::PeoplevoxTwin;

/// The connection names of the demonstration world.
pub(crate) const PEOPLEVOX: &str = "peoplevox";
/// See [`PEOPLEVOX`].
pub(crate) const MARKETPLACER: &str = "marketplacer";
/// See [`PEOPLEVOX`].
pub(crate) const MIRAKL: &str = "john-lewis";

/// A second Mirakl operator with other habits: one shipment per order, automatic acceptance, a key of its own.
pub(crate) const SECOND_MIRAKL: &str = "kingsway";

/// When simulated worlds begin: a Monday, well before the first pick.
pub(crate) fn dawn() -> Timestamp {
    // 2026-11-23T06:00:00Z
    Timestamp::from_second(1_795_413_600).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The second operator's key.
pub(crate) const SECOND_MIRAKL_KEY: &str = "kingsway-demo-key";

/// The twins of a world, by connection name.
pub(crate) struct Twins {
    pub(crate) hosts: Vec<(String, Box<dyn Host>)>,
}

/// How the twins differ from their defaults.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of a remote that stands alone")]
pub(crate) struct TwinOptions {
    /// No published limit is enforced.
    pub(crate) unlimited: bool,
    /// Mirakl without multi-shipment.
    pub(crate) single_shipment: bool,
    /// A second, differently configured Mirakl operator beside the first.
    pub(crate) second_mirakl: bool,
    /// Pickers who take minutes instead of hours.
    pub(crate) quick_pickers: bool,
}

impl Twins {
    pub(crate) fn new(world: &Arc<World>, options: &TwinOptions) -> Self {
        let seed = world.plan.seed;
        let mut peoplevox = sim_peoplevox::Options { limits: !options.unlimited, ..Default::default() };
        if options.quick_pickers {
            (peoplevox.pick_after, peoplevox.pack_after) = ((4, 9), (1, 3));
            peoplevox.second_parcel_after = (2, 6);
        }
        let marketplacer = sim_marketplacer::Options { limits: !options.unlimited, ..Default::default() };
        let mirakl = sim_mirakl::Options {
            limits: !options.unlimited,
            shipments: if options.single_shipment {
                sim_mirakl::Shipments::Single
            } else {
                sim_mirakl::Shipments::Multi
            },
            ..Default::default()
        };
        let mut hosts: Vec<(String, Box<dyn Host>)> = vec![
            (PEOPLEVOX.to_owned(), Box::new(Simulated::new(PeoplevoxTwin::new(Arc::clone(world), peoplevox), seed))),
            (
                MARKETPLACER.to_owned(),
                Box::new(Simulated::new(MarketplacerTwin::new(Arc::clone(world), marketplacer), seed)),
            ),
            (MIRAKL.to_owned(), Box::new(Simulated::new(MiraklTwin::new(Arc::clone(world), mirakl), seed))),
        ];
        if options.second_mirakl {
            let other = sim_mirakl::Options {
                api_key: SECOND_MIRAKL_KEY.to_owned(),
                shop_id: 77,
                acceptance: sim_mirakl::Acceptance::Automatic,
                shipments: sim_mirakl::Shipments::Single,
                limits: !options.unlimited,
                ..Default::default()
            };
            let twin = MiraklTwin::new(Arc::clone(world), other);
            hosts.push((SECOND_MIRAKL.to_owned(), Box::new(Simulated::new(twin, seed ^ 1))));
        }
        Self { hosts }
    }

    pub(crate) fn host(&mut self, connection: &str) -> Option<&mut Box<dyn Host>> {
        self.hosts.iter_mut().find(|(name, _)| name == connection).map(|(_, host)| host)
    }

    /// Sets the common faults of every twin to one rate.
    pub(crate) fn faults(&mut self, rate: f64) {
        for (_, host) in &mut self.hosts {
            host.faults().set_common(rate);
        }
    }
}
