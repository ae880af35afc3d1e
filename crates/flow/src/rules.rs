//! Settings that rules depend on; each is a setting per channel.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, plain};

/// What an address must have before the warehouse may pick (`A103`, `A104`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRules {
    /// The longest address line the warehouse takes, in UTF-16 units (`contracts/peoplevox.md §3.3`: 100).
    pub line_max: usize,
    /// The longest contact name (`contracts/peoplevox.md §3.3`: 100).
    pub name_max: usize,
    /// Whether a British postcode must have the form of one.
    pub check_postcode: bool,
}

impl Default for AddressRules {
    fn default() -> Self {
        Self { line_max: 100, name_max: 100, check_postcode: true }
    }
}

/// How stock reaches a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockMode {
    /// At once, whenever a figure changes (`A064`).
    Event,
    /// Collected and sent when the schedule says so (`B055`).
    Schedule,
}

/// When a stock push stops and asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardRules {
    /// The share of listings in stock that may go to zero within a quarter of an hour, 0.0 to 1.0.
    pub zero_share: f64,
    /// The share of all listings that one push may change.
    pub change_share: f64,
    /// Below this many listings no share is computed: small catalogues jump.
    pub at_least: u64,
}

impl Default for GuardRules {
    fn default() -> Self {
        Self { zero_share: 0.3, change_share: 1.0, at_least: 20 }
    }
}

/// The rules of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelRules {
    /// The channel connection.
    pub connection: String,
    /// The name that people read: `John Lewis`.
    pub title: String,
    /// Put before the marketplace's number to form the warehouse's order number. Unique per channel.
    pub prefix: String,
    /// Address rules.
    pub address: AddressRules,
    /// How long after the order it has to be accepted, where the seller accepts. No channel names a moment for that.
    pub accept_within: SignedDuration,
    /// How long after the order it has to leave when the channel names no moment.
    pub despatch_within: SignedDuration,
    /// When the time of these two runs. `None`: always.
    pub calendar: Option<Calendar>,
    /// Whether one order may leave in several shipments.
    pub partial_shipments: bool,
    /// Whether a carrier that is not on the channel's list may be given by name.
    pub free_carrier_names: bool,
    /// Whether the channel says that it takes a carrier by any name. Used only while its list was never read: it may be read
    /// once a day, and parcels must not wait for that.
    pub any_carrier_name: bool,
    /// Carriers that have another name in the channel's list: `hermes` → `evri`.
    pub carrier_aliases: Vec<(String, String)>,
    /// Delivery services in the channel's words, and the warehouse's service type for each, which drives the carrier there
    /// (`contracts/peoplevox.md §3.3`).
    pub services: Vec<(String, String)>,
    /// Units never shown.
    pub buffer: i64,
    /// Never show more than this.
    pub cap: Option<i64>,
    /// How stock goes out.
    pub stock_mode: StockMode,
    /// When a push stops.
    pub guard: GuardRules,
}

impl ChannelRules {
    /// Rules with the defaults of the house for a channel.
    pub fn new(connection: &str, title: &str, prefix: &str) -> Self {
        Self {
            connection: connection.to_owned(),
            title: title.to_owned(),
            prefix: prefix.to_owned(),
            address: AddressRules::default(),
            accept_within: SignedDuration::from_hours(24),
            despatch_within: SignedDuration::from_hours(24),
            calendar: None,
            partial_shipments: true,
            free_carrier_names: false,
            any_carrier_name: false,
            carrier_aliases: Vec::new(),
            services: Vec::new(),
            buffer: 1,
            cap: None,
            stock_mode: StockMode::Event,
            guard: GuardRules::default(),
        }
    }

    /// The end of a service level that begins with an order, by the channel's calendar.
    pub fn service_end(&self, order: Timestamp, within: SignedDuration) -> Timestamp {
        self.calendar.as_ref().map_or_else(|| plain(order, within), |calendar| calendar.after(order, within))
    }

    /// The warehouse's service type for a delivery service in the channel's words, compared without case and without the
    /// space around them. `None` where nobody has said: the warehouse then chooses as it would without the hub.
    pub fn service_type(&self, service: &str) -> Option<&str> {
        let wanted = service_key(service);
        self.services.iter().find(|(words, _)| service_key(words) == wanted).map(|(_, own)| own.as_str())
    }
}

/// Two delivery services with the same key are one.
pub fn service_key(service: &str) -> String {
    service.trim().to_lowercase()
}
