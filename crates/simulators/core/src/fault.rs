//! What goes wrong on purpose.

use std::collections::BTreeMap;

use jiff::SignedDuration;
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
    /// The request never arrived, and the client waited for a reply in vain: to it this looks like a lost reply.
    LostRequest,
    /// The client has given up; the remote executes the very same request up to [`LATEST_COMMIT`] later (writes only).
    LateCommit,
    /// A read is answered from a state up to [`OLDEST_READ`] old, as by a replica that lags.
    StaleRead,
    /// "Too many requests" although no published window is full, in the vendor's own form, with or without a waiting time.
    Throttled,
}

/// How much later than it was sent a request is executed at the most ([`FaultKind::LateCommit`]). Four minutes: below the five
/// after which a client may believe what it reads (`reliability.md` §2.3 R7).
pub const LATEST_COMMIT: SignedDuration = SignedDuration::from_secs(240);

/// How old the state is at the most that a read is answered from ([`FaultKind::StaleRead`], fault F61).
pub const OLDEST_READ: SignedDuration = SignedDuration::from_secs(600);

impl FaultKind {
    /// The kinds that every client of these remotes must live with at any rate.
    pub const COMMON: [Self; 13] = [
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

    /// Every kind.
    pub const ALL: [Self; 17] = [
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
        Self::LostRequest,
        Self::LateCommit,
        Self::StaleRead,
        Self::Throttled,
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

    /// Sets the [common](FaultKind::COMMON) faults to one rate and leaves the others as they are.
    pub fn set_common(&mut self, rate: f64) {
        for kind in FaultKind::COMMON {
            self.set(kind, rate);
        }
    }

    /// How often a fault strikes.
    pub fn rate(&self, kind: FaultKind) -> f64 {
        self.rates.get(&kind).copied().unwrap_or(0.0)
    }

    /// How late a late request is executed: more than nothing, at most [`LATEST_COMMIT`].
    pub(crate) fn lateness(&mut self) -> SignedDuration {
        SignedDuration::from_secs(self.rng.between(1, LATEST_COMMIT.as_secs()))
    }

    /// The seconds that a refusal asks to be waited for; `None`: it does not say.
    pub(crate) fn waiting_time(&mut self) -> Option<i64> {
        self.rng.chance(0.5).then(|| self.rng.between(1, 90))
    }

    /// The rates that are set.
    pub fn rates(&self) -> &BTreeMap<FaultKind, f64> {
        &self.rates
    }

    /// Whether the fault strikes now. Counts it if so.
    pub fn strikes(&mut self, kind: FaultKind) -> bool {
        let rate = self.rate(kind);
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
