//! Exceptions: what stands in front of a person.

use crossdock_model::Money;
use crossdock_store::{ExceptionRow, Exceptions, ExceptionsMut, GroupRow, NewException, StoreError};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::sql::exception as sql;
use crate::tx::{SqlTx, at, int, maybe_at, maybe_micros, micros, money, money_parts};

fn row(row: &Row<'_>) -> rusqlite::Result<ExceptionRow> {
    Ok(ExceptionRow {
        id: row.get(0)?,
        what: NewException {
            flow: row.get(1)?,
            connection: row.get(2)?,
            cause: row.get(3)?,
            fingerprint: row.get(4)?,
            owner: row.get(5)?,
            detail: row.get(6)?,
            next_action: row.get(7)?,
            due: maybe_at(row, 8)?,
            amount: money(row, 9)?,
        },
        number: row.get(11)?,
        opened: at(row, 12)?,
        resolved: maybe_at(row, 13)?,
        resolution: row.get(14)?,
    })
}

/// What a group adds up to.
struct Sum {
    fingerprint: String,
    /// Opened first, and so the example.
    oldest: i64,
    count: u64,
    amount: Amount,
    first_due: Option<Timestamp>,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

/// A sum of money that may turn out not to be one.
enum Amount {
    Nothing,
    Sum(Money),
    /// Two currencies, or more than can be counted.
    Mixed,
}

impl Amount {
    fn plus(self, more: Option<Money>) -> Self {
        match (self, more) {
            (same, None) => same,
            (Self::Nothing, Some(more)) => Self::Sum(more),
            (Self::Sum(sum), Some(more)) => sum.checked_add(more).map_or(Self::Mixed, Self::Sum),
            (Self::Mixed, Some(_)) => Self::Mixed,
        }
    }

    fn money(&self) -> Option<Money> {
        match self {
            Self::Sum(sum) => Some(*sum),
            Self::Nothing | Self::Mixed => None,
        }
    }
}

/// One open exception as the groups count it.
struct Open {
    id: i64,
    fingerprint: String,
    amount: Option<Money>,
    due: Option<Timestamp>,
    opened: Timestamp,
}

fn open(row: &Row<'_>) -> rusqlite::Result<Open> {
    Ok(Open {
        id: row.get(0)?,
        fingerprint: row.get(1)?,
        amount: money(row, 2)?,
        due: maybe_at(row, 4)?,
        opened: at(row, 5)?,
    })
}

/// Adds up exceptions that come group by group, oldest first.
fn sums(open: Vec<Open>) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    for one in open {
        match sums.last_mut() {
            Some(sum) if sum.fingerprint == one.fingerprint => {
                sum.count += 1;
                sum.amount = std::mem::replace(&mut sum.amount, Amount::Nothing).plus(one.amount);
                sum.first_due = [sum.first_due, one.due].into_iter().flatten().min();
                sum.last_seen = one.opened;
            }
            _ => sums.push(Sum {
                fingerprint: one.fingerprint,
                oldest: one.id,
                count: 1,
                amount: Amount::Nothing.plus(one.amount),
                first_due: one.due,
                first_seen: one.opened,
                last_seen: one.opened,
            }),
        }
    }
    sums
}

impl Exceptions for SqlTx<'_> {
    fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        let mut groups = Vec::new();
        for sum in sums(self.all(sql::OPEN, params![self.merchant], open)?) {
            let example = self
                .one(sql::GET, params![sum.oldest, self.merchant], row)?
                .ok_or_else(|| StoreError::Bug(format!("exception {} vanished", sum.oldest)))?;
            groups.push(GroupRow {
                at_risk: sum.amount.money(),
                fingerprint: sum.fingerprint,
                count: sum.count,
                first_due: sum.first_due,
                first_seen: sum.first_seen,
                last_seen: sum.last_seen,
                example,
            });
        }
        groups.sort_by_key(|group| {
            let money = group.at_risk.map_or(0, |money| money.minor);
            (group.first_due.is_none(), group.first_due, std::cmp::Reverse(money), group.first_seen)
        });
        Ok(groups)
    }

    fn open_in_group(&self, fingerprint: &str, limit: u64) -> Result<Vec<ExceptionRow>, StoreError> {
        self.all(sql::OPEN_IN_GROUP, params![self.merchant, fingerprint, int(limit)], row)
    }

    fn exceptions_of(&self, flow: i64) -> Result<Vec<ExceptionRow>, StoreError> {
        self.all(sql::OF_FLOW, params![flow, self.merchant], row)
    }

    fn opened_since(&self, fingerprint: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        let params = params![self.merchant, fingerprint, micros(since)];
        self.all(sql::OPENED_SINCE, params, |row| at(row, 0))
    }

    fn flows_waiting_on(&self, fingerprint: &str, limit: u64) -> Result<Vec<i64>, StoreError> {
        let params = params![self.merchant, fingerprint, int(limit)];
        self.all(sql::FLOWS_WAITING, params, |row| row.get(0))
    }
}

impl ExceptionsMut for SqlTx<'_> {
    fn open_exception(&mut self, exception: &NewException, now: Timestamp) -> Result<bool, StoreError> {
        let (amount, currency) = money_parts(exception.amount.as_ref());
        let due = maybe_micros(exception.due);
        let same = params![self.merchant, exception.fingerprint, exception.flow];
        if let Some(id) = self.one(sql::FIND_OPEN, same, |row| row.get::<_, i64>(0))? {
            self.run(
                sql::REFRESH,
                params![
                    id,
                    self.merchant,
                    exception.connection,
                    exception.cause,
                    exception.owner,
                    exception.detail,
                    exception.next_action,
                    due,
                    amount,
                    currency
                ],
            )?;
            return Ok(false);
        }
        self.run(
            sql::OPEN_NEW,
            params![
                self.merchant,
                exception.flow,
                exception.connection,
                exception.cause,
                exception.fingerprint,
                exception.owner,
                exception.detail,
                exception.next_action,
                due,
                amount,
                currency,
                micros(now)
            ],
        )?;
        Ok(true)
    }

    fn resolve_of_flow(
        &mut self,
        flow: i64,
        cause: Option<&str>,
        resolution: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.run(sql::RESOLVE_FLOW, params![flow, self.merchant, resolution, micros(now), cause])
    }

    fn resolve_fingerprint(&mut self, fingerprint: &str, resolution: &str, now: Timestamp) -> Result<u64, StoreError> {
        self.run(sql::RESOLVE_FINGERPRINT, params![self.merchant, fingerprint, resolution, micros(now)])
    }
}
