//! Promises that every connector makes, whatever came.

use bytes::Bytes;
use crossdock_connector::{
    Connector, Failure, Observation, Operation, Outcome, Read, ReadReply, Reply, Session, Stage, StageKind, Step,
};
use jiff::Timestamp;
use serde_json::Value;

/// Longer than any text that a person should be shown of a remote's words, with ours around them.
const NOVEL: usize = 700;

/// The clock of all targets.
pub(crate) fn now() -> Timestamp {
    Timestamp::constant(1_783_328_400, 0)
}

/// A reply as it came from the network.
pub(crate) fn reply(status: u16, body: &[u8]) -> Reply {
    let mut response = http::Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    Reply { response, at: now() }
}

/// One stage of some operations.
pub(crate) struct Work<'a> {
    pub(crate) connector: &'a dyn Connector,
    pub(crate) session: &'a Session,
    pub(crate) operations: &'a [Operation],
    pub(crate) stage: Stage,
    pub(crate) note: Value,
}

impl Work<'_> {
    fn steps(&self) -> Vec<Step<'_>> {
        let step = |operation| Step { effect: "effect-1", operation, stage: &self.stage, note: &self.note, attempt: 0 };
        self.operations.iter().map(step).collect()
    }

    /// Whether the stage writes.
    pub(crate) fn writes(&self) -> bool {
        let kind = self.operations.first().map(|operation| self.connector.stage_kind(operation, &self.stage));
        matches!(kind, Some(StageKind::Write(_)))
    }

    /// What the reply says: the same twice, one outcome per step, none of them a novel.
    pub(crate) fn outcomes(&self, reply: &Reply) -> Vec<Outcome> {
        let steps = self.steps();
        let outcomes = self.connector.interpret(&steps, self.session, reply);
        assert_eq!(outcomes.len(), steps.len(), "one outcome per step");
        assert_eq!(outcomes, self.connector.interpret(&steps, self.session, reply), "equal arguments, equal results");
        for outcome in &outcomes {
            short(outcome);
            if self.writes() {
                assert!(!matches!(outcome, Outcome::Absent { .. }), "a write cannot find something absent");
            }
        }
        outcomes
    }
}

/// Nothing is echoed at length.
fn short(outcome: &Outcome) {
    let text = match outcome {
        Outcome::Done(evidence) => &evidence.summary,
        Outcome::Rejected(rejection) => &rejection.detail,
        Outcome::Unknown(text) => text,
        Outcome::NotDone(failure) => return short_failure(failure),
        Outcome::Next { after, .. } => {
            assert!(!after.is_negative() && after.as_hours() < 24, "a wait of {after}");
            return;
        }
        Outcome::Absent { .. } => return,
    };
    assert!(text.chars().count() <= NOVEL, "a novel: {text}");
}

fn short_failure(failure: &Failure) {
    let text = match failure {
        Failure::Retry(text) | Failure::Denied(text) | Failure::Forbidden(text) => text,
        Failure::Rejected(rejection) => &rejection.detail,
        Failure::Throttled(wait) => {
            assert!(wait.is_none_or(|wait| !wait.is_negative()), "a wait before now");
            return;
        }
        Failure::Reauth => return,
    };
    assert!(text.chars().count() <= NOVEL, "a novel: {text}");
}

/// Whether an outcome of a stage leaves everything open: nothing is believed of what came.
pub(crate) fn is_open(writes: bool, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unknown(_) => true,
        Outcome::NotDone(Failure::Retry(_) | Failure::Throttled(_)) => !writes,
        _ => false,
    }
}

/// What a reply to a read says: the same twice, in bounds, and going on somewhere else than where it is. `rows` is a bound
/// for how many things the reply can speak of.
pub(crate) fn read(
    connector: &dyn Connector,
    session: &Session,
    read: &Read,
    reply: &Reply,
    rows: usize,
) -> Result<ReadReply, Failure> {
    let answer = connector.interpret_read(read, session, reply);
    assert_eq!(answer, connector.interpret_read(read, session, reply), "equal arguments, equal results");
    match &answer {
        Err(failure) => short_failure(failure),
        Ok(answer) => {
            let most = 4 * rows + 20;
            assert!(answer.observations.len() <= most, "{} observations of {rows} rows", answer.observations.len());
            for observation in &answer.observations {
                sound(observation);
            }
            if let Some(next) = &answer.next {
                assert_ne!(next, read, "a read that goes on at its own place never ends");
                let call = connector.plan_read(next, session);
                assert!(call.is_ok(), "what goes on cannot be asked: {:?}", call.err());
            }
        }
    }
    answer
}

/// What must hold of an observation, whatever it was made of.
fn sound(observation: &Observation) {
    match observation {
        Observation::Unreadable { reason, .. } | Observation::Drift(reason) => {
            assert!(!reason.trim().is_empty() && reason.chars().count() <= NOVEL, "a reason for people: {reason}");
        }
        Observation::Available(available) => assert!(!available.item.trim().is_empty(), "stock of nothing"),
        Observation::Item(item) => assert!(!item.code.trim().is_empty(), "an item without a code"),
        Observation::KitPart(part) => {
            assert!(!part.kit.trim().is_empty() && !part.component.trim().is_empty(), "a kit without names");
        }
        Observation::Despatch(row) => {
            let named = [&row.order_number, &row.despatch_number, &row.item];
            assert!(named.iter().all(|text| !text.trim().is_empty()), "a despatch without names: {row:?}");
        }
        Observation::WarehouseOrder(order) => assert!(!order.number.trim().is_empty(), "an order without a number"),
        Observation::Order { order, raw } => {
            assert!(!order.id.trim().is_empty() && !order.number.trim().is_empty(), "an order without an id");
            assert!(!raw.is_empty(), "an order without its document");
        }
        Observation::Listing(listing) => assert!(!listing.id.trim().is_empty(), "a listing without an id"),
        Observation::Carrier(carrier) => {
            assert!(!carrier.code.trim().is_empty() || !carrier.name.trim().is_empty(), "a carrier without a name");
        }
        Observation::Health(_) => {}
    }
}
