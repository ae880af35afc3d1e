//! What is remembered of an order.

use std::collections::BTreeMap;

use crossdock_model::ChannelOrder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cause::Cause;

/// How far an order has come, in the operator's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Known; the marketplace has something to do first (payment, review).
    Received,
    /// The acceptance is on its way to the marketplace.
    Accepting,
    /// On its way into the warehouse.
    Releasing,
    /// Complete in the warehouse, read back and released for picking.
    InWarehouse,
    /// Some of it left.
    PartDespatched,
    /// All of it left; the marketplace does not know everything yet.
    Despatched,
    /// All of it left and the marketplace was seen to know it.
    Confirmed,
    /// Nothing is to be shipped any more.
    Cancelled,
    /// It was fulfilled without the hub.
    Elsewhere,
}

impl OrderStage {
    /// The stored state word of an order that is not held.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Accepting => "accepting",
            Self::Releasing => "releasing",
            Self::InWarehouse => "in_warehouse",
            Self::PartDespatched => "part_despatched",
            Self::Despatched => "despatched",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Confirmed | Self::Cancelled | Self::Elsewhere)
    }

    /// Whether the warehouse has, or may have, the order.
    pub const fn at_warehouse(self) -> bool {
        matches!(self, Self::Releasing | Self::InWarehouse | Self::PartDespatched | Self::Despatched | Self::Confirmed)
    }
}

/// A channel line and the warehouse item it became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedLine {
    /// The channel's line id.
    pub line_id: String,
    /// The warehouse item.
    pub item: String,
    /// Units sent to the warehouse.
    pub quantity: i64,
}

/// A correction that a person made; the marketplace's own address stays as it was in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressFix {
    /// First line.
    pub line1: crossdock_model::Private<String>,
    /// Second line.
    pub line2: crossdock_model::Private<String>,
    /// Town.
    pub city: crossdock_model::Private<String>,
    /// Postcode.
    pub postcode: crossdock_model::Private<String>,
    /// Who receives it; `None` (in corrections made before it could be corrected) leaves what the marketplace said.
    #[serde(default)]
    pub recipient: Option<crossdock_model::Private<String>>,
    /// The company; `None` as above.
    #[serde(default)]
    pub company: Option<crossdock_model::Private<String>>,
    /// County, state or region; `None` as above.
    #[serde(default)]
    pub region: Option<crossdock_model::Private<String>>,
    /// ISO 3166 alpha-2 code and English name of the country; `None` as above.
    #[serde(default)]
    pub country: Option<(String, String)>,
}

impl AddressFix {
    /// The marketplace's address with the correction laid over it.
    #[must_use]
    pub fn over(&self, address: &crossdock_model::Address) -> crossdock_model::Address {
        let (country_code, country) =
            self.country.clone().unwrap_or_else(|| (address.country_code.clone(), address.country.clone()));
        crossdock_model::Address {
            recipient: self.recipient.as_ref().unwrap_or(&address.recipient).clone(),
            company: self.company.as_ref().unwrap_or(&address.company).clone(),
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            city: self.city.clone(),
            region: self.region.as_ref().unwrap_or(&address.region).clone(),
            postcode: self.postcode.clone(),
            country_code,
            country,
        }
    }
}

/// What the order knows of one of its parcels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelMark {
    /// Units per channel line.
    pub lines: Vec<crossdock_model::ShippedLine>,
    /// Whether the channel was seen to know it.
    pub confirmed: bool,
}

/// The warehouse holds other units than were sent: a person changed them there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// Which, in words.
    pub detail: String,
    /// When a look first saw it.
    pub since: Timestamp,
    /// Whether a later look saw it too: one alone may have met an old copy.
    pub agreed: bool,
}

/// What is remembered of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderState {
    /// The order as last seen at the channel.
    pub order: ChannelOrder,
    /// How far it has come.
    pub stage: OrderStage,
    /// What holds it.
    pub held: Option<(Cause, String, String)>,
    /// The warehouse's order number.
    pub number: String,
    /// Which try of the warehouse order or acceptance this is; grows when a person replays after a refusal.
    pub revision: u32,
    /// A refusal that is not cured by the order's own data: cleared by a replay or a correction.
    pub refused: bool,
    /// What the lines became.
    pub mapped: Vec<MappedLine>,
    /// A person's correction.
    pub fix: Option<AddressFix>,
    /// The parcels seen so far, by package key.
    pub parcels: BTreeMap<String, ParcelMark>,
    /// What the warehouse last said, and when.
    pub warehouse_said: Option<(String, Timestamp)>,
    /// When the channel's document was last read.
    pub seen_at: Timestamp,
    /// The channel's address when the warehouse got the order.
    #[serde(default)]
    pub sent_to: Option<crossdock_model::Address>,
    /// Whether the warehouse order is being taken back on its way.
    #[serde(default)]
    pub withdrawing: bool,
    /// Whether the warehouse has cancelled it, or does not have it any more.
    #[serde(default)]
    pub gone: bool,
    /// When a look first did not find it in the warehouse.
    #[serde(default)]
    pub absent_since: Option<Timestamp>,
    /// What a person took out of the warehouse order because the marketplace did not expect it any more.
    #[serde(default)]
    pub dropped: Vec<MappedLine>,
    /// Units of each channel line that the marketplace expected in all when the warehouse was given the order: still to go, or in
    /// its own shipments. Empty in orders from before this was kept.
    #[serde(default)]
    pub expected: BTreeMap<String, i64>,
    /// What it expects beyond that, and the warehouse was not given.
    #[serde(default)]
    pub lacking: Vec<MappedLine>,
    /// What a person changed in the warehouse.
    #[serde(default)]
    pub edited: Option<Edited>,
    /// When to look at both ends again.
    #[serde(default)]
    pub look_at: Option<Timestamp>,
}

impl OrderState {
    /// The state word to store and to filter by.
    pub fn word(&self) -> &'static str {
        if self.held.is_some() { "held" } else { self.stage.word() }
    }

    /// Units of a channel line that left so far.
    pub fn despatched(&self, line_id: &str) -> i64 {
        self.units(line_id, false)
    }

    /// Units of a channel line that the channel knows to have left.
    pub fn confirmed(&self, line_id: &str) -> i64 {
        self.units(line_id, true)
    }

    fn units(&self, line_id: &str, only_confirmed: bool) -> i64 {
        self.parcels
            .values()
            .filter(|parcel| parcel.confirmed || !only_confirmed)
            .flat_map(|parcel| &parcel.lines)
            .filter(|line| line.line_id == line_id)
            .fold(0, |sum, line| sum.saturating_add(line.quantity))
    }

    /// Whether every mapped unit left.
    pub fn all_left(&self) -> bool {
        !self.mapped.is_empty() && self.mapped.iter().all(|line| self.despatched(&line.line_id) >= line.quantity)
    }
}
