//! What may be changed: accept an order, record a despatch (one or several shipments per order), publish stock.

pub(crate) mod accept;
pub(crate) mod mode;
pub(crate) mod multi;
pub(crate) mod single;
pub(crate) mod stock;
mod stock_file;
mod stock_report;

use bytes::Bytes;
use crossdock_connector::{Operation, Outcome, Reply, Shipment, Step};

use crate::request::cannot;
use crate::verdict::{Verdict, json};

/// The same outcome for every step.
pub(crate) fn all(steps: &[Step<'_>], outcome: &Outcome) -> Vec<Outcome> {
    vec![outcome.clone(); steps.len()]
}

/// The outcome of a step that does not belong where it is.
pub(crate) fn misplaced(step: &Step<'_>) -> Outcome {
    Outcome::Rejected(cannot(format!(
        "stage `{}` of {} is not one of this connector's",
        step.stage.as_str(),
        step.operation.kind().as_str()
    )))
}

/// The shipment of a step.
pub(crate) fn shipment<'a>(step: &Step<'a>) -> Option<&'a Shipment> {
    match step.operation {
        Operation::ConfirmDespatch(shipment) => Some(shipment),
        _ => None,
    }
}

/// Two tracking numbers mean the same parcel.
pub(crate) fn same_tracking(left: &str, right: &str) -> bool {
    !left.trim().is_empty() && left.trim().eq_ignore_ascii_case(right.trim())
}

/// Whether a write that answers without content has answered so. A web page or half a text at 2xx proves nothing.
pub(crate) fn answered_empty(reply: &Reply) -> Result<(), Outcome> {
    Verdict::of(reply).for_write()?;
    let body: &Bytes = reply.body();
    if reply.status() == 204 || body.iter().all(u8::is_ascii_whitespace) || json(reply).is_ok() {
        Ok(())
    } else {
        Err(Outcome::Unknown(format!("HTTP {} with an answer that is none: {}", reply.status(), reply.excerpt())))
    }
}
