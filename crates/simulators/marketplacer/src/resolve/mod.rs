//! Object and field name in, value out: the one place that knows what the shop looks like from outside. GraphQL walks it
//! by selection, REST by a table of attribute names, webhooks by their own query.

mod catalogue;
mod orders;
pub(crate) mod page;
mod query;
mod refunds;
mod search;
mod webhooks;

use std::rc::Rc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(crate) use self::page::Connection;
pub(crate) use self::search::{InvoiceSearch, Order};
use crate::auth::{self, Role};
use crate::entity::Entity;
use crate::options::{Forbidden, Options};
use crate::shop::{OWN_SELLER, Shop};
use crate::time;
use crate::webhooks::Hooks;

/// Something with fields.
#[derive(Debug, Clone)]
pub(crate) enum Object {
    Query,
    Stored(Entity),
    Connection(Rc<Connection>),
    Edge(Rc<Connection>, usize),
    /// A reply of a mutation, an error, a page's borders: values that are ready.
    Made(&'static str, Rc<Map<String, Value>>),
    /// A mutation's payload: its GraphQL type, its ready fields, and its object under its name.
    Payload(Rc<Payload>),
}

/// The payload of a mutation (`contracts/marketplacer.md` §3.1).
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) type_name: &'static str,
    pub(crate) status: u16,
    /// Field and message.
    pub(crate) error: Option<(String, String)>,
    pub(crate) object: Option<Entity>,
    pub(crate) client_mutation_id: Value,
}

impl Object {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Stored(entity) => entity.type_name(),
            Self::Connection(connection) => connection.type_name,
            Self::Edge(connection, _) => connection.edge_name,
            Self::Made(type_name, _) => type_name,
            Self::Payload(payload) => payload.type_name,
        }
    }
}

/// Why a field has no value.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: Option<&'static str>,
    /// Whether null stays at the field even where its type forbids null.
    pub(crate) null_stays: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None, null_stays: false }
    }

    /// `contracts/marketplacer.md` §3.9.
    pub(crate) fn missing_scope(scope: &str) -> Self {
        Self { message: format!("The API key lacks the scope {scope}"), code: Some("MISSING_SCOPE"), null_stays: false }
    }
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum Out {
    Leaf(Value),
    One(Object),
    Many(Vec<Option<Object>>),
    Fail(Failure),
}

impl Out {
    pub(crate) const NULL: Self = Self::Leaf(Value::Null);

    fn entity(entity: Entity) -> Self {
        Self::One(Object::Stored(entity))
    }

    fn maybe(entity: Option<Entity>) -> Self {
        entity.map_or(Self::NULL, Self::entity)
    }

    fn entities(entities: impl IntoIterator<Item = Entity>) -> Self {
        Self::Many(entities.into_iter().map(|entity| Some(Object::Stored(entity))).collect())
    }

    fn id(entity: Entity) -> Self {
        Self::Leaf(Value::String(entity.gid()))
    }
}

/// Any JSON value as a leaf.
fn leaf(value: impl Into<Value>) -> Out {
    Out::Leaf(value.into())
}

/// Fields that the Sparse fault empties: all nullable, none that a parcel depends on (`contracts/marketplacer.md` §2).
const SPARSE: [&str; 11] = [
    "buyerPhone",
    "buyerMessageToSeller",
    "buyerBillingAddress",
    "barcode",
    "variantBarcode",
    "variantName",
    "advertCode",
    "brandName",
    "brand",
    "trackingLink",
    "homepageLink",
];

/// Nullable fields that decide what becomes of an order or a listing; the Sparse fault empties one of them where the options say
/// so. `nodes` stands for the entries of lists of nodes, every second of which is missing then.
pub(crate) const DECIDING: [&str; 7] =
    ["quantityAwaitingDispatch", "shippedItems", "shippingAddress", "paidAt", "variantSku", "sku", NODES];
const NODES: &str = "nodes";

/// The shop as one caller sees it now.
pub(crate) struct View<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) hooks: &'a Hooks,
    pub(crate) options: &'a Options,
    pub(crate) role: Role,
    /// Optional fields come as null.
    pub(crate) sparse: bool,
    /// Which of [`DECIDING`] comes as null.
    pub(crate) deciding: Option<&'static str>,
    /// Enums hold words that no contract lists.
    pub(crate) unknown_enum: bool,
    /// Stock figures that were accepted in this request and not published: the reply shows what was asked for.
    pub(crate) echo: &'a [(u64, i64)],
}

impl View<'_> {
    /// The value of a field.
    pub(crate) fn field(&self, object: &Object, name: &str, arguments: &Map<String, Value>) -> Out {
        if self.sparse && SPARSE.contains(&name) || self.deciding == Some(name) && name != NODES {
            return Out::NULL;
        }
        let mut out = self.value(object, name, arguments);
        if let (Some(NODES), NODES, Out::Many(nodes)) = (self.deciding, name, &mut out) {
            nodes.iter_mut().step_by(2).for_each(|node| *node = None);
        }
        out
    }

    fn value(&self, object: &Object, name: &str, arguments: &Map<String, Value>) -> Out {
        match object {
            Object::Query => self.root(name, arguments),
            Object::Stored(entity) => self.stored(*entity, name, arguments),
            Object::Connection(connection) => connection.field(self.shop, name),
            Object::Edge(connection, index) => connection.edge(*index, name),
            Object::Made(_, fields) => Out::Leaf(fields.get(name).cloned().unwrap_or_default()),
            Object::Payload(payload) => payload_field(payload, name),
        }
    }

    fn stored(&self, entity: Entity, name: &str, arguments: &Map<String, Value>) -> Out {
        match name {
            "id" => return Out::id(entity),
            "legacyId" => return leaf(entity.legacy_id()),
            "externalIds" | "metadata" => return Out::Many(Vec::new()),
            _ => {}
        }
        if self.role.is_barred(entity.type_name(), name) {
            return Out::Fail(Failure {
                message: format!("An object of type {} was hidden due to permissions", capitalised(name)),
                code: None,
                null_stays: self.options.forbidden == Forbidden::NullAtPath,
            });
        }
        if let Some(stem) = name.strip_suffix("Formatted") {
            let pence = self.stored(entity, &format!("{stem}Cents"), arguments);
            return match pence {
                Out::Leaf(Value::Number(pence)) => leaf(format!("£{}", decimal(pence.as_i64().unwrap_or(0)))),
                other => other,
            };
        }
        match entity {
            Entity::Invoice(id) => self.invoice(id, name),
            Entity::Order(id) => self.order(id, name),
            Entity::LineItem(id) => self.line_item(id, name),
            Entity::Address(id) => self.address(id, name),
            Entity::State(id) => self.state(id, name),
            Entity::Country => match name {
                "code" => leaf("GB"),
                "name" => leaf("United Kingdom"),
                _ => Out::NULL,
            },
            Entity::Shipment(id) => self.shipment(id, name),
            Entity::ShippedItem(shipment, index) => self.shipped_item(shipment, index, name),
            Entity::Carrier(id) => self.carrier(id, name),
            Entity::Advert(id) | Entity::UnpublishedAdvert(id) | Entity::DeletedAdvert(id) => {
                self.advert(entity, id, name, arguments)
            }
            Entity::Variant(id) => self.variant(id, name),
            Entity::AllAdvertVariant(_) => Out::NULL,
            Entity::Brand => match name {
                "name" => leaf("Kettle & Coral"),
                "slug" => leaf("kettle-and-coral"),
                _ => Out::NULL,
            },
            Entity::Seller(id) => self.seller(id, name),
            Entity::Principal => self.principal(name),
            Entity::RefundRequest(id) => self.refund_request(id, name),
            Entity::RefundLine(id) => self.refund_line(id, name),
            Entity::RefundNote(id, index) => self.refund_note(id, index, name),
            Entity::RefundReasons => refunds::reasons(name),
            Entity::Webhook(id) => self.webhook(id, name),
            Entity::WebhookEvent(id) => self.webhook_event(id, name),
        }
    }

    /// Whether the caller may see a thing: a seller's key sees its own (`contracts/marketplacer.md` §3.2).
    pub(crate) fn sees(&self, entity: Entity) -> bool {
        self.role == Role::Operator || self.shop.owner_of(entity).is_none_or(|seller| seller == OWN_SELLER)
    }

    fn moment(&self, at: Timestamp) -> Out {
        Out::Leaf(Value::String(time::written(at, &self.options.zone)))
    }

    fn moment_or_null(&self, at: Option<Timestamp>) -> Out {
        at.map_or(Out::NULL, |at| self.moment(at))
    }

    /// A field's plain value, for surfaces that do not walk objects.
    pub(crate) fn plain(&self, entity: Entity, name: &str) -> Value {
        match self.field(&Object::Stored(entity), name, &Map::new()) {
            Out::Leaf(value) => value,
            _ => Value::Null,
        }
    }

    /// The scope that a root field needs and the caller lacks.
    pub(crate) fn missing_scope(&self, name: &str) -> Option<String> {
        missing_scope(self.options, self.role, name)
    }
}

/// The scope that a root field needs and a caller lacks.
pub(crate) fn missing_scope(options: &Options, role: Role, name: &str) -> Option<String> {
    lacking(options, role, auth::scope_of(name))
}

fn lacking(options: &Options, role: Role, scope: Option<auth::Scope>) -> Option<String> {
    let scopes = options.seller_scopes.as_ref().filter(|_| role == Role::Seller)?;
    let (resource, level) = scope?;
    (!auth::allows(scopes, resource, level)).then(|| format!("{resource}:{level}"))
}

fn payload_field(payload: &Payload, name: &str) -> Out {
    match name {
        "status" => leaf(payload.status),
        "clientMutationId" => Out::Leaf(payload.client_mutation_id.clone()),
        "errors" => match &payload.error {
            Some((field, message)) => {
                let error = json!({ "field": field, "messages": [message] });
                let fields = error.as_object().cloned().unwrap_or_default();
                Out::Many(vec![Some(Object::Made("ValidationError", Rc::new(fields)))])
            }
            None => Out::NULL,
        },
        _ => Out::maybe(payload.object),
    }
}

/// `1234` pence as `12.34`.
pub(crate) fn decimal(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", pence.unsigned_abs() / 100, pence.unsigned_abs() % 100)
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use sim_core::{EffectLog, WorldPlan};

    use super::*;
    use crate::schema::schema;
    use crate::trade::{Basket, NewShipment};
    use crate::{Options, refunds, seed, trade};

    /// `contracts/marketplacer.md` §11.1: nullability as in the schema. A field that the schema calls non-null and that the
    /// resolver does not know would null whole invoices.
    #[test]
    fn every_non_null_field_of_every_kind_of_thing_has_a_value() {
        let now: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let world = sim_core::World::new(WorldPlan::new(7, now, 10, jiff::SignedDuration::from_hours(1)));
        let options = Options::default();
        let mut shop = seed::shop(&world, &options);
        let mut effects = EffectLog::default();
        let basket = Basket {
            id: 10_001,
            buyer: world.orders[0].customer.clone(),
            message: String::new(),
            lines: &[(world.catalogue[0].code.clone(), 2)],
            delivery: crate::shop::Delivery::BuyOnline,
            defect: None,
            review: None,
        };
        trade::place(&mut shop, &mut effects, now, basket).unwrap();
        let line = shop.invoices[&10_001].lines[0].id;
        let new = NewShipment {
            invoice: 10_001,
            carrier: "DPD UK".into(),
            tracking: "T 1".into(),
            link: None,
            note: None,
            dispatched: now,
            day: time::day(now, &options.zone),
            items: vec![(line, 1)],
        };
        let shipment = trade::ship(&mut shop, &mut effects, now, &options, new).unwrap();
        let refund_line = refunds::NewRefundLine {
            line: Some(line),
            custom: None,
            reason: None,
            quantity: 1,
            dispatched: false,
            amount: None,
            status: refunds::start_state(None),
        };
        let refund = refunds::NewRefund {
            invoice: 10_001,
            initiated_by: "SELLER".into(),
            notes: vec![Some("short".into())],
            lines: vec![refund_line],
        };
        let refund = refunds::create(&mut shop, &mut effects, now, &options, refund).unwrap();
        let mut hooks = Hooks::default();
        let attributes = json!({ "type": "INVOICE", "url": "https://hub.example/hook" });
        let hook = hooks.create(attributes.as_object().unwrap(), true, &options).unwrap();
        hooks.absorb(&mut shop.news, &options);
        let event = hooks.events_of(None).next().unwrap();
        let (advert, variant) = (shop.variants[&7_001].advert, 7_001);
        let view = View {
            shop: &shop,
            hooks: &hooks,
            options: &options,
            role: Role::Operator,
            sparse: true,
            deciding: None,
            unknown_enum: false,
            echo: &[],
        };
        let entities = [
            Entity::Invoice(10_001),
            Entity::Order(80_001),
            Entity::LineItem(line),
            Entity::Address(10_001),
            Entity::State(10_001),
            Entity::Country,
            Entity::Advert(advert),
            Entity::UnpublishedAdvert(advert),
            Entity::DeletedAdvert(advert),
            Entity::AllAdvertVariant(variant),
            Entity::Variant(variant),
            Entity::Brand,
            Entity::Shipment(shipment),
            Entity::ShippedItem(shipment, 0),
            Entity::Carrier(61),
            Entity::RefundRequest(refund),
            Entity::RefundLine(refund * 100),
            Entity::RefundNote(refund, 0),
            Entity::RefundReasons,
            Entity::Seller(4),
            Entity::Seller(5),
            Entity::Principal,
            Entity::Webhook(hook),
            Entity::WebhookEvent(event),
        ];
        for entity in entities {
            for (name, def) in schema().fields(entity.type_name()).unwrap() {
                let out = view.field(&Object::Stored(entity), name, &Map::new());
                let missing = matches!(out, Out::Leaf(Value::Null) | Out::Fail(_));
                assert!(!(missing && def.ty.is_required()), "{entity:?}.{name}");
            }
        }
        assert_eq!(view.plain(Entity::Invoice(10_001), "buyerPhone"), Value::Null);
        assert_eq!(
            view.plain(Entity::Shipment(shipment), "trackingLink"),
            Value::Null,
            "Sparse empties optional fields"
        );
    }

    #[test]
    fn pence_read_as_pounds() {
        assert_eq!(decimal(1_205), "12.05");
        assert_eq!(decimal(-5), "-0.05");
    }
}
