//! A page hears that something moved.

use std::sync::Arc;

use axum::body::Body;
use crossdock_console::{ConsoleSettings, router};
use http::Request;
use tokio_stream::StreamExt;
use tower::ServiceExt;

use crate::asking::RecordingDoor;
use crate::hostile_desk::HostileDesk;

#[tokio::test]
async fn the_stream_begins_with_where_things_stand() {
    let router =
        router(Arc::new(HostileDesk::default()), Arc::new(RecordingDoor::default()), ConsoleSettings::default());
    let request = Request::get("/live").header("host", "localhost").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first, "event: moved\ndata: 7\n\n");
}
