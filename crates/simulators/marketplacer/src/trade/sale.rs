//! Customers and the operator: orders, payment reviews, cancellations, payouts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::world::{Customer, Defect};
use sim_core::{EffectLog, Rng, effect_log::kind};

use super::{Invalid, settle_sent_flags};
use crate::entity::Entity;
use crate::options::Options;
use crate::seed::{NewVariant, new_advert, new_variant};
use crate::shop::{Delivery, Flag, Invoice, Line, Listing, OWN_SELLER, Shop, Task};

/// An order that a customer places.
pub(crate) struct Basket<'a> {
    /// The invoice's `legacyId`.
    pub(crate) id: u64,
    pub(crate) buyer: Customer,
    pub(crate) message: String,
    pub(crate) lines: &'a [(String, i64)],
    pub(crate) delivery: Delivery,
    pub(crate) defect: Option<Defect>,
    /// How long the payment review takes, if there is one.
    pub(crate) review: Option<SignedDuration>,
}

/// The review that fate has for an order: drawn from its own dice, so that control calls in between change nothing.
pub(crate) fn review_of(seed: u64, number: u64, options: &Options) -> Option<SignedDuration> {
    let mut rng = Rng::new(seed, &format!("marketplacer/review/{number}"));
    let (shortest, longest) = options.review_minutes;
    rng.chance(options.review_share).then(|| SignedDuration::from_secs(rng.between(shortest * 60, longest * 60)))
}

/// Places an order if the seller is on sale and the published stock reaches (`contracts/marketplacer.md` §3.5, §9). A SKU that
/// is not listed is listed on the fly.
pub(crate) fn place(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    basket: Basket<'_>,
) -> Result<u64, Invalid> {
    let id = basket.id;
    if let Some(refusal) = refusal(shop, effects, at, &basket) {
        return Err(refusal);
    }
    let mut lines = Vec::with_capacity(basket.lines.len());
    for (index, (sku, quantity)) in (0_u64..).zip(basket.lines) {
        lines.extend(sell(shop, at, id * 100 + index, sku, *quantity));
    }
    for (index, line) in lines.iter().enumerate() {
        shop.lines.insert(line.id, (id, index));
    }
    let to_be_sent = basket.delivery == Delivery::BuyOnline;
    let mut placed = json!({
        "gid": Entity::Invoice(id).gid(),
        "ready_by_design": basket.defect.is_none() && to_be_sent,
        "defect": basket.defect,
        "lines": lines.iter().map(|line| line.json(line.quantity)).collect::<Vec<Value>>(),
    });
    if !to_be_sent {
        placed["delivery"] = json!(basket.delivery.name());
    }
    effects.push(at, kind::ORDER_PLACED, id.to_string(), placed);
    let paid = basket.review.is_none();
    let flag = if paid { Flag::Paid } else { Flag::PaymentUnderReview };
    shop.invoices.insert(
        id,
        Invoice {
            id,
            seller: OWN_SELLER,
            delivery: basket.delivery,
            buyer: basket.buyer,
            message: basket.message,
            flags: [flag].into(),
            created: at,
            updated: at,
            paid: paid.then_some(at),
            remitted: None,
            lines,
            shipments: Vec::new(),
            refunds: Vec::new(),
        },
    );
    shop.by_created.insert((at, id));
    shop.by_updated.insert((at, id));
    shop.announce("INVOICE", Entity::Invoice(id), "create", at);
    match basket.review {
        Some(wait) => shop.plan(at.saturating_add(wait).unwrap_or(at), Task::ClearReview(id)),
        None if to_be_sent => effects.push(at, kind::ORDER_READY, id.to_string(), json!({})),
        None => {}
    }
    Ok(id)
}

/// Why an order cannot be placed; logged. What counts is the sum of each variant over the whole basket.
fn refusal(shop: &Shop, effects: &mut EffectLog, at: Timestamp, basket: &Basket<'_>) -> Option<Invalid> {
    let id = basket.id.to_string();
    if !shop.online || shop.prospective {
        effects.push(at, kind::SALE_REFUSED, id, json!({ "reason": "the seller is not on sale" }));
        return Some(Invalid::new("invoice", "the seller is not on sale"));
    }
    let mut wanted: BTreeMap<u64, i64> = BTreeMap::new();
    let mut refused = None;
    for (sku, quantity) in basket.lines {
        let Some(variant) = shop.variant_of_sku(sku) else {
            continue;
        };
        let sum = wanted.entry(variant).or_default();
        *sum = sum.saturating_add(*quantity);
        if shop.variants.get(&variant).is_some_and(|variant| !variant.infinite && variant.count < *sum) {
            let data = json!({ "sku": sku, "quantity": sum });
            effects.push(at, kind::SALE_REFUSED, id.clone(), data);
            refused = Some(Invalid::new("lineItems", format!("not enough stock of {sku}")));
        }
    }
    refused
}

/// Takes one line's goods off the published stock.
fn sell(shop: &mut Shop, at: Timestamp, line: u64, sku: &str, quantity: i64) -> Option<Line> {
    let id = shop.variant_of_sku(sku).unwrap_or_else(|| {
        let advert = new_advert(shop, &format!("Listed by hand: {sku}"), Listing::Published, OWN_SELLER, at);
        let new = NewVariant { sku: Some(sku), barcode: None, label: sku, price: 1_999, count: quantity };
        new_variant(shop, advert, &new, at)
    });
    let variant = shop.variants.get_mut(&id)?;
    if !variant.infinite {
        variant.count = (variant.count - quantity).max(0);
    }
    let title = shop.adverts.get(&variant.advert).map(|advert| advert.title.clone());
    let line = Line {
        id: line,
        variant: id,
        advert: variant.advert,
        sku: variant.sku.clone(),
        barcode: variant.barcode.clone(),
        name: variant.label.clone(),
        title: title.unwrap_or_default(),
        price: variant.price,
        quantity,
        sent: 0,
        cancelled: 0,
        refunded: 0,
        shipments: Vec::new(),
    };
    shop.touch_variant(id, at);
    Some(line)
}

/// Ends a payment review well: the invoice is paid and may be shipped.
pub(crate) fn clear_review(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, id: u64) {
    let Some(invoice) = shop.invoices.get_mut(&id) else {
        return;
    };
    if !invoice.flags.remove(&Flag::PaymentUnderReview) || invoice.flags.contains(&Flag::Cancelled) {
        return;
    }
    invoice.flags.insert(Flag::Paid);
    invoice.paid = Some(at);
    if invoice.delivery == Delivery::BuyOnline {
        effects.push(at, kind::ORDER_READY, id.to_string(), json!({}));
    }
    shop.touch_invoice(id, at);
}

/// Cancels what has not been sent: of certain SKUs so many units, or all of it. Flagged CANCELLED is an invoice of which nothing
/// is left to send; one that is cancelled in part only where the options say so (`contracts/marketplacer.md` §5.1: the flags
/// are a history).
pub(crate) fn cancel(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    options: &Options,
    id: u64,
    part: Option<&[(String, i64)]>,
    by: &str,
) -> Result<(), Invalid> {
    let invoice = shop.invoices.get_mut(&id).ok_or_else(|| Invalid::new("legacyId", format!("no invoice {id}")))?;
    let mut lines = Vec::new();
    for line in &mut invoice.lines {
        let asked = part.map_or(i64::MAX, |part| {
            part.iter().filter(|(sku, _)| Some(sku) == line.sku.as_ref()).map(|(_, units)| *units).sum()
        });
        let units = line.awaiting().min(asked);
        if units > 0 {
            line.cancelled += units;
            lines.push(line.json(units));
        }
    }
    if lines.is_empty() {
        return Err(Invalid::new("legacyId", "nothing of it is awaiting dispatch"));
    }
    let all = invoice.awaiting() == 0;
    if all || options.flags_partial_cancellations {
        invoice.flags.insert(Flag::Cancelled);
    }
    settle_sent_flags(invoice);
    if all {
        effects.push(at, kind::ORDER_CANCELLED, id.to_string(), json!({ "by": by }));
    } else {
        effects.push(at, "line_cancelled", id.to_string(), json!({ "by": by, "lines": lines }));
    }
    shop.touch_invoice(id, at);
    Ok(())
}

/// The operator pays the seller out.
pub(crate) fn remit(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, id: u64) -> Result<(), Invalid> {
    let paid = shop.invoices.get_mut(&id).filter(|invoice| invoice.paid.is_some());
    let invoice = paid.ok_or_else(|| Invalid::new("legacyId", format!("no paid invoice {id}")))?;
    invoice.flags.insert(Flag::Remitted);
    invoice.remitted = Some(at);
    effects.push(at, "remitted", id.to_string(), json!({}));
    shop.touch_invoice(id, at);
    Ok(())
}
