//! Is what Peoplevox holds what the hub sent?
//!
//! Peoplevox accepts an order and drops a line whose item it does not know (`contracts/peoplevox.md §6.2`), and a text may
//! be cut on the way; so nothing that was accepted is believed until it is read back and compared here.

use std::collections::BTreeMap;

use crossdock_model::OrderDraft;
use crossdock_planted::{self as planted, Bug};

use crate::catalogue::own_code;
use crate::config::Config;
use crate::csv_table::{Row, Table};
use crate::draft_rows::header_cells;
use crate::orders_read::is_cancelled;
use crate::tables::Rows;
use crate::templates::{MESSAGE, ORDER_ITEMS, SALES_ORDERS, tenant_column};
use crate::values::{boolean, canonical, whole_number};

/// How far an order has come in the warehouse (`contracts/peoplevox.md §6.1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not touched yet: it may still be completed and released.
    Open,
    /// The template shows no status, so nobody can tell: nothing is added to it.
    NotShown,
    /// Cancelled there.
    Cancelled,
    /// Picking has begun, it has left, or the word is not known: never written to.
    Beyond,
}

/// Reads a status word or id.
pub(crate) fn progress(status: Option<&str>) -> Progress {
    let status = status.unwrap_or("").trim();
    if is_cancelled(status) {
        return Progress::Cancelled;
    }
    match status.to_ascii_lowercase().as_str() {
        "" => Progress::NotShown,
        "new" | "0" | "allocated" | "2" | "partially allocated" | "7" | "on hold" | "onhold" => Progress::Open,
        _ if planted::on(Bug::StatusUnread) => Progress::Open,
        _ => Progress::Beyond,
    }
}

/// Whether a status says that the order has left: then whether it is held is of the past.
pub(crate) fn has_left(status: Option<&str>) -> bool {
    status.is_some_and(|status| matches!(status.trim().to_ascii_lowercase().as_str(), "despatched" | "5"))
}

/// An order's header as Peoplevox holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderSeen {
    /// Its number, as spelt there.
    pub(crate) number: String,
    /// Its status word; `None` where the template shows none.
    pub(crate) status: Option<String>,
    /// Whether it is held; `None` when that cannot be read.
    pub(crate) on_hold: Option<bool>,
    /// Whether the marketplace's reference is another one: the order is not ours.
    pub(crate) foreign: bool,
    /// Our names of the columns that differ from the draft.
    pub(crate) different: Vec<String>,
}

/// Every header that Peoplevox would take for this order's. Its keys ignore case, so a number that differs in case only
/// names the same order and would be overwritten.
pub(crate) fn headers(config: &Config, rows: &Rows, draft: &OrderDraft) -> Vec<HeaderSeen> {
    let place = |ours| rows.maybe(config, SALES_ORDERS, ours);
    let number = place("SalesOrderNumber");
    let reference = place("CustomerPurchaseOrderReferenceNumber");
    let (status, on_hold) = (place("Status"), place("OnHold"));
    rows.table
        .rows()
        .filter(|row| row.cell(number).to_lowercase() == draft.number.to_lowercase())
        .map(|row| HeaderSeen {
            number: row.cell(number).to_owned(),
            status: Some(row.cell(status).to_owned()).filter(|status| !status.is_empty()),
            on_hold: boolean(row.cell(on_hold)),
            foreign: reference.is_some() && canonical(row.cell(reference)) != canonical(&draft.reference),
            different: differences(config, &rows.table, row, draft),
        })
        .collect()
}

/// The columns whose text has to come back as it was sent. Not compared: dates (the zone of exports is an inference,
/// `contracts/peoplevox.md §3.4`), money, and names that Peoplevox may translate (service, channel).
const COMPARED: [&str; 10] = [
    "CustomerPurchaseOrderReferenceNumber",
    "ContactName",
    "ShippingAddressLine1",
    "ShippingAddressLine2",
    "ShippingAddressCity",
    "ShippingAddressRegion",
    "ShippingAddressPostcode",
    "Email",
    "Site",
    MESSAGE,
];
/// Compared without regard to case, since Peoplevox keeps its own list of countries.
const COUNTRY: &str = "ShippingAddressCountry";

fn differences(config: &Config, table: &Table, row: Row<'_>, draft: &OrderDraft) -> Vec<String> {
    let mut different = Vec::new();
    for cell in header_cells(config, draft) {
        let name = tenant_column(config, SALES_ORDERS, cell.ours);
        let Some(column) = table.column(&[name]) else { continue };
        let stored = canonical(row.cell(Some(column)));
        let same = if cell.ours == COUNTRY {
            stored.to_lowercase() == cell.value.to_lowercase()
        } else {
            stored == cell.value
        };
        if !same && (COMPARED.contains(&cell.ours) || cell.ours == COUNTRY) {
            different.push(name.to_owned());
        }
    }
    different
}

/// How the lines that Peoplevox holds stand to the draft's. All lists hold item codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LinesSeen {
    /// Items that are not there.
    pub(crate) missing: Vec<String>,
    /// Items that are there in another quantity.
    pub(crate) different: Vec<String>,
    /// Items that the draft does not have, and lines whose quantity cannot be read.
    pub(crate) extra: Vec<String>,
    /// Items that are there under another line label than ours.
    pub(crate) relabelled: Vec<String>,
}

impl LinesSeen {
    /// Whether every line is there, in full, and no other.
    pub(crate) fn equal(&self) -> bool {
        self.missing.is_empty() && self.different.is_empty() && self.extra.is_empty()
    }

    /// Whether what is there is a part of ours, so that sending what is missing completes the order.
    pub(crate) fn can_be_completed(&self) -> bool {
        self.different.is_empty() && self.extra.is_empty() && self.relabelled.is_empty()
    }

    /// What is wrong, for a person.
    pub(crate) fn sentence(&self) -> String {
        let mut parts = Vec::new();
        for (what, items) in [
            ("missing", &self.missing),
            ("in another quantity", &self.different),
            ("not ours or unreadable", &self.extra),
            ("under another line label", &self.relabelled),
        ] {
            if !items.is_empty() {
                let shown: Vec<_> = items.iter().take(10).map(String::as_str).collect();
                parts.push(format!("{what}: {}", shown.join(", ")));
            }
        }
        crate::values::excerpt(&parts.join("; "))
    }
}

/// Compares item by item; the quantities of an item's lines are added up, since Peoplevox may divide a line.
pub(crate) fn lines(config: &Config, rows: &Rows, draft: &OrderDraft) -> LinesSeen {
    let place = |ours| rows.maybe(config, ORDER_ITEMS, ours);
    let (number, item) = (place("SalesOrderNumber"), place("ItemCode"));
    let (quantity, label) = (place("QuantityOrdered"), place("Line"));
    let mut seen = LinesSeen::default();
    let mut stored: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows.table.rows().filter(|row| row.cell(number).to_lowercase() == draft.number.to_lowercase()) {
        let code = own_code(row.cell(item));
        let units = whole_number(row.cell(quantity));
        let sum = units.and_then(|units| stored.get(code).copied().unwrap_or(0).checked_add(units));
        let ours = draft.lines.iter().find(|line| line.item == code);
        let (Some(sum), Some(ours)) = (sum, ours) else {
            seen.extra.push(if code.is_empty() { "(no item code)".to_owned() } else { code.to_owned() });
            continue;
        };
        stored.insert(code, sum);
        let label = row.cell(label);
        if !label.is_empty() && label != ours.line {
            seen.relabelled.push(code.to_owned());
        }
    }
    for line in &draft.lines {
        match stored.get(line.item.as_str()) {
            Some(units) if *units == line.quantity => {}
            Some(_) => seen.different.push(line.item.clone()),
            // A line whose quantity cannot be read was noted above and is not missing.
            None if seen.extra.contains(&line.item) => {}
            None => seen.missing.push(line.item.clone()),
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, draft};

    fn rows(csv: &str) -> Rows {
        Rows { table: Table::parse(csv), total: 0 }
    }

    fn compare(csv: &str) -> LinesSeen {
        lines(
            &fixtures::config(),
            &rows(&format!("SalesOrderNumber,ItemCode,QuantityOrdered,Line\n{csv}")),
            &draft("SO-1"),
        )
    }

    #[test]
    fn lines_are_equal_whatever_their_order_and_division() {
        for csv in [
            "SO-1,A-1,2,1\nSO-1,\"B,2\",1,2\n",
            "SO-1,\"B,2\",1.00,2\nSO-1,A-1,1,1\nSO-1,A-1,1,1\nSO-2,C,9,1\n",
            "so-1,A-1,2,\nSO-1,\"B,2\",1,\n",
            "SO-1,~D~A-1,2,1\nSO-1,\"B,2\",1,2\n",
        ] {
            assert!(compare(csv).equal(), "{csv}");
        }
        assert!(compare("SO-1,A-1,2,7\nSO-1,\"B,2\",1,2\n").equal(), "a label alone ships the same goods");
    }

    #[test]
    fn every_difference_is_named_by_its_item() {
        let missing = compare("SO-1,A-1,2,1\n");
        assert!(!missing.equal() && missing.can_be_completed());
        assert_eq!(missing.sentence(), "missing: B,2");
        for (csv, expected) in [
            ("SO-1,A-1,3,1\n", "missing: B,2; in another quantity: A-1"),
            ("SO-1,A-1,2,1\nSO-1,\"B,2\",1,2\nSO-1,C,1,3\n", "not ours or unreadable: C"),
            ("SO-1,A-1,many,1\nSO-1,\"B,2\",1,2\n", "not ours or unreadable: A-1"),
            ("SO-1,A-1,2,9\n", "missing: B,2; under another line label: A-1"),
            ("SO-1,,2,9\n", "missing: A-1, B,2; not ours or unreadable: (no item code)"),
        ] {
            let seen = compare(csv);
            assert!(!seen.equal() && !seen.can_be_completed(), "{csv}");
            assert_eq!(seen.sentence(), expected);
        }
    }

    fn header(csv: &str) -> Vec<HeaderSeen> {
        headers(&fixtures::config(), &rows(csv), &draft("SO-1"))
    }

    const NAMES: &str = "SalesOrderNumber,CustomerPurchaseOrderReferenceNumber,ContactName,ShippingAddressLine1,ShippingAddressPostcode,ShippingAddressCountry,Status,OnHold\n";

    #[test]
    fn a_header_that_came_back_whole_has_no_difference() {
        let seen = header(&format!(
            "{NAMES}\"SO-1\",\"REF-SO-1\",\"Zoë \"\"Z\"\" Example, Example & Co\",\"1 High Street,\nFlat 2 \",\"LS1 1AA\",\"UNITED KINGDOM\",\"New\",\"True\"\n"
        ));
        assert_eq!(
            seen,
            [HeaderSeen {
                number: "SO-1".into(),
                status: Some("New".into()),
                on_hold: Some(true),
                foreign: false,
                different: vec![],
            }]
        );
    }

    #[test]
    fn a_cut_text_is_a_difference_named_by_its_column_without_the_text() {
        let seen = header(&format!("{NAMES}SO-1,REF-SO-1,Zo,1 High,LS1 1A,United Kingdom,New,True\n"));
        assert_eq!(seen[0].different, ["ContactName", "ShippingAddressLine1", "ShippingAddressPostcode"]);
        assert!(!seen[0].foreign);
    }

    #[test]
    fn another_reference_makes_an_order_foreign_and_case_makes_it_no_other_order() {
        assert!(header(&format!("{NAMES}so-1,OTHER,,,,,New,False\n"))[0].foreign);
        assert!(
            header(&format!("{NAMES}SO-1,,,,,,New,False\n"))[0].foreign,
            "an order without our reference is not ours"
        );
        assert!(!header("SalesOrderNumber\nSO-1\n")[0].foreign, "without the column the number alone speaks");
        assert!(header(&format!("{NAMES}SO-10,REF-SO-1,,,,,New,False\n")).is_empty());
    }

    #[test]
    fn a_status_that_is_not_known_is_never_written_to() {
        let progress = |status| progress(Some(status));
        for open in ["New", "allocated", "Partially allocated", "0", "2", "7"] {
            assert_eq!(progress(open), Progress::Open, "{open}");
        }
        for beyond in ["Picked", "Despatched", "Partially picked", "3", "5", "8", "1", "4", "9", "Waving"] {
            assert_eq!(progress(beyond), Progress::Beyond, "{beyond}");
        }
        assert_eq!(progress("CANCELLED"), Progress::Cancelled);
        assert_eq!(progress("6"), Progress::Cancelled);
        assert_eq!(progress(" "), Progress::NotShown);
        assert!(has_left(Some("DESPATCHED")) && has_left(Some("5")) && !has_left(Some("Picked")) && !has_left(None));
        assert_eq!(header("SalesOrderNumber\nSO-1\n")[0].status, None);
    }
}
