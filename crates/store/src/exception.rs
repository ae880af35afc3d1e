//! Exceptions: what stands in front of a person.

use crossdock_model::Money;
use jiff::Timestamp;

use crate::StoreError;

/// An exception to open.
#[derive(Debug, Clone, PartialEq)]
pub struct NewException {
    /// The flow it concerns.
    pub flow: Option<i64>,
    /// The connection it concerns.
    pub connection: String,
    /// The cause's code.
    pub cause: String,
    /// Equal for exceptions that one fix closes.
    pub fingerprint: String,
    /// The owning team.
    pub owner: String,
    /// What exactly.
    pub detail: String,
    /// What to do.
    pub next_action: String,
    /// When its deadline ends.
    pub due: Option<Timestamp>,
    /// Money that hangs on it.
    pub amount: Option<Money>,
}

/// An exception.
#[derive(Debug, Clone, PartialEq)]
pub struct ExceptionRow {
    /// Its number.
    pub id: i64,
    /// What it says.
    pub what: NewException,
    /// The number people read, of the flow's order; empty without a flow.
    pub number: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed.
    pub resolved: Option<Timestamp>,
    /// How.
    pub resolution: String,
}

/// Open exceptions with one fingerprint.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRow {
    /// The fingerprint.
    pub fingerprint: String,
    /// How many are open.
    pub count: u64,
    /// The sum of the amounts, when they share a currency.
    pub at_risk: Option<Money>,
    /// The first deadline.
    pub first_due: Option<Timestamp>,
    /// Opened first.
    pub first_seen: Timestamp,
    /// Opened last.
    pub last_seen: Timestamp,
    /// The oldest of them, in full.
    pub example: ExceptionRow,
}

/// Reading exceptions.
pub trait Exceptions {
    /// Open groups: first deadline first (none last), then by money at risk.
    fn groups(&self) -> Result<Vec<GroupRow>, StoreError>;
    /// Open exceptions of a group, by deadline, at most `limit`.
    fn open_in_group(&self, fingerprint: &str, limit: u64) -> Result<Vec<ExceptionRow>, StoreError>;
    /// Exceptions of a flow, open ones first.
    fn exceptions_of(&self, flow: i64) -> Result<Vec<ExceptionRow>, StoreError>;
    /// When exceptions with this fingerprint were opened since a moment (closed ones too).
    fn opened_since(&self, fingerprint: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError>;
    /// Flows with an open exception of this fingerprint, at most `limit`.
    fn flows_waiting_on(&self, fingerprint: &str, limit: u64) -> Result<Vec<i64>, StoreError>;
}

/// Changing exceptions.
pub trait ExceptionsMut {
    /// Opens an exception, or refreshes the open one with the same fingerprint and flow. Returns whether it is new.
    fn open_exception(&mut self, exception: &NewException, now: Timestamp) -> Result<bool, StoreError>;
    /// Closes the open exceptions of a flow; only those of one cause when given. Returns how many.
    fn resolve_of_flow(
        &mut self,
        flow: i64,
        cause: Option<&str>,
        resolution: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Closes the open exceptions with a fingerprint that belong to no flow. Returns how many.
    fn resolve_fingerprint(&mut self, fingerprint: &str, resolution: &str, now: Timestamp) -> Result<u64, StoreError>;
}
