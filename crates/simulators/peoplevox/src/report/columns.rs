//! The columns of each report (contracts/peoplevox.md §4). Casing differs between reports at the remote too.

use super::Report;
use crate::cell::Kind::{self, Bool, Date, Decimal, Int, Text};

const INVENTORY: &[(&str, Kind)] = &[
    ("Item code", Text),
    ("Name", Text),
    ("Barcode", Text),
    ("Available", Int),
    ("On hand", Int),
    ("Allocated", Int),
    ("Site reference", Text),
];

const INVENTORY_ALL_SITES: &[(&str, Kind)] =
    &[("Item code", Text), ("Name", Text), ("Barcode", Text), ("Available", Int), ("On hand", Int), ("Allocated", Int)];

/// In the order of [`super::despatches::cell`].
const DESPATCHES: &[(&str, Kind)] = &[
    ("Salesorder number", Text),
    ("Requested delivery date", Date),
    ("Despatch number", Text),
    ("Carrier", Text),
    ("Service", Text),
    ("Despatch date", Date),
    ("Tracking number", Text),
    ("Item name", Text),
    ("No of items", Int),
    ("Destination country", Text),
    ("Site reference", Text),
    ("Parent", Text),
    ("Item code", Text),
    ("Username", Text),
    ("Carrier reference", Text),
    ("Service type code", Text),
    ("Customer order reference", Text),
    ("Shipping cost", Decimal),
    ("Email", Text),
    ("Contact name", Text),
    ("Total sale", Decimal),
    ("Discount", Decimal),
    ("Tax paid", Decimal),
    ("Channel name", Text),
    ("Sales order attribute 1", Text),
    ("Sales order attribute 2", Text),
    ("Sales order attribute 3", Text),
    ("Sales order attribute 4", Text),
    ("Sales order attribute 5", Text),
    ("Item barcode", Text),
    ("No. of parent items despatched", Int),
    ("Line", Text),
];

const ORDERS_BY_STATUS: &[(&str, Kind)] = &[
    ("Sales order no.", Text),
    ("Status", Text),
    ("Requested delivery date", Date),
    ("Number of items", Int),
    ("Channel", Text),
    ("Date", Date),
];

const ORDERS: &[(&str, Kind)] = &[("Sales order no.", Text), ("Status", Text), ("Requested delivery date", Date)];

const RETURNS: &[(&str, Kind)] = &[
    ("Return code", Text),
    ("Return date", Date),
    ("Quantity", Int),
    ("Item name", Text),
    ("Sales order number", Text),
    ("Despatch date", Date),
    ("Return reason", Text),
    ("Return reason code", Text),
    ("Return condition", Text),
    ("Return comments", Text),
    ("Days since despatch", Int),
    ("Item barcode", Text),
    ("Item code", Text),
    ("Customer purchase order reference number", Text),
    ("Channel name", Text),
    ("Site reference", Text),
    ("Is Reusable", Bool),
];

const GOODS_IN: &[(&str, Kind)] = &[
    ("Goods in reference number", Text),
    ("Delivery date", Date),
    ("Reconciled date", Date),
    ("User name", Text),
    ("Item code", Text),
    ("Item name", Text),
    ("Item barcode", Text),
    ("Quantity", Int),
    ("Purchase order number", Text),
    ("Delivery note number", Text),
    ("Site reference", Text),
];

impl Report {
    /// Names and types of the columns.
    pub(super) const fn columns(self) -> &'static [(&'static str, Kind)] {
        match self {
            Self::Inventory => INVENTORY,
            Self::InventoryAllSites => INVENTORY_ALL_SITES,
            Self::Despatches => DESPATCHES,
            Self::OrdersByStatus => ORDERS_BY_STATUS,
            Self::Orders => ORDERS,
            Self::Returns => RETURNS,
            Self::GoodsIn => GOODS_IN,
        }
    }
}
