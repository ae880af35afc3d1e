//! The twin's own calls below `/_sim/`: what customers, the operator and people in the portal do.

use serde_json::{Map, Value, json};
use sim_core::Cx;
use sim_core::world::{Customer, Defect};

use crate::auth::Role;
use crate::entity::Entity;
use crate::resolve::View;
use crate::trade::{self, Basket};
use crate::twin::{FIRST_INVOICE, MarketplacerTwin};
use crate::{refunds, shop::Task};

/// Ids of lines are a hundred times those of invoices and must fit GraphQL's 32-bit integers.
const LAST_NUMBER: u64 = 20_000_000;

type Answer = Result<Value, String>;

/// Answers a control call; `None`: there is no such call.
pub(crate) fn handle(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Answer> {
    Some(match path {
        "orders" => orders(twin, cx, body),
        "cancel" => cancel(twin, cx, body),
        "approve" => approve(twin, cx, body),
        "clear" => clear(twin, cx, body),
        "stock" => stock(twin, cx, body),
        "reimport" => reimport(twin, cx, body),
        "connection" => connection(twin, cx, body),
        "webhooks" => Ok(webhooks(twin)),
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

/// A customer orders now. `{"lines":[{"sku":"CD-10000-NVY","quantity":2}],"postcode":"","under_review":true}`; `number`
/// (the invoice is 10,000 more), `postcode` and `under_review` may be left out: without `under_review` there is no
/// review, with it the review ends by itself or by `clear`. Answers `{"legacyId":10501,"id":"SW52…"}`; refuses when the
/// published stock does not reach.
fn orders(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let lines = body.get("lines").and_then(Value::as_array).ok_or("`lines` is missing")?;
    let mut wanted = Vec::with_capacity(lines.len());
    for line in lines {
        let quantity = line.get("quantity").and_then(Value::as_i64).filter(|quantity| (1..=10_000).contains(quantity));
        wanted.push((text(line, "sku")?.to_owned(), quantity.ok_or("`quantity` must be 1 to 10000")?));
    }
    if wanted.is_empty() || wanted.len() > 100 {
        return Err("an order has 1 to 100 lines".to_owned());
    }
    let order = match body.get("number") {
        Some(_) => number(body, "number")?,
        None => twin.next_number,
    };
    if order > LAST_NUMBER {
        return Err(format!("`number` must be at most {LAST_NUMBER}"));
    }
    let id = FIRST_INVOICE + order;
    if twin.shop.invoices.contains_key(&id) {
        return Err(format!("invoice {id} exists"));
    }
    twin.next_number = twin.next_number.max(order + 1);
    let postcode = body.get("postcode").and_then(Value::as_str).unwrap_or("LS1 4AP");
    let under_review = body.get("under_review").and_then(Value::as_bool).unwrap_or(false);
    let unlisted = wanted.iter().any(|(sku, _)| twin.shop.variant_of_sku(sku).is_none());
    let defect = match (unlisted, postcode.is_empty()) {
        (true, _) => Some(Defect::UnknownSku),
        (_, true) => Some(Defect::NoPostcode),
        _ => None,
    };
    let (shortest, longest) = twin.options.review_minutes;
    let review = jiff::SignedDuration::from_mins(cx.rng.between(shortest, longest));
    let basket = Basket {
        id,
        buyer: customer(order, postcode),
        message: String::new(),
        lines: &wanted,
        defect,
        review: under_review.then_some(review),
    };
    let id = trade::place(&mut twin.shop, cx.effects, cx.now, basket).map_err(|refusal| refusal.message)?;
    Ok(json!({ "legacyId": id, "id": Entity::Invoice(id).gid() }))
}

fn customer(number: u64, postcode: &str) -> Customer {
    Customer {
        first_name: "Beatrix".to_owned(),
        last_name: "Quill".to_owned(),
        email: format!("buyer-{number:06}@relay.example"),
        phone: "07700 900123".to_owned(),
        line1: "12 Mill Lane".to_owned(),
        line2: String::new(),
        city: "Leeds".to_owned(),
        county: "West Yorkshire".to_owned(),
        postcode: postcode.to_owned(),
    }
}

/// The operator cancels all that has not been sent: `{"legacyId":10501}`; `"by":"buyer"` puts another name into the log.
fn cancel(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    let by = body.get("by").and_then(Value::as_str).unwrap_or("operator");
    trade::cancel(&mut twin.shop, cx.effects, cx.now, id, by).map_err(|refusal| refusal.message)?;
    Ok(json!({ "legacyId": id }))
}

/// The operator settles a refund request at once: `{"refundRequest":529}`.
fn approve(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "refundRequest")?;
    refunds::approve(&mut twin.shop, cx.effects, cx.now, id).map_err(|refusal| refusal.message)?;
    Ok(json!({ "refundRequest": id }))
}

/// A payment review ends well at once: `{"legacyId":10501}`.
fn clear(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let id = number(body, "legacyId")?;
    if !twin.shop.invoices.contains_key(&id) {
        return Err(format!("no invoice {id}"));
    }
    twin.shop.plan(cx.now, Task::ClearReview(id));
    Ok(json!({ "legacyId": id }))
}

/// A person edits a figure in the portal: `{"sku":"CD-10000-NVY","quantity":7}`.
fn stock(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let sku = text(body, "sku")?;
    let quantity = body.get("quantity").and_then(Value::as_i64).filter(|quantity| *quantity >= 0);
    let quantity = quantity.ok_or("`quantity` must be 0 or more")?;
    let variant = trade::edit_stock(&mut twin.shop, cx.effects, cx.now, sku, quantity);
    let variant = variant.ok_or_else(|| format!("no variant has the SKU {sku}"))?;
    Ok(json!({ "sku": sku, "variant": Entity::Variant(variant).gid() }))
}

/// The catalogue was exported and imported again, and a variant came back with another id: `{"sku":"CD-10000-NVY"}`.
fn reimport(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let sku = text(body, "sku")?;
    let moved = trade::reimport(&mut twin.shop, cx.now, sku);
    let (old, new) = moved.ok_or_else(|| format!("no variant has the SKU {sku}"))?;
    Ok(json!({ "old": Entity::Variant(old).gid(), "new": Entity::Variant(new).gid() }))
}

/// How the seller stands: `{"active":false}` stock calls are accepted and publish nothing (A108); `{"online":false}` the
/// seller is taken offline; `{"key":"revoked"}` the seller's key stops working (`"valid"` brings it back). Answers with
/// the state.
fn connection(twin: &mut MarketplacerTwin, cx: &mut Cx<'_>, body: &Value) -> Answer {
    let empty = Map::new();
    for (name, value) in body.as_object().unwrap_or(&empty) {
        match (name.as_str(), value) {
            ("active", Value::Bool(active)) => twin.shop.active = *active,
            ("online", Value::Bool(online)) => {
                twin.shop.online = *online;
                twin.shop.announce("SELLER", Entity::Seller, "update", cx.now);
            }
            ("key", Value::String(key)) => twin.revoked = key == "revoked",
            _ => return Err(format!("`{name}` is not understood; known: active, online, key")),
        }
    }
    let state = json!({ "active": twin.shop.active, "online": twin.shop.online, "revoked": twin.revoked });
    cx.effects.push(cx.now, "connection_changed", "connection", state.clone());
    Ok(state)
}

/// The registered webhooks and their events: no body.
fn webhooks(twin: &MarketplacerTwin) -> Value {
    let view = View {
        shop: &twin.shop,
        hooks: &twin.hooks,
        options: &twin.options,
        role: Role::Operator,
        sparse: false,
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
