//! Taking up what an earlier run left.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use crossdock_connector::Connector;
use crossdock_store::{Store, StoreError};
use jiff::Timestamp;

use crate::lane::Lane;
use crate::lineage;
use crate::{Entropy, Hub, HubSettings, Inner};

pub(crate) fn boot(
    store: Arc<dyn Store>,
    settings: HubSettings,
    connectors: Vec<Arc<dyn Connector>>,
    mut entropy: Entropy,
    now: Timestamp,
) -> Result<Hub, StoreError> {
    let connectors: BTreeMap<String, Arc<dyn Connector>> =
        connectors.into_iter().map(|connector| (connector.connection().to_string(), connector)).collect();
    let recovery = lineage::check(&store, &settings, &connectors, &mut entropy, now)?;
    let horizon = now.saturating_add(settings.timings.horizon).unwrap_or(now);
    store.change(move |tx| tx.doubt_sending(horizon, now))?;
    let mut rules = BTreeMap::new();
    for channel in &settings.channels {
        let mut own = channel.rules.clone();
        let key = buffer_setting(&own.connection);
        if let Some(units) = store.ask(|tx| tx.setting(&key))?.and_then(|text| text.parse().ok()) {
            own.buffer = units;
        }
        rules.insert(own.connection.clone(), Arc::new(own));
    }
    let items_known = store.ask(|tx| tx.item_count())? > 0;
    let mut lanes = BTreeMap::new();
    for (name, connector) in &connectors {
        lanes.insert(name.clone(), Mutex::new(Lane::open(name, connector.clone(), &settings, &store, now)?));
    }
    let rung = connectors.keys().map(|name| (name.clone(), AtomicBool::new(false))).collect();
    let inner = Inner {
        store,
        settings,
        connectors,
        lanes,
        rung,
        rules: RwLock::new(rules),
        bell: OnceLock::new(),
        entropy: Mutex::new(entropy),
        now: AtomicI64::new(now.as_microsecond()),
        items_known: AtomicBool::new(items_known),
        booted: now,
        recovery,
    };
    for lane in inner.lanes.values() {
        lane.lock().unwrap_or_else(PoisonError::into_inner).learn(&inner);
    }
    Ok(Hub { inner: Arc::new(inner) })
}

/// The setting that holds a channel's buffer when a person changed it.
pub(crate) fn buffer_setting(connection: &str) -> String {
    format!("buffer.{connection}")
}
