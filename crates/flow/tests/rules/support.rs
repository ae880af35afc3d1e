//! A small shop: one channel, one order, and dice that always fall the same way.

use std::collections::BTreeMap;

use crossdock_connector::{Operation, OperationKind, RejectCode, Rejection};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderCtx, OrderEvent, OrderState, SkuAnswer, open, step};
use crossdock_flow::{Actions, ChannelRules};
use crossdock_model::{
    Address, ChannelOrder, Contact, Currency, Delivery, Money, OrderDraft, OrderLine, Readiness, ShippedLine,
    WarehouseLine, WarehouseOrder,
};
use jiff::Timestamp;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday morning, an hour after the customer ordered.
pub(crate) fn now() -> Timestamp {
    at("2026-11-23T09:00:00Z")
}

pub(crate) fn line(id: &str, sku: &str, quantity: i64) -> OrderLine {
    OrderLine {
        id: id.to_owned(),
        sku: Some(sku.to_owned()),
        barcode: None,
        title: format!("Article {sku}"),
        quantity,
        open: quantity,
        unit_price: Some(Money::from_minor(1_250, Currency::GBP)),
        cancelled: false,
    }
}

pub(crate) fn address() -> Address {
    Address {
        recipient: "Ada Example".into(),
        line1: "1 High Street".into(),
        city: "Leeds".into(),
        postcode: "LS1 4AP".into(),
        country_code: "GB".to_owned(),
        country: "United Kingdom".to_owned(),
        ..Address::default()
    }
}

/// Two lines, three units, a good address.
pub(crate) fn order(readiness: Readiness) -> ChannelOrder {
    ChannelOrder {
        id: "remote-1001".to_owned(),
        number: "1001".to_owned(),
        aliases: Vec::new(),
        readiness,
        remote_state: "PAID".to_owned(),
        placed_at: at("2026-11-23T08:00:00Z"),
        updated_at: at("2026-11-23T08:30:00Z"),
        ship_by: None,
        delivery: Delivery::Ship,
        service: "Standard".to_owned(),
        message: "Leave with the neighbour".into(),
        contact: Contact::default(),
        ship_to: address(),
        total: Some(Money::from_minor(3_750, Currency::GBP)),
        shipping: None,
        lines: vec![line("l1", "MUG", 1), line("l2", "TEA", 2)],
        shipments: Vec::new(),
    }
}

/// A channel with its rules and the SKU map.
pub(crate) struct Shop {
    pub(crate) rules: ChannelRules,
    pub(crate) skus: BTreeMap<String, SkuAnswer>,
    pub(crate) now: Timestamp,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let skus = ["MUG", "TEA", "GIFTBOX"].map(|sku| (sku.to_owned(), SkuAnswer::Item(sku.to_owned())));
        Self { rules: ChannelRules::new("mp", "Marketplacer", "MP-"), skus: skus.into_iter().collect(), now: now() }
    }

    pub(crate) fn sku(&self, sku: &str) -> SkuAnswer {
        self.skus.get(sku).cloned().unwrap_or(SkuAnswer::Unknown)
    }

    pub(crate) fn open(&self, order: ChannelOrder) -> (OrderState, Actions) {
        let sku = |code: &str| self.sku(code);
        open(order, &OrderCtx { now: self.now, rules: &self.rules, sku: &sku })
    }

    pub(crate) fn step(&self, state: &mut OrderState, event: OrderEvent) -> Actions {
        let sku = |code: &str| self.sku(code);
        let ctx = OrderCtx { now: self.now, rules: &self.rules, sku: &sku };
        step(state, event, &ctx)
    }

    /// The marketplace's document changes and is read again.
    pub(crate) fn seen(&self, state: &mut OrderState, change: impl FnOnce(&mut ChannelOrder)) -> Actions {
        let mut order = state.order.clone();
        order.updated_at = order.updated_at.saturating_add(jiff::SignedDuration::from_secs(1)).unwrap();
        change(&mut order);
        self.step(state, OrderEvent::Seen(Box::new(order)))
    }

    /// An order that is complete in the warehouse.
    pub(crate) fn in_warehouse(&self, order: ChannelOrder) -> OrderState {
        let (mut state, _) = self.open(order);
        self.step(&mut state, done(OperationKind::CreateOrder));
        state
    }
}

pub(crate) fn done(kind: OperationKind) -> OrderEvent {
    OrderEvent::Done { kind, evidence: "read back".to_owned() }
}

pub(crate) fn refused(kind: OperationKind, code: RejectCode) -> OrderEvent {
    OrderEvent::Refused { kind, rejection: Rejection::new(code, "the remote's own words") }
}

pub(crate) fn replay() -> OrderEvent {
    OrderEvent::Replay { actor: "ops".to_owned() }
}

pub(crate) fn left(package: &str, lines: &[(&str, i64)]) -> OrderEvent {
    OrderEvent::ParcelLeft { package: package.to_owned(), lines: shipped(lines), words: "DPD 1550".to_owned() }
}

pub(crate) fn confirmed(package: &str) -> OrderEvent {
    OrderEvent::ParcelConfirmed { package: package.to_owned() }
}

/// The warehouse says how the order stands, and not what is in it.
pub(crate) fn warehouse(status: &str, cancelled: bool) -> OrderEvent {
    said_by_warehouse(status, cancelled, &[])
}

/// What the warehouse lists for the order of one mug and two teas.
pub(crate) fn holds(lines: &[(&str, i64)]) -> OrderEvent {
    said_by_warehouse("Open", false, lines)
}

fn said_by_warehouse(status: &str, cancelled: bool, lines: &[(&str, i64)]) -> OrderEvent {
    let line = |(item, quantity): &(&str, i64)| WarehouseLine {
        item: (*item).to_owned(),
        line: String::new(),
        quantity: *quantity,
    };
    OrderEvent::WarehouseSays(Some(WarehouseOrder {
        number: "MP-1001".to_owned(),
        status: status.to_owned(),
        on_hold: None,
        cancelled,
        lines: lines.iter().map(line).collect(),
    }))
}

pub(crate) fn shipped(lines: &[(&str, i64)]) -> Vec<ShippedLine> {
    lines.iter().map(|(line, quantity)| ShippedLine { line_id: (*line).to_owned(), quantity: *quantity }).collect()
}

pub(crate) fn cause(actions: &Actions) -> Option<Cause> {
    actions.held.as_ref().map(|held| held.cause)
}

pub(crate) fn kinds(actions: &Actions) -> Vec<OperationKind> {
    actions.effects.iter().map(|planned| planned.operation.kind()).collect()
}

/// The warehouse order that a step wants.
pub(crate) fn drafted(actions: &Actions) -> OrderDraft {
    match actions.effects.as_slice() {
        [planned] => match &planned.operation {
            Operation::CreateOrder(draft) => (**draft).clone(),
            other => panic!("not a warehouse order: {other:?}"),
        },
        other => panic!("one warehouse order was expected: {other:?}"),
    }
}

pub(crate) fn said(actions: &Actions, kind: &str) -> bool {
    actions.notes.iter().any(|note| note.kind == kind)
}

/// Dice that fall the same way for the same seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    pub(crate) fn units(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(u64::try_from(high - low + 1).unwrap())).unwrap()
    }
}
