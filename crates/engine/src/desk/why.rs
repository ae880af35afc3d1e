//! One true sentence about any id (`A033`, `B032`, `F99`).

use std::sync::Arc;

use crossdock_desk::{DeskError, Tone, Why};
use crossdock_flow::cause::Cause;
use crossdock_store::StoreError;
use jiff::Timestamp;

use super::locate::locate;
use super::orders::{row_of, shown_state};
use super::view::{Order, Parcel, View, title};
use super::words;
use crate::{Hub, Inner, intake};

/// How many matches of a text are counted.
const MOST: u64 = 50;
/// Longer texts are no ids: nobody is asked about them.
const LONGEST_ID: usize = 60;

/// The sentence about an order. Looks at its parcels too: a held parcel holds the order's end.
pub(super) fn of_order(view: &View<'_>, id: &str, order: &Order, parcels: &[Parcel]) -> Result<Why, StoreError> {
    let row = row_of(view, order);
    let mut why = Why {
        id: id.to_owned(),
        known: true,
        sentence: String::new(),
        state: Some(row.state),
        cause: None,
        owner: None,
        fix: None,
        due: row.due,
        others: 0,
        tone: row.tone,
    };
    let Some(state) = &order.state else {
        return placeholder(view, order, why);
    };
    if let Some((cause, subject, _)) = &state.held {
        why.others = view.others(cause.code(), &order.row.connection, subject)?;
        held(&mut why, *cause);
    }
    why.sentence = order.telling(view.now, why.others).map(|telling| telling.sentence).unwrap_or_default();
    let done = matches!(order.row.state.as_str(), "confirmed" | "cancelled" | "elsewhere");
    if !done && view.inner.recovery.reads_only() {
        why.sentence.push_str(
            " Nothing is sent anywhere at the moment: the database was restored, and nobody has released it yet.",
        );
    }
    if state.held.is_none() {
        if let Some((parcel, cause, subject, detail)) = held_parcel(parcels) {
            why.others = view.others(cause.code(), &order.row.connection, &subject)?;
            held(&mut why, cause);
            why.tone = Tone::Broken;
            let also = match why.others {
                0 => String::new(),
                others => format!(" {} on it.", words::count(others, "other parcel waits", "other parcels wait")),
            };
            why.sentence = format!(
                "{} Parcel {parcel} is held: {detail}. {} owns this. Fix: {}.{also}",
                why.sentence,
                cause.owner(),
                words::small(cause.next_action())
            );
        } else if order.row.cause.as_deref() == Some(Cause::Unreadable.code()) {
            held(&mut why, Cause::Unreadable);
            why.tone = why.tone.max(Tone::Risk);
            why.sentence = format!(
                "{} Its newest document at {} cannot be read; Crossdock goes by the one before.",
                why.sentence, order.rules.title
            );
        }
    }
    Ok(why)
}

fn held(why: &mut Why, cause: Cause) {
    why.cause = Some(cause.code().to_owned());
    why.owner = Some(cause.owner().to_owned());
    why.fix = Some(cause.next_action().to_owned());
}

fn held_parcel(parcels: &[Parcel]) -> Option<(String, Cause, String, String)> {
    parcels.iter().find_map(|parcel| {
        let state = parcel.state.as_ref()?;
        let (cause, subject, detail) = state.held.clone()?;
        let detail = if detail.is_empty() { cause.title().to_owned() } else { detail };
        Some((state.package.despatch_number.clone(), cause, subject, detail))
    })
}

/// What is known of an order that was never readable.
fn placeholder(view: &View<'_>, order: &Order, mut why: Why) -> Result<Why, StoreError> {
    let cause = Cause::Unreadable;
    held(&mut why, cause);
    let open = view.tx.exceptions_of(order.row.id)?;
    let reason = open
        .into_iter()
        .find(|exception| exception.resolved.is_none())
        .map(|exception| exception.what.detail)
        .filter(|detail| !detail.is_empty());
    why.sentence = format!(
        "Held: {}{}. {} owns this. Fix: {}.",
        cause.title(),
        reason.map(|reason| format!(", {reason}")).unwrap_or_default(),
        cause.owner(),
        words::small(cause.next_action())
    );
    Ok(why)
}

/// The sentence about any id.
pub(super) fn of_any(hub: &Hub, id: &str) -> Result<Why, DeskError> {
    let id = id.trim();
    let known = hub.look(|view| {
        if let Some(located) = locate(view.tx, id)? {
            let order = Order::read(view, located.row);
            let parcels: Vec<Parcel> = view.tx.children(order.row.id)?.into_iter().map(Parcel::read).collect();
            return of_order(view, id, &order, &parcels).map(Some);
        }
        if let Some(why) = matches(view, id)? {
            return Ok(Some(why));
        }
        goods(view, id)
    })?;
    match known {
        Some(why) => Ok(why),
        None => Ok(unknown(id, never_seen(&hub.inner, id))),
    }
}

/// A text that orders are found by but that is no order's id.
fn matches(view: &View<'_>, id: &str) -> Result<Option<Why>, StoreError> {
    let found = view.tx.find(&id.to_lowercase(), MOST)?;
    let Some(newest) = found.first() else {
        return Ok(None);
    };
    let count = found.len() as u64;
    let many = if count == MOST { " or more" } else { "" };
    let sentence = if count == 1 {
        format!("\"{id}\" is not an order's number; it finds one order: {}.", newest.number)
    } else {
        format!("\"{id}\" is not an order's number; it finds {count}{many} orders, the newest is {}.", newest.number)
    };
    let mut why = unknown(id, sentence);
    why.known = true;
    why.state = (count == 1).then(|| shown_state(&newest.state).to_owned());
    Ok(Some(why))
}

/// An item code or a SKU is no order, but it is not unknown either.
fn goods(view: &View<'_>, id: &str) -> Result<Option<Why>, StoreError> {
    let mut sentence = None;
    if let Some(row) = view.tx.item(id)? {
        let stock =
            row.available.map_or_else(|| "its stock was not seen yet".to_owned(), |units| format!("{units} available"));
        sentence = Some(format!("{id} is a warehouse item, {stock}; no order names it."));
    } else {
        for channel in &view.inner.settings.channels {
            let rules = &channel.rules;
            if let Some(listing) = view.tx.listings_of_sku(&rules.connection, id)?.first() {
                let item = listing
                    .item
                    .as_ref()
                    .map_or_else(|| "has no warehouse item".to_owned(), |item| format!("is item {item}"));
                sentence = Some(format!("{id} is a SKU at {}; it {item}, and no order names it.", rules.title));
                break;
            }
        }
    }
    Ok(sentence.map(|sentence| {
        let mut why = unknown(id, sentence);
        why.known = true;
        why
    }))
}

fn unknown(id: &str, sentence: String) -> Why {
    Why {
        id: id.to_owned(),
        known: false,
        sentence,
        state: None,
        cause: None,
        owner: None,
        fix: None,
        due: None,
        others: 0,
        tone: Tone::Waiting,
    }
}

/// Asks the channels, at most once a minute per id, and says how far that has come.
fn never_seen(inner: &Arc<Inner>, id: &str) -> String {
    let never = format!("Crossdock has never seen \"{id}\".");
    let sensible = (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(|letter| letter.is_ascii_graphic());
    if !sensible || inner.settings.channels.is_empty() {
        return never;
    }
    match ask(inner, id, inner.latest()) {
        Ok(Asked::Waiting(channels)) => {
            let names = titles(inner, &channels);
            format!("{never} It is asking {names} now; ask again in a moment.")
        }
        Ok(Asked::Answered(channels)) => {
            let names = titles(inner, &channels);
            let was = if channels.len() == 1 { "was" } else { "were" };
            format!("{never} {names} {was} asked a moment ago and gave no order for it.")
        }
        Err(error) => format!("{never} The channels cannot be asked now: {error}."),
    }
}

fn titles(inner: &Inner, channels: &[String]) -> String {
    let names: Vec<String> = channels.iter().map(|channel| title(inner, channel)).collect();
    words::listed(&names)
}

enum Asked {
    /// These have not answered yet.
    Waiting(Vec<String>),
    /// All of these have answered.
    Answered(Vec<String>),
}

fn ask(inner: &Arc<Inner>, id: &str, now: Timestamp) -> Result<Asked, StoreError> {
    let minute = now.as_second().div_euclid(60).to_string();
    let key = id.to_lowercase();
    let fresh = inner.store.change(move |tx| tx.see("desk/asked", &key, &minute, now))?;
    if fresh {
        return intake::ask_about(inner, id, now).map(Asked::Waiting);
    }
    let channels: Vec<String> =
        inner.settings.channels.iter().map(|channel| channel.rules.connection.clone()).collect();
    let waiting = inner.store.ask(|tx| {
        let mut waiting = Vec::new();
        for channel in &channels {
            let hints = tx.hints(channel, 400)?;
            let own = intake::own_id(inner, channel, id);
            if hints.iter().any(|hint| hint.kind == "orders_by_id" && hint.key == own) {
                waiting.push(channel.clone());
            }
        }
        Ok(waiting)
    })?;
    Ok(if waiting.is_empty() { Asked::Answered(channels) } else { Asked::Waiting(waiting) })
}
