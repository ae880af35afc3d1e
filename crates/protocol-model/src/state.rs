//! Everything that a moment consists of: what is on the disk, in the hubs' memory, on the wire and at the remote.

use crate::scenario::{Budgets, Kind, Scenario};

/// Ticks for which a call may leave after it was written down (rule R4).
pub const SEND_WITHIN: u8 = 1;
/// Ticks for which a call may be on its way (fault F05).
pub const ARRIVES_WITHIN: u8 = 1;
/// Age from which something at the remote counts as there before: every guard that looks had to see it.
pub const OLD: u8 = 4;

/// Where an effect stands, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Armed,
    Sending,
    Unknown,
    Confirmed,
    Rejected,
    Held,
    Superseded,
}

impl Phase {
    pub(crate) const fn is_live(self) -> bool {
        matches!(self, Self::Armed | Self::Sending | Self::Unknown)
    }
}

/// A write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Write {
    /// The only write of a shipment or refund; header and lines of an order.
    Put,
    /// An order is taken off hold.
    Release,
}

/// An effect as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) cause: u8,
    pub(crate) kind: Kind,
    pub(crate) object: u8,
    pub(crate) phase: Phase,
    pub(crate) absences: u8,
    /// Ticks until the next look may be made.
    pub(crate) wait: u8,
    pub(crate) attempts: u8,
    pub(crate) epoch: u8,
    pub(crate) touched: bool,
    pub(crate) withdrawn: bool,
    /// Header and lines of the order were answered with success; known from the release on.
    pub(crate) put_done: bool,
    /// Which records were there before the write, where no reference tells.
    pub(crate) baseline: u8,
    /// Which record it was found to be.
    pub(crate) adopted: Option<u8>,
}

/// What a hub is doing about an effect, in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A look allowed this write so many ticks ago.
    Ready(Write, u8),
    /// The write is stored and may leave for so many ticks.
    Written(Write, u8),
    /// It left.
    Waiting(Write),
    /// It was answered with success; it is read back next.
    Answered(Write),
}

/// A step, and the row as this hub believes it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Work {
    pub(crate) step: Step,
    pub(crate) row: Row,
}

/// A hub.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Hub {
    pub(crate) up: bool,
    pub(crate) paused: bool,
    /// A cause recorded and not planned yet (only without [`crate::Guard::OneTransaction`]).
    pub(crate) heard: Option<u8>,
    pub(crate) works: Vec<Option<Work>>,
}

/// A call on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) row: u8,
    pub(crate) cause: u8,
    pub(crate) kind: Kind,
    pub(crate) object: u8,
    pub(crate) write: Write,
    pub(crate) hub: u8,
    pub(crate) epoch: u8,
    pub(crate) age: u8,
}

/// A shipment or refund at the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Record {
    pub(crate) cause: u8,
    pub(crate) kind: Kind,
    pub(crate) object: u8,
    pub(crate) by_hand: bool,
    pub(crate) age: u8,
}

/// How far the warehouse is with the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Open,
    Picked,
    Cancelled,
}

/// The order in the warehouse. Each part has an age, by which old copies lack it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WarehouseOrder {
    pub(crate) header: bool,
    pub(crate) lines: u8,
    pub(crate) put_age: u8,
    pub(crate) released: bool,
    pub(crate) released_age: u8,
    pub(crate) status: Status,
    pub(crate) status_age: u8,
}

/// What went wrong, once it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four promises, each broken or not")]
pub(crate) struct Wrong {
    /// A cause has two effects.
    pub(crate) twice: bool,
    /// An order was picked short or doubled.
    pub(crate) picked_amiss: bool,
    /// An order was written to that had long been cancelled or picked (I3).
    pub(crate) written_beyond: bool,
    /// An order was written to whose cancellation was known (I13).
    pub(crate) written_cancelled: bool,
}

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of the moment")]
pub struct State {
    pub(crate) rows: Vec<Row>,
    /// Which causes are recorded as seen.
    pub(crate) seen: u8,
    /// Which hints are lost.
    pub(crate) unheard: u8,
    /// Which causes have arisen.
    pub(crate) arisen: u8,
    /// The customer's cancellation: wished, and recorded.
    pub(crate) cancel_wished: bool,
    pub(crate) cancel_known: bool,
    /// A person was told that a cancellation came too late.
    pub(crate) told: bool,
    /// The store is a backup of before.
    pub(crate) restored: bool,
    /// Who has the lease.
    pub(crate) owner: usize,
    pub(crate) hubs: Vec<Hub>,
    pub(crate) calls: Vec<Call>,
    pub(crate) records: Vec<Record>,
    pub(crate) order: WarehouseOrder,
    /// Reads lag for longer than usual, until the next tick.
    pub(crate) burst: bool,
    pub(crate) left: Budgets,
    pub(crate) wrong: Wrong,
}

impl State {
    pub(crate) fn first(scenario: &Scenario) -> Self {
        let hub = Hub { up: true, paused: false, heard: None, works: Vec::new() };
        let mut records = Vec::new();
        if let (Some(cause), Some(first)) = (scenario.done_before, scenario.causes.first()) {
            records.push(Record { cause, kind: first.kind, object: first.object, by_hand: true, age: OLD });
        }
        Self {
            rows: Vec::new(),
            seen: 0,
            unheard: 0,
            arisen: if scenario.chained { 1 } else { (1 << scenario.causes.len()) - 1 },
            cancel_wished: false,
            cancel_known: false,
            told: false,
            restored: false,
            owner: 0,
            hubs: vec![hub; scenario.hubs],
            calls: Vec::new(),
            records,
            order: WarehouseOrder {
                header: false,
                lines: 0,
                put_age: OLD,
                released: false,
                released_age: OLD,
                status: Status::Open,
                status_age: OLD,
            },
            burst: false,
            left: scenario.budgets,
            wrong: Wrong::default(),
        }
    }

    pub(crate) fn work(&self, hub: usize, row: usize) -> Option<Work> {
        self.hubs.get(hub)?.works.get(row).copied().flatten()
    }

    pub(crate) fn set_work(&mut self, hub: usize, row: usize, work: Option<Work>) {
        if let Some(place) = self.hubs.get_mut(hub).and_then(|hub| hub.works.get_mut(row)) {
            *place = work;
        }
    }

    pub(crate) fn has_arisen(&self, cause: usize) -> bool {
        self.arisen & (1 << cause) != 0
    }

    /// Whether a hub can act.
    pub(crate) fn acts(&self, hub: usize) -> bool {
        self.hubs.get(hub).is_some_and(|hub| hub.up && !hub.paused)
    }
}
