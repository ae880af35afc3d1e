//! A shipment, as ST01 creates it and ST11 lists it (contracts/john-lewis.md §2.4, contracts/mirakl/shipments.txt).

use serde_json::{Value, json};

use super::Fields;
use crate::carriers::Tracking;
use crate::order::Order;
use crate::shipment::Shipment;
use crate::text::iso;

/// The shipment's object.
pub(crate) fn shipment(shipment: &Shipment, order: &Order, sparse: bool) -> Value {
    let mut fields = Fields::new(sparse);
    fields.set("id", shipment.id.as_str());
    fields.set("order_id", order.id.as_str());
    fields.set("created_date", iso(shipment.created));
    // The official ST01 example has null here, against its schema.
    if shipment.updated == shipment.created {
        fields.null_if_sparse("last_updated_date", iso(shipment.updated));
    } else {
        fields.set("last_updated_date", iso(shipment.updated));
    }
    fields.maybe("shipped_date", shipment.shipped_at.map(iso));
    fields.set("status", shipment.state.code());
    fields.set("status_customer_debit", "NO_DEBIT");
    fields.maybe("invoice_reference", shipment.invoice_reference.as_deref());
    fields.maybe("payment_details", None::<Value>);
    fields.maybe("shipment_additional_information", None::<Value>);
    fields.maybe("shipping_from", shipping_from(shipment));
    fields.maybe("tracking", shipment.tracking.as_ref().map(|t| tracking(t, sparse)));
    let lines: Vec<Value> = shipment
        .lines
        .iter()
        .filter_map(|part| {
            let line = order.lines.get(part.line)?;
            let mut fields = Fields::new(sparse);
            fields.set("order_line_id", line.id.as_str());
            fields.set("offer_sku", line.sku.as_str());
            fields.maybe("package_reference", part.package_reference.as_deref());
            fields.set("quantity", part.quantity);
            Some(fields.done())
        })
        .collect();
    fields.set("shipment_lines", lines);
    fields.done()
}

fn shipping_from(shipment: &Shipment) -> Option<Value> {
    let code = shipment.warehouse.as_deref()?;
    Some(json!({ "warehouse": { "code": code } }))
}

fn tracking(tracking: &Tracking, sparse: bool) -> Value {
    let mut fields = Fields::new(sparse);
    fields.maybe("carrier_code", tracking.code.as_deref());
    fields.maybe("carrier_name", tracking.name.as_deref());
    fields.maybe("carrier_standard_code", tracking.standard_code.as_deref());
    fields.maybe("tracking_number", tracking.number.as_deref());
    fields.maybe("tracking_url", tracking.url.as_deref());
    fields.maybe("last_known_location", None::<Value>);
    fields.set("milestones", json!([]));
    fields.maybe("validity_status", Some("UNVERIFIED").filter(|_| !sparse));
    fields.done()
}
