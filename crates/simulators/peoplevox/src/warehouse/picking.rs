//! Pickers: what they have to do, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};
use sim_core::Cx;

use super::Warehouse;
use crate::carrier::{CARRIERS, by_service};
use crate::order::{Parcel, Status};
use crate::template::{order, table};

/// Something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Pick the order, if it is still due at that moment.
    Pick(usize),
    /// Send the order's next packed parcel.
    Despatch(usize),
    /// Enter the tracking numbers of a despatch.
    Track(usize),
}

/// The pickers' diary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pickers {
    diary: BinaryHeap<Reverse<(Timestamp, u64, Task)>>,
    entries: u64,
    paused: bool,
    /// When they last took their tools up again: work that fell due in between is done then.
    resumed: Option<Timestamp>,
}

impl Pickers {
    fn note(&mut self, due: Timestamp, task: Task) {
        self.entries += 1;
        self.diary.push(Reverse((due, self.entries, task)));
    }

    /// The tracking numbers of a despatch will be entered so many minutes from now.
    pub(super) fn track_later(&mut self, now: Timestamp, minutes: i64, despatch: usize) {
        let wait = SignedDuration::from_secs(minutes.saturating_mul(60));
        self.note(now.saturating_add(wait).unwrap_or(now), Task::Track(despatch));
    }

    /// Stops or resumes all work.
    pub(crate) fn pause(&mut self, paused: bool, now: Timestamp) {
        if self.paused && !paused {
            self.resumed = Some(now);
        }
        self.paused = paused;
    }

    /// Whether all work is stopped.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// How many entries the diary has, void ones included.
    pub(crate) fn len(&self) -> usize {
        self.diary.len()
    }

    /// The next thing that is due, and the moment at which it is done.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Task)> {
        let at = self.next_due().filter(|at| *at <= now)?;
        let Reverse((_, _, task)) = self.diary.pop()?;
        Some((at, task))
    }

    /// When there is something to do next; never while paused.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let Reverse((due, ..)) = self.diary.peek()?;
        (!self.paused).then(|| self.resumed.map_or(*due, |at| (*due).max(at)))
    }
}

impl Warehouse {
    /// Enters a pick into the diary when the order is released and complete, and strikes it out when it no longer is.
    pub(super) fn schedule_pick(&mut self, cx: &mut Cx<'_>, order: usize) {
        let range = self.options.pick_after;
        let state = &mut self.orders[order];
        let pickable = state.released && state.status == Status::Allocated && !state.lines.is_empty() && !state.manual;
        if !pickable {
            state.pick_due = None;
        } else if state.pick_due.is_none() {
            let due = after(cx, range);
            state.pick_due = Some(due);
            self.pickers.note(due, Task::Pick(order));
        }
    }

    pub(super) fn perform(&mut self, cx: &mut Cx<'_>, task: Task) {
        match task {
            Task::Pick(order) => {
                // A struck-out entry is void; a re-entered one has a moment of its own.
                let due = self.orders.get(order).and_then(|state| state.pick_due);
                if due.is_some_and(|due| due <= cx.now) {
                    self.pick(cx, order);
                }
            }
            Task::Track(despatch) => self.track(cx, despatch),
            Task::Despatch(order) => {
                if self.orders.get(order).is_none_or(|state| state.parcels.is_empty()) {
                    return;
                }
                let parcel = self.orders[order].parcels.remove(0);
                self.despatch(cx, order, &parcel, None);
                if !self.orders[order].parcels.is_empty() {
                    let due = after(cx, self.options.second_parcel_after);
                    self.pickers.note(due, Task::Despatch(order));
                }
            }
        }
    }

    fn pick(&mut self, cx: &mut Cx<'_>, order: usize) {
        self.orders[order].pick_due = None;
        self.orders[order].parcels = self.pack(cx, order);
        self.set_status(cx, order, Status::Picked);
        let due = after(cx, self.options.pack_after);
        self.pickers.note(due, Task::Despatch(order));
    }

    /// One parcel, or two by two carriers. A kit is never torn apart: whole units of a line travel together.
    fn pack(&mut self, cx: &mut Cx<'_>, order: usize) -> Vec<Parcel> {
        let wanted: Vec<(usize, i64)> = self.orders[order]
            .lines
            .iter()
            .map(|line| (*line, self.lines[*line].ordered - self.lines[*line].despatched))
            .filter(|(_, units)| *units > 0)
            .collect();
        let asked = by_service(self.tables[table::SALES_ORDERS].text(order, order::SERVICE));
        let carrier = asked.map_or_else(|| cx.rng.index(CARRIERS.len()), |(carrier, _)| carrier);
        let total: i64 = wanted.iter().map(|(_, units)| units).sum();
        if total < 2 || !cx.rng.chance(self.options.split) {
            return vec![Parcel { carrier, lines: wanted }];
        }
        let mut first = cx.rng.between(1, total - 1);
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for (line, units) in wanted {
            let now = units.min(first);
            first -= now;
            if now > 0 {
                here.push((line, now));
            }
            if units > now {
                there.push((line, units - now));
            }
        }
        let other = (carrier + 1 + cx.rng.index(CARRIERS.len() - 1)) % CARRIERS.len();
        vec![Parcel { carrier, lines: here }, Parcel { carrier: other, lines: there }]
    }
}

/// A moment some minutes from now.
fn after(cx: &mut Cx<'_>, (least, most): (i64, i64)) -> Timestamp {
    let seconds = cx.rng.between(least.saturating_mul(60), most.saturating_mul(60)).max(0);
    cx.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(cx.now)
}
