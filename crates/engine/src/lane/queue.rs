//! The effects that wait at a connection, and which of them share the next call.
//!
//! A connection is driven by one lane, so the lane keeps what is due in memory and asks the store again only when somebody
//! else may have planned something, or when a moment has come.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crossdock_connector::{Connector, Operation, OperationKind, Outcome, Repeat, Session, Stage, StageKind, Step};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::{EffectRow, Phase, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::pick::Soonest;
use super::{Due, Lane, LaneTurn, Move, Work};
use crate::Inner;

/// How many effects travel abreast: the first by priority and deadline. They move a stage at a time, those that have
/// waited longest first, so that orders of different column sets meet again in the calls that they can share.
const COHORT: usize = 1_000;

/// While windows are full, calls that carry as much as they can go first; nobody waits longer for company than this.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

/// What is remembered of effects, at most; beyond that only of those that wait now.
const KNOWN: usize = 4 * COHORT;

/// An effect that waits, with what choosing its call needs of it: a thousand of them are looked at for every call.
struct Waiting {
    /// Its place: by priority, deadline and number.
    order: (u8, Timestamp, i64),
    /// When it last moved.
    since: Timestamp,
    /// What it may share a call with, by its place in [`Queue::kinships`]; found when it is first looked at.
    kinship: Option<usize>,
    /// What it uses of a call's limit.
    weight: usize,
    due: Box<Due>,
}

impl Waiting {
    fn new(due: Due) -> Self {
        Self { order: order(&due.row), since: due.row.updated, kinship: None, weight: 1, due: Box::new(due) }
    }
}

/// What effects have in common that may share a call.
struct Kinship {
    kind: OperationKind,
    stage: Stage,
    /// The connector's own key.
    key: String,
    /// How much one call carries.
    limit: usize,
}

/// More kinships than this are forgotten, and found again as they are needed.
const KINSHIPS: usize = 512;

/// What is due at a connection.
#[derive(Default)]
pub(super) struct Queue {
    /// By priority, deadline and number; at most [`COHORT`] as the store gave them.
    rows: Vec<Waiting>,
    kinships: Vec<Kinship>,
    /// Whether the rows are what the store holds.
    fresh: bool,
    /// Whether the store holds more that are due.
    cut: bool,
    /// When the soonest of the others becomes due.
    next: Option<Timestamp>,
    /// What effects say: an operation never changes.
    known: HashMap<i64, Arc<Operation>>,
    /// Writes that were answered and whose next stage is not stored yet: it is stored with the next call, in one commit.
    answered: HashMap<i64, Move>,
    /// Effects that were taken back and are not settled yet.
    withdrawn: HashSet<i64>,
}

impl Queue {
    /// Has the store asked again: somebody planned something.
    pub(super) fn forget(&mut self) {
        self.fresh = false;
    }

    /// Lets go of what looks found, which is in memory only: whoever waits is looked up again.
    pub(super) fn forget_looks(&mut self) {
        // The store has answered writes as being sent: they are known here alone.
        self.rows.retain(|waiting| self.answered.contains_key(&waiting.order.2));
        self.fresh = false;
    }

    /// The connector's keys depend on what is known of the remote, which has changed.
    pub(super) fn forget_keys(&mut self) {
        self.rows.iter_mut().for_each(|waiting| waiting.kinship = None);
        self.kinships.clear();
    }

    /// Takes an effect back whose stage is settled, or lets it go when it is not live any more.
    pub(super) fn put_back(&mut self, due: Due, now: Timestamp) {
        if !due.row.phase.is_live() {
            self.known.remove(&due.row.id);
        } else if due.row.not_before > now {
            self.next = Some(self.next.map_or(due.row.not_before, |next| next.min(due.row.not_before)));
        } else {
            let waiting = Waiting::new(due);
            let place = self.rows.partition_point(|other| other.order < waiting.order);
            self.rows.insert(place, waiting);
        }
    }

    /// Takes an answered write back, whose next stage is stored with the next call.
    pub(super) fn answered(&mut self, mut due: Due, now: Timestamp) {
        let (phase, epoch) = due.stored;
        due.stored = (due.row.phase, due.row.epoch);
        self.answered.insert(due.row.id, (due.row.clone(), phase, epoch));
        self.put_back(due, now);
    }

    /// What has to be stored with a call that these effects make: their own moves, and those of answered writes that make
    /// none now.
    pub(super) fn moves(&self, sending: Vec<Move>) -> Vec<Move> {
        let going: HashSet<i64> = sending.iter().map(|(row, ..)| row.id).collect();
        let sending = sending.into_iter().map(|(row, phase, epoch)| match self.answered.get(&row.id) {
            Some((_, phase, epoch)) => (row, *phase, *epoch),
            None => (row, phase, epoch),
        });
        let others = self.answered.values().filter(|(row, ..)| !going.contains(&row.id)).cloned();
        others.chain(sending).collect()
    }

    /// Those moves were stored.
    pub(super) fn stored(&mut self) {
        self.answered.clear();
    }

    /// Keeps what is remembered of effects within bounds when so many more come: of those that do not wait now it can be
    /// read again.
    fn make_room(&mut self, coming: usize, waiting: impl Iterator<Item = i64>) {
        if self.known.len() + coming > KNOWN {
            let waiting: HashSet<i64> = waiting.collect();
            self.known.retain(|id, _| waiting.contains(id));
        }
    }

    fn take_out(&mut self, batch: &[Due]) {
        let ids: HashSet<i64> = batch.iter().map(|due| due.row.id).collect();
        self.rows.retain(|waiting| !ids.contains(&waiting.order.2));
    }

    /// Whether the store has to be asked.
    fn is_stale(&self, now: Timestamp) -> bool {
        !self.fresh || self.next.is_some_and(|next| next <= now) || self.cut && self.rows.len() < COHORT / 2
    }
}

/// The order in which the store gives them.
fn order(row: &EffectRow) -> (u8, Timestamp, i64) {
    (row.priority, row.deadline.unwrap_or(Timestamp::MAX), row.id)
}

/// Effects that may share a call, by their places in the queue.
struct Group {
    kinship: usize,
    /// When the one that has stood still longest last moved.
    still_since: Timestamp,
    /// What they use of a call's limit together.
    weight: usize,
    members: Vec<usize>,
}

/// What came of trying to send a batch.
enum Sent {
    Call(LaneTurn),
    /// A window is full.
    Blocked,
    /// The one that cannot be said in the remote's language was refused; the queue has changed.
    Refused,
}

impl Lane {
    /// Brings the queue up to date.
    pub(super) fn refresh(
        &mut self,
        inner: &Arc<Inner>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<(), StoreError> {
        if self.queue.is_stale(now) {
            self.load(inner, now)?;
        }
        if let Some(at) = self.queue.next {
            soonest.at(at);
        }
        self.expire_looks(inner, now);
        Ok(())
    }

    /// A look that allowed a write so long ago allows it no more.
    fn expire_looks(&mut self, inner: &Inner, now: Timestamp) {
        let old = now.saturating_sub(inner.settings.timings.doubling_horizon).unwrap_or(now);
        let mut rows = std::mem::take(&mut self.queue.rows);
        for waiting in rows.iter_mut().filter(|waiting| waiting.since < old && waiting.due.row.phase == Phase::Armed) {
            let due = waiting.due.as_mut();
            if self.look_again(&mut due.row, &due.operation) {
                waiting.kinship = None;
            }
        }
        self.queue.rows = rows;
    }

    fn load(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<(), StoreError> {
        let (name, known) = (self.name.clone(), &self.queue.known);
        let (rows, said, next, withdrawn) = inner.store.ask(|tx| {
            let rows = tx.due_effects(&name, now, COHORT as u64)?;
            let mut said = Vec::new();
            for row in rows.iter().filter(|row| !known.contains_key(&row.id)) {
                said.push((row.id, tx.operation(row.id)?));
            }
            Ok((rows, said, tx.next_effect(&name, now)?, tx.withdrawn(&name)?))
        })?;
        self.get_to_know(&rows, said)?;
        let before = std::mem::take(&mut self.queue);
        let mut queue = Queue {
            fresh: true,
            cut: rows.len() >= COHORT,
            next,
            known: before.known,
            answered: before.answered,
            withdrawn: withdrawn.into_iter().collect(),
            kinships: before.kinships,
            rows: Vec::new(),
        };
        let flying: HashSet<i64> = self.flying().map(|row| row.id).collect();
        let mut ahead: HashMap<i64, Waiting> =
            before.rows.into_iter().map(|waiting| (waiting.order.2, waiting)).collect();
        let mut orphans = Vec::new();
        for mut row in rows.into_iter().filter(|row| !flying.contains(&row.id)) {
            if let Some(waiting) = ahead.remove(&row.id).filter(|waiting| waiting.due.stored == (row.phase, row.epoch))
            {
                // Nobody moved it meanwhile: what a look found still holds.
                queue.rows.push(waiting);
                continue;
            }
            let Some(operation) = queue.known.get(&row.id).map(Arc::clone) else { continue };
            let stored = (row.phase, row.epoch);
            if row.phase == Phase::Armed && inner.recovery.is_stale(row.updated) {
                // What was found before a restored hub was released holds no more (rule R14).
                if operation.kind() == OperationKind::SetStock {
                    orphans.push(Due { row, operation, stored });
                    continue;
                }
                self.connector.recovery_stage(&operation, &self.session).as_str().clone_into(&mut row.stage);
            }
            if row.phase == Phase::Unknown && !row.doubted {
                // A write that was under way when the process died (rule R9): nothing but a look comes next.
                if operation.kind() == OperationKind::SetStock {
                    orphans.push(Due { row, operation, stored });
                    continue;
                }
                if planted::on(Bug::RearmAtStart) {
                    row.phase = Phase::Armed;
                    queue.rows.push(Waiting::new(Due { row, operation, stored }));
                    continue;
                }
                row.doubted = true;
                let stage = Stage::stored(row.stage.clone());
                if self.connector.stage_kind(&operation, &stage) == StageKind::Write(Repeat::Doubles) {
                    row.horizon = row.updated.checked_add(inner.settings.timings.doubling_horizon).ok();
                }
                self.connector.recovery_stage(&operation, &self.session).as_str().clone_into(&mut row.stage);
                if let Some(horizon) = row.horizon.filter(|horizon| *horizon > now) {
                    queue.next = Some(queue.next.map_or(horizon, |next| next.min(horizon)));
                    continue;
                }
            }
            if row.stage.is_empty() {
                self.connector.first_stage(&operation, &self.session).as_str().clone_into(&mut row.stage);
            }
            queue.rows.push(Waiting::new(Due { row, operation, stored }));
        }
        // The store still has these as being sent.
        queue.rows.extend(ahead.into_values().filter(|waiting| queue.answered.contains_key(&waiting.order.2)));
        queue.rows.sort_by_key(|waiting| waiting.order);
        self.queue = queue;
        if !orphans.is_empty() {
            // The figures of a lost push are never repeated: their rows wait again, with today's figures.
            let lost = vec![Outcome::Unknown("nobody knows whether it was sent".to_owned()); orphans.len()];
            self.apply_outcomes(inner, orphans, lost, true, now)?;
        }
        Ok(())
    }

    /// Settles the effects that were taken back, once nothing but a look would come next: they write no more.
    pub(super) fn settle_withdrawn(&mut self, inner: &Arc<Inner>, now: Timestamp) -> Result<(), StoreError> {
        if self.queue.withdrawn.is_empty() {
            return Ok(());
        }
        let ends = |Waiting { due, .. }: &Waiting| {
            let stage = Stage::stored(due.row.stage.clone());
            let writes = matches!(self.connector.stage_kind(&due.operation, &stage), StageKind::Write(_));
            let untouched = !due.row.touched;
            self.queue.withdrawn.contains(&due.row.id) && (untouched || writes && due.row.phase != Phase::Unknown)
        };
        let (back, rows): (Vec<Waiting>, Vec<Waiting>) =
            std::mem::take(&mut self.queue.rows).into_iter().partition(ends);
        self.queue.rows = rows;
        let back: Vec<Due> = back.into_iter().map(|waiting| *waiting.due).collect();
        if back.is_empty() {
            return Ok(());
        }
        let kept = back.clone();
        let settled = self.take_back(inner, back, now);
        if settled.is_err() {
            for due in kept {
                self.queue.put_back(due, now);
            }
        }
        settled
    }

    /// Whether an effect was taken back.
    pub(super) fn is_withdrawn(&self, effect: i64) -> bool {
        self.queue.withdrawn.contains(&effect)
    }

    /// Reads what effects say, once each.
    fn get_to_know(&mut self, rows: &[EffectRow], said: Vec<(i64, Option<String>)>) -> Result<(), StoreError> {
        self.queue.make_room(said.len(), rows.iter().map(|row| row.id));
        for (id, text) in said {
            let text = text.ok_or_else(|| StoreError::Corrupt(format!("effect {id} says nothing")))?;
            let operation = serde_json::from_str::<Operation>(&text)
                .map_err(|error| StoreError::Corrupt(format!("effect {id}: {error}")))?;
            self.queue.known.insert(id, Arc::new(operation));
        }
        Ok(())
    }

    /// The effects that are under way.
    fn flying(&self) -> impl Iterator<Item = &EffectRow> {
        self.flights
            .values()
            .flat_map(|flight| match &flight.work {
                Work::Stage { effects, .. } => effects.as_slice(),
                _ => &[],
            })
            .map(|due| &due.row)
    }

    /// The next call for effects that wait; `orders` chooses those that go before everything else.
    pub(super) fn staged(
        &mut self,
        inner: &Arc<Inner>,
        orders: bool,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Option<LaneTurn>, StoreError> {
        'again: loop {
            // Calls of one kind and stage are paid from the same windows.
            let mut full: Vec<(OperationKind, Stage)> = Vec::new();
            for group in self.groups(orders, now) {
                let Some(Kinship { kind, stage, limit, .. }) = self.queue.kinships.get(group.kinship) else { continue };
                let (kind, stage) = (*kind, stage.clone());
                if full.contains(&(kind, stage.clone())) {
                    continue;
                }
                let batch = self.fill(&group, kind, *limit);
                match self.send(inner, batch, now, soonest)? {
                    Sent::Call(turn) => return Ok(Some(turn)),
                    Sent::Blocked => full.push((kind, stage)),
                    Sent::Refused => continue 'again,
                }
            }
            return Ok(None);
        }
    }

    /// Those that may share calls: first whoever has waited too long, then those that fill a call of many, so that the
    /// next system gets its orders while others still go one by one; then those, and then the rest. Among equals, the
    /// ones that stood still longest.
    fn groups(&mut self, orders: bool, now: Timestamp) -> Vec<Group> {
        let busy: HashSet<String> = self.flying().map(|row| row.object.clone()).collect();
        if self.queue.kinships.len() > KINSHIPS {
            self.queue.forget_keys();
        }
        let mut groups: Vec<Group> = Vec::new();
        // By kinship, the place of its group.
        let mut places: Vec<Option<usize>> = Vec::new();
        let Queue { rows, kinships, .. } = &mut self.queue;
        for (place, waiting) in rows.iter_mut().enumerate() {
            if (waiting.order.0 == 0) != orders || busy.contains(&waiting.due.row.object) {
                continue;
            }
            let kinship = match waiting.kinship {
                Some(kinship) => kinship,
                None => {
                    let (kinship, weight) = kin(self.connector.as_ref(), &self.session, kinships, &waiting.due);
                    (waiting.kinship, waiting.weight) = (Some(kinship), weight);
                    kinship
                }
            };
            if places.len() <= kinship {
                places.resize(kinship + 1, None);
            }
            let known = places.get(kinship).copied().flatten();
            if let Some(group) = known.and_then(|at| groups.get_mut(at)) {
                group.still_since = group.still_since.min(waiting.since);
                group.weight = group.weight.saturating_add(waiting.weight);
                group.members.push(place);
            } else {
                if let Some(slot) = places.get_mut(kinship) {
                    *slot = Some(groups.len());
                }
                let (still_since, weight) = (waiting.since, waiting.weight);
                groups.push(Group { kinship, still_since, weight, members: vec![place] });
            }
        }
        let patience_ends = now.saturating_sub(PATIENCE).unwrap_or(now);
        groups.sort_by_key(|group| {
            let limit = self.queue.kinships.get(group.kinship).map_or(usize::MAX, |kinship| kinship.limit);
            let turn = if group.still_since <= patience_ends {
                0
            } else if group.weight < limit {
                3
            } else if limit > 1 {
                1
            } else {
                2
            };
            (turn, group.still_since)
        });
        groups
    }

    /// Takes as many of a group as one call carries.
    fn fill(&self, group: &Group, kind: OperationKind, limit: usize) -> Vec<Due> {
        // Stock is sized when it is planned.
        let mut count = if kind == OperationKind::SetStock { 1 } else { usize::MAX };
        let mut weight = 0_usize;
        let mut batch: Vec<Due> = Vec::new();
        let mut objects = HashSet::new();
        for Waiting { due, weight: heavy, .. } in group.members.iter().filter_map(|place| self.queue.rows.get(*place)) {
            let (row, heavy) = (&due.row, *heavy);
            if weight >= limit {
                break;
            }
            let cap = self.caps.get(&row.id).copied().unwrap_or(usize::MAX);
            // An operation that alone is larger than a call goes alone.
            let fits = batch.is_empty()
                || weight.saturating_add(heavy) <= limit
                    && batch.len() < count.min(cap)
                    && !objects.contains(row.object.as_str());
            if fits {
                weight = weight.saturating_add(heavy);
                count = count.min(cap);
                objects.insert(row.object.as_str());
                batch.push(Due::clone(due));
            }
        }
        batch
    }

    /// Plans the call of a batch and sends it; a batch that cannot be expressed is split until the bad one stands alone.
    fn send(
        &mut self,
        inner: &Arc<Inner>,
        mut batch: Vec<Due>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Sent, StoreError> {
        loop {
            let notes: Vec<Value> = batch.iter().map(|due| note(&due.row)).collect();
            let references: Vec<String> = batch.iter().map(|due| reference(inner, &due.row)).collect();
            let stages: Vec<Stage> = batch.iter().map(|due| Stage::stored(due.row.stage.clone())).collect();
            let steps = steps(&batch, &stages, &notes, &references);
            let planned = self.connector.plan(&steps, &self.session);
            let Some(Due { row: first, operation, .. }) = batch.first() else {
                return Ok(Sent::Blocked);
            };
            match planned {
                Ok(call) => {
                    if let Some(until) = self.blocked(&call, now) {
                        soonest.at(until);
                        return Ok(Sent::Blocked);
                    }
                    let stage = Stage::stored(first.stage.clone());
                    let writes = matches!(self.connector.stage_kind(operation, &stage), StageKind::Write(_));
                    if writes && !inner.recovery.may_write() {
                        return Ok(Sent::Blocked);
                    }
                    let sending = if writes { mark_sending(inner, &mut batch, now) } else { Vec::new() };
                    let effects = batch.clone();
                    let turn = self.launch(inner, call, Work::Stage { effects, writes }, sending, now)?;
                    self.queue.take_out(&batch);
                    return Ok(Sent::Call(turn));
                }
                Err(rejection) if batch.len() == 1 => {
                    self.queue.take_out(&batch);
                    let outcome = vec![Outcome::Rejected(rejection)];
                    self.apply_outcomes(inner, batch, outcome, false, now)?;
                    return Ok(Sent::Refused);
                }
                Err(_) => batch.truncate(batch.len() / 2),
            }
        }
    }
}

/// What an effect may share a call with, and what it uses of the call's limit.
fn kin(connector: &dyn Connector, session: &Session, kinships: &mut Vec<Kinship>, due: &Due) -> (usize, usize) {
    let (kind, stage) = (due.operation.kind(), Stage::stored(due.row.stage.clone()));
    let weight = connector.weight(&due.operation, &stage).max(1);
    let key = connector.batch_key(&due.operation, &stage, session);
    let same = |known: &Kinship| known.kind == kind && known.stage == stage && known.key == key;
    let place = kinships.iter().position(same).unwrap_or_else(|| {
        let limit = connector.batch_limit(kind, &stage).max(1);
        kinships.push(Kinship { kind, stage, key, limit });
        kinships.len() - 1
    });
    (place, weight)
}

/// The effects as they are written down before the first byte leaves (rule R2).
fn mark_sending(inner: &Inner, batch: &mut [Due], now: Timestamp) -> Vec<Move> {
    let until = now.saturating_add(inner.settings.timings.send_within).unwrap_or(now);
    batch
        .iter_mut()
        .map(|due| {
            let (row, from) = (&mut due.row, due.stored);
            row.phase = Phase::Sending;
            row.attempt = row.attempt.saturating_add(1);
            row.epoch = row.epoch.saturating_add(1);
            row.send_deadline = Some(until);
            row.updated = now;
            if !planted::on(Bug::SendBeforeWrite) {
                due.stored = (row.phase, row.epoch);
            }
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
    batch: &'a [Due],
    stages: &'a [Stage],
    notes: &'a [Value],
    references: &'a [String],
) -> Vec<Step<'a>> {
    batch
        .iter()
        .zip(stages)
        .zip(notes.iter().zip(references))
        .map(|((due, stage), (note, effect))| Step {
            effect,
            operation: &due.operation,
            stage,
            note,
            attempt: due.row.attempt,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembering(count: i64) -> Queue {
        let operation = Arc::new(Operation::SetStock { lines: Vec::new() });
        Queue { known: (0..count).map(|id| (id, Arc::clone(&operation))).collect(), ..Queue::default() }
    }

    #[test]
    fn what_is_remembered_of_effects_stays_within_bounds() {
        for (known, coming, kept) in [(3_999, 1, 3_999), (3_999, 2, 3), (2_100, 2, 2_100), (4_001, 0, 3)] {
            let mut queue = remembering(known);
            queue.make_room(coming, [5, 6, 7, 9_999].into_iter());
            assert_eq!(queue.known.len(), kept, "{known} known and {coming} more");
        }
    }
}
