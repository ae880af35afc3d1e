//! ST12: what is left to ship, by token (contracts/mirakl/shipments.txt ST12).

use jiff::Timestamp;
use serde_json::Value;

use super::{moment, repeated};
use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::order::{Order, State};
use crate::paging::SeekPage;
use crate::reply::{self, Outcome};
use crate::wire;

/// Low bits of an entry's place in the list, which is sorted by shipping date and then by creation.
const POSITION_BITS: u32 = 20;

impl MiraklTwin {
    /// ST12: the orders in SHIPPING with units that no shipment holds, by the date on which they came into that state.
    pub(crate) fn list_items_to_ship(&self, call: Call<'_>) -> Outcome {
        let page = SeekPage::read(call.query)?;
        let ids = repeated(&page.query, "order_id");
        let centres = repeated(&page.query, "fulfillment_center_code");
        let from = moment(&page.query, "shipping_date_from")?;
        let to = moment(&page.query, "shipping_date_to")?;
        let passes = |order: &Order, at: Timestamp| {
            (ids.is_empty() || ids.contains(&order.id.as_str()))
                && (centres.is_empty() || centres.contains(&order.centre.as_str()))
                && from.is_none_or(|from| at >= from)
                && to.is_none_or(|to| at <= to)
                && order.lines.iter().any(|line| line.remaining() > 0)
        };
        let mut found: Vec<(usize, &Order, Timestamp)> = self
            .orders
            .in_states(&[State::Shipping])
            .into_iter()
            .filter_map(|position| {
                let order = self.orders.get(position)?;
                let at = order.debited_at.unwrap_or(order.created);
                passes(order, at).then(|| (key(at, position), order, at))
            })
            .collect();
        found.sort_unstable_by_key(|(key, ..)| *key);
        let keys: Vec<usize> = found.iter().map(|(key, ..)| *key).collect();
        let range = page.cut(&keys);
        let shown = found.get(range.clone()).unwrap_or_default();
        let data: Vec<Value> =
            shown.iter().map(|(_, order, at)| wire::items::items(order, &self.offers, *at, call.sparse)).collect();
        Ok(reply::json(200, &page.body(&data, &keys, &range, call.sparse)))
    }
}

/// An entry's place in the list.
fn key(at: Timestamp, position: usize) -> usize {
    let moment = usize::try_from(at.as_millisecond()).unwrap_or(0);
    let position = position & ((1 << POSITION_BITS) - 1);
    moment.checked_mul(1 << POSITION_BITS).unwrap_or(0) | position
}
