//! Publishes stock figures: absolute values, so a repeat does no harm (`contracts/marketplacer.md §3.5`, `§4.3`, `§7`).
//!
//! Two surfaces can carry them, by setting; this file holds what both share.

use std::collections::BTreeMap;

use crossdock_connector::{Call, Operation, Outcome, Rejection, Reply, Stage, Step, StockLine};

use super::{cannot, stock_graphql, stock_rest};
use crate::config::{Config, StockApi};
use crate::http_call::Credentials;

pub(crate) const PUBLISH: Stage = Stage::new("publish");

/// Figures that one call carries.
pub(crate) fn lines_per_call(config: &Config) -> usize {
    match config.stock_api {
        StockApi::Rest => config.stock_lines_per_call,
        StockApi::Graphql => config.stock_aliases,
    }
}

pub(crate) fn plan(credentials: &Credentials, config: &Config, steps: &[Step<'_>]) -> Result<Call, Rejection> {
    let figures = figures(steps);
    if figures.is_empty() {
        return Err(cannot("no stock figures to publish"));
    }
    if let Some(line) = figures.iter().find(|line| !(0..=i64::from(i32::MAX)).contains(&line.quantity)) {
        return Err(cannot(format!("{} units of {} cannot be published", line.quantity, shown(line))));
    }
    match config.stock_api {
        StockApi::Rest => stock_rest::plan(credentials, &figures),
        StockApi::Graphql => stock_graphql::plan(credentials, &figures),
    }
}

pub(crate) fn interpret(config: &Config, steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    match config.stock_api {
        StockApi::Rest => stock_rest::interpret(steps, reply),
        StockApi::Graphql => stock_graphql::interpret(steps, &figures(steps), reply),
    }
}

/// The figures of a step.
pub(super) fn lines_of<'a>(step: &Step<'a>) -> &'a [StockLine] {
    match step.operation {
        Operation::SetStock { lines } => lines,
        _ => &[],
    }
}

/// The figures of a batch, one per listing: where two steps speak of the same listing, the later one is the newer.
fn figures<'a>(steps: &[Step<'a>]) -> Vec<&'a StockLine> {
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    let mut figures: Vec<&StockLine> = Vec::new();
    for line in steps.iter().flat_map(lines_of) {
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

/// A listing in a sentence: its SKU, which is what people know, or its id.
pub(super) fn shown(line: &StockLine) -> String {
    crate::answer::cut(if line.sku.is_empty() { &line.listing } else { &line.sku })
}
