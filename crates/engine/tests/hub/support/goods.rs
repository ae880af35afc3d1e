//! Articles, orders and parcels.

use crossdock_flow::ChannelRules;
use crossdock_model::{Address, ChannelOrder, Contact, Delivery, DespatchRow, Item, KitPart, OrderLine, Readiness};
use jiff::Timestamp;

use super::dawn;

pub(crate) fn rules(connection: &str) -> ChannelRules {
    let title = format!("Channel {connection}");
    ChannelRules::new(connection, &title, &format!("{}-", connection.to_uppercase()))
}

pub(crate) fn item(code: &str) -> Item {
    Item { code: code.to_owned(), name: format!("Article {code}"), barcode: String::new(), active: true }
}

pub(crate) fn part(kit: &str, component: &str, quantity: i64) -> KitPart {
    KitPart { kit: kit.to_owned(), component: component.to_owned(), quantity }
}

/// An order that may be picked.
pub(crate) fn sale(id: &str, lines: &[(&str, i64)]) -> ChannelOrder {
    ChannelOrder {
        id: id.to_owned(),
        number: id.to_owned(),
        aliases: Vec::new(),
        readiness: Readiness::Ready,
        remote_state: "READY".to_owned(),
        placed_at: dawn(),
        updated_at: dawn(),
        ship_by: None,
        delivery: Delivery::Ship,
        service: String::new(),
        message: "".into(),
        contact: Contact::default(),
        ship_to: Address {
            recipient: "Ada Example".into(),
            line1: "1 High Street".into(),
            city: "Leeds".into(),
            postcode: "LS1 4AP".into(),
            country_code: "GB".to_owned(),
            country: "United Kingdom".to_owned(),
            ..Address::default()
        },
        total: None,
        shipping: None,
        lines: lines
            .iter()
            .enumerate()
            .map(|(index, (sku, units))| OrderLine {
                id: format!("l{}", index + 1),
                sku: Some((*sku).to_owned()),
                barcode: None,
                title: String::new(),
                quantity: *units,
                open: *units,
                unit_price: None,
                cancelled: false,
            })
            .collect(),
        shipments: Vec::new(),
    }
}

/// One article of a parcel that left.
pub(crate) fn despatch(
    order: &str,
    number: &str,
    tracking: &str,
    item: &str,
    units: i64,
    at: Timestamp,
) -> DespatchRow {
    DespatchRow {
        order_number: order.to_owned(),
        despatch_number: number.to_owned(),
        carrier: "DPD".to_owned(),
        service: String::new(),
        despatched_at: at,
        tracking: tracking.to_owned(),
        item: item.to_owned(),
        line: "1".to_owned(),
        parent: None,
        quantity: units,
    }
}
