//! A bit that turned over on the disk, in every kind of page. What breaks the structure is refused at the start with a
//! clear text; what does not is no reason to crash (fault F37).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::files::{beside, remove};
use crate::support::{begin, folder, open, try_open};
use crossdock_store::{FlowKind, Store, StoreError};

/// The kinds of page, by their first byte (SQLite's file format, "B-tree Pages").
const KINDS: [(u8, &str); 4] =
    [(2, "inner page of an index"), (5, "inner page of a table"), (10, "leaf of an index"), (13, "leaf of a table")];

/// The bytes of a page's head that its structure hangs on: kind, first free block, number of cells, start of the cells.
const HEAD: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

/// Pages tried of each kind.
const SOME: usize = 6;

/// A store with all kinds of page, as a crash leaves it: the file, and a log that makes the next start look.
struct Crash {
    file: Vec<u8>,
    log: Vec<u8>,
    page: usize,
}

fn crash(folder: &Path) -> Crash {
    let path = folder.join("hub.db");
    {
        let db = open(&path);
        for number in 0..400 {
            begin(&*db, &format!("order {number} with a key that fills its index"));
        }
        // A text that no page holds whole.
        db.change(|tx| tx.put_setting("long", &"x".repeat(20_000), "sam", crate::support::NOW)).unwrap();
    }
    let db = open(&path);
    begin(&*db, "last");
    let (file, log) = (fs::read(&path).unwrap(), fs::read(beside(&path, "-wal")).unwrap());
    let page = usize::from(u16::from_be_bytes([file[16], file[17]]));
    drop(db);
    Crash { file, log, page }
}

impl Crash {
    /// Pages that nothing uses: they hold what they held before (SQLite's file format, "The Freelist").
    fn free(&self) -> Vec<usize> {
        let number = |at: usize| u32::from_be_bytes(self.file[at..at + 4].try_into().unwrap()) as usize;
        let (mut free, mut trunk) = (Vec::new(), number(32));
        while trunk != 0 {
            let at = (trunk - 1) * self.page;
            free.push(trunk);
            free.extend((0..number(at + 4)).map(|leaf| number(at + 8 + 4 * leaf)));
            trunk = number(at);
        }
        free
    }

    /// The numbers of pages by kind, without the first page and without those that the log replaces at once.
    fn pages(&self) -> BTreeMap<u8, Vec<usize>> {
        let free = self.free();
        let replaced: Vec<usize> = self.log[32..]
            .chunks(24 + self.page)
            .map(|frame| u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize)
            .collect();
        let mut kinds: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for (index, page) in self.file.chunks(self.page).enumerate().skip(1) {
            // An empty page stays empty, whatever kind it calls itself.
            let cells = u16::from_be_bytes([page[3], page[4]]);
            if cells > 0
                && !replaced.contains(&(index + 1))
                && !free.contains(&(index + 1))
                && KINDS.iter().any(|(kind, _)| *kind == page[0])
            {
                kinds.entry(page[0]).or_default().push(index);
            }
        }
        kinds
    }

    /// Starts on the file with one bit turned over.
    fn start(&self, path: &Path, at: usize, bit: u8) -> Result<(), StoreError> {
        let mut file = self.file.clone();
        file[at] ^= 1 << bit;
        fs::write(path, file).unwrap();
        fs::write(beside(path, "-wal"), &self.log).unwrap();
        let outcome = try_open(path).and_then(|store| {
            // What was not refused can be read from end to end without a crash, whatever it says.
            let db: &dyn Store = &store;
            let _ = db.ask(|tx| tx.count_states(FlowKind::Order, None));
            let _ = db.ask(|tx| tx.setting("long"));
            store.quick_check()
        });
        remove(path);
        outcome
    }
}

#[test]
fn f37_a_bit_in_the_head_of_any_kind_of_page_is_refused_at_the_start() {
    let folder = folder();
    let (crash, path) = (crash(folder.path()), folder.path().join("flipped.db"));
    let pages = crash.pages();
    for (kind, name) in KINDS {
        let some = pages.get(&kind).unwrap_or_else(|| panic!("there is no {name}"));
        for index in some.iter().step_by(some.len().div_ceil(SOME)) {
            for byte in HEAD {
                for bit in 0..8 {
                    let refused = crash.start(&path, index * crash.page + byte, bit);
                    let Err(StoreError::Corrupt(text)) = &refused else {
                        panic!("{name} {index}, byte {byte}, bit {bit}: {refused:?}");
                    };
                    let says = refused.as_ref().unwrap_err().to_string();
                    assert!(says.starts_with("the database is damaged: ") && says.ends_with("Restore the last backup"));
                    assert!(!text.is_empty());
                }
            }
        }
    }
}

#[test]
fn f37_what_a_later_check_finds_is_refused_at_every_start_from_then_on() {
    let folder = folder();
    let path = folder.path().join("hub.db");
    let crash = crash(folder.path());
    fs::write(&path, &crash.file).unwrap();
    let leaf = crash.pages()[&13][0] * crash.page;
    {
        let store = try_open(&path).unwrap();
        store.quick_check().unwrap();
        // It turns over while the hub runs; nobody has read the page yet.
        let mut file = fs::read(&path).unwrap();
        file[leaf] ^= 0x40;
        fs::write(&path, file).unwrap();
        assert!(matches!(store.quick_check(), Err(StoreError::Corrupt(_))));
    }
    for _ in 0..2 {
        let refused = try_open(&path).err();
        assert!(matches!(&refused, Some(StoreError::Corrupt(text)) if text.contains("hub.db.damaged")), "{refused:?}");
    }
    // A restore brings a good file into an empty folder.
    fs::remove_file(beside(&path, ".damaged")).unwrap();
    fs::write(&path, &crash.file).unwrap();
    try_open(&path).unwrap();
}

#[test]
fn f37_a_bit_anywhere_else_is_found_or_does_no_harm_to_the_process() {
    let folder = folder();
    let (crash, path) = (crash(folder.path()), folder.path().join("flipped.db"));
    let pages = crash.pages();
    let (mut found, mut unseen) = (0, 0);
    for (index, page) in pages.values().flat_map(|some| some.iter().take(2)).zip(std::iter::repeat(crash.page)) {
        for byte in (7..page).step_by(61) {
            match crash.start(&path, index * page + byte, u8::try_from(byte % 8).unwrap()) {
                Ok(()) => unseen += 1,
                Err(StoreError::Corrupt(_)) => found += 1,
                Err(other) => panic!("page {index}, byte {byte}: {other:?}"),
            }
        }
    }
    // Texts and unused bytes carry no check of their own; the journal's chain covers what was written into journals.
    assert!(found > 0 && unseen > 0, "{found} found, {unseen} unseen");
}

#[test]
fn f37_a_bit_in_the_files_own_head_is_refused_or_the_orders_are_all_there() {
    let folder = folder();
    let (crash, path) = (crash(folder.path()), folder.path().join("flipped.db"));
    for byte in 0..100 {
        // Most of it is replaced from the log after a crash.
        match crash.start(&path, byte, 3) {
            Ok(()) | Err(StoreError::Corrupt(_) | StoreError::Unwritable(_)) => {}
            Err(other) => panic!("byte {byte}: {other:?}"),
        }
    }
}
