//! How is the platform switched, and is the shop open? PC01 and A01 (`contracts/john-lewis.md §2.7`).
//!
//! PC01 has no published maximum, so it comes first and every time: what the hub does depends on its switches. A01 may be
//! asked once a day. It follows as a second page when it is due, and its lack fails nothing: a shop that does not say
//! whether it is open is taken for what it was.

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, RejectCode, Rejection, Reply, Session};
use crossdock_model::{ConnectionHealth, ConnectionState};
use jiff::{SignedDuration, Timestamp};

use super::{
    FACT_ACCOUNT_ASKED_AT, FACT_MULTI_SHIPMENT, FACT_ORDER_ACCEPTANCE, FACT_REGISTERED_CARRIERS_ONLY,
    FACT_SHOP_CURRENCY, FACT_SHOP_MODEL, FACT_SHOP_STATE, polled,
};
use crate::document::Doc;
use crate::request::{Caller, Purpose, get};
use crate::verdict::short;
use crate::windows::{A01, CALLS};

/// The page that asks A01.
const ACCOUNT: &str = "account";
/// Stands for a shop's state that the account does not give; the shop is then not called closed.
const UNSTATED: &str = "UNSTATED";
/// A01 is asked right after PC01 or not at all. When its window turns out to be shut, or its reply was lost, the probe
/// must not wait a day for it.
const ACCOUNT_WITHIN: SignedDuration = SignedDuration::from_secs(60);

fn account_asked_at(session: &Session) -> Option<Timestamp> {
    session.fact(FACT_ACCOUNT_ASKED_AT).and_then(|text| text.parse().ok())
}

/// The call that asks for the platform's switches.
pub(crate) fn plan_platform(caller: &Caller) -> Result<Call, Rejection> {
    caller.get(get("/api/platform/configuration"), Purpose { window: CALLS, label: "PC01 configuration" })
}

/// The probe's next call.
pub(crate) fn plan_health(caller: &Caller, page: &Page, session: &Session) -> Result<Call, Rejection> {
    let late = account_asked_at(session).is_some_and(|at| session.now.duration_since(at) > ACCOUNT_WITHIN);
    if page.0 == ACCOUNT && !late {
        caller.get(get("/api/account"), Purpose { window: A01, label: "A01 account" })
    } else {
        plan_platform(caller)
    }
}

/// Reads either answer; which of the two it is, the body says.
pub(crate) fn health(
    page: &Page,
    session: &Session,
    reply: &Reply,
    account_every: SignedDuration,
) -> Result<ReadReply, Failure> {
    let body = match polled(reply) {
        Err(failure @ Failure::Denied(_)) => return Err(failure),
        Err(failure) if page.0 == ACCOUNT => return Ok(without_account(&failure)),
        // A platform without PC01 is still a platform: settings then say what it would have said.
        Err(Failure::Rejected(Rejection { code: RejectCode::NotFound, .. })) => {
            let mut seen = switches_known(session, reply.at, account_every);
            let unsaid = "PC01 is not there: set `acceptance` and `shipments` by hand";
            seen.observations.push(Observation::Drift(unsaid.to_owned()));
            return Ok(seen);
        }
        other => other?,
    };
    let doc = Doc::of(&body);
    if doc.has("features") {
        let mut seen = if page.0 == ACCOUNT {
            ReadReply { observations: vec![Observation::Health(known(session))], ..ReadReply::default() }
        } else {
            switches_known(session, reply.at, account_every)
        };
        let (facts, drift) = switches(doc);
        seen.facts.extend(facts);
        seen.observations.extend(drift);
        Ok(seen)
    } else if page.0 == ACCOUNT && ["shop_state", "shop_id", "shop_name"].iter().any(|field| doc.has(field)) {
        Ok(account(doc))
    } else if page.0 == ACCOUNT {
        Ok(without_account(&Failure::Retry("the answer is no shop's account".to_owned())))
    } else {
        Err(Failure::Retry("the answer is no platform's configuration".to_owned()))
    }
}

/// The platform has answered; the account follows when it is due.
fn switches_known(session: &Session, at: Timestamp, account_every: SignedDuration) -> ReadReply {
    let due = account_asked_at(session).is_none_or(|asked| at.duration_since(asked) >= account_every);
    let mut seen = ReadReply { observations: vec![Observation::Health(known(session))], ..ReadReply::default() };
    if due {
        seen.facts.push((FACT_ACCOUNT_ASKED_AT.to_owned(), at.to_string()));
        seen.next = Some(Read::Health { page: Page(ACCOUNT.to_owned()) });
    }
    seen
}

/// A01 did not come. What the probe has found stands.
fn without_account(failure: &Failure) -> ReadReply {
    let why = match failure {
        Failure::Retry(text) | Failure::Denied(text) | Failure::Forbidden(text) => text.as_str(),
        Failure::Rejected(rejection) => rejection.detail.as_str(),
        Failure::Throttled(_) | Failure::Reauth => "its published frequency is used up",
    };
    let text = short(&format!("A01 did not say whether the shop is open: {why}"));
    ReadReply { observations: vec![Observation::Drift(text)], ..ReadReply::default() }
}

fn account(doc: Doc<'_>) -> ReadReply {
    let state = short(&doc.filled("shop_state").unwrap_or_else(|| UNSTATED.to_owned()));
    let model = doc.filled("model").map(|model| short(&model));
    let mut facts = vec![(FACT_SHOP_STATE.to_owned(), state.clone())];
    facts.extend(model.clone().map(|model| (FACT_SHOP_MODEL.to_owned(), model)));
    let currency = doc.filled("currency_iso_code").map(|code| short(&code));
    facts.extend(currency.map(|code| (FACT_SHOP_CURRENCY.to_owned(), code)));
    let health = judge(&state, model.as_deref());
    ReadReply { observations: vec![Observation::Health(health)], next: None, facts }
}

/// Whether the platform says that an order may have several shipments.
pub(crate) fn ships_in_parts(doc: Doc<'_>) -> Option<bool> {
    doc.at("features").at("shipment").flag("multi_shipment")
}

/// The platform's switches as facts, and what is odd about them.
pub(crate) fn switches(doc: Doc<'_>) -> (Vec<(String, String)>, Vec<Observation>) {
    let features = doc.at("features");
    let mut facts = Vec::new();
    for (fact, switch) in [
        (FACT_MULTI_SHIPMENT, ships_in_parts(doc)),
        (FACT_REGISTERED_CARRIERS_ONLY, features.flag("disable_seller_alternative_carrier")),
    ] {
        facts.extend(switch.map(|on| (fact.to_owned(), on.to_string())));
    }
    let mut drift = Vec::new();
    if let Some(word) = features.at("order_workflows").filled("order_acceptance") {
        let word = short(&word);
        if !matches!(word.as_str(), "AUTOMATIC" | "NOT_AUTOMATIC" | "BOTH") {
            drift.push(Observation::Drift(format!("PC01 says order_acceptance `{word}`, which is not known")));
        }
        facts.push((FACT_ORDER_ACCEPTANCE.to_owned(), word));
    }
    (facts, drift)
}

/// The verdict on what the account last said.
fn known(session: &Session) -> ConnectionHealth {
    judge(session.fact(FACT_SHOP_STATE).unwrap_or(UNSTATED), session.fact(FACT_SHOP_MODEL))
}

fn judge(shop_state: &str, model: Option<&str>) -> ConnectionHealth {
    // In the dropship model every price of the API is a purchase price (§2.9): worth knowing when figures look odd.
    let model = model.filter(|model| *model != "MARKETPLACE").map(|model| format!(", in the {model} model"));
    let (state, detail) = match shop_state {
        "OPEN" => (ConnectionState::Live, format!("the shop is open{}", model.unwrap_or_default())),
        UNSTATED => {
            (ConnectionState::Live, "the platform answers but does not say whether the shop is open".to_owned())
        }
        closed => {
            (ConnectionState::SellerOffline, format!("the operator says that the shop is {closed}: nothing is on sale"))
        }
    };
    ConnectionHealth { state, detail }
}
