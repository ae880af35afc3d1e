//! Which of the effects that wait goes next, in whose company, and how long a push stays small after a refusal.

use crossdock_connector::ReadKind;
use crossdock_desk::{Act, Desk};
use crossdock_flow::StockMode;
use crossdock_model::{Available, Readiness};
use crossdock_store::Phase;
use jiff::SignedDuration;

use crate::protocol::shop;
use crate::support::{Fake, Fault, World, dawn, item, rules, sale};

/// One channel with so many listings, ten units of each; the figures were pushed.
fn catalogue(size: usize, mode: StockMode) -> World {
    let codes: Vec<String> = (0..size).map(|n| format!("SKU-{n:02}")).collect();
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.remote().items = codes.iter().map(|code| item(code)).collect();
    let mut mp = Fake::new("mp", false, &[ReadKind::Listings]);
    mp.batch = 100;
    mp.remote().listings = codes.iter().map(|code| (code.clone(), 0)).collect();
    let mut own = rules("mp");
    own.stock_mode = mode;
    let mut world = World::new(wms, vec![(mp, own)]);
    world.run(2);
    feed(&world, size, 11);
    world.run(120);
    world
}

/// The first `count` articles have this many units.
fn feed(world: &World, count: usize, available: i64) {
    let rows = (0..count).map(|n| Available { item: format!("SKU-{n:02}"), available }).collect();
    world.hub().feed_availability(rows, world.now, world.now).unwrap();
}

/// How many figures each push since then carried.
fn pushes(world: &World, since: usize) -> Vec<usize> {
    let all = world.remote("mp").asked("set_stock write");
    all.iter().skip(since).map(|asked| asked.objects[0].split(' ').count()).collect()
}

#[test]
fn b013_of_orders_that_wait_the_one_that_must_leave_first_goes_first() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.batch = 1;
    wms.remote().items = vec![item("MUG")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = [("1", 30), ("2", 10), ("3", 20)]
        .map(|(id, hours)| {
            let mut order = sale(id, &[("MUG", 1)]);
            order.ship_by = Some(dawn() + SignedDuration::from_hours(hours));
            order
        })
        .into();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(30);
    for stage in ["look", "write"] {
        let asked = world.remote("wms").asked(&format!("create_order {stage}"));
        let order: Vec<String> = asked.into_iter().flat_map(|asked| asked.objects).collect();
        assert_eq!(order, ["MP-2", "MP-3", "MP-1"], "{stage}");
    }
}

/// While the window is full, a call that carries as much as it can goes before one that does not.
#[test]
fn b011_a_full_call_goes_before_a_smaller_one_that_waits_no_longer() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    (wms.batch, wms.budget) = (10, (1, 10));
    wms.remote().items = vec![item("MUG")];
    let mut mp = Fake::new("mp", false, &[ReadKind::Health, ReadKind::Orders]);
    mp.push = true;
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(30);
    let arrive = |world: &mut World, ids: std::ops::RangeInclusive<i32>| {
        for id in ids {
            world.remote("mp").orders.push(sale(&id.to_string(), &[("MUG", 1)]));
            let callback = world.callback("mp", &format!("e-{id} {id}"));
            assert_eq!(world.hub().deliver(&callback, world.now), 200);
        }
        world.run(5);
    };
    arrive(&mut world, 1..=3);
    arrive(&mut world, 4..=13);
    world.run(100);
    let log = world.remote("wms").log.clone();
    let calls = log.iter().filter_map(|asked| Some((asked.what.strip_prefix("create_order ")?, asked.objects.len())));
    let calls: Vec<String> = calls.map(|(stage, size)| format!("{stage} {size}")).collect();
    assert_eq!(calls, ["look 3", "look 10", "write 10", "check 10", "write 3", "check 3"]);
}

/// A thousand travel abreast (`lane/queue.rs`); those behind them have to be fetched.
#[test]
fn a_backlog_larger_than_what_travels_abreast_drains_to_its_end() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.batch = 300;
    wms.remote().items = vec![item("MUG")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = (1..=1_700).map(|id| sale(&id.to_string(), &[("MUG", 1)])).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(50);
    let remote = world.remote("wms");
    assert!((1..=1_700).all(|id| remote.times(&format!("MP-{id}")) == 1));
    // A call carries what it can: 1,700 orders are six calls of 300 for each of their three stages.
    let calls: Vec<usize> = ["look", "write", "check"]
        .iter()
        .flat_map(|stage| remote.asked(&format!("create_order {stage}")))
        .map(|asked| asked.objects.len())
        .collect();
    assert!(calls.len() <= 24, "{calls:?}");
    drop(remote);
    assert!(world.lane_reads["wms"] <= 8, "{:?}", world.lane_reads);
}

/// A lane keeps what waits in memory: with a full window it is asked again and again, and asks nobody.
#[test]
fn what_waits_is_not_read_again_for_every_call() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    (wms.batch, wms.budget) = (1, (1, 2));
    wms.remote().items = vec![item("MUG")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = (1..=40).map(|id| sale(&id.to_string(), &[("MUG", 1)])).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(20);
    world.lane_reads.clear();
    world.run(200);
    assert!(world.remote("wms").log.len() > 100, "it goes on meanwhile");
    // Between two calls it looks for hints, and for nothing else.
    assert!(world.lane_reads["wms"] <= 115, "{:?}", world.lane_reads);
}

#[test]
fn f18_a_refused_push_is_halved_until_the_bad_listing_stands_alone_and_grows_again() {
    let mut world = catalogue(8, StockMode::Event);
    let before = world.remote("mp").asked("set_stock write").len();
    world.remote("mp").poison.insert("SKU-05".to_owned());
    feed(&world, 8, 21);
    world.run(120);
    let shown = world.remote("mp").listings.clone();
    let expected = |sku: &str| if sku == "SKU-05" { 10 } else { 20 };
    assert!(shown.iter().all(|(sku, shown)| *shown == expected(sku)), "{shown:?}");
    let sizes = pushes(&world, before);
    // The first four pass and the next push may be twice as large; the bad one is among the others.
    assert_eq!(sizes, [8, 4, 4, 2, 1, 2, 1, 1, 1]);
    // It is accepted again: a push of all eight is one call again before long.
    world.remote("mp").poison.clear();
    for units in 31..36 {
        feed(&world, 8, units);
        world.run(60);
    }
    assert_eq!(pushes(&world, before).last(), Some(&8));
    assert!(world.remote("mp").listings.values().all(|shown| *shown == 34));
}

#[test]
fn a024_a_channel_with_a_beat_is_told_at_its_beat_and_then_everything_at_once() {
    let mut world = catalogue(3, StockMode::Schedule);
    let before = world.remote("mp").asked("set_stock write").len();
    let begun = world.now;
    for round in 1..=18 {
        feed(&world, 1 + round % 3, 20 + i64::try_from(round).unwrap());
        world.run(10);
    }
    let asked = world.remote("mp").asked("set_stock write");
    let at: Vec<i64> = asked.iter().skip(before).map(|asked| asked.at.duration_since(begun).as_secs()).collect();
    assert!((2..=4).contains(&at.len()), "three minutes: {at:?}");
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 59), "{at:?}");
    world.run(60);
    assert!(world.remote("mp").listings.values().all(|shown| *shown >= 33), "{:?}", world.remote("mp").listings);
}

/// The next push takes the newest figures, so none is made of figures that may be old when they leave.
#[test]
fn b022_one_push_at_a_time_is_under_way_however_many_calls_may_be() {
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.remote().items = (0..8).map(|n| item(&format!("SKU-{n:02}"))).collect();
    let mut mp = Fake::new("mp", false, &[ReadKind::Listings]);
    (mp.batch, mp.in_flight) = (3, 4);
    mp.remote().listings = (0..8).map(|n| (format!("SKU-{n:02}"), 0)).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(2);
    world.hold_writes = true;
    feed(&world, 8, 11);
    world.run(20);
    // Told again and again meanwhile, it plans nothing: what it planned now would leave with figures of now.
    for units in [16, 21] {
        feed(&world, 8, units);
        world.run(5);
    }
    assert_eq!(world.held.len(), 1);
    world.hold_writes = false;
    let (connection, out) = world.held.remove(0);
    world.send(&connection, &out);
    world.run(20);
    assert_eq!(pushes(&world, 0), [3, 3, 3, 2], "the first three once more");
    let after: String =
        world.remote("mp").asked("set_stock write").iter().skip(1).map(|asked| asked.objects.concat() + " ").collect();
    assert!(after.split_whitespace().all(|figure| figure.ends_with("=20")), "{after}");
}

#[test]
fn b022_a_doubt_about_something_else_keeps_no_figure_back() {
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.remote().items = vec![item("SKU-00")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders, ReadKind::Listings]);
    mp.remote().listings.insert("SKU-00".to_owned(), 0);
    let mut order = sale("1", &[("SKU-00", 1)]);
    order.readiness = Readiness::AwaitingAcceptance;
    mp.remote().orders.push(order);
    mp.remote().faults.push_back(Fault::LostBefore);
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(60);
    assert_eq!(world.effect("mp", "1").phase, Phase::Unknown);
    feed(&world, 1, 11);
    world.run(5);
    assert_eq!(world.remote("mp").listings["SKU-00"], 9, "one is sold, one is kept back");
    assert_eq!(world.effect("mp", "1").phase, Phase::Unknown);
}

#[test]
fn a_guard_that_was_released_guards_again_after_the_push() {
    let mut world = catalogue(40, StockMode::Event);
    feed(&world, 40, 0);
    world.run(60);
    let connection = "mp".to_owned();
    world.hub().act("ops", &Act::ReleaseGuard { connection }).unwrap();
    world.run(60);
    assert!(world.remote("mp").listings.values().all(|shown| *shown == 0));
    world.run(3_600);
    feed(&world, 40, 11);
    world.run(1_200);
    assert!(world.remote("mp").listings.values().all(|shown| *shown == 10));
    feed(&world, 40, 0);
    world.run(60);
    assert_eq!(world.open("stock.guard").len(), 1);
    assert!(world.remote("mp").listings.values().all(|shown| *shown == 10));
}

#[test]
fn b067_tries_between_which_a_look_finds_a_part_are_counted() {
    let mut world = shop(&["1"]);
    {
        let mut remote = world.remote("wms");
        remote.whole_after = 2;
        remote.faults.push_back(Fault::Fine);
        remote.faults.extend(vec![Fault::NotSent; 9]);
    }
    world.run(600);
    assert_eq!(world.open("effect.failing").len(), 1);
    world.run(3_600);
    let effect = world.effect("mp", "1");
    assert_eq!((effect.phase, effect.failures), (Phase::Confirmed, 0));
    assert!(world.open("effect.failing").is_empty());
}

/// Calls that fill up go before those that carry one thing each, so that the next system gets its orders meanwhile.
#[test]
fn b011_a_full_call_of_many_goes_before_calls_of_one_that_wait_longer() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    (wms.batch, wms.looks_at, wms.budget) = (5, Some(1), (1, 1));
    wms.remote().items = vec![item("MUG")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = (1..=12).map(|id| sale(&id.to_string(), &[("MUG", 1)])).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(14);
    let log = world.remote("wms").log.clone();
    let calls = log.iter().filter_map(|asked| Some((asked.what.strip_prefix("create_order ")?, asked.objects.len())));
    let calls: Vec<String> = calls.take(7).map(|(stage, size)| format!("{stage} {size}")).collect();
    assert_eq!(calls, ["look 1", "look 1", "look 1", "look 1", "look 1", "write 5", "look 1"]);
}

/// With several calls abreast nobody is asked twice, though the queue is read anew while they are under way.
#[test]
fn i2_what_is_under_way_is_not_taken_up_a_second_time() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    (wms.batch, wms.in_flight) = (1, 2);
    wms.remote().items = vec![item("MUG")];
    let mut mp = Fake::new("mp", false, &[ReadKind::Health, ReadKind::Orders]);
    mp.push = true;
    mp.remote().orders = (1..=4).map(|id| sale(&id.to_string(), &[("MUG", 1)])).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.slowest = 1_500;
    world.run(5);
    for id in 5..=24 {
        world.remote("mp").orders.push(sale(&id.to_string(), &[("MUG", 1)]));
        let callback = world.callback("mp", &format!("e-{id} {id}"));
        assert_eq!(world.hub().deliver(&callback, world.now), 200);
        world.run(1);
    }
    world.run(60);
    for stage in ["look", "write"] {
        let asked = world.remote("wms").asked(&format!("create_order {stage}"));
        let mut objects: Vec<String> = asked.into_iter().flat_map(|asked| asked.objects).collect();
        let all = objects.len();
        objects.sort();
        objects.dedup();
        assert_eq!((all, objects.len()), (24, 24), "{stage}");
    }
}

/// What the remote says of itself decides what may share a call, also for those that wait already.
#[test]
fn what_is_learnt_of_a_remote_holds_for_those_that_wait() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Health, ReadKind::Items]);
    wms.budget = (1, 20);
    wms.remote().items = vec![item("MUG")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = (1..=3).map(|id| sale(&id.to_string(), &[("MUG", 1)])).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(50);
    let sizes = |world: &World| {
        let log = world.remote("wms").log.clone();
        let calls = log.iter().filter(|asked| asked.what.starts_with("create_order "));
        calls.map(|asked| asked.objects.len()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(&world), [3], "they were looked for together, and wait");
    world.remote("wms").facts = vec![("one by one".to_owned(), "yes".to_owned())];
    world.hub().act("ops", &Act::Reconnect { connection: "wms".to_owned() }).unwrap();
    world.run(300);
    assert_eq!(sizes(&world), [3, 1, 1, 1, 1, 1, 1]);
}

#[test]
fn an_operation_that_cannot_be_said_is_refused_alone_and_its_company_goes() {
    let ids: Vec<String> = (1..=8).map(|id| id.to_string()).collect();
    let mut world = shop(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    world.remote("wms").unsayable.insert("MP-5".to_owned());
    world.run(30);
    for id in &ids {
        let expected = if id == "5" { Phase::Rejected } else { Phase::Confirmed };
        assert_eq!(world.effect("mp", id).phase, expected, "order {id}");
    }
    let looks = world.remote("wms").asked("create_order look");
    assert_eq!(looks.iter().map(|asked| asked.objects.len()).collect::<Vec<_>>(), [4, 3]);
}

/// What one stage found is handed to the next one, and a remote that keeps references keeps one for each thing.
#[test]
fn each_stage_is_told_what_the_one_before_it_found_under_one_reference() {
    let mut world = shop(&["1", "2"]);
    world.run(30);
    let remote = world.remote("wms");
    let since = |stage: &str| serde_json::json!({ "since": stage });
    let told = [("look", serde_json::Value::Null), ("write", since("look")), ("check", since("write"))];
    let told = told.map(|(stage, note)| (stage.to_owned(), note));
    assert_eq!((&remote.notes["MP-1"][..], &remote.notes["MP-2"][..]), (&told[..], &told[..]));
    let [one, two] = ["MP-1", "MP-2"].map(|object| remote.references[object].iter().collect::<Vec<_>>());
    assert_eq!((one.len(), two.len()), (1, 1));
    assert!(one[0].starts_with("xd-") && one[0].len() == 23 && one != two, "{one:?} {two:?}");
}
