//! Moments as Marketplacer writes and reads them (`contracts/marketplacer.md` §1, scalars).

use jiff::civil::Date;
use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

static PRINTER: DateTimePrinter = DateTimePrinter::new();

/// `2026-11-23T06:00:00+00:00`: whole seconds with the offset of the instance's zone.
pub(crate) fn written(at: Timestamp, zone: &TimeZone) -> String {
    let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
    PRINTER.timestamp_with_offset_to_string(&at, zone.to_offset(at))
}

/// Reads a date-time with a zone, or a plain date as its first moment in UTC.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let date = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// What an `ISO8601Date` takes of a text: the day as it is written, whatever its offset. A plain date and a full date-time are
/// accepted (`contracts/marketplacer.md` §3.4).
pub(crate) fn day_as_written(text: &str) -> Option<Date> {
    read(text)?;
    Some(Pieces::parse(text).ok()?.date())
}

/// The day in a zone.
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// The moment at which a parcel left that is dated by a text: the moment it names, or, for a plain date, noon of that day.
pub(crate) fn dispatched(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let start = day_as_written(text)?.to_zoned(zone.clone()).ok()?.timestamp();
    start.checked_add(SignedDuration::from_hours(12)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_contract_shows_and_no_half_times() {
        let shown = |text: &str| read(text).map(|at| written(at, &TimeZone::UTC));
        assert_eq!(shown("2019-11-29T03:05:38+11:00").as_deref(), Some("2019-11-28T16:05:38+00:00"));
        assert_eq!(shown("2024-06-21").as_deref(), Some("2024-06-21T00:00:00+00:00"));
        assert_eq!(read("2024-06-21T00"), None);
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn a_zone_shows_in_the_offset() {
        let sydney = TimeZone::get("Australia/Sydney").unwrap();
        let at = "2019-11-28T16:05:38Z".parse().unwrap();
        assert_eq!(written(at, &sydney), "2019-11-29T03:05:38+11:00");
        assert_eq!(day(at, &sydney).to_string(), "2019-11-29");
    }

    #[test]
    fn a_date_is_the_day_as_it_is_written() {
        let day = |text: &str| day_as_written(text).map(|day| day.to_string());
        assert_eq!(day("2024-03-27T00:08:29.581Z").as_deref(), Some("2024-03-27"));
        assert_eq!(day("2024-03-27T23:30:00-10:00").as_deref(), Some("2024-03-27"));
        assert_eq!(day("2024-06-21").as_deref(), Some("2024-06-21"));
        assert_eq!(day("2024-06-21T00"), None);
    }
}
