//! What holds for every callback and reply (`reliability.md` §4, T9).

use bytes::Bytes;
use crossdock_connector::{
    Connector, Intake, Operation, Outcome, Page, Read, Shipment, Stage, StageKind, Step, StockLine, WebhookRequest,
};
use crossdock_model::ShippedLine;
use prop_kit::{cases, line, python, sample, text, word};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::*;

fn deliver(settings: &str, header: (&'static str, &[u8]), body: &[u8], secret: &str) -> Option<Intake> {
    let mut headers = http::HeaderMap::new();
    headers.insert(header.0, http::HeaderValue::from_bytes(header.1).ok()?);
    let (method, body) = (http::Method::POST, Bytes::copy_from_slice(body));
    let at = at("2026-03-01T10:00:00Z");
    let request =
        WebhookRequest { method: &method, event: "order", query: "", headers: &headers, body: &body, secret, at };
    Some(with_settings(settings).webhook(&request))
}

fn event(id: &str, note: &str) -> String {
    json!({ "id": id, "event_name": "update", "note": note,
        "payload": { "data": { "node": { "__typename": "Invoice", "id": INVOICE } } } })
    .to_string()
}

/// HMAC-SHA256 of each body under each secret, by Python.
fn signatures(pairs: &[(String, String)]) -> Vec<String> {
    let script = "import hmac, hashlib, base64
return [base64.b64encode(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()).decode() for secret, body in given]";
    let given: Vec<Value> = pairs.iter().map(|(secret, body)| json!([secret, body])).collect();
    let signed = python(script, &json!(given));
    signed.as_array().unwrap().iter().map(|signature| signature.as_str().unwrap().to_owned()).collect()
}

const SIGNED: &str = r#"{"use_hmac": true}"#;
const SIGNATURE: &str = "marketplacer-hmac-256";

/// What Python signs is genuine, and no single bit of body, signature or key may be another one.
#[test]
fn prop_one_flipped_bit_makes_a_callback_a_forgery() {
    let pairs: Vec<(String, String)> = sample(&(word(), word(), line()), 40)
        .into_iter()
        .map(|(secret, id, note)| (secret, event(&id, &note)))
        .collect();
    let signed = signatures(&pairs);
    for ((secret, body), signature) in pairs.iter().zip(&signed) {
        let genuine = deliver(SIGNED, (SIGNATURE, signature.as_bytes()), body.as_bytes(), secret);
        assert!(matches!(genuine, Some(Intake::Accept(hints)) if hints.len() == 1), "{body}");
        let flipped = |bytes: &[u8], bit: usize| {
            let mut bytes = bytes.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        for bit in 0..body.len() * 8 {
            let forged = deliver(SIGNED, (SIGNATURE, signature.as_bytes()), &flipped(body.as_bytes(), bit), secret);
            assert!(matches!(forged, Some(Intake::BadSignature(_))), "bit {bit} of {body}");
        }
        for bit in 0..signature.len() * 8 {
            // A bit that no header can carry never arrives.
            let changed = flipped(signature.as_bytes(), bit);
            let forged = deliver(SIGNED, (SIGNATURE, &changed), body.as_bytes(), secret);
            assert!(matches!(forged, None | Some(Intake::BadSignature(_))), "bit {bit} of {signature}");
        }
        for bit in 0..secret.len() * 8 {
            let Ok(other) = String::from_utf8(flipped(secret.as_bytes(), bit)) else { continue };
            let forged = deliver(SIGNED, (SIGNATURE, signature.as_bytes()), body.as_bytes(), &other);
            assert!(matches!(forged, Some(Intake::BadSignature(_))), "bit {bit} of the key");
        }
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_only_the_whole_secret_opens_the_door(secret in "[!-~]{1,40}", given in "[ -~]{0,41}", bit in 0_usize..7) {
        let open = |given: &[u8]| matches!(deliver("{}", ("x-crossdock-token", given), event("1", "").as_bytes(), &secret), Some(Intake::Accept(_)));
        prop_assert!(open(secret.as_bytes()));
        prop_assert_eq!(open(given.as_bytes()), given == secret);
        for place in 0..secret.len() {
            let mut forged = secret.clone().into_bytes();
            forged[place] ^= 1 << bit;
            prop_assert!(!open(&forged));
            prop_assert!(!open(&secret.as_bytes()[..place]));
        }
    }

    #[test]
    fn prop_two_deliveries_of_one_event_have_one_id_and_two_events_have_two(ids in prop::collection::btree_set(word(), 2..5), notes in (line(), line())) {
        let id = |body: &str| match deliver("{}", ("x-crossdock-token", b"s"), body.as_bytes(), "s") {
            Some(Intake::Accept(hints)) => hints.into_iter().next().map(|hint| hint.id),
            _ => None,
        };
        let mut known = std::collections::BTreeSet::new();
        for event_id in &ids {
            let first = id(&event(event_id, &notes.0));
            prop_assert!(first.is_some());
            prop_assert_eq!(&first, &id(&event(event_id, &notes.1)), "the event's own id decides");
            prop_assert!(known.insert(first));
        }
    }

    #[test]
    fn prop_no_callback_panics_and_none_is_believed(body in text(), pieces in prop::collection::vec(text(), 0..3)) {
        let spliced = event("1", "").replacen('"', &pieces.concat(), 1);
        for body in [body, spliced] {
            match deliver("{}", ("x-crossdock-token", b"s"), body.as_bytes(), "s") {
                Some(Intake::Accept(hints)) => {
                    let only_looks = hints.iter().all(|hint| matches!(hint.look, Read::OrdersById { .. }) && hint.id.len() <= 200);
                    prop_assert!(only_looks);
                }
                other => prop_assert!(matches!(other, Some(Intake::Unreadable(_)))),
            }
        }
    }

    /// F14: whatever comes back, a write is not done by it, and a look is not in doubt.
    #[test]
    fn prop_f14_no_text_at_all_is_a_success(status in prop::sample::select(vec![200_u16, 201, 204, 400, 403, 404, 422, 429, 500, 503]), body in text(), message in text()) {
        let shipment = Operation::ConfirmDespatch(Box::new(Shipment {
            order_id: INVOICE.to_owned(),
            package: "D1/T1".to_owned(),
            carrier_code: Some("c".to_owned()),
            carrier_name: "DPD".to_owned(),
            tracking: "T1".to_owned(),
            tracking_url: None,
            despatched_at: at("2026-03-01T10:00:00Z"),
            lines: vec![ShippedLine { line_id: "l".to_owned(), quantity: 1 }],
        }));
        let errors = json!({ "data": null, "errors": [{ "message": message }] }).to_string();
        let connector = marketplacer();
        for body in [body, errors] {
            for name in ["look", "create", "confirm", "settle"] {
                let stage = Stage::new(name);
                let step = Step { effect: "xd-1", operation: &shipment, stage: &stage, note: &Value::Null, attempt: 1 };
                let outcomes = connector.interpret(&[step], &session(), &reply(status, body.clone()));
                prop_assert_eq!(outcomes.len(), 1);
                match (connector.stage_kind(&shipment, &stage), &outcomes[0]) {
                    (_, Outcome::Done(_)) => prop_assert!(false, "{} is done by {:?}", name, body),
                    (StageKind::Look, Outcome::Unknown(_)) => prop_assert!(false, "{} cannot be unknown", name),
                    _ => {}
                }
            }
        }
    }

    /// F18: one outcome for each line and step, and no figure that is not one of those given.
    #[test]
    fn prop_f18_a_push_names_each_listing_once_with_its_own_figure(figures in prop::collection::btree_map(1_u32..99_999, 0_i64..500, 1..20), rest in any::<bool>()) {
        let lines: Vec<StockLine> = figures
            .iter()
            .map(|(id, quantity)| StockLine { listing: format!("VmFyaWFudC0{id}|{id}"), sku: format!("S{id}"), quantity: *quantity })
            .collect();
        let operation = Operation::SetStock { lines };
        let settings = if rest { r#"{"stock_api": "rest"}"# } else { r#"{"stock_api": "graphql"}"# };
        let connector = with_settings(settings);
        let stage = connector.first_stage(&operation, &session());
        let step = Step { effect: "xd-1", operation: &operation, stage: &stage, note: &Value::Null, attempt: 0 };
        let Ok(call) = connector.plan(&[step], &session()) else { return Ok(()) };
        let body = String::from_utf8(call.request.body().to_vec()).unwrap();
        let sent: Value = serde_json::from_str(&body).unwrap();
        // Each figure stands in the body as a whole number beside its id.
        let mut numbers = Vec::new();
        collect(&sent, &mut numbers);
        for (id, quantity) in &figures {
            prop_assert!(body.contains(&id.to_string()));
            prop_assert!(numbers.contains(quantity), "{}", quantity);
        }
    }

    #[test]
    fn prop_one_odd_invoice_never_hides_another(name in word(), wrong in text()) {
        let odd = json!({ "__typename": "Invoice", "id": "SW52b2ljZS0x", name.as_str(): wrong, "lineItems": wrong });
        let good = json!({ "__typename": "Invoice", "id": INVOICE, "legacyId": 13737 });
        let body = json!({ "data": { "invoices": { "nodes": [odd, good], "pageInfo": { "hasNextPage": false, "endCursor": null } } } });
        let read = Read::Orders { since: at("2026-03-01T00:00:00Z"), page: Page::first() };
        match answer(&read, &ok(&body)) {
            Ok(reply) => prop_assert!(reply.observations.len() >= 2, "{:?}", reply.observations),
            Err(failure) => prop_assert!(matches!(failure, crossdock_connector::Failure::Retry(_)), "{:?}", failure),
        }
    }
}

fn collect(value: &Value, out: &mut Vec<i64>) {
    match value {
        Value::Number(number) => out.extend(number.as_i64()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, out)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, out)),
        _ => {}
    }
}
