//! What reads data from outside, as functions from bytes to assertions.
//!
//! Each [`Target`] takes any bytes and panics when a promise is broken: not only "it does not crash", but that an answer
//! which is none is never taken for a success, that what is written reads back as what was meant, and that nothing is
//! echoed at length. `fuzz/` drives them with libFuzzer (`docs/fuzzing.md`); the committed corpora below `fuzz/corpus` run
//! through the same functions as ordinary tests.
//!
//! The targets use the crates' public doors (`Connector::interpret`, the console's router), never their insides, so that a
//! parser may be rewritten without touching them. Where a second opinion is needed it comes from another implementation: an
//! XML tree, a CSV reader, 128-bit arithmetic, the Peoplevox twin.
//!
//! Architecture invariant: nothing that ships depends on this crate.

mod check;
mod cut;
mod targets;

/// One thing that reads outside data.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: the libFuzzer program, and the folder below `fuzz/corpus`.
    pub name: &'static str,
    /// Tries an input. Panics when a promise is broken.
    pub run: fn(&[u8]),
}

/// Every target, in the order of their names.
pub const TARGETS: [Target; 13] = [
    target("configuration", targets::configuration::run),
    target("console", targets::console::run),
    target("marketplacer_answer", targets::marketplacer_answer::run),
    target("marketplacer_webhook", targets::marketplacer_webhook::run),
    target("mirakl_answer", targets::mirakl_answer::run),
    target("mirakl_report", targets::mirakl_report::run),
    target("mirakl_stock_file", targets::mirakl_stock_file::run),
    target("peoplevox_answer", targets::peoplevox_answer::run),
    target("peoplevox_callback", targets::peoplevox_callback::run),
    target("peoplevox_csv", targets::peoplevox_csv::run),
    target("peoplevox_write", targets::peoplevox_write::run),
    target("search_clause", targets::search_clause::run),
    target("values", targets::values::run),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// The target of a name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
