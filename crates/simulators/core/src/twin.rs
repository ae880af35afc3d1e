//! What a twin is.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::{EffectLog, Faults, Rng};

/// What a twin may use while it works: the simulated clock, dice, faults, its log and its outbox.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The simulated moment.
    pub now: Timestamp,
    /// Dice of this twin.
    pub rng: &'a mut Rng,
    /// Faults of this twin.
    pub faults: &'a mut Faults,
    /// The log that the oracle reads.
    pub effects: &'a mut EffectLog,
    /// Calls that the remote makes by itself (webhooks, callbacks). The host delivers them.
    pub outbox: &'a mut Vec<Outbound>,
    /// Whether the request was counted in the published windows when it arrived (see [`Twin::arrive`]): it is executed late, and
    /// must not be counted or refused again.
    pub counted: bool,
}

/// A call that a remote makes by itself.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// The twin's own id of this delivery attempt; comes back in [`Twin::delivered`].
    pub id: u64,
    /// Not to be delivered before this moment (a twin uses it for delays, reordering and retries).
    pub due: Timestamp,
    /// The request, with an absolute URI.
    pub request: http::Request<Bytes>,
}

/// A stateful stand-in for a remote system. It can be copied: a lagging replica is a copy of some minutes ago.
pub trait Twin: Send + Clone {
    /// `peoplevox`, `marketplacer`, `mirakl`.
    fn name(&self) -> &'static str;

    /// Answers one request of a client. Never sees paths below `/_sim`.
    fn handle(&mut self, cx: &mut Cx<'_>, request: &http::Request<Bytes>) -> http::Response<Bytes>;

    /// Whether a request changes nothing, so that a replica could answer it. In doubt it does not only read.
    fn only_reads(&self, request: &http::Request<Bytes>) -> bool;

    /// Exchanges what reads are answered from with another copy of this twin, for the length of one read. Sessions, keys and the
    /// windows of calls stay: they are checked in front of the replicas.
    fn exchange(&mut self, other: &mut Self);

    /// Counts a request in the published windows that will be executed later. `Some`: a window is full, this is the reply, and
    /// nothing will be executed.
    fn arrive(&mut self, cx: &mut Cx<'_>, request: &http::Request<Bytes>) -> Option<http::Response<Bytes>>;

    /// "Too many requests", as this remote says it. `wait` is in seconds; `None`: it does not say.
    fn throttle(&self, request: &http::Request<Bytes>, wait: Option<i64>) -> http::Response<Bytes>;

    /// Does everything that is due by `cx.now` (customers order, imports finish, pickers pack) and says when it wants to
    /// be called again. Called before every request too, so that a reply never lags behind the clock.
    fn tick(&mut self, cx: &mut Cx<'_>) -> Option<Timestamp>;

    /// Learns how a delivery went: the HTTP status, or `None` when nobody answered.
    fn delivered(&mut self, cx: &mut Cx<'_>, id: u64, status: Option<u16>);

    /// Everything a test wants to see, as one object.
    fn state(&self) -> Value;

    /// The twin's own control calls: `path` is what follows `/_sim/`, for example `orders`. `None`: no such path.
    fn control(&mut self, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Result<Value, String>>;
}
