//! From Marketplacer's invoice to the hub's order.
//!
//! No money is read: the `*Cents` fields are being withdrawn, and no order may depend on them
//! (`contracts/marketplacer.md §1`).

use crossdock_model::{Address, ChannelOrder, ChannelShipment, Contact, Delivery, Private, ShippedLine};

use super::cancellations::Cancellations;
use super::readiness::{self, Facts};
use super::{lines, wire};
use crate::answer::cut;
use crate::ids;
use crate::wire::moment;

/// The order and what is odd about it, or why there is no order. `harmless` are flags that this marketplace sets beside the
/// documented ones and that hold nothing up.
pub(super) fn order(invoice: &wire::Invoice, harmless: &[String]) -> Result<(ChannelOrder, Vec<String>), String> {
    let mut drifts = Vec::new();
    let id = invoice.id.clone().filter(|id| !id.is_empty()).ok_or("the invoice has no id")?;
    let number = invoice.legacy_id.clone().or_else(|| ids::number_of(&id)).unwrap_or_else(|| id.clone());
    let shipments = shipments(invoice, &mut drifts);
    let cancellations = Cancellations::read(invoice);
    let found = lines::read(invoice, &shipments, &cancellations, &mut drifts)?;

    // A flag that came as null may have been any of them, so it counts as one that is not known.
    let flags: Option<Vec<String>> = invoice.status_flags.as_ref().map(|flags| {
        let word = |flag: &serde_json::Value| flag.as_str().map_or_else(|| cut(&flag.to_string()), cut);
        flags.iter().map(|flag| flag.as_ref().map_or_else(|| "null".to_owned(), word)).collect()
    });
    for flag in flags.iter().flat_map(|flags| readiness::unknown(flags, harmless)) {
        drifts.push(format!("unknown status flag {flag}"));
    }
    let delivery_word = cut(invoice.delivery_type.as_deref().unwrap_or("missing"));
    let delivery = readiness::delivery(&delivery_word);
    if delivery.is_none() {
        drifts.push(format!("unknown delivery type {delivery_word}"));
    }

    let withdrawn = |line: &wire::LineItem| matches!(line.status_full.as_deref(), Some("CANCELLED" | "REFUNDED"));
    let seen = || invoice.line_items.iter().flatten().flatten();
    let readiness = readiness::decide(&Facts {
        flags: flags.as_deref(),
        harmless,
        paid: invoice.paid_at.as_deref().is_some_and(|at| !at.is_empty()),
        delivery: (&delivery_word, delivery),
        units_left: found.left,
        something_open: found.rows.iter().any(|line| line.open > 0),
        cancellation_requested: found.requested,
        all_withdrawn: seen().next().is_some() && seen().all(withdrawn),
        line_missing: found.missing,
        line_silent: found.silent,
        requests_hidden: cancellations.hidden,
    });

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
        lines: found.rows,
        shipments,
    };
    Ok((order, drifts))
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
