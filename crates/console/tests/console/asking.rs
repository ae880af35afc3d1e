//! Ways to ask the console in process, without a socket.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use crossdock_console::{ConsoleSettings, Delivery, Door, router};
use crossdock_desk::Desk;
use http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;

use crate::hostile_desk::HostileDesk;

/// A door that answers what the event says, and keeps what came.
#[derive(Default)]
pub(crate) struct RecordingDoor(pub(crate) Mutex<Vec<(String, String, String, usize)>>);

impl Door for RecordingDoor {
    fn deliver(&self, delivery: Delivery) -> u16 {
        let status = delivery.event.parse().unwrap_or(200);
        self.0.lock().unwrap().push((
            format!("{} {}", delivery.method, delivery.connection),
            delivery.token,
            delivery.query,
            delivery.body.len(),
        ));
        status
    }
}

/// A console over both, and what was answered last.
pub(crate) struct Console {
    pub(crate) desk: Arc<HostileDesk>,
    pub(crate) door: Arc<RecordingDoor>,
    router: Router,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// A header as text; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Console {
    pub(crate) fn new(desk: HostileDesk, settings: ConsoleSettings) -> Self {
        let desk = Arc::new(desk);
        let door = Arc::new(RecordingDoor::default());
        let router = router(Arc::clone(&desk) as Arc<dyn Desk>, Arc::clone(&door) as Arc<dyn Door>, settings);
        Self { desk, door, router }
    }

    pub(crate) fn open() -> Self {
        Self::new(HostileDesk::default(), ConsoleSettings::default())
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: head.status, headers: head.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// Asks for a page as a browser on this machine does.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("host", "localhost:7070").body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// Sends a form from one of the console's own pages.
    pub(crate) async fn post_form(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header("host", "localhost:7070")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.send(request).await
    }
}
