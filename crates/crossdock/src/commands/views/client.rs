//! The running hub, asked over its own JSON API.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use crossdock_desk::{
    Act, ActDone, ActRefused, ConnectionView, DespatchFilter, DespatchList, ExceptionGroup, OrderPage, StockFilter,
    StockList, Today, Why,
};
use crossdock_model::Private;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// How long an answer may take. A page is answered in milliseconds; a full disk takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take to find out whether somebody listens.
const KNOCK: Duration = Duration::from_secs(2);

/// A failure as the API words it.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: String,
    why: Option<Why>,
}

/// A client of the hub at one address.
pub(crate) struct Client {
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    base: String,
    token: Option<Private<String>>,
}

impl Client {
    /// A client for the hub at `listen`; `None` when nobody listens there.
    pub(crate) fn find(listen: &str, token: Option<Private<String>>) -> Result<Option<Self>, Failure> {
        let address: SocketAddr =
            listen.parse().map_err(|_| Failure::config(format!("`listen`: `{listen}` is not an address and port")))?;
        let address = reachable(address);
        if TcpStream::connect_timeout(&address, KNOCK).is_err() {
            return Ok(None);
        }
        // No proxy: the hub is on this machine or its neighbour, and the token is nobody else's business.
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("crossdock/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::bug(&error))?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| Failure::bug(&error))?;
        Ok(Some(Self { http, runtime, base: format!("http://{address}"), token }))
    }

    /// The merchant's time zone, as the hub says it.
    pub(crate) fn zone(&self) -> Result<String, Failure> {
        self.get::<Today>("/api/today").map(|today| today.zone)
    }

    /// One order, or the sentence why there is none.
    pub(crate) fn order(&self, id: &str) -> Result<Result<OrderPage, Why>, Failure> {
        let (status, body) = self.ask("GET", &format!("/api/orders/{}", percent(id)), None)?;
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(Refusal { why: Some(why), .. }) if status == 404 => Ok(Err(why)),
            _ => self.read(status, &body).map(Ok),
        }
    }

    /// One sentence about any id.
    pub(crate) fn why(&self, id: &str) -> Result<Why, Failure> {
        self.get(&format!("/api/why/{}", percent(id)))
    }

    /// Open exceptions by cause.
    pub(crate) fn exceptions(&self) -> Result<Vec<ExceptionGroup>, Failure> {
        self.get("/api/exceptions")
    }

    /// A page of stock.
    pub(crate) fn stock(&self, filter: &StockFilter) -> Result<StockList, Failure> {
        let page = filter.page.to_string();
        self.get(&with_query(
            "/api/stock",
            &[("text", filter.text.as_deref()), ("only", filter.only.as_deref()), ("page", Some(&page))],
        ))
    }

    /// A page of despatches.
    pub(crate) fn despatches(&self, filter: &DespatchFilter) -> Result<DespatchList, Failure> {
        let page = filter.page.to_string();
        let open = filter.open.then_some("1");
        self.get(&with_query(
            "/api/despatch",
            &[("channel", filter.channel.as_deref()), ("open", open), ("page", Some(&page))],
        ))
    }

    /// The connections.
    pub(crate) fn connections(&self) -> Result<Vec<ConnectionView>, Failure> {
        self.get("/api/connections")
    }

    /// Does something on behalf of a person.
    pub(crate) fn act(&self, act: &Act) -> Result<Result<ActDone, ActRefused>, Failure> {
        let body = serde_json::to_vec(act).map_err(|error| Failure::bug(&error))?;
        let (status, body) = self.ask("POST", "/api/act", Some(body))?;
        match serde_json::from_slice::<ActRefused>(&body) {
            Ok(refused) if status == 409 => Ok(Err(refused)),
            _ => self.read(status, &body).map(Ok),
        }
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let (status, body) = self.ask("GET", path, None)?;
        self.read(status, &body)
    }

    fn ask(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<(u16, Bytes), Failure> {
        let url = format!("{}{path}", self.base);
        // The console answers under loopback names only, so that no web page reaches it under a name of its own. This is
        // no page, and the address that it was configured with need not be loopback.
        let mut request = if method == "POST" { self.http.post(url) } else { self.http.get(url) };
        request = request.header(http::header::HOST, "localhost").header(http::header::ACCEPT, "application/json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.text());
        }
        if let Some(body) = body {
            // JSON is also what tells the console that no foreign form sends this.
            request = request.header(http::header::CONTENT_TYPE, "application/json").body(body);
        }
        let answer = self.runtime.block_on(async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            answer.bytes().await.map(|body| (status, body))
        });
        answer.map_err(|error| unreachable(format!("the hub at {} did not answer: {}", self.base, innermost(&error))))
    }

    fn read<T: DeserializeOwned>(&self, status: u16, body: &[u8]) -> Result<T, Failure> {
        if status == 200 {
            return serde_json::from_slice(body).map_err(|error| {
                unreachable(format!(
                    "the hub at {} speaks another version than this command ({error}). Use the same version of both",
                    self.base
                ))
            });
        }
        let said = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error);
        Err(match (status, said) {
            (401, _) => Failure::config(format!(
                "the hub at {} wants its token: set `console_token` in this command's configuration as in the hub's",
                self.base
            )),
            (404, Some(sentence)) => Failure::no(sentence),
            (_, Some(sentence)) => unreachable(sentence),
            (_, None) => unreachable(format!(
                "{} answers {status}, but not as Crossdock does. Is another program listening there?",
                self.base
            )),
        })
    }
}

/// A remote could not be reached: exit code 4.
pub(crate) fn unreachable(text: String) -> Failure {
    Failure { code: 4, text }
}

/// Where a client finds a server that listens at this address: "any address" is reached by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn innermost(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    if error.is_timeout() { "timed out".to_owned() } else { reason.to_string() }
}

/// `path?a=b` from the pairs that have a value.
fn with_query(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut out = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs {
        if let Some(value) = value {
            out.push(mark);
            out.push_str(name);
            out.push('=');
            out.push_str(&percent(value));
            mark = '&';
        }
    }
    out
}

/// Percent-encodes everything but the unreserved characters of RFC 3986: an id may hold a slash or a space.
fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_listens_everywhere_is_asked_here() {
        let to = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(to("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(to("[::]:8080"), "[::1]:8080");
        assert_eq!(to("10.1.2.3:80"), "10.1.2.3:80");
    }

    #[test]
    fn ids_and_filters_survive_the_address() {
        assert_eq!(percent("JL/1042 A"), "JL%2F1042%20A");
        let address = with_query("/api/stock", &[("text", Some("a&b")), ("only", None), ("page", Some("2"))]);
        assert_eq!(address, "/api/stock?text=a%26b&page=2");
    }

    #[test]
    fn nobody_listening_is_no_failure_but_a_wrong_address_is() {
        assert!(Client::find("127.0.0.1:1", None).is_ok_and(|found| found.is_none()));
        assert!(Client::find("localhost", None).is_err());
    }
}
