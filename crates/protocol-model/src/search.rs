//! Searching a world in full.

use std::collections::{HashMap, HashSet};

use stateright::{Checker, HasDiscoveries, Model};

use crate::model::{Action, Protocol, number};

/// A story that breaks a promise.
#[derive(Debug)]
pub struct Found {
    /// Which promise.
    pub promise: &'static str,
    /// What happened, in order; the shortest such story.
    pub story: Vec<Action>,
}

/// The promises; the rest of the properties say what must be possible.
const PROMISES: [&str; 3] = ["never twice", "never beyond", "never lost"];

/// Searches the whole world. The number of different states, or the first broken promise.
pub fn states(model: Protocol) -> Result<usize, Found> {
    let checker = model.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    for promise in PROMISES {
        if let Some(path) = checker.discovery(promise) {
            return Err(Found { promise, story: path.into_actions() });
        }
    }
    match checker.discovery("it is done") {
        Some(_) => Ok(checker.unique_state_count()),
        // Nothing bad happens where nothing happens.
        None => Err(Found { promise: "it is done", story: Vec::new() }),
    }
}

/// The shortest story that breaks a promise; `None` when the whole world has none.
pub fn counterexample(model: Protocol) -> Option<Found> {
    states(model).err()
}

/// Whether every story ends: no state is reached again from itself. Only then does "where nothing more moves" speak of
/// every story. `None` when there are more than `most` states.
pub fn always_ends(model: &Protocol, most: usize) -> Option<bool> {
    let mut known: HashMap<u64, Vec<u64>> = HashMap::new();
    let mut open: Vec<_> = model.init_states();
    while let Some(state) = open.pop() {
        let name = number(&state);
        if known.contains_key(&name) {
            continue;
        }
        let next: Vec<_> = model.next_steps(&state).into_iter().map(|(_, state)| state).collect();
        known.insert(name, next.iter().map(number).collect());
        if known.len() > most {
            return None;
        }
        open.extend(next);
    }
    // Takes away what nothing leads to, until nothing is left, or only circles.
    let mut into: HashMap<u64, usize> = known.keys().map(|name| (*name, 0)).collect();
    for name in known.values().flatten() {
        *into.entry(*name).or_default() += 1;
    }
    let mut free: Vec<u64> = into.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut taken = HashSet::new();
    while let Some(name) = free.pop() {
        taken.insert(name);
        for next in known.get(&name).into_iter().flatten() {
            if let Some(count) = into.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    free.push(*next);
                }
            }
        }
    }
    Some(taken.len() == known.len())
}
