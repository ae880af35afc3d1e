//! The `crossdock` command: configuration, wiring and what a user runs. Rules live in `flow`, never here.

mod commands;
mod config;
mod rig;
mod wire;

use std::process::ExitCode;

/// Why a command ended badly, with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    /// The configuration or the arguments are wrong: exit code 2.
    pub(crate) fn config(error: impl std::fmt::Display) -> Self {
        Self { code: 2, text: error.to_string() }
    }

    /// The database refused: exit code 3.
    pub(crate) fn store(error: crossdock_store::StoreError) -> Self {
        Self { code: 3, text: error.to_string() }
    }

    /// Something that should not happen: exit code 70.
    pub(crate) fn bug(error: &dyn std::fmt::Display) -> Self {
        Self { code: 70, text: error.to_string() }
    }
}

fn main() -> ExitCode {
    let scenario = commands::demo_check::Scenario {
        orders: std::env::args().nth(1).and_then(|t| t.parse().ok()).unwrap_or(50),
        seed: std::env::args().nth(2).and_then(|t| t.parse().ok()).unwrap_or(7),
        faults: std::env::args().nth(3).and_then(|t| t.parse().ok()).unwrap_or(0.0),
        sabotage: None,
        options: rig::TwinOptions::default(),
        restarts: 0,
    };
    let result = commands::demo_check::run(&scenario, &mut |now, seen, done| eprintln!("{now} {seen} {done}"));
    match result {
        Ok(outcome) => {
            println!("{}", outcome.json(&scenario));
            ExitCode::from(u8::from(!outcome.verdict.agrees()))
        }
        Err(failure) => {
            eprintln!("{}", failure.text);
            ExitCode::from(failure.code)
        }
    }
}
