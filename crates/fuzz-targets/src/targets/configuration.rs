//! The text of a `crossdock.toml`: a hub, or a sentence that says where and what to do.

/// The text.
pub(crate) fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match crossdock::read_configuration(&text) {
        Ok(connections) => {
            let mut names = connections.clone();
            names.sort();
            names.dedup();
            assert!(
                !names.is_empty() && names.len() == connections.len(),
                "two connections of one name: {connections:?}"
            );
            for name in &connections {
                assert!(text.contains(name.as_str()), "nobody named {name}");
            }
        }
        Err(problem) => {
            assert!(!problem.trim().is_empty(), "a refusal without a word");
            // The longest are lists of the keys that would have been right.
            assert!(problem.chars().count() <= 1500 + 2 * text.chars().count(), "a novel: {problem}");
            assert!(!problem.contains("stand-in"), "a secret in an error text: {problem}");
        }
    }
    assert_eq!(
        crossdock::read_configuration(&text),
        crossdock::read_configuration(&text),
        "equal texts, equal answers"
    );
}
