//! What changes at either end while an order is on its way, and what must not pass in silence (faults F52 to F54).

use crossdock_connector::ReadKind;
use crossdock_desk::{Act, Desk};
use crossdock_model::Readiness;
use crossdock_store::Phase;
use jiff::SignedDuration;

use crate::protocol::shop;
use crate::support::{Fault, World, despatch};

/// The customer cancels at the marketplace.
fn cancel(world: &World) {
    let order = &mut world.remote("mp").orders[0];
    order.readiness = Readiness::Cancelled;
    order.remote_state = "CANCELLED".to_owned();
    order.updated_at += SignedDuration::from_secs(1);
}

#[test]
fn i13_cancelled_while_the_warehouse_does_not_answer_is_never_created() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.extend(vec![Fault::NotSent; 8]);
    world.run(5);
    cancel(&world);
    world.run(600);
    assert_eq!(world.order("mp", "1").state, "cancelled");
    assert_eq!(world.effect("mp", "1").phase, Phase::Superseded);
    // The tries certainly did nothing, so nothing has to be looked for.
    assert_eq!(world.remote("wms").times("MP-1"), 0);
    assert!(world.open("order.cancelled_late").is_empty());
}

#[test]
fn i13_cancelled_before_the_first_call_needs_no_look() {
    let mut world = shop(&["1"]);
    world.remote("wms").mute = Some(ReadKind::Items);
    world.run(1);
    // The item master never comes: after five minutes the order is judged all the same, and then cancelled.
    cancel(&world);
    world.remote("wms").mute = None;
    world.run(400);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 0);
}

#[test]
fn f52_cancelled_while_the_reply_is_out_is_looked_at_and_calls_the_warehouse() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.push_back(Fault::LostAfter);
    world.run(5);
    cancel(&world);
    world.run(1_800);
    assert_eq!(world.remote("wms").times("MP-1"), 1, "it had arrived");
    assert_eq!(world.open("order.cancelled_late").len(), 1, "somebody has to cancel it in the warehouse");
    // They do; the hub sees it by itself.
    world.remote("wms").cancelled.insert("MP-1".to_owned());
    world.run(660);
    assert_eq!(world.order("mp", "1").state, "cancelled");
    assert!(world.open("order.cancelled_late").is_empty());
}

#[test]
fn f52_cancelled_while_the_request_got_lost_is_cancelled_once_it_is_known_to_be_lost() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.push_back(Fault::LostBefore);
    world.run(5);
    cancel(&world);
    world.run(1_900);
    assert_eq!((world.order("mp", "1").state.as_str(), world.remote("wms").times("MP-1")), ("cancelled", 0));
    assert_eq!(world.effect("mp", "1").phase, Phase::Superseded);
    let told = world.ask(|tx| tx.exceptions_of(world.order("mp", "1").id));
    assert!(told.iter().all(|row| row.what.cause != "order.cancelled_late"), "nobody is sent to look for it: {told:?}");
}

#[test]
fn f52_cancelled_while_in_doubt_takes_two_looks_too() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.push_back(Fault::LostBefore);
    world.run(5);
    cancel(&world);
    let looks = |world: &World| world.remote("wms").asked("create_order look").len();
    let before = looks(&world);
    while looks(&world) == before {
        world.run(5);
    }
    assert_eq!(world.effect("mp", "1").phase, Phase::Unknown, "one look is not enough");
    // The remote carries it out late.
    world.remote("wms").done.insert("MP-1".to_owned(), 1);
    world.run(600);
    assert_eq!(world.open("order.cancelled_late").len(), 1, "somebody has to cancel it in the warehouse");
}

/// A part of it is there, and the write of the rest certainly did nothing: no doubt is left that would have to be settled
/// first, so what was taken back writes no more.
#[test]
fn f52_cancelled_while_half_of_it_is_in_the_warehouse_writes_no_more() {
    let mut world = shop(&["1"]);
    world.remote("wms").whole_after = 2;
    world.remote("wms").faults = [Fault::LostAfter, Fault::Throttled(600)].into();
    // The reply is lost, a look after the horizon finds a half, and the remote asks to wait with the other one.
    world.run(5);
    while world.remote("wms").asked("create_order write").len() < 2 {
        world.run(10);
    }
    cancel(&world);
    world.run(1_200);
    assert_eq!(world.remote("wms").times("MP-1"), 1, "the other half was written after the cancellation was known");
    assert_eq!(world.open("order.cancelled_late").len(), 1, "somebody has to take the half out of the warehouse");
}

#[test]
fn f52_a_withdrawal_survives_a_restart() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    cancel(&world);
    world.run(61);
    world.hold_writes = false;
    world.restart();
    world.run(1_900);
    assert_eq!((world.order("mp", "1").state.as_str(), world.remote("wms").times("MP-1")), ("cancelled", 0));
}

#[test]
fn f53_another_address_on_the_way_is_what_the_warehouse_gets() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.extend(vec![Fault::NotSent; 8]);
    world.run(5);
    {
        let order = &mut world.remote("mp").orders[0];
        order.ship_to.line1 = "7 Mill Lane".into();
        order.updated_at += SignedDuration::from_secs(1);
    }
    world.run(1_900);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    let effects = world.effects("mp", "1");
    let phases: Vec<Phase> = effects.iter().map(|effect| effect.phase).collect();
    assert_eq!(phases, [Phase::Superseded, Phase::Confirmed]);
    let said = world.ask(|tx| tx.operation(effects[1].id)).unwrap();
    assert!(said.contains("7 Mill Lane"));
    assert_eq!(world.remote("wms").times("MP-1"), 1);
}

#[test]
fn f54_cancelled_or_deleted_in_the_warehouse_is_noticed_within_the_hour() {
    for deleted in [false, true] {
        let mut world = shop(&["1"]);
        world.run(10);
        let mut wms = world.remote("wms");
        if deleted { &mut wms.deleted } else { &mut wms.cancelled }.insert("MP-1".to_owned());
        drop(wms);
        world.run(3_600 + 180);
        assert_eq!(world.open("warehouse.cancelled").len(), 1, "deleted: {deleted}");
        // It is put in again.
        let mut wms = world.remote("wms");
        wms.deleted.clear();
        wms.cancelled.clear();
        drop(wms);
        world.run(660);
        assert!(world.open("warehouse.cancelled").is_empty(), "deleted: {deleted}");
    }
}

#[test]
fn open_orders_are_looked_at_in_their_channel_too() {
    let mut world = shop(&["1", "2"]);
    world.run(3_700);
    let looks = world.remote("mp").asked("read orders_by_id");
    assert_eq!(looks.len(), 1, "one read for both: {looks:?}");
    assert_eq!(looks[0].objects, ["1", "2"]);
}

#[test]
fn b067_a_call_that_fails_again_and_again_stands_in_front_of_somebody_until_it_does_not() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.extend(vec![Fault::NotSent; 9]);
    world.run(45);
    assert!(world.open("effect.failing").is_empty(), "not at the first stumble");
    world.run(600);
    assert_eq!(world.open("effect.failing").len(), 1);
    world.run(3_600);
    assert!(world.open("effect.failing").is_empty());
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
}

#[test]
fn b067_what_is_taken_back_fails_no_more() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults.extend(vec![Fault::NotSent; 9]);
    world.run(300);
    assert_eq!(world.open("effect.failing").len(), 1);
    cancel(&world);
    world.run(900);
    assert_eq!(world.effect("mp", "1").phase, Phase::Superseded);
    assert!(world.open("effect.failing").is_empty());
}

#[test]
fn a_list_that_cannot_be_read_for_long_is_told_of_while_everything_else_works() {
    let mut world = shop(&["1"]);
    world.remote("wms").mute = Some(ReadKind::Despatches);
    world.run(2 * 3_600);
    assert_eq!(world.open("feed.failing").len(), 1);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    world.remote("wms").mute = None;
    world.run(1_200);
    assert!(world.open("feed.failing").is_empty());
}

#[test]
fn a090_a_parcel_that_the_channel_is_not_told_of_for_an_hour_stands_in_front_of_somebody() {
    let mut world = shop(&["1"]);
    world.run(10);
    let now = world.now;
    world.remote("wms").despatches =
        vec![despatch("MP-1", "D1", "T1", "MUG", 1, now), despatch("MP-1", "D1", "T1", "TEA", 2, now)];
    world.remote("mp").faults.extend(vec![Fault::NotSent; 13]);
    world.run(3_500);
    assert!(world.open("despatch.unconfirmed").is_empty());
    world.run(300);
    assert_eq!(world.open("despatch.unconfirmed").len(), 1);
    world.run(2 * 3_600);
    assert_eq!(world.order("mp", "1").state, "confirmed");
    assert!(world.open("despatch.unconfirmed").is_empty());
}

/// A person said that the cancelled part was taken out, it left all the same, and the marketplace wants it after all.
#[test]
fn f53_a_parcel_with_what_was_cancelled_is_told_when_the_cancellation_is_taken_back() {
    let mut world = shop(&["1"]);
    world.run(60);
    let change = |world: &World, open: i64| {
        let order = &mut world.remote("mp").orders[0];
        order.lines[1].open = open;
        order.updated_at += SignedDuration::from_secs(1);
    };
    change(&world, 0);
    world.run(120);
    assert_eq!(world.open("order.cancelled_late").len(), 1);
    world.hub().act("Warehouse", &Act::Replay { order: "1".to_owned() }).unwrap();
    let now = world.now;
    let rows = [("MUG", 1), ("TEA", 2)].map(|(item, units)| despatch("MP-1", "D1", "T1", item, units, now));
    world.remote("wms").despatches = rows.into();
    world.run(600);
    assert_eq!((world.open("despatch.mismatch").len(), world.remote("mp").times("D1/T1")), (1, 0));
    change(&world, 2);
    world.run(120);
    assert_eq!((world.open("despatch.mismatch").len(), world.remote("mp").times("D1/T1")), (0, 1));
    assert_eq!(world.order("mp", "1").state, "confirmed");
}
