//! ST23, ST24, ST06: tracking, shipping and deleting shipments; 200 with a result for each, even if all failed
//! (contracts/john-lewis.md §2.4).

use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::effect_log::kind;

use super::shipment_create::shipments;
use crate::MiraklTwin;
use crate::carriers::Tracking;
use crate::dispatch::Call;
use crate::order::State;
use crate::reply::{self, Outcome, Refusal};

impl MiraklTwin {
    /// ST23.
    pub(crate) fn track_shipments(&mut self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        self.each(cx, &call.body, Self::track_shipment)
    }

    /// ST24.
    pub(crate) fn ship_shipments(&mut self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        self.each(cx, &call.body, Self::validate_shipment)
    }

    /// ST06.
    pub(crate) fn delete_shipments(&mut self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        self.each(cx, &call.body, Self::delete_shipment)
    }

    fn each(
        &mut self,
        cx: &mut Cx<'_>,
        body: &Value,
        act: fn(&mut Self, &mut Cx<'_>, usize, &Value) -> Result<(), String>,
    ) -> Outcome {
        let entries = shipments(body)?;
        let ids = entries
            .iter()
            .map(|entry| {
                let id = entry.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
                id.ok_or_else(|| Refusal::bad("'id' must not be empty").field("shipments.id"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut done = Vec::new();
        let mut errors = Vec::new();
        for (entry, id) in entries.iter().zip(ids) {
            let result = match self.shipments.find(id) {
                Some(position) => act(self, cx, position, entry),
                None => Err(format!("No shipment with id '{id}'.")),
            };
            match result {
                Ok(()) => done.push(json!({ "id": id })),
                Err(message) => errors.push(json!({ "id": id, "message": message })),
            }
        }
        let body = json!({ "shipment_success": done, "shipment_errors": errors });
        Ok(reply::json(200, &body))
    }

    fn track_shipment(&mut self, cx: &mut Cx<'_>, position: usize, entry: &Value) -> Result<(), String> {
        let shipment = self.shipments.get_mut(position).ok_or("The shipment is gone.")?;
        let body = entry.get("tracking").ok_or("The tracking is mandatory.")?;
        let tracking = Tracking::read(body, "tracking_url", self.options.registered_carriers_only)?;
        if shipment.tracking.as_ref() == Some(&tracking) {
            return Ok(());
        }
        let data = tracking.effect();
        shipment.tracking = Some(tracking);
        shipment.updated = cx.now;
        let order_position = shipment.order;
        if let Some(order) = self.orders.get(order_position) {
            cx.effects.push(cx.now, kind::TRACKING_SET, order.id.clone(), data);
        }
        self.orders.touch(order_position, cx.now);
        Ok(())
    }

    fn validate_shipment(&mut self, cx: &mut Cx<'_>, position: usize, _entry: &Value) -> Result<(), String> {
        let shipment = self.shipments.get(position).ok_or("The shipment is gone.")?;
        if shipment.state != State::Shipping {
            return Err(format!("Shipment with id '{}' is not in SHIPPING status and cannot be shipped.", shipment.id));
        }
        let tracked = shipment.tracking.as_ref().is_some_and(|tracking| tracking.number.is_some());
        if self.options.mandatory_tracking && !tracked {
            return Err("Tracking is mandatory for this shipping type.".to_owned());
        }
        self.ship_shipment(cx, cx.now, position);
        Ok(())
    }

    fn delete_shipment(&mut self, cx: &mut Cx<'_>, position: usize, _entry: &Value) -> Result<(), String> {
        let shipment = self.shipments.get_mut(position).ok_or("The shipment is gone.")?;
        if shipment.state != State::Shipping {
            return Err(format!("Shipment with id '{}' is not in SHIPPING status and cannot be deleted.", shipment.id));
        }
        shipment.deleted = true;
        let order_position = shipment.order;
        if let Some(order) = self.orders.get_mut(order_position) {
            for part in &shipment.lines {
                if let Some(line) = order.lines.get_mut(part.line) {
                    line.allocated -= part.quantity;
                }
            }
            let data = json!({ "shipment": shipment.id });
            cx.effects.push(cx.now, "shipment_deleted", order.id.clone(), data);
        }
        self.orders.touch(order_position, cx.now);
        Ok(())
    }
}
