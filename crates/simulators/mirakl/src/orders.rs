//! Every order, with the indexes that OR11 needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use jiff::Timestamp;

use crate::order::{Order, State};

/// Every order, in the sequence of creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    all: Vec<Order>,
    by_id: HashMap<String, usize>,
    by_update: BTreeSet<(Timestamp, usize)>,
    by_state: BTreeMap<State, BTreeSet<usize>>,
}

impl Orders {
    /// Adds an order and says at which position.
    pub(crate) fn add(&mut self, order: Order) -> usize {
        let position = self.all.len();
        self.by_id.insert(order.id.clone(), position);
        self.by_update.insert((order.updated, position));
        self.by_state.entry(order.state).or_default().insert(position);
        self.all.push(order);
        position
    }

    /// The order at a position.
    pub(crate) fn get(&self, position: usize) -> Option<&Order> {
        self.all.get(position)
    }

    /// The order at a position, to change anything but its state and its update time.
    pub(crate) fn get_mut(&mut self, position: usize) -> Option<&mut Order> {
        self.all.get_mut(position)
    }

    /// The position of an id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Moves the update time.
    pub(crate) fn touch(&mut self, position: usize, at: Timestamp) {
        if let Some(order) = self.all.get_mut(position) {
            self.by_update.remove(&(order.updated, position));
            order.updated = at;
            self.by_update.insert((at, position));
        }
    }

    /// Moves the order, and its lines that are neither refused nor cancelled, to a state.
    pub(crate) fn set_state(&mut self, position: usize, state: State, at: Timestamp) {
        let Some(order) = self.all.get_mut(position) else {
            return;
        };
        if let Some(set) = self.by_state.get_mut(&order.state) {
            set.remove(&position);
        }
        self.by_state.entry(state).or_default().insert(position);
        order.state = state;
        for line in order.lines.iter_mut().filter(|line| !line.state.dropped()) {
            line.state = state;
            line.updated = at;
        }
        self.touch(position, at);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// All, in the sequence of creation.
    pub(crate) fn all(&self) -> &[Order] {
        &self.all
    }

    /// Positions in any of the states, in the sequence of creation.
    pub(crate) fn in_states(&self, states: &[State]) -> Vec<usize> {
        let mut found: Vec<usize> =
            states.iter().filter_map(|state| self.by_state.get(state)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Positions updated at or after a moment, in the sequence of creation.
    pub(crate) fn updated_since(&self, since: Timestamp) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .by_update
            .range((Bound::Included((since, 0)), Bound::Unbounded))
            .map(|(_, position)| *position)
            .collect();
        found.sort_unstable();
        found
    }
}
