//! A033, A038, B031: one true sentence at every stage.

use crossdock_connector::{OperationKind, RejectCode};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderState, Telling, tell};
use crossdock_model::Readiness;

use crate::support::{Shop, at, confirmed, done, left, order, refused};

fn told(shop: &Shop, state: &OrderState) -> Telling {
    tell(state, &shop.rules, at("2026-11-23T09:00:00Z"), 0)
}

#[test]
fn every_stage_has_its_sentence() {
    let shop = Shop::new();
    let sentence = |state: &OrderState| told(&shop, state).sentence;

    let (waiting, _) = shop.open(order(Readiness::NotYet("payment is pending".to_owned())));
    assert_eq!(
        sentence(&waiting),
        "Waiting for Marketplacer: payment is pending. The warehouse gets it as soon as it may be picked. \
         Despatch due in 23 h."
    );
    let (accepting, _) = shop.open(order(Readiness::AwaitingAcceptance));
    assert_eq!(sentence(&accepting), "Checked; the acceptance is on its way to Marketplacer. Acceptance due in 23 h.");
    let (mut state, _) = shop.open(order(Readiness::Ready));
    assert_eq!(sentence(&state), "On its way to the warehouse as MP-1001. Despatch due in 23 h.");
    shop.step(&mut state, done(OperationKind::CreateOrder));
    assert_eq!(
        sentence(&state),
        "In the warehouse as MP-1001, complete and released for picking. Despatch due in 23 h."
    );
    shop.step(&mut state, left("D1/T1", &[("l1", 1)]));
    assert_eq!(sentence(&state), "1 parcel left; the rest is still in the warehouse as MP-1001. Despatch due in 23 h.");
    shop.step(&mut state, left("D2/T2", &[("l2", 2)]));
    assert_eq!(
        sentence(&state),
        "Everything has left the warehouse; Marketplacer does not know every parcel yet. Despatch due in 23 h."
    );
    shop.step(&mut state, confirmed("D1/T1"));
    shop.step(&mut state, confirmed("D2/T2"));
    assert_eq!(sentence(&state), "Complete: 2 parcels left and Marketplacer was seen to know it.");
    let (cancelled, _) = shop.open(order(Readiness::Cancelled));
    assert_eq!(sentence(&cancelled), "Cancelled at Marketplacer before the warehouse had it.");
    let (elsewhere, _) = shop.open(order(Readiness::Fulfilled));
    assert_eq!(sentence(&elsewhere), "Fulfilled before the hub saw it; nothing is to be done.");
}

#[test]
fn a_held_order_says_what_who_by_when_and_how() {
    let mut shop = Shop::new();
    shop.skus.remove("TEA");
    let (state, _) = shop.open(order(Readiness::Ready));
    let told = told(&shop, &state);
    assert_eq!(
        told.sentence,
        "Held: line 2: SKU TEA has no warehouse item. Merchandising owns this. Despatch due in 23 h. \
         Fix: map the SKU to a warehouse item."
    );
    assert_eq!(told.words, "Held: unknown SKU");
    let waiting = |others| tell(&state, &shop.rules, shop.now, others).sentence;
    assert!(waiting(1).ends_with(" 1 other order waits on it."));
    assert!(waiting(14).ends_with(" 14 other orders wait on it."));
}

#[test]
fn whatever_holds_an_order_the_sentence_names_owner_and_fix() {
    let shop = Shop::new();
    for cause in Cause::ALL {
        let (mut state, _) = shop.open(order(Readiness::Ready));
        state.held = Some((*cause, String::new(), String::new()));
        let told = told(&shop, &state);
        let text = &told.sentence;
        assert!(text.starts_with("Held: ") && told.words.starts_with("Held: "), "{text}");
        assert!(text.contains(&format!("{} owns this.", cause.owner())), "{text}");
        assert!(text.contains("Fix: ") && text.ends_with('.') && !text.contains(".."), "{text}");
        assert!(text.contains(cause.title()), "without a detail the title speaks: {text}");
    }
}

#[test]
fn a_deadline_that_has_passed_is_said_to_be_late() {
    let shop = Shop::new();
    let (state, _) = shop.open(order(Readiness::Ready));
    let told = tell(&state, &shop.rules, at("2026-11-24T08:40:00Z"), 0);
    assert!(told.sentence.ends_with("Despatch 40 m late."), "{}", told.sentence);
    assert_eq!(told.deadline, Some(at("2026-11-24T08:00:00Z")));
}

#[test]
fn what_is_over_has_no_deadline() {
    let shop = Shop::new();
    for readiness in [Readiness::Cancelled, Readiness::Fulfilled] {
        let (state, _) = shop.open(order(readiness));
        assert_eq!(told(&shop, &state).deadline, None);
    }
}

#[test]
fn a_refusal_is_told_in_the_remotes_own_words() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::RefusedByRemote));
    assert_eq!(
        told(&shop, &state).sentence,
        "Held: the remote's own words. Warehouse owns this. Despatch due in 23 h. \
         Fix: mend what the text names, then replay the order."
    );
}
