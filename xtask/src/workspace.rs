//! Where the workspace is, and how its cargo is called.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The folder of the root manifest.
///
/// Read while running and not compiled in, so that a target folder that several checkouts share cannot name the wrong one.
pub(crate) fn root() -> Result<PathBuf, String> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").ok_or("run this through cargo: `cargo xtask …`")?;
    PathBuf::from(own).parent().map(PathBuf::from).ok_or_else(|| "the xtask crate has no parent folder".to_owned())
}

/// The cargo that started us, in the workspace's folder.
pub(crate) fn cargo(arguments: &[&str]) -> Result<Command, String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()?);
    // What cargo told us of our own package. Build scripts that watch these names would run again each time somebody calls cargo
    // by hand in between, and everything that stands on them would be built again.
    let ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)).for_each(|(name, _)| {
        command.env_remove(name);
    });
    Ok(command)
}

/// Runs a command to its end, with its output on ours; an error names the command.
pub(crate) fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("cannot start {}: {error}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("failed: {}", shown(command))) }
}

/// Whether a command can be started and succeeds; its output is thrown away.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What cargo knows of every package that this machine's build takes in. Complete without a network once a build ran,
/// because packages of other platforms are left out.
pub(crate) fn metadata() -> Result<Value, String> {
    let arguments = ["metadata", "--format-version=1", "--locked", "--filter-platform=host-tuple"];
    let output =
        cargo(&arguments)?.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err("cargo metadata failed".to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

/// The folder that builds go to.
pub(crate) fn target_folder() -> Result<PathBuf, String> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => std::path::absolute(folder).map_err(|error| format!("CARGO_TARGET_DIR: {error}")),
        None => Ok(root()?.join("target")),
    }
}

/// Builds the program as users run it; returns where it is.
pub(crate) fn release_program() -> Result<PathBuf, String> {
    succeed(&mut cargo(&["build", "--release", "--locked", "--package", "crossdock"])?)?;
    Ok(target_folder()?.join("release").join("crossdock"))
}

/// A command as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let problem = succeed(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(problem.contains("sh -c exit 3"), "{problem}");
        assert!(succeed(&mut Command::new("/nowhere/at/all")).is_err_and(|text| text.contains("cannot start")));
        assert!(!works(&mut Command::new("/nowhere/at/all")));
    }

    #[test]
    fn the_root_holds_the_root_manifest() {
        let manifest = std::fs::read_to_string(root().unwrap().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }
}
