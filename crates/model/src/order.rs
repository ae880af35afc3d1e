//! A sale at a channel, in words that no remote owns.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Address, ChannelShipment, Money, Private};

/// What the channel says may be done with an order now. The connector derives it from the remote's own states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "why")]
pub enum Readiness {
    /// The seller has to accept or refuse it first (Mirakl `WAITING_ACCEPTANCE`).
    AwaitingAcceptance,
    /// Somebody else has to act first: payment, fraud review, staging. The text is the remote's own word.
    NotYet(String),
    /// It may be picked now.
    Ready,
    /// Nothing is left to ship, and it was not cancelled.
    Fulfilled,
    /// It was cancelled or refused; nothing may be shipped.
    Cancelled,
    /// The remote used a state that this version does not know. The order is held, never guessed at.
    Unknown(String),
}

/// How the goods reach the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// By parcel to an address.
    Ship,
    /// The customer collects; the warehouse does not ship it.
    Collect,
    /// Nothing physical is sent.
    None,
}

/// Who bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Full name.
    pub name: Private<String>,
    /// E-mail, often a relay address of the marketplace.
    pub email: Private<String>,
    /// Telephone.
    pub phone: Private<String>,
}

/// One line of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The channel's id of the line, as its API wants it back.
    pub id: String,
    /// The seller's SKU; absent where the listing has none.
    pub sku: Option<String>,
    /// The barcode, when the channel gives one. Only ever a hint for a person.
    pub barcode: Option<String>,
    /// What the customer saw.
    pub title: String,
    /// Units ordered. Kept as the remote sent it; the checks refuse what is not positive.
    pub quantity: i64,
    /// Units that may still be shipped (ordered − shipped − cancelled).
    pub open: i64,
    /// Price of one unit, when known.
    pub unit_price: Option<Money>,
    /// Whether the line was cancelled or refused at the channel.
    pub cancelled: bool,
}

/// A sale at a channel: the unit that the warehouse fulfils as one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelOrder {
    /// The channel's id, as its API wants it back (Marketplacer: the invoice's GraphQL id; Mirakl: `order_id`).
    pub id: String,
    /// The number that people read (Marketplacer: the invoice's legacy id; Mirakl: `order_id`).
    pub number: String,
    /// Other ids that somebody may search by (basket number, references).
    pub aliases: Vec<String>,
    /// What may be done with it.
    pub readiness: Readiness,
    /// The remote's own state words, shown as "the marketplace says".
    pub remote_state: String,
    /// When the customer ordered.
    pub placed_at: Timestamp,
    /// When the remote last changed it.
    pub updated_at: Timestamp,
    /// The latest moment of despatch that the channel asks for, when it says so.
    pub ship_by: Option<Timestamp>,
    /// Parcel, collection or nothing.
    pub delivery: Delivery,
    /// The delivery service in the channel's words.
    pub service: String,
    /// The buyer's message to the seller, which on these channels also carries delivery instructions.
    pub message: Private<String>,
    /// Who bought.
    pub contact: Contact,
    /// Where it goes.
    pub ship_to: Address,
    /// What the customer paid in all, when known.
    pub total: Option<Money>,
    /// The shipping charge, when known.
    pub shipping: Option<Money>,
    /// The lines, in the channel's order.
    pub lines: Vec<OrderLine>,
    /// Shipments that the channel already holds.
    pub shipments: Vec<ChannelShipment>,
}
