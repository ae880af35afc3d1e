//! Stock reaches the marketplace (A022, A064), on either surface.

use crossdock_connector::{Connector, Failure, Operation, Outcome, RejectCode, Reply, Stage, StockLine};
use serde_json::{Value, json};

use crate::support::*;

static PUBLISH: Stage = Stage::new("publish");
const GRAPHQL: &str = r#"{"stock_api": "graphql"}"#;
const REST: &str = r#"{"stock_api": "rest"}"#;

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
        (REST, figure("gA", 1)),
        (REST, figure("gA|x", 1)),
        ("{}", figure("gA|1", -1)),
        (GRAPHQL, figure("gA|1", i64::from(i32::MAX) + 1)),
    ] {
        assert_eq!(plan(settings, &[stock(&[line])]).unwrap_err().code, RejectCode::CannotExpress);
    }
    assert_eq!(plan("{}", &[stock(&[])]).unwrap_err().code, RejectCode::CannotExpress);
    // Left to choose, a listing without a number goes over the surface that needs none.
    let call = plan("{}", &[stock(&[figure("gA|1", 1), figure("gB", 2)])]).unwrap();
    assert_eq!(call.request.uri(), "/graphql");
    assert_eq!(variables(&call)["v1"]["variantId"], "gB");
}

/// The outcome of a call with two operations, which a REST reply never tells apart.
fn both(settings: &str, reply: &Reply) -> Outcome {
    let operations = [stock(&[figure("gA|1", 1)]), stock(&[figure("gB|2", 2)])];
    let outcomes = interpret(settings, &operations, reply);
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[0], outcomes[1], "the same for all, so that the engine splits");
    outcomes[0].clone()
}

#[test]
fn rest_replies_hold_for_the_whole_call() {
    for taken in [reply(201, ""), reply(201, " \n"), reply(201, "{}"), reply(201, r#"{"errors": null}"#)] {
        assert!(matches!(both("{}", &taken), Outcome::Done(_)), "{taken:?}");
    }
    let bad =
        r#"{"errors":[{"title":"Validation error","detail":"count is wrong","code":422,"source":"count_on_hand/1"}]}"#;
    let Outcome::Rejected(rejection) = both("{}", &reply(422, bad)) else { panic!("422 is a refusal") };
    assert!(rejection.code == RejectCode::RefusedByRemote && rejection.detail.contains("count is wrong"));
    assert!(matches!(both("{}", &reply(415, "{}")), Outcome::Rejected(_)));
    assert!(matches!(both("{}", &reply(401, "")), Outcome::NotDone(Failure::Denied(_))));
    assert!(matches!(both("{}", &reply(429, "")), Outcome::NotDone(Failure::Throttled(Some(_)))));
    for unclear in [
        reply(500, ""),
        reply(503, ""),
        reply(302, ""),
        reply(403, "<html>"),
        // Only a plain 201 is documented as success (§4.3).
        reply(200, ""),
        reply(204, ""),
        reply(201, "<html>"),
        reply(201, "{"),
        reply(201, bad),
    ] {
        assert!(matches!(both("{}", &unclear), Outcome::Unknown(_)), "{unclear:?}");
    }
}

#[test]
fn a_key_without_the_rest_call_publishes_one_by_one_within_the_same_effect() {
    // A064: "stock by bulk REST where the key allows it, else throttled variantUpdate".
    for closed in [reply(403, "{}"), reply(404, "{}"), reply(404, ""), reply(404, "<html>"), reply(404, "Not Found")] {
        let Outcome::Next { stage, after, note } = both("{}", &closed) else { panic!("{closed:?}") };
        assert_eq!((stage.as_str(), after.as_secs()), ("one-by-one", 0));

        let lines: Vec<_> = (0..45).map(|n| figure(&format!("g{n}|{n}"), n)).collect();
        let operation = stock(&lines);
        let (mut note, mut sent) = (note, Vec::new());
        let done = loop {
            let step = step(&operation, &stage, &note);
            let call = marketplacer().plan(&[step], &session()).unwrap();
            assert_graphql(&call);
            let variables = variables(&call);
            let slice = variables.as_object().unwrap().len();
            sent.push(slice);
            assert_eq!(variables["v0"]["variantId"], format!("g{}", sent.iter().sum::<usize>() - slice));
            let reply = ok(&json!({"data": taken(slice)}));
            match outcome(&marketplacer(), step, &reply) {
                Outcome::Next { stage: next, note: further, .. } if next == stage => note = further,
                done => break done,
            }
        };
        assert_eq!(sent, [20, 20, 5], "slices of stock_aliases");
        assert!(matches!(done, Outcome::Done(evidence) if evidence.summary.contains("45")));
    }
}

#[test]
fn a_connection_that_may_only_use_rest_waits_until_it_can() {
    // The key is wrong, not the figures: no SKU is refused for it.
    for closed in [reply(403, "{}"), reply(404, "{}"), reply(404, "")] {
        let Outcome::NotDone(Failure::Retry(text)) = both(REST, &closed) else { panic!("{closed:?}") };
        assert!(text.contains("not open to this key"));
    }
    for page in [reply(403, "<html>"), reply(404, "<!doctype html>")] {
        assert!(matches!(both(REST, &page), Outcome::Unknown(_)));
    }
}

/// A payload for each of the first aliases.
fn taken(figures: usize) -> Value {
    let payload = json!({"status": 200, "errors": null, "variant": {"id": "x", "countOnHand": 1}});
    (0..figures).map(|index| (format!("s{index}"), payload.clone())).collect()
}

#[test]
fn listings_that_sell_without_limit_are_ended_over_the_surface_that_can() {
    // §4.3 does not say whether a count ends "INFINITE"; §3.5 has a switch for it.
    let operation = stock(&[figure("gA|1", 1), figure("gB|2", 2), figure("gC|3", 3)]);
    let mut session = session();
    session.facts.insert("infinite_listings".into(), "gZ|9 gB|2".into());
    let published = step(&operation, &PUBLISH, &Value::Null);
    let outcomes = marketplacer().interpret(&[published], &session, &reply(201, ""));
    let Outcome::Next { stage, note, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    let cleared = step(&operation, stage, note);
    let call = marketplacer().plan(&[cleared], &session).unwrap();
    let attributes = json!({"countOnHand": 2, "infiniteQuantity": false});
    assert_eq!(variables(&call), json!({"v0": {"variantId": "gB", "attributes": attributes}}));
    assert!(matches!(outcome(&marketplacer(), cleared, &ok(&json!({"data": taken(1)}))), Outcome::Done(_)));
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
    // One of two was refused: the other one stays taken, and the hub learns which by its SKU.
    let Outcome::Done(evidence) = &outcomes[1] else { panic!("{:?}", outcomes[1]) };
    let errors = evidence.facts["errors"].as_array().unwrap();
    assert_eq!((errors.len(), &errors[0]["sku"]), (1, &json!("SKU-gC|3")));
    assert!(errors[0]["reason"].as_str().unwrap().contains("is not allowed"));
    let Outcome::Rejected(missing) = &outcomes[2] else { panic!("{:?}", outcomes[2]) };
    assert!(missing.code == RejectCode::NotFound && missing.detail.contains("re-import"));
    assert!(matches!(&outcomes[3], Outcome::Unknown(text) if text.contains("hiccup")));
}

#[test]
fn a_key_that_may_set_no_stock_is_told_of_and_refuses_no_sku() {
    let scope = |root: &str| json!({"message": "x", "path": [root], "extensions": {"code": "MISSING_SCOPE"}});
    let operations = [stock(&[figure("gA|1", 1)]), stock(&[figure("gB|2", 2)])];
    let refused = json!({"data": {"s0": null, "s1": null}, "errors": [scope("s0"), scope("s1")]});
    for outcome in interpret(GRAPHQL, &operations, &ok(&refused)) {
        assert!(matches!(&outcome, Outcome::NotDone(Failure::Forbidden(_))), "{outcome:?}");
    }
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
