//! The project's chores, as `cargo xtask COMMAND`: one way to do each, on a developer's machine and in CI.
//!
//! Architecture invariant: nothing that ships depends on this crate.

mod conformance;
mod crash;
mod fuzz;
mod lint;
mod machine;
mod planted;
mod simulate;
mod soak;
mod test_run;
mod tidy;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test                               installs what is missing, runs every test
cargo xtask lint                               clippy without warnings, and formatting
cargo xtask tidy                               the source rules (the tests check them too)
cargo xtask crash [--rounds N] [--seed S] [--json]
                                               kills the real process N times (200) under load; nothing lost, nothing twice
cargo xtask soak [--minutes M] [--json]        the real process at twice the peak; does anything grow?
cargo xtask simulate --seeds N [--from K] [--days D] [--json]
                                               whole worlds on virtual clocks; --help for all it takes
cargo xtask conformance --contracts DIR [--json]
                                               documents, simulators and a foreign SOAP client against the vendors' files
cargo xtask fuzz [TARGET] [--minutes M] [--json]
                                               looks for inputs that break a promise (docs/fuzzing.md)
cargo xtask planted [NAME…] [--json]           switches planted mistakes on one by one: which test notices which?
";

/// What was asked for.
#[derive(Debug, PartialEq)]
enum Command {
    Help,
    Test,
    Lint,
    Tidy,
    Simulate(Vec<String>),
    Conformance { contracts: PathBuf, json: bool },
    Fuzz(fuzz::Fuzz),
    Crash { rounds: u32, seed: u64, json: bool },
    Soak { minutes: String, json: bool },
    Planted { names: Vec<String>, json: bool },
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match parse(&arguments) {
        Ok(command) => command,
        Err(problem) => {
            eprint!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let result = match command {
        Command::Help => {
            print!("{USAGE}");
            Ok(())
        }
        Command::Test => test_run::run(),
        Command::Lint => lint::run(),
        Command::Tidy => tidy::run(),
        Command::Fuzz(asked) => fuzz::run(&asked),
        Command::Crash { rounds, seed, json } => crash::run(rounds, seed, json),
        Command::Soak { minutes, json } => soak::run(&minutes, json),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Conformance { contracts, json } => conformance::run(&contracts, json),
        Command::Planted { names, json } => planted::run(&names, json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Command, String> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err("which command?".to_owned());
    };
    let plain = match name.as_str() {
        "help" | "--help" | "-h" => Command::Help,
        "test" => Command::Test,
        "lint" => Command::Lint,
        "tidy" => Command::Tidy,
        "simulate" => return Ok(Command::Simulate(rest.to_vec())),
        "conformance" => return parse_conformance(rest),
        "fuzz" => return fuzz::Fuzz::parse(rest).map(Command::Fuzz),
        "crash" => return parse_crash(rest),
        "soak" => return parse_soak(rest),
        "planted" => return parse_planted(rest),
        other => return Err(format!("no command `{other}`")),
    };
    match rest.first() {
        None => Ok(plain),
        Some(extra) => Err(format!("`{name}` takes no `{extra}`")),
    }
}

fn parse_crash(rest: &[String]) -> Result<Command, String> {
    let (mut rounds, mut seed, mut json) = (200, 7, false);
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            "--rounds" => rounds = number("--rounds", words.next())?,
            "--seed" => seed = number("--seed", words.next())?,
            other => return Err(format!("`crash` takes no `{other}`")),
        }
    }
    Ok(Command::Crash { rounds, seed, json })
}

fn parse_soak(rest: &[String]) -> Result<Command, String> {
    let (mut minutes, mut json) = ("10".to_owned(), false);
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            "--minutes" => minutes = number::<f64>("--minutes", words.next())?.to_string(),
            other => return Err(format!("`soak` takes no `{other}`")),
        }
    }
    Ok(Command::Soak { minutes, json })
}

fn number<N: std::str::FromStr>(name: &str, word: Option<&String>) -> Result<N, String> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| format!("`{name}` wants a number"))
}

fn parse_conformance(rest: &[String]) -> Result<Command, String> {
    let mut contracts = None;
    let mut json = false;
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            "--contracts" => contracts = Some(words.next().ok_or("`--contracts` wants a folder")?),
            other => match other.strip_prefix("--contracts=") {
                Some(_) => contracts = Some(word),
                None => return Err(format!("`conformance` takes no `{other}`")),
            },
        }
    }
    let folder = contracts.ok_or("`conformance` wants `--contracts DIR`, the folder with the vendors' files")?;
    let folder = folder.strip_prefix("--contracts=").unwrap_or(folder);
    Ok(Command::Conformance { contracts: PathBuf::from(folder), json })
}

fn parse_planted(rest: &[String]) -> Result<Command, String> {
    let (options, names): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(|word| word.starts_with('-'));
    match options.iter().find(|option| *option != "--json") {
        Some(other) => Err(format!("`planted` takes no `{other}`")),
        None => Ok(Command::Planted { names, json: !options.is_empty() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn conformance_takes_its_folder_in_both_spellings() {
        let wanted = Command::Conformance { contracts: PathBuf::from("../c"), json: true };
        assert_eq!(parsed("conformance --contracts ../c --json").as_ref(), Ok(&wanted));
        assert_eq!(parsed("conformance --json --contracts=../c").as_ref(), Ok(&wanted));
    }

    #[test]
    fn crash_and_soak_take_how_much_and_have_a_usual_amount() {
        assert_eq!(parsed("crash"), Ok(Command::Crash { rounds: 200, seed: 7, json: false }));
        let wanted = Command::Crash { rounds: 20, seed: 9, json: true };
        assert_eq!(parsed("crash --rounds 20 --json --seed 9"), Ok(wanted));
        assert_eq!(parsed("soak --minutes 1.5"), Ok(Command::Soak { minutes: "1.5".to_owned(), json: false }));
        assert!(parsed("crash --rounds many").is_err_and(|text| text.contains("--rounds")));
        assert!(parsed("soak --hours 2").is_err_and(|text| text.contains("--hours")));
    }

    #[test]
    fn simulate_hands_its_arguments_on() {
        let wanted = Command::Simulate(["--seeds", "500", "--json"].map(str::to_owned).to_vec());
        assert_eq!(parsed("simulate --seeds 500 --json").as_ref(), Ok(&wanted));
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        assert_eq!(parsed("tidy"), Ok(Command::Tidy));
        assert!(parsed("tidy --fast").is_err_and(|text| text.contains("--fast")));
        assert!(parsed("tset").is_err_and(|text| text.contains("tset")));
        assert!(parsed("conformance").is_err_and(|text| text.contains("--contracts DIR")));
        assert!(parsed("conformance --contracts").is_err());
        assert!(parsed("planted --fast").is_err_and(|text| text.contains("--fast")));
        let wanted = Command::Planted { names: vec!["guard-off".to_owned()], json: true };
        assert_eq!(parsed("planted guard-off --json").as_ref(), Ok(&wanted));
        assert!(parsed("").is_err());
    }
}
