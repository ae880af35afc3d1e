//! What came of a call: small decision enums for the engine, details as data for people.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Stage;

/// What was seen that settles an operation, for the journal and for the three-sides strip of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// One sentence: `created and read back: 2 lines, released`.
    pub summary: String,
    /// Facts of the remote: its ids, its state words.
    pub facts: Value,
}

impl Evidence {
    /// Evidence that is only a sentence.
    pub fn text(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), facts: Value::Null }
    }
}

/// Why something was refused; each code has a page in `docs/errors/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectCode {
    /// The hub cannot say it in the remote's language (too long, missing column, illegal character).
    CannotExpress,
    /// The remote refused the data and said so.
    RefusedByRemote,
    /// The remote does not know the object (order, listing, carrier).
    NotFound,
    /// The object is in a state that does not allow it (already shipped, cancelled).
    WrongState,
    /// Something different already exists under our key: a person has to look.
    Conflict,
    /// The remote stored something other than what was sent (a dropped line, a cut text).
    Mismatch,
}

impl RejectCode {
    /// The stored spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CannotExpress => "cannot_express",
            Self::RefusedByRemote => "refused_by_remote",
            Self::NotFound => "not_found",
            Self::WrongState => "wrong_state",
            Self::Conflict => "conflict",
            Self::Mismatch => "mismatch",
        }
    }
}

/// A refusal that repeating will not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Rejection {
    /// The kind of refusal.
    pub code: RejectCode,
    /// What exactly, for a person; no personal data.
    pub detail: String,
}

impl Rejection {
    /// A refusal with its text.
    pub fn new(code: RejectCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// A call that achieved nothing, for certain, or a read that can simply be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Try again later; the text says what came instead of an answer.
    Retry(String),
    /// The remote asked to wait (`None`: it did not say how long).
    Throttled(Option<SignedDuration>),
    /// The session has ended: log in once and repeat. The remote refused before doing anything.
    Reauth,
    /// The credentials were refused: stop the connection until a person acts.
    Denied(String),
    /// The key may not do this, though it may do other things: a person has to give it the right. Nothing was done.
    Forbidden(String),
    /// The remote will never answer this; repeating is useless.
    Rejected(Rejection),
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The operation is complete and was seen to be complete.
    Done(Evidence),
    /// This stage is settled; go on with the next one.
    Next {
        /// The next stage.
        stage: Stage,
        /// Not before this long from now (an asynchronous import that is still running).
        after: SignedDuration,
        /// What the next stages need to know.
        note: Value,
    },
    /// A look found no trace of the operation. The engine decides: go on writing when it was never sent, wait and look
    /// again when it may be under way.
    Absent {
        /// Where to go on if it is really absent.
        stage: Stage,
        /// What the next stages need to know.
        note: Value,
    },
    /// Refused for good; a person has to act.
    Rejected(Rejection),
    /// Nothing was done, for certain (throttled, session ended, refused before execution).
    NotDone(Failure),
    /// Nobody can tell whether it was done. Never answered by a blind retry.
    Unknown(String),
}
