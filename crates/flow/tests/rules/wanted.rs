//! Units that the marketplace expects beyond what the warehouse was given: a request to cancel them was undecided when the
//! order was released, and is turned down later (fault F52).

use crossdock_connector::{OperationKind, RejectCode};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{MappedLine, OrderEvent, OrderStage, OrderState, SkuAnswer};
use crossdock_flow::{Actions, Demand, Look};
use crossdock_model::{ChannelOrder, ChannelShipment, Readiness};
use jiff::SignedDuration;
use prop_kit::cases;
use proptest::prelude::*;

use crate::support::{
    Shop, cause, confirmed, done, drafted, holds, left, order, refused, replay, said, shipped, warehouse,
};

/// An order of one mug and two teas, as the marketplace shows it while so many are asked to be cancelled.
fn asked(mugs: i64, teas: i64) -> ChannelOrder {
    let mut order = order(Readiness::Ready);
    order.lines[0].open -= mugs;
    order.lines[1].open -= teas;
    order
}

/// The marketplace's shipment with these lines.
fn shipment(lines: &[(&str, i64)]) -> ChannelShipment {
    ChannelShipment {
        id: "s1".to_owned(),
        carrier: "DPD".to_owned(),
        tracking: "T1".to_owned(),
        package: None,
        shipped: true,
        lines: shipped(lines),
    }
}

fn items(units: &[(&str, i64)]) -> Vec<(String, i64)> {
    units.iter().map(|(item, count)| ((*item).to_owned(), *count)).collect()
}

fn detail(actions: &Actions) -> &str {
    actions.held.as_ref().map_or("", |held| &held.detail)
}

/// Turned down: everything is expected again.
fn turned_down(shop: &Shop, state: &mut OrderState) -> Actions {
    shop.seen(state, |order| {
        for line in &mut order.lines {
            let gone = order.shipments.iter().flat_map(|shipment| &shipment.lines);
            let gone: i64 = gone.filter(|shipped| shipped.line_id == line.id).map(|shipped| shipped.quantity).sum();
            line.open = line.quantity - gone;
        }
    })
}

#[test]
fn f52_a_request_turned_down_before_anything_left_calls_the_warehouse_and_its_units_stay_sold() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(asked(0, 1));
    let actions = turned_down(&shop, &mut state);
    assert_eq!(cause(&actions), Some(Cause::MoreWanted));
    assert_eq!(detail(&actions), "Marketplacer expects 1 unit of line 2 beyond what the warehouse was given");
    assert_eq!(actions.demand, Demand::Set(items(&[("TEA", 1)])), "the warehouse counts the rest");
    assert_eq!(actions.wake_at, Some(shop.now + SignedDuration::from_mins(10)));
    shop.now += SignedDuration::from_mins(10);
    let actions = shop.step(&mut state, OrderEvent::Woken);
    assert_eq!(actions.looks, [Look::Channel("remote-1001".into()), Look::Warehouse("MP-1001".into())]);
    assert_eq!((cause(&actions), actions.demand), (Some(Cause::MoreWanted), Demand::Keep));
    // Not added yet, then added there by a person: it goes on by itself.
    assert_eq!(cause(&shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 1)]))), Some(Cause::MoreWanted));
    let actions = shop.step(&mut state, holds(&[("MUG", 1), ("tea", 2)]));
    assert!(said(&actions, "completed"));
    assert_eq!((cause(&actions), actions.demand), (None, Demand::Counted));
    let actions = shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 2)]));
    assert_eq!((state.stage, cause(&actions)), (OrderStage::Despatched, None));
}

#[test]
fn f52_a_request_turned_down_after_everything_left_is_told_until_the_rest_is_sent_or_cancelled() {
    for sent in [true, false] {
        let shop = Shop::new();
        let mut state = shop.in_warehouse(asked(1, 1));
        shop.step(&mut state, left("D1/T1", &[("l2", 1)]));
        shop.seen(&mut state, |order| {
            order.lines[1].open = 0;
            order.shipments.push(shipment(&[("l2", 1)]));
        });
        let actions = shop.step(&mut state, confirmed("D1/T1"));
        assert_eq!((state.stage, cause(&actions)), (OrderStage::Confirmed, None));
        let actions = turned_down(&shop, &mut state);
        assert_eq!(cause(&actions), Some(Cause::MoreWanted));
        assert_eq!(
            detail(&actions),
            "Marketplacer expects 1 unit of line 1 and 1 unit of line 2 beyond what the warehouse was given"
        );
        assert_eq!(actions.demand, Demand::Set(items(&[("MUG", 1), ("TEA", 1)])));
        assert!(actions.wake_at.is_some(), "it is looked at though it was complete");
        let actions = shop.seen(&mut state, |order| {
            order.lines.iter_mut().for_each(|line| line.open = 0);
            if sent {
                order.shipments.push(shipment(&[("l1", 1), ("l2", 1)]));
            }
        });
        assert_eq!((cause(&actions), actions.demand), (None, Demand::Set(vec![])), "sent: {sent}");
        assert_eq!((state.stage, actions.wake_at), (OrderStage::Confirmed, None));
    }
}

#[test]
fn f52_a_request_turned_down_on_the_way_to_the_warehouse_lets_it_have_everything() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(asked(0, 1));
    let actions = turned_down(&shop, &mut state);
    assert_eq!(actions.withdraw.as_deref(), Some("order/MP-1001"));
    assert_eq!((cause(&actions), actions.demand), (None, Demand::Keep));
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: false });
    assert_eq!(drafted(&actions).lines[1].quantity, 2);
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!((cause(&actions), actions.demand), (None, Demand::Counted));

    // Too late to be taken back as a whole: what is there is not for the hub to change.
    let (mut state, _) = shop.open(asked(0, 1));
    turned_down(&shop, &mut state);
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: true });
    assert_eq!(cause(&actions), Some(Cause::MoreWanted));
    let actions = shop.seen(&mut state, |_| {});
    assert_eq!(
        actions.demand,
        Demand::Set(items(&[("MUG", 1), ("TEA", 2)])),
        "all of it is sold and counted by nobody"
    );

    // Written before it could be stopped: the warehouse counts what it has.
    let (mut state, _) = shop.open(asked(0, 1));
    turned_down(&shop, &mut state);
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!(cause(&actions), Some(Cause::MoreWanted));
    assert_eq!(actions.demand, Demand::Set(items(&[("TEA", 1)])));
}

#[test]
fn a_person_who_checks_again_has_the_warehouse_asked_at_once() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(asked(1, 0));
    turned_down(&shop, &mut state);
    let actions = shop.step(&mut state, replay());
    assert_eq!((cause(&actions), actions.demand), (Some(Cause::MoreWanted), Demand::Keep), "not on a person's word");
    assert_eq!(actions.looks, [Look::Warehouse("MP-1001".into())]);
    let actions = shop.step(&mut state, holds(&[("TEA", 2)]));
    assert_eq!((cause(&actions), actions.demand), (Some(Cause::MoreWanted), Demand::Keep));
    let actions = shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 2)]));
    assert_eq!((cause(&actions), actions.demand), (None, Demand::Counted));
    assert_eq!(cause(&shop.seen(&mut state, |_| {})), None, "it stays so");
}

#[test]
fn a_person_who_mends_a_cancellation_does_not_say_that_the_rest_was_added() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(asked(0, 1));
    let actions = shop.seen(&mut state, |order| {
        order.lines[0].open = 0;
        order.lines[1].open = 2;
    });
    assert_eq!(cause(&actions), Some(Cause::CancelledLate));
    assert_eq!(cause(&shop.step(&mut state, replay())), Some(Cause::MoreWanted));
}

#[test]
fn of_an_order_that_is_gone_from_the_warehouse_everything_that_is_wanted_stays_sold() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(asked(0, 1));
    let actions = shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!(actions.demand, Demand::Anew(items(&[("MUG", 1), ("TEA", 1)])));
    let actions = turned_down(&shop, &mut state);
    assert_eq!(cause(&actions), Some(Cause::WarehouseCancelled), "one thing at a time, the worst first");
    assert_eq!(actions.demand, Demand::Set(items(&[("MUG", 1), ("TEA", 2)])));
    let mut listed = holds(&[("MUG", 1), ("TEA", 2)]);
    if let OrderEvent::WarehouseSays(Some(said)) = &mut listed {
        said.cancelled = true;
    }
    let actions = shop.step(&mut state, listed);
    assert!(!said(&actions, "completed"), "what is listed in a cancelled order is not there");
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    assert_eq!((state.stage, actions.demand), (OrderStage::Cancelled, Demand::Set(vec![])));
}

#[test]
fn of_an_order_that_the_warehouse_refused_what_has_not_left_stays_sold() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(asked(0, 1));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch));
    // A person sends off by hand what is there.
    shop.step(&mut state, left("D1/T1", &[("l1", 1)]));
    assert_eq!(state.stage, OrderStage::PartDespatched);
    let actions = turned_down(&shop, &mut state);
    assert_eq!((cause(&actions), actions.demand), (Some(Cause::WarehouseMismatch), Demand::Set(items(&[("TEA", 2)]))));
    let actions = shop.step(&mut state, left("D2/T2", &[("l2", 1)]));
    assert_eq!(actions.demand, Demand::Set(items(&[("TEA", 1)])), "the mapped one has left, the other one is lacking");
}

#[test]
fn of_an_order_that_the_warehouse_refused_and_that_left_all_the_same_the_warehouse_counts_everything() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch));
    let actions = shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 2)]));
    assert_eq!((state.stage, actions.demand), (OrderStage::Despatched, Demand::Counted));
    assert_eq!(shop.seen(&mut state, |_| {}).demand, Demand::Keep, "not before it was seen to have counted it");
}

#[test]
fn a_line_without_a_warehouse_item_is_told_and_counts_from_when_it_is_mapped() {
    let mut shop = Shop::new();
    let tea = shop.skus.insert("TEA".to_owned(), SkuAnswer::Unknown).unwrap();
    let mut state = shop.in_warehouse(asked(0, 2));
    let actions = turned_down(&shop, &mut state);
    assert_eq!(
        detail(&actions),
        "Marketplacer expects 2 units of line 2 (its SKU has no warehouse item) beyond what the warehouse was given"
    );
    assert_eq!(actions.demand, Demand::Set(vec![]));
    assert_eq!(cause(&shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 2)]))), Some(Cause::MoreWanted));
    shop.skus.insert("TEA".to_owned(), tea);
    let actions = shop.step(&mut state, OrderEvent::Recheck);
    assert_eq!(actions.demand, Demand::Set(items(&[("TEA", 2)])));
    assert_eq!(cause(&shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 2)]))), None);
    shop.step(&mut state, left("D1/T1", &[("l1", 1)]));
    assert_eq!(state.stage, OrderStage::PartDespatched, "the tea is still to leave");
}

#[test]
fn a_cancellation_taken_back_after_the_rest_left_is_told() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[1].open = 1);
    shop.step(&mut state, replay());
    shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 1)]));
    // The marketplace does not know of the parcel yet.
    let actions = shop.seen(&mut state, |order| order.lines[1].open = 2);
    assert_eq!((state.stage, cause(&actions)), (OrderStage::Despatched, Some(Cause::MoreWanted)));
    assert_eq!(state.mapped[1].quantity, 1, "the warehouse is not expected to have it");
}

#[test]
fn of_units_that_were_taken_out_as_many_are_expected_again_as_the_marketplace_wants() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[1].open = 0);
    shop.step(&mut state, replay());
    for (open, said_so, expected) in [(0, false, None), (1, true, Some(1)), (1, false, Some(1)), (2, true, Some(2))] {
        let actions = shop.seen(&mut state, |order| order.lines[1].open = open);
        assert_eq!((said(&actions, "wanted_again"), cause(&actions)), (said_so, None), "{open}");
        assert_eq!(state.mapped.get(1).map(|line| line.quantity), expected);
    }
    assert_eq!(state.dropped, []);
}

#[test]
fn a_unit_taken_out_and_expected_again_is_not_told_twice() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[1].open = 1);
    shop.step(&mut state, replay());
    assert_eq!(cause(&shop.seen(&mut state, |order| order.lines[1].open = 2)), None, "the warehouse is asked for it");
    shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 2)]));
    assert_eq!(cause(&shop.seen(&mut state, |_| {})), None, "the marketplace does not know of the parcel yet");
}

#[test]
fn what_is_not_understood_or_not_wanted_at_all_is_not_lacking() {
    let shop = Shop::new();
    for (readiness, told) in
        [(Readiness::Unknown("ODD".to_owned()), Cause::ChannelState), (Readiness::Cancelled, Cause::CancelledLate)]
    {
        let mut state = shop.in_warehouse(asked(0, 1));
        let actions = shop.seen(&mut state, |order| {
            order.lines[1].open = 2;
            order.readiness = readiness;
        });
        assert_eq!((cause(&actions), actions.demand), (Some(told), Demand::Keep));
    }
}

#[test]
fn units_that_are_lacking_stay_sold_while_nobody_understands_the_marketplace() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(asked(0, 1));
    turned_down(&shop, &mut state);
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Unknown("ODD".to_owned()));
    assert_eq!((cause(&actions), actions.demand), (Some(Cause::ChannelState), Demand::Keep));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    assert_eq!((cause(&actions), actions.demand), (Some(Cause::CancelledLate), Demand::Set(vec![])));
}

#[test]
fn orders_from_before_this_was_remembered_go_on_as_they_were() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(asked(0, 1));
    state.expected.clear();
    assert_eq!(cause(&turned_down(&shop, &mut state)), None);
    // From a person's next look on it is remembered.
    shop.seen(&mut state, |order| order.lines[1].open = 1);
    shop.step(&mut state, replay());
    assert_eq!(cause(&shop.seen(&mut state, |order| order.lines[0].open = 2)), Some(Cause::MoreWanted));
}

/// What may happen to an order of up to nine units a line, at a marketplace that learns of parcels late and one at a time.
#[derive(Debug, Clone)]
enum Happens {
    /// A parcel with so many units of each line leaves.
    Leaves(i64, i64),
    /// The marketplace learns of the oldest parcel that it does not know.
    Learns,
    /// So many units of a line are cancelled for good.
    Cancelled(usize, i64),
    /// The document is read.
    Read,
    /// A person checks it again.
    Again,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0..4_i64, 0..4_i64).prop_map(|(first, second)| Happens::Leaves(first, second)),
        Just(Happens::Learns),
        (0..2_usize, 1..3_i64).prop_map(|(line, units)| Happens::Cancelled(line, units)),
        Just(Happens::Read),
        Just(Happens::Again),
    ]
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// However late the marketplace learns of what left: units are told as lacking if, and only if, a request was turned down.
    #[test]
    fn prop_units_are_lacking_only_when_a_request_was_turned_down(
        bought in (1..9_i64, 1..9_i64),
        asked in (0..9_i64, 0..9_i64),
        story in prop::collection::vec(happens(), 0..20),
    ) {
        let asked = [asked.0.min(bought.0), asked.1.min(bought.1)];
        let bought = [bought.0, bought.1];
        prop_assume!(asked != bought);
        let shop = Shop::new();
        let mut first = order(Readiness::Ready);
        for (line, (bought, asked)) in first.lines.iter_mut().zip(bought.into_iter().zip(asked)) {
            line.quantity = bought;
            line.open = bought - asked;
        }
        let ids = ["l1", "l2"];
        let mut state = shop.in_warehouse(first);
        // As the marketplace has it, and as the warehouse has.
        let mut parcels: Vec<Vec<(&str, i64)>> = Vec::new();
        let mut known: Vec<Vec<(&str, i64)>> = Vec::new();
        let (mut left_units, mut known_units, mut cancelled) = ([0, 0], [0, 0], [0, 0]);
        let read = |state: &mut OrderState, known: &[Vec<(&str, i64)>], open: [i64; 2]| {
            shop.seen(state, |order| {
                order.shipments = known.iter().map(|lines| shipment(lines)).collect();
                order.lines.iter_mut().zip(open).for_each(|(line, open)| line.open = open);
            })
        };
        let open = |known: &[i64; 2], cancelled: &[i64; 2], asked: &[i64; 2]| {
            [0, 1].map(|line| bought[line] - known[line] - cancelled[line] - asked[line])
        };
        for event in story {
            match event {
                Happens::Leaves(one, other) => {
                    let room = |line: usize, units: i64| units.min(bought[line] - asked[line] - cancelled[line] - left_units[line]).max(0);
                    let units = [room(0, one), room(1, other)];
                    let lines: Vec<_> = ids.into_iter().zip(units).filter(|(_, units)| *units > 0).collect();
                    if lines.is_empty() {
                        continue;
                    }
                    (0..2).for_each(|line| left_units[line] += units[line]);
                    let package = format!("D{}/T1", parcels.len() + known.len());
                    let actions = shop.step(&mut state, left(&package, &lines));
                    prop_assert_ne!(cause(&actions), Some(Cause::MoreWanted));
                    parcels.push(lines);
                }
                Happens::Learns if !parcels.is_empty() => {
                    let lines = parcels.remove(0);
                    for (line, units) in &lines {
                        known_units[usize::from(*line == "l2")] += units;
                    }
                    known.push(lines);
                }
                Happens::Learns => {}
                Happens::Cancelled(line, units) => {
                    let room = bought[line] - asked[line] - cancelled[line] - left_units[line];
                    cancelled[line] += units.min(room);
                }
                Happens::Read => {
                    let actions = read(&mut state, &known, open(&known_units, &cancelled, &asked));
                    prop_assert_ne!(cause(&actions), Some(Cause::MoreWanted));
                }
                Happens::Again => {
                    let actions = shop.step(&mut state, replay());
                    prop_assert_ne!(cause(&actions), Some(Cause::MoreWanted));
                }
            }
        }
        read(&mut state, &known, open(&known_units, &cancelled, &asked));
        let actions = read(&mut state, &known, open(&known_units, &cancelled, &[0, 0]));
        for (line, id) in ids.into_iter().enumerate() {
            let of = |lines: &[MappedLine]| lines.iter().find(|line| line.line_id == id).map_or(0, |line| line.quantity);
            let beyond = bought[line] - cancelled[line] - of(&state.mapped);
            prop_assert_eq!(of(&state.lacking), beyond.max(0), "{:?}", &state);
        }
        // Units that were cancelled come first.
        let told = [Some(Cause::MoreWanted), Some(Cause::CancelledLate)];
        prop_assert!(state.lacking.is_empty() || told.contains(&cause(&actions)));
    }
}
