//! The rules of selling: placing, paying, shipping, stock (`contracts/marketplacer.md` §3.4, §3.5, §5.1). Both surfaces and
//! the control calls come through here, so that every change is logged and announced once.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::world::{Customer, Defect};
use sim_core::{EffectLog, Rng, effect_log::kind};

use crate::entity::Entity;
use crate::options::Options;
use crate::seed::{NewVariant, new_advert, new_variant};
use crate::shop::{Flag, Invoice, Line, Listing, Shipment, Shop, Task, next_id};
use crate::time;

/// A refusal of a write: the field and its message, as both surfaces show it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

impl Invalid {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// An order that a customer places.
pub(crate) struct Basket<'a> {
    /// The invoice's `legacyId`.
    pub(crate) id: u64,
    pub(crate) buyer: Customer,
    pub(crate) message: String,
    pub(crate) lines: &'a [(String, i64)],
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

/// Places an order if the published stock reaches. A SKU that is not listed is listed on the fly.
pub(crate) fn place(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    basket: Basket<'_>,
) -> Result<u64, Invalid> {
    let id = basket.id;
    let mut refused = None;
    for (sku, quantity) in basket.lines {
        let short = shop
            .variant_of_sku(sku)
            .and_then(|variant| shop.variants.get(&variant))
            .is_some_and(|variant| !variant.infinite && variant.count < *quantity);
        if short {
            let data = json!({ "sku": sku, "quantity": quantity });
            effects.push(at, kind::SALE_REFUSED, id.to_string(), data);
            refused = Some(Invalid::new("lineItems", format!("not enough stock of {sku}")));
        }
    }
    if let Some(refusal) = refused {
        return Err(refusal);
    }
    let mut lines = Vec::with_capacity(basket.lines.len());
    for (index, (sku, quantity)) in (0_u64..).zip(basket.lines) {
        lines.extend(sell(shop, at, id * 100 + index, sku, *quantity));
    }
    for (index, line) in lines.iter().enumerate() {
        shop.lines.insert(line.id, (id, index));
    }
    let placed = json!({
        "gid": Entity::Invoice(id).gid(),
        "ready_by_design": basket.defect.is_none(),
        "defect": basket.defect,
        "lines": lines.iter().map(|line| line.json(line.quantity)).collect::<Vec<Value>>(),
    });
    effects.push(at, kind::ORDER_PLACED, id.to_string(), placed);
    let paid = basket.review.is_none();
    let flag = if paid { Flag::Paid } else { Flag::PaymentUnderReview };
    shop.invoices.insert(
        id,
        Invoice {
            id,
            buyer: basket.buyer,
            message: basket.message,
            flags: [flag].into(),
            created: at,
            updated: at,
            paid: paid.then_some(at),
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
        None => effects.push(at, kind::ORDER_READY, id.to_string(), json!({})),
    }
    Ok(id)
}

/// Takes one line's goods off the published stock.
fn sell(shop: &mut Shop, at: Timestamp, line: u64, sku: &str, quantity: i64) -> Option<Line> {
    let id = shop.variant_of_sku(sku).unwrap_or_else(|| {
        let advert = new_advert(shop, &format!("Listed by hand: {sku}"), Listing::Published, at);
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
    effects.push(at, kind::ORDER_READY, id.to_string(), json!({}));
    shop.touch_invoice(id, at);
}

/// Cancels all that has not been sent.
pub(crate) fn cancel(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    id: u64,
    by: &str,
) -> Result<(), Invalid> {
    let invoice = shop.invoices.get_mut(&id).ok_or_else(|| Invalid::new("legacyId", format!("no invoice {id}")))?;
    if invoice.awaiting() == 0 {
        return Err(Invalid::new("legacyId", "nothing of it is awaiting dispatch"));
    }
    for line in &mut invoice.lines {
        line.cancelled += line.awaiting();
    }
    invoice.flags.insert(Flag::Cancelled);
    settle_sent_flags(invoice);
    effects.push(at, kind::ORDER_CANCELLED, id.to_string(), json!({ "by": by }));
    shop.touch_invoice(id, at);
    Ok(())
}

/// PARTIALLY_SENT gives way to SENT when nothing is left to dispatch.
pub(crate) fn settle_sent_flags(invoice: &mut Invoice) {
    if invoice.lines.iter().all(|line| line.sent == 0) {
        return;
    }
    if invoice.awaiting() == 0 {
        invoice.flags.remove(&Flag::PartiallySent);
        invoice.flags.insert(Flag::Sent);
    } else {
        invoice.flags.insert(Flag::PartiallySent);
    }
}

/// A parcel that a seller records.
pub(crate) struct NewShipment {
    pub(crate) invoice: u64,
    /// A name of the operator's list, or any text (REST).
    pub(crate) carrier: String,
    pub(crate) tracking: String,
    pub(crate) link: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) dispatched: Timestamp,
    /// Line and quantity.
    pub(crate) items: Vec<(u64, i64)>,
}

/// Records a shipment; the messages are those of `contracts/marketplacer.md` §3.4 where it has them.
pub(crate) fn ship(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, new: NewShipment) -> Result<u64, Invalid> {
    let shipment = next_id(&shop.shipments, 9_001);
    let invoice = shop.invoices.get_mut(&new.invoice).ok_or_else(|| Invalid::new("invoice", "Invoice must exist"))?;
    check_shipment(invoice, &new)?;
    let mut lines = Vec::with_capacity(new.items.len());
    for (id, quantity) in &new.items {
        if let Some(line) = invoice.lines.iter_mut().find(|line| line.id == *id) {
            line.sent += quantity;
            line.shipments.push(shipment);
            lines.push(line.json(*quantity));
        }
    }
    settle_sent_flags(invoice);
    invoice.shipments.push(shipment);
    let data = json!({
        "tracking": new.tracking, "carrier": new.carrier, "reference": new.note, "lines": lines,
        "shipment": Entity::Shipment(shipment).gid(),
    });
    effects.push(at, kind::SHIPPED, new.invoice.to_string(), data);
    shop.shipments.insert(
        shipment,
        Shipment {
            invoice: new.invoice,
            carrier: new.carrier,
            tracking: new.tracking,
            link: new.link,
            note: new.note,
            dispatched: new.dispatched,
            created: at,
            updated: at,
            items: new.items,
        },
    );
    shop.announce("SHIPMENT", Entity::Shipment(shipment), "create", at);
    shop.touch_invoice(new.invoice, at);
    Ok(shipment)
}

fn check_shipment(invoice: &Invoice, new: &NewShipment) -> Result<(), Invalid> {
    // `dispatchedAt` is a date in the schema, so the hour does not count.
    if time::day(new.dispatched) < time::day(invoice.created) {
        let message = "Dispatched at is before shipped items were ordered";
        return Err(Invalid::new("dispatchedAt", message));
    }
    if invoice.paid.is_none() {
        return Err(Invalid::new("invoice", "Invoice has not been paid"));
    }
    if new.items.is_empty() {
        return Err(Invalid::new("shippedItems", "Shipped items can't be blank"));
    }
    for (index, (id, quantity)) in new.items.iter().enumerate() {
        let Some(line) = invoice.lines.iter().find(|line| line.id == *id) else {
            return Err(Invalid::new("shippedItems", "Shipped items must belong to the invoice"));
        };
        if *quantity <= 0 {
            let message = "Shipped items quantity must be greater than 0";
            return Err(Invalid::new("shippedItems", message));
        }
        // A line may be named twice in one call; what counts is the sum so far.
        let so_far = new.items.iter().take(index + 1).filter(|(other, _)| other == id);
        let total = so_far.fold(0_i64, |sum, (_, quantity)| sum.saturating_add(*quantity));
        if total > line.awaiting() {
            let message = "Shipped items quantity exceeds the maximum number of undispatched items.";
            return Err(Invalid::new("shippedItems", message));
        }
    }
    Ok(())
}

/// What may be put right on a shipment afterwards.
#[derive(Default)]
pub(crate) struct ShipmentChange {
    pub(crate) carrier: Option<String>,
    pub(crate) tracking: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) dispatched: Option<Timestamp>,
}

/// Changes a shipment; quantities stay.
pub(crate) fn correct_shipment(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    id: u64,
    change: ShipmentChange,
) {
    let Some(shipment) = shop.shipments.get_mut(&id) else {
        return;
    };
    let tracked = change.carrier.is_some() || change.tracking.is_some();
    if let Some(carrier) = change.carrier {
        shipment.carrier = carrier;
    }
    if let Some(tracking) = change.tracking {
        shipment.tracking = tracking;
    }
    shipment.link = change.link.or_else(|| shipment.link.take());
    shipment.note = change.note.or_else(|| shipment.note.take());
    shipment.dispatched = change.dispatched.unwrap_or(shipment.dispatched);
    shipment.updated = at;
    if tracked {
        let data = json!({ "tracking": shipment.tracking, "carrier": shipment.carrier });
        effects.push(at, kind::TRACKING_SET, shipment.invoice.to_string(), data);
    }
    shop.announce("SHIPMENT", Entity::Shipment(id), "update", at);
}

/// What a stock call sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stock {
    Count(i64),
    Infinite,
}

/// Sets the published figure of a variant by the seller's call. `ignored`: it is accepted and nothing happens.
pub(crate) fn set_stock(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, id: u64, stock: Stock, ignored: bool) {
    let active = shop.active;
    let Some(variant) = shop.variants.get_mut(&id) else {
        return;
    };
    let gid = Entity::Variant(id).gid();
    let object = variant.sku.clone().unwrap_or_else(|| gid.clone());
    let data = match stock {
        Stock::Count(quantity) => json!({ "quantity": quantity, "variant": gid }),
        Stock::Infinite => json!({ "quantity": null, "infinite": true, "variant": gid }),
    };
    if ignored || !active {
        effects.push(at, "stock_ignored", object, data);
        return;
    }
    write_stock(variant, stock);
    effects.push(at, kind::STOCK_SET, object, data);
    shop.touch_variant(id, at);
}

/// A person changes the figure in the portal: no call of the seller's did it.
pub(crate) fn edit_stock(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    sku: &str,
    count: i64,
) -> Option<u64> {
    let id = shop.variant_of_sku(sku)?;
    write_stock(shop.variants.get_mut(&id)?, Stock::Count(count));
    effects.push(at, "stock_edited_by_person", sku, json!({ "quantity": count }));
    shop.touch_variant(id, at);
    Some(id)
}

fn write_stock(variant: &mut crate::shop::Variant, stock: Stock) {
    match stock {
        Stock::Count(count) => {
            variant.count = count;
            variant.infinite = false;
        }
        Stock::Infinite => variant.infinite = true,
    }
}

/// Changes a variant's codes and keeps the index by SKU right.
pub(crate) fn rename_variant(shop: &mut Shop, at: Timestamp, id: u64, sku: Option<String>, barcode: Option<String>) {
    let Some(variant) = shop.variants.get_mut(&id) else {
        return;
    };
    let same = |new: &Option<String>, old: &Option<String>| new.is_none() || new == old;
    if same(&sku, &variant.sku) && same(&barcode, &variant.barcode) {
        return;
    }
    variant.barcode = barcode.or_else(|| variant.barcode.take());
    if let Some(sku) = sku {
        if let Some(others) = variant.sku.as_ref().and_then(|old| shop.by_sku.get_mut(old)) {
            others.retain(|other| *other != id);
        }
        shop.by_sku.entry(sku.clone()).or_default().push(id);
        variant.sku = Some(sku);
    }
    shop.touch_variant(id, at);
}

/// Gives the variant of a SKU a new id, as an export and re-import of the catalogue can (`contracts/marketplacer.md` §2.5).
pub(crate) fn reimport(shop: &mut Shop, at: Timestamp, sku: &str) -> Option<(u64, u64)> {
    let old = shop.variant_of_sku(sku)?;
    let new = next_id(&shop.variants, 7_001);
    let variant = shop.variants.remove(&old)?;
    if let Some(advert) = shop.adverts.get_mut(&variant.advert) {
        advert.variants.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
    }
    if let Some(ids) = shop.by_sku.get_mut(sku) {
        ids.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
    }
    shop.variants.insert(new, variant);
    shop.touch_variant(new, at);
    Some((old, new))
}
