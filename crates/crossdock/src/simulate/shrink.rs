//! Looks for the shortest story that still fails: fewer events, fewer kinds of fault, fewer orders.

use sim_core::FaultKind;

use super::judge::Verdict;
use super::plan::{Cut, Plan};
use super::seed::run;
use crate::Failure;

/// Which invariants a verdict says are broken. A shorter story counts when it breaks one of the same.
fn broken(verdict: &Verdict) -> Vec<String> {
    let mut names: Vec<String> =
        verdict.findings.iter().filter_map(|text| text.split_once(':').map(|(name, _)| name.to_owned())).collect();
    names.sort();
    names.dedup();
    names
}

struct Search<'a> {
    plan: &'a Plan,
    wanted: Vec<String>,
    runs: u32,
}

impl Search<'_> {
    fn fails(&mut self, cut: &Cut) -> Result<bool, Failure> {
        if self.runs == 0 {
            return Ok(false);
        }
        self.runs -= 1;
        let outcome = run(&self.plan.cut(cut), false)?;
        Ok(broken(&outcome.verdict).iter().any(|name| self.wanted.contains(name)))
    }
}

/// The smallest cut that was found within so many runs.
pub(crate) fn shrink(plan: &Plan, cut: &Cut, verdict: &Verdict, runs: u32) -> Result<Cut, Failure> {
    let mut search = Search { plan, wanted: broken(verdict), runs };
    let mut best = cut.clone();
    let mut events = best.events.clone().unwrap_or_else(|| (0..plan.chaos.len()).collect());
    let mut faults = best.faults.clone().unwrap_or_else(|| kinds(plan));
    // Halves first, then one by one, as long as something goes.
    let mut size = events.len().div_ceil(2);
    while size > 0 && search.runs > 0 {
        let mut at = 0;
        while at < events.len() {
            let mut fewer = events.clone();
            fewer.drain(at..(at + size).min(events.len()));
            let candidate = Cut { events: Some(fewer.clone()), ..best.clone() };
            if search.fails(&candidate)? {
                events = fewer;
                best = candidate;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    let none = Cut { faults: Some(Vec::new()), ..best.clone() };
    if search.fails(&none)? {
        (best, faults) = (none, Vec::new());
    }
    let mut at = 0;
    while at < faults.len() && search.runs > 0 {
        let mut fewer = faults.clone();
        fewer.remove(at);
        let candidate = Cut { faults: Some(fewer.clone()), ..best.clone() };
        if search.fails(&candidate)? {
            faults = fewer;
            best = candidate;
        } else {
            at += 1;
        }
    }
    for orders in [4, 8, 16, 24] {
        let candidate = Cut { orders: Some(orders), ..best.clone() };
        if search.fails(&candidate)? {
            best = candidate;
            break;
        }
    }
    Ok(best)
}

fn kinds(plan: &Plan) -> Vec<FaultKind> {
    let mut kinds: Vec<FaultKind> = plan.rates.iter().map(|rate| rate.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
