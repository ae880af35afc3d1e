//! Marketplacer's invoice: one seller's part of an order, and therefore the unit that a warehouse fulfils
//! (`contracts/marketplacer.md §0`).
//!
//! Turns one invoice document into the hub's order. Must not know how it was fetched.

mod cancellations;
mod lines;
mod readiness;
mod translate;
mod wire;

use bytes::Bytes;
use crossdock_connector::Observation;
use serde_json::Value;

use crate::answer::cut;

/// Observes one invoice document: an order, or an unreadable document that is kept as it is. `harmless`: see
/// [`Config::harmless_flags`](crate::Config::harmless_flags).
pub(crate) fn observe(document: &Value, harmless: &[String], observations: &mut Vec<Observation>) {
    let raw = Bytes::from(document.to_string());
    let read = serde_json::from_value::<wire::Invoice>(document.clone())
        .map_err(|error| error.to_string())
        .and_then(|invoice| translate::order(&invoice, harmless));
    match read {
        Ok((order, drifts)) => {
            let name = order.number.clone();
            observations.push(Observation::Order { order: Box::new(order), raw });
            observations.extend(drifts.into_iter().map(|text| Observation::Drift(format!("invoice {name}: {text}"))));
        }
        Err(reason) => {
            let id = document.get("id").and_then(Value::as_str).map(str::to_owned);
            observations.push(Observation::Unreadable { id, reason: cut(&reason), raw });
        }
    }
}
