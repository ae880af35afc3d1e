//! An offer, as OF21 lists it and OF22 shows it (contracts/john-lewis.md §2.5).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Fields;
use super::line::purchase_price;
use super::order::CHANNEL;
use crate::offers::Offer;
use crate::text::{after, iso, money};

/// How the shop sells what it offers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selling<'a> {
    /// Whether it is open.
    pub(crate) open: bool,
    /// Whether prices are purchase prices (contracts/john-lewis.md §2.9).
    pub(crate) dropship: bool,
    /// Code of its fulfilment centre.
    pub(crate) centre: &'a str,
}

/// The offer's object.
pub(crate) fn offer(offer: &Offer, selling: Selling<'_>, now: Timestamp, sparse: bool) -> Value {
    let pence = if selling.dropship { purchase_price(offer.price) } else { offer.price };
    let mut reasons = Vec::new();
    if !selling.open {
        reasons.push("SHOP_NOT_OPEN");
    }
    if offer.quantity <= 0 {
        reasons.push("ZERO_QUANTITY");
    }
    let mut fields = Fields::new(sparse);
    fields.set("offer_id", offer.id);
    fields.set("shop_sku", offer.sku.as_str());
    fields.set("product_sku", offer.product_sku.as_str());
    fields.set("product_title", offer.title.as_str());
    fields.set("product_references", json!([{ "reference": offer.barcode, "reference_type": "EAN" }]));
    fields.maybe("product_brand", None::<Value>);
    fields.set("active", reasons.is_empty());
    fields.maybe("inactivity_reasons", Some(reasons).filter(|reasons| !reasons.is_empty()));
    fields.set("quantity", offer.quantity);
    fields.maybe("warehouses", warehouses(offer));
    fields.set("price", money(pence));
    fields.set("total_price", money(pence));
    fields.set("all_prices", json!([price(pence, sparse)]));
    fields.maybe("applicable_pricing", Some(price(pence, sparse)));
    if selling.dropship {
        fields.set("msrp", money(offer.price));
    }
    fields.maybe("discount", None::<Value>);
    fields.set("currency_iso_code", "GBP");
    fields.set("state_code", "11");
    fields.null_if_sparse("description", "");
    fields.set("category_code", "home");
    fields.set("category_label", "Home");
    fields.set("channels", json!([CHANNEL]));
    fields.set("logistic_class", json!({ "code": "S", "label": "Small" }));
    fields.unless_sparse("fulfillment", json!({ "center": { "code": selling.centre } }));
    fields.set("leadtime_to_ship", 1);
    fields.unless_sparse("max_order_quantity", 99);
    fields.set("min_order_quantity", 1);
    fields.unless_sparse("min_quantity_alert", 0);
    fields.set("package_quantity", 1);
    fields.set("min_shipping_price", 0);
    fields.set("min_shipping_price_additional", 0);
    fields.set("min_shipping_type", "STD");
    fields.set("min_shipping_zone", "UK");
    fields.maybe("available_start_date", None::<Value>);
    fields.maybe("available_end_date", None::<Value>);
    fields.unless_sparse("shipping_deadline", iso(after(now, 24 * 3_600)));
    fields.set("offer_additional_fields", json!([]));
    fields.done()
}

fn warehouses(offer: &Offer) -> Option<Value> {
    let list: Vec<Value> =
        offer.warehouses.iter().map(|(code, quantity)| json!({ "code": code, "quantity": quantity })).collect();
    (!list.is_empty()).then_some(Value::Array(list))
}

fn price(pence: i64, sparse: bool) -> Value {
    let price = money(pence);
    let mut step = Fields::new(sparse);
    step.set("quantity_threshold", 1);
    step.set("price", price.clone());
    step.set("unit_origin_price", price.clone());
    // The schema requires a number; without a discount it can only be the price itself.
    step.null_if_sparse("unit_discount_price", price.clone());
    let mut fields = Fields::new(sparse);
    fields.maybe("channel_code", None::<Value>);
    fields.set("price", price.clone());
    fields.set("unit_origin_price", price);
    fields.maybe("unit_discount_price", None::<Value>);
    fields.maybe("discount_start_date", None::<Value>);
    fields.maybe("discount_end_date", None::<Value>);
    fields.set("volume_prices", vec![step.done()]);
    fields.done()
}
