//! One HTTP call and its reply, and the budgets that calls are paid from.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The name of a published limit, for example `calls` or `OR11`. Unique within a connection.
pub type Window = &'static str;

/// A published limit: at most `calls` calls in any `per` long stretch of time.
///
/// The engine never exceeds it, restarts included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The window's name, as [`Call::windows`] uses it.
    pub window: String,
    /// Calls allowed.
    pub calls: u32,
    /// In any stretch of this length.
    pub per: SignedDuration,
}

/// A call that is ready to be sent.
#[derive(Debug, Clone)]
pub struct Call {
    /// The request. Its URI is **relative** to the connection's base URL: it starts with `/` and holds the query.
    pub request: http::Request<Bytes>,
    /// The windows that this call is paid from; all of them must have room.
    pub windows: Vec<Window>,
    /// What the call is, in two or three words for people and logs: `save sales orders`, `OR11 orders`.
    pub label: &'static str,
}

/// Why there is no reply. The two cases are worlds apart for a write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No byte of the request left: refused, no such host, TLS handshake failed. Certainly not executed (fault F02).
    #[error("not sent: {0}")]
    NotSent(String),
    /// Bytes left and no whole reply came: time-out, reset, over-long body. Nobody knows (faults F01, F03).
    #[error("no reply: {0}")]
    Lost(String),
}

/// A reply that arrived whole. A reply that did not arrive never reaches a connector: the engine decides that case alone.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status, headers and body, as received; the body is already decompressed and at most as long as the size cap.
    pub response: http::Response<Bytes>,
    /// When the reply arrived, by the hub's clock.
    pub at: Timestamp,
}

impl Reply {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        self.response.body()
    }

    /// A header as text, when it is there and printable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Retry-After` header in its seconds form (an HTTP date is answered with `None`: the caller's default wins).
    pub fn retry_after(&self) -> Option<SignedDuration> {
        let seconds: i64 = self.header("retry-after")?.trim().parse().ok()?;
        (0..=86_400).contains(&seconds).then(|| SignedDuration::from_secs(seconds))
    }

    /// Whether the body looks like a web page: the commonest kind of answer that is no answer.
    pub fn is_html(&self) -> bool {
        let start = self.body().iter().copied().skip_while(u8::is_ascii_whitespace).take(15).collect::<Vec<_>>();
        let start = start.to_ascii_lowercase();
        start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
    }

    /// The first 300 characters of the body, for evidence shown to a person. Control characters become spaces.
    pub fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body()[..self.body().len().min(1200)]);
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
    }
}

/// Small helper to build relative requests without repeating error handling in every connector.
#[derive(Debug)]
pub struct RequestBuilder {
    method: http::Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
}

impl RequestBuilder {
    /// A request for a path below the base URL; `path` starts with `/` and is already encoded.
    pub fn new(method: http::Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), headers: Vec::new() }
    }

    /// Adds a query parameter; name and value are percent-encoded here.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.query.push((encode(name), encode(value.as_ref())));
        self
    }

    /// Adds a header. A value that HTTP does not allow makes the later build fail with a clear rejection.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Builds the request.
    pub fn body(self, body: impl Into<Bytes>) -> Result<http::Request<Bytes>, crate::Rejection> {
        let mut uri = self.path;
        for (index, (name, value)) in self.query.iter().enumerate() {
            uri.push(if index == 0 && !uri.contains('?') { '?' } else { '&' });
            uri.push_str(name);
            uri.push('=');
            uri.push_str(value);
        }
        let mut builder = http::Request::builder().method(self.method).uri(uri);
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        builder.body(body.into()).map_err(|error| {
            crate::Rejection::new(crate::RejectCode::CannotExpress, format!("the request cannot be built: {error}"))
        })
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986).
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_values_are_encoded() {
        let request = RequestBuilder::new(http::Method::GET, "/api/orders")
            .query("order_ids", "A&B,C D+é")
            .query("max", "100")
            .body("")
            .unwrap();
        assert_eq!(request.uri().to_string(), "/api/orders?order_ids=A%26B%2CC%20D%2B%C3%A9&max=100");
    }

    #[test]
    fn retry_after_reads_seconds_and_ignores_nonsense() {
        let reply = |value: &str| Reply {
            response: http::Response::builder().status(429).header("Retry-After", value).body(Bytes::new()).unwrap(),
            at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(reply("60").retry_after(), Some(SignedDuration::from_secs(60)));
        assert_eq!(reply("-1").retry_after(), None);
        assert_eq!(reply("99999999999").retry_after(), None);
        assert_eq!(reply("Mon, 23 Nov 2026 00:00:00 GMT").retry_after(), None);
    }

    #[test]
    fn html_is_recognised_behind_white_space() {
        let reply = |body: &'static str| Reply {
            response: http::Response::new(Bytes::from_static(body.as_bytes())),
            at: Timestamp::UNIX_EPOCH,
        };
        assert!(reply("\n  <!DOCTYPE html><p>Sorry").is_html());
        assert!(reply("<HTML>").is_html());
        assert!(!reply("{\"html\":1}").is_html());
        assert!(!reply("").is_html());
    }
}
