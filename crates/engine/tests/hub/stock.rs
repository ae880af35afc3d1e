//! Stock: what the warehouse has, less what is sold, on every channel, soon.

use crossdock_connector::ReadKind;
use crossdock_model::{Available, Readiness};
use jiff::SignedDuration;

use crate::support::{Fake, Fault, World, item, part, rules, sale};

/// Two channels that list mugs, teas and a gift box of two mugs and a tea; ten of each in the warehouse.
pub(crate) fn shop() -> World {
    let mut wms = Fake::new("wms", true, &[ReadKind::Health, ReadKind::Items, ReadKind::Kits, ReadKind::Availability]);
    wms.push = true;
    {
        let mut remote = wms.remote();
        remote.items = ["BOX", "MUG", "TEA"].map(item).to_vec();
        remote.parts = vec![part("BOX", "MUG", 2), part("BOX", "TEA", 1)];
        remote.available = ["MUG", "TEA"].map(|code| (code.to_owned(), 10)).into();
    }
    let channels = ["mp", "jl"].map(|name| {
        let fake = Fake::new(name, false, &[ReadKind::Orders, ReadKind::Listings]);
        fake.remote().listings = ["BOX", "MUG", "TEA"].map(|sku| (sku.to_owned(), 0)).into();
        (fake, rules(name))
    });
    let mut world = World::new(wms, channels.into());
    world.run(30);
    world
}

fn shown(world: &World, connection: &str) -> Vec<(String, i64)> {
    world.remote(connection).listings.clone().into_iter().collect()
}

fn figures(figures: [i64; 3]) -> Vec<(String, i64)> {
    ["BOX", "MUG", "TEA"].iter().map(|sku| (*sku).to_owned()).zip(figures).collect()
}

fn feed(world: &World, figures: &[(&str, i64)]) -> crossdock_engine::FeedResult {
    let rows =
        figures.iter().map(|(item, available)| Available { item: (*item).to_owned(), available: *available }).collect();
    world.hub().feed_availability(rows, world.now, world.now).unwrap()
}

#[test]
fn a010_every_channel_shows_available_less_buffer_and_kits_by_their_smallest_part() {
    let world = shop();
    for connection in ["mp", "jl"] {
        assert_eq!(shown(&world, connection), figures([4, 9, 9]), "five boxes of two mugs, one kept back");
    }
}

#[test]
fn a064_an_event_is_looked_at_computed_and_pushed_at_once() {
    let mut world = shop();
    world.remote("wms").available.insert("TEA".to_owned(), 6);
    let callback = world.callback("wms", "e-1 TEA");
    assert_eq!(world.hub().deliver(&callback, world.now), 200);
    world.run(2);
    assert_eq!(world.remote("wms").asked("read availability").last().unwrap().objects, ["TEA"]);
    for connection in ["mp", "jl"] {
        assert_eq!(shown(&world, connection), figures([4, 9, 5]));
    }
    // Only what changed was sent.
    assert_eq!(world.remote("mp").asked("set_stock write").last().unwrap().objects, ["TEA=5"]);
}

#[test]
fn f75_a_sale_on_one_channel_lowers_the_other_before_the_warehouse_has_said_a_word() {
    let mut world = shop();
    let mut order = sale("1", &[("MUG", 3)]);
    order.readiness = Readiness::NotYet("payment".to_owned());
    world.remote("mp").orders = vec![order];
    world.run(70);
    assert_eq!(shown(&world, "jl"), figures([2, 6, 9]));
    assert_eq!(shown(&world, "mp"), figures([2, 6, 9]));
}

#[test]
fn a_sold_kit_takes_its_components_from_everything_that_is_made_of_them() {
    let mut world = shop();
    world.remote("mp").orders = vec![sale("1", &[("BOX", 2)])];
    world.run(70);
    assert_eq!(shown(&world, "jl"), figures([2, 5, 7]), "four mugs and two teas are gone");
}

#[test]
fn a_kit_follows_its_component() {
    let mut world = shop();
    assert_eq!(feed(&world, &[("MUG", 3)]).changed, 1);
    world.run(5);
    assert_eq!(shown(&world, "mp"), figures([0, 2, 9]));
}

#[test]
fn f76_a_sale_is_taken_off_once_when_the_warehouse_starts_counting_it() {
    let mut world = shop();
    world.remote("mp").orders = vec![sale("1", &[("MUG", 3)])];
    world.run(70);
    assert_eq!(world.order("mp", "1").state, "in_warehouse");
    assert_eq!(shown(&world, "jl"), figures([2, 6, 9]));
    // The warehouse counts it from now on.
    feed(&world, &[("MUG", 7), ("TEA", 10)]);
    world.run(5);
    assert_eq!(shown(&world, "jl"), figures([2, 6, 9]), "neither twice nor not at all");
    world.remote("wms").available.insert("MUG".to_owned(), 7);
    world.run(3_600);
    assert_eq!(shown(&world, "jl"), figures([2, 6, 9]));
    assert_eq!(world.ask(|tx| tx.demand_of("MUG")), 0);
}

#[test]
fn f76_a_figure_asked_for_before_the_warehouse_had_the_order_still_counts_the_sale() {
    let mut world = shop();
    world.remote("mp").orders = vec![sale("1", &[("MUG", 3)])];
    let before = world.now;
    world.run(70);
    let rows = vec![Available { item: "MUG".to_owned(), available: 9 }];
    world.hub().feed_availability(rows, before + jiff::SignedDuration::from_secs(10), world.now).unwrap();
    assert_eq!(world.ask(|tx| tx.demand_of("MUG")), 3);
}

#[test]
fn an_order_cancelled_before_the_warehouse_had_it_gives_its_units_back() {
    let mut world = shop();
    let mut order = sale("1", &[("MUG", 3)]);
    order.readiness = Readiness::NotYet("payment".to_owned());
    world.remote("mp").orders = vec![order];
    world.run(70);
    assert_eq!(shown(&world, "jl"), figures([2, 6, 9]));
    world.remote("mp").orders[0].readiness = Readiness::Cancelled;
    world.run(3_600);
    assert_eq!(world.order("mp", "1").state, "cancelled");
    assert_eq!(shown(&world, "jl"), figures([4, 9, 9]));
}

#[test]
fn f77_a_lost_push_is_followed_by_the_newest_figure_and_never_by_the_old_one() {
    let mut world = shop();
    world.remote("mp").faults = [Fault::LostBefore].into();
    feed(&world, &[("TEA", 8)]);
    world.run(1);
    feed(&world, &[("TEA", 4)]);
    world.run(120);
    let pushed: Vec<String> =
        world.remote("mp").asked("set_stock write").into_iter().flat_map(|asked| asked.objects).collect();
    assert_eq!(pushed[pushed.len() - 2..], ["TEA=7", "BOX=3 TEA=3"]);
    assert_eq!(shown(&world, "mp"), figures([3, 9, 3]));
}

#[test]
fn f77_a_push_under_way_when_the_process_died_is_not_repeated_with_its_old_figure() {
    let mut world = shop();
    world.hold_writes = true;
    feed(&world, &[("TEA", 8)]);
    world.run(1);
    assert_eq!(world.held.len(), 2, "one push per channel is under way");
    world.restart();
    feed(&world, &[("TEA", 4)]);
    world.hold_writes = false;
    world.run(600);
    let pushed: Vec<String> =
        world.remote("mp").asked("set_stock write").into_iter().flat_map(|asked| asked.objects).collect();
    assert!(!pushed.contains(&"TEA=7".to_owned()), "{pushed:?}");
    assert_eq!(shown(&world, "mp"), figures([3, 9, 3]));
}

#[test]
fn an_item_that_the_warehouse_switched_off_is_shown_as_sold_out() {
    let mut world = shop();
    world.remote("wms").items[2].active = false;
    world.run(6 * 3_600 + 120);
    assert_eq!(shown(&world, "mp"), figures([0, 9, 0]));
}

#[test]
fn a_figure_for_a_code_that_nobody_knows_is_counted_and_kept_out() {
    let world = shop();
    let result = feed(&world, &[("HAT", 5), ("MUG", 10), ("TEA", 9)]);
    assert_eq!((result.changed, result.unchanged, result.unknown), (1, 1, 1));
    assert_eq!(result.waiting, 2, "one listing on each channel");
}

#[test]
fn the_same_figure_again_is_not_sent_again() {
    let mut world = shop();
    let before = world.remote("mp").asked("set_stock write").len();
    for _ in 0..5 {
        feed(&world, &[("MUG", 10), ("TEA", 10)]);
        world.run(60);
    }
    assert_eq!(world.remote("mp").asked("set_stock write").len(), before);
}

#[test]
fn i7_no_figure_that_leaves_is_above_what_can_be_promised_and_in_the_end_all_agree() {
    let mut world = shop();
    let mut sold = 0;
    for round in 1..=25 {
        let units = world.dice.below(12);
        world.remote("wms").available.insert("MUG".to_owned(), units);
        feed(&world, &[("MUG", units)]);
        if round % 5 == 0 {
            let mut order = sale(&round.to_string(), &[("MUG", 1)]);
            order.readiness = Readiness::NotYet("payment".to_owned());
            world.remote("mp").orders.push(order);
            sold += 1;
            world.run(65);
        }
        world.run(2);
        let bound = (units - sold - 1).max(0);
        for connection in ["mp", "jl"] {
            let figure = world.remote(connection).listings["MUG"];
            assert_eq!(figure, bound, "round {round} at {connection}");
        }
    }
}

#[test]
fn f19_pushes_that_get_lost_are_told_and_the_first_that_lands_ends_it_also_after_a_restart() {
    for restarted in [false, true] {
        let mut world = shop();
        world.remote("mp").faults = vec![Fault::LostBefore; 500].into();
        world.remote("wms").available.insert("TEA".to_owned(), 8);
        feed(&world, &[("TEA", 8)]);
        world.run(1_200);
        assert_eq!(world.open("effect.failing").len(), 1, "somebody is told of three in a row");
        if restarted {
            world.restart();
        }
        world.remote("mp").faults.clear();
        world.remote("wms").available.insert("TEA".to_owned(), 4);
        feed(&world, &[("TEA", 4)]);
        world.run(600);
        assert_eq!(shown(&world, "mp"), figures([3, 9, 3]));
        assert!(world.open("effect.failing").is_empty(), "restarted: {restarted}");
    }
}

#[test]
fn b067_a_push_that_never_leaves_is_told_until_one_does() {
    let mut world = shop();
    world.remote("mp").faults = vec![Fault::NotSent; 7].into();
    world.remote("wms").available.insert("TEA".to_owned(), 8);
    feed(&world, &[("TEA", 8)]);
    world.run(30);
    assert!(world.open("effect.failing").is_empty(), "not at the first stumble");
    let mut told = 0;
    for _ in 0..120 {
        world.run(5);
        told = told.max(world.open("effect.failing").len());
    }
    assert_eq!((told, world.open("effect.failing").len()), (1, 0), "told, and over");
    assert_eq!(shown(&world, "mp"), figures([4, 9, 7]));
}

#[test]
fn f19_a_push_that_lands_in_between_begins_the_count_anew() {
    let mut world = shop();
    world.remote("mp").faults = [Fault::LostBefore, Fault::LostBefore, Fault::Fine].into();
    world.remote("wms").available.insert("TEA".to_owned(), 8);
    feed(&world, &[("TEA", 8)]);
    world.run(120);
    assert_eq!(shown(&world, "mp"), figures([4, 9, 7]), "the third one landed");
    world.remote("mp").faults =
        [Fault::LostBefore, Fault::LostBefore, Fault::NotSent, Fault::NotSent, Fault::NotSent].into();
    world.remote("wms").available.insert("TEA".to_owned(), 4);
    feed(&world, &[("TEA", 4)]);
    world.run(80);
    assert!(world.remote("mp").faults.len() <= 2, "both got lost");
    assert!(world.open("effect.failing").is_empty(), "never three in a row");
}

/// A page that could not be stored costs the whole list, which is read anew: half a list would empty the other half.
#[test]
fn f34_no_listing_is_lost_when_a_page_of_them_cannot_be_stored() {
    let mut world = shop();
    world.remote("mp").listings_a_page = 1;
    let there = |world: &World| {
        let known = |sku: &str| world.ask(|tx| tx.listings_of_sku("mp", sku)).len();
        ["BOX", "MUG", "TEA"].map(known)
    };
    for refused in 0..3 {
        world.run(600);
        world.now += SignedDuration::from_mins(10);
        let before = world.remote("mp").asked("read listings").len();
        while world.remote("mp").asked("read listings").len() <= before + refused {
            world.land();
            let out = world.next("mp").unwrap();
            world.send("mp", &out);
        }
        world.land_on_a_full_disk();
        world.run(30);
        assert_eq!(there(&world), [1, 1, 1], "page {refused}");
    }
    assert_eq!(world.remote("mp").listings["TEA"], 9);
}
