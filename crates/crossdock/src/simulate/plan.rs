//! What one seed decides before anything runs: the world, the remotes' habits, the faults, and what people do.
//!
//! A plan is data, so that a failing one can be made smaller (see [`super::shrink`]) and told again.

use jiff::SignedDuration;
use serde::Serialize;
use sim_core::{FaultKind, Rng};

use super::disk::Edge;
use crate::rig::sabotage::Sabotage;
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX};

/// Something that happens once, at a moment of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    /// The marketplace cancels an order.
    CustomerCancels,
    /// The marketplace cancels a part of an order.
    CustomerCancelsPart,
    /// A buyer asks for a cancellation; later it is denied or granted.
    CancellationAsked,
    /// The buyer's address changes at the marketplace.
    AddressAmended,
    /// A person cancels an order in the warehouse.
    WarehouseCancels,
    /// A person changes units in the warehouse.
    WarehouseEditsQuantity,
    /// A person changes an address in the warehouse.
    WarehouseEditsAddress,
    /// A person deletes an order in the warehouse.
    WarehouseDeletes,
    /// An item is switched off in the warehouse for some hours.
    ItemSwitchedOff,
    /// A customer buys a SKU that the warehouse does not know; a person maps it hours later.
    UnknownSkuMapped,
    /// A stock count finds another figure.
    Recount,
    /// A channel takes figures and publishes nothing for some hours.
    ChannelInactive,
    /// A parcel leaves with a carrier that no channel knows; a person maps it hours later.
    CarrierUnknown,
    /// A callback with a wrong secret or a changed body arrives.
    WebhookForged,
    /// An old callback arrives again.
    WebhookReplayed,
    /// The marketplace switches the webhooks off.
    WebhookDisabled,
    /// The warehouse forgets a subscription.
    SubscriptionLost,
    /// A person replays an order, held or not.
    Replay,
    /// A person sets a channel's buffer.
    SetBuffer,
    /// A person has a connection tried again.
    Reconnect,
    /// A person maps a SKU to the item that it is anyway.
    MapAgain,
    /// A person corrects an address.
    CorrectAddress,
    /// The disk is full for a while.
    DiskFull,
    /// The disk fails: a commit is not confirmed, and for a while no other is.
    DiskError,
    /// The hub is stopped in good order and started again.
    Restart,
    /// The hub is stopped for minutes or hours.
    HubDown,
    /// The process dies before a commit.
    CrashBeforeCommit,
    /// The process dies after a commit, before anybody hears of it.
    CrashAfterCommit,
    /// The process dies after a call was written down, before its first byte.
    CrashBeforeCall,
    /// The process dies after the remote has answered, before the answer is taken in.
    CrashAfterCall,
    /// The power fails: only what was durable is there, with half a commit behind it.
    LostPower,
    /// An old backup is put in the place of the database.
    OldBackup,
    /// A remote answers nobody for minutes or hours.
    RemoteDown,
    /// A marketplace's key is revoked for a while.
    KeyRevoked,
    /// Stock files stay where they are for a while.
    ImportsStuck,
    /// An offer is taken off for some hours.
    ListingOff,
    /// Somebody changes a published figure past the API.
    StockForced,
}

impl What {
    /// Every kind.
    pub(crate) const ALL: [Self; 37] = [
        Self::CustomerCancels,
        Self::CustomerCancelsPart,
        Self::CancellationAsked,
        Self::AddressAmended,
        Self::WarehouseCancels,
        Self::WarehouseEditsQuantity,
        Self::WarehouseEditsAddress,
        Self::WarehouseDeletes,
        Self::ItemSwitchedOff,
        Self::UnknownSkuMapped,
        Self::Recount,
        Self::ChannelInactive,
        Self::CarrierUnknown,
        Self::WebhookForged,
        Self::WebhookReplayed,
        Self::WebhookDisabled,
        Self::SubscriptionLost,
        Self::Replay,
        Self::SetBuffer,
        Self::Reconnect,
        Self::MapAgain,
        Self::CorrectAddress,
        Self::DiskFull,
        Self::DiskError,
        Self::Restart,
        Self::HubDown,
        Self::CrashBeforeCommit,
        Self::CrashAfterCommit,
        Self::CrashBeforeCall,
        Self::CrashAfterCall,
        Self::LostPower,
        Self::OldBackup,
        Self::RemoteDown,
        Self::KeyRevoked,
        Self::ImportsStuck,
        Self::ListingOff,
        Self::StockForced,
    ];

    /// The word in reports and on the command line.
    pub(crate) fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// An event of the plan.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Chaos {
    /// After the beginning of the world.
    pub(crate) at: SignedDuration,
    pub(crate) what: What,
    /// Chooses whom it hits and how hard.
    pub(crate) draw: u64,
}

/// A fault of one remote and how often it strikes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Rate {
    pub(crate) connection: &'static str,
    pub(crate) kind: FaultKind,
    /// 0.0 never, 1.0 always.
    pub(crate) share: f64,
}

/// What is counted up to a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A commit of the hub's database.
    Commit,
    /// A call to a remote.
    Call,
}

/// A crash at a step of its own: so many steps after the process was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crash {
    pub(crate) step: Step,
    pub(crate) after: u64,
    pub(crate) edge: Edge,
}

/// Everything that a seed decides.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// How long customers order.
    pub(crate) trades: SignedDuration,
    /// When everything is mended, after the beginning.
    pub(crate) mended: SignedDuration,
    /// How long after that the judge waits: longer than the longest pause of an effect and the slowest picker.
    pub(crate) settles: SignedDuration,
    /// Pickers who take minutes instead of hours.
    pub(crate) quick_pickers: bool,
    /// One crash for each process, in turn.
    pub(crate) crashes: Vec<Crash>,
    /// Connectors broken on purpose, to see the judge find it.
    pub(crate) sabotage: Option<Sabotage>,
    /// Orders that customers place.
    pub(crate) orders: u32,
    /// The share of orders that are wrong on purpose.
    pub(crate) defects: f64,
    pub(crate) single_shipment: bool,
    /// Whether the hub can be called by the remotes.
    pub(crate) callbacks: bool,
    pub(crate) rates: Vec<Rate>,
    pub(crate) chaos: Vec<Chaos>,
}

/// What of a plan is told again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Only these events, by their place in the plan; all when `None`.
    pub(crate) events: Option<Vec<usize>>,
    /// Only these faults; all when `None`.
    pub(crate) faults: Option<Vec<FaultKind>>,
    /// At most so many orders.
    pub(crate) orders: Option<u32>,
}

/// The fewest orders of a seed that is told in full.
const LEAST_ORDERS: i64 = 40;

impl Plan {
    /// The plan of a seed.
    pub(crate) fn new(seed: u64, days: i64) -> Self {
        let mut rng = Rng::new(seed, "simulate/plan");
        let orders = u32::try_from(rng.between(LEAST_ORDERS, LEAST_ORDERS + 12)).unwrap_or(40);
        let single_shipment = rng.chance(0.25);
        let callbacks = rng.chance(0.8);
        let rates = rates(&mut rng);
        let chaos = chaos(&mut rng, days);
        let hours = SignedDuration::from_hours;
        Self {
            seed,
            trades: hours(days * 24 - 8),
            mended: hours(days * 24),
            settles: hours(11),
            quick_pickers: false,
            crashes: Vec::new(),
            sabotage: None,
            orders,
            defects: 0.04,
            single_shipment,
            callbacks,
            rates,
            chaos,
        }
    }

    /// A world of a morning in which nothing goes wrong by itself: a few orders at both channels, quick pickers. Small enough
    /// to be told once for every step in it.
    pub(crate) fn small(seed: u64, orders: u32) -> Self {
        let minutes = SignedDuration::from_mins;
        Self {
            seed,
            trades: minutes(25),
            mended: minutes(100),
            settles: minutes(160),
            quick_pickers: true,
            crashes: Vec::new(),
            sabotage: None,
            orders,
            defects: 0.0,
            single_shipment: false,
            callbacks: true,
            rates: Vec::new(),
            chaos: Vec::new(),
        }
    }

    /// The plan without what the cut leaves out.
    pub(crate) fn cut(&self, cut: &Cut) -> Self {
        let mut plan = self.clone();
        if let Some(events) = &cut.events {
            let kept = self.chaos.iter().enumerate().filter(|(index, _)| events.contains(index));
            plan.chaos = kept.map(|(_, event)| event.clone()).collect();
        }
        if let Some(faults) = &cut.faults {
            plan.rates.retain(|rate| faults.contains(&rate.kind));
        }
        if let Some(orders) = cut.orders {
            plan.orders = plan.orders.min(orders);
        }
        plan
    }
}

/// Some faults at some rates, for some remotes; one seed in eight has none.
fn rates(rng: &mut Rng) -> Vec<Rate> {
    let mut rates = Vec::new();
    if rng.chance(0.125) {
        return rates;
    }
    let worst = [0.01, 0.03, 0.08, 0.15][rng.index(4)];
    for connection in [PEOPLEVOX, MARKETPLACER, MIRAKL] {
        for kind in FaultKind::ALL {
            let (on, share) = (rng.chance(0.45), rng.between(1, 100));
            if !on {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "at most a hundred")]
            let mut rate = worst * share as f64 / 100.0;
            // All callbacks may be lost: polls and sweeps do the work (fault F24).
            if kind == FaultKind::EventDropped && rng.chance(0.3) {
                rate = 1.0;
            }
            rates.push(Rate { connection, kind, share: rate });
        }
    }
    rates
}

fn chaos(rng: &mut Rng, days: i64) -> Vec<Chaos> {
    // Nothing in the first hour, so that there is something to disturb, and nothing in the last two.
    let (first, last) = (3_600, days * 86_400 - 7_200);
    let count = rng.between(10, 26);
    let mut events: Vec<Chaos> = (0..count)
        .map(|_| {
            let at = SignedDuration::from_secs(rng.between(first, last));
            let what = What::ALL[rng.index(What::ALL.len())];
            Chaos { at, what, draw: rng.bits() }
        })
        .collect();
    events.sort_by_key(|event| event.at);
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_plans_the_same_twice_and_two_seeds_differ() {
        let told = |seed| format!("{:?}", Plan::new(seed, 2));
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn over_many_seeds_every_kind_of_event_and_fault_is_planned() {
        let plans: Vec<Plan> = (0..200).map(|seed| Plan::new(seed, 2)).collect();
        for what in What::ALL {
            assert!(plans.iter().any(|plan| plan.chaos.iter().any(|event| event.what == what)), "{what:?}");
        }
        for kind in FaultKind::ALL {
            assert!(plans.iter().any(|plan| plan.rates.iter().any(|rate| rate.kind == kind)), "{kind:?}");
        }
        assert!(plans.iter().all(|plan| plan.orders >= 40));
        assert!(plans.iter().any(|plan| plan.rates.is_empty()), "and some seeds have no faults at all");
    }

    #[test]
    fn a_cut_keeps_what_it_names_and_nothing_else() {
        let plan = Plan::new(3, 2);
        let cut = Cut { events: Some(vec![1]), faults: Some(vec![FaultKind::LostReply]), orders: Some(5) };
        let small = plan.cut(&cut);
        assert_eq!((small.chaos.len(), small.orders), (1, 5));
        assert_eq!(small.chaos[0].draw, plan.chaos[1].draw);
        assert!(small.rates.iter().all(|rate| rate.kind == FaultKind::LostReply));
        assert_eq!(plan.cut(&Cut::default()).chaos.len(), plan.chaos.len());
    }
}
