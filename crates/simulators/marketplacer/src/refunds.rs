//! Refund requests as far as a seller drives them, and the operator's part that happens by itself
//! (`contracts/marketplacer.md` §3.7, §5.3).

use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::{EffectLog, effect_log::kind};

use crate::entity::Entity;
use crate::options::Options;
use crate::shop::{Flag, Invoice, RefundLine, RefundRequest, Shop, Task, next_id};
use crate::trade::{Invalid, settle_sent_flags};

/// One line of a new request.
pub(crate) struct NewRefundLine {
    pub(crate) line: Option<u64>,
    pub(crate) custom: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) dispatched: bool,
    pub(crate) amount: Option<i64>,
    pub(crate) status: &'static str,
}

/// A new request.
pub(crate) struct NewRefund {
    pub(crate) invoice: u64,
    pub(crate) initiated_by: String,
    pub(crate) notes: Vec<Option<String>>,
    pub(crate) lines: Vec<NewRefundLine>,
}

const LINE_STATES: [&str; 3] = ["PENDING_APPROVAL", "AWAITING_RETURN", "REFUND_ACCEPTED"];

/// The start state of a line, from its name.
pub(crate) fn start_state(name: Option<&str>) -> &'static str {
    LINE_STATES.into_iter().find(|state| Some(*state) == name).unwrap_or("AWAITING_RETURN")
}

/// Opens a request.
pub(crate) fn create(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    options: &Options,
    new: NewRefund,
) -> Result<u64, Invalid> {
    let id = next_id(&shop.refunds, 529);
    let mut lines = Vec::with_capacity(new.lines.len());
    let mut logged = Vec::with_capacity(new.lines.len());
    let mut cancelling = Vec::new();
    for (index, line) in (0_u64..).zip(&new.lines) {
        let price = check_line(shop, new.invoice, line)?;
        if let Some((_, sold)) = line.line.and_then(|line| shop.line(line)) {
            logged.push(sold.json(line.quantity));
            cancelling.extend((!line.dispatched).then(|| sold.json(line.quantity)));
        }
        lines.push(RefundLine {
            id: id * 100 + index,
            line: line.line,
            description: line.custom.clone(),
            reason: line.reason.clone(),
            deny_reason: None,
            quantity: line.quantity,
            dispatched: line.dispatched,
            price,
            status: line.status,
        });
    }
    if lines.is_empty() || lines.len() > 100 {
        return Err(Invalid::new("lineItems", "Line items must be 1 to 100"));
    }
    for (index, line) in lines.iter().enumerate() {
        shop.refund_lines.insert(line.id, (id, index));
        shop.announce("REFUND_REQUEST_LINE_ITEM", Entity::RefundLine(line.id), "create", at);
    }
    let data = json!({
        "invoice": new.invoice.to_string(), "lines": logged,
        "dispatched": lines.iter().any(|line| line.dispatched),
    });
    effects.push(at, "refund_requested", id.to_string(), data);
    if !cancelling.is_empty() {
        let data = json!({ "request": id.to_string(), "by": new.initiated_by, "lines": cancelling });
        effects.push(at, "cancellation_requested", new.invoice.to_string(), data);
    }
    shop.refunds.insert(
        id,
        RefundRequest {
            invoice: new.invoice,
            status: "AWAITING",
            initiated_by: new.initiated_by,
            lines,
            notes: new.notes.into_iter().map(|note| (note, "AWAITING", at)).collect(),
            created: at,
            updated: at,
            refunded: None,
        },
    );
    shop.announce("REFUND_REQUEST", Entity::RefundRequest(id), "create", at);
    if let Some(invoice) = shop.invoices.get_mut(&new.invoice) {
        invoice.refunds.push(id);
    }
    settle(shop, at, id, options);
    Ok(id)
}

/// The price of one, or why the line will not do.
fn check_line(shop: &Shop, invoice: u64, line: &NewRefundLine) -> Result<i64, Invalid> {
    if line.quantity <= 0 {
        return Err(Invalid::new("lineItems", "quantity must be greater than 0"));
    }
    let Some(id) = line.line else {
        let complete = line.custom.is_some() && line.amount.is_some_and(|amount| amount >= 0);
        return line
            .amount
            .filter(|_| complete)
            .ok_or_else(|| Invalid::new("lineItems", "either lineItemId or custom and amountPerItemCents are needed"));
    };
    let sold = shop.line(id).filter(|(owner, _)| owner.id == invoice);
    let Some((_, sold)) = sold else {
        let message = "line items must be part of the same invoice for which you are raising a refund request.";
        return Err(Invalid::new("lineItems", message));
    };
    // Open requests count, so that the same unit is not cancelled or returned twice.
    let most = if line.dispatched { sold.sent - sold.refunded } else { sold.awaiting() };
    let open = shop.invoices.get(&invoice).map_or(0, |invoice| requested(shop, invoice, id, line.dispatched));
    if line.quantity > most - open {
        return Err(Invalid::new("lineItems", "quantity exceeds what can be refunded"));
    }
    Ok(sold.price)
}

/// Units of a line under an open request: to be returned (`dispatched`), or to be cancelled.
pub(crate) fn requested(shop: &Shop, invoice: &Invoice, line: u64, dispatched: bool) -> i64 {
    let requests = invoice.refunds.iter().filter_map(|request| shop.refunds.get(request));
    let lines = requests.flat_map(|request| &request.lines);
    lines
        .filter(|other| other.line == Some(line) && other.dispatched == dispatched)
        .filter(|other| LINE_STATES.contains(&other.status))
        .map(|other| other.quantity)
        .sum()
}

/// Moves one line of a request. `None`: the line is not in one of the states `from`.
pub(crate) fn move_line(
    shop: &mut Shop,
    at: Timestamp,
    options: &Options,
    line: u64,
    to: &'static str,
    deny_reason: Option<String>,
) -> Result<(), Invalid> {
    let from: &[&str] = if to == "AWAITING_RETURN" { &LINE_STATES[..1] } else { &LINE_STATES[..2] };
    let place = shop.refund_lines.get(&line).copied();
    let found = place.and_then(|(request, index)| {
        let line = shop.refunds.get_mut(&request)?.lines.get_mut(index)?;
        Some((request, line))
    });
    let Some((request, found)) = found else {
        return Err(Invalid::new("refundRequestLineItemId", "must exist"));
    };
    if !from.contains(&found.status) {
        let message = format!("can not go from {} to {to}", found.status);
        return Err(Invalid::new("status", message));
    }
    found.status = to;
    found.deny_reason = deny_reason;
    shop.announce("REFUND_REQUEST_LINE_ITEM", Entity::RefundLine(line), "update", at);
    settle(shop, at, request, options);
    Ok(())
}

/// `refundRequestReturn` of the original flow.
pub(crate) fn mark_returned(
    shop: &mut Shop,
    at: Timestamp,
    options: &Options,
    id: u64,
    notes: Vec<Option<String>>,
) -> Result<(), Invalid> {
    let Some(request) = shop.refunds.get_mut(&id).filter(|request| request.status == "AWAITING") else {
        return Err(Invalid::new("status", "Can only mark an awaiting RefundRequest as returned"));
    };
    request.status = "RETURNED";
    request.notes.extend(notes.into_iter().map(|note| (note, "RETURNED", at)));
    settle(shop, at, id, options);
    Ok(())
}

/// Derives the request's state from its lines, and the invoice's flags from its requests.
fn settle(shop: &mut Shop, at: Timestamp, id: u64, options: &Options) {
    let Some(request) = shop.refunds.get_mut(&id) else {
        return;
    };
    if request.status == "AWAITING" {
        let open = |line: &RefundLine| LINE_STATES[..2].contains(&line.status);
        if request.lines.iter().all(|line| line.status == "REFUND_DENIED") {
            request.status = "DENIED";
        } else if !request.lines.iter().any(open) {
            // Accepted and denied lines together: not documented; the accepted ones go on.
            request.status = "PROCESSED";
        }
    }
    request.updated = at;
    let (invoice, settled) = (request.invoice, matches!(request.status, "PROCESSED" | "RETURNED"));
    if let (true, Some(delay)) = (settled, options.approval_delay) {
        shop.plan(at.saturating_add(delay).unwrap_or(at), Task::Approve(id));
    }
    shop.announce("REFUND_REQUEST", Entity::RefundRequest(id), "update", at);
    flag_invoice(shop, invoice);
    shop.touch_invoice(invoice, at);
}

fn flag_invoice(shop: &mut Shop, id: u64) {
    let Some(invoice) = shop.invoices.get_mut(&id) else {
        return;
    };
    let requests = || invoice.refunds.iter().filter_map(|request| shop.refunds.get(request));
    let waiting = requests().any(|request| request.status == "AWAITING");
    let accepted = requests().any(|request| matches!(request.status, "PROCESSED" | "RETURNED"));
    for (flag, wanted) in [(Flag::AwaitingReturn, waiting), (Flag::AwaitingRefund, accepted)] {
        if wanted {
            invoice.flags.insert(flag);
        } else {
            invoice.flags.remove(&flag);
        }
    }
}

/// The operator refunds what was accepted: sent goods become refunded, unsent goods cancelled.
pub(crate) fn approve(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    options: &Options,
    id: u64,
) -> Result<(), Invalid> {
    let Some(request) = shop.refunds.get_mut(&id).filter(|request| matches!(request.status, "PROCESSED" | "RETURNED"))
    else {
        let message = "Can only mark a returned or processed RefundRequest as refunded";
        return Err(Invalid::new("status", message));
    };
    request.status = "REFUNDED";
    request.refunded = Some(at);
    request.updated = at;
    let number = request.invoice;
    let mut refunded: Vec<Value> = Vec::new();
    let mut cancelled: Vec<Value> = Vec::new();
    if let Some(invoice) = shop.invoices.get_mut(&number) {
        for line in &mut request.lines {
            if line.status == "REFUND_DENIED" {
                continue;
            }
            line.status = "REFUNDED";
            let Some(sold) = invoice.lines.iter_mut().find(|sold| Some(sold.id) == line.line) else {
                continue;
            };
            refunded.push(sold.json(line.quantity));
            if line.dispatched {
                sold.refunded += line.quantity;
                invoice.flags.insert(Flag::Refunded);
            } else {
                let units = line.quantity.min(sold.awaiting());
                sold.cancelled += units;
                cancelled.extend((units > 0).then(|| sold.json(units)));
            }
        }
        let nothing_left = !cancelled.is_empty() && invoice.lines.iter().all(|line| line.cancelled == line.quantity);
        if nothing_left {
            invoice.flags.insert(Flag::Cancelled);
            effects.push(at, kind::ORDER_CANCELLED, number.to_string(), json!({ "by": "seller" }));
        } else if !cancelled.is_empty() {
            if options.flags_partial_cancellations {
                invoice.flags.insert(Flag::Cancelled);
            }
            settle_sent_flags(invoice);
            effects.push(at, "line_cancelled", number.to_string(), json!({ "by": "seller", "lines": cancelled }));
        }
    }
    let data = json!({ "invoice": number.to_string(), "lines": refunded });
    effects.push(at, "refunded", id.to_string(), data);
    flag_invoice(shop, number);
    shop.announce("REFUND_REQUEST", Entity::RefundRequest(id), "update", at);
    shop.touch_invoice(number, at);
    Ok(())
}

/// `refundRequestDeny`, which is the operator's: nothing is refunded, and what was to be cancelled is due again.
pub(crate) fn deny(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, id: u64) -> Result<(), Invalid> {
    let open = |request: &&mut RefundRequest| matches!(request.status, "AWAITING" | "RETURNED" | "PROCESSED");
    let Some(request) = shop.refunds.get_mut(&id).filter(open) else {
        return Err(Invalid::new("status", "Can only deny an open RefundRequest"));
    };
    request.status = "DENIED";
    request.updated = at;
    for line in &mut request.lines {
        line.status = "REFUND_DENIED";
    }
    let number = request.invoice;
    effects.push(at, "refund_denied", id.to_string(), json!({ "invoice": number.to_string() }));
    shop.announce("REFUND_REQUEST", Entity::RefundRequest(id), "update", at);
    flag_invoice(shop, number);
    shop.touch_invoice(number, at);
    Ok(())
}
