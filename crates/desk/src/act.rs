//! What a person may do.

use serde::{Deserialize, Serialize};

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
        /// New first line.
        line1: String,
        /// New second line.
        line2: String,
        /// New town.
        city: String,
        /// New postcode.
        postcode: String,
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
