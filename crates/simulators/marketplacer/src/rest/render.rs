//! How REST shows things: a table of attribute names over the resolver's fields, and JSON:API around it
//! (`contracts/marketplacer.md` §4).

use serde_json::{Map, Value, json};
use sim_core::form;

use crate::entity::Entity;
use crate::options::RestRelations;
use crate::resolve::{View, decimal};

/// Where an attribute comes from.
enum From {
    /// A field as it is.
    Field(&'static str),
    /// A field of pence as a decimal text.
    Pounds(&'static str),
    /// An enum in lower case.
    Lower(&'static str),
    /// Always the same.
    Text(&'static str),
    Null,
}
use From::{Field, Lower, Null, Pounds, Text};

type Table = &'static [(&'static str, From)];

const INVOICE: Table = &[
    ("postage", Pounds("shippingCostCents")),
    ("paid_at", Field("paidAt")),
    ("status", Lower("status")),
    ("delivery_type", Lower("deliveryType")),
    ("ready_at", Null),
    ("collected_at", Null),
    ("subtotal", Pounds("subtotalCents")),
    ("discount", Pounds("discountCents")),
    ("total", Pounds("totalCents")),
    ("tax_total", Pounds("taxTotalCents")),
    ("created_at", Field("createdAt")),
    ("updated_at", Field("updatedAt")),
    ("message_to_seller", Field("buyerMessageToSeller")),
    ("expected_delivery_date", Null),
    ("expected_delivery_slot", Null),
];
const LINE: Table = &[
    ("price", Pounds("itemAmountCents")),
    ("status", Lower("status")),
    ("subtotal", Pounds("subtotalCents")),
    ("tax_total", Text("0.0")),
    ("total", Pounds("totalCents")),
    ("quantity", Field("quantity")),
    ("brand_name", Field("brandName")),
    ("advert_name", Field("advertTitle")),
    ("advert_external_id", Null),
    ("variant_id", Field("variantLegacyId")),
    ("variant_name", Field("variantName")),
    ("variant_sku", Field("variantSku")),
    ("variant_barcode", Field("variantBarcode")),
    ("variant_external_id", Null),
];
const BUYER: Table = &[
    ("first_name", Field("buyerFirstName")),
    ("surname", Field("buyerSurname")),
    ("company_name", Null),
    ("email_address", Field("buyerEmailAddress")),
    ("phone", Field("buyerPhone")),
];
const SHIPMENT: Table = &[
    ("shipment_tracking_number", Field("trackingNumber")),
    ("shipment_carrier", Field("carrier")),
    ("shipment_tracking_link", Field("trackingLink")),
    ("note", Field("note")),
    ("dispatched_at", Field("dispatchedAt")),
];
const VARIANT: Table = &[
    ("count_on_hand", Field("countOnHand")),
    ("infinite", Field("infiniteQuantity")),
    ("sku", Field("sku")),
    ("barcode", Field("barcode")),
    ("external_id", Null),
    ("price", Field("lowestPrice")),
    ("sale_price", Null),
];
const ADVERT: Table = &[
    ("title", Field("title")),
    ("description", Field("description")),
    ("external_id", Null),
    ("price", Field("lowestOriginalPrice")),
    ("sale_price", Null),
    ("published", Field("published")),
    ("displayable", Field("displayable")),
    ("online", Field("online")),
];

fn attributes(view: &View<'_>, entity: Entity, table: Table) -> Map<String, Value> {
    let value = |from: &From| match from {
        Field(name) => view.plain(entity, name),
        Pounds(name) => view.plain(entity, name).as_i64().map_or(Value::Null, |pence| json!(decimal(pence))),
        Lower(name) => view.plain(entity, name).as_str().map_or(Value::Null, |text| json!(text.to_lowercase())),
        Text(text) => json!(text),
        Null => Value::Null,
    };
    table.iter().map(|(name, from)| ((*name).to_owned(), value(from))).collect()
}

/// A resource object.
fn resource(kind: &str, id: impl Into<Value>, attributes: Map<String, Value>) -> Value {
    let fields = [("id", id.into()), ("type", json!(kind)), ("attributes", Value::Object(attributes))];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Objects of a reply and those beside them.
pub(super) type Shown = (Vec<Value>, Vec<Value>);

fn document((mut data, included): Shown) -> Value {
    let mut body = json!({});
    body["data"] = data.pop().unwrap_or_default();
    if !included.is_empty() {
        body["included"] = Value::Array(included);
    }
    body
}

/// Puts related objects where the options want them.
fn relate(view: &View<'_>, owner: &mut Value, included: &mut Vec<Value>, name: &str, related: Vec<Value>, many: bool) {
    let inlined = view.options.rest_relations == RestRelations::Inlined;
    let mut entries: Vec<Value> = Vec::with_capacity(related.len());
    for object in related {
        if inlined {
            // A single one is inlined without its `attributes`, a list with them (§4.1, "shape caution").
            entries.push(if many { object } else { object.get("attributes").cloned().unwrap_or_default() });
        } else {
            entries.push(json!({ "id": object.get("id"), "type": object.get("type") }));
            included.push(object);
        }
    }
    let data = if many { json!(entries) } else { entries.pop().unwrap_or_default() };
    owner["relationships"][name] = json!({ "data": data });
}

fn line(view: &View<'_>, id: u64) -> Value {
    resource("line_items", id, attributes(view, Entity::LineItem(id), LINE))
}

fn customer(view: &View<'_>, invoice: u64, id: &str) -> Value {
    let mut fields = attributes(view, Entity::Invoice(invoice), BUYER);
    let address = Entity::Address(invoice);
    for (name, value) in [
        ("address", view.plain(address, "address")),
        ("subaddress", view.plain(address, "subaddress")),
        ("city", view.plain(address, "city")),
        ("state", view.plain(Entity::State(invoice), "name")),
        ("postcode", view.plain(address, "postcode")),
        ("country", view.plain(Entity::Country, "name")),
    ] {
        fields.insert(name.to_owned(), value);
    }
    resource("customers", id, fields)
}

fn bare_shipment(view: &View<'_>, id: u64) -> Value {
    resource("shipments", id, attributes(view, Entity::Shipment(id), SHIPMENT))
}

/// A list of invoices with what `include` names.
pub(super) fn invoices(view: &View<'_>, ids: &[u64], include: &str) -> Shown {
    let wants = |name: &str| include.split(',').any(|wanted| wanted.trim() == name);
    let (mut data, mut included) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let Some(stored) = view.shop.invoices.get(id) else {
            continue;
        };
        let mut fields = attributes(view, Entity::Invoice(*id), INVOICE);
        fields.insert("seller_id".to_owned(), json!(stored.seller));
        let shipments = || stored.shipments.iter().filter_map(|id| view.shop.shipments.get(id));
        let joined = |field: fn(&crate::shop::Shipment) -> &str| shipments().map(field).collect::<Vec<_>>().join(", ");
        fields.insert("postage_tracking".to_owned(), json!(joined(|shipment| &shipment.tracking)));
        fields.insert("postage_carrier".to_owned(), json!(joined(|shipment| &shipment.carrier)));
        let mut invoice = resource("invoices", *id, fields);
        if wants("line_items") {
            let lines = stored.lines.iter().map(|stored| line(view, stored.id)).collect();
            relate(view, &mut invoice, &mut included, "line_items", lines, true);
        }
        if wants("shipments") {
            let shipments = stored.shipments.iter().map(|id| bare_shipment(view, *id)).collect();
            relate(view, &mut invoice, &mut included, "shipments", shipments, true);
        }
        if wants("customer") {
            for name in ["customer", "billing_customer"] {
                let customer = vec![customer(view, *id, name)];
                relate(view, &mut invoice, &mut included, name, customer, false);
            }
        }
        data.push(invoice);
    }
    (data, included)
}

/// One invoice: with everything.
pub(super) fn invoice(view: &View<'_>, id: u64) -> Value {
    document(invoices(view, &[id], "line_items,shipments,customer"))
}

/// Shipments, with their items, which have no id.
pub(super) fn shipments(view: &View<'_>, ids: &[u64]) -> Shown {
    let (mut data, mut included) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let Some(stored) = view.shop.shipments.get(id) else {
            continue;
        };
        let mut shipment = bare_shipment(view, *id);
        let lines: Vec<Value> =
            stored.items.iter().map(|(line, _)| json!({ "id": line, "type": "line_items" })).collect();
        shipment["relationships"] = json!({
            "invoice": { "data": { "id": stored.invoice, "type": "invoices" } },
            "line_items": { "data": lines },
        });
        let items = stored.items.iter().map(|(line, quantity)| {
            json!({
                "id": null, "type": "shipped_items",
                "attributes": { "line_item_id": line, "quantity": quantity },
            })
        });
        relate(view, &mut shipment, &mut included, "shipped_items", items.collect(), true);
        data.push(shipment);
    }
    (data, included)
}

/// One shipment.
pub(super) fn shipment(view: &View<'_>, id: u64) -> Value {
    document(shipments(view, &[id]))
}

/// Variants.
pub(super) fn variants(view: &View<'_>, ids: &[u64]) -> Shown {
    let variants = ids.iter().map(|id| {
        let fields = attributes(view, Entity::Variant(*id), VARIANT);
        let mut variant = resource("variants", *id, fields);
        let advert = view.shop.variants.get(id).map(|variant| variant.advert);
        variant["relationships"] = json!({ "advert": { "data": { "id": advert, "type": "adverts" } } });
        variant
    });
    (variants.collect(), Vec::new())
}

/// One variant.
pub(super) fn variant(view: &View<'_>, id: u64) -> Value {
    document(variants(view, &[id]))
}

/// Adverts, with their variants where `include` names them.
pub(super) fn adverts(view: &View<'_>, ids: &[u64], include: &str) -> Shown {
    let with_variants = include.split(',').any(|wanted| wanted.trim() == "variants");
    let (mut data, mut included) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let mut advert = resource("adverts", *id, attributes(view, Entity::Advert(*id), ADVERT));
        if with_variants {
            let own = view.shop.adverts.get(id).map(|advert| advert.variants.as_slice()).unwrap_or_default();
            let (variants, _) = variants(view, own);
            relate(view, &mut advert, &mut included, "variants", variants, true);
        }
        data.push(advert);
    }
    (data, included)
}

/// `page[number]` and `page[size]`.
#[derive(Debug)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// From a query string; 50 when nothing is said.
    pub(super) fn of(query: &[(String, String)], most: usize) -> Self {
        let number = |name: &str, default: usize| {
            let given = form::first(query, name).and_then(|text| text.parse().ok());
            given.filter(|number| *number > 0).unwrap_or(default)
        };
        Self { number: number("page[number]", 1), size: number("page[size]", 50).min(most) }
    }

    /// The page of a list, with links to its neighbours.
    pub(super) fn list(
        &self,
        path: &str,
        query: &[(String, String)],
        ids: &[u64],
        show: impl Fn(&[u64]) -> Shown,
    ) -> Value {
        let last = ids.len().div_ceil(self.size).max(1);
        let start = self.size.saturating_mul(self.number - 1).min(ids.len());
        let end = start.saturating_add(self.size).min(ids.len());
        let (data, included) = show(ids.get(start..end).unwrap_or_default());
        let link = |number: usize| {
            let kept = query.iter().filter(|(name, _)| !name.starts_with("page["));
            let mut pairs: Vec<String> =
                kept.map(|(name, value)| format!("{}={}", form::encode(name), form::encode(value))).collect();
            pairs.push(format!("page%5Bnumber%5D={number}&page%5Bsize%5D={}", self.size));
            format!("/api/v2/client/{path}?{}", pairs.join("&"))
        };
        let mut body = json!({});
        body["data"] = Value::Array(data);
        if !included.is_empty() {
            body["included"] = Value::Array(included);
        }
        let next = (self.number < last).then(|| link(self.number + 1));
        body["links"] = json!({ "first": link(1), "next": next, "last": link(last) });
        body
    }
}
