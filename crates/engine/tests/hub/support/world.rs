//! One hub, its database in a directory of its own, and the remotes around it, on a clock that tests turn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use crossdock_connector::{Connector, Operation, Reply, SendError};
use crossdock_engine::{ChannelSettings, Hub, HubSettings, LaneTurn, Outgoing, Timings, WebhookDelivery};
use crossdock_flow::ChannelRules;
use crossdock_model::MerchantId;
use crossdock_store::{
    Beside, EffectRow, ExceptionRow, FlowKind, FlowRow, Mark, Phase, ReadJob, ReadTx, Store, StoreError, WriteJob,
};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};

use super::fake::{Fake, Remote};

/// Monday morning.
pub(crate) fn dawn() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// A call under way.
pub(crate) struct Flying {
    lands: Timestamp,
    connection: String,
    ticket: u64,
    result: Result<Bytes, SendError>,
}

/// Dice that fall the same way for the same seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// A disk that can be full, and that counts how often it is read.
struct Disk {
    store: SqliteStore,
    full: Arc<AtomicBool>,
    reads: Arc<AtomicU64>,
}

impl Store for Disk {
    fn write(&self, job: WriteJob) -> Result<(), StoreError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(StoreError::Unwritable("no space left".to_owned()));
        }
        self.store.write(job)
    }
    fn read(&self, job: ReadJob<'_>) -> Result<(), StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.read(job)
    }
    fn version(&self) -> u64 {
        self.store.version()
    }
    fn mark(&self) -> Result<Beside, StoreError> {
        self.store.mark()
    }
    fn put_mark(&self, mark: &Mark) -> Result<(), StoreError> {
        self.store.put_mark(mark)
    }
}

pub(crate) struct World {
    dir: tempfile::TempDir,
    /// Whether the disk is full.
    pub(crate) full: Arc<AtomicBool>,
    reads: Arc<AtomicU64>,
    /// How often each lane read the database to find its next call.
    pub(crate) lane_reads: BTreeMap<String, u64>,
    settings: HubSettings,
    fakes: BTreeMap<String, Arc<Fake>>,
    hub: Option<Hub>,
    /// How often it was started: two starts draw different secrets.
    starts: u8,
    pub(crate) now: Timestamp,
    flying: Vec<Flying>,
    pub(crate) dice: Dice,
    /// The longest that a reply takes, in milliseconds.
    pub(crate) slowest: i64,
    /// Writes are kept back here instead of being sent.
    pub(crate) hold_writes: bool,
    pub(crate) held: Vec<(String, Outgoing)>,
}

impl World {
    /// A warehouse `wms` and the channels given.
    pub(crate) fn new(warehouse: Fake, channels: Vec<(Fake, ChannelRules)>) -> Self {
        Self::with(warehouse, channels, Timings::default())
    }

    pub(crate) fn with(warehouse: Fake, channels: Vec<(Fake, ChannelRules)>, timings: Timings) -> Self {
        let minute = SignedDuration::from_mins(1);
        let mut fakes = BTreeMap::from([("wms".to_owned(), Arc::new(warehouse))]);
        let mut list = Vec::new();
        for (fake, rules) in channels {
            fakes.insert(rules.connection.clone(), Arc::new(fake));
            list.push(ChannelSettings {
                rules,
                orders_every: minute,
                listings_every: minute * 10,
                stock_every: minute,
            });
        }
        let settings = HubSettings {
            merchant: "Example Ltd".to_owned(),
            merchant_id: "example".to_owned(),
            zone: "Europe/London".to_owned(),
            warehouse: "wms".to_owned(),
            channels: list,
            public_url: Some("https://hub.example".to_owned()),
            timings,
        };
        let mut world = Self {
            dir: tempfile::tempdir().unwrap(),
            full: Arc::default(),
            reads: Arc::default(),
            lane_reads: BTreeMap::new(),
            settings,
            fakes,
            hub: None,
            starts: 0,
            now: dawn(),
            flying: Vec::new(),
            dice: Dice(1),
            slowest: 100,
            hold_writes: false,
            held: Vec::new(),
        };
        world.restart();
        world
    }

    /// The process dies, with every call under way, and comes up again.
    pub(crate) fn restart(&mut self) {
        self.flying.clear();
        self.held.clear();
        self.hub = None;
        self.starts = self.starts.wrapping_add(1);
        // What had left the dead process arrived by now.
        for fake in self.fakes.values() {
            fake.remote().log.iter_mut().for_each(|asked| asked.at = asked.at.min(self.now));
        }
        let merchant = MerchantId::new("example").unwrap();
        let path = self.dir.path().join("hub.db");
        let store = SqliteStore::open(&path, &merchant, SqliteOptions::default()).unwrap();
        let store: Arc<dyn Store> =
            Arc::new(Disk { store, full: Arc::clone(&self.full), reads: Arc::clone(&self.reads) });
        let connectors = self.fakes.values().map(|fake| Arc::clone(fake) as Arc<dyn Connector>).collect();
        let (mut next, start) = (0_u8, self.starts);
        let entropy = Box::new(move || {
            next = next.wrapping_add(1);
            let mut secret = [next; 32];
            secret[0] = start;
            secret
        });
        self.hub = Some(Hub::boot(store, self.settings.clone(), connectors, entropy, self.now).unwrap());
    }

    /// Stops the hub, copies its files, and starts it again.
    pub(crate) fn backup(&mut self) -> tempfile::TempDir {
        self.hub = None;
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(self.dir.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        self.restart();
        copy
    }

    /// The hub is lost, with every call under way; a backup's database takes its place, with its mark or without.
    pub(crate) fn restore(&mut self, backup: &std::path::Path, mark: bool) {
        self.hub = None;
        for file in std::fs::read_dir(backup).unwrap().map(Result::unwrap) {
            let name = file.file_name();
            if mark || !name.to_string_lossy().ends_with(".mark") {
                std::fs::copy(file.path(), self.dir.path().join(name)).unwrap();
            }
        }
        self.restart();
    }

    /// Where the hub's files are.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn hub(&self) -> &Hub {
        self.hub.as_ref().unwrap()
    }

    /// What a remote holds; let go of it before the world turns again.
    pub(crate) fn remote(&self, connection: &str) -> std::sync::MutexGuard<'_, Remote> {
        self.fakes[connection].remote()
    }

    pub(crate) fn ask<R>(&self, job: impl FnOnce(&dyn ReadTx) -> Result<R, StoreError>) -> R {
        self.hub().store().ask(job).unwrap()
    }

    pub(crate) fn order(&self, connection: &str, id: &str) -> FlowRow {
        let key = format!("{connection}/{id}");
        self.ask(|tx| tx.flow_by_key(FlowKind::Order, &key)).expect("the order is known")
    }

    pub(crate) fn effects(&self, connection: &str, id: &str) -> Vec<EffectRow> {
        let order = self.order(connection, id);
        self.ask(|tx| {
            let mut all = tx.effects_of(order.id)?;
            for parcel in tx.children(order.id)? {
                all.extend(tx.effects_of(parcel.id)?);
            }
            Ok(all)
        })
    }

    /// The order's one effect.
    pub(crate) fn effect(&self, connection: &str, id: &str) -> EffectRow {
        let mut all = self.effects(connection, id);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// Open exceptions of one cause.
    pub(crate) fn open(&self, cause: &str) -> Vec<ExceptionRow> {
        self.ask(|tx| {
            let mut all = Vec::new();
            for group in tx.groups()? {
                all.extend(tx.open_in_group(&group.fingerprint, 1_000)?);
            }
            Ok(all)
        })
        .into_iter()
        .filter(|row| row.what.cause == cause)
        .collect()
    }

    /// What the lane wants now, with its promises checked: every write is on the disk as being sent.
    pub(crate) fn next(&mut self, connection: &str) -> Result<Outgoing, Option<Timestamp>> {
        let before: Vec<(String, EffectRow)> = self.ask(|tx| {
            let rows = tx.due_effects(connection, self.now, 1_000)?;
            rows.into_iter().map(|row| Ok((tx.operation(row.id)?.unwrap_or_default(), row))).collect()
        });
        let doubtful = |operation: &str| {
            let row = before.iter().find(|(said, _)| said == operation);
            // A figure in doubt is given up, and the newest one may be the same.
            row.is_some_and(|(_, row)| row.phase == Phase::Unknown && row.kind != "set_stock")
        };
        let reads = self.reads.load(Ordering::Relaxed);
        let turn = self.hub().next_call(connection, self.now).unwrap();
        let reads = self.reads.load(Ordering::Relaxed) - reads;
        *self.lane_reads.entry(connection.to_owned()).or_default() += reads;
        match turn {
            LaneTurn::Idle(at) => Err(at),
            LaneTurn::Call(out) => {
                for operation in writes(&out) {
                    self.promises(connection, &operation, &out);
                    assert!(!doubtful(&operation), "R6: a write in doubt is never answered by another write");
                }
                Ok(*out)
            }
        }
    }

    /// R2: when a write is handed out, it is on the disk, with its deadline.
    fn promises(&self, connection: &str, text: &str, out: &Outgoing) {
        let operation: Operation = serde_json::from_str(text).unwrap();
        let number = match &operation {
            Operation::CreateOrder(draft) => draft.number.clone(),
            Operation::AcceptOrder { order_id, .. } => order_id.clone(),
            Operation::ConfirmDespatch(shipment) => shipment.order_id.clone(),
            // Belongs to no order; its phase is looked at where it matters.
            Operation::SetStock { .. } | Operation::Watch { .. } => return,
        };
        let rows = self.ask(|tx| {
            let mut all = Vec::new();
            for order in tx.find(&number.to_lowercase(), 10)? {
                all.extend(tx.effects_of(order.id)?);
                for parcel in tx.children(order.id)? {
                    all.extend(tx.effects_of(parcel.id)?);
                }
            }
            Ok(all)
        });
        let said = |row: &EffectRow| self.ask(|tx| tx.operation(row.id)).unwrap_or_default();
        let row = rows.iter().find(|row| row.connection == connection && row.phase.is_live() && said(row) == text);
        let row = row.expect("R1: the write is known");
        assert_eq!((row.phase, row.send_deadline), (Phase::Sending, Some(out.deadline)), "R2");
        assert!(row.attempt > 0 && row.epoch > 0, "R2: attempt and epoch are written ahead");
        assert!(out.deadline > self.now, "R4");
    }

    /// Hands a call to the remote; its reply lands by itself when the world turns.
    pub(crate) fn send(&mut self, connection: &str, out: &Outgoing) {
        let wait = self.dice.below(self.slowest + 1);
        let lands = self.now + SignedDuration::from_millis(wait);
        let arrived = self.now + SignedDuration::from_millis(self.dice.below(wait + 1));
        let result = self.fakes[connection].serve(&out.call, arrived);
        let lands =
            if matches!(result, Err(SendError::Lost(_))) { self.now + SignedDuration::from_secs(30) } else { lands };
        self.flying.push(Flying { lands, connection: connection.to_owned(), ticket: out.ticket, result });
    }

    /// Every reply that is under way arrives now.
    pub(crate) fn land(&mut self) {
        for flying in std::mem::take(&mut self.flying) {
            self.now = self.now.max(flying.lands);
            let at = self.now;
            let result = flying.result.map(|body| Reply { response: http::Response::new(body), at });
            self.hub().completed(&flying.connection, flying.ticket, result, at).unwrap();
        }
    }

    /// The disk takes nothing while the replies under way arrive; they are kept, to be offered again.
    pub(crate) fn land_on_a_full_disk(&mut self) {
        self.full.store(true, Ordering::Relaxed);
        for flying in &self.flying {
            let at = flying.lands;
            let result = flying.result.clone().map(|body| Reply { response: http::Response::new(body), at });
            let taken = self.hub().completed(&flying.connection, flying.ticket, result, at);
            assert!(taken.is_err(), "nothing could be stored");
        }
        self.full.store(false, Ordering::Relaxed);
    }

    /// Makes every call that a connection wants now.
    pub(crate) fn poll(&mut self, connection: &str) {
        while let Ok(out) = self.next(connection) {
            self.send(connection, &out);
            self.land();
        }
    }

    /// Turns the world for so many seconds.
    pub(crate) fn run(&mut self, seconds: i64) {
        let until = self.now + SignedDuration::from_secs(seconds);
        loop {
            let mut next = self.settle(until);
            next = self.flying.iter().map(|flying| flying.lands).fold(next, Timestamp::min);
            if next >= until {
                self.now = until;
                return;
            }
            self.now = next;
        }
    }

    /// Everything that can happen at this moment; says when something can happen next.
    fn settle(&mut self, until: Timestamp) -> Timestamp {
        let mut calls = 0;
        loop {
            while let Some(place) = self.flying.iter().position(|flying| flying.lands <= self.now) {
                let flying = self.flying.remove(place);
                let at = self.now;
                let result = flying.result.map(|body| Reply { response: http::Response::new(body), at });
                self.hub().completed(&flying.connection, flying.ticket, result, at).unwrap();
            }
            let mut next = until;
            if let Some(at) = self.hub().turn(self.now).unwrap() {
                next = next.min(at);
            }
            for connection in self.hub().connections() {
                loop {
                    match self.next(&connection) {
                        Ok(out) => {
                            calls += 1;
                            assert!(calls < 2_000, "{connection}: a storm of calls at one moment");
                            if self.hold_writes && !writes(&out).is_empty() {
                                self.held.push((connection.clone(), out));
                            } else {
                                self.send(&connection, &out);
                            }
                        }
                        Err(None) => break,
                        Err(Some(at)) => {
                            assert!(at > self.now, "{connection}: asks to be asked again at once");
                            next = next.min(at);
                            break;
                        }
                    }
                }
            }
            if !self.flying.iter().any(|flying| flying.lands <= self.now) {
                return next;
            }
        }
    }

    /// A callback for the subscription of an event, signed unless told otherwise.
    pub(crate) fn callback(&self, connection: &str, body: &str) -> WebhookDelivery {
        let row = self.ask(|tx| tx.subscriptions(connection)).remove(0);
        let mut headers = http::HeaderMap::new();
        headers.insert("x-secret", row.secret.parse().unwrap());
        WebhookDelivery {
            method: http::Method::POST,
            connection: connection.to_owned(),
            event: row.event,
            token: row.token,
            query: String::new(),
            headers,
            body: Bytes::from(body.to_owned()),
        }
    }
}

/// The operations that a call writes, as stored.
fn writes(out: &Outgoing) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_slice(out.call.request.body()).unwrap();
    if body["stage"] != "write" {
        return Vec::new();
    }
    let operations = body["operations"].as_array().unwrap();
    operations.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
