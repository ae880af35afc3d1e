//! When the time of a service level runs: on working days only, from an order's moment or the next morning.
//!
//! A marketplace counts working days, a warehouse keeps them, and a cut-off decides whether today still counts (`F38`,
//! `F118`). A deadline that ran through Sunday would be shown as missed before anybody was at work, and would put the
//! Friday evening's orders before those that are really urgent.
//!
//! Must not know: the moment it is, and any marketplace.

mod england;

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use england::bank_holidays as england;

/// Whose public holidays are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BankHolidays {
    /// Nobody's.
    #[default]
    None,
    /// The eight of England, with their substitute days.
    England,
}

/// Working days, holidays and the cut-off of one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: TimeZone,
    /// By weekday, Monday first.
    week: [bool; 7],
    cut_off: Option<Time>,
    bank_holidays: BankHolidays,
    holidays: BTreeSet<Date>,
}

impl Calendar {
    /// A week of working days in a zone, without cut-off or holidays. `None` for a week in which nobody works: no deadline
    /// would ever come.
    pub fn new(zone: TimeZone, working_days: &[Weekday]) -> Option<Self> {
        let mut week = [false; 7];
        for day in working_days {
            let place = usize::try_from(day.to_monday_zero_offset()).ok()?;
            *week.get_mut(place)? = true;
        }
        let works = week.contains(&true);
        works.then(|| Self { zone, week, cut_off: None, bank_holidays: BankHolidays::None, holidays: BTreeSet::new() })
    }

    /// With a cut-off: an order at this time of the day or later counts from the next working day. Without one the whole
    /// day counts.
    #[must_use]
    pub fn with_cut_off(mut self, cut_off: Option<Time>) -> Self {
        self.cut_off = cut_off;
        self
    }

    /// With somebody's public holidays.
    #[must_use]
    pub fn with_bank_holidays(mut self, whose: BankHolidays) -> Self {
        self.bank_holidays = whose;
        self
    }

    /// With days off of one's own.
    #[must_use]
    pub fn with_holidays(mut self, days: impl IntoIterator<Item = Date>) -> Self {
        self.holidays.extend(days);
        self
    }

    /// Whether a day is a working day.
    pub fn works(&self, day: Date) -> bool {
        let of_the_week = usize::try_from(day.weekday().to_monday_zero_offset())
            .ok()
            .and_then(|place| self.week.get(place).copied())
            .unwrap_or(false);
        let public = match self.bank_holidays {
            BankHolidays::None => false,
            BankHolidays::England => england::is_bank_holiday(day),
        };
        of_the_week && !public && !self.holidays.contains(&day)
    }

    /// The end of a length of time that begins with an order and runs on working days only.
    ///
    /// It begins at the order's moment if that is on a working day before the cut-off, else with the next working day. The
    /// hours are real ones: a working day on which the clocks change has 23 or 25 of them. Time that is used up exactly at
    /// the end of a day ends there, not on the next working morning. Where the calendar of the world ends, plain hours
    /// are counted.
    pub fn after(&self, order: Timestamp, length: SignedDuration) -> Timestamp {
        self.count(order, length).unwrap_or_else(|| plain(order, length))
    }

    fn count(&self, order: Timestamp, length: SignedDuration) -> Option<Timestamp> {
        let local = self.zone.to_datetime(order);
        let mut day = local.date();
        let mut from = order;
        if !self.works(day) || self.cut_off.is_some_and(|cut_off| local.time() >= cut_off) {
            day = self.next_working_day(day)?;
            from = self.midnight(day)?;
        }
        let mut left = length.max(SignedDuration::ZERO);
        loop {
            let rest_of_the_day = self.midnight(day.tomorrow().ok()?)?.duration_since(from);
            if left <= rest_of_the_day {
                return from.checked_add(left).ok();
            }
            left = left.checked_sub(rest_of_the_day)?;
            day = self.next_working_day(day)?;
            from = self.midnight(day)?;
        }
    }

    fn next_working_day(&self, day: Date) -> Option<Date> {
        let mut next = day.tomorrow().ok()?;
        while !self.works(next) {
            next = next.tomorrow().ok()?;
        }
        Some(next)
    }

    /// When a day begins; where the clocks skip midnight, the first moment after it.
    fn midnight(&self, day: Date) -> Option<Timestamp> {
        self.zone.to_timestamp(day.to_datetime(Time::midnight())).ok()
    }
}

/// Every hour counts.
pub(crate) fn plain(order: Timestamp, length: SignedDuration) -> Timestamp {
    order.saturating_add(length).unwrap_or(order)
}
