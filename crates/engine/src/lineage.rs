//! Did this database go on, or did it come back? (rule R14, `reliability.md` fault F38)
//!
//! A restored backup, a copied folder or a database that lost its mark remembers less than the remotes do. Such a hub reads,
//! looks and catches up, and writes nowhere, until a person lets it: what it would repeat from memory has been done by
//! the hub that it was copied from. Nothing is decided in here about a single effect. The looks find what is there, by
//! the business key that a copy derives as its original did.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError};

use crossdock_connector::Connector;
use crossdock_flow::cause::Cause;
use crossdock_store::{Beside, LineageRow, Mark, NewException, Store, StoreError, Tx, WindowRow};
use jiff::{SignedDuration, Timestamp};

use crate::apply::fingerprint;
use crate::{Entropy, HubSettings, Inner};

/// How often the pulse is raised while something leaves. What left since the last one can be missing from a copy unnoticed.
const PULSE: SignedDuration = SignedDuration::from_mins(1);

/// Windows that are as long as this outlast the time that it takes to put a copy in place.
const LONG_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// So many orders that stand in the warehouse as this hub would write them, and that it never sent, cannot be chance: a
/// machine was rolled back with both files on it, or somebody else writes the same orders. One may be a person's work.
const STRANGERS: u32 = 3;

/// What of it the lanes ask for all the time.
#[derive(Debug)]
pub(crate) struct Recovery {
    /// Only reads and looks leave.
    reads_only: AtomicBool,
    /// When a person last let it write, in microseconds. What was found before is looked up again.
    released: AtomicI64,
    /// Whether something left since the pulse was raised that a copy must not forget unnoticed: a write, or a call of a long
    /// window.
    left: AtomicBool,
    /// When the pulse was last raised, in microseconds.
    pulsed: AtomicI64,
    /// Orders found in the warehouse that this run never sent.
    strangers: AtomicU32,
    /// How often it stopped to write while it ran. Lanes compare it with what they have seen.
    stopped: AtomicU32,
}

impl Recovery {
    fn new(row: &LineageRow, now: Timestamp) -> Self {
        Self {
            reads_only: AtomicBool::new(row.restored.is_some()),
            released: AtomicI64::new(row.released.map_or(i64::MIN, Timestamp::as_microsecond)),
            left: AtomicBool::new(false),
            pulsed: AtomicI64::new(now.as_microsecond()),
            strangers: AtomicU32::new(0),
            stopped: AtomicU32::new(0),
        }
    }

    /// Whether nothing may be written to any remote.
    pub(crate) fn reads_only(&self) -> bool {
        self.reads_only.load(Ordering::Acquire)
    }

    /// The one gate of all writes: asked before each is written down. A write that passes makes the next pulse due.
    pub(crate) fn may_write(&self) -> bool {
        let may = !self.reads_only();
        if may {
            self.left.store(true, Ordering::Release);
        }
        may
    }

    /// A call left that is paid from windows of these lengths. A copy that was made before it would pay it once more, and
    /// hours later somebody may still put that copy in place. It makes the next pulse due.
    pub(crate) fn paid(&self, mut windows: impl Iterator<Item = SignedDuration>) {
        if windows.any(|per| per >= LONG_WINDOW) {
            self.left.store(true, Ordering::Release);
        }
    }

    /// Whether it stopped to write since the lane last asked; `seen` is the lane's own count.
    pub(crate) fn stopped_since(&self, seen: &mut u32) -> bool {
        let stopped = self.stopped.load(Ordering::Acquire);
        std::mem::replace(seen, stopped) != stopped
    }

    /// Whether something that was found at this moment was found before the release, and has to be looked up again.
    pub(crate) fn is_stale(&self, found: Timestamp) -> bool {
        found.as_microsecond() <= self.released.load(Ordering::Acquire)
    }
}

/// Why this database came back rather than went on; `None` when it went on. Changes nothing.
pub fn came_back(store: &dyn Store) -> Result<Option<String>, StoreError> {
    let row = store.ask(|tx| tx.lineage())?;
    Ok(judge(row.as_ref(), &store.mark()?))
}

fn judge(row: Option<&LineageRow>, mark: &Beside) -> Option<String> {
    let why = match (row, mark) {
        (_, Beside::NotKept) | (None, Beside::Nothing) => return None,
        (None, _) => {
            "the database is new or from an older version, and the mark of another one lies beside it".to_owned()
        }
        // Made, and stopped before its first mark was written.
        (Some(row), Beside::Nothing) if row.pulse == 0 => return None,
        (Some(_), Beside::Nothing) => {
            "the mark beside the database is missing: it was brought here without it".to_owned()
        }
        (Some(_), Beside::Unreadable(text)) => text.clone(),
        (Some(_), Beside::Copied(_)) => {
            "its files were copied or restored: the mark beside the database was not written where it lies".to_owned()
        }
        (Some(row), Beside::Original(mark)) if mark.generation != row.generation => {
            "the mark beside the database is another database's".to_owned()
        }
        (Some(row), Beside::Original(mark)) if mark.pulse > row.pulse => {
            format!("the database is older than the mark beside it (pulse {}, the mark says {})", row.pulse, mark.pulse)
        }
        (Some(_), Beside::Original(_)) => return None,
    };
    Some(why)
}

/// Compares database and mark at a start, puts a database that came back into recovery, and raises the pulse.
pub(crate) fn check(
    store: &Arc<dyn Store>,
    settings: &HubSettings,
    connectors: &BTreeMap<String, Arc<dyn Connector>>,
    entropy: &mut Entropy,
    now: Timestamp,
) -> Result<Recovery, StoreError> {
    let (known, mark) = (store.ask(|tx| tx.lineage())?, store.mark()?);
    let came_back = judge(known.as_ref(), &mark);
    let pulse = match &mark {
        Beside::Original(mark) | Beside::Copied(mark) => mark.pulse,
        Beside::NotKept | Beside::Nothing | Beside::Unreadable(_) => 0,
    };
    let mut row = known.clone().unwrap_or_else(|| LineageRow {
        generation: id(entropy),
        pulse: 0,
        restored: None,
        released: None,
    });
    if let Some(why) = came_back {
        // Another generation: should original and copy both be started, neither passes for the other.
        row = LineageRow {
            generation: id(entropy),
            pulse: row.pulse.max(pulse).saturating_add(1),
            restored: Some((now, why.clone())),
            released: row.released,
        };
        let (stored, warehouse) = (row.clone(), settings.warehouse.clone());
        let full = full_windows(connectors, now);
        let names: Vec<String> = connectors.keys().cloned().collect();
        let horizon = now.saturating_add(settings.timings.doubling_horizon).unwrap_or(now);
        store.change(move |tx| {
            tx.put_lineage(&stored)?;
            tx.doubt_live(horizon, now)?;
            // Calls that the lost hub made count as well, and nobody knows how many they were.
            full.iter().try_for_each(|window| tx.put_window(window))?;
            names.iter().try_for_each(|name| read_anew(tx, name, now))?;
            tell(tx, &warehouse, &why, now)
        })?;
        put_mark(store, &row)?;
        return Ok(Recovery::new(&row, now));
    }
    if known.is_none() {
        // The mark follows the row, so that a start that ends in between is not taken for a restore.
        let made = row.clone();
        store.change(move |tx| tx.put_lineage(&made))?;
        put_mark(store, &row)?;
    }
    row.pulse = row.pulse.saturating_add(1);
    let raised = row.clone();
    store.change(move |tx| tx.put_lineage(&raised))?;
    put_mark(store, &row)?;
    Ok(Recovery::new(&row, now))
}

fn put_mark(store: &Arc<dyn Store>, row: &LineageRow) -> Result<(), StoreError> {
    store.put_mark(&Mark { generation: row.generation.clone(), pulse: row.pulse })
}

/// A random id of 16 bytes.
fn id(entropy: &mut Entropy) -> String {
    use std::fmt::Write as _;
    entropy().iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn full_windows(connectors: &BTreeMap<String, Arc<dyn Connector>>, now: Timestamp) -> Vec<WindowRow> {
    let at = now.as_microsecond();
    let windows = connectors.iter().flat_map(|(name, connector)| {
        connector.windows().into_iter().map(|budget| WindowRow {
            connection: name.clone(),
            window: budget.window,
            calls: vec![(at, budget.calls)],
        })
    });
    windows.collect()
}

/// Everything is read again at once, from where the copy had read to. A run that was under way begins anew.
fn read_anew(tx: &mut dyn Tx, connection: &str, now: Timestamp) -> Result<(), StoreError> {
    for mut row in tx.schedules(connection)? {
        row.next = now;
        row.started = None;
        row.resume = None;
        tx.put_schedule(&row)?;
    }
    Ok(())
}

fn tell(tx: &mut dyn Tx, warehouse: &str, why: &str, now: Timestamp) -> Result<(), StoreError> {
    let cause = Cause::Restored;
    let exception = NewException {
        flow: None,
        connection: warehouse.to_owned(),
        cause: cause.code().to_owned(),
        fingerprint: fingerprint(cause.code(), warehouse, ""),
        owner: cause.owner().to_owned(),
        detail: why.to_owned(),
        next_action: cause.next_action().to_owned(),
        due: None,
        amount: None,
    };
    tx.open_exception(&exception, now)?;
    Ok(())
}

/// Raises the pulse when something has left and a minute has gone by.
pub(crate) fn pulse(inner: &Inner, now: Timestamp) -> Result<(), StoreError> {
    let recovery = &inner.recovery;
    let due = recovery.pulsed.load(Ordering::Relaxed).saturating_add(i64::try_from(PULSE.as_micros()).unwrap_or(0));
    if now.as_microsecond() < due || !recovery.left.swap(false, Ordering::AcqRel) {
        return Ok(());
    }
    recovery.pulsed.store(now.as_microsecond(), Ordering::Relaxed);
    let raised = inner.store.change(|tx| {
        let Some(mut row) = tx.lineage()? else { return Ok(None) };
        row.pulse = row.pulse.saturating_add(1);
        tx.put_lineage(&row)?;
        Ok(Some(row))
    });
    let done = raised.and_then(|row| row.map_or(Ok(()), |row| put_mark(&inner.store, &row)));
    if done.is_err() {
        // Tried again in a minute.
        recovery.left.store(true, Ordering::Release);
    }
    done
}

/// An order stands in the warehouse that this hub never sent. Enough of them, and it stops to write.
///
/// Called inside a job. Should its commit fail, the hub writes nothing until it is released or started again, which is
/// the side to err on.
pub(crate) fn stranger(inner: &Inner, tx: &mut dyn Tx, seen: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let recovery = &inner.recovery;
    if recovery.reads_only() || recovery.is_stale(seen) {
        return Ok(());
    }
    let strangers = recovery.strangers.fetch_add(1, Ordering::AcqRel).saturating_add(1);
    if strangers < STRANGERS {
        return Ok(());
    }
    let Some(mut row) = tx.lineage()? else { return Ok(()) };
    let why = format!(
        "{strangers} orders were in the warehouse already, as this hub would write them, and it never sent them: the machine \
         was rolled back, or another program writes the same orders"
    );
    row.restored = Some((now, why.clone()));
    tx.put_lineage(&row)?;
    for name in inner.connection_names() {
        read_anew(tx, &name, now)?;
    }
    tell(tx, &inner.settings.warehouse, &why, now)?;
    recovery.reads_only.store(true, Ordering::Release);
    recovery.stopped.fetch_add(1, Ordering::AcqRel);
    Ok(())
}

/// Since when the hub only reads, and why.
pub(crate) fn restored(store: &dyn Store) -> Result<Option<(Timestamp, String)>, StoreError> {
    Ok(store.ask(|tx| tx.lineage())?.and_then(|row| row.restored))
}

/// Lets the hub write again. Whatever was found before is looked up again first.
pub(crate) fn release(inner: &Inner, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    let (actor, warehouse) = (actor.to_owned(), inner.settings.warehouse.clone());
    inner.store.change(move |tx| {
        if let Some(mut row) = tx.lineage()? {
            row.restored = None;
            row.released = Some(now);
            tx.put_lineage(&row)?;
        }
        let told = fingerprint(Cause::Restored.code(), &warehouse, "");
        tx.resolve_fingerprint(&told, &format!("released by {actor}"), now)?;
        tx.put_setting("restored.released", &now.to_string(), &actor, now)
    })?;
    let recovery = &inner.recovery;
    recovery.released.store(now.as_microsecond(), Ordering::Release);
    recovery.strangers.store(0, Ordering::Release);
    // Before the gate opens: no lane may act on what it found while it was shut.
    for lane in inner.lanes.values() {
        lane.lock().unwrap_or_else(PoisonError::into_inner).forget_looks();
    }
    recovery.reads_only.store(false, Ordering::Release);
    let names = inner.connection_names();
    inner.ring(names.iter().map(String::as_str));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(generation: &str, pulse: u64) -> LineageRow {
        LineageRow { generation: generation.to_owned(), pulse, restored: None, released: None }
    }

    fn mark(generation: &str, pulse: u64) -> Mark {
        Mark { generation: generation.to_owned(), pulse }
    }

    #[test]
    fn f38_a_database_that_went_on_is_told_from_one_that_came_back() {
        let (original, copied) = (Beside::Original, Beside::Copied);
        for (known, beside) in [
            (None, Beside::Nothing),
            (None, Beside::NotKept),
            (Some(row("a", 7)), Beside::NotKept),
            (Some(row("a", 0)), Beside::Nothing),
            (Some(row("a", 7)), original(mark("a", 7))),
            // The process died between the commit and the mark.
            (Some(row("a", 8)), original(mark("a", 7))),
        ] {
            assert_eq!(judge(known.as_ref(), &beside), None, "{known:?} {beside:?}");
        }
        for (known, beside, says) in [
            (Some(row("a", 6)), original(mark("a", 7)), "older than the mark beside it (pulse 6, the mark says 7)"),
            (Some(row("a", 7)), original(mark("b", 7)), "another database's"),
            (Some(row("a", 7)), copied(mark("a", 7)), "copied or restored"),
            (Some(row("a", 7)), Beside::Nothing, "missing"),
            (Some(row("a", 7)), Beside::Unreadable("x is no mark".to_owned()), "x is no mark"),
            (None, original(mark("a", 7)), "another one lies beside it"),
            (None, copied(mark("a", 7)), "another one lies beside it"),
        ] {
            let why = judge(known.as_ref(), &beside).unwrap_or_default();
            assert!(why.contains(says), "{known:?} {beside:?}: {why}");
        }
    }
}
