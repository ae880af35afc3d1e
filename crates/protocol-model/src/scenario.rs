//! Which small world is searched: what is to be done, and what may go wrong how often.

/// What a cause asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An order for the warehouse: header and lines on hold, read back, then released. A line sent twice may be two
    /// (`contracts/peoplevox.md` §2.6).
    Order,
    /// A shipment at the channel; a repeat books a second one, and the remote stores our reference.
    Shipment,
    /// A refund; a repeat pays again, and the remote stores nothing of ours.
    Refund,
}

/// Something that has to be done once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// What it asks for.
    pub kind: Kind,
    /// The remote object: two causes with the same one are told apart only by references or baselines.
    pub object: u8,
}

/// How long a call may be on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// Carried out, or lost for good, within [`crate::ARRIVES_WITHIN`].
    Bounded,
    /// Carried out at any time later.
    Unbounded,
}

/// How often each thing may happen in one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Budgets {
    /// A call or its answer is lost.
    pub lost: u8,
    /// A hub gives a call up that is still on its way.
    pub late: u8,
    /// A hub loses its memory.
    pub crashes: u8,
    /// A hub stands still and goes on later.
    pub pauses: u8,
    /// A call certainly does not leave (refused before the first byte).
    pub refused: u8,
    /// Reads lag for longer than they usually do.
    pub bursts: u8,
    /// The store is replaced by a backup that knows nothing of all this.
    pub restores: u8,
    /// An event comes again.
    pub replays: u8,
    /// An event's hint is lost.
    pub hints_lost: u8,
    /// The remote answers with success and drops what it was sent.
    pub drops: u8,
    /// A person does it at the remote.
    pub by_hand: u8,
    /// The customer cancels.
    pub customer_cancels: u8,
    /// The warehouse cancels.
    pub warehouse_cancels: u8,
}

/// A small world.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// For people.
    pub name: &'static str,
    /// What is to be done.
    pub causes: &'static [Cause],
    /// Whether each cause arises from the one before (order, parcel, return), or all are there from the start.
    pub chained: bool,
    /// Whether a person did something like the first one long before the hub heard of it, and for which cause: 0 is the
    /// first one itself, a number beyond the causes is nothing that the hub knows of.
    pub done_before: Option<u8>,
    /// 1 or 2 hubs.
    pub hubs: usize,
    /// How long calls travel.
    pub delay: Delay,
    /// Whether reads may come from an old copy.
    pub stale: bool,
    /// Ticks that a doubt waits for before looks count.
    pub horizon: u8,
    /// Writes of one effect before a person is asked.
    pub attempts: u8,
    /// What may happen.
    pub budgets: Budgets,
}

impl Scenario {
    /// A quiet world with one cause, one hub and reads that lag.
    pub const fn of(name: &'static str, causes: &'static [Cause]) -> Self {
        Self {
            name,
            causes,
            chained: false,
            done_before: None,
            hubs: 1,
            delay: Delay::Bounded,
            stale: true,
            horizon: 2,
            attempts: 2,
            budgets: Budgets {
                lost: 0,
                late: 0,
                crashes: 0,
                pauses: 0,
                refused: 0,
                bursts: 0,
                restores: 0,
                replays: 0,
                hints_lost: 0,
                drops: 0,
                by_hand: 0,
                customer_cancels: 0,
                warehouse_cancels: 0,
            },
        }
    }
}
