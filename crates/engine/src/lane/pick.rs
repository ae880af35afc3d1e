//! What a lane does next: orders before despatches before stock, within every published limit.

use std::sync::Arc;

use crossdock_connector::{Call, Operation, OperationKind, Outcome, Read, ReadKind, Stage, StageKind, Step, StockLine};
use crossdock_flow::StockMode;
use crossdock_flow::cause::Cause;
use crossdock_flow::stock::{Cliff, guard};
use crossdock_store::{EffectRow, HintRow, NewEffect, NewException, Phase, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Flight, Lane, LaneTurn, Outgoing, Source, Work, first_read};
use crate::Inner;

/// The soonest of several moments.
#[derive(Default)]
struct Soonest(Option<Timestamp>);

impl Soonest {
    fn at(&mut self, moment: Timestamp) {
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
        if let Some(turn) = self.scheduled(inner, now, &URGENT, &mut soonest)? {
            return Ok(turn);
        }
        // What the warehouse is like must be known once before anything is decided on it.
        if !self.learnt()
            && let Some(turn) = self.scheduled(inner, now, &SWEEPS, &mut soonest)?
        {
            return Ok(turn);
        }
        let (orders, others): (Vec<_>, Vec<_>) =
            self.waiting(inner, now, &mut soonest)?.into_iter().partition(|(row, _)| row.priority == 0);
        if let Some(turn) = self.staged(inner, orders, now, &mut soonest)? {
            return Ok(turn);
        }
        if let Some(turn) = self.hinted(inner, now, &mut soonest)? {
            return Ok(turn);
        }
        if let Some(turn) = self.staged(inner, others, now, &mut soonest)? {
            return Ok(turn);
        }
        if self.plan_stock(inner, now, &mut soonest)? {
            let planned = self.waiting(inner, now, &mut soonest)?;
            if let Some(turn) = self.staged(inner, planned, now, &mut soonest)? {
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
    fn blocked(&mut self, call: &Call, now: Timestamp) -> Option<Timestamp> {
        call.windows.iter().filter_map(|name| self.meters.get_mut(*name)?.full_until(now)).max()
    }

    /// Puts a call on its way: counted, written down, and only then handed out.
    fn launch(
        &mut self,
        inner: &Arc<Inner>,
        call: Call,
        work: Work,
        sending: Vec<(EffectRow, Phase, i64)>,
        now: Timestamp,
    ) -> Result<LaneTurn, StoreError> {
        let deadline = now.saturating_add(inner.settings.timings.send_within).unwrap_or(now);
        let marks: Vec<(String, i64)> = call
            .windows
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.meters.get_mut(*name)?.count(now))))
            .collect();
        let windows = self.window_rows(&call.windows);
        let written = inner.store.change(move |tx| {
            for window in &windows {
                tx.put_window(window)?;
            }
            for (effect, from, epoch) in &sending {
                tx.move_effect(effect, *from, *epoch, now)?;
            }
            Ok(())
        });
        if let Err(error) = written {
            // Nothing was written, so nothing leaves.
            self.backoff_until = now.saturating_add(SignedDuration::from_secs(5)).ok();
            return Err(error);
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let swept = matches!(&work, Work::Read { source: Source::Schedule(kind), .. } if SWEEPS.contains(kind));
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
            let reach = |from: Timestamp, back| from.saturating_sub(back).unwrap_or(from);
            let since = row.watermark.map_or_else(|| reach(now, timings.lookback), |mark| reach(mark, timings.overlap));
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

    /// One read for all the hints of a kind that wait (`lanes and budgets`: a burst costs one read).
    fn hinted(
        &mut self,
        inner: &Arc<Inner>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Option<LaneTurn>, StoreError> {
        if let Some((read, source)) = self.pages.pop() {
            return self.look(inner, read, source, now, soonest, true);
        }
        let name = self.name.clone();
        let hints = inner.store.ask(|tx| tx.hints(&name, 400))?;
        let busy = self.flights.values().any(|f| matches!(&f.work, Work::Read { source: Source::Hints { .. }, .. }));
        let Some(first) = hints.first().filter(|_| !busy) else {
            return Ok(None);
        };
        // With much of the window used, a short wait lets a burst become one call.
        let calm = if self.half_used(now) { SignedDuration::from_secs(2) } else { SignedDuration::ZERO };
        let ripe = first.at.saturating_add(calm).unwrap_or(now);
        if ripe > now {
            soonest.at(ripe);
            return Ok(None);
        }
        let same: Vec<&HintRow> = hints.iter().filter(|hint| hint.kind == first.kind).take(100).collect();
        let keys: Vec<String> = same.iter().map(|hint| hint.key.clone()).collect();
        let Some((kind, read)) = hint_read(&first.kind, keys.clone()) else {
            return Ok(None);
        };
        // Served are the hints that had arrived by now.
        let asked = now.saturating_add(SignedDuration::from_micros(1)).unwrap_or(now);
        self.look(inner, read, Source::Hints { kind, keys, asked, rows: Vec::new() }, now, soonest, false)
    }

    fn look(
        &mut self,
        inner: &Arc<Inner>,
        read: Read,
        source: Source,
        now: Timestamp,
        soonest: &mut Soonest,
        put_back: bool,
    ) -> Result<Option<LaneTurn>, StoreError> {
        let Ok(call) = self.connector.plan_read(&read, &self.session) else {
            if let Source::Hints { kind, keys, asked, .. } = source {
                let name = self.name.clone();
                inner.store.change(move |tx| tx.serve_hints(&name, kind.as_str(), &keys, asked))?;
            }
            return Ok(None);
        };
        if let Some(until) = self.blocked(&call, now) {
            soonest.at(until);
            if put_back {
                self.pages.push((read, source));
            }
            return Ok(None);
        }
        self.launch(inner, call, Work::Read { read, source }, Vec::new(), now).map(Some)
    }

    fn half_used(&mut self, now: Timestamp) -> bool {
        self.meters.values_mut().any(|meter| {
            let (used, limit) = meter.usage(now);
            used.saturating_mul(2) > limit
        })
    }

    /// The effects whose moment has come and that are not under way.
    fn waiting(
        &mut self,
        inner: &Arc<Inner>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Vec<(EffectRow, Operation)>, StoreError> {
        let name = self.name.clone();
        let (rows, next) = inner.store.ask(|tx| Ok((tx.due_effects(&name, now, 260)?, tx.next_effect(&name)?)))?;
        let mut waiting: Vec<(EffectRow, Operation)> = Vec::with_capacity(rows.len());
        let mut orphans = Vec::new();
        for mut row in rows {
            if self.is_flying(&row) {
                continue;
            }
            let operation = serde_json::from_str::<Operation>(&row.operation)
                .map_err(|error| StoreError::Corrupt(format!("effect {}: {error}", row.id)))?;
            if row.phase == Phase::Unknown && !row.doubted {
                // A write that was under way when the process died (rule R9): nothing but a look comes next.
                if operation.kind() == OperationKind::SetStock {
                    orphans.push((row, operation));
                    continue;
                }
                row.doubted = true;
                self.connector.recovery_stage(&operation, &self.session).as_str().clone_into(&mut row.stage);
                if let Some(horizon) = row.horizon.filter(|horizon| *horizon > now) {
                    soonest.at(horizon);
                    continue;
                }
            }
            if row.stage.is_empty() {
                self.connector.first_stage(&operation, &self.session).as_str().clone_into(&mut row.stage);
            }
            waiting.push((row, operation));
        }
        if !orphans.is_empty() {
            // The figures of a lost push are never repeated: their rows wait again, with today's figures.
            let lost = vec![Outcome::Unknown("the process ended while it was sent".to_owned()); orphans.len()];
            self.apply_outcomes(inner, orphans, lost, true, now)?;
        }
        if let Some(at) = next.filter(|at| *at > now) {
            soonest.at(at);
        }
        Ok(waiting)
    }

    /// The next batch of effects that may go out.
    fn staged(
        &mut self,
        inner: &Arc<Inner>,
        waiting: Vec<(EffectRow, Operation)>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Option<LaneTurn>, StoreError> {
        let mut rest = waiting;
        while !rest.is_empty() {
            let (batch, others) = self.batch(rest);
            rest = others;
            if let Some(turn) = self.send(inner, batch, now, soonest)? {
                return Ok(Some(turn));
            }
        }
        Ok(None)
    }

    fn is_flying(&self, row: &EffectRow) -> bool {
        self.flights.values().any(|flight| match &flight.work {
            Work::Stage { effects, .. } => effects.iter().any(|(own, _)| own.id == row.id || own.object == row.object),
            _ => false,
        })
    }

    /// Splits off the effects that can share the first one's call.
    #[expect(clippy::type_complexity, reason = "a batch and the rest, named where they are used")]
    fn batch(
        &self,
        waiting: Vec<(EffectRow, Operation)>,
    ) -> (Vec<(EffectRow, Operation)>, Vec<(EffectRow, Operation)>) {
        let mut batch: Vec<(EffectRow, Operation)> = Vec::new();
        let mut rest = Vec::new();
        let mut key = None;
        let (mut weight, mut limit, mut count) = (0, usize::MAX, usize::MAX);
        for (row, operation) in waiting {
            let stage = Stage::stored(row.stage.clone());
            let own =
                (operation.kind(), row.stage.clone(), self.connector.batch_key(&operation, &stage, &self.session));
            let heavy = self.connector.weight(&operation, &stage).max(1);
            let cap = self.caps.get(&row.id).copied().unwrap_or(usize::MAX);
            let fits = match &key {
                None => {
                    limit = self.connector.batch_limit(own.0, &stage).max(1);
                    // An operation that alone is larger than a call goes alone. Stock is sized when it is planned.
                    if own.0 == OperationKind::SetStock {
                        count = 1;
                    }
                    key = Some(own);
                    true
                }
                Some(first) => {
                    *first == own
                        && weight + heavy <= limit
                        && batch.len() < count.min(cap)
                        && batch.iter().all(|(other, _)| other.object != row.object)
                }
            };
            if fits {
                weight += heavy;
                count = count.min(cap);
                batch.push((row, operation));
            } else {
                rest.push((row, operation));
            }
        }
        (batch, rest)
    }

    /// Plans the call of a batch and sends it; a batch that cannot be expressed is split until the bad one stands alone.
    fn send(
        &mut self,
        inner: &Arc<Inner>,
        mut batch: Vec<(EffectRow, Operation)>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Option<LaneTurn>, StoreError> {
        loop {
            let notes: Vec<Value> = batch.iter().map(|(row, _)| note(row)).collect();
            let references: Vec<String> = batch.iter().map(|(row, _)| reference(inner, row)).collect();
            let stages: Vec<Stage> = batch.iter().map(|(row, _)| Stage::stored(row.stage.clone())).collect();
            let steps = steps(&batch, &stages, &notes, &references);
            let planned = self.connector.plan(&steps, &self.session);
            let Some((first, operation)) = batch.first() else {
                return Ok(None);
            };
            match planned {
                Ok(call) => {
                    if let Some(until) = self.blocked(&call, now) {
                        soonest.at(until);
                        return Ok(None);
                    }
                    let stage = Stage::stored(first.stage.clone());
                    let writes = matches!(self.connector.stage_kind(operation, &stage), StageKind::Write(_));
                    let sending = if writes { mark_sending(inner, &mut batch, now) } else { Vec::new() };
                    return self.launch(inner, call, Work::Stage { effects: batch, writes }, sending, now).map(Some);
                }
                Err(rejection) if batch.len() == 1 => {
                    let outcome = vec![Outcome::Rejected(rejection)];
                    self.apply_outcomes(inner, batch, outcome, false, now)?;
                    return Ok(None);
                }
                Err(_) => batch.truncate(batch.len() / 2),
            }
        }
    }

    /// Makes one effect of the figures that wait, if the channel may be told now. Returns whether it did.
    fn plan_stock(&mut self, inner: &Arc<Inner>, now: Timestamp, soonest: &mut Soonest) -> Result<bool, StoreError> {
        let Some(channel) = inner.settings.channel(&self.name) else {
            return Ok(false);
        };
        let Some(rules) = inner.rules(&self.name) else {
            return Ok(false);
        };
        let passes = self.guard_pass_until.is_some_and(|until| until > now);
        if self.row.guard.is_some() && !passes {
            return Ok(false);
        }
        if let Some(at) = self.next_stock.filter(|at| *at > now) {
            soonest.at(at);
            return Ok(false);
        }
        let stage = self.connector.first_stage(&Operation::SetStock { lines: Vec::new() }, &self.session);
        let limit = self.connector.batch_limit(OperationKind::SetStock, &stage).max(1);
        let limit = limit.min(self.stock_cap.unwrap_or(usize::MAX));
        let (name, window) = (self.name.clone(), inner.settings.timings.guard_window);
        let since = now.saturating_sub(window).unwrap_or(now);
        let (rows, counts) = inner.store.ask(|tx| {
            let rows = tx.dirty_listings(&name, limit as u64)?;
            let counts = if rows.is_empty() { Vec::new() } else { tx.stock_counts(since)? };
            Ok((rows, counts))
        })?;
        if rows.is_empty() {
            self.stock_cap = None;
            return Ok(false);
        }
        if let Some(count) = counts.iter().find(|row| row.connection == self.name)
            && !passes
        {
            let cliff = Cliff {
                listings: count.listings,
                in_stock: count.in_stock,
                to_zero: count.to_zero,
                zeroed: count.zeroed,
                changing: count.waiting,
            };
            if let Some(sentence) = guard(cliff, &rules.guard) {
                self.stop_push(inner, sentence, now)?;
                return Ok(false);
            }
        }
        let lines: Vec<StockLine> = rows
            .iter()
            .filter_map(|row| {
                let (listing, sku) = (row.listing.clone(), row.sku.clone());
                row.desired.map(|quantity| StockLine { listing, sku, quantity })
            })
            .collect();
        let listings: Vec<String> = lines.iter().map(|line| line.listing.clone()).collect();
        let operation = Operation::SetStock { lines };
        let step = Step { effect: "", operation: &operation, stage: &stage, note: &Value::Null, attempt: 0 };
        if let Ok(call) = self.connector.plan(&[step], &self.session)
            && let Some(until) = self.blocked(&call, now)
        {
            soonest.at(until);
            return Ok(false);
        }
        let effect = NewEffect {
            connection: self.name.clone(),
            kind: operation.kind().as_str().to_owned(),
            key: format!("stock/{}/{}", self.name, now.as_microsecond()),
            flow: None,
            object: "stock".to_owned(),
            priority: crate::apply::priority(OperationKind::SetStock),
            deadline: None,
            stage: stage.as_str().to_owned(),
            operation: serde_json::to_string(&operation).map_err(|error| StoreError::Bug(error.to_string()))?,
            not_before: now,
        };
        let name = self.name.clone();
        let planned = inner.store.change(move |tx| {
            // One push under way per channel; the next one takes the newest figures.
            if tx.queue(&name)?.iter().any(|row| row.kind == effect.kind && row.waiting + row.in_doubt > 0) {
                return Ok(false);
            }
            let Some(id) = tx.plan_effect(&effect, now)? else {
                return Ok(false);
            };
            tx.stock_flying(&name, id, &listings)?;
            Ok(true)
        })?;
        if planned && rules.stock_mode == StockMode::Schedule {
            self.next_stock = now.saturating_add(channel.stock_every).ok();
        }
        Ok(planned)
    }

    fn stop_push(&mut self, inner: &Arc<Inner>, sentence: String, now: Timestamp) -> Result<(), StoreError> {
        self.row.guard = Some((sentence.clone(), now));
        let row = self.row.clone();
        let cause = Cause::StockGuard;
        let exception = NewException {
            flow: None,
            connection: self.name.clone(),
            cause: cause.code().to_owned(),
            fingerprint: format!("{}/{}", cause.code(), self.name),
            owner: cause.owner().to_owned(),
            detail: sentence,
            next_action: cause.next_action().to_owned(),
            due: None,
            amount: None,
        };
        inner.store.change(move |tx| {
            tx.put_connection(&row, now)?;
            tx.open_exception(&exception, now)?;
            Ok(())
        })
    }
}

/// The effects as they are written down before the first byte leaves (rule R2).
fn mark_sending(inner: &Inner, batch: &mut [(EffectRow, Operation)], now: Timestamp) -> Vec<(EffectRow, Phase, i64)> {
    let until = now.saturating_add(inner.settings.timings.send_within).unwrap_or(now);
    batch
        .iter_mut()
        .map(|(row, _)| {
            let from = (row.phase, row.epoch);
            row.phase = Phase::Sending;
            row.attempt = row.attempt.saturating_add(1);
            row.epoch = row.epoch.saturating_add(1);
            row.send_deadline = Some(until);
            (row.clone(), from.0, from.1)
        })
        .collect()
}

pub(super) fn note(row: &EffectRow) -> Value {
    serde_json::from_str(&row.note).unwrap_or(Value::Null)
}

/// The reference that remotes keep for us. Derived from the business key, so that even a restored backup finds its own.
pub(crate) fn reference(inner: &Inner, row: &EffectRow) -> String {
    let hash = blake3::hash(format!("{}\n{}", inner.settings.merchant_id, row.key).as_bytes());
    format!("xd-{}", &hash.to_hex().as_str()[..20])
}

pub(super) fn steps<'a>(
    batch: &'a [(EffectRow, Operation)],
    stages: &'a [Stage],
    notes: &'a [Value],
    references: &'a [String],
) -> Vec<Step<'a>> {
    batch
        .iter()
        .zip(stages)
        .zip(notes.iter().zip(references))
        .map(|(((row, operation), stage), (note, effect))| Step {
            effect,
            operation,
            stage,
            note,
            attempt: row.attempt,
        })
        .collect()
}

fn hint_read(kind: &str, keys: Vec<String>) -> Option<(ReadKind, Read)> {
    let page = crossdock_connector::Page::first();
    match kind {
        "availability" => Some((ReadKind::Availability, Read::Availability { items: keys, page })),
        "orders_by_id" => Some((ReadKind::OrdersById, Read::OrdersById { ids: keys })),
        "despatches_of" => Some((ReadKind::DespatchesOf, Read::DespatchesOf { orders: keys, page })),
        "warehouse_orders" => Some((ReadKind::WarehouseOrders, Read::WarehouseOrders { orders: keys, page })),
        _ => None,
    }
}
