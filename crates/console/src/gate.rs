//! Who is let in: the host asked for, the token, and where a form was sent from.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::app::App;
use crate::{page, sign_in};

/// Nothing but this console's own files and forms; no inline code, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Adds the headers that every answer carries.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Lets through what asks for a known host, carries the token where one is set, and does not act from a foreign page.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Remotes and load balancers come under the public name or a bare address; the path's token guards the intake.
    if path == "/healthz" || path.starts_with("/in/") {
        return next.run(request).await;
    }
    let Some(asked) = host(&request) else {
        return refuse(StatusCode::BAD_REQUEST, "The request names no host.");
    };
    if !is_ours(&asked, &app.settings.hosts) {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "This console does not answer under that host name. Open it under localhost, or add the name to the console's \
             hosts in the settings.",
        );
    }
    if !request.method().is_safe() && !from_here(request.headers(), &asked) {
        return refuse(
            StatusCode::FORBIDDEN,
            "This was sent from another site, so nothing was done. Open the console itself and try again.",
        );
    }
    let open = path == "/sign-in" || path.starts_with("/assets/");
    if !open && !sign_in::holds_token(&app.settings, request.headers()) {
        if path.starts_with("/api/") || path == "/live" {
            let body =
                axum::Json(serde_json::json!({ "error": "Send the console's token as `Authorization: Bearer …`." }));
            return (StatusCode::UNAUTHORIZED, body).into_response();
        }
        // A strict cookie stays at home when a link in a mail or a chat is followed; the page asks again as itself.
        let followed = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
        if followed && request.method() == http::Method::GET {
            return sign_in::again();
        }
        let back = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let back = if request.method().is_safe() { back } else { "/" };
        return sign_in::form(back, false);
    }
    next.run(request).await
}

fn refuse(status: StatusCode, sentence: &str) -> Response {
    page::plain(status, sentence)
}

/// The authority asked for: the target's own where it has one (RFC 9112 §3.2.2), else the `Host` header.
fn host(request: &Request) -> Option<String> {
    let text = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(HOST)?.to_str().ok()?,
    };
    Some(text.to_ascii_lowercase())
}

/// The name without its port; an IPv6 address keeps its brackets.
fn without_port(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    authority.rsplit_once(':').map_or(authority, |(name, _)| name)
}

fn is_ours(authority: &str, hosts: &[String]) -> bool {
    let name = without_port(authority);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    loopback || name == "localhost" || hosts.iter().any(|host| without_port(host).eq_ignore_ascii_case(name))
}

/// Whether a request that acts comes from this console's own pages.
///
/// Browsers say so in `Sec-Fetch-Site`, older ones in `Origin`. A request with neither comes from no page at all; it is
/// let through only with a token in `Authorization` or as JSON, neither of which a foreign page can send unasked.
fn from_here(headers: &HeaderMap, authority: &str) -> bool {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = value(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    if let Some(origin) = value(ORIGIN) {
        let from = origin.split_once("://").map_or("", |(_, rest)| rest);
        let plain = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.strip_suffix(":443").or(text.strip_suffix(":80")).map(str::to_owned).unwrap_or(text)
        };
        return plain(from) == plain(authority);
    }
    let json = value(http::header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    json || headers.contains_key(AUTHORIZATION)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{from_here, is_ours};

    fn from(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn only_loopback_and_named_hosts_are_ours() {
        let named = ["hub.example.com".to_owned()];
        for good in ["localhost", "localhost:7070", "127.0.0.1:7070", "127.9.9.9", "[::1]:7070", "hub.example.com:443"]
        {
            assert!(is_ours(good, &named), "{good}");
        }
        for bad in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.5", "", "[::2]"] {
            assert!(!is_ours(bad, &named), "{bad}");
        }
    }

    #[test]
    fn a_form_on_another_site_does_nothing() {
        let here = "localhost:7070";
        assert!(from_here(&from(&[("sec-fetch-site", "same-origin")]), here));
        assert!(!from_here(&from(&[("sec-fetch-site", "cross-site")]), here));
        assert!(!from_here(&from(&[("sec-fetch-site", "same-site")]), here));
        assert!(from_here(&from(&[("origin", "http://localhost:7070")]), here));
        assert!(from_here(&from(&[("origin", "https://hub.example.com")]), "hub.example.com:443"));
        assert!(!from_here(&from(&[("origin", "http://evil.example")]), here));
        assert!(!from_here(&from(&[("origin", "null")]), here));
        assert!(!from_here(&from(&[]), here));
        assert!(from_here(&from(&[("content-type", "application/json")]), here));
    }
}
