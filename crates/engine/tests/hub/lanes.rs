//! A lane: what goes first, and a door that stays shut.

use crossdock_connector::{Read, ReadKind};
use crossdock_desk::{Act, Desk};
use crossdock_engine::Timings;
use crossdock_model::Readiness;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Door, Fake, World, dawn, despatch, item, rules, sale};

#[test]
fn b013_on_one_shared_window_orders_go_before_despatches_and_despatches_before_stock() {
    let wms = Fake::new("wms", true, &[ReadKind::Items, ReadKind::Availability, ReadKind::Despatches]);
    {
        let mut remote = wms.remote();
        remote.items = vec![item("MUG")];
        remote.available.insert("MUG".to_owned(), 10);
        remote.despatches = vec![despatch("MP-1", "D1", "T1", "MUG", 1, dawn())];
    }
    let mut mp = Fake::new("mp", false, &[ReadKind::Orders, ReadKind::Listings]);
    mp.budget = (1, 10);
    let mut awaiting = sale("2", &[("MUG", 1)]);
    awaiting.readiness = Readiness::AwaitingAcceptance;
    mp.remote().orders = vec![sale("1", &[("MUG", 1)]), awaiting];
    mp.remote().listings.insert("MUG".to_owned(), 0);
    let mut own = rules("mp");
    own.free_carrier_names = true;
    let timings = Timings { despatches_every: SignedDuration::from_secs(5), ..Timings::default() };
    let mut world = World::with(wms, vec![(mp, own)], timings);
    // By now the listings are read: all three kinds of write wait for the one call in ten seconds.
    world.run(19);
    assert_eq!(world.effects("mp", "1").len(), 2, "released, and the parcel has left");
    assert_eq!(world.effects("mp", "2").len(), 1, "to be accepted");
    world.run(300);
    let log: Vec<String> = world.remote("mp").log.iter().map(|asked| asked.what.clone()).collect();
    let first = |what: &str| log.iter().position(|asked| asked == what).unwrap_or_else(|| panic!("{what} in {log:?}"));
    assert!(first("accept_order write") < first("confirm_despatch look"), "{log:?}");
    assert!(first("confirm_despatch write") < first("set_stock write"), "{log:?}");
}

fn warehouse_with_a_door(door: Door) -> World {
    let mut wms = Fake::new("wms", true, &[ReadKind::Health, ReadKind::Items]);
    wms.sessions = true;
    wms.remote().door = door;
    wms.remote().items = vec![item("MUG")];
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = vec![sale("1", &[("MUG", 1)])];
    World::new(wms, vec![(mp, rules("mp"))])
}

fn logins(world: &World) -> Vec<jiff::Timestamp> {
    world.remote("wms").asked("login").into_iter().map(|asked| asked.at).collect()
}

/// The most logins in any quarter of an hour, less a second: each takes its own time to arrive.
fn busiest_quarter(logins: &[jiff::Timestamp]) -> usize {
    let quarter = SignedDuration::from_secs(15 * 60 - 1);
    let within = |start: &jiff::Timestamp| {
        let since = logins.iter().filter(|at| *at >= start);
        since.filter(|at| at.duration_since(*start) < quarter).count()
    };
    logins.iter().map(within).max().unwrap_or(0)
}

#[test]
fn f17_refused_credentials_stop_the_connection_at_once_and_over_a_restart() {
    let mut world = warehouse_with_a_door(Door::Wrong);
    world.run(7_200);
    assert_eq!(world.remote("wms").log.len(), 1, "one login and nothing else");
    assert_eq!(world.open("connection.auth").len(), 1);
    world.restart();
    world.run(7_200);
    assert_eq!(world.remote("wms").log.len(), 1, "a restart is not a new password");
    // The other connection goes on.
    assert!(world.remote("mp").asked("read orders").len() > 200);
}

#[test]
fn a_person_who_put_new_credentials_in_place_lets_the_connection_go_on() {
    let mut world = warehouse_with_a_door(Door::Wrong);
    world.run(600);
    world.remote("wms").door = Door::Open;
    world.run(3_600);
    assert_eq!(world.remote("wms").log.len(), 1, "not before somebody says so");
    let connection = "wms".to_owned();
    world.hub().act("ops", &Act::Reconnect { connection }).unwrap();
    world.run(60);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    assert!(world.open("connection.auth").is_empty());
}

#[test]
fn f17_a_login_that_gets_no_answer_is_not_hammered() {
    let mut world = warehouse_with_a_door(Door::Down);
    world.run(3_600);
    let logins = logins(&world);
    assert!(logins.len() >= 6, "it keeps trying: {}", logins.len());
    assert!(busiest_quarter(&logins) <= 3, "{logins:?}");
    world.remote("wms").door = Door::Open;
    world.run(1_000);
    assert_eq!(world.order("mp", "1").state, "in_warehouse", "it comes back by itself");
}

#[test]
fn f16_an_expired_session_costs_one_login_and_no_doubt() {
    let mut world = warehouse_with_a_door(Door::Open);
    world.run(10);
    assert_eq!(logins(&world).len(), 1);
    world.remote("wms").logged_in = false;
    world.remote("mp").orders.push(sale("2", &[("MUG", 1)]));
    world.run(120);
    assert_eq!(logins(&world).len(), 2);
    assert_eq!((world.remote("wms").times("MP-2"), world.effect("mp", "2").doubted), (1, false));
}

/// The look that allowed the write is a moment old: it need not be repeated because of a login.
#[test]
fn f16_a_session_that_ends_before_the_write_costs_no_further_look() {
    let mut world = warehouse_with_a_door(Door::Open);
    world.hold_writes = true;
    world.run(10);
    world.hold_writes = false;
    let (connection, out) = world.held.remove(0);
    world.remote("wms").logged_in = false;
    world.send(&connection, &out);
    world.run(10);
    let log: Vec<String> = world.remote("wms").log.iter().map(|asked| asked.what.clone()).collect();
    let stages: Vec<&str> = log.iter().filter_map(|what| what.strip_prefix("create_order ")).collect();
    assert_eq!(stages, ["look", "write", "write", "check"]);
    assert!(!world.effect("mp", "1").doubted);
}

#[test]
fn f16_a_remote_that_forgets_every_session_does_not_start_a_storm_of_logins() {
    let mut world = warehouse_with_a_door(Door::Forgetful);
    world.run(60);
    assert!(busiest_quarter(&logins(&world)) <= 3, "{}", logins(&world).len());
}

#[test]
fn f20_a_poll_reaches_back_from_the_beginning_of_the_last_one_by_the_overlap() {
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    let mut world = World::new(wms, vec![(Fake::new("mp", false, &[ReadKind::Orders]), rules("mp"))]);
    world.poll("wms");
    let mut polls: Vec<(Timestamp, Timestamp)> = Vec::new();
    while polls.len() < 3 {
        match world.next("mp") {
            Ok(out) => {
                let body: serde_json::Value = serde_json::from_slice(out.call.request.body()).unwrap();
                if let Ok(Read::Orders { since, .. }) = serde_json::from_value(body["read"].clone()) {
                    polls.push((world.now, since));
                }
                world.send("mp", &out);
                // What changes while the page is on its way is read by the next poll.
                world.now += SignedDuration::from_secs(7);
                world.land();
            }
            Err(at) => world.now = at.unwrap_or(world.now + SignedDuration::from_secs(1)),
        }
    }
    let overlap = Timings::default().overlap;
    assert!(overlap >= SignedDuration::from_mins(1));
    for pair in polls.windows(2) {
        assert_eq!(pair[1].1, pair[0].0 - overlap);
    }
}
