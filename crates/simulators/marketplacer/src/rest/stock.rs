//! Stock over REST (`contracts/marketplacer.md` §4.3).

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use sim_core::FaultKind;

use crate::entity::Entity;
use crate::reply;
use crate::rest::{attributes, id, live_variant, shown, text};
use crate::trade::{self, Stock};
use crate::twin::Desk;

fn stock(value: &Value) -> Option<Stock> {
    match value {
        Value::String(text) if text == "INFINITE" => Some(Stock::Infinite),
        other => other.as_i64().filter(|count| (0..=i64::from(i32::MAX)).contains(count)).map(Stock::Count),
    }
}

/// `POST /variants/stock_on_hand`. One bad entry refuses the whole call and nothing is set; whether the real thing keeps
/// the good ones is not known (§12.1).
pub(super) fn set_all(desk: &mut Desk<'_, '_>, body: &Value) -> Response<Bytes> {
    let Some(entries) = body.get("count_on_hand").and_then(Value::as_object) else {
        return reply::api_invalid("count_on_hand must be an object", "count_on_hand");
    };
    let mut wanted = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match (live_variant(desk, key), stock(value)) {
            (Some(variant), Some(stock)) => wanted.push((variant, stock)),
            (None, _) => return reply::api_invalid(&format!("Variant {key} does not exist"), "count_on_hand"),
            (_, None) => return reply::api_invalid(&format!("Invalid count for variant {key}"), "count_on_hand"),
        }
    }
    let ignored = desk.cx.faults.strikes(FaultKind::StockIgnored);
    for (variant, stock) in wanted {
        trade::set_stock(desk.shop, desk.cx.effects, desk.cx.now, variant, stock, ignored);
    }
    reply::api(201, &json!({}))
}

/// `PUT /variants/:id`.
pub(super) fn set_one(desk: &mut Desk<'_, '_>, number: &str, body: &Value) -> Response<Bytes> {
    let Some(variant) = id(number).and_then(|_| live_variant(desk, number)) else {
        return reply::api_not_found();
    };
    let attributes = attributes(body);
    let wanted = match (attributes.get("infinite"), attributes.get("count_on_hand")) {
        (Some(Value::Bool(true)), _) => Some(Stock::Infinite),
        (_, Some(count)) => match stock(count) {
            Some(stock) => Some(stock),
            None => return reply::api_invalid("Count on hand is not valid", "count_on_hand"),
        },
        _ => None,
    };
    if let Some(stock) = wanted {
        let ignored = desk.cx.faults.strikes(FaultKind::StockIgnored);
        trade::set_stock(desk.shop, desk.cx.effects, desk.cx.now, variant, stock, ignored);
        if let Stock::Count(count) = stock {
            desk.echo.push((variant, count));
        }
    }
    let (sku, barcode) = (text(attributes, "sku"), text(attributes, "barcode"));
    trade::rename_variant(desk.shop, desk.cx.now, variant, sku, barcode);
    shown(desk, 200, Entity::Variant(variant))
}
