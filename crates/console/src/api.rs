//! The same views as JSON. Personal data is under cover here as well, unless `reveal=1`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use crossdock_desk::DeskError;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::mask;
use crate::page::View;

/// Asks and answers as JSON; a failure is a sentence under `error`.
async fn answer<T: Serialize + Send + 'static>(
    app: &Arc<App>,
    question: impl FnOnce(&App) -> Result<T, DeskError> + Send + 'static,
) -> Response {
    match app.ask(question).await {
        Ok(view) => Json(view).into_response(),
        Err(failure) => {
            let (status, sentence) = failure.words();
            (status, Json(json!({ "error": sentence }))).into_response()
        }
    }
}

/// `GET /api/today`
pub(crate) async fn today(State(app): State<Arc<App>>) -> Response {
    answer(&app, |app| app.desk.today()).await
}

/// `GET /api/orders`: the filter's fields as query; with `q`, everything that an id could mean.
pub(crate) async fn orders(State(app): State<Arc<App>>, view: View) -> Response {
    match view.query.text("q") {
        Some(text) => answer(&app, move |app| app.desk.find(&text)).await,
        None => answer(&app, move |app| app.desk.orders(&view.query.orders())).await,
    }
}

/// `GET /api/orders/{id}`: any id; 404 with the desk's sentence when the hub never saw it.
pub(crate) async fn order(State(app): State<Arc<App>>, Path(id): Path<String>, view: View) -> Response {
    let revealed = view.query.on("reveal");
    let asked = id.clone();
    match app.ask(move |app| app.desk.order(&asked)).await {
        Ok(Some(mut page)) => {
            if !revealed {
                mask::page(&mut page);
            }
            Json(page).into_response()
        }
        Ok(None) => {
            let mut response =
                answer(&app, move |app| app.desk.why(&id).map(|why| json!({ "error": why.sentence, "why": why })))
                    .await;
            if response.status() == StatusCode::OK {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
        Err(failure) => {
            let (status, sentence) = failure.words();
            (status, Json(json!({ "error": sentence }))).into_response()
        }
    }
}

/// `GET /api/why/{id}`
pub(crate) async fn why(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    answer(&app, move |app| app.desk.why(&id)).await
}

/// `GET /api/exceptions`
pub(crate) async fn exceptions(State(app): State<Arc<App>>) -> Response {
    answer(&app, |app| app.desk.exceptions()).await
}

/// `GET /api/stock`
pub(crate) async fn stock(State(app): State<Arc<App>>, view: View) -> Response {
    answer(&app, move |app| app.desk.stock(&view.query.stock())).await
}

/// `GET /api/despatch`
pub(crate) async fn despatch(State(app): State<Arc<App>>, view: View) -> Response {
    answer(&app, move |app| app.desk.despatches(&view.query.despatch())).await
}

/// `GET /api/connections`
pub(crate) async fn connections(State(app): State<Arc<App>>) -> Response {
    answer(&app, |app| app.desk.connections()).await
}

/// Any other address under `/api`.
pub(crate) async fn missing() -> Response {
    let body = json!({ "error": "There is nothing here. The views are /api/today, /api/orders, /api/orders/{id}, \
        /api/why/{id}, /api/exceptions, /api/stock, /api/despatch, /api/connections; acts go to POST /api/act." });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
