//! Time and randomness are parameters; only the outermost programs read a clock or draw a number.
//!
//! Clippy forbids the clocks too; this rule also sees dice, and cannot be switched off beside the call.

use super::sources::{Rust, in_folder};
use super::{Violation, lines_with};

const AMBIENT: [&str; 9] = [
    "Timestamp::now",
    "Zoned::now",
    "SystemTime::now",
    "Instant::now",
    "rand::rng",
    "rand::random",
    "thread_rng",
    "Uuid::now_v",
    "Uuid::new_v4",
];

pub(super) fn check(rust: &[Rust<'_>]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in rust.iter().filter(|file| !may(file.path)) {
        for source in AMBIENT {
            let lines = lines_with(&file.masks.code_and_tests, source);
            found.extend(lines.map(|line| Violation::new(file.path, line, format!("`{source}`: make it a parameter"))));
        }
    }
    found
}

/// The binary, the chores, and programs that measure or show.
fn may(path: &str) -> bool {
    path.starts_with("crates/crossdock/")
        || path.starts_with("xtask/")
        || in_folder(path, "benches")
        || in_folder(path, "examples")
}

#[cfg(test)]
mod tests {
    use super::super::sources::{self, Source};
    use super::*;

    #[test]
    fn a_clock_below_the_binary_is_found_in_tests_too() {
        let text = "/// Not Instant::now.\nfn f() { jiff::Timestamp::now() }\n#[cfg(test)]\nmod tests { fn t() { rand::rng() } }\n";
        let files = [
            Source::new("crates/engine/src/lib.rs", text),
            Source::new("crates/engine/benches/drain.rs", text),
            Source::new("crates/console/examples/preview/main.rs", text),
            Source::new("crates/crossdock/src/main.rs", text),
        ];
        let found = check(&sources::rust(&files));
        let places: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.line)).collect();
        assert_eq!(places, [("crates/engine/src/lib.rs", Some(2)), ("crates/engine/src/lib.rs", Some(4))]);
    }
}
