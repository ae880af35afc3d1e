//! What is left to ship of an order, as ST12 lists it (contracts/john-lewis.md §2.4, contracts/mirakl/shipments.txt).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Fields;
use super::address::shipping_address;
use super::order::{references, shipping_deadline};
use crate::offers::Offers;
use crate::order::{Line, Order};
use crate::text::iso;

/// The object of an order that came into SHIPPING at this moment.
pub(crate) fn items(order: &Order, offers: &Offers, at: Timestamp, sparse: bool) -> Value {
    let mut fields = Fields::new(sparse);
    fields.set("order_id", order.id.as_str());
    fields.unless_sparse("fulfillment", json!({ "center": { "code": order.centre } }));
    fields.maybe("references", Some(references(order)).filter(|_| !sparse));
    fields.set("shipping_address", shipping_address(order, sparse));
    fields.set("shipping_date", iso(at));
    fields.maybe("shipping_deadline", Some(shipping_deadline(order)));
    fields.set("shipping_type_code", "STD");
    fields.maybe("shipping_type_standard_code", Some("CU_ADD-STD"));
    let left = order.lines.iter().filter(|line| line.remaining() > 0);
    fields.set("shipment_lines", left.map(|line| item(line, offers, sparse)).collect::<Vec<_>>());
    fields.done()
}

fn item(line: &Line, offers: &Offers, sparse: bool) -> Value {
    let mut fields = Fields::new(sparse);
    fields.set("order_line_id", line.id.as_str());
    fields.set("offer_sku", line.sku.as_str());
    fields.maybe("package_reference", None::<Value>);
    fields.maybe("product_title", offers.get(line.offer).map(|offer| offer.title.as_str()));
    fields.set("quantity", line.remaining());
    fields.done()
}
