//! Shared material of the unit tests: a tenant, a session, replies.

use bytes::Bytes;
use crossdock_connector::{Reply, Session};
use crossdock_model::Private;
use jiff::Timestamp;

use crate::config::Config;

pub(crate) fn now() -> Timestamp {
    "2026-07-06T09:00:00Z".parse().unwrap()
}

pub(crate) fn config() -> Config {
    serde_json::from_str(r#"{"client_id":"demo123","username":"api"}"#).unwrap()
}

pub(crate) fn session() -> Session {
    let mut session =
        Session { token: Some(Private::from("sid-1")), token_at: Some(now()), now: now(), ..Session::default() };
    let header = crate::templates::known_columns(crate::templates::SALES_ORDERS).join(",");
    session.facts.insert("template.Sales orders".to_owned(), format!("{header},Attribute1"));
    let lines = crate::templates::known_columns(crate::templates::ORDER_ITEMS).join(",");
    session.facts.insert("template.Sales order items".to_owned(), lines);
    session
}

pub(crate) fn reply(body: impl Into<Bytes>) -> Reply {
    Reply { response: http::Response::new(body.into()), at: now() }
}

pub(crate) fn reply_at(status: u16, body: &str) -> Reply {
    let response = http::Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    Reply { response, at: now() }
}

pub(crate) fn envelope(op: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{op}Response xmlns=\"http://www.peoplevox.net/\"><{op}Result>{inside}</{op}Result></{op}Response></soap:Body></soap:Envelope>"
    )
}

/// A result with the recent set of fields (`contracts/peoplevox.md §2.2`).
pub(crate) fn result(op: &str, response_id: i64, total: i64, detail: &str) -> String {
    with_rows(op, response_id, total, detail, &[])
}

pub(crate) fn with_rows(op: &str, response_id: i64, total: i64, detail: &str, rows: &[(&str, &str)]) -> String {
    let mut list = String::new();
    for (reference, status) in rows {
        let reference = quick_xml::escape::escape(*reference);
        list += "<IntegrationStatusResponse><Reference>";
        list += &reference;
        list += "</Reference><Status>";
        list += status;
        list += "</Status></IntegrationStatusResponse>";
    }
    let detail = quick_xml::escape::escape(detail);
    envelope(
        op,
        &format!(
            "<ResponseId>{response_id}</ResponseId><TotalCount>{total}</TotalCount><Detail>{detail}</Detail><Statuses>{list}</Statuses><ImportingQueueId>0</ImportingQueueId><SalesOrdersToDespatchIds /><ErrorCode />"
        ),
    )
}

/// The text inside one element of a request, unescaped.
pub(crate) fn element(call: &crossdock_connector::Call, name: &str) -> String {
    let body = String::from_utf8(call.request.body().to_vec()).unwrap();
    let Some((_, rest)) = body.split_once(&format!("<{name}>")) else {
        assert!(body.contains(&format!("<{name}/>")), "no {name} in {body}");
        return String::new();
    };
    let (text, _) = rest.split_once(&format!("</{name}>")).unwrap();
    quick_xml::escape::unescape(text).unwrap().into_owned()
}

/// A draft with two lines, a company, a comma, quotes and a letter beyond ASCII.
pub(crate) fn draft(number: &str) -> crossdock_model::OrderDraft {
    use crossdock_model::{Address, Contact, Currency, DraftLine, Money};
    let pounds = |minor| Some(Money::from_minor(minor, Currency::GBP));
    let line = |label: &str, item: &str, quantity, minor| DraftLine {
        line: label.to_owned(),
        item: item.to_owned(),
        quantity,
        unit_price: pounds(minor),
    };
    crossdock_model::OrderDraft {
        number: number.to_owned(),
        reference: format!("REF-{number}"),
        channel: "john-lewis".to_owned(),
        placed_at: "2026-07-05T23:00:00Z".parse().unwrap(),
        ship_by: Some("2026-07-07T11:00:00Z".parse().unwrap()),
        contact: Contact { name: "Buyer".into(), email: "z@example.org".into(), phone: "".into() },
        ship_to: Address {
            recipient: "Zoë \"Z\" Example".into(),
            company: "Example & Co".into(),
            line1: "1 High Street,\r\nFlat 2".into(),
            city: " Leeds ".into(),
            postcode: "LS1 1AA".into(),
            country_code: "GB".to_owned(),
            country: "United Kingdom".to_owned(),
            ..Address::default()
        },
        service: Some("Next day".to_owned()),
        total: pounds(2448),
        shipping: pounds(350),
        message: "".into(),
        lines: vec![line("1", "A-1", 2, 999), line("2", "B,2", 1, 100)],
    }
}
