//! Certain invoices, by whatever id somebody has of them (`contracts/marketplacer.md §3.2`, `§1`).
//!
//! People ask by the number that they see, and by whatever else they typed. An id that the remote cannot read may spoil the call for
//! all of them (`§3.9`: an id that is not found is an error at the top), so those that are surely ids of invoices go together, and
//! each doubtful one by itself.

use crossdock_connector::{Call, Failure, Observation, Read, ReadReply, Rejection, Reply, Session};
use serde_json::{Value, json};

use super::drifts;
use super::orders::{hole, take};
use super::owner::Owner;
use crate::answer::{self, Answer, Trouble, cut};
use crate::documents::INVOICES_BY_ID;
use crate::http_call::Credentials;
use crate::ids;

/// What one call asks of a batch of ids, and what is left for further ones.
struct Batch {
    asked: Vec<String>,
    left: Vec<String>,
    /// The one that is asked may be no id at all.
    doubtful: bool,
}

impl Batch {
    fn of(ids: &[String]) -> Self {
        let (mut sure, mut others): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for id in ids.iter().map(|id| ids::invoice(id)) {
            let list = if ids::is_invoice(&id) { &mut sure } else { &mut others };
            if !list.contains(&id) {
                list.push(id);
            }
        }
        if sure.is_empty() && !others.is_empty() {
            let left = others.split_off(1);
            return Self { asked: others, left, doubtful: true };
        }
        Self { asked: sure, left: others, doubtful: false }
    }

    fn next(self) -> Option<Read> {
        (!self.left.is_empty()).then_some(Read::OrdersById { ids: self.left })
    }
}

pub(crate) fn plan(credentials: &Credentials, ids: &[String]) -> Result<Call, Rejection> {
    credentials.graphql("certain invoices", INVOICES_BY_ID, &json!({ "ids": Batch::of(ids).asked }))
}

pub(crate) fn interpret(
    harmless: &[String],
    ids: &[String],
    session: &Session,
    reply: &Reply,
) -> Result<ReadReply, Failure> {
    let batch = Batch::of(ids);
    let (answer, nodes) = match answered(reply) {
        Ok(answered) => answered,
        Err(trouble) => return refused(batch, trouble, reply),
    };
    let owner = Owner::of(&answer, session)?;
    let Value::Array(nodes) = nodes else {
        return Err(Failure::Retry("nodes is not a list".to_owned()));
    };
    let mut observations = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let id = batch.asked.get(index).map(String::as_str);
        let kind = node.get("__typename").and_then(Value::as_str);
        if node.is_null() {
            observations.push(hole(&answer, "nodes", index, id));
        } else if kind.is_some_and(|kind| kind != "Invoice") {
            let id = cut(id.unwrap_or("?"));
            observations.push(Observation::Drift(format!("{id} is no invoice but {}", cut(kind.unwrap_or("?")))));
        } else {
            take(&owner, harmless, node, &mut observations);
        }
    }
    for (index, id) in batch.asked.iter().enumerate().skip(nodes.len()) {
        observations.push(hole(&answer, "nodes", index, Some(id)));
    }
    observations.extend(drifts(&answer));
    Ok(ReadReply { observations, next: batch.next(), facts: Vec::new() })
}

fn answered(reply: &Reply) -> Result<(Answer, Value), Trouble> {
    let mut answer = answer::read(reply)?;
    let nodes = answer.take("nodes")?;
    Ok((answer, nodes))
}

/// A batch that was refused as a whole. Where the refusal names one of the ids, or where the only one that was asked may be no id at
/// all, that one is unknown, and the others are asked without it.
fn refused(mut batch: Batch, trouble: Trouble, reply: &Reply) -> Result<ReadReply, Failure> {
    let key_lacks_scope = matches!(trouble, Trouble::Scope(_));
    let failure = trouble.of_look();
    let named = match &failure {
        Failure::Rejected(rejection) => {
            let words: Vec<&str> = rejection.detail.split([' ', ',', '"', '\'']).collect();
            batch.asked.iter().position(|id| words.contains(&id.as_str()))
        }
        _ => None,
    };
    let unreadable = batch.doubtful && answer::speaks_of_errors(reply);
    let unknown = match named.or(unreadable.then_some(0)) {
        Some(index) if !key_lacks_scope && index < batch.asked.len() => batch.asked.remove(index),
        _ => return Err(failure),
    };
    let told = Observation::Drift(format!("Marketplacer has no invoice {}", cut(&unknown)));
    batch.left.splice(0..0, batch.asked.drain(..));
    Ok(ReadReply { observations: vec![told], next: batch.next(), facts: Vec::new() })
}
