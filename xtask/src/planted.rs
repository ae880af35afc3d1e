//! `cargo xtask planted`: switches the planted mistakes on one after the other and says which test noticed which.
//!
//! A mistake is noticed when a test fails that passes without it. The test programs are built once, with the feature, and
//! each mistake is switched on from outside; a program that does not end counts as a failure of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crossdock_planted::Bug;
use serde_json::{Value, json};

use crate::{machine, workspace};

/// How many of the mistakes may stay unnoticed.
const MAY_STAY: usize = 1;
/// A test program that says nothing for so long has hung.
const SILENCE: Duration = Duration::from_mins(5);
/// The program of the whole-system tests: slow, so it comes last.
const SLOWEST: &str = "crossdock";

/// A program of tests.
struct Program {
    package: String,
    folder: PathBuf,
    path: PathBuf,
}

/// Plants each of the named mistakes (all of them without a name).
pub(crate) fn run(names: &[String], json: bool) -> Result<(), String> {
    let bugs = chosen(names)?;
    machine::ensure_c_compiler()?;
    let metadata = workspace::metadata()?;
    let programs = build(&metadata)?;
    eprintln!("xtask: {} test programs, {} planted mistakes", programs.len(), bugs.len());
    if let Some(failed) = programs.iter().find_map(|program| first_failure(program, None).transpose()) {
        return Err(format!("without any mistake planted the tests must pass, but {}", failed?));
    }
    let mut rows = Vec::new();
    for (place, bug) in bugs.iter().enumerate() {
        // Whoever does not stand on its package cannot notice it; the package's own tests come first.
        let near = standing_on(bug.home(), &metadata);
        let mut able: Vec<&Program> = programs.iter().filter(|program| near.contains_key(&program.package)).collect();
        able.sort_by_key(|program| (program.package != bug.home(), program.package == SLOWEST));
        let caught = able.iter().find_map(|program| first_failure(program, Some(*bug)).transpose()).transpose()?;
        let by = caught.as_deref().unwrap_or("NOBODY");
        eprintln!("{:>2}/{} {:<28} {by}", place + 1, bugs.len(), bug.name());
        rows.push(json!({ "bug": bug.name(), "what": bug.what(), "caught_by": caught }));
    }
    let missed: Vec<&str> =
        rows.iter().filter(|row| row["caught_by"].is_null()).filter_map(|row| row["bug"].as_str()).collect();
    let (planted, caught) = (rows.len(), rows.len() - missed.len());
    if json {
        println!("{}", json!({ "planted": planted, "caught": caught, "missed": missed, "bugs": rows }));
    } else {
        println!("{caught} of {planted} planted mistakes were noticed");
    }
    if missed.len() <= MAY_STAY { Ok(()) } else { Err(format!("nobody noticed: {}", missed.join(", "))) }
}

fn chosen(names: &[String]) -> Result<Vec<Bug>, String> {
    if names.is_empty() {
        return Ok(Bug::ALL.to_vec());
    }
    let find = |name: &String| {
        Bug::ALL.into_iter().find(|bug| bug.name() == name).ok_or_else(|| format!("no mistake is called `{name}`"))
    };
    names.iter().map(find).collect()
}

/// Builds the test programs of every package that a mistake can be in, the slowest last.
fn build(metadata: &Value) -> Result<Vec<Program>, String> {
    let concerned = standing_on("crossdock-planted", metadata);
    let mut arguments = vec!["test", "--locked", "--no-run", "--message-format=json-render-diagnostics"];
    arguments.extend(["--features", "crossdock-planted/on", "--package", "crossdock-planted"]);
    arguments.extend(concerned.keys().filter(|name| *name != "crossdock-planted").flat_map(|name| ["--package", name]));
    let output = workspace::cargo(&arguments)?
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err("the tests with planted mistakes do not build".to_owned());
    }
    let mut programs: Vec<Program> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter_map(|message| program(&message, &concerned))
        .collect();
    programs.sort_by_key(|program| (program.package == SLOWEST, program.package.clone(), program.path.clone()));
    if programs.is_empty() { Err("cargo built no test program".to_owned()) } else { Ok(programs) }
}

/// A package and those that stand on it, with their folders; the chores aside.
fn standing_on(package: &str, metadata: &Value) -> BTreeMap<String, PathBuf> {
    let own: Vec<&Value> =
        metadata["packages"].as_array().into_iter().flatten().filter(|package| package["source"].is_null()).collect();
    let mut names = BTreeSet::from([package]);
    loop {
        let before = names.len();
        for package in &own {
            let mut uses = package["dependencies"].as_array().into_iter().flatten();
            if uses.any(|used| used["name"].as_str().is_some_and(|name| names.contains(name))) {
                names.extend(package["name"].as_str());
            }
        }
        if names.len() == before {
            break;
        }
    }
    let folder = |package: &&Value| {
        let name = package["name"].as_str().filter(|name| names.contains(name) && *name != "xtask")?;
        Some((name.to_owned(), PathBuf::from(package["manifest_path"].as_str()?).parent()?.to_path_buf()))
    };
    own.iter().filter_map(folder).collect()
}

/// The test program that a message of cargo tells of.
fn program(message: &Value, concerned: &BTreeMap<String, PathBuf>) -> Option<Program> {
    let path = message["executable"].as_str()?;
    if message["profile"]["test"] != true {
        return None;
    }
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    let (package, folder) = concerned.iter().find(|(_, folder)| manifest.parent() == Some(folder.as_path()))?;
    Some(Program { package: package.clone(), folder: folder.clone(), path: path.into() })
}

/// Runs a program until its first test fails. Gives that test, or `None` when all pass.
fn first_failure(program: &Program, bug: Option<Bug>) -> Result<Option<String>, String> {
    let mut command = Command::new(&program.path);
    command.current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
    command.env("CROSSDOCK_PLANTED", bug.map_or("", Bug::name));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", program.path.display()))?;
    let lines = child.stdout.take().map(lines_of);
    let mut verdict = Ok(None);
    while let Some(lines) = &lines {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => {
                let failed = line.trim_end().strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
                if let Some(test) = failed {
                    verdict = Ok(Some(format!("{}: {test}", program.package)));
                    break;
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                verdict = Ok(Some(format!("{}: a test that does not end", program.package)));
                break;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let ended = end(&mut child, verdict == Ok(None));
    match (verdict, ended) {
        (Ok(None), Some(false)) => Ok(Some(format!("{}: the whole program ended badly", program.package))),
        (verdict, _) => verdict,
    }
}

/// The lines of a program's output, as they come.
fn lines_of(output: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Waits for a program that has closed its output, or ends one that was seen enough of. Says whether it succeeded.
fn end(child: &mut Child, over: bool) -> Option<bool> {
    if !over {
        // It may be over by itself.
        let _ = child.kill();
    }
    child.wait().ok().map(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_chosen_by_name() {
        assert_eq!(chosen(&[]).unwrap().len(), Bug::ALL.len());
        assert_eq!(chosen(&["guard-off".to_owned()]), Ok(vec![Bug::GuardOff]));
        assert!(chosen(&["gaurd-off".to_owned()]).is_err_and(|text| text.contains("gaurd-off")));
    }

    #[test]
    fn a_program_is_ended_at_its_first_failing_test() {
        let program = |script: &str| {
            let folder = tempfolder();
            let path = folder.join("program");
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            let mut mode = std::fs::metadata(&path).unwrap().permissions();
            std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
            std::fs::set_permissions(&path, mode).unwrap();
            Program { package: "p".to_owned(), folder, path }
        };
        let failing = program("echo 'test a ... ok'; echo 'test b::c ... FAILED'; exec sleep 600");
        assert_eq!(first_failure(&failing, None), Ok(Some("p: b::c".to_owned())));
        let bad = program("exit 101");
        assert_eq!(first_failure(&bad, None), Ok(Some("p: the whole program ended badly".to_owned())));
        let told = program("test \"$CROSSDOCK_PLANTED\" = guard-off && echo 'test a ... ok'");
        assert_eq!(first_failure(&told, Some(Bug::GuardOff)), Ok(None));
    }

    fn tempfolder() -> PathBuf {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("planted-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = workspace::target_folder().unwrap().join("tmp").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
