//! A disk that is full, or fails, at the n-th write or the n-th fsync, for every n (faults F34, F35).
//!
//! A child process does a day's work under a preloaded library that fails the chosen call. It says after each commit
//! whether it was confirmed. Then the file is opened on a disk that works again: whatever was confirmed is there.

mod shim;
#[path = "../faults/support.rs"]
mod support;

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crossdock_store::{Mark, Store, StoreError};
use support::{begin, folder, has, open, try_begin, try_open};

/// Where the child finds its database; without it the child's test does nothing.
const CHILD: &str = "DISK_FAULT_CHILD";

/// Commits of the day.
const COMMITS: usize = 8;

/// `No space left on device` and `Input/output error`, as Linux numbers them.
const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// The child: not a test by itself.
#[test]
fn child_does_a_days_work() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let store = match try_open(Path::new(&path)) {
        Ok(store) => store,
        Err(error) => return println!("\n=start {}", word(&error)),
    };
    let db: &dyn Store = &store;
    for number in 0..COMMITS {
        let said = try_begin(db, &format!("order {number}"));
        println!("\n={number} {}", said.as_ref().map_or_else(word, |()| "kept".to_owned()));
    }
    let mark = Mark { generation: "abc".to_owned(), pulse: 2 };
    println!("\n=mark {}", db.put_mark(&mark).as_ref().map_or_else(word, |()| "kept".to_owned()));
    println!("\n=end");
}

fn word(error: &StoreError) -> String {
    match error {
        StoreError::Unwritable(_) => "unwritable".to_owned(),
        StoreError::Doubtful(_) => "doubtful".to_owned(),
        StoreError::Corrupt(_) => "corrupt".to_owned(),
        other => format!("other: {other}"),
    }
}

/// What the child said, in order: a step and what became of it.
fn run(library: &Path, path: &Path, call: &str, errno: i32, at: usize, times: usize) -> Vec<(String, String)> {
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_does_a_days_work", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .env("LD_PRELOAD", library)
        .env("DISK_FAULT_PATH", "hub.db")
        .env("DISK_FAULT_CALL", call)
        .env("DISK_FAULT_ERRNO", errno.to_string())
        .env("DISK_FAULT_AT", at.to_string())
        .env("DISK_FAULT_TIMES", times.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{call} {at}: the process crashed: {text}{}", String::from_utf8_lossy(&done.stderr));
    let steps = text.lines().filter_map(|line| line.strip_prefix('='));
    steps
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .map(|(step, said)| (step.to_owned(), said.to_owned()))
        .collect()
}

/// A process that is being started has its parent's locks for a moment, so one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// One run for each n until the fault comes too late to matter. Returns how many of them it struck.
fn every_nth(call: &str, errno: i32, times: usize, judge: impl Fn(usize, &[(String, String)])) -> usize {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let library_folder = folder();
    let library = shim::compiled(library_folder.path());
    let mut struck = 0;
    for at in 1.. {
        let folder = folder();
        let path = folder.path().join("hub.db");
        // An older day, so that there is something to lose.
        begin(&*open(&path), "before");
        let steps = run(&library, &path, call, errno, at, times);
        let hit = steps.iter().any(|(step, said)| step != "end" && said != "kept");
        judge(at, &steps);
        let db = open(&path);
        assert!(has(&*db, "before"), "{call} {at}");
        for number in 0..COMMITS {
            let said = steps.iter().find(|(step, _)| *step == number.to_string()).map(|(_, said)| said.as_str());
            let there = has(&*db, &format!("order {number}"));
            match said {
                Some("kept") => assert!(there, "{call} {at}: order {number} was confirmed and is gone: {steps:?}"),
                // Rolled back, and said so.
                Some("unwritable") => {
                    assert!(!there, "{call} {at}: order {number} was refused and is there: {steps:?}");
                }
                // Nobody knows: that is what doubtful means.
                _ => {}
            }
        }
        begin(&*db, "goes on");
        if !hit {
            return struck;
        }
        struck += 1;
        assert!(at < 1_000, "the fault strikes for ever");
    }
    struck
}

fn said<'a>(steps: &'a [(String, String)], what: &str) -> Vec<&'a str> {
    steps.iter().filter(|(_, said)| said == what).map(|(step, _)| step.as_str()).collect()
}

#[test]
fn f34_a_disk_that_is_full_at_the_nth_write_loses_nothing_confirmed_and_the_next_commit_is_taken() {
    let struck = every_nth("write", ENOSPC, 1, |at, steps| {
        assert!(said(steps, "doubtful").is_empty() && said(steps, "corrupt").is_empty(), "write {at}: {steps:?}");
        // One write fails, so one step does, and those after it are taken again.
        assert!(said(steps, "unwritable").len() <= 1, "write {at}: {steps:?}");
    });
    assert!(struck > COMMITS, "only {struck} writes were there to fail");
}

#[test]
fn f34_a_disk_that_stays_full_from_the_nth_write_on_refuses_everything_until_there_is_room() {
    let struck = every_nth("write", ENOSPC, 0, |at, steps| {
        let first = steps.iter().position(|(_, said)| said == "unwritable");
        let Some(first) = first else { return };
        let after = &steps[first..];
        assert!(after.iter().all(|(step, said)| said == "unwritable" || step == "end"), "write {at}: {steps:?}");
    });
    assert!(struck > COMMITS, "only {struck} writes were there to fail");
}

#[test]
fn f35_a_disk_that_fails_at_the_nth_write_is_no_different_to_a_full_one() {
    let struck = every_nth("write", EIO, 1, |at, steps| {
        assert!(
            steps.iter().all(|(_, said)| ["kept", "unwritable", "doubtful", ""].contains(&said.as_str())),
            "write {at}: {steps:?}"
        );
    });
    assert!(struck > COMMITS, "only {struck} writes were there to fail");
}

#[test]
fn f35_after_the_nth_fsync_failed_nothing_is_confirmed_any_more() {
    let struck = every_nth("sync", EIO, 1, |at, steps| {
        let Some(first) = steps.iter().position(|(_, said)| said != "kept" && !said.is_empty()) else { return };
        assert_eq!(steps[first].1, "doubtful", "fsync {at}: {steps:?}");
        // The disk works again, and the store does not believe it: the kernel may have dropped what it could not write.
        let later = steps[first + 1..].iter().filter(|(step, _)| step.parse::<usize>().is_ok());
        assert!(later.clone().all(|(_, said)| said == "doubtful"), "fsync {at}: {steps:?}");
    });
    assert!(struck > COMMITS, "only {struck} fsyncs were there to fail");
}
