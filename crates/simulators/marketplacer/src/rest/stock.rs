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

fn stock(desk: &Desk<'_, '_>, value: &Value) -> Option<Stock> {
    match value {
        Value::String(text) if text == "INFINITE" => Some(Stock { count: None, infinite: Some(true) }),
        other => {
            let count = other.as_i64().filter(|count| (0..=i64::from(i32::MAX)).contains(count))?;
            let infinite = desk.options.rest_count_clears_infinite.then_some(false);
            Some(Stock { count: Some(count), infinite })
        }
    }
}

/// `POST /variants/stock_on_hand`. One bad entry refuses the whole call; whether the real thing keeps the good ones is not
/// known (§12.1), so that is a switch.
pub(super) fn set_all(desk: &mut Desk<'_, '_>, body: &Value) -> Response<Bytes> {
    let Some(entries) = body.get("count_on_hand").and_then(Value::as_object) else {
        return reply::api_invalid("count_on_hand must be an object", "count_on_hand");
    };
    let (mut wanted, mut refusal) = (Vec::with_capacity(entries.len()), None);
    for (key, value) in entries {
        match (live_variant(desk, key), stock(desk, value)) {
            (Some(variant), Some(stock)) => wanted.push((variant, stock)),
            (None, _) => refusal = Some(format!("Variant {key} does not exist")),
            (_, None) => refusal = Some(format!("Invalid count for variant {key}")),
        }
    }
    if refusal.is_none() || desk.options.rest_partial_422 {
        let ignored = desk.cx.faults.strikes(FaultKind::StockIgnored);
        for (variant, stock) in wanted {
            trade::set_stock(desk.shop, desk.cx.effects, desk.cx.now, variant, stock, ignored);
        }
    }
    match refusal {
        Some(detail) => reply::api_invalid(&detail, "count_on_hand"),
        None => reply::api(201, &json!({})),
    }
}

/// `PUT /variants/:id`.
pub(super) fn set_one(desk: &mut Desk<'_, '_>, number: &str, body: &Value) -> Response<Bytes> {
    let Some(variant) = id(number).and_then(|_| live_variant(desk, number)) else {
        return reply::api_not_found();
    };
    let attributes = attributes(body);
    let wanted = match (attributes.get("infinite"), attributes.get("count_on_hand")) {
        (Some(Value::Bool(true)), _) => Stock { count: None, infinite: Some(true) },
        (infinite, Some(count)) => match stock(desk, count) {
            Some(stock) => Stock { infinite: infinite.and_then(Value::as_bool).or(stock.infinite), ..stock },
            None => return reply::api_invalid("Count on hand is not valid", "count_on_hand"),
        },
        (infinite, None) => Stock { count: None, infinite: infinite.and_then(Value::as_bool) },
    };
    if wanted.is_given() {
        let stock = wanted;
        let ignored = desk.cx.faults.strikes(FaultKind::StockIgnored);
        trade::set_stock(desk.shop, desk.cx.effects, desk.cx.now, variant, stock, ignored);
        desk.echo.extend(stock.count.map(|count| (variant, count)));
    }
    let (sku, barcode) = (text(attributes, "sku"), text(attributes, "barcode"));
    trade::rename_variant(desk.shop, desk.cx.now, variant, sku, barcode);
    shown(desk, 200, Entity::Variant(variant))
}
