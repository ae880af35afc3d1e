//! HTTP replies and refusals, in the two error shapes that clients have met (contracts/john-lewis.md §2.1).

use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::options::ErrorShape;

/// Why a call was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    code: &'static str,
    field: Option<String>,
    message: String,
    header: Option<Box<(HeaderName, String)>>,
}

impl Refusal {
    /// A refusal without a documented code.
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, code: "", field: None, message: message.into(), header: None }
    }

    /// 400.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 404.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// Gives it a documented machine code.
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Names the field that is wrong.
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// The reply that says so.
    pub(crate) fn reply(self, shape: ErrorShape) -> Response<Bytes> {
        // The 401 shape is the same everywhere (contracts/john-lewis.md §2.1).
        let body = if shape == ErrorShape::Message || self.status == 401 {
            let message = if self.code.is_empty() { self.message } else { format!("{}: {}", self.code, self.message) };
            json!({ "status": self.status, "message": message })
        } else {
            let code = if self.code.is_empty() { generic_code(self.status) } else { self.code };
            json!({ "errors": [{ "code": code, "field": self.field, "message": self.message }] })
        };
        let reply = self::json(self.status, &body);
        match self.header {
            Some(header) => with_header(reply, header.0, &header.1),
            None => reply,
        }
    }
}

fn generic_code(status: u16) -> &'static str {
    match status {
        400 => "VALIDATION_ERROR",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        406 => "NOT_ACCEPTABLE",
        411 => "LENGTH_REQUIRED",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "TOO_MANY_REQUESTS",
        _ => "ERROR",
    }
}

/// What an operation answers.
pub(crate) type Outcome = Result<Response<Bytes>, Refusal>;

/// A JSON reply.
pub(crate) fn json(status: u16, body: &Value) -> Response<Bytes> {
    with_body(status, "application/json;charset=UTF-8", body.to_string())
}

/// A CSV reply.
pub(crate) fn csv(body: String) -> Response<Bytes> {
    with_body(200, "text/csv;charset=UTF-8", body)
}

/// 204.
pub(crate) fn no_content() -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

/// Adds a header whose value was built from remote text; one that no header may hold is left out.
pub(crate) fn with_header(mut reply: Response<Bytes>, name: HeaderName, value: &str) -> Response<Bytes> {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
    reply
}

fn with_body(status: u16, media: &'static str, body: String) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::from(body));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}
