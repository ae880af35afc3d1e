//! Everything that is built in has a permissive licence, so that a user may do with the whole what ours allows.

use serde_json::Value;

use super::Violation;

const PERMISSIVE: [&str; 10] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences for data, and whose: the list of root certificates is no code.
const BY_PACKAGE: [(&str, &str); 2] =
    [("webpki-roots", "CDLA-Permissive-2.0"), ("webpki-root-certs", "CDLA-Permissive-2.0")];

pub(super) fn check(metadata: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("?");
        let licence = package["license"].as_str().unwrap_or("");
        let used = used(metadata, &package["id"]);
        if used && !permits(licence, &|id| is_permissive(name, id)) {
            let shown = if licence.is_empty() { "none stated" } else { licence };
            found.push(Violation::new("Cargo.lock", None, format!("{name}: licence not on the list: {shown}")));
        }
    }
    found
}

/// Whether the package is part of a build on this platform. Without a resolved graph, every package counts.
fn used(metadata: &Value, id: &Value) -> bool {
    metadata["resolve"]["nodes"].as_array().is_none_or(|nodes| nodes.iter().any(|node| node["id"] == *id))
}

fn is_permissive(package: &str, licence: &str) -> bool {
    PERMISSIVE.contains(&licence) || BY_PACKAGE.contains(&(package, licence))
}

/// Whether an SPDX expression can be met with allowed licences. What cannot be read is not met.
fn permits(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    // Before expressions there was `MIT/Apache-2.0`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let met = reader.any();
    met == Some(true) && reader.words.is_empty()
}

/// Reads an expression from left to right; every method is `None` when the expression is malformed.
struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    /// Alternatives with OR.
    fn any(&mut self) -> Option<bool> {
        let mut met = self.all()?;
        while self.take("OR") {
            met |= self.all()?;
        }
        Some(met)
    }

    /// Parts with AND, which binds stronger.
    fn all(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any()?;
            return self.take(")").then_some(met);
        }
        let (licence, rest) = self.words.split_first()?;
        if matches!(*licence, "OR" | "AND" | "WITH" | ")") {
            return None;
        }
        self.words = rest;
        if self.take("WITH") {
            // An exception only ever permits more.
            self.words = self.words.split_first()?.1;
        }
        Some((self.allowed)(licence))
    }

    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(expression: &str) -> bool {
        permits(expression, &|id| is_permissive("x", id))
    }

    #[test]
    fn a_choice_needs_one_allowed_licence_and_a_sum_needs_all() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
            "(MIT OR GPL-3.0-only) AND Unicode-3.0",
        ] {
            assert!(passes(good), "{good}");
        }
        for bad in
            ["MPL-2.0", "MIT AND GPL-3.0-only", "GPL-3.0-only OR (MIT AND MPL-2.0)", "", "MIT OR", "(MIT", "MIT MIT"]
        {
            assert!(!passes(bad), "{bad}");
        }
    }

    #[test]
    fn a_package_that_is_built_in_under_another_licence_is_found() {
        let metadata = json!({
            "packages": [
                { "id": "1", "name": "good", "license": "MIT" },
                { "id": "2", "name": "copyleft", "license": "MPL-2.0" },
                { "id": "3", "name": "silent", "license": null },
                { "id": "4", "name": "webpki-roots", "license": "CDLA-Permissive-2.0" },
                { "id": "5", "name": "other", "license": "CDLA-Permissive-2.0" },
                { "id": "6", "name": "of-another-platform", "license": "GPL-3.0-only" },
            ],
            "resolve": { "nodes": [{ "id": "1" }, { "id": "2" }, { "id": "3" }, { "id": "4" }, { "id": "5" }] },
        });
        let found: Vec<_> = check(&metadata).into_iter().map(|one| one.what).collect();
        assert_eq!(
            found,
            [
                "copyleft: licence not on the list: MPL-2.0",
                "silent: licence not on the list: none stated",
                "other: licence not on the list: CDLA-Permissive-2.0",
            ]
        );
    }
}
