//! HTTP out: one client per connection, with honest failures.
//!
//! The one thing that matters here is the difference between *not sent* and *no reply* ([`SendError`]): a call that was
//! certainly not sent may be repeated, a call without a reply never is. So connections are not reused (a server that
//! closes an idle connection while a request is being written would leave a doubt), redirects are not followed, and
//! nothing is retried in here (fault F10).
//!
//! Architecture invariant: no business, no remote's name, no store.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use crossdock_connector::{Call, SendError};
use crossdock_planted::{self as planted, Bug};

/// The longest reply body, in bytes. A full page of a thousand report rows is well below 2 MiB.
pub const BODY_MAX: usize = 32 * 1024 * 1024;

/// Why a client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base URL cannot be used.
    #[error(
        "`{0}` is not a usable base URL: it must begin with https:// (or http:// for a loopback address) and hold no query"
    )]
    BaseUrl(String),
    /// The TLS library could not start.
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
}

/// A client for one connection.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    base: String,
}

impl HttpTransport {
    /// A client for a base URL. `timeout` bounds a whole call: connecting, writing, reading.
    pub fn new(base_url: &str, timeout: Duration) -> Result<Self, SetupError> {
        let refuse = || SetupError::BaseUrl(base_url.to_owned());
        let url = reqwest::Url::parse(base_url).map_err(|_| refuse())?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if !(url.scheme() == "https" || (url.scheme() == "http" && loopback)) || url.query().is_some() {
            return Err(refuse());
        }
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .no_proxy()
            .user_agent(concat!("crossdock/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SetupError::Client(error.to_string()))?;
        Ok(Self { client, base: base_url.trim_end_matches('/').to_owned() })
    }

    /// Makes a call. `budget` is what is left until its send deadline: without any, nothing is sent (rule R4).
    pub async fn send(&self, call: &Call, budget: Duration) -> Result<http::Response<Bytes>, SendError> {
        if budget.is_zero() && !planted::on(Bug::DeadlineIgnored) {
            return Err(SendError::NotSent("its moment had passed before it could be sent".to_owned()));
        }
        let url = format!("{}{}", self.base, call.request.uri());
        let mut response = self
            .client
            .request(call.request.method().clone(), url)
            .headers(call.request.headers().clone())
            .body(call.request.body().clone())
            .send()
            .await
            .map_err(|error| {
                let text = describe(&error);
                if error.is_connect() || error.is_builder() { SendError::NotSent(text) } else { SendError::Lost(text) }
            })?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| SendError::Lost(describe(&error)))? {
            if body.len() + chunk.len() > BODY_MAX {
                return Err(SendError::Lost(format!("the reply is longer than {} MiB", BODY_MAX / 1024 / 1024)));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body.freeze());
        *answer.status_mut() = response.status();
        std::mem::swap(answer.headers_mut(), response.headers_mut());
        Ok(answer)
    }
}

/// The innermost reason, without the URL: it may hold ids.
fn describe(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    if error.is_timeout() { "timed out".to_owned() } else { reason.to_string().chars().take(200).collect() }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn call() -> Call {
        let request = http::Request::post("/x?y=1").body(Bytes::from_static(b"hello")).unwrap();
        Call { request, windows: Vec::new(), label: "test" }
    }

    async fn against(answer: &'static [u8]) -> Result<http::Response<Bytes>, SendError> {
        let _ = rustls_provider();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = async {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 4096];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(answer).await;
        };
        let transport = HttpTransport::new(&base, Duration::from_secs(5)).unwrap();
        let call = call();
        let (result, ()) = tokio::join!(transport.send(&call, Duration::from_secs(5)), server);
        result
    }

    fn rustls_provider() -> Result<(), std::sync::Arc<rustls::crypto::CryptoProvider>> {
        rustls::crypto::ring::default_provider().install_default()
    }

    #[tokio::test]
    async fn a_whole_reply_arrives_with_status_and_headers() {
        let reply = against(b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno").await.unwrap();
        assert_eq!(reply.status(), 429);
        assert_eq!(reply.headers()["retry-after"], "7");
        assert_eq!(reply.body().as_ref(), b"no");
    }

    #[tokio::test]
    async fn f01_a_reply_that_breaks_off_is_lost_never_not_sent() {
        for broken in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"] {
            assert!(matches!(against(broken).await, Err(SendError::Lost(_))));
        }
    }

    #[tokio::test]
    async fn f02_a_refused_connection_was_certainly_not_sent() {
        let _ = rustls_provider();
        let transport = HttpTransport::new("http://127.0.0.1:1", Duration::from_secs(5)).unwrap();
        assert!(matches!(transport.send(&call(), Duration::from_secs(5)).await, Err(SendError::NotSent(_))));
    }

    #[tokio::test]
    async fn r4_nothing_leaves_after_the_send_deadline() {
        let _ = rustls_provider();
        let transport = HttpTransport::new("http://127.0.0.1:1", Duration::from_secs(5)).unwrap();
        let error = transport.send(&call(), Duration::ZERO).await.unwrap_err();
        assert!(matches!(error, SendError::NotSent(text) if text.contains("moment")));
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        let _ = rustls_provider();
        assert!(HttpTransport::new("http://wms.example.com", Duration::from_secs(5)).is_err());
        assert!(HttpTransport::new("ftp://127.0.0.1", Duration::from_secs(5)).is_err());
        assert!(HttpTransport::new("https://wms.example.com/x", Duration::from_secs(5)).is_ok());
    }
}
