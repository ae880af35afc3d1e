//! The things that a seller has at the instance. Data only.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::world::Customer;

use crate::entity::Entity;

/// Advert states (`contracts/marketplacer.md` §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    Published,
    Unpublished,
    Deleted,
}

#[derive(Debug, Clone)]
pub(crate) struct Advert {
    /// The seller's number.
    pub(crate) seller: u64,
    pub(crate) title: String,
    pub(crate) listing: Listing,
    pub(crate) variants: Vec<u64>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) advert: u64,
    pub(crate) sku: Option<String>,
    pub(crate) barcode: Option<String>,
    pub(crate) label: String,
    /// Pence.
    pub(crate) price: i64,
    pub(crate) count: i64,
    pub(crate) infinite: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// `DeliveryTypeEnum` (`contracts/marketplacer.md` §2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    #[default]
    BuyOnline,
    ClickAndCollect,
    NoDispatch,
}

impl Delivery {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BuyOnline => "BUY_ONLINE",
            Self::ClickAndCollect => "CLICK_AND_COLLECT",
            Self::NoDispatch => "NO_DISPATCH",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::BuyOnline, Self::ClickAndCollect, Self::NoDispatch].into_iter().find(|delivery| delivery.name() == name)
    }
}

/// `InvoiceStatusFlagEnum` (`contracts/marketplacer.md` §2.2, §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    Paid,
    PaymentUnderReview,
    Sent,
    PartiallySent,
    AwaitingReturn,
    AwaitingRefund,
    Refunded,
    Cancelled,
    Ready,
    Collected,
    Remitted,
}

impl Flag {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Paid => "PAID",
            Self::PaymentUnderReview => "PAYMENT_UNDER_REVIEW",
            Self::Sent => "SENT",
            Self::PartiallySent => "PARTIALLY_SENT",
            Self::AwaitingReturn => "AWAITING_RETURN",
            Self::AwaitingRefund => "AWAITING_REFUND",
            Self::Refunded => "REFUNDED",
            Self::Cancelled => "CANCELLED",
            Self::Ready => "READY",
            Self::Collected => "COLLECTED",
            Self::Remitted => "REMITTED",
        }
    }
}

/// A line, with the product frozen as it was at order time (`contracts/marketplacer.md` §2.3).
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: u64,
    pub(crate) variant: u64,
    pub(crate) advert: u64,
    pub(crate) sku: Option<String>,
    pub(crate) barcode: Option<String>,
    pub(crate) name: String,
    pub(crate) title: String,
    /// Pence for one.
    pub(crate) price: i64,
    pub(crate) quantity: i64,
    pub(crate) sent: i64,
    pub(crate) cancelled: i64,
    pub(crate) refunded: i64,
    pub(crate) shipments: Vec<u64>,
}

impl Line {
    pub(crate) fn awaiting(&self) -> i64 {
        (self.quantity - self.sent - self.cancelled).max(0)
    }

    pub(crate) fn json(&self, quantity: i64) -> Value {
        json!({ "line": Entity::LineItem(self.id).gid(), "sku": self.sku, "quantity": quantity })
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) id: u64,
    /// The seller's number.
    pub(crate) seller: u64,
    pub(crate) delivery: Delivery,
    pub(crate) buyer: Customer,
    pub(crate) message: String,
    pub(crate) flags: BTreeSet<Flag>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) paid: Option<Timestamp>,
    pub(crate) remitted: Option<Timestamp>,
    pub(crate) lines: Vec<Line>,
    pub(crate) shipments: Vec<u64>,
    pub(crate) refunds: Vec<u64>,
}

impl Invoice {
    /// Pence, with tax.
    pub(crate) fn subtotal(&self) -> i64 {
        self.lines.iter().map(|line| line.price * line.quantity).sum()
    }

    /// Pence: free from 50 pounds.
    pub(crate) fn shipping(&self) -> i64 {
        if self.subtotal() >= 5_000 { 0 } else { 399 }
    }

    pub(crate) fn awaiting(&self) -> i64 {
        self.lines.iter().map(Line::awaiting).sum()
    }

    /// `InvoiceStatusEnum`: the one-word state that filters and REST still use.
    pub(crate) fn status(&self) -> &'static str {
        let order = [
            Flag::Cancelled,
            Flag::Refunded,
            Flag::Collected,
            Flag::Ready,
            Flag::Sent,
            Flag::PartiallySent,
            Flag::Paid,
            Flag::PaymentUnderReview,
        ];
        let reached = order.into_iter().find(|flag| self.flags.contains(flag));
        reached.map_or("AWAITING_PAYMENT", Flag::name)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Shipment {
    pub(crate) invoice: u64,
    pub(crate) carrier: String,
    pub(crate) tracking: String,
    /// Where a REST caller set its own link.
    pub(crate) link: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) dispatched: Timestamp,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// Line and quantity.
    pub(crate) items: Vec<(u64, i64)>,
}

#[derive(Debug, Clone)]
pub(crate) struct RefundLine {
    pub(crate) id: u64,
    /// None for a custom line (postage).
    pub(crate) line: Option<u64>,
    pub(crate) description: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) deny_reason: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) dispatched: bool,
    /// Pence for one.
    pub(crate) price: i64,
    pub(crate) status: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct RefundRequest {
    pub(crate) invoice: u64,
    pub(crate) status: &'static str,
    pub(crate) initiated_by: String,
    pub(crate) lines: Vec<RefundLine>,
    /// Text, status at that time, moment.
    pub(crate) notes: Vec<(Option<String>, &'static str, Timestamp)>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) refunded: Option<Timestamp>,
}

/// A carrier of the operator's list.
#[derive(Debug, Clone)]
pub(crate) struct Carrier {
    pub(crate) name: String,
    pub(crate) other_names: Vec<&'static str>,
    /// Contains `{TRACKING_NUMBER}`.
    pub(crate) tracking_url: Option<String>,
}
