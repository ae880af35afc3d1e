//! An order, as OR11 lists it and OR12 shows it (contracts/john-lewis.md §2.2, contracts/mirakl/orders.txt).

use serde_json::{Value, json};

use super::line::{commission, current_prices, date, line, reasons, vat_in};
use super::{Fields, address, given};
use crate::offers::Offers;
use crate::order::{Line, Order, State};
use crate::text::{after, iso, money};

/// Days from order to the shipping deadline.
const LEAD_TIME: i64 = 1;
const DAY: i64 = 24 * 3_600;

/// The one payment workflow of this operator.
pub(crate) const PAYMENT_WORKFLOW: &str = "PAY_ON_ACCEPTANCE";
/// The one channel of this operator.
pub(crate) const CHANNEL: &str = "JL_WEB";

/// How an order is shown.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent questions about one reply")]
pub(crate) struct View {
    /// With nulls and gaps.
    pub(crate) sparse: bool,
    /// With enum values that no contract lists.
    pub(crate) unknown_enum: bool,
    /// Prices without VAT (`order_tax_mode=TAX_EXCLUDED`).
    pub(crate) net: bool,
    /// OR12 rather than OR11.
    pub(crate) single: bool,
    /// No addresses before SHIPPING.
    pub(crate) hide_addresses: bool,
    /// Prices of lines are less what was cancelled of them.
    pub(crate) net_of_cancelations: bool,
    /// Lines tell what the operator pays for them.
    pub(crate) dropship: bool,
}

impl View {
    /// A line's price and shipping price, in pence and with VAT.
    pub(crate) fn prices(self, line: &Line) -> (i64, i64) {
        if self.net_of_cancelations { current_prices(line) } else { (line.price(), line.shipping_price) }
    }

    /// A gross amount as this view shows it.
    pub(crate) fn price(self, gross: i64) -> i64 {
        if self.net { gross - vat_in(gross) } else { gross }
    }
}

/// The order's object.
pub(crate) fn order(order: &Order, offers: &Offers, own_centre: &str, view: View) -> Value {
    let sparse = view.sparse;
    let mut fields = Fields::new(sparse);
    fields.set("order_id", order.id.as_str());
    fields.set("commercial_id", order.commercial_id.as_str());
    fields.set("order_state", order.shown());
    reasons(&mut fields, "order_state", order.state, view);
    fields.set("created_date", iso(order.created));
    fields.set("last_updated_date", iso(order.updated));
    date(&mut fields, "acceptance_decision_date", order.decided_at, view);
    fields.maybe("customer_debited_date", order.debited_at.map(iso));
    fields.maybe("transaction_date", order.debited_at.map(iso));
    let transaction = order.debited_at.map(|_| format!("TX-{}", order.commercial_id));
    fields.maybe("transaction_number", transaction);
    fields.unless_sparse("can_cancel", order.can_cancel());
    let own = order.centre == own_centre;
    fields.unless_sparse("can_shop_ship", order.state == State::Shipping && own);
    fields.maybe("channel", Some(json!({ "code": CHANNEL, "label": "Website" })));
    fields.unless_sparse("currency_iso_code", "GBP");
    let hidden = view.hide_addresses && !order.state.reached_shipping();
    fields.set("customer", address::customer(order, hidden, sparse));
    fields.unless_sparse("customer_directly_pays_seller", false);
    fields.maybe("customer_notification_email", given(&order.customer.email));
    fields.maybe("delivery_date", Some(delivery(order)).filter(|_| !sparse));
    fields.unless_sparse("fulfillment", json!({ "center": { "code": order.centre } }));
    fields.unless_sparse("fully_refunded", order.fully_refunded());
    fields.set("has_incident", order.has_incident());
    for key in ["has_customer_message", "has_invoice"] {
        fields.set(key, false);
    }
    fields.unless_sparse("leadtime_to_ship", LEAD_TIME);
    fields.set("order_additional_fields", json!([]));
    fields.unless_sparse("order_tax_mode", if view.net { "TAX_EXCLUDED" } else { "TAX_INCLUDED" });
    fields.unless_sparse("paymentType", "CARD");
    fields.maybe("payment_type", Some("CARD"));
    if view.unknown_enum {
        // A field that no contract lists, of a shape that no other field has (§2.1 "Extensibility").
        fields.set("delivery_promise", json!({ "kind": "GREEN_V2", "windows": [[8, 12], [14, 18]] }));
    }
    let workflow = if view.unknown_enum { "PAY_LATER_V9" } else { PAYMENT_WORKFLOW };
    fields.maybe("payment_workflow", Some(workflow));
    fields.maybe("references", Some(references(order)).filter(|_| !sparse));
    shipping(&mut fields, order);
    totals(&mut fields, order, view);
    let lines: Vec<Value> = order.lines.iter().map(|l| line(order, l, offers, view)).collect();
    fields.set("order_lines", lines);
    fields.done()
}

/// The references of an order.
pub(crate) fn references(order: &Order) -> Value {
    json!({ "order_reference_for_customer": order.commercial_id })
}

fn delivery(order: &Order) -> Value {
    json!({
        "earliest": iso(after(order.created, 2 * DAY)),
        "latest": iso(after(order.created, 4 * DAY)),
    })
}

/// When an order has to have left.
pub(crate) fn shipping_deadline(order: &Order) -> String {
    iso(after(order.created, LEAD_TIME * DAY))
}

fn shipping(fields: &mut Fields, order: &Order) {
    fields.maybe("shipping_deadline", Some(shipping_deadline(order)));
    let tracking = order.tracking.as_ref();
    fields.maybe("shipping_carrier_code", tracking.and_then(|t| t.code.as_deref()));
    let standard_code = tracking.and_then(|t| t.standard_code.as_deref());
    fields.maybe("shipping_carrier_standard_code", standard_code);
    fields.maybe("shipping_company", tracking.and_then(|t| t.name.as_deref()));
    fields.maybe("shipping_tracking", tracking.and_then(|t| t.number.as_deref()));
    fields.maybe("shipping_tracking_url", tracking.and_then(|t| t.url.as_deref()));
    fields.maybe("shipping_pudo_id", None::<Value>);
    fields.set("shipping_type_code", "STD");
    fields.set("shipping_type_label", "Standard delivery");
    fields.maybe("shipping_type_standard_code", Some("CU_ADD-STD"));
    fields.set("shipping_zone_code", "UK");
    fields.set("shipping_zone_label", "United Kingdom");
}

fn totals(fields: &mut Fields, order: &Order, view: View) {
    let mut price = 0;
    let mut shipping = 0;
    let mut fees = 0;
    for line in &order.lines {
        let (goods, delivery) = view.prices(line);
        price += view.price(goods);
        shipping += view.price(delivery);
        let (fee, vat) = commission(goods);
        fees += fee + vat;
    }
    fields.set("price", money(price));
    fields.set("shipping_price", money(shipping));
    fields.set("total_price", money(price + shipping));
    fields.set("total_commission", money(fees));
    if !view.single {
        let promotions = json!({ "applied_promotions": [], "total_deduced_amount": 0 });
        fields.set("promotions", promotions);
    }
}
