//! What the lists say about a day with trouble, and about one without.

use crossdock_desk::{
    ChannelFigure, ConnectionView, DespatchList, DespatchRowView, Due, ExceptionGroup, ExceptionView, FigureState,
    GuardView, QueueView, ScheduleView, StockList, StockRow, Tone, WindowView,
};
use crossdock_model::{Currency, Money};
use jiff::Timestamp;

use super::*;

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn london() -> Paper {
    Paper::plain("Europe/London")
}

fn group() -> ExceptionGroup {
    let one = |id: i64| ExceptionView {
        id,
        order: format!("JL-{id}"),
        connection: "john-lewis".into(),
        detail: "line 2: SKU JL-88213-NVY has no warehouse item".into(),
        opened: at("08:02:00"),
        due: Some(at("14:00:00")),
        at_risk: Some(Money::from_minor(8400, Currency::GBP)),
    };
    ExceptionGroup {
        fingerprint: "sku.unknown/john-lewis/JL-88213-NVY".into(),
        cause: "sku.unknown".into(),
        sentence: "15 orders wait on one unknown SKU: JL-88213-NVY".into(),
        next_action: "Map the SKU to a warehouse item".into(),
        owner: "Merchandising".into(),
        tone: Tone::Risk,
        count: 15,
        at_risk: Some(Money::from_minor(126_000, Currency::GBP)),
        first_due: Some(at("14:00:00")),
        first_seen: at("08:02:00"),
        last_seen: at("09:00:00"),
        per_hour: Vec::new(),
        exceptions: (1..=15).map(one).collect(),
    }
}

#[test]
fn a_cause_is_one_block_with_its_owner_its_fix_and_its_clock() {
    // A101: grouped by cause, so that one fix closes all.
    let text = exceptions(&[group()], &london());
    assert!(text.starts_with("▲ 15 orders wait on one unknown SKU: JL-88213-NVY\n"), "{text}");
    let facts = "  at risk · Map the SKU to a warehouse item (Merchandising) · sku.unknown · £1,260.00 at risk · first due 23 Nov 14:00 GMT\n";
    assert!(text.contains(facts), "{text}");
    assert!(text.contains("JL-10 ") && !text.contains("JL-11 ") && text.contains("and 5 more"), "{text}");
    assert!(text.ends_with("15 exceptions with 1 cause.\n"), "{text}");
    assert_eq!(exceptions(&[], &london()), "● Nothing waits for a person.\n");
}

#[test]
fn a_file_holds_every_exception_with_plain_figures() {
    let csv = exceptions_csv(&[group()]).csv();
    assert_eq!(csv.lines().count(), 16);
    assert!(csv.contains("sku.unknown,at risk,Merchandising,"), "{csv}");
    assert!(csv.contains(",2026-11-23T08:02:00Z,2026-11-23T14:00:00Z,84.00,GBP"), "{csv}");
}

fn stock_list() -> StockList {
    let channel = |connection: &str, shows, tone| ChannelFigure {
        formula: "12 available − 2 sold, not counted yet − 1 buffer = 9".into(),
        connection: connection.into(),
        sku: "CD-10007".into(),
        buffer: 1,
        desired: Some(6),
        sent: Some(6),
        read_back: shows,
        read_back_at: None,
        state: FigureState::Differs,
        words: "shows 3 more than was sent".into(),
        tone,
    };
    StockList {
        rows: vec![StockRow {
            item: "CD-10007".into(),
            name: "Mug, navy".into(),
            available: Some(9),
            observed: Some(at("08:00:00")),
            pending: 2,
            kit: true,
            channels: vec![channel("john-lewis", Some(9), Tone::Risk), channel("marketplacer", None, Tone::Waiting)],
        }],
        total: 120,
        page: 1,
        pages: 3,
        guards: vec![GuardView {
            connection: "john-lewis".into(),
            sentence: "412 of 900 figures would fall to 0.".into(),
            since: at("08:00:00"),
        }],
    }
}

#[test]
fn stock_names_an_item_once_and_says_how_each_channel_stands() {
    let text = stock(&stock_list(), &london());
    assert!(
        text.starts_with("▲ john-lewis: 412 of 900 figures would fall to 0. Stopped since 23 Nov 08:00 GMT."),
        "{text}"
    );
    assert!(text.contains("crossdock stock release john-lewis"), "{text}");
    assert_eq!(text.matches("Mug, navy").count(), 1, "{text}");
    assert!(text.contains("CD-10007 (kit)") && text.contains("▲ at risk") && text.contains("◐ waiting"), "{text}");
    assert!(text.ends_with("The first 1 of 120 items; --csv and --json give all.\n"), "{text}");
    let nothing = StockList::default();
    assert_eq!(stock(&nothing, &london()), "No item fits.\n");
}

#[test]
fn a_stock_file_repeats_the_item_for_every_channel() {
    let csv = stock_csv(&stock_list()).csv();
    assert_eq!(csv.matches("\"Mug, navy\",9,2026-11-23T08:00:00Z,2,true,").count(), 2, "{csv}");
    let mut unlisted = stock_list();
    unlisted.rows[0].channels.clear();
    assert_eq!(stock_csv(&unlisted).csv().lines().count(), 2);
}

fn despatch(confirmed: Option<Timestamp>, tone: Tone) -> DespatchRowView {
    DespatchRowView {
        order: "JL-1042-A".into(),
        channel: "john-lewis".into(),
        despatch: "DN-77".into(),
        carrier: "Evri".into(),
        tracking: "H00A".into(),
        despatched: at("12:00:00"),
        confirmed,
        words: "confirmed 9 s later".into(),
        tone,
        due: Some(Due { at: at("14:00:00"), words: "due in 2 h".into(), tone: Tone::Waiting }),
    }
}

#[test]
fn despatches_end_with_the_one_figure_that_matters() {
    let rows = vec![despatch(Some(at("12:00:09")), Tone::Ok)];
    let all = DespatchList { rows: rows.clone(), total: 1, open: 0, page: 1, pages: 1 };
    let text = despatches(&all, &london());
    assert!(text.contains("● ok") && text.contains("23 Nov 12:00 GMT"), "{text}");
    assert!(text.ends_with("● Everything that left has been confirmed.\n"), "{text}");
    let some = DespatchList { rows, total: 1, open: 3, page: 1, pages: 1 };
    assert!(despatches(&some, &london()).ends_with("▲ 3 parcels are not confirmed yet.\n"));
    assert!(despatches_csv(&all).csv().contains("H00A,2026-11-23T12:00:00Z,2026-11-23T12:00:09Z,ok,"));
}

#[test]
fn a_standing_connection_shows_what_it_said_and_what_waits() {
    let view = ConnectionView {
        name: "john-lewis".into(),
        kind: "mirakl".into(),
        role: "channel".into(),
        state: None,
        words: "credentials refused 4 m ago".into(),
        detail: "401 Unauthorized".into(),
        tone: Tone::Broken,
        last_good: Some(at("07:58:00")),
        schedules: vec![ScheduleView {
            name: "orders".into(),
            last_good: Some(at("07:58:00")),
            next: None,
            watermark: None,
            failures: 3,
            problem: "401 Unauthorized".into(),
            tone: Tone::Risk,
        }],
        windows: vec![
            WindowView { name: "OR11".into(), used: 1, limit: 1, per_seconds: 60 },
            WindowView { name: "STO01".into(), used: 0, limit: 1, per_seconds: 60 },
        ],
        queue: vec![QueueView { what: "confirm despatch".into(), waiting: 1_204, in_doubt: 2, held: 0 }],
        push: "answers by poll only".into(),
    };
    let text = connections(std::slice::from_ref(&view), &london());
    assert!(text.contains("■ broken") && text.contains("OR11 1/1 in 60 s") && !text.contains("STO01"), "{text}");
    assert!(text.contains("1,204 confirm despatch, 2 in doubt"), "{text}");
    assert!(text.contains("■ john-lewis: 401 Unauthorized") && text.contains("SCHEDULES"), "{text}");
    assert!(connections_csv(&[view]).csv().contains(",1204,2,0"));
}
