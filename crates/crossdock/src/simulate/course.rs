//! Drives twins and hub on one clock, as `drive.rs` does in real time: what the database refuses is offered again, and a
//! process can die at any call.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use crossdock_connector::{Reply, SendError};
use crossdock_engine::{Hub, LaneTurn, Outgoing};
use crossdock_store::StoreError;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use sim_core::{Answer, Outbound};

use super::disk::{Disk, Edge};
use super::trace::Trace;
use crate::rig::Twins;
use crate::rig::virtual_drive::delivery;

/// How long the hub waits when the database refuses (a second in production; the clock of this world is coarser).
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);
/// How long a lane is left alone at the most when nothing was told to it. Five seconds in production; so long here because
/// a bell that was not rung must be noticed, and because a quiet night should cost nothing.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);
/// How long a call takes.
const LATENCY: SignedDuration = SignedDuration::from_millis(150);
/// Callbacks that are remembered, to be told again.
const REMEMBERED: usize = 64;
/// More calls than this at one moment are a lane that spins.
const MOST_AT_ONCE: u32 = 2_000;

/// The process has died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Died;

/// A reply that could not be stored yet.
struct Report {
    connection: String,
    ticket: u64,
    result: Result<Reply, SendError>,
    at: Timestamp,
}

/// Twins and hub on one clock.
pub(crate) struct Course {
    pub(crate) twins: Twins,
    /// `None` while no process runs.
    pub(crate) hub: Option<Hub>,
    pub(crate) disk: Disk,
    pub(crate) now: Timestamp,
    pub(crate) trace: Trace,
    pub(crate) calls: u64,
    /// After so many more calls, the process dies at this edge of the next one.
    pub(crate) crash: Option<(u64, Edge)>,
    /// Callbacks that were made, newest last.
    pub(crate) callbacks: VecDeque<Request<Bytes>>,
    /// What must never be said: mistakes in the program.
    pub(crate) problems: Vec<String>,
    /// Texts of errors, for the search for secrets.
    pub(crate) errors: Vec<String>,
    reports: Vec<Report>,
    /// When each lane wants to be asked again.
    due: BTreeMap<String, Timestamp>,
    /// Lanes that were told of something since they were asked.
    rung: Arc<Mutex<BTreeSet<String>>>,
    /// When the flows want to be woken; `None`: something happened that may have changed it.
    flows_due: Option<Timestamp>,
}

impl Course {
    pub(crate) fn new(twins: Twins, disk: Disk, now: Timestamp, trace: Trace) -> Self {
        Self {
            twins,
            hub: None,
            disk,
            now,
            trace,
            calls: 0,
            crash: None,
            callbacks: VecDeque::new(),
            problems: Vec::new(),
            errors: Vec::new(),
            reports: Vec::new(),
            due: BTreeMap::new(),
            rung: Arc::default(),
            flows_due: None,
        }
    }

    /// A process runs.
    pub(crate) fn process_begins(&mut self, hub: Hub) {
        self.due.clear();
        self.flows_due = None;
        let rung = Arc::clone(&self.rung);
        hub.set_bell(Box::new(move |connection| {
            rung.lock().unwrap_or_else(PoisonError::into_inner).insert(connection.to_owned());
        }));
        self.hub = Some(hub);
    }

    /// The process is gone, and with it everything that was only in its memory.
    pub(crate) fn process_ends(&mut self) {
        self.hub = None;
        self.reports.clear();
        self.crash = None;
        self.disk.calm();
    }

    /// A person has acted past the lanes: flows may want to be woken earlier than they said.
    pub(crate) fn something_happened(&mut self) {
        self.flows_due = None;
    }

    /// Runs until a moment, or until the process dies.
    pub(crate) fn run_until(&mut self, until: Timestamp) -> Result<(), Died> {
        while self.now < until {
            self.step(until)?;
        }
        Ok(())
    }

    fn step(&mut self, until: Timestamp) -> Result<(), Died> {
        let mut next = until;
        for index in 0..self.twins.hosts.len() {
            if let Some((_, host)) = self.twins.hosts.get_mut(index)
                && let Some(at) = host.tick(self.now)
            {
                next = next.min(at);
            }
            self.deliver(index)?;
        }
        if let Some(hub) = self.hub.clone() {
            self.report_again(&hub)?;
            for connection in hub.connections() {
                let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
                let waits = self.due.get(&connection).copied().filter(|at| !rung && *at > self.now);
                let at = match waits {
                    Some(at) => at,
                    None => {
                        let longest = later(self.now, LONGEST_WAIT);
                        let at = self.lane(&hub, &connection)?.map_or(longest, |at| at.min(longest));
                        self.due.insert(connection, at);
                        at
                    }
                };
                next = next.min(at);
            }
            let flows = match self.flows_due {
                Some(at) if at > self.now => at,
                _ => match hub.turn(self.now) {
                    Ok(at) => at.unwrap_or(Timestamp::MAX),
                    Err(error) => self.refused("flows", &error)?,
                },
            };
            self.flows_due = Some(flows);
            next = next.min(flows);
            if !self.rung.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                next = self.now;
            }
            if !self.reports.is_empty() {
                next = next.min(later(self.now, PATIENCE));
            }
        }
        let least = later(self.now, SignedDuration::from_millis(1));
        self.now = next.max(least).min(until.max(least));
        Ok(())
    }

    /// Says when to try again, or that the process has died.
    fn refused(&mut self, who: &str, error: &StoreError) -> Result<Timestamp, Died> {
        if self.disk.is_dead() || matches!(error, StoreError::Doubtful(_)) {
            self.disk.kill();
            return Err(Died);
        }
        let text = format!("{who}: {error}");
        if !matches!(error, StoreError::Unwritable(_)) {
            self.problems.push(text.clone());
        }
        if self.errors.len() < 500 {
            self.errors.push(text);
        }
        Ok(later(self.now, PATIENCE))
    }

    fn lane(&mut self, hub: &Hub, connection: &str) -> Result<Option<Timestamp>, Died> {
        for _ in 0..MOST_AT_ONCE {
            match hub.next_call(connection, self.now) {
                Ok(LaneTurn::Idle(at)) => return Ok(at.filter(|at| *at > self.now)),
                Ok(LaneTurn::Call(outgoing)) => {
                    if !self.carry_out(hub, connection, &outgoing)? {
                        return Ok(Some(later(self.now, PATIENCE)));
                    }
                }
                Err(error) => return self.refused(connection, &error).map(Some),
            }
        }
        self.problems.push(format!("{connection}: the lane makes calls without end at {}", self.now));
        Ok(Some(later(self.now, SignedDuration::from_mins(10))))
    }

    /// Makes a call. Whether what came of it is stored.
    fn carry_out(&mut self, hub: &Hub, connection: &str, outgoing: &Outgoing) -> Result<bool, Died> {
        let edge = match &mut self.crash {
            Some((0, edge)) => Some(*edge),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if edge == Some(Edge::Before) {
            return Err(self.die());
        }
        self.calls += 1;
        self.flows_due = None;
        let request = &outgoing.call.request;
        self.trace.call(self.now, connection, request);
        let Some(host) = self.twins.host(connection) else { return Ok(true) };
        let answer = host.serve(self.now, request);
        self.now = later(self.now, LATENCY);
        self.trace.answer(self.now, &answer);
        if edge.is_some() {
            return Err(self.die());
        }
        let result = match answer {
            Answer::Reply(response) => Ok(Reply { response, at: self.now }),
            Answer::Lost => Err(SendError::Lost("the simulated line went dead".to_owned())),
            Answer::Refused => Err(SendError::NotSent("the simulated remote refused".to_owned())),
        };
        let report = Report { connection: connection.to_owned(), ticket: outgoing.ticket, result, at: self.now };
        self.report(hub, report)
    }

    fn die(&mut self) -> Died {
        self.crash = None;
        self.disk.kill();
        Died
    }

    /// Stores what came of a call, or keeps it to be offered again.
    fn report(&mut self, hub: &Hub, report: Report) -> Result<bool, Died> {
        match hub.completed(&report.connection, report.ticket, report.result.clone(), report.at) {
            Ok(()) => Ok(true),
            Err(error) => {
                self.refused(&report.connection.clone(), &error)?;
                self.reports.push(report);
                Ok(false)
            }
        }
    }

    fn report_again(&mut self, hub: &Hub) -> Result<(), Died> {
        for report in std::mem::take(&mut self.reports) {
            self.report(hub, report)?;
        }
        Ok(())
    }

    /// Delivers what a twin wants to tell the hub. While no process runs, nobody answers.
    fn deliver(&mut self, index: usize) -> Result<(), Died> {
        let now = self.now;
        let Some((_, host)) = self.twins.hosts.get_mut(index) else { return Ok(()) };
        for Outbound { id, request, .. } in host.take_outbound(now) {
            let status = self.knock(&request)?;
            if let Some((_, host)) = self.twins.hosts.get_mut(index) {
                host.delivered(now, id, status);
            }
        }
        Ok(())
    }

    /// A request at the hub's door, from whomever. `None`: nobody is there.
    pub(crate) fn knock(&mut self, request: &Request<Bytes>) -> Result<Option<u16>, Died> {
        let path = request.uri().to_string();
        self.trace.note(self.now, "callback", &[path.as_bytes(), request.body()]);
        if self.callbacks.len() == REMEMBERED {
            self.callbacks.pop_front();
        }
        self.callbacks.push_back(request.clone());
        let Some(hub) = &self.hub else { return Ok(None) };
        self.flows_due = None;
        let status = delivery(request).map_or(404, |delivery| hub.deliver(&delivery, self.now));
        self.trace.note(self.now, "answered", &[&status.to_le_bytes()]);
        if self.disk.is_dead() { Err(Died) } else { Ok(Some(status)) }
    }
}

pub(crate) fn later(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(at)
}
