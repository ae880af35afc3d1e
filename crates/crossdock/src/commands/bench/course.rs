//! A hub and its twins on one virtual clock, with the machine's time told apart: what the hub took, what the twins took.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossdock_connector::{Reply, SendError};
use crossdock_engine::{Hub, LaneTurn, Outgoing};
use crossdock_store::{FlowKind, Store};
use jiff::{SignedDuration, Timestamp};
use sim_core::{Answer, Effect, Host, Outbound};

use crate::Failure;
use crate::clock::Clock;
use crate::rig::Twins;
use crate::rig::virtual_drive::delivery;

/// How many callbacks are under way at once.
const CALLBACKS: usize = 8;

/// A run under measurement.
pub(super) struct Course {
    pub(super) twins: Twins,
    pub(super) hub: Hub,
    pub(super) store: Arc<dyn Store>,
    /// The simulated moment.
    pub(super) now: Timestamp,
    /// Connections that are not driven for the time being.
    pub(super) resting: BTreeSet<String>,
    /// The moments of all calls so far, per connection.
    pub(super) calls: BTreeMap<String, Vec<Timestamp>>,
    /// How many calls of each name were made so far, per connection.
    pub(super) labels: BTreeMap<(String, &'static str), u64>,
    /// Seconds of the machine's time that the hub took.
    pub(super) hub_seconds: f64,
    clock: Clock,
    bell: Arc<Bell>,
}

/// Which lanes were rung, and how many of them rest.
#[derive(Default)]
struct Bell {
    state: Mutex<Rung>,
    changed: Condvar,
}

#[derive(Default)]
struct Rung {
    lanes: BTreeSet<String>,
    resting: usize,
    /// Every lane rests: nothing more happens at this moment.
    over: bool,
}

impl Bell {
    fn state(&self) -> MutexGuard<'_, Rung> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self, lane: &str) {
        if self.state().lanes.insert(lane.to_owned()) {
            self.changed.notify_all();
        }
    }

    /// Whether any lane was rung since this was asked.
    fn any(&self) -> bool {
        !std::mem::take(&mut self.state().lanes).is_empty()
    }

    /// Rests until the lane is rung (`true`) or all of them rest (`false`).
    fn rest(&self, lane: &str, lanes: usize) -> bool {
        let mut state = self.state();
        state.resting += 1;
        loop {
            if state.lanes.remove(lane) {
                state.resting -= 1;
                return true;
            }
            if state.resting == lanes && state.lanes.is_empty() {
                state.over = true;
                self.changed.notify_all();
            }
            if state.over {
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn begin(&self) {
        *self.state() = Rung::default();
    }

    /// Ends the moment for every lane.
    fn end(&self) {
        self.state().over = true;
        self.changed.notify_all();
    }
}

impl Course {
    pub(super) fn new(twins: Twins, hub: Hub, store: Arc<dyn Store>, now: Timestamp) -> Self {
        let bell = Arc::new(Bell::default());
        let ringer = Arc::clone(&bell);
        hub.set_bell(Box::new(move |lane| ringer.ring(lane)));
        Self {
            twins,
            hub,
            store,
            now,
            resting: BTreeSet::new(),
            calls: BTreeMap::new(),
            labels: BTreeMap::new(),
            hub_seconds: 0.0,
            clock: Clock::real(),
            bell,
        }
    }

    /// Lets something happen in the hub and counts its time.
    pub(super) fn timed<T>(&mut self, work: impl FnOnce(&Hub, Timestamp) -> T) -> T {
        let begin = self.clock.now();
        let result = work(&self.hub, self.now);
        self.hub_seconds += self.clock.now().duration_since(begin).as_secs_f64();
        result
    }

    /// Lets the twins do what is due, without the hub. Says when the next thing is.
    pub(super) fn tick(&mut self) -> Option<Timestamp> {
        let now = self.now;
        self.twins.hosts.iter_mut().filter_map(|(_, host)| host.tick(now)).min()
    }

    /// Does everything that is due and moves the clock to the next moment that matters, at most to `until`.
    pub(super) fn step(&mut self, until: Timestamp) -> Result<(), Failure> {
        self.bell.begin();
        let mut next = self.tick().map_or(until, |at| until.min(at));
        self.deliver();
        for connection in self.hub.connections() {
            if !self.resting.contains(&connection)
                && let Some(at) = self.lane(&connection)?
            {
                next = next.min(at);
            }
        }
        if let Some(at) = self.timed(Hub::turn).map_err(Failure::store)? {
            next = next.min(at);
        }
        self.advance(next, until);
        Ok(())
    }

    /// Moves the clock to the next moment that matters, at least by a millisecond, the finest grain of this world.
    fn advance(&mut self, next: Timestamp, until: Timestamp) {
        let least = self.now.saturating_add(SignedDuration::from_millis(1)).unwrap_or(until);
        // A bell rang for a lane that was already asked in this step: it is asked again at once.
        let next = if self.bell.any() { least } else { next };
        self.now = next.max(least).min(until.max(least));
    }

    /// Runs until a moment.
    pub(super) fn run_until(&mut self, until: Timestamp) -> Result<(), Failure> {
        while self.now < until {
            self.step(until)?;
        }
        Ok(())
    }

    /// Everything that a lane may do now. Says when it wants to be asked again.
    fn lane(&mut self, connection: &str) -> Result<Option<Timestamp>, Failure> {
        loop {
            match self.ask(connection)? {
                LaneTurn::Idle(at) => return Ok(at.filter(|at| *at > self.now)),
                LaneTurn::Call(outgoing) => self.carry_out(connection, &outgoing)?,
            }
        }
    }

    /// Like [`Course::step`], with what a real installation does side by side done side by side: a thread per lane, and
    /// callbacks a handful at a time beside them. Neither the calls nor the hub's own time are told apart.
    pub(super) fn step_abreast(&mut self, until: Timestamp) -> Result<(), Failure> {
        let (hub, now) = (&self.hub, self.now);
        let mut moments = vec![until];
        let mut outbound = Vec::new();
        for (_, host) in &mut self.twins.hosts {
            moments.extend(host.tick(now));
            outbound.push(host.take_outbound(now));
        }
        let (lanes, answers): (Vec<Result<Option<Timestamp>, Failure>>, _) = std::thread::scope(|scope| {
            let (bell, lanes) = (self.bell.as_ref(), self.twins.hosts.len());
            bell.begin();
            let deliveries = scope.spawn(|| -> Vec<Vec<(u64, Option<u16>)>> {
                outbound.iter().map(|calls| deliver_abreast(hub, calls, now)).collect()
            });
            let hosts = self.twins.hosts.iter_mut();
            let threads: Vec<_> = hosts
                .map(|(name, host)| scope.spawn(move || lane_abreast(hub, name, host.as_mut(), now, bell, lanes)))
                .collect();
            let panicked = |_| Err(Failure::bug(&"a lane panicked"));
            let lanes = threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect();
            (lanes, deliveries.join().unwrap_or_default())
        });
        for lane in lanes {
            moments.extend(lane?);
        }
        for ((_, host), answers) in self.twins.hosts.iter_mut().zip(answers) {
            answers.into_iter().for_each(|(id, status)| host.delivered(now, id, status));
        }
        moments.extend(hub.turn(now).map_err(Failure::store)?);
        self.advance(moments.into_iter().min().unwrap_or(until), until);
        Ok(())
    }

    /// Asks a lane for its next call.
    pub(super) fn ask(&mut self, connection: &str) -> Result<LaneTurn, Failure> {
        self.timed(|hub, now| hub.next_call(connection, now)).map_err(Failure::store)
    }

    /// Makes a call at the twin and reports what came of it; the reply takes no simulated time.
    pub(super) fn carry_out(&mut self, connection: &str, outgoing: &Outgoing) -> Result<(), Failure> {
        let now = self.now;
        self.calls.entry(connection.to_owned()).or_default().push(now);
        *self.labels.entry((connection.to_owned(), outgoing.call.label)).or_default() += 1;
        let Some(host) = self.twins.host(connection) else { return Ok(()) };
        let result = send(host.as_mut(), outgoing, now);
        self.timed(|hub, now| hub.completed(connection, outgoing.ticket, result, now)).map_err(Failure::store)
    }

    /// Delivers what the twins want to tell the hub.
    fn deliver(&mut self) {
        let now = self.now;
        for index in 0..self.twins.hosts.len() {
            let outbound = self.twins.hosts.get_mut(index).map(|(_, host)| host.take_outbound(now)).unwrap_or_default();
            for call in outbound {
                let status = delivery(&call.request).map(|delivery| self.timed(|hub, now| hub.deliver(&delivery, now)));
                if let Some((_, host)) = self.twins.hosts.get_mut(index) {
                    host.delivered(now, call.id, status.or(Some(404)));
                }
            }
        }
    }

    /// How many orders stand in a state.
    pub(super) fn orders_in(&self, state: &str) -> Result<u64, Failure> {
        let counts = self.store.ask(|tx| tx.count_states(FlowKind::Order, None)).map_err(Failure::store)?;
        Ok(counts.into_iter().find(|(word, _)| word == state).map_or(0, |(_, count)| count))
    }

    /// What a twin logged of one kind after a place in its log.
    pub(super) fn logged(&mut self, connection: &str, kind: &str, after: u64) -> Vec<Effect> {
        let log = self.twins.host(connection).map(|host| host.effects().after(after).to_vec()).unwrap_or_default();
        log.into_iter().filter(|effect| effect.kind == kind).collect()
    }

    /// The calls made at a connection so far.
    pub(super) fn calls_at(&self, connection: &str) -> &[Timestamp] {
        self.calls.get(connection).map_or(&[], Vec::as_slice)
    }

    /// An error that says where the orders are stuck.
    pub(super) fn stuck(&self, wanted: u64, state: &str) -> Failure {
        let counts = self.store.ask(|tx| tx.count_states(FlowKind::Order, None)).unwrap_or_default();
        Failure::bug(&format!("of {wanted} orders not all became {state}: {counts:?} at {}", self.now))
    }
}

/// Makes a call at a twin; the reply takes no simulated time.
fn send(host: &mut dyn Host, outgoing: &Outgoing, now: Timestamp) -> Result<Reply, SendError> {
    match host.serve(now, &outgoing.call.request) {
        Answer::Reply(response) => Ok(Reply { response, at: now }),
        Answer::Lost => Err(SendError::Lost("the simulated line went dead".to_owned())),
        Answer::Refused => Err(SendError::NotSent("the simulated remote refused".to_owned())),
    }
}

/// Everything that a lane may do now, on a thread of its own, until all of them rest.
fn lane_abreast(
    hub: &Hub,
    connection: &str,
    host: &mut dyn Host,
    now: Timestamp,
    bell: &Bell,
    lanes: usize,
) -> Result<Option<Timestamp>, Failure> {
    let done = lane_until_all_rest(hub, connection, host, now, bell, lanes);
    if done.is_err() {
        bell.end();
    }
    done
}

fn lane_until_all_rest(
    hub: &Hub,
    connection: &str,
    host: &mut dyn Host,
    now: Timestamp,
    bell: &Bell,
    lanes: usize,
) -> Result<Option<Timestamp>, Failure> {
    loop {
        match hub.next_call(connection, now).map_err(Failure::store)? {
            LaneTurn::Idle(at) => {
                if !bell.rest(connection, lanes) {
                    return Ok(at.filter(|at| *at > now));
                }
            }
            LaneTurn::Call(outgoing) => {
                let result = send(host, &outgoing, now);
                hub.completed(connection, outgoing.ticket, result, now).map_err(Failure::store)?;
            }
        }
    }
}

/// Delivers callbacks from several threads at once, as remotes do. Gives the answers.
fn deliver_abreast(hub: &Hub, outbound: &[Outbound], now: Timestamp) -> Vec<(u64, Option<u16>)> {
    let answer = move |call: &Outbound| {
        let status = delivery(&call.request).map_or(404, |delivery| hub.deliver(&delivery, now));
        (call.id, Some(status))
    };
    let share = outbound.len().div_ceil(CALLBACKS).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = outbound
            .chunks(share)
            .map(|some| scope.spawn(move || some.iter().map(answer).collect::<Vec<_>>()))
            .collect();
        // A thread that panicked leaves its callbacks unanswered, which the twin repeats.
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    })
}
