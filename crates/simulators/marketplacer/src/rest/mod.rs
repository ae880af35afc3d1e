//! The legacy Seller API below `/api/v2/client/` (`contracts/marketplacer.md` §4).

mod render;
mod stock;
mod write;

use bytes::Bytes;
use http::{Method, Request, Response, header::CONTENT_TYPE};
use serde_json::Value;
use sim_core::form;

use self::render::Page;
use crate::auth::Role;
use crate::entity::Entity;
use crate::reply;
use crate::resolve::{InvoiceSearch, Order};
use crate::shop::{Listing, OWN_SELLER};
use crate::time;
use crate::twin::Desk;

/// Answers a request; `path` is what follows `/api/v2/client/`.
pub(crate) fn handle(desk: &mut Desk<'_, '_>, path: &str, request: &Request<Bytes>) -> Response<Bytes> {
    let writes = request.method() != Method::GET;
    let media = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let known = known_route(request.method(), &parts);
    if !known {
        return reply::api_not_found();
    }
    if writes && !media.trim_start().starts_with("application/vnd.api+json") {
        let detail = "All requests must use the 'application/vnd.api+json' Content-Type.";
        return reply::api_error(415, "unsupported_media_type", "Unsupported media type", detail, None);
    }
    let scope = match (parts.first().copied(), writes) {
        (Some("invoices"), false) => "invoices",
        (Some("invoices"), true) => "shipmentCreate",
        (_, false) => "allAdverts",
        (_, true) => "variantUpdate",
    };
    if let Some(scope) = desk.missing_scope(scope) {
        let detail = format!("The API key lacks the scope {scope}");
        return reply::api_error(403, "forbidden", "Forbidden", &detail, None);
    }
    if !writes {
        let query = form::pairs(request.uri().query().unwrap_or_default());
        return read(desk, &parts, path, &query);
    }
    let Ok(body) = serde_json::from_slice::<Value>(request.body()) else {
        return reply::api_error(400, "bad_request", "Bad request", "The request body is not JSON.", None);
    };
    match parts.as_slice() {
        ["invoices", id, "sent"] => write::sent(desk, id, &body),
        ["invoices", id, "ready"] => write::hand_over(desk, id, false),
        ["invoices", id, "collected"] => write::hand_over(desk, id, true),
        ["invoices", id, "shipments"] => write::create_shipment(desk, id, &body),
        ["invoices", id, "shipments", shipment] => write::change_shipment(desk, id, shipment, &body),
        ["variants", "stock_on_hand"] => stock::set_all(desk, &body),
        ["variants", id] => stock::set_one(desk, id, &body),
        _ => reply::api_not_found(),
    }
}

/// A wrong method is a 404 too (`contracts/marketplacer.md` §4.4).
fn known_route(method: &Method, parts: &[&str]) -> bool {
    match *method {
        Method::GET => true,
        Method::POST => matches!(parts, ["invoices", _, "shipments"] | ["variants", "stock_on_hand"]),
        Method::PUT => {
            matches!(parts, ["invoices", _, "sent" | "ready" | "collected"] | ["invoices", _, "shipments", _])
                || matches!(parts, ["variants", id] if *id != "stock_on_hand")
        }
        _ => false,
    }
}

/// The id of a path, if it is a number.
fn id(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn read(desk: &Desk<'_, '_>, parts: &[&str], path: &str, query: &[(String, String)]) -> Response<Bytes> {
    let view = desk.view();
    let one = |entity: Option<Value>| entity.map_or_else(reply::api_not_found, |body| reply::api(200, &body));
    let page = Page::of(query, desk.options.rest_page_max);
    let include = form::first(query, "include").unwrap_or_default();
    match parts {
        ["invoices"] => {
            let Some(mut search) = invoice_search(query) else {
                return reply::api_error(400, "bad_request", "Bad request", "Invalid filter value", None);
            };
            search.seller = (desk.role == Role::Seller).then_some(OWN_SELLER);
            let found = search.run(desk.shop);
            reply::api(200, &page.list(path, query, &found, |ids| render::invoices(&view, ids, include)))
        }
        ["invoices", number] => one(paid(desk, number).map(|id| render::invoice(&view, id))),
        ["invoices", number, "shipments"] => match paid(desk, number).and_then(|id| desk.shop.invoices.get(&id)) {
            Some(invoice) => {
                let list = page.list(path, query, &invoice.shipments, |ids| render::shipments(&view, ids));
                reply::api(200, &list)
            }
            None => reply::api_not_found(),
        },
        ["invoices", number, "shipments", shipment] => {
            let invoice = paid(desk, number);
            let shipment = id(shipment).filter(|id| desk.shop.shipments.get(id).map(|s| s.invoice) == invoice);
            one(shipment.filter(|_| invoice.is_some()).map(|id| render::shipment(&view, id)))
        }
        ["variants"] => {
            let found = variants(desk, query);
            reply::api(200, &page.list(path, query, &found, |ids| render::variants(&view, ids)))
        }
        ["variants", number] => one(live_variant(desk, number).map(|id| render::variant(&view, id))),
        ["adverts"] => {
            let found = adverts(desk, query);
            reply::api(200, &page.list(path, query, &found, |ids| render::adverts(&view, ids, include)))
        }
        ["adverts", number, "variants"] => {
            let advert = id(number).and_then(|id| desk.shop.adverts.get(&id));
            let seen = |id: u64| desk.view().sees(Entity::Advert(id));
            match advert.filter(|advert| advert.listing != Listing::Deleted && id(number).is_some_and(seen)) {
                Some(advert) => {
                    let list = page.list(path, query, &advert.variants, |ids| render::variants(&view, ids));
                    reply::api(200, &list)
                }
                None => reply::api_not_found(),
            }
        }
        _ => reply::api_not_found(),
    }
}

/// An invoice that REST shows: only paid ones exist here (`contracts/marketplacer.md` §4.1).
fn paid(desk: &Desk<'_, '_>, number: &str) -> Option<u64> {
    let invoice = desk.shop.invoices.get(&id(number)?)?;
    invoice.paid.map(|_| invoice.id).filter(|id| desk.view().sees(Entity::Invoice(*id)))
}

/// A variant whose advert has not been deleted.
fn live_variant(desk: &Desk<'_, '_>, number: &str) -> Option<u64> {
    let id = id(number)?;
    let found = desk.shop.find(Entity::Variant(id))?;
    desk.view().sees(found).then_some(id)
}

/// `None`: a moment cannot be read.
fn invoice_search(query: &[(String, String)]) -> Option<InvoiceSearch> {
    let moment = |name: &str| match form::first(query, name) {
        None | Some("") => Some(None),
        Some(text) => time::read(text).map(Some),
    };
    let statuses = form::first(query, "status").filter(|status| !status.is_empty());
    Some(InvoiceSearch {
        paid: (moment("since")?, moment("until")?),
        updated: (moment("updated_since")?, moment("updated_before")?),
        statuses: statuses.map(|list| list.split(',').map(str::to_uppercase).collect()).unwrap_or_default(),
        paid_only: true,
        order: Order::Created,
        ..InvoiceSearch::default()
    })
}

fn variants(desk: &Desk<'_, '_>, query: &[(String, String)]) -> Vec<u64> {
    let shop = &desk.shop;
    if form::first(query, "external_id").is_some() {
        return Vec::new();
    }
    let mut found: Vec<u64> = match form::first(query, "sku") {
        Some(sku) => shop.by_sku.get(sku).cloned().unwrap_or_default(),
        None => shop.variants.keys().copied().collect(),
    };
    let barcode = form::first(query, "barcode");
    found.retain(|id| {
        let variant = shop.variants.get(id);
        let advert = variant.and_then(|variant| shop.adverts.get(&variant.advert));
        advert.is_some_and(|advert| advert.listing != Listing::Deleted)
            && desk.view().sees(Entity::Variant(*id))
            && barcode.is_none_or(|wanted| variant.is_some_and(|v| v.barcode.as_deref() == Some(wanted)))
    });
    found
}

fn adverts(desk: &Desk<'_, '_>, query: &[(String, String)]) -> Vec<u64> {
    let filtered = ["sku", "barcode", "external_id"].into_iter().any(|name| form::first(query, name).is_some());
    if !filtered {
        let live = desk.shop.adverts.iter().filter(|(_, advert)| advert.listing != Listing::Deleted);
        let live = live.filter(|(id, _)| desk.view().sees(Entity::Advert(**id)));
        return live.map(|(id, _)| *id).collect();
    }
    let owners = variants(desk, query).into_iter().filter_map(|id| desk.shop.variants.get(&id));
    let mut found: Vec<u64> = owners.map(|variant| variant.advert).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The message of a refusal as a 422.
fn invalid(refusal: &crate::trade::Invalid) -> Response<Bytes> {
    reply::api_invalid(&refusal.message, snake(refusal.field).as_str())
}

fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// The attributes of a JSON:API document.
fn attributes(body: &Value) -> &Value {
    body.get("data").and_then(|data| data.get("attributes")).unwrap_or(&Value::Null)
}

/// A text attribute, if it is given and not empty.
fn text(attributes: &Value, name: &str) -> Option<String> {
    let value = attributes.get(name).and_then(Value::as_str);
    value.filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The one object of a reply.
fn shown(desk: &Desk<'_, '_>, status: u16, entity: Entity) -> Response<Bytes> {
    let view = desk.view();
    let body = match entity {
        Entity::Shipment(id) => render::shipment(&view, id),
        Entity::Variant(id) => render::variant(&view, id),
        other => render::invoice(&view, other.legacy_id()),
    };
    reply::api(status, &body)
}
