//! Moments as Marketplacer writes and reads them.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

/// `2026-11-23T06:00:00Z`: whole seconds, as in the samples of `contracts/marketplacer.md` §1.
pub(crate) fn written(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

/// The same, or null.
pub(crate) fn written_or_null(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(written(at)))
}

/// Reads a date-time with a zone, or a plain date as its first moment in UTC.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let date = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// The day in UTC.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn reads_what_the_contract_shows_and_no_half_times() {
        let moment = read("2019-11-29T03:05:38+11:00").map(written);
        assert_eq!(moment.as_deref(), Some("2019-11-28T16:05:38Z"));
        assert_eq!(read("2024-06-21").map(written).as_deref(), Some("2024-06-21T00:00:00Z"));
        assert_eq!(read("2024-06-21T00"), None);
        assert_eq!(read("yesterday"), None);
    }
}
