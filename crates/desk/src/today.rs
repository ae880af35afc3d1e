//! What needs me now?

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ConnectionView, ExceptionGroup, Tone};

/// The first page of the day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Today {
    /// The hub's clock.
    pub now: Timestamp,
    /// The merchant's time zone, for greetings and clock times.
    pub zone: String,
    /// The health of all feeds in words: `all feeds live`, or what is wrong.
    pub health: String,
    /// And its tone.
    pub health_tone: Tone,
    /// What waits for a person, most urgent first.
    pub needs: Vec<ExceptionGroup>,
    /// Orders since midnight in the merchant's zone.
    pub orders: OrderCounts,
    /// Orders received per hour, oldest first, at most 24.
    pub per_hour: Vec<HourBar>,
    /// From received to released in the warehouse, seconds, today.
    pub to_warehouse: Spread,
    /// From despatched to confirmed at the channel, seconds, today.
    pub to_confirm: Spread,
    /// Stock in numbers.
    pub stock: StockCounts,
    /// The connections, as on their own page.
    pub feeds: Vec<ConnectionView>,
}

/// Orders by how far they came. Each order counts in every step it has reached today; `held` counts the open ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCounts {
    /// Received.
    pub received: u64,
    /// In the warehouse.
    pub in_warehouse: u64,
    /// Fully despatched.
    pub despatched: u64,
    /// Confirmed to the channel in full.
    pub confirmed: u64,
    /// Standing in front of a person.
    pub held: u64,
    /// Cancelled at the channel.
    pub cancelled: u64,
}

/// One hour of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourBar {
    /// The hour's beginning.
    pub from: Timestamp,
    /// Orders by channel, in the order of the connections.
    pub by_channel: Vec<(String, u64)>,
}

/// A distribution in three numbers, in seconds; `None` while nothing was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// How many were measured.
    pub count: u64,
    /// The median.
    pub median: Option<u64>,
    /// The slowest.
    pub slowest: Option<u64>,
}

/// Stock in numbers, over all channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCounts {
    /// Listings with a published figure.
    pub listings: u64,
    /// Listings whose marketplace shows something else than was sent.
    pub differ: u64,
    /// Listings whose SKU has no warehouse item.
    pub unmapped: u64,
    /// Units held back by buffers.
    pub withheld: i64,
    /// Figures that wait to be sent.
    pub waiting: u64,
}
