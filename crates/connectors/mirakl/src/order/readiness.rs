//! What may be done with an order now (`contracts/john-lewis.md §2.3`).

use crossdock_model::Readiness;
use jiff::{SignedDuration, Timestamp};

use super::Shop;
use super::line::Trouble;
use crate::document::Doc;
use crate::state::OrderPhase;
use crate::verdict::short;

/// How long an operator that accepts on its own may take for it. An order that waits longer waits for the seller after
/// all: nobody else would tell, and in the end it is refused.
const AUTOMATIC_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// What the order's state, lines and switches allow.
pub(super) fn readiness(
    doc: Doc<'_>,
    phase: OrderPhase,
    placed_at: Timestamp,
    trouble: Option<&Trouble>,
    shop: Shop<'_>,
) -> Readiness {
    let state = doc.word("order_state");
    if matches!(phase, OrderPhase::WaitingAcceptance | OrderPhase::Shipping)
        && let Some(centre) = elsewhere(doc, shop)
    {
        return Readiness::NotYet(short(&format!("{state}, for fulfilment centre {centre} to ship")));
    }
    match phase {
        OrderPhase::WaitingAcceptance => {
            let overdue = shop.now.duration_since(placed_at) > AUTOMATIC_WITHIN;
            if shop.accepts_automatically && !overdue {
                Readiness::NotYet(state)
            } else {
                Readiness::AwaitingAcceptance
            }
        }
        OrderPhase::Staging | OrderPhase::WaitingDebit => Readiness::NotYet(state),
        OrderPhase::Shipping => shipping(doc, &state, trouble),
        OrderPhase::Shipped => Readiness::Fulfilled,
        OrderPhase::Cancelled => Readiness::Cancelled,
        OrderPhase::Unknown => Readiness::Unknown(state),
    }
}

/// An order in SHIPPING is to be shipped unless something speaks against it. Words that follow the state name what a person
/// has to look at; they are the same for all orders with that trouble, so that these are shown together.
fn shipping(doc: Doc<'_>, state: &str, trouble: Option<&Trouble>) -> Readiness {
    let held = |why: &str| Readiness::Unknown(format!("{state}, {why}"));
    let wait = |why: &str| Readiness::NotYet(format!("{state}, {why}"));
    // Goods that were paid back in full must not leave because a word of state lags behind.
    if doc.flag("fully_refunded") == Some(true) {
        return wait("but refunded in full");
    }
    if doc.flag("can_shop_ship") == Some(false) {
        return wait("but the shop may not ship it");
    }
    match trouble {
        None => Readiness::Ready,
        Some(Trouble::UnknownState(word)) => Readiness::Unknown(word.clone()),
        Some(Trouble::Refund) => held("with a refund"),
        Some(Trouble::VagueShipment) => held("with a shipment that does not say what it holds"),
        Some(Trouble::PartlyCancelled) => held("partly cancelled"),
        Some(Trouble::AllInShipments) => wait("all of it in shipments"),
    }
}

/// The order's fulfilment centre, where it is not one of the seller's.
fn elsewhere(doc: Doc<'_>, shop: Shop<'_>) -> Option<String> {
    let centre = doc.at("fulfillment").at("center").filled("code")?;
    let own = shop.centres.is_empty() || shop.centres.iter().any(|own| own.trim() == centre.trim());
    (!own).then_some(centre)
}
