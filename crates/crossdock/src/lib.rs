//! The `crossdock` command: configuration, wiring and what a user runs. Rules live in `flow`, never here.
//!
//! It is a library with one function to run, [`main`], so that what it reads from outside can be tried without starting it.

mod cli;
mod clock;
mod commands;
mod config;
mod drive;
mod rig;
mod sim_server;
mod simulate;
mod wire;

use std::process::ExitCode;

use clap::Parser as _;
use crossdock_model::Private;

use cli::{Cli, Command};

/// Why a command ended badly, with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    /// The answer is no: exit code 1. The text may be empty when everything was said already.
    pub(crate) fn no(text: impl Into<String>) -> Self {
        Self { code: 1, text: text.into() }
    }

    /// The configuration or the arguments are wrong: exit code 2.
    pub(crate) fn config(error: impl std::fmt::Display) -> Self {
        Self { code: 2, text: error.to_string() }
    }

    /// The database refused: exit code 3.
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err` everywhere")]
    pub(crate) fn store(error: crossdock_store::StoreError) -> Self {
        Self { code: 3, text: error.to_string() }
    }

    /// Something that should not happen: exit code 70.
    pub(crate) fn bug(error: &dyn std::fmt::Display) -> Self {
        Self { code: 70, text: error.to_string() }
    }
}

/// Runs the command line that this process was started with, and says with which code to end (`docs/operating.md`).
pub fn main() -> ExitCode {
    // One TLS library for everything, chosen once. A second choice would be a mistake in here, and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.text.is_empty() {
                eprintln!("crossdock: {}", failure.text);
            }
            ExitCode::from(failure.code)
        }
    }
}

/// Reads the text of a `crossdock.toml` as every command does, and wires a hub from it, with a stand-in for each secret and
/// without opening anything. The names of its connections, warehouse first; or the text that a user would read.
pub fn read_configuration(text: &str) -> Result<Vec<String>, String> {
    struct StandIns;
    impl wire::Secrets for StandIns {
        fn read(&self, _: &config::SecretSource, _: &str) -> Result<Private<String>, config::ConfigFault> {
            Ok(Private::from("stand-in"))
        }
    }
    let config = config::parse(text).map_err(|fault| fault.to_string())?;
    let parts = wire::parts(&config, &StandIns).map_err(|fault| fault.to_string())?;
    Ok(parts.connectors.iter().map(|connector| connector.connection().to_string()).collect())
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => commands::demo::run(args),
        Command::Serve(common) => commands::serve::run(common),
        Command::Sim(args) => commands::sim::run(args),
        Command::Check(args) => commands::check::run(args),
        Command::Verify(common) => commands::verify::run(common),
        Command::Bench(args) => commands::bench::run(args),
        Command::Soak(args) => commands::soak::run(args),
        Command::Simulate(args) => simulate::command(args),
        Command::Order { .. }
        | Command::Why { .. }
        | Command::Exceptions { .. }
        | Command::Stock { .. }
        | Command::Despatch { .. }
        | Command::Connections { .. } => commands::views::run(command),
    }
}
