//! Publishes stock figures: absolute values, so a repeat does no harm (`contracts/marketplacer.md §3.5`, `§4.3`, `§7`).
//!
//! Two surfaces can carry them. `publish` sends all of them over the legacy bulk call where the key allows it; `one-by-one` walks over
//! them, or over some of them, with aliased mutations, a slice in each call. This file decides which, and holds what both share.

use std::collections::BTreeMap;

use crossdock_connector::{
    Call, Evidence, Operation, Outcome, RejectCode, Rejection, Reply, Session, Stage, Step, StockLine,
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{cannot, stock_graphql, stock_rest};
use crate::config::{Config, StockApi};
use crate::http_call::Credentials;
use crate::ids::ListingId;

pub(crate) const PUBLISH: Stage = Stage::new("publish");
pub(super) const ONE_BY_ONE: Stage = Stage::new("one-by-one");

/// Figures that an operation may hold.
pub(crate) fn lines_per_call(config: &Config) -> usize {
    match config.stock_api {
        StockApi::Auto | StockApi::Rest => config.stock_lines_per_call,
        StockApi::Graphql => config.stock_aliases,
    }
}

/// Figures that one call of a stage carries.
pub(crate) fn batch_limit(config: &Config, stage: &Stage) -> usize {
    if *stage == ONE_BY_ONE { 1 } else { lines_per_call(config) }
}

/// Whether the bulk call carries this batch. It wants the number of every variant; by setting it may be the only one to be used.
fn by_rest(config: &Config, steps: &[Step<'_>]) -> bool {
    let named = |line: &StockLine| ListingId::decode(&line.listing).number.is_some();
    match config.stock_api {
        _ if steps.iter().any(|step| *step.stage == ONE_BY_ONE) => false,
        StockApi::Rest => true,
        StockApi::Graphql => false,
        StockApi::Auto => steps.iter().flat_map(lines_of).all(named),
    }
}

pub(crate) fn plan(credentials: &Credentials, config: &Config, steps: &[Step<'_>]) -> Result<Call, Rejection> {
    let all = figures(steps.iter().flat_map(lines_of));
    if all.is_empty() {
        return Err(cannot("no stock figures to publish"));
    }
    if let Some(line) = all.iter().find(|line| !(0..=i64::from(i32::MAX)).contains(&line.quantity)) {
        return Err(cannot(format!("{} units of {} cannot be published", line.quantity, shown(line))));
    }
    if by_rest(config, steps) {
        return stock_rest::plan(credentials, &all);
    }
    stock_graphql::plan(credentials, &slices(config, steps))
}

pub(crate) fn interpret(config: &Config, session: &Session, steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    if by_rest(config, steps) {
        stock_rest::interpret(config, session, steps, reply)
    } else {
        stock_graphql::interpret(config, steps, &slices(config, steps), reply)
    }
}

/// The figures of a step.
pub(super) fn lines_of<'a>(step: &Step<'a>) -> &'a [StockLine] {
    match step.operation {
        Operation::SetStock { lines } => lines,
        _ => &[],
    }
}

/// The figures of a call that goes one by one: the slice that is due of each step.
fn slices<'a>(config: &Config, steps: &[Step<'a>]) -> Vec<&'a StockLine> {
    figures(steps.iter().flat_map(|step| Walk::of(step).slice(step, config.stock_aliases)))
}

/// Figures, one per listing: where two steps speak of the same listing, the later one is the newer.
fn figures<'a>(lines: impl Iterator<Item = &'a StockLine>) -> Vec<&'a StockLine> {
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    let mut figures: Vec<&StockLine> = Vec::new();
    for line in lines {
        let older = place.get(line.listing.as_str()).and_then(|index| figures.get_mut(*index));
        if let Some(older) = older {
            *older = line;
        } else {
            place.insert(&line.listing, figures.len());
            figures.push(line);
        }
    }
    figures
}

/// How far a step is with its figures one by one; its note.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// The places of the figures to walk over; all of them when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<Vec<usize>>,
    /// How many of those are behind us.
    done: usize,
    /// What the remote refused so far.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Refused>,
}

/// A figure that the remote refused. SKU and reason go into the evidence, where the hub looks for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refused {
    pub(super) sku: String,
    pub(super) reason: String,
    pub(super) code: RejectCode,
}

impl Walk {
    /// Where a step is; a note that this version did not write begins anew, which does no harm.
    pub(super) fn of(step: &Step<'_>) -> Self {
        if *step.stage == ONE_BY_ONE {
            serde_json::from_value(step.note.clone()).unwrap_or_default()
        } else {
            Self::default()
        }
    }

    /// A walk over the figures at these places.
    pub(super) fn over(places: Vec<usize>) -> Self {
        Self { only: Some(places), ..Self::default() }
    }

    /// The figures of the call that is due.
    pub(super) fn slice<'a>(&self, step: &Step<'a>, most: usize) -> Vec<&'a StockLine> {
        let lines = lines_of(step);
        match &self.only {
            Some(places) => places.iter().filter_map(|place| lines.get(*place)).skip(self.done).take(most).collect(),
            None => lines.iter().skip(self.done).take(most).collect(),
        }
    }

    /// The stage that begins or continues it.
    pub(super) fn go(&self) -> Outcome {
        let note = serde_json::to_value(self).unwrap_or(Value::Null);
        Outcome::Next { stage: ONE_BY_ONE, after: SignedDuration::ZERO, note }
    }

    /// What comes after a slice of which these were refused.
    pub(super) fn after(mut self, step: &Step<'_>, slice: usize, refused: Vec<Refused>) -> Outcome {
        self.done = self.done.saturating_add(slice);
        self.refused.extend(refused);
        if slice > 0 && !self.slice(step, 1).is_empty() {
            return self.go();
        }
        let lines = lines_of(step).len();
        match self.refused.first() {
            None => taken(lines),
            Some(first) if lines == 1 => Outcome::Rejected(Rejection::new(first.code, first.reason.clone())),
            Some(_) => {
                let summary = format!("{} of {lines} figures taken", lines.saturating_sub(self.refused.len()));
                Outcome::Done(Evidence { summary, facts: json!({ "errors": self.refused }) })
            }
        }
    }
}

/// All figures of a step were taken.
pub(super) fn taken(lines: usize) -> Outcome {
    Outcome::Done(Evidence::text(format!("{lines} figures taken")))
}

/// A listing in a sentence: its SKU, which is what people know, or its id.
pub(super) fn shown(line: &StockLine) -> String {
    crate::answer::cut(if line.sku.is_empty() { &line.listing } else { &line.sku })
}
