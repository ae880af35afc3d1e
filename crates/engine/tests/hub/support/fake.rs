//! A scripted connector and the tiny remote behind it.
//!
//! Every operation looks, writes and looks again; stock is one absolute write. The remote keeps its own log of what it
//! carried out, and that log, not the hub's database, is what tests believe.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use crossdock_connector::{
    Budget, Call, Capability, Connector, Evidence, Failure, Hint, Intake, Observation, Operation, OperationKind,
    Outcome, Page, Read, ReadKind, ReadReply, RejectCode, Rejection, Repeat, Reply, SendError, Session, Stage,
    StageKind, Step, WebhookRequest,
};
use crossdock_model::{
    Available, Carrier, ChannelOrder, ConnectionHealth, ConnectionName, ConnectionState, DespatchRow, Item, KitPart,
    Listing, Private, WarehouseOrder,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// Carried out, and the reply is lost.
    LostAfter,
    /// Lost before anything was done.
    LostBefore,
    /// No byte left.
    NotSent,
    /// Carried out; the reply mentions only this many rows.
    OnlyRows(usize),
    /// The remote asks to wait this many seconds.
    Throttled(i64),
    /// Nothing goes wrong: spares the calls before the one that is meant.
    Fine,
}

/// How the remote answers a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    Wrong,
    Down,
    /// Lets everybody in and forgets them at once.
    Forgetful,
}

/// A call as the remote saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
    /// `login`, `read orders`, `create_order write`.
    pub(crate) what: String,
    /// The ids, order numbers, packages or figures in it.
    pub(crate) objects: Vec<String>,
}

enum Answer {
    Read(Result<ReadReply, Failure>),
    Outcomes(Vec<Outcome>),
    Login(Result<(), Failure>),
}

/// What the remote holds.
pub(crate) struct Remote {
    pub(crate) items: Vec<Item>,
    pub(crate) parts: Vec<KitPart>,
    pub(crate) available: BTreeMap<String, i64>,
    pub(crate) orders: Vec<ChannelOrder>,
    /// Documents that cannot be understood: order id and raw text.
    pub(crate) unreadable: Vec<(Option<String>, String)>,
    pub(crate) listings: BTreeMap<String, i64>,
    /// How many listings it shows on a page.
    pub(crate) listings_a_page: usize,
    pub(crate) carriers: Vec<Carrier>,
    pub(crate) despatches: Vec<DespatchRow>,
    /// How often each thing was carried out.
    pub(crate) done: BTreeMap<String, u32>,
    /// Warehouse orders that somebody cancelled, or deleted.
    pub(crate) cancelled: BTreeSet<String>,
    pub(crate) deleted: BTreeSet<String>,
    /// What it says of itself when its health is read.
    pub(crate) facts: Vec<(String, String)>,
    /// A read of this kind is answered with a failure.
    pub(crate) mute: Option<ReadKind>,
    /// So many writes make an operation whole; a look that finds fewer leads on to the next one.
    pub(crate) whole_after: u32,
    /// How long after a write it asks to be looked at.
    pub(crate) check_after: SignedDuration,
    /// Whether a look needs a second call before it can say anything.
    pub(crate) looks_twice: bool,
    /// Faults for the coming writes.
    pub(crate) faults: VecDeque<Fault>,
    /// A batch that holds one of these objects or listings is refused as a whole.
    pub(crate) poison: BTreeSet<String>,
    /// What cannot be said in its language at all.
    pub(crate) unsayable: BTreeSet<String>,
    /// By object, under which references it was asked for things.
    pub(crate) references: BTreeMap<String, BTreeSet<String>>,
    /// The stages of each object as they were asked for, with the note that each was given.
    pub(crate) notes: BTreeMap<String, Vec<(String, Value)>>,
    /// Takes stock figures and shows what it showed before.
    pub(crate) ignores_stock: bool,
    /// How it answers a login.
    pub(crate) door: Door,
    pub(crate) logged_in: bool,
    pub(crate) log: Vec<Asked>,
    answers: Vec<Answer>,
}

impl Remote {
    pub(crate) fn asked(&self, what: &str) -> Vec<Asked> {
        self.log.iter().filter(|asked| asked.what == what).cloned().collect()
    }

    pub(crate) fn times(&self, object: &str) -> u32 {
        self.done.get(object).copied().unwrap_or(0)
    }
}

/// The connector; cloned handles share the remote.
pub(crate) struct Fake {
    name: ConnectionName,
    warehouse: bool,
    pub(crate) reads: Vec<ReadKind>,
    pub(crate) budget: (u32, i64),
    pub(crate) in_flight: usize,
    pub(crate) batch: usize,
    /// How many a look carries, where that is another number.
    pub(crate) looks_at: Option<usize>,
    pub(crate) sessions: bool,
    pub(crate) push: bool,
    /// What the same write again does.
    pub(crate) repeat: Repeat,
    remote: Mutex<Remote>,
}

impl Fake {
    pub(crate) fn new(name: &str, warehouse: bool, reads: &[ReadKind]) -> Self {
        Self {
            name: ConnectionName::new(name).unwrap(),
            warehouse,
            reads: reads.to_vec(),
            budget: (1_000, 1),
            in_flight: 1,
            batch: 10,
            looks_at: None,
            sessions: false,
            push: false,
            repeat: Repeat::Doubles,
            remote: Mutex::new(Remote {
                items: Vec::new(),
                parts: Vec::new(),
                available: BTreeMap::new(),
                orders: Vec::new(),
                unreadable: Vec::new(),
                listings: BTreeMap::new(),
                listings_a_page: usize::MAX,
                carriers: Vec::new(),
                despatches: Vec::new(),
                done: BTreeMap::new(),
                cancelled: BTreeSet::new(),
                deleted: BTreeSet::new(),
                facts: Vec::new(),
                mute: None,
                whole_after: 1,
                check_after: SignedDuration::ZERO,
                looks_twice: false,
                faults: VecDeque::new(),
                poison: BTreeSet::new(),
                unsayable: BTreeSet::new(),
                references: BTreeMap::new(),
                notes: BTreeMap::new(),
                ignores_stock: false,
                door: Door::Open,
                logged_in: false,
                log: Vec::new(),
                answers: Vec::new(),
            }),
        }
    }

    pub(crate) fn remote(&self) -> MutexGuard<'_, Remote> {
        self.remote.lock().unwrap()
    }

    fn call(label: &'static str, body: &Value) -> Call {
        Call {
            request: http::Request::post("/").body(Bytes::from(body.to_string())).unwrap(),
            windows: vec!["calls"],
            label,
        }
    }

    /// The remote's side: `arrived` is when it counts the call.
    pub(crate) fn serve(&self, call: &Call, arrived: Timestamp) -> Result<Bytes, SendError> {
        let body: Value = serde_json::from_slice(call.request.body()).unwrap();
        let mut remote = self.remote();
        let answer = match body["is"].as_str().unwrap() {
            "login" => remote.login(arrived),
            "read" => {
                let read: Read = serde_json::from_value(body["read"].clone()).unwrap();
                remote.read(&read, arrived, self.sessions)
            }
            _ => remote.stage(&body, arrived, self.sessions)?,
        };
        remote.answers.push(answer);
        Ok(Bytes::from((remote.answers.len() - 1).to_string()))
    }

    fn answer<R>(&self, reply: &Reply, take: impl FnOnce(&Answer) -> R) -> R {
        let index: usize = std::str::from_utf8(reply.body()).unwrap().parse().unwrap();
        take(&self.remote().answers[index])
    }
}

/// What an operation is about, in the remote's log.
pub(crate) fn object(operation: &Operation) -> String {
    match operation {
        Operation::CreateOrder(draft) => draft.number.clone(),
        Operation::AcceptOrder { order_id, .. } => format!("accept {order_id}"),
        Operation::ConfirmDespatch(shipment) => shipment.package.clone(),
        Operation::Watch { event, .. } => event.as_str().to_owned(),
        Operation::SetStock { lines } => {
            let figures: Vec<_> = lines.iter().map(|line| format!("{}={}", line.listing, line.quantity)).collect();
            figures.join(" ")
        }
    }
}

impl Remote {
    fn login(&mut self, at: Timestamp) -> Answer {
        self.log.push(Asked { at, what: "login".to_owned(), objects: Vec::new() });
        self.logged_in = self.door == Door::Open;
        Answer::Login(match self.door {
            Door::Open | Door::Forgetful => Ok(()),
            Door::Wrong => Err(Failure::Denied("wrong password".to_owned())),
            Door::Down => Err(Failure::Retry("a web page".to_owned())),
        })
    }

    fn read(&mut self, read: &Read, at: Timestamp, sessions: bool) -> Answer {
        let objects = match read {
            Read::OrdersById { ids } => ids.clone(),
            Read::Availability { items, .. } => items.clone(),
            Read::DespatchesOf { orders, .. } | Read::WarehouseOrders { orders, .. } => orders.clone(),
            _ => Vec::new(),
        };
        self.log.push(Asked { at, what: format!("read {}", read.kind().as_str()), objects: objects.clone() });
        if sessions && !self.logged_in {
            return Answer::Read(Err(Failure::Reauth));
        }
        if self.mute == Some(read.kind()) {
            return Answer::Read(Err(Failure::Rejected(Rejection::new(RejectCode::NotFound, "no such report"))));
        }
        let wanted = |id: &str| objects.is_empty() || objects.iter().any(|object| object == id);
        let observations = match read.kind() {
            ReadKind::Health => vec![Observation::Health(ConnectionHealth {
                state: ConnectionState::Live,
                detail: "it answers".to_owned(),
            })],
            ReadKind::Orders | ReadKind::OrdersById => self.documents(&wanted),
            ReadKind::Listings => self.listed(),
            ReadKind::Carriers => self.carriers.iter().cloned().map(Observation::Carrier).collect(),
            ReadKind::Items => self.items.iter().cloned().map(Observation::Item).collect(),
            ReadKind::Kits => self.parts.iter().cloned().map(Observation::KitPart).collect(),
            ReadKind::Availability => {
                let figures = self.available.iter().filter(|(item, _)| wanted(item));
                figures
                    .map(|(item, units)| {
                        let (item, available) = (item.clone(), *units);
                        Observation::Available(Available { item, available })
                    })
                    .collect()
            }
            ReadKind::Despatches | ReadKind::DespatchesOf => {
                self.despatches.iter().cloned().map(Observation::Despatch).collect()
            }
            ReadKind::WarehouseOrders => self.stored(&objects),
        };
        let (mut observations, mut next) = (observations, None);
        if let Read::Listings { page } = read {
            let begun: usize = page.0.parse().unwrap_or(0);
            let end = begun.saturating_add(self.listings_a_page);
            next = (end < observations.len()).then(|| Read::Listings { page: Page(end.to_string()) });
            observations = observations.into_iter().skip(begun).take(self.listings_a_page).collect();
        }
        let facts = if read.kind() == ReadKind::Health { self.facts.clone() } else { Vec::new() };
        Answer::Read(Ok(ReadReply { observations, next, facts }))
    }

    /// The warehouse orders of these numbers that are there.
    fn stored(&self, numbers: &[String]) -> Vec<Observation> {
        let there = numbers.iter().filter(|number| self.times(number) > 0 && !self.deleted.contains(*number));
        there
            .map(|number| {
                let cancelled = self.cancelled.contains(number);
                let status = if cancelled { "Cancelled" } else { "New" }.to_owned();
                let (number, on_hold, lines) = (number.clone(), Some(false), Vec::new());
                Observation::WarehouseOrder(WarehouseOrder { number, status, on_hold, cancelled, lines })
            })
            .collect()
    }

    fn documents(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<Observation> {
        let readable = self
            .orders
            .iter()
            .filter(|order| wanted(&order.id))
            .map(|order| Observation::Order { order: Box::new(order.clone()), raw: Bytes::from(raw(order)) });
        let rest = self.unreadable.iter().map(|(id, text)| Observation::Unreadable {
            id: id.clone(),
            reason: "the total is not an amount".to_owned(),
            raw: Bytes::from(text.clone()),
        });
        readable.chain(rest).collect()
    }

    fn listed(&self) -> Vec<Observation> {
        let listing = |(sku, published): (&String, &i64)| {
            Observation::Listing(Listing {
                id: sku.clone(),
                sku: sku.clone(),
                title: format!("Article {sku}"),
                published: *published,
                active: true,
                inactive_because: String::new(),
            })
        };
        self.listings.iter().map(listing).collect()
    }

    fn stage(&mut self, body: &Value, at: Timestamp, sessions: bool) -> Result<Answer, SendError> {
        let stage = body["stage"].as_str().unwrap().to_owned();
        let operations: Vec<Operation> = body["operations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap())
            .collect();
        let asked = Asked {
            at,
            what: format!("{} {stage}", operations[0].kind().as_str()),
            objects: operations.iter().map(object).collect(),
        };
        for (place, object) in asked.objects.iter().enumerate() {
            let reference = body["effects"][place].as_str().unwrap().to_owned();
            self.references.entry(object.clone()).or_default().insert(reference);
            self.notes.entry(object.clone()).or_default().push((stage.clone(), body["notes"][place].clone()));
        }
        let writes = stage == "write";
        let fault = if writes { self.faults.pop_front().unwrap_or(Fault::Fine) } else { Fault::Fine };
        if fault == Fault::NotSent {
            return Err(SendError::NotSent("no such host".to_owned()));
        }
        self.log.push(asked.clone());
        let all = |failure: Failure| Ok(Answer::Outcomes(vec![Outcome::NotDone(failure); operations.len()]));
        if sessions && !self.logged_in {
            return all(Failure::Reauth);
        }
        if fault == Fault::LostBefore {
            return Err(SendError::Lost("time-out".to_owned()));
        }
        if let Fault::Throttled(seconds) = fault {
            return all(Failure::Throttled(Some(SignedDuration::from_secs(seconds))));
        }
        if writes && operations.iter().any(|operation| self.is_poison(operation)) {
            let refusal = Rejection::new(RejectCode::RefusedByRemote, "the file has a bad row");
            return Ok(Answer::Outcomes(vec![Outcome::Rejected(refusal); operations.len()]));
        }
        let mut outcomes: Vec<Outcome> = operations.iter().map(|operation| self.carry_out(operation, &stage)).collect();
        match fault {
            Fault::LostAfter => return Err(SendError::Lost("connection reset".to_owned())),
            Fault::OnlyRows(rows) => outcomes.truncate(rows),
            _ => {}
        }
        Ok(Answer::Outcomes(outcomes))
    }

    fn is_poison(&self, operation: &Operation) -> bool {
        match operation {
            Operation::SetStock { lines } => lines.iter().any(|line| self.poison.contains(&line.listing)),
            other => self.poison.contains(&object(other)),
        }
    }

    fn carry_out(&mut self, operation: &Operation, stage: &str) -> Outcome {
        let object = object(operation);
        if let Operation::SetStock { lines } = operation {
            *self.done.entry(object).or_default() += 1;
            for line in lines.iter().filter(|_| !self.ignores_stock) {
                self.listings.insert(line.listing.clone(), line.quantity);
            }
            return Outcome::Done(Evidence::text("taken"));
        }
        let note = json!({ "since": stage });
        match (stage, self.times(&object)) {
            ("write", _) => {
                *self.done.entry(object).or_default() += 1;
                let (stage, after) = (Stage::new("check"), self.check_after);
                Outcome::Next { stage, after, note }
            }
            ("look", _) if self.looks_twice => {
                Outcome::Next { stage: Stage::new("check"), after: SignedDuration::ZERO, note }
            }
            (_, 0) => Outcome::Absent { stage: Stage::new("write"), note },
            (_, times) if times < self.whole_after => {
                Outcome::Next { stage: Stage::new("write"), after: SignedDuration::ZERO, note }
            }
            _ => Outcome::Done(Evidence::text(format!("found {object}"))),
        }
    }
}

/// An order's document.
pub(crate) fn raw(order: &ChannelOrder) -> String {
    serde_json::to_string(order).unwrap()
}

impl Connector for Fake {
    fn kind(&self) -> &'static str {
        "fake"
    }

    fn connection(&self) -> &ConnectionName {
        &self.name
    }

    fn capabilities(&self, _: &Session) -> Vec<Capability> {
        let mut all = if self.warehouse {
            vec![Capability::Warehouse]
        } else {
            vec![Capability::Channel, Capability::PartialShipments]
        };
        all.extend(self.push.then_some(Capability::Push));
        all
    }

    fn reads(&self) -> Vec<ReadKind> {
        self.reads.clone()
    }

    fn login(&self) -> Option<Call> {
        self.sessions.then(|| Self::call("login", &json!({"is": "login"})))
    }

    fn logged_in(&self, reply: &Reply, session: &mut Session) -> Result<(), Failure> {
        self.answer(reply, |answer| match answer {
            Answer::Login(result) => result.clone(),
            _ => panic!("not the reply to a login"),
        })?;
        session.token = Some(Private::new("token".to_owned()));
        Ok(())
    }

    fn needs_login(&self, session: &Session) -> bool {
        self.sessions && session.token.is_none()
    }

    fn plan_read(&self, read: &Read, _: &Session) -> Result<Call, Rejection> {
        Ok(Self::call("read", &json!({"is": "read", "read": read})))
    }

    fn interpret_read(&self, _: &Read, _: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
        self.answer(reply, |answer| match answer {
            Answer::Read(result) => result.clone(),
            _ => panic!("not the reply to a read"),
        })
    }

    fn first_stage(&self, operation: &Operation, _: &Session) -> Stage {
        Stage::new(if operation.kind() == OperationKind::SetStock { "write" } else { "look" })
    }

    fn stage_kind(&self, operation: &Operation, stage: &Stage) -> StageKind {
        match (stage.as_str(), operation.kind()) {
            ("write", OperationKind::SetStock | OperationKind::Watch) => StageKind::Write(Repeat::Harmless),
            ("write", _) => StageKind::Write(self.repeat),
            _ => StageKind::Look,
        }
    }

    fn batch_limit(&self, _: OperationKind, stage: &Stage) -> usize {
        self.looks_at.filter(|_| stage.as_str() != "write").unwrap_or(self.batch)
    }

    /// A remote that says that it takes things `one by one` is asked about each alone.
    fn batch_key(&self, operation: &Operation, _: &Stage, session: &Session) -> String {
        session.fact("one by one").map_or_else(String::new, |_| object(operation))
    }

    fn plan(&self, steps: &[Step<'_>], _: &Session) -> Result<Call, Rejection> {
        let operations: Vec<String> = steps.iter().map(|step| serde_json::to_string(step.operation).unwrap()).collect();
        let unsayable = &self.remote().unsayable;
        if steps.iter().any(|step| unsayable.contains(&object(step.operation))) {
            return Err(Rejection::new(RejectCode::CannotExpress, "there is no word for it"));
        }
        let effects: Vec<&str> = steps.iter().map(|step| step.effect).collect();
        let notes: Vec<&Value> = steps.iter().map(|step| step.note).collect();
        let stage = steps[0].stage.as_str();
        let body = json!({"is": "stage", "stage": stage, "operations": operations, "effects": effects, "notes": notes});
        Ok(Self::call("stage", &body))
    }

    fn interpret(&self, _: &[Step<'_>], _: &Session, reply: &Reply) -> Vec<Outcome> {
        self.answer(reply, |answer| match answer {
            Answer::Outcomes(outcomes) => outcomes.clone(),
            _ => panic!("not the reply to a stage"),
        })
    }

    fn windows(&self) -> Vec<Budget> {
        vec![Budget { window: "calls".to_owned(), calls: self.budget.0, per: SignedDuration::from_secs(self.budget.1) }]
    }

    fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The body names the event's id and the order or item to look at: `e-17 R-1001`.
    fn webhook(&self, request: &WebhookRequest<'_>) -> Intake {
        let signed = request.headers.get("x-secret").is_some_and(|value| value.as_bytes() == request.secret.as_bytes());
        if !signed {
            return Intake::BadSignature("the signature does not fit".to_owned());
        }
        let Some((id, key)) = std::str::from_utf8(request.body).ok().and_then(|body| body.split_once(' ')) else {
            return Intake::Unreadable("not an event".to_owned());
        };
        let keys = vec![key.to_owned()];
        let look = if self.warehouse {
            Read::Availability { items: keys, page: Page::first() }
        } else {
            Read::OrdersById { ids: keys }
        };
        Intake::Accept(vec![Hint { id: id.to_owned(), look }])
    }
}
