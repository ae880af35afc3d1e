//! What the Mirakl simulator replies, against the OpenAPI document that Mirakl publishes for sellers.

use std::path::Path;

use serde_json::{Value, json};

use super::{Finding, Python};

pub(super) fn check(python: &Python, document: &Path) -> Result<Finding, String> {
    let replies: Vec<Value> = sim_mirakl::sample::sample_replies()
        .into_iter()
        .map(|(operation, status, body)| json!({ "op": operation, "status": status, "body": body }))
        .collect();
    let judged = replies.len();
    let found = python.judge("mirakl_schema.py", &[document], &Value::from(replies).to_string())?;
    Ok(Finding { judged, ..found })
}
