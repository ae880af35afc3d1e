//! `cargo xtask fuzz`: builds the programs of `fuzz/` with coverage counters and lets each look for inputs that break a
//! promise. What it finds interesting stays in the build folder and is where the next run goes on.
//!
//! The compiler options are the stable ones that `cargo fuzz` sets too, without a sanitizer: there is no unsafe code to watch.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::workspace::{cargo, root, succeed, target_folder};

/// Coverage counters and comparisons in every crate that is built for the target; build scripts and macros have none.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// The longest input that is tried, bytes; the seeds are no longer either.
const LONGEST: u32 = 4096;
/// A single input that takes longer than this is a finding, seconds; so many, because the machine may be busy with others.
const HANG: u32 = 60;
/// A program that grows beyond this is a finding, MiB.
const MEMORY: u32 = 1024;

/// What was asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Fuzz {
    /// One target, or all of them one after another.
    target: Option<String>,
    /// For each target.
    seconds: u64,
    json: bool,
}

impl Fuzz {
    /// Reads the words behind `fuzz`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut asked = Self { target: None, seconds: 60, json: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => asked.json = true,
                "--minutes" => {
                    let minutes = words.next().and_then(|text| text.parse::<f64>().ok());
                    let minutes = minutes.filter(|minutes| (0.05..=100_000.0).contains(minutes));
                    let minutes = minutes.ok_or("`--minutes` wants a number of minutes, such as 10 or 0.5")?;
                    asked.seconds = std::time::Duration::from_secs_f64(minutes * 60.0).as_secs();
                }
                name if !name.starts_with('-') && asked.target.is_none() => asked.target = Some(name.to_owned()),
                other => return Err(format!("`fuzz` takes no `{other}`")),
            }
        }
        Ok(asked)
    }
}

/// What came of one target.
struct Run {
    target: String,
    executions: u64,
    corpus: usize,
    findings: Vec<PathBuf>,
}

pub(crate) fn run(asked: &Fuzz) -> Result<(), String> {
    let folder = root()?.join("fuzz");
    let all = targets(&folder)?;
    let chosen: Vec<&String> = match &asked.target {
        None => all.iter().collect(),
        Some(name) => vec![
            all.iter()
                .find(|known| *known == name)
                .ok_or_else(|| format!("no target `{name}`; there are {}", all.join(", ")))?,
        ],
    };
    let built = target_folder()?.join("fuzz");
    let mut runs = Vec::new();
    for name in chosen {
        build(&built, name)?;
        let run = look(&folder, &built, name, asked.seconds)?;
        eprintln!("{name}: {} executions, {} inputs kept, {} findings", run.executions, run.corpus, run.findings.len());
        runs.push(run);
    }
    let findings: usize = runs.iter().map(|run| run.findings.len()).sum();
    if asked.json {
        println!("{}", report(&runs, asked.seconds, findings));
    }
    if findings == 0 { Ok(()) } else { Err(format!("{findings} inputs break a promise; see above")) }
}

fn report(runs: &[Run], seconds: u64, findings: usize) -> Value {
    let one = |run: &Run| {
        json!({
            "target": run.target, "seconds": seconds, "executions": run.executions, "corpus": run.corpus,
            "findings": run.findings,
        })
    };
    json!({ "targets": runs.iter().map(one).collect::<Vec<_>>(), "findings": findings })
}

/// The programs, by their sources.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let entries =
        std::fs::read_dir(folder.join("fuzz_targets")).map_err(|error| format!("fuzz/fuzz_targets: {error}"))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Builds one program. The target folder is one of its own, because every crate is built differently.
fn build(built: &Path, name: &str) -> Result<(), String> {
    let arguments =
        ["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", "host-tuple", "--bin", name];
    succeed(cargo(&arguments)?.arg("--target-dir").arg(built).env("RUSTFLAGS", INSTRUMENTED))
}

/// Where cargo put the program: below the name of this machine's kind.
fn program(built: &Path, name: &str) -> Result<PathBuf, String> {
    let kinds = std::fs::read_dir(built).map_err(|error| format!("{}: {error}", built.display()))?;
    let mut found = kinds.flatten().map(|entry| entry.path().join("release").join(name)).filter(|path| path.is_file());
    found.next().ok_or_else(|| format!("{name} was built and is not there"))
}

fn look(folder: &Path, built: &Path, name: &str, seconds: u64) -> Result<Run, String> {
    let (kept, found) = (built.join("corpus").join(name), built.join("findings").join(name));
    for folder in [&kept, &found] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new(program(built, name)?);
    command
        .arg(&kept)
        .arg(folder.join("corpus").join(name))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-timeout={HANG}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .args(["-print_final_stats=1", "-verbosity=0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let output = command.output().map_err(|error| format!("cannot start {name}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let findings = files(&found);
    if !output.status.success() {
        // The last lines hold the promise that was broken and where the input is.
        let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with("stat::")).collect();
        eprintln!("{}", lines[lines.len().saturating_sub(25)..].join("\n"));
        if findings.is_empty() {
            return Err(format!("{name} ended with {}", output.status));
        }
    }
    let executions = executed(&said).ok_or_else(|| format!("{name} does not say how much it tried"))?;
    Ok(Run { target: name.to_owned(), executions, corpus: files(&kept).len(), findings })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// The number of inputs tried, from libFuzzer's statistics.
fn executed(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Fuzz, String> {
        Fuzz::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn minutes_may_be_parts_of_one_and_nonsense_is_refused() {
        let asked = parsed("values --minutes 1.5 --json").unwrap();
        assert_eq!(asked, Fuzz { target: Some("values".to_owned()), seconds: 90, json: true });
        assert_eq!(parsed(""), Ok(Fuzz { target: None, seconds: 60, json: false }));
        for bad in ["--minutes", "--minutes x", "--minutes -1", "--minutes nan", "a b", "--fast"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_count_is_read_from_the_statistics() {
        assert_eq!(executed("x\nstat::number_of_executed_units: 1234567\nstat::y: 1\n"), Some(1_234_567));
        assert_eq!(executed("Done 12 runs"), None);
    }
}
