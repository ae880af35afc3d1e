//! The stages of creating an order: their names, and how much one call of each may carry.
//!
//! A stage is stored with the order, so its name is a contract with every later version of this connector. A look has
//! three names: `look` in a full batch, `look/few` and `look/one` in ever smaller ones, for a server that counts more rows
//! than it sends. The size stands in the name because the engine asks how large a batch may be by the stage alone.

use crossdock_connector::{Repeat, Stage, StageKind};
use crossdock_model::OrderDraft;

use crate::config::Config;

/// What a stage does. `create_order` draws their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Is the order there?
    Look,
    /// Which of its lines are there?
    LookLines,
    /// Writes the header.
    PutHeader,
    /// Writes lines.
    PutLines,
    /// Reads the header back.
    ReadHeader,
    /// Reads the lines back.
    ReadLines,
    /// Takes the order off hold, and asks for stock to be allocated.
    Release,
    /// Reads the header back after that.
    Confirm,
}

/// In what company a look travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// As many as one call carries.
    Full,
    /// Ten at most.
    Few,
    /// Alone.
    One,
}

const NAMES: [(&str, What); 8] = [
    ("look", What::Look),
    ("look-lines", What::LookLines),
    ("put-header", What::PutHeader),
    ("put-lines", What::PutLines),
    ("read-header", What::ReadHeader),
    ("read-lines", What::ReadLines),
    ("release", What::Release),
    ("confirm", What::Confirm),
];

/// OR terms in one search (`contracts/peoplevox.md §2.5`), and rows of a look at headers: one each, so that a page of a
/// hundred holds them.
const MOST_ORDERS: usize = 100;
/// Lines that one look may expect, so that a page of two hundred holds them with room for strangers.
const MOST_LINES: usize = 190;
/// The same in small company.
const FEW_ORDERS: usize = 10;
const FEW_LINES: usize = 40;

/// A stage, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) what: What,
    pub(crate) size: Size,
}

impl Task {
    /// Reads a stage's name; `None` for one of another version.
    pub(crate) fn of(stage: &Stage) -> Option<Self> {
        let (name, size) = match stage.as_str().split_once('/') {
            None => (stage.as_str(), Size::Full),
            Some((name, "few")) => (name, Size::Few),
            Some((name, "one")) => (name, Size::One),
            Some(_) => return None,
        };
        let (_, what) = NAMES.iter().find(|(known, _)| *known == name)?;
        (size == Size::Full || what.looks()).then_some(Self { what: *what, size })
    }

    /// The same look in smaller company; `None` when it is alone already.
    pub(crate) fn smaller(self) -> Option<Self> {
        // A write that looked instead (see `create_order`) goes back to where every look begins.
        let what = if self.what.looks() { self.what } else { What::Look };
        match self.size {
            Size::Full => Some(Self { what, size: Size::Few }),
            Size::Few => Some(Self { what, size: Size::One }),
            Size::One => None,
        }
    }

    /// Its name.
    pub(crate) fn stage(self) -> Stage {
        let name = self.what.name();
        match self.size {
            Size::Full => Stage::new(name),
            Size::Few => Stage::stored(format!("{name}/few")),
            Size::One => Stage::stored(format!("{name}/one")),
        }
    }

    /// How much one call may carry; see [`Task::weight`].
    pub(crate) fn batch_limit(self, config: &Config) -> usize {
        match (self.what.looks(), self.size, self.what.is_of_lines()) {
            (false, ..) => config.rows_per_call,
            (true, Size::Full, false) => MOST_ORDERS,
            (true, Size::Full, true) => MOST_LINES,
            (true, Size::Few, false) => FEW_ORDERS,
            (true, Size::Few, true) => FEW_LINES,
            (true, Size::One, _) => 1,
        }
    }

    /// How much of the limit an order uses: its lines where lines are carried, otherwise 1. A look at lines is also a
    /// search by number, of which no more than [`MOST_ORDERS`] fit; the least weight sees to that.
    pub(crate) fn weight(self, draft: &OrderDraft) -> usize {
        let lines = draft.lines.len().max(1);
        match (self.what, self.size) {
            (What::PutLines, _) => lines,
            (What::LookLines | What::ReadLines, Size::Full) => lines.max(MOST_LINES.div_ceil(MOST_ORDERS)),
            (What::LookLines | What::ReadLines, Size::Few) => lines.max(FEW_LINES / FEW_ORDERS),
            _ => 1,
        }
    }

    /// The page that a look asks for, with room for a number that differs in case only and for divided lines.
    pub(crate) fn page_size(self, orders: usize, lines: usize) -> u32 {
        let (usual, room) = match (self.what.is_of_lines(), self.size) {
            (false, Size::Full) => (100, orders),
            (false, Size::Few | Size::One) => (20, orders),
            (true, Size::Full) => (200, lines),
            (true, Size::Few | Size::One) => (50, lines),
        };
        // An order that alone is larger than a batch needs a page to match.
        let size = if room <= usual { usual } else { room.saturating_mul(2) };
        u32::try_from(size).unwrap_or(u32::MAX)
    }
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::LookLines => "look-lines",
            Self::PutHeader => "put-header",
            Self::PutLines => "put-lines",
            Self::ReadHeader => "read-header",
            Self::ReadLines => "read-lines",
            Self::Release => "release",
            Self::Confirm => "confirm",
        }
    }

    /// The stage that does it, in full company.
    pub(crate) const fn stage(self) -> Stage {
        Stage::new(self.name())
    }

    /// Whether it only looks.
    pub(crate) const fn looks(self) -> bool {
        matches!(self, Self::Look | Self::LookLines | Self::ReadHeader | Self::ReadLines | Self::Confirm)
    }

    /// Whether it is about lines.
    pub(crate) const fn is_of_lines(self) -> bool {
        matches!(self, Self::LookLines | Self::PutLines | Self::ReadLines)
    }
}

/// What a stage does, and what a repeat of it would do.
///
/// The upsert key of headers is the order's number. That of lines is **not known** (`contracts/peoplevox.md §2.6`), so the
/// same line sent twice may be two. The stage as a whole is harmless to repeat all the same, because it is only reached by
/// way of looks that have missed exactly the lines it sends, and because their sum is compared before the order is released
/// (`order_verdict`). As a write that doubles it would be given up after five writes of the order, its header's included:
/// a person would be asked about orders that are merely unlucky.
pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    match Task::of(stage) {
        Some(task) if task.what.looks() => StageKind::Look,
        Some(_) => StageKind::Write(Repeat::Harmless),
        // A stage of another version: nothing is known of it, so nothing is taken for harmless.
        None => StageKind::Write(Repeat::Doubles),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn every_name_is_read_back_and_a_strange_one_is_no_stage() {
        for (name, what) in NAMES {
            assert_eq!(what.name(), name);
            for size in [Size::Full, Size::Few, Size::One] {
                let step = Task { what, size };
                let expected = (size == Size::Full || what.looks()).then_some(step);
                assert_eq!(Task::of(&step.stage()), expected, "{name}");
            }
        }
        for strange in ["", "look/", "look/two", "look-header", "put-lines/few", "/few"] {
            assert_eq!(Task::of(&Stage::stored(strange.to_owned())), None, "{strange}");
            assert_eq!(stage_kind(&Stage::stored(strange.to_owned())), StageKind::Write(Repeat::Doubles));
        }
    }

    #[test]
    fn a_look_travels_in_ever_smaller_company_until_it_is_alone() {
        let mut names = Vec::new();
        let mut at = Task::of(&Stage::new("read-lines"));
        while let Some(step) = at {
            names.push(step.stage().as_str().to_owned());
            at = step.smaller();
        }
        assert_eq!(names, ["read-lines", "read-lines/few", "read-lines/one"]);
        let release = Task::of(&Stage::new("release")).unwrap();
        assert_eq!(release.smaller().unwrap().stage().as_str(), "look/few");
    }

    /// No look holds more than a hundred numbers, and its page holds every row that is expected.
    #[test]
    fn looks_stay_small_and_their_pages_hold_them() {
        let config = fixtures::config();
        for what in [What::Look, What::ReadHeader, What::Confirm, What::LookLines, What::ReadLines] {
            for size in [Size::Full, Size::Few, Size::One] {
                let step = Task { what, size };
                for lines in [1, 2, 3, 9, 95, 300] {
                    let mut draft = fixtures::draft("SO-1");
                    draft.lines = vec![draft.lines[0].clone(); lines];
                    let orders = (step.batch_limit(&config) / step.weight(&draft)).max(1);
                    assert!(orders <= 100, "{step:?}: {orders} terms");
                    let page = usize::try_from(step.page_size(orders, orders * lines)).unwrap();
                    let rows = if what.is_of_lines() { orders * lines } else { orders };
                    assert!(page >= rows, "{step:?}: {rows} rows in a page of {page}");
                    assert!(what.is_of_lines() || page <= 100);
                    assert!(lines > 95 || page <= 200, "{step:?} asks for {page}");
                }
            }
        }
    }
}
