//! One seed, from an empty database to the verdict.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossdock_desk::{Act, Desk};
use crossdock_engine::Hub;
use crossdock_model::MerchantId;
use crossdock_store::{Store, StoreError};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sim_core::world::{Channel, PlannedOrder};
use sim_core::{FaultKind, Rng, World, WorldPlan};

use super::chaos::{Blow, Later, Scene};
use super::course::{Course, Died, later};
use super::disk::{Disk, Health, OnDisk};
use super::judge::{self, Verdict};
use super::ledger::{Key, Ledger, Sale};
use super::plan::{Crash, Plan, Step, What};
use super::story::Story;
use super::trace::Trace;
use crate::Failure;
use crate::config::Config;
use crate::rig::demo_config::{TwinSecrets, Urls, config};
use crate::rig::sabotage::Broken;
use crate::rig::{MARKETPLACER, PEOPLEVOX, TwinOptions, Twins, dawn};
use crate::wire;

/// What came of a seed.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) hash: blake3::Hash,
    pub(crate) orders: u64,
    pub(crate) calls: u64,
    /// The numbers of the commits that changed something.
    pub(crate) commits: Vec<u64>,
    pub(crate) restarts: u64,
    pub(crate) simulated: SignedDuration,
    /// Faults and events that struck, by word.
    pub(crate) injected: BTreeMap<String, u64>,
    /// What people did, in their words.
    pub(crate) acts: Vec<String>,
}

/// Causes whose page says: mend it there, then replay.
const REPLAYED: [&str; 9] = [
    "order.changed",
    "effect.in_doubt",
    "warehouse.refused",
    "warehouse.mismatch",
    "warehouse.conflict",
    "accept.refused",
    "despatch.refused",
    "channel.state",
    "order.unreadable",
];

/// When, after everything was mended, a person goes through what stands in front of them.
const ROUNDS: [i64; 4] = [20, 120, 240, 390];

/// A process that died shortly before the judge came has so long to finish what it left in doubt.
const SETTLES_AGAIN: SignedDuration = SignedDuration::from_mins(75);
/// So often the judge waits for one that died again.
const MOST_DELAYS: u32 = 4;

/// Who restored a backup comes back to it after so long, and again until the hub lets itself be released.
const RELEASES_AFTER: SignedDuration = SignedDuration::from_mins(25);

/// The configuration of the simulated hub: a real one's, with slower polls, since a night of unchanged answers shows nothing.
fn settings(callbacks: bool) -> Result<Config, Failure> {
    let mut config = config(&Urls::in_process(), "http://127.0.0.1:8080", false).map_err(Failure::config)?;
    if !callbacks {
        config.public_url = None;
    }
    config.timings.despatches_seconds = 900;
    config.timings.health_seconds = 3_600;
    config.timings.availability_minutes = 60;
    config.timings.items_minutes = 360;
    let slower = |orders: &mut crate::config::Orders, stock: &mut crate::config::Stock| {
        orders.poll_seconds = Some(900);
        stock.read_back_minutes = 90;
    };
    config.marketplacer.iter_mut().for_each(|channel| slower(&mut channel.orders, &mut channel.stock));
    config.mirakl.iter_mut().for_each(|channel| slower(&mut channel.orders, &mut channel.stock));
    Ok(config)
}

/// A mark in every customer's data, so that the search for personal data finds nothing else.
pub(crate) const CANARY: &str = "KANARIA";

fn world(plan: &Plan) -> Arc<World> {
    let mut world_plan = WorldPlan::new(plan.seed, dawn(), plan.orders, plan.trades);
    world_plan.items = 28;
    world_plan.defects = plan.defects;
    let mut world = World::new(world_plan);
    if let Some(world) = Arc::get_mut(&mut world) {
        for order in &mut world.orders {
            order.customer.line2 = format!("Flat {CANARY}-{}", order.number);
            order.customer.email = format!("{CANARY}.{}@relay.example", order.number).to_lowercase();
        }
    }
    world
}

/// One run.
pub(crate) struct Run {
    plan: Plan,
    world: Arc<World>,
    course: Course,
    story: Story,
    store: Option<Arc<dyn Store>>,
    config: Config,
    folder: tempfile::TempDir,
    path: PathBuf,
    files: u32,
    backup: Option<(Timestamp, PathBuf)>,
    /// What happens next, by moment and number.
    agenda: BTreeMap<(Timestamp, u64), Next>,
    entries: u64,
    items: Vec<String>,
    dice: Rng,
    told: bool,
    crashes: VecDeque<Crash>,
    /// When a process that had ended last came back, or will.
    up: Timestamp,
    /// What a backup has forgotten of people's decisions: decided again before the hub is released.
    forgotten: Vec<Act>,
}

#[derive(Debug, Clone)]
enum Next {
    Event(usize),
    Later(Box<Later>),
    Backup,
    Heal,
    Round,
    Judge,
}

/// Runs a plan. `told`: print everything that happens.
pub(crate) fn run(plan: &Plan, told: bool) -> Result<Outcome, Failure> {
    let mut run = Run::open(plan, told)?;
    run.boot()?;
    run.go()
}

impl Run {
    fn open(plan: &Plan, told: bool) -> Result<Self, Failure> {
        let folder = memory_folder().map_err(|error| Failure::bug(&error))?;
        let path = folder.path().join("hub-0.db");
        let world = world(plan);
        let options = TwinOptions {
            single_shipment: plan.single_shipment,
            quick_pickers: plan.quick_pickers,
            ..TwinOptions::default()
        };
        let mut twins = Twins::new(&world, &options);
        for rate in &plan.rates {
            if let Some(host) = twins.host(rate.connection) {
                host.faults().set(rate.kind, rate.share);
            }
        }
        let in_kits: Vec<&String> =
            world.catalogue.iter().flat_map(|item| item.parts.iter().map(|(code, _)| code)).collect();
        let free = world.catalogue.iter().filter(|item| {
            item.parts.is_empty() && !item.deactivated && item.on_hand > 10 && !in_kits.contains(&&item.code)
        });
        let items = free.map(|item| item.code.clone()).collect();
        let trace = if told { Trace::told() } else { Trace::default() };
        let mut run = Self {
            course: Course::new(twins, Disk::default(), dawn(), trace),
            story: Story::default(),
            store: None,
            config: settings(plan.callbacks)?,
            folder,
            path,
            files: 0,
            backup: None,
            agenda: BTreeMap::new(),
            entries: 0,
            items,
            dice: Rng::new(plan.seed, "simulate/run"),
            told,
            crashes: VecDeque::new(),
            up: dawn(),
            forgotten: Vec::new(),
            world,
            plan: plan.clone(),
        };
        for (index, event) in plan.chaos.iter().enumerate() {
            run.note(later(dawn(), event.at), Next::Event(index));
        }
        run.crashes = plan.crashes.iter().copied().collect();
        let heal = later(dawn(), plan.mended);
        run.note(heal, Next::Heal);
        ROUNDS.iter().for_each(|minutes| run.note(later(heal, SignedDuration::from_mins(*minutes)), Next::Round));
        run.note(later(heal, plan.settles), Next::Judge);
        if plan.chaos.iter().any(|event| event.what == What::OldBackup) {
            let hour = run.dice.between(2, plan.mended.as_hours() - 6);
            run.note(later(dawn(), SignedDuration::from_hours(hour)), Next::Backup);
        }
        Ok(run)
    }

    fn note(&mut self, at: Timestamp, next: Next) {
        self.entries += 1;
        self.agenda.insert((at, self.entries), next);
    }

    fn go(mut self) -> Result<Outcome, Failure> {
        let mut delays = MOST_DELAYS;
        while let Some(((at, _), next)) = self.agenda.pop_first() {
            if self.course.run_until(at).is_err() {
                // What was to happen then comes after the next start.
                self.died(false)?;
                self.note(at, next);
                continue;
            }
            if matches!(next, Next::Judge) {
                let settled = later(self.up, SETTLES_AGAIN);
                if settled <= self.course.now || delays == 0 {
                    break;
                }
                delays -= 1;
                self.note(settled, Next::Judge);
                continue;
            }
            if self.perform(next)? == Err(Died) {
                self.died(false)?;
            }
        }
        self.judge()
    }

    fn perform(&mut self, next: Next) -> Result<Result<(), Died>, Failure> {
        match next {
            Next::Event(index) => {
                let Some(event) = self.plan.chaos.get(index).cloned() else { return Ok(Ok(())) };
                let mut scene =
                    Scene { course: &mut self.course, story: &mut self.story, items: &self.items, later: Vec::new() };
                let decided = scene.story.decided.len();
                let blow = scene.happen(&event);
                let follow = scene.later;
                // Who has decided otherwise since does not go back to what was decided before.
                for (_, after) in self.story.decided.iter().skip(decided) {
                    self.forgotten.retain(|before| !of_the_same(before, after));
                }
                follow.into_iter().for_each(|(at, what)| self.note(at, Next::Later(Box::new(what))));
                match blow {
                    Ok(blow) => self.blow(blow)?,
                    Err(Died) => return Ok(Err(Died)),
                }
            }
            Next::Later(what) => self.follow(*what)?,
            Next::Backup => self.take_backup()?,
            Next::Heal => self.heal()?,
            Next::Round => self.round(),
            Next::Judge => {}
        }
        if self.course.disk.is_dead() && self.course.hub.is_some() { Ok(Err(Died)) } else { Ok(Ok(())) }
    }

    fn blow(&mut self, blow: Blow) -> Result<(), Failure> {
        match blow {
            Blow::None => Ok(()),
            Blow::Stop(seconds) => {
                if self.course.hub.is_none() {
                    return Ok(());
                }
                self.course.process_ends();
                self.store = None;
                self.down(seconds);
                Ok(())
            }
            Blow::PowerLost => self.died(true),
            Blow::Restore => {
                let Some((when, backup)) = self.backup.clone() else { return Ok(()) };
                self.story.happens(What::OldBackup);
                self.story.restored.push((self.course.now, when));
                self.course.process_ends();
                self.store = None;
                // The folder is emptied first, or only the database is replaced; the hub notices both.
                if self.dice.chance(0.5) {
                    self.course.disk.lose_mark();
                }
                self.files += 1;
                self.path = self.folder.path().join(format!("hub-{}.db", self.files));
                copy_database(&backup, &self.path, false).map_err(|error| Failure::bug(&error))?;
                self.down(60);
                let forgotten = self.story.decided.iter().filter(|(at, _)| *at >= when);
                self.forgotten = forgotten.map(|(_, act)| act.clone()).collect();
                let release = later(self.course.now, RELEASES_AFTER);
                self.note(release, Next::Later(Box::new(Later::Act(Act::ReleaseRestored))));
                Ok(())
            }
        }
    }

    /// The process has been killed: what it had not committed is gone. `torn`: the power failed in the middle of a write.
    fn died(&mut self, torn: bool) -> Result<(), Failure> {
        if self.course.hub.is_none() && self.store.is_none() {
            return Ok(());
        }
        self.course.trace.note(self.course.now, "died", &[]);
        // Copied before anything is closed in good order: this is what the next process finds.
        self.files += 1;
        let next = self.folder.path().join(format!("hub-{}.db", self.files));
        copy_database(&self.path, &next, torn).map_err(|error| Failure::bug(&error))?;
        self.course.process_ends();
        self.store = None;
        remove_database(&self.path);
        self.path = next;
        let seconds = self.dice.between(0, 600);
        self.down(seconds);
        Ok(())
    }

    /// Nothing runs until a process is started.
    fn down(&mut self, seconds: i64) {
        self.course.disk.revive();
        let (now, up) = (self.course.now, later(self.course.now, SignedDuration::from_secs(seconds)));
        self.story.outages.push((now, up));
        self.up = up;
        self.note(up, Next::Later(Box::new(Later::Boot)));
    }

    fn boot(&mut self) -> Result<(), Failure> {
        if self.course.hub.is_some() {
            return Ok(());
        }
        let now = self.course.now;
        self.course.trace.note(now, "boot", &[]);
        if let Some(Crash { step, after, edge }) = self.crashes.pop_front() {
            match step {
                Step::Commit => self.course.disk.crash_after(after, edge),
                Step::Call => self.course.crash = Some((after, edge)),
            }
        }
        let mut opened = self.open_hub(now);
        if self.course.disk.is_dead() {
            opened = Err(StoreError::Doubtful("it died while it started".to_owned()));
        }
        match opened {
            Ok((hub, store)) => {
                self.course.process_begins(hub);
                self.store = Some(store);
                Ok(())
            }
            Err(StoreError::Unwritable(_) | StoreError::Doubtful(_)) => {
                // Whoever watches over the process starts it again.
                self.store = None;
                self.down(300);
                Ok(())
            }
            Err(error) => Err(Failure::store(error)),
        }
    }

    fn open_hub(&mut self, now: Timestamp) -> Result<(Hub, Arc<dyn Store>), StoreError> {
        let bug = |error: &dyn std::fmt::Display| StoreError::Bug(error.to_string());
        let mut parts = wire::parts(&self.config, &TwinSecrets).map_err(|error| bug(&error))?;
        if let Some(how) = self.plan.sabotage {
            parts.connectors = parts.connectors.into_iter().map(|inner| Broken::wrap(inner, how)).collect();
        }
        let merchant = MerchantId::new(parts.settings.merchant_id.clone()).map_err(|error| bug(&error))?;
        let options = SqliteOptions { on_callers_thread: true, ..SqliteOptions::default() };
        let inner = SqliteStore::open(&self.path, &merchant, options)?;
        let store: Arc<dyn Store> = Arc::new(OnDisk { inner, disk: self.course.disk.clone() });
        let entropy = wire::seeded_entropy(self.plan.seed ^ (u64::from(self.files) << 32) ^ self.story.restarts);
        self.story.restarts += 1;
        let hub = Hub::boot(Arc::clone(&store), parts.settings, parts.connectors, entropy, now)?;
        Ok((hub, store))
    }

    fn take_backup(&mut self) -> Result<(), Failure> {
        if self.course.hub.is_some() {
            let path = self.folder.path().join("backup.db");
            copy_database(&self.path, &path, false).map_err(|error| Failure::bug(&error))?;
            self.backup = Some((self.course.now, path));
        }
        Ok(())
    }

    fn follow(&mut self, what: Later) -> Result<(), Failure> {
        self.course.trace.note(self.course.now, "later", &[format!("{what:?}").as_bytes()]);
        match what {
            Later::Control(connection, path, body) => {
                let now = self.course.now;
                if let Some(host) = self.course.twins.host(connection) {
                    // What it was about may be gone meanwhile.
                    let _ = host.control(now, path, &body);
                }
            }
            Later::Act(act) => self.act(&act),
            Later::DiskWell => self.course.disk.set_health(Health::Well),
            Later::RemoteUp(connection) => self.mend_faults(connection),
            Later::Boot => self.boot()?,
        }
        Ok(())
    }

    fn act(&mut self, act: &Act) {
        let mut scene =
            Scene { course: &mut self.course, story: &mut self.story, items: &self.items, later: Vec::new() };
        let releases = matches!(act, Act::ReleaseRestored);
        // Nobody was there to be asked, or nothing could be kept, or the process died of it.
        let tried = |scene: &mut Scene<'_>, act: &Act| {
            let well = scene.course.disk.is_well();
            let done = scene.act(act);
            let kept = well && !scene.course.disk.is_dead();
            (done, done.is_none() || done == Some(false) && !kept)
        };
        if releases {
            self.forgotten.retain(|act| tried(&mut scene, act).1);
        }
        let ready = !releases || self.forgotten.is_empty();
        let (done, in_vain) = if ready { tried(&mut scene, act) } else { (None, true) };
        let again = match act {
            // It says what it waits for; the person comes back.
            Act::ReleaseRestored => done != Some(true) && self.reads_only(),
            _ => in_vain && self.story.healed.is_none(),
        };
        if again {
            let at = later(self.course.now, RELEASES_AFTER);
            self.note(at, Next::Later(Box::new(Later::Act(act.clone()))));
        } else if let (Act::ReleaseRestored, Some((restored, _))) = (act, self.story.restored.last()) {
            self.story.outages.push((*restored, self.course.now));
        }
    }

    /// Whether nobody has released the hub yet since its database came back. One that is down cannot say so.
    fn reads_only(&self) -> bool {
        let Some(hub) = &self.course.hub else { return true };
        hub.exceptions().map_or(true, |groups| groups.iter().any(|group| group.cause == "hub.restored"))
    }

    /// A remote's faults are the plan's again.
    fn mend_faults(&mut self, connection: &str) {
        let Some(host) = self.course.twins.host(connection) else { return };
        host.faults().set_all(0.0);
        for rate in self.plan.rates.iter().filter(|rate| rate.connection == connection) {
            host.faults().set(rate.kind, rate.share);
        }
    }

    /// Faults end, whatever was switched off is on again, and there is stock for everybody (invariants I1, I7, I11).
    fn heal(&mut self) -> Result<(), Failure> {
        self.plan.rates.clear();
        let waiting: Vec<Next> =
            std::mem::take(&mut self.agenda).into_iter().fold(Vec::new(), |mut all, (key, next)| {
                match next {
                    Next::Later(what) => all.push(Next::Later(what)),
                    Next::Event(_) | Next::Backup => {}
                    other => {
                        self.agenda.insert(key, other);
                    }
                }
                all
            });
        self.course.disk.set_health(Health::Well);
        // A crash that was coming comes no more; those that a plan is about strike whenever they are due.
        if self.plan.crashes.is_empty() {
            self.course.crash = None;
            self.course.disk.calm();
        }
        for next in waiting {
            if let Next::Later(what) = next {
                self.follow(*what)?;
            }
        }
        self.boot()?;
        for (_, host) in &mut self.course.twins.hosts {
            host.faults().set_all(0.0);
        }
        let now = self.course.now;
        let restock: Vec<String> =
            self.world.catalogue.iter().filter(|item| item.parts.is_empty()).map(|item| item.code.clone()).collect();
        if let Some(host) = self.course.twins.host(PEOPLEVOX) {
            for item in restock {
                let _ = host.control(now, "stock", &json!({ "item": item, "receive": 40 }));
            }
        }
        self.story.healed = Some(now);
        Ok(())
    }

    /// A person goes through what stands in front of them and does what each says.
    fn round(&mut self) {
        let Some(hub) = self.course.hub.clone() else { return };
        let groups = hub.exceptions().unwrap_or_default();
        let ledger = Ledger::read(&self.course.twins);
        for group in groups {
            for exception in &group.exceptions {
                let (connection, order) = (exception.connection.clone(), exception.order.clone());
                let number = ledger
                    .stored
                    .iter()
                    .find(|(number, stored)| stored.key.1 == order || **number == order)
                    .map(|(number, _)| number.clone());
                self.see_to(&ledger, &group.cause, &connection, order, number);
            }
        }
    }

    /// Does what an exception asks for, as its page in `docs/errors` says.
    fn see_to(&mut self, ledger: &Ledger, cause: &str, connection: &str, order: String, number: Option<String>) {
        let key = ledger.sales.keys().find(|(_, known)| *known == order).cloned();
        let stored = number.as_ref().and_then(|number| ledger.stored.get(number));
        let cancelled_there = stored.is_some_and(|stored| stored.cancelled.is_some() || !stored.exists());
        match (cause, number) {
            ("order.cancelled_late", Some(number)) => {
                if key.and_then(|key| ledger.sales.get(&key)).is_none_or(Sale::over) {
                    self.control(PEOPLEVOX, "cancel", &json!({ "order": number }));
                    return;
                }
                // A part of it is still wanted: taken out of the warehouse, and sent there again as it is now.
                self.control(PEOPLEVOX, "delete", &json!({ "order": number }));
                self.act(&Act::Replay { order });
            }
            ("warehouse.cancelled" | "warehouse.refused", Some(_)) if cancelled_there => {
                let id = if connection == MARKETPLACER { "legacyId" } else { "order_id" };
                self.control(connection, "cancel", &json!({ id: order }));
            }
            ("warehouse.conflict" | "warehouse.mismatch", Some(number))
                if key.as_ref().and_then(|key| ledger.sales.get(key)).is_some_and(|sale| !sale.dropped.is_empty()) =>
            {
                // A part of it is not wanted any more: taken out, and sent again as it is now.
                self.control(PEOPLEVOX, "delete", &json!({ "order": number }));
                self.act(&Act::Replay { order });
            }
            ("warehouse.conflict" | "warehouse.mismatch", Some(number)) => {
                // Mended in the warehouse as the marketplace has it, then replayed.
                let address = key.as_ref().and_then(|key| self.address_of(key));
                if let Some(line1) = address {
                    self.control(PEOPLEVOX, "edit", &json!({ "order": number, "line1": line1 }));
                }
                let sale = key.and_then(|key| ledger.sales.get(&key));
                let wanted = sale.map(|sale| sale.left_at(self.course.now)).unwrap_or_default();
                for (sku, units) in wanted {
                    let item = self.story.mapped.get(&(connection.to_owned(), sku.clone())).cloned().unwrap_or(sku);
                    let body = json!({ "order": number, "item": item, "quantity": units });
                    self.control(PEOPLEVOX, "edit", &body);
                }
                self.act(&Act::Replay { order });
            }
            ("order.more_wanted", Some(number)) => self.see_to_lacking(ledger, connection, key, &number),
            ("sku.unknown" | "sku.inactive", _) => {
                let sale = key.and_then(|key| ledger.sales.get(&key));
                for sku in sale.map(|sale| sale.units.keys().cloned().collect::<Vec<_>>()).unwrap_or_default() {
                    if let Some(item) = self.story.mapped.get(&(connection.to_owned(), sku.clone())).cloned() {
                        self.act(&Act::MapSku { connection: connection.to_owned(), sku, item });
                    }
                }
            }
            ("hub.restored", _) => self.act(&Act::ReleaseRestored),
            ("stock.guard", _) => self.act(&Act::ReleaseGuard { connection: connection.to_owned() }),
            ("connection.auth", _) => self.act(&Act::Reconnect { connection: connection.to_owned() }),
            (cause, _) if REPLAYED.contains(&cause) && !order.is_empty() => self.act(&Act::Replay { order }),
            _ => {}
        }
    }

    /// Units that the warehouse was not given are added there; if it is too late for that, they are cancelled.
    fn see_to_lacking(&mut self, ledger: &Ledger, connection: &str, key: Option<Key>, number: &str) {
        let (Some(stored), Some(key)) = (ledger.stored.get(number), key) else { return };
        let wanted = ledger.sales.get(&key).map(|sale| sale.left_at(self.course.now)).unwrap_or_default();
        for (sku, units) in wanted {
            let item = self.story.mapped.get(&(connection.to_owned(), sku.clone())).cloned().unwrap_or(sku.clone());
            let lacking = units - stored.lines.get(&item).copied().unwrap_or(0);
            if lacking <= 0 {
                continue;
            }
            let body = json!({ "order": number, "item": item, "quantity": units });
            if stored.parcels.is_empty() && self.control(PEOPLEVOX, "edit", &body) {
                self.story.added.entry(number.to_owned()).or_default().insert(item, lacking);
            } else {
                let lines = json!([{ "sku": sku, "quantity": lacking }]);
                self.control(connection, "cancel", &json!({ "legacyId": key.1, "lines": lines }));
            }
        }
    }

    /// The first line of the address to which an order goes: corrected here, amended at the marketplace, or as it was placed.
    fn address_of(&self, key: &Key) -> Option<String> {
        let known = self.story.addresses.get(key).cloned();
        known.or_else(|| {
            let channel = if key.0 == MARKETPLACER { Channel::Marketplacer } else { Channel::Mirakl };
            let mut placed = self.world.orders.iter().filter(|order| order.channel == channel);
            placed.find(|order| order_id(order) == key.1).map(|order| order.customer.line1.clone())
        })
    }

    fn control(&mut self, connection: &str, path: &str, body: &serde_json::Value) -> bool {
        let now = self.course.now;
        let Some(host) = self.course.twins.host(connection) else { return false };
        let done = host.control(now, path, body).is_ok();
        self.course.trace.note(now, "person", &[path.as_bytes(), body.to_string().as_bytes(), &[u8::from(done)]]);
        done
    }

    fn judge(mut self) -> Result<Outcome, Failure> {
        let injected = self.injected();
        let ledger = Ledger::read(&self.course.twins);
        let states = self.course.twins.hosts.iter().map(|(name, host)| (name.clone(), host.state())).collect();
        let scene = judge::Evidence {
            ledger: &ledger,
            states: &states,
            story: &self.story,
            world: &self.world,
            single_shipment: self.plan.single_shipment,
            problems: &self.course.problems,
            errors: &self.course.errors,
            now: self.course.now,
        };
        let verdict = match (&self.course.hub, &self.store) {
            (Some(hub), Some(store)) => {
                let mut verdict = judge::judge(&scene, hub, store.as_ref()).map_err(Failure::store)?;
                if self.told {
                    verdict.journals = judge::journals(hub, store.as_ref()).map_err(Failure::store)?;
                }
                verdict
            }
            _ => Verdict::of("I11: the hub does not run although everything is well"),
        };
        let outcome = Outcome {
            verdict,
            hash: self.course.trace.hash(),
            orders: ledger.sales.values().filter(|sale| sale.placed.is_some()).count() as u64,
            calls: self.course.calls,
            commits: self.course.disk.changed(),
            restarts: self.story.restarts.saturating_sub(1),
            simulated: self.course.now.duration_since(dawn()),
            injected,
            acts: std::mem::take(&mut self.story.acts),
        };
        Ok(outcome)
    }

    fn injected(&mut self) -> BTreeMap<String, u64> {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (_, host) in &mut self.course.twins.hosts {
            for (kind, count) in host.faults().struck() {
                *sums.entry(fault_word(*kind)).or_default() += count;
            }
        }
        for (what, count) in &self.story.happened {
            *sums.entry(what.word()).or_default() += count;
        }
        sums
    }
}

/// The id that a channel's twin gives to an order of the world.
fn order_id(order: &PlannedOrder) -> String {
    match order.channel {
        Channel::Marketplacer => (10_000 + order.number).to_string(),
        Channel::Mirakl => format!("JL-{}-A", 1_000 + order.number),
    }
}

/// The word of a fault in reports and on the command line.
pub(crate) fn fault_word(kind: FaultKind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A folder in memory where there is one: whether the disk syncs is not what is simulated here (see [`copy_database`]).
fn memory_folder() -> std::io::Result<tempfile::TempDir> {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Copies file and write-ahead log as they are between two commits, which is all that is durable: every commit is synced
/// before it is answered. `torn`: with the beginning of a commit that never ended.
fn copy_database(from: &Path, to: &Path, torn: bool) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    let log = beside(from, "-wal");
    let mut bytes = if log.exists() { std::fs::read(&log)? } else { Vec::new() };
    if torn && bytes.len() > 4_096 {
        // A frame that was begun again: its checksum does not fit its place.
        let again = bytes.get(32..3_500).map(<[u8]>::to_vec).unwrap_or_default();
        bytes.extend(again);
    }
    if !bytes.is_empty() {
        std::fs::write(beside(to, "-wal"), bytes)?;
    }
    Ok(())
}

fn remove_database(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        // One that is gone already is what is wanted.
        let _ = std::fs::remove_file(beside(path, ending));
    }
}

/// Whether two decisions are about the same thing, so that the later one counts.
fn of_the_same(before: &Act, after: &Act) -> bool {
    match (before, after) {
        (Act::SetBuffer { connection: before, .. }, Act::SetBuffer { connection: after, .. }) => before == after,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::sabotage::Sabotage;

    fn told(plan: &Plan) -> Outcome {
        run(plan, false).unwrap_or_else(|failure| panic!("{}", failure.text))
    }

    #[test]
    fn i15_equal_seeds_tell_equal_stories_and_different_seeds_different_ones() {
        let hash = |seed| told(&Plan::small(seed, 3)).hash;
        assert_eq!(hash(5), hash(5));
        assert_ne!(hash(5), hash(6));
    }

    #[test]
    fn a_small_world_agrees_with_and_without_a_crash() {
        let crash = Crash { step: Step::Call, after: 40, edge: super::super::disk::Edge::After };
        for crashes in [Vec::new(), vec![crash]] {
            let expected = crashes.len() as u64;
            let outcome = told(&Plan { crashes, ..Plan::small(1, 5) });
            assert!(outcome.verdict.agrees(), "{:#?}", outcome.verdict.findings);
            assert_eq!((outcome.restarts, outcome.orders > 2), (expected, true));
        }
    }

    #[test]
    fn the_judge_finds_what_is_broken_on_purpose_and_a_hub_that_holds_everything_does_not_pass() {
        for (how, invariant) in [
            (Sabotage::ClaimShipped, "I4"),
            (Sabotage::DropLine, "I2"),
            (Sabotage::InflateStock, "I7"),
            (Sabotage::HoldAll, "I1"),
        ] {
            let verdict = told(&Plan { sabotage: Some(how), ..Plan::small(7, 8) }).verdict;
            let found = verdict.findings.iter().any(|finding| finding.starts_with(&format!("{invariant}:")));
            assert!(found, "{how:?}: {:?}", verdict.findings);
        }
    }
}
