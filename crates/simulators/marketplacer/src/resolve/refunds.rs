//! Fields of refund requests (`contracts/marketplacer.md` §2.7).

use serde_json::json;

use crate::entity::Entity;
use crate::resolve::{Out, View, leaf};
use crate::shop::RefundLine;

/// The reasons that this marketplace allows.
pub(super) fn reasons(name: &str) -> Out {
    match name {
        "preDispatchRefundReasons" => leaf(vec!["Out of stock", "Changed mind", "Order by mistake"]),
        "postDispatchRefundReasons" => leaf(vec!["Faulty", "Not as described", "Changed mind"]),
        "denyRefundReasons" => leaf(vec!["Outside the return window", "Not returned", "Damaged by buyer"]),
        _ => Out::NULL,
    }
}

fn amount(line: &RefundLine) -> i64 {
    line.price.saturating_mul(line.quantity)
}

impl View<'_> {
    pub(super) fn refund_request(&self, id: u64, name: &str) -> Out {
        let Some(request) = self.shop.refunds.get(&id) else {
            return Out::NULL;
        };
        let total = || request.lines.iter().map(amount).sum::<i64>();
        match name {
            "status" => leaf(request.status),
            "initiatedBy" => leaf(request.initiated_by.as_str()),
            "invoice" => Out::entity(Entity::Invoice(request.invoice)),
            "lineItems" => Out::entities(request.lines.iter().map(|line| Entity::RefundLine(line.id))),
            "notes" => {
                let notes = (0_u32..).zip(&request.notes);
                Out::entities(notes.map(|(index, _)| Entity::RefundNote(id, index)))
            }
            "createdAt" => self.moment(request.created),
            "updatedAt" => self.moment(request.updated),
            "refundedAt" => self.moment_or_null(request.refunded),
            "totalCents" => leaf(total()),
            "refundAmountCents" | "cashAmountCents" if request.refunded.is_some() => leaf(total()),
            _ => Out::NULL,
        }
    }

    pub(super) fn refund_line(&self, id: u64, name: &str) -> Out {
        let Some((request, line)) = self.shop.refund_line(id) else {
            return Out::NULL;
        };
        match name {
            "lineItem" => Out::maybe(line.line.map(Entity::LineItem)),
            "quantity" => leaf(line.quantity),
            "dispatched" => leaf(line.dispatched),
            "reason" => Out::Leaf(json!(line.reason)),
            "description" => Out::Leaf(json!(line.description)),
            "denyRefundReason" => Out::Leaf(json!(line.deny_reason)),
            "status" => leaf(line.status),
            "onlyRemittance" => leaf(false),
            "notes" => Out::Many(Vec::new()),
            "refundRequest" => Out::entity(Entity::RefundRequest(request)),
            "amountCents" => leaf(amount(line)),
            "amountPerItemCents" => leaf(line.price),
            _ => Out::NULL,
        }
    }

    pub(super) fn refund_note(&self, id: u64, index: u32, name: &str) -> Out {
        let note = self.shop.refunds.get(&id).and_then(|request| {
            let index = usize::try_from(index).ok()?;
            request.notes.get(index)
        });
        let Some((text, status, at)) = note else {
            return Out::NULL;
        };
        match name {
            "note" => Out::Leaf(json!(text)),
            "timestamp" => self.moment(*at),
            "newStatus" => leaf(*status),
            "refundRequest" => Out::entity(Entity::RefundRequest(id)),
            _ => Out::NULL,
        }
    }
}
