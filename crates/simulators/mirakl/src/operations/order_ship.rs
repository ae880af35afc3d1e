//! OR23 and OR24: tracking, then shipping, of a whole order (contracts/mirakl/orders.txt).

use sim_core::Cx;
use sim_core::effect_log::kind;

use super::accept::fulfilled_elsewhere;
use crate::MiraklTwin;
use crate::carriers::Tracking;
use crate::dispatch::Call;
use crate::order::State;
use crate::reply::{self, Outcome, Refusal};

impl MiraklTwin {
    /// OR23. A set: the same values again change nothing.
    pub(crate) fn track(&mut self, cx: &mut Cx<'_>, call: &Call<'_>, id: &str) -> Outcome {
        let position = self.order_position(id)?;
        let order = self.orders.get_mut(position).ok_or_else(|| no_order(id))?;
        if order.centre != self.options.fulfilment_centre {
            return Err(fulfilled_elsewhere(order));
        }
        if !matches!(order.state, State::Shipping | State::Shipped | State::Received) {
            return Err(Refusal::bad(format!("Tracking cannot be set while the order is '{}'.", order.state.code())));
        }
        let only_registered = self.options.registered_carriers_only;
        let tracking = Tracking::read(&call.body, "carrier_url", only_registered).map_err(Refusal::bad)?;
        if order.tracking.as_ref() != Some(&tracking) {
            cx.effects.push(cx.now, kind::TRACKING_SET, id, tracking.effect());
            order.tracking = Some(tracking);
            self.orders.touch(position, cx.now);
        }
        Ok(reply::no_content())
    }

    /// OR24.
    pub(crate) fn ship(&mut self, cx: &mut Cx<'_>, id: &str) -> Outcome {
        let position = self.order_position(id)?;
        let order = self.orders.get(position).ok_or_else(|| no_order(id))?;
        if order.centre != self.options.fulfilment_centre {
            return Err(fulfilled_elsewhere(order));
        }
        if order.state != State::Shipping {
            return Err(Refusal::bad(wrong_state(order.state)));
        }
        if order.anything_allocated() {
            // Which of the two ways would then count is not documented.
            return Err(Refusal::bad("The order has shipments; ship those."));
        }
        let tracked = order.tracking.as_ref().is_some_and(|tracking| tracking.number.is_some());
        if self.options.mandatory_tracking && !tracked {
            return Err(Refusal::bad("Tracking is mandatory for this shipping type."));
        }
        self.ship_order(cx, cx.now, position);
        Ok(reply::no_content())
    }

    /// The position of an order, or 404.
    pub(crate) fn order_position(&self, id: &str) -> Result<usize, Refusal> {
        self.orders.find(id).ok_or_else(|| no_order(id))
    }
}

/// 404.
pub(crate) fn no_order(id: &str) -> Refusal {
    Refusal::missing(format!("Order with id '{id}' not found."))
}

/// In the words of the official ST01 example.
pub(crate) fn wrong_state(state: State) -> String {
    format!("The order status must be 'SHIPPING' but it is '{}'.", state.code())
}
