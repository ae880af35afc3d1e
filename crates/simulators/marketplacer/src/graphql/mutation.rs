//! The root fields of mutations (`contracts/marketplacer.md` §3.4, §3.5, §3.7, §3.8). Each reads its input, calls the rule
//! that it stands for, and answers with a payload: `errors` is null on success, the object is null on failure.

use std::rc::Rc;

use serde_json::{Map, Value};
use sim_core::FaultKind;

use crate::auth::Role;
use crate::entity::Entity;
use crate::refunds::{self, NewRefund, NewRefundLine};
use crate::resolve::{Failure, Object, Out, Payload};
use crate::time;
use crate::trade::{self, Invalid, NewShipment, ShipmentChange, Stock};
use crate::twin::Desk;

type Input = Map<String, Value>;
/// A refusal in the payload, or an error at the top.
enum Refusal {
    Invalid(Invalid),
    Top(String),
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

type Done = Result<Entity, Refusal>;

/// Performs a mutation.
pub(super) fn perform(desk: &mut Desk<'_, '_>, name: &str, arguments: &Input) -> Out {
    let empty = Map::new();
    let input = arguments.get("input").and_then(Value::as_object).unwrap_or(&empty);
    let (type_name, done) = match name {
        "shipmentCreate" => ("ShipmentCreateMutationPayload", shipment_create(desk, input)),
        "shipmentUpdate" => ("ShipmentUpdateMutationPayload", shipment_update(desk, input)),
        "clickAndCollectStatusUpdate" => ("ClickAndCollectStatusUpdateMutationPayload", collect(desk, input)),
        "variantUpdate" => ("VariantUpdateMutationPayload", variant_update(desk, input)),
        "webhookCreate" => ("WebhookCreateMutationPayload", webhook_create(desk, input)),
        "webhookUpdate" => ("WebhookUpdateMutationPayload", webhook_update(desk, input)),
        "refundRequestCreate" => ("RefundRequestCreateMutationPayload", refund_create(desk, input)),
        "refundRequestReturn" => ("RefundRequestReturnMutationPayload", refund_return(desk, input)),
        "refundRequestLineItemAccept" => {
            ("RefundRequestLineItemAcceptMutationPayload", refund_line(desk, input, "REFUND_ACCEPTED"))
        }
        "refundRequestLineItemDeny" => {
            ("RefundRequestLineItemDenyMutationPayload", refund_line(desk, input, "REFUND_DENIED"))
        }
        "refundRequestLineItemReturn" => {
            ("RefundRequestLineItemReturnMutationPayload", refund_line(desk, input, "AWAITING_RETURN"))
        }
        _ => return Out::NULL,
    };
    let (status, error, object) = match done {
        Ok(entity) => (200, None, Some(entity)),
        Err(Refusal::Invalid(Invalid { field, message })) => {
            (desk.options.failure_status, Some((field.to_owned(), message)), None)
        }
        Err(Refusal::Top(message)) => return Out::Fail(Failure::new(message)),
    };
    Out::One(Object::Payload(Rc::new(Payload {
        type_name,
        status,
        error,
        object,
        client_mutation_id: input.get("clientMutationId").cloned().unwrap_or_default(),
    })))
}

fn text(input: &Input, name: &str) -> Option<String> {
    input.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn objects<'v>(input: &'v Input, name: &str) -> impl Iterator<Item = &'v Input> {
    let items = input.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_object)
}

/// The thing that an id argument names, or the words for one that does not exist (`contracts/marketplacer.md` §3.9).
fn load<T>(desk: &Desk<'_, '_>, input: &Input, argument: &str, wanted: fn(Entity) -> Option<T>) -> Result<T, Refusal> {
    let gid = text(input, argument).unwrap_or_default();
    let found = desk.view().find(&gid).and_then(wanted);
    found.ok_or_else(|| Refusal::Top(format!("No object found for {argument}: {gid}")))
}

fn invoice(entity: Entity) -> Option<u64> {
    matches!(entity, Entity::Invoice(_)).then(|| entity.legacy_id())
}

fn line_item(entity: Entity) -> Option<u64> {
    matches!(entity, Entity::LineItem(_)).then(|| entity.legacy_id())
}

fn carrier(entity: Entity) -> Option<u64> {
    matches!(entity, Entity::Carrier(_)).then(|| entity.legacy_id())
}

fn carrier_name(desk: &Desk<'_, '_>, input: &Input) -> Result<String, Refusal> {
    let id = load(desk, input, "postageCarrierId", carrier)?;
    Ok(desk.shop.carriers.get(&id).map(|carrier| carrier.name.clone()).unwrap_or_default())
}

fn shipment_create(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let invoice = load(desk, input, "invoiceId", invoice)?;
    let carrier = carrier_name(desk, input)?;
    let mut items = Vec::new();
    for item in objects(input, "shippedItems") {
        let line = load(desk, item, "lineItemId", line_item)?;
        items.push((line, item.get("quantity").and_then(Value::as_i64).unwrap_or(0)));
    }
    let (zone, given) = (&desk.options.zone, text(input, "dispatchedAt").unwrap_or_default());
    let new = NewShipment {
        invoice,
        carrier,
        tracking: text(input, "trackingNumber").unwrap_or_default(),
        link: None,
        note: text(input, "note"),
        dispatched: time::dispatched(&given, zone).unwrap_or(desk.cx.now),
        day: time::day_as_written(&given).unwrap_or_else(|| time::day(desk.cx.now, zone)),
        items,
    };
    let id = trade::ship(desk.shop, desk.cx.effects, desk.cx.now, desk.options, new)?;
    Ok(Entity::Shipment(id))
}

fn shipment_update(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let id =
        load(desk, input, "shipmentId", |entity| matches!(entity, Entity::Shipment(_)).then(|| entity.legacy_id()))?;
    let carrier = match input.get("postageCarrierId") {
        Some(Value::String(_)) => Some(carrier_name(desk, input)?),
        _ => None,
    };
    let change = ShipmentChange {
        carrier,
        tracking: text(input, "trackingNumber"),
        note: text(input, "note"),
        dispatched: text(input, "dispatchedAt").and_then(|at| time::read(&at)),
        link: None,
    };
    trade::correct_shipment(desk.shop, desk.cx.effects, desk.cx.now, id, change);
    Ok(Entity::Shipment(id))
}

fn collect(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let id = load(desk, input, "invoiceId", invoice)?;
    let collected = input.get("status").and_then(Value::as_str) == Some("COLLECTED");
    trade::hand_over(desk.shop, desk.cx.effects, desk.cx.now, id, collected)?;
    Ok(Entity::Invoice(id))
}

fn variant_update(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let id = load(desk, input, "variantId", |entity| matches!(entity, Entity::Variant(_)).then(|| entity.legacy_id()))?;
    let empty = Map::new();
    let attributes = input.get("attributes").and_then(Value::as_object).unwrap_or(&empty);
    let count = attributes.get("countOnHand").and_then(Value::as_i64);
    if count.is_some_and(|count| count < 0) {
        return Err(Invalid::new("countOnHand", "must be greater than or equal to 0").into());
    }
    let sku = text(attributes, "sku");
    if sku.as_ref().is_some_and(|sku| sku.chars().count() > 255) {
        return Err(Invalid::new("sku", "is too long (maximum is 255 characters)").into());
    }
    let infinite = attributes.get("infiniteQuantity").and_then(Value::as_bool);
    let stock = Stock { count, infinite };
    if stock.is_given() {
        let ignored = desk.cx.faults.strikes(FaultKind::StockIgnored);
        trade::set_stock(desk.shop, desk.cx.effects, desk.cx.now, id, stock, ignored);
        desk.echo.extend(count.map(|count| (id, count)));
    }
    trade::rename_variant(desk.shop, desk.cx.now, id, sku, text(attributes, "barcode"));
    Ok(Entity::Variant(id))
}

fn attributes(input: &Input) -> Input {
    input.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn webhook_create(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let by_seller = desk.role == Role::Seller;
    let mut attributes = attributes(input);
    if by_seller && !desk.options.seller_hmac {
        attributes.remove("hmacKey");
    }
    let id = desk.hooks.create(&attributes, by_seller, desk.options)?;
    Ok(Entity::Webhook(id))
}

fn webhook_update(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let id = load(desk, input, "webhookId", |entity| matches!(entity, Entity::Webhook(_)).then(|| entity.legacy_id()))?;
    let mut attributes = attributes(input);
    if desk.role == Role::Seller && !desk.options.seller_hmac {
        attributes.remove("hmacKey");
    }
    desk.hooks.update(id, &attributes, desk.options)?;
    Ok(Entity::Webhook(id))
}

fn notes(input: &Input) -> Vec<Option<String>> {
    objects(input, "notes").map(|note| text(note, "note")).collect()
}

fn refund_create(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let invoice = load(desk, input, "invoiceId", invoice)?;
    let mut lines = Vec::new();
    for item in objects(input, "lineItems") {
        let line = match item.get("lineItemId") {
            Some(Value::String(_)) => Some(load(desk, item, "lineItemId", line_item)?),
            _ => None,
        };
        let status = item.get("status").and_then(Value::as_str);
        lines.push(NewRefundLine {
            line,
            custom: text(item, "custom"),
            reason: text(item, "reason"),
            quantity: item.get("quantity").and_then(Value::as_i64).unwrap_or(0),
            dispatched: item.get("dispatched").and_then(Value::as_bool).unwrap_or(true),
            amount: item.get("amountPerItemCents").and_then(Value::as_i64),
            status: refunds::start_state(status),
        });
    }
    let new = NewRefund {
        invoice,
        initiated_by: text(input, "initiatedBy").unwrap_or_else(|| "ADMIN".to_owned()),
        notes: notes(input),
        lines,
    };
    let id = refunds::create(desk.shop, desk.cx.effects, desk.cx.now, desk.options, new)?;
    Ok(Entity::RefundRequest(id))
}

fn refund_return(desk: &mut Desk<'_, '_>, input: &Input) -> Done {
    let id = load(desk, input, "refundRequestId", |entity| {
        matches!(entity, Entity::RefundRequest(_)).then(|| entity.legacy_id())
    })?;
    refunds::mark_returned(desk.shop, desk.cx.now, desk.options, id, notes(input))?;
    Ok(Entity::RefundRequest(id))
}

fn refund_line(desk: &mut Desk<'_, '_>, input: &Input, to: &'static str) -> Done {
    let id = load(desk, input, "refundRequestLineItemId", |entity| {
        matches!(entity, Entity::RefundLine(_)).then(|| entity.legacy_id())
    })?;
    refunds::move_line(desk.shop, desk.cx.now, desk.options, id, to, text(input, "denyRefundReason"))?;
    Ok(Entity::RefundLine(id))
}
