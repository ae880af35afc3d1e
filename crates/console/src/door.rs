//! Webhook intake: what a remote delivers goes to the engine's door unread, and only a status goes back.
//!
//! It knows no remote. Marketplacer switches a webhook off after one 4xx reply (`contracts/marketplacer.md §6.3`), so the
//! door answers 200, 404 (no such subscription) or 503, and everything that goes wrong here is a 503.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::app::App;

/// The largest delivery that is read, bytes (10 MiB).
pub(crate) const LARGEST: usize = 10 * 1024 * 1024;

/// How long a delivery may take to arrive; a slow sender must not hold its place for ever.
const SLOWEST: Duration = Duration::from_secs(30);

/// A delivery as it arrived. `token` and `query` may be secrets: neither is ever logged, so there is no `Debug`.
pub struct Delivery {
    /// `GET` (or `HEAD`) or `POST`.
    pub method: Method,
    /// The connection, from the path.
    pub connection: String,
    /// What it was subscribed for, from the path.
    pub event: String,
    /// The secret of the path.
    pub token: String,
    /// The raw query string without `?`, empty when there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The raw body, at most 10 MiB.
    pub body: Bytes,
}

/// Where deliveries go.
pub trait Door: Send + Sync {
    /// Takes one delivery and returns the HTTP status to answer: 200 once it is stored, 404 when there is no such
    /// subscription, 503 to be tried again. Anything else is answered as 503. May block on the database.
    fn deliver(&self, delivery: Delivery) -> u16;
}

/// `GET|POST /in/{connection}/{event}/{token}`
pub(crate) async fn intake(
    State(app): State<Arc<App>>,
    Path((connection, event, token)): Path<(String, String, String)>,
    request: http::Request<Body>,
) -> impl IntoResponse {
    // Each place may hold a body of the largest size; beyond that the remote is asked to come again.
    let Ok(_place) = app.deliveries.try_acquire() else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let (head, body) = request.into_parts();
    let Ok(Ok(body)) = tokio::time::timeout(SLOWEST, to_bytes(body, LARGEST)).await else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let delivery = Delivery {
        method: head.method,
        connection,
        event,
        token,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    let door = Arc::clone(&app.door);
    let status = tokio::task::spawn_blocking(move || door.deliver(delivery)).await;
    match status {
        Ok(200) => StatusCode::OK,
        Ok(404) => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
