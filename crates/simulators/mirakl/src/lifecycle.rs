//! The states of an order and what moves it on (contracts/john-lewis.md §2.3).

use jiff::Timestamp;
use serde_json::json;
use sim_core::Cx;
use sim_core::effect_log::kind;

use crate::MiraklTwin;
use crate::agenda::Job;
use crate::options::Acceptance;
use crate::order::State;
use crate::text::after;

const DAY: i64 = 24 * 3_600;

impl MiraklTwin {
    /// The operator has nothing against the order: somebody has to accept it. False when it was not being checked.
    pub(crate) fn validated(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) -> bool {
        if self.state_of(position) != Some(State::Staging) {
            return false;
        }
        match self.options.acceptance {
            Acceptance::Automatic => self.accepted(cx, at, position),
            Acceptance::Seller | Acceptance::Both => {
                self.orders.set_state(position, State::WaitingAcceptance, at);
                let deadline = after(at, i64::from(self.options.auto_refuse_hours) * 3_600);
                self.agenda.note(deadline, Job::AutoRefuse(position));
            }
        }
        true
    }

    /// The order was accepted, by the seller or automatically: the customer's money is asked for.
    pub(crate) fn accepted(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) {
        let (shortest, longest) = self.options.debit_minutes;
        let delay = cx.rng.between(i64::from(shortest) * 60, i64::from(longest) * 60);
        self.orders.set_state(position, State::WaitingDebit, at);
        self.agenda.note(after(at, delay / 2), Job::DebitRequested(position));
        self.agenda.note(after(at, delay), Job::Debited(position));
    }

    /// The operator's payment system was told.
    pub(crate) fn debit_requested(&mut self, at: Timestamp, position: usize) {
        if self.state_of(position) == Some(State::WaitingDebit) {
            self.orders.set_state(position, State::WaitingDebitPayment, at);
        }
    }

    /// The money has come: the seller may ship. False when the order was not waiting for it.
    pub(crate) fn debited(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) -> bool {
        let waiting = matches!(self.state_of(position), Some(State::WaitingDebit | State::WaitingDebitPayment));
        if !waiting {
            return false;
        }
        self.orders.set_state(position, State::Shipping, at);
        if let Some(order) = self.orders.get_mut(position) {
            order.debited_at = Some(at);
            cx.effects.push(at, kind::ORDER_READY, order.id.clone(), json!({}));
        }
        true
    }

    /// Nobody decided in time: the marketplace refuses on the seller's behalf.
    pub(crate) fn auto_refuse(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) {
        if self.state_of(position) == Some(State::WaitingAcceptance) {
            self.refused(cx, at, position, "delay");
        }
    }

    /// Every line is refused.
    pub(crate) fn refused(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize, by: &str) {
        self.orders.set_state(position, State::Refused, at);
        if let Some(order) = self.orders.get(position) {
            cx.effects.push(at, "order_refused", order.id.clone(), json!({ "by": by }));
        }
    }

    /// The order is cancelled as a whole.
    pub(crate) fn cancelled(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize, by: &str) {
        self.orders.set_state(position, State::Canceled, at);
        if let Some(order) = self.orders.get(position) {
            cx.effects.push(at, kind::ORDER_CANCELLED, order.id.clone(), json!({ "by": by }));
        }
    }

    /// Everything has left: the parcel will count as delivered some days later.
    pub(crate) fn all_shipped(&mut self, at: Timestamp, position: usize) {
        self.orders.set_state(position, State::Shipped, at);
        let due = after(at, i64::from(self.options.auto_receive_days) * DAY);
        self.agenda.note(due, Job::Receive(position));
    }

    /// The parcel waits at the counter. False when the order has not left, or is there already.
    pub(crate) fn wait_at_counter(&mut self, at: Timestamp, position: usize) -> bool {
        if self.state_of(position) != Some(State::Shipped) {
            return false;
        }
        self.orders.set_state(position, State::ToCollect, at);
        self.move_shipments(position, State::ToCollect, at);
        true
    }

    /// The parcel counts as delivered.
    pub(crate) fn received(&mut self, cx: &mut Cx<'_>, at: Timestamp, position: usize) {
        if !matches!(self.state_of(position), Some(State::Shipped | State::ToCollect)) {
            return;
        }
        self.orders.set_state(position, State::Received, at);
        if let Some(order) = self.orders.get_mut(position) {
            order.received_at = Some(at);
            cx.effects.push(at, "order_received", order.id.clone(), json!({}));
        }
        self.move_shipments(position, State::Received, at);
        let due = after(at, i64::from(self.options.auto_close_days) * DAY);
        self.agenda.note(due, Job::Close(position));
    }

    /// The order is over.
    pub(crate) fn closed(&mut self, at: Timestamp, position: usize) {
        if self.state_of(position) == Some(State::Received) {
            self.orders.set_state(position, State::Closed, at);
            self.move_shipments(position, State::Closed, at);
        }
    }

    fn state_of(&self, position: usize) -> Option<State> {
        self.orders.get(position).map(|order| order.state)
    }

    fn move_shipments(&mut self, position: usize, state: State, at: Timestamp) {
        let Some(order) = self.orders.get(position) else { return };
        for shipment in &order.shipments {
            if let Some(shipment) = self.shipments.get_mut(*shipment)
                && !shipment.deleted
            {
                shipment.state = state;
                shipment.updated = at;
            }
        }
    }
}
