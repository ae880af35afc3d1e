//! `cargo xtask lint`: clippy without a single warning, and the one formatting.

use crate::workspace::{cargo, succeed, works};

pub(crate) fn run() -> Result<(), String> {
    for (subcommand, component) in [("clippy", "clippy"), ("fmt", "rustfmt")] {
        if !works(&mut cargo(&[subcommand, "--version"])?) {
            return Err(format!("{component} is missing: rustup component add {component}"));
        }
    }
    // Both run whatever the other says, and clippy looks at every crate, so that one run names everything.
    let formatted = succeed(&mut cargo(&["fmt", "--all", "--check"])?);
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--locked", "--keep-going", "--quiet", "--", "-D", "warnings"];
    succeed(&mut cargo(&clippy)?)?;
    formatted?;
    println!("lint: no warning, formatted");
    Ok(())
}
