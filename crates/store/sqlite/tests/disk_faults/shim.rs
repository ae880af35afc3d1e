//! A disk that fails on purpose: a small library that is preloaded into a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles the library into a folder. A C compiler is there: the database itself is compiled with it.
pub(crate) fn compiled(folder: &Path) -> PathBuf {
    let source = folder.join("disk_faults.c");
    std::fs::write(&source, include_str!("disk_faults.c")).unwrap();
    let library = folder.join("disk_faults.so");
    let done = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .output()
        .expect("a C compiler");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    library
}
