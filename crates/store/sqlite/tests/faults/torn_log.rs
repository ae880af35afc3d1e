//! What a power cut leaves of the write-ahead log: it may end anywhere, hold blocks that were never written, or a block that
//! was written badly in the middle. Whatever was confirmed and reached the disk is kept, nothing else is (fault F33).

use std::fs;
use std::path::Path;

use crate::files::{beside, remove};
use crate::support::{begin, folder, has, open, try_open};

/// A log's head and the head of each frame, in bytes (SQLite's file format, "WAL File Format").
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// How far from an edge the log is cut.
const AROUND: [usize; 6] = [1, 2, 8, 24, 25, 64];

/// How the log is damaged at a place.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// It ends there.
    Ends,
    /// The blocks are there, and what they should hold never reached the disk.
    Unwritten,
    /// One bit is wrong there; what comes after was written well.
    Bit,
}

/// A store in the middle of its work, as the disk has it.
struct Crash {
    file: Vec<u8>,
    log: Vec<u8>,
    /// Each order, and the log's length when it was confirmed.
    confirmed: Vec<(String, usize)>,
    /// Where each frame ends, the head first.
    edges: Vec<usize>,
}

fn crash(folder: &Path) -> Crash {
    let path = folder.join("hub.db");
    begin(&*open(&path), "before");
    let db = open(&path);
    let length = || fs::read(beside(&path, "-wal")).unwrap().len();
    let confirmed = (0..3)
        .map(|number| {
            let key = format!("order {number}");
            begin(&*db, &key);
            (key, length())
        })
        .collect();
    let (file, log) = (fs::read(&path).unwrap(), fs::read(beside(&path, "-wal")).unwrap());
    let page = usize::from(u16::from_be_bytes([file[16], file[17]]));
    let edges = (LOG_HEAD..=log.len()).step_by(FRAME_HEAD + page).collect();
    Crash { file, log, confirmed, edges }
}

impl Crash {
    /// Reopens what is left after the damage and says what was kept.
    fn reopened(&self, path: &Path, at: usize, damage: Damage) {
        let mut log = self.log.clone();
        match damage {
            Damage::Ends => log.truncate(at),
            Damage::Unwritten => log[at..].fill(0xa5),
            Damage::Bit => log[at] ^= 0x10,
        }
        // A frame counts when it is whole, and so are all before it.
        let whole = match damage {
            Damage::Bit => self.edges.iter().copied().filter(|edge| *edge <= at).max().unwrap_or(0),
            Damage::Ends | Damage::Unwritten => at,
        };
        fs::write(path, &self.file).unwrap();
        fs::write(beside(path, "-wal"), log).unwrap();
        {
            let db = open(path);
            assert!(has(&*db, "before"), "{damage:?} at {at}");
            for (key, length) in &self.confirmed {
                assert_eq!(has(&*db, key), *length <= whole, "{key}, confirmed at {length}; {damage:?} at {at}");
            }
            begin(&*db, "goes on");
        }
        remove(path);
    }
}

#[test]
fn f33_a_log_torn_at_any_edge_of_any_frame_keeps_what_was_confirmed_and_nothing_else() {
    let folder = folder();
    let crash = crash(folder.path());
    assert!(crash.edges.len() > 12, "{} frames are too few to say anything", crash.edges.len());
    assert_eq!(crash.edges.last(), Some(&crash.log.len()), "the log ends with a frame");
    let path = folder.path().join("crashed.db");
    let mut tried = 0;
    for edge in crash.edges.iter().copied() {
        let around = AROUND.iter().flat_map(|by| [edge.saturating_sub(*by), edge + by]).chain([edge]);
        for at in around.filter(|at| *at <= crash.log.len()) {
            crash.reopened(&path, at, Damage::Ends);
            crash.reopened(&path, at, Damage::Unwritten);
            // A bit in the log's own head spoils all of it, or nothing that matters.
            if at > LOG_HEAD && at < crash.log.len() {
                crash.reopened(&path, at, Damage::Bit);
            }
            tried += 1;
        }
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn f33_a_bit_in_the_logs_own_head_loses_the_log_and_not_the_file() {
    let folder = folder();
    let crash = crash(folder.path());
    let path = folder.path().join("crashed.db");
    for at in 0..LOG_HEAD {
        let mut log = crash.log.clone();
        log[at] ^= 0x10;
        fs::write(&path, &crash.file).unwrap();
        fs::write(beside(&path, "-wal"), log).unwrap();
        match try_open(&path) {
            Ok(store) => assert!(has(&store, "before"), "byte {at}"),
            // A format that this version of SQLite does not know is refused, not guessed at.
            Err(refused) => assert!((4..8).contains(&at), "byte {at}: {refused}"),
        }
        remove(&path);
    }
}
