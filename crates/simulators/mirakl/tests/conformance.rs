//! Every reply of the twin against Mirakl's own schema (contracts/mirakl/seller-openapi.json).
//!
//! The schema is not part of this repository: set `CROSSDOCK_CONTRACTS` to the folder that holds
//! `mirakl/seller-openapi.json`. The checker below knows the few keywords that the document uses for replies;
//! `xtask/conformance/mirakl_schema.py` repeats the check with a complete validator.

use std::path::Path;

use serde_json::{Value, json};

#[test]
fn replies_match_the_published_schema() {
    let Some(folder) = std::env::var_os("CROSSDOCK_CONTRACTS") else {
        println!("skipped: CROSSDOCK_CONTRACTS is not set, so there is no schema to compare with");
        return;
    };
    let file = Path::new(&folder).join("mirakl/seller-openapi.json");
    let document: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut problems = Vec::new();
    let mut checked = 0;
    for (operation, status, body) in sim_mirakl::sample::sample_replies() {
        let response = response(&document, &operation, status)
            .unwrap_or_else(|| panic!("{operation} {status} is not in the document: {body}"));
        let Some(schema) = response.pointer("/content/application~1json/schema") else {
            continue;
        };
        checked += 1;
        check(&document, schema, &body, &operation, &mut problems);
    }
    assert!(checked > 25, "only {checked} replies were checked");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let document = json!({ "s": { "type": "object", "required": ["a"], "properties": {
        "a": { "type": "array", "items": { "type": "integer" } }, "b": { "type": "string" },
    } } });
    let found = |value: &Value| {
        let mut problems = Vec::new();
        check(&document, &json!({ "$ref": "#/s" }), value, "", &mut problems);
        problems.len()
    };
    assert_eq!(found(&json!({ "a": [1, 2], "b": "x", "c": null })), 0);
    assert_eq!(found(&json!({ "a": [1, 2.5, null] })), 2);
    assert_eq!(found(&json!({ "b": null })), 2);
    assert_eq!(found(&json!([])), 1);
}

/// The declared response of an operation, found by its published name.
fn response<'a>(document: &'a Value, operation: &str, status: u16) -> Option<&'a Value> {
    document["paths"]
        .as_object()?
        .values()
        .flat_map(|item| item.as_object().into_iter().flatten())
        .find(|(_, candidate)| candidate["operationId"] == operation)
        .and_then(|(_, found)| found["responses"].get(status.to_string()))
}

fn check(document: &Value, schema: &Value, value: &Value, place: &str, problems: &mut Vec<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#')).unwrap();
        check(document, target, value, place, problems);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(document, part, value, place, problems);
    }
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        _ => true,
    };
    if !fits {
        problems.push(format!("{place}: {value} is not {}", schema["type"]));
        return;
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap();
        if value.get(name).is_none() {
            problems.push(format!("{place}: {name} is missing"));
        }
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            check(document, schema, value, &format!("{place}/{name}"), problems);
        }
    }
    if let Some(items) = schema.get("items") {
        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
            check(document, items, value, &format!("{place}/{index}"), problems);
        }
    }
}
