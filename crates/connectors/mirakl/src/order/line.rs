//! The lines of an order, and how much of each may still be shipped (`contracts/john-lewis.md §2.2`, "Line").

use crossdock_model::{Currency, OrderLine};

use super::{Parts, amount};
use crate::document::Doc;
use crate::state::{LinePhase, OrderPhase};

/// The lines, and what they say of the order as a whole.
pub(crate) struct Lines {
    pub(crate) lines: Vec<OrderLine>,
    /// The worst that speaks against shipping the order by itself.
    pub(crate) trouble: Option<Trouble>,
}

/// What speaks against shipping an order by itself, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// A line's state that this version does not know.
    UnknownState(String),
    /// Money was paid back for a line that may still be shipped.
    Refund,
    /// A shipment does not say what it holds.
    VagueShipment,
    /// Units were cancelled, and nothing says reliably how many are left.
    PartlyCancelled,
    /// Shipments hold every unit that there was to ship.
    AllInShipments,
}

/// Reads every line. A line that is null is a line that nobody can ship, so the order is not read without it.
pub(crate) fn read_lines(
    doc: Doc<'_>,
    order: OrderPhase,
    currency: Option<Currency>,
    parts: &Parts<'_>,
    drift: &mut Vec<String>,
) -> Result<Lines, String> {
    let found = doc.items("order_lines");
    if found.len() < doc.length("order_lines") {
        return Err("one of its lines is null".to_owned());
    }
    if found.is_empty() {
        return Err("it has no lines".to_owned());
    }
    let mut lines = Vec::with_capacity(found.len());
    let mut troubles: Vec<Trouble> = parts.vague().then_some(Trouble::VagueShipment).into_iter().collect();
    for line in found {
        let state = line.word("order_line_state");
        if LinePhase::of(&state) == LinePhase::Unknown {
            troubles.push(Trouble::UnknownState(state));
        }
        if may_ship(line) && !line.items("refunds").is_empty() {
            troubles.push(Trouble::Refund);
        }
        if partly_cancelled(line) && !parts.counted() {
            troubles.push(Trouble::PartlyCancelled);
        }
        lines.push(read_line(line, order, currency, parts, drift)?);
    }
    if parts.any() && lines.iter().all(|line: &OrderLine| line.open == 0) {
        troubles.push(Trouble::AllInShipments);
    }
    Ok(Lines { lines, trouble: troubles.into_iter().min() })
}

/// Whether a line may still be shipped, now or later.
fn may_ship(line: Doc<'_>) -> bool {
    match LinePhase::of(&line.word("order_line_state")) {
        LinePhase::Settled | LinePhase::Cancelled => false,
        LinePhase::Incident => line.filled("shipped_date").is_none(),
        LinePhase::Open | LinePhase::Unknown => true,
    }
}

/// Whether some of a line was cancelled while it may still be shipped. How many units that were, the order does not say:
/// the quantity of a cancelation is "informative only" (`contracts/mirakl/orders.txt`, OR11), and 0 in the official
/// example.
pub(crate) fn partly_cancelled(line: Doc<'_>) -> bool {
    may_ship(line) && !line.items("cancelations").is_empty()
}

/// Units of a line that a shipment of the whole order has to hold at least: what was ordered, less what was cancelled as
/// far as the platform says. Refunds do not lower it.
pub(crate) fn open_units(line: Doc<'_>, order: OrderPhase) -> Result<i64, String> {
    let quantity = line.count("quantity")?.ok_or("a line has no quantity")?;
    let cancelled = line.items("cancelations").iter().fold(0_i64, |sum, cancelation| {
        let units = cancelation.count("quantity").ok().flatten().unwrap_or(0);
        sum.saturating_add(units.max(0))
    });
    let over = matches!(order, OrderPhase::Shipped | OrderPhase::Cancelled);
    Ok(if over || !may_ship(line) { 0 } else { (quantity - cancelled).max(0) })
}

fn read_line(
    line: Doc<'_>,
    order: OrderPhase,
    currency: Option<Currency>,
    parts: &Parts<'_>,
    drift: &mut Vec<String>,
) -> Result<OrderLine, String> {
    let id = line.filled("order_line_id").ok_or("a line has no order_line_id")?;
    let open = open_units(line, order).map_err(|problem| format!("line {id}: {problem}"))?;
    let quantity = line.count("quantity")?.unwrap_or(0);
    // A price of one unit with more decimals than the currency is possible (an operator may allow it) and only informs,
    // so it does not cost us the order.
    let unit_price = amount(line, "price_unit", currency).unwrap_or_else(|problem| {
        drift.push(format!("line {id}: {problem}"));
        None
    });
    let most = parts.to_ship(&id).filter(|_| partly_cancelled(line)).unwrap_or(open);
    Ok(OrderLine {
        cancelled: LinePhase::of(&line.word("order_line_state")) == LinePhase::Cancelled,
        sku: line.filled("offer_sku"),
        barcode: None,
        title: line.word("product_title"),
        quantity,
        open: parts.left(&id, quantity, most),
        id,
        unit_price,
    })
}
