//! The suite that every engine runs: what the traits promise, as statements about the business.
//!
//! An engine's test makes empty stores and calls [`run_all`], or runs [`cases`] one by one to give each a name of its own.

mod connections;
mod effects;
mod exceptions;
mod flow_lists;
mod flows;
mod journals;
mod lineages;
mod listings;
mod maps;
mod pages;
mod stock;
mod transactions;

use jiff::Timestamp;

use crate::{FlowKind, FlowRow, NewFlow, Store, StoreError};

/// A store as the cases take it.
pub type Db = dyn Store;

/// One promise. It gets an empty store and panics when the promise is broken.
pub struct Case {
    /// What is promised.
    pub name: &'static str,
    /// Tries it.
    pub run: fn(&Db),
}

/// Names cases after their functions.
macro_rules! promises {
    ($($name:ident),+ $(,)?) => {
        pub(super) const CASES: &[super::Case] = &[$(super::Case { name: stringify!($name), run: $name }),+];
    };
}
use promises;

/// All cases.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [
        transactions::CASES,
        flows::CASES,
        flow_lists::CASES,
        journals::CASES,
        effects::CASES,
        exceptions::CASES,
        stock::CASES,
        listings::CASES,
        pages::CASES,
        connections::CASES,
        maps::CASES,
        lineages::CASES,
    ]
    .into_iter()
    .flatten()
}

/// Runs every case on a new store each.
///
/// # Panics
/// When a promise is broken. The case's name is printed before it runs.
pub fn run_all(make: &dyn Fn() -> Box<Db>) {
    for case in cases() {
        println!("case {}", case.name);
        (case.run)(&*make());
    }
}

/// A moment, some seconds after a fixed one.
fn second(offset: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + offset).expect("a moment in range")
}

/// An order to begin.
fn order(key: &str) -> NewFlow {
    NewFlow { kind: FlowKind::Order, key: key.to_owned(), connection: "john-lewis".to_owned(), parent: None }
}

/// Begins an order at a moment and gives it a state.
fn begin(db: &Db, flow: NewFlow, at: Timestamp, change: impl FnOnce(&mut FlowRow) + Send + 'static) -> FlowRow {
    db.change(move |tx| {
        let mut row = tx.insert_flow(&flow, at)?;
        change(&mut row);
        tx.update_flow(&mut row, at)?;
        Ok(row)
    })
    .expect("a flow begins")
}

/// Expects an error that says that somebody else was faster.
fn assert_conflict<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
}
