//! Mirakl's state words (`contracts/john-lewis.md §2.3`, `§2.4`), grouped by what may be done.

/// What an order's state means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderPhase {
    /// The operator checks it; nothing may be done.
    Staging,
    /// The seller has to decide.
    WaitingAcceptance,
    /// Accepted; the operator collects the money.
    WaitingDebit,
    /// It may be shipped.
    Shipping,
    /// It has left, or more.
    Shipped,
    /// Refused or cancelled.
    Cancelled,
    /// A word this version does not know.
    Unknown,
}

impl OrderPhase {
    /// Groups an order's state.
    pub(crate) fn of(state: &str) -> Self {
        match state {
            "STAGING" => Self::Staging,
            "WAITING_ACCEPTANCE" => Self::WaitingAcceptance,
            "WAITING_DEBIT" | "WAITING_DEBIT_PAYMENT" => Self::WaitingDebit,
            "SHIPPING" => Self::Shipping,
            "SHIPPED" | "TO_COLLECT" | "RECEIVED" | "CLOSED" => Self::Shipped,
            "REFUSED" | "CANCELED" => Self::Cancelled,
            _ => Self::Unknown,
        }
    }
}

/// What a line's state means for shipping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinePhase {
    /// Its units are still to be shipped, now or later.
    Open,
    /// Shipped, or refunded in full: nothing more to ship.
    Settled,
    /// Refused or cancelled.
    Cancelled,
    /// An incident was opened; whether it has left has to be seen elsewhere.
    Incident,
    /// A word this version does not know.
    Unknown,
}

impl LinePhase {
    /// Groups a line's state. A line without a state goes with its order.
    pub(crate) fn of(state: &str) -> Self {
        match state {
            "" | "STAGING" | "WAITING_ACCEPTANCE" | "WAITING_DEBIT" | "WAITING_DEBIT_PAYMENT" | "SHIPPING" => {
                Self::Open
            }
            "SHIPPED"
            | "TO_COLLECT"
            | "RECEIVED"
            | "CLOSED"
            | "REFUNDED"
            | "WAITING_REFUND"
            | "WAITING_REFUND_PAYMENT" => Self::Settled,
            "REFUSED" | "CANCELED" => Self::Cancelled,
            "INCIDENT_OPEN" => Self::Incident,
            _ => Self::Unknown,
        }
    }
}

/// What a shipment's status means (multi-shipment mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShipmentPhase {
    /// Created, not yet on its way.
    Open,
    /// On its way, or more.
    Shipped,
    /// Cancelled.
    Cancelled,
    /// A word this version does not know.
    Unknown,
}

impl ShipmentPhase {
    /// Groups a shipment's status.
    pub(crate) fn of(status: &str) -> Self {
        match status {
            "SHIPPING" | "READY_FOR_PICK_UP" | "SHIPMENT_PREPARED" => Self::Open,
            "SHIPPED" | "TO_COLLECT" | "RECEIVED" | "CLOSED" => Self::Shipped,
            "CANCELED" => Self::Cancelled,
            _ => Self::Unknown,
        }
    }
}
