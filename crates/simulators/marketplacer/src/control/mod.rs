//! The twin's own calls below `/_sim/`: what customers, the operator and people in the portal do.

mod orders;

use serde_json::{Map, Value, json};
use sim_core::Cx;

use crate::auth::Role;
use crate::entity::Entity;
use crate::resolve::View;
use crate::shop::OWN_SELLER;
use crate::trade::{self, Stock};
use crate::twin::MarketplacerTwin;

type Answer = Result<Value, String>;

/// Answers a control call; `None`: there is no such call.
pub(crate) fn handle(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Answer> {
    Some(match path {
        "orders" => orders::place(twin, cx, body),
        "cancel" => orders::cancel(twin, cx, body),
        "cancellation" => orders::cancellation(twin, cx, body),
        "approve" => orders::approve(twin, cx, body),
        "deny" => orders::deny(twin, cx, body),
        "clear" => orders::clear(twin, cx, body),
        "remit" => orders::remit(twin, cx, body),
        "delete" => delete(twin, cx, body),
        "stock" => stock(twin, cx, body),
        "reimport" => reimport(twin, cx, body),
        "connection" => connection(twin, cx, body),
        "webhooks" => Ok(webhooks(twin)),
        "webhook" => webhook(twin, cx, body),
        "amend" => orders::amend(twin, cx, body),
        _ => return None,
    })
}

fn text<'v>(body: &'v Value, name: &str) -> Result<&'v str, String> {
    body.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is missing"))
}

/// Ids are taken as numbers and as texts, as replies have both.
fn number(body: &Value, name: &str) -> Result<u64, String> {
    let value = body.get(name);
    let number = value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    number.ok_or_else(|| format!("`{name}` is missing"))
}

/// SKU and units of a list of lines, in the form of orders.
fn lines(body: &Value) -> Result<Vec<(String, i64)>, String> {
    let lines = body.get("lines").and_then(Value::as_array).ok_or("`lines` is missing")?;
    let mut wanted = Vec::with_capacity(lines.len());
    for line in lines {
        let quantity = line.get("quantity").and_then(Value::as_i64).filter(|quantity| (1..=10_000).contains(quantity));
        wanted.push((text(line, "sku")?.to_owned(), quantity.ok_or("`quantity` must be 1 to 10000")?));
    }
    Ok(wanted)
}

/// A person edits a figure in the portal: `{"sku":"CD-10000-NVY","quantity":7}`; `"infinite":true` sells without limit,
/// `false` ends that. One of the two may be left out.
fn stock(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let sku = text(body, "sku")?;
    let count = body.get("quantity").map(|value| value.as_i64().filter(|quantity| *quantity >= 0));
    let infinite = body.get("infinite").and_then(Value::as_bool);
    let stock = match (count, infinite) {
        (Some(Some(_)) | None, Some(_)) | (Some(Some(_)), None) => Stock { count: count.flatten(), infinite },
        _ => return Err("`quantity` must be 0 or more".to_owned()),
    };
    let variant = trade::edit_stock(&mut twin.shop, cx.effects, cx.now, sku, stock);
    let variant = variant.ok_or_else(|| format!("no variant has the SKU {sku}"))?;
    Ok(json!({ "sku": sku, "variant": Entity::Variant(variant).gid() }))
}

/// The product that a SKU is sold from is deleted, with all its variants: `{"sku":"CD-10000-NVY"}`.
fn delete(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let sku = text(body, "sku")?;
    let advert = trade::delete(&mut twin.shop, cx.effects, cx.now, sku);
    let advert = advert.ok_or_else(|| format!("no variant has the SKU {sku}"))?;
    Ok(json!({ "sku": sku, "advert": Entity::Advert(advert).gid() }))
}

/// The catalogue was exported and imported again, and a variant came back with another id: `{"sku":"CD-10000-NVY"}`.
fn reimport(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let sku = text(body, "sku")?;
    let moved = trade::reimport(&mut twin.shop, cx.now, sku);
    let (old, new) = moved.ok_or_else(|| format!("no variant has the SKU {sku}"))?;
    Ok(json!({ "old": Entity::Variant(old).gid(), "new": Entity::Variant(new).gid() }))
}

/// How the seller stands: `{"active":false}` stock calls are accepted and publish nothing (A108); `{"online":false}` the
/// seller is taken offline and sells nothing; `{"account":"PROSPECTIVE"}` the account cannot trade yet (`"RETAILER"`);
/// `{"api_enabled":false}` the API is switched off for the seller, as far as a key that still works can see;
/// `{"key":"revoked"}` the seller's key stops working (`"valid"` brings it back). Answers with the state.
fn connection(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let empty = Map::new();
    let mut seller_changed = false;
    for (name, value) in body.as_object().unwrap_or(&empty) {
        match (name.as_str(), value) {
            ("active", Value::Bool(active)) => twin.shop.active = *active,
            ("online", Value::Bool(online)) => (twin.shop.online, seller_changed) = (*online, true),
            ("api_enabled", Value::Bool(enabled)) => (twin.shop.api_off, seller_changed) = (!enabled, true),
            ("account", Value::String(account)) if matches!(account.as_str(), "PROSPECTIVE" | "RETAILER") => {
                (twin.shop.prospective, seller_changed) = (account == "PROSPECTIVE", true);
            }
            ("key", Value::String(key)) => twin.revoked = key == "revoked",
            _ => {
                return Err(format!("`{name}` is not understood; known: active, online, account, api_enabled, key"));
            }
        }
    }
    if seller_changed {
        twin.shop.announce("SELLER", Entity::Seller(OWN_SELLER), "update", cx.now);
    }
    let state = json!({
        "active": twin.shop.active, "online": twin.shop.online, "revoked": twin.revoked,
        "account": if twin.shop.prospective { "PROSPECTIVE" } else { "RETAILER" },
        "api_enabled": !twin.shop.api_off,
    });
    cx.effects.push(cx.now, "connection_changed", "connection", state.clone());
    Ok(state)
}

/// Somebody switches webhooks off or on in the portal: `{"enabled":false}` all of them.
fn webhook(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let enabled = body.get("enabled").and_then(Value::as_bool).ok_or("`enabled` wants true or false")?;
    let changed = twin.hooks.switch(enabled);
    cx.effects.push(
        cx.now,
        "webhook_switched_by_person",
        "webhooks",
        json!({ "enabled": enabled, "changed": changed }),
    );
    Ok(json!({ "changed": changed }))
}

/// The registered webhooks and their events: no body.
fn webhooks(twin: &MarketplacerTwin) -> Value {
    let view = View {
        shop: &twin.shop,
        hooks: &twin.hooks,
        options: &twin.options,
        role: Role::Operator,
        sparse: false,
        deciding: None,
        unknown_enum: false,
        echo: &[],
    };
    let fields = |entity: Entity, names: &[&str]| -> Value {
        names.iter().map(|name| ((*name).to_owned(), view.plain(entity, name))).collect()
    };
    let hooks = twin.hooks.ids(Role::Operator).into_iter().map(|id| {
        let names = ["id", "type", "eventName", "url", "enabled", "concurrentSendLimit"];
        let mut hook = fields(Entity::Webhook(id), &names);
        let events = twin.hooks.events_of(Some(id));
        let events = events.map(|id| fields(Entity::WebhookEvent(id), &["id", "eventName", "status", "retryAfter"]));
        hook["events"] = events.collect();
        hook
    });
    json!({ "webhooks": hooks.collect::<Vec<_>>() })
}
