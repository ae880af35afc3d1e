//! A small world told again and again, each time with the process dying at another step: before and after each commit, before
//! and after each call, and at sampled pairs of them (fault F32).

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use sim_core::Rng;

use super::disk::Edge;
use super::plan::{Crash, Plan, Step};
use super::seed::run;
use crate::Failure;
use crate::cli::SimulateArgs;
use crate::clock::Clock;
use crate::commands::demo::bar;

/// Orders of the small world: single and double lines, one and two parcels, both channels.
const ORDERS: u32 = 5;
/// Pairs of crashes that are tried beside every single one.
const PAIRS: usize = 240;

/// Every crash that is tried, for a story of so many commits and calls.
fn crashes(seed: u64, commits: &[u64], calls: u64) -> Vec<Vec<Crash>> {
    let edges = [Edge::Before, Edge::After];
    let at = |step: Step, after: u64| edges.map(|edge| Crash { step, after, edge });
    // A transaction that changes nothing is no step.
    let commits = commits.iter().flat_map(|after| at(Step::Commit, *after));
    let single: Vec<Crash> = commits.chain((0..calls).flat_map(|after| at(Step::Call, after))).collect();
    let mut dice = Rng::new(seed, "simulate/pairs");
    let pairs: Vec<Vec<Crash>> = (0..PAIRS.min(single.len().saturating_mul(single.len())))
        .map(|_| {
            let first = single.get(dice.index(single.len())).copied();
            // The second soon after the process is back, where the first has left something to do.
            let second = single.get(dice.index(single.len())).map(|crash| Crash { after: crash.after % 24, ..*crash });
            first.into_iter().chain(second).collect()
        })
        .collect();
    single.into_iter().map(|crash| vec![crash]).chain(pairs).collect()
}

/// A crash in words.
fn words(crashes: &[Crash]) -> String {
    let one = |crash: &Crash| format!("{:?} {:?} {}", crash.edge, crash.step, crash.after).to_lowercase();
    crashes.iter().map(one).collect::<Vec<_>>().join(", then ")
}

pub(super) fn command(args: &SimulateArgs) -> Result<(), Failure> {
    let clock = Clock::real();
    let begun = clock.now();
    let small = Plan::small(args.from, args.orders.unwrap_or(ORDERS));
    let quiet = run(&small, args.tell)?;
    if !quiet.verdict.agrees() {
        quiet.verdict.findings.iter().for_each(|finding| eprintln!("  {finding}"));
        return Err(Failure::no("the small world does not agree even without a crash"));
    }
    let all = crashes(args.from, &quiet.commits, quiet.calls);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if args.threads == 0 { cores } else { args.threads };
    let next = AtomicUsize::new(0);
    let failing: Mutex<Vec<(String, Vec<String>)>> = Mutex::default();
    let broken: Mutex<Option<Failure>> = Mutex::default();
    let progress = bar(all.len() as u64);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(crashes) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match run(&Plan { crashes: crashes.clone(), ..small.clone() }, false) {
                        Ok(outcome) if outcome.verdict.agrees() => {}
                        Ok(outcome) => failing
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((words(crashes), outcome.verdict.findings)),
                        Err(error) => *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                    }
                    progress.inc(1);
                }
            });
        }
    });
    progress.finish_and_clear();
    if let Some(error) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let failing = failing.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (crash, findings) in failing.iter().take(10) {
        eprintln!("crash {crash}:");
        findings.iter().take(5).for_each(|finding| eprintln!("  {finding}"));
    }
    let seconds = clock.now().duration_since(begun).as_secs_f64();
    let summary = json!({
        "crashes": all.len(),
        "commits": quiet.commits.len(),
        "calls": quiet.calls,
        "orders": quiet.orders,
        "violations": failing.len(),
        "failing": failing,
        "seconds": (seconds * 10.0).round() / 10.0,
    });
    if args.json {
        println!("{summary}");
    } else {
        println!(
            "{} crashes at {} commits and {} calls in {seconds:.0} s: {} violations",
            all.len(),
            quiet.commits.len(),
            quiet.calls,
            failing.len()
        );
    }
    if failing.is_empty() { Ok(()) } else { Err(Failure::no("")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_and_every_call_is_crashed_on_both_sides() {
        let all = crashes(1, &[0, 1, 4], 2);
        let single: Vec<&Crash> = all.iter().filter(|crashes| crashes.len() == 1).flatten().collect();
        assert_eq!(single.len(), 2 * (3 + 2));
        for step in [Step::Commit, Step::Call] {
            for edge in [Edge::Before, Edge::After] {
                assert!(single.iter().any(|crash| crash.step == step && crash.edge == edge && crash.after == 1));
            }
        }
        assert!(all.iter().any(|crashes| crashes.len() == 2));
    }
}
