//! HTTP replies.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

fn with_body(status: u16, media: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// A GraphQL reply.
pub(crate) fn json(status: u16, body: &Value) -> Response<Bytes> {
    with_body(status, "application/json; charset=utf-8", Bytes::from(body.to_string()))
}

/// A REST reply.
pub(crate) fn api(status: u16, body: &Value) -> Response<Bytes> {
    with_body(status, "application/vnd.api+json", Bytes::from(body.to_string()))
}

/// A reply without JSON.
pub(crate) fn text(status: u16, body: &'static str) -> Response<Bytes> {
    with_body(status, "text/plain", Bytes::from_static(body.as_bytes()))
}

/// One REST error (`contracts/marketplacer.md` §4.4): `code` is the HTTP number, `status` a symbol, `source` plain text.
pub(crate) fn api_error(code: u16, status: &str, title: &str, detail: &str, source: Option<&str>) -> Response<Bytes> {
    let error = json!({
        "title": title, "detail": detail, "id": null, "href": null, "code": code,
        "source": source, "links": null, "status": status,
    });
    api(code, &json!({ "errors": [error] }))
}

/// 404 of the REST surface.
pub(crate) fn api_not_found() -> Response<Bytes> {
    api_error(404, "not_found", "Record not found", "The requested resource does not exist.", None)
}

/// 422 of the REST surface.
pub(crate) fn api_invalid(detail: &str, attribute: &str) -> Response<Bytes> {
    let source = format!("data/attributes/{attribute}");
    api_error(422, "resource_invalid", "Validation error", detail, Some(&source))
}
