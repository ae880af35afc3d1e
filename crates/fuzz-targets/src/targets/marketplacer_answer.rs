//! A reply of Marketplacer, as bytes: GraphQL answers with and without errors, the bulk stock call, or something else.

use std::sync::LazyLock;

use crossdock_connector::{
    Connector as _, Failure, Observation, Operation, Outcome, Page, Read, Session, Shipment, Stage, StockLine,
    WatchedEvent,
};
use crossdock_marketplacer::{Config, Marketplacer};
use crossdock_model::{ConnectionName, Private, ShippedLine};
use serde_json::{Value, json};

use crate::check::{self, Work, is_open, now, reply};
use crate::cut::Cut;

const SELLER: &str = "U2VsbGVyLTQ=";
const INVOICE: &str = "SW52b2ljZS0xMzczNw==";
const STATUS: [u16; 14] = [200, 200, 200, 200, 201, 302, 400, 401, 403, 404, 422, 429, 500, 503];
/// Stages that write, and such that look; with the operation they belong to.
const STAGES: [(&str, Of); 10] = [
    ("look", Of::Despatch),
    ("create", Of::Despatch),
    ("confirm", Of::Despatch),
    ("publish", Of::Stock),
    ("one-by-one", Of::Stock),
    ("look", Of::Watch),
    ("create", Of::Watch),
    ("enable", Of::Watch),
    ("retire", Of::Watch),
    ("confirm", Of::Watch),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Despatch,
    Stock,
    Watch,
}

pub(super) static SHOP: LazyLock<Marketplacer> = LazyLock::new(|| shop("{}"));

/// A connection with some settings.
pub(super) fn shop(settings: &str) -> Marketplacer {
    let config: Config = serde_json::from_str(settings).expect("the settings are ours");
    let name = ConnectionName::new("bazaar").expect("the name is ours");
    Marketplacer::new(name, config, Private::from("mp_key_3f9a"), None).expect("the settings are good")
}

static SESSION: LazyLock<Session> = LazyLock::new(|| Session { now: now(), ..Session::default() });

/// First byte: which call. Second: the HTTP status. Then the body.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let call = *cut.choose(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15_usize]);
    let status = *cut.choose(&STATUS);
    let body = cut.rest();
    match STAGES.get(call) {
        Some((name, of)) => stage(name, *of, status, body),
        None => read(call - STAGES.len(), status, body),
    }
}

fn operation(of: Of) -> Operation {
    let stock = |listing: &str| StockLine { listing: listing.to_owned(), sku: "S".to_owned(), quantity: 1 };
    match of {
        Of::Despatch => Operation::ConfirmDespatch(Box::new(Shipment {
            order_id: INVOICE.to_owned(),
            package: "D1/T-1".to_owned(),
            carrier_code: Some("Q2Fycmllci02OA==".to_owned()),
            carrier_name: "DPD".to_owned(),
            tracking: "T-1".to_owned(),
            tracking_url: None,
            despatched_at: now(),
            lines: vec![ShippedLine { line_id: "L1".to_owned(), quantity: 2 }],
        })),
        Of::Stock => Operation::SetStock { lines: vec![stock("VmFyaWFudC0x|1"), stock("VmFyaWFudC0y|2")] },
        Of::Watch => Operation::Watch {
            event: WatchedEvent::Order,
            url: "https://hub.example/in/bazaar/order/t".to_owned(),
            secret: "s".to_owned(),
        },
    }
}

fn stage(name: &'static str, of: Of, status: u16, body: &[u8]) {
    let note = match (name, of) {
        ("confirm", Of::Despatch) => json!({ "shipment": "S9" }),
        ("retire", _) => json!({ "stale": ["W9"] }),
        _ => Value::Null,
    };
    let operations = [operation(of)];
    let work = Work { connector: &*SHOP, session: &SESSION, operations: &operations, stage: Stage::new(name), note };
    let writes = work.writes();
    let outcomes = work.outcomes(&reply(status, body));
    // The bulk call answers 201 without a useful body; what is left over and will not go changes nothing.
    let by_status = (name == "publish" && status == 201) || name == "retire";
    if status == 200 && !is_answer(body) && !by_status {
        for outcome in &outcomes {
            assert!(is_open(writes, outcome), "{name} believes what is no answer: {outcome:?}");
        }
    }
    if !(200..300).contains(&status) && !by_status {
        for outcome in &outcomes {
            assert!(!matches!(outcome, Outcome::Done(_) | Outcome::Absent { .. }), "{name} at {status}: {outcome:?}");
        }
    }
}

fn read(which: usize, status: u16, body: &[u8]) {
    let page = Page::first();
    let reads = [
        Read::Orders { since: now(), page: page.clone() },
        Read::OrdersById { ids: vec![INVOICE.to_owned()] },
        Read::Listings { page: page.clone() },
        Read::Carriers { page: page.clone() },
        Read::Health { page },
        Read::Health { page: Page("webhooks".to_owned()) },
    ];
    let read = &reads[which % reads.len()];
    let answer = check::read(&*SHOP, &SESSION, read, &reply(status, body), body.len());
    if status == 200 && !is_answer(body) {
        assert!(matches!(answer, Err(Failure::Retry(_))), "{read:?} believes what is no answer: {answer:?}");
    }
    let answer = answer.unwrap_or_default();
    for observation in &answer.observations {
        if let Observation::Order { order, raw } = observation {
            let document: Value = serde_json::from_slice(raw).expect("an order's document is JSON");
            // As a list of invoices, which is what every order comes in; a look by id is stricter about the kind of node.
            let list = json!({ "pageInfo": { "hasNextPage": false }, "nodes": [document] });
            let alone = json!({ "data": { "apiKeyPrincipal": { "seller": { "id": SELLER } }, "invoices": list } });
            let read = Read::Orders { since: now(), page: Page::first() };
            let again = SHOP.interpret_read(&read, &SESSION, &reply(200, alone.to_string().as_bytes()));
            let again = again.expect("what was read once is read again").observations;
            let same =
                again.iter().any(|seen| matches!(seen, Observation::Order { order: second, .. } if second == order));
            assert!(same, "the document kept is not the order that was read: {order:?} {again:?}");
        }
    }
}

/// Whether a body is a JSON object, which every answer is.
fn is_answer(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object())
}
