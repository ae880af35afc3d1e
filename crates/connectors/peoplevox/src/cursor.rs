//! Where a paged read stands, and when it is at its end (`contracts/peoplevox.md §2.3`, §2.4).
//!
//! A page token of the hub is opaque, so everything that one page has to tell the next one travels in it: the page's number
//! and size, and what must not be cut in two at a page's end.

use crossdock_connector::{Failure, Observation, Page, Read, ReadReply, RejectCode, Rejection};
use crossdock_planted::{self as planted, Bug};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Below this a smaller page is no remedy any more.
const SMALLEST_PAGE: u32 = 5;
/// A page as large as this was seen to come whole where a thousand rows did not (`contracts/peoplevox.md §2.4`).
const SMALL_PAGE: u32 = 10;

/// The next smaller page size. It divides the one before by its smallest divisor (1000 → 500 → 250 → 125 → 25 → 5), so
/// that the new page can start at exactly the same row. `None` when there is no smaller one worth asking for.
fn smaller_size(size: u32) -> Option<u32> {
    let divisor = (2..=size).find(|divisor| size.is_multiple_of(*divisor))?;
    Some(size / divisor).filter(|size| *size >= SMALLEST_PAGE)
}

/// Whether a page size can be made small enough step by step.
pub(crate) fn divides_down(size: u32) -> bool {
    std::iter::successors(Some(size), |size| smaller_size(*size)).any(|size| size <= SMALL_PAGE)
}

/// A page token, with whatever a read carries over in `carry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor<C> {
    /// From 1.
    pub(crate) no: u32,
    /// Rows per page.
    pub(crate) size: u32,
    /// What the next page needs to know.
    pub(crate) carry: C,
}

/// What a page was, given the rows in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It was the last one.
    End,
    /// It was the last one that can be had, although more was promised.
    EndShort,
    /// There is another one.
    More,
    /// Rows were promised that did not come: ask for the same place again with smaller pages. Nothing of this page counts.
    Smaller,
}

impl<C: Default + Clone + Serialize + DeserializeOwned> Cursor<C> {
    /// Reads a token; the first page starts at the given size.
    pub(crate) fn read(page: &Page, size: u32) -> Result<Self, Rejection> {
        if page.is_first() {
            return Ok(Self { no: 1, size, carry: C::default() });
        }
        serde_json::from_str::<Self>(&page.0)
            .ok()
            .filter(|cursor| cursor.no > 0 && cursor.size > 0)
            .ok_or_else(|| Rejection::new(RejectCode::CannotExpress, "the page token is not one of this connector"))
    }

    /// As [`Cursor::read`], for the side that interprets.
    pub(crate) fn reread(page: &Page, size: u32) -> Result<Self, Failure> {
        Self::read(page, size).map_err(Failure::Rejected)
    }

    /// The token.
    pub(crate) fn page(&self) -> Page {
        // A struct of numbers and strings always becomes JSON; an empty token would only start the read anew.
        Page(serde_json::to_string(self).unwrap_or_default())
    }

    /// What this page was. `total` is the remote's count over all pages, 0 when it said nothing.
    ///
    /// A page that is short of what `total` promises is the known anomaly of empty details at large sizes
    /// (`contracts/peoplevox.md §2.4`), or a silent cap on the page size; both are met by smaller pages. Only when the
    /// smallest page is short too is the count held to be wrong.
    pub(crate) fn turn(&self, rows: usize, total: i64) -> Result<Turn, Failure> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let before = i64::from(self.no.saturating_sub(1)).saturating_mul(i64::from(self.size));
        let promised = total > before.saturating_add(rows);
        let full = rows >= i64::from(self.size);
        match (full, promised) {
            (true, true) if planted::on(Bug::PageTooFew) && total <= before + 2 * rows => Ok(Turn::End),
            (true, true) => Ok(Turn::More),
            // No count was given: only a page that is not full is the end.
            (true, false) if total <= 0 && rows == i64::from(self.size) => Ok(Turn::More),
            (_, false) => Ok(Turn::End),
            (false, true) if self.smaller().is_some() => Ok(Turn::Smaller),
            (false, true) if rows > 0 => Ok(Turn::EndShort),
            (false, true) => {
                Err(Failure::Retry(format!("Peoplevox counts {total} rows and sends none, even in small pages")))
            }
        }
    }

    /// As [`Cursor::turn`], for a read whose end is taken for the whole: rows that are promised and cannot be had fail it.
    /// A despatch beyond them would fall behind the watermark and never be seen again; a kit would lose a component.
    pub(crate) fn whole_turn(&self, rows: usize, total: i64) -> Result<Turn, Failure> {
        match self.turn(rows, total)? {
            Turn::EndShort => Err(Failure::Retry(format!(
                "Peoplevox counts {total} rows and sends fewer, even in pages of {}",
                self.size
            ))),
            turn => Ok(turn),
        }
    }

    /// Ends a page: sets the read that goes on, and says when the remote's count cannot be right. `build` makes the read
    /// for a page token.
    pub(crate) fn end_page(&self, turn: Turn, carry: C, reply: &mut ReadReply, build: impl Fn(Page) -> Read) {
        match turn {
            Turn::End => {}
            Turn::EndShort => reply.observations.push(Observation::Drift(
                "Peoplevox counts more rows than it sends, even in small pages; the read ended early".to_owned(),
            )),
            Turn::More => reply.next = Some(build(self.next(carry).page())),
            Turn::Smaller => {
                if let Some(smaller) = self.smaller() {
                    reply.observations.push(Observation::Drift(format!(
                        "Peoplevox sent fewer rows than it counts at {} rows a page; asking again with {}",
                        self.size, smaller.size
                    )));
                    reply.next = Some(build(smaller.page()));
                }
            }
        }
    }

    /// The next page.
    pub(crate) fn next(&self, carry: C) -> Self {
        Self { no: self.no.saturating_add(1), size: self.size, carry }
    }

    /// The same place with smaller pages.
    pub(crate) fn smaller(&self) -> Option<Self> {
        let size = smaller_size(self.size)?;
        let no = (self.no - 1).checked_mul(self.size / size)?.checked_add(1)?;
        Some(Self { no, size, carry: self.carry.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(no: u32, size: u32) -> Cursor<()> {
        Cursor { no, size, carry: () }
    }

    #[test]
    fn a_token_is_read_back_and_a_strange_one_is_refused() {
        let next = cursor(1, 1000).next(());
        assert_eq!(Cursor::<()>::read(&next.page(), 7).unwrap(), cursor(2, 1000));
        assert_eq!(Cursor::<()>::read(&Page::first(), 7).unwrap(), cursor(1, 7));
        for bad in ["2", "{}", "{\"no\":0,\"size\":5,\"carry\":null}", "x"] {
            assert!(Cursor::<()>::read(&Page(bad.to_owned()), 7).is_err(), "{bad}");
        }
    }

    #[test]
    fn pages_end_where_the_rows_end() {
        assert_eq!(cursor(1, 100).turn(100, 250), Ok(Turn::More));
        assert_eq!(cursor(3, 100).turn(50, 250), Ok(Turn::End));
        assert_eq!(cursor(2, 100).turn(100, 200), Ok(Turn::End));
        assert_eq!(cursor(1, 100).turn(0, 0), Ok(Turn::End));
        assert_eq!(cursor(1, 100).turn(100, 0), Ok(Turn::More), "a full page without a count may not be the last");
        assert_eq!(cursor(1, 100).turn(400, 400), Ok(Turn::End), "a server that ignores the size has said all");
    }

    /// `contracts/peoplevox.md §2.4`: an empty detail at 1000 rows a page although the call succeeded.
    #[test]
    fn rows_that_were_promised_and_did_not_come_are_asked_for_in_smaller_pages() {
        let mut at = cursor(3, 1000);
        let mut sizes = Vec::new();
        while at.turn(0, 2500) == Ok(Turn::Smaller) {
            let smaller = at.smaller().unwrap();
            assert_eq!((smaller.no - 1) * smaller.size, 2000, "the same row");
            sizes.push(smaller.size);
            at = smaller;
        }
        assert_eq!(sizes, [500, 250, 125, 25, 5]);
        assert!(matches!(at.turn(0, 2500), Err(Failure::Retry(_))));
        assert_eq!(at.turn(3, 2500), Ok(Turn::EndShort));
        assert_eq!(cursor(1, 1000).turn(500, 2500), Ok(Turn::Smaller), "a silent cap loses nothing");
    }

    #[test]
    fn a_read_that_has_to_be_whole_never_ends_short() {
        assert!(matches!(cursor(1, 5).whole_turn(3, 2500), Err(Failure::Retry(text)) if text.contains("2500")));
        assert_eq!(cursor(1, 5).whole_turn(3, 3), Ok(Turn::End));
        assert_eq!(cursor(1, 5).whole_turn(5, 6), Ok(Turn::More));
    }

    #[test]
    fn a_page_size_is_known_to_divide_down_before_it_is_used() {
        for good in [1000, 500, 250, 200, 100, 50, 20, 10, 7, 5] {
            assert!(divides_down(good), "{good}");
        }
        for bad in [997, 999, 11, 22, 46, 13] {
            assert!(!divides_down(bad), "{bad}");
        }
    }
}
