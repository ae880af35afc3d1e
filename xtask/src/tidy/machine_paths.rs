//! Nothing committed depends on where somebody's checkout lies.

use super::Violation;
use super::sources::Source;

/// Cut in two, so that this file keeps its own rule.
const PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/tmp/", "target")];

pub(super) fn check(files: &[Source]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            let paths = PATHS.iter().filter(|path| names(line, path));
            found.extend(
                paths.map(|path| Violation::new(&file.path, index + 1, format!("a path of one machine: {path}"))),
            );
        }
    }
    found
}

/// Whether the line has the path at the beginning of a path, and not inside a longer one or an address.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || matches!(character, '.' | '-' | '_' | '/' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_path_is_found_and_a_part_of_another_is_not() {
        let own = format!("dir = \"{}main\"\n", PATHS[0]);
        let other = format!("see https://x.example{}main, net{}, $HOME{}x\n", PATHS[0], PATHS[0], PATHS[0]);
        let built = format!("export CARGO_TARGET_DIR={}-x\n", PATHS[1]);
        let files = [Source::new("a.md", &own), Source::new("b.md", &other), Source::new(".ci/run", &built)];
        let found: Vec<_> = check(&files).into_iter().map(|one| (one.path, one.line)).collect();
        assert_eq!(found, [("a.md".to_owned(), Some(1)), (".ci/run".to_owned(), Some(1))]);
    }
}
