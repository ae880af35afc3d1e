//! Is the shop open, and how is the platform switched? A01 and PC01 (`contracts/john-lewis.md §2.7`).
//!
//! A01 may be asked once a day, a probe wants to be asked far more often. So a probe asks A01 only when the last answer
//! is older than A01's window allows, and PC01, which has no published maximum, every time.

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, RejectCode, Rejection, Reply, Session};
use crossdock_model::{ConnectionHealth, ConnectionState};
use jiff::{SignedDuration, Timestamp};

use super::{
    FACT_ACCOUNT_READ_AT, FACT_ADDRESSES_EARLY, FACT_MULTI_SHIPMENT, FACT_ORDER_ACCEPTANCE,
    FACT_REGISTERED_CARRIERS_ONLY, FACT_SHOP_STATE, polled,
};
use crate::document::Doc;
use crate::request::{Caller, Purpose, get};
use crate::verdict::short;
use crate::windows::{A01, CALLS};

/// The page that asks PC01.
const PLATFORM: &str = "platform";
/// Stands for a shop's state that the account does not give; the shop is then not called closed.
const UNSTATED: &str = "UNSTATED";

/// Whether the shop's account has to be asked (again).
fn account_is_due(page: &Page, session: &Session, account_every: SignedDuration) -> bool {
    let read_at = session.fact(FACT_ACCOUNT_READ_AT).and_then(|text| text.parse::<Timestamp>().ok());
    let fresh = read_at.is_some_and(|at| session.now.duration_since(at) < account_every);
    page.is_first() && !(fresh && session.fact(FACT_SHOP_STATE).is_some())
}

/// The probe's next call.
pub(crate) fn plan_health(
    caller: &Caller,
    page: &Page,
    session: &Session,
    account_every: SignedDuration,
) -> Result<Call, Rejection> {
    if account_is_due(page, session, account_every) {
        caller.get(get("/api/account"), Purpose { window: A01, label: "A01 account" })
    } else {
        let purpose = Purpose { window: CALLS, label: "PC01 configuration" };
        caller.get(get("/api/platform/configuration"), purpose)
    }
}

/// Reads either answer; which of the two it is, the body says.
pub(crate) fn health(page: &Page, session: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
    let body = match polled(reply) {
        // A platform without PC01 is still a platform: settings then say what it would have said.
        Err(Failure::Rejected(Rejection { code: RejectCode::NotFound, .. }))
            if session.fact(FACT_SHOP_STATE).is_some() =>
        {
            return Ok(ReadReply {
                observations: vec![
                    Observation::Health(judge(session.fact(FACT_SHOP_STATE).unwrap_or_default())),
                    Observation::Drift("PC01 is not there: set `acceptance` and `shipments` by hand".to_owned()),
                ],
                ..ReadReply::default()
            });
        }
        other => other?,
    };
    let doc = Doc::of(&body);
    if doc.has("features") {
        Ok(platform(doc, session))
    } else if page.is_first() && ["shop_state", "shop_id", "shop_name"].iter().any(|field| doc.has(field)) {
        Ok(account(doc, reply.at))
    } else {
        Err(Failure::Retry("the answer is neither a shop's account nor a platform's configuration".to_owned()))
    }
}

fn account(doc: Doc<'_>, at: Timestamp) -> ReadReply {
    let state = short(&doc.filled("shop_state").unwrap_or_else(|| UNSTATED.to_owned()));
    let mut facts = vec![(FACT_ACCOUNT_READ_AT.to_owned(), at.to_string())];
    for (fact, field) in [("shop_model", "model"), ("shop_currency", "currency_iso_code"), ("shop_id", "shop_id")] {
        facts.extend(doc.filled(field).map(|value| (fact.to_owned(), short(&value))));
    }
    let health = judge(&state);
    facts.push((FACT_SHOP_STATE.to_owned(), state));
    // An open shop is only called alive once the second call has answered too.
    let closed = health.state != ConnectionState::Live;
    ReadReply {
        observations: if closed { vec![Observation::Health(health)] } else { Vec::new() },
        next: Some(Read::Health { page: Page(PLATFORM.to_owned()) }),
        facts,
    }
}

fn platform(doc: Doc<'_>, session: &Session) -> ReadReply {
    let features = doc.at("features");
    let workflows = features.at("order_workflows");
    let mut facts = Vec::new();
    let mut observations = Vec::new();
    for (fact, switch) in [
        (FACT_MULTI_SHIPMENT, features.at("shipment").flag("multi_shipment")),
        (FACT_ADDRESSES_EARLY, workflows.flag("shipping_and_billing_details_before_acceptance")),
        (FACT_REGISTERED_CARRIERS_ONLY, features.flag("disable_seller_alternative_carrier")),
    ] {
        facts.extend(switch.map(|on| (fact.to_owned(), on.to_string())));
    }
    if let Some(word) = workflows.filled("order_acceptance") {
        let word = short(&word);
        if !matches!(word.as_str(), "AUTOMATIC" | "NOT_AUTOMATIC" | "BOTH") {
            observations.push(Observation::Drift(format!("PC01 says order_acceptance `{word}`, which is not known")));
        }
        facts.push((FACT_ORDER_ACCEPTANCE.to_owned(), word));
    }
    observations.push(Observation::Health(judge(session.fact(FACT_SHOP_STATE).unwrap_or("OPEN"))));
    ReadReply { observations, next: None, facts }
}

fn judge(shop_state: &str) -> ConnectionHealth {
    let (state, detail) = match shop_state {
        "OPEN" => (ConnectionState::Live, "the shop is open".to_owned()),
        UNSTATED => (ConnectionState::Live, "the account answers but does not say whether the shop is open".to_owned()),
        closed => {
            (ConnectionState::SellerOffline, format!("the operator says that the shop is {closed}: nothing is on sale"))
        }
    };
    ConnectionHealth { state, detail }
}
