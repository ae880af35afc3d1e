//! A desk that says back whatever it was asked, and a door that takes everything: what the console then sends out must be
//! harmless all the same.

use std::sync::Mutex;

use crossdock_console::{Delivery, Door};
use crossdock_desk::{
    Act, ActDone, ActRefused, ConnectionView, Desk, DeskError, DespatchFilter, DespatchList, DespatchRowView,
    ExceptionGroup, LineView, OrderCounts, OrderFilter, OrderList, OrderPage, OrderRow, Side, Sides, Spread,
    StockCounts, StockFilter, StockList, StockRow, Today, Tone, Why,
};
use crossdock_model::{Address, Contact, Currency, Money};
use jiff::Timestamp;

use crate::check::now;

/// A customer's name, which stays under cover until somebody asks for it.
pub(crate) const NAME: &str = "Zoë Canary";

/// The desk; it keeps the acts that arrived.
#[derive(Default)]
pub(crate) struct Echo {
    pub(crate) acts: Mutex<Vec<Act>>,
}

impl Echo {
    /// The acts since the last question.
    pub(crate) fn take(&self) -> Vec<Act> {
        std::mem::take(&mut *self.acts.lock().expect("nothing panics while it holds this"))
    }
}

fn row(number: &str, words: &str) -> OrderRow {
    OrderRow {
        number: number.to_owned(),
        channel: words.to_owned(),
        state: "held".to_owned(),
        words: words.to_owned(),
        tone: Tone::Risk,
        lines: 1,
        units: 1,
        total: Some(Money::from_minor(8_400, Currency::GBP)),
        place: words.to_owned(),
        placed: now(),
        received: now(),
        due: None,
    }
}

fn said(id: &str) -> Why {
    Why {
        id: id.to_owned(),
        known: false,
        sentence: format!("Nothing is known of {id}."),
        state: None,
        cause: None,
        owner: None,
        fix: None,
        due: None,
        others: 0,
        tone: Tone::Waiting,
    }
}

impl Desk for Echo {
    fn now(&self) -> Timestamp {
        now()
    }

    fn version(&self) -> u64 {
        1
    }

    fn merchant(&self) -> String {
        "Acme Home".to_owned()
    }

    fn today(&self) -> Result<Today, DeskError> {
        Ok(Today {
            now: now(),
            zone: "Europe/London".to_owned(),
            health: "All is well.".to_owned(),
            health_tone: Tone::Ok,
            needs: Vec::new(),
            orders: OrderCounts::default(),
            per_hour: Vec::new(),
            to_warehouse: Spread::default(),
            to_confirm: Spread::default(),
            stock: StockCounts::default(),
            feeds: Vec::new(),
        })
    }

    fn orders(&self, filter: &OrderFilter) -> Result<OrderList, DeskError> {
        let words = [&filter.channel, &filter.state, &filter.cause, &filter.text];
        let rows: Vec<OrderRow> = words.into_iter().flatten().map(|words| row(words, words)).collect();
        Ok(OrderList { total: u64::from(filter.page) * 50, rows, page: filter.page, pages: u32::MAX })
    }

    fn order(&self, id: &str) -> Result<Option<OrderPage>, DeskError> {
        if !id.starts_with("JL") {
            return Ok(None);
        }
        let side = || Side { who: id.to_owned(), what: id.to_owned(), seen: Some(now()), tone: Tone::Ok };
        Ok(Some(OrderPage {
            row: row(id, id),
            why: Why { known: true, ..said(id) },
            warehouse_number: Some(id.to_owned()),
            aliases: vec![id.to_owned()],
            contact: Contact { name: NAME.into(), email: format!("{NAME}@example.org").into(), phone: NAME.into() },
            ship_to: Address { recipient: NAME.into(), line1: NAME.into(), ..Address::default() },
            message: String::new(),
            service: id.to_owned(),
            sides: Sides { channel: side(), hub: side(), warehouse: side(), disagreement: Some(id.to_owned()) },
            steps: Vec::new(),
            lines: vec![LineView {
                position: 1,
                sku: id.to_owned(),
                item: None,
                title: id.to_owned(),
                quantity: 1,
                despatched: 0,
                confirmed: 0,
                problem: Some(id.to_owned()),
            }],
            parcels: Vec::new(),
            calls: Vec::new(),
            raw: Some(id.to_owned()),
            acts: vec![(Act::Replay { order: id.to_owned() }, id.to_owned())],
        }))
    }

    fn find(&self, text: &str) -> Result<Vec<OrderRow>, DeskError> {
        // Two of a kind, so that the page is shown; one, so that it is left for the order's own.
        let count = match text.len() % 3 {
            0 => 0,
            1 => 1,
            _ => 2,
        };
        Ok(vec![row(text, text); count])
    }

    fn why(&self, id: &str) -> Result<Why, DeskError> {
        Ok(said(id))
    }

    fn exceptions(&self) -> Result<Vec<ExceptionGroup>, DeskError> {
        Ok(Vec::new())
    }

    fn stock(&self, filter: &StockFilter) -> Result<StockList, DeskError> {
        let item = |text: &String| StockRow {
            item: text.clone(),
            name: text.clone(),
            available: Some(-3),
            observed: Some(now()),
            pending: 0,
            kit: false,
            channels: Vec::new(),
        };
        let rows = filter.text.iter().chain(&filter.only).map(item).collect();
        Ok(StockList { rows, total: 2, page: filter.page, pages: 1, guards: Vec::new() })
    }

    fn despatches(&self, filter: &DespatchFilter) -> Result<DespatchList, DeskError> {
        let parcel = |text: &String| DespatchRowView {
            order: text.clone(),
            channel: text.clone(),
            despatch: text.clone(),
            carrier: text.clone(),
            tracking: text.clone(),
            despatched: now(),
            confirmed: None,
            words: text.clone(),
            tone: Tone::Waiting,
            due: None,
        };
        Ok(DespatchList {
            rows: filter.channel.iter().map(parcel).collect(),
            total: 1,
            open: u64::from(filter.open),
            page: filter.page,
            pages: 1,
        })
    }

    fn connections(&self) -> Result<Vec<ConnectionView>, DeskError> {
        Ok(Vec::new())
    }

    fn act(&self, _: &str, act: &Act) -> Result<ActDone, ActRefused> {
        self.acts.lock().expect("nothing panics while it holds this").push(act.clone());
        let sentence = format!("Heard: {}", serde_json::to_string(act).unwrap_or_default());
        if matches!(act, Act::Replay { .. }) { Err(ActRefused { sentence }) } else { Ok(ActDone { sentence }) }
    }
}

/// A door that answers by the length of what came.
pub(crate) struct Everything;

impl Door for Everything {
    fn deliver(&self, delivery: Delivery) -> u16 {
        [200, 404, 503, 400, 0][delivery.body.len() % 5]
    }
}
