//! The twin's own control calls below `/_sim/`: what customers, payment systems and operators do.

mod operator;

use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::world::Customer;

use crate::MiraklTwin;
use crate::order::State;
use crate::place::Purchase;
use crate::twin::ShopState;

impl MiraklTwin {
    /// Answers a control call.
    pub(crate) fn control_call(&mut self, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Result<Value, String>> {
        Some(match path {
            "orders" => self.control_orders(cx, body),
            "cancel" => self.control_cancel(cx, body),
            "debit" => self.control_debit(cx, body),
            "amend" => self.control_amend(cx, body),
            "stock" => self.control_stock(cx, body),
            "connection" => self.control_connection(body),
            "shop" => self.control_shop(body),
            _ => return self.operator_call(cx, path, body),
        })
    }

    /// `orders`: a customer orders now.
    ///
    /// ```json
    /// {"lines": [{"sku": "CD-10000-NVY", "quantity": 2}], "number": 7001, "postcode": "", "message": "Ring twice"}
    /// ```
    ///
    /// Only `lines` is mandatory. `number` gives the order id `JL-<1000 + number>-A`; without it the next free one is
    /// taken. `first_name`, `last_name`, `email`, `phone`, `line1`, `line2`, `city`, `county`, `postcode` replace parts of
    /// the customer's address. `centre` is the code of a fulfilment centre other than the shop's, and then the order is not the
    /// shop's to accept or to ship. `defect` is what the effect log will call wrong with the order; a SKU that the shop does not
    /// list is listed on the fly as `unknown_sku`. Answers `{"order_id", "placed"}`; `placed` is false when published stock
    /// did not reach.
    fn control_orders(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let lines = body
            .get("lines")
            .and_then(Value::as_array)
            .filter(|lines| !lines.is_empty())
            .ok_or("`lines` wants [{\"sku\", \"quantity\"}]")?
            .iter()
            .map(control_line)
            .collect::<Result<Vec<_>, _>>()?;
        if lines.iter().any(|(_, quantity)| *quantity == 0) {
            return Err("an order line wants at least one unit".to_owned());
        }
        let number = match body.get("number") {
            None | Some(Value::Null) => self.next_number,
            Some(number) => number.as_u64().ok_or("`number` wants a whole number")?,
        };
        if self.orders.find(&format!("JL-{}-A", number.saturating_add(1_000))).is_some() {
            return Err(format!("order number {number} is taken"));
        }
        let unknown = lines.iter().any(|(sku, _)| !self.offers.known(sku));
        let named = body.get("defect").and_then(Value::as_str);
        let customer = control_customer(body, number);
        let defect = if unknown {
            Some("unknown_sku")
        } else if customer.postcode.is_empty() {
            named.or(Some("no_postcode"))
        } else {
            named
        };
        self.next_number = self.next_number.max(number.saturating_add(1));
        let purchase = Purchase {
            number,
            customer,
            lines,
            message: body.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
            centre: body.get("centre").and_then(Value::as_str).map(ToOwned::to_owned),
            defect: defect.map(ToOwned::to_owned),
        };
        let (order_id, placed) = self.place(cx, cx.now, purchase);
        Ok(json!({ "order_id": order_id, "placed": placed }))
    }

    /// `cancel`: the operator cancels an order that has not been shipped. `by` is `customer` when not given. With `line` only
    /// a part of that line goes: `quantity` units, 0 for money alone, and `amount` in pence, by default the units' price.
    ///
    /// ```json
    /// {"order_id": "JL-1042-A", "by": "operator", "line": 1, "quantity": 1}
    /// ```
    fn control_cancel(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        if body.get("line").is_some() {
            return self.cancel_part(cx, position, body);
        }
        let order = self.orders.get(position).ok_or("no such order")?;
        let waiting = matches!(order.state, State::Staging | State::WaitingAcceptance);
        if !waiting && !order.can_cancel() {
            return Err(format!("the order is {} or partly shipped", order.state.code()));
        }
        let by = body.get("by").and_then(Value::as_str).unwrap_or("customer");
        self.cancelled(cx, cx.now, position, by);
        Ok(json!({ "state": State::Canceled.code() }))
    }

    /// `amend`: the customer has moved; what is left out stays.
    ///
    /// ```json
    /// {"order_id": "JL-1042-A", "line1": "3 Wharf Lane", "city": "Leeds", "postcode": "LS1 4AP"}
    /// ```
    fn control_amend(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        let order = self.orders.get_mut(position).ok_or("no such order")?;
        let (id, who) = (order.id.clone(), &mut order.customer);
        for (name, slot) in [("line1", &mut who.line1), ("city", &mut who.city), ("postcode", &mut who.postcode)] {
            if let Some(text) = body.get(name).and_then(Value::as_str) {
                text.clone_into(slot);
            }
        }
        self.orders.touch(position, cx.now);
        cx.effects.push(cx.now, "order_amended", id, json!({}));
        Ok(json!({}))
    }

    /// `debit`: the customer's money comes now, so that an accepted order moves to SHIPPING.
    ///
    /// ```json
    /// {"order_id": "JL-1042-A"}
    /// ```
    fn control_debit(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let position = self.control_order(body)?;
        if self.debited(cx, cx.now, position) {
            return Ok(json!({ "state": State::Shipping.code() }));
        }
        let state = self.orders.get(position).map_or("", |order| order.state.code());
        Err(format!("the order is {state}, not waiting for its debit"))
    }

    /// `stock`: somebody changes a published figure past the API.
    ///
    /// ```json
    /// {"sku": "CD-10000-NVY", "quantity": 3}
    /// ```
    fn control_stock(&mut self, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
        let (sku, quantity) = control_line(body)?;
        let offer = self.offers.find(&sku).and_then(|position| self.offers.get_mut(position));
        let offer = offer.ok_or_else(|| format!("no offer `{sku}`"))?;
        offer.quantity = quantity;
        cx.effects.push(cx.now, "stock_forced", sku, json!({ "quantity": quantity }));
        Ok(json!({ "quantity": quantity }))
    }

    /// `connection`: with `active` false the marketplace accepts stock files, says that all is well, and publishes nothing.
    ///
    /// ```json
    /// {"active": false}
    /// ```
    fn control_connection(&mut self, body: &Value) -> Result<Value, String> {
        self.publishing = body.get("active").and_then(Value::as_bool).ok_or("`active` wants true or false")?;
        Ok(json!({ "active": self.publishing }))
    }

    /// `shop`: the shop's state, `OPEN`, `CLOSE`, `SUSPENDED` or `TERMINATED`. Only an open shop sells.
    ///
    /// ```json
    /// {"state": "SUSPENDED"}
    /// ```
    fn control_shop(&mut self, body: &Value) -> Result<Value, String> {
        self.shop_state = body
            .get("state")
            .and_then(Value::as_str)
            .and_then(ShopState::parse)
            .ok_or("`state` wants OPEN, CLOSE, SUSPENDED or TERMINATED")?;
        Ok(json!({ "state": self.shop_state.code() }))
    }

    fn control_order(&self, body: &Value) -> Result<usize, String> {
        let id = body.get("order_id").and_then(Value::as_str).ok_or("`order_id` is missing")?;
        self.orders.find(id).ok_or_else(|| format!("no order `{id}`"))
    }
}

fn control_line(line: &Value) -> Result<(String, i64), String> {
    let sku = line.get("sku").and_then(Value::as_str).ok_or("`sku` is missing")?;
    let quantity = line.get("quantity").and_then(Value::as_i64).unwrap_or(1);
    // Quantities are 32 bits wide in the API.
    if !(0..=i64::from(i32::MAX)).contains(&quantity) {
        return Err("`quantity` is out of range".to_owned());
    }
    Ok((sku.to_owned(), quantity))
}

fn control_customer(body: &Value, number: u64) -> Customer {
    let text = |key: &str, otherwise: &str| -> String {
        body.get(key).and_then(Value::as_str).unwrap_or(otherwise).to_owned()
    };
    Customer {
        first_name: text("first_name", "Eilidh"),
        last_name: text("last_name", "Quill"),
        email: text("email", &format!("buyer-{number:06}@relay.example")),
        phone: text("phone", "07700 900123"),
        line1: text("line1", "14 Canal Wharf"),
        line2: text("line2", ""),
        city: text("city", "Leeds"),
        county: text("county", "West Yorkshire"),
        postcode: text("postcode", "LS1 4BR"),
    }
}
