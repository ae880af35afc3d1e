//! What an invoice already holds of a shipment: the look that stands before and behind every `shipmentCreate`.
//!
//! Pure comparison; knows nothing of calls. Sources: `contracts/marketplacer.md §2.6`, `§3.4`, `§7`.

use std::collections::BTreeMap;

use crossdock_connector::Shipment;
use serde::Deserialize;
use serde_json::Value;

use crate::wire::{list, text, whole};

/// An invoice as [`SHIPMENTS_OF`](crate::documents::SHIPMENTS_OF) asks for it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Held {
    #[serde(deserialize_with = "text")]
    pub(super) created_at: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) line_items: Option<Vec<Option<HeldLine>>>,
    #[serde(deserialize_with = "list")]
    pub(super) shipments: Option<Vec<Option<HeldShipment>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HeldLine {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "whole")]
    quantity: Option<i64>,
    #[serde(deserialize_with = "whole")]
    quantity_awaiting_dispatch: Option<i64>,
    #[serde(deserialize_with = "text")]
    status_full: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HeldShipment {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) legacy_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) carrier: Option<String>,
    #[serde(deserialize_with = "text")]
    tracking_number: Option<String>,
    #[serde(deserialize_with = "text")]
    note: Option<String>,
    #[serde(deserialize_with = "list")]
    shipped_items: Option<Vec<Option<HeldItem>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HeldItem {
    #[serde(deserialize_with = "whole")]
    quantity: Option<i64>,
    line_item: Option<HeldRef>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HeldRef {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
}

/// Units per line id.
type Content = BTreeMap<String, i64>;

impl HeldShipment {
    /// What is in it; `None` when the remote does not say.
    fn content(&self) -> Option<Content> {
        let items = self.shipped_items.as_ref().filter(|items| !items.is_empty())?;
        let mut content = Content::new();
        for item in items {
            let item = item.as_ref()?;
            let line = item.line_item.as_ref()?.id.clone()?;
            let sum = content.entry(line).or_default();
            *sum = sum.saturating_add(item.quantity?);
        }
        Some(content)
    }

    fn has_tracking(&self, tracking: &str) -> bool {
        self.tracking_number.as_deref().is_some_and(|held| held.trim() == tracking.trim())
    }

    fn is_noted(&self, note: &str) -> bool {
        self.note.as_deref().is_some_and(|held| held.trim() == note)
    }

    /// Whether the hub made it for another parcel: each effect leaves its own note.
    fn is_another_parcel(&self, note: &str) -> bool {
        self.note.as_deref().is_some_and(|held| held.starts_with(NOTE_START) && held.trim() != note)
    }
}

const NOTE_START: &str = "Crossdock ";

/// The note that marks a shipment as made by this effect (rule R15).
pub(super) fn note(effect: &str) -> String {
    format!("{NOTE_START}{effect}")
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// It is there, as wanted.
    Same(&'a HeldShipment),
    /// This effect made it, but it holds something else.
    Altered(String),
    /// Somebody else recorded the tracking number with other content.
    Foreign(String),
    /// No trace.
    Nothing,
}

/// The content of a package, lines with the same id summed.
pub(super) fn content(shipment: &Shipment) -> Content {
    let mut content = Content::new();
    for line in &shipment.lines {
        let sum = content.entry(line.line_id.clone()).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    content
}

/// Looks for a package among an invoice's shipments: first by our note or the id that the remote gave, then by tracking number
/// and content. `None` when the invoice came without its list of shipments.
pub(super) fn find<'a>(held: &'a Held, shipment: &Shipment, effect: &str, id: Option<&str>) -> Option<Found<'a>> {
    let note = note(effect);
    let wanted = content(shipment);
    let shipments: Vec<&HeldShipment> = held.shipments.as_ref()?.iter().flatten().collect();

    let ours = shipments.iter().find(|held| held.is_noted(&note) || (id.is_some() && held.id.as_deref() == id));
    if let Some(ours) = ours {
        return Some(match ours.content() {
            _ if !ours.has_tracking(&shipment.tracking) => Found::Altered("another tracking number".to_owned()),
            Some(content) if content != wanted => Found::Altered("other lines or quantities".to_owned()),
            _ => Found::Same(ours),
        });
    }

    let tracked: Vec<&HeldShipment> =
        shipments.into_iter().filter(|held| held.has_tracking(&shipment.tracking)).collect();
    if let Some(same) = tracked.iter().find(|held| held.content().as_ref() == Some(&wanted)) {
        return Some(Found::Same(same));
    }
    // Two despatches of the warehouse may share a tracking number; what the hub recorded for the other one is no conflict.
    let strangers: Vec<&&HeldShipment> = tracked.iter().filter(|held| !held.is_another_parcel(&note)).collect();
    let Some(first) = strangers.first() else {
        return Some(Found::Nothing);
    };
    let mut sum = Content::new();
    for (line, units) in strangers.iter().filter_map(|held| held.content()).flatten() {
        let total = sum.entry(line).or_default();
        *total = total.saturating_add(units);
    }
    // The same parcel entered line by line, by hand.
    let all_known = strangers.iter().all(|held| held.content().is_some());
    Some(if all_known && sum == wanted {
        Found::Same(first)
    } else {
        Found::Foreign("a shipment with this tracking number holds other lines or quantities".to_owned())
    })
}

/// Why a package does not fit what is left to ship, or `Ok`. `None` when the invoice came without its list of lines.
pub(super) fn fits(held: &Held, shipment: &Shipment) -> Option<Result<(), Misfit>> {
    let lines: Vec<&HeldLine> = held.line_items.as_ref()?.iter().flatten().collect();
    let mut sent = Content::new();
    let mut hidden = false;
    for shipped in held.shipments.as_ref()?.iter().flatten() {
        match shipped.content() {
            Some(content) => {
                for (line, units) in content {
                    let sum = sent.entry(line).or_default();
                    *sum = sum.saturating_add(units);
                }
            }
            None => hidden = true,
        }
    }
    for (id, wanted) in content(shipment) {
        let Some(line) = lines.iter().find(|line| line.id.as_deref() == Some(&id)) else {
            return Some(Err(Misfit::NoSuchLine(id)));
        };
        let withdrawn = matches!(line.status_full.as_deref(), Some("CANCELLED" | "REFUNDED"));
        let left = match (line.quantity_awaiting_dispatch, line.quantity) {
            (Some(left), _) => left,
            (None, Some(_)) if withdrawn => 0,
            (None, Some(quantity)) if !hidden => quantity.saturating_sub(sent.get(&id).copied().unwrap_or(0)),
            // Nobody can say; the remote itself refuses what is too much.
            (None, _) => wanted,
        };
        if wanted > left {
            return Some(Err(Misfit::TooMuch { line: id, wanted, left: left.max(0) }));
        }
    }
    Some(Ok(()))
}

/// Why a package does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The invoice has no such line.
    NoSuchLine(String),
    /// More units than are left to ship.
    TooMuch {
        /// The line.
        line: String,
        /// Units in the package.
        wanted: i64,
        /// Units left.
        left: i64,
    },
}

impl Held {
    /// Reads one node; anything that is no invoice is not there.
    pub(super) fn read(node: &Value) -> Option<Self> {
        serde_json::from_value(node.clone()).ok()
    }
}
