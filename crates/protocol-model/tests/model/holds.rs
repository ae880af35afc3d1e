//! Under every guard, in every world: never twice, never lost.

use protocol_model::{Protocol, Scenario, always_ends, states};

use crate::worlds;

/// Searches a world in full and says how large it is.
fn holds(scenario: Scenario) -> usize {
    match states(Protocol::guarded(scenario)) {
        Ok(count) => {
            println!("| {} | {count} |", scenario.name);
            count
        }
        Err(found) => panic!("{}: {} is broken by {:?}", scenario.name, found.promise, found.story),
    }
}

#[test]
fn an_order_is_created_once_whole_or_a_person_is_asked() {
    assert!(holds(worlds::ORDER) > 1_000);
    assert!(holds(worlds::ORDER_TWO_HUBS) > 1_000);
}

#[test]
fn a_cancelled_order_is_not_written_to_and_never_stays_in_silence() {
    assert!(holds(worlds::ORDER_CANCELLED) > 1_000);
}

#[test]
fn a_parcel_is_told_once() {
    assert!(holds(worlds::SHIPMENT) > 1_000);
    assert!(holds(worlds::TWO_PARCELS) > 1_000);
    assert!(holds(worlds::SHIPPED_BEFORE) > 5);
}

#[test]
fn a_refund_is_paid_once_or_held() {
    assert!(holds(worlds::REFUND) > 1_000);
    assert!(holds(worlds::TWO_REFUNDS) > 1_000);
    assert!(holds(worlds::REFUNDED_BEFORE) > 100);
}

#[test]
fn events_and_restored_backups_do_nothing_twice() {
    assert!(holds(worlds::EVENTS) > 50);
    assert!(holds(worlds::RESTORED_ORDER) > 1_000);
    assert!(holds(worlds::RESTORED_SHIPMENT) > 100);
    assert!(holds(worlds::RESTORED_REFUND) > 100);
}

#[test]
fn a_whole_life_of_an_order_holds() {
    assert!(holds(worlds::LIFE) > 1_000);
    assert!(holds(worlds::LIFE_TWO_HUBS) > 1_000);
}

/// Some minutes: `cargo test -p protocol-model -- --ignored`.
#[test]
#[ignore = "larger than all the others together: for the night"]
fn a_whole_life_holds_while_one_hub_stands_still_and_another_dies() {
    assert!(holds(worlds::LIFE_IN_FULL) > 1_000_000);
}

/// "Where nothing more moves" speaks of every story only if every story comes to such an end.
#[test]
fn no_story_goes_round_in_circles() {
    for scenario in [
        worlds::ORDER,
        worlds::ORDER_CANCELLED,
        worlds::TWO_PARCELS,
        worlds::REFUND,
        worlds::TWO_REFUNDS,
        worlds::EVENTS,
        worlds::RESTORED_SHIPMENT,
    ] {
        assert_eq!(always_ends(&Protocol::guarded(scenario), 400_000), Some(true), "{}", scenario.name);
    }
}
