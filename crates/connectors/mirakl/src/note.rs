//! What one stage leaves for the next: a small JSON object that the engine keeps.

use crossdock_connector::{Outcome, RejectCode, Rejection, Stage, Step};
use jiff::SignedDuration;
use serde_json::{Map, Value};

use crate::document::Doc;

/// The remote's words when it refused a write that may nevertheless have been done before.
pub(crate) const REFUSED: &str = "refused";
/// How often a read-back has waited already.
const TRIES: &str = "tries";

/// Read-backs may lag behind writes; ten minutes is what the reliability paper assumes at most.
const READ_BACK_TRIES: i64 = 10;
/// The wait between two read-backs: OR11's own window.
const READ_BACK_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// The note with one more entry.
pub(crate) fn with(note: &Value, key: &str, value: impl Into<Value>) -> Value {
    let mut map = note.as_object().cloned().unwrap_or_default();
    map.insert(key.to_owned(), value.into());
    Value::Object(map)
}

/// The note with one entry less.
pub(crate) fn without(note: &Value, key: &str) -> Value {
    let mut map: Map<String, Value> = note.as_object().cloned().unwrap_or_default();
    map.shift_remove(key);
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

/// A text in a note.
pub(crate) fn text(note: &Value, key: &str) -> Option<String> {
    Doc::of(note).filled(key)
}

/// On to the next stage at once.
pub(crate) fn next(stage: Stage, note: Value) -> Outcome {
    Outcome::Next { stage, after: SignedDuration::ZERO, note }
}

/// A read-back that does not show the write yet: look again in a minute, give up after ten.
pub(crate) fn look_again(step: &Step<'_>, stage: Stage, still: &str) -> Outcome {
    let tries = Doc::of(step.note).count(TRIES).ok().flatten().unwrap_or(0) + 1;
    if tries > READ_BACK_TRIES {
        return Outcome::Rejected(Rejection::new(
            RejectCode::Mismatch,
            format!("the channel confirmed the call, but {still} after {READ_BACK_TRIES} looks"),
        ));
    }
    Outcome::Next { stage, after: READ_BACK_WAIT, note: with(step.note, TRIES, tries) }
}

/// A write that the remote refused: it may be that an earlier, lost call had done it already, so the look decides.
pub(crate) fn look_because_refused(step: &Step<'_>, look: Stage, said: &str) -> Outcome {
    next(look, with(step.note, REFUSED, said))
}
