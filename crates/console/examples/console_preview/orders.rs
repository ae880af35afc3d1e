//! Made-up orders: 15 of them wait on one unknown SKU, one has a postcode that is none, the rest are on their way.

use crossdock_desk::{
    Act, AddressParts, CallView, Due, LineView, OrderPage, OrderRow, ParcelView, Side, Sides, Step, StepMark, Tone, Why,
};
use crossdock_model::{Address, Contact, Currency, Money};
use jiff::{Timestamp, ToSpan};

const PLACES: [&str; 12] = [
    "Leeds LS1",
    "Bristol BS6",
    "London N16",
    "York YO10",
    "Cardiff CF11",
    "Glasgow G12",
    "Bath BA2",
    "Norwich NR3",
    "Exeter EX4",
    "London SE22",
    "Hove BN3",
    "Perth PH1",
];

/// How far an order came, and what holds it.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "four plain facts of a made-up order")]
struct Story {
    held: bool,
    address: bool,
    there: bool,
    gone: bool,
}

/// All orders, newest first.
pub(crate) fn rows(now: Timestamp, new: u64) -> Vec<OrderRow> {
    let count = 168 + i64::try_from(new).unwrap_or(0);
    (0..count).map(|age| row(now, count - age, age)).collect()
}

fn row(now: Timestamp, serial: i64, age: i64) -> OrderRow {
    let placed = now - (age * 4 + 1).minutes() - (serial * 7 % 50).seconds();
    let john_lewis = serial % 3 != 0;
    let held_sku = serial % 9 == 1 && (6..141).contains(&age);
    let held_postcode = serial == 150;
    let (state, words, tone) = match age {
        _ if held_sku => ("held", "Held: unknown SKU", Tone::Broken),
        _ if held_postcode => ("held", "Held: postcode to correct", Tone::Risk),
        _ if serial % 41 == 5 => ("cancelled", "Cancelled by the customer", Tone::Ok),
        0..2 => ("received", "Received, not released yet", Tone::Waiting),
        2..5 => ("released", "Released, on its way to the warehouse", Tone::Waiting),
        5..40 => ("in_warehouse", "In the warehouse", Tone::Waiting),
        40..46 => ("despatched", "Despatched, not confirmed", Tone::Risk),
        _ => ("confirmed", "Confirmed", Tone::Ok),
    };
    let open = !matches!(state, "confirmed" | "cancelled");
    let minutes = if held_sku { 110 + (140 - age) * 9 } else { 300 + (60 - age) * 6 };
    let due = open.then(|| Due {
        at: now + minutes.minutes(),
        words: in_words(minutes),
        tone: match minutes {
            ..0 => Tone::Broken,
            0..240 => Tone::Risk,
            _ => Tone::Waiting,
        },
    });
    let units = 1 + serial % 4;
    OrderRow {
        number: if john_lewis { format!("JL-{}-A", 10_300 + serial) } else { format!("INV-{}", 77_120 + serial) },
        channel: if john_lewis { "john-lewis" } else { "marketplacer" }.to_owned(),
        state: state.to_owned(),
        words: words.to_owned(),
        tone,
        lines: usize::try_from(units.min(2)).unwrap_or(1),
        units,
        total: Some(gbp(2_400 + serial * 731 % 14_000)),
        place: PLACES[usize::try_from(serial % 12).unwrap_or(0)].to_owned(),
        placed,
        received: placed + 34.seconds(),
        due,
    }
}

/// Pounds from pence.
pub(crate) fn gbp(minor: i64) -> Money {
    Money::from_minor(minor, Currency::GBP)
}

fn in_words(minutes: i64) -> String {
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let span = match (hours, rest) {
        (0, m) => format!("{m} m"),
        (h, 0) => format!("{h} h"),
        (h, m) => format!("{h} h {m} m"),
    };
    if minutes < 0 { format!("{span} late") } else { format!("due in {span}") }
}

/// The page of an order.
pub(crate) fn page(row: OrderRow, now: Timestamp) -> OrderPage {
    let held = row.words.contains("SKU");
    let address = row.words.contains("postcode");
    let gone = matches!(row.state.as_str(), "despatched" | "confirmed");
    let there = gone || row.state == "in_warehouse";
    let story = Story { held, address, there, gone };
    let channel = if row.channel == "john-lewis" { "John Lewis" } else { "Marketplacer" };
    OrderPage {
        why: why(&row, held, address, now),
        warehouse_number: there.then(|| format!("SO-{}", row.number)),
        aliases: vec![format!("2{}", row.number.bytes().map(|b| char::from(b'0' + b % 10)).collect::<String>())],
        contact: Contact {
            name: "Rowena Ashworth".into(),
            email: "r.ashworth@relay.example.co.uk".into(),
            phone: "0113 496 0812".into(),
        },
        ship_to: Address {
            recipient: "Rowena Ashworth".into(),
            line1: "Flat 2, 14 Marigold Court".into(),
            city: "Leeds".into(),
            region: "West Yorkshire".into(),
            postcode: if address { "SW1A" } else { "LS1 4AP" }.into(),
            country_code: "GB".to_owned(),
            country: "United Kingdom".to_owned(),
            ..Address::default()
        },
        message: "Please leave with the concierge.".to_owned(),
        service: "Standard delivery".to_owned(),
        sides: sides(&row, channel, story, now),
        steps: steps(&row, channel, story),
        lines: lines(&row, held, gone),
        parcels: if gone { vec![parcel(&row)] } else { Vec::new() },
        calls: calls(&row, channel, there),
        raw: Some(format!(
            "{{\n  \"order_id\": \"{}\",\n  \"customer\": {{ \"firstname\": \"Rowena\" }}\n}}",
            row.number
        )),
        acts: acts(&row, held, address),
        row,
    }
}

fn why(row: &OrderRow, held: bool, address: bool, now: Timestamp) -> Why {
    let (sentence, owner, fix, cause) = if held {
        (
            format!(
                "Held: SKU JL-88213-NVY has no Peoplevox item. Dispatch {}.",
                row.due.as_ref().map(|due| due.words.as_str()).unwrap_or_default()
            ),
            Some("Merchandising".to_owned()),
            Some("Map the SKU to a warehouse item".to_owned()),
            Some("sku.unknown".to_owned()),
        )
    } else if address {
        (
            "Held: “SW1A” is not a whole UK postcode.".to_owned(),
            Some("Customer service".to_owned()),
            Some("Correct the postcode".to_owned()),
            Some("address.postcode".to_owned()),
        )
    } else {
        (
            if row.state == "despatched" {
                "Despatched at the warehouse, not confirmed to the channel; the hub is trying again.".to_owned()
            } else {
                format!("{}. Nothing to do.", row.words)
            },
            None,
            None,
            None,
        )
    };
    Why {
        id: row.number.clone(),
        known: true,
        sentence,
        state: Some(row.state.clone()),
        cause,
        owner,
        fix,
        due: row.due.clone().filter(|due| due.at > now),
        others: if held { 14 } else { 0 },
        tone: row.tone,
    }
}

fn sides(row: &OrderRow, channel: &str, story: Story, now: Timestamp) -> Sides {
    let Story { held, address, there, gone } = story;
    let side = |who: &str, what: &str, seen: Option<Timestamp>, tone| Side {
        who: format!("{who} says"),
        what: what.to_owned(),
        seen,
        tone,
    };
    let waiting = gone && row.state == "despatched";
    Sides {
        channel: side(
            channel,
            if gone && !waiting { "SHIPPED" } else { "SHIPPING" },
            Some(now - 38.seconds()),
            if waiting { Tone::Risk } else { Tone::Ok },
        ),
        hub: side("Crossdock", &row.words, Some(row.received + 46.seconds()), row.tone),
        warehouse: side(
            "Peoplevox",
            if gone {
                "despatched"
            } else if there {
                "allocated, not picked"
            } else {
                "not received"
            },
            there.then(|| now - 2.seconds()),
            if held || address { Tone::Waiting } else { Tone::Ok },
        ),
        disagreement: waiting.then(|| format!("Peoplevox despatched it, {channel} still shows it as to be shipped.")),
    }
}

fn steps(row: &OrderRow, channel: &str, story: Story) -> Vec<Step> {
    let Story { held, address, there, gone } = story;
    let at = row.received;
    let step = |after: i64, gap: &str, mark, text: String, actor: &str, detail: &str| Step {
        at: Some(at + after.seconds()),
        gap: gap.to_owned(),
        mark,
        text,
        actor: actor.to_owned(),
        detail: detail.to_owned(),
    };
    let mut steps = vec![
        step(0, "", StepMark::Done, format!("Received from {channel}"), "hub", "poll 1,204"),
        step(15, "+ 15 s", StepMark::Done, format!("Accepted at {channel}"), "hub", "call 88f1, read back"),
        step(46, "+ 31 s", StepMark::Done, format!("Released by {channel}"), "john-lewis", "address and payment given"),
    ];
    if held {
        steps.push(step(
            46,
            "+ 0 s",
            StepMark::Stopped,
            "Held: unknown SKU on line 2".to_owned(),
            "hub",
            "rule sku.map",
        ));
    } else if address {
        steps.push(step(
            46,
            "+ 0 s",
            StepMark::Stopped,
            "Held: postcode “SW1A”".to_owned(),
            "hub",
            "rule address.postcode",
        ));
    }
    if there {
        steps.push(step(
            52,
            "+ 6 s",
            StepMark::Done,
            "Created in the warehouse".to_owned(),
            "hub",
            "call 88f9, header and 2 lines read back equal",
        ));
        steps.push(step(54, "+ 2 s", StepMark::Done, "Released to pick".to_owned(), "hub", ""));
    }
    if gone {
        steps.push(step(
            5_400,
            "+ 1 h 29 m",
            StepMark::Done,
            "Despatched, DPD 15501234567890".to_owned(),
            "peoplevox",
            "despatch D-20417",
        ));
        if row.state == "confirmed" {
            steps.push(step(
                5_409,
                "+ 9 s",
                StepMark::Done,
                format!("Confirmed to {channel}"),
                "hub",
                "OR23, OR24, read back",
            ));
        } else {
            steps.push(step(
                5_409,
                "+ 9 s",
                StepMark::Waiting,
                format!("Confirming to {channel}"),
                "hub",
                "try 3; answered 503 twice",
            ));
        }
    } else {
        steps.push(Step {
            at: None,
            gap: String::new(),
            mark: StepMark::Next,
            text: if held {
                "Peoplevox sales order, as soon as the SKU is mapped"
            } else {
                "Pick and despatch in the warehouse"
            }
            .to_owned(),
            actor: String::new(),
            detail: String::new(),
        });
    }
    steps
}

fn lines(row: &OrderRow, held: bool, gone: bool) -> Vec<LineView> {
    let line =
        |position: usize, sku: &str, item: Option<&str>, title: &str, quantity: i64, problem: Option<&str>| LineView {
            position,
            sku: sku.to_owned(),
            item: item.map(str::to_owned),
            title: title.to_owned(),
            quantity,
            despatched: if gone { quantity } else { 0 },
            confirmed: if row.state == "confirmed" { quantity } else { 0 },
            problem: problem.map(str::to_owned),
        };
    let first = line(
        1,
        "JL-44108-ECR",
        Some("TBL-ECRU-140"),
        "Linen tablecloth, ecru, 140 × 230 cm",
        row.units.max(2) - 1,
        None,
    );
    let second = if held {
        line(2, "JL-88213-NVY", None, "Waffle towel set of four, navy", 1, Some("no warehouse item"))
    } else {
        line(2, "JL-51260-OAT", Some("CUS-OAT-50"), "Wool cushion, oat, 50 × 50 cm", 1, None)
    };
    vec![first, second]
}

fn parcel(row: &OrderRow) -> ParcelView {
    let confirmed = row.state == "confirmed";
    ParcelView {
        despatch: "D-20417".to_owned(),
        carrier: "DPD".to_owned(),
        tracking: "15501234567890".to_owned(),
        despatched: row.received + 90.minutes(),
        confirmed: confirmed.then(|| row.received + 90.minutes() + 9.seconds()),
        words: if confirmed { "confirmed 9 s later" } else { "not confirmed, trying again" }.to_owned(),
        tone: if confirmed { Tone::Ok } else { Tone::Risk },
        items: vec![("TBL-ECRU-140".to_owned(), 1), ("CUS-OAT-50".to_owned(), 1)],
    }
}

fn calls(row: &OrderRow, channel: &str, there: bool) -> Vec<CallView> {
    let call = |what: String, connection: &str, reference: &str, after: i64, evidence: &str| CallView {
        reference: reference.to_owned(),
        connection: connection.to_owned(),
        what,
        phase: "confirmed".to_owned(),
        stage: "read back".to_owned(),
        attempts: 1,
        planned: row.received + after.seconds(),
        moved: row.received + (after + 3).seconds(),
        evidence: evidence.to_owned(),
        tone: Tone::Ok,
    };
    let mut calls = vec![call(
        format!("accept the order at {channel}"),
        &row.channel,
        "accept/88f1",
        12,
        "state SHIPPING read back",
    )];
    if there {
        calls.push(call(
            "create the warehouse order".to_owned(),
            "peoplevox",
            "create/88f9",
            46,
            "header and 2 lines equal",
        ));
    }
    calls
}

fn acts(row: &OrderRow, held: bool, address: bool) -> Vec<(Act, String)> {
    let replay = (Act::Replay { order: row.number.clone() }, "Check again".to_owned());
    if held {
        let map = Act::MapSku { connection: row.channel.clone(), sku: "JL-88213-NVY".to_owned(), item: String::new() };
        return vec![(map, "Map SKU".to_owned()), replay];
    }
    if address {
        let parts = AddressParts {
            line1: "Flat 2, 14 Marigold Court".into(),
            city: "Leeds".into(),
            postcode: "SW1A".into(),
            country: "United Kingdom".into(),
            ..AddressParts::default()
        };
        let correct = Act::CorrectAddress { order: row.number.clone(), parts };
        return vec![(correct, "Correct address".to_owned()), replay];
    }
    Vec::new()
}
