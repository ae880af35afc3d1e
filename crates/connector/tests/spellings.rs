//! The words that are stored: the same in a row's column and inside its document, and never another one.

use crossdock_connector::{OperationKind, RejectCode, Stage, WatchedEvent};
use serde::Serialize;

fn spelt<T: Serialize + Copy>(all: &[(T, &str)], as_str: impl Fn(T) -> &'static str) {
    for (word, spelling) in all {
        assert_eq!(as_str(*word), *spelling);
        assert_eq!(serde_json::to_value(word).unwrap(), *spelling);
    }
}

#[test]
fn operations_events_and_refusals_keep_their_spelling() {
    spelt(
        &[
            (OperationKind::AcceptOrder, "accept_order"),
            (OperationKind::CreateOrder, "create_order"),
            (OperationKind::ConfirmDespatch, "confirm_despatch"),
            (OperationKind::Watch, "watch"),
            (OperationKind::SetStock, "set_stock"),
        ],
        OperationKind::as_str,
    );
    spelt(
        &[
            (WatchedEvent::Availability, "availability"),
            (WatchedEvent::Despatch, "despatch"),
            (WatchedEvent::Order, "order"),
            (WatchedEvent::Listing, "listing"),
        ],
        WatchedEvent::as_str,
    );
    spelt(
        &[
            (RejectCode::CannotExpress, "cannot_express"),
            (RejectCode::RefusedByRemote, "refused_by_remote"),
            (RejectCode::NotFound, "not_found"),
            (RejectCode::WrongState, "wrong_state"),
            (RejectCode::Conflict, "conflict"),
            (RejectCode::Mismatch, "mismatch"),
        ],
        RejectCode::as_str,
    );
}

#[test]
fn a_stage_that_was_stored_is_the_one_named_in_code() {
    let stage = Stage::new("look-lines");
    let stored: Stage = serde_json::from_value(serde_json::to_value(&stage).unwrap()).unwrap();
    assert_eq!((stored.as_str(), &stored), ("look-lines", &Stage::stored("look-lines".to_owned())));
    assert_eq!(stored, stage);
}
