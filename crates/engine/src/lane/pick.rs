//! What a lane does next: orders before despatches before stock, within every published limit.

use std::sync::Arc;

use crossdock_connector::{Call, ReadKind};
use crossdock_model::{ConnectionHealth, ConnectionState};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::StoreError;
use jiff::{SignedDuration, Timestamp};

use super::{Flight, Lane, LaneTurn, Move, Outgoing, Source, Work, first_read};
use crate::Inner;

/// The soonest of several moments.
#[derive(Default)]
pub(super) struct Soonest(Option<Timestamp>);

impl Soonest {
    pub(super) fn at(&mut self, moment: Timestamp) {
        self.0 = Some(self.0.map_or(moment, |known| known.min(moment)));
    }
}

/// A read that is due, by precedence.
const URGENT: [ReadKind; 3] = [ReadKind::Health, ReadKind::Orders, ReadKind::Despatches];
const SWEEPS: [ReadKind; 5] =
    [ReadKind::Items, ReadKind::Kits, ReadKind::Carriers, ReadKind::Listings, ReadKind::Availability];

/// While a backlog drains, one call in this many goes to a sweep that is due, so that it is late but never starves.
const SWEEP_SHARE: u32 = 12;

impl Lane {
    pub(crate) fn next_call(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<LaneTurn, StoreError> {
        self.session.now = now;
        if inner.recovery.stopped_since(&mut self.stops_seen) {
            self.begin_anew(now);
        }
        if inner.was_rung(&self.name) {
            self.queue.forget();
            self.refresh(inner, now, &mut Soonest::default())?;
            self.settle_withdrawn(inner, now)?;
        }
        let turn = self.pick(inner, now)?;
        if matches!(turn, LaneTurn::Idle(_)) {
            self.store_answered(inner, now)?;
        }
        Ok(turn)
    }

    /// Stores what answered writes have come to, when no call takes it along.
    pub(super) fn store_answered(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<(), StoreError> {
        let moves = self.queue.moves(Vec::new());
        if moves.is_empty() {
            return Ok(());
        }
        inner.store.change(move |tx| {
            moves.iter().try_for_each(|(row, from, epoch)| tx.move_effect(row, *from, *epoch, now))
        })?;
        self.queue.stored();
        Ok(())
    }

    fn pick(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<LaneTurn, StoreError> {
        if self.row.stopped || self.flights.len() >= self.connector.in_flight().max(1) {
            return Ok(LaneTurn::Idle(None));
        }
        if let Some(until) = self.backoff_until.filter(|until| *until > now) {
            return Ok(LaneTurn::Idle(Some(until)));
        }
        let mut soonest = Soonest::default();
        if self.connector.needs_login(&self.session) {
            return self.login(inner, now);
        }
        let sweep_first = self.since_sweep >= SWEEP_SHARE;
        if sweep_first && let Some(turn) = self.scheduled(inner, now, &SWEEPS, &mut soonest)? {
            return Ok(turn);
        }
        // Where both are paid from one small window, a long list must not keep the writes away: they take turns.
        if self.urgent_last && self.learnt() {
            self.refresh(inner, now, &mut soonest)?;
            self.settle_withdrawn(inner, now)?;
            for orders in [true, false] {
                if let Some(turn) = self.staged(inner, orders, now, &mut soonest)? {
                    return Ok(turn);
                }
            }
        }
        if let Some(turn) = self.scheduled(inner, now, &URGENT, &mut soonest)? {
            return Ok(turn);
        }
        // What the warehouse is like must be known once before anything is decided on it.
        if !self.learnt()
            && let Some(turn) = self.scheduled(inner, now, &SWEEPS, &mut soonest)?
        {
            return Ok(turn);
        }
        self.refresh(inner, now, &mut soonest)?;
        self.settle_withdrawn(inner, now)?;
        if let Some(turn) = self.staged(inner, true, now, &mut soonest)? {
            return Ok(turn);
        }
        if let Some(turn) = self.hinted(inner, now, &mut soonest)? {
            return Ok(turn);
        }
        if let Some(turn) = self.staged(inner, false, now, &mut soonest)? {
            return Ok(turn);
        }
        if self.plan_stock(inner, now, &mut soonest)? {
            self.refresh(inner, now, &mut soonest)?;
            if let Some(turn) = self.staged(inner, false, now, &mut soonest)? {
                return Ok(turn);
            }
        }
        if !sweep_first && let Some(turn) = self.scheduled(inner, now, &SWEEPS, &mut soonest)? {
            return Ok(turn);
        }
        Ok(LaneTurn::Idle(soonest.0))
    }

    /// Whether every list was read at least once.
    fn learnt(&self) -> bool {
        SWEEPS.iter().all(|kind| self.schedules.get(kind).is_none_or(|row| row.last_good.is_some() || row.failures > 2))
    }

    /// When a call may go out, by all its windows: now (`None`) or later.
    pub(super) fn blocked(&mut self, call: &Call, now: Timestamp) -> Option<Timestamp> {
        call.windows.iter().filter_map(|name| self.meters.get_mut(*name)?.full_until(now)).max()
    }

    /// Puts a call on its way: counted, written down, and only then handed out.
    pub(super) fn launch(
        &mut self,
        inner: &Arc<Inner>,
        call: Call,
        work: Work,
        sending: Vec<Move>,
        now: Timestamp,
    ) -> Result<LaneTurn, StoreError> {
        let deadline = now.saturating_add(inner.settings.timings.send_within).unwrap_or(now);
        let marks: Vec<(String, i64)> = call
            .windows
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.meters.get_mut(*name)?.count(now))))
            .collect();
        let windows = self.window_rows(&call.windows);
        let sending = if planted::on(Bug::SendBeforeWrite) { Vec::new() } else { sending };
        let moves = self.queue.moves(sending);
        let written = inner.store.change(move |tx| {
            for window in &windows {
                tx.put_window(window)?;
            }
            moves.iter().try_for_each(|(row, from, epoch)| tx.move_effect(row, *from, *epoch, now))
        });
        if let Err(error) = written {
            // Nothing was written, so nothing leaves, and nothing counts: a call that was counted and never comes back would
            // fill its windows for ever. Somebody else may have moved one of the effects.
            for (window, mark) in &marks {
                if let Some(meter) = self.meters.get_mut(window) {
                    meter.never_left(*mark);
                }
            }
            self.queue.forget();
            self.backoff_until = now.saturating_add(SignedDuration::from_secs(5)).ok();
            return Err(error);
        }
        self.queue.stored();
        let paid = self.budgets.iter().filter(|budget| call.windows.iter().any(|name| *name == budget.window));
        inner.recovery.paid(paid.map(|budget| budget.per));
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let swept = matches!(&work, Work::Read { source: Source::Schedule(kind), .. } if SWEEPS.contains(kind));
        self.urgent_last = matches!(&work, Work::Read { source: Source::Schedule(kind), .. } if URGENT.contains(kind));
        self.since_sweep = if swept { 0 } else { self.since_sweep.saturating_add(1) };
        self.flights.insert(ticket, Flight { work, marks, label: call.label, asked: now });
        Ok(LaneTurn::Call(Box::new(Outgoing { ticket, call, deadline })))
    }

    fn login(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<LaneTurn, StoreError> {
        if !self.flights.is_empty() {
            return Ok(LaneTurn::Idle(None));
        }
        // At most three tries in a quarter of an hour: hammering locks accounts (fault F17).
        let quarter = SignedDuration::from_mins(15);
        self.logins.retain(|at| now.duration_since(*at) < quarter);
        if self.logins.len() >= 3 {
            self.sessions_end_at_once(inner, now)?;
            let first = self.logins.first().copied().unwrap_or(now);
            return Ok(LaneTurn::Idle(first.saturating_add(quarter).ok()));
        }
        let Some(call) = self.connector.login() else {
            return Ok(LaneTurn::Idle(None));
        };
        if let Some(until) = self.blocked(&call, now) {
            return Ok(LaneTurn::Idle(Some(until)));
        }
        self.logins.push(now);
        self.launch(inner, call, Work::Login, Vec::new(), now)
    }

    /// Three logins were taken and no call was good since: a person has to look, though the hub goes on trying.
    fn sessions_end_at_once(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<(), StoreError> {
        let told = self.row.health.as_ref().is_some_and(|health| health.state == ConnectionState::AuthFailed);
        if told || self.session.token_at.is_none() {
            return Ok(());
        }
        let detail =
            "every session ends at once: look at the password's encoding, and whether another program logs in \
                      with the same user"
                .to_owned();
        self.row.problem.clone_from(&detail);
        self.row.health = Some(ConnectionHealth { state: ConnectionState::AuthFailed, detail });
        self.remember(inner, now)
    }

    fn scheduled(
        &mut self,
        inner: &Arc<Inner>,
        now: Timestamp,
        kinds: &[ReadKind],
        soonest: &mut Soonest,
    ) -> Result<Option<LaneTurn>, StoreError> {
        for kind in kinds {
            let busy = self
                .flights
                .values()
                .any(|flight| matches!(&flight.work, Work::Read { source: Source::Schedule(own), .. } if own == kind));
            let Some(row) = self.schedules.get(kind).filter(|_| !busy) else {
                continue;
            };
            if row.next > now {
                soonest.at(row.next);
                continue;
            }
            if matches!(kind, ReadKind::Orders | ReadKind::Listings) && !inner.may_judge(now) {
                soonest.at(now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(now));
                continue;
            }
            let timings = &inner.settings.timings;
            let overlap = if planted::on(Bug::NoOverlap) { SignedDuration::ZERO } else { timings.overlap };
            let reach = |from: Timestamp, back| from.saturating_sub(back).unwrap_or(from);
            let since = row.watermark.map_or_else(|| reach(now, timings.lookback), |mark| reach(mark, overlap));
            let read = self.runs.get(kind).map_or_else(|| first_read(*kind, since), |run| run.next.clone());
            let call = match self.connector.plan_read(&read, &self.session) {
                Ok(call) => call,
                Err(rejection) => {
                    self.schedule_failed(*kind, &rejection.detail, now, inner)?;
                    continue;
                }
            };
            if let Some(until) = self.blocked(&call, now) {
                soonest.at(until);
                continue;
            }
            let work = Work::Read { read, source: Source::Schedule(*kind) };
            return self.launch(inner, call, work, Vec::new(), now).map(Some);
        }
        Ok(None)
    }
}
