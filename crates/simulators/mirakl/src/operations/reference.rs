//! SH21, SH11, SH12, RE01: the operator's lists (contracts/john-lewis.md §2.7, contracts/mirakl/account_platform.txt).

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::MiraklTwin;
use crate::carriers::CARRIERS;
use crate::dispatch::Call;
use crate::reply;

/// Type, code, label, and whether the seller may use it; by type, as RE01 sorts them.
const REASONS: [(&str, &str, &str, bool); 6] = [
    ("CANCELATION", "34", "Cancelled by the customer before shipping", true),
    ("CANCELATION", "35", "Out of stock", true),
    ("CANCELATION", "36", "Suspected fraud", false),
    ("INCIDENT_OPEN", "1", "Item not received", false),
    ("REFUND", "15", "Out of stock", true),
    ("REFUND", "16", "Item returned", true),
];

/// Whether the seller may give this reason.
pub(crate) fn reason_exists(kind: &str, code: &str) -> bool {
    REASONS.iter().any(|(known, known_code, _, allowed)| *known == kind && *known_code == code && *allowed)
}

impl MiraklTwin {
    /// SH21.
    pub(crate) fn carriers() -> Response<Bytes> {
        let carriers: Vec<Value> = CARRIERS
            .iter()
            .map(|carrier| {
                json!({
                    "code": carrier.code,
                    "label": carrier.label,
                    "standard_code": carrier.standard_code,
                    "tracking_url": carrier.tracking_url,
                })
            })
            .collect();
        reply::json(200, &json!({ "carriers": carriers }))
    }

    /// SH11.
    pub(crate) fn shipping_zones() -> Response<Bytes> {
        let zone = json!({ "code": "UK", "label": "United Kingdom", "description": "United Kingdom" });
        reply::json(200, &json!({ "shipping_zones": [zone] }))
    }

    /// SH12.
    pub(crate) fn shipping_types(&self) -> Response<Bytes> {
        let standard = json!({
            "code": "STD",
            "label": "Standard delivery",
            "description": "Standard delivery (3-5 days)",
            "standard_code": "CU_ADD-STD",
            "click_and_collect": false,
            "delivery_by_operator": false,
            "ignore_lead_time_to_ship": false,
            "mandatory_tracking": self.options.mandatory_tracking,
        });
        reply::json(200, &json!({ "shipping_types": [standard] }))
    }

    /// RE01. The official example has no `total_count`, which its schema requires.
    pub(crate) fn reasons(call: &Call<'_>) -> Response<Bytes> {
        let reasons: Vec<Value> = REASONS
            .iter()
            .map(|(kind, code, label, allowed)| {
                json!({ "code": code, "label": label, "type": kind, "is_shop_right": allowed })
            })
            .collect();
        let body = if call.sparse {
            json!({ "reasons": reasons })
        } else {
            json!({ "total_count": reasons.len(), "reasons": reasons })
        };
        reply::json(200, &body)
    }
}
