//! The protocol as a graph of states: what may happen in each moment.

use std::hash::{DefaultHasher, Hash, Hasher};

use stateright::{Model, Property};

use crate::guard::{Guard, Guards};
use crate::hub::Rules;
use crate::remote;
use crate::scenario::{Delay, Kind, Scenario};
use crate::state::{ARRIVES_WITHIN, OLD, Phase, Row, State, Status, Step, Work};

/// A small world under some guards.
#[derive(Debug, Clone, Copy)]
pub struct Protocol {
    /// The world.
    pub scenario: Scenario,
    /// The guards in force.
    pub guards: Guards,
}

/// Something that happens. Numbers are those of hubs, effects and causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A hub hears of a cause and records it.
    Hear(usize, usize),
    /// It plans what it recorded earlier.
    PlanHeard(usize),
    /// It records the customer's cancellation.
    HearCancel,
    /// It looks at the remote for an effect; `true`: the answer comes from an old copy.
    Look(usize, usize, bool),
    /// It goes on to the write without a look.
    SkipLook(usize, usize),
    /// It takes an answer for the fact.
    Believe(usize, usize),
    /// It ends what was taken back.
    TakeBack(usize, usize),
    /// It writes down that it is sending.
    Commit(usize, usize),
    /// The call leaves.
    Send(usize, usize),
    /// It gives up a call whose time is over.
    Abandon(usize, usize),
    /// It waits for an answer no longer.
    GiveUp(usize, usize),
    /// The remote carries a call out and the hub has its answer.
    Answered(usize),
    /// The remote carries a call out and the answer is lost, or nobody waits for it.
    Unanswered(usize),
    /// The remote answers with success and keeps nothing.
    Dropped(usize),
    /// A call is lost.
    Lost(usize),
    /// A call certainly does not leave.
    NotSent(usize, usize),
    /// A hub loses its memory.
    Crash(usize),
    /// It starts again.
    Start(usize),
    /// It stands still.
    Pause(usize),
    /// It goes on.
    Wake(usize),
    /// It takes over from one that is silent.
    TakeOver(usize),
    /// The store is replaced by an old backup.
    Restore,
    /// An event comes again.
    Replay(usize),
    /// A hint is lost.
    LoseHint(usize),
    /// Reads begin to lag longer than usual.
    Burst,
    /// A person does it at the remote.
    ByHand(usize),
    /// The customer cancels.
    CustomerCancels,
    /// The warehouse cancels.
    WarehouseCancels,
    /// The warehouse picks the order.
    Pick,
    /// Time passes.
    Tick,
}

impl Protocol {
    /// The scenario under every guard.
    pub const fn guarded(scenario: Scenario) -> Self {
        Self { scenario, guards: Guards::all() }
    }

    /// The same without one guard.
    #[must_use]
    pub const fn without(self, guard: Guard) -> Self {
        Self { guards: self.guards.without(guard), ..self }
    }

    fn rules(&self) -> Rules<'_> {
        Rules { scenario: &self.scenario, guards: self.guards }
    }

    /// What moves by itself, sooner or later.
    fn progress(&self, state: &State, actions: &mut Vec<Action>) {
        for hub in 0..state.hubs.len() {
            if state.acts(hub) && state.owner == hub {
                for cause in 0..self.scenario.causes.len() {
                    let heard = state.unheard & (1 << cause) == 0 || self.guards.has(Guard::Sweep);
                    if state.has_arisen(cause) && state.seen & (1 << cause) == 0 && heard {
                        actions.push(Action::Hear(hub, cause));
                    }
                }
                if state.cancel_wished && !state.cancel_known {
                    actions.push(Action::HearCancel);
                }
            }
            if state.acts(hub) && state.hubs.get(hub).is_some_and(|hub| hub.heard.is_some()) {
                actions.push(Action::PlanHeard(hub));
            }
            for row in 0..state.rows.len() {
                self.row_progress(state, hub, row, actions);
            }
            match state.hubs.get(hub) {
                Some(one) if !one.up && state.owner == hub => actions.push(Action::Start(hub)),
                Some(one) if one.paused => actions.push(Action::Wake(hub)),
                _ => {}
            }
            if hub != state.owner && state.acts(hub) && !state.acts(state.owner) {
                actions.push(Action::TakeOver(hub));
            }
        }
        for (place, call) in state.calls.iter().enumerate() {
            let waits = state.work(usize::from(call.hub), usize::from(call.row));
            let waited_for =
                waits.is_some_and(|work| work.step == Step::Waiting(call.write) && work.row.epoch == call.epoch);
            if waited_for {
                actions.push(Action::Answered(place));
            } else {
                actions.push(Action::Unanswered(place));
            }
        }
        if self.may_tick(state) {
            actions.push(Action::Tick);
        }
    }

    fn row_progress(&self, state: &State, hub: usize, row: usize, actions: &mut Vec<Action>) {
        let rules = self.rules();
        if rules.may_take_back(state, hub, row) {
            actions.push(Action::TakeBack(hub, row));
        }
        if rules.may_look(state, hub, row) {
            self.looks(state, hub, row, actions);
        }
        if rules.may_skip_look(state, hub, row) {
            actions.push(Action::SkipLook(hub, row));
        }
        if rules.may_believe(state, hub, row) {
            actions.push(Action::Believe(hub, row));
        }
        if rules.may_commit(state, hub, row) {
            actions.push(Action::Commit(hub, row));
        }
        if rules.may_send(state, hub, row) {
            actions.push(Action::Send(hub, row));
        }
        if rules.may_abandon(state, hub, row) {
            actions.push(Action::Abandon(hub, row));
        }
        if state.acts(hub) && Self::waits_in_vain(state, hub, row) {
            actions.push(Action::GiveUp(hub, row));
        }
    }

    /// A look may be answered from an old copy, where that makes a difference. A read-back is repeated until the usual lag
    /// is over, so that only its last answer counts.
    fn looks(&self, state: &State, hub: usize, row: usize, actions: &mut Vec<Action>) {
        actions.push(Action::Look(hub, row, false));
        let work = state.work(hub, row);
        let reads_back = matches!(work, Some(Work { step: Step::Answered(_), .. }));
        let own = work.map(|work| work.row).or_else(|| state.rows.get(row).copied());
        let believed = |row: &Row| self.scenario.stale && !reads_back && !(row.put_done && row.phase == Phase::Armed);
        let Some(own) = own.filter(believed) else { return };
        if remote::look(state, &own, true, self.guards) != remote::look(state, &own, false, self.guards) {
            actions.push(Action::Look(hub, row, true));
        }
    }

    /// Whether a hub waits for the answer to a call that is gone.
    fn waits_in_vain(state: &State, hub: usize, row: usize) -> bool {
        match state.work(hub, row) {
            Some(Work { step: Step::Waiting(_), row: own }) => !state
                .calls
                .iter()
                .any(|call| usize::from(call.hub) == hub && usize::from(call.row) == row && call.epoch == own.epoch),
            _ => false,
        }
    }

    /// What may go wrong or be done by others, as long as the budgets last.
    fn trouble(&self, state: &State, actions: &mut Vec<Action>) {
        let left = &state.left;
        for hub in 0..state.hubs.len() {
            if state.hubs.get(hub).is_some_and(|one| one.up) && left.crashes > 0 {
                actions.push(Action::Crash(hub));
            }
            if state.acts(hub) && left.pauses > 0 {
                actions.push(Action::Pause(hub));
            }
            for row in 0..state.rows.len() {
                let step = state.work(hub, row).map(|work| work.step);
                if left.refused > 0 && self.rules().may_send(state, hub, row) {
                    actions.push(Action::NotSent(hub, row));
                }
                let waits = matches!(step, Some(Step::Waiting(_)));
                if left.late > 0 && state.acts(hub) && waits && !Self::waits_in_vain(state, hub, row) {
                    actions.push(Action::GiveUp(hub, row));
                }
            }
        }
        for (place, call) in state.calls.iter().enumerate() {
            if left.lost > 0 {
                actions.push(Action::Lost(place));
                actions.push(Action::Unanswered(place));
            }
            if left.drops > 0 && call.write == crate::state::Write::Put {
                actions.push(Action::Dropped(place));
            }
        }
        if left.restores > 0 && !state.rows.is_empty() {
            actions.push(Action::Restore);
        }
        for cause in 0..self.scenario.causes.len() {
            let seen = state.seen & (1 << cause) != 0;
            if left.replays > 0 && seen && !self.guards.has(Guard::UniqueKey) {
                actions.push(Action::Replay(cause));
            }
            if left.hints_lost > 0 && state.has_arisen(cause) && !seen && state.unheard & (1 << cause) == 0 {
                actions.push(Action::LoseHint(cause));
            }
            if left.by_hand > 0
                && state.has_arisen(cause)
                && remote::may_by_hand(state, &self.scenario, cause, self.guards)
            {
                actions.push(Action::ByHand(cause));
            }
        }
        if left.bursts > 0 && !state.burst && self.scenario.stale {
            actions.push(Action::Burst);
        }
        if left.customer_cancels > 0 && !state.cancel_wished && state.order.status == Status::Open {
            actions.push(Action::CustomerCancels);
        }
        if left.warehouse_cancels > 0 && state.order.header && state.order.status == Status::Open {
            actions.push(Action::WarehouseCancels);
        }
        let orders = self.scenario.causes.iter().any(|cause| cause.kind == Kind::Order);
        if orders && remote::may_pick(state, self.guards) {
            actions.push(Action::Pick);
        }
    }

    /// Time passes only where something depends on it, never past a call that must have arrived, and never past a hub that
    /// is awake and has something to do at once.
    fn may_tick(&self, state: &State) -> bool {
        let bounded = self.scenario.delay == Delay::Bounded;
        if bounded && state.calls.iter().any(|call| call.age >= ARRIVES_WITHIN) {
            return false;
        }
        let mut matters = state.burst
            || bounded && !state.calls.is_empty()
            || state.rows.iter().any(|row| row.phase.is_live() && row.wait > 0)
            || state.records.iter().any(|record| record.age < record_limit(record.by_hand));
        for hub in 0..state.hubs.len() {
            for work in (0..state.rows.len()).filter_map(|row| state.work(hub, row)) {
                match work.step {
                    Step::Ready(_, age) if state.acts(hub) && age >= 1 => return false,
                    Step::Written(_, 0) if state.acts(hub) => return false,
                    Step::Ready(_, age) => matters |= age < 2,
                    Step::Written(_, left) => matters |= left > 0,
                    Step::Waiting(_) | Step::Answered(_) => {}
                }
            }
        }
        let order = &state.order;
        matters
            || order.header && order.put_age < 2
            || order.released && order.released_age < 2
            || order.status != Status::Open && order.status_age < OLD
    }

    fn tick(&self, state: &mut State) {
        state.burst = false;
        for row in &mut state.rows {
            row.wait = row.wait.saturating_sub(1);
        }
        for work in state.hubs.iter_mut().flat_map(|hub| hub.works.iter_mut()).flatten() {
            work.row.wait = work.row.wait.saturating_sub(1);
            match &mut work.step {
                Step::Ready(_, age) => *age = age.saturating_add(1).min(2),
                Step::Written(_, left) => *left = left.saturating_sub(1),
                Step::Waiting(_) | Step::Answered(_) => {}
            }
        }
        if self.scenario.delay == Delay::Bounded {
            state.calls.iter_mut().for_each(|call| call.age += 1);
        }
        for record in &mut state.records {
            record.age = record.age.saturating_add(1).min(record_limit(record.by_hand).max(record.age));
        }
        let order = &mut state.order;
        order.put_age = order.put_age.saturating_add(1).min(if order.header { 2 } else { OLD });
        order.released_age = order.released_age.saturating_add(1).min(if order.released { 2 } else { OLD });
        order.status_age = order.status_age.saturating_add(1).min(OLD);
    }

    /// A call leaves the wire; `None` where there is none.
    fn take(state: &mut State, place: usize) -> Option<crate::state::Call> {
        (place < state.calls.len()).then(|| state.calls.remove(place))
    }

    fn happen(&self, state: &mut State, action: Action) {
        let rules = self.rules();
        match action {
            Action::Hear(hub, cause) => rules.hear(state, hub, cause),
            Action::PlanHeard(hub) => {
                if let Some(cause) = state.hubs.get_mut(hub).and_then(|hub| hub.heard.take()) {
                    rules.plan(state, usize::from(cause));
                }
            }
            Action::HearCancel => rules.hear_cancel(state),
            Action::Look(hub, row, old_copy) => rules.look(state, hub, row, old_copy),
            Action::SkipLook(hub, row) => Rules::skip_look(state, hub, row),
            Action::Believe(hub, row) => rules.believe(state, hub, row),
            Action::TakeBack(hub, row) => rules.take_back(state, hub, row),
            Action::Commit(hub, row) => rules.commit(state, hub, row),
            Action::Send(hub, row) => Rules::send(state, hub, row),
            Action::Abandon(hub, row) => rules.doubt(state, hub, row),
            Action::GiveUp(hub, row) => {
                if !Self::waits_in_vain(state, hub, row) {
                    state.left.late -= 1;
                }
                rules.doubt(state, hub, row);
            }
            Action::NotSent(hub, row) => {
                state.left.refused -= 1;
                rules.not_sent(state, hub, row);
            }
            Action::Answered(_) | Action::Unanswered(_) | Action::Dropped(_) | Action::Lost(_) => {
                Self::wire(state, action);
            }
            Action::Crash(hub) => {
                state.left.crashes -= 1;
                Rules::crash(state, hub);
            }
            Action::Start(hub) | Action::TakeOver(hub) => rules.recover(state, hub),
            Action::Pause(hub) => {
                state.left.pauses -= 1;
                set_paused(state, hub, true);
            }
            Action::Wake(hub) => set_paused(state, hub, false),
            Action::Restore => {
                state.left.restores -= 1;
                rules.restore(state);
            }
            Action::Replay(cause) => {
                state.left.replays -= 1;
                rules.plan(state, cause);
            }
            Action::LoseHint(cause) => {
                state.left.hints_lost -= 1;
                state.unheard |= 1 << cause;
            }
            Action::Burst => {
                state.left.bursts -= 1;
                state.burst = true;
            }
            Action::ByHand(cause) => {
                state.left.by_hand -= 1;
                remote::by_hand(state, &self.scenario, cause);
            }
            Action::CustomerCancels => {
                state.left.customer_cancels -= 1;
                state.cancel_wished = true;
            }
            Action::WarehouseCancels => {
                state.left.warehouse_cancels -= 1;
                state.order.status = Status::Cancelled;
                state.order.status_age = 0;
            }
            Action::Pick => remote::pick(state, &self.scenario),
            Action::Tick => self.tick(state),
        }
    }

    fn wire(state: &mut State, action: Action) {
        let (Action::Answered(place) | Action::Unanswered(place) | Action::Dropped(place) | Action::Lost(place)) =
            action
        else {
            return;
        };
        let Some(call) = Self::take(state, place) else { return };
        let (hub, row) = (usize::from(call.hub), usize::from(call.row));
        let waiting =
            state.work(hub, row).filter(|work| work.step == Step::Waiting(call.write) && work.row.epoch == call.epoch);
        match action {
            Action::Lost(_) => {
                state.left.lost -= 1;
                return;
            }
            Action::Dropped(_) => state.left.drops -= 1,
            Action::Unanswered(_) if waiting.is_some() => state.left.lost -= 1,
            _ => {}
        }
        remote::carry_out(state, call, matches!(action, Action::Dropped(_)));
        if let Some(work) = waiting.filter(|_| !matches!(action, Action::Unanswered(_))) {
            state.set_work(hub, row, Some(Work { step: Step::Answered(call.write), row: work.row }));
        }
    }

    /// Whether nothing more moves by itself.
    pub(crate) fn rests(&self, state: &State) -> bool {
        let mut actions = Vec::new();
        self.progress(state, &mut actions);
        actions.is_empty()
    }

    /// Whether every cause that has arisen is done, or stands in front of a person.
    fn nothing_is_lost(&self, state: &State) -> bool {
        (0..self.scenario.causes.len())
            .filter(|cause| state.has_arisen(*cause))
            .all(|cause| self.is_settled(state, cause))
    }

    fn is_settled(&self, state: &State, cause: usize) -> bool {
        let number = u8::try_from(cause).unwrap_or(u8::MAX);
        let order = &state.order;
        let kind = self.scenario.causes.get(cause).map(|cause| cause.kind);
        let mut rows = state.rows.iter().enumerate().filter(|(_, row)| row.cause == number).peekable();
        if rows.peek().is_none() {
            return kind == Some(Kind::Order) && state.cancel_known && !order.header;
        }
        rows.all(|(place, row)| match row.phase {
            Phase::Armed | Phase::Sending | Phase::Unknown => self.rules().waits_for_a_person(state, place),
            Phase::Held | Phase::Rejected => true,
            Phase::Superseded => !order.header || order.status == Status::Cancelled || state.told,
            Phase::Confirmed => match row.kind {
                Kind::Order => {
                    let there = order.status != Status::Open || order.lines == 1 && order.released;
                    there && (!state.cancel_known || order.status == Status::Cancelled || state.told)
                }
                Kind::Shipment => state.records.iter().any(|record| record.cause == number && record.kind == row.kind),
                Kind::Refund => {
                    let own = |record: &crate::state::Record| record.cause == number && record.kind == row.kind;
                    match row.adopted.map(usize::from) {
                        Some(place) if place < state.records.len() => state.records.get(place).is_some_and(own),
                        _ => state.records.iter().any(own),
                    }
                }
            },
        })
    }
}

/// Up to where the age of a record matters.
const fn record_limit(by_hand: bool) -> u8 {
    if by_hand { OLD } else { 2 }
}

fn set_paused(state: &mut State, hub: usize, paused: bool) {
    if let Some(hub) = state.hubs.get_mut(hub) {
        hub.paused = paused;
    }
}

/// A number for a state, to tell states apart in [`crate::always_ends`].
pub(crate) fn number(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(&self.scenario)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.wrong != crate::state::Wrong::default() {
            // The story has been told.
            return;
        }
        self.progress(state, actions);
        self.trouble(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.happen(&mut state, action);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("never twice", |_, state: &State| !state.wrong.twice && !state.wrong.picked_amiss),
            Property::always("never beyond", |_, state: &State| {
                !state.wrong.written_beyond && !state.wrong.written_cancelled
            }),
            Property::always("never lost", |model: &Self, state: &State| {
                state.wrong != crate::state::Wrong::default() || !model.rests(state) || model.nothing_is_lost(state)
            }),
            Property::sometimes("it is done", |model: &Self, state: &State| {
                state.rows.len() >= model.scenario.causes.len()
                    && state.rows.iter().all(|row| row.phase == Phase::Confirmed)
            }),
        ]
    }
}
