//! Rules R6 to R9: a reply that never came. Nobody knows, so nobody repeats; looks decide.

use crossdock_connector::{ReadKind, Repeat};
use crossdock_store::Phase;
use jiff::SignedDuration;

use crate::protocol::shop;
use crate::support::{Fake, Fault, World, item, rules, sale};

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// An order whose write was lost, half a minute ago.
fn in_doubt(fault: Fault) -> World {
    let mut world = shop(&["1"]);
    world.remote("wms").faults = [fault].into();
    world.run(40);
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, effect.doubted, effect.attempt), (Phase::Unknown, true, 1));
    world
}

/// Looks at the order after the first write.
fn later_looks(world: &World) -> Vec<jiff::Timestamp> {
    let remote = world.remote("wms");
    let wrote = remote.asked("create_order write")[0].at;
    remote.asked("create_order look").into_iter().map(|asked| asked.at).filter(|at| *at > wrote).collect()
}

#[test]
fn r6_a_lost_reply_is_never_answered_by_a_second_write() {
    let mut world = in_doubt(Fault::LostAfter);
    world.run(7_200);
    assert_eq!(world.remote("wms").times("MP-1"), 1);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 1);
}

#[test]
fn r7_found_after_the_horizon_it_is_adopted() {
    let mut world = in_doubt(Fault::LostAfter);
    let horizon = world.effect("mp", "1").horizon.unwrap();
    world.run(880);
    assert!(world.now < horizon && later_looks(&world).is_empty(), "looks count only from the horizon on");
    world.run(60);
    assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    assert!(later_looks(&world)[0] >= horizon);
}

#[test]
fn r7_absent_takes_two_looks_a_minute_apart_before_it_is_sent_again() {
    for looks_twice in [false, true] {
        let mut world = in_doubt(Fault::LostBefore);
        // A look of two calls ends no doubt by its first.
        world.remote("wms").looks_twice = looks_twice;
        let horizon = world.effect("mp", "1").horizon.unwrap();
        world.run(1_200);
        let writes = world.remote("wms").asked("create_order write");
        let said_no = if looks_twice { "create_order check" } else { "create_order look" };
        let looks = world.remote("wms").asked(said_no).into_iter().map(|asked| asked.at);
        let looks: Vec<_> = looks.filter(|at| *at > writes[0].at && *at < writes[1].at).collect();
        assert_eq!((looks.len(), writes.len()), (2, 2));
        assert!(looks[0] >= horizon && looks[1].duration_since(looks[0]) >= seconds(59), "{looks:?}");
        assert_eq!((world.remote("wms").times("MP-1"), world.effect("mp", "1").phase), (1, Phase::Confirmed));
    }
}

#[test]
fn r7_an_order_that_a_repeat_would_only_overwrite_is_looked_for_sooner_and_twice_as_well() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.repeat = Repeat::Harmless;
    wms.remote().items = vec![item("MUG")];
    wms.remote().faults = [Fault::LostBefore].into();
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = vec![sale("1", &[("MUG", 1)])];
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(600);
    let writes = world.remote("wms").asked("create_order write");
    let looks = later_looks(&world);
    assert_eq!((looks.len(), writes.len()), (2, 2));
    let horizon = seconds(5 * 60);
    // The reply was given up half a minute after the write.
    assert!(looks[0].duration_since(writes[0].at) >= horizon && looks[0].duration_since(writes[0].at) < horizon * 2);
    assert_eq!((world.remote("wms").times("MP-1"), world.effect("mp", "1").phase), (1, Phase::Confirmed));
}

#[test]
fn f05_a_write_that_lands_between_the_two_looks_is_adopted() {
    let mut world = in_doubt(Fault::LostBefore);
    while later_looks(&world).is_empty() {
        world.run(5);
    }
    world.remote("wms").done.insert("MP-1".to_owned(), 1);
    world.run(600);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 1);
    assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
}

#[test]
fn r8_a_write_that_is_lost_again_and_again_ends_in_front_of_a_person_or_is_done_once() {
    let mut world = shop(&["1"]);
    world.remote("wms").faults = vec![Fault::LostBefore; 40].into();
    world.run(7_200);
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, world.remote("wms").times("MP-1")), (Phase::Held, 0));
    assert_eq!(world.order("mp", "1").cause.as_deref(), Some("effect.in_doubt"));
    assert_eq!(world.open("effect.in_doubt").len(), 1);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 5);
    world.run(7_200);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 5, "nobody tries behind their back");
}

fn dies_while_sending(carried_out: bool) -> World {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    let (connection, out) = world.held.remove(0);
    if carried_out {
        world.send(&connection, &out);
    }
    world.restart();
    world.hold_writes = false;
    world
}

#[test]
fn r9_a_restart_while_sending_is_a_doubt() {
    for carried_out in [false, true] {
        let world = dies_while_sending(carried_out);
        let effect = world.effect("mp", "1");
        assert_eq!(effect.phase, Phase::Unknown);
        assert_eq!(effect.horizon, Some(world.now + SignedDuration::from_mins(5)));
    }
}

#[test]
fn r9_after_a_restart_what_was_carried_out_is_found_and_adopted() {
    let mut world = dies_while_sending(true);
    world.run(1_200);
    assert_eq!(world.remote("wms").times("MP-1"), 1);
    assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
}

#[test]
fn r9_after_a_restart_what_was_not_carried_out_is_sent_after_two_looks() {
    let mut world = dies_while_sending(false);
    let started = world.now;
    world.run(1_200);
    let looks: Vec<_> = {
        let remote = world.remote("wms");
        remote.asked("create_order look").into_iter().map(|asked| asked.at).filter(|at| *at >= started).collect()
    };
    let writes = world.remote("wms").asked("create_order write");
    assert_eq!((looks.len(), writes.len()), (2, 1));
    // A repeat would do it twice, so the slowest remote has had the time to tell of it.
    assert!(looks[0].duration_since(started) >= SignedDuration::from_mins(14), "looks count from the horizon on");
    assert!(looks[1].duration_since(looks[0]) >= seconds(59) && writes[0].at >= looks[1]);
    assert_eq!(world.remote("wms").times("MP-1"), 1);
}

#[test]
fn r9_a_restart_while_in_doubt_stays_in_doubt() {
    let mut world = in_doubt(Fault::LostAfter);
    world.restart();
    assert_eq!(world.effect("mp", "1").phase, Phase::Unknown);
    world.run(1_200);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 1);
    assert_eq!(world.effect("mp", "1").phase, Phase::Confirmed);
}

#[test]
fn i2_whatever_is_lost_and_whenever_the_process_dies_there_is_one_warehouse_order_each() {
    for seed in 1..=4 {
        let ids: Vec<String> = (1..=6).map(|id| id.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut world = shop(&ids);
        world.dice.0 = seed;
        for _ in 0..12 {
            let fault = match world.dice.below(4) {
                0 => Fault::LostAfter,
                1 => Fault::LostBefore,
                2 => Fault::NotSent,
                _ => Fault::OnlyRows(2),
            };
            world.remote("wms").faults.push_back(fault);
        }
        for _ in 0..8 {
            let pause = world.dice.below(400) + 1;
            world.run(pause);
            if world.dice.below(2) == 0 {
                world.restart();
            }
        }
        world.remote("wms").faults.clear();
        world.run(7_200);
        for id in &ids {
            assert_eq!(world.remote("wms").times(&format!("MP-{id}")), 1, "seed {seed}, order {id}");
            assert_eq!(world.order("mp", id).state, "in_warehouse", "seed {seed}, order {id}");
        }
    }
}
