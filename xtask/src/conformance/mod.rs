//! `cargo xtask conformance`: our documents, our simulators and our reading of the contracts against the vendors' own
//! files and software that knows nothing of us.
//!
//! The vendors' files are not ours to publish, so they come from a folder outside the project.

mod contracts;
mod graphql;
mod loopback;
mod mirakl;
mod peoplevox;
mod python;

use std::path::Path;

use serde_json::json;

use contracts::Contracts;
use python::Python;

/// What one check found.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// How many documents or replies were judged.
    judged: usize,
    /// One line per error.
    errors: Vec<String>,
}

impl Finding {
    /// Prints the check's line, and its errors below it.
    fn print(&self, what: &str) {
        let verdict = if self.errors.is_empty() { "ok".to_owned() } else { format!("{} errors", self.errors.len()) };
        println!("{what}: {verdict}");
        for error in &self.errors {
            println!("    {error}");
        }
    }
}

/// Runs every check, also after one has failed.
pub(crate) fn run(folder: &Path, json: bool) -> Result<(), String> {
    let contracts = Contracts::find(folder)?;
    let python = Python::prepare()?;

    let graphql = graphql::check(&python, &contracts.marketplacer)?;
    graphql.print(&format!("GraphQL: {} documents against Marketplacer's schema", graphql.judged));
    let mirakl = mirakl::check(&python, &contracts.mirakl)?;
    mirakl.print(&format!("Mirakl: {} replies of the simulator against the seller OpenAPI document", mirakl.judged));
    let own = peoplevox::check(&python, None)?;
    own.print("Peoplevox: an order written and read back by zeep, with the simulator's WSDL");
    let vendor = peoplevox::check(&python, Some(&contracts.peoplevox))?;
    vendor.print("Peoplevox: an order written and read back by zeep, with the vendor's WSDL");

    let zeep = own.errors.is_empty() && vendor.errors.is_empty();
    if json {
        let summary = json!({
            "graphql_documents": graphql.judged,
            "graphql_errors": graphql.errors.len(),
            "mirakl_replies": mirakl.judged,
            "mirakl_errors": mirakl.errors.len(),
            "zeep": if zeep { "ok" } else { "failed" },
        });
        println!("{summary}");
    }
    if zeep && graphql.errors.is_empty() && mirakl.errors.is_empty() {
        Ok(())
    } else {
        Err("not conformant; the lines above say where".to_owned())
    }
}
