//! The mark beside the database: a small file that tells a database that went on from one that came back.
//!
//! A restore usually brings the whole folder back, the mark with it, so the mark also says *which file* it is: its number
//! in the file system and the moment at which that file was made. Every pulse makes a new file. Whatever copies a mark,
//! in whatever way, either makes another file or writes an old text into the newest one; both show. Changing its owner,
//! its rights or its folder's name does not. No clock is read: the moment is the file system's own.
//!
//! What rolls the whole file system back (a snapshot of a virtual machine or of a volume) rolls the mark back as well, and is
//! not seen in here.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crossdock_model::MerchantId;
use crossdock_store::{Beside, Mark, StoreError};

use crate::lock::beside;

/// What every mark begins with; another version begins otherwise.
const HEAD: &str = "crossdock-mark-1";

/// Longer is no mark.
const LONGEST: u64 = 1_024;

/// Where a merchant's mark lies.
pub(crate) fn place(database: &Path, merchant: &MerchantId) -> PathBuf {
    beside(database, &format!(".{merchant}.mark"))
}

/// Which file this is: its number, and when it was made where the file system keeps that.
fn identity(file: &Metadata) -> (u64, u128) {
    let made = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    (file.ino(), made.map_or(0, |since| since.as_nanos()))
}

/// Reads the mark.
pub(crate) fn read(path: &Path) -> Result<Beside, StoreError> {
    let broken = |error: std::io::Error| StoreError::Corrupt(format!("{}: {error}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Beside::Nothing),
        Err(error) => return Err(StoreError::Unwritable(format!("{}: {error}", path.display()))),
    };
    let found = identity(&file.metadata().map_err(broken)?);
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).map_err(broken)?;
    Ok(match std::str::from_utf8(&text).ok().and_then(parse) {
        None => Beside::Unreadable(format!("{} is no mark", path.display())),
        Some((mark, written)) if written == found => Beside::Original(mark),
        Some((mark, _)) => Beside::Copied(mark),
    })
}

/// `crossdock-mark-1 GENERATION PULSE FILE MADE` and a line end: without it the text is cut.
fn parse(text: &str) -> Option<(Mark, (u64, u128))> {
    let mut words = text.strip_suffix('\n')?.split(' ');
    if words.next()? != HEAD {
        return None;
    }
    let mark = Mark { generation: words.next()?.to_owned(), pulse: words.next()?.parse().ok()? };
    let written = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some((mark, written))
}

/// Writes the mark: a new file, synced, put in the old one's place, and the folder synced.
pub(crate) fn write(path: &Path, mark: &Mark) -> Result<(), StoreError> {
    let refused = |error: std::io::Error| StoreError::Unwritable(format!("{}: {error}", path.display()));
    // As with the database itself: after a failed fsync nobody knows what the disk holds.
    let doubtful = |error: std::io::Error| StoreError::Doubtful(format!("{}: {error}", path.display()));
    let new = beside(path, ".new");
    match fs::remove_file(&new) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(refused(error)),
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(&new).map_err(refused)?;
    let (number, made) = identity(&file.metadata().map_err(refused)?);
    let text = format!("{HEAD} {} {} {number} {made}\n", mark.generation, mark.pulse);
    file.write_all(text.as_bytes()).map_err(refused)?;
    file.sync_all().map_err(doubtful)?;
    fs::rename(&new, path).map_err(refused)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).map_err(refused)?.sync_all().map_err(doubtful)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(pulse: u64) -> Mark {
        Mark { generation: "abc".to_owned(), pulse }
    }

    #[test]
    fn f38_a_mark_is_original_where_it_was_written_and_however_its_folder_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::create_dir(&old).unwrap();
        assert_eq!(read(&old.join("m")), Ok(Beside::Nothing));
        for pulse in 1..4 {
            write(&old.join("m"), &mark(pulse)).unwrap();
            assert_eq!(read(&old.join("m")), Ok(Beside::Original(mark(pulse))));
        }
        fs::rename(&old, &new).unwrap();
        assert_eq!(read(&new.join("m")), Ok(Beside::Original(mark(3))));
        assert_eq!(fs::read_dir(&new).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn f38_a_copy_is_told_from_the_original_even_when_it_is_written_over_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("m"), folder.path().join("backup"));
        write(&path, &mark(1)).unwrap();
        fs::copy(&path, &backup).unwrap();
        assert_eq!(read(&backup), Ok(Beside::Copied(mark(1))));
        write(&path, &mark(2)).unwrap();
        // As `cp` does it: the newest file stays, with the old text in it.
        fs::copy(&backup, &path).unwrap();
        assert_eq!(read(&path), Ok(Beside::Copied(mark(1))));
        // The next pulse is an original again.
        write(&path, &mark(3)).unwrap();
        assert_eq!(read(&path), Ok(Beside::Original(mark(3))));
    }

    #[test]
    fn what_is_no_mark_is_called_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        write(&path, &mark(7)).unwrap();
        let whole = fs::read(&path).unwrap();
        let texts = (0..whole.len()).map(|cut| whole[..cut].to_vec()).chain([b"\xff\xfe".to_vec(), vec![b'x'; 4_096]]);
        for text in texts {
            fs::write(&path, &text).unwrap();
            let found = read(&path).unwrap();
            assert!(matches!(found, Beside::Unreadable(_)), "{:?}: {found:?}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn f34_a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write(&folder.path().join("no such folder").join("m"), &mark(1));
        assert!(
            matches!(&refused, Err(StoreError::Unwritable(text)) if text.contains("no such folder")),
            "{refused:?}"
        );
    }
}
