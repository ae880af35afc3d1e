//! Short words for the pairs of requests and replies.

use bytes::Bytes;
use crossdock_connector::{Call, Connector, Operation, Outcome, Read, ReadReply, Reply, Session, Stage, Step};
use crossdock_marketplacer::{Config, Marketplacer};
use crossdock_model::{ConnectionName, Private};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) const KEY: &str = "mp_key_3f9a";
/// The seller that the key belongs to.
pub(crate) const SELLER: &str = "U2VsbGVyLTQ=";
pub(crate) const INVOICE: &str = "SW52b2ljZS0xMzczNw==";

pub(crate) fn marketplacer() -> Marketplacer {
    with_settings("{}")
}

pub(crate) fn with_settings(json: &str) -> Marketplacer {
    let config: Config = serde_json::from_str(json).unwrap();
    Marketplacer::new(ConnectionName::new("bazaar").unwrap(), config, Private::from(KEY), None).unwrap()
}

pub(crate) fn session() -> Session {
    Session { now: at("2026-03-01T10:00:00Z"), ..Session::default() }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    let response = http::Response::builder().status(status).body(body.into()).unwrap();
    Reply { response, at: at("2026-03-01T10:00:01Z") }
}

pub(crate) fn reply_with(status: u16, header: (&str, &str), body: impl Into<Bytes>) -> Reply {
    let mut reply = reply(status, body);
    let name: http::HeaderName = header.0.parse().unwrap();
    reply.response.headers_mut().insert(name, header.1.parse().unwrap());
    reply
}

pub(crate) fn ok(body: &Value) -> Reply {
    reply(200, body.to_string())
}

pub(crate) fn body(call: &Call) -> Value {
    serde_json::from_slice(call.request.body()).unwrap()
}

pub(crate) fn variables(call: &Call) -> Value {
    body(call)["variables"].clone()
}

pub(crate) fn operation_name(call: &Call) -> String {
    body(call)["operationName"].as_str().unwrap().to_owned()
}

/// Everything a request must have to be a GraphQL call of ours.
pub(crate) fn assert_graphql(call: &Call) {
    assert_eq!(call.request.method(), http::Method::POST);
    assert_eq!(call.request.uri(), "/graphql");
    let header = |name: &str| call.request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("authorization").as_deref(), Some("Bearer mp_key_3f9a"));
    assert_eq!(header("marketplacer-api-key"), None, "never both forms of the key");
    assert_eq!(call.windows, ["graphql"]);
    let body = body(call);
    assert!(body["query"].as_str().unwrap().contains(body["operationName"].as_str().unwrap()));
}

pub(crate) fn ask(read: &Read) -> Call {
    marketplacer().plan_read(read, &session()).unwrap()
}

pub(crate) fn answer(read: &Read, reply: &Reply) -> Result<ReadReply, crossdock_connector::Failure> {
    marketplacer().interpret_read(read, &session(), reply)
}

pub(crate) fn step<'a>(operation: &'a Operation, stage: &'a Stage, note: &'a Value) -> Step<'a> {
    Step { effect: "01J0EFFECT", operation, stage, note, attempt: 0 }
}

/// The only outcome of a batch of one.
pub(crate) fn outcome(connector: &Marketplacer, step: Step<'_>, reply: &Reply) -> Outcome {
    let mut outcomes = connector.interpret(&[step], &session(), reply);
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}
