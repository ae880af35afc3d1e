//! The legacy bulk call `POST /api/v2/client/variants/stock_on_hand` (`contracts/marketplacer.md §4.3`).
//!
//! It answers for the call as a whole. Whether a refused call did a part of its work is unknown, but the figures are absolute, so
//! the engine may send them again in smaller portions until the bad one stands alone.

use std::collections::BTreeSet;

use crossdock_connector::{Call, Failure, Outcome, RejectCode, Rejection, Reply, Session, Step, StockLine};
use serde_json::{Map, Value, json};

use super::stock::{Walk, lines_of, shown, taken};
use super::{all, cannot};
use crate::answer::{self, cut};
use crate::config::{Config, StockApi};
use crate::http_call::Credentials;
use crate::ids::ListingId;
use crate::reads::listings::INFINITE;

const PATH: &str = "/api/v2/client/variants/stock_on_hand";

pub(super) fn plan(credentials: &Credentials, figures: &[&StockLine]) -> Result<Call, Rejection> {
    let mut counts = Map::new();
    for line in figures {
        let number = ListingId::decode(&line.listing).number;
        let number = number.ok_or_else(|| cannot(format!("listing {} carries no numeric id for REST", shown(line))))?;
        counts.insert(number.to_owned(), Value::from(line.quantity));
    }
    credentials.rest("publish stock", PATH, &json!({ "count_on_hand": counts }))
}

pub(super) fn interpret(config: &Config, session: &Session, steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    match reply.status() {
        201 if is_plain_success(reply) => steps.iter().map(|step| set(session, step)).collect(),
        // An API that is not there at all: a router's page says so as well as an API's error does. The same absolute figures go out
        // over the other surface at once, which leaves nothing in doubt whatever this call did.
        404 if config.stock_api == StockApi::Auto => all(steps, &Walk::default().go()),
        // A page with 403 is a gate in front of the whole marketplace; only the API itself can say that it is closed to the key.
        403 if config.stock_api == StockApi::Auto && !reply.is_html() => all(steps, &Walk::default().go()),
        403 | 404 if !reply.is_html() => all(steps, &Outcome::NotDone(Failure::Retry(no_rest(reply)))),
        415 | 422 => {
            let text = format!("Marketplacer says: {}", errors(reply));
            all(steps, &Outcome::Rejected(Rejection::new(RejectCode::RefusedByRemote, text)))
        }
        _ => {
            let trouble = answer::status(reply).err().unwrap_or_else(|| answer::unclear(reply));
            all(steps, &trouble.of_write())
        }
    }
}

/// 201 is documented, without a useful body (`§4.3`). A page, a broken body or one that speaks of errors is something else.
fn is_plain_success(reply: &Reply) -> bool {
    if reply.body().iter().all(u8::is_ascii_whitespace) {
        return true;
    }
    match serde_json::from_slice::<Value>(reply.body()) {
        Ok(body) => body.get("errors").is_none_or(Value::is_null),
        Err(_) => false,
    }
}

/// The figures are set. Whether a count ends "without limit" here is not documented, so where a listing was last seen to sell
/// without limit it is ended over the other surface, which has a switch for it (`§3.5`).
fn set(session: &Session, step: &Step<'_>) -> Outcome {
    let infinite: BTreeSet<&str> = session.fact(INFINITE).unwrap_or("").split(' ').collect();
    let lines = lines_of(step);
    let places: Vec<usize> =
        (0..).zip(lines).filter(|(_, line)| infinite.contains(line.listing.as_str())).map(|(n, _)| n).collect();
    if places.is_empty() { taken(lines.len()) } else { Walk::over(places).go() }
}

fn no_rest(reply: &Reply) -> String {
    format!(
        "the REST stock call is not open to this key (HTTP {}); set stock_api = \"auto\" or \"graphql\" for this connection",
        reply.status()
    )
}

/// The texts of a JSON:API error reply (`contracts/marketplacer.md §4.4`).
fn errors(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    let errors = body.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let texts: Vec<String> = errors
        .iter()
        .map(|error| {
            let word = |field: &str| error.get(field).and_then(Value::as_str).unwrap_or("").trim().to_owned();
            format!("{}: {} {}", word("title"), word("detail"), word("source"))
        })
        .collect();
    if texts.is_empty() { format!("HTTP {}", reply.status()) } else { cut(&texts.join(" | ")) }
}
