//! `cargo xtask test`: every test of the workspace, on a machine that has only Rust and a C compiler.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::{machine, simulate, workspace};

pub(crate) fn run() -> Result<(), String> {
    machine::ensure_c_compiler()?;
    // All failures in one run: a second run costs more than the rest of this one.
    let arguments = ["test", "--workspace", "--locked", "--no-fail-fast"];
    let mut child = workspace::cargo(&arguments)?
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        relay(BufReader::new(output), &mut std::io::stdout(), &mut tally)
            .map_err(|error| format!("cannot read cargo's output: {error}"))?;
    }
    let status = child.wait().map_err(|error| format!("cargo: {error}"))?;
    println!("\n{tally}");
    if !status.success() {
        return Err("the tests failed".to_owned());
    }
    // Whole worlds: those that failed once, a small one with a crash at each of its steps, and new ones.
    for arguments in SIMULATED {
        println!("\nsimulate {}", arguments.join(" "));
        simulate::run(&arguments.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// What is simulated after the tests, as arguments of `crossdock simulate`.
const SIMULATED: [&[&str]; 3] = [&["--regressions"], &["--crash-all"], &["--seeds", "500", "--json"]];

/// Passes every line on as it comes, and counts.
fn relay(mut output: impl BufRead, screen: &mut impl Write, tally: &mut Tally) -> std::io::Result<()> {
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        screen.write_all(&line)?;
        tally.line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(())
}

/// The sum over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    programs: u64,
    passed: u64,
    failed: u64,
    ignored: u64,
    failures: Vec<String>,
}

impl Tally {
    /// Takes in one line of a test program's output.
    fn line(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.failures.push(name.to_owned());
        }
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        self.programs += 1;
        for count in counts.split("; ") {
            let (number, word) = count.split_once(' ').unwrap_or(("", ""));
            let number: u64 = number.parse().unwrap_or(0);
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in &self.failures {
            writeln!(out, "failed: {name}")?;
        }
        let Self { programs, passed, failed, ignored, .. } = self;
        write!(out, "all test programs ({programs}): {passed} passed; {failed} failed; {ignored} ignored")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_adds_up_every_program_and_names_every_failure() {
        let output = "\nrunning 3 tests\ntest a::b ... ok\ntest a::c ... FAILED\ntest d ... ignored\n\n\
            test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: ok. 40 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 1.25s\n";
        let mut tally = Tally::default();
        let mut screen = Vec::new();
        relay(output.as_bytes(), &mut screen, &mut tally).unwrap();
        assert_eq!(screen, output.as_bytes());
        assert_eq!((tally.programs, tally.passed, tally.failed, tally.ignored), (2, 41, 1, 1));
        assert_eq!(tally.to_string(), "failed: a::c\nall test programs (2): 41 passed; 1 failed; 1 ignored");
    }
}
