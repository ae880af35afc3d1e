//! The judge: invariants I1 to I15 of the reliability paper, as far as what they speak of exists (no refunds yet). What was done is read
//! from the remotes' own logs; the hub is asked only what stands in front of a person, and whether its own records hold.

mod audit;
mod orders;
mod stock;

use std::collections::{BTreeMap, BTreeSet};

use crossdock_engine::Hub;
use crossdock_store::{Store, StoreError};
use jiff::Timestamp;
use serde_json::Value;
use sim_core::World;

use super::ledger::{Key, Ledger};
use super::story::Story;

/// What the judge reads.
pub(crate) struct Evidence<'a> {
    pub(crate) ledger: &'a Ledger,
    /// The twins' states, by connection.
    pub(crate) states: &'a BTreeMap<String, Value>,
    pub(crate) story: &'a Story,
    pub(crate) world: &'a World,
    /// Whether Mirakl takes one shipment per order.
    pub(crate) single_shipment: bool,
    /// Mistakes in the program that the drive met.
    pub(crate) problems: &'a [String],
    /// Texts of errors.
    pub(crate) errors: &'a [String],
    pub(crate) now: Timestamp,
}

/// What is wrong, each with the invariant that it breaks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verdict {
    pub(crate) findings: Vec<String>,
    /// The journals of the orders that something was found about.
    pub(crate) journals: BTreeMap<String, Vec<String>>,
    /// How often people were told of each cause about an order.
    pub(crate) told: BTreeMap<String, u64>,
    about: BTreeSet<Key>,
}

impl Verdict {
    /// A verdict of one finding.
    pub(crate) fn of(finding: &str) -> Self {
        Self { findings: vec![finding.to_owned()], ..Self::default() }
    }

    pub(super) fn find(&mut self, invariant: &str, text: impl std::fmt::Display) {
        self.findings.push(format!("{invariant}: {text}"));
    }

    /// A finding about an order, whose journal is kept with it.
    pub(super) fn find_of(&mut self, invariant: &str, key: &Key, text: impl std::fmt::Display) {
        self.about.insert(key.clone());
        self.find(invariant, text);
    }

    pub(crate) fn agrees(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Judges a run that was mended and has settled.
pub(crate) fn judge(evidence: &Evidence<'_>, hub: &Hub, store: &dyn Store) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict::default();
    for problem in evidence.problems {
        verdict.find("I11", problem);
    }
    for window in &evidence.ledger.exceeded {
        verdict.find("quota", window);
    }
    let books = audit::Books::read(hub, store)?;
    for (cause, _) in books.pages.values().flat_map(|page| &page.ever) {
        *verdict.told.entry(cause.clone()).or_default() += 1;
    }
    orders::judge(&mut verdict, evidence, &books);
    stock::judge(&mut verdict, evidence, &books);
    audit::judge(&mut verdict, evidence, &books, store)?;
    for key in std::mem::take(&mut verdict.about) {
        if let Some(page) = books.pages.get(&key) {
            verdict.journals.insert(key.1, page.told().to_vec());
        }
    }
    Ok(verdict)
}

/// The journals of every order.
pub(crate) fn journals(hub: &Hub, store: &dyn Store) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let books = audit::Books::read(hub, store)?;
    Ok(books.pages.into_iter().map(|(key, page)| (key.1, page.told().to_vec())).collect())
}
