//! A client of the twin for tests: literal requests in, literal replies out.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "each test file uses its own part of this module"
)]

use bytes::Bytes;
use http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{Answer, Effect, Host, Simulated, World, WorldPlan};
use sim_mirakl::{MiraklTwin, Options};

/// A reply, read.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// Null when the body is no JSON.
    pub json: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn message(&self) -> &str {
        self.json["message"].as_str().unwrap_or_default()
    }
}

/// The twin and a clock.
pub struct Shop {
    pub host: Simulated<MiraklTwin>,
    pub now: Timestamp,
}

pub fn options() -> Options {
    Options { limits: false, ..Options::default() }
}

impl Shop {
    /// A shop without customers of its own and without limits.
    pub fn quiet() -> Self {
        Self::with(options(), 0)
    }

    /// A shop with planned customers over 12 hours on both channels.
    pub fn with(options: Options, customers: u32) -> Self {
        let now: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let mut plan = WorldPlan::new(7, now, customers, SignedDuration::from_hours(12));
        plan.items = 60;
        plan.defects = 0.2;
        let mut shop = Self { host: Simulated::new(MiraklTwin::new(World::new(plan), options), 7), now };
        shop.host.tick(now);
        shop
    }

    pub fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.host.tick(self.now);
    }

    pub fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).unwrap();
        let Answer::Reply(reply) = self.host.serve(self.now, &request) else {
            panic!("no reply");
        };
        let text = String::from_utf8(reply.body().to_vec()).unwrap();
        Reply {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.request("GET", path, &[("authorization", "mirakl-demo-key")], b"")
    }

    pub fn send(&mut self, method: &str, path: &str, body: &Value) -> Reply {
        let headers = [("authorization", "mirakl-demo-key"), ("content-type", "application/json")];
        self.request(method, path, &headers, body.to_string().as_bytes())
    }

    /// A PUT without a body.
    pub fn put(&mut self, path: &str) -> Reply {
        self.request("PUT", path, &[("authorization", "mirakl-demo-key")], b"")
    }

    pub fn upload(&mut self, csv: &str) -> Reply {
        let body = format!(
            "--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"stock.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{csv}\r\n--b0--\r\n"
        );
        let headers = [("authorization", "mirakl-demo-key"), ("content-type", "multipart/form-data; boundary=b0")];
        self.request("POST", "/api/offers/stock/imports", &headers, body.as_bytes())
    }

    pub fn control(&mut self, path: &str, body: &Value) -> Result<Value, String> {
        self.host.control(self.now, path, body)
    }

    /// The SKU of the n-th offer.
    pub fn sku(&self, index: usize) -> String {
        let state = self.host.state();
        state["stock"].as_object().unwrap().keys().nth(index).unwrap().clone()
    }

    pub fn stock(&self, sku: &str) -> i64 {
        self.host.state()["stock"][sku].as_i64().unwrap()
    }

    pub fn state(&self, order: &str) -> String {
        self.host.state()["orders"][order]["state"].as_str().unwrap().to_owned()
    }

    /// Places an order of these units of the first, second, … offer; answers its id.
    pub fn order(&mut self, units: &[i64]) -> String {
        let lines: Vec<Value> = units
            .iter()
            .enumerate()
            .map(|(index, quantity)| json!({ "sku": self.sku(index), "quantity": quantity }))
            .collect();
        let placed = self.control("orders", &json!({ "lines": lines })).unwrap();
        assert_eq!(placed["placed"], true);
        placed["order_id"].as_str().unwrap().to_owned()
    }

    pub fn accept(&mut self, order: &str, decisions: &[bool]) -> Reply {
        let lines: Vec<Value> = decisions
            .iter()
            .enumerate()
            .map(|(index, accepted)| json!({ "id": format!("{order}-{}", index + 1), "accepted": accepted }))
            .collect();
        let path = format!("/api/orders/{order}/accept");
        self.send("PUT", &path, &json!({ "order_lines": lines }))
    }

    /// An order that may be shipped now.
    pub fn ready(&mut self, units: &[i64]) -> String {
        let order = self.order(units);
        assert_eq!(self.accept(&order, &vec![true; units.len()]).status, 204);
        self.control("debit", &json!({ "order_id": order })).unwrap();
        order
    }

    /// The effects of a kind, oldest first.
    pub fn effects(&self, kind: &str) -> Vec<Effect> {
        let all = self.host.effects().all().iter();
        all.filter(|effect| effect.kind == kind).cloned().collect()
    }
}
