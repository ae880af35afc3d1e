//! What a browser, a script or a stranger sends to the console: addresses, forms, JSON, cookies, deliveries.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use axum::body::{Body, to_bytes};
use crossdock_console::{ConsoleSettings, Door, router};
use crossdock_desk::{Act, Desk};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower::ServiceExt as _;

use super::console_desk::{Echo, Everything, NAME};
use crate::cut::Cut;

/// A tag that no template has; in a page it can only have come from what was sent.
const FOREIGN_TAG: &str = "<xss";

static DESK: LazyLock<Arc<Echo>> = LazyLock::new(Arc::default);
static OPEN: LazyLock<axum::Router> = LazyLock::new(|| console(None));
static LOCKED: LazyLock<axum::Router> = LazyLock::new(|| console(Some("s3cret-token")));

thread_local! {
    static RUNTIME: RefCell<tokio::runtime::Runtime> = RefCell::new(
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime of one thread"),
    );
}

fn console(token: Option<&str>) -> axum::Router {
    let settings = ConsoleSettings { hosts: vec!["hub.example".to_owned()], token: token.map(Into::into) };
    router(Arc::clone(&*DESK) as Arc<dyn Desk>, Arc::new(Everything) as Arc<dyn Door>, settings)
}

/// First byte: method and kind of body. Second: where it comes from. Third: with or without a token set. A line with path and
/// query, a line with a cookie, a line with `Host`, then the body.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let (method, kind) = cut
        .choose(&[
            (Method::GET, ""),
            (Method::POST, "application/x-www-form-urlencoded"),
            (Method::POST, "application/json"),
            (Method::POST, "text/plain"),
            (Method::HEAD, ""),
            (Method::PUT, "application/json"),
        ])
        .clone();
    let site = *cut.choose(&["same-origin", "cross-site", "none", ""]);
    let locked = *cut.choose(&[false, true]);
    let (path, cookie, host) = (cut.line(), cut.line(), cut.line());
    let body = cut.rest();
    // The stream of changes has no end, and an address that HTTP cannot carry never arrives.
    let Ok(uri) = http::Uri::try_from(path) else { return };
    if uri.path() == "/live" || !uri.path().starts_with('/') || uri.authority().is_some() {
        return;
    }
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri.clone();
    let host: &[u8] = if host.is_empty() { b"localhost:7070" } else { host };
    let headers =
        [("host", host), ("content-type", kind.as_bytes()), ("sec-fetch-site", site.as_bytes()), ("cookie", cookie)];
    for (name, value) in headers {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_bytes(value)) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    let console = if locked { LOCKED.clone() } else { OPEN.clone() };
    let (head, answer) = RUNTIME.with_borrow(|runtime| {
        runtime.block_on(async {
            let response = console.oneshot(request).await.unwrap_or_else(|never| match never {});
            let (head, body): (_, Body) = Response::into_parts(response);
            (head, to_bytes(body, 8 * 1024 * 1024).await.expect("an answer of bounded length"))
        })
    });
    let acts = DESK.take();
    let delivery = uri.path().starts_with("/in/");
    assert!(head.status != StatusCode::INTERNAL_SERVER_ERROR, "a fault of ours: {}", head.status);
    assert!(delivery || !head.status.is_server_error(), "{}", head.status);
    for name in ["content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"] {
        assert!(head.headers.contains_key(name), "{name} is missing");
    }
    let answer = String::from_utf8_lossy(&answer);
    let kind = head.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") {
        assert!(!answer.to_ascii_lowercase().contains(FOREIGN_TAG), "a tag from outside in a page");
    }
    if kind.starts_with("text/csv") {
        harmless(&answer);
    }
    if !uri.query().is_some_and(|query| query.to_ascii_lowercase().contains("re") || query.contains('%')) {
        assert!(!answer.contains(NAME), "a name without asking for it");
    }
    if let Some(place) = head.headers.get("location").and_then(|place| place.to_str().ok()) {
        assert!(place.starts_with('/') && !place.starts_with("//") && !place.contains('\\'), "leads away: {place}");
    }
    if !acts.is_empty() {
        assert!(method == Method::POST && !locked, "an act by {method} without a token");
        assert!(
            site == "same-origin" || (site.is_empty() && kind_is_json(&method, uri.path())),
            "an act from {site:?}"
        );
        assert!(acts.len() <= 100, "{} acts at once", acts.len());
    }
    acts.iter().for_each(|act| complete(act, uri.path()));
}

/// Without a word about where it comes from, only JSON acts: no foreign page can send that unasked.
fn kind_is_json(method: &Method, path: &str) -> bool {
    *method == Method::POST && path == "/api/act"
}

/// What a form of the console must have.
fn complete(act: &Act, path: &str) {
    if path == "/api/act" {
        return;
    }
    match act {
        Act::MapSku { item: said, .. } | Act::MapCarrier { code: said, .. } => assert!(!said.is_empty(), "{act:?}"),
        Act::SetBuffer { units, .. } => assert!(*units >= 0, "{act:?}"),
        _ => {}
    }
}

/// No cell of an export runs in a spreadsheet.
fn harmless(text: &str) {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    for row in reader.records() {
        for cell in &row.expect("an export is a table") {
            let number =
                cell.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
            assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "a formula: {cell:?}");
        }
    }
}
