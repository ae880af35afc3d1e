//! Has everything that left the building been confirmed?

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Due, Tone};

/// Which despatches to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DespatchFilter {
    /// Only one channel.
    pub channel: Option<String>,
    /// Only those that the channel does not know yet.
    pub open: bool,
    /// Page, from 1.
    pub page: u32,
}

/// A page of despatches: the open ones by deadline, then the newest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DespatchList {
    /// The rows, at most 50.
    pub rows: Vec<DespatchRowView>,
    /// How many match.
    pub total: u64,
    /// How many of all are not confirmed.
    pub open: u64,
    /// The page shown.
    pub page: u32,
    /// Pages.
    pub pages: u32,
}

/// One parcel and what the channel knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DespatchRowView {
    /// The channel's order number.
    pub order: String,
    /// The channel connection.
    pub channel: String,
    /// Despatch number of the warehouse.
    pub despatch: String,
    /// Carrier as the warehouse says it.
    pub carrier: String,
    /// Tracking number.
    pub tracking: String,
    /// When it left.
    pub despatched: Timestamp,
    /// When the channel was seen to know it.
    pub confirmed: Option<Timestamp>,
    /// State in words: `confirmed 9 s later`, `held: carrier Evri is not on the list`.
    pub words: String,
    /// Tone.
    pub tone: Tone,
    /// Deadline of the order.
    pub due: Option<Due>,
}
