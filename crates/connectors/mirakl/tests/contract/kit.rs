//! Builders that the tests share.

use bytes::Bytes;
use crossdock_connector::{Connector, Operation, Outcome, Reply, Session, Shipment, Stage, Step, StockLine};
use crossdock_mirakl::{Config, Mirakl};
use crossdock_model::{ConnectionName, Private, ShippedLine};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The key that every test connector has.
pub(crate) const KEY: &str = "9a1c-test-key";

pub(crate) fn config(value: Value) -> Config {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn connector(value: Value) -> Mirakl {
    Mirakl::new(ConnectionName::new("john-lewis").unwrap(), config(value), Private::from(KEY)).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A session at noon that knows these facts, and that an order has one shipment unless they say otherwise.
pub(crate) fn session(facts: &[(&str, &str)]) -> Session {
    let mut session = stranger();
    for (name, value) in [&[("multi_shipment", "false")], facts].concat() {
        session.facts.insert(name.to_owned(), value.to_owned());
    }
    session
}

/// A session at noon that knows nothing yet.
pub(crate) fn stranger() -> Session {
    Session { now: at("2026-11-23T12:00:00Z"), ..Session::default() }
}

pub(crate) fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    let response = http::Response::builder().status(status).body(body.into()).unwrap();
    Reply { response, at: at("2026-11-23T12:00:00Z") }
}

pub(crate) fn answer(body: &Value) -> Reply {
    reply(200, body.to_string())
}

pub(crate) fn with_header(mut reply: Reply, name: &'static str, value: &str) -> Reply {
    reply.response.headers_mut().insert(name, value.parse().unwrap());
    reply
}

/// An effect under way: owns what a step borrows.
pub(crate) struct Work {
    pub(crate) effect: String,
    pub(crate) operation: Operation,
    pub(crate) stage: Stage,
    pub(crate) note: Value,
}

impl Work {
    pub(crate) fn new(operation: Operation, stage: &'static str, note: Value) -> Self {
        Self { effect: "eff-7f3a".to_owned(), operation, stage: Stage::new(stage), note }
    }

    pub(crate) fn step(&self) -> Step<'_> {
        Step { effect: &self.effect, operation: &self.operation, stage: &self.stage, note: &self.note, attempt: 0 }
    }
}

/// Interprets one step alone.
pub(crate) fn one(connector: &Mirakl, work: &Work, reply: &Reply) -> Outcome {
    let mut outcomes = connector.interpret(&[work.step()], &session(&[]), reply);
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

/// The outcome of the second look, after a first one that spoke against the operation: the same answer, as much later as
/// the first one asked for.
pub(crate) fn agreed(connector: &Mirakl, operation: Operation, first: &Outcome, same: &Reply) -> Outcome {
    let Outcome::Next { stage, after, note } = first else { panic!("one look was enough: {first:?}") };
    assert_eq!(after.as_secs(), 60, "two looks are a minute apart (R7)");
    let work = Work { stage: stage.clone(), note: note.clone(), ..Work::new(operation, "look", Value::Null) };
    one(connector, &work, &Reply { at: same.at + *after, ..same.clone() })
}

/// The request of one step: method, URI, content type, body.
pub(crate) fn request(connector: &Mirakl, works: &[&Work], session: &Session) -> (String, String, String, String) {
    let steps: Vec<Step<'_>> = works.iter().map(|work| work.step()).collect();
    let call = connector.plan(&steps, session).unwrap();
    let headers = call.request.headers();
    assert_eq!(headers["authorization"], KEY, "the key goes raw");
    assert_eq!(headers["accept"], "application/json");
    let content_type = headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (
        call.request.method().to_string(),
        call.request.uri().to_string(),
        content_type.unwrap_or_default(),
        String::from_utf8(call.request.body().to_vec()).unwrap(),
    )
}

pub(crate) fn acceptance(order: &str) -> Operation {
    Operation::AcceptOrder { order_id: order.to_owned(), lines: vec![format!("{order}-1"), format!("{order}-2")] }
}

pub(crate) fn parcel(order: &str, lines: &[(&str, i64)]) -> Shipment {
    Shipment {
        order_id: order.to_owned(),
        package: format!("DSP-{order}"),
        carrier_code: Some("RM".to_owned()),
        carrier_name: "Royal Mail".to_owned(),
        tracking: "AB123456789GB".to_owned(),
        tracking_url: Some("https://track.example/AB123456789GB".to_owned()),
        despatched_at: at("2026-11-23T10:00:00Z"),
        lines: lines
            .iter()
            .map(|(line, quantity)| ShippedLine { line_id: (*line).to_owned(), quantity: *quantity })
            .collect(),
    }
}

pub(crate) fn despatch(shipment: Shipment) -> Operation {
    Operation::ConfirmDespatch(Box::new(shipment))
}

pub(crate) fn stock(lines: &[(&str, i64)]) -> Operation {
    let line = |(sku, quantity): &(&str, i64)| StockLine {
        listing: (*sku).to_owned(),
        sku: (*sku).to_owned(),
        quantity: *quantity,
    };
    Operation::SetStock { lines: lines.iter().map(line).collect() }
}

/// An order with two lines of two and one units, in one state.
pub(crate) fn order(id: &str, state: &str) -> Value {
    let line = |number: u32, quantity: u32| {
        json!({
            "order_line_id": format!("{id}-{number}"), "order_line_index": number, "order_line_state": state,
            "offer_sku": format!("SKU-{number}"), "product_title": format!("Thing {number}"), "quantity": quantity,
            "price_unit": 19.99, "price": 39.98, "shipping_price": 0, "total_price": 39.98,
            "cancelations": [], "refunds": [], "shipped_date": null,
        })
    };
    json!({
        "order_id": id, "commercial_id": id.trim_end_matches("-A"), "order_state": state,
        "created_date": "2026-11-22T09:00:00Z", "last_updated_date": "2026-11-23T11:58:22.460Z",
        "shipping_deadline": "2026-11-24T23:59:59.999Z", "currency_iso_code": "GBP",
        "price": 59.97, "shipping_price": 3.5, "total_price": 63.47,
        "shipping_type_code": "STD", "shipping_type_label": "Standard delivery",
        "customer": { "firstname": "Ann", "lastname": "Example", "shipping_address": null, "billing_address": null },
        "order_lines": [line(1, 2), line(2, 1)],
    })
}

pub(crate) fn orders(orders: &[Value]) -> Reply {
    answer(&json!({ "orders": orders, "total_count": orders.len() }))
}

/// Sets fields of a document.
pub(crate) fn with(mut document: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        document[*name] = value.clone();
    }
    document
}

/// The stage that an outcome leads to.
pub(crate) fn stage_of(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Next { stage, .. } | Outcome::Absent { stage, .. } => Some(stage.as_str()),
        _ => None,
    }
}

/// The note that an outcome leaves.
pub(crate) fn note_of(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Next { note, .. } | Outcome::Absent { note, .. } => note.clone(),
        _ => Value::Null,
    }
}

/// The code of a rejection.
pub(crate) fn code_of(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Rejected(rejection) => Some(rejection.code.as_str()),
        _ => None,
    }
}
