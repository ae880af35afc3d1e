//! From a draft to rows: what is sent, under which column, and what cannot be sent at all.
//!
//! Three rules. A cell that would be empty is not sent, because an empty cell blanks the stored value
//! (`contracts/peoplevox.md §2.6`). A text over the field's length is refused, never cut (`contracts/peoplevox.md §3.3`).
//! A value that the customer would miss (an address line, the delivery message, the service) must have a column; one that
//! only decorates the warehouse's screen (total, channel) is left out where the tenant has none.
//!
//! Lengths are counted in UTF-16 code units: Peoplevox is a .NET service over SQL Server, where the length of a string and
//! of an `nvarchar` are both counted so. This is an inference; it differs from characters only beyond the Basic
//! Multilingual Plane, and there it errs on the side of refusing.

use std::collections::BTreeSet;

use crossdock_connector::{RejectCode, Rejection};
use crossdock_model::{DraftLine, OrderDraft};

use crate::config::Config;
use crate::csv_table;
use crate::dates::import_format;
use crate::search_clause::is_expressible;
use crate::soap::is_xml;
use crate::templates::{Columns, MESSAGE};
use crate::values::canonical;

/// A value for one of our columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Our name of the column.
    pub(crate) ours: &'static str,
    /// The value, never empty.
    pub(crate) value: String,
    /// Whether the order must not go without it.
    pub(crate) must: bool,
}

/// The longest value of each column in UTF-16 code units (`contracts/peoplevox.md §3.3`; the message's limit is that of
/// the attributes of items, since none is given for those of orders).
const LIMITS: [(&str, usize); 14] = [
    ("SalesOrderNumber", 30),
    ("CustomerPurchaseOrderReferenceNumber", 50),
    ("ContactName", 100),
    ("ShippingAddressLine1", 100),
    ("ShippingAddressLine2", 100),
    ("ShippingAddressCity", 100),
    ("ShippingAddressRegion", 100),
    ("ShippingAddressPostcode", 100),
    ("ShippingAddressCountry", 100),
    ("Email", 500),
    ("ServiceType", 100),
    ("ChannelName", 50),
    (MESSAGE, 500),
    ("ItemCode", 50),
];
const LINE_LABEL_LIMIT: usize = 16;

/// The cells of an order's header, without `OnHold`; always in the same order.
pub(crate) fn header_cells(config: &Config, draft: &OrderDraft) -> Vec<Cell> {
    let to = &draft.ship_to;
    let message = if config.message_column.is_some() { draft.message.text() } else { "" };
    let country = if to.country.trim().is_empty() { to.country_code.as_str() } else { to.country.as_str() };
    let service = draft.service.as_deref().unwrap_or("");
    let money =
        |amount: Option<crossdock_model::Money>| amount.map(crossdock_model::Money::decimal).unwrap_or_default();
    let contact = contact_name(draft);
    let zone = config.import_zone();
    let date = |at| import_format(at, &zone);
    let values: [(&'static str, String, bool); 17] = [
        ("SalesOrderNumber", draft.number.clone(), true),
        ("CustomerPurchaseOrderReferenceNumber", draft.reference.clone(), true),
        ("ContactName", contact, true),
        ("ShippingAddressLine1", to.line1.text().to_owned(), true),
        ("ShippingAddressLine2", to.line2.text().to_owned(), true),
        ("ShippingAddressCity", to.city.text().to_owned(), true),
        ("ShippingAddressRegion", to.region.text().to_owned(), true),
        ("ShippingAddressPostcode", to.postcode.text().to_owned(), true),
        ("ShippingAddressCountry", country.to_owned(), true),
        ("Email", draft.contact.email.text().to_owned(), false),
        ("ServiceType", service.to_owned(), true),
        ("ChannelName", draft.channel.clone(), false),
        ("CreatedDate", date(draft.placed_at), false),
        ("RequestedDeliveryDate", draft.ship_by.map(date).unwrap_or_default(), false),
        ("ShippingCost", money(draft.shipping), false),
        ("TotalSale", money(draft.total), false),
        // The stock that was promised is this Site's; an order that does not say so may be picked at another.
        ("Site", config.site.clone().unwrap_or_default(), true),
    ];
    values
        .into_iter()
        .chain([(MESSAGE, message.to_owned(), true)])
        .map(|(ours, value, must)| Cell { ours, value: canonical(&value), must })
        .filter(|cell| !cell.value.is_empty())
        .collect()
}

/// Who receives it. Peoplevox has no column for a company, so that stands behind the name instead of being dropped.
fn contact_name(draft: &OrderDraft) -> String {
    let person = if draft.ship_to.recipient.is_blank() { &draft.contact.name } else { &draft.ship_to.recipient };
    let (person, company) = (person.text().trim(), draft.ship_to.company.text().trim());
    match (person, company) {
        (person, "") => person.to_owned(),
        ("", company) => company.to_owned(),
        (person, company) if person == company => person.to_owned(),
        (person, company) => format!("{person}, {company}"),
    }
}

/// Whether a draft can be written at all, and into this tenant's columns as far as they are known.
pub(crate) fn check(config: &Config, draft: &OrderDraft, header: Option<&Columns>) -> Result<(), Rejection> {
    let number = draft.number.as_str();
    if !is_expressible(number) || number != canonical(number) {
        return Err(refuse("the order number is empty, padded, or holds a character that cannot be searched for"));
    }
    let cells = header_cells(config, draft);
    for cell in &cells {
        check_text(cell.ours, &cell.value)?;
        if cell.must && header.is_some_and(|columns| !columns.has(config, cell.ours)) {
            return Err(refuse(format!(
                "order {number} has a value for {}, but the tenant's template has no such column",
                shown(config, cell.ours)
            )));
        }
    }
    if draft.lines.is_empty() {
        return Err(refuse(format!("order {number} has no lines")));
    }
    let (mut labels, mut items) = (BTreeSet::new(), BTreeSet::new());
    for line in &draft.lines {
        check_text("ItemCode", &line.item)?;
        check_length("the line label", &line.line, LINE_LABEL_LIMIT)?;
        if line.item.is_empty() || line.item != canonical(&line.item) {
            return Err(refuse(format!("order {number} has a line with an empty or padded item code")));
        }
        if line.line.is_empty() || line.line != canonical(&line.line) || !line.line.chars().all(is_xml) {
            return Err(refuse(format!("order {number} has a line with an unusable label")));
        }
        if !(1..=i64::from(i32::MAX)).contains(&line.quantity) {
            return Err(refuse(format!("order {number} has a line whose quantity does not fit")));
        }
        // Which of the two is the key of a line is not known (`contracts/peoplevox.md §2.6`), so both have to be one.
        if !labels.insert(&line.line) || !items.insert(&line.item) {
            return Err(refuse(format!("order {number} has two lines with the same label or item")));
        }
    }
    Ok(())
}

fn shown<'a>(config: &'a Config, ours: &'static str) -> &'a str {
    crate::templates::tenant_column(config, crate::templates::SALES_ORDERS, ours)
}

fn check_text(ours: &'static str, value: &str) -> Result<(), Rejection> {
    if let Some(bad) = value.chars().find(|c| !is_xml(*c)) {
        return Err(refuse(format!("{ours} holds the character U+{:04X}, which XML cannot carry", u32::from(bad))));
    }
    match LIMITS.iter().find(|(name, _)| *name == ours) {
        Some((_, limit)) => check_length(ours, value, *limit),
        None => Ok(()),
    }
}

fn check_length(what: &str, value: &str, limit: usize) -> Result<(), Rejection> {
    let length = value.encode_utf16().count();
    if length > limit {
        return Err(refuse(format!("{what} is {length} characters long; Peoplevox takes {limit}")));
    }
    Ok(())
}

fn refuse(detail: impl Into<String>) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, detail)
}

/// The header row of a draft: the tenant's column names and the values. With `hold`, the order is created on hold.
pub(crate) fn header_row(config: &Config, columns: &Columns, draft: &OrderDraft, hold: bool) -> Vec<(String, String)> {
    let mut row: Vec<_> = header_cells(config, draft)
        .into_iter()
        .filter_map(|cell| Some((columns.header(config, cell.ours)?.to_owned(), cell.value)))
        .collect();
    if hold && let Some(header) = columns.header(config, "OnHold") {
        row.push((header.to_owned(), "true".to_owned()));
    }
    row
}

/// The lines of a draft that have to be written: those that a look has missed, or all when none has looked.
pub(crate) fn lines_to_send<'d>(draft: &'d OrderDraft, missing: Option<&[String]>) -> Vec<&'d DraftLine> {
    let wanted = |line: &&DraftLine| missing.is_none_or(|missing| missing.contains(&line.item));
    draft.lines.iter().filter(wanted).collect()
}

/// The rows of some lines of a draft, all with the same columns. Prices are sent only when every line of the draft has
/// one: a blank cell among them would be read as a price.
pub(crate) fn line_rows(
    config: &Config,
    columns: &Columns,
    draft: &OrderDraft,
    lines: &[&DraftLine],
) -> Vec<Vec<(String, String)>> {
    let priced = draft.lines.iter().all(|line| line.unit_price.is_some());
    let rows = lines.iter().map(|line| {
        let price = line.unit_price.filter(|_| priced).map(crossdock_model::Money::decimal);
        let cells = [
            ("SalesOrderNumber", Some(draft.number.clone())),
            ("ItemCode", Some(line.item.clone())),
            ("QuantityOrdered", Some(line.quantity.to_string())),
            ("Line", Some(line.line.clone())),
            ("SalePrice", price),
        ];
        cells.into_iter().filter_map(|(ours, value)| Some((columns.header(config, ours)?.to_owned(), value?))).collect()
    });
    rows.collect()
}

/// Rows with the same columns as CSV.
pub(crate) fn to_csv(rows: &[Vec<(String, String)>]) -> Result<String, Rejection> {
    let header: Vec<&str> = rows.first().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if rows.iter().any(|row| !row.iter().map(|(name, _)| name).eq(&header)) {
        return Err(refuse("the rows of one call do not have the same columns"));
    }
    Ok(csv_table::write(&header, rows.iter().map(|row| row.iter().map(|(_, value)| value.as_str()).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, draft};
    use crate::templates::{ORDER_ITEMS, SALES_ORDERS, known_columns};

    fn columns(table: &'static str) -> Columns {
        Columns::known(&fixtures::session(), table).unwrap()
    }

    fn all_lines(draft: &OrderDraft) -> Vec<Vec<(String, String)>> {
        line_rows(&fixtures::config(), &columns(ORDER_ITEMS), draft, &lines_to_send(draft, None))
    }

    #[test]
    fn only_the_lines_that_a_look_has_missed_are_sent_again() {
        let order = draft("SO-1");
        let items = |missing: Option<&[String]>| {
            lines_to_send(&order, missing).iter().map(|line| line.item.clone()).collect::<Vec<_>>()
        };
        assert_eq!(items(None), ["A-1", "B,2"]);
        assert_eq!(items(Some(&["B,2".to_owned(), "not ours".to_owned()])), ["B,2"]);
        let mut unpriced = order.clone();
        unpriced.lines[0].unit_price = None;
        let rest = lines_to_send(&unpriced, Some(&["B,2".to_owned()][..]));
        let rows = line_rows(&fixtures::config(), &columns(ORDER_ITEMS), &unpriced, &rest);
        assert!(rows.iter().flatten().all(|(name, _)| name != "SalePrice"), "the columns are those of the whole draft");
    }

    #[test]
    fn a_draft_becomes_a_header_and_lines_without_empty_cells() {
        let config = fixtures::config();
        let row = header_row(&config, &columns(SALES_ORDERS), &draft("SO-1"), true);
        let text: Vec<_> = row.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            text,
            [
                "SalesOrderNumber=SO-1",
                "CustomerPurchaseOrderReferenceNumber=REF-SO-1",
                "ContactName=Zoë \"Z\" Example, Example & Co",
                "ShippingAddressLine1=1 High Street, Flat 2",
                "ShippingAddressCity=Leeds",
                "ShippingAddressPostcode=LS1 1AA",
                "ShippingAddressCountry=United Kingdom",
                "Email=z@example.org",
                "ServiceType=Next day",
                "ChannelName=john-lewis",
                "CreatedDate=2026-07-06 00:00:00",
                "RequestedDeliveryDate=2026-07-07 12:00:00",
                "ShippingCost=3.50",
                "TotalSale=24.48",
                "OnHold=true",
            ]
        );
        let lines = to_csv(&all_lines(&draft("SO-1"))).unwrap();
        assert_eq!(
            lines,
            "SalesOrderNumber,ItemCode,QuantityOrdered,Line,SalePrice\n\
             \"SO-1\",\"A-1\",\"2\",\"1\",\"9.99\"\n\"SO-1\",\"B,2\",\"1\",\"2\",\"1.00\"\n"
        );
    }

    /// A075, A076, A077, A080: the service, gift messages and delivery instructions arrive where the tenant has a place.
    #[test]
    fn a_message_goes_into_the_column_that_is_set_for_it() {
        let mut config = fixtures::config();
        config.message_column = Some("attribute1".to_owned());
        let mut order = draft("SO-1");
        order.message = "Happy birthday!\r\nLeave with no. 3".into();
        let row = header_row(&config, &columns(SALES_ORDERS), &order, false);
        assert!(row.contains(&("Attribute1".to_owned(), "Happy birthday! Leave with no. 3".to_owned())));
        assert!(!row.iter().any(|(name, _)| name == "OnHold"));
        config.message_column = Some("Attribute5".to_owned());
        let refusal = check(&config, &order, Some(&columns(SALES_ORDERS))).unwrap_err();
        assert!(refusal.detail.contains("Attribute5"), "{}", refusal.detail);
        assert!(check(&config, &order, None).is_ok());
    }

    /// `contracts/peoplevox.md §3.3`: the Site of an order chooses the warehouse that it is picked from.
    #[test]
    fn a_site_that_is_set_goes_with_every_order_and_needs_its_column() {
        let mut config = fixtures::config();
        assert!(!header_cells(&config, &draft("SO-1")).iter().any(|cell| cell.ours == "Site"));
        config.site = Some("North".to_owned());
        let row = header_row(&config, &columns(SALES_ORDERS), &draft("SO-1"), false);
        assert!(row.contains(&("Site".to_owned(), "North".to_owned())));
        let bare = Columns::from_header_line(SALES_ORDERS, &known_columns(SALES_ORDERS).join(",").replace(",Site", ""));
        let refusal = check(&config, &draft("SO-1"), Some(&bare)).unwrap_err();
        assert!(refusal.detail.contains("Site"), "{}", refusal.detail);
    }

    #[test]
    fn the_zone_of_imports_may_be_another_than_that_of_reports() {
        let mut config = fixtures::config();
        config.import_time_zone = Some("UTC".to_owned());
        let row = header_row(&config, &columns(SALES_ORDERS), &draft("SO-1"), false);
        assert!(row.contains(&("CreatedDate".to_owned(), "2026-07-05 23:00:00".to_owned())), "{row:?}");
    }

    #[test]
    fn an_unpriced_line_takes_the_price_column_away_instead_of_blanking_it() {
        let mut order = draft("SO-1");
        order.lines[1].unit_price = None;
        let rows = all_lines(&order);
        assert!(rows.iter().flatten().all(|(name, _)| name != "SalePrice"));
    }

    /// F65: over the limit is refused with the field and the limit named, and nothing is cut.
    #[test]
    fn what_is_too_long_or_illegal_is_refused_by_name() {
        type Spoil = fn(&mut OrderDraft, usize);
        let cases: [(Spoil, usize, &str); 9] = [
            (|order, n| order.number = "x".repeat(n), 30, "SalesOrderNumber"),
            (|order, n| order.reference = "x".repeat(n), 50, "CustomerPurchaseOrderReferenceNumber"),
            (|order, n| order.ship_to.line1 = "x".repeat(n).into(), 100, "ShippingAddressLine1"),
            (|order, n| order.ship_to.line2 = "x".repeat(n).into(), 100, "ShippingAddressLine2"),
            (|order, n| order.ship_to.postcode = "x".repeat(n).into(), 100, "ShippingAddressPostcode"),
            (|order, n| order.contact.email = "x".repeat(n).into(), 500, "Email"),
            (|order, n| order.lines[0].item = "x".repeat(n), 50, "ItemCode"),
            (|order, n| order.lines[0].line = "x".repeat(n), 16, "the line label"),
            (|order, n| order.channel = "x".repeat(n), 50, "ChannelName"),
        ];
        for (spoil, limit, field) in cases {
            let mut order = draft("SO-1");
            spoil(&mut order, limit);
            assert_eq!(check(&fixtures::config(), &order, None), Ok(()), "{field} at its limit");
            spoil(&mut order, limit + 1);
            let refusal = check(&fixtures::config(), &order, None).unwrap_err();
            assert_eq!(refusal.code, RejectCode::CannotExpress);
            assert!(
                refusal.detail.contains(field) && refusal.detail.contains(&limit.to_string()),
                "{}",
                refusal.detail
            );
        }
        let mut order = draft("SO-1");
        order.ship_to.recipient = "😀".repeat(44).into();
        order.ship_to.company = "".into();
        assert!(check(&fixtures::config(), &order, None).is_ok(), "88 code units");
        order.ship_to.recipient = "😀".repeat(51).into();
        assert!(check(&fixtures::config(), &order, None).is_err(), "51 characters are 102 code units");
        order.ship_to.recipient = "a\u{0}b".into();
        assert!(check(&fixtures::config(), &order, None).unwrap_err().detail.contains("ContactName"));
    }

    #[test]
    fn a_draft_that_cannot_be_told_apart_or_counted_is_refused() {
        type Spoil = fn(&mut OrderDraft);
        let cases: [Spoil; 9] = [
            |order| order.number = String::new(),
            |order| order.number = "SO\"1".to_owned(),
            |order| order.number = " SO-1".to_owned(),
            |order| order.lines.clear(),
            |order| order.lines[0].quantity = 0,
            |order| order.lines[0].quantity = i64::MAX,
            |order| order.lines[0].item = String::new(),
            |order| order.lines[1].item = order.lines[0].item.clone(),
            |order| order.lines[1].line = order.lines[0].line.clone(),
        ];
        for (index, spoil) in cases.into_iter().enumerate() {
            let mut order = draft("SO-1");
            spoil(&mut order);
            assert!(check(&fixtures::config(), &order, None).is_err(), "case {index}");
        }
    }

    #[test]
    fn rows_of_different_columns_never_share_a_call() {
        let row = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect::<Vec<_>>();
        assert!(to_csv(&[row(&["A", "B"]), row(&["A", "B"])]).is_ok());
        assert!(to_csv(&[row(&["A", "B"]), row(&["A"])]).is_err());
        assert!(to_csv(&[row(&["A", "B"]), row(&["B", "A"])]).is_err());
    }
}
