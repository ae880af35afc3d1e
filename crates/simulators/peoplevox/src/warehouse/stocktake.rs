//! Stock that arrives, is counted, or is corrected.

use jiff::Timestamp;
use serde_json::json;
use sim_core::Cx;

use super::Warehouse;
use super::seed::PRIMARY;
use crate::event::EventType;
use crate::template::table;

/// One receipt: a row of `Goods in summary`.
#[derive(Debug, Clone)]
pub(crate) struct GoodsIn {
    pub reference: String,
    pub at: Timestamp,
    pub item: usize,
    pub quantity: i64,
    pub site: usize,
}

/// A change made by warehouse staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StockChange {
    /// The count is exactly this.
    OnHand(i64),
    /// So many units arrived.
    Receive(i64),
    /// So many units more, or less.
    Adjust(i64),
}

impl Warehouse {
    /// Applies a change at a site (the primary one when none is named). `Err` says why it cannot be.
    pub(crate) fn change_stock(
        &mut self,
        cx: &mut Cx<'_>,
        item: usize,
        site: Option<usize>,
        change: StockChange,
    ) -> Result<(), String> {
        if self.kits.get(item).is_some_and(|parts| !parts.is_empty()) {
            return Err("a kit has no stock of its own; change its components".to_owned());
        }
        let site = site.unwrap_or(PRIMARY);
        let old = self.stock.levels(item).iter().find(|level| level.site == site).map_or(0, |level| level.on_hand);
        let (new, reason) = match change {
            StockChange::OnHand(units) => (Some(units), "Modified through adjustment module"),
            StockChange::Receive(units) if units > 0 => (old.checked_add(units), "Received through mobile unit"),
            StockChange::Receive(_) => return Err("a receipt wants 1 or more units".to_owned()),
            StockChange::Adjust(units) => (old.checked_add(units), "Modified through adjustment module"),
        };
        let new =
            new.filter(|units| (0..=1_000_000_000).contains(units)).ok_or("the count would leave 0..1000000000")?;
        if new == old {
            return Ok(());
        }
        let before = self.stock.available(item);
        self.stock.level_mut(item, site).on_hand = new;
        self.show_on_hand(item);
        if let StockChange::Receive(quantity) = change {
            self.receive(cx, item, quantity, site);
        }
        self.tell_available(cx, item, before);
        self.tell_change(cx, item, new - old, reason);
        if new > old {
            self.serve_waiting(cx, item, usize::MAX);
        }
        Ok(())
    }

    fn receive(&mut self, cx: &mut Cx<'_>, item: usize, quantity: i64, site: usize) {
        let reference = format!("GI{:06}", self.goods_in.len() + 1);
        self.goods_in.push(GoodsIn { reference: reference.clone(), at: cx.now, item, quantity, site });
        let code = self.item_code(item).to_owned();
        cx.effects.push(cx.now, super::GOODS_RECEIVED, code, json!({ "reference": reference, "quantity": quantity }));
        let (items, number, now) = (&self.tables[table::ITEM_TYPES], self.goods_in.len(), cx.now);
        self.subscriptions.fire(cx, EventType::GoodsReceived, || {
            super::entity::goods_in(items, item, quantity, number, &reference, now)
        });
    }
}
