//! Acts on one order: another try, a corrected address.

use crossdock_desk::AddressParts;
use crossdock_flow::cause::Cause;
use crossdock_flow::despatch::DespatchEvent;
use crossdock_flow::order::{AddressFix, OrderEvent, OrderState};
use crossdock_model::{Address, Private, Readiness, country_named};
use crossdock_store::{FlowRow, HintRow, StoreError};

use super::act::{Deed, Said, went_on};
use super::locate::locate;
use super::view::{Order, View, address};
use super::words;
use crate::apply::{order_event, parcel_event, read_order};

/// The order that an act names, or a sentence.
fn named(deed: &Deed<'_>, id: &str) -> Result<Result<FlowRow, String>, StoreError> {
    let Some(located) = locate(deed.read(), id)? else {
        return Ok(Err(format!("No order has the number {}, so nothing was done.", id.trim())));
    };
    if located.ambiguous {
        return Ok(Err(format!(
            "More than one order has the number {}, so nothing was done. Use the number that the warehouse has for it.",
            id.trim()
        )));
    }
    Ok(Ok(located.row))
}

/// Checks a held order and its held parcels again.
pub(super) fn replay(deed: &mut Deed<'_>, id: &str) -> Result<Said, StoreError> {
    let row = match named(deed, id)? {
        Ok(row) => row,
        Err(refused) => return Ok(Err(refused)),
    };
    let (id, number) = (row.id, row.number.clone());
    let Ok(state) = read_order(&row) else {
        return unreadable(deed, &row);
    };
    let parcels: Vec<i64> =
        deed.tx.children(id)?.into_iter().filter(|child| child.cause.is_some()).map(|child| child.id).collect();
    let held = state.held.is_some();
    if !held && row.cause.as_deref() == Some(Cause::Unreadable.code()) {
        return unreadable(deed, &row);
    }
    if !held && parcels.is_empty() {
        let words = standing(deed, row);
        return Ok(Err(format!("{number} is not held ({words}), so there is nothing to replay.")));
    }
    // What it waits for may have been mended at the marketplace: the newest document is fetched as well.
    ask_again(deed, &row.connection, &state.order.id)?;
    if held {
        let event = OrderEvent::Replay { actor: deed.actor.to_owned() };
        order_event(deed.inner, &mut *deed.tx, row, event, deed.now, deed.ripple)?;
    }
    for parcel in &parcels {
        deed.journal(*parcel, "replayed", format!("Replayed by {}", deed.actor), String::new())?;
        if let Some(child) = deed.tx.flow(*parcel)? {
            let event = DespatchEvent::Replay;
            parcel_event(deed.inner, &mut *deed.tx, child, event, deed.now, deed.ripple)?;
        }
    }
    if !held {
        let still = deed.still_held(&parcels)?;
        return Ok(Ok(if still == parcels.len() as u64 {
            format!("Checked again: {}", still_words(deed, &parcels)?)
        } else {
            format!("Replayed. {}", went_on(parcels.len() as u64, still, "parcel", "parcels"))
        }));
    }
    outcome(deed, id, "Replayed").map(Ok)
}

/// Why the first of these parcels is still held.
fn still_words(deed: &Deed<'_>, parcels: &[i64]) -> Result<String, StoreError> {
    let row = parcels.first().map(|id| deed.tx.flow(*id)).transpose()?.flatten();
    let detail = row
        .and_then(|row| crate::apply::read_parcel(&row).ok())
        .and_then(|state| state.held)
        .map(|(cause, _, detail)| if detail.is_empty() { cause.title().to_owned() } else { detail });
    Ok(words::sentence(&format!("still held, {}", detail.unwrap_or_else(|| "as before".to_owned()))))
}

/// A document that cannot be read is fetched again: the marketplace may have mended it.
fn unreadable(deed: &mut Deed<'_>, row: &FlowRow) -> Result<Said, StoreError> {
    let title = super::view::title(deed.inner, &row.connection);
    let Some(remote_id) = remote_id(row) else {
        return Ok(Err(format!(
            "The document names no order, so {title} cannot be asked for it again. Look at the raw document."
        )));
    };
    ask_again(deed, &row.connection, remote_id)?;
    deed.journal(row.id, "replayed", format!("Replayed by {}", deed.actor), "fetched again".to_owned())?;
    Ok(Ok(format!("{title} is asked for {} again; it goes on as soon as it can be read.", row.number)))
}

/// The channel's id of an order, unless its document was so broken that it has none.
pub(super) fn remote_id(row: &FlowRow) -> Option<&str> {
    let (_, id) = row.key.split_once('/')?;
    (!id.is_empty() && !id.starts_with("unreadable-")).then_some(id)
}

fn ask_again(deed: &mut Deed<'_>, connection: &str, remote_id: &str) -> Result<(), StoreError> {
    let hint = HintRow {
        connection: connection.to_owned(),
        kind: "orders_by_id".to_owned(),
        key: remote_id.to_owned(),
        at: deed.now,
    };
    deed.tx.add_hint(&hint)?;
    deed.ripple.wake(connection);
    Ok(())
}

/// Corrects the address of an order that the warehouse does not have yet (`A103`, `A104`).
pub(super) fn correct(deed: &mut Deed<'_>, id: &str, parts: &AddressParts) -> Result<Said, StoreError> {
    let row = match named(deed, id)? {
        Ok(row) => row,
        Err(refused) => return Ok(Err(refused)),
    };
    let (id, number) = (row.id, row.number.clone());
    let Ok(state) = read_order(&row) else {
        return Ok(Err(format!("{number} cannot be read, so it has no address to correct. Look at the raw document.")));
    };
    if let Some(refused) = too_late(deed, &state, &number) {
        return Ok(Err(refused));
    }
    if is_hidden(&state) {
        let title = super::view::title(deed.inner, &row.connection);
        return Ok(Err(format!(
            "{title} shows the address of {number} only once it may be shipped, so there is nothing to correct yet. Correct it then."
        )));
    }
    if parts.is_blank() {
        return Ok(Err("All fields were empty, so the address is as it was.".to_owned()));
    }
    let fix = match fix(parts, &address(&state)) {
        Ok(fix) => fix,
        Err(refused) => return Ok(Err(refused)),
    };
    if !fix.postcode.is_blank() {
        deed.tx.add_terms(id, &[fix.postcode.text().to_owned()])?;
    }
    let event = OrderEvent::Corrected { fix, actor: deed.actor.to_owned() };
    order_event(deed.inner, &mut *deed.tx, row, event, deed.now, deed.ripple)?;
    outcome(deed, id, "Corrected").map(Ok)
}

/// The correction that typed parts make of the address as it is, or a sentence why they make none.
fn fix(parts: &AddressParts, now: &Address) -> Result<AddressFix, String> {
    let keep = |new: &Private<String>, old: &Private<String>| match new.text().trim() {
        "" => old.clone(),
        AddressParts::EMPTIED => Private::default(),
        new => Private::from(new),
    };
    let country = match parts.country.text().trim() {
        "" => (now.country_code.clone(), now.country.clone()),
        typed => match country_named(typed) {
            Some((code, name)) => (code.to_owned(), name.to_owned()),
            None => {
                return Err(format!(
                    "\"{typed}\" is not a country that Crossdock knows, so nothing was corrected. Write its English name \
                     (Ireland) or its two-letter code (IE)."
                ));
            }
        },
    };
    Ok(AddressFix {
        line1: keep(&parts.line1, &now.line1),
        line2: keep(&parts.line2, &now.line2),
        city: keep(&parts.city, &now.city),
        postcode: keep(&parts.postcode, &now.postcode),
        recipient: Some(keep(&parts.recipient, &now.recipient)),
        company: Some(keep(&parts.company, &now.company)),
        region: Some(keep(&parts.region, &now.region)),
        country: Some(country),
    })
}

/// Whether the marketplace has not said yet where it goes. A part that is corrected then would pass for the whole address.
fn is_hidden(state: &OrderState) -> bool {
    let early = matches!(state.order.readiness, Readiness::AwaitingAcceptance | Readiness::NotYet(_));
    early && address(state).is_blank()
}

/// Whether a correction would reach the warehouse: it does not have the order yet, or has refused it.
pub(super) fn correctable(state: &OrderState) -> bool {
    // A refusal sends it through the checks again. A doubt does too, but then the warehouse may have the old address.
    let doubt = matches!(state.held, Some((Cause::InDoubt, ..)));
    !state.stage.is_final() && (!state.stage.at_warehouse() || state.refused && !doubt)
}

/// Why an address can no longer be corrected here.
fn too_late(deed: &Deed<'_>, state: &OrderState, number: &str) -> Option<String> {
    let warehouse = super::view::title(deed.inner, &deed.inner.settings.warehouse);
    if state.stage.is_final() {
        return Some(format!("{number} is done; its address is not used any more."));
    }
    if !correctable(state) {
        return Some(format!("{warehouse} has, or may have, {number} as {}; correct the address there.", state.number));
    }
    None
}

/// How the order stands after an act.
fn outcome(deed: &Deed<'_>, id: i64, done: &str) -> Result<String, StoreError> {
    let Some(row) = deed.tx.flow(id)? else {
        return Ok(format!("{done}."));
    };
    let number = row.number.clone();
    let held = read_order(&row).ok().and_then(|state| state.held);
    Ok(match held {
        Some((cause, _, detail)) => {
            let why = if detail.is_empty() { cause.title() } else { &detail };
            words::sentence(&format!("{done}, and {number} is still held: {why}"))
        }
        None => format!("{done}. {number} goes on: {}.", standing(deed, row)),
    })
}

/// `on its way to the warehouse`.
fn standing(deed: &Deed<'_>, row: FlowRow) -> String {
    let view = View { inner: deed.inner, tx: deed.read(), now: deed.now };
    let order = Order::read(&view, row);
    order.telling(deed.now, 0).map_or_else(|| "it cannot be read".to_owned(), |telling| words::small(&telling.words))
}
