//! Reading certain orders as the warehouse holds them: first their headers, then their lines.
//!
//! The two lie in two templates, so one read is at least two calls. The headers travel to the lines inside the page token.

use std::collections::BTreeMap;

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply, Session};
use crossdock_model::{WarehouseLine, WarehouseOrder};
use serde::{Deserialize, Serialize};

use crate::catalogue::own_code;
use crate::config::Config;
use crate::cursor::{Cursor, Turn};
use crate::requests;
use crate::search_clause::{self, Field};
use crate::soap::Op;
use crate::tables::{fetch, unreadable};
use crate::templates::{ORDER_ITEMS, SALES_ORDERS};
use crate::values::{boolean, excerpt, whole_number};

/// What is known so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct SoFar {
    /// Whether the headers are complete and lines are being read.
    lines: bool,
    /// The orders by number; `None` for one whose lines cannot be read.
    orders: BTreeMap<String, Option<WarehouseOrder>>,
}

/// Whether a status word stands for a cancelled order: the name, or its id (`contracts/peoplevox.md §6.1`).
pub(crate) fn is_cancelled(status: &str) -> bool {
    matches!(status.trim().to_ascii_lowercase().as_str(), "cancelled" | "canceled" | "6")
}

/// The call for a page of headers or lines.
pub(crate) fn plan(config: &Config, session: &Session, orders: &[String], page: &Page) -> Result<Call, Rejection> {
    let cursor = Cursor::<SoFar>::read(page, config.page_size)?;
    let (template, label) =
        if cursor.carry.lines { (ORDER_ITEMS, "order lines") } else { (SALES_ORDERS, "order headers") };
    let field = Field::Template(config.column(template, "SalesOrderNumber"));
    let asked = orders.iter().map(String::as_str).filter(|number| search_clause::is_expressible(number));
    let clause = if cursor.carry.lines {
        search_clause::any_of(field, cursor.carry.orders.keys().map(String::as_str), "order number")?
    } else {
        search_clause::any_of(field, asked, "order number")?
    };
    requests::get_data(config, session, template, (cursor.no, cursor.size), &clause, label)
}

/// A page of headers or lines.
pub(crate) fn interpret(config: &Config, orders: &[String], page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let mut cursor = Cursor::<SoFar>::reread(page, config.page_size)?;
    let rows = fetch(reply, Op::GetData)?;
    let turn = cursor.whole_turn(rows.table.len(), rows.total)?;
    let mut out = ReadReply::default();
    if page.is_first() {
        out.observations.extend(orders.iter().filter(|number| !search_clause::is_expressible(number)).map(|number| {
            Observation::Drift(format!("the order number {} cannot be searched for in Peoplevox", excerpt(number)))
        }));
    }
    let build = |page| Read::WarehouseOrders { orders: orders.to_vec(), page };
    if turn == Turn::Smaller {
        cursor.end_page(turn, SoFar::default(), &mut out, build);
        return Ok(out);
    }
    let mut so_far = std::mem::take(&mut cursor.carry);
    if so_far.lines {
        let number = rows.need(config, ORDER_ITEMS, "SalesOrderNumber")?;
        let item = rows.need(config, ORDER_ITEMS, "ItemCode")?;
        let quantity = rows.need(config, ORDER_ITEMS, "QuantityOrdered")?;
        let label = rows.maybe(config, ORDER_ITEMS, "Line");
        out.observations.extend(rows.misshapen());
        for row in rows.table.misshapen() {
            if let Some(order) = so_far.orders.get_mut(row.cell(number)) {
                *order = None;
            }
        }
        for row in rows.table.rows() {
            let number = row.cell(number);
            let Some(order) = so_far.orders.get_mut(number) else {
                continue;
            };
            let units = whole_number(row.cell(quantity)).filter(|_| !row.cell(item).is_empty());
            let Some(quantity) = units else {
                let reason = "a line has no item code or no whole number of units";
                out.observations.push(unreadable(row, number, reason));
                *order = None;
                continue;
            };
            if let Some(order) = order {
                let (item, line) = (own_code(row.cell(item)).to_owned(), row.cell(label).to_owned());
                order.lines.push(WarehouseLine { item, line, quantity });
            }
        }
    } else {
        let number = rows.need(config, SALES_ORDERS, "SalesOrderNumber")?;
        let status = rows.maybe(config, SALES_ORDERS, "Status");
        let on_hold = rows.maybe(config, SALES_ORDERS, "OnHold");
        out.observations.extend(rows.misshapen());
        for row in rows.table.rows() {
            let number = row.cell(number);
            // Only what was asked for: a search that ignores case may find more.
            if orders.iter().any(|asked| asked == number) {
                let order = WarehouseOrder {
                    number: number.to_owned(),
                    status: row.cell(status).to_owned(),
                    on_hold: boolean(row.cell(on_hold)),
                    cancelled: is_cancelled(row.cell(status)),
                    lines: Vec::new(),
                };
                so_far.orders.insert(number.to_owned(), Some(order));
            }
        }
    }
    let last_of_its_kind = turn != Turn::More;
    if last_of_its_kind && (so_far.lines || so_far.orders.is_empty()) {
        out.observations.extend(so_far.orders.into_values().flatten().map(Observation::WarehouseOrder));
        cursor.end_page(turn, SoFar::default(), &mut out, build);
    } else if last_of_its_kind {
        so_far.lines = true;
        cursor.end_page(turn, SoFar::default(), &mut out, build);
        out.next = Some(build(Cursor { no: 1, size: config.page_size, carry: so_far }.page()));
    } else {
        cursor.end_page(turn, so_far, &mut out, build);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, element, reply, result};

    fn data(csv: &str) -> Reply {
        reply(result("GetData", 0, i64::try_from(csv.lines().count()).unwrap() - 1, csv))
    }

    fn next_page(out: &ReadReply) -> Page {
        match &out.next {
            Some(Read::WarehouseOrders { page, .. }) => page.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn headers_and_lines_become_orders() {
        let config = fixtures::config();
        let orders = ["SO-1".to_owned(), "SO-2".to_owned(), "SO-3".to_owned()];
        let call = plan(&config, &fixtures::session(), &orders, &Page::first()).unwrap();
        assert_eq!(element(&call, "TemplateName"), "Sales orders");
        assert!(element(&call, "SearchClause").contains("SalesOrderNumber.Equals(\"SO-2\") OR"));
        let csv = "SalesOrderNumber,Status,OnHold\nSO-1,New,True\nSO-2,Cancelled,False\nso-3,New,False\n";
        let out = interpret(&config, &orders, &Page::first(), &data(csv)).unwrap();
        let page = next_page(&out);
        let call = plan(&config, &fixtures::session(), &orders, &page).unwrap();
        assert_eq!(element(&call, "TemplateName"), "Sales order items");
        assert_eq!(
            element(&call, "SearchClause"),
            "(SalesOrderNumber.Equals(\"SO-1\") OR SalesOrderNumber.Equals(\"SO-2\"))"
        );
        let csv = "SalesOrderNumber,ItemCode,QuantityOrdered,Line\nSO-1,A,2.00,1\nSO-1,B,1,2\nOTHER,C,1,1\n";
        let out = interpret(&config, &orders, &page, &data(csv)).unwrap();
        let line = |item: &str, quantity, line: &str| WarehouseLine { item: item.into(), line: line.into(), quantity };
        let order = |number: &str, status: &str, on_hold, cancelled, lines| {
            let (number, status) = (number.to_owned(), status.to_owned());
            Observation::WarehouseOrder(WarehouseOrder { number, status, on_hold: Some(on_hold), cancelled, lines })
        };
        assert_eq!(
            out.observations,
            [
                order("SO-1", "New", true, false, vec![line("A", 2, "1"), line("B", 1, "2")]),
                order("SO-2", "Cancelled", false, true, vec![]),
            ]
        );
        assert_eq!(out.next, None);
    }

    #[test]
    fn no_header_means_no_second_call() {
        let out = interpret(&fixtures::config(), &["SO-1".to_owned()], &Page::first(), &data("SalesOrderNumber\n"));
        assert_eq!(out.unwrap(), ReadReply::default());
    }

    #[test]
    fn many_lines_are_gathered_over_pages_and_a_bad_line_spoils_its_order_alone() {
        let mut config = fixtures::config();
        config.page_size = 5;
        let orders = ["SO-1".to_owned(), "SO-2".to_owned()];
        let out = interpret(&config, &orders, &Page::first(), &data("SalesOrderNumber\nSO-1\nSO-2\n")).unwrap();
        let page = next_page(&out);
        let first = "SalesOrderNumber,ItemCode,QuantityOrdered\nSO-1,A,1\nSO-1,B,1\nSO-1,C,1\nSO-1,D,1\nSO-2,A,x\n";
        let out = interpret(&config, &orders, &page, &reply(result("GetData", 0, 7, first))).unwrap();
        assert!(matches!(&out.observations[..], [Observation::Unreadable { id: Some(id), .. }] if id == "SO-2"));
        let page = next_page(&out);
        let call = plan(&config, &fixtures::session(), &orders, &page).unwrap();
        assert_eq!(
            (element(&call, "TemplateName"), element(&call, "PageNo")),
            ("Sales order items".into(), "2".into())
        );
        let rest = "SalesOrderNumber,ItemCode,QuantityOrdered\nSO-2,B,1\nSO-1,E,1\n";
        let out = interpret(&config, &orders, &page, &reply(result("GetData", 0, 7, rest))).unwrap();
        assert!(matches!(&out.observations[..], [Observation::WarehouseOrder(order)] if order.lines.len() == 5));
        let rest = "SalesOrderNumber,ItemCode,QuantityOrdered\nSO-2,B,1\nSO-1,E,1,1\n";
        let out = interpret(&config, &orders, &page, &reply(result("GetData", 0, 7, rest))).unwrap();
        assert!(matches!(&out.observations[..], [Observation::Unreadable { .. }]), "a row with a cell too many");
        let cut = reply(result("GetData", 0, 8, rest));
        assert!(matches!(interpret(&config, &orders, &page, &cut), Err(Failure::Retry(_))), "lines that do not come");
    }
}
