//! The connector for marketplaces that run on Marketplacer.
//!
//! Translates the hub's words into Marketplacer's seller API: GraphQL for orders, listings, carriers, shipments and webhooks, the
//! legacy REST bulk call for stock where a key still has it (`contracts/marketplacer.md §0`). One crate serves every such
//! marketplace; which one is a matter of base URL and key.
//!
//! The hub's order is Marketplacer's **invoice**, one seller's part of a customer's order. A listing's id is
//! `<global id>|<number>`, because the two surfaces want different ids of the same variant.
//!
//! Architecture invariant: no sockets, no clock, no store, no flow; every call and every reply is a value.

mod answer;
mod config;
mod documents;
mod http_call;
mod ids;
mod invoice;
mod reads;
mod webhook;
mod wire;
mod writes;

pub use config::{Config, StockApi};
pub use documents::documents;

use crossdock_connector::{
    Budget, Call, Capability, ConfigError, Connector, Failure, Intake, Operation, OperationKind, Outcome, Read,
    ReadKind, ReadReply, RejectCode, Rejection, Repeat, Reply, Session, Stage, StageKind, Step, WebhookRequest,
};
use crossdock_model::{ConnectionName, Private};
use jiff::SignedDuration;

use http_call::{Credentials, GRAPHQL, REST};
use reads::{carriers, certain_orders, health, listings, orders};
use writes::{despatch, stock, unsupported, watch};

/// REST calls in one second, from an older edition of the overview (`contracts/marketplacer.md §8`).
const REST_CALLS_PER_SECOND: u32 = 50;

/// One connection to one Marketplacer marketplace.
#[derive(Debug)]
pub struct Marketplacer {
    connection: ConnectionName,
    config: Config,
    credentials: Credentials,
}

impl Marketplacer {
    /// A connection with its settings and secrets: the API key of the portal, and the password of the HTTP Basic gate where
    /// the instance has one (`contracts/marketplacer.md §1`).
    ///
    /// Fails when a setting is out of range, the key cannot be sent in a header, or only one half of the Basic pair is given.
    #[expect(clippy::needless_pass_by_value, reason = "secrets are handed over, so that the caller keeps no copy")]
    pub fn new(
        connection: ConnectionName,
        config: Config,
        api_key: Private<String>,
        basic_password: Option<Private<String>>,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        let credentials = Credentials::new(&config, &api_key, basic_password.as_ref())?;
        Ok(Self { connection, config, credentials })
    }

    /// How many stock figures an operation may hold at most.
    pub fn stock_lines_per_call(&self) -> usize {
        stock::lines_per_call(&self.config)
    }
}

/// The stage of operations that Marketplacer has no call for.
const UNSUPPORTED: Stage = Stage::new("unsupported");

impl Connector for Marketplacer {
    fn kind(&self) -> &'static str {
        "marketplacer"
    }

    fn connection(&self) -> &ConnectionName {
        &self.connection
    }

    fn capabilities(&self, _session: &Session) -> Vec<Capability> {
        vec![Capability::Channel, Capability::PartialShipments, Capability::Push]
    }

    fn reads(&self) -> Vec<ReadKind> {
        vec![ReadKind::Health, ReadKind::Orders, ReadKind::OrdersById, ReadKind::Listings, ReadKind::Carriers]
    }

    fn plan_read(&self, read: &Read, _session: &Session) -> Result<Call, Rejection> {
        let size = self.config.page_size;
        match read {
            Read::Health { page } => health::plan(&self.credentials, page),
            Read::Orders { since, page } => orders::plan(&self.credentials, size, *since, page),
            Read::OrdersById { ids } => certain_orders::plan(&self.credentials, ids),
            Read::Listings { page } => listings::plan(&self.credentials, size, page),
            Read::Carriers { page } => carriers::plan(&self.credentials, size, page),
            other => Err(no_such_read(other)),
        }
    }

    fn interpret_read(&self, read: &Read, session: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
        match read {
            Read::Health { page } => health::interpret(&self.connection, page, reply),
            Read::Orders { since, page } => {
                orders::interpret(&self.config.harmless_flags, *since, page, session, reply)
            }
            Read::OrdersById { ids } => certain_orders::interpret(&self.config.harmless_flags, ids, session, reply),
            Read::Listings { page } => listings::interpret(page, session, reply),
            Read::Carriers { page } => carriers::interpret(page, reply),
            other => Err(Failure::Rejected(no_such_read(other))),
        }
    }

    fn first_stage(&self, operation: &Operation, _session: &Session) -> Stage {
        match operation.kind() {
            OperationKind::ConfirmDespatch => despatch::LOOK,
            OperationKind::SetStock => stock::PUBLISH,
            OperationKind::Watch => watch::LOOK,
            OperationKind::AcceptOrder | OperationKind::CreateOrder => UNSUPPORTED,
        }
    }

    fn stage_kind(&self, operation: &Operation, stage: &Stage) -> StageKind {
        match operation.kind() {
            OperationKind::ConfirmDespatch => despatch::stage_kind(stage),
            OperationKind::SetStock => StageKind::Write(Repeat::Harmless),
            OperationKind::Watch => watch::stage_kind(stage),
            OperationKind::AcceptOrder | OperationKind::CreateOrder => StageKind::Look,
        }
    }

    fn batch_limit(&self, kind: OperationKind, stage: &Stage) -> usize {
        match kind {
            OperationKind::ConfirmDespatch => despatch::batch_limit(stage),
            OperationKind::SetStock => stock::batch_limit(&self.config, stage),
            OperationKind::Watch | OperationKind::AcceptOrder | OperationKind::CreateOrder => 1,
        }
    }

    fn weight(&self, operation: &Operation, _stage: &Stage) -> usize {
        match operation {
            Operation::SetStock { lines } => lines.len().max(1),
            _ => 1,
        }
    }

    fn plan(&self, steps: &[Step<'_>], _session: &Session) -> Result<Call, Rejection> {
        let Some(first) = steps.first() else {
            return Err(Rejection::new(RejectCode::CannotExpress, "nothing to do"));
        };
        match first.operation.kind() {
            OperationKind::ConfirmDespatch => despatch::plan(&self.credentials, &self.config, steps),
            OperationKind::SetStock => stock::plan(&self.credentials, &self.config, steps),
            OperationKind::Watch => watch::plan(&self.credentials, &self.config, steps),
            OperationKind::AcceptOrder | OperationKind::CreateOrder => Err(unsupported(first)),
        }
    }

    fn interpret(&self, steps: &[Step<'_>], session: &Session, reply: &Reply) -> Vec<Outcome> {
        let Some(first) = steps.first() else {
            return Vec::new();
        };
        match first.operation.kind() {
            OperationKind::ConfirmDespatch => despatch::interpret(steps, reply),
            OperationKind::SetStock => stock::interpret(&self.config, session, steps, reply),
            OperationKind::Watch => watch::interpret(&self.connection, &self.config, steps, reply),
            OperationKind::AcceptOrder | OperationKind::CreateOrder => {
                steps.iter().map(|step| Outcome::Rejected(unsupported(step))).collect()
            }
        }
    }

    fn windows(&self) -> Vec<Budget> {
        let budget = |window: &str, calls, seconds| Budget {
            window: window.to_owned(),
            calls,
            per: SignedDuration::from_secs(seconds),
        };
        vec![budget(GRAPHQL, self.config.calls_per_10s, 10), budget(REST, REST_CALLS_PER_SECOND, 1)]
    }

    fn in_flight(&self) -> usize {
        4
    }

    fn webhook(&self, request: &WebhookRequest<'_>) -> Intake {
        webhook::read(&self.config, request)
    }
}

fn no_such_read(read: &Read) -> Rejection {
    let text = format!("a Marketplacer connection does not answer `{}`", read.kind().as_str());
    Rejection::new(RejectCode::CannotExpress, text)
}
