//! The questions that this connector answers, one file each.

pub(crate) mod carriers;
pub(crate) mod certain_orders;
pub(crate) mod health;
pub(crate) mod listings;
pub(crate) mod orders;
pub(crate) mod owner;

use crossdock_connector::{Failure, Observation, RejectCode, Rejection};

use crate::answer::Answer;

/// What went wrong for parts of an answer, each remark once.
fn drifts(answer: &Answer) -> impl Iterator<Item = Observation> {
    answer.remarks().into_iter().map(Observation::Drift)
}

/// A page of which nobody can say whether more follows. Taking it for the last one could lose documents in silence, so it is
/// read again.
fn broken_paging(what: &str) -> Failure {
    Failure::Retry(format!("{what}: the page information is missing or does not move on"))
}

/// A page token that this version did not write.
fn foreign_token(what: &str) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, format!("the page token of {what} was not written by this version"))
}
