//! OR21: the seller decides (contracts/mirakl/orders.txt OR21, contracts/john-lewis.md §2.1 "Error bodies").

use std::collections::HashMap;

use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::effect_log::kind;

use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::order::{Order, State};
use crate::reply::{self, Outcome, Refusal};

impl MiraklTwin {
    /// OR21.
    pub(crate) fn accept(&mut self, cx: &mut Cx<'_>, call: &Call<'_>, id: &str) -> Outcome {
        let missing = || Refusal::missing(format!("Order with id '{id}' not found.")).code("ORDER_NOT_FOUND");
        let position = self.orders.find(id).ok_or_else(missing)?;
        let order = self.orders.get_mut(position).ok_or_else(missing)?;
        if order.centre != self.options.fulfilment_centre {
            return Err(fulfilled_elsewhere(order));
        }
        let decisions = decisions(&call.body)?;
        if order.state != State::WaitingAcceptance {
            let problem = format!("The order status must be 'WAITING_ACCEPTANCE' but it is '{}'.", order.state.code());
            return Err(Refusal::bad(problem).code("ORDER_INVALID_STATE"));
        }
        let accepted = check(order, &decisions)?;
        if accepted > 0 && accepted < order.lines.len() && !self.options.partial_acceptance {
            return Err(
                Refusal::bad("Partial acceptance is disabled for this shop.").code("ORDER_PARTIAL_ACCEPTANCE_DISABLED")
            );
        }
        order.decided_at = Some(cx.now);
        if accepted == 0 {
            self.refused(cx, cx.now, position, "seller");
            return Ok(reply::no_content());
        }
        for line in &mut order.lines {
            if decisions.get(line.id.as_str()) == Some(&false) {
                line.state = State::Refused;
                line.updated = cx.now;
            }
        }
        cx.effects.push(cx.now, kind::ORDER_ACCEPTED, id, json!({}));
        self.accepted(cx, cx.now, position);
        Ok(reply::no_content())
    }
}

/// 403: the order is another fulfilment centre's. That this is a 403 is this twin's reading of the documented code.
pub(crate) fn fulfilled_elsewhere(order: &Order) -> Refusal {
    let problem = format!("Order '{}' is fulfilled by centre '{}'.", order.id, order.centre);
    Refusal::new(403, problem).code("ORDER_FULFILLED_UNAUTHORIZED")
}

fn invalid(field: &str) -> Refusal {
    Refusal::bad(format!("'{field}' is missing or not of the documented type")).code("VALIDATION_ERROR").field(field)
}

/// What the request decides, by line id.
fn decisions(body: &Value) -> Result<HashMap<&str, bool>, Refusal> {
    let lines = body.get("order_lines").and_then(Value::as_array).ok_or_else(|| invalid("order_lines"))?;
    let mut decisions = HashMap::new();
    for line in lines {
        if line.is_null() {
            return Err(Refusal::bad("The order lines hold a null element.").code("ORDER_LINE_NULL_ELEMENT"));
        }
        let id = line.get("id").and_then(Value::as_str).ok_or_else(|| invalid("id"))?;
        let accepted = line.get("accepted").and_then(Value::as_bool).ok_or_else(|| invalid("accepted"))?;
        if decisions.insert(id, accepted).is_some() {
            let problem = format!("Order line '{id}' is there more than once.");
            return Err(Refusal::bad(problem).code("ORDER_LINE_DUPLICATE_ID"));
        }
    }
    Ok(decisions)
}

/// Every decision is about a line of this order and every line is decided; answers how many are accepted.
fn check(order: &Order, decisions: &HashMap<&str, bool>) -> Result<usize, Refusal> {
    if let Some(id) = decisions.keys().find(|id| order.line_position(id).is_none()) {
        let problem = format!("Order line '{id}' does not belong to order '{}'.", order.id);
        return Err(Refusal::bad(problem).code("ORDER_LINE_NOT_FOUND"));
    }
    if let Some(line) = order.lines.iter().find(|line| !decisions.contains_key(line.id.as_str())) {
        let problem = format!("No decision for order line '{}'.", line.id);
        return Err(Refusal::bad(problem).code("ORDER_LINE_ACCEPTANCE_DECISION_MISSING"));
    }
    Ok(decisions.values().filter(|accepted| **accepted).count())
}
