//! Server-sent events: a page hears that something moved, and asks again by itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;

/// How often the desk is asked whether anything moved.
const EVERY: Duration = Duration::from_secs(1);

/// `GET /live`: one event `moved` each time the desk's version grew, at most one a second.
pub(crate) async fn live(State(app): State<Arc<App>>) -> Response {
    // Each open page holds one place; beyond that a page simply does not update by itself.
    let Ok(place) = Arc::clone(&app.watchers).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (send, receive) = mpsc::channel::<Result<Event, Infallible>>(1);
    tokio::spawn(async move {
        let _place = place;
        let mut seen = None;
        loop {
            let desk = Arc::clone(&app.desk);
            let Ok(version) = tokio::task::spawn_blocking(move || desk.version()).await else {
                return;
            };
            if seen != Some(version) {
                // The first event tells a page that comes back after a break where things stand.
                let event = Event::default().event("moved").data(version.to_string());
                if send.send(Ok(event)).await.is_err() {
                    return;
                }
                seen = Some(version);
            }
            tokio::select! {
                () = send.closed() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    });
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(20));
    Sse::new(ReceiverStream::new(receive)).keep_alive(keep_alive).into_response()
}
