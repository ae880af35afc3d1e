//! Callbacks and documents: reasons to look, stored before they are answered, and nothing in them is believed.

use crossdock_connector::ReadKind;
use crossdock_model::Readiness;

use crate::support::fake::{Asked, raw};
use crate::support::{Fake, Fault, World, item, rules, sale};

/// A shop whose channel calls back.
fn shop() -> World {
    let wms = Fake::new("wms", true, &[ReadKind::Items]);
    wms.remote().items = vec![item("MUG")];
    let mut mp = Fake::new("mp", false, &[ReadKind::Health, ReadKind::Orders]);
    mp.push = true;
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(20);
    world
}

fn looks(world: &World) -> Vec<Vec<String>> {
    world.remote("mp").asked("read orders_by_id").into_iter().map(|asked| asked.objects).collect()
}

#[test]
fn the_remote_is_asked_once_to_call_back_with_a_secret_of_its_own() {
    let mut world = shop();
    world.run(3_600);
    assert_eq!(world.remote("mp").times("order"), 1);
    let row = world.ask(|tx| tx.subscriptions("mp")).remove(0);
    assert!(row.token.len() >= 32 && row.secret.len() >= 32 && row.token != row.secret);
    assert_eq!(row.url, format!("https://hub.example/in/mp/order/{}", row.token));
    assert!(row.remote_id.is_some(), "seen to be there");
}

/// A second subscription does no harm, so one look is enough; two that agree would leave the channel silent for longer.
#[test]
fn r7_a_subscription_that_got_lost_is_asked_for_again_after_one_look() {
    let mut mp = Fake::new("mp", false, &[ReadKind::Health, ReadKind::Orders]);
    mp.push = true;
    mp.remote().faults = [Fault::LostBefore].into();
    let mut world = World::new(Fake::new("wms", true, &[ReadKind::Items]), vec![(mp, rules("mp"))]);
    world.run(600);
    let writes = world.remote("mp").asked("watch write");
    assert_eq!((writes.len(), world.remote("mp").times("order")), (2, 1));
    let between = |asked: &&Asked| asked.at > writes[0].at && asked.at < writes[1].at;
    let looks = world.remote("mp").asked("watch look");
    assert_eq!(looks.iter().filter(between).count(), 1, "{looks:?}");
}

#[test]
fn a_callback_is_stored_before_it_is_answered_and_looked_at() {
    let mut world = shop();
    world.remote("mp").orders = vec![sale("7", &[("MUG", 1)])];
    assert_eq!(world.hub().deliver(&world.callback("mp", "e-1 7"), world.now), 200);
    let waiting = world.ask(|tx| tx.hints("mp", 10));
    assert_eq!((waiting.len(), waiting[0].key.as_str()), (1, "7"));
    // P1: an answered callback survives the process.
    world.restart();
    world.run(5);
    assert_eq!(looks(&world), [["7"]]);
    assert_eq!(world.order("mp", "7").state, "in_warehouse");
    assert!(world.ask(|tx| tx.hints("mp", 10)).is_empty());
}

#[test]
fn c17_a_wrong_path_changes_nothing_and_switches_no_webhook_off() {
    let mut world = shop();
    let good = world.callback("mp", "e-1 7");
    let mut wrong = Vec::new();
    for change in 0..4 {
        let mut delivery = world.callback("mp", "e-1 7");
        match change {
            0 => delivery.token = "0".repeat(64),
            1 => delivery.token.truncate(63),
            2 => delivery.event = "listing".to_owned(),
            _ => delivery.connection = "elsewhere".to_owned(),
        }
        wrong.push(delivery);
    }
    for delivery in &wrong {
        // The path may have been given before the data was lost; only a connection that does not exist is not found.
        let expected = if delivery.connection == "elsewhere" { 404 } else { 503 };
        assert_eq!(world.hub().deliver(delivery, world.now), expected, "{delivery:?}");
    }
    world.run(30);
    assert!(looks(&world).is_empty());
    assert_eq!(world.hub().deliver(&good, world.now), 200);
}

#[test]
fn f26_a_bad_signature_is_answered_503_so_that_the_webhook_is_not_switched_off() {
    let mut world = shop();
    let mut forged = world.callback("mp", "e-1 7");
    forged.headers.insert("x-secret", "guess".parse().unwrap());
    assert_eq!(world.hub().deliver(&forged, world.now), 503);
    world.run(30);
    assert!(looks(&world).is_empty());
    let row = world.ask(|tx| tx.subscriptions("mp")).remove(0);
    assert_eq!(row.deliveries, 0);
}

#[test]
fn a_callback_that_cannot_be_read_is_answered_200_and_costs_no_call() {
    let mut world = shop();
    assert_eq!(world.hub().deliver(&world.callback("mp", "gibberish"), world.now), 200);
    world.run(30);
    assert!(looks(&world).is_empty());
}

#[test]
fn f22_a_delivery_that_comes_again_is_not_looked_at_again() {
    let mut world = shop();
    for _ in 0..5 {
        assert_eq!(world.hub().deliver(&world.callback("mp", "e-1 7"), world.now), 200);
        world.run(3);
    }
    world.restart();
    assert_eq!(world.hub().deliver(&world.callback("mp", "e-1 7"), world.now), 200);
    world.run(3);
    assert_eq!(looks(&world).len(), 1);
    // Another event about the same order is another reason to look.
    world.hub().deliver(&world.callback("mp", "e-2 7"), world.now);
    world.run(3);
    assert_eq!(looks(&world).len(), 2);
}

#[test]
fn a_burst_of_fifty_hints_costs_one_look() {
    let mut world = shop();
    for event in 0..50 {
        let callback = world.callback("mp", &format!("e-{event} {}", 100 + event));
        assert_eq!(world.hub().deliver(&callback, world.now), 200);
    }
    world.run(10);
    let looks = looks(&world);
    assert_eq!((looks.len(), looks[0].len()), (1, 50));
}

#[test]
fn fifty_events_about_one_order_ask_for_it_once() {
    let mut world = shop();
    for event in 0..50 {
        world.hub().deliver(&world.callback("mp", &format!("e-{event} 7")), world.now);
    }
    world.run(10);
    assert_eq!(looks(&world), [["7"]]);
}

#[test]
fn a_hint_that_arrives_during_the_look_is_looked_at_once_more() {
    let mut world = shop();
    world.hub().deliver(&world.callback("mp", "e-1 7"), world.now);
    let out = world.next("mp").unwrap();
    world.now += jiff::SignedDuration::from_millis(5);
    world.hub().deliver(&world.callback("mp", "e-2 7"), world.now);
    world.send("mp", &out);
    world.run(10);
    assert_eq!(looks(&world).len(), 2);
}

#[test]
fn f24_without_any_callback_the_poll_finds_it() {
    let mut world = shop();
    world.remote("mp").orders = vec![sale("7", &[("MUG", 1)])];
    world.run(70);
    assert_eq!(world.order("mp", "7").state, "in_warehouse");
}

#[test]
fn a_document_that_cannot_be_read_is_kept_and_shown() {
    let mut world = shop();
    world.remote("mp").unreadable = vec![(Some("9".to_owned()), "{\"total\":\"much\"}".to_owned())];
    world.run(200);
    let row = world.order("mp", "9");
    assert_eq!((row.cause.as_deref(), row.number.as_str()), (Some("order.unreadable"), "9"));
    let kept = world.ask(|tx| tx.raw_of(row.id)).unwrap();
    assert_eq!(kept, b"{\"total\":\"much\"}");
    let open = world.open("order.unreadable");
    assert_eq!((open.len(), open[0].what.detail.as_str()), (1, "the total is not an amount"));
    assert_eq!(world.remote("wms").times("MP-9"), 0, "nothing is guessed");
    let journal = world.ask(|tx| tx.journal(row.id));
    assert_eq!(journal.len(), 1, "polled again and again, written down once");
}

#[test]
fn an_unreadable_order_begins_when_a_readable_document_comes() {
    let mut world = shop();
    world.remote("mp").unreadable = vec![(Some("9".to_owned()), "{".to_owned())];
    world.run(70);
    world.remote("mp").unreadable.clear();
    world.remote("mp").orders = vec![sale("9", &[("MUG", 1)])];
    world.run(70);
    assert_eq!(world.order("mp", "9").state, "in_warehouse");
    assert!(world.open("order.unreadable").is_empty());
    assert_eq!(world.remote("wms").times("MP-9"), 1);
}

#[test]
fn an_unreadable_order_begins_when_a_newer_version_can_read_the_same_document() {
    let mut world = shop();
    let order = sale("9", &[("MUG", 1)]);
    world.remote("mp").unreadable = vec![(Some("9".to_owned()), raw(&order))];
    world.run(70);
    assert_eq!(world.open("order.unreadable").len(), 1);
    world.remote("mp").unreadable.clear();
    world.remote("mp").orders = vec![order];
    world.restart();
    world.run(70);
    assert_eq!(world.order("mp", "9").state, "in_warehouse");
}

#[test]
fn an_unreadable_page_of_a_known_order_does_not_forget_it() {
    let mut world = shop();
    let order = sale("7", &[("MUG", 1)]);
    world.remote("mp").orders = vec![order.clone()];
    world.run(70);
    world.remote("mp").orders.clear();
    world.remote("mp").unreadable = vec![(Some("7".to_owned()), "{".to_owned())];
    world.run(70);
    assert_eq!(world.order("mp", "7").cause.as_deref(), Some("order.unreadable"));
    let mut again = order;
    again.remote_state = "SHIPPING".to_owned();
    world.remote("mp").unreadable.clear();
    world.remote("mp").orders = vec![again];
    world.run(70);
    let row = world.order("mp", "7");
    assert_eq!((row.state.as_str(), row.cause), ("in_warehouse", None));
    assert_eq!(world.remote("wms").times("MP-7"), 1);
}

#[test]
fn b073_an_order_held_for_its_sku_goes_on_when_the_item_master_has_it() {
    let mut world = shop();
    world.remote("mp").orders = vec![sale("7", &[("HAT", 1)])];
    world.run(70);
    assert_eq!(world.order("mp", "7").cause.as_deref(), Some("sku.unknown"));
    assert_eq!(world.open("sku.unknown")[0].what.owner, "Merchandising");
    world.remote("wms").items.push(item("HAT"));
    world.run(6 * 3_600 + 60);
    assert_eq!(world.order("mp", "7").state, "in_warehouse");
    assert!(world.open("sku.unknown").is_empty());
}

#[test]
fn i13_an_order_cancelled_before_the_warehouse_had_it_never_gets_there() {
    let mut world = shop();
    let mut order = sale("7", &[("MUG", 1)]);
    order.readiness = Readiness::NotYet("payment".to_owned());
    world.remote("mp").orders = vec![order];
    world.run(70);
    world.remote("mp").orders[0].readiness = Readiness::Cancelled;
    world.run(70);
    world.remote("mp").orders[0].remote_state = "CANCELLED".to_owned();
    world.run(3_600);
    assert_eq!(world.order("mp", "7").state, "cancelled");
    assert_eq!(world.remote("wms").times("MP-7"), 0);
}
