//! An invoice as Marketplacer writes it (`contracts/marketplacer.md §2.2`–`§2.6`). Nothing is required here; what an order
//! cannot do without is decided where it is translated.

use serde::Deserialize;
use serde_json::Value;

use crate::wire::{flag, list, text, whole};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Invoice {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) legacy_id: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) status_flags: Option<Vec<Option<Value>>>,
    #[serde(deserialize_with = "text")]
    pub(super) delivery_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) created_at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) updated_at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) paid_at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) buyer_first_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) buyer_surname: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) buyer_email_address: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) buyer_phone: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) buyer_message_to_seller: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) shipping_description: Option<String>,
    pub(super) shipping_address: Option<Address>,
    #[serde(deserialize_with = "list")]
    pub(super) line_items: Option<Vec<Option<LineItem>>>,
    #[serde(deserialize_with = "list")]
    pub(super) shipments: Option<Vec<Option<Shipment>>>,
    #[serde(deserialize_with = "list")]
    pub(super) refund_requests: Option<Vec<Option<RefundRequest>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the remote calls its first line `address`")]
pub(super) struct Address {
    #[serde(deserialize_with = "text")]
    pub(super) address: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) subaddress: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) city: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) postcode: Option<String>,
    pub(super) state: Option<State>,
    pub(super) country: Option<Country>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct State {
    #[serde(deserialize_with = "text")]
    pub(super) short: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Country {
    #[serde(deserialize_with = "text")]
    pub(super) code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct LineItem {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub(super) quantity: Option<i64>,
    #[serde(deserialize_with = "whole")]
    pub(super) quantity_awaiting_dispatch: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) status_full: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) advert_title: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) variant_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) variant_sku: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) variant_barcode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Shipment {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) carrier: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) tracking_number: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) shipped_items: Option<Vec<Option<ShippedItem>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ShippedItem {
    #[serde(deserialize_with = "whole")]
    pub(super) quantity: Option<i64>,
    pub(super) line_item: Option<LineRef>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LineRef {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
}

/// A request of the buyer, the seller or the operator for money back (`contracts/marketplacer.md §2.7`).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RefundRequest {
    #[serde(deserialize_with = "text")]
    pub(super) status: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) line_items: Option<Vec<Option<RefundLine>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RefundLine {
    #[serde(deserialize_with = "text")]
    pub(super) status: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(super) dispatched: Option<bool>,
    #[serde(deserialize_with = "whole")]
    pub(super) quantity: Option<i64>,
    pub(super) line_item: Option<LineRef>,
}
