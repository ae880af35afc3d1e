//! Units that somebody asked to cancel and that nobody has decided on yet (`contracts/marketplacer.md §2.7`, `§3.7`, `§5.3`).
//!
//! A line may only be picked as far as it awaits dispatch and no cancellation is open for it (`§5.1`). Must not know what the
//! status flags say.

use std::collections::BTreeMap;

use super::wire;

/// Requests that are decided against the buyer: nothing is withdrawn by them.
const DENIED: [&str; 2] = ["DENIED", "REFUND_DENIED"];
/// Requests and lines that are decided for the buyer: the units are gone from the line for good.
const REFUNDED: &str = "REFUNDED";

/// What the refund requests of an invoice say about goods that were not sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cancellations {
    /// Units per line id that somebody wants to cancel. A state that this version does not know counts as open.
    open: BTreeMap<String, i64>,
    /// Units per line id whose cancellation is settled.
    settled: BTreeMap<String, i64>,
    /// Whether a request, or a part of one, could not be seen: then nobody can say what is under cancellation.
    pub(super) hidden: bool,
}

impl Cancellations {
    /// Reads the requests of an invoice.
    pub(super) fn read(invoice: &wire::Invoice) -> Self {
        let mut found = Self::default();
        let Some(requests) = &invoice.refund_requests else {
            found.hidden = true;
            return found;
        };
        for request in requests {
            match request {
                Some(request) => found.take(request),
                None => found.hidden = true,
            }
        }
        found
    }

    fn take(&mut self, request: &wire::RefundRequest) {
        let state = request.status.as_deref().unwrap_or("");
        if DENIED.contains(&state) {
            return;
        }
        let Some(lines) = &request.line_items else {
            self.hidden = true;
            return;
        };
        for line in lines {
            let Some(line) = line else {
                self.hidden = true;
                continue;
            };
            // A return takes nothing off what awaits dispatch. Requests from before 2022 may not say which they are (`§3.7`);
            // the careful reading is a cancellation.
            let own = line.status.as_deref().unwrap_or("");
            if line.dispatched == Some(true) || DENIED.contains(&own) {
                continue;
            }
            // No line: an amount of its own, such as postage.
            let Some(id) = line.line_item.as_ref().and_then(|line| line.id.clone()) else {
                continue;
            };
            let Some(units) = line.quantity else {
                self.hidden = true;
                continue;
            };
            let settled = state == REFUNDED || own == REFUNDED;
            let sum = if settled { &mut self.settled } else { &mut self.open }.entry(id).or_default();
            *sum = sum.saturating_add(units.max(0));
        }
    }

    /// Units of a line that are under an open request.
    pub(super) fn requested(&self, line: &str) -> i64 {
        self.open.get(line).copied().unwrap_or(0)
    }

    /// Units of a line whose cancellation is settled.
    pub(super) fn settled(&self, line: &str) -> i64 {
        self.settled.get(line).copied().unwrap_or(0)
    }

    /// What may be picked of `awaiting` units. `left` is what remains of the line by our own count, where its shipments can be
    /// seen: ordered, less sent, less settled cancellations.
    ///
    /// Whether `quantityAwaitingDispatch` already leaves out units under an open request is not documented. If it agrees with
    /// our own count less the request, it does; in every other case the request is taken off.
    pub(super) fn free(&self, line: &str, awaiting: i64, left: Option<i64>) -> i64 {
        let requested = self.requested(line);
        if requested > 0 && left.is_some_and(|left| left.saturating_sub(requested) == awaiting) {
            return awaiting;
        }
        awaiting.saturating_sub(requested).max(0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(requests: &Value) -> Cancellations {
        Cancellations::read(&serde_json::from_value(json!({ "refundRequests": requests })).unwrap())
    }

    fn one(status: &str, line: &Value) -> Cancellations {
        read(&json!([{ "status": status, "lineItems": [line] }]))
    }

    fn line(status: &str, dispatched: Option<bool>, quantity: i64) -> Value {
        json!({ "status": status, "dispatched": dispatched, "quantity": quantity, "lineItem": { "id": "L" } })
    }

    #[test]
    fn a_request_counts_until_it_is_decided() {
        for (request, own, open, settled) in [
            ("AWAITING", "AWAITING_RETURN", 2, 0),
            ("AWAITING", "PENDING_APPROVAL", 2, 0),
            ("RETURNED", "AWAITING_RETURN", 2, 0),
            ("PROCESSED", "REFUND_ACCEPTED", 2, 0),
            ("SOMETHING_NEW", "SOMETHING_NEW", 2, 0),
            ("PROCESSED", "REFUND_DENIED", 0, 0),
            ("DENIED", "REFUND_DENIED", 0, 0),
            ("DENIED", "AWAITING_RETURN", 0, 0),
            ("REFUNDED", "REFUNDED", 0, 2),
            ("REFUNDED", "REFUND_DENIED", 0, 0),
        ] {
            let found = one(request, &line(own, Some(false), 2));
            assert_eq!((found.requested("L"), found.settled("L")), (open, settled), "{request} {own}");
            assert!(!found.hidden);
        }
    }

    #[test]
    fn a_return_takes_nothing_off_and_a_request_that_does_not_say_does() {
        assert_eq!(one("AWAITING", &line("AWAITING_RETURN", Some(true), 2)).requested("L"), 0);
        assert_eq!(one("AWAITING", &line("AWAITING_RETURN", None, 2)).requested("L"), 2);
    }

    #[test]
    fn what_cannot_be_seen_is_said() {
        let unclear = json!({ "status": "AWAITING", "dispatched": false, "lineItem": { "id": "L" } });
        for requests in [
            Value::Null,
            json!([null]),
            json!([{ "status": "AWAITING", "lineItems": null }]),
            json!([{ "status": "AWAITING", "lineItems": [null] }]),
            json!([{ "status": "AWAITING", "lineItems": [unclear] }]),
        ] {
            assert!(read(&requests).hidden, "{requests}");
        }
        let postage = json!({ "status": "AWAITING_RETURN", "dispatched": false, "quantity": 1, "lineItem": null });
        assert!(!one("AWAITING", &postage).hidden, "a custom amount belongs to no line");
        assert!(!read(&json!([])).hidden);
    }

    #[test]
    fn a_figure_that_already_leaves_the_request_out_is_not_lowered_twice() {
        let found = one("AWAITING", &line("AWAITING_RETURN", Some(false), 1));
        assert_eq!(found.free("L", 3, Some(3)), 2, "the remote still counts it");
        assert_eq!(found.free("L", 2, Some(3)), 2, "the remote has taken it off");
        assert_eq!(found.free("L", 3, None), 2, "shipments of unknown content: the careful reading");
        assert_eq!(found.free("L", 0, Some(3)), 0);
        assert_eq!(found.free("other", 3, Some(3)), 3);
    }
}
