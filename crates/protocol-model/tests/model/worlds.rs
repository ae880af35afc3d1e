//! The small worlds that are searched.

use protocol_model::{Budgets, Cause, Delay, Kind, Scenario};

const fn one(kind: Kind) -> Cause {
    Cause { kind, object: 0 }
}

const NOTHING: Budgets = Scenario::of("", &[]).budgets;

/// An order, one hub; answers get lost, come late, are a lie; the hub dies; reads lag.
pub(crate) const ORDER: Scenario = Scenario {
    budgets: Budgets { lost: 1, late: 1, crashes: 1, refused: 1, bursts: 1, drops: 1, ..NOTHING },
    ..Scenario::of("order", &[one(Kind::Order)])
};

/// An order, two hubs, one of which stands still for a while.
pub(crate) const ORDER_TWO_HUBS: Scenario = Scenario {
    hubs: 2,
    budgets: Budgets { lost: 1, late: 1, pauses: 1, bursts: 1, ..NOTHING },
    ..Scenario::of("order, two hubs", &[one(Kind::Order)])
};

/// An order that the customer or the warehouse cancels at any moment.
pub(crate) const ORDER_CANCELLED: Scenario = Scenario {
    budgets: Budgets { lost: 1, late: 1, crashes: 1, pauses: 1, customer_cancels: 1, warehouse_cancels: 1, ..NOTHING },
    ..Scenario::of("order, cancelled", &[one(Kind::Order)])
};

/// A shipment, two hubs; somebody may ship it at the channel by hand.
pub(crate) const SHIPMENT: Scenario = Scenario {
    hubs: 2,
    budgets: Budgets { lost: 1, late: 1, crashes: 1, pauses: 1, refused: 1, bursts: 1, by_hand: 1, ..NOTHING },
    ..Scenario::of("shipment, two hubs", &[one(Kind::Shipment)])
};

/// The same with a call that may be carried out at any time later.
pub(crate) const SHIPMENT_SLOW: Scenario = Scenario {
    delay: Delay::Unbounded,
    budgets: Budgets { late: 1, ..NOTHING },
    ..Scenario::of("shipment, a remote slower than the horizon", &[one(Kind::Shipment)])
};

/// Two parcels of one order.
pub(crate) const TWO_PARCELS: Scenario = Scenario {
    budgets: Budgets { lost: 2, late: 1, crashes: 1, drops: 1, ..NOTHING },
    ..Scenario::of("two parcels of one order", &[one(Kind::Shipment), one(Kind::Shipment)])
};

/// A shipment that somebody booked yesterday.
pub(crate) const SHIPPED_BEFORE: Scenario = Scenario {
    done_before: Some(0),
    budgets: Budgets { lost: 1, crashes: 1, ..NOTHING },
    ..Scenario::of("shipped by hand before", &[one(Kind::Shipment)])
};

/// A refund, two hubs, a remote that may carry a call out at any time later.
pub(crate) const REFUND: Scenario = Scenario {
    hubs: 2,
    delay: Delay::Unbounded,
    budgets: Budgets {
        lost: 1,
        late: 1,
        crashes: 1,
        pauses: 1,
        refused: 1,
        bursts: 1,
        drops: 1,
        by_hand: 1,
        ..NOTHING
    },
    ..Scenario::of("refund, two hubs, unbounded delay", &[one(Kind::Refund)])
};

/// Two refunds that look alike, of one order line.
pub(crate) const TWO_REFUNDS: Scenario = Scenario {
    delay: Delay::Unbounded,
    budgets: Budgets { lost: 1, late: 1, bursts: 1, ..NOTHING },
    ..Scenario::of("two refunds of one line, unbounded delay", &[one(Kind::Refund), one(Kind::Refund)])
};

/// A refund where a person refunded the same amount for something else before.
pub(crate) const REFUNDED_BEFORE: Scenario = Scenario {
    delay: Delay::Unbounded,
    done_before: Some(7),
    budgets: Budgets { lost: 1, late: 1, crashes: 1, ..NOTHING },
    ..Scenario::of("a like refund by hand before", &[one(Kind::Refund)])
};

/// Events that come twice or not at all, and a hub that dies over them.
pub(crate) const EVENTS: Scenario = Scenario {
    budgets: Budgets { crashes: 2, replays: 1, hints_lost: 1, ..NOTHING },
    ..Scenario::of("events", &[one(Kind::Shipment)])
};

/// A restored backup, with an order.
pub(crate) const RESTORED_ORDER: Scenario = Scenario {
    budgets: Budgets { lost: 1, late: 1, restores: 1, ..NOTHING },
    ..Scenario::of("restored backup, order", &[one(Kind::Order)])
};

/// A restored backup, with a shipment.
pub(crate) const RESTORED_SHIPMENT: Scenario = Scenario {
    budgets: Budgets { lost: 1, late: 1, restores: 1, ..NOTHING },
    ..Scenario::of("restored backup, shipment", &[one(Kind::Shipment)])
};

/// A restored backup, with a refund.
pub(crate) const RESTORED_REFUND: Scenario = Scenario {
    delay: Delay::Unbounded,
    budgets: Budgets { lost: 1, late: 1, restores: 1, ..NOTHING },
    ..Scenario::of("restored backup, refund", &[one(Kind::Refund)])
};

/// An order's whole life: order, parcel, return, with a cancellation on the way.
pub(crate) const LIFE: Scenario = Scenario {
    chained: true,
    budgets: Budgets { lost: 1, late: 1, crashes: 1, customer_cancels: 1, ..NOTHING },
    ..Scenario::of("order, parcel and return", &[one(Kind::Order), one(Kind::Shipment), one(Kind::Refund)])
};

/// The same with two hubs, of which one stands still.
pub(crate) const LIFE_TWO_HUBS: Scenario = Scenario {
    chained: true,
    hubs: 2,
    budgets: Budgets { lost: 1, pauses: 1, warehouse_cancels: 1, ..NOTHING },
    ..Scenario::of("order, parcel and return, two hubs", &[one(Kind::Order), one(Kind::Shipment), one(Kind::Refund)])
};

/// The same with a hub that dies as well: too large for every change, for the night.
pub(crate) const LIFE_IN_FULL: Scenario = Scenario {
    chained: true,
    hubs: 2,
    budgets: Budgets { lost: 1, late: 1, crashes: 1, pauses: 1, customer_cancels: 1, ..NOTHING },
    ..Scenario::of(
        "order, parcel and return, two hubs of which one dies",
        &[one(Kind::Order), one(Kind::Shipment), one(Kind::Refund)],
    )
};
