//! A lane: everything that goes to one connection, one call after the other, within the remote's limits.

mod flight;
mod hints;
mod outcome;
mod pick;
mod push;
mod queue;
mod reads;
mod window;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crossdock_connector::{Call, Capability, Connector, Operation, Page, Read, ReadKind, Session};
use crossdock_model::{Available, DespatchRow};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::{ConnectionRow, EffectRow, Phase, ScheduleRow, Store, StoreError, WindowRow};
use jiff::{SignedDuration, Timestamp};

use crate::{HubSettings, Inner};
use window::Meter;

/// What a lane wants.
#[derive(Debug)]
pub enum LaneTurn {
    /// Make this call and report it with [`crate::Hub::completed`]. Everything about it is already on the disk.
    Call(Box<Outgoing>),
    /// Nothing to do until this moment, or until the bell rings.
    Idle(Option<Timestamp>),
}

/// A call to make.
#[derive(Debug)]
pub struct Outgoing {
    /// Names the call when its result is reported.
    pub ticket: u64,
    /// The call; its URI is relative to the connection's base URL.
    pub call: Call,
    /// No byte may leave after this moment (rule R4).
    pub deadline: Timestamp,
}

/// A call under way.
#[derive(Clone)]
struct Flight {
    work: Work,
    marks: Vec<(String, i64)>,
    label: &'static str,
    asked: Timestamp,
}

/// What a call is for.
#[derive(Clone)]
enum Work {
    Login,
    Read { read: Read, source: Source },
    Stage { effects: Vec<Due>, writes: bool },
}

/// An effect, what it says, and how the store has it.
#[derive(Clone)]
struct Due {
    row: EffectRow,
    operation: Arc<Operation>,
    /// Phase and epoch as stored. What a look found is kept in memory only: whoever starts anew looks again.
    stored: (Phase, i64),
}

/// A row to store, with the phase and the epoch that the store has of it.
type Move = (EffectRow, Phase, i64);

/// Who asked for a read.
#[derive(Debug, Clone)]
enum Source {
    Schedule(ReadKind),
    Hints {
        kind: ReadKind,
        keys: Vec<String>,
        asked: Timestamp,
        /// Despatch rows of earlier pages: a parcel may straddle two.
        rows: Vec<DespatchRow>,
    },
}

/// A scheduled read that is under way over several pages.
struct Run {
    next: Read,
    started: Timestamp,
    /// Figures of a stock sweep: they are taken in together, so that the cliff guard sees the whole.
    figures: Vec<Available>,
    /// Items, kit parts and carriers of a full list.
    lists: Lists,
}

#[derive(Default)]
struct Lists {
    items: Vec<crossdock_model::Item>,
    parts: Vec<crossdock_model::KitPart>,
    carriers: Vec<crossdock_model::Carrier>,
    /// Rows of the despatch report: a parcel may straddle two pages.
    despatches: Vec<DespatchRow>,
    /// Whether any listing was read at all: an empty answer never empties the table.
    listings: u64,
    /// Orders as the warehouse holds them.
    warehouse: Vec<crossdock_model::WarehouseOrder>,
    /// Rows that could not be read.
    unreadable: u64,
    /// What they are rows of, as far as that could be read.
    named: std::collections::BTreeSet<String>,
    /// Those of which not even that could be read.
    nameless: u64,
}

pub(crate) struct Lane {
    name: String,
    connector: Arc<dyn Connector>,
    session: Session,
    meters: BTreeMap<String, Meter>,
    budgets: Vec<crossdock_connector::Budget>,
    row: ConnectionRow,
    /// The row as the store has it.
    stored: ConnectionRow,
    schedules: BTreeMap<ReadKind, ScheduleRow>,
    every: BTreeMap<ReadKind, SignedDuration>,
    runs: BTreeMap<ReadKind, Run>,
    /// Hint reads that have more pages.
    pages: Vec<(Read, Source)>,
    flights: BTreeMap<u64, Flight>,
    next_ticket: u64,
    backoff_until: Option<Timestamp>,
    failures: u32,
    logins: Vec<Timestamp>,
    queue: queue::Queue,
    /// Effects that must travel in batches of at most this many, after a batch with them was refused.
    caps: HashMap<i64, usize>,
    stock_cap: Option<usize>,
    next_stock: Option<Timestamp>,
    guard_pass_until: Option<Timestamp>,
    since_sweep: u32,
    /// Whether the last call was one of the reads that go before everything else.
    urgent_last: bool,
    /// Stock pushes in a row of which nobody knows what became.
    lost_pushes: u32,
    /// How often the hub had stopped to write when the lane last asked.
    stops_seen: u32,
}

impl Lane {
    pub(crate) fn open(
        name: &str,
        connector: Arc<dyn Connector>,
        settings: &HubSettings,
        store: &Arc<dyn Store>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (row, stored, windows) =
            store.ask(|tx| Ok((tx.connection(name)?, tx.schedules(name)?, tx.windows(name)?)))?;
        let budgets = connector.windows();
        let meters = budgets
            .iter()
            .map(|budget| {
                let stored = windows.iter().find(|row| row.window == budget.window);
                (budget.window.clone(), Meter::new(budget, restart(stored, connector.in_flight(), now)))
            })
            .collect();
        let every = periods(connector.as_ref(), name, settings);
        let schedules = every
            .keys()
            .map(|kind| {
                let row = stored.iter().find(|row| row.name == kind.as_str()).cloned();
                (*kind, row.unwrap_or_else(|| fresh(name, *kind, now)))
            })
            .collect();
        let session = Session { facts: row.facts.iter().cloned().collect(), now, ..Session::default() };
        Ok(Self {
            name: name.to_owned(),
            session,
            meters,
            budgets,
            stored: row.clone(),
            row,
            schedules,
            every,
            runs: BTreeMap::new(),
            pages: Vec::new(),
            flights: BTreeMap::new(),
            next_ticket: 1,
            backoff_until: None,
            failures: 0,
            logins: Vec::new(),
            queue: queue::Queue::default(),
            caps: HashMap::new(),
            stock_cap: None,
            next_stock: None,
            guard_pass_until: None,
            since_sweep: 0,
            urgent_last: false,
            lost_pushes: 0,
            stops_seen: 0,
            connector,
        })
    }

    /// What the remote said of itself changes the channel's rules: whether one order may leave in several shipments.
    pub(crate) fn learn(&self, inner: &Inner) {
        let capabilities = self.connector.capabilities(&self.session);
        inner.change_rules(&self.name, |rules| {
            rules.partial_shipments = capabilities.contains(&Capability::PartialShipments);
            rules.any_carrier_name = capabilities.contains(&Capability::AnyCarrierName);
        });
    }

    /// Tries a stopped connection again.
    pub(crate) fn reconnect(&mut self, now: Timestamp) {
        self.row.stopped = false;
        self.backoff_until = None;
        self.failures = 0;
        self.logins.clear();
        self.session.token = None;
        if let Some(health) = self.schedules.get_mut(&ReadKind::Health) {
            health.next = now;
        }
    }

    /// Lets the next stock pushes pass the guard.
    pub(crate) fn release_guard(&mut self, until: Timestamp) {
        self.row.guard = None;
        self.guard_pass_until = Some(until);
    }

    /// Reads everything anew, with every window counted as full, because the hub found that it has gone back in time.
    fn begin_anew(&mut self, now: Timestamp) {
        self.runs.clear();
        for row in self.schedules.values_mut() {
            row.next = now;
            row.resume = None;
        }
        self.meters.values_mut().for_each(|meter| meter.fill(now));
    }

    /// Lets go of what was found, because a restored hub was released.
    pub(crate) fn forget_looks(&mut self) {
        self.queue.forget_looks();
    }

    pub(crate) fn row(&self) -> &ConnectionRow {
        &self.row
    }

    pub(crate) fn schedule_rows(&self) -> impl Iterator<Item = (&ScheduleRow, SignedDuration)> {
        self.schedules.iter().map(|(kind, row)| (row, self.every.get(kind).copied().unwrap_or_default()))
    }

    /// Windows with calls used, calls allowed and the window's length.
    pub(crate) fn usage(&mut self, now: Timestamp) -> Vec<(String, u32, u32, SignedDuration)> {
        self.budgets
            .iter()
            .filter_map(|budget| {
                let (used, limit) = self.meters.get_mut(&budget.window)?.usage(now);
                Some((budget.window.clone(), used, limit, budget.per))
            })
            .collect()
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.connector.kind()
    }

    fn window_rows(&self, names: &[&str]) -> Vec<WindowRow> {
        names
            .iter()
            .filter_map(|name| {
                let calls = self.meters.get(*name)?.calls();
                Some(WindowRow { connection: self.name.clone(), window: (*name).to_owned(), calls })
            })
            .collect()
    }
}

/// How long after it was written down a call may still reach a remote: its send deadline, and as much again on the way.
const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// How long after the end of a process what it had sent may still be on its way.
const OUTLIVES: SignedDuration = SignedDuration::from_secs(5);

/// What a stored window is worth after a restart: the calls that were under way may have reached the remote later than
/// they were made, or be about to, so the newest ones are counted as late as that.
fn restart(stored: Option<&WindowRow>, in_flight: usize, now: Timestamp) -> Vec<(i64, u32)> {
    let stored = stored.filter(|_| !planted::on(Bug::WindowForgotten));
    let mut calls = stored.map(|row| row.calls.clone()).unwrap_or_default();
    let newest = calls.len().saturating_sub(in_flight);
    let on_its_way = now.saturating_add(OUTLIVES).unwrap_or(now).as_microsecond();
    for (at, _) in calls.iter_mut().skip(newest) {
        let latest = at.saturating_add(i64::try_from(ARRIVES_WITHIN.as_micros()).unwrap_or(i64::MAX));
        *at = latest.min(on_its_way).max(*at);
    }
    calls
}

fn fresh(connection: &str, kind: ReadKind, now: Timestamp) -> ScheduleRow {
    ScheduleRow {
        connection: connection.to_owned(),
        name: kind.as_str().to_owned(),
        next: now,
        watermark: None,
        started: None,
        resume: None,
        last_good: None,
        failures: 0,
        problem: String::new(),
    }
}

/// How often each read of a connection runs.
fn periods(connector: &dyn Connector, name: &str, settings: &HubSettings) -> BTreeMap<ReadKind, SignedDuration> {
    let timings = &settings.timings;
    let channel = settings.channel(name);
    connector
        .reads()
        .into_iter()
        .filter_map(|kind| {
            let every = match kind {
                ReadKind::Health => timings.health_every,
                ReadKind::Orders => channel?.orders_every,
                ReadKind::Listings => channel?.listings_every,
                ReadKind::Carriers => timings.carriers_every,
                ReadKind::Items | ReadKind::Kits => timings.items_every,
                ReadKind::Availability => timings.availability_every,
                ReadKind::Despatches => timings.despatches_every,
                ReadKind::OrdersById | ReadKind::DespatchesOf | ReadKind::WarehouseOrders => return None,
            };
            Some((kind, every))
        })
        .collect()
}

/// The first page of a scheduled read.
fn first_read(kind: ReadKind, since: Timestamp) -> Read {
    let page = Page::first();
    match kind {
        ReadKind::Health => Read::Health { page },
        ReadKind::Orders => Read::Orders { since, page },
        ReadKind::Listings => Read::Listings { page },
        ReadKind::Carriers => Read::Carriers { page },
        ReadKind::Items => Read::Items { page },
        ReadKind::Kits => Read::Kits { page },
        ReadKind::Availability => Read::Availability { items: Vec::new(), page },
        ReadKind::Despatches => Read::Despatches { since, page },
        ReadKind::OrdersById => Read::OrdersById { ids: Vec::new() },
        ReadKind::DespatchesOf => Read::DespatchesOf { orders: Vec::new(), page },
        ReadKind::WarehouseOrders => Read::WarehouseOrders { orders: Vec::new(), page },
    }
}
