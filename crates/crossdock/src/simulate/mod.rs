//! `crossdock simulate`: whole worlds, one per seed, in which everything goes wrong that the reliability paper lists, judged
//! by the remotes' own logs.
//!
//! A seed decides a [`plan`]; a run tells it on a virtual clock, with the real hub on a real database file and the twins in
//! the same process; the [`judge`] compares what the remotes say. Equal seeds tell equal stories, to the byte.

mod chaos;
mod course;
mod crash_all;
mod disk;
mod judge;
mod ledger;
mod plan;
mod seed;
mod shrink;
mod story;
mod trace;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use sim_core::FaultKind;

use crate::Failure;
use crate::cli::SimulateArgs;
use crate::clock::Clock;
use crate::commands::demo::bar;
use plan::{Cut, Plan, What};
use seed::{Outcome, fault_word, run};

/// Seeds that failed once, each with why; the tests run them all.
const REGRESSIONS: &str = include_str!("regressions.txt");

/// A failing seed is made smaller with so many runs at the most.
const SHRINKING_RUNS: u32 = 60;
/// So many failing seeds are made smaller; of more, the first are enough to begin with.
const SHRUNK: usize = 3;
/// One seed in so many is run twice, to compare the stories (invariant I15).
const TWICE: u64 = 50;

/// What all seeds came to.
#[derive(Default)]
struct Sum {
    outcomes: BTreeMap<u64, Outcome>,
    /// Seeds whose second run told another story.
    unequal: Vec<u64>,
    repeated: u64,
}

/// Runs the command.
pub(crate) fn command(args: &SimulateArgs) -> Result<(), Failure> {
    if args.crash_all {
        return crash_all::command(args);
    }
    let cut = cut(args)?;
    let seeds: Vec<u64> = if args.regressions {
        regressions().map(|(seed, _)| seed).collect()
    } else {
        (args.from..args.from.saturating_add(args.seeds)).collect()
    };
    let clock = Clock::real();
    let begun = clock.now();
    let sum = all(args, &cut, &seeds)?;
    let seconds = clock.now().duration_since(begun).as_secs_f64();
    let failing: Vec<(u64, &Outcome)> =
        sum.outcomes.iter().filter(|(_, outcome)| !outcome.verdict.agrees()).map(|(seed, one)| (*seed, one)).collect();
    let mut reports = Vec::new();
    for (index, (seed, outcome)) in failing.iter().enumerate() {
        let small = if args.no_shrink || args.tell || index >= SHRUNK {
            cut.clone()
        } else {
            shrink::shrink(&plan_of(args, *seed), &cut, &outcome.verdict, SHRINKING_RUNS)?
        };
        let replay = replay(args, *seed, &small);
        eprintln!("seed {seed}: {} findings; replay: {replay}", outcome.verdict.findings.len());
        outcome.verdict.findings.iter().take(12).for_each(|finding| eprintln!("  {finding}"));
        if args.tell {
            for (order, lines) in &outcome.verdict.journals {
                eprintln!("  journal of {order}:");
                lines.iter().for_each(|line| eprintln!("    {line}"));
            }
        }
        reports.push(json!({
            "seed": seed,
            "findings": outcome.verdict.findings,
            "journals": outcome.verdict.journals,
            "acts": outcome.acts,
            "events": events(&plan_of(args, *seed).cut(&small)),
            "replay": replay,
        }));
    }
    sum.unequal.iter().for_each(|seed| eprintln!("seed {seed}: told twice, it was two stories (I15)"));
    let violations = failing.len() + sum.unequal.len();
    let summary = summary(&sum, violations, seconds, &reports);
    if args.json {
        println!("{summary}");
    } else {
        println!(
            "{} seeds, {} orders, {} calls, {} restarts, {} simulated hours in {seconds:.0} s: {violations} violations",
            summary["seeds"], summary["orders"], summary["calls"], summary["restarts"], summary["simulated_hours"]
        );
    }
    if violations == 0 { Ok(()) } else { Err(Failure::no("")) }
}

fn plan_of(args: &SimulateArgs, seed: u64) -> Plan {
    Plan::new(seed, args.days)
}

/// The seeds of the regression list, each with its reason.
fn regressions() -> impl Iterator<Item = (u64, &'static str)> {
    REGRESSIONS.lines().filter_map(|line| {
        let (seed, reason) = line.split_once(' ')?;
        Some((seed.parse().ok()?, reason.trim()))
    })
}

fn all(args: &SimulateArgs, cut: &Cut, seeds: &[u64]) -> Result<Sum, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if args.threads == 0 { cores } else { args.threads };
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Sum::default());
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    let progress = bar(seeds.len() as u64);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(seeds.len().max(1)) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let plan = plan_of(args, *seed).cut(cut);
                    let again = (seed % TWICE == 0).then(|| run(&plan, false)).transpose();
                    let outcome = run(&plan, args.tell);
                    let lock = |poisoned: std::sync::PoisonError<_>| poisoned.into_inner();
                    match (outcome, again) {
                        (Ok(outcome), Ok(again)) => {
                            let mut sum = sum.lock().unwrap_or_else(lock);
                            if let Some(again) = again {
                                sum.repeated += 1;
                                if again.hash != outcome.hash {
                                    sum.unequal.push(*seed);
                                }
                            }
                            sum.outcomes.insert(*seed, outcome);
                        }
                        (Err(error), _) | (_, Err(error)) => {
                            *failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                            next.store(seeds.len(), Ordering::Relaxed);
                        }
                    }
                    progress.inc(1);
                }
            });
        }
    });
    progress.finish_and_clear();
    match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)),
    }
}

fn summary(sum: &Sum, violations: usize, seconds: f64, failing: &[Value]) -> Value {
    let total = |of: &dyn Fn(&Outcome) -> u64| sum.outcomes.values().map(of).sum::<u64>();
    let mut injected: BTreeMap<String, u64> =
        FaultKind::ALL.map(fault_word).into_iter().chain(What::ALL.map(What::word)).map(|word| (word, 0)).collect();
    let mut told: BTreeMap<&str, u64> = BTreeMap::new();
    let mut trace = blake3::Hasher::new();
    for (seed, outcome) in &sum.outcomes {
        trace.update(&seed.to_le_bytes());
        trace.update(outcome.hash.as_bytes());
        for (word, count) in &outcome.injected {
            *injected.entry(word.clone()).or_default() += count;
        }
        for (cause, count) in &outcome.verdict.told {
            *told.entry(cause).or_default() += count;
        }
    }
    let seeds = sum.outcomes.len();
    #[expect(clippy::cast_precision_loss, reason = "counts of seeds are small")]
    let per_minute = if seconds > 0.0 { (seeds as f64 * 60.0 / seconds).round() } else { 0.0 };
    json!({
        "seeds": seeds,
        "violations": violations,
        "orders": total(&|outcome| outcome.orders),
        "calls": total(&|outcome| outcome.calls),
        "commits": total(&|outcome| outcome.commits.len() as u64),
        "restarts": total(&|outcome| outcome.restarts),
        "simulated_hours": total(&|outcome| outcome.simulated.as_hours().unsigned_abs()),
        "injected": injected,
        "told": told,
        "repeated": sum.repeated,
        "unequal": sum.unequal,
        "trace": trace.finalize().to_hex().to_string(),
        "seconds": (seconds * 10.0).round() / 10.0,
        "seeds_per_minute": per_minute,
        "failing": failing,
    })
}

/// The events of a plan in words, with their moments.
fn events(plan: &Plan) -> Vec<Value> {
    plan.chaos.iter().map(|event| json!({ "after_s": event.at.as_secs(), "what": event.what })).collect()
}

/// The command that tells a story again.
fn replay(args: &SimulateArgs, seed: u64, cut: &Cut) -> String {
    let mut line = format!("cargo xtask simulate --seeds 1 --from {seed} --days {}", args.days);
    let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(",") };
    if let Some(events) = &cut.events {
        line.extend([" --only-events ", &list(events.iter().map(ToString::to_string).collect())]);
    }
    if let Some(faults) = &cut.faults {
        line.extend([" --only-faults ", &list(faults.iter().map(|kind| fault_word(*kind)).collect())]);
    }
    if let Some(orders) = cut.orders {
        line.extend([" --orders ", &orders.to_string()]);
    }
    line
}

/// What the arguments leave out of each plan.
fn cut(args: &SimulateArgs) -> Result<Cut, Failure> {
    let words = |text: &String| -> Vec<String> {
        text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none").map(str::to_owned).collect()
    };
    let events = args.only_events.as_ref().map(|text| {
        let places = words(text).into_iter();
        places.map(|word| word.parse::<usize>().map_err(|_| Failure::config(format!("`{word}` is no place")))).collect()
    });
    let faults = args.only_faults.as_ref().map(|text| {
        let kinds = words(text).into_iter().map(|word| {
            let known = FaultKind::ALL.into_iter().find(|kind| fault_word(*kind) == word);
            known.ok_or_else(|| Failure::config(format!("no fault `{word}`")))
        });
        kinds.collect::<Result<Vec<_>, _>>()
    });
    Ok(Cut { events: events.transpose()?, faults: faults.transpose()?, orders: args.orders })
}
