//! What goes wrong on purpose.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Rng;

/// The kinds of fault. The first group is applied by the host around any twin, the second by the twins themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection is refused before anything was sent.
    Refused,
    /// The remote acted, and its reply was lost on the way.
    LostReply,
    /// 503 without having acted.
    ErrorBefore,
    /// 502 after having acted.
    ErrorAfter,
    /// A web page with status 200, without having acted.
    Html,
    /// The first half of the true reply, with status 200, after having acted.
    Truncated,
    /// The session has ended (systems with sessions).
    SessionExpired,
    /// An event is never delivered.
    EventDropped,
    /// An event is delivered twice.
    EventDuplicated,
    /// An event is delivered late, after younger ones.
    EventReordered,
    /// A stock call is accepted and changes nothing.
    StockIgnored,
    /// Optional and "required" fields come as null or not at all.
    Sparse,
    /// A field holds an enum value that no contract lists. Twins put it where a tolerant client can go on.
    UnknownEnum,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Refused,
        Self::LostReply,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::Html,
        Self::Truncated,
        Self::SessionExpired,
        Self::EventDropped,
        Self::EventDuplicated,
        Self::EventReordered,
        Self::StockIgnored,
        Self::Sparse,
        Self::UnknownEnum,
    ];
}

/// Which faults are on, how often, and how often each has struck.
#[derive(Debug, Clone)]
pub struct Faults {
    rates: BTreeMap<FaultKind, f64>,
    struck: BTreeMap<FaultKind, u64>,
    rng: Rng,
}

impl Faults {
    /// No faults.
    pub fn none(seed: u64, twin: &str) -> Self {
        Self { rates: BTreeMap::new(), struck: BTreeMap::new(), rng: Rng::new(seed, &format!("faults/{twin}")) }
    }

    /// Sets how often a fault strikes: 0.0 never, 1.0 always.
    pub fn set(&mut self, kind: FaultKind, rate: f64) {
        self.rates.insert(kind, rate.clamp(0.0, 1.0));
    }

    /// Sets every fault to one rate.
    pub fn set_all(&mut self, rate: f64) {
        for kind in FaultKind::ALL {
            self.set(kind, rate);
        }
    }

    /// The rates that are set.
    pub fn rates(&self) -> &BTreeMap<FaultKind, f64> {
        &self.rates
    }

    /// Whether the fault strikes now. Counts it if so.
    pub fn strikes(&mut self, kind: FaultKind) -> bool {
        let rate = self.rates.get(&kind).copied().unwrap_or(0.0);
        let hit = rate > 0.0 && self.rng.chance(rate);
        if hit {
            *self.struck.entry(kind).or_default() += 1;
        }
        hit
    }

    /// How often each fault has struck.
    pub fn struck(&self) -> &BTreeMap<FaultKind, u64> {
        &self.struck
    }
}
