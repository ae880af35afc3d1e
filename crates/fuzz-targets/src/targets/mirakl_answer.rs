//! A reply of Mirakl, as bytes: orders, offers, shipments, imports, the platform's switches, or something else altogether.

use std::sync::LazyLock;

use crossdock_connector::{
    Connector as _, Failure, Observation, Operation, Outcome, Page, Read, Session, Shipment, Stage, StockLine,
};
use crossdock_mirakl::{Config, Mirakl};
use crossdock_model::{ConnectionName, Private, ShippedLine};
use serde_json::{Value, json};

use crate::check::{self, Work, is_open, now, reply};
use crate::cut::Cut;

const STATUS: [u16; 14] = [200, 200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503];
const STAGES: [(&str, Of); 17] = [
    ("look", Of::Accept),
    ("accept", Of::Accept),
    ("confirm", Of::Accept),
    ("look", Of::Despatch),
    ("track", Of::Despatch),
    ("ship", Of::Despatch),
    ("confirm", Of::Despatch),
    ("pc01", Of::Despatch),
    ("st11", Of::Despatch),
    ("st11-alone", Of::Despatch),
    ("st01", Of::Despatch),
    ("st23", Of::Despatch),
    ("st24", Of::Despatch),
    ("st11-confirm", Of::Despatch),
    ("upload", Of::Stock),
    ("status", Of::Stock),
    ("report", Of::Stock),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Accept,
    Despatch,
    Stock,
}

pub(super) static SHOP: LazyLock<Mirakl> = LazyLock::new(|| {
    let config: Config = serde_json::from_str("{}").expect("the settings are ours");
    let name = ConnectionName::new("john-lewis").expect("the name is ours");
    Mirakl::new(name, config, Private::from("9a1c-test-key")).expect("the settings are good")
});

/// A session at a platform with one or several shipments an order.
fn session(several: bool) -> Session {
    let mut session = Session { now: now(), ..Session::default() };
    session.facts.insert("multi_shipment".to_owned(), several.to_string());
    session
}

static SINGLE: LazyLock<Session> = LazyLock::new(|| session(false));
static SEVERAL: LazyLock<Session> = LazyLock::new(|| session(true));

/// First byte: which call. Second: the HTTP status. Then the body.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let kinds: [usize; 25] = std::array::from_fn(|at| at);
    let call = *cut.choose(&kinds);
    let status = *cut.choose(&STATUS);
    let body = cut.rest();
    match STAGES.get(call) {
        Some((name, of)) => stage(name, *of, status, body),
        None => read(call - STAGES.len(), status, body),
    }
}

fn operations(of: Of) -> Vec<Operation> {
    let line = |sku: &str| StockLine { listing: sku.to_owned(), sku: sku.to_owned(), quantity: 1 };
    let parcel = |order: &str| {
        Operation::ConfirmDespatch(Box::new(Shipment {
            order_id: order.to_owned(),
            package: format!("DSP-{order}"),
            carrier_code: Some("RM".to_owned()),
            carrier_name: "Royal Mail".to_owned(),
            tracking: "AB123456789GB".to_owned(),
            tracking_url: None,
            despatched_at: now(),
            lines: vec![ShippedLine { line_id: format!("{order}-1"), quantity: 2 }],
        }))
    };
    let accept = |order: &str| Operation::AcceptOrder {
        order_id: order.to_owned(),
        lines: vec![format!("{order}-1"), format!("{order}-2")],
    };
    match of {
        Of::Accept => vec![accept("1-A"), accept("2-A")],
        Of::Despatch => vec![parcel("1-A"), parcel("2-A")],
        Of::Stock => vec![Operation::SetStock { lines: vec![line("SKU-1"), line("SKU-2")] }],
    }
}

fn stage(name: &'static str, of: Of, status: u16, body: &[u8]) {
    let mut operations = operations(of);
    // Writes about one order travel alone.
    if matches!(name, "accept" | "track" | "ship" | "st23") {
        operations.truncate(1);
    }
    let note = json!({ "shipment_id": "s-1", "import_id": "2001", "since": now().to_string(), "lines_in_error": 1 });
    let work = Work { connector: &*SHOP, session: &SINGLE, operations: &operations, stage: Stage::new(name), note };
    let writes = work.writes();
    let outcomes = work.outcomes(&reply(status, body));
    for outcome in &outcomes {
        if writes {
            assert!(!matches!(outcome, Outcome::Done(_)), "{name}: a write is only done when it was read back");
        } else if of != Of::Stock {
            // Only a stock file may end in a doubt: the next one carries today's figures.
            assert!(!matches!(outcome, Outcome::Unknown(_)), "{name}: a look cannot be unknown");
        }
        // A report is a table, and acceptances, tracking and shipping answer without a body.
        let bodiless = matches!(name, "accept" | "track" | "ship") && body.iter().all(u8::is_ascii_whitespace);
        if status == 200 && name != "report" && !bodiless && !is_json(body) {
            assert!(is_open(writes, outcome), "{name} believes what is no answer: {outcome:?}");
        }
        if matches!(status, 302 | 500 | 503) {
            assert!(is_open(writes, outcome) || name == "report", "{name} at {status}: {outcome:?}");
        }
    }
}

fn read(which: usize, status: u16, body: &[u8]) {
    let page = Page::first();
    let orders = Read::Orders { since: now(), page: page.clone() };
    let reads = [
        (&SINGLE, orders.clone()),
        (&SEVERAL, orders),
        (&SINGLE, Read::OrdersById { ids: vec!["1-A".to_owned()] }),
        (&SINGLE, Read::Listings { page: page.clone() }),
        (&SINGLE, Read::Carriers { page: page.clone() }),
        (&SINGLE, Read::Health { page }),
        (&SINGLE, Read::Health { page: Page("account".to_owned()) }),
    ];
    let (session, read) = &reads[which % reads.len()];
    let answer = check::read(&*SHOP, session, read, &reply(status, body), body.len());
    if status == 200 && !is_json(body) {
        // The account is asked about beside the rest; without its answer the probe goes on, and learns nothing from it.
        let shrugged = matches!(read, Read::Health { page } if !page.is_first())
            && answer.as_ref().is_ok_and(|answer| {
                answer.facts.is_empty() && answer.observations.iter().all(|seen| matches!(seen, Observation::Drift(_)))
            });
        let open = shrugged || matches!(answer, Err(Failure::Retry(_)));
        assert!(open, "{read:?} believes what is no answer: {answer:?}");
    }
    let answer = answer.unwrap_or_default();
    for observation in &answer.observations {
        if let Observation::Order { order, raw } = observation {
            let document: Value = serde_json::from_slice(raw).expect("an order's document is JSON");
            let alone = json!({ "orders": [document], "total_count": 1 });
            let again = Read::OrdersById { ids: vec![order.id.clone()] };
            let again = SHOP.interpret_read(&again, session, &reply(200, alone.to_string().as_bytes()));
            let again = again.expect("what was read once is read again").observations;
            let same =
                again.iter().any(|seen| matches!(seen, Observation::Order { order: second, .. } if second == order));
            assert!(same, "the document kept is not the order that was read: {order:?} {again:?}");
        }
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok()
}
