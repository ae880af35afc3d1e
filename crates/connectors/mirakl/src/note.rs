//! What one stage leaves for the next: a small JSON object that the engine keeps.

use crossdock_connector::{Outcome, RejectCode, Rejection, Stage, Step};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::document::Doc;

/// The remote's words when it refused a write that may nevertheless have been done before.
pub(crate) const REFUSED: &str = "refused";
/// When a look first spoke against the operation.
const AGAINST: &str = "against_since";
/// How often a read-back has waited already.
const TRIES: &str = "tries";

/// Read-backs may lag behind writes; ten minutes is what the reliability paper assumes at most.
const READ_BACK_TRIES: i64 = 10;
/// The wait between two looks at the same thing: OR11's own window, and what two agreeing reads have to be apart (R7).
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(60);

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

/// The note as it goes into a write: what earlier looks held against it belongs to the past.
pub(crate) fn cleared(note: &Value) -> Value {
    [REFUSED, AGAINST, TRIES].iter().fold(note.clone(), |note, key| without(&note, key))
}

/// A text in a note.
pub(crate) fn text(note: &Value, key: &str) -> Option<String> {
    Doc::of(note).filled(key)
}

/// A count in a note, 0 when it is not there.
pub(crate) fn count(note: &Value, key: &str) -> i64 {
    Doc::of(note).count(key).ok().flatten().unwrap_or(0)
}

/// On to the next stage at once.
pub(crate) fn next(stage: Stage, note: Value) -> Outcome {
    Outcome::Next { stage, after: SignedDuration::ZERO, note }
}

/// A read-back that does not show the write yet: look again in a minute, give up after ten.
pub(crate) fn look_again(step: &Step<'_>, stage: Stage, still: &str) -> Outcome {
    wait_for(
        step,
        stage,
        Rejection::new(
            RejectCode::Mismatch,
            format!("the channel confirmed the call, but {still} after {READ_BACK_TRIES} looks"),
        ),
    )
}

/// A look at a word that this version does not know. It may be gone with the next look, so it is believed after ten.
pub(crate) fn unknown_word(step: &Step<'_>, what: &str) -> Outcome {
    let rejection = Rejection::new(RejectCode::WrongState, format!("{what}, which is not known"));
    wait_for(step, step.stage.clone(), rejection)
}

fn wait_for(step: &Step<'_>, stage: Stage, otherwise: Rejection) -> Outcome {
    let tries = count(step.note, TRIES) + 1;
    if tries > READ_BACK_TRIES {
        return Outcome::Rejected(otherwise);
    }
    Outcome::Next { stage, after: LOOK_AGAIN_AFTER, note: with(step.note, TRIES, tries) }
}

/// A write that the remote refused: it may be that an earlier, lost call had done it already, so the look decides.
pub(crate) fn look_because_refused(step: &Step<'_>, look: Stage, said: &str) -> Outcome {
    next(look, with(&cleared(step.note), REFUSED, said))
}

/// A look that speaks against the operation. What is read may be minutes old, so one look is not believed: a second one,
/// at least a minute later, has to agree (R7). `stage` and `note` are those of the second look.
pub(crate) fn believe_twice(stage: &Stage, note: &Value, at: Timestamp, rejection: Rejection) -> Outcome {
    let again = |after, note| Outcome::Next { stage: stage.clone(), after, note };
    let Some(first) = text(note, AGAINST).and_then(|text| text.parse::<Timestamp>().ok()) else {
        return again(LOOK_AGAIN_AFTER, with(note, AGAINST, at.to_string()));
    };
    let still = LOOK_AGAIN_AFTER - at.duration_since(first);
    if still.is_positive() {
        // A clock that was set back must not make it wait for ever.
        return again(still.min(LOOK_AGAIN_AFTER), note.clone());
    }
    Outcome::Rejected(rejection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn second_look(note: &Value, second: i64) -> Outcome {
        believe_twice(&Stage::new("look"), note, at(second), Rejection::new(RejectCode::NotFound, "gone"))
    }

    #[test]
    fn a_look_against_an_operation_is_believed_when_a_second_one_agrees_a_minute_later() {
        let Outcome::Next { stage, after, note } = second_look(&Value::Null, 0) else { panic!("believed at once") };
        assert_eq!((stage.as_str(), after.as_secs()), ("look", 60));
        assert!(matches!(second_look(&note, 59), Outcome::Next { after, .. } if after.as_secs() == 1));
        assert!(matches!(second_look(&note, 60), Outcome::Rejected(_)));
        // What was held against it before is forgotten once something was written.
        assert!(matches!(second_look(&cleared(&note), 60), Outcome::Next { .. }));
    }
}
