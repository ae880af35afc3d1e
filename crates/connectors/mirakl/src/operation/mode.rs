//! A despatch while nobody knows how many shipments an order may have: the platform is asked (PC01), and its answer leads
//! to the protocol that fits (`contracts/john-lewis.md §2.4`).
//!
//! Taken for one shipment, an order would be shipped whole by its first parcel; taken for several, ST01 would be refused.
//! So nothing is sent before it is known.

use crossdock_connector::{Call, Failure, Outcome, Rejection, Reply, Stage, Step};

use super::{all, multi, single};
use crate::document::Doc;
use crate::note;
use crate::read::{plan_platform, ships_in_parts};
use crate::request::{Caller, cannot};
use crate::verdict::{Verdict, json};

/// PC01.
pub(crate) const ASK: Stage = Stage::new("pc01");

/// Despatches that may wait for one answer.
pub(crate) const STEPS_PER_CALL: usize = 100;

pub(crate) fn plan(caller: &Caller) -> Result<Call, Rejection> {
    plan_platform(caller)
}

pub(crate) fn interpret(steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    let retry = |text| Outcome::NotDone(Failure::Retry(text));
    let unsaid = || {
        Outcome::Rejected(cannot(
            "the platform does not say whether an order may have several shipments: set `shipments` to `single` or `multi`",
        ))
    };
    let verdict = Verdict::of(reply);
    // A platform without PC01 will not have it tomorrow either.
    let outcome = if matches!(verdict, Verdict::Refused(_)) {
        unsaid()
    } else {
        match verdict.for_look().and_then(|()| json(reply).map_err(retry)) {
            Err(outcome) => outcome,
            Ok(body) if !Doc::of(&body).has("features") => {
                retry("the answer is no platform's configuration".to_owned())
            }
            Ok(body) => match ships_in_parts(Doc::of(&body)) {
                Some(true) => note::next(multi::LOOK, serde_json::Value::Null),
                Some(false) => note::next(single::LOOK, serde_json::Value::Null),
                None => unsaid(),
            },
        }
    };
    all(steps, &outcome)
}
