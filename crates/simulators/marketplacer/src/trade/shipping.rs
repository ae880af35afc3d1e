//! Parcels that a seller records, and goods that are handed over at the counter (`contracts/marketplacer.md` §3.4).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use sim_core::{EffectLog, effect_log::kind};

use super::Invalid;
use crate::entity::Entity;
use crate::options::Options;
use crate::refunds;
use crate::shop::{Delivery, Flag, Invoice, Shipment, Shop, next_id};
use crate::time;

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
    /// When it left, as far as that was said.
    pub(crate) dispatched: Timestamp,
    /// The day on which it left, as it was written: the field is a date (`contracts/marketplacer.md` §3.4).
    pub(crate) day: Date,
    /// Line and quantity.
    pub(crate) items: Vec<(u64, i64)>,
}

/// Records a shipment; the messages are those of `contracts/marketplacer.md` §3.4 where it has them.
pub(crate) fn ship(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    options: &Options,
    new: NewShipment,
) -> Result<u64, Invalid> {
    let shipment = next_id(&shop.shipments, 9_001);
    let seen = shop.invoices.get(&new.invoice).ok_or_else(|| Invalid::new("invoice", "Invoice must exist"))?;
    let requested: BTreeMap<u64, i64> =
        seen.lines.iter().map(|line| (line.id, refunds::requested(shop, seen, line.id, false))).collect();
    check_shipment(options, seen, &requested, &new)?;
    let disputed: Vec<Value> = new
        .items
        .iter()
        .filter_map(|(id, quantity)| {
            let line = seen.lines.iter().find(|line| line.id == *id)?;
            let free = line.awaiting() - requested.get(id).copied().unwrap_or(0);
            (*quantity > free).then(|| line.json(quantity - free.max(0)))
        })
        .collect();
    if !disputed.is_empty() {
        // It may be sent, but somebody wanted it cancelled: a client that looked would not have.
        let data = json!({ "tracking": new.tracking, "lines": disputed });
        effects.push(at, "sent_while_cancellation_requested", new.invoice.to_string(), data);
    }
    let invoice = shop.invoices.get_mut(&new.invoice).ok_or_else(|| Invalid::new("invoice", "Invoice must exist"))?;
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

fn check_shipment(
    options: &Options,
    invoice: &Invoice,
    requested: &BTreeMap<u64, i64>,
    new: &NewShipment,
) -> Result<(), Invalid> {
    // Two days are compared: the one that was written, and the one on which the instance's own calendar has the order.
    if new.day < time::day(invoice.created, &options.zone) {
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
        let withheld = if options.awaiting_leaves_out_requests { requested.get(id).copied().unwrap_or(0) } else { 0 };
        if total > line.awaiting() - withheld {
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

/// `clickAndCollectStatusUpdate`, and `PUT …/ready` and `…/collected`: goods wait at the counter, then the buyer takes them
/// (`contracts/marketplacer.md` §3.4, §4.1).
pub(crate) fn hand_over(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    id: u64,
    collected: bool,
) -> Result<(), Invalid> {
    let invoice = shop.invoices.get_mut(&id).ok_or_else(|| Invalid::new("invoice", "Invoice must exist"))?;
    if invoice.delivery != Delivery::ClickAndCollect || invoice.paid.is_none() {
        return Err(Invalid::new("status", "Invoice is not to be collected"));
    }
    let flag = if collected { Flag::Collected } else { Flag::Ready };
    if collected && !invoice.flags.contains(&Flag::Ready) {
        return Err(Invalid::new("status", "Invoice is not ready to be collected"));
    }
    if !invoice.flags.insert(flag) {
        return Err(Invalid::new("status", format!("Invoice is already {}", flag.name().to_lowercase())));
    }
    if collected {
        for line in &mut invoice.lines {
            line.sent += line.awaiting();
        }
    }
    effects.push(at, if collected { "collected" } else { "ready_for_collection" }, id.to_string(), json!({}));
    shop.touch_invoice(id, at);
    Ok(())
}
