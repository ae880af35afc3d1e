//! Control calls of the operator: what it checks, cancels, pays back, takes off and leaves lying.

use serde_json::{Value, json};
use sim_core::Cx;

use crate::MiraklTwin;
use crate::operations::Wanted;
use crate::order::{Line, REFUND_STATES, Refund, State};

impl MiraklTwin {
    /// Answers a control call of the operator.
    pub(super) fn operator_call(&mut self, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Result<Value, String>> {
        Some(match path {
            "validate" => self.control_validate(cx, body),
            "collect" => self.control_collect(cx, body),
            "refund" => self.control_refund(cx, body),
            "incident" => self.control_incident(cx, body),
            "word" => self.control_word(cx, body),
            "listing" => self.control_listing(cx, body),
            "imports" => self.control_imports(body),
            _ => return None,
        })
    }

    /// `validate`: the operator has checked a new order; STAGING ends (see `staging_minutes`).
    ///
    /// ```json
    /// {"order_id": "JL-1042-A"}
    /// ```
    fn control_validate(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        let done = self.validated(cx, cx.now, position);
        let state = self.orders.get(position).map_or("", |order| order.state.code());
        if done { Ok(json!({ "state": state })) } else { Err(format!("the order is {state}, not STAGING")) }
    }

    /// `collect`: the parcel waits at the counter, a SHIPPED order is TO_COLLECT.
    ///
    /// ```json
    /// {"order_id": "JL-1042-A"}
    /// ```
    fn control_collect(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        if self.wait_at_counter(cx.now, position) {
            return Ok(json!({ "state": State::ToCollect.code() }));
        }
        let state = self.orders.get(position).map_or("", |order| order.state.code());
        Err(format!("the order is {state}, not SHIPPED"))
    }

    /// `refund`: the operator pays back some or all of a line, before or after it was shipped. `amount` is in pence, by
    /// default the units' price; `state` is REFUNDED by default; with `excluded` the units are not to be shipped any more,
    /// which the order does not show (OR28 `excluded_from_shipment`).
    ///
    /// ```json
    /// {"order_id": "JL-1042-A", "line": 1, "quantity": 1, "amount": 500, "state": "WAITING_REFUND", "excluded": true}
    /// ```
    fn control_refund(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        let state = body.get("state").and_then(Value::as_str).unwrap_or("REFUNDED").to_owned();
        if !REFUND_STATES.contains(&state.as_str()) {
            return Err(format!("`state` wants one of {}", REFUND_STATES.join(", ")));
        }
        let (line_position, line) = self.control_line_of(position, body)?;
        let quantity = units(body, line.quantity)?;
        let excluded = body.get("excluded").and_then(Value::as_bool).unwrap_or(false);
        if excluded && quantity > line.remaining() {
            return Err("some of these units are in a shipment".to_owned());
        }
        let refund = Refund {
            id: self.refunds + 1,
            at: cx.now,
            quantity,
            amount: pence(body, line.unit_price.saturating_mul(quantity))?,
            shipping_amount: 0,
            reason_code: "15".to_owned(),
            state,
            excluded: if excluded { quantity } else { 0 },
        };
        self.refunds += 1;
        let shown = json!({ "refund_id": refund.id.to_string(), "amount": refund.amount });
        let order = self.orders.get_mut(position).ok_or("no such order")?;
        let line = order.lines.get_mut(line_position).ok_or("no such line")?;
        line.updated = cx.now;
        let data = json!({ "line": line.id, "sku": line.sku, "quantity": quantity, "excluded": excluded });
        cx.effects.push(cx.now, "line_refunded", order.id.clone(), data);
        line.refunds.push(refund);
        if order.state == State::Shipping && order.everything_shipped() && order.anything_allocated() {
            self.all_shipped(cx.now, position);
        } else {
            self.orders.touch(position, cx.now);
        }
        Ok(shown)
    }

    /// `incident`: the customer complains about a line, or with `open` false is content again.
    ///
    /// ```json
    /// {"order_id": "JL-1042-A", "line": 1, "open": true}
    /// ```
    fn control_incident(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        let (line_position, _) = self.control_line_of(position, body)?;
        let open = body.get("open").and_then(Value::as_bool).unwrap_or(true);
        let line = self.orders.get_mut(position).and_then(|order| order.lines.get_mut(line_position));
        line.ok_or("no such line")?.incident = open;
        self.orders.touch(position, cx.now);
        Ok(json!({ "open": open }))
    }

    /// `word`: shows a state that no contract lists, of the order or with `line` of a line, until it is taken back with null.
    ///
    /// ```json
    /// {"order_id": "JL-1042-A", "state": "AWAITING_REVIEW"}
    /// ```
    fn control_word(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        let word = body.get("state").and_then(Value::as_str).map(ToOwned::to_owned);
        let line = body.get("line").map(|_| self.control_line_of(position, body).map(|(at, _)| at)).transpose()?;
        let order = self.orders.get_mut(position).ok_or("no such order")?;
        match line {
            Some(at) => order.lines.get_mut(at).ok_or("no such line")?.word.clone_from(&word),
            None => order.word.clone_from(&word),
        }
        self.orders.touch(position, cx.now);
        Ok(json!({ "state": word }))
    }

    /// `listing`: takes an offer off, or lists it again with nothing in stock.
    ///
    /// ```json
    /// {"sku": "CD-10000-NVY", "listed": false}
    /// ```
    fn control_listing(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let sku = body.get("sku").and_then(Value::as_str).ok_or("`sku` is missing")?;
        let listed = body.get("listed").and_then(Value::as_bool).ok_or("`listed` wants true or false")?;
        if !self.offers.set_listed(sku, listed) {
            return Err(format!("no offer `{sku}`"));
        }
        cx.effects.push(cx.now, "listing_changed", sku, json!({ "listed": listed }));
        Ok(json!({ "listed": listed }))
    }

    /// `imports`: with `stuck` true stock files get no further than they are; with `reports` false their error reports are
    /// not to be had.
    ///
    /// ```json
    /// {"stuck": true, "reports": false}
    /// ```
    fn control_imports(&mut self, body: &Value) -> Result<Value, String> {
        let switch = |name: &str| match body.get(name) {
            None => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or(format!("`{name}` wants true or false")),
        };
        let (stuck, reports) = (switch("stuck")?, switch("reports")?);
        self.imports_stuck = stuck.unwrap_or(self.imports_stuck);
        self.reports_missing = reports.map_or(self.reports_missing, |reports| !reports);
        Ok(json!({ "stuck": self.imports_stuck, "reports": !self.reports_missing }))
    }

    /// A part of a line is cancelled (see `cancel`).
    pub(super) fn cancel_part(&mut self, cx: &mut Cx<'_>, position: usize, body: &Value) -> Result<Value, String> {
        let before = self.orders.get(position).is_some_and(|order| order.state.before_shipped());
        let (line_position, line) = self.control_line_of(position, body)?;
        let quantity = units(body, line.quantity)?;
        if !before || line.state.dropped() || quantity > line.remaining() {
            return Err(format!("{quantity} units of line {} cannot be cancelled any more", line.index));
        }
        let wanted = Wanted {
            order: position,
            line: line_position,
            quantity,
            amount: pence(body, line.unit_price.saturating_mul(quantity))?,
            shipping_amount: 0,
            reason_code: "34".to_owned(),
            by: body.get("by").and_then(Value::as_str).unwrap_or("customer").to_owned(),
        };
        self.cancel_line(cx, wanted).ok_or_else(|| "no such line".to_owned())
    }

    /// The line that `line` numbers from 1; the first when it does not say.
    fn control_line_of(&self, position: usize, body: &Value) -> Result<(usize, &Line), String> {
        let number = body.get("line").and_then(Value::as_u64).unwrap_or(1);
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or("lines count from 1")?;
        let line = self.orders.get(position).and_then(|order| order.lines.get(at));
        line.map(|line| (at, line)).ok_or_else(|| format!("the order has no line {number}"))
    }
}

/// `quantity`, by default 1.
fn units(body: &Value, most: i64) -> Result<i64, String> {
    let quantity = body.get("quantity").and_then(Value::as_i64).unwrap_or(1);
    if (0..=most).contains(&quantity) { Ok(quantity) } else { Err(format!("`quantity` wants 0 to {most}")) }
}

/// `amount` in pence.
fn pence(body: &Value, otherwise: i64) -> Result<i64, String> {
    match body.get("amount") {
        None => Ok(otherwise),
        Some(amount) => amount.as_i64().filter(|pence| *pence >= 0).ok_or("`amount` wants pence".to_owned()),
    }
}
