//! The legacy bulk call `POST /api/v2/client/variants/stock_on_hand` (`contracts/marketplacer.md §4.3`).
//!
//! It answers for the call as a whole. Whether a refused call did a part of its work is unknown, but the figures are absolute, so
//! the engine may send them again in smaller portions until the bad one stands alone.

use crossdock_connector::{Call, Evidence, Outcome, RejectCode, Rejection, Reply, Step, StockLine};
use serde_json::{Map, Value, json};

use super::stock::{lines_of, shown};
use super::{all, cannot};
use crate::answer::{self, cut};
use crate::http_call::Credentials;
use crate::ids::ListingId;

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

pub(super) fn interpret(steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    let refused = |code, text: String| all(steps, &Outcome::Rejected(Rejection::new(code, text)));
    match reply.status() {
        // 201 is documented and has no useful body; a web page at 2xx is a gate in between, not an answer.
        200 | 201 | 204 if !reply.is_html() => steps
            .iter()
            .map(|step| Outcome::Done(Evidence::text(format!("{} figures taken", lines_of(step).len()))))
            .collect(),
        404 => refused(RejectCode::NotFound, no_rest(reply)),
        403 if !reply.is_html() => refused(RejectCode::NotFound, no_rest(reply)),
        415 | 422 => refused(RejectCode::RefusedByRemote, format!("Marketplacer says: {}", errors(reply))),
        _ => {
            let trouble = answer::status(reply).err().unwrap_or_else(|| answer::unclear(reply));
            all(steps, &trouble.of_write())
        }
    }
}

fn no_rest(reply: &Reply) -> String {
    format!(
        "the REST stock call is not open to this key (HTTP {}); set stock_api = \"graphql\" for this connection",
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
