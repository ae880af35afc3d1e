//! Integration templates: which columns a tenant has, under which names, and what each may hold.
//!
//! Columns are the tenant's configuration (contracts/peoplevox.md §3.2). A template starts with the default names of §3.3
//! and can be given other ones by the `templates` control call.

mod data;
mod defaults;

pub(crate) use data::TemplateData;
pub(crate) use defaults::{DEFAULTS, item, kitting, line, order, purchase, table};

use crate::cell::{Cell, Kind};

/// One field that a template knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// Default column name.
    pub name: &'static str,
    pub kind: Kind,
    /// Longest text in characters; 0 for no limit.
    pub max: usize,
    /// Shown on export, ignored on import.
    pub read_only: bool,
    /// Taken on import, empty on export.
    pub write_only: bool,
}

/// What a template is before a tenant configures it.
#[derive(Debug)]
pub(crate) struct Definition {
    /// The display name, which is the wire name.
    pub name: &'static str,
    pub fields: &'static [Field],
    /// The upsert key, as field indices. The first is also the `Reference` of a result row.
    pub key: &'static [usize],
    /// Whether an import row may leave the key empty, which makes a new row each time.
    pub key_optional: bool,
    /// Whether nothing can be imported.
    pub export_only: bool,
}

/// A configured column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub header: String,
    pub field: usize,
}

/// A template as the tenant configured it.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub definition: &'static Definition,
    pub columns: Vec<Column>,
}

impl Template {
    /// With the default columns, in the default order.
    pub(crate) fn new(definition: &'static Definition) -> Self {
        let columns = definition
            .fields
            .iter()
            .enumerate()
            .map(|(field, def)| Column { header: def.name.to_owned(), field })
            .collect();
        Self { definition, columns }
    }

    /// The column of a header, whatever its case.
    pub(crate) fn column(&self, header: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.header.eq_ignore_ascii_case(header.trim()))
    }

    /// The definition of a field.
    pub(crate) fn field(&self, index: usize) -> &'static Field {
        &self.definition.fields[index]
    }

    /// Replaces the columns. Each text is `Field` or `Header=Field`.
    pub(crate) fn configure(&mut self, wanted: &[&str]) -> Result<(), String> {
        let mut columns: Vec<Column> = Vec::new();
        for text in wanted {
            let (header, name) = text.split_once('=').unwrap_or((text, text));
            let field = self
                .definition
                .fields
                .iter()
                .position(|field| field.name.eq_ignore_ascii_case(name.trim()))
                .ok_or_else(|| format!("`{}` has no field `{name}`", self.definition.name))?;
            if columns.iter().any(|c| c.field == field || c.header.eq_ignore_ascii_case(header.trim())) {
                return Err(format!("`{text}` is there twice"));
            }
            columns.push(Column { header: header.trim().to_owned(), field });
        }
        self.columns = columns;
        Ok(())
    }

    /// A value within the field's length: one that is longer is refused, or cut.
    pub(crate) fn fit(&self, field: usize, value: Cell<'static>, cut: bool) -> Result<Cell<'static>, String> {
        let def = self.field(field);
        if def.max == 0 || value.as_str().chars().count() <= def.max {
            return Ok(value);
        }
        if !cut {
            return Err(format!("{} is longer than {} characters", def.name, def.max));
        }
        let whole: String = value.as_str().chars().take(def.max).collect();
        Ok(Cell::owned(whole.trim_end().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_constants_name_the_fields_they_stand_for() {
        let name = |table: usize, field: usize| DEFAULTS[table].fields[field].name;
        assert_eq!(name(table::SALES_ORDERS, order::NUMBER), "SalesOrderNumber");
        assert_eq!(name(table::SALES_ORDERS, order::CUSTOMER_REFERENCE), "CustomerPurchaseOrderReferenceNumber");
        assert_eq!(name(table::SALES_ORDERS, order::SHIPPING_COUNTRY), "ShippingAddressCountry");
        assert_eq!(name(table::SALES_ORDERS, order::PARTIAL), "IsPartialShipment");
        assert_eq!(name(table::SALES_ORDERS, order::STATUS), "Status");
        assert_eq!(name(table::SALES_ORDERS, order::REQUESTED), "RequestedDeliveryDate");
        assert_eq!(name(table::SALES_ORDERS, order::CREATED), "CreatedDate");
        assert_eq!(name(table::SALES_ORDERS, order::SHIPPING_COST), "ShippingCost");
        assert_eq!(name(table::SALES_ORDERS, order::TAX_PAID), "TaxPaid");
        assert_eq!(name(table::SALES_ORDERS, order::EMAIL), "Email");
        assert_eq!(name(table::SALES_ORDERS, order::CONTACT), "ContactName");
        assert_eq!(name(table::SALES_ORDERS, order::SERVICE), "ServiceType");
        assert_eq!(name(table::SALES_ORDERS, order::CHANNEL), "ChannelName");
        assert_eq!(name(table::SALES_ORDERS, order::ON_HOLD), "OnHold");
        assert_eq!(name(table::SALES_ORDERS, order::SITE), "Site");
        assert_eq!(name(table::SALES_ORDERS, order::ATTRIBUTE1), "Attribute1");
        assert_eq!(name(table::SALES_ORDERS, order::TRACKING), "DespatchTrackingNumber");
        assert_eq!(name(table::SALES_ORDER_ITEMS, line::ITEM), "ItemCode");
        assert_eq!(name(table::SALES_ORDER_ITEMS, line::QUANTITY), "QuantityOrdered");
        assert_eq!(name(table::SALES_ORDER_ITEMS, line::LINE), "Line");
        assert_eq!(name(table::ITEM_TYPES, item::NAME), "Name");
        assert_eq!(name(table::ITEM_TYPES, item::BARCODE), "Barcode");
        assert_eq!(name(table::ITEM_TYPES, item::GROUP), "ItemGroup");
        assert_eq!(name(table::ITEM_TYPES, item::UNIT), "UnitOfMeasure");
        assert_eq!(name(table::ITEM_TYPES, item::RETAIL_PRICE), "RetailPrice");
        assert_eq!(name(table::ITEM_TYPES, item::WEIGHT), "Weight");
        assert_eq!(name(table::ITEM_TYPES, item::ON_HAND), "OnHand");
        assert_eq!(name(table::KITTINGS, kitting::QUANTITY), "Quantity");
        for table in &DEFAULTS {
            assert!(table.key.iter().all(|field| *field < table.fields.len()), "{}", table.name);
        }
        assert_eq!(name(table::PURCHASE_ORDER_ITEMS, purchase::ITEM), "ItemCode");
    }

    #[test]
    fn a_tenant_may_name_its_columns_differently() {
        let mut template = Template::new(&DEFAULTS[table::SALES_ORDERS]);
        template.configure(&["SalesOrderNumber", "ShipAdd1=ShippingAddressLine1"]).unwrap();
        assert_eq!(template.column("shipadd1"), Some(1));
        assert!(template.configure(&["Nope"]).is_err());
        assert!(template.configure(&["Email", "email"]).is_err());
    }
}
