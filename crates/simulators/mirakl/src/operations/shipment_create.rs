//! ST01: parcels of orders, each accepted or refused on its own, and created again when a call is repeated
//! (contracts/mirakl/shipments.txt ST01).

use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::effect_log::kind;

use super::order_ship::wrong_state;
use crate::MiraklTwin;
use crate::carriers::{Tracking, text};
use crate::dispatch::Call;
use crate::order::{Order, State};
use crate::reply::{self, Outcome, Refusal};
use crate::shipment::{Shipment, ShipmentLine};
use crate::wire;

/// The most shipments of one call.
pub(crate) const MOST: usize = 1_000;

/// A shipment that the request describes.
struct Wanted<'a> {
    order_id: &'a str,
    lines: Vec<WantedLine<'a>>,
    invoice_reference: Option<String>,
    warehouse: Option<String>,
    tracking: Option<&'a Value>,
    shipped: bool,
}

struct WantedLine<'a> {
    order_line_id: Option<&'a str>,
    /// The deprecated way to name a line.
    offer_sku: Option<&'a str>,
    quantity: i64,
    package_reference: Option<String>,
}

impl MiraklTwin {
    /// ST01.
    pub(crate) fn create_shipments(&mut self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        let wanted = shipments(&call.body)?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut done = Vec::new();
        let mut errors = Vec::new();
        for wanted in &wanted {
            match self.create(cx, wanted) {
                Ok(position) => done.extend(self.shown(position, call.sparse)),
                Err(message) => errors.push(json!({ "order_id": wanted.order_id, "message": message })),
            }
        }
        let body = json!({ "shipment_success": done, "shipment_errors": errors });
        Ok(reply::json(201, &body))
    }

    fn shown(&self, position: usize, sparse: bool) -> Option<Value> {
        let shipment = self.shipments.get(position)?;
        let order = self.orders.get(shipment.order)?;
        Some(wire::shipment::shipment(shipment, order, sparse))
    }

    fn create(&mut self, cx: &mut Cx<'_>, wanted: &Wanted<'_>) -> Result<usize, String> {
        let missing = || format!("No order with id '{}'.", wanted.order_id);
        let order_position = self.orders.find(wanted.order_id).ok_or_else(missing)?;
        let order = self.orders.get_mut(order_position).ok_or_else(missing)?;
        if order.centre != self.options.fulfilment_centre {
            return Err(format!("Order '{}' is fulfilled by centre '{}'.", order.id, order.centre));
        }
        if order.state != State::Shipping {
            return Err(wrong_state(order.state));
        }
        let only_registered = self.options.registered_carriers_only;
        let read = |body| Tracking::read(body, "tracking_url", only_registered);
        let tracking = wanted.tracking.map(read).transpose()?;
        let tracked = tracking.as_ref().is_some_and(|tracking| tracking.number.is_some());
        if wanted.shipped && self.options.mandatory_tracking && !tracked {
            return Err("Tracking is mandatory for this shipping type.".to_owned());
        }
        let lines = allocate(order, &wanted.lines)?;
        for part in &lines {
            if let Some(line) = order.lines.get_mut(part.line) {
                line.allocated += part.quantity;
            }
        }
        let shipment = Shipment {
            id: cx.rng.uuid(),
            order: order_position,
            created: cx.now,
            updated: cx.now,
            state: State::Shipping,
            shipped_at: None,
            invoice_reference: wanted.invoice_reference.clone(),
            warehouse: wanted.warehouse.clone(),
            lines,
            tracking,
            deleted: false,
        };
        if !wanted.shipped {
            let lines: Vec<Value> = shipment
                .lines
                .iter()
                .filter_map(|part| {
                    let line = order.lines.get(part.line)?;
                    Some(json!({ "line": line.id, "sku": line.sku, "quantity": part.quantity }))
                })
                .collect();
            let data = json!({ "shipment": shipment.id, "reference": shipment.reference(), "lines": lines });
            cx.effects.push(cx.now, "shipment_created", wanted.order_id, data);
        }
        if let Some(tracking) = &shipment.tracking {
            cx.effects.push(cx.now, kind::TRACKING_SET, wanted.order_id, tracking.effect());
        }
        let position = self.shipments.add(shipment);
        order.shipments.push(position);
        self.orders.touch(order_position, cx.now);
        if wanted.shipped {
            self.ship_shipment(cx, cx.now, position);
        }
        Ok(position)
    }
}

/// Finds the lines and checks that each has the units left that all parts of this shipment together want.
fn allocate(order: &Order, wanted: &[WantedLine<'_>]) -> Result<Vec<ShipmentLine>, String> {
    let mut found: Vec<ShipmentLine> = Vec::new();
    for part in wanted {
        let position = match (part.order_line_id, part.offer_sku) {
            (Some(id), _) => order
                .line_position(id)
                .ok_or_else(|| format!("No order line with id '{id}' in order '{}'.", order.id))?,
            (None, Some(sku)) => order
                .lines
                .iter()
                .position(|line| line.sku == sku)
                .ok_or_else(|| format!("No order line with offer sku '{sku}' in order '{}'.", order.id))?,
            (None, None) => return Err("The order line id is mandatory.".to_owned()),
        };
        let before: i64 = found.iter().filter(|other| other.line == position).map(|other| other.quantity).sum();
        let left = order.lines.get(position).map_or(0, |line| line.remaining() - before);
        if part.quantity > left {
            return Err("Shipment quantity is invalid.".to_owned());
        }
        found.push(ShipmentLine {
            line: position,
            quantity: part.quantity,
            package_reference: part.package_reference.clone(),
        });
    }
    Ok(found)
}

/// The `shipments` of a request: 1 to 1000.
pub(crate) fn shipments(body: &Value) -> Result<&Vec<Value>, Refusal> {
    body.get("shipments")
        .and_then(Value::as_array)
        .filter(|shipments| (1..=MOST).contains(&shipments.len()))
        .ok_or_else(|| Refusal::bad(format!("'shipments' must hold 1 to {MOST} elements")).field("shipments"))
}

fn read(body: &Value) -> Result<Wanted<'_>, Refusal> {
    let order_id = body
        .get("order_id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty())
        .ok_or_else(|| Refusal::bad("'order_id' must not be empty").field("shipments.order_id"))?;
    let lines = body
        .get("shipment_lines")
        .and_then(Value::as_array)
        .filter(|lines| !lines.is_empty())
        .ok_or_else(|| Refusal::bad("'shipment_lines' must not be empty").field("shipments.shipment_lines"))?
        .iter()
        .map(read_line)
        .collect::<Result<_, _>>()?;
    let invoice_reference = text(body, "invoice_reference");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if let Some(reference) = &invoice_reference
        && (reference.len() > 255 || !reference.bytes().all(plain))
    {
        return Err(Refusal::bad("'invoice_reference' must match [0-9a-zA-Z_-]*").field("shipments.invoice_reference"));
    }
    Ok(Wanted {
        order_id,
        lines,
        invoice_reference,
        warehouse: body.pointer("/shipping_from/warehouse").and_then(|from| text(from, "code")),
        tracking: body.get("tracking").filter(|tracking| tracking.as_object().is_some_and(|fields| !fields.is_empty())),
        shipped: body.get("shipped").and_then(Value::as_bool).unwrap_or(false),
    })
}

fn read_line(line: &Value) -> Result<WantedLine<'_>, Refusal> {
    let quantity = line.get("quantity").and_then(Value::as_i64).filter(|quantity| *quantity >= 1);
    Ok(WantedLine {
        order_line_id: line.get("order_line_id").and_then(Value::as_str),
        offer_sku: line.get("offer_sku").and_then(Value::as_str),
        quantity: quantity.ok_or_else(|| {
            Refusal::bad("'quantity' must be greater than or equal to 1").field("shipments.shipment_lines.quantity")
        })?,
        package_reference: text(line, "package_reference"),
    })
}
