//! The engine: observe → decide → act, driven from outside.
//!
//! Nothing in here sleeps, reads a clock, opens a socket or draws a number. A driver asks each lane for its
//! [next call](Hub::next_call), performs it however it likes, and [reports](Hub::completed) what came back; it calls
//! [`Hub::turn`] for flows that wait for a moment. Production does so from tokio with all lanes side by side, a simulation
//! from one thread on a virtual clock.
//!
//! Architecture invariant: no remote's name, no wire type, no SQL. What a remote is called and how it speaks is the
//! connectors' business; how rows are kept is the store's.

mod apply;
mod boot;
mod desk;
mod intake;
mod lane;
mod lineage;
mod ripple;
mod settings;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use crossdock_connector::{Connector, Reply, SendError};
use crossdock_flow::ChannelRules;
use crossdock_store::{Store, StoreError};
use jiff::Timestamp;

pub use intake::WebhookDelivery;
pub use lane::{LaneTurn, Outgoing};
pub use lineage::came_back;
pub use settings::{ChannelSettings, HubSettings, Timings};

use lane::Lane;

/// Called with a connection's name whenever that lane may have something to do earlier than it said.
pub type Bell = Box<dyn Fn(&str) + Send + Sync>;

/// Where secrets come from: 32 bytes that nobody can guess.
pub type Entropy = Box<dyn FnMut() -> [u8; 32] + Send>;

/// One merchant's hub.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: HubSettings,
    pub(crate) connectors: BTreeMap<String, Arc<dyn Connector>>,
    lanes: BTreeMap<String, Mutex<Lane>>,
    /// Connections at which something was planned that their lanes have not read yet.
    rung: BTreeMap<String, AtomicBool>,
    rules: RwLock<BTreeMap<String, Arc<ChannelRules>>>,
    bell: OnceLock<Bell>,
    entropy: Mutex<Entropy>,
    now: AtomicI64,
    /// Whether the item master was ever read. Until then no order or listing can be judged.
    items_known: AtomicBool,
    /// When this run began.
    booted: Timestamp,
    /// Whether the database came back from a copy, and what follows from it.
    pub(crate) recovery: lineage::Recovery,
}

impl Hub {
    /// Sets a hub up over a database and its connectors, and takes up what an earlier run left: effects that were being
    /// sent become doubtful (rule R9), windows and schedules go on where they were. A database that was restored from a
    /// copy is noticed here: the hub then reads and looks, and writes nowhere until a person lets it (rule R14).
    pub fn boot(
        store: Arc<dyn Store>,
        settings: HubSettings,
        connectors: Vec<Arc<dyn Connector>>,
        entropy: Entropy,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        boot::boot(store, settings, connectors, entropy, now)
    }

    /// Sets who is told when a lane may have something to do. Set once, by the driver.
    pub fn set_bell(&self, bell: Bell) {
        let _ = self.inner.bell.set(bell);
    }

    /// The connections, warehouse first.
    pub fn connections(&self) -> Vec<String> {
        self.inner.connection_names()
    }

    /// The next call of a lane, already written down, or when to ask again.
    pub fn next_call(&self, connection: &str, now: Timestamp) -> Result<LaneTurn, StoreError> {
        self.inner.saw(now);
        match self.inner.lane(connection) {
            Some(mut lane) => lane.next_call(&self.inner, now),
            None => Ok(LaneTurn::Idle(None)),
        }
    }

    /// Reports what came of a call. `result` is the reply, or why there is none.
    pub fn completed(
        &self,
        connection: &str,
        ticket: u64,
        result: Result<Reply, SendError>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.saw(now);
        let ripple = match self.inner.lane(connection) {
            Some(mut lane) => lane.completed(&self.inner, ticket, result, now)?,
            None => return Ok(()),
        };
        self.inner.ring(ripple.rings());
        Ok(())
    }

    /// Steps the flows whose moment has come; says when the next one does. Raises the pulse that tells a restored database.
    pub fn turn(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.inner.saw(now);
        let (ripple, next) = apply::wake_flows(&self.inner, now)?;
        self.inner.ring(ripple.rings());
        lineage::pulse(&self.inner, now)?;
        Ok(next)
    }

    /// Takes a webhook or event callback in. Returns the HTTP status to answer.
    pub fn deliver(&self, delivery: &WebhookDelivery, now: Timestamp) -> u16 {
        self.inner.saw(now);
        intake::deliver(&self.inner, delivery, now)
    }

    /// Feeds warehouse figures that were obtained outside a lane (a file, a bench). At most one row per item.
    pub fn feed_availability(
        &self,
        rows: Vec<crossdock_model::Available>,
        asked: Timestamp,
        now: Timestamp,
    ) -> Result<FeedResult, StoreError> {
        self.inner.saw(now);
        let (ripple, result) = apply::feed(&self.inner, rows, asked)?;
        self.inner.ring(ripple.rings());
        Ok(result)
    }

    /// The database.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }
}

/// What a feed changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedResult {
    /// Items whose figure changed.
    pub changed: u64,
    /// Items whose figure is the same.
    pub unchanged: u64,
    /// Codes that are not in the item master.
    pub unknown: u64,
    /// Listings that wait to be sent because of it.
    pub waiting: u64,
}

impl Inner {
    fn lane(&self, connection: &str) -> Option<MutexGuard<'_, Lane>> {
        self.lanes.get(connection).map(|lane| lane.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn connection_names(&self) -> Vec<String> {
        let channels = self.settings.channels.iter().map(|channel| channel.rules.connection.clone());
        std::iter::once(self.settings.warehouse.clone()).chain(channels).collect()
    }

    /// Whether orders and listings may be read: the item master is known, or has not come for five minutes (then the
    /// orders stand in front of a person rather than unseen).
    pub(crate) fn may_judge(&self, now: Timestamp) -> bool {
        self.items_known.load(Ordering::Relaxed) || now.duration_since(self.booted) > jiff::SignedDuration::from_mins(5)
    }

    pub(crate) fn items_are_known(&self) {
        if !self.items_known.swap(true, Ordering::Relaxed) {
            let names = self.connection_names();
            self.ring(names.iter().map(String::as_str));
        }
    }

    fn saw(&self, now: Timestamp) {
        self.now.fetch_max(now.as_microsecond(), Ordering::Relaxed);
    }

    pub(crate) fn latest(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Tells lanes that something was planned for them, after it was committed.
    pub(crate) fn ring<'a>(&self, connections: impl Iterator<Item = &'a str>) {
        for connection in connections {
            if let Some(rung) = self.rung.get(connection) {
                rung.store(true, Ordering::Release);
            }
            if let Some(bell) = self.bell.get() {
                bell(connection);
            }
        }
    }

    /// Whether a lane was told of something since it last asked.
    pub(crate) fn was_rung(&self, connection: &str) -> bool {
        self.rung.get(connection).is_some_and(|rung| rung.swap(false, Ordering::Acquire))
    }

    pub(crate) fn rules(&self, connection: &str) -> Option<Arc<ChannelRules>> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).get(connection).cloned()
    }

    /// Changes one channel's rules under the lock, so that two changes never overwrite each other.
    pub(crate) fn change_rules(&self, connection: &str, change: impl FnOnce(&mut ChannelRules)) {
        let mut all = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = all.get_mut(connection) {
            change(Arc::make_mut(rules));
        }
    }

    pub(crate) fn secret(&self) -> String {
        use std::fmt::Write as _;
        let bytes = (self.entropy.lock().unwrap_or_else(PoisonError::into_inner))();
        bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
