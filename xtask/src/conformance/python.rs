//! A Python environment of our own in the target folder, with the foreign clients and validators.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Finding;
use crate::machine;
use crate::workspace::{self, succeed, works};

/// The interpreter of the environment, and where our scripts are.
#[derive(Debug)]
pub(super) struct Python {
    interpreter: PathBuf,
    scripts: PathBuf,
}

impl Python {
    /// Makes the environment unless it is there with what `requirements.txt` asks for.
    pub(super) fn prepare() -> Result<Self, String> {
        let scripts = workspace::root()?.join("xtask/conformance");
        let folder = workspace::target_folder()?.join("conformance-venv");
        let python = Self { interpreter: folder.join("bin/python"), scripts };
        let list = python.scripts.join("requirements.txt");
        let wanted = std::fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
        let stamp = folder.join("installed.txt");
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && python.starts() {
            return Ok(python);
        }
        eprintln!("xtask: preparing a Python environment in {}", folder.display());
        python.create(&folder)?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        succeed(Command::new(&python.interpreter).args(install).arg(&list).stdin(Stdio::null()).stdout(Stdio::null()))
            .map_err(|problem| format!("{problem} (it needs the Python package index)"))?;
        std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
        Ok(python)
    }

    /// Makes an empty environment. Debian's python3 comes without the module for it, so a failure is mended once.
    fn create(&self, folder: &Path) -> Result<(), String> {
        let make = || works(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)) && self.starts();
        if make() {
            return Ok(());
        }
        machine::install(&["python3", "python3-venv"])?;
        if make() { Ok(()) } else { Err(format!("failed: python3 -m venv {}", folder.display())) }
    }

    fn starts(&self) -> bool {
        works(Command::new(&self.interpreter).args(["-m", "pip", "--version"]))
    }

    /// Runs one of our scripts on an input. Every line that it prints is an error, and so is a failure without a word;
    /// what it says beside that goes to our standard error.
    pub(super) fn judge<A: AsRef<OsStr>>(&self, script: &str, arguments: &[A], input: &str) -> Result<Finding, String> {
        let problem = |error: std::io::Error| format!("{script}: {error}");
        let mut child = Command::new(&self.interpreter)
            .arg(self.scripts.join(script))
            .args(arguments)
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(problem)?;
        // The scripts read all input before they print, so this cannot block on a full pipe. One that ends early says why
        // by its status; the broken pipe adds nothing.
        let _ = child.stdin.take().map(|mut pipe| pipe.write_all(input.as_bytes()));
        let output = child.wait_with_output().map_err(problem)?;
        Ok(Finding {
            judged: 0,
            errors: errors(script, output.status.success(), &String::from_utf8_lossy(&output.stdout)),
        })
    }
}

fn errors(script: &str, success: bool, printed: &str) -> Vec<String> {
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    if lines.is_empty() && !success {
        lines.push(format!("{script} failed"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_fails_without_a_word_is_an_error() {
        assert_eq!(errors("x.py", false, ""), ["x.py failed"]);
        assert_eq!(errors("x.py", false, "a\nb\n"), ["a", "b"]);
        assert_eq!(errors("x.py", true, ""), [""; 0]);
    }
}
