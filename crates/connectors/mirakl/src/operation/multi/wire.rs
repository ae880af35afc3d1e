//! The bodies of ST01, ST23 and ST24 (`contracts/john-lewis.md §2.4`).

use crossdock_connector::{Rejection, Session, Shipment, Step};
use serde::Serialize;

use super::SHIPMENT;
use crate::carriers::{CarrierRef, carrier_of};
use crate::note;
use crate::operation::shipment;
use crate::request::cannot;

/// A list of shipments, in each call's own shape.
#[derive(Debug, Serialize)]
pub(crate) struct Shipments<T> {
    shipments: Vec<T>,
}

#[derive(Debug, Serialize)]
pub(crate) struct NewShipment<'a> {
    order_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_reference: Option<&'a str>,
    shipment_lines: Vec<NewLine<'a>>,
    shipped: bool,
    tracking: Parcel<'a>,
}

#[derive(Debug, Serialize)]
struct NewLine<'a> {
    order_line_id: &'a str,
    package_reference: &'a str,
    quantity: i32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Parcel<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_name: Option<&'a str>,
    tracking_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_url: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct TrackedShipment<'a> {
    id: String,
    tracking: Parcel<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ShipmentId {
    id: String,
}

/// ST01's body. Its answer tells rows apart by order only, so an order may stand in it once.
pub(crate) fn creation<'a>(steps: &[Step<'a>], session: &Session) -> Result<Shipments<NewShipment<'a>>, Rejection> {
    let mut shipments: Vec<NewShipment<'a>> = Vec::new();
    for shipment in steps.iter().filter_map(shipment) {
        if shipments.iter().any(|other| other.order_id == shipment.order_id) {
            return Err(cannot(format!("two shipments of order {} cannot share a call", shipment.order_id)));
        }
        shipments.push(new_shipment(shipment, session)?);
    }
    Ok(Shipments { shipments })
}

fn new_shipment<'a>(shipment: &'a Shipment, session: &Session) -> Result<NewShipment<'a>, Rejection> {
    if shipment.package.trim().is_empty() {
        return Err(cannot(format!("the shipment of order {} has no package key to be found by", shipment.order_id)));
    }
    if shipment.order_id.trim().is_empty() || shipment.lines.is_empty() {
        return Err(cannot(format!("the shipment of order `{}` holds nothing", shipment.order_id)));
    }
    let mut lines = Vec::with_capacity(shipment.lines.len());
    for line in &shipment.lines {
        let quantity = i32::try_from(line.quantity).ok().filter(|quantity| *quantity > 0);
        let quantity =
            quantity.ok_or_else(|| cannot(format!("line {} ships {} units", line.line_id, line.quantity)))?;
        lines.push(NewLine { order_line_id: &line.line_id, package_reference: &shipment.package, quantity });
    }
    Ok(NewShipment {
        order_id: &shipment.order_id,
        invoice_reference: Some(shipment.package.as_str()).filter(|key| fits_invoice_reference(key)),
        shipment_lines: lines,
        shipped: false,
        tracking: tracking_of(shipment, session)?,
    })
}

/// `invoice_reference` takes letters, digits, `-` and `_`, at most 255.
fn fits_invoice_reference(key: &str) -> bool {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    plain && !key.is_empty() && key.len() <= 255
}

fn tracking_of<'a>(shipment: &'a Shipment, session: &Session) -> Result<Parcel<'a>, Rejection> {
    let tracking_number = shipment.tracking.trim();
    Ok(match carrier_of(shipment, session)? {
        CarrierRef::Registered(code) => {
            Parcel { carrier_code: Some(code), carrier_name: None, tracking_number, tracking_url: None }
        }
        CarrierRef::Named { name, url } => {
            Parcel { carrier_code: None, carrier_name: Some(name), tracking_number, tracking_url: url }
        }
    })
}

/// ST23's body.
pub(crate) fn tracking<'a>(steps: &[Step<'a>], session: &Session) -> Result<Shipments<TrackedShipment<'a>>, Rejection> {
    let mut shipments = Vec::with_capacity(steps.len());
    for step in steps {
        let shipment = shipment(step).ok_or_else(|| cannot("this is not a despatch"))?;
        shipments.push(TrackedShipment { id: id_of(step)?, tracking: tracking_of(shipment, session)? });
    }
    Ok(Shipments { shipments })
}

/// ST24's body.
pub(crate) fn ids(steps: &[Step<'_>]) -> Result<Shipments<ShipmentId>, Rejection> {
    let shipments = steps.iter().map(|step| Ok(ShipmentId { id: id_of(step)? })).collect::<Result<_, Rejection>>()?;
    Ok(Shipments { shipments })
}

fn id_of(step: &Step<'_>) -> Result<String, Rejection> {
    note::text(step.note, SHIPMENT).ok_or_else(|| cannot("the shipment's id was not noted"))
}
