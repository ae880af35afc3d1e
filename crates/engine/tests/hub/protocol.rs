//! The effect protocol, rule by rule (reliability.md §2.3): what is written down before a byte leaves.

use crossdock_connector::{ReadKind, SendError};
use crossdock_engine::Timings;
use crossdock_model::Readiness;
use crossdock_store::Phase;
use jiff::SignedDuration;

use crate::support::{Fake, Fault, World, despatch, item, rules, sale};

/// A shop with two articles; whatever is in `orders` may be picked.
pub(crate) fn shop(orders: &[&str]) -> World {
    shop_with(orders, Timings::default())
}

fn shop_with(orders: &[&str], timings: Timings) -> World {
    let wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Despatches]);
    wms.remote().items = vec![item("MUG"), item("TEA")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = orders.iter().map(|id| sale(id, &[("MUG", 1), ("TEA", 2)])).collect();
    let mut own = rules("mp");
    own.free_carrier_names = true;
    World::with(wms, vec![(mp, own)], timings)
}

#[test]
fn an_order_reaches_the_warehouse_once_and_is_seen_to_be_there() {
    let mut world = shop(&["1"]);
    world.run(10);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    // Polled every minute for an hour: still one.
    world.run(3_600);
    assert_eq!(world.remote("wms").times("MP-1"), 1);
    assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
}

#[test]
fn r1_the_intent_is_stored_with_its_cause_and_its_key_is_used_once() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    let (order, effect) = (world.order("mp", "1"), world.effect("mp", "1"));
    assert_eq!((effect.flow, effect.key.as_str()), (Some(order.id), "order/MP-1"));
    // A document that changes in what does not matter plans nothing further.
    for minute in 1..4 {
        world.remote("mp").orders[0].remote_state = format!("READY {minute}");
        world.run(60);
    }
    assert_eq!(world.effects("mp", "1").len(), 1);
}

#[test]
fn r2_nothing_leaves_before_sending_is_on_the_disk() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    // `World::next` has compared the stored row when the call was handed out; the remote has seen no write.
    assert_eq!(world.held.len(), 1);
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, effect.attempt, effect.stage.as_str()), (Phase::Sending, 1, "write"));
    assert_eq!(world.remote("wms").asked("create_order write").len(), 0);
}

/// What an answered write came to costs no commit of its own: it is stored with the call that comes next, or, where that
/// one has to wait, at once.
#[test]
fn r2_what_an_answered_write_came_to_is_known_after_a_restart() {
    for wait in [0, 60] {
        let mut world = shop(&["1"]);
        world.remote("wms").check_after = SignedDuration::from_secs(wait);
        world.hold_writes = true;
        world.run(5);
        world.hold_writes = false;
        let (connection, out) = world.held.remove(0);
        world.send(&connection, &out);
        world.land();
        if wait == 0 {
            assert_eq!(world.effect("mp", "1").phase, Phase::Sending, "not yet");
            assert!(world.next("wms").is_ok());
        }
        let effect = world.effect("mp", "1");
        assert_eq!((effect.phase, effect.stage.as_str()), (Phase::Armed, "check"));
        world.restart();
        if wait > 0 {
            world.run(wait - 1);
            assert_eq!(world.remote("wms").asked("create_order check").len(), 0, "the remote asked to wait");
        }
        world.run(10);
        let effect = world.effect("mp", "1");
        assert_eq!((effect.phase, effect.doubted, effect.attempt), (Phase::Confirmed, false, 1));
    }
}

#[test]
fn r3_one_effect_per_remote_object_is_under_way() {
    let wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Despatches]);
    wms.remote().items = vec![item("MUG"), item("TEA")];
    let mut mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.in_flight = 4;
    mp.remote().orders = vec![sale("1", &[("MUG", 1), ("TEA", 2)]), sale("2", &[("MUG", 1)])];
    let mut own = rules("mp");
    own.free_carrier_names = true;
    let mut world = World::new(wms, vec![(mp, own)]);
    world.run(10);
    let now = world.now;
    world.remote("wms").despatches = vec![
        despatch("MP-1", "D1", "T1", "MUG", 1, now),
        despatch("MP-1", "D2", "T2", "TEA", 2, now),
        despatch("MP-2", "D3", "T3", "MUG", 1, now),
    ];
    world.hold_writes = true;
    world.run(70);
    let mut under_way: Vec<String> =
        world.remote("mp").asked("confirm_despatch look").into_iter().flat_map(|asked| asked.objects).collect();
    under_way.sort();
    assert_eq!(under_way, ["D1/T1", "D3/T3"], "the second parcel of order 1 waits for the first");
}

#[test]
fn r4_a_write_carries_the_moment_after_which_no_byte_may_leave() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    let effect = world.effect("mp", "1");
    let (_, out) = &world.held[0];
    assert_eq!(out.deadline, effect.updated + SignedDuration::from_secs(30));
}

#[test]
fn r5_a_call_that_never_left_is_tried_again_without_any_doubt() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults = [Fault::NotSent, Fault::NotSent].into();
    world.run(60);
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, effect.doubted, effect.attempt), (Phase::Confirmed, false, 3));
    assert_eq!(world.remote("wms").times("MP-1"), 1);
}

#[test]
fn r8_after_a_hundred_tries_that_certainly_did_nothing_a_person_is_asked() {
    for (tries, phase) in [(100, Phase::Confirmed), (101, Phase::Held)] {
        let mut world = shop_with(&["1"], Timings { retry_max: SignedDuration::from_secs(5), ..Timings::default() });
        world.remote("wms").faults = vec![Fault::NotSent; tries].into();
        world.run(1_200);
        let effect = world.effect("mp", "1");
        assert_eq!(effect.phase, phase, "{tries} tries");
        let asked = usize::from(phase == Phase::Held);
        assert_eq!(world.open("effect.in_doubt").len(), asked, "{tries} tries");
    }
}

#[test]
fn r5_a_remote_that_asks_to_wait_is_left_alone_for_as_long_as_it_asked() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults = [Fault::Throttled(120)].into();
    world.run(30);
    let asked_at = world.remote("wms").asked("create_order write")[0].at;
    world.run(600);
    let next = world.remote("wms").log.iter().map(|asked| asked.at).filter(|at| *at > asked_at).min().unwrap();
    assert!(next.duration_since(asked_at) >= SignedDuration::from_secs(120), "{next}");
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, effect.doubted), (Phase::Confirmed, false));
    assert_eq!(world.remote("wms").times("MP-1"), 1);
}

#[test]
fn r10_a_reply_that_is_reported_twice_counts_once() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    let (connection, out) = world.held.remove(0);
    for _ in 0..2 {
        let lost = Err(SendError::Lost("time-out".to_owned()));
        world.hub().completed(&connection, out.ticket, lost, world.now).unwrap();
    }
    assert_eq!(world.effect("mp", "1").attempt, 1);
    // Nor does a reply to a call that nobody made.
    let strange = Err(SendError::Lost("time-out".to_owned()));
    world.hub().completed(&connection, 9_999, strange, world.now).unwrap();
    assert_eq!(world.effect("mp", "1").phase, Phase::Unknown);
}

#[test]
fn r11_every_write_follows_a_look_and_r12_is_read_back_after_success() {
    let mut world = shop(&["1"]);
    world.run(20);
    let log: Vec<String> = world.remote("wms").log.iter().map(|asked| asked.what.clone()).collect();
    let stages: Vec<&str> = log.iter().filter_map(|what| what.strip_prefix("create_order ")).collect();
    assert_eq!(stages, ["look", "write", "check"]);
}

/// A look is good for the write that follows it, not for one that is tried again much later: a person may have been there.
#[test]
fn r11_a_write_that_has_to_wait_looks_again_before_it_is_tried_again() {
    for faults in [vec![Fault::NotSent; 9], vec![Fault::Throttled(600)]] {
        let mut world = shop(&["1"]);
        world.remote("wms").faults = faults.into();
        world.run(30);
        // Meanwhile somebody does it by hand.
        world.remote("wms").done.insert("MP-1".to_owned(), 1);
        world.run(3_600);
        assert_eq!(world.remote("wms").times("MP-1"), 1, "it was done a second time");
        assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
    }
}

/// The same where the connection stood still in between, for whatever reason.
#[test]
fn r11_a_look_of_yesterday_allows_no_write_today() {
    let mut world = shop(&["1"]);
    // Calls are made one by one until the look at the order was answered and its write would be next.
    while world.remote("wms").asked("create_order look").is_empty() {
        world.poll("mp");
        match world.next("wms") {
            Ok(call) => {
                world.send("wms", &call);
                world.land();
            }
            Err(_) => world.now += SignedDuration::from_secs(1),
        }
    }
    world.now += SignedDuration::from_hours(24);
    world.remote("wms").done.insert("MP-1".to_owned(), 1);
    world.run(3_600);
    assert_eq!(world.remote("wms").times("MP-1"), 1, "it was done a second time");
    assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
}

#[test]
fn r11_what_is_there_already_is_adopted_without_a_write() {
    let mut world = shop(&["1"]);
    world.remote("wms").done.insert("MP-1".to_owned(), 1);
    world.run(20);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 0);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
}

#[test]
fn an_order_is_accepted_and_then_released_with_two_writes_in_all() {
    let mut world = shop(&["1"]);
    world.remote("mp").orders[0].readiness = Readiness::AwaitingAcceptance;
    // The marketplace goes on saying "awaiting acceptance" for some minutes after it took it.
    world.run(200);
    assert_eq!(world.remote("mp").times("accept 1"), 1);
    assert_eq!(world.remote("wms").times("MP-1"), 0, "nothing is picked before the marketplace says so");
    world.remote("mp").orders[0].readiness = Readiness::Ready;
    world.remote("mp").orders[0].remote_state = "SHIPPING".to_owned();
    world.run(120);
    assert_eq!((world.remote("mp").times("accept 1"), world.remote("wms").times("MP-1")), (1, 1));
}

#[test]
fn a_parcel_is_recorded_at_the_channel_once_and_the_order_is_complete() {
    let mut world = shop(&["1"]);
    world.run(10);
    let now = world.now;
    world.remote("wms").despatches =
        vec![despatch("MP-1", "D1", "T1", "MUG", 1, now), despatch("MP-1", "D2", "T2", "TEA", 2, now)];
    world.run(300);
    assert_eq!(world.order("mp", "1").state, "confirmed");
    let remote = world.remote("mp");
    assert_eq!((remote.times("D1/T1"), remote.times("D2/T2")), (1, 1));
}

#[test]
fn a_refused_order_is_held_and_the_others_go_on() {
    let mut world = shop(&["1", "2"]);
    world.remote("wms").poison.insert("MP-1".to_owned());
    world.run(60);
    assert_eq!(world.order("mp", "1").cause.as_deref(), Some("warehouse.refused"));
    assert_eq!(world.order("mp", "2").state, "in_warehouse");
    let open = world.open("warehouse.refused");
    assert_eq!((open.len(), open[0].what.owner.as_str()), (1, "Warehouse"));
}
