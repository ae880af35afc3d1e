//! What the marketplace holds of our webhooks: which one is ours, whether it is as it should be, and which are left over
//! (`contracts/marketplacer.md §3.8`, `§6.1`).
//!
//! Pure comparison; knows nothing of calls.

use crossdock_model::ConnectionName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A subscription in Marketplacer's words.
pub(super) struct Wanted<'a> {
    pub(super) kind: &'static str,
    pub(super) query: &'static str,
    pub(super) url: &'a str,
    pub(super) secret: &'a str,
    /// Name of the header that carries the secret; none where deliveries are signed instead, since a key is never shown.
    pub(super) header: Option<&'a str>,
}

/// What was found so far, over all pages of the list; the note of the looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    /// Cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    /// The webhook with our URL and type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ours: Option<Ours>,
    /// Webhooks of ours that deliver to an address that the hub has given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stale: Vec<String>,
    /// Whether an entry could not be seen: it may be ours.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) hidden: bool,
}

/// The webhook that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ours {
    pub(super) id: String,
    /// What has to be put right about it; empty when nothing has.
    pub(super) wrong: String,
}

impl Found {
    /// Takes one entry of the list in.
    pub(super) fn take(&mut self, connection: &ConnectionName, wanted: &Wanted<'_>, hook: &Value) {
        let word = |field: &str| hook.get(field).and_then(Value::as_str);
        let (Some(url), Some(kind), Some(id)) = (word("url"), word("type"), word("id")) else {
            self.hidden = true;
            return;
        };
        if kind != wanted.kind {
            return;
        }
        if url == wanted.url && self.ours.is_none() {
            self.ours = Some(Ours { id: id.to_owned(), wrong: wrong(wanted, hook).unwrap_or_default().to_owned() });
        } else if is_left_over(connection, wanted, hook, url) {
            self.stale.push(id.to_owned());
        }
    }
}

/// What about a webhook with our URL has to be put right. The URL alone says little: with another secret the door would answer
/// 503 to every delivery, with another query the payload would carry no id, and with one event the others would never come.
fn wrong(wanted: &Wanted<'_>, hook: &Value) -> Option<&'static str> {
    if hook.get("enabled").and_then(Value::as_bool) == Some(false) {
        return Some("it is switched off");
    }
    if hook.get("eventName").is_some_and(|event| !event.is_null()) {
        return Some("it tells of some events only");
    }
    if !same_text(hook.get("queryString").and_then(Value::as_str).unwrap_or(""), wanted.query) {
        return Some("its query is not ours");
    }
    if hook.get("allowSkip").and_then(Value::as_bool) == Some(true) {
        return Some("it leaves out payloads that look alike");
    }
    let secret = |name: &str| header(hook, name).as_deref() == Some(wanted.secret);
    if wanted.header.is_some_and(|name| !secret(name)) {
        return Some("it does not carry our secret");
    }
    None
}

/// Whether the hub made this webhook for an address that is not its own any more: it goes to the same place below another base
/// or token, and has our query or our header. It would send our secret to whoever answers there now.
fn is_left_over(connection: &ConnectionName, wanted: &Wanted<'_>, hook: &Value, url: &str) -> bool {
    let ours = format!("/in/{connection}/");
    let place = wanted.url.find(&ours).and_then(|start| {
        let path = wanted.url.get(start..)?;
        path.get(..=path.rfind('/')?)
    });
    let switched_on = hook.get("enabled").and_then(Value::as_bool) != Some(false);
    let made_by_us = same_text(hook.get("queryString").and_then(Value::as_str).unwrap_or(""), wanted.query)
        || wanted.header.is_some_and(|name| header(hook, name).is_some());
    switched_on && made_by_us && place.is_some_and(|place| url.contains(place))
}

/// A header that a webhook sends along. The list is a JSON scalar (`§2`), so it may come as an object or as a text of one.
fn header(hook: &Value, name: &str) -> Option<String> {
    let headers = match hook.get("headers")? {
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let found = headers.as_object()?.iter().find(|(given, _)| given.eq_ignore_ascii_case(name))?;
    Some(found.1.as_str().map_or_else(|| found.1.to_string(), str::to_owned))
}

/// The same but for white space, which a remote may lay out anew.
fn same_text(one: &str, other: &str) -> bool {
    let words = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    words(one) == words(other)
}
