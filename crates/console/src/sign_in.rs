//! The one token that guards a console without users.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::app::{App, ConsoleSettings};
use crate::assets::Addresses;
use crate::page;

const COOKIE_NAME: &str = "crossdock_console";

/// What was typed into the form.
#[derive(Deserialize)]
pub(crate) struct Typed {
    token: String,
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    assets: Addresses,
    back: &'a str,
    wrong: bool,
}

/// Whether a request may pass: no token is set, or the cookie or the `Authorization` header holds it.
pub(crate) fn holds_token(settings: &ConsoleSettings, headers: &HeaderMap) -> bool {
    let Some(token) = &settings.token else {
        return true;
    };
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if bearer.is_some_and(|sent| same(sent, token.text())) {
        return true;
    }
    let expected = session(token.text());
    cookie(headers, COOKIE_NAME).is_some_and(|sent| same(&sent, &expected))
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The cookie holds a digest: a copied cookie opens this console, but does not tell the token.
fn session(token: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("crossdock console session v1");
    hasher.update(token.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// Compares digests in constant time, so that neither content nor length leaks.
fn same(sent: &str, expected: &str) -> bool {
    let digest = |text: &str| *blake3::hash(text.as_bytes()).as_bytes();
    digest(sent).ct_eq(&digest(expected)).into()
}

/// The form that asks for the token.
pub(crate) fn form(back: &str, wrong: bool) -> Response {
    let template = SignIn { assets: Addresses::new(), back, wrong };
    page::render(StatusCode::UNAUTHORIZED, &template)
}

#[derive(Template)]
#[template(path = "again.html")]
struct Again;

/// A page that asks for its own address again, now from this site.
pub(crate) fn again() -> Response {
    page::render(StatusCode::OK, &Again)
}

/// `POST /sign-in`
pub(crate) async fn submit(State(app): State<Arc<App>>, headers: HeaderMap, Form(typed): Form<Typed>) -> Response {
    let back = page::own_path(&typed.back);
    let Some(token) = &app.settings.token else {
        return Redirect::to(&back).into_response();
    };
    if !same(typed.token.trim(), token.text()) {
        return form(&back, true);
    }
    // The proxy in front says whether the browser came over TLS; over plain loopback a Secure cookie would be dropped.
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200{secure}", session(token.text()));
    ([(SET_COOKIE, cookie)], Redirect::to(&back)).into_response()
}
