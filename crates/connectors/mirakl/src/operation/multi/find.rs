//! Finds the shipment of a package among those that ST11 lists.

use std::collections::BTreeMap;

use crossdock_connector::Shipment;

use crate::document::Doc;
use crate::operation::same_tracking;
use crate::verdict::short;

/// What a search found.
pub(crate) enum Match<'a> {
    /// The shipment of this package.
    Ours(Doc<'a>),
    /// Another shipment under our tracking number; a person has to look.
    Foreign(String),
    /// None on this page.
    None,
}

/// Searches by id, else by package key, else by tracking number.
///
/// A shipment with our tracking number and the same units was recorded by hand and is adopted; with other units it is a
/// contradiction. But one tracking number may stand for several parcels (a carrier's consignment), so a shipment that
/// carries the hub's key of *another* package under that number is that package's, however alike the two are.
pub(crate) fn find<'a>(shipment: &Shipment, known: Option<&str>, body: Doc<'a>) -> Match<'a> {
    let of_order = |row: &Doc<'_>| row.filled("order_id").is_none_or(|id| id == shipment.order_id);
    let rows: Vec<Doc<'a>> = body.items("data").into_iter().filter(of_order).collect();
    let by_id = rows.iter().find(|row| known.is_some_and(|id| row.word("id") == id));
    if let Some(row) = by_id.or_else(|| rows.iter().find(|row| carries(**row, &shipment.package))) {
        return Match::Ours(*row);
    }
    let tracked = rows.iter().find(|row| {
        same_tracking(&row.at("tracking").word("tracking_number"), &shipment.tracking)
            && !carries_another_key(**row, shipment)
    });
    match tracked {
        Some(row) if same_lines(shipment, *row) => Match::Ours(*row),
        Some(row) => Match::Foreign(format!(
            "order {} has a shipment {} with tracking `{}` but other units",
            shipment.order_id,
            short(&row.word("id")),
            shipment.tracking.trim()
        )),
        None => Match::None,
    }
}

/// Whether a shipment carries the package key.
fn carries(row: Doc<'_>, package: &str) -> bool {
    !package.is_empty() && references(row).iter().any(|reference| reference == package)
}

/// Whether a shipment carries a key of the hub's form, `<despatch>/<tracking number>`, that is not this package's. What a
/// person types (`1`, `box A`) does not have that form.
fn carries_another_key(row: Doc<'_>, shipment: &Shipment) -> bool {
    let despatch = |key: &str| Some(key.strip_suffix(shipment.tracking.trim())?.strip_suffix('/')?.to_owned());
    let references = references(row);
    let mut others = references.iter().filter(|reference| **reference != shipment.package);
    others.any(|reference| despatch(reference.trim()).is_some_and(|despatch| !despatch.trim().is_empty()))
}

/// Where a shipment may carry a key: `package_reference` of each line, and `invoice_reference`.
fn references(row: Doc<'_>) -> Vec<String> {
    let lines = row.items("shipment_lines");
    let on_lines = lines.iter().filter_map(|line| line.filled("package_reference"));
    on_lines.chain(row.filled("invoice_reference")).collect()
}

/// Whether a shipment holds the package's units; a shipment that does not say what it holds is believed.
pub(crate) fn same_lines(shipment: &Shipment, row: Doc<'_>) -> bool {
    let mut held: BTreeMap<String, i64> = BTreeMap::new();
    for line in row.items("shipment_lines") {
        let (Some(id), Ok(Some(quantity))) = (line.filled("order_line_id"), line.count("quantity")) else {
            return true;
        };
        let units = held.entry(id).or_default();
        *units = units.saturating_add(quantity);
    }
    let mut sent: BTreeMap<String, i64> = BTreeMap::new();
    for line in &shipment.lines {
        let units = sent.entry(line.line_id.clone()).or_default();
        *units = units.saturating_add(line.quantity);
    }
    held.is_empty() || held == sent
}
