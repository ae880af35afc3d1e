//! Stock reaches the marketplace (A022, A064), on either surface.

use crossdock_connector::{Connector, Failure, Operation, Outcome, RejectCode, Reply, Stage, StockLine};
use serde_json::{Value, json};

use crate::support::*;

static PUBLISH: Stage = Stage::new("publish");
const GRAPHQL: &str = r#"{"stock_api": "graphql"}"#;

fn figure(listing: &str, quantity: i64) -> StockLine {
    StockLine { listing: listing.into(), sku: format!("SKU-{listing}"), quantity }
}

fn stock(lines: &[StockLine]) -> Operation {
    Operation::SetStock { lines: lines.to_vec() }
}

fn plan(settings: &str, operations: &[Operation]) -> Result<crossdock_connector::Call, crossdock_connector::Rejection> {
    let steps: Vec<_> = operations.iter().map(|operation| step(operation, &PUBLISH, &Value::Null)).collect();
    with_settings(settings).plan(&steps, &session())
}

fn interpret(settings: &str, operations: &[Operation], reply: &Reply) -> Vec<Outcome> {
    let steps: Vec<_> = operations.iter().map(|operation| step(operation, &PUBLISH, &Value::Null)).collect();
    with_settings(settings).interpret(&steps, &session(), reply)
}

#[test]
fn rest_carries_all_figures_in_one_call() {
    let operations = [stock(&[figure("gA|123", 2), figure("gB|456", 0)]), stock(&[figure("gA|123", 7)])];
    let call = plan("{}", &operations).unwrap();
    assert_eq!(call.request.method(), http::Method::POST);
    assert_eq!(call.request.uri(), "/api/v2/client/variants/stock_on_hand");
    assert_eq!(call.request.headers()["content-type"], "application/vnd.api+json");
    assert_eq!(call.request.headers()["authorization"], "Bearer mp_key_3f9a");
    assert_eq!(call.windows, ["rest"]);
    // The later figure for a listing is the newer one.
    assert_eq!(body(&call), json!({"count_on_hand": {"123": 7, "456": 0}}));
}

#[test]
fn figures_that_cannot_be_said_are_refused_before_they_are_sent() {
    for (settings, line) in [
        ("{}", figure("gA", 1)),
        ("{}", figure("gA|x", 1)),
        ("{}", figure("gA|1", -1)),
        (GRAPHQL, figure("gA|1", i64::from(i32::MAX) + 1)),
    ] {
        assert_eq!(plan(settings, &[stock(&[line])]).unwrap_err().code, RejectCode::CannotExpress);
    }
    assert_eq!(plan("{}", &[stock(&[])]).unwrap_err().code, RejectCode::CannotExpress);
}

#[test]
fn rest_replies_hold_for_the_whole_call() {
    let operations = [stock(&[figure("gA|1", 1)]), stock(&[figure("gB|2", 2)])];
    let all = |reply: &Reply| {
        let outcomes = interpret("{}", &operations, reply);
        assert_eq!(outcomes.len(), 2);
        assert_eq!(
            format!("{:?}", outcomes[0]),
            format!("{:?}", outcomes[1]),
            "the same for all, so that the engine splits"
        );
        outcomes[0].clone()
    };
    assert!(matches!(all(&reply(201, "")), Outcome::Done(_)));
    let bad =
        r#"{"errors":[{"title":"Validation error","detail":"count is wrong","code":422,"source":"count_on_hand/1"}]}"#;
    let Outcome::Rejected(rejection) = all(&reply(422, bad)) else { panic!("422 is a refusal") };
    assert!(rejection.code == RejectCode::RefusedByRemote && rejection.detail.contains("count is wrong"));
    for status in [403, 404] {
        let Outcome::Rejected(rejection) = all(&reply(status, "{}")) else { panic!("{status}") };
        assert!(rejection.code == RejectCode::NotFound && rejection.detail.contains("stock_api = \"graphql\""));
    }
    assert!(matches!(all(&reply(415, "{}")), Outcome::Rejected(_)));
    assert!(matches!(all(&reply(401, "")), Outcome::NotDone(Failure::Denied(_))));
    assert!(matches!(all(&reply(429, "")), Outcome::NotDone(Failure::Throttled(Some(_)))));
    for unclear in [reply(500, ""), reply(503, ""), reply(201, "<html>"), reply(302, ""), reply(403, "<html>")] {
        assert!(matches!(all(&unclear), Outcome::Unknown(_)), "{unclear:?}");
    }
}

#[test]
fn graphql_carries_each_figure_under_its_alias() {
    let call = plan(GRAPHQL, &[stock(&[figure("gA|1", 2), figure("gB|2", 0)])]).unwrap();
    assert_graphql(&call);
    let expected = json!({
        "v0": {"variantId": "gA", "attributes": {"countOnHand": 2, "infiniteQuantity": false}},
        "v1": {"variantId": "gB", "attributes": {"countOnHand": 0, "infiniteQuantity": false}},
    });
    assert_eq!(variables(&call), expected);
    let text = body(&call)["query"].as_str().unwrap().to_owned();
    let parsed = graphql_parser::parse_query::<&str>(&text).unwrap();
    assert_eq!(parsed.definitions.len(), 2);
    assert!(text.contains("s1: variantUpdate(input: $v1)"));
}

#[test]
fn graphql_outcomes_belong_to_their_figures() {
    let operations = [
        stock(&[figure("gA|1", 1)]),
        stock(&[figure("gB|2", 2), figure("gC|3", 3)]),
        stock(&[figure("gD|4", 4)]),
        stock(&[figure("gE|5", 5)]),
    ];
    let taken = json!({"status": 200, "errors": null, "variant": {"id": "x", "countOnHand": 1}});
    let partial = ok(&json!({
        "data": {
            "s0": taken, "s1": taken,
            "s2": {"errors": [{"field": "countOnHand", "messages": ["is not allowed"]}], "variant": null},
            "s3": null, "s4": null
        },
        "errors": [
            {"message": "No object found for variantId: gD", "path": ["s3"]},
            {"message": "hiccup", "path": ["s4"]}
        ]
    }));
    let outcomes = interpret(GRAPHQL, &operations, &partial);
    assert!(matches!(&outcomes[0], Outcome::Done(_)));
    let Outcome::Rejected(refused) = &outcomes[1] else { panic!("{:?}", outcomes[1]) };
    assert!(refused.detail.contains("SKU-gC|3") && !refused.detail.contains("SKU-gB"), "{}", refused.detail);
    let Outcome::Rejected(missing) = &outcomes[2] else { panic!("{:?}", outcomes[2]) };
    assert!(missing.code == RejectCode::NotFound && missing.detail.contains("SKU-gD|4"));
    assert!(matches!(&outcomes[3], Outcome::Unknown(text) if text.contains("hiccup")));
}

#[test]
fn graphql_whole_call_trouble_is_the_same_for_all() {
    let operations = [stock(&[figure("gA|1", 1)]), stock(&[figure("gB|2", 2)])];
    let bad = "Variable $v1 of type VariantUpdateMutationInput! was provided invalid value for attributes";
    let refused = interpret(GRAPHQL, &operations, &ok(&json!({"errors": [{"message": bad}]})));
    assert!(refused.iter().all(|outcome| matches!(outcome, Outcome::Rejected(_))));
    assert_eq!(format!("{:?}", refused[0]), format!("{:?}", refused[1]));
    let lost = interpret(GRAPHQL, &operations, &ok(&json!({"data": {}})));
    assert!(lost.iter().all(|outcome| matches!(outcome, Outcome::Unknown(_))));
}

#[test]
fn an_operation_weighs_its_figures() {
    let operation = stock(&[figure("gA|1", 1), figure("gB|2", 2)]);
    assert_eq!(marketplacer().weight(&operation, &PUBLISH), 2);
}
