//! Connectors read what remotes send, so nothing in them may panic on it.

use super::sources::Rust;
use super::{Violation, lines_with};

pub(super) fn check(rust: &[Rust<'_>]) -> Vec<Violation> {
    let connectors = rust.iter().filter(|file| !file.test && is_connector_source(file.path));
    let mut found = Vec::new();
    for file in connectors {
        for call in [".unwrap()", ".expect(", "::unwrap)", "::expect)"] {
            let lines = lines_with(&file.masks.code, call);
            found.extend(lines.map(|line| {
                Violation::new(file.path, line, format!("`{call}` in a connector: a remote's reply must not panic"))
            }));
        }
    }
    found
}

fn is_connector_source(path: &str) -> bool {
    let rest = path.strip_prefix("crates/connectors/").and_then(|rest| rest.split_once('/'));
    rest.is_some_and(|(_, rest)| rest.starts_with("src/"))
}

#[cfg(test)]
mod tests {
    use super::super::sources::{self, Source};
    use super::*;

    #[test]
    fn a_connector_that_may_panic_outside_its_tests_is_found() {
        let text = "fn f() {\n    a.unwrap();\n    b.expect(\"c\");\n    d.unwrap_or(1); // .unwrap()\n    e.map(Option::unwrap);\n}\n\
            #[expect(lint)]\n#[cfg(test)]\nmod tests {\n    fn t() { a.unwrap(); }\n}\n";
        let files = [
            Source::new("crates/connectors/x/src/wire.rs", text),
            Source::new("crates/connectors/x/tests/wire.rs", text),
            Source::new("crates/engine/src/lib.rs", text),
        ];
        let found = check(&sources::rust(&files));
        let places: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.line)).collect();
        let path = "crates/connectors/x/src/wire.rs";
        assert_eq!(places, [(path, Some(2)), (path, Some(3)), (path, Some(5))]);
    }
}
