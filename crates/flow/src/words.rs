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
    }

    #[test]
    fn a_deadline_counts_down_and_then_up() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        assert_eq!(due("2026-11-23T11:10:00Z".parse().unwrap(), now), "due in 2 h 10 m");
        assert_eq!(due("2026-11-23T08:20:00Z".parse().unwrap(), now), "40 m late");
    }
}
