//! Who may call, and how often (contracts/marketplacer.md §1, §8).

use crate::common::{Scene, quiet};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use sim_marketplacer::{BothKeys, Options};

fn call(scene: &mut Scene, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut request = Request::post("https://kettle.example/graphql");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Bytes::from_static(b"{\"query\":\"{apiKeyPrincipal{seller{businessName}}}\"}");
    scene.send(&request.body(body).unwrap())
}

const BEARER: (&str, &str) = ("Authorization", "Bearer seller-demo-key");
const HEADER: (&str, &str) = ("MARKETPLACER-API-KEY", "seller-demo-key");

#[test]
fn a_key_comes_as_bearer_or_in_its_own_header_but_not_both() {
    let mut scene = quiet(Options::default());
    assert_eq!(call(&mut scene, &[BEARER]).status(), 200);
    assert_eq!(call(&mut scene, &[HEADER]).status(), 200);
    assert_eq!(call(&mut scene, &[BEARER, HEADER]).status(), 401);
    assert_eq!(call(&mut scene, &[]).status(), 401);
    let wrong = call(&mut scene, &[("Authorization", "Bearer guess")]);
    assert!(String::from_utf8_lossy(wrong.body()).contains("API Token has expired"));
    let mut lenient = quiet(Options { both_key_headers: BothKeys::Accepted, ..Options::default() });
    assert_eq!(call(&mut lenient, &[BEARER, HEADER]).status(), 200);
}

#[test]
fn a_test_instance_stands_behind_basic_authentication() {
    let basic_auth = Some(("demo".to_owned(), "pass".to_owned()));
    let mut scene = quiet(Options { basic_auth, ..Options::default() });
    let credentials = format!("Basic {}", STANDARD.encode("demo:pass"));
    assert_eq!(call(&mut scene, &[("Authorization", &credentials), HEADER]).status(), 200);
    let refused = call(&mut scene, &[BEARER]);
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.body(), "Unauthorized");
}

#[test]
fn a_revoked_key_is_refused_until_it_is_back() {
    let mut scene = quiet(Options::default());
    scene.control("connection", &json!({ "key": "revoked" }));
    assert_eq!(call(&mut scene, &[BEARER]).status(), 401);
    scene.control("connection", &json!({ "key": "valid" }));
    assert_eq!(call(&mut scene, &[BEARER]).status(), 200);
}

#[test]
fn six_hundred_calls_in_ten_seconds_from_one_address() {
    let mut scene = quiet(Options::default());
    for _ in 0..600 {
        assert_eq!(call(&mut scene, &[BEARER]).status(), 200);
    }
    scene.wait(4);
    let refused = call(&mut scene, &[BEARER]);
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "6");
    assert_eq!(scene.effects("window_exceeded")[0].data, json!({ "window": "600 per 10 s per address" }));
    // Another address has its own window, up to the 750 of the key.
    for _ in 0..150 {
        assert_eq!(call(&mut scene, &[BEARER, ("X-Forwarded-For", "192.0.2.7")]).status(), 200);
    }
    call(&mut scene, &[BEARER, ("X-Forwarded-For", "192.0.2.8")]);
    assert_eq!(scene.effects("window_exceeded")[1].data, json!({ "window": "750 per 10 s per key" }));
    scene.wait(6);
    assert_eq!(call(&mut scene, &[BEARER]).status(), 200);
}

#[test]
fn fifty_rest_calls_in_a_second_and_a_refusal_without_a_wait() {
    let options = Options { refusal_status: 503, retry_after: false, ..Options::default() };
    let mut scene = quiet(options);
    for _ in 0..50 {
        assert_eq!(scene.get("variants/7001").0, 200);
    }
    assert_eq!(scene.get("variants/7001").0, 503);
    assert_eq!(scene.effects("window_exceeded")[0].data, json!({ "window": "50 per 1 s per REST surface" }));
    scene.wait(1);
    assert_eq!(scene.get("variants/7001").0, 200);
}

#[test]
fn limits_can_be_switched_off_for_benches() {
    let mut scene = quiet(Options { limits: false, ..Options::default() });
    for _ in 0..700 {
        assert_eq!(call(&mut scene, &[BEARER]).status(), 200);
    }
    assert_eq!(scene.effects("window_exceeded"), []);
}

#[test]
fn other_paths_and_bodies_get_an_answer() {
    let mut scene = quiet(Options::default());
    let get = Request::get("https://kettle.example/graphql").header(BEARER.0, BEARER.1).body(Bytes::new()).unwrap();
    assert_eq!(scene.send(&get).status(), 404);
    let other = Request::get("/").body(Bytes::new()).unwrap();
    assert_eq!(scene.send(&other).status(), 404);
    for (body, status) in [("", 400), ("[]", 200), ("{\"query\":7}", 200), ("{\"query\":\"{\"}", 200)] {
        let request = Request::post("/graphql").header(BEARER.0, BEARER.1).body(Bytes::from(body)).unwrap();
        let reply = scene.send(&request);
        assert_eq!(reply.status(), status, "{body}");
        assert!(String::from_utf8_lossy(reply.body()).contains("errors"), "{body}");
    }
}

#[test]
fn hostile_nesting_is_refused_and_not_followed() {
    let mut scene = quiet(Options::default());
    let deep = "{ nodes(ids: []) ".repeat(20_000);
    let nested = format!("{{ nodes(ids: {}) {{ id }} }}", "[".repeat(20_000));
    let doubling: Vec<String> =
        (0..25).map(|n| format!("fragment F{n} on Query {{ ...F{m} ...F{m} }} ", m = n + 1)).collect();
    let doubling = doubling.concat();
    let doubling = format!("{doubling} fragment F25 on Query {{ __typename }} {{ ...F0 }}");
    for query in [deep, nested, doubling] {
        let reply = scene.graphql(&query, &json!({}));
        assert!(reply["errors"][0]["message"].is_string(), "{reply}");
        assert_eq!(reply.get("data"), None);
    }
}
