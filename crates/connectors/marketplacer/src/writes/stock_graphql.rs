//! Stock by `variantUpdate`, several under aliases in one call (`contracts/marketplacer.md §3.5`).

use std::collections::BTreeMap;

use crossdock_connector::{Call, Failure, Outcome, RejectCode, Rejection, Reply, Step, StockLine};
use serde_json::{Map, Value, json};

use super::all;
use super::stock::{Refused, Walk, shown};
use crate::answer::{self, Answer, cut, payload_errors};
use crate::config::Config;
use crate::documents::{STOCK_UPDATE, stock_update};
use crate::http_call::Credentials;
use crate::ids::ListingId;

pub(super) fn plan(credentials: &Credentials, figures: &[&StockLine]) -> Result<Call, Rejection> {
    let mut variables = Map::new();
    for (index, line) in figures.iter().enumerate() {
        // A count alone does not end "without limit": that is a switch of its own.
        let input = json!({
            "variantId": ListingId::decode(&line.listing).global,
            "attributes": { "countOnHand": line.quantity, "infiniteQuantity": false },
        });
        variables.insert(format!("v{index}"), input);
    }
    let text = stock_update(figures.len());
    credentials.graphql_text("publish stock", STOCK_UPDATE.name, &text, &Value::Object(variables))
}

/// What came of one figure.
#[derive(Debug, Clone)]
enum Figure {
    Taken,
    Refused(RejectCode, String),
    /// The key may not set any figure.
    Denied(String),
    Unclear(String),
}

pub(super) fn interpret(config: &Config, steps: &[Step<'_>], figures: &[&StockLine], reply: &Reply) -> Vec<Outcome> {
    let answer = match answer::read(reply) {
        Ok(answer) => answer,
        Err(trouble) => return all(steps, &trouble.of_write()),
    };
    let found: BTreeMap<&str, Figure> = figures
        .iter()
        .enumerate()
        .map(|(index, line)| (line.listing.as_str(), figure(&answer, &format!("s{index}"))))
        .collect();
    steps.iter().map(|step| outcome(config, step, &found)).collect()
}

fn figure(answer: &Answer, alias: &str) -> Figure {
    if let Some(payload) = answer.root(alias) {
        return match payload_errors(payload) {
            Some(text) => Figure::Refused(RejectCode::RefusedByRemote, text),
            None if payload.get("variant").is_some_and(Value::is_object) => Figure::Taken,
            None => Figure::Unclear("variantUpdate answered without variant and without errors".to_owned()),
        };
    }
    let error = answer.errors.iter().find(|error| error.path.first().is_some_and(|first| first == alias));
    match error.and_then(|error| Some((error, error.refusal()?))) {
        Some((error, rejection)) if error.is_missing_scope() => Figure::Denied(rejection.detail),
        Some((_, rejection)) => Figure::Refused(rejection.code, rejection.detail),
        None => Figure::Unclear(error.map_or_else(|| "no answer for this figure".to_owned(), |e| e.message.clone())),
    }
}

/// One unclear figure makes the step unclear, since all are simply sent again. Refused ones are told apart from those that were
/// taken, and the walk goes on.
fn outcome(config: &Config, step: &Step<'_>, found: &BTreeMap<&str, Figure>) -> Outcome {
    let walk = Walk::of(step);
    let slice = walk.slice(step, config.stock_aliases);
    let mut refused = Vec::new();
    for line in &slice {
        match found.get(line.listing.as_str()) {
            Some(Figure::Taken) => {}
            Some(Figure::Refused(code, text)) => {
                let advice = match code {
                    RejectCode::NotFound => " (ids change after a re-import: read the listings)",
                    _ => "",
                };
                let reason = format!("{}{advice}", cut(text));
                refused.push(Refused { sku: line.sku.clone(), reason, code: *code });
            }
            Some(Figure::Denied(text)) => return Outcome::NotDone(Failure::Forbidden(text.clone())),
            Some(Figure::Unclear(text)) => return Outcome::Unknown(format!("{}: {}", shown(line), cut(text))),
            None => return Outcome::Unknown(format!("{}: not part of the call", shown(line))),
        }
    }
    walk.after(step, slice.len(), refused)
}
