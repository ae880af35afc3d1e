//! An invoice's lines: what was ordered, and how much of it may still be sent (`contracts/marketplacer.md §2.3`).
//!
//! Must not know whether the invoice as a whole may be picked.

use std::collections::BTreeMap;

use crossdock_model::{ChannelShipment, OrderLine};

use super::cancellations::Cancellations;
use super::wire;
use crate::answer::cut;

/// `LineItemStatusFullEnum` (`contracts/marketplacer.md §2.3`).
const STATES: [&str; 5] = ["NEW", "ALLOCATED", "SHIPPED", "REFUNDED", "CANCELLED"];

/// The lines of an order, and what is said about them as a whole.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent remarks, not states of one machine")]
pub(super) struct Lines {
    pub(super) rows: Vec<OrderLine>,
    /// A line could not be seen.
    pub(super) missing: bool,
    /// A line with something left does not say how much of it awaits dispatch.
    pub(super) silent: bool,
    /// Units are left to send, those under an open cancellation request among them.
    pub(super) left: bool,
    /// A cancellation is open for units that are left.
    pub(super) requested: bool,
}

/// Reads them; an error is a line without which there is no order.
pub(super) fn read(
    invoice: &wire::Invoice,
    shipments: &[ChannelShipment],
    cancellations: &Cancellations,
    drifts: &mut Vec<String>,
) -> Result<Lines, String> {
    let items = invoice.line_items.as_ref().ok_or("the invoice has no list of lines")?;
    let mut shipped: BTreeMap<&str, i64> = BTreeMap::new();
    for line in shipments.iter().flat_map(|shipment| &shipment.lines) {
        let sum = shipped.entry(&line.line_id).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    // Without its content a shipment may hold anything, and so may one that did not come at all.
    let unseen = invoice.shipments.as_ref().is_none_or(|shipments| shipments.iter().any(Option::is_none));
    let content_hidden = unseen || shipments.iter().any(|shipment| shipment.lines.is_empty());
    let mut found = Lines::default();
    for item in items {
        let Some(item) = item else {
            found.missing = true;
            drifts.push("a line came back empty".to_owned());
            continue;
        };
        let id = item.id.clone().filter(|id| !id.is_empty()).ok_or("a line has no id")?;
        let quantity = item.quantity.ok_or_else(|| format!("line {} has no quantity", cut(&id)))?;
        let state = item.status_full.as_deref();
        if let Some(state) = state.filter(|state| !STATES.contains(state)) {
            drifts.push(format!("unknown line state {}", cut(state)));
        }
        let sent = shipped.get(id.as_str()).copied().unwrap_or(0);
        let cancelled = state == Some("CANCELLED") || (state == Some("REFUNDED") && sent == 0 && !content_hidden);
        let by_our_count = quantity.saturating_sub(sent).saturating_sub(cancellations.settled(&id)).max(0);
        let awaiting = match item.quantity_awaiting_dispatch {
            _ if cancelled => 0,
            Some(awaiting) => awaiting.max(0),
            None if content_hidden || matches!(state, Some("SHIPPED" | "REFUNDED")) => 0,
            None => {
                found.silent |= by_our_count > 0;
                by_our_count
            }
        };
        let open = cancellations.free(&id, awaiting, (!content_hidden).then_some(by_our_count));
        found.left |= awaiting > 0;
        found.requested |= open < awaiting;
        found.rows.push(OrderLine {
            sku: item.variant_sku.clone().filter(|sku| !sku.is_empty()),
            barcode: item.variant_barcode.clone().filter(|barcode| !barcode.is_empty()),
            title: title(item),
            id,
            quantity,
            open,
            unit_price: None,
            cancelled,
        });
    }
    Ok(found)
}

fn title(item: &wire::LineItem) -> String {
    let part = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    match (part(&item.advert_title), part(&item.variant_name)) {
        (Some(advert), Some(variant)) if advert != variant => format!("{advert} ({variant})"),
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => String::new(),
    }
}
