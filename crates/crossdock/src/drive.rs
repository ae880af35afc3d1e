//! Drives a hub in real time: one thread per lane asks for calls, tokio carries them out side by side.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossdock_connector::{Reply, SendError};
use crossdock_engine::{Hub, LaneTurn, Outgoing};
use crossdock_store::StoreError;
use crossdock_transport::HttpTransport;
use tokio::runtime::Handle;

use crate::Failure;
use crate::clock::Clock;
use crate::wire::Route;

/// No lane waits longer than this, whatever it was told: a lost bell costs seconds, not hours.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Wakes one lane.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn wait(&self, longest: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(rung, longest, |rung| !*rung);
        let (mut rung, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *rung = false;
    }
}

/// A running hub. Dropping it does not stop it; the process does.
pub(crate) struct Driver {
    stop: Arc<AtomicBool>,
    bells: BTreeMap<String, Arc<Bell>>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Driver {
    /// Starts every lane.
    pub(crate) fn start(hub: &Hub, routes: &[Route], clock: Clock, runtime: &Handle) -> Result<Self, Failure> {
        let mut bells = BTreeMap::new();
        for connection in hub.connections() {
            bells.insert(connection, Arc::new(Bell::default()));
        }
        let ringers = bells.clone();
        hub.set_bell(Box::new(move |connection| {
            if let Some(bell) = ringers.get(connection) {
                bell.ring();
            }
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for route in routes {
            let transport = HttpTransport::new(&route.base_url, Duration::from_secs(route.timeout_seconds))
                .map_err(|error| Failure::config(format!("connection `{}`: {error}", route.connection)))?;
            let Some(bell) = bells.get(&route.connection).cloned() else { continue };
            let lane = Lane {
                hub: hub.clone(),
                connection: route.connection.clone(),
                transport,
                clock,
                bell,
                stop: Arc::clone(&stop),
                runtime: runtime.clone(),
            };
            threads.push(spawn(&format!("lane {}", route.connection), move || lane.run())?);
        }
        let (hub, stopped) = (hub.clone(), Arc::clone(&stop));
        threads.push(spawn("flows", move || flows(&hub, clock, &stopped))?);
        Ok(Self { stop, bells, threads })
    }

    /// Lets every lane finish what it is doing.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.bells.values().for_each(|bell| bell.ring());
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<std::thread::JoinHandle<()>, Failure> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| Failure::bug(&error))
}

fn flows(hub: &Hub, clock: Clock, stop: &AtomicBool) {
    let pause = Bell::default();
    while !stop.load(Ordering::Relaxed) {
        let wait = match hub.turn(clock.now()) {
            Ok(next) => next.map_or(Duration::from_secs(1), |at| clock.until(at)),
            Err(error) => tell("flows", &error),
        };
        pause.wait(wait.clamp(Duration::from_millis(5), Duration::from_secs(1)));
    }
}

/// Says what went wrong with the database and how long to wait. A doubtful disk ends the process: nothing may go on
/// after a failed fsync (fault F35).
fn tell(who: &str, error: &StoreError) -> Duration {
    eprintln!("{who}: {error}");
    if matches!(error, StoreError::Doubtful(_)) {
        std::process::exit(3);
    }
    Duration::from_secs(1)
}

#[derive(Clone)]
struct Lane {
    hub: Hub,
    connection: String,
    transport: HttpTransport,
    clock: Clock,
    bell: Arc<Bell>,
    stop: Arc<AtomicBool>,
    runtime: Handle,
}

impl Lane {
    fn run(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            // A panic is a mistake in the program; it must not silence a connection for ever (fault F42).
            match catch_unwind(AssertUnwindSafe(|| self.hub.next_call(&self.connection, self.clock.now()))) {
                Ok(Ok(LaneTurn::Call(outgoing))) => self.carry_out(outgoing),
                Ok(Ok(LaneTurn::Idle(at))) => {
                    let wait = at.map_or(LONGEST_WAIT, |at| self.clock.until(at));
                    self.bell.wait(wait.clamp(Duration::from_millis(1), LONGEST_WAIT));
                }
                Ok(Err(error)) => {
                    let wait = tell(&self.connection, &error);
                    self.bell.wait(wait);
                }
                Err(_) => {
                    eprintln!(
                        "{}: the lane stumbled over a mistake in the program; it goes on in 5 s",
                        self.connection
                    );
                    self.bell.wait(LONGEST_WAIT);
                }
            }
        }
    }

    fn carry_out(&self, outgoing: Box<Outgoing>) {
        let lane = self.clone();
        self.runtime.spawn(async move {
            let budget = lane.clock.until(outgoing.deadline);
            let result = lane.transport.send(&outgoing.call, budget).await;
            let ticket = outgoing.ticket;
            let done = tokio::task::spawn_blocking(move || lane.report(ticket, result)).await;
            if done.is_err() {
                eprintln!("a reply could not be taken in: a mistake in the program");
            }
        });
    }

    /// Stores what came of a call. While the database cannot be written the result is kept and offered again; if the
    /// process ends meanwhile, the effect is found `sending` and looked at (rule R9).
    fn report(&self, ticket: u64, result: Result<http::Response<bytes::Bytes>, SendError>) {
        let now = self.clock.now();
        let result = result.map(|response| Reply { response, at: now });
        while let Err(error) = self.hub.completed(&self.connection, ticket, result.clone(), now) {
            let wait = tell(&self.connection, &error);
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            Bell::default().wait(wait);
        }
        self.bell.ring();
    }
}
