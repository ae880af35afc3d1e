//! Which order does an id mean?

use crossdock_flow::order::OrderState;
use crossdock_store::{FlowKind, FlowRow, ReadTx, StoreError};

use crate::apply::{read_order, read_parcel};

/// How many orders a text is compared with.
const MOST: u64 = 50;

/// The order that an id names.
pub(super) struct Located {
    /// The order; the newest when several have the id.
    pub(super) row: FlowRow,
    /// Whether another order has the same id, at another channel or in the same basket.
    pub(super) ambiguous: bool,
}

/// Finds the order with this id: the channel's number or id, the hub's key, the warehouse's number, an alias, a despatch
/// or tracking number. A text that an order is merely found by (a SKU, a postcode, the beginning of a number) names none.
pub(super) fn locate(tx: &dyn ReadTx, id: &str) -> Result<Option<Located>, StoreError> {
    let id = id.trim();
    if id.is_empty() {
        return Ok(None);
    }
    if let Some(row) = tx.flow_by_key(FlowKind::Order, id)? {
        return Ok(Some(Located { row, ambiguous: false }));
    }
    let id = id.to_lowercase();
    let rows = tx.find(&id, MOST)?;
    let mut best: Option<(u8, Located)> = None;
    for row in &rows {
        consider(&mut best, rank(row, &id), row);
    }
    if best.is_none() {
        for row in &rows {
            let rank = is_parcel_of(tx, row, &id)?.then_some(3);
            consider(&mut best, rank, row);
        }
    }
    Ok(best.map(|(_, located)| located))
}

fn consider(best: &mut Option<(u8, Located)>, rank: Option<u8>, row: &FlowRow) {
    let Some(rank) = rank else { return };
    match best {
        Some((known, located)) if *known == rank => located.ambiguous = true,
        Some((known, _)) if *known < rank => {}
        _ => {
            let row = row.clone();
            *best = Some((rank, Located { row, ambiguous: false }));
        }
    }
}

/// How well an id fits an order: 0 is its number; `None` is not its id.
fn rank(row: &FlowRow, id: &str) -> Option<u8> {
    let same = |text: &str| text.trim().to_lowercase() == id;
    let remote_id = row.key.split_once('/').map_or("", |(_, id)| id);
    if same(&row.number) || same(remote_id) {
        return Some(0);
    }
    let state: OrderState = read_order(row).ok()?;
    if same(&state.number) {
        Some(1)
    } else if state.order.aliases.iter().any(|alias| same(alias)) {
        Some(2)
    } else {
        None
    }
}

fn is_parcel_of(tx: &dyn ReadTx, row: &FlowRow, id: &str) -> Result<bool, StoreError> {
    Ok(tx.children(row.id)?.iter().any(|child| {
        read_parcel(child).is_ok_and(|state| {
            let package = &state.package;
            [&package.tracking, &package.despatch_number].into_iter().any(|text| text.trim().to_lowercase() == id)
        })
    }))
}
