//! What the remotes do: carry calls out, answer looks, and change by other people's hands.

use crate::guard::{Guard, Guards};
use crate::scenario::{Kind, Scenario};
use crate::state::{Call, OLD, Phase, Record, Row, State, Status, Write};

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sight {
    Absent,
    /// Ours, and which record.
    There(u8),
    /// More than one could be ours.
    Several,
    /// The order as the warehouse shows it.
    Order {
        lines: u8,
        released: bool,
        status: Status,
    },
}

/// What a look at the remote shows, and which records it shows at all. An old copy lacks what is younger than the usual
/// lag (one tick), in a bad hour (`burst`) two.
pub(crate) fn look(state: &State, row: &Row, old_copy: bool, guards: Guards) -> (Sight, u8) {
    let lag = match (old_copy, state.burst) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => 2,
    };
    if row.kind == Kind::Order {
        return (order(state, lag), 0);
    }
    let mut shown = 0;
    let mut ours = Vec::new();
    for (place, record) in (0_u8..).zip(&state.records) {
        if record.kind != row.kind || record.object != row.object || record.age < lag {
            continue;
        }
        shown |= 1 << place;
        let taken = |other: &Row| other.phase == Phase::Confirmed && other.adopted == Some(place);
        let is_ours = if row.kind == Kind::Shipment {
            !guards.has(Guard::OwnReference) || record.cause == row.cause
        } else {
            let before = guards.has(Guard::Baseline) && row.baseline & (1 << place) != 0;
            let elsewhere = guards.has(Guard::AdoptOnce) && state.rows.iter().any(taken);
            !before && !elsewhere
        };
        if is_ours {
            ours.push(place);
        }
    }
    let sight = match ours[..] {
        [] => Sight::Absent,
        [one] => Sight::There(one),
        // A shipment bears our reference: a second one is no reason to doubt the first.
        [first, ..] if row.kind == Kind::Shipment => Sight::There(first),
        _ => Sight::Several,
    };
    (sight, shown)
}

fn order(state: &State, lag: u8) -> Sight {
    let mut seen = state.order;
    if seen.put_age < lag {
        seen.header = seen.lines > 1;
        seen.lines = seen.lines.saturating_sub(1);
    }
    if seen.released_age < lag {
        seen.released = false;
    }
    if seen.status_age < lag {
        seen.status = Status::Open;
    }
    if seen.header {
        Sight::Order { lines: seen.lines, released: seen.released, status: seen.status }
    } else {
        Sight::Absent
    }
}

/// A call is carried out; `dropped`: the remote answers with success and keeps nothing of it.
pub(crate) fn carry_out(state: &mut State, call: Call, dropped: bool) {
    if call.kind == Kind::Order {
        let beyond = state.order.status != Status::Open;
        if beyond {
            state.wrong.written_beyond |= state.order.status_age >= OLD;
            return;
        }
        let order = &mut state.order;
        match call.write {
            Write::Put => {
                order.header = true;
                order.put_age = 0;
                if !dropped {
                    order.lines = order.lines.saturating_add(1).min(3);
                }
            }
            Write::Release if order.header && !order.released => {
                order.released = true;
                order.released_age = 0;
            }
            Write::Release => {}
        }
        return;
    }
    if dropped {
        return;
    }
    // What a person did at the same moment cannot be told in time (P10); what was there before can.
    let refund = call.kind == Kind::Refund;
    let counts = |record: &Record| {
        record.cause == call.cause && record.kind == call.kind && (!record.by_hand || record.age >= OLD || refund)
    };
    state.wrong.twice |= state.records.iter().any(counts);
    add(state, Record { cause: call.cause, kind: call.kind, object: call.object, by_hand: false, age: 0 });
}

fn add(state: &mut State, record: Record) {
    // A third of a kind shows nothing that the second has not.
    if state.records.len() < 6 {
        state.records.push(record);
    }
}

/// A person does it at the remote.
pub(crate) fn by_hand(state: &mut State, scenario: &Scenario, cause: usize) {
    let Some(given) = scenario.causes.get(cause) else { return };
    let number = u8::try_from(cause).unwrap_or(u8::MAX);
    if given.kind == Kind::Refund {
        state.wrong.twice |= state.records.iter().any(|record| record.cause == number && record.kind == given.kind);
    }
    add(state, Record { cause: number, kind: given.kind, object: given.object, by_hand: true, age: 0 });
}

/// Whether a person would do it: nothing of it is to be seen at the remote, and nothing is on its way. A refund is done
/// by hand only where nothing prevents it.
pub(crate) fn may_by_hand(state: &State, scenario: &Scenario, cause: usize, guards: Guards) -> bool {
    let Some(given) = scenario.causes.get(cause) else { return false };
    match given.kind {
        Kind::Order => false,
        Kind::Refund => !guards.has(Guard::ManualLock),
        Kind::Shipment => {
            let same = |other: u8| usize::from(other) == cause;
            !state.records.iter().any(|record| same(record.cause)) && !state.calls.iter().any(|call| same(call.cause))
        }
    }
}

/// The warehouse picks the order and sends it off.
pub(crate) fn pick(state: &mut State, scenario: &Scenario) {
    state.wrong.picked_amiss |= state.order.lines != 1;
    state.order.status = Status::Picked;
    state.order.status_age = 0;
    if scenario.chained && scenario.causes.len() > 1 {
        state.arisen |= 2;
    }
}

/// Whether the warehouse would pick it.
pub(crate) fn may_pick(state: &State, guards: Guards) -> bool {
    let order = &state.order;
    order.header && order.status == Status::Open && (order.released || !guards.has(Guard::HoldUntilCompared))
}
