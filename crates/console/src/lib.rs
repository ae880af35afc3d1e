//! The operator console: six questions answered on one screen each, the same views as JSON, and the door for webhooks.
//!
//! Everything shown comes from [`crossdock_desk::Desk`]; every act goes back through it. Pages are made on the server and
//! work without a script; the script only adds live updates and keys.
//!
//! Architecture invariant: no SQL, no wire type, no remote's name, no clock of its own (times come from the desk).

mod act_form;
mod acts;
mod api;
mod app;
mod assets;
mod clock;
mod csv_export;
mod door;
mod frame;
mod gate;
mod html;
mod icons;
mod live;
mod mask;
mod page;
mod pages;
mod query;
mod runbook;
mod sign_in;
mod svg;

#[cfg(test)]
mod properties;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use crossdock_desk::Desk;

pub use app::ConsoleSettings;
pub use door::{Delivery, Door};

use app::App;

/// The console's routes over a desk and a door. Serve it inside a tokio runtime.
pub fn router(desk: Arc<dyn Desk>, door: Arc<dyn Door>, settings: ConsoleSettings) -> Router {
    let app = Arc::new(App::new(desk, door, settings));
    let api = Router::new()
        .route("/today", get(api::today))
        .route("/orders", get(api::orders))
        .route("/orders/{id}", get(api::order))
        .route("/why/{id}", get(api::why))
        .route("/exceptions", get(api::exceptions))
        .route("/stock", get(api::stock))
        .route("/despatch", get(api::despatch))
        .route("/connections", get(api::connections))
        .route("/act", post(acts::api))
        .fallback(api::missing);
    Router::new()
        .route("/", get(pages::today::show))
        .route("/orders", get(pages::orders::show))
        .route("/orders/{number}", get(pages::order::show))
        .route("/exceptions", get(pages::exceptions::show))
        .route("/stock", get(pages::stock::show))
        .route("/despatch", get(pages::despatch::show))
        .route("/connections", get(pages::connections::show))
        .route("/causes", get(pages::causes::list))
        .route("/causes/{code}", get(pages::causes::show))
        .route("/find", get(pages::find::show))
        .route("/help", get(pages::help::show))
        .route("/act", post(acts::form))
        .route("/live", get(live::live))
        .route("/sign-in", post(sign_in::submit))
        .route("/assets/{name}", get(assets::serve))
        .route("/healthz", get(async || "ok\n"))
        .route("/in/{connection}/{event}/{token}", get(door::intake).post(door::intake))
        .nest("/api", api)
        .fallback(pages::help::missing)
        .layer(from_fn_with_state(Arc::clone(&app), gate::guard))
        .layer(from_fn(gate::headers))
        .with_state(app)
}
