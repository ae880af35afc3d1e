//! A tenant, drafts, replies and a way to read requests back, for the tests of the public interface.
#![allow(dead_code, reason = "each test file uses its own part")]

use bytes::Bytes;
use crossdock_connector::{Call, Connector, Operation, Outcome, Reply, Session, Stage, Step};
use crossdock_model::{Address, ConnectionName, Contact, Currency, DraftLine, Money, OrderDraft, Private};
use crossdock_peoplevox::{Config, Peoplevox};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) const HEADER: &str = "SalesOrderNumber,CustomerPurchaseOrderReferenceNumber,ContactName,ShippingAddressLine1,ShippingAddressLine2,ShippingAddressCity,ShippingAddressRegion,ShippingAddressPostcode,ShippingAddressCountry,Status,OnHold,Attribute1";
pub(crate) const LINES: &str = "SalesOrderNumber,ItemCode,QuantityOrdered,Line,SalePrice";

pub(crate) fn now() -> Timestamp {
    "2026-07-06T09:00:00Z".parse().unwrap()
}

pub(crate) fn tenant(json: &str) -> Peoplevox {
    let config: Config = serde_json::from_str(json).unwrap();
    Peoplevox::new(ConnectionName::new("peoplevox").unwrap(), config, Private::from("pass")).unwrap()
}

pub(crate) fn plain_tenant() -> Peoplevox {
    tenant(r#"{"client_id":"demo123","username":"api","message_column":"Attribute1"}"#)
}

pub(crate) fn session(header: &str) -> Session {
    let mut session =
        Session { token: Some(Private::from("sid-1")), token_at: Some(now()), now: now(), ..Session::default() };
    session.facts.insert("template.Sales orders".to_owned(), header.to_owned());
    session.facts.insert("template.Sales order items".to_owned(), LINES.to_owned());
    session
}

pub(crate) fn draft(number: &str, items: &[(&str, i64)]) -> OrderDraft {
    let lines = items.iter().enumerate().map(|(index, (item, quantity))| DraftLine {
        line: (index + 1).to_string(),
        item: (*item).to_owned(),
        quantity: *quantity,
        unit_price: Some(Money::from_minor(100, Currency::GBP)),
    });
    OrderDraft {
        number: number.to_owned(),
        reference: format!("R{number}"),
        channel: "john-lewis".to_owned(),
        placed_at: now(),
        ship_by: None,
        contact: Contact::default(),
        ship_to: Address {
            recipient: "Zoë \"Z\" Example".into(),
            line1: "1 High Street, Flat 2".into(),
            city: "Leeds".into(),
            postcode: "LS1 1AA".into(),
            country: "United Kingdom".to_owned(),
            ..Address::default()
        },
        service: None,
        total: None,
        shipping: None,
        message: "Ring & wait".into(),
        lines: lines.collect(),
    }
}

pub(crate) fn create(draft: OrderDraft) -> Operation {
    Operation::CreateOrder(Box::new(draft))
}

pub(crate) fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    Reply { response: http::Response::builder().status(status).body(body.into()).unwrap(), at: now() }
}

pub(crate) fn result(op: &str, id: i64, total: i64, detail: &str, rows: &[(&str, &str)]) -> Reply {
    let mut list = String::new();
    for (reference, status) in rows {
        list += "<IntegrationStatusResponse><Reference>";
        list += reference;
        list += "</Reference><Status>";
        list += status;
        list += "</Status></IntegrationStatusResponse>";
    }
    let detail = quick_xml::escape::escape(detail);
    reply(
        200,
        format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{op}Response xmlns=\"http://www.peoplevox.net/\"><{op}Result><ResponseId>{id}</ResponseId><TotalCount>{total}</TotalCount><Detail>{detail}</Detail><Statuses>{list}</Statuses></{op}Result></{op}Response></soap:Body></soap:Envelope>"
        ),
    )
}

/// A page of template data that is complete.
pub(crate) fn data(csv: &str) -> Reply {
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    let rows = i64::try_from(reader.records().count()).unwrap();
    result("GetData", 0, rows, csv, &[])
}

/// A header row as the tenant's template gives it back.
pub(crate) fn stored_header(draft: &OrderDraft, status: &str, on_hold: &str) -> String {
    format!(
        "\"{}\",\"{}\",\"Zoë \"\"Z\"\" Example\",\"1 High Street, Flat 2\",\"\",\"Leeds\",\"\",\"LS1 1AA\",\"United Kingdom\",\"{status}\",\"{on_hold}\",\"Ring & wait\"\n",
        draft.number, draft.reference
    )
}

/// The operation, the text of one element, and the parsed CSV of a request.
pub(crate) fn soap_action(call: &Call) -> String {
    let action = call.request.headers()["soapaction"].to_str().unwrap();
    action.trim_matches('"').trim_start_matches("http://www.peoplevox.net/").to_owned()
}

pub(crate) fn element(call: &Call, name: &str) -> String {
    let body = String::from_utf8(call.request.body().to_vec()).unwrap();
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {body}"));
    quick_xml::escape::unescape(rest.split_once("</").unwrap().0).unwrap().into_owned()
}

pub(crate) fn csv_rows(call: &Call) -> Vec<Vec<String>> {
    let text = element(call, "CsvData");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Drives a batch through one stage.
pub(crate) fn run(
    hub: &Peoplevox,
    session: &Session,
    stage: &str,
    note: &Value,
    operations: &[Operation],
    reply: &Reply,
) -> Vec<Outcome> {
    let stage = Stage::stored(stage.to_owned());
    let steps = steps(operations, &stage, note);
    let outcomes = hub.interpret(&steps, session, reply);
    assert_eq!(outcomes.len(), steps.len());
    outcomes
}

/// Plans a stage of orders whose headers were read this moment.
pub(crate) fn plan(hub: &Peoplevox, session: &Session, stage: &str, operations: &[Operation]) -> Call {
    plan_with(hub, session, stage, &fresh(json!({})), operations)
}

pub(crate) fn plan_with(
    hub: &Peoplevox,
    session: &Session,
    stage: &str,
    note: &Value,
    operations: &[Operation],
) -> Call {
    let stage = Stage::stored(stage.to_owned());
    hub.plan(&steps(operations, &stage, note), session).unwrap()
}

/// A note of a reading that is as new as the session.
pub(crate) fn fresh(note: Value) -> Value {
    with(note, "read_at", json!(now().to_string()))
}

/// A note with one field more.
pub(crate) fn with(mut note: Value, name: &str, value: Value) -> Value {
    note.as_object_mut().unwrap().insert(name.to_owned(), value);
    note
}

/// The note of a `Next` or an `Absent`.
pub(crate) fn note_of(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Next { note, .. } | Outcome::Absent { note, .. } => note.clone(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn steps<'a>(operations: &'a [Operation], stage: &'a Stage, note: &'a Value) -> Vec<Step<'a>> {
    operations.iter().map(|operation| Step { effect: "effect-1", operation, stage, note, attempt: 0 }).collect()
}

/// `stage` of a `Next` that is due at once, or a word for every other outcome.
pub(crate) fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(_) => "done".to_owned(),
        Outcome::Next { stage, after, .. } if after.is_zero() => stage.as_str().to_owned(),
        Outcome::Next { stage, after, .. } => format!("{} in {}", stage.as_str(), after.as_secs()),
        Outcome::Absent { stage, .. } => format!("absent, {}", stage.as_str()),
        Outcome::Rejected(rejection) => rejection.code.as_str().to_owned(),
        Outcome::NotDone(failure) => format!("not done: {failure:?}"),
        Outcome::Unknown(_) => "unknown".to_owned(),
    }
}

pub(crate) fn words(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(word).collect()
}
