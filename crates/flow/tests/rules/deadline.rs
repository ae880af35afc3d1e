//! F04, F38: the deadline that is shown, that orders the work, and that the warehouse is told.

use crossdock_connector::OperationKind;
use crossdock_flow::calendar::Calendar;
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderEvent, OrderState, tell};
use crossdock_model::Readiness;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Shop, at, cause, done, drafted, order};

/// A shop that works from Monday to Friday.
fn shop() -> Shop {
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let mut shop = Shop::new();
    shop.rules.calendar = Calendar::new(TimeZone::get("Europe/London").unwrap(), &days);
    shop.rules.accept_within = SignedDuration::from_hours(8);
    shop
}

fn due(shop: &Shop, state: &OrderState) -> Timestamp {
    tell(state, &shop.rules, shop.now, 0).deadline.unwrap()
}

#[test]
fn a_saturdays_order_is_due_when_a_working_day_is_over() {
    let shop = shop();
    let mut sale = order(Readiness::Ready);
    sale.placed_at = at("2026-11-21T09:00:00Z");
    let (state, actions) = shop.open(sale);
    assert_eq!(due(&shop, &state), at("2026-11-24T00:00:00Z"));
    assert_eq!(drafted(&actions).ship_by, Some(at("2026-11-24T00:00:00Z")), "the warehouse is told the same");
}

#[test]
fn a_moment_that_the_marketplace_names_is_never_moved() {
    let shop = shop();
    let mut sale = order(Readiness::Ready);
    sale.ship_by = Some(at("2026-11-22T10:00:00Z"));
    let (state, actions) = shop.open(sale);
    assert_eq!(due(&shop, &state), at("2026-11-22T10:00:00Z"));
    assert_eq!(drafted(&actions).ship_by, Some(at("2026-11-22T10:00:00Z")));
}

#[test]
fn until_it_is_accepted_the_acceptance_is_due_and_then_the_despatch() {
    let shop = shop();
    let mut sale = order(Readiness::AwaitingAcceptance);
    sale.placed_at = at("2026-11-20T20:00:00Z");
    let (mut state, _) = shop.open(sale);
    // Four hours of Friday, four of Monday.
    assert_eq!(due(&shop, &state), at("2026-11-23T04:00:00Z"));
    let sentence = tell(&state, &shop.rules, at("2026-11-23T03:00:00Z"), 0).sentence;
    assert!(sentence.ends_with("Acceptance due in 1 h."), "{sentence}");

    shop.step(&mut state, done(OperationKind::AcceptOrder));
    assert_eq!(due(&shop, &state), at("2026-11-23T20:00:00Z"));
    let sentence = tell(&state, &shop.rules, at("2026-11-23T19:00:00Z"), 0).sentence;
    assert!(sentence.ends_with("Despatch due in 1 h."), "{sentence}");
}

#[test]
fn an_order_that_is_held_before_its_acceptance_shows_how_long_that_can_wait() {
    let mut shop = shop();
    shop.skus.remove("TEA");
    let (state, _) = shop.open(order(Readiness::AwaitingAcceptance));
    let told = tell(&state, &shop.rules, at("2026-11-23T15:30:00Z"), 0);
    assert_eq!(told.deadline, Some(at("2026-11-23T16:00:00Z")));
    assert!(told.sentence.contains("Merchandising owns this. Acceptance due in 30 m. Fix:"), "{}", told.sentence);
}

#[test]
fn no_acceptance_may_wait_longer_than_the_marketplace_waits_for_the_parcel() {
    let shop = shop();
    let mut sale = order(Readiness::AwaitingAcceptance);
    sale.ship_by = Some(at("2026-11-23T12:00:00Z"));
    let (state, _) = shop.open(sale);
    assert_eq!(due(&shop, &state), at("2026-11-23T12:00:00Z"));
}

#[test]
fn over_a_weekend_nothing_in_the_warehouse_is_late() {
    let mut shop = shop();
    let mut sale = order(Readiness::Ready);
    sale.placed_at = at("2026-11-20T10:00:00Z");
    let mut state = shop.in_warehouse(sale);
    shop.now = at("2026-11-22T12:00:00Z");
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::Recheck)), None);
    shop.now = at("2026-11-23T10:00:00Z");
    assert_eq!(cause(&shop.step(&mut state, OrderEvent::Recheck)), Some(Cause::Late));
}
