//! The keyboard, and the page for an address that leads nowhere.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::app::App;
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "missing.html")]
struct Missing {
    frame: Frame,
}

/// `GET /help`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let (frame, _) = app.frame(&view, "help").await?;
    Ok(view.show(StatusCode::OK, &Help { frame }))
}

/// Any other address.
pub(crate) async fn missing(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let (frame, _) = app.frame(&view, "missing").await?;
    Ok(view.show(StatusCode::NOT_FOUND, &Missing { frame }))
}
