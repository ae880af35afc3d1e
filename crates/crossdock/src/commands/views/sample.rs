//! A held order with everything in it, for the tests of this folder.

use crossdock_desk::{
    Act, AddressParts, CallView, Due, LineView, OrderPage, OrderRow, ParcelView, Side, Sides, Step, StepMark, Tone, Why,
};
use crossdock_model::{Address, Contact, Currency, Money};
use jiff::Timestamp;

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn due() -> Due {
    Due { at: at("14:00:00"), words: "due in 2 h 10 m".into(), tone: Tone::Risk }
}

fn row() -> OrderRow {
    OrderRow {
        number: "JL-1042-A".into(),
        channel: "john-lewis".into(),
        state: "held".into(),
        words: "Held: unknown SKU".into(),
        tone: Tone::Broken,
        lines: 2,
        units: 3,
        total: Some(Money::from_minor(8400, Currency::GBP)),
        place: "Leeds LS1".into(),
        placed: at("08:01:00"),
        received: at("08:02:00"),
        due: Some(due()),
    }
}

fn why() -> Why {
    Why {
        id: "JL-1042-A".into(),
        known: true,
        sentence: "Held: line 2 has the SKU JL-88213-NVY, which no warehouse item has.".into(),
        state: Some("held".into()),
        cause: Some("sku.unknown".into()),
        owner: Some("Merchandising".into()),
        fix: Some("Map the SKU to a warehouse item".into()),
        due: Some(due()),
        others: 14,
        tone: Tone::Broken,
    }
}

/// The order, personal data included.
pub(crate) fn sample() -> OrderPage {
    let side =
        |who: &str, what: &str, tone| Side { who: who.into(), what: what.into(), seen: Some(at("08:03:00")), tone };
    OrderPage {
        row: row(),
        why: why(),
        warehouse_number: Some("JLM-1042-A".into()),
        aliases: vec!["BASKET-9".into()],
        contact: Contact {
            name: "Zoë Canary".into(),
            email: "zoe.canary@relay.example.co.uk".into(),
            phone: "07700 900123".into(),
        },
        ship_to: Address {
            recipient: "Zoë Canary".into(),
            line1: "7 Quay Street".into(),
            city: "Leeds".into(),
            postcode: "LS1 4AP".into(),
            country_code: "GB".into(),
            country: "United Kingdom".into(),
            ..Address::default()
        },
        message: "ring twice".into(),
        service: "Standard".into(),
        sides: Sides {
            channel: side("John Lewis says", "SHIPPING since 08:02", Tone::Ok),
            hub: side("Crossdock says", "held", Tone::Broken),
            warehouse: side("Peoplevox says", "never seen", Tone::Waiting),
            disagreement: Some("the marketplace waits for a parcel that the warehouse does not know".into()),
        },
        steps: vec![
            Step {
                at: Some(at("08:02:41")),
                gap: String::new(),
                mark: StepMark::Done,
                text: "received".into(),
                actor: "hub".into(),
                detail: "poll".into(),
            },
            Step {
                at: None,
                gap: String::new(),
                mark: StepMark::Next,
                text: "created in the warehouse".into(),
                actor: String::new(),
                detail: "once the SKU is mapped".into(),
            },
        ],
        lines: vec![LineView {
            position: 2,
            sku: "JL-88213-NVY".into(),
            item: None,
            title: "Mug\u{1b}[31m, navy".into(),
            quantity: 2,
            despatched: 0,
            confirmed: 0,
            problem: Some("no warehouse item".into()),
        }],
        parcels: vec![ParcelView {
            despatch: "DN-77".into(),
            carrier: "Evri".into(),
            tracking: "H00A".into(),
            despatched: at("12:00:00"),
            confirmed: None,
            words: "held: carrier Evri is not on the list".into(),
            tone: Tone::Risk,
            items: vec![("CD-10007".into(), 2)],
        }],
        calls: vec![CallView {
            reference: "e-1".into(),
            connection: "peoplevox".into(),
            what: "create the warehouse order".into(),
            phase: "in doubt, looking again at 08:07".into(),
            stage: "look".into(),
            attempts: 1,
            planned: at("08:02:42"),
            moved: at("08:02:43"),
            evidence: "no reply".into(),
            tone: Tone::Risk,
        }],
        raw: Some("{\"rawdocument\":\"Zoë Canary\"}".into()),
        acts: vec![
            (
                Act::MapSku { connection: "john-lewis".into(), sku: "JL-88213-NVY".into(), item: String::new() },
                "Map SKU".into(),
            ),
            (
                Act::CorrectAddress {
                    order: "JL-1042-A".into(),
                    parts: AddressParts {
                        recipient: "Zoë Canary".into(),
                        line1: "7 Quay Street".into(),
                        postcode: "LS1 4AP".into(),
                        ..AddressParts::default()
                    },
                },
                "Correct the address".into(),
            ),
        ],
    }
}
