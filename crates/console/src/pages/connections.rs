//! Is anything silently standing still?

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use crossdock_desk::{Act, ConnectionView, WindowView};
use crossdock_model::ConnectionState;
use http::StatusCode;

use crate::act_form::ActForm;
use crate::app::App;
use crate::clock::span;
use crate::csv_export::Table;
use crate::frame::Frame;
use crate::html::{self, Html};
use crate::page::{Failure, View};
use crate::svg::meter;

#[derive(Template)]
#[template(path = "connections.html")]
struct Page {
    frame: Frame,
    /// What to do about a restored database.
    restored: Option<Restored>,
    connections: Vec<One>,
}

/// A database that came back from a copy.
struct Restored {
    sentence: String,
    release: ActForm,
}

struct One {
    view: ConnectionView,
    state: &'static str,
    reconnect: Option<ActForm>,
    windows: Vec<Window>,
}

/// One published limit.
struct Window {
    name: String,
    meter: Html,
    words: String,
}

/// `GET /connections`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let connections = app.ask(|app| app.desk.connections()).await?;
    if view.wants_csv() {
        return Ok(export(&connections).into_response());
    }
    let (frame, gathered) = app.frame(&view, "connections").await?;
    let restored = gathered
        .today
        .needs
        .iter()
        .find(|group| group.cause == "hub.restored")
        .and_then(|group| Some(Restored { sentence: group.sentence.clone(), release: ActForm::for_group(group)? }));
    let page = Page { restored, connections: connections.into_iter().map(one).collect(), frame };
    Ok(view.show(StatusCode::OK, &page))
}

fn one(view: ConnectionView) -> One {
    let refused = matches!(view.state, Some(ConnectionState::AuthFailed | ConnectionState::ScopeMissing));
    let act = Act::Reconnect { connection: view.name.clone() };
    One {
        state: state(view.state),
        reconnect: refused.then(|| ActForm::new(&act, "Try again")),
        windows: view.windows.iter().map(window).collect(),
        view,
    }
}

/// A connection's state in a person's words.
fn state(state: Option<ConnectionState>) -> &'static str {
    match state {
        None => "not asked yet",
        Some(ConnectionState::Live) => "live",
        Some(ConnectionState::SellerOffline) => "the seller is switched off there",
        Some(ConnectionState::AuthFailed) => "credentials refused",
        Some(ConnectionState::ScopeMissing) => "a right is missing",
        Some(ConnectionState::WebhookDisabled) => "our webhook is switched off there",
        Some(ConnectionState::Down) => "does not answer",
    }
}

fn window(window: &WindowView) -> Window {
    Window {
        name: window.name.clone(),
        meter: meter(window.used, window.limit),
        words: format!(
            "{} of {} in {}",
            html::count(window.used),
            html::count(window.limit),
            span(i64::try_from(window.per_seconds).unwrap_or(i64::MAX))
        ),
    }
}

fn export(connections: &[ConnectionView]) -> Table {
    let mut table = Table::new(
        "connections",
        &[
            "connection",
            "kind",
            "role",
            "state",
            "words",
            "schedule",
            "last_good",
            "next",
            "watermark",
            "failures",
            "problem",
        ],
    );
    for connection in connections {
        let cells = |schedule: [String; 6]| {
            let [name, last_good, next, watermark, failures, problem] = schedule;
            [
                connection.name.clone(),
                connection.kind.clone(),
                connection.role.clone(),
                state(connection.state).to_owned(),
                connection.words.clone(),
                name,
                last_good,
                next,
                watermark,
                failures,
                problem,
            ]
        };
        let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        if connection.schedules.is_empty() {
            table.row(cells(Default::default()));
        }
        for schedule in &connection.schedules {
            table.row(cells([
                schedule.name.clone(),
                time(schedule.last_good),
                time(schedule.next),
                time(schedule.watermark),
                schedule.failures.to_string(),
                schedule.problem.clone(),
            ]));
        }
    }
    table
}
