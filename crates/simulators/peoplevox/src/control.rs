//! Control calls: what a test does to the warehouse from the side. Paths are below `/_sim/`.

use serde_json::{Map, Value, json};
use sim_core::Cx;

use crate::order::Status;
use crate::template::{line, order, table};
use crate::warehouse::{Label, StockChange, Warehouse};

/// Runs a control call; `None` when there is none of that name.
pub(crate) fn call(
    warehouse: &mut Warehouse,
    cx: &mut Cx<'_>,
    path: &str,
    body: &Value,
) -> Option<Result<Value, String>> {
    Some(match path {
        "stock" => stock(warehouse, cx, body),
        "despatch" => despatch(warehouse, cx, body),
        "pickers" => pickers(warehouse, cx, body),
        "orders" => orders(warehouse, body),
        "cancel" => cancel(warehouse, cx, body),
        "delete" => delete(warehouse, cx, body),
        "edit" => edit(warehouse, cx, body),
        "item" => item(warehouse, cx, body),
        "forget" => Ok(forget(warehouse, body)),
        "templates" => templates(warehouse, body),
        "subscriptions" => Ok(subscriptions(warehouse)),
        _ => return None,
    })
}

/// Changes the stock of an item, and fires its events. Exactly one of `on_hand`, `receive`, `adjust`; `site` is a site
/// reference and may be left out.
///
/// ```json
/// {"item": "CD-10000-NVY", "receive": 12, "site": "Overflow"}
/// ```
fn stock(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let code = text(body, "item")?;
    let item = warehouse.item(code).ok_or_else(|| format!("no item `{code}`"))?;
    let site = match body.get("site").and_then(Value::as_str) {
        Some(reference) => Some(warehouse.site(reference).ok_or_else(|| format!("no site `{reference}`"))?),
        None => None,
    };
    let number = |name: &str| body.get(name).and_then(Value::as_i64);
    let change = match (number("on_hand"), number("receive"), number("adjust")) {
        (Some(units), None, None) => StockChange::OnHand(units),
        (None, Some(units), None) => StockChange::Receive(units),
        (None, None, Some(units)) => StockChange::Adjust(units),
        _ => return Err("give one of `on_hand`, `receive` and `adjust`, a whole number".to_owned()),
    };
    warehouse.change_stock(cx, item, site, change)?;
    Ok(json!({
        "on_hand": warehouse.stock.on_hand(item),
        "allocated": warehouse.stock.allocated(item),
        "available": warehouse.stock.available(item),
    }))
}

/// Sends parcels of an order by hand; the pickers leave that order alone from then on. Items are named as ordered (a kit
/// by its own code), their units must be allocated. `carrier` and `tracking` may be left out.
///
/// ```json
/// {"order": "MP-1001", "parcels": [{"carrier": "DPD", "tracking": "15503400000001",
///   "lines": [{"item": "CD-10000-NVY", "quantity": 1}]}]}
/// ```
fn despatch(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let order = order_of(warehouse, body)?;
    let list = |value: &Value, name: &str| -> Result<Vec<Value>, String> {
        let list = value.get(name).and_then(Value::as_array).filter(|list| !list.is_empty());
        list.cloned().ok_or_else(|| format!("`{name}` wants a list with something in it"))
    };
    let wanted = list(body, "parcels")?;
    let mut parcels = Vec::new();
    for parcel in &wanted {
        let label = Label {
            carrier: parcel.get("carrier").and_then(Value::as_str).unwrap_or(""),
            tracking: parcel.get("tracking").and_then(Value::as_str).unwrap_or(""),
        };
        let mut lines = Vec::new();
        for entry in list(parcel, "lines")? {
            let units = entry.get("quantity").and_then(Value::as_i64).ok_or("`quantity` wants a whole number")?;
            lines.push((text(&entry, "item")?.to_owned(), units));
        }
        parcels.push((label, lines));
    }
    let numbers = warehouse.despatch_by_hand(cx, order, &parcels)?;
    Ok(json!({ "despatches": numbers }))
}

/// Stops or resumes the pickers; work that fell due while they were stopped is done on resuming.
///
/// ```json
/// {"paused": true}
/// ```
fn pickers(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let paused = body.get("paused").and_then(Value::as_bool).ok_or("`paused` wants true or false")?;
    warehouse.pickers.pause(paused, cx.now);
    warehouse.work(cx);
    Ok(json!({ "paused": paused }))
}

/// Lists sales orders with their lines and despatches: all, or the one of a `number`.
///
/// ```json
/// {"number": "MP-1001"}
/// ```
fn orders(warehouse: &Warehouse, body: &Value) -> Result<Value, String> {
    let rows: Vec<usize> = match body.get("number").and_then(Value::as_str) {
        Some(number) => vec![warehouse.order(number).ok_or_else(|| format!("no order `{number}`"))?],
        None => warehouse.tables[table::SALES_ORDERS].ids().collect(),
    };
    let list: Vec<Value> = rows.into_iter().map(|row| describe(warehouse, row)).collect();
    Ok(json!({ "orders": list }))
}

fn describe(warehouse: &Warehouse, row: usize) -> Value {
    let header = &warehouse.tables[table::SALES_ORDERS];
    let state = &warehouse.orders[row];
    let lines: Vec<Value> = state
        .lines
        .iter()
        .map(|id| {
            let known = &warehouse.lines[*id];
            json!({
                "item": warehouse.item_code(known.item),
                "line": warehouse.tables[table::SALES_ORDER_ITEMS].text(*id, line::LINE),
                "ordered": known.ordered,
                "despatched": known.despatched,
                "allocated": known.covered(),
            })
        })
        .collect();
    let despatches: Vec<Value> = state
        .despatches
        .iter()
        .filter_map(|index| warehouse.despatches.get(*index))
        .map(|sent| {
            json!({
                "despatch": sent.number,
                "at": sent.at.to_string(),
                "carrier": sent.carrier,
                "tracking": sent.tracking(0),
            })
        })
        .collect();
    json!({
        "number": header.text(row, order::NUMBER),
        "reference": header.text(row, order::CUSTOMER_REFERENCE),
        "channel": header.text(row, order::CHANNEL),
        "status": state.status.name(),
        "on_hold": state.on_hold,
        "released": state.released,
        "pick_due": state.pick_due.map(|at| at.to_string()),
        "lines": lines,
        "despatches": despatches,
    })
}

/// Cancels an order, as somebody at a warehouse screen would.
///
/// ```json
/// {"order": "MP-1001"}
/// ```
fn cancel(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let order = order_of(warehouse, body)?;
    warehouse.cancel(cx, order)?;
    Ok(json!({ "status": warehouse.orders[order].status.name() }))
}

/// Deletes an order with its lines, as somebody at a warehouse screen would.
///
/// ```json
/// {"order": "MP-1001"}
/// ```
fn delete(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let order = order_of(warehouse, body)?;
    warehouse.delete_order(cx, order)?;
    Ok(json!({}))
}

/// Changes an order by hand before it is picked: its first address line, or the units of an item.
///
/// ```json
/// {"order": "MP-1001", "item": "CD-10000-NVY", "quantity": 1}
/// {"order": "MP-1001", "line1": "3 Wharf Lane"}
/// ```
fn edit(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let order = order_of(warehouse, body)?;
    if let Ok(line1) = text(body, "line1") {
        warehouse.edit_address(cx, order, line1)?;
    } else {
        let units = body.get("quantity").and_then(Value::as_i64).filter(|units| *units > 0);
        warehouse.edit_line(cx, order, text(body, "item")?, units.ok_or("`quantity` wants 1 or more")?)?;
    }
    Ok(json!({}))
}

/// Switches an item off, or on again. Its code carries the remote's mark while it is off (contracts/peoplevox.md §3.5).
///
/// ```json
/// {"item": "CD-10000-NVY", "active": false}
/// ```
fn item(warehouse: &mut Warehouse, cx: &mut Cx<'_>, body: &Value) -> Result<Value, String> {
    let code = text(body, "item")?;
    let active = body.get("active").and_then(Value::as_bool).ok_or("`active` wants true or false")?;
    warehouse.switch_item(cx, code, active)?;
    Ok(json!({ "active": active }))
}

/// Loses subscriptions, as after a restore at the remote: one by its id, or all.
///
/// ```json
/// {"subscription": 1001}
/// ```
fn forget(warehouse: &mut Warehouse, body: &Value) -> Value {
    let wanted = body.get("subscription").and_then(Value::as_i64);
    let gone: Vec<i64> = warehouse.subscriptions.list().iter().map(|known| known.id).collect();
    let gone: Vec<i64> = gone.into_iter().filter(|id| wanted.is_none_or(|wanted| wanted == *id)).collect();
    gone.iter().for_each(|id| warehouse.subscriptions.remove(*id));
    json!({ "forgotten": gone })
}

/// Configures the columns of a template: each is `Field`, or `Header=Field` for a name of the tenant's own.
///
/// ```json
/// {"template": "Sales orders", "columns": ["SalesOrderNumber", "ShipAdd1=ShippingAddressLine1"]}
/// ```
fn templates(warehouse: &mut Warehouse, body: &Value) -> Result<Value, String> {
    let name = text(body, "template")?;
    let index = warehouse.template(name).ok_or_else(|| format!("no template `{name}`"))?;
    let list = body.get("columns").and_then(Value::as_array).ok_or("`columns` wants a list")?;
    let wanted: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    if wanted.len() != list.len() || wanted.is_empty() {
        return Err("`columns` wants texts".to_owned());
    }
    warehouse.templates[index].configure(&wanted)?;
    Ok(json!({ "columns": wanted.len() }))
}

/// Lists the subscriptions, which the remote's own API cannot. Takes no body.
fn subscriptions(warehouse: &Warehouse) -> Value {
    let list: Vec<Value> = warehouse
        .subscriptions
        .list()
        .iter()
        .map(|known| {
            json!({
                "id": known.id,
                "event": known.event.name(),
                "filter": known.filter,
                "url": known.url,
                "params": known.params,
                "encode": known.encode,
            })
        })
        .collect();
    let (taken, refused, unanswered) = warehouse.subscriptions.answered;
    json!({ "subscriptions": list, "delivered": { "taken": taken, "refused": refused, "unanswered": unanswered } })
}

/// The state object: counts, the statuses of all orders, and the available figure of every item.
pub(crate) fn state(warehouse: &Warehouse, sessions: usize) -> Value {
    let mut statuses: Map<String, Value> = Map::new();
    for status in Status::ALL {
        let ids = warehouse.tables[table::SALES_ORDERS].ids();
        let count = ids.filter(|row| warehouse.orders[*row].status == status).count();
        statuses.insert(status.name().to_owned(), json!(count));
    }
    let items = warehouse.tables[table::ITEM_TYPES].ids().filter(|id| warehouse.kits[*id].is_empty());
    let available: Map<String, Value> =
        items.map(|id| (warehouse.item_code(id).to_owned(), json!(warehouse.stock.available(id)))).collect();
    json!({
        "orders": warehouse.tables[table::SALES_ORDERS].len(),
        "statuses": statuses,
        "despatches": warehouse.despatches.len(),
        "available": available,
        "sessions": sessions,
        "pickers": { "paused": warehouse.pickers.is_paused(), "diary": warehouse.pickers.len() },
        "events": subscriptions(warehouse),
    })
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, String> {
    body.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` wants a text"))
}

fn order_of(warehouse: &Warehouse, body: &Value) -> Result<usize, String> {
    let number = text(body, "order")?;
    warehouse.order(number).ok_or_else(|| format!("no order `{number}`"))
}
