//! Source rules that no compiler checks: `cargo xtask tidy`, and one of the tests.
//!
//! Each rule is a function from sources (or from what cargo knows of the packages) to violations, in a file of its own.

mod causes;
mod clocks;
mod layers;
mod length;
mod licences;
mod machine_paths;
mod mask;
mod panics;
mod remotes;
mod sources;

use std::fmt;

use serde_json::Value;

use crate::workspace;
use sources::{Rust, Source};

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    path: String,
    /// 1 for the first; `None` when the rule is about the file as a whole.
    line: Option<usize>,
    what: String,
}

impl Violation {
    fn new(path: &str, line: impl Into<Option<usize>>, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: line.into(), what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.path, self.what),
            None => write!(out, "{}: {}", self.path, self.what),
        }
    }
}

pub(crate) fn run() -> Result<(), String> {
    let found = violations()?;
    for violation in &found {
        println!("{violation}");
    }
    if found.is_empty() {
        println!("tidy: every rule holds");
        Ok(())
    } else {
        Err(format!("{} violations of the source rules", found.len()))
    }
}

fn violations() -> Result<Vec<Violation>, String> {
    let files = sources::read(&workspace::root()?)?;
    let rust = sources::rust(&files);
    let mut found = of_sources(&files, &rust);
    found.extend(of_packages(&workspace::metadata()?));
    Ok(found)
}

fn of_sources(files: &[Source], rust: &[Rust<'_>]) -> Vec<Violation> {
    let mut found = length::check(files);
    found.extend(panics::check(rust));
    found.extend(clocks::check(rust));
    found.extend(remotes::check(files, rust));
    found.extend(causes::check(files));
    found.extend(machine_paths::check(files));
    found
}

fn of_packages(metadata: &Value) -> Vec<Violation> {
    let mut found = layers::check(metadata);
    found.extend(licences::check(metadata));
    found
}

/// The lines of a text that hold a pattern, counted from 1.
fn lines_with<'a>(text: &'a str, pattern: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter(move |(_, line)| line.contains(pattern)).map(|(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sources_keep_the_rules() {
        let found = super::violations().unwrap();
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
