//! The changes that this connector makes, one file each, and what they share.

pub(crate) mod despatch;
mod hooks;
mod shipments;
pub(crate) mod stock;
mod stock_graphql;
mod stock_rest;
pub(crate) mod watch;

use crossdock_connector::{Outcome, RejectCode, Rejection, Step};

/// The same outcome for every step: the reply was about the call as a whole.
fn all(steps: &[Step<'_>], outcome: &Outcome) -> Vec<Outcome> {
    vec![outcome.clone(); steps.len()]
}

/// A refusal on our side: it cannot be said in Marketplacer's language.
fn cannot(text: impl Into<String>) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, text)
}

/// Why an operation of a foreign kind is refused.
pub(crate) fn unsupported(step: &Step<'_>) -> Rejection {
    cannot(format!("Marketplacer has no call for `{}`", step.operation.kind().as_str()))
}
