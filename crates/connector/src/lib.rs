//! The port between the hub and any remote system.
//!
//! A connector is a **stateless translator**. The engine asks it to [`plan`](Connector::plan) a call and later to
//! [`interpret`](Connector::interpret) the reply; it never opens a socket, reads a clock or touches a database. That is
//! why the same connector runs in production, in a seeded simulation and in a table of recorded request/reply pairs.
//!
//! Two kinds of work pass through:
//!
//! * a [`Read`] observes: it may be repeated at will and yields [`Observation`]s;
//! * an [`Operation`] changes something at the remote. It runs as a row of **stages**, each of which is one batched call:
//!   look first, write, look again. The engine stores the stage before every call, so that a crash or a lost reply
//!   resumes at the look that tells what really happened (`ARCHITECTURE.md`, "Effects").
//!
//! Architecture invariant: this crate knows no remote's name, no store and no flow.

mod call;
mod config;
mod operation;
mod outcome;
mod read;
mod session;
mod webhook;

pub use call::{Budget, Call, Reply, RequestBuilder, SendError, Window};
pub use config::ConfigError;
pub use operation::{Operation, OperationKind, Repeat, Shipment, Stage, StageKind, Step, StockLine, WatchedEvent};
pub use outcome::{Evidence, Failure, Outcome, RejectCode, Rejection};
pub use read::{Observation, Page, Read, ReadKind, ReadReply};
pub use session::Session;
pub use webhook::{Hint, Intake, WebhookRequest};

use crossdock_model::ConnectionName;

/// What a connection can do; the engine schedules only what is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Holds physical stock and fulfils orders.
    Warehouse,
    /// Sells: has orders, listings and published stock.
    Channel,
    /// Orders have to be accepted by the seller ([`Operation::AcceptOrder`]).
    Acceptance,
    /// One order may leave in several shipments.
    PartialShipments,
    /// Says that it takes a carrier by any name.
    AnyCarrierName,
    /// Tells the hub of changes by calling it back.
    Push,
}

/// A translator between the hub's words and one remote API.
///
/// The contract that every connector keeps (the suite in `tests/` of each connector shows it):
///
/// * `plan` and `interpret` are pure: equal arguments give equal results.
/// * `interpret` returns **one outcome per step, in order**, whatever the reply holds. A row that the reply does not
///   mention is [`Outcome::Unknown`] for a write.
/// * Only an explicit success or an explicit, documented refusal is final. HTML at 200, a truncated body, an unknown
///   error text: [`Outcome::Unknown`] for a write, [`Failure::Retry`] for a read.
/// * Nothing from outside panics it, and nothing from outside is echoed at more than 300 characters.
pub trait Connector: Send + Sync {
    /// The connector's kind as configuration spells it (`peoplevox`, `mirakl`, …).
    fn kind(&self) -> &'static str;

    /// The connection that this instance speaks for.
    fn connection(&self) -> &ConnectionName;

    /// What the connection can do, given what the session has learnt so far.
    fn capabilities(&self, session: &Session) -> Vec<Capability>;

    /// The reads this connection answers. The engine schedules these and no others.
    fn reads(&self) -> Vec<ReadKind>;

    /// The call that opens a session, when the remote has sessions. `None` where every call carries its key.
    fn login(&self) -> Option<Call> {
        None
    }

    /// Reads the reply to [`Connector::login`] into the session.
    fn logged_in(&self, reply: &Reply, session: &mut Session) -> Result<(), Failure> {
        let _ = (reply, session);
        Ok(())
    }

    /// Whether the session must be opened (again) before the next call.
    fn needs_login(&self, session: &Session) -> bool {
        let _ = session;
        false
    }

    /// The call that performs a read.
    fn plan_read(&self, read: &Read, session: &Session) -> Result<Call, Rejection>;

    /// What the reply to a read says.
    fn interpret_read(&self, read: &Read, session: &Session, reply: &Reply) -> Result<ReadReply, Failure>;

    /// Where an operation starts: normally a look at what the remote already holds.
    fn first_stage(&self, operation: &Operation, session: &Session) -> Stage;

    /// Where an operation resumes after a write whose outcome is unknown: the look that tells.
    fn recovery_stage(&self, operation: &Operation, session: &Session) -> Stage {
        self.first_stage(operation, session)
    }

    /// Whether a stage only looks or writes, and what a repeat of the write would do.
    fn stage_kind(&self, operation: &Operation, stage: &Stage) -> StageKind;

    /// How many operations of this kind and stage may share one call; at least 1. Counted in the connector's own unit:
    /// [`Connector::weight`].
    fn batch_limit(&self, kind: OperationKind, stage: &Stage) -> usize;

    /// How much of the batch limit an operation uses (an order with three lines weighs 3 in a call that carries lines).
    fn weight(&self, operation: &Operation, stage: &Stage) -> usize {
        let _ = (operation, stage);
        1
    }

    /// Operations may share a call only if they have the same key (Peoplevox: the same set of columns, because an empty
    /// cell blanks the stored value).
    fn batch_key(&self, operation: &Operation, stage: &Stage, session: &Session) -> String {
        let _ = (operation, stage, session);
        String::new()
    }

    /// The call that performs one stage of a batch. All steps have the same kind, stage and batch key.
    ///
    /// A [`Rejection`] here means that a step cannot be expressed at all; with more than one step the engine splits the
    /// batch until the bad one stands alone.
    fn plan(&self, steps: &[Step<'_>], session: &Session) -> Result<Call, Rejection>;

    /// What the reply says: one outcome per step, in order. The engine calls this for every reply that arrived, whatever
    /// its HTTP status.
    fn interpret(&self, steps: &[Step<'_>], session: &Session, reply: &Reply) -> Vec<Outcome>;

    /// Every window that this connection's calls may name, with its published limits. The engine persists them.
    fn windows(&self) -> Vec<Budget>;

    /// How many calls may be in flight at once.
    fn in_flight(&self) -> usize {
        1
    }

    /// Checks and reads a webhook or event callback. It yields hints only: nothing in it is believed.
    fn webhook(&self, request: &WebhookRequest<'_>) -> Intake {
        let _ = request;
        Intake::NotForUs
    }
}
