//! The property trees that event placeholders walk through (contracts/peoplevox.md §5.2).
//!
//! Property names are the remote's own, misspellings included. Paths that were never seen working resolve to nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Despatch;
use crate::cell::{EXPORT_DATE, print_date};
use crate::order::Order;
use crate::table::Table;
use crate::template::{item, order};

/// Webhook dates are `dd/MM/yyyy HH:mm:ss`; their zone is not stated, UTC is what exports use.
fn date(at: Timestamp) -> String {
    print_date(at, &TimeZone::UTC, EXPORT_DATE)
}

fn item_type(items: &Table, id: usize) -> Value {
    json!({
        "ItemCode": items.text(id, item::CODE),
        "Name": items.text(id, item::NAME),
        "Barcode": items.text(id, item::BARCODE),
    })
}

pub(super) fn availability(items: &Table, id: usize, available: i64) -> Value {
    json!({ "ItemCode": items.text(id, item::CODE), "Available": available })
}

pub(super) fn change(items: &Table, id: usize, quantity: i64, reason: &str, now: Timestamp) -> Value {
    json!({
        "QuantityChanged": quantity,
        "UpdatedBy": "warehouse",
        "UpdateTimestamp": date(now),
        "Reason": reason,
        "ItemType": item_type(items, id),
    })
}

pub(super) fn goods_in(
    items: &Table,
    id: usize,
    quantity: i64,
    number: usize,
    reference: &str,
    now: Timestamp,
) -> Value {
    json!({
        "GoodsInId": number,
        "Reference": reference,
        "ReconciledDateTime": date(now),
        "DeliveryDateTime": date(now),
        "Consignments": [{ "ConsignmentItemTypes": [{ "Quantity": quantity, "ItemType": item_type(items, id) }] }],
    })
}

pub(super) fn sales_order(orders: &Table, row: usize, state: &Order, status: &str) -> Value {
    json!({
        "SalesOrderNumber": orders.text(row, order::NUMBER),
        "SalesOrderStatu": { "Name": status },
        "LastModificationTime": date(state.modified),
        "CustomerPurchaseOrderReferenceNumber": orders.text(row, order::CUSTOMER_REFERENCE),
        "ChannelName": orders.text(row, order::CHANNEL),
        "Email": orders.text(row, order::EMAIL),
    })
}

/// A despatch with one pick per despatched row, so that a path through `Picks` repeats the order number. It has one
/// tracking number; which of several packages' that is, is unknown.
pub(super) fn despatch(orders: &Table, despatch: &Despatch, package: usize) -> Value {
    let sales_order = json!({
        "SalesOrderNumber": orders.text(despatch.order, order::NUMBER),
        "Email": orders.text(despatch.order, order::EMAIL),
    });
    let rows = despatch.rows.1.saturating_sub(despatch.rows.0);
    json!({
        "DespatchNumber": despatch.number,
        "TrackingNumber": despatch.tracking(package),
        "DespatchDate": date(despatch.at),
        "Carrier": { "Number": despatch.carrier_reference, "Name": despatch.carrier },
        "ServiceType": { "Name": despatch.service, "Code": despatch.service_code },
        "Picks": vec![json!({ "SalesOrder": sales_order }); rows],
    })
}

/// A package. Nothing is known of its placeholders: it has the despatch's own, bare and below `Despatch`.
pub(super) fn package(orders: &Table, sent: &Despatch, package: usize) -> Value {
    let whole = despatch(orders, sent, package);
    let mut entity = whole.clone();
    if let Some(fields) = entity.as_object_mut() {
        fields.insert("PackageName".to_owned(), json!(format!("Package {}", package + 1)));
        fields.insert("PackageTrackingNumber".to_owned(), whole["TrackingNumber"].clone());
        fields.insert("Despatch".to_owned(), whole);
    }
    entity
}
