//! Durations and deadlines in the words of a shift lead.

use jiff::{SignedDuration, Timestamp};

/// A length of time in its two largest units: `3 d 4 h`, `2 h 10 m`, `41 s`.
pub fn span(length: SignedDuration) -> String {
    let seconds = length.as_secs().unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, 1..10) if !seconds.is_multiple_of(60) => format!("{minutes} m {:02} s", seconds % 60),
        (0, 0, _) => format!("{minutes} m"),
        (0, _, 0) => format!("{hours} h"),
        (0, ..) => format!("{hours} h {minutes} m"),
        (_, 0, _) => format!("{days} d"),
        _ => format!("{days} d {hours} h"),
    }
}

/// A deadline seen from now: `due in 2 h 10 m`, `40 m late`.
pub fn due(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left.is_negative() { format!("{} late", span(left)) } else { format!("due in {}", span(left)) }
}

/// `1 order`, `15 orders`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_like_speech() {
        let said = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!(said(41), "41 s");
        assert_eq!(said(123), "2 m 03 s");
        assert_eq!(said(1_800), "30 m");
        assert_eq!(said(7_800), "2 h 10 m");
        assert_eq!(said(7_200), "2 h");
        assert_eq!(said(100_000), "1 d 3 h");
        // Seconds matter below ten minutes only, and a full unit needs no smaller one.
        assert_eq!((said(0), said(59)), ("0 s".to_owned(), "59 s".to_owned()));
        assert_eq!((said(60), said(120), said(599)), ("1 m".to_owned(), "2 m".to_owned(), "9 m 59 s".to_owned()));
        assert_eq!((said(600), said(630), said(3_599)), ("10 m".to_owned(), "10 m".to_owned(), "59 m".to_owned()));
        assert_eq!((said(3_600), said(86_399)), ("1 h".to_owned(), "23 h 59 m".to_owned()));
        assert_eq!((said(86_400), said(88_200)), ("1 d".to_owned(), "1 d".to_owned()));
        assert_eq!((said(3 * 86_400 + 4 * 3_600), said(-90)), ("3 d 4 h".to_owned(), "1 m 30 s".to_owned()));
    }

    #[test]
    fn a_deadline_counts_down_and_then_up() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        assert_eq!(due("2026-11-23T11:10:00Z".parse().unwrap(), now), "due in 2 h 10 m");
        assert_eq!(due("2026-11-23T08:20:00Z".parse().unwrap(), now), "40 m late");
        assert_eq!(due(now, now), "due in 0 s", "not late yet");
    }

    #[test]
    fn one_is_one_and_all_else_is_many() {
        let said = |number| count(number, "order", "orders");
        assert_eq!([said(0), said(1), said(15)], ["0 orders", "1 order", "15 orders"]);
    }
}
