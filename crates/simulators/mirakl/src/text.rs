//! Numbers and moments as this API writes them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// An amount in pence as a JSON number: whole pounds without a fraction, as the official examples have them.
pub(crate) fn money(pence: i64) -> Value {
    if pence % 100 == 0 {
        return json!(pence / 100);
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "pence below 2^53 divide to the nearest double, which prints as the decimal"
    )]
    let pounds = pence as f64 / 100.0;
    json!(pounds)
}

/// A moment in UTC, with milliseconds only where there are some; both forms occur (contracts/john-lewis.md §2.1).
pub(crate) fn iso(at: Timestamp) -> String {
    let form = if at.subsec_millisecond() == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
    at.strftime(form).to_string()
}

/// A moment and a number of seconds; the end of time where that would overflow.
pub(crate) fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// A percentage of an amount in pence, rounded half up.
pub(crate) fn percent(pence: i64, rate: i64) -> i64 {
    pence.saturating_mul(rate).saturating_add(50).div_euclid(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_exactly() {
        for (pence, text) in
            [(0, "0"), (2_400, "24"), (1_999, "19.99"), (7, "0.07"), (-257_998, "-2579.98"), (10, "0.1")]
        {
            assert_eq!(money(pence).to_string(), text);
        }
        assert!((0..1_000_000).step_by(7).all(|pence| {
            let text = money(pence).to_string();
            let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
            format!("{whole}{part:0<2}").parse() == Ok(pence)
        }));
    }

    #[test]
    fn moments_print_milliseconds_only_when_there_are_some() {
        let at: Timestamp = "2019-04-02T14:58:22Z".parse().unwrap();
        assert_eq!(iso(at), "2019-04-02T14:58:22Z");
        let at: Timestamp = "2019-04-02T14:58:22.46Z".parse().unwrap();
        assert_eq!(iso(at), "2019-04-02T14:58:22.460Z");
    }
}
