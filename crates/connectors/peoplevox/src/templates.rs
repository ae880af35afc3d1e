//! The templates and reports that are used, our names of their columns, and what a tenant has configured.
//!
//! Columns are tenant configuration (`contracts/peoplevox.md §3.2`). The names here are the usual ones
//! (`contracts/peoplevox.md §3.3`, §4); [`Config::columns`](crate::Config::columns) replaces them one by one. What a
//! template really holds is asked once per health probe and kept as a fact of the session.

use crossdock_connector::Session;

use crate::config::Config;
use crate::csv_table::{self, Table, same_name};

pub(crate) const SALES_ORDERS: &str = "Sales orders";
pub(crate) const ORDER_ITEMS: &str = "Sales order items";
pub(crate) const ITEM_TYPES: &str = "Item types";
pub(crate) const KITTINGS: &str = "Item type kittings";
pub(crate) const INVENTORY: &str = "Item inventory summary";
pub(crate) const DESPATCHES: &str = "Despatch summary";

/// The message column has a name of its own in the configuration; this is how the other modules speak of it.
pub(crate) const MESSAGE: &str = "message";

/// The templates, with the columns that are used.
pub(crate) const TEMPLATES: [(&str, &[&str]); 4] = [
    (
        SALES_ORDERS,
        &[
            "SalesOrderNumber",
            "CustomerPurchaseOrderReferenceNumber",
            "ContactName",
            "ShippingAddressLine1",
            "ShippingAddressLine2",
            "ShippingAddressCity",
            "ShippingAddressRegion",
            "ShippingAddressPostcode",
            "ShippingAddressCountry",
            "Email",
            "ServiceType",
            "ChannelName",
            "CreatedDate",
            "RequestedDeliveryDate",
            "ShippingCost",
            "TotalSale",
            "OnHold",
            "Status",
            "Site",
        ],
    ),
    (ORDER_ITEMS, &["SalesOrderNumber", "ItemCode", "QuantityOrdered", "Line", "SalePrice"]),
    (ITEM_TYPES, &["ItemCode", "Name", "Barcode"]),
    (KITTINGS, &["ParentItemCode", "ChildItemCode", "Quantity"]),
];

/// The reports, with the columns that are used.
pub(crate) const REPORTS: [(&str, &[&str]); 2] = [
    (INVENTORY, &["Item code", "Available", "Site reference"]),
    (
        DESPATCHES,
        &[
            "Salesorder number",
            "Despatch number",
            "Carrier",
            "Service",
            "Despatch date",
            "Tracking number",
            "Item code",
            "No of items",
            "Line",
            "Parent",
        ],
    ),
];

/// Without these a sales order cannot be created at all, or not be found or delivered; without `Status` nobody can tell
/// whether an order that is there is being picked already.
const REQUIRED_HEADER: [&str; 8] = [
    "SalesOrderNumber",
    "CustomerPurchaseOrderReferenceNumber",
    "ContactName",
    "ShippingAddressLine1",
    "ShippingAddressCity",
    "ShippingAddressPostcode",
    "ShippingAddressCountry",
    "Status",
];
const REQUIRED_LINES: [&str; 3] = ["SalesOrderNumber", "ItemCode", "QuantityOrdered"];

/// Our columns of a template or report; empty for a name that is not used.
pub(crate) fn known_columns(table: &str) -> &'static [&'static str] {
    TEMPLATES.iter().chain(&REPORTS).find(|(name, _)| *name == table).map_or(&[], |(_, columns)| *columns)
}

/// The tenant's name of a column, the message column included.
pub(crate) fn tenant_column<'a>(config: &'a Config, table: &str, ours: &'a str) -> &'a str {
    match (&config.message_column, ours) {
        (Some(column), MESSAGE) => column.trim(),
        _ => config.column(table, ours),
    }
}

/// The columns that a tenant has configured for one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    table: &'static str,
    names: Vec<String>,
}

impl Columns {
    /// From the header line that `GetSaveTemplate` answers with (`contracts/peoplevox.md §2.2`).
    pub(crate) fn from_header_line(table: &'static str, line: &str) -> Self {
        let own = |name: &str| name.trim().to_owned();
        // What is remembered is asked for again with every order; a CSV reader costs more than all the rest of that.
        let plain = !line.contains('"');
        let names: Vec<String> = if plain {
            let first = line.trim_start_matches('\u{FEFF}').lines().find(|line| !line.trim().is_empty());
            first.unwrap_or_default().split(',').map(own).collect()
        } else {
            Table::parse(line).header().iter().map(|name| own(name)).collect()
        };
        Self { table, names: names.into_iter().filter(|name| !name.is_empty()).collect() }
    }

    /// From the fact that an earlier probe left in the session.
    pub(crate) fn known(session: &Session, table: &'static str) -> Option<Self> {
        let columns = Self::from_header_line(table, session.fact(&fact_name(table))?);
        (!columns.names.is_empty()).then_some(columns)
    }

    /// The fact to remember: its name and its value, again a header line.
    pub(crate) fn fact(&self) -> (String, String) {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        (fact_name(self.table), csv_table::write(&names, std::iter::empty()).trim_end().to_owned())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The header to write for one of our columns, in the tenant's own spelling; `None` when the tenant lacks it.
    pub(crate) fn header(&self, config: &Config, ours: &str) -> Option<&str> {
        let wanted = tenant_column(config, self.table, ours);
        self.names.iter().find(|name| same_name(name, wanted)).map(String::as_str)
    }

    /// Whether the tenant has one of our columns.
    pub(crate) fn has(&self, config: &Config, ours: &str) -> bool {
        self.header(config, ours).is_some()
    }

    /// The tenant's names of the columns that are needed and missing.
    pub(crate) fn missing(&self, config: &Config) -> Vec<String> {
        let required: &[&str] = if self.table == SALES_ORDERS { &REQUIRED_HEADER } else { &REQUIRED_LINES };
        let header = self.table == SALES_ORDERS;
        let message = (header && config.message_column.is_some()).then_some(MESSAGE);
        let site = (header && config.site.is_some()).then_some("Site");
        required
            .iter()
            .copied()
            .chain(message)
            .chain(site)
            .filter(|ours| !self.has(config, ours))
            .map(|ours| tenant_column(config, self.table, ours).to_owned())
            .collect()
    }
}

/// The name under which a template's columns are remembered.
fn fact_name(table: &str) -> String {
    format!("template.{table}")
}

/// Whether orders are held until they are read back: it is wished and the tenant's template allows it.
pub(crate) fn holds_orders(config: &Config, columns: &Columns) -> bool {
    config.use_on_hold && columns.has(config, "OnHold")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn columns_are_found_in_any_case_and_written_in_the_tenants_own() {
        let columns = Columns::from_header_line(SALES_ORDERS, "\"salesordernumber\", OnHold ,ATTRIBUTE1\n");
        let mut config = fixtures::config();
        assert_eq!(columns.header(&config, "SalesOrderNumber"), Some("salesordernumber"));
        assert_eq!(columns.header(&config, MESSAGE), None);
        config.message_column = Some("Attribute1".to_owned());
        assert_eq!(columns.header(&config, MESSAGE), Some("ATTRIBUTE1"));
        assert!(holds_orders(&config, &columns));
        config.use_on_hold = false;
        assert!(!holds_orders(&config, &columns));
    }

    #[test]
    fn a_fact_is_read_back_as_the_same_columns() {
        let columns = Columns::from_header_line(ORDER_ITEMS, "SalesOrderNumber,ItemCode");
        let mut session = Session::default();
        assert_eq!(Columns::known(&session, ORDER_ITEMS), None);
        let (name, value) = columns.fact();
        assert_eq!((name.as_str(), value.as_str()), ("template.Sales order items", "SalesOrderNumber,ItemCode"));
        session.facts.insert(name, value);
        assert_eq!(Columns::known(&session, ORDER_ITEMS), Some(columns.clone()));
        assert_eq!(columns.missing(&fixtures::config()), ["QuantityOrdered"]);
        for line in ["\u{FEFF}\r\nA, B,,C\r\n1,2,3,4", "\"A\",B,\"\",C\n", "A,\"B, or \"\"b\"\"\",C"] {
            let columns = Columns::from_header_line(ORDER_ITEMS, line);
            assert_eq!(columns.count(), 3, "{line}");
            session.facts.extend([columns.fact()]);
            assert_eq!(Columns::known(&session, ORDER_ITEMS), Some(columns), "{line}");
        }
    }

    #[test]
    fn what_an_order_needs_depends_on_the_settings() {
        let header = known_columns(SALES_ORDERS).join(",");
        let mut config = fixtures::config();
        assert!(Columns::from_header_line(SALES_ORDERS, &header).missing(&config).is_empty());
        let bare = Columns::from_header_line(SALES_ORDERS, &header.replace(",Status,Site", ""));
        assert_eq!(bare.missing(&config), ["Status"]);
        config.site = Some("North".to_owned());
        assert_eq!(bare.missing(&config), ["Status", "Site"]);
    }
}
