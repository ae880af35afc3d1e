//! Words that several views share: names of connections, deadlines, counts, clock times.

use crossdock_desk::{Due, Tone};
use crossdock_flow::words;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A deadline nearer than this is at risk.
const SOON: SignedDuration = SignedDuration::from_hours(2);

/// A deadline with its words; late is broken, within two hours is at risk.
pub(super) fn due(at: Timestamp, now: Timestamp) -> Due {
    let left = at.duration_since(now);
    let tone = if left <= SignedDuration::ZERO {
        Tone::Broken
    } else if left < SOON {
        Tone::Risk
    } else {
        Tone::Waiting
    };
    Due { at, words: words::due(at, now), tone }
}

/// `4 s ago`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", since(at, now))
}

/// How long ago, never negative: a remote's clock may be ahead of ours.
pub(super) fn since(at: Timestamp, now: Timestamp) -> String {
    words::span(now.duration_since(at).max(SignedDuration::ZERO))
}

/// A clock time in the merchant's zone: `08:11`, or `12 Jul 08:11` on another day.
pub(super) fn clock(at: Timestamp, now: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone));
    let format = if at.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
    at.strftime(format).to_string()
}

/// The beginning of the day in the merchant's zone.
pub(super) fn midnight(now: Timestamp, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    now.to_zoned(zone).start_of_day().map_or(now, |start| start.timestamp())
}

/// A connection's name as people write it: `john-lewis` is John Lewis.
pub(super) fn name(connection: &str) -> String {
    let words: Vec<String> = connection.split(['-', '_']).filter(|word| !word.is_empty()).map(capital).collect();
    words.join(" ")
}

/// `A`, `A and B`, `A, B and C`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 order`, `1,930 orders`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `1,930`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// With a capital at the beginning.
pub(super) fn capital(text: &str) -> String {
    first_letter(text, |letter| letter.to_uppercase().collect())
}

/// With a small letter at the beginning, to go on in a sentence.
pub(super) fn small(text: &str) -> String {
    first_letter(text, |letter| letter.to_lowercase().collect())
}

fn first_letter(text: &str, change: impl Fn(char) -> String) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| change(first) + letters.as_str())
}

/// A sentence that ends in exactly one full stop.
pub(super) fn sentence(text: &str) -> String {
    format!("{}.", text.trim().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_read_like_speech() {
        assert_eq!(name("john-lewis"), "John Lewis");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "order", "orders"), "1 order");
        assert_eq!(listed(&["A".into(), "B".into(), "C".into()]), "A, B and C");
        assert_eq!(sentence("Stopped."), "Stopped.");
    }

    #[test]
    fn a_deadline_is_late_near_or_far() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let tone = |minutes| due(now + SignedDuration::from_mins(minutes), now).tone;
        assert_eq!([tone(-5), tone(0), tone(119), tone(120)], [Tone::Broken, Tone::Broken, Tone::Risk, Tone::Waiting]);
    }

    #[test]
    fn the_day_begins_at_midnight_where_the_merchant_is() {
        let now: Timestamp = "2026-07-13T23:30:00Z".parse().unwrap();
        assert_eq!(midnight(now, "Europe/London").to_string(), "2026-07-13T23:00:00Z");
        assert_eq!(clock(now, now, "Europe/London"), "00:30");
    }
}
