//! How a page leaves the house: rendering, failures, the sentence that an act left behind.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html as Body, IntoResponse, Response};
use crossdock_desk::DeskError;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::app::App;
use crate::assets::Addresses;
use crate::query::{Query, percent, unpercent};
use crate::sign_in::cookie;

const SAID_COOKIE: &str = "crossdock_said";

/// Why a page could not be made.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The desk did not answer.
    Desk(DeskError),
    /// The work was lost on the way.
    Lost,
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

impl Failure {
    /// Status and sentence, for pages and for the API.
    pub(crate) fn words(&self) -> (StatusCode, String) {
        match self {
            Self::Desk(error) => (
                StatusCode::SERVICE_UNAVAILABLE,
                format!(
                    "Nothing can be shown: {error}. Orders and stock are safe in the database; load the page again."
                ),
            ),
            Self::Lost => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "The page could not be made. This is a fault of Crossdock; its log says more.".to_owned(),
            ),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, sentence) = self.words();
        plain(status, &sentence)
    }
}

/// What an act said, shown once on the page that follows.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Whether it was done.
    pub(crate) done: bool,
    /// The desk's sentence.
    pub(crate) sentence: String,
}

impl Said {
    /// The cookie that carries it over the redirect. A cookie and not the URL: nobody can send a colleague a link that makes
    /// the console say something.
    pub(crate) fn cookie(&self) -> String {
        let kind = if self.done { "done" } else { "refused" };
        let sentence: String = self.sentence.chars().take(600).collect();
        format!("{SAID_COOKIE}={kind}~{}; Path=/; HttpOnly; SameSite=Strict; Max-Age=60", percent(&sentence))
    }

    fn read(value: &str) -> Option<Self> {
        let (kind, sentence) = value.split_once('~')?;
        Some(Self { done: kind == "done", sentence: unpercent(sentence) })
    }
}

/// What every page reads from its request.
pub(crate) struct View {
    /// The query.
    pub(crate) query: Query,
    /// Path and query, to come back to after an act.
    pub(crate) path: String,
    /// What the act before said.
    pub(crate) said: Option<Said>,
}

impl View {
    /// Whether the table is wanted as a file.
    pub(crate) fn wants_csv(&self) -> bool {
        self.query.text("format").as_deref() == Some("csv")
    }

    /// Answers with a page; what was said is said once.
    pub(crate) fn show(&self, status: StatusCode, template: &impl Template) -> Response {
        let mut response = render(status, template);
        if self.said.is_some() {
            let gone = HeaderValue::from_static("crossdock_said=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
            response.headers_mut().append(SET_COOKIE, gone);
        }
        response
    }
}

impl FromRequestParts<Arc<App>> for View {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Self::Rejection> {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map(|query| query.0)
            .unwrap_or_default();
        // A page that only refreshes itself must not use up the sentence.
        let partial = parts.headers.contains_key("x-partial");
        let said =
            if partial { None } else { cookie(&parts.headers, SAID_COOKIE).and_then(|value| Said::read(&value)) };
        Ok(Self {
            query: Query(query),
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            said,
        })
    }
}

/// Renders a template.
pub(crate) fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(body) => (status, Body(body)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Template)]
#[template(path = "plain.html")]
struct Plain<'a> {
    assets: Addresses,
    sentence: &'a str,
}

/// A page with one sentence, for when the frame cannot or must not be shown.
pub(crate) fn plain(status: StatusCode, sentence: &str) -> Response {
    render(status, &Plain { assets: Addresses::new(), sentence })
}

/// A path of this console to go back to; anything else becomes the first page.
pub(crate) fn own_path(text: &str) -> String {
    let inside = text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inside { text.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Said, own_path};

    #[test]
    fn one_never_returns_to_another_site() {
        assert_eq!(own_path("/orders?state=held&page=2"), "/orders?state=held&page=2");
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "", "orders"] {
            assert_eq!(own_path(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn a_sentence_survives_the_cookie() {
        let said = Said { done: true, sentence: "Mapped; 15 orders go on. é=~".to_owned() };
        let cookie = said.cookie();
        let value = cookie.split(';').next().and_then(|pair| pair.split_once('=')).map(|(_, v)| v);
        let back = value.and_then(Said::read);
        assert!(back.is_some_and(|back| back.done && back.sentence == said.sentence));
    }
}
