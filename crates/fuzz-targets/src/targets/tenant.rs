//! A Peoplevox tenant for the targets, its replies, and its requests read by another XML reader.

use std::sync::LazyLock;

use crossdock_connector::{Call, Operation, Page, Read, Session, WatchedEvent};
use crossdock_model::{Address, ConnectionName, Contact, Currency, DraftLine, Money, OrderDraft, Private};
use crossdock_peoplevox::{Config, Peoplevox};

use crate::check::now;

const HEADER: &str = "SalesOrderNumber,CustomerPurchaseOrderReferenceNumber,ContactName,ShippingAddressLine1,ShippingAddressLine2,ShippingAddressCity,ShippingAddressRegion,ShippingAddressPostcode,ShippingAddressCountry,Email,ServiceType,ChannelName,CreatedDate,RequestedDeliveryDate,ShippingCost,TotalSale,Status,OnHold,Attribute1";
const LINES: &str = "SalesOrderNumber,ItemCode,QuantityOrdered,Line,SalePrice";

/// The connector.
pub(crate) static TENANT: LazyLock<Peoplevox> = LazyLock::new(|| {
    let settings = r#"{"client_id":"demo123","username":"api","message_column":"Attribute1"}"#;
    let config: Config = serde_json::from_str(settings).expect("the settings are ours");
    let name = ConnectionName::new("peoplevox").expect("the name is ours");
    Peoplevox::new(name, config, Private::from("pass")).expect("the settings are good")
});

/// A session that knows the tenant's columns.
pub(crate) static SESSION: LazyLock<Session> = LazyLock::new(|| {
    let mut session =
        Session { token: Some(Private::from("sid-1")), token_at: Some(now()), now: now(), ..Session::default() };
    session.facts.insert("template.Sales orders".to_owned(), HEADER.to_owned());
    session.facts.insert("template.Sales order items".to_owned(), LINES.to_owned());
    session
});

/// The stages of creating an order.
pub(crate) const STAGES: [&str; 10] = [
    "look",
    "look/few",
    "look-lines",
    "put-header",
    "put-lines",
    "read-header",
    "read-lines",
    "read-lines/one",
    "release",
    "confirm",
];

/// The reads, each with the operation whose answer it takes.
pub(crate) fn reads() -> [(Read, &'static str); 7] {
    let page = Page::first();
    [
        (Read::Health { page: page.clone() }, "GetSaveTemplate"),
        (Read::Items { page: page.clone() }, "GetData"),
        (Read::Kits { page: page.clone() }, "GetData"),
        (Read::Availability { items: Vec::new(), page: page.clone() }, "GetReportData"),
        (Read::Despatches { since: now(), page: page.clone() }, "GetReportData"),
        (Read::DespatchesOf { orders: vec!["SO-1".to_owned()], page: page.clone() }, "GetReportData"),
        (Read::WarehouseOrders { orders: vec!["SO-1".to_owned(), "SO-2".to_owned()], page }, "GetData"),
    ]
}

/// A subscription.
pub(crate) fn watch() -> Operation {
    let (url, secret) = ("https://hub.example/in".to_owned(), String::new());
    Operation::Watch { event: WatchedEvent::Availability, url, secret }
}

/// Two orders.
pub(crate) fn orders() -> Vec<Operation> {
    vec![create(draft("SO-1", &[("A", 2)])), create(draft("SO-2", &[("A", 1), ("B", 1)]))]
}

/// Creating an order.
pub(crate) fn create(draft: OrderDraft) -> Operation {
    Operation::CreateOrder(Box::new(draft))
}

/// An order of some items.
pub(crate) fn draft(number: &str, items: &[(&str, i64)]) -> OrderDraft {
    let line = |(index, (item, quantity)): (usize, &(&str, i64))| DraftLine {
        line: (index + 1).to_string(),
        item: (*item).to_owned(),
        quantity: *quantity,
        unit_price: Some(Money::from_minor(100, Currency::GBP)),
    };
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
        lines: items.iter().enumerate().map(line).collect(),
    }
}

/// An answer of the service around some CSV.
pub(crate) fn envelope(op: &str, id: i64, total: i64, detail: &str, rows: &[(&str, &str)]) -> String {
    let mut list = String::new();
    for (reference, status) in rows {
        list += "<IntegrationStatusResponse><Reference>";
        list += reference;
        list += "</Reference><Status>";
        list += status;
        list += "</Status></IntegrationStatusResponse>";
    }
    let detail = detail.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;");
    format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><{op}Response xmlns=\"http://www.peoplevox.net/\"><{op}Result><ResponseId>{id}</ResponseId><TotalCount>{total}</TotalCount><Detail>{detail}</Detail><Statuses>{list}</Statuses></{op}Result></{op}Response></soap:Body></soap:Envelope>"
    )
}

/// The text of one element of a request, by an XML reader that is not the connector's.
pub(crate) fn element(call: &Call, name: &str) -> String {
    let body = std::str::from_utf8(call.request.body()).expect("a request is UTF-8");
    let document = roxmltree::Document::parse(body).expect("a request is well-formed XML");
    let found: Vec<_> = document.descendants().filter(|node| node.tag_name().name() == name).collect();
    assert_eq!(found.len(), 1, "one {name} in {body}");
    found
        .iter()
        .flat_map(roxmltree::Node::descendants)
        .filter(roxmltree::Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}

/// Only what XML can carry of a text.
pub(crate) fn xml_text(text: &str) -> String {
    let carried =
        |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    text.chars().filter(carried).collect()
}
