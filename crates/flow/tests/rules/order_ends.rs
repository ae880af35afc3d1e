//! From the warehouse to the end: parcels, cancellations, and what never goes backwards.

use crossdock_connector::{OperationKind, RejectCode};
use crossdock_flow::Demand;
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderEvent, OrderStage};
use crossdock_model::Readiness;

use crate::support::{Dice, Shop, cause, confirmed, done, kinds, left, order, refused, replay, said};

#[test]
fn an_order_is_in_the_warehouse_when_the_read_back_says_so_and_its_units_count_there() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!((state.stage, &actions.demand), (OrderStage::InWarehouse, &Demand::Counted));
    // F76: whatever comes later, the units are not taken off a second time.
    for actions in [
        shop.step(&mut state, OrderEvent::Recheck),
        shop.seen(&mut state, |_| {}),
        shop.step(&mut state, left("D1/T1", &[("l1", 1)])),
    ] {
        assert_eq!(actions.demand, Demand::Keep);
    }
}

#[test]
fn parcels_take_an_order_from_partly_despatched_to_confirmed() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let mut walk = vec![state.stage];
    for event in [left("D1/T1", &[("l1", 1)]), confirmed("D1/T1"), left("D2/T2", &[("l2", 2)]), confirmed("D2/T2")] {
        shop.step(&mut state, event);
        walk.push(state.stage);
    }
    assert_eq!(
        walk,
        [
            OrderStage::InWarehouse,
            OrderStage::PartDespatched,
            OrderStage::PartDespatched,
            OrderStage::Despatched,
            OrderStage::Confirmed
        ]
    );
}

#[test]
fn f76_a_refused_order_of_which_everything_left_and_is_known_holds_nobody_and_no_unit_back() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    let actions = shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch));
    assert_eq!(cause(&actions), Some(Cause::WarehouseMismatch));
    let actions = shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 2)]));
    assert_eq!(cause(&actions), Some(Cause::WarehouseMismatch), "the marketplace does not know of it yet");
    let actions = shop.step(&mut state, confirmed("D1/T1"));
    assert_eq!((state.stage, cause(&actions), actions.demand), (OrderStage::Confirmed, None, Demand::Set(Vec::new())));
}

#[test]
fn a_parcel_reported_again_and_again_counts_once() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    for _ in 0..3 {
        shop.step(&mut state, left("D1/T1", &[("l2", 1)]));
    }
    assert_eq!((state.despatched("l2"), state.stage), (1, OrderStage::PartDespatched));
    assert!(said(&shop.step(&mut state, confirmed("D1/T1")), "confirmed"));
    assert!(!said(&shop.step(&mut state, confirmed("D1/T1")), "confirmed"), "written down once");
}

#[test]
fn f76_units_of_an_order_that_left_though_it_was_refused_are_not_taken_off_for_ever() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Conflict));
    let actions = shop.step(&mut state, left("D1/T1", &[("l1", 1)]));
    assert_eq!(actions.demand, Demand::Keep, "the tea is still here, and nobody saw it counted");
    let actions = shop.step(&mut state, left("D2/T2", &[("l2", 2)]));
    assert_eq!((state.stage, actions.demand), (OrderStage::Despatched, Demand::Counted));
}

#[test]
fn a_picker_who_is_faster_than_the_read_back_does_not_confuse_the_order() {
    let shop = Shop::new();
    for (lines, after) in
        [(vec![("l1", 1)], OrderStage::PartDespatched), (vec![("l1", 1), ("l2", 2)], OrderStage::Despatched)]
    {
        let (mut state, _) = shop.open(order(Readiness::Ready));
        shop.step(&mut state, left("D1/T1", &lines));
        assert_eq!(state.stage, after);
        let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
        assert_eq!((state.stage, actions.demand), (after, Demand::Counted), "never backwards");
        assert!(state.warehouse_said.is_some());
    }
}

#[test]
fn cancelled_before_the_warehouse_had_it_is_the_end_and_gives_the_units_back() {
    for before in
        [Readiness::NotYet("payment".to_owned()), Readiness::AwaitingAcceptance, Readiness::Unknown("ODD".to_owned())]
    {
        let shop = Shop::new();
        let (mut state, _) = shop.open(order(before));
        let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
        assert_eq!((state.stage, cause(&actions)), (OrderStage::Cancelled, None));
        assert_eq!((kinds(&actions), actions.demand), (vec![], Demand::Set(vec![])));
    }
}

#[test]
fn i13_cancelled_while_the_warehouse_has_it_calls_the_warehouse() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    let held = actions.held.clone().unwrap();
    assert_eq!((held.cause, held.cause.owner()), (Cause::CancelledLate, "Warehouse"));
    assert_eq!(kinds(&actions), [], "the hub does not cancel in the warehouse by itself");
    // Over when the parcel has left all the same.
    let actions = shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 2)]));
    assert_eq!(cause(&actions), None);
}

#[test]
fn a_cancellation_that_was_taken_back_lets_the_warehouse_go_on() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Ready);
    assert_eq!((cause(&actions), state.stage), (None, OrderStage::InWarehouse));
}

#[test]
fn units_that_were_taken_out_for_a_cancellation_are_expected_again_when_it_is_taken_back() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let sent = state.mapped.clone();
    let actions = shop.seen(&mut state, |order| order.lines[1].open = 1);
    assert_eq!(cause(&actions), Some(Cause::CancelledLate));
    assert_eq!(cause(&shop.step(&mut state, replay())), None, "a person has mended it there");
    assert_eq!(state.mapped.iter().map(|line| line.quantity).collect::<Vec<_>>(), [1, 1]);
    shop.seen(&mut state, |order| order.lines[0].cancelled = true);
    shop.step(&mut state, replay());
    assert_eq!(state.mapped.len(), 1);
    // Nothing that was never taken out comes back.
    shop.seen(&mut state, |order| order.lines[1].open = 9);
    assert_eq!(state.mapped[0].quantity, 2);
    let actions = shop.seen(&mut state, |order| order.lines[0].cancelled = false);
    assert!(said(&actions, "wanted_again"));
    state.mapped.sort_by(|a, b| a.line_id.cmp(&b.line_id));
    assert_eq!((&state.mapped, state.dropped.len()), (&sent, 0));
}

#[test]
fn what_left_of_a_line_is_not_expected_again() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines[1].open = 1);
    shop.step(&mut state, replay());
    shop.step(&mut state, left("D1/T1", &[("l1", 1), ("l2", 1)]));
    // The marketplace does not know of the parcel yet.
    shop.seen(&mut state, |order| order.lines[1].open = 2);
    assert_eq!((state.stage, state.mapped[1].quantity), (OrderStage::Despatched, 1));
}

#[test]
fn i13_the_rest_cancelled_after_the_first_parcel_left_calls_the_warehouse() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.step(&mut state, left("D1/T1", &[("l1", 1)]));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    assert_eq!(cause(&actions), Some(Cause::CancelledLate));
}

#[test]
fn f53_a_line_cancelled_while_the_warehouse_has_the_order_calls_the_warehouse() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.seen(&mut state, |order| {
        order.lines[1].cancelled = true;
        order.lines[1].open = 0;
    });
    assert_eq!(cause(&actions), Some(Cause::CancelledLate));
}

#[test]
fn an_acceptance_refused_because_the_order_was_cancelled_ends_by_itself() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::AwaitingAcceptance));
    shop.step(&mut state, refused(OperationKind::AcceptOrder, RejectCode::WrongState));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    assert_eq!((state.stage, cause(&actions)), (OrderStage::Cancelled, None));
}

#[test]
fn an_order_fulfilled_without_the_hub_is_left_alone() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::NotYet("payment".to_owned())));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Fulfilled);
    assert_eq!((state.stage, kinds(&actions), actions.demand), (OrderStage::Elsewhere, vec![], Demand::Set(vec![])));
    for event in [OrderEvent::Recheck, left("D1/T1", &[("l1", 1)])] {
        assert_eq!(kinds(&shop.step(&mut state, event)), []);
    }
}

#[test]
fn whatever_happens_in_whatever_order_there_is_never_a_second_warehouse_order_without_a_person() {
    let mut dice = Dice(99);
    for round in 0..3_000 {
        let shop = Shop::new();
        let (mut state, actions) = shop.open(order(Readiness::NotYet("payment".to_owned())));
        let mut created = kinds(&actions).len();
        let mut withdrawing = false;
        for _ in 0..12 {
            let actions = match dice.below(12) {
                0 => shop.seen(&mut state, |order| order.readiness = Readiness::Ready),
                1 => shop.seen(&mut state, |order| order.readiness = Readiness::AwaitingAcceptance),
                2 => shop.seen(&mut state, |order| order.readiness = Readiness::NotYet("review".to_owned())),
                3 => shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled),
                4 => shop.step(&mut state, done(OperationKind::CreateOrder)),
                5 => shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch)),
                6 => shop.step(&mut state, left("D1/T1", &[("l1", 1)])),
                7 => shop.step(&mut state, confirmed("D1/T1")),
                8 => shop.step(&mut state, OrderEvent::WarehouseSays(None)),
                9 => shop.step(&mut state, OrderEvent::Woken),
                10 if withdrawing => {
                    // Only what never wrote anything may be made anew.
                    withdrawing = false;
                    created -= 1;
                    shop.step(&mut state, OrderEvent::Withdrawn { sent: false })
                }
                10 => continue,
                _ => shop.step(&mut state, OrderEvent::Recheck),
            };
            withdrawing = (withdrawing || actions.withdraw.is_some()) && state.withdrawing;
            created += kinds(&actions).iter().filter(|kind| **kind == OperationKind::CreateOrder).count();
            assert_eq!(actions.held.is_some(), state.held.is_some(), "round {round}");
            assert_eq!(state.word() == "held", state.held.is_some(), "round {round}");
        }
        assert!(created <= 1, "round {round}: {created}");
    }
}

#[test]
fn a_stored_order_reads_back_as_it_was() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.step(&mut state, left("D1/T1", &[("l1", 1)]));
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<crossdock_flow::order::OrderState>(&text).unwrap(), state);
}

#[test]
fn f38_shipments_that_somebody_else_entered_are_told_when_they_have_not_left_in_time() {
    let mut shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::NotYet("all of it in shipments".to_owned())));
    shop.now = state.order.placed_at + jiff::SignedDuration::from_hours(24 * 14);
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::Recheck)), None, "a payment may take its time");
    let entered = |order: &mut crossdock_model::ChannelOrder| {
        order.shipments = vec![crossdock_model::ChannelShipment {
            id: "s1".to_owned(),
            carrier: String::new(),
            tracking: String::new(),
            package: None,
            shipped: false,
            lines: Vec::new(),
        }];
    };
    let actions = shop.seen(&mut state, entered);
    assert_eq!(cause(&actions), Some(Cause::Late));
    shop.now = state.order.placed_at;
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::Recheck)), None, "it may still leave");
}

#[test]
fn f76_units_of_an_order_that_is_complete_after_a_part_was_cancelled_are_not_held_back_for_ever() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Mismatch));
    shop.step(&mut state, left("D1/T1", &[("l2", 2)]));
    shop.step(&mut state, confirmed("D1/T1"));
    shop.seen(&mut state, |order| (order.lines[0].open, order.lines[0].cancelled) = (0, true));
    shop.step(&mut state, crate::support::replay());
    let actions = shop.step(&mut state, crate::support::replay());
    assert_eq!(state.stage, OrderStage::Confirmed);
    assert_eq!(actions.demand, Demand::Counted);
}
