//! A call came back, or did not.

use std::sync::Arc;

use crossdock_connector::{Failure, Outcome, Reply, SendError, Stage};
use crossdock_model::{ConnectionHealth, ConnectionState};
use crossdock_store::{ConnectionRow, StoreError, Tx};
use jiff::{SignedDuration, Timestamp};

use super::queue::{note, reference, steps};
use super::{Flight, Lane, Work};
use crate::Inner;
use crate::apply;
use crate::ripple::Ripple;

impl Lane {
    pub(crate) fn completed(
        &mut self,
        inner: &Arc<Inner>,
        ticket: u64,
        result: Result<Reply, SendError>,
        now: Timestamp,
    ) -> Result<Ripple, StoreError> {
        self.session.now = now;
        let Some(flight) = self.flights.remove(&ticket) else {
            return Ok(Ripple::default());
        };
        let kept = flight.clone();
        let taken = self.take_in(inner, flight, result, now);
        if taken.is_err() {
            // What came back could not be stored: the call stays under way until it is offered again.
            self.flights.insert(ticket, kept);
        }
        taken
    }

    fn take_in(
        &mut self,
        inner: &Arc<Inner>,
        flight: Flight,
        result: Result<Reply, SendError>,
        now: Timestamp,
    ) -> Result<Ripple, StoreError> {
        let Flight { work, marks, label, asked } = flight;
        for (window, mark) in &marks {
            if let Some(meter) = self.meters.get_mut(window) {
                match &result {
                    Err(SendError::NotSent(_)) => meter.never_left(*mark),
                    Ok(_) | Err(SendError::Lost(_)) => meter.landed(*mark, now),
                }
            }
        }
        match work {
            Work::Login => self.logged_in(inner, result, now),
            Work::Read { read, source } => self.read_back(inner, &read, source, result, asked, now),
            Work::Stage { effects, writes } => {
                let outcomes = match result {
                    Ok(reply) => {
                        let notes: Vec<_> = effects.iter().map(|due| note(&due.row)).collect();
                        let references: Vec<_> = effects.iter().map(|due| reference(inner, &due.row)).collect();
                        let stages: Vec<_> = effects.iter().map(|due| Stage::stored(due.row.stage.clone())).collect();
                        let steps = steps(&effects, &stages, &notes, &references);
                        let outcomes = self.connector.interpret(&steps, &self.session, &reply);
                        self.judge(&outcomes, label, now);
                        outcomes
                    }
                    Err(error) => {
                        self.stumble(&format!("{label}: {error}"), now);
                        let outcome = match error {
                            SendError::NotSent(text) => Outcome::NotDone(Failure::Retry(text)),
                            SendError::Lost(text) if writes => Outcome::Unknown(text),
                            SendError::Lost(text) => Outcome::NotDone(Failure::Retry(text)),
                        };
                        vec![outcome; effects.len()]
                    }
                };
                let ripple = self.apply_outcomes(inner, effects, outcomes, writes, now)?;
                self.remember(inner, now)?;
                Ok(ripple)
            }
        }
    }

    fn logged_in(
        &mut self,
        inner: &Arc<Inner>,
        result: Result<Reply, SendError>,
        now: Timestamp,
    ) -> Result<Ripple, StoreError> {
        let outcome = match result {
            Ok(reply) => self.connector.logged_in(&reply, &mut self.session),
            Err(error) => Err(Failure::Retry(error.to_string())),
        };
        match outcome {
            // Only a call that the session was good for forgets the tries: a remote that takes every login and then
            // ends the session must not be logged in to for ever (fault F16).
            Ok(()) => self.session.token_at = Some(now),
            Err(failure) => self.fail(&failure, "login", now),
        }
        self.remember(inner, now)?;
        Ok(Ripple::default())
    }

    /// What a batch's outcomes say about the connection itself.
    fn judge(&mut self, outcomes: &[Outcome], label: &str, now: Timestamp) {
        let failure = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::NotDone(failure) => Some(failure.clone()),
            _ => None,
        });
        let lost = outcomes.iter().all(|outcome| matches!(outcome, Outcome::Unknown(_)));
        match failure {
            Some(failure) => self.fail(&failure, label, now),
            None if lost => {
                let text = outcomes.iter().find_map(|outcome| match outcome {
                    Outcome::Unknown(text) => Some(text.clone()),
                    _ => None,
                });
                self.stumble(&format!("{label}: {}", text.unwrap_or_default()), now);
            }
            None => self.all_well(now),
        }
    }

    pub(super) fn all_well(&mut self, now: Timestamp) {
        self.logins.clear();
        self.failures = 0;
        self.backoff_until = None;
        self.row.failures = 0;
        self.row.last_good = Some(now);
        self.row.problem.clear();
        if self.session.token.is_some() {
            self.session.token_at = Some(now);
        }
    }

    /// Acts on a failure of the connection.
    pub(super) fn fail(&mut self, failure: &Failure, label: &str, now: Timestamp) {
        match failure {
            Failure::Retry(text) => self.stumble(&format!("{label}: {text}"), now),
            Failure::Throttled(wait) => {
                // One call's daily limit must not stop the whole connection for a day.
                let wait = wait.unwrap_or(SignedDuration::from_secs(60)).min(SignedDuration::from_mins(10));
                self.backoff_until = now.saturating_add(wait).ok();
                self.row.problem = format!("{label}: the remote asks to wait {} s", wait.as_secs());
            }
            Failure::Reauth => self.session.token = None,
            Failure::Denied(text) => {
                self.session.token = None;
                self.row.stopped = true;
                self.row.problem = format!("{label}: {text}");
                self.row.health = Some(ConnectionHealth { state: ConnectionState::AuthFailed, detail: text.clone() });
            }
            Failure::Forbidden(text) => {
                self.row.problem = format!("{label}: {text}");
                self.row.health = Some(ConnectionHealth { state: ConnectionState::ScopeMissing, detail: text.clone() });
            }
            Failure::Rejected(rejection) => self.row.problem = format!("{label}: {}", rejection.detail),
        }
    }

    /// Counts a failure and backs off: 1 s, 2 s, 4 s … at most a minute, spread by the lane's own name.
    pub(super) fn stumble(&mut self, problem: &str, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.row.failures = self.failures;
        problem.clone_into(&mut self.row.problem);
        let full = 1_000_i64 << self.failures.min(6).saturating_sub(1);
        let wait = SignedDuration::from_millis(jitter(&self.name, self.failures, full.min(60_000)));
        self.backoff_until = now.saturating_add(wait).ok();
    }

    /// Stores the connection's row, and opens or closes what stands for it.
    pub(super) fn remember(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<(), StoreError> {
        let Some(news) = self.news(inner, now) else { return Ok(()) };
        let told = news.clone();
        inner.store.change(move |tx| told.store(tx, now))?;
        self.told(Some(news));
        Ok(())
    }

    /// What the connection's row has to say, if that is worth a commit.
    pub(super) fn news(&mut self, inner: &Inner, now: Timestamp) -> Option<News> {
        self.row.name.clone_from(&self.name);
        self.row.facts = self.session.facts.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        // One that never answered is as silent as one that stopped.
        let heard = self.row.last_good.unwrap_or(inner.booted);
        let quiet = now.duration_since(heard) > SignedDuration::from_mins(5);
        if self.failures >= 5 && quiet {
            self.row.health = Some(ConnectionHealth { state: ConnectionState::Down, detail: self.row.problem.clone() });
        } else if self.failures == 0
            && !self.row.stopped
            && self.row.last_good == Some(now)
            && self
                .row
                .health
                .as_ref()
                .is_some_and(|health| matches!(health.state, ConnectionState::Down | ConnectionState::AuthFailed))
        {
            self.row.health =
                Some(ConnectionHealth { state: ConnectionState::Live, detail: "it answers again".to_owned() });
        }
        let told = ConnectionRow { last_good: self.stored.last_good, ..self.row.clone() };
        let fresh = self
            .row
            .last_good
            .zip(self.stored.last_good)
            .is_some_and(|(new, old)| new.duration_since(old) < SignedDuration::from_secs(30));
        // A good call alone is not worth a commit each time.
        let known = told == self.stored && fresh;
        (!known).then(|| News { row: self.row.clone(), health_changed: self.stored.health != self.row.health })
    }

    /// The row is on the disk.
    pub(super) fn told(&mut self, news: Option<News>) {
        if let Some(News { row, .. }) = news {
            self.stored = row;
        }
    }
}

/// A connection's row that is to be stored.
#[derive(Clone)]
pub(super) struct News {
    row: ConnectionRow,
    health_changed: bool,
}

impl News {
    /// Stores it, and opens or closes what stands for it.
    pub(super) fn store(&self, tx: &mut dyn Tx, now: Timestamp) -> Result<(), StoreError> {
        if let Some(health) = self.row.health.as_ref().filter(|_| self.health_changed) {
            apply::health_seen(tx, &self.row.name, health, now)?;
        }
        tx.put_connection(&self.row, now)
    }
}

/// A pause between half and all of `full` milliseconds: the same for the same lane and count, different between lanes.
fn jitter(name: &str, count: u32, full: i64) -> i64 {
    let hash = blake3::hash(format!("{name}/{count}").as_bytes());
    let share = i64::from(hash.as_bytes()[0]);
    full / 2 + full / 2 * share / 255
}

/// How long an effect waits before its next try: 5 s doubling to a quarter of an hour, spread.
pub(super) fn pause(inner: &Inner, key: &str, failures: u32) -> SignedDuration {
    let timings = &inner.settings.timings;
    let base = i64::try_from(timings.retry_base.as_millis()).unwrap_or(5_000).max(1);
    let most = i64::try_from(timings.retry_max.as_millis()).unwrap_or(900_000).max(base);
    let full = base.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(most);
    SignedDuration::from_millis(jitter(key, failures, full))
}
