//! What the hub lives on every minute: stock, despatches and orders can be read, and the limits leave room for it.

use jiff::{SignedDuration, Timestamp};

use super::gather::{Findings, List};
use super::row::{ECOMMERCE, INTEGRATION, Row, WAREHOUSE};
use super::rules::whole;
use crate::commands::views::paper::counted;

/// The rows of one connection.
pub(super) fn audit(findings: &Findings) -> Vec<Row> {
    let mut rows = Vec::new();
    if findings.warehouse {
        rows.extend([availability(findings), despatches(findings)]);
    } else {
        rows.push(orders(findings));
    }
    rows.push(limits(findings));
    rows
}

/// Stock can be read, and a hub that runs has read it lately.
fn availability(findings: &Findings) -> Row {
    const CHECK: &str = "stock";
    let name = &findings.connection;
    let list = match whole(name, CHECK, &findings.available, WAREHOUSE) {
        Ok(list) => list,
        Err(row) => return row,
    };
    if list.rows.is_empty() {
        let next = "Give the stock report its items, or name the right report in the settings";
        return Row::fail(name, CHECK, "the stock report holds no item", WAREHOUSE, next);
    }
    if let Some(row) = stale(findings, CHECK, "availability") {
        return row;
    }
    let figures = counted(list.rows.len() as u64, "figure", "figures");
    let pages = counted(u64::from(list.pages), "page", "pages");
    let age = read_lately(findings, "availability").unwrap_or_else(|| "no hub has read them yet".to_owned());
    Row::pass(name, CHECK, format!("{figures}, {pages} read; {age}"))
}

fn despatches(findings: &Findings) -> Row {
    const CHECK: &str = "despatches";
    listed(findings, CHECK, &findings.despatches, WAREHOUSE, ("row", "rows"), "24 h")
}

fn orders(findings: &Findings) -> Row {
    const CHECK: &str = "orders";
    match &findings.orders {
        Some(list) => listed(findings, CHECK, list, ECOMMERCE, ("order", "orders"), "1 h"),
        None => {
            let read = read_lately(findings, CHECK).unwrap_or_default();
            Row::pass(&findings.connection, CHECK, format!("not asked again: {read}"))
        }
    }
}

/// A list of what is new can be read.
fn listed<T>(
    findings: &Findings,
    check: &'static str,
    list: &List<T>,
    owner: &'static str,
    (one, many): (&str, &str),
    back: &str,
) -> Row {
    let name = &findings.connection;
    let list = match whole(name, check, list, owner) {
        Ok(list) => list,
        Err(row) => return row,
    };
    if let Some(row) = stale(findings, check, check) {
        return row;
    }
    let rows = counted(list.rows.len() as u64, one, many);
    let read = read_lately(findings, check).map(|read| format!("; {read}")).unwrap_or_default();
    Row::pass(name, check, format!("can be read, {rows} of the last {back}{read}"))
}

/// A running hub that has not read a list for too long: it can be read, and yet it is not.
fn stale(findings: &Findings, check: &'static str, list: &str) -> Option<Row> {
    let known = &findings.known;
    if !known.running || !known.late.iter().any(|late| late == list) {
        return None;
    }
    let age = read_lately(findings, list).unwrap_or_else(|| "the hub that runs has never read it".to_owned());
    let evidence = format!("it can be read, but {age}");
    let next = "Look at the connection in the console: it says what the hub waits for";
    Some(Row::fail(&findings.connection, check, evidence, INTEGRATION, next))
}

/// `the hub read it 12 s ago`; `None` when no hub ever did.
pub(super) fn read_lately(findings: &Findings, list: &str) -> Option<String> {
    let at = findings.known.read.get(list)?;
    let who = if findings.known.running { "the hub that runs" } else { "the hub" };
    Some(format!("{who} read them {} ago", span(*at, findings.at)))
}

fn span(at: Timestamp, now: Timestamp) -> String {
    crossdock_flow::words::span(now.duration_since(at).max(SignedDuration::ZERO))
}

/// How much of each published limit is used now, by a hub and by this check together.
fn limits(findings: &Findings) -> Row {
    const CHECK: &str = "limits";
    let name = &findings.connection;
    if findings.windows.is_empty() {
        return match &findings.health {
            Err(stop) => Row::unknown(name, CHECK, stop),
            Ok(_) => Row::pass(name, CHECK, "the remote publishes none"),
        };
    }
    let used: Vec<String> = findings
        .windows
        .iter()
        .map(|used| {
            let per = crossdock_flow::words::span(used.per);
            format!("{} {} of {} in {per}", used.window, used.calls, used.limit)
        })
        .collect();
    let evidence = used.join("; ");
    let over: Vec<&str> =
        findings.windows.iter().filter(|used| used.calls > used.limit).map(|used| used.window.as_str()).collect();
    if over.is_empty() {
        let spent: Vec<&str> =
            findings.windows.iter().filter(|used| used.gone).map(|used| used.window.as_str()).collect();
        let spent = if spent.is_empty() { String::new() } else { format!(" (used up for now: {})", spent.join(", ")) };
        return Row::pass(name, CHECK, format!("{evidence}{spent}"));
    }
    let evidence = format!("{evidence}: more than {} allows", over.join(" and "));
    let next = "Find out who else calls with this key, or correct the limit in the settings";
    Row::fail(name, CHECK, evidence, INTEGRATION, next)
}

#[cfg(test)]
mod tests {
    use crossdock_model::{Available, ConnectionHealth, ConnectionState};

    use super::super::ask::{Stop, Used};
    use super::super::gather::Listed;
    use super::super::known::Known;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    fn findings(warehouse: bool) -> Findings {
        Findings {
            asked: true,
            health: Ok(ConnectionHealth { state: ConnectionState::Live, detail: String::new() }),
            ..Findings::blank("remote", warehouse, &Stop::Unasked("it was not asked".into()), at(0))
        }
    }

    fn stocked() -> Findings {
        let rows = vec![Available { item: "A".into(), available: 3 }];
        Findings { available: Ok(Listed { rows, unreadable: Vec::new(), pages: 1 }), ..findings(true) }
    }

    #[test]
    fn a_stock_report_that_can_be_read_says_how_old_the_hubs_figures_are() {
        assert_eq!(availability(&stocked()).evidence, "1 figure, 1 page read; no hub has read them yet");
        let read = [("availability".to_owned(), at(-12))];
        let stopped = Known { read: read.clone().into(), ..Known::default() };
        let row = availability(&Findings { known: stopped.clone(), ..stocked() });
        assert!(row.ok && row.evidence.ends_with("the hub read them 12 s ago"), "{row:?}");
        let late = Known { running: true, late: vec!["availability".to_owned()], ..stopped };
        let row = availability(&Findings { known: late, ..stocked() });
        assert!(
            !row.ok && row.evidence.starts_with("it can be read, but the hub that runs read them 12 s ago"),
            "{row:?}"
        );
        assert!(!availability(&findings(true)).ok, "what was not read is not ready");
        let empty = Listed { rows: Vec::new(), unreadable: Vec::new(), pages: 1 };
        assert!(!availability(&Findings { available: Ok(empty), ..findings(true) }).ok);
    }

    #[test]
    fn orders_that_a_running_hub_reads_are_not_asked_for_twice() {
        let known = Known { running: true, read: [("orders".to_owned(), at(-40))].into(), ..Known::default() };
        let row = orders(&Findings { orders: None, known, ..findings(false) });
        assert!(row.ok && row.evidence == "not asked again: the hub that runs read them 40 s ago", "{row:?}");
        assert!(!orders(&findings(false)).ok);
    }

    #[test]
    fn a_limit_that_is_exceeded_is_somebody_elses_calls() {
        let used =
            |calls, gone| Used { window: "calls".into(), calls, limit: 15, per: SignedDuration::from_secs(15), gone };
        let with = |used| limits(&Findings { windows: vec![used], ..findings(true) });
        assert_eq!(with(used(9, false)).evidence, "calls 9 of 15 in 15 s");
        assert!(with(used(15, true)).ok && with(used(15, true)).evidence.contains("used up for now: calls"));
        let row = with(used(16, true));
        assert!(!row.ok && !row.next.is_empty(), "{row:?}");
    }

    #[test]
    fn a_remote_that_is_not_reached_is_not_a_no() {
        let away = Findings {
            health: Err(Stop::Unreached("timed out".into())),
            despatches: Err(Stop::Unreached("timed out".into())),
            ..findings(true)
        };
        for row in audit(&away).iter().filter(|row| row.check != "stock") {
            assert!(!row.ok && row.unreached, "{row:?}");
        }
    }
}
