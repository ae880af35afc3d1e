//! A desk whose every text is hostile.

use std::sync::Mutex;

use crossdock_desk::{
    Act, ActDone, ActRefused, AddressParts, CallView, ChannelFigure, ConnectionView, Desk, DeskError, DespatchFilter,
    DespatchList, DespatchRowView, Due, ExceptionGroup, ExceptionView, FigureState, GuardView, HourBar, LineView,
    OrderCounts, OrderFilter, OrderList, OrderPage, OrderRow, ParcelView, QueueView, ScheduleView, Side, Sides, Spread,
    Step, StepMark, StockCounts, StockFilter, StockList, StockRow, Today, Tone, Why, WindowView,
};
use crossdock_model::{Address, ConnectionState, Contact, Currency, Money};
use jiff::Timestamp;

/// What a remote could say to break a page.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\"'&";
/// An order number that a spreadsheet would run.
pub(crate) const FORMULA: &str = "=HYPERLINK(\"x\")/1";
/// A customer's name that must stay under cover.
pub(crate) const NAME: &str = "Zoë Canary";

fn evil() -> String {
    EVIL.to_owned()
}

/// The clock of all tests: 08:24 in London.
pub(crate) fn now() -> Timestamp {
    "2026-07-13T07:24:00Z".parse().unwrap()
}

/// What the desk does.
#[derive(Default)]
pub(crate) struct HostileDesk {
    /// Acts that arrived.
    pub(crate) acts: Mutex<Vec<Act>>,
    /// Filters that arrived.
    pub(crate) filters: Mutex<Vec<OrderFilter>>,
    /// Whether the database is away.
    pub(crate) down: bool,
    /// Whether nothing ever happened.
    pub(crate) empty: bool,
}

impl HostileDesk {
    fn up(&self) -> Result<(), DeskError> {
        if self.down { Err(DeskError::Store("disk full".to_owned())) } else { Ok(()) }
    }
}

fn due() -> Due {
    Due { at: "2026-07-13T09:14:00Z".parse().unwrap(), words: evil(), tone: Tone::Risk }
}

fn row(number: &str) -> OrderRow {
    OrderRow {
        number: number.to_owned(),
        channel: evil(),
        state: "held".to_owned(),
        words: evil(),
        tone: Tone::Broken,
        lines: 1,
        units: 1,
        total: Some(Money::from_minor(8_400, Currency::GBP)),
        place: evil(),
        placed: now(),
        received: now(),
        due: Some(due()),
    }
}

fn group() -> ExceptionGroup {
    ExceptionGroup {
        fingerprint: format!("sku.unknown/john-lewis/{EVIL}"),
        cause: "sku.unknown".to_owned(),
        sentence: evil(),
        next_action: evil(),
        owner: evil(),
        tone: Tone::Broken,
        count: 2,
        at_risk: Some(Money::from_minor(124_000, Currency::GBP)),
        first_due: Some(due().at),
        first_seen: now(),
        last_seen: now(),
        per_hour: vec![0, 2],
        exceptions: [FORMULA, EVIL]
            .map(|order| ExceptionView {
                id: 1,
                order: order.to_owned(),
                connection: evil(),
                detail: evil(),
                opened: now(),
                due: Some(due().at),
                at_risk: None,
            })
            .to_vec(),
    }
}

fn connection() -> ConnectionView {
    ConnectionView {
        name: evil(),
        kind: evil(),
        role: "channel".to_owned(),
        state: Some(ConnectionState::AuthFailed),
        words: evil(),
        detail: evil(),
        tone: Tone::Broken,
        last_good: Some(now()),
        schedules: vec![ScheduleView {
            name: evil(),
            last_good: Some(now()),
            next: Some(now()),
            watermark: None,
            failures: 3,
            problem: evil(),
            tone: Tone::Risk,
        }],
        windows: vec![WindowView { name: evil(), used: 9, limit: 15, per_seconds: 15 }],
        queue: vec![QueueView { what: evil(), waiting: 1, in_doubt: 1, held: 1 }],
        push: evil(),
    }
}

fn why(id: &str) -> Why {
    Why {
        id: id.to_owned(),
        known: false,
        sentence: evil(),
        state: None,
        cause: Some("sku.unknown".to_owned()),
        owner: Some(evil()),
        fix: Some(evil()),
        due: Some(due()),
        others: 14,
        tone: Tone::Broken,
    }
}

fn side() -> Side {
    Side { who: evil(), what: evil(), seen: Some(now()), tone: Tone::Risk }
}

fn page() -> OrderPage {
    OrderPage {
        row: row(FORMULA),
        why: why(FORMULA),
        warehouse_number: Some(evil()),
        aliases: vec![evil()],
        contact: Contact { name: NAME.into(), email: "zoe.canary@example.com".into(), phone: "0113 4960812".into() },
        ship_to: Address {
            recipient: NAME.into(),
            line1: "14 Marigold Court".into(),
            postcode: "LS1 4AP".into(),
            country: evil(),
            ..Address::default()
        },
        message: format!("{NAME} {EVIL}"),
        service: evil(),
        sides: Sides { channel: side(), hub: side(), warehouse: side(), disagreement: Some(evil()) },
        steps: [StepMark::Done, StepMark::Waiting, StepMark::Stopped, StepMark::Next]
            .map(|mark| Step {
                at: (mark != StepMark::Next).then(now),
                gap: evil(),
                mark,
                text: evil(),
                actor: evil(),
                detail: evil(),
            })
            .to_vec(),
        lines: vec![LineView {
            position: 1,
            sku: evil(),
            item: Some(evil()),
            title: evil(),
            quantity: 1,
            despatched: 0,
            confirmed: 0,
            problem: Some(evil()),
        }],
        parcels: vec![ParcelView {
            despatch: evil(),
            carrier: evil(),
            tracking: evil(),
            despatched: now(),
            confirmed: None,
            words: evil(),
            tone: Tone::Risk,
            items: vec![(evil(), 1)],
        }],
        calls: vec![CallView {
            reference: evil(),
            connection: evil(),
            what: evil(),
            phase: evil(),
            stage: evil(),
            attempts: 1,
            planned: now(),
            moved: now(),
            evidence: evil(),
            tone: Tone::Ok,
        }],
        raw: Some(format!("{{\"name\": \"{NAME}\"}} {EVIL}")),
        acts: vec![(
            Act::CorrectAddress {
                order: FORMULA.to_owned(),
                parts: AddressParts {
                    recipient: NAME.into(),
                    line1: "14 Marigold Court".into(),
                    city: evil().into(),
                    postcode: "LS1 4AP".into(),
                    ..AddressParts::default()
                },
            },
            evil(),
        )],
    }
}

impl Desk for HostileDesk {
    fn now(&self) -> Timestamp {
        now()
    }

    fn version(&self) -> u64 {
        7
    }

    fn merchant(&self) -> String {
        evil()
    }

    fn today(&self) -> Result<Today, DeskError> {
        self.up()?;
        Ok(Today {
            now: now(),
            zone: "Europe/London".to_owned(),
            health: evil(),
            health_tone: Tone::Risk,
            needs: if self.empty { Vec::new() } else { vec![group()] },
            orders: OrderCounts::default(),
            per_hour: if self.empty {
                Vec::new()
            } else {
                vec![HourBar { from: now(), by_channel: vec![(evil(), 3)] }]
            },
            to_warehouse: Spread::default(),
            to_confirm: Spread::default(),
            stock: StockCounts::default(),
            feeds: if self.empty { Vec::new() } else { vec![connection()] },
        })
    }

    fn orders(&self, filter: &OrderFilter) -> Result<OrderList, DeskError> {
        self.up()?;
        self.filters.lock().unwrap().push(filter.clone());
        let rows = if self.empty { Vec::new() } else { vec![row(FORMULA), row(EVIL)] };
        Ok(OrderList { total: rows.len() as u64, rows, page: 1, pages: 1 })
    }

    fn order(&self, id: &str) -> Result<Option<OrderPage>, DeskError> {
        self.up()?;
        Ok((id == FORMULA).then(page))
    }

    fn find(&self, text: &str) -> Result<Vec<OrderRow>, DeskError> {
        Ok(match text {
            "one" => vec![row(FORMULA)],
            "two" => vec![row(FORMULA), row("JL/2 B")],
            _ => Vec::new(),
        })
    }

    fn why(&self, id: &str) -> Result<Why, DeskError> {
        Ok(why(id))
    }

    fn exceptions(&self) -> Result<Vec<ExceptionGroup>, DeskError> {
        self.up()?;
        Ok(if self.empty { Vec::new() } else { vec![group()] })
    }

    fn stock(&self, filter: &StockFilter) -> Result<StockList, DeskError> {
        self.up()?;
        if self.empty || filter.text.is_some() {
            return Ok(StockList::default());
        }
        Ok(StockList {
            rows: vec![StockRow {
                item: FORMULA.to_owned(),
                name: evil(),
                available: Some(3),
                observed: Some(now()),
                pending: 1,
                kit: true,
                channels: vec![ChannelFigure {
                    connection: evil(),
                    sku: evil(),
                    buffer: 1,
                    desired: Some(1),
                    sent: Some(1),
                    read_back: Some(2),
                    read_back_at: Some(now()),
                    state: FigureState::Differs,
                    words: evil(),
                    formula: evil(),
                    tone: Tone::Risk,
                }],
            }],
            total: 1,
            page: 1,
            pages: 1,
            guards: vec![GuardView { connection: evil(), sentence: evil(), since: now() }],
        })
    }

    fn despatches(&self, _: &DespatchFilter) -> Result<DespatchList, DeskError> {
        self.up()?;
        if self.empty {
            return Ok(DespatchList::default());
        }
        Ok(DespatchList {
            rows: vec![DespatchRowView {
                order: FORMULA.to_owned(),
                channel: evil(),
                despatch: evil(),
                carrier: evil(),
                tracking: evil(),
                despatched: now(),
                confirmed: None,
                words: evil(),
                tone: Tone::Broken,
                due: Some(due()),
            }],
            total: 1,
            open: 1,
            page: 1,
            pages: 1,
        })
    }

    fn connections(&self) -> Result<Vec<ConnectionView>, DeskError> {
        self.up()?;
        Ok(if self.empty { Vec::new() } else { vec![connection()] })
    }

    fn act(&self, _: &str, act: &Act) -> Result<ActDone, ActRefused> {
        self.acts.lock().unwrap().push(act.clone());
        match act {
            Act::Reconnect { .. } => Err(ActRefused { sentence: "The password is still refused.".to_owned() }),
            _ => Ok(ActDone { sentence: "Mapped. 15 orders go on.".to_owned() }),
        }
    }
}
