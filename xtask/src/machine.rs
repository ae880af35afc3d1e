//! What the machine must have, and how it is put there on Debian.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace::{succeed, works};

/// SQLite and the TLS library are C code, so the build needs a C compiler with headers; installs one if there is none.
pub(crate) fn ensure_c_compiler() -> Result<(), String> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    if works(Command::new(compiler).arg("--version")) {
        return Ok(());
    }
    install(&["gcc", "libc6-dev"])
}

/// Installs Debian packages, or says what to type.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    let root = works(Command::new("sh").args(["-c", "test \"$(id -u)\" = 0"]));
    let sudo = !root && works(Command::new("sudo").args(["-n", "true"]));
    let Some(prefix) = installer(Path::new("/usr/bin/apt-get").exists(), root, sudo) else {
        let list = packages.join(" ");
        return Err(format!("missing: {list}. Install it as root (on Debian: apt-get install {list}), then try again"));
    };
    eprintln!("xtask: installing {}", packages.join(" "));
    succeed(apt(prefix).args(["update", "-qq"]))?;
    succeed(apt(prefix).args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))
}

/// The words before apt-get's arguments, where it can be used.
fn installer(apt: bool, root: bool, sudo: bool) -> Option<&'static [&'static str]> {
    match (apt, root, sudo) {
        (true, true, _) => Some(&["apt-get"]),
        (true, false, true) => Some(&["sudo", "-n", "apt-get"]),
        _ => None,
    }
}

fn apt(prefix: &[&str]) -> Command {
    let mut command = Command::new("env");
    command.arg("DEBIAN_FRONTEND=noninteractive").args(prefix).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_only_where_that_cannot_ask_for_a_password() {
        assert_eq!(installer(true, true, false), Some(["apt-get"].as_slice()));
        assert_eq!(installer(true, false, true), Some(["sudo", "-n", "apt-get"].as_slice()));
        assert_eq!(installer(true, false, false), None);
        assert_eq!(installer(false, true, true), None);
    }
}
