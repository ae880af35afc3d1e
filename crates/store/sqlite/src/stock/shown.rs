//! A listing's figures and the counts of its channel, which every change of a figure keeps up to date.
//!
//! The guard against emptying a channel asks for the counts before every push; reading a million listings for them would
//! cost more than the push. So nothing may change a row of `shown` but through this file.

use std::collections::BTreeMap;

use crossdock_store::StoreError;
use rusqlite::{Row, params};

use crate::sql::shown as sql;
use crate::tx::{SqlTx, micros};

/// What the counts depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) id: i64,
    pub(super) channel: i64,
    pub(super) desired: Option<i64>,
    pub(super) sent: Option<i64>,
    pub(super) published: i64,
    pub(super) flying: Option<i64>,
    pub(super) carried: Option<i64>,
    pub(super) dirty: bool,
    pub(super) differs: u32,
}

impl Shown {
    /// Reads the columns of `sql::shown`'s macro, which begin at this one.
    pub(super) fn read(row: &Row<'_>, from: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(from)?,
            channel: row.get(from + 1)?,
            desired: row.get(from + 2)?,
            sent: row.get(from + 3)?,
            published: row.get(from + 4)?,
            flying: row.get(from + 5)?,
            carried: row.get(from + 6)?,
            dirty: row.get(from + 7)?,
            differs: row.get(from + 8)?,
        })
    }

    /// A listing that was read for the first time.
    pub(super) fn new(id: i64, channel: i64, published: i64) -> Self {
        Self {
            id,
            channel,
            desired: None,
            sent: None,
            published,
            flying: None,
            carried: None,
            dirty: false,
            differs: 0,
        }
    }

    /// The listing with this id at its channel.
    fn find(tx: &SqlTx<'_>, connection: &str, listing: &str) -> Result<Option<Self>, StoreError> {
        tx.one(sql::FIND, params![tx.merchant, connection, listing], |row| Self::read(row, 0))
    }

    /// What the channel will show once everything accepted has arrived.
    pub(super) fn expected(&self) -> i64 {
        self.sent.unwrap_or(self.published)
    }

    /// How many read-backs in a row have differed, this one included. A figure on its way, waiting, or so fresh that the
    /// channel may not show it yet (`settled` is false) proves nothing either way; nor does one that went down since it was
    /// read `before`, to less than was sent: a channel takes off by itself what it sells. If it stays there, the next
    /// read-back counts it.
    pub(super) fn compared(&self, settled: bool, before: i64) -> u32 {
        // One that was right from the start was never sent; it must not be let go astray for that.
        let settled = settled || self.sent.is_none();
        match self.sent.or(self.desired) {
            Some(figure) if figure == self.published => 0,
            Some(figure) if self.published < figure && self.published < before => self.differs,
            Some(_) if settled && !self.dirty && self.flying.is_none() => self.differs.saturating_add(1),
            Some(_) | None => self.differs,
        }
    }

    fn counts(&self) -> Counts {
        let in_stock = self.published > 0 || self.sent.is_some_and(|sent| sent > 0);
        let under_way = self.dirty || self.flying.is_some();
        Counts {
            listings: 1,
            differ: i64::from(self.differs > 0),
            waiting: i64::from(self.dirty),
            to_zero: i64::from(in_stock && under_way && self.desired == Some(0)),
            in_stock: i64::from(in_stock),
        }
    }
}

/// A channel's counts, or a change of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    listings: i64,
    differ: i64,
    waiting: i64,
    to_zero: i64,
    in_stock: i64,
}

impl Counts {
    fn add(&mut self, more: Self, times: i64) {
        self.listings += times * more.listings;
        self.differ += times * more.differ;
        self.waiting += times * more.waiting;
        self.to_zero += times * more.to_zero;
        self.in_stock += times * more.in_stock;
    }
}

/// Changes of counts, collected while rows change and written once.
#[derive(Default)]
pub(super) struct Tally {
    channels: BTreeMap<i64, Counts>,
}

impl Tally {
    pub(super) fn came(&mut self, row: &Shown) {
        self.channels.entry(row.channel).or_default().add(row.counts(), 1);
    }

    pub(super) fn went(&mut self, row: &Shown) {
        self.channels.entry(row.channel).or_default().add(row.counts(), -1);
    }

    pub(super) fn changed(&mut self, before: &Shown, after: &Shown) {
        self.went(before);
        self.came(after);
    }

    /// Must be called by whoever made the tally; an early return with an error undoes the rows as well.
    pub(super) fn write(self, tx: &SqlTx<'_>) -> Result<(), StoreError> {
        for (channel, by) in self.channels {
            if by != Counts::default() {
                let counts = params![channel, tx.merchant, by.listings, by.differ, by.waiting, by.to_zero, by.in_stock];
                tx.run(sql::COUNT, counts)?;
            }
        }
        Ok(())
    }
}

/// Marks figures as carried by an effect. What flies does not wait.
pub(super) fn take_off(tx: &SqlTx<'_>, connection: &str, effect: i64, listings: &[String]) -> Result<(), StoreError> {
    let mut tally = Tally::default();
    for listing in listings {
        if let Some(before) = Shown::find(tx, connection, listing)? {
            let after = Shown { flying: Some(effect), carried: before.desired, dirty: false, ..before };
            fly(tx, &after)?;
            tally.changed(&before, &after);
        }
    }
    tally.write(tx)
}

/// The effect's figures were accepted. Rows that another effect carries by now are left to it.
pub(super) fn sent(
    tx: &SqlTx<'_>,
    connection: &str,
    effect: i64,
    lines: &[(String, i64)],
    now: jiff::Timestamp,
) -> Result<(), StoreError> {
    let mut tally = Tally::default();
    for (listing, figure) in lines {
        let found = Shown::find(tx, connection, listing)?;
        if let Some(before) = found.filter(|row| row.flying == Some(effect)) {
            let dirty = before.desired != Some(*figure);
            let after = Shown { sent: Some(*figure), flying: None, carried: None, dirty, ..before };
            let zeroed = *figure == 0 && before.expected() > 0;
            tx.run(sql::SENT, params![after.id, tx.merchant, figure, micros(now), dirty, zeroed])?;
            tally.changed(&before, &after);
        }
    }
    tally.write(tx)
}

/// The effect failed. A figure that moved on during the flight waits in any case.
pub(super) fn land(tx: &SqlTx<'_>, channel: i64, effect: i64, retry: bool) -> Result<(), StoreError> {
    let mut tally = Tally::default();
    let flying = tx.all(sql::FLYING, params![tx.merchant, channel, effect], |row| Shown::read(row, 0))?;
    for before in flying {
        let dirty = retry || before.desired != before.carried;
        let after = Shown { flying: None, carried: None, dirty, ..before };
        fly(tx, &after)?;
        tally.changed(&before, &after);
    }
    tally.write(tx)
}

fn fly(tx: &SqlTx<'_>, row: &Shown) -> Result<(), StoreError> {
    tx.run(sql::FLY, params![row.id, tx.merchant, row.flying, row.carried, row.dirty])?;
    Ok(())
}
