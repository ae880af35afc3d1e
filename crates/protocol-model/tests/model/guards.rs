//! Each guard taken away gives a story in which a promise is broken.

use protocol_model::{Guard, Protocol, Scenario, counterexample};

use crate::worlds;

/// Every guard, a world in which it is needed, and the promise that breaks without it.
const NEEDED: [(Guard, Scenario, &str); 28] = [
    (Guard::UniqueKey, worlds::EVENTS, "never twice"),
    (Guard::OneTransaction, worlds::EVENTS, "never lost"),
    (Guard::Sweep, worlds::EVENTS, "never lost"),
    (Guard::WriteAhead, worlds::SHIPMENT, "never twice"),
    (Guard::OneInFlight, worlds::TWO_REFUNDS, "never lost"),
    (Guard::HeldLocks, worlds::TWO_REFUNDS, "never lost"),
    (Guard::SendDeadline, worlds::SHIPMENT, "never twice"),
    (Guard::LostIsDoubt, worlds::SHIPMENT, "never twice"),
    (Guard::Horizon, worlds::SHIPMENT, "never twice"),
    (Guard::SecondLook, worlds::SHIPMENT, "never twice"),
    (Guard::LooksApart, worlds::SHIPMENT, "never twice"),
    (Guard::HoldMoney, worlds::REFUND, "never twice"),
    (Guard::RestartDoubts, worlds::SHIPMENT, "never twice"),
    (Guard::RestartFinds, worlds::ORDER, "never lost"),
    (Guard::EpochCompare, worlds::SHIPMENT, "never twice"),
    (Guard::LeaseFence, worlds::SHIPMENT, "never lost"),
    (Guard::LookFirst, worlds::SHIPPED_BEFORE, "never twice"),
    (Guard::FreshLook, worlds::SHIPMENT, "never twice"),
    (Guard::StatusFirst, worlds::ORDER_CANCELLED, "never beyond"),
    (Guard::ReadBack, worlds::TWO_PARCELS, "never lost"),
    (Guard::HoldUntilCompared, worlds::ORDER, "never twice"),
    (Guard::OwnReference, worlds::TWO_PARCELS, "never lost"),
    (Guard::Baseline, worlds::REFUNDED_BEFORE, "never lost"),
    (Guard::AdoptOnce, worlds::TWO_REFUNDS, "never lost"),
    (Guard::WithdrawnStops, worlds::ORDER_CANCELLED, "never beyond"),
    (Guard::LateCancelTold, worlds::ORDER_CANCELLED, "never lost"),
    (Guard::RestoreDoubts, worlds::RESTORED_SHIPMENT, "never twice"),
    (Guard::ManualLock, worlds::REFUND, "never twice"),
];

#[test]
fn every_guard_is_needed() {
    let mut idle = Vec::new();
    for (guard, scenario, promise) in NEEDED {
        match counterexample(Protocol::guarded(scenario).without(guard)) {
            Some(found) if found.promise == promise => {
                println!("| {guard:?} | {} | {promise} | {} steps |", scenario.name, found.story.len());
            }
            Some(found) => idle.push(format!("{guard:?}: {} instead of {promise}: {:?}", found.promise, found.story)),
            None => idle.push(format!("{guard:?}: nothing changes without it in \"{}\"", scenario.name)),
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn no_guard_is_forgotten() {
    for guard in Guard::ALL {
        assert_eq!(NEEDED.iter().filter(|(other, ..)| *other == guard).count(), 1, "{guard:?}");
    }
}
