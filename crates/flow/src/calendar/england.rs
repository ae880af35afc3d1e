//! England's bank holidays, by their rules and not by a list: a list would run out on a Christmas morning.
//!
//! The rules are those of the Banking and Financial Dealings Act 1971 and of the proclamations made each year since 1978.
//! A holiday that is proclaimed once (a jubilee, a coronation) or moved once (May 2020, May 2022) follows no rule; it goes
//! into a channel's own `holidays`.

use jiff::civil::{Date, Weekday};

/// The eight bank holidays of a year, in order. On a Saturday or Sunday a holiday is not that day but its substitute, as
/// in the government's own list.
pub fn bank_holidays(year: i16) -> Vec<Date> {
    let day = |month, day| Date::new(year, month, day).ok();
    let easter = easter_sunday(year);
    let all = [
        day(1, 1).map(on_or_after_the_weekend),
        easter.and_then(|sunday| sunday.yesterday().ok()?.yesterday().ok()),
        easter.and_then(|sunday| sunday.tomorrow().ok()),
        day(5, 1).and_then(|first| first.nth_weekday_of_month(1, Weekday::Monday).ok()),
        day(5, 1).and_then(|first| first.nth_weekday_of_month(-1, Weekday::Monday).ok()),
        day(8, 1).and_then(|first| first.nth_weekday_of_month(-1, Weekday::Monday).ok()),
        christmas(year, 25),
        christmas(year, 26),
    ];
    let mut days: Vec<Date> = all.into_iter().flatten().collect();
    // Christmas Day on a Sunday is kept on the 27th, after Boxing Day.
    days.sort_unstable();
    days
}

pub(super) fn is_bank_holiday(day: Date) -> bool {
    bank_holidays(day.year()).contains(&day)
}

/// New Year's Day on a weekend is kept on the Monday after it.
fn on_or_after_the_weekend(mut day: Date) -> Date {
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    day
}

/// Christmas Day and Boxing Day lie side by side, so that each is kept two days later when it falls on a weekend: on the
/// first weekday that the other one leaves free.
fn christmas(year: i16, day: i8) -> Option<Date> {
    let date = Date::new(year, 12, day).ok()?;
    match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => Date::new(year, 12, day + 2).ok(),
        _ => Some(date),
    }
}

/// The Sunday after the first full moon of spring, by the Gregorian computus in the form published anonymously in Nature,
/// 20 April 1876.
fn easter_sunday(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let golden = y.rem_euclid(19);
    let (century, of_century) = (y.div_euclid(100), y.rem_euclid(100));
    let moon_shift = (century - (century + 8).div_euclid(25) + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - moon_shift + 15).rem_euclid(30);
    let to_sunday =
        (32 + 2 * century.rem_euclid(4) + 2 * (of_century / 4) - epact - of_century.rem_euclid(4)).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday).div_euclid(451);
    let days = epact + to_sunday - 7 * late + 114;
    Date::new(year, i8::try_from(days / 31).ok()?, i8::try_from(days % 31 + 1).ok()?).ok()
}
