//! A database that came back from a copy (rule R14, fault F38): nothing is written until a person says so, and nothing is
//! done twice afterwards.

use crossdock_connector::{ReadKind, Repeat};
use crossdock_desk::{Act, Desk, Tone};
use crossdock_model::Readiness;
use crossdock_store::{Mark, Phase};

use crate::protocol::shop;
use crate::support::{Fake, Fault, World, despatch, item, rules, sale};

fn release(world: &World) -> Result<String, String> {
    let said = world.hub().act("Integration", &Act::ReleaseRestored);
    said.map(|done| done.sentence).map_err(|refused| refused.sentence)
}

/// Every write that any remote was asked for.
fn writes(world: &World) -> Vec<String> {
    let of = |name: &str| {
        let log = world.remote(name).log.clone();
        log.into_iter().filter(|asked| asked.what.ends_with(" write")).map(|asked| asked.what).collect::<Vec<_>>()
    };
    [of("wms"), of("mp")].concat()
}

fn why(world: &World) -> Option<String> {
    world.open("hub.restored").first().map(|row| row.what.detail.clone())
}

/// Two orders, and a parcel of the first that leaves after five minutes.
fn day(world: &mut World, seconds: i64) {
    let leaves = crate::support::dawn() + jiff::SignedDuration::from_mins(5);
    world.run((leaves.as_second() - world.now.as_second()).clamp(0, seconds));
    if world.now >= leaves && world.remote("wms").despatches.is_empty() {
        let rows = vec![despatch("MP-1", "D1", "T1", "MUG", 1, leaves), despatch("MP-1", "D1", "T1", "TEA", 2, leaves)];
        world.remote("wms").despatches = rows;
    }
    world.run(seconds);
}

#[test]
fn f38_a_backup_of_any_moment_is_noticed_writes_nothing_and_repeats_nothing() {
    for (round, seconds) in [0, 1, 2, 4, 60, 301, 330, 420].into_iter().enumerate() {
        let mark = round % 2 == 0;
        let mut world = shop(&["1", "2"]);
        world.slowest = 1_500;
        day(&mut world, seconds);
        let backup = world.backup();
        // The hub goes on and does the rest of its work, which the backup does not know.
        day(&mut world, 1_500);
        world.remote("mp").orders.push(sale("3", &[("TEA", 1)]));
        world.run(300);
        let done = writes(&world);
        world.restore(backup.path(), mark);
        assert!(why(&world).is_some(), "a backup of second {seconds} went unnoticed");
        world.run(1_200);
        assert_eq!(writes(&world), done, "second {seconds}: a restored hub wrote before it was released");
        assert_eq!(release(&world).as_deref(), Ok("Released. Everything is looked up once more before it is sent."));
        world.run(1_800);
        for (remote, object) in [("wms", "MP-1"), ("wms", "MP-2"), ("wms", "MP-3"), ("mp", "D1/T1")] {
            assert_eq!(world.remote(remote).times(object), 1, "second {seconds}: {object}");
        }
        assert_eq!(world.order("mp", "1").state, "confirmed", "second {seconds}");
        assert_eq!(world.order("mp", "2").state, "in_warehouse", "second {seconds}");
        assert_eq!(world.order("mp", "3").state, "in_warehouse", "second {seconds}");
        assert_eq!(why(&world), None);
    }
}

#[test]
fn f38_what_was_not_done_before_is_done_once_after_the_release() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(5);
    let backup = world.backup();
    world.run(1);
    world.restore(backup.path(), true);
    world.hold_writes = false;
    world.run(1_200);
    assert_eq!(world.remote("wms").times("MP-1"), 0);
    release(&world).unwrap();
    world.run(300);
    assert_eq!(world.remote("wms").times("MP-1"), 1);
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, effect.attempt), (Phase::Confirmed, 2));
}

#[test]
fn f38_a_copied_folder_a_missing_mark_and_a_foreign_mark_are_told_apart() {
    let mut world = shop(&["1"]);
    world.run(10);
    let backup = world.backup();
    let mark = world.folder().join("hub.db.example.mark");
    world.restart();
    assert_eq!(why(&world), None, "an ordinary restart is none of these");

    std::fs::remove_file(&mark).unwrap();
    world.restart();
    assert!(why(&world).unwrap().contains("missing"), "{:?}", why(&world));
    world.restart();
    assert!(why(&world).unwrap().contains("missing"), "it is said until somebody has released it");

    let mut other = shop(&["1"]);
    other.run(10);
    // The whole folder elsewhere, without the hub having done anything since.
    other.restore(backup.path(), true);
    assert!(why(&other).unwrap().contains("copied or restored"), "{:?}", why(&other));

    let mut third = shop(&[]);
    third.hub().store().put_mark(&Mark { generation: "another".to_owned(), pulse: 1 }).unwrap();
    third.restart();
    assert!(why(&third).unwrap().contains("another database's"), "{:?}", why(&third));
}

#[test]
fn f38_the_release_waits_for_calls_that_may_still_arrive_and_for_every_list() {
    let mut world = shop(&["1"]);
    assert!(release(&world).unwrap_err().contains("nothing to release"));
    world.run(10);
    let backup = world.backup();
    world.run(10);
    world.restore(backup.path(), true);
    let refused = release(&world).unwrap_err();
    assert!(refused.contains("may still be arriving") && refused.contains("in 15 m, at 09:15"), "{refused}");
    world.remote("mp").mute = Some(ReadKind::Orders);
    world.run(120);
    // A restart in between forgets neither the state nor its beginning.
    world.restart();
    world.hub().act("ops", &Act::Reconnect { connection: "mp".to_owned() }).unwrap();
    assert!(release(&world).unwrap_err().contains("may still be arriving"));
    world.remote("mp").mute = None;
    world.run(900);
    assert!(release(&world).is_ok());
    assert!(release(&world).unwrap_err().contains("nothing to release"), "once is enough");
    world.restart();
    assert_eq!(why(&world), None, "a release survives a restart");
}

#[test]
fn f38_what_was_not_found_before_the_release_is_looked_for_again() {
    let mut world = shop(&["1"]);
    world.run(10);
    let backup = world.backup();
    world.restore(backup.path(), true);
    world.remote("mp").orders.push(sale("2", &[("TEA", 1)]));
    world.run(1_200);
    assert!(
        world.remote("wms").asked("create_order look").iter().any(|asked| asked.objects == ["MP-2"]),
        "looks go on"
    );
    // The hub before was slower than anybody thought: its order arrives only now.
    world.remote("wms").done.insert("MP-2".to_owned(), 1);
    release(&world).unwrap();
    world.run(600);
    assert_eq!(world.remote("wms").times("MP-2"), 1);
    assert_eq!(world.order("mp", "2").state, "in_warehouse");
}

/// A write that does no harm when it is repeated is tried again without a look, but not by a hub that has gone back in time.
#[test]
fn f38_a_write_that_was_about_to_be_tried_again_is_looked_for_after_the_release() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.repeat = Repeat::Harmless;
    wms.remote().items = vec![item("MUG")];
    wms.remote().faults = [Fault::NotSent].into();
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders.push(sale("1", &[("MUG", 1)]));
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(2);
    let waits = world.effect("mp", "1");
    assert_eq!((waits.phase, waits.stage.as_str(), waits.failures), (Phase::Armed, "write", 1));
    let backup = world.backup();
    world.run(60);
    assert_eq!(world.remote("wms").times("MP-1"), 1);
    world.restore(backup.path(), true);
    world.run(1_200);
    release(&world).unwrap();
    world.run(600);
    assert_eq!(world.remote("wms").times("MP-1"), 1, "it was there already");
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
}

#[test]
fn f38_an_order_that_was_finished_after_the_backup_is_no_mismatch() {
    let mut world = shop(&[]);
    world.run(10);
    let backup = world.backup();
    world.remote("mp").orders.push(sale("1", &[("MUG", 1)]));
    world.run(120);
    let now = world.now;
    world.remote("wms").despatches = vec![despatch("MP-1", "D1", "T1", "MUG", 1, now)];
    world.run(300);
    assert_eq!(world.order("mp", "1").state, "confirmed");
    world.remote("mp").orders[0].readiness = Readiness::Fulfilled;
    world.remote("mp").orders[0].lines[0].open = 0;
    world.restore(backup.path(), true);
    world.run(1_200);
    assert_eq!(world.order("mp", "1").state, "elsewhere");
    assert!(world.open("despatch.mismatch").is_empty());
}

#[test]
fn f38_no_figure_of_the_backup_is_published() {
    let wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Availability]);
    wms.remote().items = vec![item("MUG")];
    wms.remote().available.insert("MUG".to_owned(), 10);
    let mp = Fake::new("mp", false, &[ReadKind::Orders, ReadKind::Listings]);
    mp.remote().listings.insert("MUG".to_owned(), 0);
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    // A push is written down and not carried out when the backup is made.
    world.hold_writes = true;
    world.run(60);
    let backup = world.backup();
    world.hold_writes = false;
    world.remote("wms").available.insert("MUG".to_owned(), 5);
    world.run(1_800);
    assert_eq!(world.remote("mp").listings["MUG"], 4);
    let pushes = world.remote("mp").asked("set_stock write").len();
    world.restore(backup.path(), true);
    world.remote("wms").available.insert("MUG".to_owned(), 3);
    world.run(1_800);
    assert_eq!(world.remote("mp").asked("set_stock write").len(), pushes);
    release(&world).unwrap();
    world.run(1_800);
    let after: Vec<_> = world.remote("mp").asked("set_stock write").into_iter().skip(pushes).collect();
    assert!(after.iter().all(|asked| asked.objects == ["MUG=2"]), "{after:?}");
    assert_eq!(world.remote("mp").listings["MUG"], 2);
}

#[test]
fn f38_a_restored_hub_counts_every_window_as_full() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Despatches]);
    wms.budget = (2, 60);
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(600);
    let backup = world.backup();
    world.restore(backup.path(), true);
    let restored = world.now;
    world.run(300);
    let first = world.remote("wms").log.iter().map(|asked| asked.at).find(|at| *at > restored).unwrap();
    assert!(first.duration_since(restored).as_secs() >= 60, "{restored} {first}");
}

#[test]
fn f38_people_are_told_on_every_page_that_nothing_is_sent() {
    let mut world = shop(&["1"]);
    world.hold_writes = true;
    world.run(10);
    let backup = world.backup();
    world.restore(backup.path(), true);
    world.run(30);
    let hub = world.hub();
    let views = Desk::connections(hub).unwrap();
    assert!(views.iter().all(|view| view.words == "reads only: the database was restored"), "{views:?}");
    assert!(views.iter().all(|view| view.tone == Tone::Broken));
    let group = hub.exceptions().unwrap().into_iter().find(|group| group.cause == "hub.restored").unwrap();
    assert!(group.sentence.starts_with("Nothing is sent anywhere: "), "{}", group.sentence);
    assert_eq!((group.owner.as_str(), group.tone), ("Integration", Tone::Broken));
    let why = hub.why("1").unwrap();
    assert!(why.sentence.contains("nobody has released it"), "{}", why.sentence);
}

/// A rolled back machine brings the mark back with the database. What gives it away is what the remotes hold.
#[test]
fn f38_three_orders_in_the_warehouse_that_were_never_sent_stop_the_writing_and_one_does_not() {
    let mut world = shop(&["1"]);
    world.remote("wms").done.insert("MP-1".to_owned(), 1);
    world.run(120);
    assert_eq!((world.order("mp", "1").state.as_str(), why(&world)), ("in_warehouse", None));
    for id in ["2", "3"] {
        world.remote("wms").done.insert(format!("MP-{id}"), 1);
        world.remote("mp").orders.push(sale(id, &[("TEA", 1)]));
    }
    world.run(120);
    assert!(why(&world).unwrap().contains("never sent them"), "{:?}", why(&world));
    world.remote("mp").orders.push(sale("4", &[("TEA", 1)]));
    world.run(1_200);
    assert_eq!(world.remote("wms").times("MP-4"), 0);
    release(&world).unwrap();
    world.run(120);
    assert_eq!(world.remote("wms").times("MP-4"), 1);
    assert_eq!(why(&world), None, "what was there before the release counts no more");
}

/// One call a day: a copy that has not seen it must not make it again, though nothing was written since.
#[test]
fn f38_a_call_of_a_long_window_is_not_forgotten_with_a_backup() {
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    let mut mp = Fake::new("mp", false, &[ReadKind::Carriers]);
    mp.budget = (1, 86_400);
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(world.folder()).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    world.run(120);
    assert_eq!(world.remote("mp").log.len(), 1);
    world.run(600);
    world.restore(copy.path(), false);
    world.run(3_600);
    assert_eq!(world.remote("mp").log.len(), 1, "the day is not over");
    assert!(why(&world).is_some());
}

#[test]
fn r14_the_pulse_is_raised_at_a_start_and_once_a_minute_while_writes_leave() {
    let mut world = shop(&[]);
    let pulse = |world: &World| world.ask(|tx| tx.lineage()).unwrap().pulse;
    assert_eq!(pulse(&world), 1);
    world.run(3_600);
    assert_eq!(pulse(&world), 1, "nothing was written anywhere");
    world.remote("mp").orders = (0..30).map(|n| sale(&n.to_string(), &[("MUG", 1)])).collect();
    world.run(600);
    assert!((2..=4).contains(&pulse(&world)), "{}", pulse(&world));
    let before = pulse(&world);
    world.restart();
    assert_eq!(pulse(&world), before + 1);
}

#[test]
fn f38_a_parcel_that_left_of_an_order_that_the_backup_never_knew_is_told() {
    let mut world = shop(&[]);
    world.run(10);
    let backup = world.backup();
    world.remote("mp").orders.push(sale("1", &[("MUG", 1)]));
    world.run(120);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    // It leaves, and the hub is lost before it could tell. The restored one reads the report before it knows the order.
    let now = world.now;
    world.remote("wms").despatches = vec![despatch("MP-1", "D1", "T1", "MUG", 1, now)];
    world.remote("mp").mute = Some(ReadKind::Orders);
    world.restore(backup.path(), true);
    world.run(120);
    world.remote("mp").mute = None;
    world.run(1_200);
    release(&world).unwrap();
    world.run(600);
    assert_eq!((world.remote("wms").times("MP-1"), world.remote("mp").times("D1/T1")), (1, 1));
    assert_eq!(world.order("mp", "1").state, "confirmed");
}

#[test]
fn f38_a_parcel_that_was_read_before_its_order_was_seen_as_fulfilled_waits_for_nobody() {
    let mut world = shop(&[]);
    world.run(10);
    let mut early = sale("1", &[("MUG", 1)]);
    early.readiness = Readiness::NotYet("WAITING_DEBIT".to_owned());
    world.remote("mp").orders.push(early);
    world.run(60);
    let backup = world.backup();
    world.remote("mp").orders[0] = sale("1", &[("MUG", 1)]);
    world.remote("mp").orders[0].updated_at = world.now;
    world.run(120);
    let now = world.now;
    world.remote("wms").despatches = vec![despatch("MP-1", "D1", "T1", "MUG", 1, now)];
    world.run(300);
    assert_eq!(world.order("mp", "1").state, "confirmed");
    world.remote("mp").orders[0].readiness = Readiness::Fulfilled;
    world.remote("mp").orders[0].lines[0].open = 0;
    world.remote("mp").mute = Some(ReadKind::Orders);
    world.restore(backup.path(), true);
    world.run(120);
    assert_eq!(world.open("despatch.mismatch").len(), 1, "nobody knows yet what the parcel is of");
    world.remote("mp").mute = None;
    world.run(1_200);
    assert_eq!(world.order("mp", "1").state, "elsewhere");
    assert!(world.open("despatch.mismatch").is_empty());
}

#[test]
fn f38_the_release_waits_for_the_figures_that_the_marketplaces_are_told() {
    let wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Availability]);
    let mut world = World::new(wms, vec![(Fake::new("mp", false, &[ReadKind::Orders]), rules("mp"))]);
    world.run(60);
    let backup = world.backup();
    world.remote("wms").mute = Some(ReadKind::Availability);
    world.restore(backup.path(), true);
    world.run(7_200);
    let refused = release(&world).unwrap_err();
    assert!(refused.contains("Not read again yet: availability of"), "{refused}");
    world.remote("wms").mute = None;
    world.run(3_600);
    assert!(release(&world).is_ok());
}

#[test]
fn f38_a_parcel_that_was_read_before_its_order_was_found_in_the_warehouse_is_told() {
    let mut world = shop(&[]);
    world.run(10);
    let mut bad = sale("1", &[("MUG", 1)]);
    let shown = std::mem::take(&mut bad.ship_to);
    world.remote("mp").orders.push(bad);
    world.run(60);
    assert_eq!(world.order("mp", "1").state, "held");
    let backup = world.backup();
    world.remote("mp").orders[0].ship_to = shown;
    world.remote("mp").orders[0].updated_at = world.now;
    world.run(120);
    let now = world.now;
    world.remote("wms").despatches = vec![despatch("MP-1", "D1", "T1", "MUG", 1, now)];
    world.remote("mp").mute = Some(ReadKind::Orders);
    world.restore(backup.path(), true);
    world.run(120);
    assert_eq!(world.open("despatch.mismatch").len(), 1, "its order was never sent as far as this hub knows");
    world.remote("mp").mute = None;
    world.run(1_200);
    release(&world).unwrap();
    world.run(600);
    assert_eq!((world.remote("wms").times("MP-1"), world.remote("mp").times("D1/T1")), (1, 1));
    assert!(world.open("despatch.mismatch").is_empty());
}
