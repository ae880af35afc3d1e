//! What stands in the journal of an order, once each, and the edges of its rules that only a second event shows.

use crossdock_connector::{OperationKind, RejectCode};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderEvent, OrderStage};
use crossdock_flow::{Actions, Demand};
use crossdock_model::{Readiness, WarehouseOrder};
use jiff::SignedDuration;

use crate::support::{Shop, cause, confirmed, done, kinds, left, order, refused, replay, said};

fn lines(actions: &Actions) -> Vec<&'static str> {
    actions.notes.iter().map(|note| note.kind).collect()
}

fn text<'a>(actions: &'a Actions, kind: &str) -> (&'a str, &'a str) {
    let note = actions.notes.iter().find(|note| note.kind == kind).unwrap();
    (&note.text, &note.detail)
}

fn in_the_warehouse(status: &str, on_hold: Option<bool>, cancelled: bool) -> OrderEvent {
    let (number, status) = ("MP-1001".to_owned(), status.to_owned());
    OrderEvent::WarehouseSays(Some(WarehouseOrder { number, status, on_hold, cancelled, lines: Vec::new() }))
}

/// B031: the way of an order can be told from its journal alone.
#[test]
fn the_way_of_an_order_is_written_down_line_by_line() {
    let shop = Shop::new();
    let (mut state, opened) = shop.open(order(Readiness::AwaitingAcceptance));
    assert_eq!(lines(&opened), ["received", "accepting"]);
    assert_eq!(text(&opened, "received"), ("Received from Marketplacer", "2 lines · PAID"));
    let accepted = shop.step(&mut state, done(OperationKind::AcceptOrder));
    assert_eq!(lines(&accepted), ["accepted"]);
    let released = shop.seen(&mut state, |order| {
        order.readiness = Readiness::Ready;
        order.remote_state = "READY".to_owned();
    });
    assert_eq!(lines(&released), ["channel_state", "released"]);
    assert_eq!(text(&released, "channel_state"), ("Marketplacer says READY", "before: PAID"));
    assert_eq!(text(&released, "released").1, "MP-1001");
    assert_eq!(lines(&shop.step(&mut state, done(OperationKind::CreateOrder))), ["in_warehouse"]);
    assert_eq!(lines(&shop.step(&mut state, left("D1/T1", &[("l1", 1)]))), ["despatched"]);
    assert_eq!(lines(&shop.step(&mut state, left("D2/T2", &[("l2", 2)]))), ["despatched", "all_despatched"]);
    assert_eq!(lines(&shop.step(&mut state, confirmed("D1/T1"))), ["confirmed"]);
    let complete = shop.step(&mut state, confirmed("D2/T2"));
    assert_eq!(lines(&complete), ["confirmed", "complete"]);
    assert_eq!((complete.wake_at, state.look_at), (None, None), "nobody looks at it any more");
    // Whatever comes afterwards is no news.
    for event in [left("D2/T2", &[("l2", 2)]), confirmed("D2/T2"), OrderEvent::Woken, OrderEvent::Recheck] {
        let actions = shop.step(&mut state, event);
        assert_eq!(Actions { demand: Demand::Keep, ..actions }, Actions::default());
    }
}

#[test]
fn a_hold_and_its_end_are_written_down_once_each() {
    let mut shop = Shop::new();
    shop.skus.remove("TEA");
    let (mut state, opened) = shop.open(order(Readiness::Ready));
    assert_eq!(lines(&opened), ["received", "held"]);
    assert_eq!(lines(&shop.step(&mut state, OrderEvent::Recheck)), Vec::<&str>::new(), "the same hold is no news");
    shop.skus.insert("TEA".to_owned(), crossdock_flow::order::SkuAnswer::Item("TEA".to_owned()));
    assert_eq!(lines(&shop.step(&mut state, OrderEvent::Recheck)), ["released", "resumed"]);
    // A refusal says so itself, and is not called a hold as well.
    let refusal = shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::RefusedByRemote));
    assert_eq!(lines(&refusal), ["refused"]);
    assert_eq!(text(&refusal, "refused").1, "the remote's own words");
    // The end of an order is not a resumption.
    let mut other = shop.open(order(Readiness::Unknown("NOVEL".to_owned()))).0;
    let ended = shop.seen(&mut other, |order| order.readiness = Readiness::Cancelled);
    assert_eq!(lines(&ended), ["cancelled"]);
}

#[test]
fn what_a_confirmed_parcel_holds_is_settled_and_what_is_unconfirmed_may_grow() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.step(&mut state, left("D1/T1", &[("l2", 1)]));
    shop.step(&mut state, left("D1/T1", &[("l2", 2)]));
    assert_eq!((state.despatched("l2"), state.confirmed("l2")), (2, 0), "a row was added before anybody was told");
    shop.step(&mut state, confirmed("D1/T1"));
    shop.step(&mut state, left("D1/T1", &[("l2", 1)]));
    assert_eq!((state.despatched("l2"), state.confirmed("l2")), (2, 2), "the marketplace was told of two");
    // A parcel that nobody saw leave is not confirmed by hearsay.
    assert_eq!(lines(&shop.step(&mut state, confirmed("D9/T9"))), Vec::<&str>::new());
}

/// A marketplace may change what an order says without touching its date.
#[test]
fn f23_a_document_of_the_same_moment_is_read_again() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::NotYet("payment".to_owned())));
    let actions = shop.step(&mut state, OrderEvent::Seen(Box::new(order(Readiness::Ready))));
    assert_eq!(kinds(&actions), [OperationKind::CreateOrder]);
}

#[test]
fn an_answer_that_comes_after_its_time_changes_nothing() {
    let shop = Shop::new();
    // The acceptance is confirmed a second time when the warehouse has the order already.
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    let actions = shop.step(&mut state, done(OperationKind::AcceptOrder));
    assert_eq!((state.stage, lines(&actions)), (OrderStage::InWarehouse, vec![]));
    // The warehouse order is confirmed when it was taken back: its units are not the warehouse's.
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.readiness = Readiness::NotYet("review".to_owned()));
    shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    shop.step(&mut state, OrderEvent::Withdrawn { sent: false });
    assert_eq!(state.stage, OrderStage::Cancelled);
    let actions = shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!((state.stage, actions.demand), (OrderStage::Cancelled, Demand::Keep));
    // And what was never on its way cannot be taken back.
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.step(&mut state, OrderEvent::Withdrawn { sent: false });
    assert_eq!((state.stage, state.revision), (OrderStage::InWarehouse, 0));
}

#[test]
fn an_order_that_is_ready_before_its_acceptance_is_confirmed_goes_on_at_once() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::AwaitingAcceptance));
    let early = shop.seen(&mut state, |order| order.readiness = Readiness::Ready);
    assert_eq!((state.stage, kinds(&early)), (OrderStage::Releasing, vec![OperationKind::CreateOrder]));
    let late = shop.step(&mut state, done(OperationKind::AcceptOrder));
    assert_eq!((state.stage, kinds(&late)), (OrderStage::Releasing, vec![]), "and not twice");
}

#[test]
fn what_the_warehouse_says_is_remembered_in_its_words() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    for (on_hold, words) in [(Some(true), "Open, on hold"), (Some(false), "Open"), (None, "Open")] {
        shop.step(&mut state, in_the_warehouse("Open", on_hold, false));
        assert_eq!(state.warehouse_said, Some((words.to_owned(), shop.now)));
    }
    // Missed once: nothing is said yet. Missed for good: once.
    shop.step(&mut state, OrderEvent::WarehouseSays(None));
    assert_eq!(state.warehouse_said.as_ref().map(|said| said.0.as_str()), Some("Open"));
    shop.now += SignedDuration::from_mins(1);
    let gone = shop.step(&mut state, OrderEvent::WarehouseSays(None));
    assert_eq!(lines(&gone), ["warehouse_cancelled", "held"]);
    assert_eq!(state.warehouse_said.as_ref().map(|said| said.0.as_str()), Some("not there any more"));
    assert_eq!(lines(&shop.step(&mut state, OrderEvent::WarehouseSays(None))), Vec::<&str>::new());
    // A cancelled one that is not found at the next look is no less gone.
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.step(&mut state, in_the_warehouse("Cancelled", None, true));
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::WarehouseSays(None))), Some(Cause::WarehouseCancelled));
}

/// What is known of the warehouse begins when it has the order, and of a refused one only what a person needs.
#[test]
fn before_the_warehouse_has_it_nothing_that_it_says_is_about_this_order() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::NotYet("payment".to_owned())));
    shop.step(&mut state, in_the_warehouse("Cancelled", None, true));
    assert_eq!((state.gone, &state.warehouse_said), (false, &None));
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, in_the_warehouse("Cancelled", None, true));
    assert!(!state.gone, "on its way: an older one of that number");
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::Conflict));
    shop.step(&mut state, in_the_warehouse("Cancelled", None, true));
    assert!(state.gone, "the order that stood in its way is cancelled");
}

#[test]
fn an_address_that_is_hidden_in_part_is_no_new_one() {
    let shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    for hidden in [0, 1] {
        let actions = shop.seen(&mut state, |order| {
            order.ship_to = crate::support::address();
            order.ship_to.city = "Bradford".into();
            let part = if hidden == 0 { &mut order.ship_to.line1 } else { &mut order.ship_to.postcode };
            *part = " ".into();
        });
        assert_eq!(cause(&actions), None);
    }
    let moved = shop.seen(&mut state, |order| {
        order.ship_to = crate::support::address();
        order.ship_to.city = "Bradford".into();
    });
    assert_eq!(cause(&moved), Some(Cause::OrderChanged), "a whole address with another town is");
}

/// Every unit was taken out of an order that nobody cancelled: it has not left, and is told when it should have.
#[test]
fn an_order_without_units_is_never_complete() {
    let mut shop = Shop::new();
    let mut state = shop.in_warehouse(order(Readiness::Ready));
    shop.seen(&mut state, |order| order.lines.iter_mut().for_each(|line| line.open = 0));
    shop.step(&mut state, replay());
    assert!(state.mapped.is_empty() && !state.all_left());
    shop.now += SignedDuration::from_hours(48);
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::Woken)), Some(Cause::Late));
    assert!(said(&shop.step(&mut state, replay()), "replayed"));
}
