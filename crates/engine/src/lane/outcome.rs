//! One outcome per effect, and what the protocol makes of it (`ARCHITECTURE.md`, "Effects").

use std::sync::Arc;

use crossdock_connector::{Evidence, Failure, Operation, OperationKind, Outcome, Repeat, Stage, StageKind};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::{EffectRow, Phase, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::flight::pause;
use super::{Due, Lane};
use crate::Inner;
use crate::apply::{self, Settled};
use crate::ripple::Ripple;

/// After this many tries in a row that certainly did nothing, a person is asked (with pauses up to 15 minutes: about a day).
const MOST_FAILURES: u32 = 100;
/// After this many tries in a row that certainly did nothing somebody is told, while it goes on (B067): about three minutes.
const TELL_AFTER: u32 = 6;
/// A stock push whose result cannot be read is given up after this many tries: about ten minutes (fault F19).
const MOST_STOCK_FAILURES: u32 = 8;
/// After this many pushes in a row of which nobody knows what became, somebody is told (fault F19).
const LOST_PUSHES: u32 = 3;
/// After this many doubtful tries of a write whose repeat does no harm a person is asked.
const MOST_ATTEMPTS: u32 = 25;
/// The same for a write that a repeat would do twice (rule R8): looks decide, but not for ever.
const MOST_DOUBLING_ATTEMPTS: u32 = 5;

/// An effect and what becomes of it.
struct Verdict {
    due: Due,
    settled: Option<Settled>,
    keep: Keep,
    /// Whether somebody has to be told that it fails again and again, or that it does not any more.
    failing: Option<bool>,
}

/// When what became of an effect has to be on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// Now, with what follows from it.
    Now,
    /// With the next call: until then the store has it as being sent, which leads to a look.
    WithNext,
    /// Never: it is what a look found, and whoever starts anew looks again.
    InMemory,
}

impl Lane {
    /// Applies the outcomes of a batch in one transaction, together with everything that follows from them.
    pub(super) fn apply_outcomes(
        &mut self,
        inner: &Arc<Inner>,
        effects: Vec<Due>,
        mut outcomes: Vec<Outcome>,
        wrote: bool,
        now: Timestamp,
    ) -> Result<Ripple, StoreError> {
        // A connector owes one outcome per step; a missing one is a doubt, never a success.
        outcomes.truncate(effects.len());
        let missing = || {
            if planted::on(Bug::DropRowOutcome) {
                Outcome::Done(Evidence { summary: String::new(), facts: Value::Null })
            } else if wrote {
                Outcome::Unknown("no outcome".to_owned())
            } else {
                retry("no outcome")
            }
        };
        outcomes.resize_with(effects.len(), missing);
        let split = self.split(&effects, &outcomes);
        let mut verdicts = Vec::with_capacity(effects.len());
        for (due, outcome) in effects.into_iter().zip(outcomes) {
            let outcome = if split { retry("the batch is split to find the row that was refused") } else { outcome };
            verdicts.push(self.verdict(inner, due, outcome, split, now));
        }
        let (at_once, later): (Vec<_>, Vec<_>) = verdicts.into_iter().partition(|verdict| verdict.keep == Keep::Now);
        let (mut ripple, mut freed) = (Ripple::default(), false);
        if !at_once.is_empty() {
            (ripple, freed) = self.store_verdicts(inner, at_once, now)?;
        }
        for Verdict { due, keep, .. } in later {
            match keep {
                Keep::WithNext => self.queue.answered(due, now),
                Keep::InMemory | Keep::Now => self.queue.put_back(due, now),
            }
        }
        if freed {
            // What waited for one of these objects may go on.
            self.queue.forget();
        }
        Ok(ripple)
    }

    /// Stores what became of effects, with everything that follows from it. Says also whether an object is free for the
    /// next effect on it.
    fn store_verdicts(
        &mut self,
        inner: &Arc<Inner>,
        verdicts: Vec<Verdict>,
        now: Timestamp,
    ) -> Result<(Ripple, bool), StoreError> {
        let worker = inner.clone();
        let kept: Vec<Due> = verdicts.iter().map(|verdict| verdict.due.clone()).collect();
        let landed =
            kept.iter().any(|due| due.operation.kind() == OperationKind::SetStock && due.row.phase == Phase::Confirmed);
        let done = inner.store.change(move |tx| {
            let (mut ripple, mut freed) = (Ripple::default(), false);
            for Verdict { due: Due { row, operation, stored }, settled, failing, .. } in verdicts {
                tx.move_effect(&row, stored.0, stored.1, now)?;
                match failing {
                    Some(true) => apply::effect_fails(tx, &row, now)?,
                    Some(false) => apply::effect_goes_on(tx, &row, now)?,
                    None => {}
                }
                if let Some(settled) = settled {
                    freed |= tx.live_on(&row.connection, &row.object)?;
                    apply::settle(&worker, tx, &row, &operation, settled, now, &mut ripple)?;
                }
            }
            apply::finish(&worker, tx, &mut ripple)?;
            Ok((ripple, freed))
        })?;
        // Only what is on the disk counts: a refused commit is judged again.
        if landed {
            self.lost_pushes = 0;
        }
        for mut due in kept {
            due.stored = (due.row.phase, due.row.epoch);
            self.queue.put_back(due, now);
        }
        Ok(done)
    }

    /// Ends effects that were taken back.
    pub(super) fn take_back(
        &mut self,
        inner: &Arc<Inner>,
        effects: Vec<Due>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let verdicts = effects.into_iter().map(|mut due| {
            let sent = due.row.touched;
            due.row.phase = Phase::Superseded;
            due.row.updated = now;
            "taken back".clone_into(&mut due.row.evidence);
            let failing = (due.row.failures >= TELL_AFTER).then_some(false);
            Verdict { due, settled: Some(Settled::Withdrawn { sent }), keep: Keep::Now, failing }
        });
        let verdicts: Vec<Verdict> = verdicts.collect();
        // What answered writes came to is stored first: the store has these as being sent.
        self.store_answered(inner, now)?;
        let (ripple, freed) = self.store_verdicts(inner, verdicts, now)?;
        inner.ring(ripple.rings());
        if freed {
            self.queue.forget();
        }
        Ok(())
    }

    /// Whether a whole batch was refused in one breath: then the bad row has to be found by halving.
    fn split(&mut self, effects: &[Due], outcomes: &[Outcome]) -> bool {
        if effects.len() < 2 {
            return false;
        }
        let text = |outcome: &Outcome| match outcome {
            Outcome::Rejected(rejection) => Some(rejection.detail.clone()),
            _ => None,
        };
        let Some(first) = outcomes.first().and_then(text) else {
            return false;
        };
        if !outcomes.iter().all(|outcome| text(outcome).as_deref() == Some(first.as_str())) {
            return false;
        }
        let half = effects.len().div_ceil(2);
        for due in effects {
            self.caps.insert(due.row.id, half);
        }
        true
    }

    fn verdict(&mut self, inner: &Inner, due: Due, outcome: Outcome, split: bool, now: Timestamp) -> Verdict {
        let Due { mut row, operation, stored } = due;
        row.updated = now;
        let failed_before = row.failures >= TELL_AFTER;
        // A look that leads on to a write without having found nothing has found a part.
        row.touched |= matches!(outcome, Outcome::Done(_) | Outcome::Next { .. } | Outcome::Unknown(_));
        let mut keep = Keep::Now;
        let later = |wait| now.saturating_add(wait).unwrap_or(now);
        let mut settled = None;
        match outcome {
            Outcome::Done(evidence) => {
                row.phase = Phase::Confirmed;
                row.evidence.clone_from(&evidence.summary);
                self.grow_stock(&operation);
                settled = Some(Settled::Done(evidence));
            }
            Outcome::Next { stage, after, note } => {
                if row.phase == Phase::Sending || row.attempt == 0 {
                    row.failures = 0;
                }
                row.note = note.to_string();
                row.not_before = later(after);
                row.phase = self.phase_at(&operation, &stage, &row);
                // The write that a look allows ends the doubt. If it then certainly does nothing, it is due, not in doubt.
                row.doubted &= row.phase == Phase::Unknown;
                stage.as_str().clone_into(&mut row.stage);
                row.absences = 0;
                if after.is_zero() && row.phase == Phase::Armed {
                    keep = if stored.0 == Phase::Sending { Keep::WithNext } else { Keep::InMemory };
                }
            }
            Outcome::Absent { stage, note } => {
                // A look between two tries of a write is no progress: the tries go on being counted, and spread.
                if row.attempt == 0 {
                    row.failures = 0;
                }
                row.note = note.to_string();
                keep = Keep::InMemory;
                self.absent(inner, &mut row, &operation, &stage, now);
                if row.phase == Phase::Armed && self.is_withdrawn(row.id) {
                    row.phase = Phase::Superseded;
                    settled = Some(Settled::Withdrawn { sent: false });
                    keep = Keep::Now;
                }
            }
            Outcome::Rejected(rejection) => {
                row.phase = Phase::Rejected;
                row.evidence.clone_from(&rejection.detail);
                self.halve_stock(&operation);
                settled = Some(Settled::Refused(rejection));
            }
            Outcome::NotDone(failure) => {
                if row.phase == Phase::Sending {
                    row.phase = if row.doubted { Phase::Unknown } else { Phase::Armed };
                }
                let waits = !split && !matches!(failure, Failure::Reauth);
                settled = self.not_done(inner, &mut row, &operation, failure, split, now);
                if waits && row.phase == Phase::Armed {
                    _ = self.look_again(&mut row, &operation);
                }
            }
            Outcome::Unknown(text) => settled = self.doubt(inner, &mut row, &operation, text, now),
        }
        if settled.is_some() {
            self.caps.remove(&row.id);
        }
        let stock = operation.kind() == OperationKind::SetStock;
        let fails = row.failures >= TELL_AFTER && settled.is_none();
        let failing = if stock && self.lost_pushes >= LOST_PUSHES && row.phase == Phase::Superseded {
            Some(true)
        } else if stock && row.phase == Phase::Confirmed {
            // Whoever was told of pushes that fail, by this process or the one before.
            Some(false)
        } else {
            (fails != failed_before).then_some(fails)
        };
        // A doubt that has ended must not be forgotten, or the next start would wait for it again.
        if stored.0 == Phase::Unknown || failing.is_some() {
            keep = Keep::Now;
        }
        Verdict { due: Due { row, operation, stored }, settled, keep, failing }
    }

    /// A write that a repeat would do twice is not tried again on an old look: a person may have done it since (rule R11).
    /// Peoplevox's writes look by themselves where their reading is old. Says whether it has to look.
    pub(super) fn look_again(&self, row: &mut EffectRow, operation: &Operation) -> bool {
        let stage = Stage::stored(row.stage.clone());
        let doubles = self.connector.stage_kind(operation, &stage) == StageKind::Write(Repeat::Doubles);
        if doubles {
            self.connector.recovery_stage(operation, &self.session).as_str().clone_into(&mut row.stage);
        }
        doubles
    }

    /// While an effect is in doubt it stays so through every look; the first write that a look allows ends the doubt.
    fn phase_at(&self, operation: &Operation, stage: &Stage, row: &EffectRow) -> Phase {
        let looks = self.connector.stage_kind(operation, stage) == StageKind::Look;
        if row.doubted && row.phase == Phase::Unknown && looks { Phase::Unknown } else { Phase::Armed }
    }

    /// A look found no trace. Without a doubt that settles it; with one, a second look has to agree (rule R7).
    fn absent(&self, inner: &Inner, row: &mut EffectRow, operation: &Operation, stage: &Stage, now: Timestamp) {
        let timings = &inner.settings.timings;
        let harmless = self.connector.stage_kind(operation, stage) == StageKind::Write(Repeat::Harmless)
            && operation.kind() == OperationKind::Watch;
        let agreed =
            row.absent_at.is_some_and(|first| row.absences >= 1 && now.duration_since(first) >= timings.agree_after);
        let agreed = agreed || planted::on(Bug::OneEmptyLook);
        if row.phase == Phase::Unknown && !harmless && !agreed {
            if row.absences == 0 {
                row.absences = 1;
                row.absent_at = Some(now);
            }
            row.not_before = now.saturating_add(timings.agree_after).unwrap_or(now);
            "not found; looking once more before it is sent again".clone_into(&mut row.evidence);
            return;
        }
        row.phase = Phase::Armed;
        row.doubted = false;
        row.absences = 0;
        row.absent_at = None;
        stage.as_str().clone_into(&mut row.stage);
        row.not_before = now;
    }

    fn not_done(
        &mut self,
        inner: &Inner,
        row: &mut EffectRow,
        operation: &Operation,
        failure: Failure,
        split: bool,
        now: Timestamp,
    ) -> Option<Settled> {
        let later = |wait| now.saturating_add(wait).unwrap_or(now);
        match failure {
            // The session or the budget is the lane's matter: the effect loses no try by it.
            Failure::Reauth | Failure::Throttled(_) => row.not_before = now,
            Failure::Denied(text) => {
                row.not_before = now;
                row.evidence = text;
            }
            Failure::Retry(_) if split => row.not_before = now,
            Failure::Retry(text) | Failure::Forbidden(text) => {
                row.failures = row.failures.saturating_add(1);
                row.not_before = later(pause(inner, &row.key, row.failures));
                row.evidence = text;
                if operation.kind() == OperationKind::SetStock && row.failures >= MOST_STOCK_FAILURES {
                    // Newer figures wait behind it (fault F19).
                    return Some(self.give_up_push(row));
                }
                if row.failures > MOST_FAILURES {
                    row.phase = Phase::Held;
                    return Some(Settled::Doubtful(format!("{} tries failed: {}", row.failures, row.evidence)));
                }
            }
            Failure::Rejected(rejection) => {
                row.phase = Phase::Rejected;
                row.evidence.clone_from(&rejection.detail);
                return Some(Settled::Refused(rejection));
            }
        }
        None
    }

    /// Nobody can tell whether the write was done (rules R6 to R8).
    fn doubt(
        &mut self,
        inner: &Inner,
        row: &mut EffectRow,
        operation: &Operation,
        text: String,
        now: Timestamp,
    ) -> Option<Settled> {
        row.evidence = text;
        if planted::on(Bug::RetryAfterTimeout)
            || operation.kind() == OperationKind::SetStock && planted::on(Bug::RepeatLostPush)
        {
            (row.phase, row.not_before) = (Phase::Armed, now);
            return None;
        }
        if operation.kind() == OperationKind::SetStock {
            return Some(self.give_up_push(row));
        }
        let stage = Stage::stored(row.stage.clone());
        let kind = self.connector.stage_kind(operation, &stage);
        let most = match kind {
            StageKind::Write(Repeat::Doubles) => MOST_DOUBLING_ATTEMPTS,
            _ => MOST_ATTEMPTS,
        };
        row.doubted = true;
        row.phase = Phase::Unknown;
        row.absences = 0;
        row.absent_at = None;
        self.connector.recovery_stage(operation, &self.session).as_str().clone_into(&mut row.stage);
        // A write that a repeat would do twice is looked for until the slowest remote has told of it (rule R7).
        let wait = match kind {
            StageKind::Write(Repeat::Doubles) => inner.settings.timings.doubling_horizon,
            _ => inner.settings.timings.horizon,
        };
        let wait = if planted::on(Bug::NoHorizon) { SignedDuration::ZERO } else { wait };
        let horizon = now.saturating_add(wait).unwrap_or(now);
        row.horizon = Some(horizon);
        row.not_before = horizon;
        // A batch that keeps getting lost may hold one row that breaks the remote: it travels in ever smaller company.
        match row.attempt {
            0..3 => {}
            3..6 => _ = self.caps.insert(row.id, 10),
            _ => _ = self.caps.insert(row.id, 1),
        }
        if row.attempt >= most {
            row.phase = Phase::Held;
            return Some(Settled::Doubtful(format!("in doubt after {} tries: {}", row.attempt, row.evidence)));
        }
        None
    }

    /// The newest figures will be sent by the next push; old ones are never repeated (fault F77).
    fn give_up_push(&mut self, row: &mut EffectRow) -> Settled {
        self.lost_pushes = self.lost_pushes.saturating_add(1);
        row.phase = Phase::Superseded;
        Settled::Doubtful(row.evidence.clone())
    }

    /// After a push was halved the next ones grow again, or one bad listing would slow all the others down.
    fn grow_stock(&mut self, operation: &Operation) {
        if operation.kind() == OperationKind::SetStock {
            self.stock_cap = self.stock_cap.and_then(|cap| cap.checked_mul(2)).filter(|cap| *cap < 1 << 20);
        }
    }

    /// A refused stock push is halved until the bad listing stands alone.
    fn halve_stock(&mut self, operation: &Operation) {
        if let Operation::SetStock { lines } = operation
            && lines.len() > 1
        {
            self.stock_cap = Some((lines.len() / 2).max(1));
            self.next_stock = None;
        }
    }
}

fn retry(text: &str) -> Outcome {
    Outcome::NotDone(Failure::Retry(text.to_owned()))
}
