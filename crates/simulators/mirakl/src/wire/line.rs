//! An order line.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Fields;
use super::order::View;
use crate::offers::Offers;
use crate::order::{Cancelation, Line, Order, Refund, State};
use crate::text::{iso, money, percent};

/// The commission, in per cent of the price.
const COMMISSION: i64 = 15;
/// VAT on goods and on commission, in per cent.
const VAT: i64 = 20;

/// The VAT in a gross amount.
pub(crate) fn vat_in(gross: i64) -> i64 {
    gross.saturating_mul(VAT).saturating_add(60).div_euclid(100 + VAT)
}

/// Commission on a gross amount, and the VAT on it.
pub(crate) fn commission(gross: i64) -> (i64, i64) {
    let fee = percent(gross, COMMISSION);
    (fee, percent(fee, VAT))
}

/// What the operator pays for the goods in the dropship model, in per cent of the price.
const PURCHASE: i64 = 60;

/// The purchase price of what sells at a gross amount.
pub(crate) fn purchase_price(gross: i64) -> i64 {
    percent(gross, PURCHASE)
}

/// What is left of a line after cancellations: price and shipping price, in pence, VAT included.
pub(crate) fn current_prices(line: &Line) -> (i64, i64) {
    let gone: i64 = line.cancelations.iter().map(|part| part.amount).sum();
    let shipping_gone: i64 = line.cancelations.iter().map(|part| part.shipping_amount).sum();
    (line.price() - gone, line.shipping_price - shipping_gone)
}

/// The line's object.
pub(crate) fn line(order: &Order, line: &Line, offers: &Offers, view: View) -> Value {
    let offer = offers.get(line.offer);
    let (price, shipping_price) = view.prices(line);
    let (fee, fee_vat) = commission(price);
    let sparse = view.sparse;
    let mut fields = Fields::new(sparse);
    fields.set("order_line_id", line.id.as_str());
    fields.set("order_line_index", line.index);
    fields.set("order_line_state", line.shown());
    reasons(&mut fields, "order_line_state", line.state, view);
    fields.set("offer_id", offer.map_or(0, |offer| offer.id));
    fields.set("offer_sku", line.sku.as_str());
    fields.set("product_sku", offer.map_or("", |offer| offer.product_sku.as_str()));
    fields.maybe("product_shop_sku", Some(line.sku.as_str()));
    fields.set("product_title", offer.map_or("", |offer| offer.title.as_str()));
    fields.unless_sparse("product_medias", json!([]));
    fields.null_if_sparse("description", "");
    fields.null_if_sparse("offer_state_code", "11");
    fields.null_if_sparse("category_code", "home");
    fields.null_if_sparse("category_label", "Home");
    fields.set("quantity", line.quantity);
    fields.set("price_unit", money(view.price(line.unit_price)));
    fields.maybe("origin_unit_price", Some(money(view.price(line.unit_price))));
    fields.maybe("price_additional_info", None::<Value>);
    fields.set("price", money(view.price(price)));
    fields.set("shipping_price", money(view.price(shipping_price)));
    fields.unless_sparse("shipping_price_unit", money(view.price(shipping_price)));
    fields.unless_sparse("shipping_price_additional_unit", money(0));
    fields.set("total_price", money(view.price(price) + view.price(shipping_price)));
    fields.set("taxes", taxes(price, sparse));
    fields.set("shipping_taxes", taxes(shipping_price, sparse));
    fields.set("commission_fee", money(fee));
    fields.unless_sparse("commission_rate_vat", VAT);
    fields.unless_sparse("commission_vat", money(fee_vat));
    fields.set("commission_taxes", json!([{ "code": "UK_VAT", "rate": VAT, "amount": amount(fee_vat, sparse) }]));
    fields.set("total_commission", money(fee + fee_vat));
    fields.set("can_refund", order.debited_at.is_some() && !line.state.dropped());
    fields.set("cancelations", line.cancelations.iter().map(cancelation).collect::<Vec<_>>());
    fields.set("refunds", line.refunds.iter().map(refund).collect::<Vec<_>>());
    if view.dropship {
        fields.set("purchase_information", purchase(line.unit_price, price, shipping_price));
    }
    fields.set("promotions", json!([]));
    fields.set("order_line_additional_fields", additional_fields(view));
    fields.set("created_date", iso(order.created));
    fields.set("last_updated_date", iso(line.updated));
    for (key, at) in
        [("debited_date", order.debited_at), ("shipped_date", line.shipped_at), ("received_date", order.received_at)]
    {
        date(&mut fields, key, at, view);
    }
    fields.done()
}

/// A date that may not have come. OR12 requires the field; its own official example has null there.
pub(crate) fn date(fields: &mut Fields, key: &str, at: Option<Timestamp>, view: View) {
    match at {
        None if view.single => fields.set(key, Value::Null),
        at => fields.maybe(key, at.map(iso)),
    }
}

/// `<state>_reason_code` and `<state>_reason_label`, which OR12 requires as texts.
pub(crate) fn reasons(fields: &mut Fields, prefix: &str, state: State, view: View) {
    let reason = match state {
        State::Refused => Some(("REFUSED", "Refused")),
        State::Canceled => Some(("CANCELED", "Cancelled before shipping")),
        _ if view.single && !view.sparse => Some(("", "")),
        _ => None,
    };
    fields.maybe(&format!("{prefix}_reason_code"), reason.map(|(code, _)| code));
    fields.maybe(&format!("{prefix}_reason_label"), reason.map(|(_, label)| label));
}

fn taxes(gross: i64, sparse: bool) -> Value {
    let mut tax = Fields::new(sparse);
    tax.set("code", "UK_VAT");
    tax.set("rate", VAT);
    tax.set("amount", amount(vat_in(gross), sparse));
    tax.unless_sparse("tax_calculation_rule", "PROPORTIONAL_TO_AMOUNT");
    Value::Array(vec![tax.done()])
}

/// Official examples have amounts as text here and there.
fn amount(pence: i64, sparse: bool) -> Value {
    let value = money(pence);
    if sparse { Value::String(value.to_string()) } else { value }
}

fn additional_fields(view: View) -> Value {
    if !view.unknown_enum {
        return json!([]);
    }
    // A type that the documented list does not have, with a value of a shape that no documented type has.
    json!([{ "code": "delivery-window", "type": "TIME_RANGE", "value": { "from": "08:00", "to": "12:00" } }])
}

fn cancelation(part: &Cancelation) -> Value {
    let (fee, fee_vat) = commission(part.amount);
    json!({
        "id": part.id.to_string(),
        "amount": money(part.amount),
        "shipping_amount": money(part.shipping_amount),
        "quantity": part.quantity,
        "reason_code": part.reason_code,
        "created_date": iso(part.at),
        "commission_amount": money(fee),
        "commission_taxes": [{ "code": "UK_VAT", "rate": VAT, "amount": money(fee_vat) }],
        "commission_total_amount": money(fee + fee_vat),
        "taxes": [],
        "shipping_taxes": [],
    })
}

fn refund(part: &Refund) -> Value {
    let (fee, fee_vat) = commission(part.amount);
    let mut fields = Fields::new(false);
    fields.set("id", part.id.to_string());
    fields.set("order_refund_id", format!("00000000-0000-4000-8000-{:012}", part.id));
    fields.set("amount", money(part.amount));
    fields.set("shipping_amount", money(part.shipping_amount));
    fields.set("quantity", part.quantity);
    fields.set("reason_code", part.reason_code.as_str());
    fields.set("refund_state", part.state.as_str());
    // The deprecated field never learns the newer state.
    let state = if part.state == "WAITING_REFUND_TAX_CONFIRMATION" { "WAITING_REFUND" } else { &part.state };
    fields.set("state", state);
    fields.set("created_date", iso(part.at));
    fields.set("commission_amount", money(fee));
    fields.set("commission_tax_amount", money(fee_vat));
    fields.set("commission_taxes", json!([{ "code": "UK_VAT", "rate": VAT, "amount": money(fee_vat) }]));
    fields.set("commission_total_amount", money(fee + fee_vat));
    fields.set("taxes", json!([]));
    fields.set("shipping_taxes", json!([]));
    fields.done()
}

/// What the operator pays for a line in the dropship model (contracts/john-lewis.md §2.9).
fn purchase(unit_price: i64, price: i64, shipping_price: i64) -> Value {
    json!({
        "purchase_unit_price": money(purchase_price(unit_price)),
        "purchase_price": money(purchase_price(price)),
        "purchase_shipping_price": money(shipping_price),
        "purchase_commission_on_price": 0,
        "purchase_commission_on_shipping": 0,
    })
}
