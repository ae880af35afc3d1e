//! I7: what a channel shows is never above what can be shipped as it could be known, and converges.

use jiff::{SignedDuration, Timestamp};

use super::audit::Books;
use super::orders::{as_items, forgotten};
use super::{Evidence, Verdict};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX};
use crate::simulate::ledger::Units;
use crate::simulate::plan::What;

/// How old a figure may be that is published: the sweep of the simulated hub when every event is lost, the age of a lagging
/// replica, a call that is executed late, and a file's way through the marketplace.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(150);

pub(super) fn judge(verdict: &mut Verdict, evidence: &Evidence<'_>, books: &Books) {
    bounds(verdict, evidence);
    converges(verdict, evidence, books);
}

fn parts<'a>(evidence: &'a Evidence<'_>, sku: &str) -> Option<&'a [(String, i64)]> {
    let item = evidence.world.item(sku)?;
    (!item.parts.is_empty()).then_some(item.parts.as_slice())
}

/// The warehouse item of a channel's SKU.
fn item_of<'a>(evidence: &'a Evidence<'_>, connection: &str, sku: &'a str) -> &'a str {
    evidence.story.mapped.get(&(connection.to_owned(), sku.to_owned())).map_or(sku, String::as_str)
}

fn buffer(evidence: &Evidence<'_>, connection: &str, from: Timestamp, to: Timestamp) -> (i64, i64) {
    let set = evidence.story.buffers.get(connection).map_or(&[][..], Vec::as_slice);
    let before = set.iter().take_while(|(at, _)| *at <= from).last().map_or(1, |(_, units)| *units);
    let within = set.iter().filter(|(at, _)| *at > from && *at <= to).map(|(_, units)| *units);
    within.fold((before, before), |(least, _), units| (least.min(units), units))
}

/// Each figure that was published is at most what was available in the time that it may be about, less the buffer.
fn bounds(verdict: &mut Verdict, evidence: &Evidence<'_>) {
    let mut found = 0;
    for (at, connection, sku, quantity) in &evidence.ledger.published {
        let from = evidence.story.excused(*at, KNOWN_FOR);
        let most = |item: &str| {
            let opening = evidence.world.item(item).map_or(0, |item| item.on_hand);
            evidence.ledger.most_available(item, opening, from, *at)
        };
        let item = item_of(evidence, connection, sku);
        let units = match parts(evidence, item) {
            Some(parts) => parts.iter().map(|(part, per_kit)| most(part) / (*per_kit).max(1)).min().unwrap_or(0),
            None => most(item),
        };
        let (least_buffer, _) = buffer(evidence, connection, from, *at);
        let bound = (units - least_buffer).max(0);
        if *quantity > bound {
            found += 1;
            if found <= 3 {
                verdict.find(
                    "I7",
                    format!(
                        "{connection} was told {quantity} of {sku} at {at}; it was never above {bound} since {from}"
                    ),
                );
            }
        }
    }
}

/// After everything was mended, each channel shows what can be shipped, less what waits outside the warehouse and the buffer.
fn converges(verdict: &mut Verdict, evidence: &Evidence<'_>, books: &Books) {
    let (demand, vague) = (demand(evidence, books), vague(evidence, books));
    let available = evidence.states.get(PEOPLEVOX).map(|state| &state["available"]);
    let of = |units: &Units, item: &str| units.get(item).copied().unwrap_or(0);
    let shippable = |item: &str, cautious: bool| -> Option<i64> {
        let plain = |item: &str| -> Option<i64> {
            let held_back = of(&demand, item) + if cautious { of(&vague, item) } else { 0 };
            Some((available?.get(item)?.as_i64()? - held_back).max(0))
        };
        let Some(parts) = parts(evidence, item) else { return plain(item) };
        let kits = parts.iter().map(|(part, per_kit)| plain(part).map(|units| units / (*per_kit).max(1)));
        kits.min().flatten()
    };
    let mut found = 0;
    for connection in [MARKETPLACER, MIRAKL] {
        let shown = evidence.states.get(connection).and_then(|state| state["stock"].as_object());
        let (_, buffer) = buffer(evidence, connection, evidence.now, evidence.now);
        for (sku, shown) in shown.into_iter().flatten() {
            let item = item_of(evidence, connection, sku);
            // A listing that the warehouse does not know is an exception of its own, not a figure.
            let (Some(least), Some(units)) = (shippable(item, true), shippable(item, false)) else { continue };
            let (least, expected) = ((least - buffer).max(0), (units - buffer).max(0));
            if !shown.as_i64().is_some_and(|shown| (least..=expected).contains(&shown)) {
                found += 1;
                if found <= 5 {
                    let wanting = wanting(evidence, books, item);
                    verdict.find(
                        "I7",
                        format!("{connection} shows {shown} of {sku}, {expected} can be shipped; {wanting}"),
                    );
                }
            }
        }
    }
}

/// Which orders of an item are not simply done, to see where units went.
fn wanting(evidence: &Evidence<'_>, books: &Books, item: &str) -> String {
    let mut orders = Vec::new();
    for (key, sale) in &evidence.ledger.sales {
        let of_item = sale.units.keys().any(|sku| {
            let bought = item_of(evidence, &key.0, sku);
            bought == item || parts(evidence, bought).is_some_and(|parts| parts.iter().any(|(part, _)| part == item))
        });
        let state = books.pages.get(key).map_or("unseen", |page| page.state());
        if of_item && (state != "confirmed" || evidence.story.touched.contains_key(key) || !sale.dropped.is_empty()) {
            let touches = evidence.story.touched.get(key);
            orders.push(format!("{} {state} {:?} {touches:?}", key.1, sale.left_at(evidence.now)));
        }
    }
    if orders.is_empty() { "every order of it is done".to_owned() } else { orders.join("; ") }
}

/// Units of items that the hub may hold back because nobody could tell it better: of an order that a person has to look at
/// and whose past an old backup forgot or of which a person changed units or sent some off in the warehouse, and of one that Mirakl calls partly cancelled without saying by how much.
fn vague(evidence: &Evidence<'_>, books: &Books) -> Units {
    let mut vague = Units::new();
    for (key, sale) in &evidence.ledger.sales {
        let open = books.pages.get(key).map_or(&[][..], |page| page.open.as_slice());
        let unclear = open.iter().any(|cause| cause == "channel.state") && !sale.dropped.is_empty();
        let by_hand = evidence.story.was(key, &[What::WarehouseEditsQuantity, What::CarrierUnknown]);
        let strange = forgotten(evidence, key, sale) || by_hand;
        if unclear || !open.is_empty() && strange {
            for (sku, count) in &sale.units {
                add(evidence, &mut vague, &key.0, sku, *count);
            }
        }
    }
    vague
}

/// Counts units of a SKU as the items that they are.
fn add(evidence: &Evidence<'_>, sum: &mut Units, connection: &str, sku: &str, count: i64) {
    let item = item_of(evidence, connection, sku);
    match parts(evidence, item) {
        Some(parts) => {
            for (part, per_kit) in parts {
                *sum.entry(part.clone()).or_insert(0) += per_kit * count;
            }
        }
        None => *sum.entry(item.to_owned()).or_insert(0) += count,
    }
}

/// Units of items that orders outside the warehouse still want.
fn demand(evidence: &Evidence<'_>, books: &Books) -> Units {
    let mut demand = Units::new();
    for (key, sale) in &evidence.ledger.sales {
        let in_warehouse =
            evidence.ledger.stored_of(key).any(|(_, stored)| stored.exists() && stored.cancelled.is_none());
        let sent =
            !sale.shipped.is_empty() || evidence.ledger.stored_of(key).any(|(_, stored)| !stored.parcels.is_empty());
        if sale.over() || !books.pages.contains_key(key) {
            continue;
        }
        let left = sale.left_at(evidence.now);
        if !in_warehouse && !sent {
            left.iter().for_each(|(sku, count)| add(evidence, &mut demand, &key.0, sku, *count));
        } else if evidence.story.was(key, &[What::CancellationAsked]) && !forgotten(evidence, key, sale) {
            // The warehouse was not given what was asked to be cancelled. A restored hub that finds the rest in the warehouse
            // takes it for what is still to leave, and tells of it when it is late.
            for (item, count) in as_items(evidence, &key.0, &left) {
                let given = evidence.ledger.stored_of(key).map(|(number, stored)| {
                    let added = evidence.story.added.get(number).and_then(|added| added.get(&item));
                    stored.lines.get(&item).copied().unwrap_or(0) + added.copied().unwrap_or(0)
                });
                add(evidence, &mut demand, &key.0, &item, (count - given.sum::<i64>()).max(0));
            }
        }
    }
    demand
}
