//! What a reply's status says. Decisions are taken on the HTTP status alone, because the error bodies of this platform
//! are not specified (`contracts/john-lewis.md §2.1`, "Error bodies"); the body only explains.

use crossdock_connector::{Failure, Outcome, RejectCode, Rejection, Reply};
use crossdock_planted::{self as planted, Bug};
use jiff::SignedDuration;
use serde_json::Value;

use crate::document::Doc;

/// How long to wait when a 429 does not say so.
const THROTTLE_DEFAULT: SignedDuration = SignedDuration::from_secs(60);

/// The kinds of reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// 2xx. The body still has to be read.
    Good,
    /// 429.
    Throttled(SignedDuration),
    /// 401: the key is worth nothing, so no other call would fare better.
    Denied(String),
    /// 403: this is not allowed. On one order it says no more than that (OR21 `ORDER_FULFILLED_UNAUTHORIZED`,
    /// `contracts/john-lewis.md §2.1`), so it stops the connection only where the whole shop was asked for.
    Forbidden(String),
    /// A documented client error: nothing was done, and the same request would be refused again.
    Refused(Rejection),
    /// Anything else: nobody can tell what happened.
    Unclear(String),
}

impl Verdict {
    /// Reads the status.
    pub(crate) fn of(reply: &Reply) -> Self {
        let status = reply.status();
        match status {
            200..=299 => Self::Good,
            429 if planted::on(Bug::WaitIgnored) => Self::Throttled(SignedDuration::ZERO),
            429 => Self::Throttled(reply.retry_after().unwrap_or(THROTTLE_DEFAULT)),
            401 => Self::Denied(format!("HTTP {status}: {}", explanation(reply))),
            403 => Self::Forbidden(format!("HTTP {status}: {}", explanation(reply))),
            404 | 410 => Self::Refused(Rejection::new(RejectCode::NotFound, explanation(reply))),
            400 | 405 | 406 | 411 | 413 | 415 | 422 => {
                Self::Refused(Rejection::new(RejectCode::RefusedByRemote, explanation(reply)))
            }
            _ => Self::Unclear(format!("HTTP {status}: {}", explanation(reply))),
        }
    }

    /// The outcome of a write, or `Ok` when the body has to be read.
    pub(crate) fn for_write(self) -> Result<(), Outcome> {
        match self {
            Self::Good => Ok(()),
            Self::Throttled(wait) => Err(Outcome::NotDone(Failure::Throttled(Some(wait)))),
            Self::Denied(text) => Err(Outcome::NotDone(Failure::Denied(text))),
            Self::Forbidden(text) => Err(Outcome::Rejected(Rejection::new(RejectCode::RefusedByRemote, text))),
            Self::Refused(rejection) => Err(Outcome::Rejected(rejection)),
            Self::Unclear(text) => Err(Outcome::Unknown(text)),
        }
    }

    /// The outcome of a look, or `Ok` when the body has to be read. A look that is refused has seen nothing, so it decides
    /// nothing: it is made again, and the engine ends it after a day.
    pub(crate) fn for_look(self) -> Result<(), Outcome> {
        match self.for_read() {
            Ok(()) => Ok(()),
            Err(Failure::Rejected(rejection)) => Err(Outcome::NotDone(Failure::Retry(rejection.detail))),
            Err(failure) => Err(Outcome::NotDone(failure)),
        }
    }

    /// The failure of a read of one thing, or `Ok` when the body has to be read.
    pub(crate) fn for_read(self) -> Result<(), Failure> {
        match self {
            Self::Good => Ok(()),
            Self::Throttled(wait) => Err(Failure::Throttled(Some(wait))),
            Self::Denied(text) => Err(Failure::Denied(text)),
            Self::Forbidden(text) => Err(Failure::Rejected(Rejection::new(RejectCode::RefusedByRemote, text))),
            Self::Refused(rejection) => Err(Failure::Rejected(rejection)),
            Self::Unclear(text) => Err(Failure::Retry(text)),
        }
    }

    /// The failure of a read of what every key must be allowed to see (A01, PC01, the poll of OR11): without that nothing
    /// works, so a person has to act.
    pub(crate) fn for_poll(self) -> Result<(), Failure> {
        match self {
            Self::Forbidden(text) => Err(Failure::Denied(text)),
            other => other.for_read(),
        }
    }

    /// What the remote said when it refused a write: the look that follows decides whether it is believed.
    pub(crate) fn refusal(&self) -> Option<&str> {
        match self {
            Self::Forbidden(text) => Some(text),
            Self::Refused(rejection) => Some(&rejection.detail),
            _ => None,
        }
    }
}

/// The reply's own words, at most 300 characters: `message`, or code and message of the first of `errors`, or the body.
pub(crate) fn explanation(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(reply.body()).unwrap_or(Value::Null);
    let doc = Doc::of(&body);
    let listed = || {
        let first = doc.items("errors").into_iter().next()?;
        let parts = [first.word("code"), first.word("field"), first.word("message")];
        let said = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": ");
        (!said.is_empty()).then_some(said)
    };
    let text = doc.text("message").filter(|text| !text.trim().is_empty()).or_else(listed);
    let text = text.unwrap_or_else(|| reply.excerpt());
    if text.trim().is_empty() { format!("HTTP {} without a word", reply.status()) } else { short(&text) }
}

/// A foreign text, cut to what may be shown.
pub(crate) fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// The reply's JSON, or why there is none.
pub(crate) fn json(reply: &Reply) -> Result<Value, String> {
    if reply.is_html() {
        return Err("a web page came instead of JSON".to_owned());
    }
    serde_json::from_slice(reply.body()).map_err(|error| short(&format!("the answer is not whole JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;

    use super::*;

    fn reply(status: u16, body: &'static str) -> Reply {
        let response = http::Response::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap();
        Reply { response, at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn only_the_status_decides() {
        let kind = |status| match Verdict::of(&reply(status, "<html>{\"status\":200}")) {
            Verdict::Good => "good",
            Verdict::Throttled(_) => "throttled",
            Verdict::Denied(_) => "denied",
            Verdict::Forbidden(_) => "forbidden",
            Verdict::Refused(_) => "refused",
            Verdict::Unclear(_) => "unclear",
        };
        for (statuses, expected) in [
            (&[200_u16, 201, 202, 204][..], "good"),
            (&[429], "throttled"),
            (&[401], "denied"),
            (&[403], "forbidden"),
            (&[400, 404, 405, 406, 410, 411, 413, 415, 422], "refused"),
            (&[301, 302, 304, 402, 408, 409, 418, 500, 502, 503, 504], "unclear"),
        ] {
            for status in statuses {
                assert_eq!(kind(*status), expected, "{status}");
            }
        }
    }

    #[test]
    fn only_a_403_on_the_whole_shop_stops_the_connection() {
        let forbidden = || Verdict::of(&reply(403, ""));
        assert!(matches!(forbidden().for_poll(), Err(Failure::Denied(_))));
        assert!(matches!(forbidden().for_read(), Err(Failure::Rejected(_))));
        assert!(matches!(forbidden().for_look(), Err(Outcome::NotDone(Failure::Retry(_)))));
        assert!(matches!(forbidden().for_write(), Err(Outcome::Rejected(_))));
        assert!(forbidden().refusal().is_some_and(|said| said.contains("403")));
        let denied = || Verdict::of(&reply(401, ""));
        assert!(matches!(denied().for_read(), Err(Failure::Denied(_))));
        assert!(matches!(denied().for_look(), Err(Outcome::NotDone(Failure::Denied(_)))));
    }

    #[test]
    fn a_refusal_is_explained_from_either_error_shape_or_none() {
        let said = |body| explanation(&reply(400, body));
        assert_eq!(
            said(r#"{"status":400,"message":"Order is not WAITING_ACCEPTANCE"}"#),
            "Order is not WAITING_ACCEPTANCE"
        );
        let listed = r#"{"errors":[null,{"code":"ORDER_INVALID_STATE","field":null,"message":"wrong state"}]}"#;
        assert_eq!(said(listed), "ORDER_INVALID_STATE: wrong state");
        assert_eq!(said("plain words"), "plain words");
        assert_eq!(said(""), "HTTP 400 without a word");
    }

    #[test]
    fn a_throttled_call_waits_as_told_or_a_minute() {
        let mut told = reply(429, "");
        told.response.headers_mut().insert("retry-after", "17".parse().unwrap());
        assert_eq!(Verdict::of(&told), Verdict::Throttled(SignedDuration::from_secs(17)));
        assert_eq!(Verdict::of(&reply(429, "")), Verdict::Throttled(SignedDuration::from_secs(60)));
    }

    #[test]
    fn long_foreign_text_is_cut() {
        assert_eq!(short(&"é\n".repeat(400)).chars().count(), 300);
    }
}
