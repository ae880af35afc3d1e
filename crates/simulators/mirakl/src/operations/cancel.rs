//! OR29 and OR30: the seller cancels before shipping (contracts/mirakl/orders.txt).

use serde_json::{Value, json};
use sim_core::Cx;

use super::reference::reason_exists;
use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::order::{Cancelation, State};
use crate::reply::{self, Outcome, Refusal};
use crate::text::money;
use crate::wire::line::current_prices;

/// One wanted cancellation, checked.
pub(crate) struct Wanted {
    pub(crate) order: usize,
    pub(crate) line: usize,
    pub(crate) quantity: i64,
    /// Pence.
    pub(crate) amount: i64,
    /// Pence.
    pub(crate) shipping_amount: i64,
    pub(crate) reason_code: String,
    /// Who wants it.
    pub(crate) by: String,
}

impl MiraklTwin {
    /// OR29.
    pub(crate) fn cancel(&mut self, cx: &mut Cx<'_>, id: &str) -> Outcome {
        let position = self.order_position(id)?;
        if !self.orders.get(position).is_some_and(crate::order::Order::can_cancel) {
            return Err(Refusal::bad("The order cannot be cancelled."));
        }
        self.cancelled(cx, cx.now, position, "seller");
        Ok(reply::no_content())
    }

    /// OR30. Everything is checked before anything is cancelled; there is no partial success in its reply.
    pub(crate) fn cancel_lines(&mut self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        let entries = call
            .body
            .get("cancelations")
            .and_then(Value::as_array)
            .filter(|entries| !entries.is_empty())
            .ok_or_else(|| Refusal::bad("'cancelations' must not be empty").field("cancelations"))?;
        let mut wanted: Vec<Wanted> = Vec::new();
        for entry in entries {
            let next = self.wanted(entry)?;
            if wanted.iter().any(|other| (other.order, other.line) == (next.order, next.line)) {
                return Err(Refusal::bad("An order line is there more than once.").field("order_line_id"));
            }
            wanted.push(next);
        }
        let done: Vec<Value> = wanted.into_iter().filter_map(|wanted| self.cancel_line(cx, wanted)).collect();
        let body = json!({ "cancelations": done, "order_tax_mode": "TAX_INCLUDED" });
        Ok(reply::json(200, &body))
    }

    fn wanted(&self, entry: &Value) -> Result<Wanted, Refusal> {
        let line_id = entry
            .get("order_line_id")
            .and_then(Value::as_str)
            .ok_or_else(|| Refusal::bad("'order_line_id' is missing").field("order_line_id"))?;
        let missing = || Refusal::missing(format!("Order line with id '{line_id}' not found."));
        let (order_id, _) = line_id.rsplit_once('-').ok_or_else(missing)?;
        let position = self.orders.find(order_id).ok_or_else(missing)?;
        let order = self.orders.get(position).ok_or_else(missing)?;
        let line_position = order.line_position(line_id).ok_or_else(missing)?;
        let line = order.lines.get(line_position).ok_or_else(missing)?;
        if !order.state.before_shipped() || line.state.dropped() || line.remaining() == 0 {
            return Err(Refusal::bad(format!("Order line '{line_id}' cannot be cancelled.")));
        }
        // 0 is what the official example has: money is cancelled, and how many units that means nobody says.
        let quantity = entry.get("quantity").and_then(Value::as_i64).unwrap_or(-1);
        if !(0..=line.remaining()).contains(&quantity) {
            return Err(Refusal::bad("The quantity is invalid.").field("quantity"));
        }
        let (price, shipping_price) = current_prices(line);
        let amount = |key: &str, most: i64| {
            let pence = entry.get(key).and_then(pence);
            pence
                .filter(|pence| (0..=most).contains(pence))
                .ok_or_else(|| Refusal::bad(format!("'{key}' is invalid")).field(key))
        };
        // The official request has a number here, the schema a text.
        let reason_code = match entry.get("reason_code") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        if !reason_exists("CANCELATION", &reason_code) {
            return Err(Refusal::bad("'reason_code' is not a cancellation reason").field("reason_code"));
        }
        Ok(Wanted {
            order: position,
            line: line_position,
            quantity,
            amount: amount("amount", price)?,
            shipping_amount: amount("shipping_amount", shipping_price)?,
            reason_code,
            by: "seller".to_owned(),
        })
    }

    /// Cancels a part of a line, checked before; answers as OR30 shows it.
    pub(crate) fn cancel_line(&mut self, cx: &mut Cx<'_>, wanted: Wanted) -> Option<Value> {
        self.cancelations += 1;
        let id = self.cancelations;
        let order = self.orders.get_mut(wanted.order)?;
        let line = order.lines.get_mut(wanted.line)?;
        let reply = json!({
            "cancelation_id": id.to_string(),
            "order_line_id": line.id,
            "amount": money(wanted.amount),
            "shipping_amount": money(wanted.shipping_amount),
            "quantity": wanted.quantity,
            "reason_code": wanted.reason_code,
            "currency_iso_code": "GBP",
        });
        let data = json!({ "line": line.id, "sku": line.sku, "quantity": wanted.quantity, "by": wanted.by });
        cx.effects.push(cx.now, "line_cancelled", order.id.clone(), data);
        line.cancelations.push(Cancelation {
            id,
            at: cx.now,
            quantity: wanted.quantity,
            amount: wanted.amount,
            shipping_amount: wanted.shipping_amount,
            reason_code: wanted.reason_code,
        });
        line.updated = cx.now;
        if line.quantity == line.canceled() {
            line.state = State::Canceled;
        }
        if order.lines.iter().all(|line| line.state.dropped()) {
            self.cancelled(cx, cx.now, wanted.order, &wanted.by);
        } else if order.state == State::Shipping && order.everything_shipped() {
            self.all_shipped(cx.now, wanted.order);
        } else {
            self.orders.touch(wanted.order, cx.now);
        }
        Some(reply)
    }
}

/// An amount in pence, from a number or from a text as some official examples have it. Digits only: no float is compared.
fn pence(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    let part = part.trim_end_matches('0');
    if part.len() > 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_from_numbers_and_texts() {
        for (value, expected) in [
            (json!(24), Some(2_400)),
            (json!(19.99), Some(1_999)),
            (json!("0.5"), Some(50)),
            (json!(24.0), Some(2_400)),
            (json!(0.001), None),
            (json!("x"), None),
            (json!(1e300), None),
            (json!(null), None),
        ] {
            assert_eq!(pence(&value), expected, "{value}");
        }
    }
}
