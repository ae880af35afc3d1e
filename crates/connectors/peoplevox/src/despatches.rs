//! Reading what has left: the report `Despatch summary` (`contracts/peoplevox.md §4`, §6.3).
//!
//! One row is one item of one despatch. A row that cannot be read takes the whole despatch with it, across pages too: a
//! package with a line missing would be reported to the customer as complete.

use std::collections::BTreeSet;

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply, Session};
use crossdock_model::DespatchRow;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::catalogue::own_code;
use crate::config::Config;
use crate::csv_table::Row;
use crate::cursor::{Cursor, Turn};
use crate::dates::{parse_report, search_from};
use crate::requests::{self, ReportQuery};
use crate::search_clause::{self, Field};
use crate::soap::Op;
use crate::tables::{Rows, fetch, unreadable};
use crate::templates::{DESPATCHES, known_columns};
use crate::values::{excerpt, whole_number};

/// Which despatches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    /// At or after a moment.
    Since(Timestamp),
    /// Of certain orders.
    Of(&'a [String]),
}

impl Which<'_> {
    fn read(self, page: Page) -> Read {
        match self {
            Self::Since(since) => Read::Despatches { since, page },
            Self::Of(orders) => Read::DespatchesOf { orders: orders.to_vec(), page },
        }
    }
}

/// What one page of the report tells the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct SoFar {
    /// Readable rows of the despatches that the page's end may have cut in two. They wait for the rest.
    held: Vec<DespatchRow>,
    /// Despatches of which a row could not be read: none of their rows counts, on whichever page they are.
    broken: BTreeSet<String>,
}

/// The call for a page of despatches.
pub(crate) fn plan(
    config: &Config,
    zone: &TimeZone,
    session: &Session,
    which: Which<'_>,
    page: &Page,
) -> Result<Call, Rejection> {
    let cursor = Cursor::<SoFar>::read(page, config.page_size)?;
    let clause = match which {
        Which::Since(since) => {
            let field = Field::Report(config.column(DESPATCHES, "Despatch date"));
            search_clause::at_or_after(field, search_from(since, zone))
        }
        Which::Of(orders) => {
            let asked = orders.iter().map(String::as_str).filter(|order| search_clause::is_expressible(order));
            let field = Field::Report(config.column(DESPATCHES, "Salesorder number"));
            search_clause::any_of(field, asked, "order number")?
        }
    };
    let query =
        ReportQuery { report: DESPATCHES, clause, order_by: "Despatch date", columns: known_columns(DESPATCHES) };
    requests::get_report(config, session, &query, (cursor.no, cursor.size), "despatches")
}

/// A page of despatches.
pub(crate) fn interpret(
    config: &Config,
    zone: &TimeZone,
    which: Which<'_>,
    page: &Page,
    reply: &Reply,
) -> Result<ReadReply, Failure> {
    let mut cursor = Cursor::<SoFar>::reread(page, config.page_size)?;
    let rows = fetch(reply, Op::GetReportData)?;
    let turn = cursor.whole_turn(rows.table.len(), rows.total)?;
    let mut out = ReadReply::default();
    if let (Which::Of(orders), true) = (which, page.is_first()) {
        out.observations.extend(orders.iter().filter(|order| !search_clause::is_expressible(order)).map(|order| {
            Observation::Drift(format!("the order number {} cannot be searched for in Peoplevox", excerpt(order)))
        }));
    }
    let mut so_far = SoFar::default();
    if turn != Turn::Smaller {
        so_far = std::mem::take(&mut cursor.carry);
        let mut read = std::mem::take(&mut so_far.held);
        read_rows(config, zone, &rows, reply.at, (&mut read, &mut so_far.broken), &mut out)?;
        read.retain(|row| !so_far.broken.contains(&row.despatch_number));
        if turn == Turn::More {
            (so_far.held, read) = may_go_on(read);
        }
        out.observations.extend(read.into_iter().map(Observation::Despatch));
    }
    cursor.end_page(turn, so_far, &mut out, |page| which.read(page));
    Ok(out)
}

/// Divides the rows of a page that is not the last one: first those of despatches that may go on overleaf, then the rest.
/// The report comes in the order of the despatch dates, which often end at the minute, so whatever left at the page's
/// latest moment may have more rows.
fn may_go_on(rows: Vec<DespatchRow>) -> (Vec<DespatchRow>, Vec<DespatchRow>) {
    let Some(latest) = rows.iter().map(|row| row.despatched_at).max() else {
        return (Vec::new(), rows);
    };
    let open: BTreeSet<String> =
        rows.iter().filter(|row| row.despatched_at == latest).map(|row| row.despatch_number.clone()).collect();
    rows.into_iter().partition(|row| open.contains(&row.despatch_number))
}

/// The places of the columns.
struct Places {
    order: Option<usize>,
    despatch: Option<usize>,
    date: Option<usize>,
    item: Option<usize>,
    quantity: Option<usize>,
    carrier: Option<usize>,
    service: Option<usize>,
    tracking: Option<usize>,
    line: Option<usize>,
    parent: Option<usize>,
}

/// Reads the rows of a page into `read`, and notes the despatches that have a broken one.
fn read_rows(
    config: &Config,
    zone: &TimeZone,
    rows: &Rows,
    now: Timestamp,
    (read, broken): (&mut Vec<DespatchRow>, &mut BTreeSet<String>),
    out: &mut ReadReply,
) -> Result<(), Failure> {
    let need = |ours| rows.need(config, DESPATCHES, ours);
    let maybe = |ours| rows.maybe(config, DESPATCHES, ours);
    let places = Places {
        order: need("Salesorder number")?,
        despatch: need("Despatch number")?,
        date: need("Despatch date")?,
        item: need("Item code")?,
        quantity: need("No of items")?,
        carrier: maybe("Carrier"),
        service: maybe("Service"),
        tracking: maybe("Tracking number"),
        line: maybe("Line"),
        parent: maybe("Parent"),
    };
    let mut year_supplied = false;
    let mut broke = |row: Row<'_>, reason: &str| {
        broken.insert(row.cell(places.despatch).to_owned());
        out.observations.push(unreadable(row, row.cell(places.order), reason));
    };
    for row in rows.table.misshapen() {
        broke(row, "the row has more cells than the header");
    }
    for row in rows.table.rows() {
        match one(row, &places, zone, now, &mut year_supplied) {
            Ok(despatch) => read.push(despatch),
            Err(reason) => broke(row, reason),
        }
    }
    if year_supplied {
        out.observations.push(Observation::Drift(
            "Peoplevox wrote YYYY instead of a year in despatch dates; the year was supplied".to_owned(),
        ));
    }
    Ok(())
}

fn one(
    row: Row<'_>,
    places: &Places,
    zone: &TimeZone,
    now: Timestamp,
    year_supplied: &mut bool,
) -> Result<DespatchRow, &'static str> {
    let text = |place| row.cell(place).to_owned();
    let date = parse_report(row.cell(places.date), zone, now).ok_or("the despatch date cannot be read")?;
    *year_supplied |= date.year_supplied;
    let quantity = whole_number(row.cell(places.quantity)).ok_or("the number of items is not a whole number")?;
    let read = DespatchRow {
        order_number: text(places.order),
        despatch_number: text(places.despatch),
        carrier: text(places.carrier),
        service: text(places.service),
        despatched_at: date.at,
        tracking: text(places.tracking),
        // Switched off since it was ordered, it left all the same.
        item: own_code(row.cell(places.item)).to_owned(),
        line: text(places.line),
        parent: Some(own_code(row.cell(places.parent)).to_owned()).filter(|parent| !parent.is_empty()),
        quantity,
    };
    if read.order_number.is_empty() {
        Err("a despatch without an order number")
    } else if read.despatch_number.is_empty() {
        Err("a despatch without a number")
    } else if read.item.is_empty() {
        Err("a despatched item without an item code")
    } else {
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, element, reply, result};

    const HEADER: &str = "\"Salesorder number\",\"Despatch number\",\"Carrier\",\"Service\",\"Despatch date\",\"Tracking number\",\"Item code\",\"No. of items\",\"Line\",\"Parent\"\n";

    fn zone() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    fn run(csv: &str) -> Vec<Observation> {
        let since = Which::Since(fixtures::now());
        let body = reply(result("GetReportData", 0, i64::try_from(csv.lines().count()).unwrap() - 1, csv));
        interpret(&fixtures::config(), &zone(), since, &Page::first(), &body).unwrap().observations
    }

    #[test]
    fn a_search_by_date_begins_early_enough_for_either_clock() {
        let call =
            plan(&fixtures::config(), &zone(), &fixtures::session(), Which::Since(fixtures::now()), &Page::first());
        let call = call.unwrap();
        assert_eq!(element(&call, "TemplateName"), "Despatch summary");
        assert_eq!(element(&call, "SearchClause"), "[Despatch date] >= DateTime(2026,07,06,09,00,00)");
        assert_eq!(element(&call, "OrderBy"), "[Despatch date] asc");
        assert!(element(&call, "Columns").starts_with("[Salesorder number],[Despatch number],[Carrier]"));
    }

    #[test]
    fn a_search_by_orders_leaves_out_what_cannot_be_said_and_reports_it() {
        let orders = ["SO-1".to_owned(), "S\"O".to_owned()];
        let call =
            plan(&fixtures::config(), &zone(), &fixtures::session(), Which::Of(&orders), &Page::first()).unwrap();
        assert_eq!(element(&call, "SearchClause"), "[Salesorder number].Equals(\"SO-1\")");
        let body = reply(result("GetReportData", 0, 0, HEADER));
        let out = interpret(&fixtures::config(), &zone(), Which::Of(&orders), &Page::first(), &body).unwrap();
        assert!(matches!(out.observations.as_slice(), [Observation::Drift(_)]));
    }

    /// A083, B062: carrier, service, tracking and time arrive with the despatch; a kit's component names its kit.
    #[test]
    fn a_row_is_read_whole() {
        let csv = format!(
            "{HEADER}\"SO-1\",\"DES9\",\"Royal Mail\",\"T24, \"\"signed\"\"\",\"'06/07/2026 10:52'\",\"AB 12\",\"A\",\"2\",\"1\",\"\"\n\
             \"SO-1\",\"DES9\",\"\",\"\",\"'06/07/2026 10:52:30'\",\"\",\"Zo\u{eb}\",\"1\",\"2\",\"SET\"\n"
        );
        let row = DespatchRow {
            order_number: "SO-1".into(),
            despatch_number: "DES9".into(),
            carrier: "Royal Mail".into(),
            service: "T24, \"signed\"".into(),
            despatched_at: "2026-07-06T09:52:00Z".parse().unwrap(),
            tracking: "AB 12".into(),
            item: "A".into(),
            line: "1".into(),
            parent: None,
            quantity: 2,
        };
        let second = DespatchRow {
            carrier: String::new(),
            service: String::new(),
            despatched_at: "2026-07-06T09:52:30Z".parse().unwrap(),
            tracking: String::new(),
            item: "Zoë".into(),
            line: "2".into(),
            parent: Some("SET".into()),
            quantity: 1,
            ..row.clone()
        };
        assert_eq!(run(&csv), [Observation::Despatch(row), Observation::Despatch(second)]);
    }

    #[test]
    fn f55_an_item_that_was_switched_off_since_it_was_ordered_left_under_its_own_code() {
        let csv =
            format!("{HEADER}SO-1,DES1,,,06/07/2026 10:00,T,~D~A,1,1,\nSO-2,DES2,,,06/07/2026 10:00,T,B,1,1,~D~SET\n");
        let seen = run(&csv);
        assert_eq!(numbers(&seen), [("DES1", "A"), ("DES2", "B")]);
        assert!(matches!(&seen[1], Observation::Despatch(row) if row.parent.as_deref() == Some("SET")));
    }

    #[test]
    fn a_bad_row_takes_its_own_despatch_with_it_and_no_other() {
        let csv = format!(
            "{HEADER}SO-1,DES1,,,06/07/2026 10:00,T,A,1,1,\nSO-1,DES1,,,06/07/2026 10:00,T,B,half,2,\n\
             SO-2,DES2,,,06/07/2026 10:00,T,A,1,1,\nSO-3,DES3,,,soon,T,A,1,1,\n,DES4,,,06/07/2026 10:00,T,A,1,1,\n"
        );
        let seen = run(&csv);
        let good: Vec<_> = seen.iter().filter(|one| matches!(one, Observation::Despatch(_))).collect();
        assert!(matches!(good.as_slice(), [Observation::Despatch(row)] if row.despatch_number == "DES2"));
        let ids: Vec<_> = seen
            .iter()
            .filter_map(|one| if let Observation::Unreadable { id, .. } = one { Some(id.as_deref()) } else { None })
            .collect();
        assert_eq!(ids, [Some("SO-1"), Some("SO-3"), None]);
    }

    fn numbers(seen: &[Observation]) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for one in seen {
            if let Observation::Despatch(row) = one {
                found.push((row.despatch_number.as_str(), row.item.as_str()));
            }
        }
        found
    }

    /// Reads a report of some rows in pages of five.
    fn in_pages(rows: &[&str]) -> Vec<Observation> {
        let mut config = fixtures::config();
        config.page_size = 5;
        let which = Which::Since(fixtures::now());
        let (mut page, mut seen) = (Page::first(), Vec::new());
        for part in rows.chunks(5) {
            let csv = format!("{HEADER}{}\n", part.join("\n"));
            let body = reply(result("GetReportData", 0, i64::try_from(rows.len()).unwrap(), &csv));
            let out = interpret(&config, &zone(), which, &page, &body).unwrap();
            seen.extend(out.observations);
            match out.next {
                Some(Read::Despatches { page: next, .. }) => page = next,
                _ => return seen,
            }
        }
        panic!("the read did not end");
    }

    /// The rows of one despatch may lie on both sides of a page's end; a broken one on either takes them all.
    #[test]
    fn a_bad_row_takes_the_rows_of_its_despatch_on_every_page_with_it() {
        let one = "SO-1,DES1,,,06/07/2026 10:00,T,A,1,1,";
        let (two, rest) = ("SO-2,DES2,,,06/07/2026 10:01,T,A,1,1,", "SO-2,DES2,,,06/07/2026 10:01,T,B,1,2,");
        let bad = "SO-2,DES2,,,06/07/2026 10:01,T,C,half,3,";
        let long = "SO-2,DES2,,,06/07/2026 10:01,T,C,1,3,,";
        let three = "SO-3,DES3,,,06/07/2026 10:01,T,A,1,1,";
        let good = [one, one, one, two, three, rest];
        assert_eq!(
            numbers(&in_pages(&good)),
            [("DES1", "A"), ("DES1", "A"), ("DES1", "A"), ("DES2", "A"), ("DES3", "A"), ("DES2", "B")]
        );
        for broken in [bad, long] {
            for rows in [[one, one, one, two, three, broken], [one, one, broken, two, three, rest]] {
                let seen = in_pages(&rows);
                let whole: BTreeSet<_> = numbers(&seen).into_iter().map(|(number, _)| number).collect();
                assert_eq!(whole, BTreeSet::from(["DES1", "DES3"]), "{rows:?}");
                assert_eq!(seen.iter().filter(|one| matches!(one, Observation::Unreadable { .. })).count(), 1);
            }
        }
    }

    /// What lies behind a count that cannot be had would fall behind the watermark.
    #[test]
    fn a_report_that_ends_short_fails_the_read() {
        let mut config = fixtures::config();
        config.page_size = 5;
        let body = reply(result("GetReportData", 0, 9, &format!("{HEADER}SO-1,DES1,,,06/07/2026 10:00,T,A,1,1,\n")));
        let seen = interpret(&config, &zone(), Which::Since(fixtures::now()), &Page::first(), &body);
        assert!(matches!(seen, Err(Failure::Retry(_))), "{seen:?}");
    }

    #[test]
    fn a_missing_year_is_supplied_and_reported() {
        let seen = run(&format!("{HEADER}SO-1,DES1,,,'23/05/YYYY 10:15',T,A,1,1,\n"));
        assert!(matches!(seen[0], Observation::Drift(_)));
        assert!(
            matches!(&seen[1], Observation::Despatch(row) if row.despatched_at.to_string() == "2026-05-23T09:15:00Z")
        );
    }
}
