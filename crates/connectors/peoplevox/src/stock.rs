//! Reading what is available, summed over sites (`contracts/peoplevox.md §4`, §4.1).
//!
//! The report has one row per item **and site**, so an item can lie across the end of a page. The rows are therefore asked
//! for in the order of the item codes, and the last item of a page that is not the last one travels to the next page inside
//! the page token. Paging is no snapshot: a row may come twice when the table moves underneath. A site that is seen twice
//! for an item counts once, with the smaller figure, so that nothing is ever oversold by a page's edge.

use std::collections::{BTreeMap, BTreeSet};

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, RejectCode, Rejection, Reply, Session};
use crossdock_model::Available;
use serde::{Deserialize, Serialize};

use crate::catalogue::DEACTIVATED;
use crate::config::Config;
use crate::csv_table::same_name;
use crate::cursor::{Cursor, Turn};
use crate::requests::{self, ReportQuery};
use crate::search_clause::{self, Field};
use crate::soap::Op;
use crate::tables::{Rows, fetch, unreadable};
use crate::templates::INVENTORY;
use crate::values::{excerpt, whole_number};

/// Peoplevox's own site, which holds nothing that can be sold.
const SYSTEM_SITE: &str = "SystemSite";

/// An item while its sites are added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    item: String,
    /// Figures by site; `None` as soon as one of them could not be read.
    sites: Option<BTreeMap<String, i64>>,
}

impl Tally {
    fn total(&self) -> Option<i64> {
        self.sites.as_ref()?.values().try_fold(0_i64, |sum, units| sum.checked_add(*units))
    }
}

/// The call for a page of stock.
pub(crate) fn plan(config: &Config, session: &Session, items: &[String], page: &Page) -> Result<Call, Rejection> {
    let cursor = Cursor::<Option<Tally>>::read(page, config.page_size)?;
    let asked = items.iter().map(String::as_str).filter(|item| search_clause::is_expressible(item));
    let of_items = if items.is_empty() {
        None
    } else {
        Some(search_clause::any_of(Field::Report(config.column(INVENTORY, "Item code")), asked, "item code")?)
    };
    let of_site = match (&config.site, config.column(INVENTORY, "Site reference")) {
        (None, _) => None,
        (Some(_), "") => {
            return Err(Rejection::new(
                RejectCode::CannotExpress,
                "stock is restricted to one site, but the inventory report is said to have no site column",
            ));
        }
        (Some(site), column) => Some(search_clause::any_of(Field::Report(column), [site.as_str()], "site")?),
    };
    let query = ReportQuery {
        report: INVENTORY,
        clause: search_clause::both(of_items, of_site),
        order_by: "Item code",
        columns: &["Item code", "Available", "Site reference"],
    };
    requests::get_report(config, session, &query, (cursor.no, cursor.size), "available stock")
}

/// A page of stock.
pub(crate) fn interpret(config: &Config, items: &[String], page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let mut cursor = Cursor::<Option<Tally>>::reread(page, config.page_size)?;
    let rows = fetch(reply, Op::GetReportData)?;
    let turn = cursor.turn(rows.table.len(), rows.total)?;
    let mut out = ReadReply::default();
    if page.is_first() {
        out.observations.extend(items.iter().filter(|item| !search_clause::is_expressible(item)).map(|item| {
            Observation::Drift(format!("the item code {} cannot be searched for in Peoplevox", excerpt(item)))
        }));
    }
    let mut carry = None;
    if turn != Turn::Smaller {
        let mut tallies = add_up(config, &rows, cursor.carry.take(), &mut out)?;
        if turn == Turn::More {
            carry = tallies.pop();
        }
        for tally in tallies {
            if let Some(available) = tally.total() {
                out.observations.push(Observation::Available(Available { item: tally.item, available }));
            }
        }
    }
    let build = |page| Read::Availability { items: items.to_vec(), page };
    cursor.end_page(turn, carry, &mut out, build);
    Ok(out)
}

/// Adds the rows of a page to what the page before carried over.
fn add_up(config: &Config, rows: &Rows, carried: Option<Tally>, out: &mut ReadReply) -> Result<Vec<Tally>, Failure> {
    let code = rows.need(config, INVENTORY, "Item code")?;
    let available = rows.need(config, INVENTORY, "Available")?;
    let site = match config.column(INVENTORY, "Site reference") {
        "" => None,
        _ => rows.need(config, INVENTORY, "Site reference")?,
    };
    let mut tallies: Vec<Tally> = Vec::from_iter(carried);
    let mut place: BTreeMap<String, usize> = tallies.iter().map(|tally| (tally.item.clone(), 0)).collect();
    let (mut unordered, mut repeated) = (false, false);
    // A row whose cells have moved may be any of its item's sites: the item is withheld, as with a figure that cannot be
    // read.
    let moved: BTreeSet<&str> = rows.table.misshapen().map(|row| row.cell(code)).collect();
    out.observations.extend(rows.misshapen());
    for tally in tallies.iter_mut().filter(|tally| moved.contains(tally.item.as_str())) {
        tally.sites = None;
    }
    for row in rows.table.rows() {
        let item = row.cell(code);
        if item.is_empty() {
            out.observations.push(unreadable(row, "", "a stock row without an item code"));
            continue;
        }
        if item.contains(DEACTIVATED) {
            continue;
        }
        let at = *place.entry(item.to_owned()).or_insert(tallies.len());
        if at == tallies.len() {
            let sites = (!moved.contains(item)).then(BTreeMap::new);
            tallies.push(Tally { item: item.to_owned(), sites });
        }
        unordered |= at + 1 != tallies.len();
        let Some(tally) = tallies.get_mut(at) else { continue };
        let site = row.cell(site);
        if same_name(site, SYSTEM_SITE) {
            continue;
        }
        let Some(units) = whole_number(row.cell(available)) else {
            out.observations.push(unreadable(row, "", format!("item {}: no whole number of units", excerpt(item))));
            tally.sites = None;
            continue;
        };
        if let Some(sites) = &mut tally.sites {
            repeated |= sites.contains_key(site);
            let figure = sites.entry(site.to_owned()).or_insert(units);
            *figure = units.min(*figure);
        }
    }
    if unordered {
        out.observations.push(Observation::Drift(
            "the inventory report is not in the order of item codes; items at a page's edge may be incomplete"
                .to_owned(),
        ));
    }
    if repeated {
        out.observations.push(Observation::Drift(
            "the inventory report names an item twice for one site; the smaller figure counts".to_owned(),
        ));
    }
    Ok(tallies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, element, reply, result};

    fn report(total: i64, csv: &str) -> Reply {
        reply(result("GetReportData", 0, total, csv))
    }

    fn seen(out: &ReadReply) -> Vec<(String, i64)> {
        let mut found = Vec::new();
        for observation in &out.observations {
            if let Observation::Available(stock) = observation {
                found.push((stock.item.clone(), stock.available));
            }
        }
        found
    }

    #[test]
    fn the_request_names_columns_order_items_and_site() {
        let mut config = fixtures::config();
        config.site = Some("PrimarySite".to_owned());
        let items = ["A".to_owned(), "B\"".to_owned(), "C & D".to_owned()];
        let call = plan(&config, &fixtures::session(), &items, &Page::first()).unwrap();
        assert_eq!(element(&call, "TemplateName"), "Item inventory summary");
        assert_eq!(
            element(&call, "SearchClause"),
            "([Item code].Equals(\"A\") OR [Item code].Equals(\"C & D\")) AND [Site reference].Equals(\"PrimarySite\")"
        );
        assert_eq!(element(&call, "OrderBy"), "[Item code] asc");
        assert_eq!(element(&call, "Columns"), "[Item code],[Available],[Site reference]");
        assert_eq!(call.request.headers()["soapaction"], "\"http://www.peoplevox.net/GetReportData\"");
        assert!(plan(&config, &fixtures::session(), &["\"".to_owned()], &Page::first()).is_err());
        let all = plan(&fixtures::config(), &fixtures::session(), &[], &Page::first()).unwrap();
        assert_eq!(element(&all, "SearchClause"), "");
    }

    /// `contracts/peoplevox.md §4.1`: a total is the sum over sites without `SystemSite`.
    #[test]
    fn sites_are_added_up_without_the_system_site() {
        let csv = "\"Item Code\",\"Available\",\"Site reference\"\n\"A\",\"5\",\"PrimarySite\"\n\"A\",\"99\",\"systemsite\"\n\"A\",\"7\",\"North\"\n\"B\",\"99\",\"SystemSite\"\n\"C\",\"-2\",\"North\"\n\"~D~E\",\"4\",\"North\"\n";
        let out = interpret(&fixtures::config(), &[], &Page::first(), &report(6, csv)).unwrap();
        assert_eq!(seen(&out), [("A".to_owned(), 12), ("B".to_owned(), 0), ("C".to_owned(), -2)]);
    }

    #[test]
    fn an_item_across_pages_is_added_up_once_whole() {
        let mut config = fixtures::config();
        config.page_size = 5;
        let mut page = Page::first();
        let mut all = Vec::new();
        // The table of sixteen rows, in pages of five; item B alone fills more than a page.
        let rows: Vec<String> = [("A", 2), ("B", 9), ("C", 4), ("D", 1)]
            .iter()
            .flat_map(|(item, sites)| (0..*sites).map(move |site| format!("{item},{},S{site}", site + 1)))
            .collect();
        for _ in 0..10 {
            let call = plan(&config, &fixtures::session(), &[], &page).unwrap();
            let no: usize = element(&call, "PageNo").parse().unwrap();
            let body: Vec<_> = rows.iter().skip((no - 1) * 5).take(5).cloned().collect();
            let csv = format!("Item code,Available,Site reference\n{}\n", body.join("\n"));
            let out = interpret(&config, &[], &page, &report(16, &csv)).unwrap();
            all.extend(seen(&out));
            match out.next {
                Some(Read::Availability { page: next, .. }) => page = next,
                _ => break,
            }
        }
        let expected = [("A", 3), ("B", 45), ("C", 10), ("D", 1)].map(|(item, units)| (item.to_owned(), units));
        assert_eq!(all, expected);
    }

    #[test]
    fn a_row_that_comes_twice_at_a_pages_edge_never_raises_the_figure() {
        let mut config = fixtures::config();
        config.page_size = 5;
        let csv = "Item code,Available,Site reference\nA,1,N\nB,1,N\nC,1,N\nD,1,N\nE,3,N\n";
        let out = interpret(&config, &[], &Page::first(), &report(7, csv)).unwrap();
        let Some(Read::Availability { page, .. }) = out.next else { panic!() };
        let out =
            interpret(&config, &[], &page, &report(7, "Item code,Available,Site reference\nE,3,N\nE,4,S\n")).unwrap();
        assert_eq!(seen(&out), [("E".to_owned(), 7)]);
    }

    #[test]
    fn a_figure_that_cannot_be_read_withholds_the_whole_item() {
        let csv = "Item code,Available,Site reference\nA,5,N\nA,1.5,S\nB,9223372036854775807,N\nB,1,S\nC,2,N\n,3,N\n";
        let out = interpret(&fixtures::config(), &[], &Page::first(), &report(6, csv)).unwrap();
        assert_eq!(seen(&out), [("C".to_owned(), 2)]);
        let unreadable = out.observations.iter().filter(|seen| matches!(seen, Observation::Unreadable { .. })).count();
        assert_eq!(unreadable, 2);
        let csv = "Item code,Available,Site reference\nA,5,N\nA,7,S,x\nC,2,N\n";
        let out = interpret(&fixtures::config(), &[], &Page::first(), &report(3, csv)).unwrap();
        assert_eq!(seen(&out), [("C".to_owned(), 2)], "a row with a cell too many");
    }

    #[test]
    fn a_report_out_of_order_or_with_repeats_is_reported() {
        let csv = "Item code,Available,Site reference\nA,5,N\nB,1,N\nA,2,S\nB,4,N\n";
        let out = interpret(&fixtures::config(), &[], &Page::first(), &report(4, csv)).unwrap();
        assert_eq!(seen(&out), [("A".to_owned(), 7), ("B".to_owned(), 1)]);
        assert_eq!(out.observations.iter().filter(|seen| matches!(seen, Observation::Drift(_))).count(), 2);
    }

    #[test]
    fn a_report_without_sites_has_to_be_declared() {
        let mut config = fixtures::config();
        let body = report(1, "Item code,Available\nA,5\n");
        assert!(matches!(interpret(&config, &[], &Page::first(), &body), Err(Failure::Rejected(_))));
        let none = [("Site reference".to_owned(), String::new())].into_iter().collect();
        config.columns.insert(INVENTORY.to_owned(), none);
        let call = plan(&config, &fixtures::session(), &[], &Page::first()).unwrap();
        assert_eq!(element(&call, "Columns"), "[Item code],[Available]");
        assert_eq!(seen(&interpret(&config, &[], &Page::first(), &body).unwrap()), [("A".to_owned(), 5)]);
        config.site = Some("North".to_owned());
        assert!(plan(&config, &fixtures::session(), &[], &Page::first()).is_err());
    }

    /// `contracts/peoplevox.md §2.4`: a wholly empty detail is a valid empty answer.
    #[test]
    fn an_empty_detail_is_no_rows() {
        let out = interpret(&fixtures::config(), &["A".to_owned()], &Page::first(), &report(0, "")).unwrap();
        assert_eq!(out, ReadReply::default());
    }
}
