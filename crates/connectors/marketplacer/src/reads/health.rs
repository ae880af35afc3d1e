//! Is the connection alive? Two questions: who are we, and are our webhooks switched on
//! (`contracts/marketplacer.md §9`; the remote has no such state of its own, so it is derived).

use std::collections::BTreeSet;

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply};
use crossdock_model::{ConnectionHealth, ConnectionName, ConnectionState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::owner::{OPERATOR_KEY, SELLER_ID};
use super::{broken_paging, drifts};
use crate::answer::{self, Answer, GraphError, Trouble, cut};
use crate::documents::{PRINCIPAL, WEBHOOKS};
use crate::http_call::Credentials;
use crate::wire::{Rest, rest, take_nodes};

/// Page token of the second question; how far it is may follow.
const WEBHOOK_PAGE: &str = "webhooks";
/// Webhooks per page of the second question.
pub(crate) const WEBHOOKS_PER_PAGE: u32 = 100;

/// What the pages of the second question have shown so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Hooks {
    /// Cursor of the next page.
    after: Option<String>,
    /// Types of webhooks of ours that are switched on, and off.
    on: BTreeSet<String>,
    off: BTreeSet<String>,
}

impl Hooks {
    fn read(page: &Page) -> Self {
        let token = page.0.strip_prefix(WEBHOOK_PAGE).map(str::trim_start);
        token.and_then(|token| serde_json::from_str(token).ok()).unwrap_or_default()
    }

    fn page(&self) -> Page {
        Page(format!("{WEBHOOK_PAGE} {}", serde_json::to_string(self).unwrap_or_default()))
    }
}

pub(crate) fn plan(credentials: &Credentials, page: &Page) -> Result<Call, Rejection> {
    if page.is_first() {
        credentials.graphql("who am I", PRINCIPAL, &json!({}))
    } else {
        let variables = json!({ "first": WEBHOOKS_PER_PAGE, "after": Hooks::read(page).after });
        credentials.graphql("own webhooks", WEBHOOKS, &variables)
    }
}

pub(crate) fn interpret(connection: &ConnectionName, page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let answer = match answer::read(reply) {
        Ok(answer) => answer,
        // A refused key or a missing right is the result of a probe, not its failure.
        Err(Trouble::NotDone(Failure::Denied(text)) | Trouble::Forbidden(text)) => {
            return Ok(found(ConnectionState::AuthFailed, format!("the marketplace refused the key: {text}")));
        }
        Err(trouble) => return missing_scope(trouble),
    };
    if page.is_first() { principal(answer) } else { webhooks(connection, page, answer) }
}

fn principal(mut answer: Answer) -> Result<ReadReply, Failure> {
    let principal = match answer.take("apiKeyPrincipal") {
        Ok(principal) => principal,
        Err(trouble) => return missing_scope(trouble),
    };
    if let Some(error) = answer.errors.iter().find(|error| error.is_missing_right()) {
        return Ok(lacks(error));
    }
    let Some(seller) = principal.get("seller").filter(|seller| !seller.is_null()) else {
        if answer.errors.is_empty() {
            return Ok(found(ConnectionState::AuthFailed, OPERATOR_KEY.to_owned()));
        }
        return Err(Failure::Retry("the answer does not say whose key this is".to_owned()));
    };
    let word = |field: &str| seller.get(field).and_then(Value::as_str);
    let mut facts = Vec::new();
    for (fact, value) in [(SELLER_ID, word("id")), ("seller_name", word("businessName"))] {
        facts.extend(value.map(|value| (fact.to_owned(), cut(value))));
    }
    let offline = |detail: &str| found(ConnectionState::SellerOffline, detail.to_owned());
    let mut reply = if word("accountType") == Some("PROSPECTIVE") {
        offline("the seller's account is still prospective and cannot trade")
    } else if seller.get("online").and_then(Value::as_bool) == Some(false) {
        offline("the seller is offline: its products are not on sale, but orders already placed must still be shipped")
    } else {
        ReadReply { next: Some(Read::Health { page: Page(WEBHOOK_PAGE.to_owned()) }), ..ReadReply::default() }
    };
    reply.observations.extend(drifts(&answer));
    reply.facts = facts;
    Ok(reply)
}

/// Ours are known by their place below the hub's door. One that is switched off matters only where no other of ours tells of
/// the same: a hub that moved to another address leaves its old webhook behind, and none can be deleted (`§3.8`).
fn webhooks(connection: &ConnectionName, page: &Page, mut answer: Answer) -> Result<ReadReply, Failure> {
    let mut list = match answer.take("webhooks") {
        Ok(list) => list,
        Err(trouble) => return missing_scope(trouble),
    };
    let nodes = take_nodes(&mut list).ok_or_else(|| broken_paging("webhooks without a list"))?;
    let door = format!("/in/{connection}/");
    let mut hooks = Hooks::read(page);
    for node in &nodes {
        let word = |field: &str| node.get(field).and_then(Value::as_str);
        if !word("url").is_some_and(|url| url.contains(&door)) {
            continue;
        }
        let switched_off = node.get("enabled").and_then(Value::as_bool) == Some(false);
        let side = if switched_off { &mut hooks.off } else { &mut hooks.on };
        side.insert(cut(word("type").unwrap_or("unknown type")));
    }
    let mut reply = match rest(&list, hooks.after.as_deref()) {
        Rest::After(cursor) => {
            hooks.after = Some(cursor);
            ReadReply { next: Some(Read::Health { page: hooks.page() }), ..ReadReply::default() }
        }
        Rest::Unclear => return Err(broken_paging("webhooks")),
        Rest::Nothing => match hooks.off.difference(&hooks.on).next() {
            Some(about) => {
                let detail = format!("our webhook for {about} is switched off at the marketplace");
                found(ConnectionState::WebhookDisabled, detail)
            }
            None => found(ConnectionState::Live, "the key works and the seller is online".to_owned()),
        },
    };
    reply.observations.extend(drifts(&answer));
    Ok(reply)
}

/// A documented refusal of the whole question is a missing right; everything else is a failed probe.
fn missing_scope(trouble: Trouble) -> Result<ReadReply, Failure> {
    match trouble {
        Trouble::NotDone(Failure::Rejected(rejection)) | Trouble::RefusedInside(rejection) => {
            Ok(found(ConnectionState::ScopeMissing, rejection.detail))
        }
        other => Err(other.of_look()),
    }
}

fn lacks(error: &GraphError) -> ReadReply {
    let detail = error.refusal().map_or_else(|| error.message.clone(), |rejection| rejection.detail);
    found(ConnectionState::ScopeMissing, detail)
}

fn found(state: ConnectionState, detail: String) -> ReadReply {
    let health = Observation::Health(ConnectionHealth { state, detail });
    ReadReply { observations: vec![health], ..ReadReply::default() }
}
