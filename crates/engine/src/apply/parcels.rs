//! Parcels: from rows of the warehouse's report to shipments at the channel.

use std::collections::HashMap;

use crossdock_flow::despatch::{DespatchCtx, DespatchEvent, DespatchState, ParcelStage, packages, step};
use crossdock_flow::order::{OrderEvent, OrderStage};
use crossdock_model::{DespatchRow, KitPart, Package};
use crossdock_store::{FlowKind, FlowRow, HintRow, NewFlow, StoreError, Tx};
use jiff::Timestamp;

use super::orders::{commit, order_event, read_state as read_order};
use crate::Inner;
use crate::ripple::Ripple;

/// A parcel's own state.
pub(crate) fn read_state(row: &FlowRow) -> Result<DespatchState, StoreError> {
    serde_json::from_str(&row.data).map_err(|error| StoreError::Corrupt(format!("flow {}: {error}", row.id)))
}

/// Rows of the despatch report were read. They come again and again; what is known costs one look-up.
pub(crate) fn despatch_rows(
    inner: &Inner,
    tx: &mut dyn Tx,
    rows: &[DespatchRow],
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    for parcel in packages(rows) {
        let Some(order) = order_by_number(tx, &parcel.order_number)? else {
            continue;
        };
        if read_order(&order)?.stage == OrderStage::Elsewhere {
            // It was fulfilled before this hub saw it, which is how a restored hub meets what it did after the backup:
            // its parcels are no mismatch.
            continue;
        }
        let text = serde_json::to_string(&parcel).map_err(|error| StoreError::Bug(error.to_string()))?;
        let hash = blake3::hash(text.as_bytes()).to_hex();
        let source = format!("{}/despatch", inner.settings.warehouse);
        let id = format!("{}/{}/{}", parcel.order_number, parcel.despatch_number, parcel.tracking);
        if tx.see(&source, &id, &hash.as_str()[..32], now)? {
            parcel_seen(inner, tx, &order, parcel, now, ripple)?;
        }
    }
    Ok(())
}

pub(super) fn order_by_number(tx: &dyn Tx, number: &str) -> Result<Option<FlowRow>, StoreError> {
    let rows = tx.find(&number.to_lowercase(), 5)?;
    for row in rows {
        if row.kind == FlowKind::Order && read_order(&row).is_ok_and(|state| state.number == number) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn parcel_seen(
    inner: &Inner,
    tx: &mut dyn Tx,
    order: &FlowRow,
    parcel: Package,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let key = |tracking: &str| format!("{}/{}/{tracking}", parcel.order_number, parcel.despatch_number);
    let known = match tx.flow_by_key(FlowKind::Despatch, &key(&parcel.tracking))? {
        Some(row) => Some(row),
        // The same parcel, seen before it had its tracking number.
        None => tx
            .flow_by_key(FlowKind::Despatch, &key(""))?
            .filter(|row| read_state(row).is_ok_and(|state| state.package.tracking.is_empty())),
    };
    let row = match known {
        Some(row) => row,
        None => {
            let flow = NewFlow {
                kind: FlowKind::Despatch,
                key: key(&parcel.tracking),
                connection: order.connection.clone(),
                parent: Some(order.id),
            };
            let mut row = tx.insert_flow(&flow, now)?;
            row.number.clone_from(&order.number);
            row.deadline = order.deadline;
            row.amount = order.amount;
            row.milestones.despatched = Some(parcel.despatched_at);
            let state = DespatchState::new(parcel.clone());
            row.data = serde_json::to_string(&state).map_err(|error| StoreError::Bug(error.to_string()))?;
            state.word().clone_into(&mut row.state);
            row
        }
    };
    let terms: Vec<String> =
        [&parcel.tracking, &parcel.despatch_number].into_iter().filter(|text| !text.is_empty()).cloned().collect();
    tx.add_terms(order.id, &terms)?;
    parcel_event(inner, tx, row, DespatchEvent::Seen(parcel), now, ripple)
}

/// Something happened to a parcel.
pub(crate) fn parcel_event(
    inner: &Inner,
    tx: &mut dyn Tx,
    mut row: FlowRow,
    event: DespatchEvent,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let (Some(rules), Some(parent)) = (inner.rules(&row.connection), row.parent) else {
        return Ok(());
    };
    let Some(order_row) = tx.flow(parent)? else {
        return Ok(());
    };
    let order = read_order(&order_row)?;
    let mut state = read_state(&row)?;
    let carriers = tx.carriers(&row.connection)?;
    let chosen = tx.carrier_alias(&row.connection, &state.package.carrier.to_lowercase())?;
    let kits = kit_parts(tx, &state.package)?;
    let parts = |kit: &str| kits.get(kit).cloned().unwrap_or_default();
    let asks = !matches!(event, DespatchEvent::Seen(_));
    let was_confirmed = state.stage == ParcelStage::Confirmed;
    let ctx = DespatchCtx { now, rules: &rules, order: &order, carriers: &carriers, chosen, parts: &parts };
    let actions = step(&mut state, event, &ctx);
    let confirmed = state.stage == ParcelStage::Confirmed && !was_confirmed;
    if state.stage == ParcelStage::Confirmed {
        row.milestones.confirmed.get_or_insert(now);
    }
    state.word().clone_into(&mut row.state);
    row.wake_at = actions.wake_at;
    row.data = serde_json::to_string(&state).map_err(|error| StoreError::Bug(error.to_string()))?;
    commit(inner, tx, &mut row, actions, now, ripple)?;
    if asks && state.package.tracking.is_empty() && state.stage == ParcelStage::Left {
        ask_for_parcels(inner, tx, &state.package.order_number, now, ripple)?;
    }

    let counted = order.parcels.get(&state.mark).is_some_and(|mark| mark.lines == state.lines);
    if !state.lines.is_empty() && !counted {
        let words = format!("{} {}", state.package.carrier, state.package.tracking);
        let event = OrderEvent::ParcelLeft { package: state.mark.clone(), lines: state.lines.clone(), words };
        order_event(inner, tx, order_row, event, now, ripple)?;
        for line in &state.package.lines {
            ripple.item(line.item.clone());
        }
        if !rules.partial_shipments {
            // It may have been the last one that the one that carries the order waited for.
            for sibling in awaiting(tx, parent, row.id)? {
                parcel_event(inner, tx, sibling, DespatchEvent::Recheck, now, ripple)?;
            }
        }
    }
    if confirmed && let Some(order_row) = tx.flow(parent)? {
        let event = OrderEvent::ParcelConfirmed { package: state.mark.clone() };
        order_event(inner, tx, order_row, event, now, ripple)?;
        if !rules.partial_shipments {
            cover_the_rest(inner, tx, parent, row.id, now, ripple)?;
        }
    }
    Ok(())
}

/// Has the parcels of a warehouse order read by its number.
pub(super) fn ask_for_parcels(
    inner: &Inner,
    tx: &mut dyn Tx,
    number: &str,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let warehouse = inner.settings.warehouse.clone();
    let (kind, key) = ("despatches_of".to_owned(), number.to_owned());
    tx.add_hint(&HintRow { connection: warehouse.clone(), kind, key, at: now })?;
    ripple.wake(warehouse);
    Ok(())
}

/// The one shipment of an order was recorded: the parcels that waited for it are covered.
fn cover_the_rest(
    inner: &Inner,
    tx: &mut dyn Tx,
    parent: i64,
    but: i64,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    for sibling in awaiting(tx, parent, but)? {
        let evidence = "covered by the order's one shipment".to_owned();
        parcel_event(inner, tx, sibling, DespatchEvent::Confirmed { evidence }, now, ripple)?;
    }
    Ok(())
}

/// The other parcels of an order that wait for the rest of it.
fn awaiting(tx: &dyn Tx, parent: i64, but: i64) -> Result<Vec<FlowRow>, StoreError> {
    let mut parcels = tx.children(parent)?;
    parcels.retain(|row| row.id != but && read_state(row).is_ok_and(|state| state.stage == ParcelStage::AwaitingRest));
    Ok(parcels)
}

fn kit_parts(tx: &dyn Tx, package: &Package) -> Result<HashMap<String, Vec<KitPart>>, StoreError> {
    let mut parts = HashMap::new();
    for kit in package.lines.iter().filter_map(|line| line.parent.as_deref()).filter(|kit| !kit.is_empty()) {
        if !parts.contains_key(kit) {
            parts.insert(kit.to_owned(), tx.kit_parts(kit)?);
        }
    }
    Ok(parts)
}
