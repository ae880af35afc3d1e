//! An order, its lines and their states (contracts/john-lewis.md §2.2, §2.3).

use jiff::Timestamp;
use sim_core::world::Customer;

use crate::carriers::Tracking;

/// A state of an order, and of a line as far as this twin has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum State {
    /// The operator has yet to validate it.
    Staging,
    WaitingAcceptance,
    WaitingDebit,
    WaitingDebitPayment,
    Shipping,
    Shipped,
    /// Click and collect: the parcel waits for the customer.
    ToCollect,
    Received,
    Closed,
    Refused,
    Canceled,
}

impl State {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Staging, "STAGING"),
        (Self::WaitingAcceptance, "WAITING_ACCEPTANCE"),
        (Self::WaitingDebit, "WAITING_DEBIT"),
        (Self::WaitingDebitPayment, "WAITING_DEBIT_PAYMENT"),
        (Self::Shipping, "SHIPPING"),
        (Self::Shipped, "SHIPPED"),
        (Self::ToCollect, "TO_COLLECT"),
        (Self::Received, "RECEIVED"),
        (Self::Closed, "CLOSED"),
        (Self::Refused, "REFUSED"),
        (Self::Canceled, "CANCELED"),
    ];

    /// The wire code.
    pub(crate) fn code(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, code)| code)
    }

    /// The state of a wire code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(state, _)| *state)
    }

    /// Whether the seller may ship, so that addresses are shown.
    pub(crate) fn reached_shipping(self) -> bool {
        matches!(self, Self::Shipping | Self::Shipped | Self::ToCollect | Self::Received | Self::Closed)
    }

    /// Whether the order can still be cancelled as far as its state goes.
    pub(crate) fn before_shipped(self) -> bool {
        matches!(self, Self::WaitingDebit | Self::WaitingDebitPayment | Self::Shipping)
    }

    /// Whether nothing more will be done for a line in this state.
    pub(crate) fn dropped(self) -> bool {
        matches!(self, Self::Refused | Self::Canceled)
    }
}

/// A cancelled part of a line (OR30).
#[derive(Debug, Clone)]
pub(crate) struct Cancelation {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    pub(crate) quantity: i64,
    /// Pence.
    pub(crate) amount: i64,
    /// Pence.
    pub(crate) shipping_amount: i64,
    pub(crate) reason_code: String,
}

/// A refund of a line (OR28).
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: u64,
    pub(crate) at: Timestamp,
    /// Informative only, as the API says.
    pub(crate) quantity: i64,
    /// Pence.
    pub(crate) amount: i64,
    /// Pence.
    pub(crate) shipping_amount: i64,
    pub(crate) reason_code: String,
    /// One of [`REFUND_STATES`].
    pub(crate) state: String,
    /// Units that are not to be shipped any more (OR28 `excluded_from_shipment`). The order does not show it.
    pub(crate) excluded: i64,
}

/// The states of a refund (contracts/john-lewis.md §2.3).
pub(crate) const REFUND_STATES: [&str; 4] =
    ["WAITING_REFUND_TAX_CONFIRMATION", "WAITING_REFUND", "WAITING_REFUND_PAYMENT", "REFUNDED"];

/// A line of an order.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// `order_line_id`: the order's id and the line's number.
    pub(crate) id: String,
    /// From 1.
    pub(crate) index: usize,
    /// Position in the offers.
    pub(crate) offer: usize,
    /// The seller's SKU (`offer_sku`).
    pub(crate) sku: String,
    pub(crate) quantity: i64,
    /// Pence, VAT included.
    pub(crate) unit_price: i64,
    /// Pence, VAT included, for the whole line.
    pub(crate) shipping_price: i64,
    pub(crate) state: State,
    pub(crate) updated: Timestamp,
    pub(crate) shipped_at: Option<Timestamp>,
    /// Units in shipments, shipped or not.
    pub(crate) allocated: i64,
    /// Units shipped.
    pub(crate) shipped: i64,
    pub(crate) cancelations: Vec<Cancelation>,
    pub(crate) refunds: Vec<Refund>,
    /// Whether the customer has a complaint about it.
    pub(crate) incident: bool,
    /// What is shown instead of its state.
    pub(crate) word: Option<String>,
}

impl Line {
    /// The state that is shown: what somebody made up, an incident, REFUNDED, or the state itself.
    pub(crate) fn shown(&self) -> &str {
        match &self.word {
            Some(word) => word,
            None if self.state.dropped() => self.state.code(),
            None if self.incident => "INCIDENT_OPEN",
            None if self.paid_back() => "REFUNDED",
            None => self.state.code(),
        }
    }

    /// Pence that were refunded or will be, without shipping.
    pub(crate) fn refunded(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }

    /// Whether everything was paid back.
    fn paid_back(&self) -> bool {
        let done = self.refunds.iter().all(|refund| refund.state == "REFUNDED");
        !self.refunds.is_empty() && done && self.refunded() >= self.price()
    }

    /// Units that are not to be shipped: cancelled, or refunded and taken off the shipment.
    pub(crate) fn gone(&self) -> i64 {
        let excluded: i64 = self.refunds.iter().map(|refund| refund.excluded).sum();
        self.canceled() + excluded
    }

    /// Units that were cancelled.
    pub(crate) fn canceled(&self) -> i64 {
        self.cancelations.iter().map(|part| part.quantity).sum()
    }

    /// Units that no shipment holds yet.
    pub(crate) fn remaining(&self) -> i64 {
        if self.state.dropped() {
            return 0;
        }
        self.quantity - self.gone() - self.allocated
    }

    /// Pence, without shipping.
    pub(crate) fn price(&self) -> i64 {
        self.unit_price.saturating_mul(self.quantity)
    }
}

/// An order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// `<commercial_id>-A`.
    pub(crate) id: String,
    pub(crate) commercial_id: String,
    pub(crate) created: Timestamp,
    /// Moved by [`Orders::touch`](crate::orders::Orders::touch) only, which keeps the index.
    pub(crate) updated: Timestamp,
    /// Moved by [`Orders::set_state`](crate::orders::Orders::set_state) only, which keeps the index.
    pub(crate) state: State,
    pub(crate) customer: Customer,
    pub(crate) message: String,
    pub(crate) lines: Vec<Line>,
    /// When the seller decided; none when it was decided automatically.
    pub(crate) decided_at: Option<Timestamp>,
    pub(crate) debited_at: Option<Timestamp>,
    pub(crate) received_at: Option<Timestamp>,
    /// Of the order as a whole (OR23).
    pub(crate) tracking: Option<Tracking>,
    /// Positions in the shipments, deleted ones included.
    pub(crate) shipments: Vec<usize>,
    /// Code of the fulfilment centre that ships it.
    pub(crate) centre: String,
    /// What is shown instead of its state.
    pub(crate) word: Option<String>,
}

impl Order {
    /// The position of a line of this order.
    pub(crate) fn line_position(&self, line_id: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.id == line_id)
    }

    /// Whether any unit is in a shipment or has left.
    pub(crate) fn anything_allocated(&self) -> bool {
        self.lines.iter().any(|line| line.allocated > 0 || line.shipped > 0)
    }

    /// The state that is shown.
    pub(crate) fn shown(&self) -> &str {
        self.word.as_deref().unwrap_or(self.state.code())
    }

    /// Whether a line has an incident.
    pub(crate) fn has_incident(&self) -> bool {
        self.lines.iter().any(|line| line.incident)
    }

    /// Whether the refunds add up to all lines that are still active (`fully_refunded`).
    pub(crate) fn fully_refunded(&self) -> bool {
        let active = || self.lines.iter().filter(|line| !line.state.dropped());
        let refunds: i64 = active().map(Line::refunded).sum();
        refunds > 0 && refunds >= active().map(Line::price).sum()
    }

    /// OR29 and OR30 would be accepted (`can_cancel`).
    pub(crate) fn can_cancel(&self) -> bool {
        self.state.before_shipped() && !self.anything_allocated()
    }

    /// Whether every line that is not refused or cancelled has left in full.
    pub(crate) fn everything_shipped(&self) -> bool {
        self.lines.iter().all(|line| line.state.dropped() || line.shipped >= line.quantity - line.gone())
    }
}
