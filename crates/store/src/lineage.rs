//! Which generation of the database this is, and whether a copy of it came back.
//!
//! A database that is restored from a backup remembers less than the remotes do. It cannot know that by itself, so two
//! things are compared at every start: a row in it, and a *mark* that the engine keeps outside it. Both hold a
//! random id and a pulse that a running hub raises; the mark is written after the row was committed, so it is never
//! ahead unless the database went back (`reliability.md` fault F38, rule R14).

use jiff::Timestamp;

use crate::StoreError;

/// What the database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineageRow {
    /// Random, given when the database was made, and again whenever a copy of it came back.
    pub generation: String,
    /// Raised at every start and about once a minute while writes leave; 0 until a mark was written.
    pub pulse: u64,
    /// Since when, and why, the hub only reads: the database was restored and nobody has released it.
    pub restored: Option<(Timestamp, String)>,
    /// When a person last released it. What was looked up before is looked up again.
    pub released: Option<Timestamp>,
}

/// What the mark outside the database says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The generation of the database that wrote it.
    pub generation: String,
    /// Its pulse then.
    pub pulse: u64,
}

/// What was found where the mark should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// This engine keeps no mark; nothing can be told from it.
    NotKept,
    /// No mark.
    Nothing,
    /// A mark that was written where it lies.
    Original(Mark),
    /// A mark that was written elsewhere or at another time: somebody copied it, and the database with it.
    Copied(Mark),
    /// Something that is no mark; the text says what.
    Unreadable(String),
}

/// Reading.
pub trait Lineage {
    /// The row; `None` in a database that no hub has started on.
    fn lineage(&self) -> Result<Option<LineageRow>, StoreError>;
}

/// Changing.
pub trait LineageMut {
    /// Stores the row.
    fn put_lineage(&mut self, row: &LineageRow) -> Result<(), StoreError>;
}
