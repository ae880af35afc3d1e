//! From Marketplacer's invoice to the hub's order.
//!
//! No money is read: the `*Cents` fields are being withdrawn, and no order may depend on them
//! (`contracts/marketplacer.md §1`).

use std::collections::BTreeMap;

use crossdock_model::{
    Address, ChannelOrder, ChannelShipment, Contact, Delivery, OrderLine, Private, Readiness, ShippedLine,
};

use super::readiness::{self, Facts};
use super::wire;
use crate::answer::cut;
use crate::ids;
use crate::wire::moment;

/// `LineItemStatusFullEnum` (`contracts/marketplacer.md §2.3`).
const LINE_STATES: [&str; 5] = ["NEW", "ALLOCATED", "SHIPPED", "REFUNDED", "CANCELLED"];

/// The order and what is odd about it, or why there is no order.
pub(super) fn order(invoice: &wire::Invoice) -> Result<(ChannelOrder, Vec<String>), String> {
    let mut drifts = Vec::new();
    let id = invoice.id.clone().filter(|id| !id.is_empty()).ok_or("the invoice has no id")?;
    let number = invoice.legacy_id.clone().or_else(|| ids::number_of(&id)).unwrap_or_else(|| id.clone());
    let shipments = shipments(invoice, &mut drifts);
    let (lines, line_missing) = lines(invoice, &shipments, &mut drifts)?;

    let flags: Option<Vec<String>> = invoice.status_flags.as_ref().map(|flags| {
        flags.iter().flatten().map(|flag| flag.as_str().map_or_else(|| cut(&flag.to_string()), cut)).collect()
    });
    for flag in flags.as_deref().map(readiness::unknown).unwrap_or_default() {
        drifts.push(format!("unknown status flag {flag}"));
    }
    let delivery_word = cut(invoice.delivery_type.as_deref().unwrap_or("missing"));
    let delivery = readiness::delivery(&delivery_word);
    if delivery.is_none() {
        drifts.push(format!("unknown delivery type {delivery_word}"));
    }

    let something_open = lines.iter().any(|line| line.open > 0);
    let withdrawn = |line: &wire::LineItem| matches!(line.status_full.as_deref(), Some("CANCELLED" | "REFUNDED"));
    let seen = || invoice.line_items.iter().flatten().flatten();
    let readiness = readiness::decide(&Facts {
        flags: flags.as_deref(),
        paid: invoice.paid_at.as_deref().is_some_and(|at| !at.is_empty()),
        delivery: (&delivery_word, delivery),
        something_open,
        all_withdrawn: seen().next().is_some() && seen().all(withdrawn),
        line_missing,
    });
    if readiness == Readiness::Cancelled && something_open && lines.iter().any(|line| line.cancelled) {
        drifts
            .push("only some lines are cancelled, but the invoice is flagged CANCELLED: check what is left".to_owned());
    }

    let updated_at = moment(invoice.updated_at.as_deref());
    let placed_at = moment(invoice.created_at.as_deref())
        .or_else(|| moment(invoice.paid_at.as_deref()))
        .or(updated_at)
        .ok_or("the invoice has no usable time")?;
    let order = ChannelOrder {
        id,
        number,
        aliases: Vec::new(),
        readiness,
        remote_state: flags.unwrap_or_default().join(", "),
        placed_at,
        updated_at: updated_at.unwrap_or(placed_at),
        ship_by: None,
        delivery: delivery.unwrap_or(Delivery::Ship),
        service: invoice.shipping_description.clone().unwrap_or_default(),
        message: private(invoice.buyer_message_to_seller.as_ref()),
        contact: Contact {
            name: Private::new(buyer_name(invoice)),
            email: private(invoice.buyer_email_address.as_ref()),
            phone: private(invoice.buyer_phone.as_ref()),
        },
        ship_to: address(invoice),
        total: None,
        shipping: None,
        lines,
        shipments,
    };
    Ok((order, drifts))
}

fn lines(
    invoice: &wire::Invoice,
    shipments: &[ChannelShipment],
    drifts: &mut Vec<String>,
) -> Result<(Vec<OrderLine>, bool), String> {
    let items = invoice.line_items.as_ref().ok_or("the invoice has no list of lines")?;
    let mut shipped: BTreeMap<&str, i64> = BTreeMap::new();
    for line in shipments.iter().flat_map(|shipment| &shipment.lines) {
        let sum = shipped.entry(&line.line_id).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    // Without its content a shipment may hold anything: then nothing is taken to be open.
    let content_hidden = shipments.iter().any(|shipment| shipment.lines.is_empty());
    let mut lines = Vec::new();
    let mut missing = false;
    for item in items {
        let Some(item) = item else {
            missing = true;
            drifts.push("a line came back empty".to_owned());
            continue;
        };
        let id = item.id.clone().filter(|id| !id.is_empty()).ok_or("a line has no id")?;
        let quantity = item.quantity.ok_or_else(|| format!("line {} has no quantity", cut(&id)))?;
        let state = item.status_full.as_deref();
        if let Some(state) = state.filter(|state| !LINE_STATES.contains(state)) {
            drifts.push(format!("unknown line state {}", cut(state)));
        }
        let sent = shipped.get(id.as_str()).copied().unwrap_or(0);
        let cancelled = state == Some("CANCELLED") || (state == Some("REFUNDED") && sent == 0 && !content_hidden);
        let open = match item.quantity_awaiting_dispatch {
            _ if cancelled => 0,
            Some(open) => open.max(0),
            None if content_hidden || matches!(state, Some("SHIPPED" | "REFUNDED")) => 0,
            None => quantity.saturating_sub(sent).max(0),
        };
        lines.push(OrderLine {
            sku: item.variant_sku.clone().filter(|sku| !sku.is_empty()),
            barcode: item.variant_barcode.clone().filter(|barcode| !barcode.is_empty()),
            title: title(item),
            id,
            quantity,
            open,
            unit_price: None,
            cancelled,
        });
    }
    Ok((lines, missing))
}

fn shipments(invoice: &wire::Invoice, drifts: &mut Vec<String>) -> Vec<ChannelShipment> {
    let mut shipments = Vec::new();
    for shipment in invoice.shipments.iter().flatten().flatten() {
        let items = shipment.shipped_items.as_deref().unwrap_or_default();
        let mut lines: Vec<ShippedLine> = items
            .iter()
            .flatten()
            .filter_map(|item| {
                let line_id = item.line_item.as_ref()?.id.clone()?;
                Some(ShippedLine { line_id, quantity: item.quantity? })
            })
            .collect();
        if lines.is_empty() || lines.len() != items.len() {
            lines.clear();
            drifts.push("a shipment does not say what is in it".to_owned());
        }
        shipments.push(ChannelShipment {
            id: shipment.id.clone().unwrap_or_default(),
            carrier: shipment.carrier.clone().unwrap_or_default(),
            tracking: shipment.tracking_number.clone().unwrap_or_default(),
            package: None,
            shipped: true,
            lines,
        });
    }
    shipments
}

fn title(item: &wire::LineItem) -> String {
    let part = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    match (part(&item.advert_title), part(&item.variant_name)) {
        (Some(advert), Some(variant)) if advert != variant => format!("{advert} ({variant})"),
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => String::new(),
    }
}

/// The buyer is also the recipient: an invoice names nobody else (`contracts/marketplacer.md §2.2`).
fn buyer_name(invoice: &wire::Invoice) -> String {
    let parts = [&invoice.buyer_first_name, &invoice.buyer_surname];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

fn address(invoice: &wire::Invoice) -> Address {
    let Some(given) = &invoice.shipping_address else {
        return Address { recipient: Private::new(buyer_name(invoice)), ..Address::default() };
    };
    let state = given.state.as_ref();
    let country = given.country.as_ref();
    Address {
        recipient: Private::new(buyer_name(invoice)),
        company: Private::default(),
        line1: private(given.address.as_ref()),
        line2: private(given.subaddress.as_ref()),
        city: private(given.city.as_ref()),
        region: private(state.and_then(|state| state.name.as_ref().or(state.short.as_ref()))),
        postcode: private(given.postcode.as_ref()),
        country_code: country.and_then(|country| country.code.clone()).unwrap_or_default(),
        country: country.and_then(|country| country.name.clone()).unwrap_or_default(),
    }
}

fn private(text: Option<&String>) -> Private<String> {
    Private::new(text.cloned().unwrap_or_default())
}
