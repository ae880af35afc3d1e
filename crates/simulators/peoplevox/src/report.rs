//! System reports: views over the warehouse's state (contracts/peoplevox.md §4).

mod columns;
mod despatches;

use jiff::Timestamp;

use crate::cell::{Cell, Kind};
use crate::order::Status;
use crate::search::{Dataset, RowId};
use crate::template::{item, order, table};
use crate::warehouse::Warehouse;

/// A report that the tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Inventory,
    InventoryAllSites,
    Despatches,
    OrdersByStatus,
    Orders,
    Returns,
    GoodsIn,
}

/// The names of the reports; the spelling of the returns report differs between tenants.
const NAMES: [(&str, Report); 8] = [
    ("Item inventory summary", Report::Inventory),
    ("Item inventory summary all sites", Report::InventoryAllSites),
    ("Despatch summary", Report::Despatches),
    ("Sales orders by status", Report::OrdersByStatus),
    ("Sales order summary", Report::Orders),
    ("Return summary", Report::Returns),
    ("Returns summary", Report::Returns),
    ("Goods in summary", Report::GoodsIn),
];

impl Report {
    /// The report of a name, whatever its case.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim())).map(|(_, report)| *report)
    }
}

/// The rows of a report.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReportData<'a> {
    pub report: Report,
    pub warehouse: &'a Warehouse,
}

impl Dataset for ReportData<'_> {
    fn width(&self) -> usize {
        self.report.columns().len()
    }

    fn header(&self, column: usize) -> &str {
        self.report.columns()[column].0
    }

    fn kind(&self, column: usize) -> Kind {
        self.report.columns()[column].1
    }

    fn all(&self) -> Vec<RowId> {
        let state = self.warehouse;
        match self.report {
            Report::Inventory => {
                self.items().flat_map(|id| (0..state.stock.levels(id).len()).map(move |level| (id, level))).collect()
            }
            Report::InventoryAllSites => self.items().map(|id| (id, 0)).collect(),
            Report::Despatches => (0..state.despatch_rows.len()).map(|row| (row, 0)).collect(),
            Report::OrdersByStatus | Report::Orders => {
                state.tables[table::SALES_ORDERS].ids().map(|row| (row, 0)).collect()
            }
            Report::Returns => Vec::new(),
            Report::GoodsIn => (0..state.goods_in.len()).map(|row| (row, 0)).collect(),
        }
    }

    fn lookup(&self, column: usize, text: &str) -> Option<Vec<RowId>> {
        let state = self.warehouse;
        match (self.report, column) {
            (Report::Inventory, 0) => {
                let item = state.item(text).filter(|id| self.is_stocked(*id));
                Some(
                    item.into_iter()
                        .flat_map(|id| (0..state.stock.levels(id).len()).map(move |level| (id, level)))
                        .collect(),
                )
            }
            (Report::InventoryAllSites, 0) => {
                let item = state.item(text).filter(|id| self.is_stocked(*id));
                Some(item.into_iter().map(|id| (id, 0)).collect())
            }
            (Report::Despatches, _) => despatches::lookup(state, column, text),
            (Report::OrdersByStatus | Report::Orders, 0) => {
                Some(state.order(text).into_iter().map(|row| (row, 0)).collect())
            }
            _ => None,
        }
    }

    fn since(&self, column: usize, at: Timestamp) -> Option<Vec<RowId>> {
        let state = self.warehouse;
        match self.report {
            Report::Despatches => despatches::since(state, column, at),
            Report::GoodsIn if self.kind(column) == Kind::Date => {
                let first = state.goods_in.partition_point(|receipt| receipt.at < at);
                Some((first..state.goods_in.len()).map(|row| (row, 0)).collect())
            }
            _ => None,
        }
    }

    fn brackets(&self) -> bool {
        true
    }

    fn ignores_case(&self) -> bool {
        self.warehouse.options.keys_ignore_case
    }

    fn cell(&self, row: RowId, column: usize) -> Cell<'_> {
        match self.report {
            Report::Inventory | Report::InventoryAllSites => self.inventory(row, column),
            Report::Despatches => despatches::cell(self.warehouse, row.0, column),
            Report::OrdersByStatus | Report::Orders => self.sales_order(row.0, column),
            Report::Returns => Cell::Empty,
            Report::GoodsIn => self.goods_in(row.0, column),
        }
    }
}

impl ReportData<'_> {
    /// Active items that have stock of their own. Kits have none and no row; deactivated items are left out.
    fn items(&self) -> impl Iterator<Item = usize> {
        self.warehouse.tables[table::ITEM_TYPES].ids().filter(|id| self.is_stocked(*id))
    }

    fn is_stocked(&self, id: usize) -> bool {
        self.warehouse.kits.get(id).is_some_and(Vec::is_empty) && !self.warehouse.is_deactivated(id)
    }

    fn inventory(&self, (id, level): RowId, column: usize) -> Cell<'_> {
        let stock = &self.warehouse.stock;
        let items = &self.warehouse.tables[table::ITEM_TYPES];
        let here = (self.report == Report::Inventory).then(|| stock.levels(id).get(level)).flatten();
        match column {
            0 => items.cell(id, item::CODE),
            1 => items.cell(id, item::NAME),
            2 => items.cell(id, item::BARCODE),
            3 => Cell::Int(here.map_or_else(|| stock.available(id), crate::stock::Level::available)),
            4 => Cell::Int(here.map_or_else(|| stock.on_hand(id), |level| level.on_hand)),
            5 => Cell::Int(here.map_or_else(|| stock.allocated(id), |level| level.allocated)),
            6 => here.map_or(Cell::Empty, |level| Cell::text(self.warehouse.site_reference(level.site))),
            _ => Cell::Empty,
        }
    }

    fn sales_order(&self, row: usize, column: usize) -> Cell<'_> {
        let orders = &self.warehouse.tables[table::SALES_ORDERS];
        match column {
            0 => orders.cell(row, order::NUMBER),
            1 => Cell::text(self.warehouse.orders.get(row).map_or(Status::New, |order| order.status).name()),
            2 => orders.cell(row, order::REQUESTED),
            3 => Cell::Int(
                self.warehouse
                    .orders
                    .get(row)
                    .map_or(0, |order| order.lines.iter().map(|line| self.warehouse.lines[*line].ordered).sum()),
            ),
            4 => orders.cell(row, order::CHANNEL),
            5 => orders.cell(row, order::CREATED),
            _ => Cell::Empty,
        }
    }

    fn goods_in(&self, row: usize, column: usize) -> Cell<'_> {
        let Some(receipt) = self.warehouse.goods_in.get(row) else {
            return Cell::Empty;
        };
        let items = &self.warehouse.tables[table::ITEM_TYPES];
        match column {
            0 => Cell::text(&receipt.reference),
            1 | 2 => Cell::Date(receipt.at),
            3 => Cell::text("warehouse"),
            4 => items.cell(receipt.item, item::CODE),
            5 => items.cell(receipt.item, item::NAME),
            6 => items.cell(receipt.item, item::BARCODE),
            7 => Cell::Int(receipt.quantity),
            // Receipts made by the control call belong to no purchase order and have no delivery note.
            10 => Cell::text(self.warehouse.site_reference(receipt.site)),
            _ => Cell::Empty,
        }
    }
}
