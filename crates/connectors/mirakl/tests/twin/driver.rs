//! A hub in a nutshell: it makes the connector's calls, waits for its windows and follows its stages.

use std::collections::BTreeMap;

use bytes::Bytes;
use crossdock_connector::{
    Call, Connector, Failure, Observation, Operation, Outcome, Page, Read, Reply, Session, Shipment, Stage, Step,
    StockLine,
};
use crossdock_mirakl::Mirakl;
use crossdock_model::{ChannelOrder, ConnectionName, Private, ShippedLine};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{Answer, Host, Simulated, World, WorldPlan};
use sim_mirakl::{MiraklTwin, Options};

pub(crate) struct Hub {
    pub(crate) connector: Mirakl,
    pub(crate) session: Session,
    pub(crate) twin: Simulated<MiraklTwin>,
    /// When a window opens again.
    windows: BTreeMap<&'static str, Timestamp>,
    pub(crate) since: Timestamp,
}

impl Hub {
    /// A hub with these settings at an operator with these options, without customers of its own.
    pub(crate) fn at(options: Options, settings: Value) -> Self {
        let now: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let mut plan = WorldPlan::new(7, now, 0, SignedDuration::from_hours(12));
        plan.items = 60;
        let key = Private::from(options.api_key.clone());
        let config = serde_json::from_value(settings).unwrap();
        let connector = Mirakl::new(ConnectionName::new("john-lewis").unwrap(), config, key).unwrap();
        let twin = Simulated::new(MiraklTwin::new(World::new(plan), options), 7);
        let session = Session { now, ..Session::default() };
        Self { connector, session, twin, windows: BTreeMap::new(), since: now }
    }

    pub(crate) fn wait(&mut self, wait: SignedDuration) {
        self.session.now += wait;
        self.twin.tick(self.session.now);
    }

    pub(crate) fn control(&mut self, path: &str, body: &Value) -> Value {
        self.twin.control(self.session.now, path, body).unwrap()
    }

    /// Makes a call as soon as its windows are open. They are exact: the twin refuses what comes too early.
    fn call(&mut self, call: &Call) -> Reply {
        for window in &call.windows {
            if let Some(open) = self.windows.get(window).filter(|open| **open > self.session.now) {
                let wait = open.duration_since(self.session.now);
                self.wait(wait);
            }
            let budget = self.connector.windows().into_iter().find(|budget| budget.window == *window).unwrap();
            self.windows.insert(window, self.session.now + budget.per / i32::try_from(budget.calls).unwrap());
        }
        let Answer::Reply(response) = self.twin.serve(self.session.now, &call.request) else { panic!("no reply") };
        Reply { response, at: self.session.now }
    }

    /// A request of somebody else's: a person in the operator's back office.
    pub(crate) fn by_hand(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", Options::default().api_key)
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let Answer::Reply(reply) = self.twin.serve(self.session.now, &request) else { panic!("no reply") };
        assert!(reply.status().is_success(), "{}", reply.status());
        serde_json::from_slice(reply.body()).unwrap_or_default()
    }

    /// Follows a read to its end.
    pub(crate) fn read(&mut self, first: Read) -> Result<Vec<Observation>, Failure> {
        let mut seen = Vec::new();
        let mut next = Some(first);
        while let Some(read) = next {
            let call = self.connector.plan_read(&read, &self.session).unwrap();
            let reply = self.call(&call);
            let reply = self.connector.interpret_read(&read, &self.session, &reply)?;
            self.session.facts.extend(reply.facts);
            seen.extend(reply.observations);
            next = reply.next;
        }
        Ok(seen)
    }

    /// The orders that a poll shows, by id.
    pub(crate) fn poll(&mut self) -> BTreeMap<String, ChannelOrder> {
        let read = Read::Orders { since: self.since, page: Page::first() };
        let seen = self.read(read).unwrap();
        let mut orders = BTreeMap::new();
        for observation in seen {
            match observation {
                Observation::Order { order, .. } => _ = orders.insert(order.id.clone(), *order),
                Observation::Unreadable { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        }
        orders
    }

    /// Follows an operation to its end. `lost` names a stage whose first answer does not arrive.
    pub(crate) fn run(&mut self, operation: &Operation, lost: &str) -> Outcome {
        let mut stage = self.connector.first_stage(operation, &self.session);
        let (mut note, mut lost, mut doubted) = (Value::Null, Some(lost), 0);
        for _ in 0..400 {
            let step = Step { effect: "xd-1", operation, stage: &stage, note: &note, attempt: 0 };
            let call = match self.connector.plan(&[step], &self.session) {
                Ok(call) => call,
                Err(rejection) => return Outcome::Rejected(rejection),
            };
            let reply = self.call(&call);
            if lost.take_if(|lost| *lost == stage.as_str()).is_some() {
                self.wait(SignedDuration::from_mins(15));
                stage = self.connector.recovery_stage(operation, &self.session);
                doubted = 1;
                continue;
            }
            let step = Step { effect: "xd-1", operation, stage: &stage, note: &note, attempt: 0 };
            match self.connector.interpret(&[step], &self.session, &reply).remove(0) {
                Outcome::Next { stage: next, after, note: left } => {
                    (stage, note) = (next, left);
                    self.wait(after);
                }
                Outcome::Absent { .. } if doubted == 1 => {
                    doubted = 2;
                    self.wait(SignedDuration::from_secs(60));
                }
                Outcome::Absent { stage: next, note: left } => (stage, note) = (next, left),
                Outcome::NotDone(Failure::Retry(_)) => self.wait(SignedDuration::from_secs(30)),
                end => return end,
            }
        }
        panic!("{} comes to no end at `{}`", operation.kind().as_str(), stage.as_str());
    }

    /// The SKU of the n-th offer.
    pub(crate) fn sku(&self, index: usize) -> String {
        self.twin.state()["stock"].as_object().unwrap().keys().nth(index).unwrap().clone()
    }

    /// A customer buys these units of the first, second, … offer.
    pub(crate) fn buy(&mut self, units: &[i64], more: &Value) -> String {
        let mut body = json!({ "lines": units.iter().enumerate().map(|(index, quantity)| {
            json!({ "sku": self.sku(index), "quantity": quantity })
        }).collect::<Vec<_>>() });
        for line in body["lines"].as_array().unwrap().clone() {
            self.control("stock", &json!({ "sku": line["sku"], "quantity": 100 }));
        }
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let placed = self.control("orders", &body);
        assert_eq!(placed["placed"], true);
        placed["order_id"].as_str().unwrap().to_owned()
    }

    /// An order that may be shipped, accepted by the hub.
    pub(crate) fn ready(&mut self, units: &[i64]) -> String {
        let order = self.buy(units, &Value::Null);
        let outcome = self.run(&acceptance(&order, units.len()), "");
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        // With the delays of the twin the money may have come already.
        let _ = self.twin.control(self.session.now, "debit", &json!({ "order_id": order }));
        order
    }

    /// What the twin wrote down of a kind.
    pub(crate) fn effects(&self, kind: &str) -> Vec<Value> {
        let all = self.twin.effects().all().iter();
        all.filter(|effect| effect.kind == kind).map(|effect| effect.data.clone()).collect()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.effects("window_exceeded"), Vec::<Value>::new(), "a published limit was broken");
        }
    }
}

pub(crate) fn acceptance(order: &str, lines: usize) -> Operation {
    let lines = (1..=lines).map(|number| format!("{order}-{number}")).collect();
    Operation::AcceptOrder { order_id: order.to_owned(), lines }
}

/// A parcel: despatch and tracking number, and units of the first, second, … line.
pub(crate) fn parcel(order: &str, despatch: &str, tracking: &str, units: &[i64]) -> Operation {
    let line = |(index, quantity): (usize, &i64)| ShippedLine {
        line_id: format!("{order}-{}", index + 1),
        quantity: *quantity,
    };
    Operation::ConfirmDespatch(Box::new(Shipment {
        order_id: order.to_owned(),
        package: format!("{despatch}/{tracking}"),
        carrier_code: Some("rm".to_owned()),
        carrier_name: "Royal Mail".to_owned(),
        tracking: tracking.to_owned(),
        tracking_url: None,
        despatched_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        lines: units.iter().enumerate().filter(|(_, units)| **units > 0).map(line).collect(),
    }))
}

pub(crate) fn figures(lines: &[(&str, i64)]) -> Operation {
    let line = |(sku, quantity): &(&str, i64)| StockLine {
        listing: (*sku).to_owned(),
        sku: (*sku).to_owned(),
        quantity: *quantity,
    };
    Operation::SetStock { lines: lines.iter().map(line).collect() }
}

/// The stage where an operation begins.
pub(crate) fn begins(hub: &Hub, operation: &Operation) -> Stage {
    hub.connector.first_stage(operation, &hub.session)
}
