//! The committed corpora as ordinary tests: every seed, and every seed cut, doubled and spoilt in a few places.

use std::panic::catch_unwind;
use std::path::PathBuf;

use crossdock_fuzz_targets::{TARGETS, Target, find};

fn folder(target: &Target) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target.name)
}

fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder(target)).unwrap_or_else(|error| panic!("{}: {error}", target.name));
    let mut seeds: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Runs an input and names it when a promise is broken.
fn hold(target: &Target, name: &str, input: &[u8]) {
    let broken = catch_unwind(|| (target.run)(input)).is_err();
    assert!(!broken, "{} breaks a promise on {name}: {:?}", target.name, String::from_utf8_lossy(input));
}

#[test]
fn every_seed_keeps_every_promise() {
    for target in &TARGETS {
        for (name, input) in seeds(target) {
            hold(target, &name, &input);
        }
    }
}

/// Not fuzzing, but what a careless change breaks first: half an input, two of them, and single bytes gone wrong. The same
/// bytes in every run.
#[test]
fn seeds_that_were_cut_doubled_or_spoilt_keep_every_promise_too() {
    for target in &TARGETS {
        for (at, (name, input)) in seeds(target).into_iter().enumerate() {
            let length = input.len().max(1);
            for part in 0..8 {
                let end = (length * part) / 8;
                hold(target, &name, input.get(..end).unwrap_or_default());
                let place = (at * 131 + part * length / 8) % length;
                for byte in [b'"', b'<', 0xFF, b'\n'] {
                    let mut spoilt = input.clone();
                    if let Some(old) = spoilt.get_mut(place) {
                        *old = byte;
                    }
                    hold(target, &name, &spoilt);
                }
            }
            hold(target, &name, &[input.as_slice(), input.as_slice()].concat());
        }
    }
}

#[test]
fn every_target_has_a_corpus_that_is_small() {
    let mut bytes = 0;
    for target in &TARGETS {
        let seeds = seeds(target);
        assert!((5..=200).contains(&seeds.len()), "{} has {} seeds", target.name, seeds.len());
        bytes += seeds.iter().map(|(_, input)| input.len()).sum::<usize>();
        let most = seeds.iter().map(|(_, input)| input.len()).max();
        assert!(most <= Some(4096), "{}: no longer input is tried, so no longer seed is grown", target.name);
        assert!(find(target.name).is_some_and(|found| found.name == target.name));
    }
    assert!(bytes <= 2 * 1024 * 1024, "{bytes} bytes of seeds");
    let folders = std::fs::read_dir(folder(&TARGETS[0]).join("..")).unwrap().count();
    assert_eq!(folders, TARGETS.len(), "a corpus without a target");
}

#[test]
fn every_target_has_its_program_and_every_program_its_target() {
    let fuzz = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for target in &TARGETS {
        let program = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{}.rs", target.name))).unwrap();
        assert!(
            program.contains(&format!("\"{}\"", target.name))
                && manifest.contains(&format!("name = \"{}\"", target.name))
        );
    }
    assert_eq!(std::fs::read_dir(fuzz.join("fuzz_targets")).unwrap().count(), TARGETS.len());
}
