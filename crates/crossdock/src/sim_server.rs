//! Serves the twins over HTTP on loopback, for the demonstration and for anybody's client.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sim_core::{Answer, Host};
use tokio::net::TcpListener;

use crate::Failure;
use crate::clock::Clock;

/// A twin that several requests and its own ticker share.
pub(crate) type SharedHost = Arc<Mutex<Box<dyn Host>>>;

/// A connection that shall end without a reply.
#[derive(Debug, thiserror::Error)]
#[error("the simulated line went dead")]
struct Dead;

/// Serves one twin; returns its address.
pub(crate) async fn serve(host: SharedHost, port: u16, clock: Clock) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| Failure::config(format!("port {port}: {error}. Give another one, or 0 for any")))?;
    let address = listener.local_addr().map_err(|error| Failure::bug(&error))?;
    tokio::spawn(tick(Arc::clone(&host), clock));
    tokio::spawn(async move {
        loop {
            let Ok((socket, _)) = listener.accept().await else { continue };
            let host = Arc::clone(&host);
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(Arc::clone(&host), clock, request));
                let connection = hyper::server::conn::http1::Builder::new();
                // A service that fails closes the connection without a reply: the fault that this is for.
                let _ = connection.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    Ok(address)
}

async fn answer(host: SharedHost, clock: Clock, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dead> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dead)?.to_bytes();
    let request = Request::from_parts(head, body);
    match lock(&host).serve(clock.now(), &request) {
        Answer::Reply(response) => Ok(response.map(Full::new)),
        Answer::Lost | Answer::Refused => Err(Dead),
    }
}

fn lock(host: &SharedHost) -> std::sync::MutexGuard<'_, Box<dyn Host>> {
    host.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets the twin work while nobody asks, and delivers what it wants to tell the hub.
async fn tick(host: SharedHost, clock: Clock) -> Infallible {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap_or_default();
    loop {
        let outbound = {
            let mut host = lock(&host);
            host.tick(clock.now());
            host.take_outbound(clock.now())
        };
        for call in outbound {
            let (host, client) = (Arc::clone(&host), client.clone());
            tokio::spawn(async move {
                let (head, body) = call.request.into_parts();
                let sent =
                    client.request(head.method, head.uri.to_string()).headers(head.headers).body(body).send().await;
                let status = sent.ok().map(|response| response.status().as_u16());
                lock(&host).delivered(clock.now(), call.id, status);
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
