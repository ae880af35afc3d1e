//! What a hub does: plan, look, write down, send, give up, start again. Every rule of the protocol is in here, each
//! behind its guard.

use crate::guard::{Guard, Guards};
use crate::remote::{self, Sight};
use crate::scenario::{Kind, Scenario};
use crate::state::{Call, Phase, Row, SEND_WITHIN, State, Status, Step, Work, Write};

/// The rules by which hubs act.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) guards: Guards,
}

/// What comes of a look.
enum Next {
    /// The row ends, or waits, as this.
    Store(Row),
    /// This write may go.
    Write(Write),
}

impl Rules<'_> {
    fn has(self, guard: Guard) -> bool {
        self.guards.has(guard)
    }

    /// A cause is recorded; by the first rule its effect is planned with it.
    pub(crate) fn hear(self, state: &mut State, hub: usize, cause: usize) {
        state.seen |= 1 << cause;
        if self.has(Guard::OneTransaction) {
            self.plan(state, cause);
        } else if let Some(hub) = state.hubs.get_mut(hub) {
            hub.heard = u8::try_from(cause).ok();
        }
    }

    /// The effect of a cause is planned, unless its key is taken or nothing is wanted any more.
    pub(crate) fn plan(self, state: &mut State, cause: usize) {
        let number = u8::try_from(cause).unwrap_or(u8::MAX);
        let known = state.rows.iter().any(|row| row.cause == number);
        let Some(given) = self.scenario.causes.get(cause) else { return };
        let unwanted = given.kind == Kind::Order && state.cancel_known;
        if known && self.has(Guard::UniqueKey) || unwanted {
            return;
        }
        let doubtful = state.restored && self.has(Guard::RestoreDoubts);
        state.rows.push(Row {
            cause: number,
            kind: given.kind,
            object: given.object,
            phase: if doubtful { Phase::Unknown } else { Phase::Armed },
            absences: 0,
            wait: if doubtful { self.scenario.horizon } else { 0 },
            attempts: 0,
            epoch: 0,
            touched: doubtful,
            withdrawn: false,
            put_done: false,
            baseline: 0,
            adopted: None,
        });
        for hub in &mut state.hubs {
            hub.works.push(None);
        }
    }

    /// The customer's cancellation is recorded.
    pub(crate) fn hear_cancel(self, state: &mut State) {
        state.cancel_known = true;
        let tells = self.has(Guard::LateCancelTold);
        for row in state.rows.iter_mut().filter(|row| row.kind == Kind::Order) {
            match row.phase {
                Phase::Armed | Phase::Sending | Phase::Unknown => row.withdrawn = true,
                Phase::Confirmed | Phase::Held | Phase::Rejected => state.told |= tells,
                Phase::Superseded => {}
            }
        }
    }

    /// Whether an older effect of the object has to end first.
    fn is_blocked(self, state: &State, row: usize) -> bool {
        let Some(own) = state.rows.get(row) else { return true };
        let ahead = |other: &Row| {
            let held = own.kind == Kind::Refund && other.phase == Phase::Held && self.has(Guard::HeldLocks);
            other.kind == own.kind
                && other.object == own.object
                && (other.phase.is_live() && self.has(Guard::OneInFlight) || held)
        };
        state.rows.iter().take(row).any(ahead)
    }

    /// Whether it waits behind something that waits for a person.
    pub(crate) fn waits_for_a_person(self, state: &State, row: usize) -> bool {
        self.is_blocked(state, row) && state.rows.iter().take(row).all(|other| !other.phase.is_live())
    }

    /// Whether a hub may take an effect up from the store.
    fn is_due(self, state: &State, hub: usize, row: usize) -> bool {
        state.owner == hub
            && state.work(hub, row).is_none()
            && state
                .rows
                .get(row)
                .is_some_and(|row| matches!(row.phase, Phase::Armed | Phase::Unknown) && row.wait == 0)
            && !self.is_blocked(state, row)
    }

    /// Whether a hub would look at the remote for an effect now.
    pub(crate) fn may_look(self, state: &State, hub: usize, row: usize) -> bool {
        if !state.acts(hub) || self.may_take_back(state, hub, row) {
            return false;
        }
        match state.work(hub, row) {
            Some(Work { step: Step::Answered(_), .. }) => self.has(Guard::ReadBack),
            Some(Work { step: Step::Ready(..), .. }) => self.is_old(state, hub, row),
            Some(_) => false,
            None => self.is_due(state, hub, row) && !self.may_skip_look(state, hub, row),
        }
    }

    /// Whether the look that allowed a write is too old for it.
    fn is_old(self, state: &State, hub: usize, row: usize) -> bool {
        let age = match state.work(hub, row).map(|work| work.step) {
            Some(Step::Ready(_, age)) => age,
            _ => 0,
        };
        self.has(Guard::FreshLook) && age > 1
    }

    /// Without the look before the write, a hub goes on to the write at once.
    pub(crate) fn may_skip_look(self, state: &State, hub: usize, row: usize) -> bool {
        !self.has(Guard::LookFirst)
            && state.acts(hub)
            && self.is_due(state, hub, row)
            && state.rows.get(row).is_some_and(|row| row.phase == Phase::Armed)
    }

    pub(crate) fn skip_look(state: &mut State, hub: usize, row: usize) {
        if let Some(own) = state.rows.get(row).copied() {
            state.set_work(hub, row, Some(Work { step: Step::Ready(Write::Put, 0), row: own }));
        }
    }

    /// An answered write is believed without a look (only without the read-back).
    pub(crate) fn may_believe(self, state: &State, hub: usize, row: usize) -> bool {
        let answered = matches!(state.work(hub, row), Some(Work { step: Step::Answered(_), .. }));
        !self.has(Guard::ReadBack) && state.acts(hub) && answered
    }

    pub(crate) fn believe(self, state: &mut State, hub: usize, row: usize) {
        let Some(work) = state.work(hub, row) else { return };
        if work.step == Step::Answered(Write::Put) && work.row.kind == Kind::Order {
            state.set_work(hub, row, Some(Work { step: Step::Ready(Write::Release, 0), row: work.row }));
        } else {
            let adopted = Some(u8::MAX);
            self.store(state, hub, row, work.row, Row { phase: Phase::Confirmed, adopted, ..work.row });
        }
    }

    /// Stores a moved row, if nobody moved it since (rule R10). What a hub was doing about it ends with that.
    fn store(self, state: &mut State, hub: usize, row: usize, seen: Row, moved: Row) -> bool {
        state.set_work(hub, row, None);
        let tells = self.has(Guard::LateCancelTold);
        if self.has(Guard::LeaseFence) && state.owner != hub {
            return false;
        }
        let Some(stored) = state.rows.get_mut(row) else { return false };
        if self.has(Guard::EpochCompare) && (stored.phase, stored.epoch) != (seen.phase, seen.epoch) {
            return false;
        }
        let withdrawn = stored.withdrawn;
        *stored = Row { withdrawn, ..moved };
        if withdrawn && matches!(moved.phase, Phase::Confirmed | Phase::Held | Phase::Rejected) {
            state.told |= tells;
        }
        if moved.kind == Kind::Shipment && moved.phase == Phase::Confirmed && self.scenario.chained {
            // What the customer has, the customer may send back.
            state.arisen |= if self.scenario.causes.len() > 2 { 4 } else { 0 };
        }
        true
    }

    /// A look is made and acted upon.
    pub(crate) fn look(self, state: &mut State, hub: usize, row: usize, old_copy: bool) {
        let Some(stored) = state.rows.get(row).copied() else { return };
        let work = state.work(hub, row);
        let own = work.map_or(stored, |work| work.row);
        let (mut sight, shown) = remote::look(state, &own, old_copy, self.guards);
        if own.kind == Kind::Refund && own.phase == Phase::Armed && own.attempts == 0 && self.has(Guard::Baseline) {
            // Nothing was sent yet: whatever is there is somebody else's, and is noted as the baseline.
            sight = Sight::Absent;
        }
        let written = match work.map(|work| work.step) {
            Some(Step::Answered(write)) => Some(write),
            _ if own.put_done && own.phase == Phase::Armed => Some(Write::Put),
            _ => None,
        };
        match self.decide(own, sight, written) {
            Next::Store(moved) => {
                // A row that goes on being looked for from memory is not stored unless it moved.
                self.store(state, hub, row, own, moved);
            }
            Next::Write(write) => {
                let mut ready = own;
                if own.attempts == 0 {
                    ready.baseline = shown;
                }
                if own.phase == Phase::Unknown {
                    ready = Row { phase: Phase::Armed, absences: 0, ..ready };
                    if !self.store(state, hub, row, own, ready) {
                        return;
                    }
                }
                state.set_work(hub, row, Some(Work { step: Step::Ready(write, 0), row: ready }));
            }
        }
    }

    fn decide(self, row: Row, sight: Sight, written: Option<Write>) -> Next {
        let end = |phase| Next::Store(Row { phase, ..row });
        match sight {
            Sight::There(record) => {
                let adopted = (row.kind == Kind::Refund).then_some(record);
                Next::Store(Row { phase: Phase::Confirmed, adopted, ..row })
            }
            Sight::Several => end(Phase::Held),
            // It was answered with success, and is not there: a person is asked.
            Sight::Absent if written.is_some() => end(Phase::Rejected),
            Sight::Absent => self.absent(row),
            Sight::Order { lines, released, status } => {
                let status = if self.has(Guard::StatusFirst) { status } else { Status::Open };
                match (status, lines) {
                    (Status::Cancelled, _) => end(Phase::Rejected),
                    (Status::Picked, 1) => end(Phase::Confirmed),
                    (Status::Picked, _) => end(Phase::Rejected),
                    (Status::Open, 0) if written.is_some() => end(Phase::Rejected),
                    (Status::Open, 0) => self.absent(row),
                    (Status::Open, 1) if released => end(Phase::Confirmed),
                    (Status::Open, 1) if written == Some(Write::Release) => end(Phase::Rejected),
                    (Status::Open, 1) => Next::Write(Write::Release),
                    (Status::Open, _) => end(Phase::Rejected),
                }
            }
        }
    }

    /// Nothing was found (rules R7 and R8).
    fn absent(self, row: Row) -> Next {
        if row.phase == Phase::Unknown {
            if row.absences == 0 && self.has(Guard::SecondLook) {
                let wait = u8::from(self.has(Guard::LooksApart));
                return Next::Store(Row { absences: 1, wait, ..row });
            }
            if row.withdrawn {
                return Next::Store(Row { phase: Phase::Superseded, ..row });
            }
            if row.kind == Kind::Refund && self.has(Guard::HoldMoney) {
                return Next::Store(Row { phase: Phase::Held, ..row });
            }
        }
        Next::Write(Write::Put)
    }

    /// Whether what was taken back ends now: nothing of it is out, or a write would be next and no doubt is open.
    pub(crate) fn may_take_back(self, state: &State, hub: usize, row: usize) -> bool {
        let Some(stored) = state.rows.get(row) else { return false };
        if !self.has(Guard::WithdrawnStops) || !stored.withdrawn || !state.acts(hub) {
            return false;
        }
        match state.work(hub, row).map(|work| work.step) {
            None => self.is_due(state, hub, row) && !stored.touched,
            Some(Step::Ready(..)) => true,
            Some(_) => false,
        }
    }

    pub(crate) fn take_back(self, state: &mut State, hub: usize, row: usize) {
        let Some(stored) = state.rows.get(row).copied() else { return };
        let own = state.work(hub, row).map_or(stored, |work| work.row);
        if self.store(state, hub, row, own, Row { phase: Phase::Superseded, ..own }) {
            state.told |= own.touched && self.has(Guard::LateCancelTold);
        }
    }

    /// Whether a hub would write a call down now (rule R2).
    pub(crate) fn may_commit(self, state: &State, hub: usize, row: usize) -> bool {
        let ready = matches!(state.work(hub, row), Some(Work { step: Step::Ready(..), .. }));
        ready && state.acts(hub) && !self.is_old(state, hub, row) && !self.may_take_back(state, hub, row)
    }

    pub(crate) fn commit(self, state: &mut State, hub: usize, row: usize) {
        let Some(Work { step: Step::Ready(write, _), row: own }) = state.work(hub, row) else { return };
        let mut moved = own;
        if self.has(Guard::WriteAhead) {
            moved = Row {
                phase: Phase::Sending,
                attempts: own.attempts.saturating_add(1),
                epoch: own.epoch.saturating_add(1),
                touched: true,
                put_done: own.put_done || write == Write::Release,
                ..own
            };
            if !self.store(state, hub, row, own, moved) {
                return;
            }
        }
        state.wrong.written_cancelled |= state.rows.get(row).is_some_and(|row| row.withdrawn);
        state.set_work(hub, row, Some(Work { step: Step::Written(write, SEND_WITHIN), row: moved }));
    }

    /// Whether a written call may leave (rule R4).
    pub(crate) fn may_send(self, state: &State, hub: usize, row: usize) -> bool {
        match state.work(hub, row) {
            Some(Work { step: Step::Written(_, left), .. }) => {
                state.acts(hub) && (left > 0 || !self.has(Guard::SendDeadline))
            }
            _ => false,
        }
    }

    pub(crate) fn send(state: &mut State, hub: usize, row: usize) {
        let Some(Work { step: Step::Written(write, _), row: own }) = state.work(hub, row) else { return };
        let number = |of: usize| u8::try_from(of).unwrap_or(u8::MAX);
        state.calls.push(Call {
            row: number(row),
            cause: own.cause,
            kind: own.kind,
            object: own.object,
            write,
            hub: number(hub),
            epoch: own.epoch,
            age: 0,
        });
        state.calls.sort_unstable();
        state.set_work(hub, row, Some(Work { step: Step::Waiting(write), row: own }));
    }

    /// The call certainly did not leave: it is due again.
    pub(crate) fn not_sent(self, state: &mut State, hub: usize, row: usize) {
        let Some(Work { step: Step::Written(write, _), row: own }) = state.work(hub, row) else { return };
        let armed = Row { phase: Phase::Armed, ..own };
        if self.store(state, hub, row, own, armed) && !self.has(Guard::FreshLook) {
            // It waits for its next try, and the look before it grows old.
            state.set_work(hub, row, Some(Work { step: Step::Ready(write, 2), row: armed }));
        }
    }

    /// Whether a call that was written down must not leave any more.
    pub(crate) fn may_abandon(self, state: &State, hub: usize, row: usize) -> bool {
        let overdue = matches!(state.work(hub, row), Some(Work { step: Step::Written(_, 0), .. }));
        overdue && state.acts(hub) && self.has(Guard::SendDeadline)
    }

    /// Nobody can tell whether it was done (rules R5 to R8).
    pub(crate) fn doubt(self, state: &mut State, hub: usize, row: usize) {
        let Some(Work { step, row: own }) = state.work(hub, row) else { return };
        if !self.has(Guard::LostIsDoubt)
            && let Step::Waiting(write) = step
            && own.attempts < self.scenario.attempts
        {
            let armed = Row { phase: Phase::Armed, ..own };
            if self.store(state, hub, row, own, armed) {
                state.set_work(hub, row, Some(Work { step: Step::Ready(write, 0), row: armed }));
            }
            return;
        }
        let phase = if own.attempts >= self.scenario.attempts { Phase::Held } else { Phase::Unknown };
        // Money is looked for once more, whatever the count says: adopting it is better than asking.
        let phase = if own.kind == Kind::Refund { Phase::Unknown } else { phase };
        let wait = if self.has(Guard::Horizon) { self.scenario.horizon } else { 0 };
        self.store(state, hub, row, own, Row { phase, absences: 0, wait, touched: true, ..own });
    }

    /// A hub starts, or takes over (rule R9).
    pub(crate) fn recover(self, state: &mut State, hub: usize) {
        state.owner = hub;
        if let Some(hub) = state.hubs.get_mut(hub) {
            hub.up = true;
        }
        if !self.has(Guard::RestartFinds) {
            return;
        }
        let wait = if self.has(Guard::Horizon) { self.scenario.horizon } else { 0 };
        for row in state.rows.iter_mut().filter(|row| row.phase == Phase::Sending) {
            if self.has(Guard::RestartDoubts) {
                *row = Row { phase: Phase::Unknown, absences: 0, wait, touched: true, ..*row };
            } else {
                row.phase = Phase::Armed;
            }
        }
    }

    /// A hub loses its memory.
    pub(crate) fn crash(state: &mut State, hub: usize) {
        if let Some(hub) = state.hubs.get_mut(hub) {
            hub.up = false;
            hub.paused = false;
            hub.heard = None;
            hub.works.fill(None);
        }
    }

    /// The store is replaced by a backup from before everything; every hub starts anew on it.
    pub(crate) fn restore(self, state: &mut State) {
        state.rows.clear();
        state.seen = 0;
        state.cancel_known = false;
        state.restored = true;
        for hub in &mut state.hubs {
            *hub = crate::state::Hub { up: hub.up, paused: false, heard: None, works: Vec::new() };
        }
        let owner = state.owner;
        self.recover(state, owner);
    }
}
