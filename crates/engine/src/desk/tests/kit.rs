//! A hub with two channels whose remotes answer nothing but "I am alive".

use std::sync::Arc;

use bytes::Bytes;
use crossdock_connector::{
    Budget, Call, Capability, Connector, Failure, Observation, Operation, OperationKind, Outcome, Read, ReadKind,
    ReadReply, Rejection, Reply, Session, Stage, StageKind, Step,
};
use crossdock_desk::{Act, Desk, ExceptionGroup, OrderPage};
use crossdock_flow::ChannelRules;
use crossdock_flow::order::OrderEvent;
use crossdock_model::{
    Address, Available, Carrier, ChannelOrder, ConnectionHealth, ConnectionName, ConnectionState, Contact, Currency,
    Delivery, DespatchRow, Item, Listing, MerchantId, Money, OrderLine, Readiness,
};
use crossdock_store::{FlowKind, StoreError, Tx};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};

use crate::ripple::Ripple;
use crate::{ChannelSettings, Hub, HubSettings, LaneTurn, Timings, apply};

pub(super) const JL: &str = "john-lewis";
pub(super) const MP: &str = "marketplacer";
pub(super) const WAREHOUSE: &str = "peoplevox";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Nine o'clock in London, and some minutes.
pub(super) fn at(minutes: i64) -> Timestamp {
    "2026-11-23T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

struct Fake {
    name: ConnectionName,
    reads: Vec<ReadKind>,
}

fn alive() -> Call {
    Call { request: http::Request::new(Bytes::new()), windows: vec!["calls"], label: "are you there" }
}

impl Connector for Fake {
    fn kind(&self) -> &'static str {
        "fake"
    }
    fn connection(&self) -> &ConnectionName {
        &self.name
    }
    fn capabilities(&self, _: &Session) -> Vec<Capability> {
        vec![Capability::Channel, Capability::PartialShipments]
    }
    fn reads(&self) -> Vec<ReadKind> {
        self.reads.clone()
    }
    fn plan_read(&self, _: &Read, _: &Session) -> Result<Call, Rejection> {
        Ok(alive())
    }
    fn interpret_read(&self, _: &Read, _: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
        if reply.status() == 401 {
            return Err(Failure::Denied("key refused".to_owned()));
        }
        let health = ConnectionHealth { state: ConnectionState::Live, detail: "the shop is open".to_owned() };
        Ok(ReadReply { observations: vec![Observation::Health(health)], ..ReadReply::default() })
    }
    fn first_stage(&self, _: &Operation, _: &Session) -> Stage {
        Stage::new("look")
    }
    fn stage_kind(&self, _: &Operation, _: &Stage) -> StageKind {
        StageKind::Look
    }
    fn batch_limit(&self, _: OperationKind, _: &Stage) -> usize {
        100
    }
    fn plan(&self, _: &[Step<'_>], _: &Session) -> Result<Call, Rejection> {
        Ok(alive())
    }
    fn interpret(&self, steps: &[Step<'_>], _: &Session, _: &Reply) -> Vec<Outcome> {
        vec![Outcome::NotDone(Failure::Retry("not in this test".to_owned())); steps.len()]
    }
    fn windows(&self) -> Vec<Budget> {
        vec![Budget { window: "calls".to_owned(), calls: 60, per: MINUTE }]
    }
}

/// A hub over a database in a temporary folder.
pub(super) struct Bench {
    pub(super) hub: Hub,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A hub whose remotes are probed every five minutes and that knows the items `A` and `JL-88213-NAVY`.
    pub(super) fn new() -> Self {
        Self::with_reads(&[ReadKind::Health])
    }

    pub(super) fn with_reads(reads: &[ReadKind]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let merchant = MerchantId::new("acme").unwrap();
        let store = SqliteStore::open(&folder.path().join("hub.db"), &merchant, SqliteOptions::default()).unwrap();
        let channel = |name: &str, title: &str, prefix: &str| ChannelSettings {
            rules: ChannelRules::new(name, title, prefix),
            orders_every: MINUTE,
            listings_every: SignedDuration::from_mins(15),
            stock_every: MINUTE,
        };
        let settings = HubSettings {
            merchant: "Acme".to_owned(),
            merchant_id: "acme".to_owned(),
            zone: "Europe/London".to_owned(),
            warehouse: WAREHOUSE.to_owned(),
            channels: vec![channel(MP, "Marketplacer", "MP-"), channel(JL, "John Lewis", "JL-")],
            public_url: None,
            timings: Timings::default(),
        };
        let connectors = [WAREHOUSE, MP, JL]
            .map(|name| {
                let name = ConnectionName::new(name).unwrap();
                Arc::new(Fake { name, reads: reads.to_vec() }) as Arc<dyn Connector>
            })
            .to_vec();
        let hub = Hub::boot(Arc::new(store), settings, connectors, Box::new(|| [7; 32]), at(0)).unwrap();
        let bench = Self { hub, _folder: folder };
        bench.items(&["A", "JL-88213-NAVY"]);
        bench
    }

    /// Lets the hub's clock run to this many minutes past nine.
    pub(super) fn clock(&self, minutes: i64) {
        self.hub.turn(at(minutes)).unwrap();
    }

    /// Changes the database as a lane does: with what follows from it.
    pub(super) fn apply<R: Send + 'static>(
        &self,
        job: impl FnOnce(&crate::Inner, &mut dyn Tx, Timestamp, &mut Ripple) -> Result<R, StoreError> + Send + 'static,
    ) -> R {
        let (inner, now) = (self.hub.inner.clone(), self.hub.now());
        self.hub
            .store()
            .change(move |tx| {
                let mut ripple = Ripple::default();
                let result = job(&inner, tx, now, &mut ripple)?;
                apply::finish(&inner, tx, &mut ripple)?;
                Ok(result)
            })
            .unwrap()
    }

    pub(super) fn items(&self, codes: &[&str]) {
        let items: Vec<Item> = codes
            .iter()
            .map(|code| Item {
                code: (*code).to_owned(),
                name: format!("Item {code}"),
                barcode: String::new(),
                active: true,
            })
            .collect();
        self.apply(move |_, tx, now, _| tx.put_items(&items, now));
    }

    /// Sees an order at its channel.
    pub(super) fn see(&self, connection: &'static str, order: ChannelOrder) {
        let raw = serde_json::to_vec(&order).unwrap();
        self.apply(move |inner, tx, now, ripple| apply::order_seen(inner, tx, connection, order, &raw, now, ripple));
    }

    /// Lets something happen to an order of John Lewis.
    pub(super) fn happen(&self, number: &str, event: OrderEvent) {
        let key = format!("{JL}/{number}");
        self.apply(move |inner, tx, now, ripple| {
            let row = tx.flow_by_key(FlowKind::Order, &key)?.unwrap();
            apply::order_event(inner, tx, row, event, now, ripple)
        });
    }

    /// The warehouse order was created and read back.
    pub(super) fn in_warehouse(&self, number: &str) {
        let (kind, evidence) = (OperationKind::CreateOrder, "1 line read back, released".to_owned());
        self.happen(number, OrderEvent::Done { kind, evidence });
    }

    /// A parcel with one unit of item `A` left the warehouse.
    pub(super) fn despatch(&self, warehouse_number: &str, carrier: &str, left: Timestamp) {
        let row = DespatchRow {
            order_number: warehouse_number.to_owned(),
            despatch_number: format!("D-{warehouse_number}"),
            carrier: carrier.to_owned(),
            service: String::new(),
            despatched_at: left,
            tracking: format!("T-{warehouse_number}"),
            item: "A".to_owned(),
            line: "1".to_owned(),
            parent: None,
            quantity: 1,
        };
        self.apply(move |inner, tx, now, ripple| apply::despatch_rows(inner, tx, &[row], now, ripple));
    }

    pub(super) fn carriers(&self, connection: &'static str, list: &[(&str, &str)]) {
        let list: Vec<Carrier> =
            list.iter().map(|(code, name)| Carrier { code: (*code).to_owned(), name: (*name).to_owned() }).collect();
        self.apply(move |_, tx, _, _| tx.put_carriers(connection, &list));
    }

    /// Lists SKUs at a channel, each showing five units, and gives each item its stock.
    pub(super) fn stock(&self, connection: &'static str, skus: &[String], available: i64) {
        let listings: Vec<Listing> = skus
            .iter()
            .map(|sku| Listing {
                id: format!("L-{sku}"),
                sku: sku.clone(),
                title: format!("Listing {sku}"),
                published: 5,
                active: true,
                inactive_because: String::new(),
            })
            .collect();
        let now = self.hub.now();
        self.apply(move |inner, tx, now, ripple| {
            let rows = tx.put_listings(connection, &listings, now, now)?;
            apply::recompute_listings(inner, tx, &rows, ripple)
        });
        let figures = skus.iter().map(|sku| Available { item: sku.clone(), available }).collect();
        self.hub.feed_availability(figures, now, now).unwrap();
    }

    /// Makes the next call of a lane and answers it with an HTTP status.
    pub(super) fn answer(&self, connection: &str, status: u16) {
        let now = self.hub.now();
        let LaneTurn::Call(call) = self.hub.next_call(connection, now).unwrap() else {
            panic!("{connection} had nothing to ask");
        };
        let response = http::Response::builder().status(status).body(Bytes::new()).unwrap();
        self.hub.completed(connection, call.ticket, Ok(Reply { response, at: now }), now).unwrap();
    }

    pub(super) fn page(&self, id: &str) -> OrderPage {
        self.hub.order(id).unwrap().unwrap()
    }

    pub(super) fn why(&self, id: &str) -> String {
        self.hub.why(id).unwrap().sentence
    }

    /// The only open group.
    pub(super) fn group(&self) -> ExceptionGroup {
        let mut groups = self.hub.exceptions().unwrap();
        assert_eq!(groups.len(), 1, "{groups:#?}");
        groups.remove(0)
    }

    /// Acts as Pat and returns what was said, done or refused.
    pub(super) fn act(&self, act: &Act) -> Result<String, String> {
        self.hub.act("pat", act).map(|done| done.sentence).map_err(|refused| refused.sentence)
    }
}

/// An order of one unit that may be picked, placed at nine, to leave by three in the afternoon.
pub(super) fn order(number: &str, sku: &str) -> ChannelOrder {
    ChannelOrder {
        id: number.to_owned(),
        number: number.to_owned(),
        aliases: vec![format!("basket-{number}")],
        readiness: Readiness::Ready,
        remote_state: "SHIPPING".to_owned(),
        placed_at: at(0),
        updated_at: at(0),
        ship_by: Some(at(360)),
        delivery: Delivery::Ship,
        service: "Standard".to_owned(),
        message: "".into(),
        contact: Contact::default(),
        ship_to: Address {
            recipient: "Rowena Ashworth".into(),
            line1: "14 Marigold Court".into(),
            city: "Leeds".into(),
            postcode: "LS1 4AP".into(),
            country_code: "GB".to_owned(),
            country: "United Kingdom".to_owned(),
            ..Address::default()
        },
        total: Some(Money::from_minor(8_400, Currency::GBP)),
        shipping: None,
        lines: vec![OrderLine {
            id: format!("{number}-1"),
            sku: Some(sku.to_owned()),
            barcode: None,
            title: "Waffle towels".to_owned(),
            quantity: 1,
            open: 1,
            unit_price: None,
            cancelled: false,
        }],
        shipments: Vec::new(),
    }
}
