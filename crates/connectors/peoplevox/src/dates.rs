//! Dates between Peoplevox and the hub (`contracts/peoplevox.md §3.4`).
//!
//! Four facts shape this module. Reports write wall-clock time, day first, often in single quotes. Some servers leave the
//! letters `YYYY` where the year belongs. What is *imported* is `yyyy-MM-dd HH:mm:ss`, and the one sample of a round trip
//! says that it is local time. In which zone the date of a **search** is read is stated nowhere.

use crossdock_planted::{self as planted, Bug};
use jiff::civil::DateTime;
use jiff::tz::{Disambiguation, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A date of a report, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReportDate {
    /// The moment.
    pub(crate) at: Timestamp,
    /// Whether the year was missing and had to be supplied.
    pub(crate) year_supplied: bool,
}

/// Reads a report's date: `dd/MM/yyyy`, `dd/MM/yyyy HH:mm` or `dd/MM/yyyy HH:mm:ss`, with or without single quotes, in
/// the zone of the connection.
///
/// A wall-clock time that happens twice (the autumn hour) is read as the first one, so that a watermark made of it can
/// only be too early; one that never happens (the spring hour) is moved on by the hour that was left out. A year given as
/// `YYYY` becomes the year of `now`, or the year before when the date would otherwise lie more than a day ahead.
pub(crate) fn parse_report(text: &str, zone: &TimeZone, now: Timestamp) -> Option<ReportDate> {
    let text = text.trim();
    let text = text.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(text).trim();
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, time.trim()),
        None => (text, "00:00"),
    };
    let [day, month, year] = numbers_or_letters(date, '/')?;
    let (day, month) = if planted::on(Bug::MonthFirst) { (month, day) } else { (day, month) };
    let (day, month) = (two_digits(day)?, two_digits(month)?);
    let mut parts = time.split(':');
    let hour = two_digits(parts.next()?)?;
    let minute = two_digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), two_digits)?;
    if parts.next().is_some() {
        return None;
    }
    let moment = |year: i16| {
        let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
        zone.to_ambiguous_timestamp(civil).disambiguate(Disambiguation::Compatible).ok()
    };
    if year.eq_ignore_ascii_case("yyyy") {
        let this_year = zone.to_datetime(now).year();
        let latest = now.checked_add(SignedDuration::from_hours(24)).ok()?;
        // 29 February exists in one of the two years at most, so a failure of one must not hide the other.
        let at = moment(this_year).filter(|at| *at <= latest).or_else(|| moment(this_year.checked_sub(1)?))?;
        return Some(ReportDate { at, year_supplied: true });
    }
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(ReportDate { at: moment(year.parse().ok()?)?, year_supplied: false })
}

fn numbers_or_letters(text: &str, separator: char) -> Option<[&str; 3]> {
    let mut parts = text.split(separator);
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

fn two_digits(text: &str) -> Option<i8> {
    let fits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// The wall-clock time to search a report from, so that **everything** at or after `since` is found, whether the server
/// reads the search in the connection's zone or in UTC: the earlier of the two clocks. What is found too early was seen
/// before; what is found too late would lie behind the watermark for ever.
///
/// When the clocks go back, a later moment can carry an earlier wall-clock time; then the search starts at the hour that
/// is about to be repeated.
pub(crate) fn search_from(since: Timestamp, zone: &TimeZone) -> DateTime {
    let local = zone.to_datetime(since);
    let next_change = zone.following(since).next().map(|change| zone.to_datetime(change.timestamp()));
    let local = next_change.map_or(local, |repeated| local.min(repeated));
    local.min(TimeZone::UTC.to_datetime(since))
}

/// A moment as an import wants it: `yyyy-MM-dd HH:mm:ss` in the zone of imports (`contracts/peoplevox.md §3.3`, §3.4).
pub(crate) fn import_format(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn london() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(text: &str) -> Option<String> {
        parse_report(text, &london(), at("2026-07-01T12:00:00Z")).map(|date| date.at.to_string())
    }

    #[test]
    fn dates_are_day_first_with_or_without_quotes_and_seconds() {
        for (text, expected) in [
            ("'03/07/2017 10:52'", "2017-07-03T09:52:00Z"),
            ("14/06/2018 16:55:07", "2018-06-14T15:55:07Z"),
            (" '05/01/2026 09:00:00' ", "2026-01-05T09:00:00Z"),
            ("05/01/2026", "2026-01-05T00:00:00Z"),
            ("5/1/2026 9:00", "2026-01-05T09:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date_is_nothing() {
        for bad in [
            "",
            "''",
            "'",
            "2026-01-05 09:00",
            "31/02/2026 10:00",
            "10:52",
            "13/13/2026 10:00",
            "01/01/26 10:00",
            "01/01/2026 25:00",
            "01/01/2026 10:60",
            "01/01/2026 10:00:00:00",
            "01/01/2026 10",
            "1/1/1/2026 10:00",
            "01/01/2026 +1:00",
            "aa/bb/cccc dd:ee",
            "01/01/2026T10:00",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    /// `contracts/peoplevox.md §3.4`, the report date defect.
    #[test]
    fn a_missing_year_is_this_one_unless_that_lies_ahead() {
        let parse = |text, now| parse_report(text, &london(), at(now)).unwrap();
        let date = parse("'23/05/YYYY 10:15'", "2026-06-01T00:00:00Z");
        assert_eq!((date.at, date.year_supplied), (at("2026-05-23T09:15:00Z"), true));
        assert_eq!(parse("31/12/YYYY 23:50", "2027-01-01T08:00:00Z").at, at("2026-12-31T23:50:00Z"));
        assert_eq!(parse("01/01/YYYY 00:05", "2026-12-31T23:59:00Z").at, at("2026-01-01T00:05:00Z"));
        assert_eq!(parse("29/02/YYYY 10:00", "2025-01-10T00:00:00Z").at, at("2024-02-29T10:00:00Z"));
    }

    #[test]
    fn the_repeated_hour_is_read_as_the_first_and_the_missing_hour_is_moved_on() {
        assert_eq!(read("25/10/2026 01:30").as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(read("25/10/2026 02:00").as_deref(), Some("2026-10-25T02:00:00Z"));
        assert_eq!(read("29/03/2026 01:30").as_deref(), Some("2026-03-29T01:30:00Z"));
        assert_eq!(read("29/03/2026 02:30").as_deref(), Some("2026-03-29T01:30:00Z"));
    }

    /// F62: every minute of the days around each change, in zones on both sides of Greenwich; a search from `since` never
    /// misses a later row, whichever clock the server reads it by.
    #[test]
    fn a_search_finds_everything_later_by_either_clock_even_while_the_clocks_change() {
        for name in ["Europe/London", "Australia/Sydney", "America/New_York"] {
            let zone = TimeZone::get(name).unwrap();
            for midnight in
                ["2026-10-24T12:00:00Z", "2026-03-28T12:00:00Z", "2026-10-03T12:00:00Z", "2026-11-01T00:00:00Z"]
            {
                for minute in 0..24 * 60 {
                    let since = at(midnight) + SignedDuration::from_mins(minute);
                    let from = search_from(since, &zone);
                    for later in [0, 1, 29, 59, 60, 61, 119, 121] {
                        let row = since + SignedDuration::from_mins(later);
                        for clock in [&zone, &TimeZone::UTC] {
                            let shown = clock.to_datetime(row);
                            assert!(shown >= from, "{name}: {since} + {later} min: {shown} < {from}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_search_in_london_begins_at_most_an_hour_early() {
        for minute in 0..24 * 60 {
            let since = at("2026-10-24T12:00:00Z") + SignedDuration::from_mins(minute);
            let early = london().to_datetime(since).duration_since(search_from(since, &london()));
            assert!(early <= SignedDuration::from_hours(1), "{since} starts {early} early");
        }
    }

    /// `contracts/peoplevox.md §3.4`: midnight of 5 July in London is 4 July, 23:00, in UTC.
    #[test]
    fn an_import_is_in_the_zone_that_is_set_for_imports() {
        assert_eq!(import_format(at("2026-07-04T23:00:00.9Z"), &london()), "2026-07-05 00:00:00");
        assert_eq!(import_format(at("2026-07-04T23:00:00.9Z"), &TimeZone::UTC), "2026-07-04 23:00:00");
    }
}
