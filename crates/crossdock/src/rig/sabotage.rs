//! Connectors broken on purpose, to show that the check can fail.

use std::sync::Arc;

use crossdock_connector::{
    Budget, Call, Capability, Connector, Evidence, Failure, Intake, Operation, OperationKind, Outcome, Read, ReadKind,
    ReadReply, RejectCode, Rejection, Reply, Session, Stage, StageKind, Step, WebhookRequest,
};
use crossdock_model::ConnectionName;

/// What a broken connector does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Sabotage {
    /// Believes every despatch confirmed without telling the channel.
    ClaimShipped,
    /// Leaves the last line of every warehouse order out.
    DropLine,
    /// Publishes one unit more than there is.
    InflateStock,
    /// Takes every warehouse order for refused, so that all of them stand in front of a person.
    HoldAll,
}

/// A connector with a fault.
pub(crate) struct Broken {
    inner: Arc<dyn Connector>,
    how: Sabotage,
}

impl Broken {
    pub(crate) fn wrap(inner: Arc<dyn Connector>, how: Sabotage) -> Arc<dyn Connector> {
        Arc::new(Self { inner, how })
    }

    fn claims(&self, operation: &Operation) -> bool {
        self.how == Sabotage::ClaimShipped && operation.kind() == OperationKind::ConfirmDespatch
    }
}

impl Connector for Broken {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }
    fn connection(&self) -> &ConnectionName {
        self.inner.connection()
    }
    fn capabilities(&self, session: &Session) -> Vec<Capability> {
        self.inner.capabilities(session)
    }
    fn reads(&self) -> Vec<ReadKind> {
        self.inner.reads()
    }
    fn login(&self) -> Option<Call> {
        self.inner.login()
    }
    fn logged_in(&self, reply: &Reply, session: &mut Session) -> Result<(), Failure> {
        self.inner.logged_in(reply, session)
    }
    fn needs_login(&self, session: &Session) -> bool {
        self.inner.needs_login(session)
    }
    fn plan_read(&self, read: &Read, session: &Session) -> Result<Call, Rejection> {
        self.inner.plan_read(read, session)
    }
    fn interpret_read(&self, read: &Read, session: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
        self.inner.interpret_read(read, session, reply)
    }
    fn first_stage(&self, operation: &Operation, session: &Session) -> Stage {
        self.inner.first_stage(operation, session)
    }
    fn recovery_stage(&self, operation: &Operation, session: &Session) -> Stage {
        self.inner.recovery_stage(operation, session)
    }
    fn stage_kind(&self, operation: &Operation, stage: &Stage) -> StageKind {
        self.inner.stage_kind(operation, stage)
    }
    fn batch_limit(&self, kind: OperationKind, stage: &Stage) -> usize {
        self.inner.batch_limit(kind, stage)
    }
    fn weight(&self, operation: &Operation, stage: &Stage) -> usize {
        self.inner.weight(operation, stage)
    }
    fn batch_key(&self, operation: &Operation, stage: &Stage, session: &Session) -> String {
        self.inner.batch_key(operation, stage, session)
    }

    fn plan(&self, steps: &[Step<'_>], session: &Session) -> Result<Call, Rejection> {
        let spoilt: Vec<Operation> = steps.iter().map(|step| self.spoil(step.operation)).collect();
        let steps: Vec<Step<'_>> =
            steps.iter().zip(&spoilt).map(|(step, operation)| Step { operation, ..*step }).collect();
        self.inner.plan(&steps, session)
    }

    fn interpret(&self, steps: &[Step<'_>], session: &Session, reply: &Reply) -> Vec<Outcome> {
        if self.how == Sabotage::HoldAll && steps.iter().all(|step| step.operation.kind() == OperationKind::CreateOrder)
        {
            let refused = Rejection::new(RejectCode::RefusedByRemote, "held on purpose");
            return vec![Outcome::Rejected(refused); steps.len()];
        }
        if steps.iter().all(|step| self.claims(step.operation)) {
            return vec![Outcome::Done(Evidence::text("believed")); steps.len()];
        }
        let spoilt: Vec<Operation> = steps.iter().map(|step| self.spoil(step.operation)).collect();
        let steps: Vec<Step<'_>> =
            steps.iter().zip(&spoilt).map(|(step, operation)| Step { operation, ..*step }).collect();
        self.inner.interpret(&steps, session, reply)
    }

    fn windows(&self) -> Vec<Budget> {
        self.inner.windows()
    }
    fn in_flight(&self) -> usize {
        self.inner.in_flight()
    }
    fn webhook(&self, request: &WebhookRequest<'_>) -> Intake {
        self.inner.webhook(request)
    }
}

impl Broken {
    fn spoil(&self, operation: &Operation) -> Operation {
        let mut operation = operation.clone();
        match (self.how, &mut operation) {
            (Sabotage::DropLine, Operation::CreateOrder(draft)) if draft.lines.len() > 1 => {
                draft.lines.pop();
            }
            (Sabotage::InflateStock, Operation::SetStock { lines }) => {
                lines.iter_mut().for_each(|line| line.quantity += 1);
            }
            _ => {}
        }
        operation
    }
}
