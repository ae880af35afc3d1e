//! Answers to reads: pages, runs, watermarks, hints.

use std::sync::Arc;

use crossdock_connector::{Failure, Observation, Read, ReadKind, ReadReply, Reply, SendError};
use crossdock_model::{Available, ConnectionState};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::{ScheduleRow, StoreError, Tx};
use jiff::{SignedDuration, Timestamp};

use super::{Lane, Lists, Run, Source};
use crate::Inner;
use crate::apply;
use crate::ripple::Ripple;

/// After this many tries in a row somebody is told that a list cannot be read: about fifteen minutes.
const FEED_FAILS_AFTER: u32 = 10;

impl Lane {
    pub(super) fn read_back(
        &mut self,
        inner: &Arc<Inner>,
        read: &Read,
        source: Source,
        result: Result<Reply, SendError>,
        asked: Timestamp,
        now: Timestamp,
    ) -> Result<Ripple, StoreError> {
        let answer = match result {
            Ok(reply) => self.connector.interpret_read(read, &self.session, &reply),
            Err(error) => Err(Failure::Retry(error.to_string())),
        };
        let ripple = match answer {
            Ok(reply) => {
                self.all_well(now);
                self.took(inner, read, source, reply, asked, now)?
            }
            Err(failure) => {
                self.fail(&failure, read.kind().as_str(), now);
                if let (Source::Schedule(kind), Failure::Throttled(Some(wait))) = (&source, &failure)
                    && let Some(row) = self.schedules.get_mut(kind)
                {
                    // This question waits as long as it was asked to; the others only for a moment.
                    row.next = now.saturating_add(*wait).unwrap_or(now);
                    let moment = (*wait).min(SignedDuration::from_secs(60));
                    self.backoff_until = now.saturating_add(moment).ok();
                }
                match (&source, &failure) {
                    (_, Failure::Reauth | Failure::Throttled(_) | Failure::Denied(_)) => {}
                    (Source::Schedule(kind), Failure::Retry(text) | Failure::Forbidden(text)) => {
                        self.schedule_failed(*kind, text, now, inner)?;
                    }
                    (Source::Schedule(kind), Failure::Rejected(rejection)) => {
                        self.schedule_failed(*kind, &rejection.detail, now, inner)?;
                    }
                    (Source::Hints { kind, keys, asked, .. }, Failure::Rejected(_)) => {
                        // The remote will never answer this; the next poll has the truth.
                        let (name, kind, keys, asked) = (self.name.clone(), *kind, keys.clone(), *asked);
                        inner.store.change(move |tx| tx.serve_hints(&name, kind.as_str(), &keys, asked))?;
                    }
                    (Source::Hints { .. }, Failure::Retry(_) | Failure::Forbidden(_)) => {}
                }
                Ripple::default()
            }
        };
        self.remember(inner, now)?;
        Ok(ripple)
    }

    fn took(
        &mut self,
        inner: &Arc<Inner>,
        read: &Read,
        source: Source,
        reply: ReadReply,
        asked: Timestamp,
        now: Timestamp,
    ) -> Result<Ripple, StoreError> {
        let ReadReply { observations, next, facts } = reply;
        if !facts.is_empty() {
            self.session.facts.extend(facts);
            self.queue.forget_keys();
            self.learn(inner);
        }
        // What the lane says of itself goes into the same commit.
        let news = self.news(inner, now);
        let told = news.clone();
        match source {
            Source::Hints { kind, keys, asked: waited, rows } => {
                let (worker, name) = (inner.clone(), self.name.clone());
                let settle = inner.settings.timings.settle;
                let (last, served) = (next.is_none(), keys.clone());
                let (ripple, rows) = inner.store.change(move |tx| {
                    let mut ripple = Ripple::default();
                    let mut lists = Lists { despatches: rows, ..Lists::default() };
                    let mut figures = Vec::new();
                    let seen = Seen { name: &name, kind, asked, now, settle };
                    observe(&worker, tx, &seen, observations, &mut figures, &mut lists, &mut ripple)?;
                    figures.sort_unstable_by(|a: &Available, b| a.item.cmp(&b.item));
                    let change = tx.put_available(&figures, asked)?;
                    change.changed.into_iter().for_each(|item| ripple.item(item));
                    if last && kind == ReadKind::WarehouseOrders {
                        // Rows that cannot be read are there all the same.
                        let there = |number: &&String| {
                            lists.warehouse.iter().any(|order| order.number == **number)
                                || lists.named.contains(*number)
                        };
                        let missing: Vec<String> = served.iter().filter(|number| !there(number)).cloned().collect();
                        for order in std::mem::take(&mut lists.warehouse) {
                            let number = order.number.clone();
                            apply::warehouse_says(&worker, tx, &number, Some(order), now, &mut ripple)?;
                        }
                        for number in missing {
                            apply::warehouse_says(&worker, tx, &number, None, now, &mut ripple)?;
                        }
                    }
                    if last {
                        apply::despatch_rows(&worker, tx, &lists.despatches, now, &mut ripple)?;
                        tx.serve_hints(&name, kind.as_str(), &served, waited)?;
                    }
                    apply::finish(&worker, tx, &mut ripple)?;
                    told.iter().try_for_each(|news| news.store(tx, now))?;
                    Ok((ripple, lists.despatches))
                })?;
                self.told(news);
                if let Some(next) = next {
                    self.pages.push((next, Source::Hints { kind, keys, asked: waited, rows }));
                }
                Ok(ripple)
            }
            Source::Schedule(kind) => {
                let fresh = || Run { next: read.clone(), started: asked, figures: Vec::new(), lists: Lists::default() };
                // A page whose run is gone (an earlier page could not be stored, or the hub began anew) is half a list:
                // its schedule is still due, and the whole is read from its beginning.
                let Some(mut run) = self.runs.remove(&kind).or_else(|| read.is_first_page().then(fresh)) else {
                    return Ok(Ripple::default());
                };
                let health = observations.iter().find_map(|seen| match seen {
                    Observation::Health(health) => Some(health.clone()),
                    _ => None,
                });
                let done = next.is_none();
                let (worker, name) = (inner.clone(), self.name.clone());
                let (mut figures, mut lists) = (std::mem::take(&mut run.figures), std::mem::take(&mut run.lists));
                let started = run.started;
                let settle = inner.settings.timings.settle;
                let failed = self.schedules.get(&kind).is_some_and(|row| row.failures >= FEED_FAILS_AFTER);
                let finished = self.finished(kind, started, now).filter(|_| done);
                let schedule = finished.clone();
                let (ripple, figures, lists) = inner.store.change(move |tx| {
                    let mut ripple = Ripple::default();
                    let seen = Seen { name: &name, kind, asked, now, settle };
                    observe(&worker, tx, &seen, observations, &mut figures, &mut lists, &mut ripple)?;
                    if done {
                        let figures = std::mem::take(&mut figures);
                        let lists = std::mem::take(&mut lists);
                        complete(&worker, tx, &name, kind, started, figures, lists, now, &mut ripple)?;
                    }
                    apply::finish(&worker, tx, &mut ripple)?;
                    told.iter().try_for_each(|news| news.store(tx, now))?;
                    if let Some(row) = &schedule {
                        if failed {
                            apply::feed_goes_on(tx, &name, kind, now)?;
                        }
                        tx.put_schedule(row)?;
                    }
                    Ok((ripple, figures, lists))
                })?;
                self.told(news);
                self.schedules.extend(finished.map(|row| (kind, row)));
                if let Some(health) = health {
                    self.probed(inner, &health, now)?;
                }
                if let Some(next) = next {
                    self.runs.insert(kind, Run { next, started, figures, lists });
                }
                Ok(ripple)
            }
        }
    }

    fn probed(
        &mut self,
        inner: &Arc<Inner>,
        health: &crossdock_model::ConnectionHealth,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.row.health = Some(health.clone());
        self.row.probed = Some(now);
        let disabled = health.state == ConnectionState::WebhookDisabled;
        self.queue.forget();
        let (worker, name, session) = (inner.clone(), self.name.clone(), self.session.clone());
        let health = health.clone();
        inner.store.change(move |tx| {
            apply::health_seen(tx, &name, &health, now)?;
            apply::plan_watches(&worker, tx, &name, &session, disabled, now)
        })
    }

    /// The schedule of a list that was read to its end.
    fn finished(&self, kind: ReadKind, started: Timestamp, now: Timestamp) -> Option<ScheduleRow> {
        let every = self.every.get(&kind).copied().unwrap_or(SignedDuration::from_mins(15));
        let row = self.schedules.get(&kind)?.clone();
        Some(ScheduleRow {
            watermark: Some(if planted::on(Bug::WatermarkAtEnd) { now } else { started }),
            last_good: Some(now),
            failures: 0,
            problem: String::new(),
            // On the beat of its start; a run longer than its period begins again at once.
            next: started.saturating_add(every).unwrap_or(now).max(now),
            ..row
        })
    }

    pub(super) fn schedule_failed(
        &mut self,
        kind: ReadKind,
        problem: &str,
        now: Timestamp,
        inner: &Arc<Inner>,
    ) -> Result<(), StoreError> {
        let Some(row) = self.schedules.get_mut(&kind) else {
            return Ok(());
        };
        row.failures = row.failures.saturating_add(1);
        problem.clone_into(&mut row.problem);
        let wait = super::flight::pause(inner, row.name.as_str(), row.failures.min(6));
        row.next = now.saturating_add(wait).unwrap_or(now);
        if row.failures.is_multiple_of(4) {
            // A page that never comes: begin the run anew.
            self.runs.remove(&kind);
        }
        let (row, name, problem) = (row.clone(), self.name.clone(), problem.to_owned());
        inner.store.change(move |tx| {
            if row.failures == FEED_FAILS_AFTER {
                apply::feed_fails(tx, &name, kind, &problem, now)?;
            }
            tx.put_schedule(&row)
        })
    }
}

/// Where and when something was seen.
struct Seen<'a> {
    name: &'a str,
    kind: ReadKind,
    asked: Timestamp,
    now: Timestamp,
    settle: SignedDuration,
}

/// Takes the observations of one page in; what only makes sense as a whole is collected.
fn observe(
    inner: &Inner,
    tx: &mut dyn Tx,
    seen: &Seen<'_>,
    observations: Vec<Observation>,
    figures: &mut Vec<Available>,
    lists: &mut Lists,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let Seen { name, kind, asked, now, settle } = *seen;
    let orders = matches!(kind, ReadKind::Orders | ReadKind::OrdersById);
    let mut listings = Vec::new();
    for observation in observations {
        match observation {
            Observation::Order { order, raw } => apply::order_seen(inner, tx, name, *order, &raw, now, ripple)?,
            Observation::Unreadable { id, reason, raw } if orders => {
                apply::unreadable(tx, name, id.as_deref(), &reason, &raw, now)?;
            }
            Observation::Unreadable { id, reason, .. } => {
                lists.unreadable += 1;
                lists.nameless += u64::from(id.is_none());
                lists.named.extend(id);
                apply::row_unreadable(tx, name, kind, &reason, now)?;
            }
            Observation::Available(row) => figures.push(row),
            Observation::Item(item) => lists.items.push(item),
            Observation::KitPart(part) => lists.parts.push(part),
            Observation::Despatch(row) => lists.despatches.push(row),
            Observation::Listing(listing) => listings.push(listing),
            Observation::Carrier(carrier) => lists.carriers.push(carrier),
            Observation::WarehouseOrder(order) => lists.warehouse.push(order),
            Observation::Health(_) => {}
            Observation::Drift(text) => {
                let hash = blake3::hash(text.as_bytes()).to_hex();
                tx.see(&format!("{name}/drift"), &text, &hash.as_str()[..16], now)?;
            }
        }
    }
    if !listings.is_empty() {
        lists.listings += listings.len() as u64;
        let settled = asked.saturating_sub(settle).unwrap_or(asked);
        let changed = tx.put_listings(name, &listings, asked, settled)?;
        apply::recompute_listings(inner, tx, &changed, ripple)?;
    }
    Ok(())
}

/// A kit of which a row could not be read stays as it was: with a part missing it would be promised by the parts that are
/// left. A row that does not say whose it is leaves the whole table as it was.
fn keep_unreadable_kits(tx: &dyn Tx, lists: &mut Lists) -> Result<(), StoreError> {
    let known = tx.all_kit_parts()?;
    if lists.nameless > 0 {
        lists.parts = known;
        return Ok(());
    }
    lists.parts.retain(|part| !lists.named.contains(&part.kit));
    lists.parts.extend(known.into_iter().filter(|part| lists.named.contains(&part.kit)));
    Ok(())
}

/// A run came to its end: what only makes sense as a whole is taken in.
#[expect(clippy::too_many_arguments, reason = "the parts of one finished run, named at its one call")]
fn complete(
    inner: &Inner,
    tx: &mut dyn Tx,
    name: &str,
    kind: ReadKind,
    started: Timestamp,
    mut figures: Vec<Available>,
    mut lists: Lists,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    if lists.unreadable == 0 {
        apply::rows_readable(tx, name, kind, now)?;
    }
    match kind {
        ReadKind::Availability => {
            figures.sort_unstable_by(|a, b| a.item.cmp(&b.item));
            let change = tx.put_available(&figures, started)?;
            change.changed.into_iter().for_each(|item| ripple.item(item));
        }
        ReadKind::Items => {
            // An item that was switched off and one that took over its code: the active one has the last word.
            lists.items.sort_by_key(|item| item.active);
            if !lists.items.is_empty() {
                inner.items_are_known();
            }
            let mut turned = Vec::new();
            for item in &lists.items {
                if tx.item(&item.code)?.is_some_and(|row| row.item.active != item.active) {
                    turned.push(item.code.clone());
                }
            }
            if tx.put_items(&lists.items, now)? > 0 {
                turned.into_iter().for_each(|code| ripple.item(code));
                apply::recheck_skus(inner, tx, now, ripple)?;
            }
        }
        ReadKind::Kits => {
            if lists.unreadable > 0 {
                keep_unreadable_kits(tx, &mut lists)?;
            }
            if tx.put_kits(&lists.parts)? {
                lists.parts.iter().for_each(|part| ripple.item(part.kit.clone()));
            }
        }
        ReadKind::Carriers => {
            if !lists.carriers.is_empty() && tx.carriers(name)? != lists.carriers {
                tx.put_carriers(name, &lists.carriers)?;
                for group in tx.groups()? {
                    if group.fingerprint.starts_with(&format!("carrier.unknown/{name}")) {
                        apply::recheck_fingerprint(inner, tx, &group.fingerprint, now, ripple)?;
                    }
                }
            }
        }
        ReadKind::Listings => {
            // An answer with nothing in it is a fault of the remote, not an empty shop.
            // A row that could not be read may be one of those that seem to be gone.
            if lists.listings > 0 && lists.unreadable == 0 {
                tx.drop_listings(name, started)?;
                apply::judge_read_back(inner, tx, name, started, now)?;
            }
        }
        ReadKind::Despatches => apply::despatch_rows(inner, tx, &lists.despatches, now, ripple)?,
        ReadKind::Health
        | ReadKind::Orders
        | ReadKind::OrdersById
        | ReadKind::DespatchesOf
        | ReadKind::WarehouseOrders => {}
    }
    Ok(())
}
