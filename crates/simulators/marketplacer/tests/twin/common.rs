//! A small world with the twin in it, and short ways to call it.

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::world::Channel;
use sim_core::{Answer, FaultKind, Host as _, Simulated, World, WorldPlan};
use sim_marketplacer::{MarketplacerTwin, Options};

pub(crate) struct Scene {
    pub(crate) sim: Simulated<MarketplacerTwin>,
    pub(crate) now: Timestamp,
    /// A SKU with much stock, and one more.
    pub(crate) sku: String,
    pub(crate) other: String,
    pub(crate) world: std::sync::Arc<World>,
}

pub(crate) fn start() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

/// A world in which nobody orders by himself.
pub(crate) fn quiet(options: Options) -> Scene {
    scene(options, 0)
}

pub(crate) fn scene(options: Options, orders: u32) -> Scene {
    let plan = WorldPlan::new(7, start(), orders, SignedDuration::from_hours(2));
    let world = World::new(WorldPlan { items: 40, ..plan });
    let sku = world.catalogue[0].code.clone();
    let other = world.catalogue[1].code.clone();
    let twin = MarketplacerTwin::new(world.clone(), options);
    Scene { sim: Simulated::new(twin, 7), now: start(), sku, other, world }
}

impl Scene {
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.sim.tick(self.now);
    }

    pub(crate) fn send(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        match self.sim.serve(self.now, request) {
            Answer::Reply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn graphql_as(&mut self, key: &str, query: &str, variables: &Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = Request::post("https://kettle.example/graphql")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {key}"))
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let reply = self.send(&request);
        assert_eq!(reply.status(), 200);
        serde_json::from_slice(reply.body()).unwrap()
    }

    pub(crate) fn graphql(&mut self, query: &str, variables: &Value) -> Value {
        self.graphql_as("seller-demo-key", query, variables)
    }

    /// The `data` of a reply without errors.
    pub(crate) fn data(&mut self, query: &str, variables: &Value) -> Value {
        let mut reply = self.graphql(query, variables);
        assert_eq!(reply.get("errors"), None, "{reply}");
        reply["data"].take()
    }

    pub(crate) fn rest(&mut self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://kettle.example/api/v2/client/{path}"))
            .header("marketplacer-api-key", "seller-demo-key")
            .header("content-type", "application/vnd.api+json")
            .body(body.map(|body| Bytes::from(body.to_string())).unwrap_or_default())
            .unwrap();
        let reply = self.send(&request);
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(reply.body()).unwrap_or_default())
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, Value) {
        self.rest(Method::GET, path, None)
    }

    pub(crate) fn control(&mut self, path: &str, body: &Value) -> Value {
        self.sim.control(self.now, path, body).unwrap()
    }

    /// Places an order of one line and gives its legacy id and its global id.
    pub(crate) fn order(&mut self, sku: &str, quantity: i64) -> (u64, String) {
        self.order_of(&json!({ "lines": [{ "sku": sku, "quantity": quantity }] }))
    }

    pub(crate) fn order_of(&mut self, body: &Value) -> (u64, String) {
        let placed = self.control("orders", body);
        (placed["legacyId"].as_u64().unwrap(), placed["id"].as_str().unwrap().to_owned())
    }

    /// The lines of an invoice as (global id, legacy id).
    pub(crate) fn lines(&mut self, invoice: &str) -> Vec<(String, u64)> {
        let query = "query($id:ID!){node(id:$id){... on Invoice{lineItems{id legacyId}}}}";
        let data = self.data(query, &json!({ "id": invoice }));
        let lines = data["node"]["lineItems"].as_array().unwrap();
        let ids = |line: &Value| (line["id"].as_str().unwrap().to_owned(), line["legacyId"].as_u64().unwrap());
        lines.iter().map(ids).collect()
    }

    pub(crate) fn stock(&self, sku: &str) -> i64 {
        self.sim.state()["stock"][sku].as_i64().unwrap()
    }

    pub(crate) fn effects(&self, kind: &str) -> Vec<sim_core::Effect> {
        self.sim.effects().all().iter().filter(|effect| effect.kind == kind).cloned().collect()
    }

    pub(crate) fn strike(&mut self, kind: FaultKind, rate: f64) {
        self.sim.faults().set(kind, rate);
    }

    pub(crate) fn planned(&self) -> usize {
        self.world.orders_of(Channel::Marketplacer).len()
    }
}

pub(crate) const SHIP: &str = "mutation($input: ShipmentCreateMutationInput!){ shipmentCreate(input:$input){ status \
                        errors{field messages} shipment{ id legacyId trackingLink carrier } } }";

/// `ShipmentCarrier-62`: DPD UK.
pub(crate) const DPD: &str = "U2hpcG1lbnRDYXJyaWVyLTYy";

pub(crate) fn shipment(invoice: &str, items: &[(&str, i64)]) -> Value {
    let items: Vec<Value> = items.iter().map(|(line, n)| json!({ "lineItemId": line, "quantity": n })).collect();
    json!({ "input": {
        "invoiceId": invoice, "dispatchedAt": "2026-11-23T08:00:00.581Z", "postageCarrierId": DPD,
        "trackingNumber": "1550 4837", "note": "SO-77", "shippedItems": items,
    }})
}
