//! What a person decides: one write transaction each, recorded with its actor.

use std::sync::Arc;

use crossdock_desk::{Act, ActDone, ActRefused};
use crossdock_flow::ChannelRules;
use crossdock_store::{JournalEntry, ReadTx, StoreError, Tx};
use jiff::Timestamp;

use super::view::title;
use super::words;
use super::{act_connections, act_maps, act_orders, act_restored};
use crate::Inner;
use crate::apply;
use crate::ripple::Ripple;

/// What an act says: what was done, or why it was not and nothing was changed.
pub(super) type Said = Result<String, String>;

/// Does an act.
pub(super) fn act(inner: &Arc<Inner>, actor: &str, act: &Act) -> Result<ActDone, ActRefused> {
    let actor = if actor.trim().is_empty() { "a person" } else { actor };
    let said = match act.clone() {
        Act::MapSku { connection, sku, item } => {
            change(inner, actor, move |deed| act_maps::sku(deed, &connection, &sku, &item))
        }
        Act::MapCarrier { connection, carrier, code } => {
            change(inner, actor, move |deed| act_maps::carrier(deed, &connection, &carrier, &code))
        }
        Act::CorrectAddress { order, parts } => {
            change(inner, actor, move |deed| act_orders::correct(deed, &order, &parts))
        }
        Act::Replay { order } => change(inner, actor, move |deed| act_orders::replay(deed, &order)),
        Act::ReleaseGuard { connection } => act_connections::release_guard(inner, actor, &connection),
        Act::ReleaseRestored => act_restored::release(inner, actor),
        Act::Reconnect { connection } => act_connections::reconnect(inner, actor, &connection),
        Act::SetBuffer { connection, units } => act_connections::set_buffer(inner, actor, &connection, units),
    };
    match said {
        Ok(Ok(sentence)) => Ok(ActDone { sentence }),
        Ok(Err(sentence)) => Err(ActRefused { sentence }),
        Err(error) => Err(ActRefused { sentence: failed(&error) }),
    }
}

fn failed(error: &StoreError) -> String {
    match error {
        StoreError::Doubtful(_) => {
            format!("{} Look again before you repeat it.", words::sentence(&words::capital(&error.to_string())))
        }
        StoreError::Conflict(_) => {
            "Somebody else changed it at the same moment, so nothing was done. Look again, then repeat it.".to_owned()
        }
        _ => format!("Nothing was done: {error}."),
    }
}

/// An act under way, inside its transaction.
pub(super) struct Deed<'a> {
    pub(super) inner: &'a Inner,
    pub(super) tx: &'a mut dyn Tx,
    pub(super) ripple: &'a mut Ripple,
    pub(super) actor: &'a str,
    pub(super) now: Timestamp,
}

impl Deed<'_> {
    /// The transaction, to look at only.
    pub(super) fn read(&self) -> &dyn ReadTx {
        &*self.tx
    }

    /// Writes into a flow's journal in the actor's name.
    pub(super) fn journal(&mut self, flow: i64, kind: &str, text: String, detail: String) -> Result<(), StoreError> {
        let entry = JournalEntry { at: self.now, actor: self.actor.to_owned(), kind: kind.to_owned(), text, detail };
        self.tx.append_journal(flow, &[entry])
    }

    /// How many of these flows are still held.
    pub(super) fn still_held(&self, flows: &[i64]) -> Result<u64, StoreError> {
        let mut held = 0;
        for id in flows {
            held += u64::from(self.tx.flow(*id)?.is_some_and(|row| row.cause.is_some()));
        }
        Ok(held)
    }
}

/// Runs an act in one transaction and wakes the lanes that it concerns. An act that is refused has changed nothing.
pub(super) fn change(
    inner: &Arc<Inner>,
    actor: &str,
    job: impl FnOnce(&mut Deed<'_>) -> Result<Said, StoreError> + Send + 'static,
) -> Result<Said, StoreError> {
    let (worker, actor, now) = (inner.clone(), actor.to_owned(), inner.latest());
    let (said, ripple) = inner.store.change(move |tx| {
        let mut ripple = Ripple::default();
        let mut deed = Deed { inner: &worker, tx: &mut *tx, ripple: &mut ripple, actor: &actor, now };
        let said = job(&mut deed)?;
        apply::finish(&worker, tx, &mut ripple)?;
        Ok((said, ripple))
    })?;
    inner.ring(ripple.rings());
    Ok(said)
}

/// The rules of a channel, or a sentence that names the channels there are.
pub(super) fn channel(inner: &Inner, connection: &str) -> Result<Arc<ChannelRules>, String> {
    inner.rules(connection).ok_or_else(|| {
        let names: Vec<String> =
            inner.settings.channels.iter().map(|channel| channel.rules.connection.clone()).collect();
        if names.is_empty() {
            format!("There is no channel called {connection}; none is set up.")
        } else {
            format!("There is no channel called {connection}. Use {}.", either(&names))
        }
    })
}

/// Every connection's name for a sentence, or the connection is known.
pub(super) fn known(inner: &Inner, connection: &str) -> Result<String, String> {
    let names = inner.connection_names();
    if names.iter().any(|name| name == connection) {
        Ok(title(inner, connection))
    } else {
        Err(format!("There is no connection called {connection}. Use {}.", either(&names)))
    }
}

/// `A`, `A or B`, `A, B or C`.
pub(super) fn either(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What became of those that waited: `15 orders go on.`
pub(super) fn went_on(all: u64, still_held: u64, one: &str, many: &str) -> String {
    let goes = |n: u64| {
        let verb = if n == 1 { "goes" } else { "go" };
        format!("{} {verb} on", words::count(n, one, many))
    };
    let on = all.saturating_sub(still_held);
    match (on, still_held) {
        (0, 0) => format!("No {one} waited on it."),
        (on, 0) => format!("{}.", goes(on)),
        (0, 1) => format!("1 {one} was checked again and is still held for another cause."),
        (0, held) => {
            format!("{} were checked again and are still held for another cause.", words::count(held, one, many))
        }
        (on, held) => format!(
            "{}, {} still held for another cause.",
            goes(on),
            if held == 1 { "1 is".to_owned() } else { format!("{} are", words::grouped(held)) }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waited_is_counted_in_a_sentence() {
        let said = |all, held| went_on(all, held, "order", "orders");
        assert_eq!(said(15, 0), "15 orders go on.");
        assert_eq!(said(1, 0), "1 order goes on.");
        assert_eq!(said(3, 1), "2 orders go on, 1 is still held for another cause.");
        assert_eq!(said(1, 1), "1 order was checked again and is still held for another cause.");
        assert_eq!(said(0, 0), "No order waited on it.");
    }
}
