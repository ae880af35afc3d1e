//! Syntax of the documents; their meaning is checked against a schema by the conformance run.

use crossdock_marketplacer::documents;
use graphql_parser::query::{Definition, parse_query};

#[test]
fn every_document_is_graphql_with_one_operation_and_only_used_fragments() {
    assert!(documents().len() >= 14);
    for (name, text) in documents() {
        let document = parse_query::<&str>(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut operations = 0;
        for definition in &document.definitions {
            match definition {
                Definition::Operation(_) => operations += 1,
                Definition::Fragment(fragment) => {
                    assert!(text.contains(&format!("...{}", fragment.name)), "{name}: {} is not used", fragment.name);
                }
            }
        }
        assert_eq!(operations, 1, "{name}");
    }
}
