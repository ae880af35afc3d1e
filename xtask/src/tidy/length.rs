//! A file over 800 lines has two jobs.

use std::path::Path;

use super::Violation;
use super::sources::Source;

const MOST: usize = 800;

pub(super) fn check(files: &[Source]) -> Vec<Violation> {
    let rust = files.iter().filter(|file| Path::new(&file.path).extension().is_some_and(|extension| extension == "rs"));
    let counted = rust.map(|file| (file, file.text.lines().count()));
    counted
        .filter(|(_, lines)| *lines > MOST)
        .map(|(file, lines)| Violation::new(&file.path, None, format!("{lines} lines; {MOST} are the most, split it")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_after_the_last_allowed_one_is_too_many() {
        let long = Source::new("a.rs", &"\n".repeat(801));
        let found = check(&[Source::new("b.rs", &"\n".repeat(800)), long, Source::new("c.md", &"\n".repeat(900))]);
        assert_eq!(found, [Violation::new("a.rs", None, "801 lines; 800 are the most, split it")]);
    }
}
