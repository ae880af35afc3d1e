//! `cargo xtask lint`: clippy without a single warning, and the one formatting.

use crate::workspace::{cargo, succeed, works};

pub(crate) fn run() -> Result<(), String> {
    for (subcommand, component) in [("clippy", "clippy"), ("fmt", "rustfmt")] {
        if !works(&mut cargo(&[subcommand, "--version"])?) {
            return Err(format!("{component} is missing: rustup component add {component}"));
        }
    }
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    succeed(&mut cargo(&clippy)?)?;
    succeed(&mut cargo(&["fmt", "--all", "--check"])?)?;
    println!("lint: no warning, formatted");
    Ok(())
}
