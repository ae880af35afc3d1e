//! `cargo xtask simulate`: whole worlds on virtual clocks, judged by the remotes' own logs.

use crate::workspace;

/// Runs `crossdock simulate` with these arguments, in the profile of the tests, which have built it already.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let mut command = workspace::cargo(&["run", "--quiet", "--locked", "--package", "crossdock", "--", "simulate"])?;
    workspace::succeed(command.args(arguments))
}
