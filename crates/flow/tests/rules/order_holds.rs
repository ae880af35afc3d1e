//! What stands in the way of an order, and how it goes on by itself.

use crossdock_connector::OperationKind;
use crossdock_flow::Demand;
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderEvent, OrderStage, SkuAnswer};
use crossdock_model::{Delivery, Readiness};

use crate::support::{Shop, cause, drafted, kinds, order, said};

#[test]
fn a101_an_unknown_sku_holds_the_whole_order_and_names_line_and_sku() {
    let mut shop = Shop::new();
    shop.skus.remove("TEA");
    let (state, actions) = shop.open(order(Readiness::Ready));
    assert_eq!((state.word(), kinds(&actions)), ("held", vec![]));
    let held = actions.held.unwrap();
    assert_eq!((held.cause, held.subject.as_str()), (Cause::SkuUnknown, "TEA"));
    assert_eq!(held.detail, "line 2: SKU TEA has no warehouse item");
}

#[test]
fn b073_once_the_sku_is_known_the_order_goes_on_by_itself() {
    for answer in [SkuAnswer::Unknown, SkuAnswer::Inactive("TEA".to_owned())] {
        let mut shop = Shop::new();
        shop.skus.insert("TEA".to_owned(), answer);
        let (mut state, _) = shop.open(order(Readiness::Ready));
        // Looking again without anything new changes nothing and is not written down again.
        let again = shop.step(&mut state, OrderEvent::Recheck);
        assert!(again.held.is_some() && again.notes.is_empty(), "{:?}", again.notes);
        shop.skus.insert("TEA".to_owned(), SkuAnswer::Item("TEA-100".to_owned()));
        let actions = shop.step(&mut state, OrderEvent::Recheck);
        assert_eq!((cause(&actions), state.stage), (None, OrderStage::Releasing));
        assert_eq!(drafted(&actions).lines[1].item, "TEA-100");
        assert!(said(&actions, "resumed"));
    }
}

#[test]
fn each_flaw_of_a_line_holds_the_order_with_its_own_cause() {
    type Flaw = fn(&mut crossdock_model::OrderLine);
    let flaws: [(&str, Flaw, Cause); 8] = [
        ("no SKU", |line| line.sku = None, Cause::SkuMissing),
        ("a blank SKU", |line| line.sku = Some("  ".to_owned()), Cause::SkuMissing),
        ("another SKU", |line| line.sku = Some("TEE".to_owned()), Cause::SkuUnknown),
        ("nothing ordered", |line| line.quantity = 0, Cause::QuantityInvalid),
        ("less than nothing", |line| (line.quantity, line.open) = (-1, -1), Cause::QuantityInvalid),
        ("more open than ordered", |line| line.open = line.quantity + 1, Cause::QuantityInvalid),
        ("less than nothing open", |line| line.open = -1, Cause::QuantityInvalid),
        ("more than a million", |line| (line.quantity, line.open) = (1_000_001, 1), Cause::QuantityInvalid),
    ];
    for (name, flaw, expected) in flaws {
        let mut sale = order(Readiness::Ready);
        flaw(&mut sale.lines[1]);
        let (_, actions) = Shop::new().open(sale.clone());
        assert_eq!((cause(&actions), kinds(&actions)), (Some(expected), vec![]), "{name}");
        // A line that was cancelled stands in nobody's way.
        sale.lines[1].cancelled = true;
        let (_, actions) = Shop::new().open(sale);
        assert_eq!(kinds(&actions), [OperationKind::CreateOrder], "{name}, cancelled");
    }
}

#[test]
fn a_million_units_are_a_strange_order_but_an_order() {
    let mut sale = order(Readiness::Ready);
    (sale.lines[0].quantity, sale.lines[0].open) = (1_000_000, 1_000_000);
    let (_, actions) = Shop::new().open(sale);
    assert_eq!(drafted(&actions).lines[0].quantity, 1_000_000);
}

#[test]
fn an_order_with_nothing_left_to_ship_is_shown_and_not_sent() {
    let mut sale = order(Readiness::Ready);
    sale.lines.iter_mut().for_each(|line| line.open = 0);
    let (_, actions) = Shop::new().open(sale.clone());
    assert_eq!((cause(&actions), kinds(&actions)), (Some(Cause::NoLines), vec![]));
    sale.lines.clear();
    let (_, actions) = Shop::new().open(sale);
    assert_eq!(cause(&actions), Some(Cause::NoLines));
}

#[test]
fn f60_a_state_that_nobody_knows_is_held_until_it_is_one_that_somebody_knows() {
    let shop = Shop::new();
    let (mut state, actions) = shop.open(order(Readiness::Unknown("TELEPORTED".to_owned())));
    let held = actions.held.unwrap();
    assert_eq!((held.cause, held.subject.as_str()), (Cause::ChannelState, "TELEPORTED"));
    // Nobody else may buy its units meanwhile.
    let units = [("MUG", 1), ("TEA", 2)].map(|(code, count)| (code.to_owned(), count));
    assert_eq!(actions.demand, Demand::Set(units.into()));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Ready);
    assert_eq!((cause(&actions), kinds(&actions)), (None, vec![OperationKind::CreateOrder]));
}

#[test]
fn a_collection_order_that_becomes_a_delivery_goes_on() {
    let shop = Shop::new();
    let mut sale = order(Readiness::Ready);
    sale.delivery = Delivery::Collect;
    let (mut state, actions) = shop.open(sale);
    assert_eq!(cause(&actions), Some(Cause::CollectOrder));
    let actions = shop.seen(&mut state, |order| order.delivery = Delivery::Ship);
    assert_eq!(kinds(&actions), [OperationKind::CreateOrder]);
}

#[test]
fn one_cause_after_the_other_is_shown_until_none_is_left() {
    let mut shop = Shop::new();
    shop.skus.remove("MUG");
    let mut sale = order(Readiness::Ready);
    sale.ship_to.city = " ".into();
    let (mut state, actions) = shop.open(sale);
    assert_eq!(cause(&actions), Some(Cause::SkuUnknown));
    shop.skus.insert("MUG".to_owned(), SkuAnswer::Item("MUG".to_owned()));
    let actions = shop.step(&mut state, OrderEvent::Recheck);
    assert_eq!(cause(&actions), Some(Cause::AddressIncomplete));
    assert!(said(&actions, "held"), "the new cause is written down");
    let actions = shop.seen(&mut state, |order| order.ship_to.city = "Leeds".into());
    assert_eq!(kinds(&actions), [OperationKind::CreateOrder]);
}

#[test]
fn white_space_around_a_sku_is_not_another_sku() {
    let mut sale = order(Readiness::Ready);
    sale.lines[0].sku = Some(" MUG ".to_owned());
    let (_, actions) = Shop::new().open(sale);
    assert_eq!(drafted(&actions).lines[0].item, "MUG");
}
