//! Reads: what the shop sees. Each submodule asks one question and reads its answer.

mod beside;
mod catalogue;
mod health;
mod orders;

pub(crate) use catalogue::{carriers, listings, plan_carriers, plan_listings};
pub(crate) use health::{health, plan_health, plan_platform, ships_in_parts};
pub(crate) use orders::{orders, orders_by_id, plan_orders, plan_orders_by_id, switches_first};

use self::health::switches;
use crossdock_connector::{Failure, Reply};
use serde_json::Value;

use crate::verdict::{Verdict, json};

/// Fact: `OPEN`, `CLOSE`, `SUSPENDED` or `TERMINATED` (A01).
pub(crate) const FACT_SHOP_STATE: &str = "shop_state";
/// Fact: `MARKETPLACE`, `DROPSHIP` or `ONE_CREDITOR` (A01).
pub(crate) const FACT_SHOP_MODEL: &str = "shop_model";
/// Fact: the shop's currency (A01), for orders that do not name theirs.
pub(crate) const FACT_SHOP_CURRENCY: &str = "shop_currency";
/// Fact: when A01 was last due to be asked.
pub(crate) const FACT_ACCOUNT_ASKED_AT: &str = "account_asked_at";
/// Fact: `AUTOMATIC`, `NOT_AUTOMATIC` or `BOTH` (PC01).
pub(crate) const FACT_ORDER_ACCEPTANCE: &str = "order_acceptance";
/// Fact: whether an order may have several shipments (PC01).
pub(crate) const FACT_MULTI_SHIPMENT: &str = "multi_shipment";
/// Fact: whether carriers outside the operator's list are refused (PC01 `disable_seller_alternative_carrier`).
pub(crate) const FACT_REGISTERED_CARRIERS_ONLY: &str = "registered_carriers_only";

/// The body of a read of one thing, or the failure.
fn body(reply: &Reply) -> Result<Value, Failure> {
    Verdict::of(reply).for_read()?;
    json(reply).map_err(Failure::Retry)
}

/// The body of a read without which nothing works, or the failure.
fn polled(reply: &Reply) -> Result<Value, Failure> {
    Verdict::of(reply).for_poll()?;
    json(reply).map_err(Failure::Retry)
}
