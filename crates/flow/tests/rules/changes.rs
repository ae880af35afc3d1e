//! What changes at either end while the warehouse has an order, or is about to have it (faults F52 to F54).

use crossdock_connector::{OperationKind, RejectCode};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderEvent, OrderStage, OrderState};
use crossdock_flow::{Actions, Demand, Look};
use crossdock_model::Readiness;
use jiff::SignedDuration;

use crate::support::{Shop, cause, done, drafted, holds, kinds, left, now, order, refused, replay, said, warehouse};

fn cancel(shop: &Shop, state: &mut OrderState) -> Actions {
    shop.seen(state, |order| order.readiness = Readiness::Cancelled)
}

#[test]
fn f52_cancelled_before_the_warehouse_had_any_of_it_is_simply_cancelled() {
    let shop = Shop::new();
    let (mut state, released) = shop.open(order(Readiness::Ready));
    let actions = cancel(&shop, &mut state);
    assert_eq!(actions.withdraw.as_deref(), Some(released.effects[0].key.as_str()));
    assert_eq!((cause(&actions), state.stage), (None, OrderStage::Releasing), "nobody is called before it is known");
    assert_eq!(shop.step(&mut state, OrderEvent::Recheck).withdraw, None, "once is enough");
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: false });
    assert_eq!((state.stage, cause(&actions)), (OrderStage::Cancelled, None));
    assert_eq!(actions.demand, Demand::Set(vec![]));
}

#[test]
fn f52_cancelled_while_it_was_written_stays_unreleased_and_calls_the_warehouse() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    cancel(&shop, &mut state);
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: true });
    let held = actions.held.clone().unwrap();
    assert_eq!(held.cause, Cause::CancelledLate);
    assert!(held.detail.contains("may be in the warehouse as MP-1001"), "{}", held.detail);
    // The warehouse cancels it: everybody agrees.
    let actions = shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!((state.stage, cause(&actions)), (OrderStage::Cancelled, None));
}

#[test]
fn f52_a_read_back_that_overtakes_the_withdrawal_is_a_late_cancellation() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    cancel(&shop, &mut state);
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!((state.stage, cause(&actions)), (OrderStage::InWarehouse, Some(Cause::CancelledLate)));
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: true });
    assert_eq!(state.stage, OrderStage::InWarehouse, "too late to be taken back");
    assert_eq!(cause(&actions), Some(Cause::CancelledLate));
}

#[test]
fn f53_another_address_before_the_warehouse_had_it_is_what_the_warehouse_gets() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    let actions = shop.seen(&mut state, |order| order.ship_to.line1 = "7 Mill Lane".into());
    assert!(actions.withdraw.is_some());
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: false });
    assert_eq!(drafted(&actions).ship_to.line1.text(), "7 Mill Lane");
    assert!(actions.effects[0].key.ends_with("#1"), "a new effect, since the old one is taken back for ever");
}

#[test]
fn f53_another_address_afterwards_stands_in_front_of_the_warehouse_until_it_is_mended() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.seen(&mut state, |order| order.ship_to.postcode = "LS2 9ZZ".into());
    assert_eq!(cause(&actions), Some(Cause::OrderChanged));
    assert!(!format!("{:?}", actions.held).contains("LS2"), "no personal data in what is logged");
    assert_eq!(kinds(&actions), [], "never silently overwritten");
    let actions = shop.step(&mut state, replay());
    assert_eq!(cause(&actions), None);
    assert_eq!(cause(&shop.seen(&mut state, |_| {})), None, "it stays mended");
}

#[test]
fn an_address_that_the_marketplace_hides_or_spells_otherwise_is_no_new_one() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let hidden = shop.seen(&mut state, |order| order.ship_to = crossdock_model::Address::default());
    assert_eq!(cause(&hidden), None);
    let spelt = shop.seen(&mut state, |order| {
        order.ship_to = crate::support::address();
        order.ship_to.line1 = "1  HIGH STREET,".into();
        order.ship_to.postcode = "ls14ap".into();
    });
    assert_eq!(cause(&spelt), None);
}

#[test]
fn f53_units_cancelled_out_of_a_line_call_the_warehouse_and_count_once_it_has_mended_them() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.seen(&mut state, |order| order.lines[1].open = 1);
    let held = actions.held.clone().unwrap();
    assert_eq!(held.cause, Cause::CancelledLate);
    assert!(held.detail.contains("1 unit of line 2"), "{}", held.detail);
    assert_eq!(cause(&shop.step(&mut state, replay())), None);
    shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 1)]));
    assert_eq!(state.stage, OrderStage::Despatched, "two units were all that was left to send");
}

#[test]
fn units_that_the_marketplace_counts_as_shipped_are_not_cancelled_ones() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.step(&mut state, left("D1/T1", &[("l2", 2)]));
    let actions = shop.seen(&mut state, |order| order.lines[1].open = 0);
    assert_eq!(cause(&actions), None);
}

#[test]
fn f54_cancelled_in_the_warehouse_alone_stands_in_front_of_a_person() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!(cause(&actions), Some(Cause::WarehouseCancelled));
    // Put into the warehouse again under its number.
    let actions = shop.step(&mut state, warehouse("New", false));
    assert_eq!(cause(&actions), None);
    // Or cancelled at the marketplace as well.
    shop.step(&mut state, warehouse("Cancelled", true));
    let actions = cancel(&shop, &mut state);
    assert_eq!((state.stage, cause(&actions)), (OrderStage::Cancelled, None));
}

#[test]
fn p5_units_that_only_the_marketplace_has_are_taken_off_what_is_shown_again() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let items = |demand: &Demand| match demand {
        Demand::Anew(units) | Demand::Set(units) => units.clone(),
        other => panic!("the units are sold and nobody counts them: {other:?}"),
    };
    let actions = shop.step(&mut state, warehouse("Cancelled", true));
    assert!(matches!(actions.demand, Demand::Anew(_)), "the warehouse counted them until now");
    assert_eq!(items(&actions.demand), [("MUG".to_owned(), 1), ("TEA".to_owned(), 2)]);
    // A part is cancelled at the marketplace as well: what is left is still to come, and nothing there can be stopped.
    let actions = shop.seen(&mut state, |order| order.lines[1].open = 1);
    assert_eq!(items(&actions.demand), [("MUG".to_owned(), 1), ("TEA".to_owned(), 1)]);
    assert_eq!(cause(&actions), Some(Cause::WarehouseCancelled));
    let actions = shop.step(&mut state, warehouse("New", false));
    assert_eq!(actions.demand, Demand::Counted);
}

#[test]
fn units_that_were_cancelled_of_an_order_that_was_stopped_on_its_way_are_for_sale_again() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[1].open = 1);
    let actions = shop.step(&mut state, OrderEvent::Withdrawn { sent: true });
    assert_eq!(cause(&actions), Some(Cause::CancelledLate));
    let actions = shop.seen(&mut state, |_| {});
    assert_eq!(actions.demand, Demand::Set(vec![("MUG".to_owned(), 1), ("TEA".to_owned(), 1)]));
}

#[test]
fn f61_not_there_needs_two_looks_a_minute_apart() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.step(&mut state, OrderEvent::WarehouseSays(None));
    assert_eq!(cause(&actions), None);
    assert_eq!(actions.wake_at, Some(shop.now + SignedDuration::from_mins(1)), "it looks again soon");
    shop.now += SignedDuration::from_secs(59);
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::WarehouseSays(None))), None);
    shop.now += SignedDuration::from_secs(1);
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::WarehouseSays(None))), Some(Cause::WarehouseCancelled));
}

#[test]
fn an_order_on_its_way_is_not_missed_in_the_warehouse() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    for _ in 0..3 {
        assert_eq!(cause(&shop.step(&mut state, OrderEvent::WarehouseSays(None))), None);
    }
    assert_eq!(state.absent_since, None);
}

#[test]
fn open_orders_are_looked_at_at_both_ends_every_hour() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let due = state.look_at.unwrap();
    assert_eq!(due, shop.now + SignedDuration::from_hours(1));
    assert_eq!(shop.step(&mut state, OrderEvent::Woken).looks, [], "not before it is due");
    shop.now = due;
    let actions = shop.step(&mut state, OrderEvent::Woken);
    assert_eq!(actions.looks, [Look::Channel("remote-1001".into()), Look::Warehouse("MP-1001".into())]);
    assert_eq!(actions.wake_at, Some(due + SignedDuration::from_hours(1)));
    // While the ends disagree, more often.
    let actions = cancel(&shop, &mut state);
    assert_eq!(actions.wake_at, Some(due + SignedDuration::from_mins(10)));
}

#[test]
fn an_order_that_waits_for_payment_is_looked_at_in_its_channel_only() {
    let mut shop = Shop::new();
    let (mut state, opened) = shop.open(order(Readiness::NotYet("payment".to_owned())));
    shop.now = opened.wake_at.unwrap();
    assert_eq!(shop.step(&mut state, OrderEvent::Woken).looks, [Look::Channel("remote-1001".into())]);
}

#[test]
fn a025_an_order_that_should_have_left_stands_in_front_of_the_warehouse_until_it_has() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.now = "2026-11-24T07:59:59Z".parse().unwrap();
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::Woken)), None);
    shop.now += SignedDuration::from_secs(1);
    let actions = shop.step(&mut state, OrderEvent::Woken);
    assert_eq!(cause(&actions), Some(Cause::Late));
    assert!(actions.wake_at > Some(shop.now), "once is enough");
    let actions = shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 2)]));
    assert_eq!(cause(&actions), None);
}

#[test]
fn an_order_is_woken_when_its_service_level_runs_out() {
    let mut shop = Shop::new();
    shop.now = "2026-11-24T07:30:00Z".parse().unwrap();
    let state = shop.in_warehouse(order(Readiness::Ready));
    let (_, opened) = shop.open(state.order.clone());
    assert_eq!(opened.wake_at, Some("2026-11-24T08:00:00Z".parse().unwrap()));
}

#[test]
fn a_refused_order_that_is_replayed_after_it_was_missed_begins_anew() {
    let mut shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::RefusedByRemote));
    shop.step(&mut state, OrderEvent::WarehouseSays(None));
    shop.now += SignedDuration::from_mins(2);
    shop.step(&mut state, OrderEvent::WarehouseSays(None));
    assert!(state.gone);
    let actions = shop.step(&mut state, replay());
    assert_eq!(kinds(&actions), [OperationKind::CreateOrder]);
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!((cause(&actions), state.gone), (None, false));
    assert!(said(&actions, "in_warehouse"));
}

#[test]
fn units_that_a_person_changed_in_the_warehouse_are_told_before_they_leave() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    for fits in [&[("MUG", 1), ("TEA", 2)][..], &[("mug", 1), ("TEA", 1), ("TEA", 1), ("COMPONENT", 4)], &[]] {
        assert_eq!(cause(&shop.step(&mut state, holds(fits))), None, "{fits:?}");
        assert_eq!(state.edited, None);
    }
    let actions = shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 1)]));
    assert_eq!(cause(&actions), None, "one look may have met an old copy");
    assert_eq!(actions.wake_at, Some(shop.now + SignedDuration::from_mins(10)));
    shop.now += SignedDuration::from_secs(599);
    assert_eq!(cause(&shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 1)]))), None);
    shop.now += SignedDuration::from_secs(1);
    for (wrong, detail) in [
        (&[("MUG", 1), ("TEA", 1)][..], "MP-1001 holds 1 of TEA instead of 2"),
        (&[("MUG", 2), ("TEA", 2)], "MP-1001 holds 2 of MUG instead of 1"),
        (&[("TEA", 2)], "MP-1001 holds 0 of MUG instead of 1"),
    ] {
        let held = shop.step(&mut state, holds(wrong)).held.unwrap();
        assert_eq!((held.cause, held.detail.as_str()), (Cause::WarehouseMismatch, detail));
    }
    assert!(state.look_at.unwrap() <= shop.now + SignedDuration::from_mins(10), "it is looked at often meanwhile");
    assert_eq!(cause(&shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 2)]))), None, "mended, it goes on by itself");
}

#[test]
fn units_that_the_marketplace_took_back_may_be_gone_from_the_warehouse_as_well() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[1].open = 1);
    for _ in 0..2 {
        for units in [1, 2] {
            let held = shop.step(&mut state, holds(&[("MUG", 1), ("TEA", units)])).held.unwrap();
            assert_eq!(held.cause, Cause::CancelledLate, "that is what a person is told, and no more");
            assert_eq!(state.edited, None, "{units}");
        }
        shop.now += SignedDuration::from_mins(10);
    }
    shop.step(&mut state, holds(&[("MUG", 1), ("TEA", 3)]));
    assert!(state.edited.is_some());
}

#[test]
fn what_a_refused_order_misses_in_the_warehouse_is_no_edit_of_it() {
    let mut shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch));
    for _ in 0..3 {
        shop.step(&mut state, holds(&[("MUG", 1)]));
        shop.now += SignedDuration::from_mins(10);
    }
    assert_eq!(state.edited, None);
    let edited = || Some(crossdock_flow::order::Edited { detail: "old".to_owned(), since: now(), agreed: true });
    state.edited = edited();
    shop.step(&mut state, replay());
    assert_eq!((state.edited.as_ref(), state.stage), (None, OrderStage::Releasing), "it is sent anew");
    state.edited = edited();
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!((state.edited.as_ref(), cause(&actions)), (None, None), "it was read back equal");
}

#[test]
fn f38_an_order_that_is_cancelled_when_it_is_first_seen_is_looked_for_in_the_warehouse() {
    let shop = Shop::new();
    let (mut state, actions) = shop.open(order(Readiness::Cancelled));
    assert_eq!((state.stage, actions.looks), (OrderStage::Cancelled, vec![Look::Warehouse("MP-1001".to_owned())]));
    for nothing in [OrderEvent::WarehouseSays(None), warehouse("Cancelled", true)] {
        assert_eq!(cause(&shop.step(&mut state, nothing)), None);
        assert_eq!(state.stage, OrderStage::Cancelled);
    }
    let actions = shop.step(&mut state, warehouse("Open", false));
    assert_eq!(cause(&actions), Some(Cause::CancelledLate), "nobody may pick it");
    assert_eq!(cause(&shop.step(&mut state, warehouse("Cancelled", true))), None);
    assert_eq!(state.stage, OrderStage::Cancelled, "cancelled there as well, it is over");
    // One that this hub sent and saw cancelled at both ends is over, whatever an old copy says.
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    cancel(&shop, &mut state);
    shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!(cause(&shop.step(&mut state, warehouse("Open", false))), None);
    assert_eq!(state.stage, OrderStage::Cancelled);
}

#[test]
fn an_order_on_its_way_that_is_seen_again_keeps_its_units_as_they_are() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    assert_eq!((state.stage, shop.seen(&mut state, |_| {}).demand), (OrderStage::Releasing, Demand::Keep));
}

#[test]
fn f76_what_the_marketplace_does_not_want_any_more_is_not_held_back_for_an_order_that_is_gone() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[0].open = 0);
    let actions = shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!(actions.demand, Demand::Anew(vec![("TEA".to_owned(), 2)]));
}

#[test]
fn f53_an_order_that_a_person_mended_is_expected_as_the_marketplace_wants_it_line_by_line() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| (order.lines[0].open, order.lines[0].cancelled) = (0, true));
    assert_eq!(cause(&shop.step(&mut state, replay())), None);
    let expected: Vec<_> = state.mapped.iter().map(|mapped| (mapped.line_id.as_str(), mapped.quantity)).collect();
    assert_eq!(expected, [("l2", 2)]);
}

#[test]
fn f76_units_are_counted_again_when_the_warehouse_has_the_order_back_and_not_before() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    assert_eq!(shop.step(&mut state, warehouse("Open", false)).demand, Demand::Keep, "it was never gone");
    shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!(shop.step(&mut state, warehouse("Cancelled", true)).demand, Demand::Keep, "it still is");
    assert_eq!(shop.step(&mut state, warehouse("Open", false)).demand, Demand::Counted, "reopened");
    // What was refused is not whole there, whatever its header says.
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch));
    shop.step(&mut state, warehouse("Cancelled", true));
    assert_eq!(shop.step(&mut state, warehouse("Open", false)).demand, Demand::Keep);
}
