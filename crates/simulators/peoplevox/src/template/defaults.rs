//! The default columns, types and lengths (contracts/peoplevox.md §3.3).

use super::{Definition, Field};
use crate::cell::Kind;

/// Indices into [`DEFAULTS`].
pub(crate) mod table {
    pub(crate) const ITEM_TYPES: usize = 0;
    pub(crate) const KITTINGS: usize = 1;
    pub(crate) const ITEM_GROUPS: usize = 2;
    pub(crate) const SALES_ORDERS: usize = 6;
    pub(crate) const SALES_ORDER_ITEMS: usize = 7;
    pub(crate) const PURCHASE_ORDERS: usize = 8;
    pub(crate) const PURCHASE_ORDER_ITEMS: usize = 9;
    pub(crate) const CARRIERS: usize = 10;
    pub(crate) const SERVICE_TYPES: usize = 11;
    pub(crate) const SITES: usize = 12;
    pub(crate) const DESPATCHES: usize = 13;
}

/// Field indices of `Item types`.
pub(crate) mod item {
    pub(crate) const CODE: usize = 0;
    pub(crate) const NAME: usize = 1;
    pub(crate) const BARCODE: usize = 2;
    pub(crate) const GROUP: usize = 4;
    pub(crate) const UNIT: usize = 5;
    pub(crate) const RETAIL_PRICE: usize = 22;
    pub(crate) const WEIGHT: usize = 23;
    pub(crate) const ON_HAND: usize = 46;
}

/// Field indices of `Item type kittings`.
pub(crate) mod kitting {
    pub(crate) const PARENT: usize = 0;
    pub(crate) const CHILD: usize = 1;
    pub(crate) const QUANTITY: usize = 2;
}

/// Field indices of `Sales orders`.
pub(crate) mod order {
    pub(crate) const NUMBER: usize = 0;
    pub(crate) const CUSTOMER_REFERENCE: usize = 2;
    pub(crate) const SHIPPING_COUNTRY: usize = 8;
    pub(crate) const PARTIAL: usize = 17;
    pub(crate) const STATUS: usize = 18;
    pub(crate) const REQUESTED: usize = 19;
    pub(crate) const CREATED: usize = 20;
    pub(crate) const SHIPPING_COST: usize = 21;
    pub(crate) const TOTAL_SALE: usize = 22;
    pub(crate) const DISCOUNT: usize = 23;
    pub(crate) const TAX_PAID: usize = 24;
    pub(crate) const EMAIL: usize = 25;
    pub(crate) const CONTACT: usize = 26;
    pub(crate) const SERVICE: usize = 28;
    pub(crate) const CHANNEL: usize = 29;
    pub(crate) const ON_HOLD: usize = 30;
    pub(crate) const SITE: usize = 31;
    pub(crate) const ATTRIBUTE1: usize = 32;
    pub(crate) const TRACKING: usize = 37;
}

/// Field indices of `Sales order items`.
pub(crate) mod line {
    pub(crate) const ORDER: usize = 0;
    pub(crate) const ITEM: usize = 1;
    pub(crate) const QUANTITY: usize = 2;
    pub(crate) const LINE: usize = 4;
}

/// Field indices of `Purchase order items`.
pub(crate) mod purchase {
    pub(crate) const ORDER: usize = 0;
    pub(crate) const ITEM: usize = 1;
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, max: 0, read_only: false, write_only: false }
}

const fn text(name: &'static str, max: usize) -> Field {
    let mut made = field(name, Kind::Text);
    made.max = max;
    made
}

const fn int(name: &'static str) -> Field {
    field(name, Kind::Int)
}

const fn decimal(name: &'static str) -> Field {
    field(name, Kind::Decimal)
}

const fn boolean(name: &'static str) -> Field {
    field(name, Kind::Bool)
}

const fn date(name: &'static str) -> Field {
    field(name, Kind::Date)
}

const fn read_only(mut made: Field) -> Field {
    made.read_only = true;
    made
}

const fn write_only(mut made: Field) -> Field {
    made.write_only = true;
    made
}

const ITEM_TYPES: &[Field] = &[
    text("ItemCode", 50),
    text("Name", 50),
    text("Barcode", 50),
    text("Description", 250),
    text("ItemGroup", 50),
    text("UnitOfMeasure", 10),
    int("DefaultEconomicOrderQuantity"),
    int("DefaultLeadTime"),
    int("ReorderPoint"),
    int("DefaultNumberItemsPerContainer"),
    int("DefaultNumberItemsPerOuterCase"),
    int("DefaultNumberItemsPerInnerCase"),
    int("MinimumPickLocationQuantity"),
    int("DefaultReplenishmentQuantity"),
    text("DefaultSuppliersPartNumber", 50),
    text("DefaultContainerType", 50),
    boolean("HasSerialNumbers"),
    boolean("UseManufacturersSerialNumber"),
    boolean("Traceability"),
    date("ShelfLife"),
    decimal("BuyPrice"),
    decimal("WholesalePrice"),
    decimal("RetailPrice"),
    decimal("Weight"),
    decimal("Height"),
    decimal("Width"),
    decimal("Depth"),
    text("WeightMeasure", 10),
    text("DimensionMeasure", 10),
    text("Tags", 8000),
    text("Attribute1", 500),
    text("Attribute2", 500),
    text("Attribute3", 500),
    text("Attribute4", 500),
    text("Attribute5", 500),
    text("Attribute6", 500),
    text("Attribute7", 500),
    text("Attribute8", 500),
    text("Attribute9", 500),
    text("Attribute10", 500),
    text("Attribute11", 500),
    text("Attribute12", 500),
    text("Attribute13", 500),
    text("Attribute14", 500),
    text("Attribute15", 500),
    text("TaxCode", 0),
    read_only(int("OnHand")),
];

const CUSTOMERS: &[Field] = &[
    text("Name", 50),
    text("Reference", 50),
    text("FirstName", 50),
    text("LastName", 50),
    text("Phone", 50),
    text("Mobile", 50),
    text("Email", 500),
    decimal("CreditLimit"),
    boolean("CreditStatus"),
    boolean("Wholesaler"),
];

const ADDRESSES: &[Field] = &[
    text("CustomerReference", 100),
    text("AddressLine1", 100),
    text("AddressLine2", 100),
    text("AddressCity", 100),
    text("AddressRegion", 100),
    text("AddressPostcode", 100),
    text("AddressCountry", 100),
    text("AddressReference", 100),
];

const SUPPLIERS: &[Field] = &[
    text("Name", 50),
    text("Reference", 50),
    text("FirstName", 50),
    text("LastName", 50),
    text("Phone", 50),
    text("Mobile", 50),
    text("Email", 500),
    decimal("CreditLimit"),
    text("Notes", 1000),
];

const SALES_ORDERS: &[Field] = &[
    text("SalesOrderNumber", 30),
    text("Customer", 50),
    text("CustomerPurchaseOrderReferenceNumber", 50),
    text("ShippingAddressLine1", 100),
    text("ShippingAddressLine2", 100),
    text("ShippingAddressCity", 100),
    text("ShippingAddressRegion", 100),
    text("ShippingAddressPostcode", 100),
    text("ShippingAddressCountry", 100),
    text("ShippingAddressReference", 100),
    text("InvoiceAddressLine1", 100),
    text("InvoiceAddressLine2", 100),
    text("InvoiceAddressCity", 100),
    text("InvoiceAddressRegion", 100),
    text("InvoiceAddressPostcode", 100),
    text("InvoiceAddressCountry", 100),
    text("InvoiceAddressReference", 100),
    boolean("IsPartialShipment"),
    field("Status", Kind::Status),
    date("RequestedDeliveryDate"),
    date("CreatedDate"),
    decimal("ShippingCost"),
    decimal("TotalSale"),
    decimal("Discount"),
    decimal("TaxPaid"),
    text("Email", 500),
    text("ContactName", 100),
    text("PaymentMethod", 50),
    text("ServiceType", 100),
    text("ChannelName", 50),
    boolean("OnHold"),
    text("Site", 100),
    text("Attribute1", 500),
    text("Attribute2", 500),
    text("Attribute3", 500),
    text("Attribute4", 500),
    text("Attribute5", 500),
    write_only(text("DespatchTrackingNumber", 100)),
    text("CarrierName", 100),
];

const SALES_ORDER_ITEMS: &[Field] = &[
    text("SalesOrderNumber", 30),
    text("ItemCode", 50),
    int("QuantityOrdered"),
    date("RequestedDeliveryDate"),
    text("Line", 16),
    int("Sequence"),
    decimal("SalePrice"),
    text("Attribute1", 500),
    text("Attribute2", 500),
    text("Attribute3", 500),
];

const PURCHASE_ORDERS: &[Field] = &[
    text("PurchaseOrderNumber", 50),
    text("Status", 50),
    text("Reference", 50),
    text("Supplier", 50),
    text("SupplierReference", 50),
    text("AddressLine1", 100),
    text("AddressLine2", 100),
    text("AddressCity", 100),
    text("AddressRegion", 100),
    text("AddressPostcode", 100),
    text("AddressCountry", 100),
    text("AddressReference", 100),
    date("RequestedDeliveryDate"),
    date("SubmittedDate"),
    date("EndDate"),
    date("ExpectedDeliveryDate"),
    text("User", 50),
    text("Site", 100),
];

// `ExpectededDeliveryDate` is the remote's own spelling.
const PURCHASE_ORDER_ITEMS: &[Field] = &[
    text("PurchaseOrderNumber", 50),
    text("ItemCode", 50),
    text("Status", 50),
    int("Quantity"),
    date("RequestedDeliveryDate"),
    text("Line", 16),
    int("Sequence"),
    decimal("CostPrice"),
    date("ExpectededDeliveryDate"),
];

// The columns of `Despatches` are unknown but for the number; these are a guess that a tenant could have configured.
const DESPATCHES: &[Field] = &[
    text("DespatchNumber", 0),
    text("SalesOrderNumber", 0),
    text("CarrierName", 0),
    text("ServiceType", 0),
    text("TrackingNumber", 0),
    date("DespatchDate"),
];

const fn define(name: &'static str, fields: &'static [Field], key: &'static [usize]) -> Definition {
    Definition { name, fields, key, key_optional: false, export_only: false }
}

/// The templates of a tenant, in the order of [`table`].
pub(crate) static DEFAULTS: [Definition; 14] = [
    define("Item types", ITEM_TYPES, &[0]),
    define("Item type kittings", &[text("ParentItemCode", 50), text("ChildItemCode", 50), int("Quantity")], &[0, 1]),
    define("Item type groups", &[text("Name", 50), text("ProductGroup", 50)], &[0]),
    define("Customers", CUSTOMERS, &[1]),
    Definition { name: "Customer addresses", fields: ADDRESSES, key: &[7], key_optional: true, export_only: false },
    define("Suppliers", SUPPLIERS, &[1]),
    define("Sales orders", SALES_ORDERS, &[0]),
    define("Sales order items", SALES_ORDER_ITEMS, &[0, 1]),
    define("Purchase orders", PURCHASE_ORDERS, &[0]),
    define("Purchase order items", PURCHASE_ORDER_ITEMS, &[0, 1]),
    define("Carriers", &[text("Name", 100), text("Reference", 100)], &[0]),
    Definition {
        name: "Service types",
        fields: &[text("Carrier", 100), text("Name", 100), text("Code", 100)],
        key: &[2],
        key_optional: true,
        export_only: false,
    },
    define("Sites", &[text("Name", 100), text("Reference", 100)], &[1]),
    Definition { name: "Despatches", fields: DESPATCHES, key: &[0], key_optional: false, export_only: true },
];
