//! What a `SaveData` reply says of each row that was sent (`contracts/peoplevox.md §2.2`, §2.6).
//!
//! The result is by row, not by call: `ResponseId` -1 with a count above zero means that some rows were stored. A row that
//! such a reply does not name is unknown. A call that succeeded as a whole, counts exactly the rows that were sent and
//! complains of none is believed without names: what the reference of a line row is was seen for other templates only
//! (`contracts/peoplevox.md §2.6`), and the read-back comes in any case.

use crossdock_connector::{Failure, Outcome, RejectCode, Rejection};
use crossdock_planted::{self as planted, Bug};

use crate::answer::{Answer, Response};
use crate::config::Config;
use crate::values::excerpt;

/// The rows that one order had in a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    /// The key that the reply names them by: the order's number.
    pub(crate) reference: &'a str,
    /// How many there were.
    pub(crate) rows: usize,
}

/// One outcome per order. `stored` is the outcome of one whose rows were all stored; `what` names a row for people.
pub(crate) fn outcomes(
    config: &Config,
    answer: Answer,
    sent: &[Sent<'_>],
    what: &str,
    stored: impl Fn(usize) -> Outcome,
) -> Vec<Outcome> {
    let all = |outcome: Outcome| vec![outcome; sent.len()];
    let response = match answer {
        Answer::SessionGone => return all(Outcome::NotDone(Failure::Reauth)),
        Answer::Throttled(after) => return all(Outcome::NotDone(Failure::Throttled(after))),
        Answer::Busy(_) => return all(Outcome::Unknown("HTTP 503 instead of an answer".to_owned())),
        Answer::Garbled(what) => return all(Outcome::Unknown(what)),
        Answer::Response(response) => response,
    };
    if response.id != 0 && response.statuses.is_empty() {
        return all(refused_as_a_whole(config, &response));
    }
    let rows: usize = sent.iter().map(|sent| sent.rows).sum();
    let all_good = response.id == 0
        && i64::try_from(rows).is_ok_and(|rows| rows == response.total)
        && response.statuses.iter().all(|row| is_success(&row.status));
    sent.iter()
        .enumerate()
        .map(|(index, sent)| match verdict(&response, *sent, all_good) {
            Verdict::Stored => stored(index),
            Verdict::Refused { some_stored } if config.is_retry_text(&response.detail) => {
                let text = format!(
                    "Peoplevox refused {what} of order {} for now: {}",
                    sent.reference,
                    excerpt(&response.detail)
                );
                // Of an order whose other rows were stored, the same rows must not simply go again.
                if some_stored { Outcome::Unknown(text) } else { Outcome::NotDone(Failure::Retry(text)) }
            }
            Verdict::Refused { .. } => Outcome::Rejected(Rejection::new(
                RejectCode::RefusedByRemote,
                format!("Peoplevox refused {what} of order {}: {}", sent.reference, excerpt(&response.detail)),
            )),
            Verdict::Unclear(why) => Outcome::Unknown(format!("order {}: {why}", sent.reference)),
        })
        .collect()
}

/// The call as a whole was answered with an error, and no row was named. The same text for every row, so that the engine
/// can tell that the batch has to be divided.
fn refused_as_a_whole(config: &Config, response: &Response) -> Outcome {
    if response.total > 0 {
        Outcome::Unknown(format!("Peoplevox stored some rows and does not say which: {}", excerpt(&response.detail)))
    } else if response.detail.trim().is_empty() {
        Outcome::Unknown("Peoplevox answered with an error and no text".to_owned())
    } else if config.is_retry_text(&response.detail) {
        Outcome::NotDone(Failure::Retry(format!("Peoplevox refused for now: {}", excerpt(&response.detail))))
    } else {
        Outcome::Rejected(Rejection::new(
            RejectCode::RefusedByRemote,
            format!("Peoplevox refused: {}", excerpt(&response.detail)),
        ))
    }
}

enum Verdict {
    Stored,
    Refused {
        /// Whether another row of the same order was stored.
        some_stored: bool,
    },
    Unclear(&'static str),
}

fn is_success(status: &str) -> bool {
    status.eq_ignore_ascii_case("success")
}

fn verdict(response: &Response, sent: Sent<'_>, all_good: bool) -> Verdict {
    let mine = response.statuses.iter().filter(|row| row.reference == sent.reference);
    let (mut stored, mut refused, mut strange) = (0_usize, 0_usize, 0_usize);
    for row in mine {
        match row.status.to_ascii_lowercase().as_str() {
            "success" => stored += 1,
            "error" => refused += 1,
            _ => strange += 1,
        }
    }
    match (stored, refused, strange) {
        _ if all_good => Verdict::Stored,
        (0, 0, 0) if planted::on(Bug::MissingRowIsSuccess) => Verdict::Stored,
        (0, 0, 0) => Verdict::Unclear("the reply does not mention it"),
        (_, 0, 1..) => Verdict::Unclear("the reply uses a status word that is not known"),
        // One row cannot be both stored and refused.
        (1.., 1.., _) if sent.rows == 1 => Verdict::Unclear("the reply contradicts itself"),
        (stored, 1.., _) => Verdict::Refused { some_stored: stored > 0 },
        (stored, 0, 0) if response.id == 0 || stored >= sent.rows => Verdict::Stored,
        _ => Verdict::Unclear("the reply mentions only some of its rows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer;
    use crate::fixtures::{self, reply, reply_at, with_rows};
    use crate::soap::Op;

    fn run(id: i64, total: i64, detail: &str, rows: &[(&str, &str)], sent: &[(&str, usize)]) -> Vec<String> {
        let mut config = fixtures::config();
        config.retry_texts = vec!["deadlock".to_owned()];
        let sent: Vec<_> = sent.iter().map(|(reference, rows)| Sent { reference, rows: *rows }).collect();
        let answer = answer::read(&reply(with_rows("SaveData", id, total, detail, rows)), Op::SaveData);
        let done = |_| Outcome::Done(crossdock_connector::Evidence::text("stored"));
        outcomes(&config, answer, &sent, "a line", done)
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Done(_) => "stored".to_owned(),
                Outcome::Rejected(rejection) => format!("rejected {}", rejection.detail),
                Outcome::Unknown(_) => "unknown".to_owned(),
                Outcome::NotDone(failure) => format!("{failure:?}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    const S: &str = "Success";
    const E: &str = "Error";

    #[test]
    fn every_row_has_its_own_outcome_in_the_order_of_the_call() {
        let sent = [("A", 1), ("B", 1), ("C", 1)];
        assert_eq!(run(0, 3, "", &[("C", S), ("A", S), ("B", S)], &sent), ["stored", "stored", "stored"]);
        assert_eq!(
            run(-1, 1, "Bad postcode", &[("B", E), ("A", S)], &sent),
            ["stored", "rejected Peoplevox refused a line of order B: Bad postcode", "unknown"]
        );
        assert_eq!(run(0, 2, "", &[("A", S), ("X", S)], &sent), ["stored", "unknown", "unknown"]);
        assert_eq!(run(0, 2, "", &[], &sent), ["unknown", "unknown", "unknown"]);
        assert_eq!(run(0, 1, "", &[("A", "Queued")], &[("A", 1)]), ["unknown"]);
        assert_eq!(run(0, 1, "", &[("A", S), ("A", E)], &[("A", 1)]), ["unknown"]);
    }

    /// `contracts/peoplevox.md §2.6` shows references of other templates only; a server may name line rows by their item, or
    /// not at all. A success that counts every row goes on to the read-back.
    #[test]
    fn a_whole_success_that_counts_every_row_needs_no_names() {
        let sent = [("A", 2), ("B", 1)];
        for rows in [&[][..], &[("ITEM-1", S), ("ITEM-2", S), ("ITEM-1", S)], &[("A", S)]] {
            assert_eq!(run(0, 3, "", rows, &sent), ["stored", "stored"], "{rows:?}");
        }
        for total in [0, 2, 4] {
            assert_eq!(run(0, total, "", &[], &sent), ["unknown", "unknown"], "{total} rows were not sent");
        }
        assert_eq!(run(0, 3, "", &[("ITEM-1", E)], &sent), ["unknown", "unknown"]);
        assert_eq!(run(0, 3, "", &[("ITEM-1", "Queued")], &sent), ["unknown", "unknown"]);
        assert_eq!(run(-1, 3, "?", &[("ITEM-1", S)], &sent), ["unknown", "unknown"]);
    }

    #[test]
    fn a_refusal_that_a_person_has_named_as_passing_is_tried_again() {
        let sent = [("A", 1), ("B", 1)];
        let retry = "Retry(\"Peoplevox refused for now: Deadlock victim\")";
        assert_eq!(run(-1, 0, "Deadlock victim", &[], &sent), [retry, retry]);
        let of = |order| format!("Retry(\"Peoplevox refused a line of order {order} for now: A deadlock\")");
        assert_eq!(run(-1, 1, "A deadlock", &[("A", S), ("B", E)], &sent), ["stored".to_owned(), of("B")]);
        let two = [("A", 2)];
        assert_eq!(run(-1, 1, "A deadlock", &[("A", S), ("A", E)], &two), ["unknown"], "only a look tells which line");
        assert_eq!(run(-1, 0, "A deadlock", &[("A", E), ("A", E)], &two), [of("A")]);
    }

    /// The lines of one order share its number as their reference: one refused line refuses the order.
    #[test]
    fn one_refused_line_refuses_its_order_and_no_other() {
        let sent = [("A", 2), ("B", 2)];
        let rows = [("A", S), ("A", E), ("B", S), ("B", S)];
        let expected = ["rejected Peoplevox refused a line of order A: Unknown item", "stored"];
        assert_eq!(run(-1, 3, "Unknown item", &rows, &sent), expected);
        assert_eq!(run(-1, 3, "?", &[("A", S), ("A", S), ("B", S)], &sent), ["stored", "unknown"]);
        assert_eq!(run(0, 4, "", &[("A", S), ("B", S)], &sent), ["stored", "stored"], "the whole call succeeded");
    }

    #[test]
    fn a_whole_refusal_has_the_same_text_for_every_row() {
        let sent = [("A", 1), ("B", 1)];
        let refusal = "rejected Peoplevox refused: Column X is not known";
        assert_eq!(run(-1, 0, "Column X is not known", &[], &sent), [refusal, refusal]);
        assert_eq!(run(-1, 1, "one was bad", &[], &sent), ["unknown", "unknown"]);
        assert_eq!(run(-1, 0, "", &[], &sent), ["unknown", "unknown"]);
        let expired = "System : Security - Session Expired";
        assert_eq!(run(-1, 0, expired, &[], &sent), ["Reauth", "Reauth"]);
    }

    #[test]
    fn what_is_no_answer_to_a_write_is_unknown() {
        let sent = [Sent { reference: "A", rows: 1 }];
        for (status, body) in [(500, "<soap:Envelope/>"), (200, "<!DOCTYPE html>"), (200, ""), (504, ""), (403, "no")] {
            let answer = answer::read(&reply_at(status, body), Op::SaveData);
            let seen = outcomes(&fixtures::config(), answer, &sent, "it", |_| unreachable!());
            assert!(matches!(seen.as_slice(), [Outcome::Unknown(_)]), "{status} {body}: {seen:?}");
        }
    }
}
