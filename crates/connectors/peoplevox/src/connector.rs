//! The connector itself: it holds the settings and hands each question to the module that knows the answer.

use crossdock_connector::{
    Budget, Call, Capability, ConfigError, Connector, Failure, Intake, Operation, OperationKind, Outcome, Read,
    ReadKind, ReadReply, RejectCode, Rejection, Repeat, Reply, Session, Stage, StageKind, Step, WebhookRequest,
};
use crossdock_model::{ConnectionName, OrderDraft, Private};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::config::Config;
use crate::despatches::Which;
use crate::order_note::Note;
use crate::order_stage::{Task, What};
use crate::{
    callbacks, catalogue, create_order, despatches, health, order_outcomes, order_stage, orders_read, session, soap,
    stock, subscriptions,
};

/// One tenant of Peoplevox.
#[derive(Debug)]
pub struct Peoplevox {
    connection: ConnectionName,
    config: Config,
    password: Private<String>,
    /// The zone of report dates.
    zone: TimeZone,
}

impl Peoplevox {
    /// Checks the settings. The password is kept apart from them and appears in no error and no log.
    pub fn new(connection: ConnectionName, config: Config, password: Private<String>) -> Result<Self, ConfigError> {
        let zone = config.check()?;
        let unusable = |setting, problem: &str| ConfigError {
            setting,
            problem: problem.to_owned(),
            advice: "Give it as Peoplevox knows it.",
        };
        if password.is_blank() {
            return Err(unusable("password", "it is empty"));
        }
        if session::login(&config, &password).is_none() {
            return Err(unusable("username or password", "it holds a character that XML cannot carry"));
        }
        Ok(Self { connection, config, password, zone })
    }
}

fn wrong_operation(kind: OperationKind) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, format!("a warehouse has no operation {}", kind.as_str()))
}

fn wrong_read(kind: ReadKind) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, format!("a warehouse has no read {}", kind.as_str()))
}

/// The drafts of a batch, when every step creates an order.
fn drafts<'a>(steps: &[Step<'a>]) -> Option<Vec<(Step<'a>, &'a OrderDraft)>> {
    steps
        .iter()
        .map(|step| match step.operation {
            Operation::CreateOrder(draft) => Some((*step, draft.as_ref())),
            _ => None,
        })
        .collect()
}

impl Connector for Peoplevox {
    fn kind(&self) -> &'static str {
        "peoplevox"
    }

    fn connection(&self) -> &ConnectionName {
        &self.connection
    }

    fn capabilities(&self, _session: &Session) -> Vec<Capability> {
        vec![Capability::Warehouse, Capability::Push]
    }

    fn reads(&self) -> Vec<ReadKind> {
        vec![
            ReadKind::Health,
            ReadKind::Items,
            ReadKind::Kits,
            ReadKind::Availability,
            ReadKind::Despatches,
            ReadKind::DespatchesOf,
            ReadKind::WarehouseOrders,
        ]
    }

    fn login(&self) -> Option<Call> {
        session::login(&self.config, &self.password)
    }

    fn logged_in(&self, reply: &Reply, session: &mut Session) -> Result<(), Failure> {
        session::logged_in(&self.config, &self.password, reply, session)
    }

    fn needs_login(&self, session: &Session) -> bool {
        session::needs_login(&self.config, session)
    }

    fn plan_read(&self, read: &Read, session: &Session) -> Result<Call, Rejection> {
        let config = &self.config;
        match read {
            Read::Health { page } => health::plan(config, session, page),
            Read::Items { page } => catalogue::plan_items(config, session, page),
            Read::Kits { page } => catalogue::plan_kits(config, session, page),
            Read::Availability { items, page } => stock::plan(config, session, items, page),
            Read::Despatches { since, page } => {
                despatches::plan(config, &self.zone, session, Which::Since(*since), page)
            }
            Read::DespatchesOf { orders, page } => {
                despatches::plan(config, &self.zone, session, Which::Of(orders), page)
            }
            Read::WarehouseOrders { orders, page } => orders_read::plan(config, session, orders, page),
            Read::Orders { .. } | Read::OrdersById { .. } | Read::Listings { .. } | Read::Carriers { .. } => {
                Err(wrong_read(read.kind()))
            }
        }
    }

    fn interpret_read(&self, read: &Read, session: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
        let config = &self.config;
        match read {
            Read::Health { page } => health::interpret(config, page, reply),
            Read::Items { page } => catalogue::interpret_items(config, page, reply),
            Read::Kits { page } => catalogue::interpret_kits(config, session, page, reply),
            Read::Availability { items, page } => stock::interpret(config, items, page, reply),
            Read::Despatches { since, page } => {
                despatches::interpret(config, &self.zone, Which::Since(*since), page, reply)
            }
            Read::DespatchesOf { orders, page } => {
                despatches::interpret(config, &self.zone, Which::Of(orders), page, reply)
            }
            Read::WarehouseOrders { orders, page } => orders_read::interpret(config, orders, page, reply),
            Read::Orders { .. } | Read::OrdersById { .. } | Read::Listings { .. } | Read::Carriers { .. } => {
                Err(Failure::Rejected(wrong_read(read.kind())))
            }
        }
    }

    fn first_stage(&self, operation: &Operation, _session: &Session) -> Stage {
        match operation {
            Operation::Watch { .. } => Stage::new(subscriptions::SUBSCRIBE),
            _ => What::Look.stage(),
        }
    }

    fn stage_kind(&self, operation: &Operation, stage: &Stage) -> StageKind {
        match operation {
            Operation::CreateOrder(_) => order_stage::stage_kind(stage),
            Operation::Watch { .. } => subscriptions::stage_kind(stage),
            _ => StageKind::Write(Repeat::Doubles),
        }
    }

    fn batch_limit(&self, kind: OperationKind, stage: &Stage) -> usize {
        match kind {
            OperationKind::CreateOrder => Task::of(stage).map_or(1, |task| task.batch_limit(&self.config)),
            _ => 1,
        }
    }

    fn weight(&self, operation: &Operation, stage: &Stage) -> usize {
        match operation {
            Operation::CreateOrder(draft) => Task::of(stage).map_or(1, |task| task.weight(draft)),
            _ => 1,
        }
    }

    fn batch_key(&self, operation: &Operation, stage: &Stage, session: &Session) -> String {
        match operation {
            Operation::CreateOrder(draft) => create_order::batch_key(&self.config, draft, stage, session),
            _ => String::new(),
        }
    }

    fn plan(&self, steps: &[Step<'_>], session: &Session) -> Result<Call, Rejection> {
        let Some(first) = steps.first() else {
            return Err(Rejection::new(RejectCode::CannotExpress, "there is nothing to send"));
        };
        match first.operation {
            Operation::CreateOrder(_) => {
                let drafts = drafts(steps).ok_or_else(|| wrong_operation(first.operation.kind()))?;
                let orders: Vec<_> = drafts.into_iter().map(|(step, draft)| (draft, Note::read(step.note))).collect();
                create_order::plan(&self.config, session, first.stage, &orders)
            }
            Operation::Watch { event, url, .. } if steps.len() == 1 => {
                subscriptions::plan(&self.config, session, *event, url)
            }
            Operation::Watch { .. } => {
                Err(Rejection::new(RejectCode::CannotExpress, "one call makes one subscription"))
            }
            other => Err(wrong_operation(other.kind())),
        }
    }

    fn interpret(&self, steps: &[Step<'_>], session: &Session, reply: &Reply) -> Vec<Outcome> {
        let Some(first) = steps.first() else { return Vec::new() };
        match (first.operation, drafts(steps)) {
            (Operation::CreateOrder(_), Some(drafts)) => {
                order_outcomes::interpret(&self.config, session, &drafts, reply)
            }
            (Operation::Watch { .. }, _) if steps.len() == 1 => vec![subscriptions::interpret(&self.config, reply)],
            // No such batch was ever planned.
            (other, _) => vec![Outcome::Rejected(wrong_operation(other.kind())); steps.len()],
        }
    }

    fn windows(&self) -> Vec<Budget> {
        vec![Budget {
            window: soap::WINDOW.to_owned(),
            calls: self.config.calls,
            per: SignedDuration::from_secs(i64::from(self.config.per_seconds)),
        }]
    }

    fn webhook(&self, request: &WebhookRequest<'_>) -> Intake {
        callbacks::intake(request)
    }
}
