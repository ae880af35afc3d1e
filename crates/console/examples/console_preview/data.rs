//! Made-up exceptions, stock, despatches and connections.

use crossdock_desk::{
    ChannelFigure, ConnectionView, DespatchRowView, Due, ExceptionGroup, ExceptionView, FigureState, GuardView,
    HourBar, OrderCounts, QueueView, ScheduleView, Spread, StockCounts, StockList, StockRow, Today, Tone, WindowView,
};
use crossdock_model::ConnectionState;
use jiff::{Timestamp, ToSpan};

use crate::orders::{gbp, rows};

/// Monday morning, 13 July 2026, 08:24 in London.
pub(crate) fn opening() -> Timestamp {
    "2026-07-13T07:24:00Z".parse().unwrap_or_default()
}

/// The first page of a busy day.
pub(crate) fn today(now: Timestamp, new: u64) -> Today {
    let hours =
        [88, 96, 104, 118, 109, 96, 84, 92, 120, 141, 160, 188, 171, 118, 70, 38, 20, 11, 9, 16, 48, 92, 131, 47 + new];
    let per_hour = (0_i64..)
        .zip(hours)
        .map(|(index, n)| HourBar {
            from: opening() - 24.minutes() - (23 - index).hours(),
            by_channel: vec![("john-lewis".to_owned(), n * 2 / 3), ("marketplacer".to_owned(), n - n * 2 / 3)],
        })
        .collect();
    Today {
        now,
        zone: "Europe/London".to_owned(),
        health: "Marketplacer does not answer since 08:11".to_owned(),
        health_tone: Tone::Broken,
        needs: exceptions(now),
        orders: OrderCounts {
            received: 412 + new,
            in_warehouse: 391,
            despatched: 290,
            confirmed: 288,
            held: 17,
            cancelled: 3,
        },
        per_hour,
        to_warehouse: Spread { count: 391, median: Some(41), slowest: Some(123) },
        to_confirm: Spread { count: 288, median: Some(9), slowest: Some(47) },
        stock: StockCounts { listings: 4_812, differ: 2, unmapped: 1, withheld: 37, waiting: 6 },
        feeds: connections(now),
    }
}

/// The first page of a hub that was just set up.
pub(crate) fn nothing(now: Timestamp) -> Today {
    Today {
        now,
        zone: "Europe/London".to_owned(),
        health: "no feed was asked yet".to_owned(),
        health_tone: Tone::Waiting,
        needs: Vec::new(),
        orders: OrderCounts::default(),
        per_hour: Vec::new(),
        to_warehouse: Spread::default(),
        to_confirm: Spread::default(),
        stock: StockCounts::default(),
        feeds: silent(),
    }
}

/// What waits for a person.
pub(crate) fn exceptions(now: Timestamp) -> Vec<ExceptionGroup> {
    let held: Vec<_> = rows(now, 0).into_iter().filter(|row| row.words.contains("SKU")).collect();
    let sku = held
        .iter()
        .enumerate()
        .map(|(index, row)| ExceptionView {
            id: 2_000 + i64::try_from(index).unwrap_or(0),
            order: row.number.clone(),
            connection: row.channel.clone(),
            detail: "line 2: SKU JL-88213-NVY has no warehouse item".to_owned(),
            opened: row.received + 46.seconds(),
            due: row.due.as_ref().map(|due| due.at),
            at_risk: row.total,
        })
        .collect();
    let one = |id: i64,
               order: &str,
               connection: &str,
               detail: &str,
               minutes_ago: i64,
               due: Option<i64>,
               risk: Option<i64>| ExceptionView {
        id,
        order: order.to_owned(),
        connection: connection.to_owned(),
        detail: detail.to_owned(),
        opened: now - minutes_ago.minutes(),
        due: due.map(|minutes| now + minutes.minutes()),
        at_risk: risk.map(gbp),
    };
    vec![
        group(
            now,
            "connection.down/marketplacer",
            "Marketplacer does not answer; orders of the last 13 minutes may be missing",
            "Wait, or ask Marketplacer; the hub tries every 30 s",
            "Integration",
            Tone::Broken,
            (13, 13),
            None,
            None,
            vec![one(3_001, "", "marketplacer", "503 Service Unavailable, 26 times in a row", 13, None, None)],
        ),
        group(
            now,
            "sku.unknown/john-lewis/JL-88213-NVY",
            "15 orders wait on one unknown SKU: JL-88213-NVY",
            "Map the SKU to a warehouse item",
            "Merchandising",
            Tone::Broken,
            (560, 24),
            Some(110),
            Some(124_000),
            sku,
        ),
        group(
            now,
            "despatch.unconfirmed/john-lewis",
            "2 despatches not confirmed to John Lewis",
            "Check the carrier, then try again",
            "Warehouse",
            Tone::Broken,
            (190, 164),
            Some(-40),
            Some(9_640),
            vec![
                one(
                    3_011,
                    "JL-10427-A",
                    "john-lewis",
                    "carrier Evri is not on John Lewis’s list",
                    190,
                    Some(-40),
                    Some(5_420),
                ),
                one(3_012, "JL-10424-A", "john-lewis", "answered 503 three times", 164, Some(25), Some(4_220)),
            ],
        ),
        group(
            now,
            "stock.guard/john-lewis",
            "A stock push to John Lewis was stopped: 412 of 1,930 listings would go to 0",
            "Count, then let it go out",
            "Merchandising",
            Tone::Risk,
            (52, 52),
            None,
            None,
            vec![one(3_021, "", "john-lewis", "21 % of the catalogue; the guard stops at 10 %", 52, None, None)],
        ),
        group(
            now,
            "address.postcode/marketplacer/INV-77270",
            "1 address to correct: postcode “SW1A”",
            "Correct the postcode",
            "Customer service",
            Tone::Risk,
            (74, 74),
            Some(486),
            Some(5_400),
            vec![one(
                3_031,
                "INV-77270",
                "marketplacer",
                "“SW1A” is not a whole UK postcode",
                74,
                Some(486),
                Some(5_400),
            )],
        ),
    ]
}

#[expect(clippy::too_many_arguments, reason = "a row of a made-up table")]
fn group(
    now: Timestamp,
    fingerprint: &str,
    sentence: &str,
    next: &str,
    owner: &str,
    tone: Tone,
    seen: (i64, i64),
    due: Option<i64>,
    risk: Option<i64>,
    exceptions: Vec<ExceptionView>,
) -> ExceptionGroup {
    let count = exceptions.len() as u64;
    let mut per_hour = vec![0; 24];
    for exception in &exceptions {
        let ago = usize::try_from((now.as_second() - exception.opened.as_second()) / 3_600).unwrap_or(0);
        if let Some(hour) = per_hour.get_mut(23_usize.saturating_sub(ago)) {
            *hour += 1;
        }
    }
    ExceptionGroup {
        fingerprint: fingerprint.to_owned(),
        cause: fingerprint.split('/').next().unwrap_or_default().to_owned(),
        sentence: sentence.to_owned(),
        next_action: next.to_owned(),
        owner: owner.to_owned(),
        tone,
        count,
        at_risk: risk.map(gbp),
        first_due: due.map(|minutes| now + minutes.minutes()),
        first_seen: now - seen.0.minutes(),
        last_seen: now - seen.1.minutes(),
        per_hour,
        exceptions,
    }
}

/// Whether a figure belongs to a filter.
pub(crate) fn is(figure: &ChannelFigure, only: &str) -> bool {
    match only {
        "differ" => figure.state == FigureState::Differs,
        "unmapped" => figure.state == FigureState::Unmapped,
        "waiting" => matches!(figure.state, FigureState::Waiting | FigureState::Guarded),
        "withheld" => figure.buffer > 0,
        _ => true,
    }
}

/// Stock: two drifts, one unmapped listing, one guard.
pub(crate) fn stock(now: Timestamp) -> StockList {
    let names = [
        ("BED-LIN-DBL", "Linen duvet cover, double"),
        ("CUS-OAT-50", "Wool cushion, oat, 50 × 50 cm"),
        ("GLS-TUM-6", "Tumblers, smoke, set of six"),
        ("LMP-OAK-S", "Table lamp, oak, small"),
        ("MUG-SPK-4", "Speckled mugs, set of four"),
        ("RUG-JUT-160", "Jute rug, 160 × 230 cm"),
        ("TBL-ECRU-140", "Linen tablecloth, ecru, 140 × 230 cm"),
        ("THR-MOH-GRY", "Mohair throw, grey"),
        ("TWL-WAF-WHT", "Waffle towel set of four, white"),
        ("VAS-CLY-L", "Clay vase, large"),
    ];
    let mut list: Vec<StockRow> = (0_i64..)
        .zip(names)
        .map(|(index, (item, name))| {
            let available = index * 37 % 90;
            let pending = index % 3;
            let figures = [("john-lewis", "JL-", 2), ("marketplacer", "MP-", 0)];
            StockRow {
                item: item.to_owned(),
                name: name.to_owned(),
                available: Some(available),
                observed: Some(now - (index * 11 + 2).seconds()),
                pending,
                kit: item.ends_with("-4") || item.ends_with("-6"),
                channels: figures
                    .into_iter()
                    .map(|(connection, prefix, buffer)| {
                        figure(
                            now,
                            index,
                            connection,
                            &format!("{prefix}{}", 44_100 + index * 13),
                            buffer,
                            (available, pending),
                        )
                    })
                    .collect(),
            }
        })
        .collect();
    list.push(StockRow {
        item: "JL-88213-NVY".to_owned(),
        name: "Waffle towel set of four, navy".to_owned(),
        available: None,
        observed: None,
        pending: 15,
        kit: false,
        channels: vec![ChannelFigure {
            connection: "john-lewis".to_owned(),
            sku: "JL-88213-NVY".to_owned(),
            buffer: 2,
            desired: None,
            sent: None,
            read_back: Some(40),
            read_back_at: Some(now - 9.minutes()),
            state: FigureState::Unmapped,
            words: "no warehouse item".to_owned(),
            formula: String::new(),
            tone: Tone::Broken,
        }],
    });
    StockList {
        rows: list,
        total: 0,
        page: 1,
        pages: 1,
        guards: vec![GuardView {
            connection: "john-lewis".to_owned(),
            sentence: "412 of 1,930 listings would go to 0 in one push; the guard stops at 10 %.".to_owned(),
            since: now - 52.minutes(),
        }],
    }
}

fn figure(
    now: Timestamp,
    index: i64,
    connection: &str,
    sku: &str,
    buffer: i64,
    (available, pending): (i64, i64),
) -> ChannelFigure {
    let sum = available - pending - buffer;
    let desired = sum.max(0);
    let ending = if sum < 0 { format!("−{}, so 0", -sum) } else { sum.to_string() };
    let (state, words, tone, shows) = match (index, connection) {
        (3, "john-lewis") => (
            FigureState::Differs,
            "shows 4 more than was sent; waits to be sent again, seen 2 times in a row",
            Tone::Risk,
            desired + 4,
        ),
        (7, "marketplacer") => {
            (FigureState::Differs, "shows 1 more than was sent; being sent again", Tone::Risk, desired + 1)
        }
        (5, "john-lewis") => (FigureState::Guarded, "held by the guard", Tone::Risk, desired + 12),
        (2, "marketplacer") => (FigureState::Sent, "sent 4 s ago, not read back", Tone::Waiting, desired + 2),
        (8, _) => (FigureState::Waiting, "waits to be sent", Tone::Waiting, desired + 1),
        _ => (FigureState::Agrees, "agrees", Tone::Ok, desired),
    };
    ChannelFigure {
        connection: connection.to_owned(),
        sku: sku.to_owned(),
        buffer,
        desired: Some(desired),
        sent: Some(if state == FigureState::Waiting { desired + 1 } else { desired }),
        read_back: Some(shows),
        read_back_at: Some(now - 38.seconds()),
        state,
        words: words.to_owned(),
        formula: format!("{available} available − {pending} sold, not counted yet − {buffer} buffer = {ending}"),
        tone,
    }
}

/// Despatches: one late, one close, the rest confirmed.
pub(crate) fn despatches(now: Timestamp) -> Vec<DespatchRowView> {
    let mut list: Vec<DespatchRowView> = (0_i64..46)
        .map(|index| {
            let left = now - (index * 3 + 4).minutes();
            DespatchRowView {
                order: format!("JL-{}-A", 10_400 - index * 2),
                channel: if index % 3 == 0 { "marketplacer" } else { "john-lewis" }.to_owned(),
                despatch: format!("D-{}", 20_500 - index),
                carrier: ["DPD", "Royal Mail 48", "DHL Parcel UK"][usize::try_from(index % 3).unwrap_or(0)].to_owned(),
                tracking: format!("155012345{:05}", 67_890 - index * 17),
                despatched: left,
                confirmed: Some(left + (6 + index % 7).seconds()),
                words: format!("confirmed {} s later", 6 + index % 7),
                tone: Tone::Ok,
                due: None,
            }
        })
        .collect();
    let open =
        |order: &str, despatch: &str, carrier: &str, words: &str, minutes: i64, tone, due: &str| DespatchRowView {
            order: order.to_owned(),
            channel: "john-lewis".to_owned(),
            despatch: despatch.to_owned(),
            carrier: carrier.to_owned(),
            tracking: "H00A5E0048213".to_owned(),
            despatched: now - 190.minutes(),
            confirmed: None,
            words: words.to_owned(),
            tone,
            due: Some(Due { at: now + minutes.minutes(), words: due.to_owned(), tone }),
        };
    list.insert(
        0,
        open("JL-10424-A", "D-20412", "DPD", "answered 503 three times, trying again", 25, Tone::Risk, "due in 25 m"),
    );
    list.insert(
        0,
        open("JL-10427-A", "D-20409", "Evri", "held: carrier Evri is not on the list", -40, Tone::Broken, "40 m late"),
    );
    list
}

/// The three connections of a busy day; one is down.
pub(crate) fn connections(now: Timestamp) -> Vec<ConnectionView> {
    let schedule =
        |name: &str, ago: i64, next: i64, read: Option<i64>, failures: u32, problem: &str, tone| ScheduleView {
            name: name.to_owned(),
            last_good: Some(now - ago.seconds()),
            next: Some(now + next.seconds()),
            watermark: read.map(|ago| now - ago.seconds()),
            failures,
            problem: problem.to_owned(),
            tone,
        };
    let window = |name: &str, used, limit, per_seconds| WindowView { name: name.to_owned(), used, limit, per_seconds };
    let queue = |what: &str, waiting, in_doubt, held| QueueView { what: what.to_owned(), waiting, in_doubt, held };
    vec![
        ConnectionView {
            name: "peoplevox".to_owned(),
            kind: "peoplevox".to_owned(),
            role: "warehouse".to_owned(),
            state: Some(ConnectionState::Live),
            words: "live, 2 s ago".to_owned(),
            detail: "signed in as NORTHGATE; session 41 m old".to_owned(),
            tone: Tone::Ok,
            last_good: Some(now - 2.seconds()),
            schedules: vec![
                schedule("availability", 18, 42, Some(18), 0, "", Tone::Ok),
                schedule("despatch summary", 31, 29, Some(31), 0, "", Tone::Ok),
                schedule("item types", 1_940, 1_660, Some(1_940), 0, "", Tone::Ok),
            ],
            windows: vec![window("calls", 9, 15, 15)],
            queue: vec![queue("create order", 3, 0, 0), queue("release order", 1, 0, 0)],
            push: "events for despatch and availability arrive".to_owned(),
        },
        ConnectionView {
            name: "john-lewis".to_owned(),
            kind: "mirakl".to_owned(),
            role: "channel".to_owned(),
            state: Some(ConnectionState::Live),
            words: "live, 38 s ago (next 22 s)".to_owned(),
            detail: "shop 2114 is open".to_owned(),
            tone: Tone::Ok,
            last_good: Some(now - 38.seconds()),
            schedules: vec![
                schedule("orders", 38, 22, Some(38), 0, "", Tone::Ok),
                schedule("stock read back", 480, 120, None, 0, "", Tone::Ok),
            ],
            windows: vec![window("OR11", 1, 1, 60), window("STO01", 1, 1, 60), window("OR23", 4, 120, 60)],
            queue: vec![queue("confirm despatch", 1, 1, 1), queue("set stock", 6, 0, 412)],
            push: "none: this platform is asked".to_owned(),
        },
        ConnectionView {
            name: "marketplacer".to_owned(),
            kind: "marketplacer".to_owned(),
            role: "channel".to_owned(),
            state: Some(ConnectionState::Down),
            words: "does not answer since 08:11".to_owned(),
            detail: "503 Service Unavailable, 26 times in a row".to_owned(),
            tone: Tone::Broken,
            last_good: Some(now - 13.minutes()),
            schedules: vec![
                schedule("invoices", 780, 12, Some(780), 26, "503 Service Unavailable", Tone::Broken),
                schedule("adverts read back", 2_400, 1_200, None, 0, "", Tone::Ok),
            ],
            windows: vec![window("requests", 31, 300, 60)],
            queue: vec![queue("confirm despatch", 0, 0, 0), queue("set stock", 14, 0, 0)],
            push: "webhook is live, last event 14 m ago".to_owned(),
        },
    ]
}

/// The connections of a hub that was just set up.
pub(crate) fn silent() -> Vec<ConnectionView> {
    let mut all = connections(opening());
    for one in &mut all {
        one.state = None;
        "not asked yet".clone_into(&mut one.words);
        one.detail.clear();
        one.tone = Tone::Waiting;
        one.last_good = None;
        one.schedules.clear();
        one.windows.clear();
        one.queue.clear();
        one.push.clear();
    }
    all
}
