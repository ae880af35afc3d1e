//! One reply of every operation, for checks against the published schema.
//!
//! `cargo run -p sim-mirakl --example sample_replies` prints them as JSON; `xtask/conformance/mirakl_schema.py` and this
//! crate's own conformance test validate them against contracts/mirakl/seller-openapi.json.

use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{Answer, Host, Simulated, World, WorldPlan};

use crate::{Acceptance, MiraklTwin, Model, Options};

const MULTIPART: &str = "multipart/form-data; boundary=sample";
const STOCK_FILE: &str = "--sample\r\nContent-Disposition: form-data; name=\"file\"; filename=\"stock.csv\"\r\n\
    Content-Type: text/csv\r\n\r\n\"offer-sku\";\"quantity\"\r\n\"CD-10000-XXX\";\"4\"\r\n\r\n--sample--\r\n";
const CARRIER: &str = r#"{"carrier_code":"rm","tracking_number":"JD0002"}"#;

/// A client of one twin on a clock of its own.
struct Driver {
    host: Simulated<MiraklTwin>,
    now: Timestamp,
    replies: Vec<(String, u16, Value)>,
}

impl Driver {
    /// Sends a request; notes the reply under the operation if it is JSON.
    fn send(&mut self, operation: &str, method: &str, path: &str, media: &str, body: &str) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", Options::default().api_key)
            .header("content-type", media)
            .body(Bytes::copy_from_slice(body.as_bytes()));
        let Ok(request) = request else { return Value::Null };
        let Answer::Reply(reply) = self.host.serve(self.now, &request) else {
            return Value::Null;
        };
        let Ok(body) = serde_json::from_slice::<Value>(reply.body()) else {
            return Value::Null;
        };
        self.replies.push((operation.to_owned(), reply.status().as_u16(), body.clone()));
        body
    }

    fn get(&mut self, operation: &str, path: &str) -> Value {
        self.send(operation, "GET", path, "application/json", "")
    }

    fn json(&mut self, operation: &str, method: &str, path: &str, body: &Value) -> Value {
        self.send(operation, method, path, "application/json", &body.to_string())
    }

    fn wait(&mut self, seconds: i64) {
        let later = self.now.saturating_add(SignedDuration::from_secs(seconds));
        self.now = later.unwrap_or(self.now);
        self.host.tick(self.now);
    }

    fn order(&mut self, number: u64, more: &Value) {
        let sku = self.host.twin().offers.get(0).map(|offer| offer.sku.clone());
        let mut order = json!({ "number": number, "lines": [{ "sku": sku, "quantity": 3 }] });
        for (key, value) in more.as_object().into_iter().flatten() {
            order[key] = value.clone();
        }
        // Which numbers are taken is known: the world of these samples has no orders of its own.
        let _ = self.host.control(self.now, "orders", &order);
    }

    fn accept(&mut self, id: &str, accepted: bool) {
        let body = json!({ "order_lines": [{ "id": format!("{id}-1"), "accepted": accepted }] });
        self.json("OR21", "PUT", &format!("/api/orders/{id}/accept"), &body);
    }
}

/// One reply or more of every operation that answers with JSON, in full mode: operation, status, body.
///
/// Orders of OR12 are shown once they are RECEIVED: the schema requires four dates there that an earlier order does not
/// have, and the official example of OR12 has null in their place.
pub fn sample_replies() -> Vec<(String, u16, Value)> {
    let start = Timestamp::UNIX_EPOCH;
    let mut plan = WorldPlan::new(7, start, 0, SignedDuration::from_hours(1));
    plan.items = 12;
    let options = Options { limits: false, ..Options::default() };
    let twin = |options: Options| Driver {
        host: Simulated::new(MiraklTwin::new(World::new(plan.clone()), options), 7),
        now: start,
        replies: Vec::new(),
    };
    let mut driver = twin(options.clone());
    reference(&mut driver);
    orders(&mut driver);
    shipments(&mut driver);
    stock(&mut driver);
    // Beyond the debit and the automatic receipt of everything that was shipped above.
    driver.wait(8 * 24 * 3_600);
    driver.get("OR11", "/api/orders?max=100");
    driver.get("OR12", "/api/orders/JL-1001-A");
    driver.get("OR12", "/api/orders/JL-1002-A?order_tax_mode=TAX_EXCLUDED");
    driver.get("ST11", "/api/shipments");
    let mut replies = driver.replies;
    let mut other =
        twin(Options { model: Model::Dropship, acceptance: Acceptance::Both, staging_minutes: 1, ..options });
    another_operator(&mut other);
    replies.extend(other.replies);
    replies
}

/// An operator that checks orders, buys from the seller, pays back before shipping and sends to pick-up counters.
fn another_operator(driver: &mut Driver) {
    driver.get("A01", "/api/account");
    driver.get("PC01", "/api/platform/configuration");
    driver.get("OF21", "/api/offers?sort=productTitle&order=desc");
    driver.order(1, &Value::Null);
    driver.get("OR11", "/api/orders?order_state_codes=STAGING");
    driver.wait(60);
    driver.accept("JL-1001-A", true);
    driver.wait(600);
    let part = json!({ "order_id": "JL-1001-A", "line": 1, "quantity": 1, "state": "WAITING_REFUND_TAX_CONFIRMATION" });
    for call in ["refund", "cancel", "incident"] {
        // The order exists and has three units to take from.
        let _ = driver.host.control(driver.now, call, &part);
    }
    driver.get("OR11", "/api/orders?has_incident=true");
    driver.get("ST12", "/api/shipments/items_to_ship");
    let rest = json!({ "shipments": [{
        "order_id": "JL-1001-A", "shipped": true,
        "shipment_lines": [{ "order_line_id": "JL-1001-A-1", "quantity": 2 }],
        "tracking": { "carrier_code": "rm", "tracking_number": "JD0009" },
    }] });
    driver.json("ST01", "POST", "/api/shipments", &rest);
    // It has left, so it can be collected.
    let _ = driver.host.control(driver.now, "collect", &part);
    driver.get("OR11", "/api/orders");
    driver.get("ST11", "/api/shipments?shipment_state_code=TO_COLLECT");
}

fn reference(driver: &mut Driver) {
    for (operation, path) in [
        ("A01", "/api/account"),
        ("PC01", "/api/platform/configuration"),
        ("V01", "/api/version"),
        ("SH21", "/api/shipping/carriers"),
        ("SH11", "/api/shipping/zones"),
        ("SH12", "/api/shipping/types"),
        ("RE01", "/api/reasons"),
    ] {
        driver.get(operation, path);
    }
}

fn orders(driver: &mut Driver) {
    driver.order(1, &json!({ "message": "Leave with the neighbour" }));
    driver.order(2, &json!({ "postcode": "", "line2": "Flat 2" }));
    driver.order(3, &json!({ "lines": [{ "sku": "UNLISTED-1", "quantity": 2 }, { "sku": "UNLISTED-2" }] }));
    driver.order(4, &Value::Null);
    driver.get("OR11", "/api/orders");
    for id in ["JL-1001-A", "JL-1002-A"] {
        driver.accept(id, true);
    }
    driver.accept("JL-1004-A", false);
    let body = json!({ "order_lines": [
        { "id": "JL-1003-A-1", "accepted": true },
        { "id": "JL-1003-A-2", "accepted": true },
    ] });
    driver.json("OR21", "PUT", "/api/orders/JL-1003-A/accept", &body);
    driver.get("OR11", "/api/orders");
    driver.wait(600);
    driver.get("OR11", "/api/orders?order_state_codes=SHIPPING&order_tax_mode=TAX_EXCLUDED");
    let cancelation = json!({ "cancelations": [{
        "order_line_id": "JL-1003-A-1", "quantity": 1, "amount": 24.99, "shipping_amount": 0, "reason_code": "34",
    }] });
    driver.json("OR30", "PUT", "/api/orders/cancel", &cancelation);
    driver.send("OR23", "PUT", "/api/orders/JL-1001-A/tracking", "application/json", CARRIER);
    driver.send("OR24", "PUT", "/api/orders/JL-1001-A/ship", "application/json", "");
    driver.get("OR11", "/api/orders?order_ids=JL-1001-A,JL-1003-A");
}

fn shipments(driver: &mut Driver) {
    let one = |order: &str, quantity: u32, shipped: bool| {
        json!({
            "order_id": order,
            "shipment_lines": [{
                "order_line_id": format!("{order}-1"), "quantity": quantity, "package_reference": "P-1",
            }],
            "tracking": { "carrier_name": "Local courier", "tracking_url": "https://courier.example/1" },
            "invoice_reference": "DES-1",
            "shipping_from": { "warehouse": { "code": "MAIN" } },
            "shipped": shipped,
        })
    };
    let wanted = json!({ "shipments": [
        one("JL-1002-A", 1, true),
        one("JL-1002-A", 1, false),
        one("JL-1002-A", 9, true),
        one("JL-9999-A", 1, true),
        { "order_id": "JL-1003-A", "shipment_lines": [{ "offer_sku": "UNLISTED-2", "quantity": 1 }] },
    ] });
    let created = driver.json("ST01", "POST", "/api/shipments", &wanted);
    let id = |index: usize| created["shipment_success"][index]["id"].clone();
    let track = json!({ "shipments": [
        { "id": id(1), "tracking": { "carrier_code": "evri", "tracking_number": "H01" } },
        { "id": "none", "tracking": { "carrier_code": "evri", "tracking_number": "H01" } },
    ] });
    driver.json("ST23", "POST", "/api/shipments/tracking", &track);
    let both = json!({ "shipments": [{ "id": id(1) }, { "id": "none" }] });
    driver.json("ST24", "PUT", "/api/shipments/ship", &both);
    driver.get("ST11", "/api/shipments?limit=1");
    driver.get("ST12", "/api/shipments/items_to_ship?order_id=JL-1002-A&order_id=JL-1003-A");
    driver.get("ST11", "/api/shipments?order_id=JL-1002-A&order_id=JL-1003-A");
    driver.get("OR11", "/api/orders?order_ids=JL-1002-A");
    let delete = json!({ "shipments": [{ "id": id(2) }, { "id": id(0) }] });
    driver.json("ST06", "PUT", "/api/shipments/delete", &delete);
    let rest = json!({ "shipments": [one("JL-1002-A", 1, true)] });
    driver.json("ST01", "POST", "/api/shipments", &rest);
}

fn stock(driver: &mut Driver) {
    driver.get("OF21", "/api/offers?max=100");
    driver.get("OF21", "/api/offers?sku=KIT-001");
    driver.get("OF22", "/api/offers/2000");
    driver.get("OF26", "/api/offers/2000/quantity");
    let import = driver.send("STO01", "POST", "/api/offers/stock/imports", MULTIPART, STOCK_FILE);
    let id = import["import_id"].as_str().unwrap_or_default().to_owned();
    let status = format!("/api/offers/stock/imports/{id}/status");
    driver.get("STO02", &status);
    driver.wait(5);
    driver.get("STO02", &status);
    driver.wait(10);
    driver.get("STO02", &status);
}
