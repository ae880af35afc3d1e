//! Every document that the Marketplacer connector sends, against the schema that Marketplacer publishes.

use std::path::Path;

use serde_json::{Value, json};

use super::{Finding, Python};

pub(super) fn check(python: &Python, schema: &Path) -> Result<Finding, String> {
    let documents: Vec<Value> =
        crossdock_marketplacer::documents().iter().map(|(name, text)| json!({ "name": name, "text": text })).collect();
    let judged = documents.len();
    let found = python.judge("graphql_validate.py", &[schema], &Value::from(documents).to_string())?;
    Ok(Finding { judged, ..found })
}
