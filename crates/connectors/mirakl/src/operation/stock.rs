//! Publishing stock: upload a file (STO01), watch it (STO02), bring home its errors (STO03)
//! (`contracts/john-lewis.md §2.5`).
//!
//! OF24 is never used: it resets every field that it is not given. A file holds absolute figures, so uploading it again
//! does no harm. A file that was read with errors in some lines is *done*: the good lines are published, and the bad
//! ones are in the evidence, by SKU.
//!
//! Two imports are never under way at once as long as that can be helped (F19): the status of the last one is asked for
//! until it has ended or until the patience of the settings is at its end, whatever its answers are. Only then is the file
//! a doubt, which the engine answers with the newest figures; if the old import is still in the queue by then, it comes
//! before the new one [I: imports of a shop run in the order in which they came], and the next read of the offers shows it
//! if not.

use crossdock_connector::{
    Call, Evidence, Failure, Operation, Outcome, RejectCode, Rejection, Repeat, Reply, Stage, StageKind, Step,
    StockLine,
};
use crossdock_planted::{self as planted, Bug};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::stock_report::LineError;
use super::{all, stock_file, stock_report};
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
/// Fact: how many lines may not have been taken without being among the named errors.
const UNNAMED: &str = "unnamed";
/// Note: lines that the status counted as bad.
const BAD: &str = "lines_in_error";

/// Between two looks at the status: its published maximum.
const STATUS_WAIT: SignedDuration = SignedDuration::from_secs(15);

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
        let purpose = Purpose { window: STO03, label: "STO03 stock errors" };
        caller.file(get(format!("{path}/error_report")), "text/csv, */*;q=0.1", purpose)
    }
}

pub(crate) fn interpret(steps: &[Step<'_>], stage: &Stage, reply: &Reply, patience: SignedDuration) -> Vec<Outcome> {
    let one = |step: &Step<'_>| {
        let watch = Watch { step, at: reply.at, patience };
        if *stage == UPLOAD {
            uploaded(reply)
        } else if *stage == STATUS {
            status(&watch, reply)
        } else {
            report(&watch, reply)
        }
    };
    match steps {
        [step] => vec![one(step)],
        // Never planned that way; whatever came cannot be told apart.
        _ => all(steps, &Outcome::Unknown("several stock files in one call".to_owned())),
    }
}

/// An import that is watched.
struct Watch<'a> {
    step: &'a Step<'a>,
    /// Now.
    at: Timestamp,
    /// How long it may take from its upload.
    patience: SignedDuration,
}

impl Watch<'_> {
    /// What came decides nothing: `otherwise`, as long as there is time. After that nobody knows what became of the file.
    fn undecided(&self, otherwise: Outcome, state: &str) -> Outcome {
        let since = note::text(self.step.note, SINCE).and_then(|text| text.parse::<Timestamp>().ok());
        let Some(since) = since else {
            // A note without its moment starts the clock now rather than never.
            return self.again(&note::with(self.step.note, SINCE, self.at.to_string()));
        };
        if self.at.duration_since(since) <= self.patience {
            return otherwise;
        }
        let minutes = self.patience.as_mins();
        Outcome::Unknown(short(&format!("{minutes} minutes after its upload the stock file was still `{state}`")))
    }

    /// The same question once more.
    fn again(&self, note: &Value) -> Outcome {
        Outcome::Next { stage: self.step.stage.clone(), after: STATUS_WAIT, note: note.clone() }
    }

    /// An answer that is none.
    fn unanswered(&self, text: &str) -> Outcome {
        self.undecided(Outcome::NotDone(Failure::Retry(text.to_owned())), text)
    }

    /// The body of an answer that has one. A refused key stops the connection, late or not.
    fn body(&self, verdict: Verdict) -> Result<(), Outcome> {
        match verdict.for_look() {
            Err(Outcome::NotDone(Failure::Retry(text))) => Err(self.unanswered(&text)),
            Err(wait @ Outcome::NotDone(Failure::Throttled(_))) => Err(self.undecided(wait, "not to be asked about")),
            other => other,
        }
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

fn status(watch: &Watch<'_>, reply: &Reply) -> Outcome {
    let verdict = Verdict::of(reply);
    let wait = |state: &str| watch.undecided(watch.again(watch.step.note), state);
    // A status that is not there yet is as good as one that waits: the patience decides.
    if matches!(&verdict, Verdict::Refused(refusal) if refusal.code == RejectCode::NotFound) {
        return wait("unknown to the channel");
    }
    if let Err(outcome) = watch.body(verdict) {
        return outcome;
    }
    let body = match body_of(reply) {
        Ok(body) => body,
        Err(text) => return watch.unanswered(&text),
    };
    let doc = Doc::of(&body);
    let state = short(&doc.word("status"));
    // A count that cannot be read is no proof that nothing went wrong.
    let (good, bad) = match (doc.count("lines_in_success"), doc.count(BAD)) {
        (Ok(good), Ok(bad)) => (good, bad.unwrap_or(0)),
        _ => return watch.unanswered("the import's counts cannot be read"),
    };
    match state.as_str() {
        "COMPLETE" if planted::on(Bug::ErrorsInFileIgnored) => complete(watch.step, good),
        "COMPLETE" if bad > 0 || doc.flag("has_error_report") == Some(true) => {
            note::next(REPORT, note::with(watch.step.note, BAD, bad))
        }
        "COMPLETE" => complete(watch.step, good),
        "FAILED" => Outcome::Rejected(Rejection::new(
            RejectCode::RefusedByRemote,
            format!(
                "the channel could not read stock file {}",
                note::text(watch.step.note, IMPORT).unwrap_or_default()
            ),
        )),
        // WAITING, RUNNING and any word that a later version of the platform may add before the end.
        _ => wait(&state),
    }
}

/// The lines that went out.
fn sent<'a>(step: &Step<'a>) -> Vec<&'a StockLine> {
    lines_of(step).unwrap_or_default().iter().filter(|line| stock_file::writable(line)).collect()
}

/// Read without errors. Lines that the channel does not account for are told: which ones they are nobody knows.
fn complete(step: &Step<'_>, good: Option<i64>) -> Outcome {
    let sent = i64::try_from(sent(step).len()).unwrap_or(i64::MAX);
    let missing = good.map_or(0, |good| (sent - good).max(0));
    let fewer = if missing > 0 { format!(", but the channel counted {missing} fewer") } else { String::new() };
    done(step, format!("stock file of {sent} lines read without errors{fewer}"), Vec::new(), missing)
}

/// Closes the operation: the lines that were refused, and before them those that never went out. `unnamed` lines more
/// may not have been taken (B023).
fn done(step: &Step<'_>, summary: String, refused: Vec<LineError>, unnamed: i64) -> Outcome {
    let left_behind = lines_of(step).unwrap_or_default().iter().filter(|line| !stock_file::writable(line));
    let mut errors: Vec<LineError> = left_behind.map(LineError::unwritable).collect();
    let summary = match errors.len() {
        0 => summary,
        some => format!("{summary}; {some} lines could not be written"),
    };
    errors.extend(refused);
    let import = note::text(step.note, IMPORT);
    Outcome::Done(Evidence { summary, facts: json!({ IMPORT: import, "errors": errors, UNNAMED: unnamed }) })
}

/// The error report. Where it names no refused line at all, the refused ones may be any, and the whole file is a doubt;
/// where it names some, how many more there are is told.
fn report(watch: &Watch<'_>, reply: &Reply) -> Outcome {
    let step = watch.step;
    let counted = note::count(step.note, BAD);
    let verdict = Verdict::of(reply);
    let absent = verdict.refusal().map(str::to_owned);
    let nameless = |refused: i64, why: &str| match refused {
        0 => done(step, format!("stock file read; its error report is not there: {why}"), Vec::new(), 0),
        _ => Outcome::Unknown(short(&format!(
            "{refused} lines of the stock file were refused, nobody knows which: {why}"
        ))),
    };
    if let Some(why) = absent {
        return nameless(counted, &why);
    }
    let read = match watch.body(verdict) {
        Ok(()) => stock_report::read(reply, &sent(step)),
        Err(Outcome::Unknown(why)) => return nameless(counted, &why),
        Err(outcome) => return outcome,
    };
    let report = match read {
        Ok(report) => report,
        Err(text) => match watch.unanswered(&text) {
            Outcome::Unknown(why) => return nameless(counted, &why),
            outcome => return outcome,
        },
    };
    let refused = counted.max(report.total);
    let named = i64::try_from(report.errors.len()).unwrap_or(i64::MAX);
    if named == 0 && refused > 0 {
        return nameless(refused, "the report names none of them");
    }
    let summary = format!("stock file read; {refused} of {} lines were refused", sent(step).len());
    done(step, summary, report.errors, (refused - named).max(0))
}
