//! Tables inside a good envelope: any columns, any rows, any count; and one despatch whose date and quantity are anything.

use crossdock_connector::{Connector as _, Observation, Page, Read, Stage};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::tenant::{SESSION, STAGES, TENANT, envelope, orders, reads, xml_text};
use crate::check::{self, Work, now, reply};
use crate::cut::Cut;

/// First byte: what is asked. Second: how many rows the answer counts. Then the table; or, for the last kind, a line with
/// a date and a line with a quantity.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let kind = *cut.choose(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19_usize]);
    if kind >= 17 {
        let (date, quantity) = (cut.text(), cut.text());
        return despatch(&xml_text(&date), &xml_text(&quantity));
    }
    let count = *cut.choose(&[None, Some(0), Some(1), Some(2), Some(1000), Some(-1), Some(i64::MAX)]);
    let table = xml_text(&cut.rest_text());
    let lines = table.lines().count();
    let count = count.unwrap_or_else(|| i64::try_from(lines).unwrap_or(0).saturating_sub(1));
    match kind {
        0..=9 => stage(STAGES[kind], count, &table),
        _ => read(kind - 10, count, &table, lines),
    }
}

fn stage(name: &'static str, count: i64, table: &str) {
    let operations = orders();
    for (op, note) in [("GetData", Value::Null), ("SaveData", json!({ "read_at": now().to_string() }))] {
        let work =
            Work { connector: &*TENANT, session: &SESSION, operations: &operations, stage: Stage::new(name), note };
        let body = envelope(op, 0, count, table, &[("SO-1", "Success"), ("SO-2", "Error")]);
        let _ = work.outcomes(&reply(200, body.as_bytes()));
        // Nothing was imported, and the table says why: no write goes on from that.
        let refused = envelope("SaveData", -1, 0, table, &[]);
        if work.writes() {
            for outcome in work.outcomes(&reply(200, refused.as_bytes())) {
                assert!(
                    !matches!(outcome, crossdock_connector::Outcome::Next { after, .. } if after.is_zero()),
                    "{outcome:?}"
                );
            }
        }
    }
}

fn read(which: usize, count: i64, table: &str, lines: usize) {
    let (mut read, op) = reads()[which].clone();
    // A few pages, each with the same table: every page leads to another place or to the end.
    for _ in 0..4 {
        let reply = reply(200, envelope(op, 0, count, table, &[]).as_bytes());
        match check::read(&*TENANT, &SESSION, &read, &reply, 4 * lines) {
            Ok(answer) => match answer.next {
                Some(next) => read = next,
                None => return,
            },
            Err(_) => return,
        }
    }
}

/// A row of the despatch report: it is read as it stands, or it is kept as unreadable. Nothing is rounded or guessed.
fn despatch(date: &str, quantity: &str) {
    let quoted = |cell: &str| cell.replace('"', "\"\"");
    let table = format!(
        "\"Salesorder number\",\"Despatch number\",\"Carrier\",\"Service\",\"Despatch date\",\"Tracking number\",\"Item code\",\"No of items\",\"Line\",\"Parent\"\n\
         \"SO-1\",\"D-1\",\"DPD\",\"\",\"{}\",\"T-1\",\"A\",\"{}\",\"1\",\"\"\n",
        quoted(date),
        quoted(quantity)
    );
    let read = Read::Despatches { since: now(), page: Page::first() };
    let answer =
        TENANT.interpret_read(&read, &SESSION, &reply(200, envelope("GetReportData", 0, 1, &table, &[]).as_bytes()));
    let answer = answer.expect("a whole page is read");
    let row = answer.observations.iter().find_map(|seen| match seen {
        Observation::Despatch(row) => Some(row),
        _ => None,
    });
    let unreadable = answer.observations.iter().filter(|seen| matches!(seen, Observation::Unreadable { .. })).count();
    assert_eq!(usize::from(row.is_some()) + unreadable, 1, "one row, read or kept: {:?}", answer.observations);
    let units = whole(quantity);
    if units.is_none() {
        assert!(row.is_none(), "{quantity:?} was read as a quantity");
    }
    if let Some(row) = row {
        assert_eq!(Some(row.quantity), units, "{quantity:?}");
        let zone = TimeZone::get("Europe/London").expect("the zone is bundled");
        let digits: Vec<i16> = date
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .filter_map(|part| part.parse().ok())
            .collect();
        let small = |at: usize| digits.get(at).copied().and_then(|digit| i8::try_from(digit).ok()).unwrap_or(0);
        if let Some(year) = digits.get(2).copied().filter(|_| !date.to_ascii_lowercase().contains("yyyy")) {
            let civil = DateTime::new(year, small(1), small(0), small(3), small(4), small(5), 0);
            let at = civil.ok().and_then(|civil| zone.to_ambiguous_timestamp(civil).compatible().ok());
            assert_eq!(Some(row.despatched_at), at, "{date:?}");
        }
    }
}

/// A whole number in 128 bits, by another way: `12`, `12.00`.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, zeros) = text.split_once('.').map_or((text, None), |(whole, zeros)| (whole, Some(zeros)));
    if zeros.is_some_and(|zeros| zeros.is_empty() || zeros.chars().any(|c| c != '0')) {
        return None;
    }
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let mut sum: i128 = 0;
    for digit in digits.chars().filter_map(|c| c.to_digit(10)) {
        sum = sum.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    i64::try_from(if whole.starts_with('-') { -sum } else { sum }).ok()
}
