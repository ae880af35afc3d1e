//! Creating a sales order: what a reading of its header or its lines means for it, and what comes next.
//!
//! Three rules stand above the rest. Nothing is written to an order that is being picked, has left or is cancelled. No
//! order is reported as created while it is held. What differs from the draft is read again for some minutes before it is
//! held against the order, since an import may be queued.

use crossdock_connector::{Evidence, Failure, Outcome, RejectCode, Rejection, Session, Stage};
use crossdock_model::OrderDraft;
use crossdock_planted::{self as planted, Bug};
use jiff::SignedDuration;
use serde_json::json;

use crate::config::Config;
use crate::order_compare::{self, HeaderSeen, LinesSeen, Progress, has_left, progress};
use crate::order_note::Note;
use crate::order_stage::What;
use crate::tables::Rows;
use crate::templates::{Columns, ORDER_ITEMS, SALES_ORDERS, holds_orders};

/// How long to wait before each further read-back, in seconds. After the last one the difference stands.
const READ_AGAIN_AFTER: [i64; 5] = [15, 30, 60, 120, 240];
/// Lines that may be under way are missing only when two looks so far apart agree (rule R7).
const AGREE_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// The longest that a doubled import is waited for.
const LONGEST_QUEUE: SignedDuration = SignedDuration::from_mins(15);
/// A write whose reading has grown old so often, without its turn having come, waits like any failed call.
const MOST_RELOOKS: u64 = 5;

/// One order, and the rows of a look.
pub(crate) struct Case<'a> {
    pub(crate) config: &'a Config,
    pub(crate) session: &'a Session,
    /// The columns of the template of headers, where they are known.
    pub(crate) columns: Option<&'a Columns>,
    pub(crate) rows: &'a Rows,
    /// The stage under its own name, size included.
    pub(crate) stage: &'a Stage,
    pub(crate) draft: &'a OrderDraft,
    pub(crate) note: Note,
}

impl Case<'_> {
    /// What comes of a look that was made at a stage.
    pub(crate) fn decide(self, what: What) -> Outcome {
        let number = &self.draft.number;
        match what {
            What::LookLines => return self.after_look_lines(),
            What::ReadLines => return self.after_read_lines(),
            _ => {}
        }
        let mut found = order_compare::headers(self.config, self.rows, self.draft);
        // After our own write a strange reference is a difference like any other; before it, it is somebody's order.
        let before = matches!(what, What::Look | What::PutHeader | What::PutLines);
        let foreign = before && found.iter().any(|header| header.foreign);
        if foreign || found.len() > 1 || found.iter().any(|header| header.number != *number) {
            return refuse(
                RejectCode::Conflict,
                format!(
                    "Peoplevox already has an order {number} that is not this one: its reference or its spelling differs"
                ),
            );
        }
        let found = found.pop();
        match what {
            What::Look | What::PutHeader => self.after_look(what, found),
            What::PutLines => self.before_lines(found),
            What::ReadHeader => self.after_read_header(found),
            What::Release => self.before_release(found),
            _ => self.after_confirm(found),
        }
    }

    fn after_look(mut self, what: What, found: Option<HeaderSeen>) -> Outcome {
        if let Some(header) = found {
            self.note.missing = None;
            // Whoever wrote it: a release that was not needed does no harm, one that is missing leaves it lying there.
            self.note.unallocated |= self.config.hold_with_action;
            let now = self.session.now;
            return go_on(What::LookLines, self.note.seen(&header, now));
        }
        let Some(columns) = self.columns.filter(|_| Columns::known(self.session, ORDER_ITEMS).is_some()) else {
            // The write that follows needs the tenant's columns; without them it would be refused for good.
            let why = "the tenant's columns are not known yet; the health probe reads them";
            return Outcome::NotDone(Failure::Retry(why.to_owned()));
        };
        // Peoplevox took the header once, so it may stand in a queue, and its lines behind it. Only when it stays away for
        // as long as a read-back would be repeated is it taken for lost.
        if what == What::Look
            && self.note.lines_sent == Some(true)
            && let Some(again) = self.again()
        {
            return again;
        }
        // What is meant is noted before it is written: the reply may be lost, and the template may change meanwhile.
        let held = self.note.held_by_us == Some(true) || holds_orders(self.config, columns);
        let note = Note {
            held_by_us: Some(held),
            unallocated: self.note.unallocated || self.config.hold_with_action,
            lines_sent: Some(self.note.lines_sent == Some(true)),
            lines_due_at: self.note.lines_due_at,
            resent: self.note.lines_sent == Some(true),
            read_at: Some(self.session.now),
            // The engine looks a second time before it believes this; then nothing is waited for again.
            rereads: self.note.rereads,
            relooks: self.note.relooks,
            ..Note::default()
        };
        match what {
            What::Look => Outcome::Absent { stage: What::PutHeader.stage(), note: note.write() },
            _ => write_now(What::PutHeader, note),
        }
    }

    fn after_look_lines(self) -> Outcome {
        let lines = order_compare::lines(self.config, self.rows, self.draft);
        let number = &self.draft.number;
        match progress(self.note.status.as_deref()) {
            Progress::Open | Progress::NotShown if lines.equal() => go_on(What::ReadHeader, self.note),
            Progress::Open if lines.can_be_completed() => self.complete(lines),
            Progress::NotShown if lines.can_be_completed() => refuse(
                RejectCode::WrongState,
                format!(
                    "order {number} is in Peoplevox and not whole ({}); the template \"{SALES_ORDERS}\" shows no Status, so \
                     it may be being picked and nothing is added to it",
                    lines.sentence()
                ),
            ),
            Progress::Open | Progress::NotShown => refuse(
                RejectCode::Conflict,
                format!("order {number} is in Peoplevox with other lines ({})", lines.sentence()),
            ),
            _ if lines.equal() => self.beyond_reach("already there"),
            _ => self.beyond_and_short(&lines),
        }
    }

    /// Some lines are missing. Unless it is certain that none is under way, a second look has to agree before they are
    /// sent: Peoplevox may queue an import, and may add a line that comes twice as a second one.
    fn complete(mut self, lines: LinesSeen) -> Outcome {
        let agreed = self.note.lines_sent == Some(false) || self.note.missing.as_ref() == Some(&lines.missing);
        self.note.missing = Some(lines.missing);
        if agreed {
            self.note.resent |= self.note.lines_sent != Some(false);
            self.note.lines_sent = Some(true);
            self.note.lines_due_at.get_or_insert(self.session.now);
            return go_on(What::PutLines, self.note);
        }
        Outcome::Next { stage: self.stage.clone(), after: AGREE_AFTER, note: self.note.write() }
    }

    /// The write of lines looked at the header first.
    fn before_lines(mut self, found: Option<HeaderSeen>) -> Outcome {
        let number = &self.draft.number;
        let Some(header) = found else {
            let reason = format!("order {number} was there and is gone from Peoplevox");
            return self.read_again(RejectCode::Mismatch, reason);
        };
        // It was this stage's turn, so the lines have not left yet, unless an earlier look had missed some of them.
        if self.note.missing.is_none() {
            self.note.lines_sent = Some(false);
        }
        let now = self.session.now;
        write_now(What::LookLines, self.note.seen(&header, now))
    }

    fn after_read_header(self, found: Option<HeaderSeen>) -> Outcome {
        let number = &self.draft.number;
        let Some(header) = found else {
            let reason = format!("Peoplevox accepted order {number} and does not have it");
            return self.read_again(RejectCode::Mismatch, reason);
        };
        if progress(header.status.as_deref()) == Progress::Cancelled {
            return cancelled(number);
        }
        if !header.different.is_empty() {
            let reason = other_contents(number, &header.different);
            return self.read_again(RejectCode::Mismatch, reason);
        }
        let now = self.session.now;
        go_on(What::ReadLines, self.note.seen(&header, now))
    }

    fn after_read_lines(self) -> Outcome {
        let lines = order_compare::lines(self.config, self.rows, self.draft);
        let number = &self.draft.number;
        let beyond = progress(self.note.status.as_deref()) == Progress::Beyond;
        if !lines.equal() && !planted::on(Bug::SkipReadBack) {
            let reason = format!("Peoplevox does not hold order {number} as it was sent ({})", lines.sentence());
            let code = match (beyond, lines.extra.is_empty()) {
                (true, _) => RejectCode::WrongState,
                (false, true) => RejectCode::Mismatch,
                (false, false) => RejectCode::Conflict,
            };
            return self.read_again(code, reason);
        }
        if beyond {
            return self.beyond_reach("created and read back");
        }
        if self.note.resent {
            return self.settle();
        }
        let column = self.columns.is_some_and(|columns| columns.has(self.config, "OnHold"));
        let holds = self.columns.is_some_and(|columns| holds_orders(self.config, columns));
        if self.note.is_held() && !column {
            let reason = format!(
                "order {number} is whole and on hold in Peoplevox, but the template \"{SALES_ORDERS}\" has lost the column \
                 OnHold to release it with"
            );
            return self.read_again(RejectCode::Mismatch, reason);
        }
        if self.note.is_held() || self.note.unallocated || (holds && self.note.on_hold.is_none()) {
            return go_on(What::Release, self.note);
        }
        let summary = format!("created and read back: {} lines, not held", self.draft.lines.len());
        self.done(summary)
    }

    /// The lines are whole, but some were sent twice. If both are imported, the second copy is as late behind the second
    /// write as the first was behind the first; so they are looked at once more when that time is over.
    fn settle(mut self) -> Outcome {
        let since = self.note.lines_due_at.map_or(LONGEST_QUEUE, |at| self.session.now.duration_since(at));
        self.note.resent = false;
        Outcome::Next {
            stage: self.stage.clone(),
            after: since.clamp(AGREE_AFTER, LONGEST_QUEUE),
            note: Note { rereads: 0, ..self.note }.write(),
        }
    }

    /// The release looked at the header first.
    fn before_release(mut self, found: Option<HeaderSeen>) -> Outcome {
        let number = &self.draft.number;
        let Some(header) = found else {
            let reason = format!("order {number} was there and is gone from Peoplevox");
            return self.read_again(RejectCode::Mismatch, reason);
        };
        let now = self.session.now;
        self.note = self.note.seen(&header, now);
        match progress(header.status.as_deref()) {
            Progress::Cancelled => cancelled(number),
            Progress::Beyond => self.beyond_reach("created, read back and released in Peoplevox"),
            _ if !header.different.is_empty() => go_on(What::ReadHeader, self.note),
            // Somebody was faster, and there is nothing else to release.
            _ if header.on_hold == Some(false) && !self.note.unallocated => go_on(What::Confirm, self.note),
            _ => write_now(What::Release, self.note),
        }
    }

    fn after_confirm(self, found: Option<HeaderSeen>) -> Outcome {
        let number = &self.draft.number;
        let Some(header) = found else {
            let reason = format!("order {number} was there and is gone from Peoplevox");
            return self.read_again(RejectCode::Mismatch, reason);
        };
        if progress(header.status.as_deref()) == Progress::Cancelled {
            return cancelled(number);
        }
        if header.foreign {
            // The release is an upsert: of an order that was deleted a moment before, it makes an empty one.
            let reason = format!(
                "order {number} was deleted in Peoplevox while it was being released, and stands there empty now: delete it \
                 there once more, and check it again here if it is still wanted"
            );
            return self.read_again(RejectCode::Conflict, reason);
        }
        // Without the column, and without a hold that anybody knows of, only the Action held it.
        let holds = self.columns.is_some_and(|columns| holds_orders(self.config, columns));
        let hidden = header.on_hold.is_none() && (self.note.is_held() || holds);
        if header.on_hold == Some(true) || hidden {
            let reason = format!("Peoplevox accepted the release of order {number} and still holds it");
            return self.read_again(RejectCode::Mismatch, reason);
        }
        let now = self.session.now;
        let summary = format!("created and read back: {} lines, released", self.draft.lines.len());
        Self { note: self.note.clone().seen(&header, now), ..self }.done(summary)
    }

    /// The order is whole, and beyond everything that the hub may do to it.
    fn beyond_reach(self, how: &str) -> Outcome {
        let number = &self.draft.number;
        let status = self.note.status.as_deref();
        if progress(status) == Progress::Cancelled {
            let summary = format!(
                "{how} with all {} lines, status {}, but it is cancelled",
                self.draft.lines.len(),
                shown(status)
            );
            return self.done(summary);
        }
        if self.note.is_held() && !has_left(status) {
            return refuse(
                RejectCode::WrongState,
                format!(
                    "order {number} is whole and on hold in Peoplevox with status {}; the hub writes nothing to it there, so \
                     release it by hand",
                    shown(status)
                ),
            );
        }
        if !self.note.different.is_empty() {
            return refuse(RejectCode::Mismatch, other_contents(number, &self.note.different));
        }
        let summary = format!("{how} with all {} lines, status {}", self.draft.lines.len(), shown(status));
        self.done(summary)
    }

    fn beyond_and_short(&self, lines: &LinesSeen) -> Outcome {
        let (number, status) = (&self.draft.number, shown(self.note.status.as_deref()));
        let what = lines.sentence();
        refuse(
            RejectCode::WrongState,
            format!("order {number} is in Peoplevox with status {status} and not whole ({what})"),
        )
    }

    /// Reads the same again after a while; when that was done often enough, the finding is final.
    fn read_again(&self, code: RejectCode, reason: String) -> Outcome {
        self.again().unwrap_or_else(|| refuse(code, reason))
    }

    /// The same look after a while, unless that was done often enough.
    fn again(&self) -> Option<Outcome> {
        let seconds = READ_AGAIN_AFTER.get(usize::try_from(self.note.rereads).ok()?)?;
        let note = Note { rereads: self.note.rereads + 1, ..self.note.clone() };
        let after = SignedDuration::from_secs(*seconds);
        Some(Outcome::Next { stage: self.stage.clone(), after, note: note.write() })
    }

    fn done(self, summary: String) -> Outcome {
        let status = self.note.status.as_deref();
        Outcome::Done(Evidence {
            summary,
            facts: json!({
                "order": self.draft.number,
                "status": status.unwrap_or(""),
                "on_hold": self.note.on_hold,
                "cancelled": progress(status) == Progress::Cancelled,
                "lines": self.draft.lines.len(),
            }),
        })
    }
}

/// The next stage at once, and a fresh count of repetitions.
pub(crate) fn go_on(what: What, note: Note) -> Outcome {
    let note = Note { rereads: 0, ..note };
    Outcome::Next { stage: what.stage(), after: SignedDuration::ZERO, note: note.write() }
}

/// Goes on to a write that had to look first, as long as its turn comes in time.
fn write_now(what: What, mut note: Note) -> Outcome {
    note.relooks += 1;
    if note.relooks > MOST_RELOOKS { too_slow() } else { go_on(what, note) }
}

fn refuse(code: RejectCode, detail: String) -> Outcome {
    Outcome::Rejected(Rejection::new(code, detail))
}

fn cancelled(number: &str) -> Outcome {
    refuse(RejectCode::WrongState, format!("order {number} was cancelled in Peoplevox while it was being created"))
}

fn other_contents(number: &str, columns: &[String]) -> String {
    format!("Peoplevox holds order {number} with other contents in: {}", columns.join(", "))
}

fn too_slow() -> Outcome {
    let why = "the turn to write comes so late that the reading before it is always too old";
    Outcome::NotDone(Failure::Retry(why.to_owned()))
}

fn shown(status: Option<&str>) -> &str {
    status.unwrap_or("(not shown)")
}
