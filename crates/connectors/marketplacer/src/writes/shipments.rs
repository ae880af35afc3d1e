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

    /// Who made it, by its note. `effect` and `package` are ours.
    fn maker(&self, effect: &str, package: &str) -> Maker {
        let Some(rest) = self.note.as_deref().and_then(|note| note.trim().strip_prefix(NOTE_START)) else {
            return Maker::SomebodyElse;
        };
        let (reference, key) = rest.split_once(' ').unwrap_or((rest, ""));
        // Either half is enough: a replay has a reference of its own, and an older note names no package.
        let same_package = !package.is_empty() && key.trim() == package.trim();
        if reference == effect || same_package { Maker::Us } else { Maker::UsForAnotherPackage }
    }
}

/// Who made a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// The hub, for this very package.
    Us,
    /// The hub, for another package: never taken for this one, however alike the two are.
    UsForAnotherPackage,
    /// A person, or another tool.
    SomebodyElse,
}

const NOTE_START: &str = "Crossdock ";

/// The note that marks a shipment as made by this effect for this package (`reliability.md §2.3` R15, `§2.5`). Two boxes of one
/// despatch may share tracking number and content; their keys differ.
pub(super) fn note(effect: &str, package: &str) -> String {
    format!("{NOTE_START}{effect} {}", package.trim())
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

/// Looks for a package among an invoice's shipments: first by our note or the id that the remote gave, then, among what the hub
/// did not make, by tracking number and content. `None` when the invoice came without its list of shipments.
pub(super) fn find<'a>(held: &'a Held, shipment: &Shipment, effect: &str, id: Option<&str>) -> Option<Found<'a>> {
    let wanted = content(shipment);
    let shipments: Vec<&HeldShipment> = held.shipments.as_ref()?.iter().flatten().collect();
    let maker = |held: &HeldShipment| held.maker(effect, &shipment.package);

    let ours = |held: &&&HeldShipment| maker(held) == Maker::Us || (id.is_some() && held.id.as_deref() == id);
    let ours: Vec<Found<'a>> = shipments
        .iter()
        .filter(ours)
        .map(|ours| match ours.content() {
            _ if !ours.has_tracking(&shipment.tracking) => Found::Altered("another tracking number".to_owned()),
            Some(content) if content != wanted => Found::Altered("other lines or quantities".to_owned()),
            _ => Found::Same(ours),
        })
        .collect();
    let best = |found: &Found<'_>| !matches!(found, Found::Same(_));
    if let Some(ours) = ours.into_iter().min_by_key(best) {
        return Some(ours);
    }

    let strangers: Vec<&HeldShipment> = shipments
        .into_iter()
        .filter(|held| held.has_tracking(&shipment.tracking) && maker(held) == Maker::SomebodyElse)
        .collect();
    if let Some(same) = strangers.iter().find(|held| held.content().as_ref() == Some(&wanted)) {
        return Some(Found::Same(same));
    }
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
