//! I1 to I4 and I13: each order once, with what was bought, told once, and nothing in silence.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::audit::{Books, Page};
use super::{Evidence, Verdict};
use crate::rig::MIRAKL;
use crate::simulate::ledger::{Key, Sale, Stored, Units};
use crate::simulate::plan::What;

/// How late a cancellation may be known at the warehouse: the polls of the simulated hub, the pauses of a remote that fails
/// now and then, and the quarter of an hour of invariant I13.
const KNOWN_WITHIN: SignedDuration = SignedDuration::from_mins(90);

pub(super) fn judge(verdict: &mut Verdict, evidence: &Evidence<'_>, books: &Books) {
    for (key, sale) in evidence.ledger.sales.iter().filter(|(_, sale)| sale.placed.is_some()) {
        let page = books.pages.get(key);
        let stored: Vec<(&String, &Stored)> = evidence.ledger.stored_of(key).collect();
        match stored.as_slice() {
            [] => missing(verdict, evidence, key, sale, page),
            [(number, one)] => order(verdict, evidence, key, sale, number, one, page),
            many => {
                let numbers: Vec<&String> = many.iter().map(|(number, _)| *number).collect();
                verdict.find_of("I2", key, format!("{key:?} is in the warehouse as {numbers:?}"));
            }
        }
        states(verdict, evidence, key, sale, page);
    }
    for (number, stored) in &evidence.ledger.stored {
        if !evidence.ledger.sales.contains_key(&stored.key) {
            verdict.find_of(
                "I2",
                &stored.key,
                format!("{number} of {:?} is in the warehouse and nobody placed it", stored.key),
            );
        }
        late_writes(verdict, evidence, number, stored);
    }
}

/// I3. Nobody can know of a pick or a cancellation that happened while a call was under way or waited for its turn, or while a
/// replica lagged: those few minutes are the remote's, not the hub's.
fn late_writes(verdict: &mut Verdict, evidence: &Evidence<'_>, number: &str, stored: &Stored) {
    let Some(first) = stored.late_writes.first() else { return };
    // What is not released yet leaves only by a person's hand.
    let by_hand = evidence.story.was(&stored.key, &[What::CarrierUnknown]);
    let left = stored.parcels.values().map(|(at, _)| *at).filter(|_| by_hand).min();
    let begun = [stored.cancelled, left].into_iter().flatten().filter(|at| at <= first).min();
    let lag = SignedDuration::from_mins(25);
    if begun.is_some_and(|at| first.duration_since(at) <= lag) {
        return;
    }
    verdict.find_of(
        "I3",
        &stored.key,
        format!("{number} was written at {first}, after picking began or it was cancelled"),
    );
}

/// Causes that an order may be held for because of what happened to it.
fn causes(evidence: &Evidence<'_>, key: &Key, sale: &Sale) -> BTreeSet<&'static str> {
    let mut causes = BTreeSet::new();
    match sale.defect.as_deref() {
        Some("unknown_sku") if !evidence.story.was(key, &[What::UnknownSkuMapped]) => {
            causes.insert("sku.unknown");
        }
        Some("no_postcode") => {
            causes.insert("address.incomplete");
        }
        Some("long_address") => {
            causes.insert("address.too_long");
        }
        _ => {}
    }
    let touches: &[(What, &[&'static str])] = &[
        (What::CustomerCancels, &["order.cancelled_late", "despatch.refused", "despatch.mismatch"]),
        (
            What::CustomerCancelsPart,
            // Mirakl does not say how many units of a line are left.
            &["order.cancelled_late", "despatch.refused", "despatch.mismatch", "channel.state"],
        ),
        // Released without the units while nobody had decided; turned down, they are lacking.
        (What::CancellationAsked, &["order.cancelled_late", "order.more_wanted"]),
        (What::AddressAmended, &["order.changed", "order.cancelled_late"]),
        (What::WarehouseCancels, &["warehouse.cancelled", "warehouse.refused", "order.cancelled_late", "order.late"]),
        (
            What::WarehouseDeletes,
            // Deleted while it is released, it is made anew without its lines.
            &["warehouse.cancelled", "warehouse.conflict", "order.cancelled_late", "order.late"],
        ),
        (
            What::WarehouseEditsQuantity,
            // An order that is edited while it is written is refused.
            &[
                "despatch.mismatch",
                "warehouse.mismatch",
                "warehouse.refused",
                "warehouse.conflict",
                "order.late",
                "despatch.refused",
            ],
        ),
        (What::WarehouseEditsAddress, &["warehouse.mismatch"]),
        // Sent off by hand before it was whole.
        (What::CarrierUnknown, &["warehouse.mismatch"]),
    ];
    for (what, allowed) in touches {
        if evidence.story.was(key, &[*what]) {
            causes.extend(allowed.iter());
        }
    }
    if forgotten(evidence, key, sale) {
        // Told in part by the hub before: what is left of it is not what the warehouse has.
        causes.extend(["warehouse.refused", "warehouse.mismatch", "despatch.mismatch", "order.late"]);
    }
    causes
}

/// Whether an old backup was put in place that did not know what had been done for the order.
pub(super) fn forgotten(evidence: &Evidence<'_>, key: &Key, sale: &Sale) -> bool {
    let stored = evidence.ledger.stored_of(key);
    let there = stored.flat_map(|(_, one)| {
        one.created.iter().copied().chain(one.parcels.values().map(|(at, _)| *at)).collect::<Vec<_>>()
    });
    let told = sale.shipped.values().flatten().map(|(at, _)| *at);
    evidence.story.forgot(there.chain(told))
}

/// An order that the warehouse never had.
fn missing(verdict: &mut Verdict, evidence: &Evidence<'_>, key: &Key, sale: &Sale, page: Option<&Page>) {
    if !sale.shipped.is_empty() {
        verdict.find_of("I4", key, format!("{key:?} was told as shipped and never was in the warehouse"));
    }
    if sale.over() {
        return;
    }
    // Mirakl shows an order before it may be shipped; a defective one stands in front of a person all the same.
    let held: Vec<&String> = page.map(|page| page.open.iter().collect()).unwrap_or_default();
    if sale.ready.is_none() && sale.defect.is_none() {
        return verdict.find_of(
            "I1",
            key,
            format!("{key:?} never became ready: {held:?}, {:?}", page.map(Page::state)),
        );
    }
    let allowed = causes(evidence, key, sale);
    match held.as_slice() {
        [] => verdict.find_of("I1", key, format!("{key:?} may be shipped and is nowhere: {:?}", page.map(Page::state))),
        open => {
            if let Some(strange) = open.iter().find(|cause| !allowed.contains(cause.as_str())) {
                verdict.find_of("I1", key, format!("{key:?} is held for {strange} without a reason"));
            }
            if open.len() > 1 {
                verdict.find_of(
                    "I1",
                    key,
                    format!("{key:?} stands in front of a person {} times: {open:?}", open.len()),
                );
            }
        }
    }
}

/// What the lines of a sale are in the warehouse.
pub(super) fn as_items(evidence: &Evidence<'_>, connection: &str, units: &Units) -> Units {
    let mut items = Units::new();
    for (sku, count) in units {
        let item = evidence.story.mapped.get(&(connection.to_owned(), sku.clone())).unwrap_or(sku);
        *items.entry(item.clone()).or_insert(0) += count;
    }
    items
}

fn order(
    verdict: &mut Verdict,
    evidence: &Evidence<'_>,
    key: &Key,
    sale: &Sale,
    number: &str,
    stored: &Stored,
    page: Option<&Page>,
) {
    if stored.created.len() > stored.deleted.len() + 1 {
        verdict.find_of("I2", key, format!("{number} was created {} times", stored.created.len()));
    }
    // A line that is wrong may also be cancelled, or left out while that is asked for.
    let left_out = sale.defect.as_deref() == Some("unknown_sku")
        && evidence.story.was(key, &[What::CancellationAsked, What::CustomerCancelsPart]);
    let mended =
        evidence.story.was(key, &[What::UnknownSkuMapped, What::CorrectAddress, What::AddressAmended]) || left_out;
    if sale.defect.is_some() && !mended {
        verdict.find_of("I1", key, format!("{number} is in the warehouse although it is wrong: {:?}", sale.defect));
    }
    let made = stored.created.first().copied().unwrap_or(evidence.now);
    match sale.ready {
        Some(ready) if ready <= made => {}
        _ => verdict.find_of("I2", key, format!("{number} went to the warehouse before it was released")),
    }
    if let Some(cancelled) = sale.cancelled
        && cancelled < evidence.story.excused(made, KNOWN_WITHIN)
    {
        verdict.find_of("I13", key, format!("{number} was created at {made}, and cancelled at {cancelled}"));
    }
    if stored.exists() {
        lines(verdict, evidence, key, sale, number, stored);
    }
    parcels(verdict, evidence, key, sale, number, stored, page);
    silence(verdict, evidence, key, sale, number, stored, page);
}

/// I2: the lines are what was bought, less what was cancelled by some moment before they were written, or as a person left
/// them.
fn lines(verdict: &mut Verdict, evidence: &Evidence<'_>, key: &Key, sale: &Sale, number: &str, stored: &Stored) {
    let moments = sale.dropped.iter().map(|(at, _)| *at).chain([sale.placed.unwrap_or(evidence.now)]);
    let asked = evidence.story.was(key, &[What::CancellationAsked]);
    // What is asked to be cancelled does not go there; whether somebody is told of it in the end, `silence` looks at.
    let part = |left: &Units| stored.lines.iter().all(|(item, count)| left.get(item).is_some_and(|most| count <= most));
    let given = |left: &Units| *left == stored.lines || asked && !stored.lines.is_empty() && part(left);
    let fits = moments
        .filter(|at| {
            let made = stored.created.last();
            // A person who has it checked again has it written as it is now.
            let anew = evidence.story.was(key, &[What::Replay]);
            anew || made.is_none_or(|made| *at <= super::super::course::later(*made, KNOWN_WITHIN))
        })
        .any(|at| given(&as_items(evidence, &key.0, &sale.left_at(at))));
    // A header whose lines never followed is a part of an order that was stopped; it is never released.
    let stopped = stored.released.is_none();
    if !fits && !stopped {
        let bought = as_items(evidence, &key.0, &sale.units);
        verdict.find_of("I2", key, format!("{number}: bought {bought:?}, the warehouse has {:?}", stored.lines));
    }
}

/// I4: each parcel is told once, with its number and its units, and nothing else is.
fn parcels(
    verdict: &mut Verdict,
    evidence: &Evidence<'_>,
    key: &Key,
    sale: &Sale,
    number: &str,
    stored: &Stored,
    page: Option<&Page>,
) {
    for (tracking, shipments) in &sale.shipped {
        if shipments.len() > 1 {
            verdict.find_of("I4", key, format!("{number}: parcel {tracking} was told {} times", shipments.len()));
        }
        if !stored.parcels.contains_key(tracking) {
            verdict.find_of("I4", key, format!("{number}: the channel has a parcel {tracking} that never left"));
        }
    }
    let mut told: Units = Units::new();
    for (_, units) in sale.shipped.values().flatten() {
        for (sku, count) in units {
            *told.entry(sku.clone()).or_insert(0) += count;
        }
    }
    if told.iter().any(|(sku, count)| sale.units.get(sku).copied().unwrap_or(0) < *count) {
        verdict.find_of("I4", key, format!("{number}: {told:?} was told, {:?} was bought", sale.units));
    }
    // What was cancelled at the marketplace before it left is not to be told there; a person deals with the parcel.
    let disturbed = sale.over() || evidence.story.was(key, &DISTURBED) || forgotten(evidence, key, sale);
    // Entered at the channel by the hub before, and not sent off: told when it is late.
    let due = page.and_then(Page::deadline).is_some_and(|at| at > evidence.now);
    let asks = page.is_some_and(|page| !page.open.is_empty()) || forgotten(evidence, key, sale) && due;
    if evidence.single_shipment && key.0 == MIRAKL {
        return as_one(verdict, evidence, key, sale, number, stored, disturbed && asks);
    }
    // What left beyond what was wanted had stood in front of a person, and was forgotten with the backup: for the channel
    // the order is complete, so the restored hub has nothing to say of it.
    let whole = !told.is_empty() && told == sale.left_at(evidence.now);
    let elsewhere = page.is_some_and(|page| page.state() == "elsewhere") && forgotten(evidence, key, sale) && whole;
    for (tracking, (at, items)) in &stored.parcels {
        let sent = sale.shipped.get(tracking).and_then(|shipments| shipments.first());
        let good = sent.is_some_and(|(_, units)| as_items(evidence, &key.0, units) == *items);
        let excused = disturbed && (asks || sale.over()) || elsewhere && sent.is_none();
        if !good && !excused {
            let told = sent.map(|(_, units)| units);
            verdict.find_of(
                "I4",
                key,
                format!("{number}: parcel {tracking} with {items:?} left at {at}, the channel has {told:?}"),
            );
        }
    }
}

/// Events after which a parcel may be another than the channel expects.
const DISTURBED: [What; 5] = [
    What::CustomerCancels,
    What::CustomerCancelsPart,
    What::CancellationAsked,
    What::WarehouseEditsQuantity,
    What::WarehouseCancels,
];

/// Where a channel takes one shipment for an order: it is one of the parcels', with everything in it.
fn as_one(
    verdict: &mut Verdict,
    evidence: &Evidence<'_>,
    key: &Key,
    sale: &Sale,
    number: &str,
    stored: &Stored,
    excused: bool,
) {
    let left = stored.left();
    let wanted = as_items(evidence, &key.0, &sale.left_at(evidence.now));
    let whole = !left.is_empty() && wanted.iter().all(|(item, count)| left.get(item).copied().unwrap_or(0) >= *count);
    let good = match sale.shipped.iter().collect::<Vec<_>>().as_slice() {
        [] => !whole || sale.over(),
        [(tracking, shipments)] => {
            let units = shipments.first().map(|(_, units)| as_items(evidence, &key.0, units));
            stored.parcels.contains_key(*tracking) && units.is_some_and(|units| units == wanted || units == left)
        }
        _ => false,
    };
    if !good && !excused {
        verdict.find_of("I4", key, format!("{number}: {left:?} left, the channel has {:?}", sale.shipped));
    }
}

/// I13, I1: an order that the warehouse has and that will not leave as it is stands in front of a person in time.
fn silence(
    verdict: &mut Verdict,
    evidence: &Evidence<'_>,
    key: &Key,
    sale: &Sale,
    number: &str,
    stored: &Stored,
    page: Option<&Page>,
) {
    let first_left = stored.parcels.values().map(|(at, _)| *at).min();
    if let Some(cancelled) = sale.cancelled
        && stored.released.is_some_and(|released| released <= cancelled || first_left.is_some())
    {
        // Over before anybody could have told: cancelled in the warehouse too, or gone already.
        let ended = [stored.cancelled, stored.deleted.last().copied()].into_iter().flatten().min();
        let bound = |at: Timestamp| super::super::course::later(at, KNOWN_WITHIN);
        let by = evidence.story.outages.iter().fold(bound(cancelled), |by, (begin, end)| {
            if *begin <= by && *end >= cancelled { by.max(bound(*end)) } else { by }
        });
        // A backup that was made before somebody was told does not know it: it is told anew.
        let by = evidence.story.restored.iter().fold(by, |by, (restored, copied)| {
            if *copied <= by && *restored >= cancelled { by.max(bound(*restored)) } else { by }
        });
        let told = page.is_some_and(|page| {
            page.ever.iter().any(|(cause, at)| TELLS_CANCELLED.contains(&cause.as_str()) && *at <= by)
        });
        let over_in_time = ended.is_some_and(|at| at <= by);
        let gone_before = first_left.is_some_and(|at| at <= by);
        if !told && !over_in_time && !gone_before {
            let ever = page.map(|page| &page.ever);
            verdict.find_of(
                "I13",
                key,
                format!("{number} was cancelled at {cancelled} and nobody was told by {by}: {ever:?}"),
            );
        }
    }
    let all_left = {
        let (left, wanted) = (stored.left(), as_items(evidence, &key.0, &sale.left_at(evidence.now)));
        wanted.iter().all(|(item, count)| left.get(item).copied().unwrap_or(0) >= *count)
    };
    let ended = !stored.exists() || stored.cancelled.is_some();
    let open = page.map_or(&[][..], |page| page.open.as_slice());
    // Of what the hub before did of it, the restored one sees what the channel has of it; what is missing of an order that
    // stands in the warehouse is told when it is late.
    let due = page.and_then(Page::deadline).is_some_and(|at| at > evidence.now);
    let told_when_late = !ended && due && forgotten(evidence, key, sale);
    if !all_left && !sale.over() && open.is_empty() && !told_when_late {
        let how = if ended { "is cancelled or deleted in the warehouse" } else { "stays in the warehouse" };
        verdict.find_of(
            "I1",
            key,
            format!("{number} {how}, nobody is told, and it has not left: {:?}", page.map(Page::state)),
        );
    }
    let allowed = causes(evidence, key, sale);
    if let Some(strange) = open.iter().find(|cause| !allowed.contains(cause.as_str())) {
        verdict.find_of(
            "I1",
            key,
            format!("{number} is held for {strange} without a reason: {:?}", evidence.story.touched.get(key)),
        );
    }
}

const TELLS_CANCELLED: [&str; 4] = ["order.cancelled_late", "despatch.refused", "warehouse.cancelled", "order.late"];

/// The hub's own state of an order agrees with what happened.
fn states(verdict: &mut Verdict, evidence: &Evidence<'_>, key: &Key, sale: &Sale, page: Option<&Page>) {
    let Some(page) = page else {
        return verdict.find_of("I1", key, format!("{key:?} was placed and the hub never saw it"));
    };
    let told: Units = sale.shipped.values().flatten().fold(Units::new(), |mut sum, (_, units)| {
        units.iter().for_each(|(sku, count)| *sum.entry(sku.clone()).or_insert(0) += count);
        sum
    });
    let whole = !told.is_empty() && told == sale.left_at(evidence.now);
    let state = page.state();
    let elsewhere = state == "elsewhere" && forgotten(evidence, key, sale);
    if whole && state != "confirmed" && !elsewhere && page.open.is_empty() {
        verdict.find_of("I11", key, format!("{key:?} is complete everywhere and the hub says {state}"));
    }
    // A restored hub that does not know of a shipment which was entered and not sent off has a parcel too many, and says so.
    let told_of_parcel = forgotten(evidence, key, sale) && page.open.iter().any(|cause| cause == "despatch.mismatch");
    let excused = sale.over() || evidence.story.was(key, &DISTURBED) || told_of_parcel;
    if !whole && state == "confirmed" && !excused {
        verdict.find_of(
            "I4",
            key,
            format!("{key:?} is confirmed for the hub; the channel has {told:?} of {:?}", sale.units),
        );
    }
}
