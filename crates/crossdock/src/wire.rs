//! From configuration to a hub: connectors, rules, database.

use std::path::Path;
use std::sync::Arc;

use crossdock_connector::Connector;
use crossdock_engine::{ChannelSettings, Entropy, HubSettings, Timings};
use crossdock_flow::StockMode;
use crossdock_marketplacer::Marketplacer;
use crossdock_mirakl::Mirakl;
use crossdock_model::Private;
use crossdock_peoplevox::Peoplevox;
use jiff::SignedDuration;

use crate::config::{Config, ConfigFault, seconds};

/// A connection's way out.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) connection: String,
    pub(crate) base_url: String,
    pub(crate) timeout_seconds: u64,
}

/// Everything that a hub is made of, before its database is opened.
pub(crate) struct Parts {
    pub(crate) settings: HubSettings,
    pub(crate) connectors: Vec<Arc<dyn Connector>>,
    pub(crate) routes: Vec<Route>,
}

/// Where secrets come from when a configuration is wired.
pub(crate) trait Secrets {
    fn read(&self, source: &crate::config::SecretSource, place: &str) -> Result<Private<String>, ConfigFault>;
}

/// Secrets as the configuration says, files relative to a folder.
pub(crate) struct Beside<'a>(pub(crate) &'a Path);

impl Secrets for Beside<'_> {
    fn read(&self, source: &crate::config::SecretSource, place: &str) -> Result<Private<String>, ConfigFault> {
        source.read(place, self.0)
    }
}

/// Builds connectors and settings.
pub(crate) fn parts(config: &Config, secrets: &dyn Secrets) -> Result<Parts, ConfigFault> {
    let mut connectors: Vec<Arc<dyn Connector>> = Vec::new();
    let mut routes = Vec::new();
    let mut channels = Vec::new();
    let fault = |place: &str, error: &dyn std::fmt::Display| ConfigFault(format!("{place}: {error}"));

    let zone = config.merchant.time_zone.as_str();
    let warehouse = &config.peoplevox;
    let password = secrets.read(&warehouse.password, "peoplevox.password")?;
    let connector = Peoplevox::new(warehouse.name.clone(), warehouse.settings.clone(), password)
        .map_err(|error| fault("peoplevox.settings", &error))?;
    connectors.push(Arc::new(connector));
    routes.push(Route {
        connection: warehouse.name.to_string(),
        base_url: warehouse.base_url.clone(),
        timeout_seconds: warehouse.timeout_seconds,
    });

    for channel in &config.marketplacer {
        let place = format!("marketplacer `{}`", channel.name);
        let key = secrets.read(&channel.api_key, &format!("{place}.api_key"))?;
        let basic = channel
            .basic_password
            .as_ref()
            .map(|source| secrets.read(source, &format!("{place}.basic_password")))
            .transpose()?;
        let settings = channel.settings.clone().unwrap_or_default();
        let connector =
            Marketplacer::new(channel.name.clone(), settings, key, basic).map_err(|error| fault(&place, &error))?;
        connectors.push(Arc::new(connector));
        routes.push(route(channel));
        channels.push(ChannelSettings {
            rules: channel.rules(StockMode::Event, zone),
            orders_every: channel.poll(60),
            listings_every: minutes(channel.stock.read_back_minutes),
            stock_every: seconds(channel.stock.every_seconds),
        });
    }
    for channel in &config.mirakl {
        let place = format!("mirakl `{}`", channel.name);
        let key = secrets.read(&channel.api_key, &format!("{place}.api_key"))?;
        if channel.basic_password.is_some() {
            return Err(ConfigFault(format!("{place}: Mirakl has no second password. Remove `basic_password`")));
        }
        let settings = channel.settings.clone().unwrap_or_default();
        let connector = Mirakl::new(channel.name.clone(), settings, key).map_err(|error| fault(&place, &error))?;
        let mut rules = channel.rules(StockMode::Schedule, zone);
        if channel.orders.despatch_within_hours.is_none() {
            rules.despatch_within = connector.service_levels().despatch_within;
        }
        // The file's own carriers come first: a person's choice beats a preset.
        rules
            .carrier_aliases
            .extend(connector.carrier_aliases().iter().map(|(alias, name)| ((*alias).to_owned(), (*name).to_owned())));
        connectors.push(Arc::new(connector));
        routes.push(route(channel));
        channels.push(ChannelSettings {
            rules,
            // OR11 may be called once a minute and also serves the look before each acceptance
            // (contracts/john-lewis.md §2.2), so every second minute is left to those.
            orders_every: channel.poll(120),
            listings_every: minutes(channel.stock.read_back_minutes),
            stock_every: seconds(channel.stock.every_seconds),
        });
    }
    let timings = &config.timings;
    let defaults = Timings::default();
    let settings = HubSettings {
        merchant: config.merchant.name.clone(),
        merchant_id: config.merchant.id.to_string(),
        zone: config.merchant.time_zone.clone(),
        warehouse: warehouse.name.to_string(),
        channels,
        public_url: config.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
        timings: Timings {
            health_every: seconds(timings.health_seconds),
            despatches_every: seconds(timings.despatches_seconds),
            availability_every: minutes(timings.availability_minutes),
            items_every: minutes(timings.items_minutes),
            carriers_every: minutes(timings.carriers_minutes),
            lookback: seconds(timings.first_look_back_days.saturating_mul(86_400)),
            horizon: seconds(timings.doubt_seconds),
            doubling_horizon: defaults.doubling_horizon.max(seconds(timings.doubt_seconds)),
            overlap: minutes(timings.overlap_minutes),
            settle: seconds(timings.settle_seconds),
            ..defaults
        },
    };
    Ok(Parts { settings, connectors, routes })
}

fn route<S>(channel: &crate::config::Channel<S>) -> Route {
    Route {
        connection: channel.name.to_string(),
        base_url: channel.base_url.clone(),
        timeout_seconds: channel.timeout_seconds,
    }
}

fn minutes(count: u64) -> SignedDuration {
    seconds(count.saturating_mul(60))
}

/// Secrets for webhooks, from the operating system.
pub(crate) fn system_entropy() -> Entropy {
    Box::new(|| {
        use std::io::Read as _;
        let mut bytes = [0; 32];
        let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
        // Without a source of secrets nothing may be subscribed; an all-zero token would be guessable.
        assert!(read.is_ok(), "the operating system gives no random bytes");
        bytes
    })
}

/// Secrets of a simulated world: the same for the same seed.
pub(crate) fn seeded_entropy(seed: u64) -> Entropy {
    let mut rng = sim_core::Rng::new(seed, "hub/entropy");
    Box::new(move || {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&rng.bits().to_le_bytes());
        }
        bytes
    })
}
