//! Effects: every remote write, written down before its first byte leaves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Wanted; nothing was asked of the remote yet.
    Planned,
    /// The last look or write is settled; the next stage may start.
    Armed,
    /// A write is under way, or was when the process died.
    Sending,
    /// Nobody can tell whether the last write was done; only looks are allowed.
    Unknown,
    /// Done, and seen to be done.
    Confirmed,
    /// Refused for good.
    Rejected,
    /// It cannot be settled without a person.
    Held,
    /// Overtaken by a newer effect before it was sent.
    Superseded,
}

impl Phase {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Armed => "armed",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Held => "held",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the stored spelling.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Planned,
            Self::Armed,
            Self::Sending,
            Self::Unknown,
            Self::Confirmed,
            Self::Rejected,
            Self::Held,
            Self::Superseded,
        ]
        .into_iter()
        .find(|phase| phase.as_str() == word)
    }

    /// Whether something is still to come of it without a person.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Planned | Self::Armed | Self::Sending | Self::Unknown)
    }
}

/// An effect to plan.
#[derive(Debug, Clone)]
pub struct NewEffect {
    /// The connection.
    pub connection: String,
    /// The operation's kind.
    pub kind: String,
    /// The business key: unique within the merchant, for ever.
    pub key: String,
    /// The flow that caused it.
    pub flow: Option<i64>,
    /// The remote object; only one effect per object is in flight.
    pub object: String,
    /// 0 goes first.
    pub priority: u8,
    /// Sooner goes first within a priority.
    pub deadline: Option<Timestamp>,
    /// Where it starts.
    pub stage: String,
    /// The operation as JSON; never changed afterwards, so that a repeat sends the same bytes.
    pub operation: String,
    /// Not before this moment.
    pub not_before: Timestamp,
}

/// An effect.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectRow {
    /// Its number.
    pub id: i64,
    /// The connection.
    pub connection: String,
    /// The operation's kind.
    pub kind: String,
    /// The business key.
    pub key: String,
    /// The flow that caused it.
    pub flow: Option<i64>,
    /// The remote object.
    pub object: String,
    /// 0 goes first.
    pub priority: u8,
    /// Its deadline.
    pub deadline: Option<Timestamp>,
    /// Where it stands.
    pub phase: Phase,
    /// The connector's stage.
    pub stage: String,
    /// The connector's note, as JSON.
    pub note: String,
    /// Writes tried.
    pub attempt: u32,
    /// Whether anything of it may be at the remote: false until a write was, or may have been, carried out.
    pub touched: bool,
    /// Whether the outcome of any write was ever unknown.
    pub doubted: bool,
    /// Looks in a row that agreed on "absent" since the doubt.
    pub absences: u32,
    /// When the first of them was.
    pub absent_at: Option<Timestamp>,
    /// The fencing epoch of the node that last sent it.
    pub epoch: i64,
    /// No byte may leave after this moment.
    pub send_deadline: Option<Timestamp>,
    /// Looks after a doubt count only from this moment on.
    pub horizon: Option<Timestamp>,
    /// Not before this moment.
    pub not_before: Timestamp,
    /// Failures in a row that were certainly not executed.
    pub failures: u32,
    /// What was seen, or why it failed; for people.
    pub evidence: String,
    /// When it was planned.
    pub created: Timestamp,
    /// When it last moved.
    pub updated: Timestamp,
}

/// How many effects of a kind wait at a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// The operation's kind.
    pub kind: String,
    /// Planned, armed or sending.
    pub waiting: u64,
    /// Unknown.
    pub in_doubt: u64,
    /// Held or rejected with an open exception.
    pub held: u64,
}

/// Reading effects.
pub trait Effects {
    /// An effect by number.
    fn effect(&self, id: i64) -> Result<Option<EffectRow>, StoreError>;
    /// An effect by business key.
    fn effect_by_key(&self, key: &str) -> Result<Option<EffectRow>, StoreError>;
    /// What an effect says, as JSON. Apart from the row, which moves often while this never changes.
    fn operation(&self, effect: i64) -> Result<Option<String>, StoreError>;
    /// The effects of a flow, oldest first.
    fn effects_of(&self, flow: i64) -> Result<Vec<EffectRow>, StoreError>;
    /// Effects of a connection in `planned`, `armed` or `unknown` whose moment has come, by priority, deadline (none
    /// last) and number; without those whose object has an **older** live effect. At most `limit`. Relies on the partial
    /// index over live effects.
    fn due_effects(&self, connection: &str, now: Timestamp, limit: u64) -> Result<Vec<EffectRow>, StoreError>;
    /// The soonest `not_before` after `now` of the connection's effects in `planned`, `armed` or `unknown`.
    fn next_effect(&self, connection: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
    /// The live effects of a connection that were taken back.
    fn withdrawn(&self, connection: &str) -> Result<Vec<i64>, StoreError>;
    /// Whether an object has a live effect.
    fn live_on(&self, connection: &str, object: &str) -> Result<bool, StoreError>;
    /// What waits at a connection, by kind.
    fn queue(&self, connection: &str) -> Result<Vec<QueueCount>, StoreError>;
}

/// Changing effects.
pub trait EffectsMut {
    /// Plans an effect. `None` when the business key exists: it was planned before.
    fn plan_effect(&mut self, effect: &NewEffect, now: Timestamp) -> Result<Option<i64>, StoreError>;
    /// Stores a changed effect if its stored phase and epoch are still these (rule R10); `Conflict` otherwise.
    fn move_effect(&mut self, effect: &EffectRow, from: Phase, epoch: i64, now: Timestamp) -> Result<(), StoreError>;
    /// Takes an effect back: it makes no further call that changes anything. Whether it was live.
    fn withdraw_effect(&mut self, key: &str) -> Result<bool, StoreError>;
    /// After a restart: every `sending` effect becomes `unknown` and **not** `doubted`, which marks it as not looked at since
    /// the process died; looks count from `horizon` on (rule R9). Returns how many.
    fn doubt_sending(&mut self, horizon: Timestamp, now: Timestamp) -> Result<u64, StoreError>;
    /// After a restore: the same for every live effect, because each may have been sent after the copy was made
    /// (rule R14). Returns how many.
    fn doubt_live(&mut self, horizon: Timestamp, now: Timestamp) -> Result<u64, StoreError>;
}
