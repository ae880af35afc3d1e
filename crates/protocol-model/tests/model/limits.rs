//! Where the protocol ends: what it promises only under a condition.

use protocol_model::{Guard, Kind, Protocol, Scenario, counterexample};

use crate::worlds;

fn broken(scenario: Scenario) -> Option<&'static str> {
    counterexample(Protocol::guarded(scenario)).map(|found| found.promise)
}

/// R8: a shipment that was not found twice goes again. A remote that carries a call out later than the horizon books it
/// twice; only money is held instead.
#[test]
fn a_shipment_is_booked_twice_by_a_remote_slower_than_the_horizon() {
    assert_eq!(broken(worlds::SHIPMENT_SLOW), Some("never twice"));
}

/// Held like money it would not be: what holding costs is a person's look at each doubtful parcel.
#[test]
fn a_refund_at_the_same_remote_is_not() {
    const SAME: Scenario =
        Scenario { causes: &[protocol_model::Cause { kind: Kind::Refund, object: 0 }], ..worlds::SHIPMENT_SLOW };
    assert_eq!(broken(SAME), None);
}

/// The horizon has to cover the send deadline, the call's way and the reads' lag.
#[test]
fn a_horizon_one_tick_shorter_is_too_short() {
    assert_eq!(broken(Scenario { horizon: 1, ..worlds::SHIPMENT }), Some("never twice"));
    assert_eq!(broken(worlds::SHIPMENT), None);
}

/// `reliability.md` §2.4 row G: the fence protects the books. It protects the remote too, as long as no hub acts on an old
/// look: then the writes of the hub that was replaced are stopped by their age.
#[test]
fn an_order_survives_a_missing_fence_only_where_nobody_stands_still() {
    const AWAKE: Scenario = Scenario {
        budgets: protocol_model::Budgets { pauses: 0, ..worlds::ORDER_TWO_HUBS.budgets },
        ..worlds::ORDER_TWO_HUBS
    };
    assert!(counterexample(Protocol::guarded(AWAKE).without(Guard::EpochCompare)).is_none());
    assert!(counterexample(Protocol::guarded(worlds::SHIPMENT).without(Guard::EpochCompare)).is_some());
}
