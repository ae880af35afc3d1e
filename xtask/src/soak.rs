//! `cargo xtask soak`: builds the real program and lets it run at twice the peak; it prints what grew.

use std::process::Command;

use crate::workspace;

pub(crate) fn run(minutes: &str, json: bool) -> Result<(), String> {
    let mut command = Command::new(workspace::release_program()?);
    command.args(["soak", "--minutes", minutes]);
    if json {
        command.arg("--json");
    }
    workspace::succeed(&mut command)
}
