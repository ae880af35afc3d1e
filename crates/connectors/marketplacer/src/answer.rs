//! What a reply means before anybody looks at its content: an answer, a certain refusal, or nothing to rely on.
//!
//! Must not know which operation was asked. Sources: `contracts/marketplacer.md §3.9` and `§8`.

use crossdock_connector::{Failure, Outcome, RejectCode, Rejection, Reply, Stage};
use crossdock_planted::{self as planted, Bug};
use jiff::SignedDuration;
use serde_json::{Map, Value};

/// The wait that the help centre names when a throttled reply carries no `Retry-After` (`contracts/marketplacer.md §8`).
pub(crate) const DEFAULT_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// A reply that is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing was done, and the remote said so in a documented way.
    NotDone(Failure),
    /// 503, with the wait that it names: documented as a throttle (`§8`), but also what a broken server or a gate in front of it
    /// says, perhaps after the work was done.
    Busy(Option<SignedDuration>),
    /// The key lacks a scope (`§1`): every call of this kind will be refused, whatever it is about.
    Scope(Rejection),
    /// 403 with something other than a web page: undocumented (`§12.3`), most likely a missing right.
    Forbidden(String),
    /// A documented refusal, but raised while an inner field of the result was read: a write has happened before that.
    RefusedInside(Rejection),
    /// Anything else. A write may or may not have happened.
    Unclear(String),
}

impl Trouble {
    /// For a read: it can simply be asked again.
    pub(crate) fn of_look(self) -> Failure {
        match self {
            Self::NotDone(failure) => failure,
            Self::Busy(wait) => Failure::Throttled(Some(wait.unwrap_or(DEFAULT_WAIT))),
            Self::Forbidden(text) => Failure::Denied(text),
            Self::Scope(rejection) | Self::RefusedInside(rejection) => Failure::Rejected(rejection),
            Self::Unclear(text) => Failure::Retry(text),
        }
    }

    /// For a look on behalf of an effect. A missing scope is the connection's matter: no parcel is refused for it.
    pub(crate) fn of_effect_look(self) -> Failure {
        match self {
            Self::Scope(rejection) => Failure::Forbidden(rejection.detail),
            other => other.of_look(),
        }
    }

    /// For a write that a repeat leaves as it is: only a documented refusal is final.
    pub(crate) fn of_write(self) -> Outcome {
        match self {
            Self::NotDone(Failure::Rejected(rejection)) => Outcome::Rejected(rejection),
            Self::NotDone(failure) => Outcome::NotDone(failure),
            Self::Scope(rejection) => Outcome::NotDone(Failure::Forbidden(rejection.detail)),
            Self::RefusedInside(rejection) => Outcome::Unknown(rejection.detail),
            Self::Busy(Some(wait)) => Outcome::NotDone(Failure::Throttled(Some(wait))),
            Self::Busy(None) => Outcome::Unknown("HTTP 503 without Retry-After".to_owned()),
            Self::Forbidden(text) | Self::Unclear(text) => Outcome::Unknown(text),
        }
    }

    /// For a write that a repeat would do twice. A 503 that names a wait leads back to the look, since only that tells whether
    /// the work was done before somebody said it was not.
    pub(crate) fn of_doubling_write(self, look: Stage) -> Outcome {
        match self {
            Self::Busy(Some(after)) => Outcome::Next { stage: look, after, note: Value::Null },
            other => other.of_write(),
        }
    }
}

/// One entry of the top-level `errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    /// The remote's words, cut to 300 characters.
    pub(crate) message: String,
    /// `extensions.code`.
    pub(crate) code: Option<String>,
    /// Where in the answer it happened; indexes as text.
    pub(crate) path: Vec<String>,
}

impl GraphError {
    fn read(value: &Value) -> Self {
        let path = value.get("path").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let part = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
        Self {
            message: cut(value.get("message").and_then(Value::as_str).unwrap_or("(no message)")),
            code: value.pointer("/extensions/code").and_then(Value::as_str).map(cut),
            path: path.iter().map(part).collect(),
        }
    }

    /// Whether the key lacks a scope: a matter of the key, not of what it was used for (`§1`, `§3.9`).
    pub(crate) fn is_missing_scope(&self) -> bool {
        self.code.as_deref() == Some("MISSING_SCOPE")
    }

    /// Whether the key lacks a right (`§1` key scopes, `§3.9`: the exact text is not published).
    pub(crate) fn is_missing_right(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        self.is_missing_scope()
            || ["permission", "missing scope", "not authorized", "not authorised"].iter().any(|t| message.contains(t))
    }

    /// The error as a refusal that repeating will not change, when it is one of the documented kinds.
    pub(crate) fn refusal(&self) -> Option<Rejection> {
        let reject = |code, text: String| Some(Rejection::new(code, text));
        if self.is_missing_right() {
            return reject(RejectCode::RefusedByRemote, missing_right(&self.message));
        }
        if self.message.starts_with("No object found for") {
            return reject(RejectCode::NotFound, format!("Marketplacer says: {}", self.message));
        }
        let bad_input = self.message.starts_with("Variable $") && self.message.contains("was provided invalid value");
        let bad_document = matches!(
            self.code.as_deref(),
            Some("undefinedField" | "undefinedType" | "argumentNotAccepted" | "selectionMismatch")
        );
        if bad_input || bad_document {
            return reject(RejectCode::RefusedByRemote, format!("Marketplacer refused the call: {}", self.message));
        }
        None
    }
}

/// A GraphQL answer: data, perhaps beside errors.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    data: Map<String, Value>,
    /// What went wrong for parts of it.
    pub(crate) errors: Vec<GraphError>,
}

impl Answer {
    /// A field of `data` that is there and not null.
    pub(crate) fn root(&self, field: &str) -> Option<&Value> {
        self.data.get(field).filter(|value| !value.is_null())
    }

    /// Takes a field out of `data`, or says why it is not there.
    pub(crate) fn take(&mut self, field: &str) -> Result<Value, Trouble> {
        match self.data.get_mut(field).map(Value::take) {
            Some(value) if !value.is_null() => Ok(value),
            _ => Err(self.nothing(field)),
        }
    }

    /// Why a field is missing: the first documented refusal, else unclear.
    pub(crate) fn nothing(&self, field: &str) -> Trouble {
        let refused = self.errors.iter().find_map(|error| Some((error, error.refusal()?)));
        match (refused, self.errors.first()) {
            (Some((error, rejection)), _) if error.path.len() > 1 => Trouble::RefusedInside(rejection),
            (Some((error, rejection)), _) => refusal_of(error, rejection),
            (None, Some(error)) => Trouble::Unclear(format!("no {field} in the answer: {}", error.message)),
            (None, None) => Trouble::Unclear(format!("no {field} in the answer")),
        }
    }

    /// The errors as sentences for a person, each once.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for error in &self.errors {
            let place = error.path.join(".");
            let remark = if error.is_missing_right() {
                format!("{} (at `{}`)", missing_right(&error.message), cut(&place))
            } else {
                format!("Marketplacer answered only in part: {} (at `{}`)", error.message, cut(&place))
            };
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        remarks
    }
}

fn refusal_of(error: &GraphError, rejection: Rejection) -> Trouble {
    if error.is_missing_scope() { Trouble::Scope(rejection) } else { Trouble::NotDone(Failure::Rejected(rejection)) }
}

/// A reply without the key `data`: an error was raised before anything ran (GraphQL, response format), so that a documented
/// refusal is certain, wherever in the document it points.
fn before_execution(errors: &[GraphError]) -> Option<Trouble> {
    errors.iter().find_map(|error| Some(refusal_of(error, error.refusal()?)))
}

/// Reads a reply to `POST /graphql`.
pub(crate) fn read(reply: &Reply) -> Result<Answer, Trouble> {
    status(reply)?;
    if reply.status() != 200 {
        return Err(unclear(reply));
    }
    let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(reply.body()) else {
        return Err(unclear(reply));
    };
    let errors = match body.get("errors") {
        _ if planted::on(Bug::ErrorsBesideDataIgnored) => Vec::new(),
        Some(Value::Array(errors)) => errors.iter().filter(|error| !error.is_null()).map(GraphError::read).collect(),
        _ => Vec::new(),
    };
    match body.remove("data") {
        Some(Value::Object(data)) => Ok(Answer { data, errors }),
        None if let Some(trouble) = before_execution(&errors) => Err(trouble),
        None | Some(Value::Null) if !errors.is_empty() => Err(Answer { data: Map::new(), errors }.nothing("data")),
        _ => Err(unclear(reply)),
    }
}

/// Whether a reply is GraphQL's own word that something is wrong with the question, and not a broken server.
pub(crate) fn speaks_of_errors(reply: &Reply) -> bool {
    let body = serde_json::from_slice::<Value>(reply.body()).unwrap_or_default();
    reply.status() == 200 && body.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
}

/// The statuses that mean the same on both surfaces.
pub(crate) fn status(reply: &Reply) -> Result<(), Trouble> {
    match reply.status() {
        401 => Err(Trouble::NotDone(Failure::Denied(format!("HTTP 401: {}", plain(reply))))),
        403 if !reply.is_html() => Err(Trouble::Forbidden(format!("HTTP 403: {}", plain(reply)))),
        429 => Err(Trouble::NotDone(Failure::Throttled(Some(reply.retry_after().unwrap_or(DEFAULT_WAIT))))),
        503 => Err(Trouble::Busy(reply.retry_after())),
        _ => Ok(()),
    }
}

/// The trouble of a reply that is nothing we know.
pub(crate) fn unclear(reply: &Reply) -> Trouble {
    Trouble::Unclear(format!("HTTP {}: {}", reply.status(), plain(reply)))
}

/// What a reply says, short enough for a sentence; a web page is only named.
fn plain(reply: &Reply) -> String {
    if reply.is_html() { "a web page instead of an answer".to_owned() } else { cut(&reply.excerpt()) }
}

fn missing_right(message: &str) -> String {
    format!(
        "the API key lacks a right that this call needs; give it the scope in the portal. Marketplacer says: {message}"
    )
}

/// At most 200 characters of a remote's text, without control characters.
pub(crate) fn cut(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// The `errors` of a mutation's payload as one text; `None` when there are none, which is how success looks
/// (`contracts/marketplacer.md §3.1`).
pub(crate) fn payload_errors(payload: &Value) -> Option<String> {
    let errors = payload.get("errors")?.as_array()?;
    let texts: Vec<String> = errors
        .iter()
        .filter(|error| !error.is_null())
        .map(|error| {
            let field = error.get("field").and_then(Value::as_str).unwrap_or("");
            let messages = error.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let messages: Vec<&str> = messages.iter().filter_map(Value::as_str).collect();
            format!("{field}: {}", messages.join("; "))
        })
        .collect();
    (!texts.is_empty()).then(|| cut(&texts.join(" | ")))
}
