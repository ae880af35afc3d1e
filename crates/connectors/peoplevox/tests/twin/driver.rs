//! A small engine: it carries calls out on a clock of its own, loses the reply of one of them, and obeys the outcomes as
//! the real one does (`ARCHITECTURE.md §3`).

use crossdock_connector::{
    Connector, Evidence, Failure, Observation, Operation, Outcome, Read, Rejection, Reply, Session, Stage, StageKind,
    Step,
};
use crossdock_model::Private;
use crossdock_peoplevox::Peoplevox;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{Answer, Effect, Host as _, Simulated, World, WorldPlan};
use sim_peoplevox::{Options, PeoplevoxTwin};

/// A plain item, another one, and a kit of one of the first and two of the second.
pub(crate) const ITEM: &str = "T-1";
pub(crate) const OTHER: &str = "T-2";
pub(crate) const KIT: &str = "T-KIT";

/// How an operation ended.
#[derive(Debug)]
pub(crate) enum End {
    Done(Evidence),
    Refused(Rejection),
}

pub(crate) struct Driver {
    pub(crate) hub: Peoplevox,
    pub(crate) twin: Simulated<PeoplevoxTwin>,
    pub(crate) session: Session,
    pub(crate) now: Timestamp,
    /// Calls made so far.
    pub(crate) calls: usize,
    /// The call whose reply is lost.
    pub(crate) lose: Option<usize>,
}

impl Driver {
    /// A hub that has probed the tenant.
    pub(crate) fn new(settings: &Value, options: Options) -> Self {
        let mut whole = json!({ "client_id": options.client_id, "username": options.username });
        whole.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let config = serde_json::from_value(whole).unwrap();
        let name = crossdock_model::ConnectionName::new("peoplevox").unwrap();
        let hub = Peoplevox::new(name, config, Private::new(options.password.clone())).unwrap();
        let now: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let world = World::new(WorldPlan::new(7, now, 100, SignedDuration::from_hours(12)));
        let mut driver = Self {
            hub,
            twin: Simulated::new(PeoplevoxTwin::new(world, options), 7),
            session: Session { now, ..Session::default() },
            now,
            calls: 0,
            lose: None,
        };
        driver.stock_up();
        driver.read(Read::Health { page: crossdock_connector::Page::first() }).unwrap();
        driver.calls = 0;
        driver
    }

    /// Puts the items of the tests on the shelves, past the connector.
    fn stock_up(&mut self) {
        for (template, csv) in [
            ("Item types", "ItemCode,Name,Barcode\nT-1,Item,1\nT-2,Other,2\nT-KIT,Kit,3\n"),
            ("Item type kittings", "ParentItemCode,ChildItemCode,Quantity\nT-KIT,T-1,1\nT-KIT,T-2,2\n"),
        ] {
            let children =
                format!("<saveRequest><TemplateName>{template}</TemplateName><CsvData>{csv}</CsvData></saveRequest>");
            self.post("SaveData", &children);
        }
        self.wait(3600);
        for item in [ITEM, OTHER] {
            self.control("stock", &json!({ "item": item, "on_hand": 500 }));
        }
    }

    pub(crate) fn control(&mut self, path: &str, body: &Value) -> Value {
        self.twin.control(self.now, path, body).unwrap()
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.session.now = self.now;
        self.twin.tick(self.now);
    }

    pub(crate) fn effects(&self, kind: &str) -> Vec<Effect> {
        self.twin.effects().all().iter().filter(|effect| effect.kind == kind).cloned().collect()
    }

    /// The row of an order as the tenant exports it, past the connector.
    pub(crate) fn export(&mut self, number: &str) -> String {
        let children = format!(
            "<getRequest><TemplateName>Sales orders</TemplateName><SearchClause>SalesOrderNumber.Equals(\"{number}\")</SearchClause></getRequest>"
        );
        self.post("GetData", &children)
    }

    fn post(&mut self, operation: &str, children: &str) -> String {
        self.ready();
        let token = self.session.token.as_ref().unwrap().text();
        let body = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><UserSessionCredentials xmlns=\"http://www.peoplevox.net/\"><SessionId>{token}</SessionId></UserSessionCredentials></s:Header><s:Body><{operation} xmlns=\"http://www.peoplevox.net/\">{children}</{operation}></s:Body></s:Envelope>"
        );
        let request = http::Request::post("/demo/resources/integrationservicev4.asmx")
            .header("soapaction", format!("http://www.peoplevox.net/{operation}"));
        match self.twin.serve(self.now, &request.body(body.into()).unwrap()) {
            Answer::Reply(reply) if reply.status() == 200 => String::from_utf8(reply.body().to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Carries a request out. `None`: the reply is lost.
    fn send(&mut self, call: &crossdock_connector::Call) -> Option<Reply> {
        self.calls += 1;
        let answer = self.twin.serve(self.now, &call.request);
        // A call takes a second, which also keeps within the published window.
        self.wait(1);
        match answer {
            Answer::Reply(response) if self.lose != Some(self.calls) => Some(Reply { response, at: self.now }),
            _ => None,
        }
    }

    fn log_in(&mut self) {
        let call = self.hub.login().unwrap();
        let answer = self.twin.serve(self.now, &call.request);
        let Answer::Reply(response) = answer else { panic!("{answer:?}") };
        self.hub.logged_in(&Reply { response, at: self.now }, &mut self.session).unwrap();
    }

    fn ready(&mut self) {
        if self.hub.needs_login(&self.session) {
            self.log_in();
        }
    }

    /// Everything that a read says, over all its pages.
    pub(crate) fn read(&mut self, first: Read) -> Result<Vec<Observation>, Failure> {
        let (mut next, mut seen, mut tries) = (Some(first), Vec::new(), 0);
        while let Some(read) = next {
            self.ready();
            let call = self.hub.plan_read(&read, &self.session).map_err(Failure::Rejected)?;
            let answer = match self.send(&call) {
                Some(reply) => self.hub.interpret_read(&read, &self.session, &reply),
                None => Err(Failure::Retry("lost".to_owned())),
            };
            match answer {
                Ok(reply) => {
                    self.session.facts.extend(reply.facts);
                    self.session.token_at = Some(self.now);
                    seen.extend(reply.observations);
                    next = reply.next;
                }
                Err(Failure::Retry(_) | Failure::Reauth) if tries < 3 => {
                    tries += 1;
                    self.wait(5);
                    next = Some(read);
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(seen)
    }

    /// Carries one operation through all its stages.
    pub(crate) fn run(&mut self, operation: &Operation) -> End {
        self.run_with(operation, |_| {})
    }

    /// The same, with something that happens after every call.
    pub(crate) fn run_with(&mut self, operation: &Operation, mut meanwhile: impl FnMut(&mut Self)) -> End {
        let mut stage = self.hub.first_stage(operation, &self.session);
        let (mut note, mut attempt, mut doubted, mut absences) = (Value::Null, 0, false, 0);
        for _ in 0..200 {
            self.ready();
            let writes = matches!(self.hub.stage_kind(operation, &stage), StageKind::Write(_));
            attempt += u32::from(writes);
            let outcome = self.one(operation, &stage, &note, attempt, writes);
            meanwhile(self);
            match outcome {
                Outcome::Done(evidence) => return End::Done(evidence),
                Outcome::Rejected(rejection) => return End::Refused(rejection),
                Outcome::Next { stage: next, after, note: noted } => {
                    self.wait(after.as_secs());
                    (stage, note, absences) = (next, noted, 0);
                }
                Outcome::Absent { stage: next, note: noted } => {
                    note = noted;
                    if doubted && absences == 0 {
                        absences = 1;
                        self.wait(60);
                        continue;
                    }
                    (stage, doubted, absences) = (next, false, 0);
                }
                Outcome::NotDone(Failure::Reauth) => self.session.token = None,
                Outcome::NotDone(failure) => {
                    assert!(!matches!(failure, Failure::Denied(_) | Failure::Rejected(_)), "{failure:?}");
                    self.wait(5);
                }
                Outcome::Unknown(_) => {
                    (stage, doubted, absences) = (self.hub.recovery_stage(operation, &self.session), true, 0);
                    self.wait(300);
                }
            }
        }
        panic!("no end after {} calls: {stage:?} {note}", self.calls);
    }

    fn one(&mut self, operation: &Operation, stage: &Stage, note: &Value, attempt: u32, writes: bool) -> Outcome {
        let step = Step { effect: "xd-1", operation, stage, note, attempt };
        let call = match self.hub.plan(&[step], &self.session) {
            Ok(call) => call,
            Err(rejection) => return Outcome::Rejected(rejection),
        };
        match self.send(&call) {
            Some(reply) => {
                self.session.token_at = Some(self.now);
                self.hub.interpret(&[step], &self.session, &reply).remove(0)
            }
            None if writes => Outcome::Unknown("lost".to_owned()),
            None => Outcome::NotDone(Failure::Retry("lost".to_owned())),
        }
    }
}
