//! Stock that must not go out, and stock that went out and did not arrive.

use crossdock_connector::ReadKind;
use crossdock_desk::{Act, Desk};
use crossdock_model::Available;

use crate::stock::shop;
use crate::support::{Fake, World, item, rules};

/// One channel with this many listings in stock.
fn catalogue(size: usize) -> World {
    let codes: Vec<String> = (0..size).map(|n| format!("SKU-{n:03}")).collect();
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.remote().items = codes.iter().map(|code| item(code)).collect();
    let mut mp = Fake::new("mp", false, &[ReadKind::Listings]);
    mp.batch = 100;
    mp.remote().listings = codes.iter().map(|code| (code.clone(), 0)).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(2);
    feed(&mut world, size, 11);
    world.run(1_200);
    assert!(world.remote("mp").listings.values().all(|shown| *shown == 10));
    world
}

/// The first `count` articles have this many units.
fn feed(world: &mut World, count: usize, available: i64) {
    let rows = (0..count).map(|n| Available { item: format!("SKU-{n:03}"), available }).collect();
    world.hub().feed_availability(rows, world.now, world.now).unwrap();
}

fn sold_out(world: &World) -> usize {
    world.remote("mp").listings.values().filter(|shown| **shown == 0).count()
}

#[test]
fn a_feed_that_zeroes_everything_is_stopped_and_stands_in_front_of_a_person() {
    let mut world = catalogue(40);
    feed(&mut world, 40, 0);
    world.run(3_600);
    assert_eq!(sold_out(&world), 0);
    let open = world.open("stock.guard");
    assert_eq!((open.len(), open[0].what.owner.as_str()), (1, "Ecommerce"));
    assert!(open[0].what.detail.contains("40 of 40 listings in stock to 0"), "{}", open[0].what.detail);
    // R13: the stop survives a restart.
    world.restart();
    world.run(3_600);
    assert_eq!(sold_out(&world), 0);
}

#[test]
fn a_person_who_checked_the_figures_lets_the_push_go_out() {
    let mut world = catalogue(40);
    feed(&mut world, 40, 0);
    world.run(60);
    let connection = "mp".to_owned();
    world.hub().act("ops", &Act::ReleaseGuard { connection }).unwrap();
    world.run(60);
    assert_eq!((sold_out(&world), world.open("stock.guard").len()), (40, 0));
}

#[test]
fn after_a_stop_nothing_goes_out_by_itself_even_if_the_feed_looks_well_again() {
    let mut world = catalogue(40);
    feed(&mut world, 40, 0);
    world.run(60);
    feed(&mut world, 40, 11);
    feed(&mut world, 2, 6);
    world.run(1_800);
    let shown = |world: &World| world.remote("mp").listings["SKU-000"];
    assert_eq!((shown(&world), world.open("stock.guard").len()), (10, 1));
    let connection = "mp".to_owned();
    world.hub().act("ops", &Act::ReleaseGuard { connection }).unwrap();
    world.run(60);
    assert_eq!((shown(&world), world.open("stock.guard").len()), (5, 0));
}

#[test]
fn a_few_articles_that_sell_out_pass() {
    let mut world = catalogue(40);
    feed(&mut world, 12, 0);
    world.run(60);
    assert_eq!((sold_out(&world), world.open("stock.guard").len()), (12, 0));
}

#[test]
fn a_feed_that_zeroes_in_slices_is_stopped_too() {
    let mut world = catalogue(40);
    for slice in [8, 16, 24, 32, 40] {
        feed(&mut world, slice, 0);
        world.run(30);
    }
    assert!(sold_out(&world) <= 12, "{}", sold_out(&world));
    assert_eq!(world.open("stock.guard").len(), 1);
}

#[test]
fn a_small_catalogue_may_jump() {
    let mut world = catalogue(19);
    feed(&mut world, 19, 0);
    world.run(60);
    assert_eq!(sold_out(&world), 19);
}

#[test]
fn b023_a_figure_that_reads_back_different_is_sent_again_although_it_was_sent_before() {
    let mut world = shop();
    world.run(400);
    let before = world.remote("mp").asked("set_stock write").len();
    // Somebody typed a figure at the marketplace.
    world.remote("mp").listings.insert("TEA".to_owned(), 77);
    world.run(700);
    assert_eq!(world.remote("mp").listings["TEA"], 9);
    let pushes = world.remote("mp").asked("set_stock write");
    assert_eq!(pushes.len(), before + 1, "only the one figure, once");
    assert_eq!(pushes.last().unwrap().objects, ["TEA=9"]);
    assert!(world.open("channel.inactive").is_empty(), "one difference is mended in silence");
}

#[test]
fn a108_a_channel_that_takes_figures_and_shows_others_is_reported_after_one_full_read_back() {
    let mut world = shop();
    world.run(300);
    world.remote("mp").ignores_stock = true;
    world.remote("wms").available = ["MUG", "TEA"].map(|code| (code.to_owned(), 20)).into();
    let rows = [("MUG", 20), ("TEA", 20)].map(|(item, available)| Available { item: item.to_owned(), available });
    world.hub().feed_availability(rows.into(), world.now, world.now).unwrap();
    world.run(5);
    assert!(world.open("channel.inactive").is_empty(), "no read-back yet");
    world.run(600);
    let open = world.open("channel.inactive");
    assert_eq!((open.len(), open[0].what.owner.as_str()), (1, "Ecommerce"));
    assert_eq!(open[0].what.detail, "Channel mp took the figures of 3 listings and shows others");
    // Switched on again, the next read-back agrees and closes it.
    world.remote("mp").ignores_stock = false;
    world.run(1_800);
    assert!(world.open("channel.inactive").is_empty());
    assert_eq!(world.remote("mp").listings["TEA"], 19);
}

#[test]
fn a072_a_listing_without_an_item_is_shown_and_goes_on_when_it_has_one() {
    let mut world = shop();
    world.remote("mp").listings.insert("HAT".to_owned(), 3);
    world.run(700);
    let open = world.open("listing.unmapped");
    assert_eq!((open.len(), open[0].what.owner.as_str()), (1, "Merchandising"));
    world.remote("wms").items.push(item("HAT"));
    world.remote("wms").available.insert("HAT".to_owned(), 5);
    world.run(6 * 3_600 + 1_000);
    assert!(world.open("listing.unmapped").is_empty());
    assert_eq!(world.remote("mp").listings["HAT"], 4);
}

#[test]
fn an_empty_answer_is_a_fault_of_the_remote_and_not_an_empty_shop() {
    let mut world = shop();
    let listings = std::mem::take(&mut world.remote("mp").listings);
    world.run(700);
    assert_eq!(world.ask(|tx| tx.listings_of_sku("mp", "TEA")).len(), 1);
    world.remote("mp").listings = listings;
    world.run(700);
    assert_eq!(world.remote("mp").listings["TEA"], 9);
}
