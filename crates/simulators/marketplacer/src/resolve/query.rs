//! The root fields of queries (`contracts/marketplacer.md` §3.2, §3.3, §3.6–3.8).

use std::cmp::Reverse;

use serde_json::{Map, Value};

use crate::auth::{Role, scope_of_thing};
use crate::entity::Entity;
use crate::options::AdvertOrder;
use crate::resolve::page::{self, connection};
use crate::resolve::search::{InvoiceSearch, texts};
use crate::resolve::{Failure, Object, Out, View, lacking};
use crate::shop::{Advert, Listing, OWN_SELLER, RefundRequest, Variant};
use crate::time;

type Arguments = Map<String, Value>;

/// A filter that was really given: not null, not false, not an empty list.
fn given<'v>(arguments: &'v Arguments, name: &str) -> Option<&'v Value> {
    arguments.get(name).filter(|value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    })
}

fn inner<'v>(arguments: &'v Arguments, name: &str) -> Option<&'v Arguments> {
    arguments.get(name).and_then(Value::as_object)
}

impl View<'_> {
    pub(super) fn root(&self, name: &str, arguments: &Arguments) -> Out {
        if let Some(scope) = self.missing_scope(name) {
            return Out::Fail(Failure::missing_scope(&scope));
        }
        let page =
            |names, ids: Vec<u64>, kind: fn(u64) -> Entity| connection(names, &ids, kind, arguments, self.options);
        match name {
            "invoices" => {
                let mut search = InvoiceSearch::of_arguments(arguments);
                search.seller = (self.role == Role::Seller).then_some(OWN_SELLER);
                page::invoices(search, self.shop, arguments, self.options)
            }
            "node" => {
                let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
                let found = self.find(id);
                match found.and_then(|entity| self.lacking_for(entity)) {
                    Some(failure) => Out::Fail(failure),
                    None => Out::maybe(found),
                }
            }
            "nodes" => {
                let ids = arguments.get("ids").map(texts).unwrap_or_default();
                let found: Vec<Option<Entity>> = ids.iter().map(|id| self.find(id)).collect();
                match found.iter().flatten().find_map(|entity| self.lacking_for(*entity)) {
                    Some(failure) => Out::Fail(failure),
                    None => Out::Many(found.into_iter().map(|entity| entity.map(Object::Stored)).collect()),
                }
            }
            "shipmentCarriers" => page(page::CARRIERS, self.shop.carriers.keys().copied().collect(), Entity::Carrier),
            "allAdverts" => self.all_adverts(arguments),
            "advertsWhere" => page(page::ADVERTS, self.adverts_where(arguments), Entity::Advert),
            "variantsWhere" => page(page::VARIANTS, self.variants_where(arguments), Entity::Variant),
            "apiKeyPrincipal" => Out::entity(Entity::Principal),
            "webhooks" => page(page::WEBHOOKS, self.hooks.ids(self.role), Entity::Webhook),
            "webhookEvents" => self.webhook_events(arguments),
            "refundReasons" => Out::entity(Entity::RefundReasons),
            "refundRequests" => {
                let requests = self.shop.refunds.iter();
                let found = requests.filter(|(id, request)| self.request_matches(**id, request, arguments));
                page(page::REFUNDS, found.map(|(id, _)| *id).collect(), Entity::RefundRequest)
            }
            _ => Out::NULL,
        }
    }

    /// Why a key may not read a thing by its id: it needs the scope of the thing's own list.
    fn lacking_for(&self, entity: Entity) -> Option<Failure> {
        let scope = lacking(self.options, self.role, scope_of_thing(entity))?;
        Some(Failure::missing_scope(&scope))
    }

    /// What a global id names, as far as the caller may see it. An unpublished advert answers as an advert.
    pub(crate) fn find(&self, gid: &str) -> Option<Entity> {
        let entity = Entity::from_gid(gid)?;
        let found = match entity {
            Entity::Advert(_) => self.shop.find(entity).map(|_| entity),
            Entity::Webhook(id) => self.hooks.hook(id).map(|_| entity),
            Entity::WebhookEvent(id) => self.hooks.event(id).map(|_| entity),
            Entity::Order(_) if self.role == Role::Seller => None,
            _ => self.shop.find(entity),
        };
        found.filter(|entity| self.sees(*entity))
    }

    fn all_adverts(&self, arguments: &Arguments) -> Out {
        let since = arguments.get("updatedSince").and_then(Value::as_str).and_then(time::read);
        let unvetted = arguments.get("requiresVetting") == Some(&Value::Bool(true));
        let vetted = arguments.get("vetted") != Some(&Value::Bool(false));
        let adverts = self.shop.adverts.iter().filter(|_| vetted && !unvetted);
        let adverts = adverts.filter(|(_, advert)| since.is_none_or(|since| advert.updated >= since));
        let mut found: Vec<u64> = adverts.filter(|(_, advert)| self.sees_seller(advert)).map(|(id, _)| *id).collect();
        let asked = arguments.get("sort").and_then(Value::as_array).is_some_and(|sort| !sort.is_empty());
        if !asked && self.options.advert_order == AdvertOrder::RecentlyChanged {
            found.sort_by_key(|id| Reverse((self.shop.adverts.get(id).map(|advert| advert.updated), *id)));
        } else {
            self.sort_adverts(&mut found, arguments);
        }
        let face = |id| self.shop.face_of_advert(id).unwrap_or(Entity::Advert(id));
        connection(page::ALL_ADVERTS, &found, face, arguments, self.options)
    }

    fn sees_seller(&self, advert: &Advert) -> bool {
        self.role == Role::Operator || advert.seller == OWN_SELLER
    }

    fn sort_adverts(&self, found: &mut [u64], arguments: &Arguments) {
        let sort = arguments.get("sort").and_then(|sort| sort.get(0));
        if sort.and_then(|sort| sort.get("field")?.as_str()) == Some("UPDATED_AT") {
            found.sort_by_key(|id| (self.shop.adverts.get(id).map(|advert| advert.updated), *id));
        }
        if sort.and_then(|sort| sort.get("ordering")?.as_str()) == Some("DESCENDING") {
            found.reverse();
        }
    }

    /// Needs at least one filter, or finds nothing.
    fn adverts_where(&self, arguments: &Arguments) -> Vec<u64> {
        let paging = ["first", "after", "last", "before", "sort"];
        if !arguments.keys().any(|name| !paging.contains(&name.as_str()) && given(arguments, name).is_some()) {
            return Vec::new();
        }
        let mut found: Vec<u64> = match given(arguments, "variantSkus") {
            Some(skus) => {
                let mut adverts = self.adverts_of(&self.variants_of(&texts(skus)));
                adverts.dedup();
                adverts
            }
            None => self.shop.adverts.keys().copied().collect(),
        };
        found.retain(|id| {
            let advert = self.shop.adverts.get(id);
            advert
                .is_some_and(|advert| advert.listing != Listing::Deleted && self.advert_matches(*id, advert, arguments))
        });
        self.sort_adverts(&mut found, arguments);
        found
    }

    fn variants_of(&self, skus: &[String]) -> Vec<u64> {
        let mut variants: Vec<u64> =
            skus.iter().filter_map(|sku| self.shop.by_sku.get(sku)).flatten().copied().collect();
        variants.sort_unstable();
        variants.dedup();
        variants
    }

    fn adverts_of(&self, variants: &[u64]) -> Vec<u64> {
        let mut adverts: Vec<u64> =
            variants.iter().filter_map(|id| self.shop.variants.get(id)).map(|variant| variant.advert).collect();
        adverts.sort_unstable();
        adverts
    }

    fn advert_matches(&self, id: u64, advert: &Advert, arguments: &Arguments) -> bool {
        if !self.sees_seller(advert) {
            return false;
        }
        let moment = |name| given(arguments, name).and_then(Value::as_str).and_then(time::read);
        let lower = |name| given(arguments, name).and_then(Value::as_str).map(str::to_lowercase);
        let variants = || advert.variants.iter().filter_map(|id| self.shop.variants.get(id));
        // Only where somebody looks for words.
        let title = || advert.title.to_lowercase();
        // Filters on things that no advert of this twin has.
        let nothing = [
            "externalId",
            "failedCatalogRuleIds",
            "rejectedViaVetting",
            "requiresVetting",
            "withFailedCatalogRules",
            "withVettingRejectedReason",
            "brandIds",
            "taxonIds",
            "taxonIdsWithDescendants",
            "year",
        ];
        !nothing.into_iter().any(|name| given(arguments, name).is_some())
            && moment("createdSince").is_none_or(|from| advert.created >= from)
            && moment("createdUntil").is_none_or(|until| advert.created <= until)
            && lower("title").is_none_or(|wanted| title().contains(&wanted))
            && lower("q").is_none_or(|wanted| title().contains(&wanted))
            && lower("idTitleSkuBarcode").is_none_or(|wanted| {
                id.to_string() == wanted
                    || title().contains(&wanted)
                    || variants().any(|variant| {
                        let matches = |text: &Option<String>| text.as_ref().is_some_and(|t| t.to_lowercase() == wanted);
                        matches(&variant.sku) || matches(&variant.barcode)
                    })
            })
            && given(arguments, "legacyIds")
                .and_then(Value::as_array)
                .is_none_or(|ids| ids.iter().any(|wanted| wanted.as_u64() == Some(id)))
            && given(arguments, "retailerIds")
                .map(texts)
                .is_none_or(|sellers| sellers.contains(&Entity::Seller(advert.seller).gid()))
            && given(arguments, "variantBarcodes")
                .map(texts)
                .is_none_or(|wanted| variants().any(|v| v.barcode.as_ref().is_some_and(|code| wanted.contains(code))))
            && match given(arguments, "status").and_then(Value::as_str) {
                Some("DISPLAYED") => advert.listing == Listing::Published && self.shop.online,
                Some("NOT_DISPLAYED") => advert.listing == Listing::Unpublished || !self.shop.online,
                Some(_) => false,
                None => true,
            }
            && match given(arguments, "stockStatus").and_then(Value::as_str) {
                Some("HAS_STOCK") => variants().any(in_stock),
                Some(_) => !variants().any(in_stock),
                None => true,
            }
    }

    /// Finds nothing without arguments.
    fn variants_where(&self, arguments: &Arguments) -> Vec<u64> {
        let empty = Map::new();
        let (by_variant, by_advert) = (inner(arguments, "variantFilters"), inner(arguments, "advertFilters"));
        if by_variant.is_none() && by_advert.is_none() {
            return Vec::new();
        }
        let (filters, adverts) = (by_variant.unwrap_or(&empty), by_advert.unwrap_or(&empty));
        let mut found = match given(filters, "skus") {
            Some(skus) => self.variants_of(&texts(skus)),
            None => self.shop.variants.keys().copied().collect(),
        };
        found.retain(|id| {
            let variant = self.shop.variants.get(id);
            let advert = variant.and_then(|variant| self.shop.adverts.get(&variant.advert));
            let (Some(variant), Some(advert)) = (variant, advert) else {
                return false;
            };
            advert.listing != Listing::Deleted
                && variant_matches(variant, filters)
                && self.advert_matches(variant.advert, advert, adverts)
        });
        found
    }

    fn webhook_events(&self, arguments: &Arguments) -> Out {
        let hook = match arguments.get("webhookId").and_then(Value::as_str) {
            None => None,
            Some(gid) => match self.find(gid) {
                Some(Entity::Webhook(id)) => Some(id),
                _ => return Out::Fail(Failure::new(format!("No object found for webhookId: {gid}"))),
            },
        };
        let events: Vec<u64> = self.hooks.events_of(hook).collect();
        connection(page::EVENTS, &events, Entity::WebhookEvent, arguments, self.options)
    }

    fn request_matches(&self, id: u64, request: &RefundRequest, arguments: &Arguments) -> bool {
        let empty = Map::new();
        let filters = inner(arguments, "filters").unwrap_or(&empty);
        let number = |name| given(filters, name).and_then(Value::as_u64);
        let moment = |name| given(filters, name).and_then(Value::as_str).and_then(time::read);
        let list = |name| given(filters, name).map(texts);
        let email = self.shop.invoices.get(&request.invoice).map(|invoice| invoice.buyer.email.as_str());
        number("legacyId").is_none_or(|wanted| wanted == id)
            && number("invoiceLegacyId").is_none_or(|wanted| wanted == request.invoice)
            && moment("createdSince").is_none_or(|from| request.created >= from)
            && moment("createdUntil").is_none_or(|until| request.created <= until)
            && moment("refundedSince").is_none_or(|from| request.refunded.is_some_and(|at| at >= from))
            && moment("refundedUntil").is_none_or(|until| request.refunded.is_some_and(|at| at <= until))
            && list("statuses").is_none_or(|wanted| wanted.iter().any(|status| status == request.status))
            && list("lineItemStatuses")
                .is_none_or(|wanted| request.lines.iter().any(|line| wanted.iter().any(|s| s == line.status)))
            && given(filters, "buyerEmailAddress").is_none_or(|wanted| wanted.as_str() == email)
    }
}

fn in_stock(variant: &Variant) -> bool {
    variant.infinite || variant.count > 0
}

fn variant_matches(variant: &Variant, filters: &Arguments) -> bool {
    let number = |name| filters.get(name).and_then(Value::as_i64);
    let flag = |name| filters.get(name).and_then(Value::as_bool);
    let barcodes = given(filters, "barcodes").map(texts);
    given(filters, "externalId").is_none()
        && barcodes.is_none_or(|wanted| variant.barcode.as_ref().is_some_and(|code| wanted.contains(code)))
        && flag("stocked").is_none_or(|wanted| wanted == in_stock(variant))
        && flag("infiniteQuantity").is_none_or(|wanted| wanted == variant.infinite)
        && number("quantityFrom").is_none_or(|from| variant.count >= from)
        && number("quantityTo").is_none_or(|to| variant.count <= to)
}
