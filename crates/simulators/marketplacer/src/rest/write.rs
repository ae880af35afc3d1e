//! Sending over REST (`contracts/marketplacer.md` §4.1, §4.2). The carrier is free text here: a name that the operator's
//! list does not hold still makes a shipment, without a link (§2.6).

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use crate::entity::Entity;
use crate::reply;
use crate::rest::{attributes, id, invalid, paid, shown, text};
use crate::shop::Delivery;
use crate::time;
use crate::trade::{self, NewShipment, ShipmentChange};
use crate::twin::Desk;

/// A name of the operator's list in its own spelling, or the text as it came.
fn carrier(desk: &Desk<'_, '_>, given: String) -> String {
    desk.shop.carrier_by_name(&given).map_or(given, |carrier| carrier.name.clone())
}

/// `PUT /invoices/:id/sent`: everything that is left goes in one shipment.
pub(super) fn sent(desk: &mut Desk<'_, '_>, number: &str, body: &Value) -> Response<Bytes> {
    let invoice = paid(desk, number).and_then(|id| desk.shop.invoices.get(&id));
    let Some(invoice) = invoice else {
        return reply::api_not_found();
    };
    if invoice.delivery != Delivery::BuyOnline {
        return reply::api_invalid("Invoice is not to be sent", "status");
    }
    let (id, attributes) = (invoice.id, attributes(body));
    let left = invoice.lines.iter().filter(|line| line.awaiting() > 0);
    let items: Vec<(u64, i64)> = left.map(|line| (line.id, line.awaiting())).collect();
    if items.is_empty() {
        if desk.options.double_sent_refused {
            return reply::api_invalid("Invoice has already been sent", "status");
        }
        return shown(desk, 200, Entity::Invoice(id));
    }
    let new = NewShipment {
        invoice: id,
        carrier: carrier(desk, text(attributes, "postage_carrier").unwrap_or_default()),
        tracking: text(attributes, "postage_tracking").unwrap_or_default(),
        link: None,
        note: None,
        dispatched: desk.cx.now,
        day: time::day(desk.cx.now, &desk.options.zone),
        items,
    };
    match trade::ship(desk.shop, desk.cx.effects, desk.cx.now, desk.options, new) {
        Ok(_) => shown(desk, 200, Entity::Invoice(id)),
        Err(refusal) => invalid(&refusal),
    }
}

/// `PUT /invoices/:id/ready` and `…/collected`: click and collect only.
pub(super) fn hand_over(desk: &mut Desk<'_, '_>, number: &str, collected: bool) -> Response<Bytes> {
    let Some(invoice) = paid(desk, number) else {
        return reply::api_not_found();
    };
    match trade::hand_over(desk.shop, desk.cx.effects, desk.cx.now, invoice, collected) {
        Ok(()) => shown(desk, 200, Entity::Invoice(invoice)),
        Err(refusal) => invalid(&refusal),
    }
}

/// `POST /invoices/:id/shipments`.
pub(super) fn create_shipment(desk: &mut Desk<'_, '_>, number: &str, body: &Value) -> Response<Bytes> {
    let Some(invoice) = paid(desk, number) else {
        return reply::api_not_found();
    };
    let attributes = attributes(body);
    let listed = attributes.get("shipped_items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut items = Vec::with_capacity(listed.len());
    for item in listed {
        let line = item.get("line_item_id").and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
        let quantity = item.get("quantity").and_then(Value::as_i64);
        match (line, quantity) {
            (Some(line), Some(quantity)) => items.push((line, quantity)),
            _ => return reply::api_invalid("Shipped items are invalid", "shipped_items"),
        }
    }
    let zone = &desk.options.zone;
    let (dispatched, day) = match text(attributes, "dispatched_at") {
        None => (desk.cx.now, time::day(desk.cx.now, zone)),
        Some(at) => match time::dispatched(&at, zone).zip(time::day_as_written(&at)) {
            Some(dated) => dated,
            None => return reply::api_invalid("Dispatched at is invalid", "dispatched_at"),
        },
    };
    let new = NewShipment {
        invoice,
        carrier: carrier(desk, text(attributes, "shipment_carrier").unwrap_or_default()),
        tracking: text(attributes, "shipment_tracking_number").unwrap_or_default(),
        link: text(attributes, "shipment_tracking_link"),
        note: text(attributes, "note"),
        dispatched,
        day,
        items,
    };
    match trade::ship(desk.shop, desk.cx.effects, desk.cx.now, desk.options, new) {
        Ok(shipment) => shown(desk, 201, Entity::Shipment(shipment)),
        Err(refusal) => invalid(&refusal),
    }
}

/// `PUT /invoices/:id/shipments/:sid`.
pub(super) fn change_shipment(desk: &mut Desk<'_, '_>, number: &str, shipment: &str, body: &Value) -> Response<Bytes> {
    let invoice = paid(desk, number);
    let found = id(shipment).filter(|id| desk.shop.shipments.get(id).map(|shipment| shipment.invoice) == invoice);
    let Some(found) = found.filter(|_| invoice.is_some()) else {
        return reply::api_not_found();
    };
    let attributes = attributes(body);
    let change = ShipmentChange {
        carrier: text(attributes, "shipment_carrier").map(|given| carrier(desk, given)),
        tracking: text(attributes, "shipment_tracking_number"),
        link: text(attributes, "shipment_tracking_link"),
        note: text(attributes, "note"),
        dispatched: text(attributes, "dispatched_at").and_then(|at| time::read(&at)),
    };
    trade::correct_shipment(desk.shop, desk.cx.effects, desk.cx.now, found, change);
    shown(desk, 200, Entity::Shipment(found))
}
