//! Goods leave: the one place where units are counted as shipped, for both shipment modes.

use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::effect_log::kind;

use crate::MiraklTwin;
use crate::carriers::Tracking;
use crate::order::{Order, State};

impl MiraklTwin {
    /// The whole order leaves at once (OR24).
    pub(crate) fn ship_order(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) {
        let Some(order) = self.orders.get_mut(position) else {
            return;
        };
        let mut lines = Vec::new();
        for line in &mut order.lines {
            let units = line.remaining();
            if units > 0 {
                line.allocated += units;
                line.shipped += units;
                line.shipped_at = Some(at);
                lines.push(json!({ "line": line.id, "sku": line.sku, "quantity": units }));
            }
        }
        let data = shipped(order.tracking.as_ref(), "", &lines);
        cx.effects.push(at, kind::SHIPPED, order.id.clone(), data);
        self.all_shipped(at, position);
    }

    /// A shipment leaves (ST24, ST01 with `shipped`); the order follows when nothing is left (inferred, §2.3).
    pub(crate) fn ship_shipment(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) {
        let Some(shipment) = self.shipments.get_mut(position) else {
            return;
        };
        shipment.state = State::Shipped;
        shipment.shipped_at = Some(at);
        shipment.updated = at;
        let Some(order) = self.orders.get_mut(shipment.order) else {
            return;
        };
        let mut lines = Vec::new();
        for part in &shipment.lines {
            let Some(line) = order.lines.get_mut(part.line) else {
                continue;
            };
            line.shipped += part.quantity;
            line.updated = at;
            if line.shipped >= line.quantity - line.gone() {
                line.state = State::Shipped;
                line.shipped_at = Some(at);
            }
            lines.push(json!({ "line": line.id, "sku": line.sku, "quantity": part.quantity }));
        }
        let data = shipped(shipment.tracking.as_ref(), shipment.reference(), &lines);
        cx.effects.push(at, kind::SHIPPED, order.id.clone(), data);
        let order_position = shipment.order;
        if order.everything_shipped() {
            self.all_shipped(at, order_position);
        } else {
            self.orders.touch(order_position, at);
        }
    }

    /// An order's shipments, for the control API.
    pub(crate) fn shipments_of(&self, order: &Order) -> Vec<Value> {
        let shipments = order.shipments.iter().filter_map(|p| self.shipments.get(*p));
        shipments
            .filter(|shipment| !shipment.deleted)
            .map(|shipment| {
                let tracking = shipment.tracking.as_ref();
                let lines: Vec<Value> = shipment
                    .lines
                    .iter()
                    .filter_map(|part| {
                        let line = order.lines.get(part.line)?;
                        Some(json!({ "line": line.id, "sku": line.sku, "quantity": part.quantity }))
                    })
                    .collect();
                json!({
                    "id": shipment.id,
                    "status": shipment.state.code(),
                    "reference": shipment.reference(),
                    "tracking": tracking.and_then(|t| t.number.as_deref()),
                    "carrier": tracking.and_then(|t| t.name.as_deref()),
                    "lines": lines,
                })
            })
            .collect()
    }
}

fn shipped(tracking: Option<&Tracking>, reference: &str, lines: &[Value]) -> Value {
    let number = tracking.and_then(|t| t.number.as_deref()).unwrap_or_default();
    let carrier = tracking.and_then(|t| t.name.as_deref()).unwrap_or_default();
    json!({ "tracking": number, "carrier": carrier, "reference": reference, "lines": lines })
}
