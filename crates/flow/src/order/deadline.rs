//! By when something has to have happened to an order: first its acceptance, then its despatch (`F04`, `F38`).

use crossdock_model::{ChannelOrder, Readiness};
use jiff::Timestamp;

use super::OrderState;
use crate::ChannelRules;

/// What is due next, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// In a word, as it begins a sentence.
    pub(super) what: &'static str,
    pub(super) at: Timestamp,
}

/// What is due of an order that is not over.
///
/// As long as the marketplace says that it awaits its acceptance, that is what runs out: operators rate it, and refuse by
/// themselves what nobody accepted. Where the marketplace wants the parcel gone even earlier, accepting later is no use.
pub(super) fn deadline(state: &OrderState, rules: &ChannelRules) -> Due {
    let order = &state.order;
    if order.readiness == Readiness::AwaitingAcceptance && !state.stage.at_warehouse() {
        let accept_by = rules.service_end(order.placed_at, rules.accept_within);
        let at = order.ship_by.map_or(accept_by, |ship_by| accept_by.min(ship_by));
        return Due { what: "Acceptance", at };
    }
    Due { what: "Despatch", at: ship_by(order, rules) }
}

/// When an order has to have left: the channel's own moment, else the channel's service level after the order.
pub(super) fn ship_by(order: &ChannelOrder, rules: &ChannelRules) -> Timestamp {
    order.ship_by.unwrap_or_else(|| rules.service_end(order.placed_at, rules.despatch_within))
}
