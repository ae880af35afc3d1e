//! A customer orders.

use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::Cx;
use sim_core::effect_log::kind;
use sim_core::world::Customer;

use crate::MiraklTwin;
use crate::agenda::Job;
use crate::offers::Offer;
use crate::order::{Line, Order, State};
use crate::text::after;
use crate::twin::ShopState;

/// What a customer wants.
#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    pub(crate) number: u64,
    pub(crate) customer: Customer,
    /// SKU and units.
    pub(crate) lines: Vec<(String, i64)>,
    pub(crate) message: String,
    /// Code of the fulfilment centre that ships it; the shop's own when absent.
    pub(crate) centre: Option<String>,
    /// What is wrong on purpose; `unknown_sku` lists the SKU on the fly.
    pub(crate) defect: Option<String>,
}

/// Pence that a small order pays for delivery.
const DELIVERY: i64 = 350;
/// Pence from which delivery is free.
const FREE_DELIVERY: i64 = 5_000;

impl MiraklTwin {
    /// Places an order, or logs which lines could not be sold. Answers with the order's id and whether it was placed.
    pub(crate) fn place(&mut self, cx: &mut Cx<'_>, at: Timestamp, purchase: Purchase) -> (String, bool) {
        let commercial_id = format!("JL-{}", purchase.number.saturating_add(1_000));
        let id = format!("{commercial_id}-A");
        if purchase.defect.as_deref() == Some("unknown_sku") {
            for (sku, quantity) in &purchase.lines {
                self.list_unknown(sku, *quantity);
            }
        }
        if !self.sell(cx, at, &id, &purchase.lines) {
            return (id, false);
        }
        let lines = self.lines(&id, at, &purchase.lines);
        let data = json!({
            "ready_by_design": purchase.defect.is_none(),
            "defect": purchase.defect,
            "lines": lines.iter().map(effect_line).collect::<Vec<_>>(),
        });
        cx.effects.push(at, kind::ORDER_PLACED, id.clone(), data);
        let position = self.orders.add(Order {
            id: id.clone(),
            commercial_id,
            created: at,
            updated: at,
            state: State::Staging,
            customer: purchase.customer,
            message: purchase.message,
            lines,
            decided_at: None,
            debited_at: None,
            received_at: None,
            tracking: None,
            shipments: Vec::new(),
            centre: purchase.centre.unwrap_or_else(|| self.options.fulfilment_centre.clone()),
            word: None,
        });
        match self.options.staging_minutes {
            0 => {
                self.validated(cx, at, position);
            }
            minutes => self.agenda.note(after(at, i64::from(minutes) * 60), Job::Validated(position)),
        }
        (id, true)
    }

    /// A seller lists what its warehouse does not have.
    fn list_unknown(&mut self, sku: &str, quantity: i64) {
        if self.offers.known(sku) {
            return;
        }
        let position = self.offers.list(sku, "Unmatched listing", "5099999999994", 2_499);
        if let Some(offer) = self.offers.get_mut(position) {
            offer.quantity = quantity.max(0).saturating_add(1);
        }
    }

    /// Takes the units out of the published figures; all lines or none.
    fn sell(&mut self, cx: &mut Cx<'_>, at: Timestamp, id: &str, lines: &[(String, i64)]) -> bool {
        let mut taken: Vec<(usize, i64)> = Vec::new();
        let mut refused = false;
        for (sku, quantity) in lines {
            let position = self.offers.find(sku);
            let published = position.and_then(|p| self.offers.get(p)).map_or(0, |offer| offer.quantity);
            let before: i64 = taken.iter().filter(|(p, _)| Some(*p) == position).map(|(_, units)| units).sum();
            match position {
                Some(position)
                    if self.shop_state == ShopState::Open && published.saturating_sub(before) >= *quantity =>
                {
                    taken.push((position, *quantity));
                }
                _ => {
                    refused = true;
                    let data = json!({ "sku": sku, "quantity": quantity });
                    cx.effects.push(at, kind::SALE_REFUSED, id, data);
                }
            }
        }
        if refused {
            return false;
        }
        for (position, units) in taken {
            if let Some(offer) = self.offers.get_mut(position) {
                offer.quantity -= units;
            }
        }
        true
    }

    fn lines(&self, order_id: &str, at: Timestamp, wanted: &[(String, i64)]) -> Vec<Line> {
        let offers = |sku: &str| -> Option<(usize, &Offer)> {
            let position = self.offers.find(sku)?;
            Some((position, self.offers.get(position)?))
        };
        let total: i64 =
            wanted.iter().filter_map(|(sku, quantity)| Some(offers(sku)?.1.price.saturating_mul(*quantity))).sum();
        wanted
            .iter()
            .filter_map(|(sku, quantity)| offers(sku).map(|found| (found, *quantity)))
            .enumerate()
            .map(|(number, ((position, offer), quantity))| Line {
                id: format!("{order_id}-{}", number + 1),
                index: number + 1,
                offer: position,
                sku: offer.sku.clone(),
                quantity,
                unit_price: offer.price,
                shipping_price: if number == 0 && total < FREE_DELIVERY { DELIVERY } else { 0 },
                state: State::Staging,
                updated: at,
                shipped_at: None,
                allocated: 0,
                shipped: 0,
                cancelations: Vec::new(),
                refunds: Vec::new(),
                incident: false,
                word: None,
            })
            .collect()
    }
}

fn effect_line(line: &Line) -> Value {
    json!({ "line": line.id, "sku": line.sku, "quantity": line.quantity })
}
