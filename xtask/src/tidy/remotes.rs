//! The rules, the engine and the console work for any remote, so they name none.

use super::Violation;
use super::sources::{Rust, Source};

const NAMES: [&str; 4] = ["peoplevox", "marketplacer", "mirakl", "virtualstock"];
/// Folders whose Rust may name a remote in doc comments (as an example) and in tests only.
const SOURCES: [&str; 4] = ["crates/engine/src/", "crates/flow/src/", "crates/desk/src/", "crates/console/src/"];
/// Folders with what the console sends out; nothing in them is a comment to readers of the code.
const PAGES: [&str; 2] = ["crates/console/templates/", "crates/console/assets/"];

pub(super) fn check(files: &[Source], rust: &[Rust<'_>]) -> Vec<Violation> {
    let within = |folders: &[&str], path: &str| folders.iter().any(|folder| path.starts_with(folder));
    let sources = rust.iter().filter(|file| !file.test && within(&SOURCES, file.path));
    let sources = sources.map(|file| (file.path, file.masks.words.as_str()));
    let pages = files.iter().filter(|file| within(&PAGES, &file.path));
    let pages = pages.map(|file| (file.path.as_str(), file.text.as_str()));
    let mut found = Vec::new();
    for (path, text) in sources.chain(pages) {
        for (index, line) in text.lines().enumerate() {
            let line = line.to_ascii_lowercase();
            let names = NAMES.iter().filter(|name| line.contains(**name));
            found.extend(names.map(|name| Violation::new(path, index + 1, format!("names a remote: {name}"))));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sources;
    use super::*;

    #[test]
    fn a_remote_named_in_code_text_or_page_is_found() {
        let text = "/// Such as Mirakl.\nfn mirakl() {}\nconst A: &str = \"PeopleVox\";\n#[cfg(test)]\nmod tests { const M: &str = \"mirakl\"; }\n";
        let files = [
            Source::new("crates/flow/src/a.rs", text),
            Source::new("crates/console/examples/preview.rs", text),
            Source::new("crates/connectors/mirakl/src/lib.rs", text),
            Source::new("crates/console/templates/a.html", "<p>Virtualstock</p>\n"),
        ];
        let found: Vec<_> = check(&files, &sources::rust(&files)).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/flow/src/a.rs:2: names a remote: mirakl",
                "crates/flow/src/a.rs:3: names a remote: peoplevox",
                "crates/console/templates/a.html:1: names a remote: virtualstock",
            ]
        );
    }
}
