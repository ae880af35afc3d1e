//! A client that knows as little as possible: it writes envelopes by hand and cuts replies by text.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sim_core::{Answer, Effect, FaultKind, Host, Outbound, Simulated, World, WorldPlan};
use sim_peoplevox::{Options, PeoplevoxTwin};

pub(crate) const PATH: &str = "/demo/resources/integrationservicev4.asmx";
/// A plain item with 30 units at the primary site.
pub(crate) const ITEM: &str = "T-1";
/// Another one, with 30 units too.
pub(crate) const OTHER: &str = "T-2";
/// A kit of one [`ITEM`] and two [`OTHER`].
pub(crate) const KIT: &str = "T-KIT";

pub(crate) struct Sim {
    pub host: Simulated<PeoplevoxTwin>,
    pub now: Timestamp,
    pub session: String,
}

/// The parts of a reply that tests look at.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub body: String,
    pub id: String,
    pub total: String,
    pub detail: String,
    /// Reference and status of each row.
    pub rows: Vec<(String, String)>,
}

impl Reply {
    /// The lines of the CSV in `Detail`.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.detail.lines().collect()
    }
}

/// Options without the window of calls and without split parcels.
pub(crate) fn quiet() -> Options {
    Options { limits: false, split: 0.0, ..Options::default() }
}

impl Sim {
    /// A logged-in client.
    pub(crate) fn new() -> Self {
        Self::with(quiet())
    }

    pub(crate) fn with(options: Options) -> Self {
        let queue = SignedDuration::from_secs(options.import_delay);
        let mut sim = Self::logged_out(options);
        // The items of the tests are made a quarter of a minute before they begin, outside the window of calls.
        let begin = sim.now;
        sim.now -= SignedDuration::from_secs(15) + queue;
        sim.log_in_again();
        let items = "ItemCode,Name,Barcode\nT-1,Test item,1\nT-2,Other item,2\nT-KIT,Test kit,3\n";
        assert_eq!(sim.save("Item types", items, 0).id, "0");
        let kit = "ParentItemCode,ChildItemCode,Quantity\nT-KIT,T-1,1\nT-KIT,T-2,2\n";
        assert_eq!(sim.save("Item type kittings", kit, 0).id, "0");
        sim.now += queue;
        sim.host.tick(sim.now);
        for item in [ITEM, OTHER] {
            sim.control("stock", &format!(r#"{{"item":"{item}","on_hand":30}}"#)).unwrap();
        }
        sim.now = begin;
        sim.log_in_again();
        sim
    }

    pub(crate) fn log_in_again(&mut self) {
        let plain = self.host.twin().options().password_plain;
        let reply = self.login("demo", "api", if plain { "demo-password" } else { "ZGVtby1wYXNzd29yZA==" });
        reply.detail.split_once(',').expect("client,session").1.clone_into(&mut self.session);
    }

    pub(crate) fn logged_out(options: Options) -> Self {
        let now: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let world = World::new(WorldPlan::new(7, now, 100, SignedDuration::from_hours(12)));
        Self { host: Simulated::new(PeoplevoxTwin::new(world, options), 7), now, session: String::new() }
    }

    pub(crate) fn login(&mut self, client: &str, user: &str, password: &str) -> Reply {
        self.call(
            "Authenticate",
            &format!("<clientId>{client}</clientId><username>{user}</username><password>{password}</password>"),
        )
    }

    /// Posts a body to a path.
    pub(crate) fn post(&mut self, path: &str, action: Option<&str>, body: &str) -> Response<Bytes> {
        let mut request = Request::post(path).header("content-type", "text/xml; charset=utf-8");
        if let Some(action) = action {
            request = request.header("SOAPAction", action);
        }
        self.send(&request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
    }

    pub(crate) fn send(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        match self.host.serve(self.now, request) {
            Answer::Reply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// Calls an operation with the children of its element.
    pub(crate) fn call(&mut self, operation: &str, children: &str) -> Reply {
        let body = format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>
<UserSessionCredentials xmlns="http://www.peoplevox.net/"><UserId>0</UserId><ClientId>demo</ClientId><SessionId>{}</SessionId></UserSessionCredentials>
</soap:Header><soap:Body><{operation} xmlns="http://www.peoplevox.net/">{children}</{operation}></soap:Body></soap:Envelope>"#,
            self.session
        );
        let action = format!("http://www.peoplevox.net/{operation}");
        let reply = self.post(PATH, Some(&action), &body);
        read(&reply)
    }

    pub(crate) fn save(&mut self, template: &str, csv: &str, action: i32) -> Reply {
        self.call(
            "SaveData",
            &format!(
                "<saveRequest><TemplateName>{template}</TemplateName><CsvData>{}</CsvData><Action>{action}</Action></saveRequest>",
                escape(csv)
            ),
        )
    }

    pub(crate) fn get(&mut self, template: &str, page: i32, size: i32, search: &str) -> Reply {
        self.call(
            "GetData",
            &format!(
                "<getRequest><TemplateName>{template}</TemplateName><PageNo>{page}</PageNo><ItemsPerPage>{size}</ItemsPerPage><SearchClause>{}</SearchClause></getRequest>",
                escape(search)
            ),
        )
    }

    pub(crate) fn report(&mut self, name: &str, search: &str, order: &str, columns: &str) -> Reply {
        self.call(
            "GetReportData",
            &format!(
                "<getReportRequest><TemplateName>{name}</TemplateName><PageNo>1</PageNo><ItemsPerPage>1000</ItemsPerPage><SearchClause>{}</SearchClause><FilterClause/><OrderBy>{order}</OrderBy><Columns>{columns}</Columns></getReportRequest>",
                escape(search)
            ),
        )
    }

    /// An order with lines (item, units), allocated and released unless held.
    pub(crate) fn order(&mut self, number: &str, hold: bool, lines: &[(&str, i64)]) {
        let header = format!("SalesOrderNumber,ChannelName,OnHold\n{number},Marketplacer,{hold}\n");
        assert_eq!(self.save("Sales orders", &header, 0).id, "0");
        let mut csv = String::from("SalesOrderNumber,ItemCode,QuantityOrdered,Line\n");
        for (index, (item, units)) in lines.iter().enumerate() {
            let _ = writeln!(csv, "{number},{item},{units},{}", index + 1);
        }
        assert_eq!(self.save("Sales order items", &csv, 0).id, "0");
    }

    pub(crate) fn control(&mut self, path: &str, body: &str) -> Result<Value, String> {
        let body: Value = serde_json::from_str(body).unwrap();
        self.host.control(self.now, path, &body)
    }

    /// The status name of an order, as the control call shows it.
    pub(crate) fn status(&mut self, number: &str) -> String {
        let body = format!(r#"{{"number":"{number}"}}"#);
        let list = self.control("orders", &body).unwrap();
        list["orders"][0]["status"].as_str().unwrap().to_owned()
    }

    pub(crate) fn available(&mut self, item: &str) -> i64 {
        self.host.state()["available"][item].as_i64().unwrap()
    }

    /// Moves the clock and lets the pickers work.
    pub(crate) fn wait(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
        self.host.tick(self.now);
    }

    pub(crate) fn effects(&self, kind: &str) -> Vec<Effect> {
        let all = self.host.effects().all().iter();
        all.filter(|effect| effect.kind == kind).cloned().collect()
    }

    /// Deliveries that are due within ten minutes: method, URI, body.
    pub(crate) fn deliveries(&mut self) -> Vec<(String, String, String)> {
        let due: Vec<Outbound> = self.host.take_outbound(self.now + SignedDuration::from_mins(10));
        due.into_iter()
            .map(|call| {
                let body = String::from_utf8_lossy(call.request.body()).into_owned();
                (call.request.method().to_string(), call.request.uri().to_string(), body)
            })
            .collect()
    }

    pub(crate) fn fault(&mut self, kind: FaultKind) {
        self.host.faults().set(kind, 1.0);
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)).map_or("", |(inner, _)| inner)
}

pub(crate) fn read(reply: &Response<Bytes>) -> Reply {
    let body = String::from_utf8(reply.body().to_vec()).unwrap();
    let rows = body
        .split("<IntegrationStatusResponse>")
        .skip(1)
        .map(|row| (between(row, "Reference").to_owned(), between(row, "Status").to_owned()))
        .collect();
    Reply {
        status: reply.status().as_u16(),
        id: between(&body, "ResponseId").to_owned(),
        total: between(&body, "TotalCount").to_owned(),
        detail: between(&body, "Detail")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&#xD;", "\r")
            .replace("&amp;", "&"),
        rows,
        body,
    }
}
