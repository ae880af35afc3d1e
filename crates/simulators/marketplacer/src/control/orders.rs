//! What customers and the operator do with orders.

use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::world::{Customer, Defect};

use super::{Answer, lines, number};
use crate::entity::Entity;
use crate::refunds::{self, NewRefund, NewRefundLine};
use crate::shop::{Delivery, Line, Task};
use crate::trade::{self, Basket};
use crate::twin::{FIRST_INVOICE, MarketplacerTwin};

/// Ids of lines are a hundred times those of invoices and must fit GraphQL's 32-bit integers.
const LAST_NUMBER: u64 = 20_000_000;

/// A customer orders now. `{"lines":[{"sku":"CD-10000-NVY","quantity":2}],"postcode":"","under_review":true}`; `number`
/// (the invoice is 10,000 more), `postcode`, `under_review` and `delivery` (`BUY_ONLINE`, `CLICK_AND_COLLECT`, `NO_DISPATCH`)
/// may be left out: without `under_review` there is no review, with it the review ends by itself or by `clear`. Answers `{"legacyId":10501,"id":"SW52…"}`; refuses when the
/// published stock does not reach.
pub(super) fn place(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let wanted = lines(body)?;
    if wanted.is_empty() || wanted.len() > 100 {
        return Err("an order has 1 to 100 lines".to_owned());
    }
    let order = match body.get("number") {
        Some(_) => number(body, "number")?,
        None => twin.next_number,
    };
    if order > LAST_NUMBER {
        return Err(format!("`number` must be at most {LAST_NUMBER}"));
    }
    let id = FIRST_INVOICE + order;
    if twin.shop.invoices.contains_key(&id) {
        return Err(format!("invoice {id} exists"));
    }
    twin.next_number = twin.next_number.max(order + 1);
    let postcode = body.get("postcode").and_then(Value::as_str).unwrap_or("LS1 4AP");
    let under_review = body.get("under_review").and_then(Value::as_bool).unwrap_or(false);
    let delivery = match body.get("delivery").map(|name| name.as_str().and_then(Delivery::of_name)) {
        None => Delivery::BuyOnline,
        Some(Some(delivery)) => delivery,
        Some(None) => return Err("`delivery` must be BUY_ONLINE, CLICK_AND_COLLECT or NO_DISPATCH".to_owned()),
    };
    let unlisted = wanted.iter().any(|(sku, _)| twin.shop.variant_of_sku(sku).is_none());
    let defect = match (unlisted, postcode.is_empty()) {
        (true, _) => Some(Defect::UnknownSku),
        (_, true) => Some(Defect::NoPostcode),
        _ => None,
    };
    let (shortest, longest) = twin.options.review_minutes;
    let review = jiff::SignedDuration::from_mins(cx.rng.between(shortest, longest));
    let basket = Basket {
        id,
        buyer: customer(order, postcode),
        message: String::new(),
        lines: &wanted,
        delivery,
        defect,
        review: under_review.then_some(review),
    };
    let id = trade::place(&mut twin.shop, cx.effects, cx.now, basket).map_err(|refusal| refusal.message)?;
    Ok(json!({ "legacyId": id, "id": Entity::Invoice(id).gid() }))
}

fn customer(number: u64, postcode: &str) -> Customer {
    Customer {
        first_name: "Beatrix".to_owned(),
        last_name: "Quill".to_owned(),
        email: format!("buyer-{number:06}@relay.example"),
        phone: "07700 900123".to_owned(),
        line1: "12 Mill Lane".to_owned(),
        line2: String::new(),
        city: "Leeds".to_owned(),
        county: "West Yorkshire".to_owned(),
        postcode: postcode.to_owned(),
    }
}

/// The customer has moved: `{"legacyId":10501,"line1":"3 Wharf Lane","city":"Leeds","postcode":"LS1 4AP"}`; what is left out
/// stays.
pub(super) fn amend(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    let invoice = twin.shop.invoices.get_mut(&id).ok_or_else(|| format!("no invoice {id}"))?;
    let buyer = &mut invoice.buyer;
    for (name, slot) in [("line1", &mut buyer.line1), ("city", &mut buyer.city), ("postcode", &mut buyer.postcode)] {
        if let Some(text) = body.get(name).and_then(Value::as_str) {
            text.clone_into(slot);
        }
    }
    twin.shop.touch_invoice(id, cx.now);
    cx.effects.push(cx.now, "order_amended", id.to_string(), json!({}));
    Ok(json!({ "legacyId": id }))
}

/// The operator cancels what has not been sent: `{"legacyId":10501}` all of it, with `lines` a part; `"by":"buyer"` puts
/// another name into the log.
pub(super) fn cancel(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    let by = body.get("by").and_then(Value::as_str).unwrap_or("operator");
    let part = body.get("lines").map(|_| lines(body)).transpose()?;
    trade::cancel(&mut twin.shop, cx.effects, cx.now, &twin.options, id, part.as_deref(), by)
        .map_err(|refusal| refusal.message)?;
    Ok(json!({ "legacyId": id }))
}

/// The buyer asks to cancel what has not been sent, and nobody has decided yet: `{"legacyId":10501}` all of it, with `lines` a
/// part; `"by":"ADMIN"` for the operator. `deny` or (after the seller has accepted, or with `"accepted":true`) `approve`
/// decides. Answers `{"refundRequest":529}`.
pub(super) fn cancellation(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    let by = body.get("by").and_then(Value::as_str).unwrap_or("BUYER");
    let part = body.get("lines").map(|_| lines(body)).transpose()?;
    let invoice = twin.shop.invoices.get(&id).ok_or_else(|| format!("no invoice {id}"))?;
    let accepted = body.get("accepted").and_then(Value::as_bool).unwrap_or(false);
    let asked = |line: &Line| match &part {
        None => line.awaiting(),
        Some(part) => part.iter().filter(|(sku, _)| Some(sku) == line.sku.as_ref()).map(|(_, units)| *units).sum(),
    };
    let lines: Vec<NewRefundLine> = invoice
        .lines
        .iter()
        .map(|line| (line.id, asked(line)))
        .filter(|(_, units)| *units > 0)
        .map(|(line, quantity)| NewRefundLine {
            line: Some(line),
            custom: None,
            reason: Some("Changed mind".to_owned()),
            quantity,
            dispatched: false,
            amount: None,
            status: refunds::start_state(accepted.then_some("REFUND_ACCEPTED")),
        })
        .collect();
    let new = NewRefund { invoice: id, initiated_by: by.to_owned(), notes: Vec::new(), lines };
    let request = refunds::create(&mut twin.shop, cx.effects, cx.now, &twin.options, new);
    Ok(json!({ "refundRequest": request.map_err(|refusal| refusal.message)? }))
}

/// The operator settles a refund request at once: `{"refundRequest":529}`.
pub(super) fn approve(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "refundRequest")?;
    refunds::approve(&mut twin.shop, cx.effects, cx.now, &twin.options, id).map_err(|refusal| refusal.message)?;
    Ok(json!({ "refundRequest": id }))
}

/// The operator denies a refund request: `{"refundRequest":529}`. What was to be cancelled is due again.
pub(super) fn deny(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "refundRequest")?;
    refunds::deny(&mut twin.shop, cx.effects, cx.now, id).map_err(|refusal| refusal.message)?;
    Ok(json!({ "refundRequest": id }))
}

/// The operator pays the seller out for an invoice: `{"legacyId":10501}`.
pub(super) fn remit(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    trade::remit(&mut twin.shop, cx.effects, cx.now, id).map_err(|refusal| refusal.message)?;
    Ok(json!({ "legacyId": id }))
}

/// A payment review ends well at once: `{"legacyId":10501}`.
pub(super) fn clear(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    if !twin.shop.invoices.contains_key(&id) {
        return Err(format!("no invoice {id}"));
    }
    twin.shop.plan(cx.now, Task::ClearReview(id));
    Ok(json!({ "legacyId": id }))
}
