//! Publishing stock: upload a file (STO01), watch it (STO02), bring home its errors (STO03)
//! (`contracts/john-lewis.md §2.5`).
//!
//! OF24 is never used: it resets every field that it is not given. A file holds absolute figures, so uploading it again
//! does no harm. A file that was read with errors in some lines is *done*: the good lines are published, and the bad
//! ones are in the evidence, by SKU.

use crossdock_connector::{
    Call, Evidence, Failure, Operation, Outcome, RejectCode, Rejection, Repeat, Reply, Stage, StageKind, Step,
    StockLine,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::stock_report::{LineError, Report};
use super::{all, misplaced, stock_file, stock_report};
use crate::document::Doc;
use crate::note;
use crate::request::{Caller, Purpose, cannot, get, post, segment};
use crate::verdict::{Verdict, json as body_of, short};
use crate::windows::{STO01, STO02, STO03};

/// STO01.
pub(crate) const UPLOAD: Stage = Stage::new("upload");
/// STO02.
pub(crate) const STATUS: Stage = Stage::new("status");
/// STO03.
pub(crate) const REPORT: Stage = Stage::new("report");

/// Note: Mirakl's id of the import.
const IMPORT: &str = "import_id";
/// Note: when it was uploaded.
const SINCE: &str = "since";
/// Note: lines that the status counted as bad.
const BAD: &str = "lines_in_error";

/// Between two looks at the status: its published maximum.
const STATUS_WAIT: SignedDuration = SignedDuration::from_secs(15);
/// An import that has not ended by then is given up; the next figures are due anyway (F19).
const DEADLINE: SignedDuration = SignedDuration::from_mins(20);

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    if *stage == UPLOAD { StageKind::Write(Repeat::Harmless) } else { StageKind::Look }
}

fn lines_of<'a>(step: &Step<'a>) -> Option<&'a [StockLine]> {
    match step.operation {
        Operation::SetStock { lines } => Some(lines),
        _ => None,
    }
}

pub(crate) fn plan(caller: &Caller, steps: &[Step<'_>], stage: &Stage) -> Result<Call, Rejection> {
    let [step] = steps else {
        return Err(cannot("a stock file is one operation a call"));
    };
    if *stage == UPLOAD {
        let lines = lines_of(step).ok_or_else(|| cannot("this is not a stock publication"))?;
        let file = stock_file::multipart(step.effect, lines)?;
        let request = post("/api/offers/stock/imports").header("content-type", file.content_type);
        return caller.finish(request, file.body, Purpose { window: STO01, label: "STO01 stock file" });
    }
    let import = note::text(step.note, IMPORT).ok_or_else(|| cannot("the import's id was not noted"))?;
    let path = format!("/api/offers/stock/imports/{}", segment(&import)?);
    if *stage == STATUS {
        caller.get(get(format!("{path}/status")), Purpose { window: STO02, label: "STO02 stock status" })
    } else {
        caller.get(get(format!("{path}/error_report")), Purpose { window: STO03, label: "STO03 stock errors" })
    }
}

pub(crate) fn interpret(steps: &[Step<'_>], stage: &Stage, reply: &Reply) -> Vec<Outcome> {
    let one = |step: &Step<'_>| {
        if *stage == UPLOAD {
            uploaded(reply)
        } else if *stage == STATUS {
            status(step, reply)
        } else {
            report(step, reply)
        }
    };
    match steps {
        [step] => vec![one(step)],
        // Never planned that way; whatever came cannot be told apart.
        _ => all(steps, &Outcome::Unknown("several stock files in one call".to_owned())),
    }
}

fn uploaded(reply: &Reply) -> Outcome {
    if let Err(outcome) = Verdict::of(reply).for_write() {
        return outcome;
    }
    let body = match body_of(reply) {
        Ok(body) => body,
        Err(text) => return Outcome::Unknown(text),
    };
    match Doc::of(&body).filled(IMPORT) {
        Some(import) => Outcome::Next {
            stage: STATUS,
            after: STATUS_WAIT,
            note: json!({ IMPORT: import, SINCE: reply.at.to_string() }),
        },
        None => Outcome::Unknown("the upload was answered without an import id".to_owned()),
    }
}

fn status(step: &Step<'_>, reply: &Reply) -> Outcome {
    let verdict = Verdict::of(reply);
    // A status that is not there yet is as good as one that waits: the deadline decides.
    if matches!(&verdict, Verdict::Refused(refusal) if refusal.code == RejectCode::NotFound) {
        return wait(step, reply.at, "unknown to the channel");
    }
    if let Err(outcome) = verdict.for_look() {
        return outcome;
    }
    let body = match body_of(reply) {
        Ok(body) => body,
        Err(text) => return Outcome::NotDone(Failure::Retry(text)),
    };
    let doc = Doc::of(&body);
    let state = short(&doc.word("status"));
    // A count that cannot be read is no proof that nothing went wrong.
    let (good, bad) = match (doc.count("lines_in_success"), doc.count(BAD)) {
        (Ok(good), Ok(bad)) => (good, bad.unwrap_or(0)),
        _ => return Outcome::NotDone(Failure::Retry("the import's counts cannot be read".to_owned())),
    };
    match state.as_str() {
        "COMPLETE" if bad > 0 || doc.flag("has_error_report") == Some(true) => {
            note::next(REPORT, note::with(step.note, BAD, bad))
        }
        "COMPLETE" => complete(step, good),
        "FAILED" => Outcome::Rejected(Rejection::new(
            RejectCode::RefusedByRemote,
            format!("the channel could not read stock file {}", note::text(step.note, IMPORT).unwrap_or_default()),
        )),
        // WAITING, RUNNING and any word that a later version of the platform may add before the end.
        _ => wait(step, reply.at, &state),
    }
}

/// Read without errors. Fewer lines than sent are told, not judged: the next read of the offers shows what is published.
fn complete(step: &Step<'_>, good: Option<i64>) -> Outcome {
    let sent = lines_of(step).unwrap_or_default().iter().filter(|line| stock_file::writable(line)).count();
    let sent = i64::try_from(sent).unwrap_or(i64::MAX);
    let missing = good.map_or(0, |good| (sent - good).max(0));
    let fewer = if missing > 0 { format!(", but the channel counted {missing} fewer") } else { String::new() };
    let facts = json!({ "lines_in_success": good, "lines_unaccounted": missing });
    done(step, format!("stock file of {sent} lines read without errors{fewer}"), facts, Report::default())
}

/// Closes the operation: the report's errors, and before them the lines that never went out.
fn done(step: &Step<'_>, summary: String, mut facts: Value, report: Report) -> Outcome {
    let left_behind = lines_of(step).unwrap_or_default().iter().filter(|line| !stock_file::writable(line));
    let mut errors: Vec<LineError> = left_behind.map(LineError::unwritable).collect();
    let summary = match errors.len() {
        0 => summary,
        some => format!("{summary}; {some} lines could not be written"),
    };
    errors.extend(report.errors);
    if let Some(map) = facts.as_object_mut() {
        map.insert(IMPORT.to_owned(), json!(note::text(step.note, IMPORT)));
        map.insert("errors".to_owned(), json!(errors));
        map.insert("errors_left_out".to_owned(), json!(report.left_out));
    }
    Outcome::Done(Evidence { summary, facts })
}

fn wait(step: &Step<'_>, now: Timestamp, state: &str) -> Outcome {
    let since = note::text(step.note, SINCE).and_then(|text| text.parse::<Timestamp>().ok());
    match since {
        Some(since) if now.duration_since(since) > DEADLINE => Outcome::Rejected(Rejection::new(
            RejectCode::RefusedByRemote,
            format!("the stock file was still `{state}` {} minutes after its upload", DEADLINE.as_mins()),
        )),
        Some(_) => Outcome::Next { stage: STATUS, after: STATUS_WAIT, note: step.note.clone() },
        // A note without its moment starts the clock now rather than never.
        None => {
            Outcome::Next { stage: STATUS, after: STATUS_WAIT, note: note::with(step.note, SINCE, now.to_string()) }
        }
    }
}

fn report(step: &Step<'_>, reply: &Reply) -> Outcome {
    let Some(lines) = lines_of(step) else {
        return misplaced(step);
    };
    let counted = Doc::of(step.note).count(BAD).ok().flatten().unwrap_or(0);
    let verdict = Verdict::of(reply);
    if matches!(verdict, Verdict::Refused(_)) {
        let summary = format!("stock file read; {counted} lines were refused, but their report is not there");
        return done(step, summary, json!({ BAD: counted }), Report::default());
    }
    if let Err(outcome) = verdict.for_look() {
        return outcome;
    }
    match stock_report::read(reply, lines) {
        Ok(report) => {
            let refused = counted.max(i64::try_from(report.total).unwrap_or(i64::MAX));
            let summary = format!("stock file read; {refused} of {} lines were refused", lines.len());
            done(step, summary, json!({ BAD: refused }), report)
        }
        Err(text) => Outcome::NotDone(Failure::Retry(text)),
    }
}
