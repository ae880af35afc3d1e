//! What the stages of an order tell one another. The engine keeps it with the order, so that a restart forgets nothing.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::order_compare::HeaderSeen;
use crate::values::excerpt;

/// A reading of a header may be written upon for so long, and for as long as twenty calls take at the published rate:
/// what lies between a look and the write that it allows is a handful of them.
const READING_IS_GOOD_FOR: SignedDuration = SignedDuration::from_secs(60);
const CALLS_BETWEEN: i64 = 20;

/// The note of one order. Every field may be missing: at the start, and in a note of another version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Note {
    /// The status that Peoplevox last showed; `None` when it showed none.
    pub(crate) status: Option<String>,
    /// Whether it last showed the order on hold; `None` when it did not say.
    pub(crate) on_hold: Option<bool>,
    /// The columns in which its header differed from the draft.
    pub(crate) different: Vec<String>,
    /// When that was.
    pub(crate) read_at: Option<Timestamp>,
    /// Whether the hub has put the order on hold, or means to with the write that comes next. Remembered because the
    /// column that shows it may be taken out of the template while the order is held.
    pub(crate) held_by_us: Option<bool>,
    /// Whether something was written, or will be, with the Action that allocates no stock.
    pub(crate) unallocated: bool,
    /// Whether lines may be under way: the write of them was due.
    pub(crate) lines_sent: Option<bool>,
    /// When lines were due for the first time.
    pub(crate) lines_due_at: Option<Timestamp>,
    /// Whether lines were sent again that may have been under way already.
    pub(crate) resent: bool,
    /// Item codes of the lines that a look has missed; `None` when all lines are to be written.
    pub(crate) missing: Option<Vec<String>>,
    /// How often the same was read again in the hope of something else.
    pub(crate) rereads: u64,
    /// How often a write looked again instead, because its reading had grown old.
    pub(crate) relooks: u64,
}

impl Note {
    /// Reads a note. What cannot be read counts as not noted.
    pub(crate) fn read(note: &Value) -> Self {
        let text = |name: &str| note.get(name).and_then(Value::as_str);
        let flag = |name: &str| note.get(name).and_then(Value::as_bool);
        let count = |name: &str| note.get(name).and_then(Value::as_u64).unwrap_or(0);
        let moment = |name: &str| text(name).and_then(|text| text.parse().ok());
        let list = |name: &str| {
            let list = note.get(name)?.as_array()?;
            list.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        Self {
            status: text("status").map(str::to_owned),
            on_hold: flag("on_hold"),
            different: list("different").unwrap_or_default(),
            read_at: moment("read_at"),
            held_by_us: flag("held_by_us"),
            unallocated: flag("unallocated").unwrap_or(false),
            lines_sent: flag("lines_sent"),
            lines_due_at: moment("lines_due_at"),
            resent: flag("resent").unwrap_or(false),
            missing: list("missing"),
            rereads: count("rereads"),
            relooks: count("relooks"),
        }
    }

    /// The note to keep; what says nothing is left out.
    pub(crate) fn write(&self) -> Value {
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| {
            let empty = value.as_array().is_some_and(Vec::is_empty) && name != "missing";
            if !(value.is_null()
                || empty
                || value == json!(0)
                || (value == json!(false) && matches!(name, "unallocated" | "resent")))
            {
                out.insert(name.to_owned(), value);
            }
        };
        put("status", json!(self.status));
        put("on_hold", json!(self.on_hold));
        put("different", json!(self.different));
        put("read_at", json!(self.read_at.map(|at| at.to_string())));
        put("held_by_us", json!(self.held_by_us));
        put("unallocated", json!(self.unallocated));
        put("lines_sent", json!(self.lines_sent));
        put("lines_due_at", json!(self.lines_due_at.map(|at| at.to_string())));
        put("resent", json!(self.resent));
        put("missing", json!(self.missing));
        put("rereads", json!(self.rereads));
        put("relooks", json!(self.relooks));
        Value::Object(out)
    }

    /// Notes what a header shows now.
    pub(crate) fn seen(mut self, header: &HeaderSeen, now: Timestamp) -> Self {
        self.status = header.status.as_deref().map(excerpt);
        self.on_hold = header.on_hold;
        self.different.clone_from(&header.different);
        self.read_at = Some(now);
        self
    }

    /// Whether the last reading is too old to be written upon. One of the future is no better.
    pub(crate) fn is_old(&self, config: &Config, now: Timestamp) -> bool {
        let calls = i64::from(config.per_seconds).saturating_mul(CALLS_BETWEEN) / i64::from(config.calls.max(1));
        let good_for = READING_IS_GOOD_FOR.saturating_add(SignedDuration::from_secs(calls));
        self.read_at.is_none_or(|at| at > now || now.duration_since(at) > good_for)
    }

    /// Whether the order is held as far as anybody knows, by us or by somebody at the warehouse.
    pub(crate) fn is_held(&self) -> bool {
        self.on_hold.unwrap_or(self.held_by_us == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_note_is_read_back_the_same() {
        let full = Note {
            status: Some("New".to_owned()),
            on_hold: Some(false),
            different: vec!["Email".to_owned()],
            read_at: Some(fixtures::now()),
            held_by_us: Some(true),
            unallocated: true,
            lines_sent: Some(false),
            lines_due_at: Some(fixtures::now()),
            resent: true,
            missing: Some(vec![]),
            rereads: 3,
            relooks: 1,
        };
        for note in [full, Note::default()] {
            assert_eq!(Note::read(&note.write()), note);
        }
        assert_eq!(Note::default().write(), json!({}));
    }

    #[test]
    fn a_strange_note_says_nothing() {
        for strange in [
            Value::Null,
            json!([1]),
            json!("x"),
            json!({"rereads": "x", "status": 5, "on_hold": "?", "read_at": "soon", "missing": [1], "different": "a"}),
        ] {
            assert_eq!(Note::read(&strange), Note::default(), "{strange}");
        }
    }

    #[test]
    fn a_reading_is_good_for_a_minute_and_twenty_calls() {
        let mut config = fixtures::config();
        let note = Note { read_at: Some(fixtures::now()), ..Note::default() };
        let old = |config: &Config, seconds| note.is_old(config, fixtures::now() + SignedDuration::from_secs(seconds));
        assert!(!old(&config, 0) && !old(&config, 80) && old(&config, 81) && old(&config, -1));
        (config.calls, config.per_seconds) = (1, 60);
        assert!(!old(&config, 1260) && old(&config, 1261), "a slow tenant must come to an end too");
        assert!(Note::default().is_old(&config, fixtures::now()));
    }

    #[test]
    fn what_is_shown_outweighs_what_is_remembered() {
        let held = |on_hold, held_by_us| Note { on_hold, held_by_us, ..Note::default() }.is_held();
        assert!(held(Some(true), None) && held(Some(true), Some(false)) && held(None, Some(true)));
        assert!(!held(Some(false), Some(true)) && !held(None, None) && !held(None, Some(false)));
    }
}
