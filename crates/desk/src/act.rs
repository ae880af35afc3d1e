//! What a person may do.

use crossdock_model::{Address, Private};
use serde::{Deserialize, Serialize};

/// Parts of an address as a person typed them. An empty part stays as it is; [a dash](AddressParts::EMPTIED) alone empties
/// it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressParts {
    /// Who receives it.
    pub recipient: Private<String>,
    /// The company.
    pub company: Private<String>,
    /// First line.
    pub line1: Private<String>,
    /// Second line.
    pub line2: Private<String>,
    /// Town.
    pub city: Private<String>,
    /// County, state or region.
    pub region: Private<String>,
    /// Postcode.
    pub postcode: Private<String>,
    /// Country, by its English name or its ISO 3166 code.
    pub country: Private<String>,
}

impl AddressParts {
    /// What a person types to empty a part.
    pub const EMPTIED: &str = "-";

    /// Whether nothing was typed at all.
    pub fn is_blank(&self) -> bool {
        let Self { recipient, company, line1, line2, city, region, postcode, country } = self;
        [recipient, company, line1, line2, city, region, postcode, country].into_iter().all(Private::is_blank)
    }
}

impl From<&Address> for AddressParts {
    fn from(address: &Address) -> Self {
        let country = if address.country.trim().is_empty() { &address.country_code } else { &address.country };
        Self {
            recipient: address.recipient.clone(),
            company: address.company.clone(),
            line1: address.line1.clone(),
            line2: address.line2.clone(),
            city: address.city.clone(),
            region: address.region.clone(),
            postcode: address.postcode.clone(),
            country: Private::from(country.as_str()),
        }
    }
}

/// An act. Every act is recorded with its actor in the journal of what it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// A channel's SKU is this warehouse item. Orders and stock that waited go on by themselves.
    MapSku {
        /// The channel connection.
        connection: String,
        /// The SKU there.
        sku: String,
        /// The item code.
        item: String,
    },
    /// A carrier of the warehouse is this carrier of the channel.
    MapCarrier {
        /// The channel connection.
        connection: String,
        /// The carrier as the warehouse says it.
        carrier: String,
        /// The code in the channel's list.
        code: String,
    },
    /// Corrects the address of a held order; empty fields stay as they are.
    CorrectAddress {
        /// The order's number.
        order: String,
        /// The new parts.
        #[serde(flatten)]
        parts: AddressParts,
    },
    /// Checks a held order again, or takes a held call up again, now.
    Replay {
        /// The order's number.
        order: String,
    },
    /// Lets a push go out that the cliff guard stopped.
    ReleaseGuard {
        /// The channel connection.
        connection: String,
    },
    /// Tries a connection again whose credentials were refused.
    Reconnect {
        /// The connection.
        connection: String,
    },
    /// Lets a hub write again whose database was restored.
    ReleaseRestored,
    /// Sets the units that a channel never shows; its figures are computed again.
    SetBuffer {
        /// The channel connection.
        connection: String,
        /// Units, 0 or more.
        units: i64,
    },
}

/// What an act did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActDone {
    /// One sentence: `Mapped. 15 orders go on.`
    pub sentence: String,
}

/// Why an act was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{sentence}")]
pub struct ActRefused {
    /// What is wrong and what to do instead.
    pub sentence: String,
}
