//! The files that the rules look at.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use super::mask::Masks;

/// A text file of the project.
#[derive(Debug)]
pub(super) struct Source {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// A Rust file, and what of it is code.
#[derive(Debug)]
pub(super) struct Rust<'a> {
    pub(super) path: &'a str,
    pub(super) masks: Masks,
    /// Whether the whole file is compiled for tests only.
    pub(super) test: bool,
}

/// Every text file that is committed or would be.
pub(super) fn read(root: &Path) -> Result<Vec<Source>, String> {
    let mut paths = listed_by_git(root).unwrap_or_default();
    if paths.is_empty() {
        walk(root, "", &mut paths).map_err(|error| format!("cannot list the sources: {error}"))?;
    }
    // A file that git still lists may be gone, and one that is not text has no lines to judge.
    let text = |path: String| std::fs::read_to_string(root.join(&path)).ok().map(|text| Source { path, text });
    let files: Vec<Source> = paths.into_iter().filter_map(text).collect();
    if files.iter().any(|file| file.path == "Cargo.toml") {
        Ok(files)
    } else {
        Err(format!("found no sources in {}", root.display()))
    }
}

/// Asks git, which knows what is ignored. `None` without git, and in an unpacked archive.
fn listed_by_git(root: &Path) -> Option<BTreeSet<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let names = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn walk(root: &Path, folder: &str, paths: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !entry.file_type()?.is_dir() {
            paths.insert(path);
        } else if !matches!(name.as_str(), ".git" | "target" | "__pycache__") {
            walk(root, &path, paths)?;
        }
    }
    Ok(())
}

/// The Rust files among the sources.
pub(super) fn rust(files: &[Source]) -> Vec<Rust<'_>> {
    let is_rust = |file: &&Source| Path::new(&file.path).extension().is_some_and(|extension| extension == "rs");
    let mut rust: Vec<Rust<'_>> = files
        .iter()
        .filter(is_rust)
        .map(|file| Rust { path: &file.path, masks: Masks::new(&file.text), test: in_folder(&file.path, "tests") })
        .collect();
    let modules: Vec<String> = rust
        .iter()
        .flat_map(|file| file.masks.test_modules.iter().map(|name| format!("{}/{name}", module_folder(file.path))))
        .collect();
    for file in &mut rust {
        let within = |module: &String| {
            file.path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        file.test |= modules.iter().any(within);
    }
    rust
}

/// Whether one of the path's folders has this name.
pub(super) fn in_folder(path: &str, name: &str) -> bool {
    path.rsplit('/').skip(1).any(|part| part == name)
}

/// Where the modules that a file declares have their own files.
fn module_folder(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if matches!(name, "lib.rs" | "main.rs" | "mod.rs") { folder } else { path.trim_end_matches(".rs") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_test_modules_are_known_as_such() {
        let files = [
            Source::new("a/src/lib.rs", "#[cfg(test)]\nmod fixtures;\nmod wire;\n"),
            Source::new("a/src/fixtures.rs", ""),
            Source::new("a/src/wire.rs", "#[cfg(test)]\nmod tests;\n"),
            Source::new("a/src/wire/tests/more.rs", ""),
            Source::new("a/tests/contract/main.rs", ""),
            Source::new("a/src/fixtures_of_old.rs", ""),
        ];
        let tests: Vec<&str> = rust(&files).into_iter().filter(|file| file.test).map(|file| file.path).collect();
        assert_eq!(tests, ["a/src/fixtures.rs", "a/src/wire/tests/more.rs", "a/tests/contract/main.rs"]);
    }

    #[test]
    fn an_archive_without_git_has_the_same_sources_and_no_builds() {
        let root = crate::workspace::root().unwrap();
        let mut walked = BTreeSet::new();
        walk(&root, "", &mut walked).unwrap();
        assert!(walked.contains("xtask/src/tidy/sources.rs") && walked.contains(".cargo/config.toml"));
        assert!(!walked.iter().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
    }
}
