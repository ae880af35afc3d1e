//! Maps that a person makes: a SKU is this item, a carrier is that carrier.

use crossdock_flow::cause::Cause;
use crossdock_store::StoreError;

use super::act::{Deed, Said, channel, either, went_on};
use super::{suggest, words};
use crate::apply::{fingerprint, recheck_fingerprint, recompute_listings};

/// How many flows one act takes up again.
const MOST: u64 = 10_000;

/// A channel's SKU is a warehouse item from now on (`A101`, `B073`).
pub(super) fn sku(deed: &mut Deed<'_>, connection: &str, sku: &str, item: &str) -> Result<Said, StoreError> {
    let (sku, item) = (sku.trim(), item.trim());
    let rules = match channel(deed.inner, connection) {
        Ok(rules) => rules,
        Err(refused) => return Ok(Err(refused)),
    };
    if sku.is_empty() || item.is_empty() {
        return Ok(Err("Say which SKU is which warehouse item.".to_owned()));
    }
    match deed.tx.item(item)? {
        Some(row) if row.item.active => {}
        Some(_) => {
            return Ok(Err(format!(
                "Item {item} is switched off in the warehouse, so {sku} was not mapped. Activate it there first{}.",
                or_choose(&near(deed, item, sku)?)
            )));
        }
        None => {
            return Ok(Err(format!(
                "The warehouse has no item {item}, so {sku} was not mapped. Create it there first{}.",
                or_choose(&near(deed, item, sku)?)
            )));
        }
    }
    deed.tx.put_alias(connection, sku, item, deed.actor, deed.now)?;
    let remapped = deed.tx.remap(connection, sku)?;
    let text = format!("SKU {sku} is item {item}");
    let mut flows = Vec::new();
    for cause in [Cause::SkuUnknown, Cause::SkuInactive] {
        flows.extend(release(deed, &fingerprint(cause.code(), connection, sku), &text)?);
    }
    let listing = fingerprint(Cause::ListingUnmapped.code(), connection, sku);
    deed.tx.resolve_fingerprint(&listing, &text, deed.now)?;
    recompute_listings(deed.inner, &mut *deed.tx, &remapped, deed.ripple)?;
    deed.ripple.wake(connection);
    let held = deed.still_held(&flows)?;
    let listings = remapped.len() as u64;
    let rest = if flows.is_empty() && listings > 0 {
        let verb = if listings == 1 { "follows" } else { "follow" };
        format!("{} at {} {verb} the item's stock now.", words::count(listings, "listing", "listings"), rules.title)
    } else {
        went_on(flows.len() as u64, held, "order", "orders")
    };
    Ok(Ok(format!("Mapped. {rest}")))
}

/// Writes into the journal of every flow that waits on a fingerprint what a person decided, and steps it.
fn release(deed: &mut Deed<'_>, fingerprint: &str, text: &str) -> Result<Vec<i64>, StoreError> {
    let flows = deed.tx.flows_waiting_on(fingerprint, MOST)?;
    for id in &flows {
        deed.journal(*id, "mapped", text.to_owned(), String::new())?;
    }
    recheck_fingerprint(deed.inner, &mut *deed.tx, fingerprint, deed.now, deed.ripple)?;
    Ok(flows)
}

/// Items like the one that was named, or like the SKU.
fn near(deed: &Deed<'_>, item: &str, sku: &str) -> Result<Vec<String>, StoreError> {
    let mut near = suggest::items(deed.read(), item, None)?;
    for code in suggest::items(deed.read(), sku, None)? {
        if !near.contains(&code) {
            near.push(code);
        }
    }
    near.retain(|code| code != item);
    near.truncate(3);
    Ok(near)
}

fn or_choose(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!(", or choose a code that exists: {}", either(near)) }
}

/// A carrier of the warehouse is a carrier of the channel's list from now on (`B064`).
pub(super) fn carrier(deed: &mut Deed<'_>, connection: &str, carrier: &str, code: &str) -> Result<Said, StoreError> {
    let (carrier, code) = (carrier.trim(), code.trim());
    let rules = match channel(deed.inner, connection) {
        Ok(rules) => rules,
        Err(refused) => return Ok(Err(refused)),
    };
    if carrier.is_empty() || code.is_empty() {
        return Ok(Err("Say which carrier of the warehouse is which carrier of the channel.".to_owned()));
    }
    let title = &rules.title;
    let list = deed.tx.carriers(connection)?;
    if list.is_empty() {
        return Ok(Err(format!(
            "{title}'s list of carriers was not read yet, so {carrier} was not mapped. Try again once it was."
        )));
    }
    let chosen = list
        .iter()
        .find(|entry| entry.code == code)
        .or_else(|| list.iter().find(|entry| entry.code.eq_ignore_ascii_case(code)));
    let Some(chosen) = chosen else {
        let near: Vec<String> = suggest::carriers(&list, code)
            .into_iter()
            .chain(suggest::carriers(&list, carrier))
            .map(|entry| format!("{} ({})", entry.code, entry.name))
            .collect();
        let mut near = near;
        near.dedup();
        near.truncate(3);
        let perhaps = if near.is_empty() {
            format!(" It has {}.", words::count(list.len() as u64, "carrier", "carriers"))
        } else {
            format!(" Perhaps {}.", either(&near))
        };
        return Ok(Err(format!("{title} has no carrier with the code {code}, so {carrier} was not mapped.{perhaps}")));
    };
    let (code, name) = (chosen.code.clone(), chosen.name.clone());
    let key = carrier.to_lowercase();
    deed.tx.put_carrier_alias(connection, &key, &code, deed.actor, deed.now)?;
    let text = format!("Carrier {carrier} is {name} ({code}) at {title}");
    // The warehouse may write one carrier in several ways; the choice holds for all of them.
    let prefix = fingerprint(Cause::CarrierUnknown.code(), connection, "") + "/";
    let mut flows = Vec::new();
    for group in deed.tx.groups()? {
        let same = group.fingerprint.strip_prefix(&prefix).is_some_and(|subject| subject.trim().to_lowercase() == key);
        if same {
            flows.extend(release(deed, &group.fingerprint, &text)?);
        }
    }
    deed.ripple.wake(connection);
    let held = deed.still_held(&flows)?;
    Ok(Ok(format!("Mapped. {}", went_on(flows.len() as u64, held, "parcel", "parcels"))))
}
