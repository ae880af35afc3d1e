//! A despatch reaches the marketplace once, with carrier and tracking (A083, A087).

use crossdock_connector::{Connector, Failure, Operation, Outcome, RejectCode, Reply, Shipment, Stage};
use crossdock_model::ShippedLine;
use serde_json::{Value, json};

use crate::support::*;

const CARRIER: &str = "U2hpcG1lbnRDYXJyaWVyLTY4";

fn shipment() -> Shipment {
    Shipment {
        order_id: INVOICE.into(),
        package: "D1/T-1".into(),
        carrier_code: Some(CARRIER.into()),
        carrier_name: "DPD".into(),
        tracking: "T-1".into(),
        tracking_url: None,
        despatched_at: at("2026-03-01T09:00:00.5Z"),
        lines: vec![line("L1", 1), line("L2", 1), line("L1", 1)],
    }
}

fn line(id: &str, quantity: i64) -> ShippedLine {
    ShippedLine { line_id: id.into(), quantity }
}

pub(crate) fn package() -> Operation {
    Operation::ConfirmDespatch(Box::new(shipment()))
}

fn changed(change: impl FnOnce(&mut Shipment)) -> Operation {
    let mut shipment = shipment();
    change(&mut shipment);
    Operation::ConfirmDespatch(Box::new(shipment))
}

fn held(tracking: &str, note: &str, items: &[(&str, i64)]) -> Value {
    let items: Vec<Value> = items.iter().map(|(id, n)| json!({"quantity": n, "lineItem": {"id": id}})).collect();
    json!({"id": "S9", "legacyId": 9, "carrier": "DPD", "trackingNumber": tracking, "note": note, "shippedItems": items})
}

fn invoice(shipments: &[Value]) -> Value {
    json!({"__typename": "Invoice", "id": INVOICE, "createdAt": "2026-02-28T10:00:00Z", "shipments": shipments,
           "lineItems": [{"id": "L1", "quantity": 2, "quantityAwaitingDispatch": 2},
                         {"id": "L2", "quantity": 1, "quantityAwaitingDispatch": null}]})
}

fn nodes(nodes: &[Value]) -> Reply {
    ok(&json!({"data": {"nodes": nodes}}))
}

fn at_stage(stage: &'static str, note: &Value, reply: &Reply) -> Outcome {
    outcome(&marketplacer(), step(&package(), &Stage::new(stage), note), reply)
}

/// The look and, where it says something against the parcel, the second one that has to agree.
fn twice(stage: &'static str, note: &Value, reply: &Reply) -> Outcome {
    match at_stage(stage, note, reply) {
        Outcome::Next { stage: next, after, note } if next.as_str() == stage => {
            assert_eq!(after.as_secs(), 60);
            at_stage(stage, &note, reply)
        }
        other => other,
    }
}

fn look(shipments: &[Value]) -> Outcome {
    twice("look", &Value::Null, &nodes(&[invoice(shipments)]))
}

fn code(outcome: &Outcome) -> RejectCode {
    match outcome {
        Outcome::Rejected(rejection) => rejection.code,
        other => panic!("not rejected: {other:?}"),
    }
}

#[test]
fn one_look_serves_several_parcels() {
    let (one, other) = (package(), changed(|shipment| shipment.order_id = "OTHER".into()));
    let stage = Stage::new("look");
    let steps =
        [step(&one, &stage, &Value::Null), step(&one, &stage, &Value::Null), step(&other, &stage, &Value::Null)];
    let call = marketplacer().plan(&steps, &session()).unwrap();
    assert_graphql(&call);
    assert_eq!(variables(&call), json!({"ids": [INVOICE, "OTHER"]}));
    // The answer's order does not matter; an invoice that is left out is asked again.
    let outcomes = marketplacer().interpret(&steps, &session(), &nodes(&[invoice(&[])]));
    assert!(matches!(&outcomes[0], Outcome::Absent { .. }) && matches!(&outcomes[1], Outcome::Absent { .. }));
    assert!(matches!(&outcomes[2], Outcome::NotDone(Failure::Retry(_))));
}

#[test]
fn what_is_already_there_is_adopted() {
    let same = [("L1", 2), ("L2", 1)];
    for held in [
        held("T-1", "entered by hand", &same),
        held(" T-1 ", "Crossdock 01J0EFFECT D1/T-1", &same),
        // A replay has a reference of its own; the package is the same. And a note that names no package.
        held("T-1", "Crossdock 01JOLDID D1/T-1", &same),
        held("T-1", "Crossdock 01J0EFFECT", &same),
    ] {
        assert!(matches!(look(std::slice::from_ref(&held)), Outcome::Done(_)), "{held}");
    }
    // The same parcel, entered line by line in the portal.
    let parts = [held("T-1", "", &[("L1", 2)]), held("T-1", "", &[("L2", 1)])];
    assert!(matches!(look(&parts), Outcome::Done(_)));
}

#[test]
fn the_same_tracking_with_other_content_needs_a_person() {
    assert_eq!(code(&look(&[held("T-1", "by hand", &[("L1", 1)])])), RejectCode::Conflict);
    assert_eq!(code(&look(&[held("T-1", "Crossdock 01J0EFFECT", &[("L1", 1)])])), RejectCode::Mismatch);
    assert_eq!(code(&look(&[held("T-9", "Crossdock 01J0EFFECT", &[("L1", 2), ("L2", 1)])])), RejectCode::Mismatch);
    let mut opaque = held("T-1", "by hand", &[]);
    opaque["shippedItems"] = Value::Null;
    assert_eq!(code(&look(&[opaque])), RejectCode::Conflict);
}

#[test]
fn the_second_of_two_equal_boxes_under_one_tracking_number_is_recorded_too() {
    // One consignment number for both boxes, one unit of the same line in each: only our key tells them apart.
    let box_of = |key: &str| {
        changed(|shipment| {
            shipment.package = key.to_owned();
            shipment.lines = vec![line("L1", 1)];
        })
    };
    let look = |operation: &Operation, effect, shipments: &[Value], left: i64| {
        let stage = Stage::new("look");
        let mut invoice = invoice(shipments);
        invoice["lineItems"][0]["quantityAwaitingDispatch"] = json!(left);
        let note = json!({"verdict": "wrong_state"});
        let step = crossdock_connector::Step { effect, ..step(operation, &stage, &note) };
        outcome(&marketplacer(), step, &nodes(&[invoice]))
    };
    let first = held("T-1", "Crossdock 01J0EFFECT D1/T-1", &[("L1", 1)]);
    let both = [first.clone(), held("T-1", "Crossdock 01J1OTHER D2/T-1", &[("L1", 1)])];
    let shipments = std::slice::from_ref(&first);
    assert!(matches!(look(&box_of("D1/T-1"), "01J0EFFECT", shipments, 1), Outcome::Done(_)));
    assert!(matches!(look(&box_of("D2/T-1"), "01J1OTHER", shipments, 1), Outcome::Absent { .. }));
    assert!(matches!(look(&box_of("D2/T-1"), "01J1OTHER", &both, 0), Outcome::Done(_)));
    // With no room left it is a person's matter; the other box's shipment is still not taken for this one.
    assert_eq!(code(&look(&box_of("D2/T-1"), "01J1OTHER", shipments, 0)), RejectCode::WrongState);
}

#[test]
fn another_parcel_of_the_hub_with_the_same_tracking_is_no_conflict() {
    let mut invoice = invoice(&[held("T-1", "Crossdock 01JANOTHER D9/T-1", &[("L3", 1)])]);
    invoice["lineItems"].as_array_mut().unwrap().push(json!({"id": "L3", "quantity": 1}));
    assert!(matches!(at_stage("look", &Value::Null, &nodes(&[invoice])), Outcome::Absent { .. }));
}

#[test]
fn nothing_is_sent_that_the_invoice_has_no_room_for() {
    assert_eq!(code(&look(&[held("T-0", "", &[("L2", 1)])])), RejectCode::WrongState, "L2 has left already");
    let mut full = invoice(&[]);
    full["lineItems"][0]["quantityAwaitingDispatch"] = json!(1);
    assert_eq!(code(&twice("look", &Value::Null, &nodes(&[full]))), RejectCode::WrongState);
    let mut cancelled = invoice(&[]);
    cancelled["lineItems"][1]["statusFull"] = json!("CANCELLED");
    assert_eq!(code(&twice("look", &Value::Null, &nodes(&[cancelled]))), RejectCode::WrongState);
    let mut foreign = invoice(&[]);
    foreign["lineItems"][1]["id"] = json!("L7");
    assert_eq!(code(&twice("look", &Value::Null, &nodes(&[foreign]))), RejectCode::NotFound);
}

#[test]
fn a_look_that_shows_too_little_decides_nothing() {
    for field in ["shipments", "lineItems"] {
        let mut sparse = invoice(&[]);
        sparse[field] = Value::Null;
        let outcome = at_stage("look", &Value::Null, &nodes(&[sparse]));
        assert!(matches!(outcome, Outcome::NotDone(Failure::Retry(_))), "{field}");
    }
    assert_eq!(code(&twice("look", &Value::Null, &nodes(&[Value::Null]))), RejectCode::NotFound);
    let troubled = ok(&json!({"data": {"nodes": [null]}, "errors": [{"message": "Timeout", "path": ["nodes", 0]}]}));
    assert!(matches!(at_stage("look", &Value::Null, &troubled), Outcome::NotDone(Failure::Retry(_))));
}

#[test]
fn an_unknown_invoice_is_refused_without_its_neighbours() {
    let (one, other) = (package(), changed(|shipment| shipment.order_id = "OTHER".into()));
    let (stage, note) = (Stage::new("look"), json!({"verdict": "not_found"}));
    let steps = [step(&one, &stage, &note), step(&other, &stage, &note)];
    let refused = |id: &str| {
        let message = format!("No object found for ids: {id}");
        let reply = ok(&json!({"data": null, "errors": [{"message": message}]}));
        marketplacer().interpret(&steps, &session(), &reply)
    };
    let outcomes = refused("OTHER");
    assert!(matches!(&outcomes[0], Outcome::NotDone(Failure::Retry(_))));
    assert_eq!(code(&outcomes[1]), RejectCode::NotFound);
    // An id that only begins like ours names nobody: then the refusal is about the call as a whole.
    let outcomes = refused("OTHER7");
    assert_eq!((code(&outcomes[0]), code(&outcomes[1])), (RejectCode::NotFound, RejectCode::NotFound));
}

#[test]
fn no_parcel_is_refused_by_one_look() {
    // An answer may lack what decides, or be older than what was written: the next look sees it.
    let opaque = || {
        let mut shipment = held("T-1", "by hand", &[("L1", 2), ("L2", 1)]);
        shipment["shippedItems"] = Value::Null;
        shipment
    };
    let mut full = invoice(&[]);
    full["lineItems"][0]["quantityAwaitingDispatch"] = json!(0);
    for poor in [nodes(&[Value::Null]), nodes(&[invoice(&[opaque()])]), nodes(&[full])] {
        let first = at_stage("look", &Value::Null, &poor);
        let Outcome::Next { stage, after, note } = first else { panic!("{first:?}") };
        assert_eq!((stage.as_str(), after.as_secs()), ("look", 60));
        let seen = at_stage("look", &note, &nodes(&[invoice(&[])]));
        assert!(
            matches!(seen, Outcome::Absent { stage, .. } if stage.as_str() == "create"),
            "the second one sees more"
        );
        assert!(matches!(at_stage("look", &note, &poor), Outcome::Rejected(_)));
    }
    // Two looks that say different things do not agree.
    let note = json!({"verdict": "conflict"});
    assert!(matches!(at_stage("look", &note, &nodes(&[Value::Null])), Outcome::Next { .. }));
}

#[test]
fn our_own_shipment_of_unknown_content_counts_as_recorded() {
    let mut opaque = held("T-1", "Crossdock 01J0EFFECT", &[]);
    opaque["shippedItems"] = Value::Null;
    assert!(matches!(look(&[opaque]), Outcome::Done(_)));
}

fn create_call(
    operation: &Operation,
    note: &Value,
) -> Result<crossdock_connector::Call, crossdock_connector::Rejection> {
    marketplacer().plan(&[step(operation, &Stage::new("create"), note)], &session())
}

#[test]
fn a_shipment_is_created_with_carrier_tracking_and_our_note() {
    let call = create_call(&package(), &json!({"placed_at": "2026-02-28T10:00:00Z"})).unwrap();
    assert_graphql(&call);
    assert_eq!(operation_name(&call), "CrossdockShipmentCreate");
    let expected = json!({"input": {
        "invoiceId": INVOICE,
        "dispatchedAt": "2026-03-01T09:00:00.500Z",
        "postageCarrierId": CARRIER,
        "trackingNumber": "T-1",
        "note": "Crossdock 01J0EFFECT D1/T-1",
        "shippedItems": [{"lineItemId": "L1", "quantity": 2}, {"lineItemId": "L2", "quantity": 1}],
    }});
    assert_eq!(variables(&call), expected);
}

#[test]
fn no_despatch_is_dated_before_its_order() {
    // §3.4: the remote refuses such a date.
    let call = create_call(&package(), &json!({"placed_at": "2026-03-01T20:00:00+11:00"})).unwrap();
    assert_eq!(variables(&call)["input"]["dispatchedAt"], "2026-03-01T20:00:01.000+11:00");
}

#[test]
fn a_despatch_is_dated_by_the_marketplaces_own_day() {
    // §3.4: the field is a date. 22:30 in London on the first is a morning of the second in Sydney, where the order was placed
    // the same morning: dated in UTC it would be a day older than its order.
    let late = changed(|shipment| shipment.despatched_at = at("2026-03-01T22:30:00Z"));
    let dated = |settings: &str, placed: &str| {
        let (stage, note) = (Stage::new("create"), json!({"placed_at": placed}));
        let call = with_settings(settings).plan(&[step(&late, &stage, &note)], &session()).unwrap();
        variables(&call)["input"]["dispatchedAt"].clone()
    };
    assert_eq!(dated("{}", "2026-03-02T09:00:00+11:00"), "2026-03-02T09:30:00.000+11:00");
    assert_eq!(dated("{}", "2026-03-01T10:00:00Z"), "2026-03-01T22:30:00.000Z");
    let sydney = r#"{"time_zone": "Australia/Sydney"}"#;
    assert_eq!(dated(sydney, "2026-03-01T10:00:00Z"), "2026-03-02T09:30:00.000+11:00");
    let london = r#"{"time_zone": "Europe/London"}"#;
    assert_eq!(dated(london, "2026-03-01T10:00:00+11:00"), "2026-03-01T22:30:00.000Z");
}

#[test]
fn what_marketplacer_cannot_take_is_refused_before_it_is_sent() {
    for operation in [
        changed(|shipment| shipment.carrier_code = None),
        changed(|shipment| shipment.carrier_code = Some(" ".into())),
        changed(|shipment| shipment.tracking = " ".into()),
        changed(|shipment| shipment.lines.clear()),
        changed(|shipment| shipment.lines = vec![line("L1", 0)]),
        changed(|shipment| shipment.lines = vec![line("L1", i64::MAX), line("L1", i64::MAX)]),
    ] {
        assert_eq!(create_call(&operation, &Value::Null).unwrap_err().code, RejectCode::CannotExpress, "{operation:?}");
    }
}

#[test]
fn free_text_is_never_part_of_the_document() {
    // Values travel as variables: no text can change the meaning of a mutation.
    for nasty in ["\"}) { x }", "\\", "\u{0}", "…🚚", "'; --", "$input"] {
        let call = create_call(&changed(|shipment| shipment.tracking = nasty.into()), &Value::Null).unwrap();
        assert_eq!(variables(&call)["input"]["trackingNumber"], nasty);
        let plain = create_call(&package(), &Value::Null).unwrap();
        assert_eq!(body(&call)["query"], body(&plain)["query"]);
    }
}

fn created(payload: &Value) -> Outcome {
    at_stage("create", &Value::Null, &ok(&json!({"data": {"shipmentCreate": payload}})))
}

#[test]
fn success_is_read_back_before_it_counts() {
    let made = created(&json!({"status": 200, "errors": null, "shipment": {"id": "S9", "legacyId": 9}}));
    let Outcome::Next { stage, note, .. } = made else { panic!("{made:?}") };
    assert_eq!((stage.as_str(), &note), ("confirm", &json!({"shipment": "S9"})));

    let confirm = |shipments: &[Value]| twice("confirm", &note, &nodes(&[invoice(shipments)]));
    let Outcome::Done(evidence) = confirm(&[held("T-1", "", &[("L1", 2), ("L2", 1)])]) else { panic!("not done") };
    assert_eq!(evidence.facts["shipment"], "S9");
    assert_eq!(code(&confirm(&[held("T-1", "", &[("L1", 1)])])), RejectCode::Mismatch);
    assert!(matches!(confirm(&[]), Outcome::NotDone(Failure::Retry(_))), "not visible yet: never written again");
}

#[test]
fn nothing_left_to_ship_is_believed_after_two_looks_a_minute_apart() {
    // §3.4: the answer to a repeat of our own lost write looks exactly like this, and what it did may show late.
    let text = "Shipped items quantity exceeds the maximum number of undispatched items.";
    let refused = created(&json!({"errors": [{"field": "shippedItems", "messages": [text]}], "shipment": null}));
    let look = |outcome: Outcome, shipments: &[Value]| {
        let Outcome::Next { stage, after, note } = outcome else { panic!("{outcome:?}") };
        assert_eq!((stage.as_str(), after.as_secs()), ("settle", 60));
        at_stage("settle", &note, &nodes(&[invoice(shipments)]))
    };
    let there = [held("T-1", "", &[("L1", 2), ("L2", 1)])];
    assert!(matches!(look(refused.clone(), &there), Outcome::Done(_)));
    let once_more = look(refused, &[]);
    assert!(matches!(look(once_more.clone(), &there), Outcome::Done(_)), "it showed late");
    let Outcome::Rejected(rejection) = look(once_more, &[]) else { panic!("a second look is the last") };
    assert!(rejection.code == RejectCode::WrongState && rejection.detail.contains("undispatched"));
}

#[test]
fn a_missing_scope_is_told_of_and_refuses_no_parcel() {
    // §1, §3.9: it is the key that lacks something, so every parcel would be refused alike.
    let scope = json!({"message": "orders:write", "extensions": {"code": "MISSING_SCOPE"}});
    let denied = |outcome: &Outcome| matches!(outcome, Outcome::NotDone(Failure::Forbidden(_)));
    let top = |data: Value, path: Value| {
        let mut error = scope.clone();
        error["path"] = path;
        ok(&json!({"data": data, "errors": [error]}))
    };
    assert!(denied(&at_stage(
        "create",
        &Value::Null,
        &top(json!({"shipmentCreate": null}), json!(["shipmentCreate"]))
    )));
    assert!(denied(&at_stage("create", &Value::Null, &top(Value::Null, Value::Null))));
    for data in [Value::Null, json!({"nodes": null}), json!({"nodes": [null]})] {
        let path = if data["nodes"].is_array() { json!(["nodes", 0]) } else { json!(["nodes"]) };
        assert!(denied(&at_stage("look", &Value::Null, &top(data, path))));
    }
}

#[test]
fn a_create_reply_is_final_only_when_it_says_so() {
    let refused = |reply: &Reply| code(&at_stage("create", &Value::Null, reply));
    let unknown = |reply: &Reply| matches!(at_stage("create", &Value::Null, reply), Outcome::Unknown(_));

    let errors = json!([{"field": "dispatchedAt", "messages": ["Dispatched at is before shipped items were ordered"]}]);
    assert_eq!(code(&created(&json!({"errors": errors, "shipment": null}))), RejectCode::RefusedByRemote);
    let top = |error: Value| ok(&json!({"data": {"shipmentCreate": null}, "errors": [error]}));
    let coercion = "Variable $input of type ShipmentCreateMutationInput! was provided invalid value for dispatchedAt";
    assert_eq!(refused(&top(json!({"message": coercion}))), RejectCode::RefusedByRemote);
    assert_eq!(refused(&top(json!({"message": "No object found for postageCarrierId: x"}))), RejectCode::NotFound);
    // Refused before anything ran: there is no `data` at all, and the path leads through the document.
    let schema = json!({"errors": [{"message": "Field 'x' doesn't exist on type 'Shipment'",
        "path": ["mutation CrossdockShipmentCreate", "shipmentCreate", "shipment", "x"],
        "extensions": {"code": "undefinedField"}}]});
    assert_eq!(refused(&ok(&schema)), RejectCode::RefusedByRemote);
    let mut half = schema;
    half["data"] = Value::Null;
    assert!(unknown(&ok(&half)), "with `data` something may have run");

    // Refused while the result was read: the shipment may well be there.
    assert!(unknown(&top(
        json!({"message": "object permissions error", "path": ["shipmentCreate", "shipment", "id"]})
    )));
    assert!(unknown(&top(json!({"message": "something new"}))));
    assert!(matches!(created(&json!({"errors": null, "shipment": null})), Outcome::Unknown(_)));
    assert!(matches!(created(&json!({})), Outcome::Unknown(_)));
    for reply in [
        reply(500, ""),
        reply(502, "<html>"),
        reply(503, ""),
        reply(403, "no"),
        reply(200, "<html>"),
        reply(200, "{\"data\""),
        reply(200, "{}"),
    ] {
        assert!(unknown(&reply), "{reply:?}");
    }
    let throttled = |reply: &Reply| {
        matches!(at_stage("create", &Value::Null, reply), Outcome::NotDone(Failure::Throttled(Some(_))))
    };
    assert!(throttled(&reply(429, "")));
    // 503 is a throttle too (§8), and what a gate says whose server had done the work: only a look tells.
    let waited = at_stage("create", &Value::Null, &reply_with(503, ("Retry-After", "30"), ""));
    let Outcome::Next { stage, after, .. } = waited else { panic!("{waited:?}") };
    assert_eq!((stage.as_str(), after.as_secs()), ("look", 30));
    assert!(matches!(at_stage("create", &Value::Null, &reply(401, "")), Outcome::NotDone(Failure::Denied(_))));
}
