//! Small conversions of cell values that several reads share.

/// The longest piece of a remote's own words that is passed on.
const EXCERPT: usize = 300;

/// At most 300 characters of a remote's text, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(EXCERPT).collect();
    if line.is_empty() { "(no text)".to_owned() } else { line }
}

/// A whole number as Peoplevox writes it: `12`, but also `12.00`, since some columns are decimals
/// (`contracts/peoplevox.md §3.4`). A true fraction, an exponent or a figure out of range is `None`: nothing is rounded.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let zero_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b == b'0');
    let plain = whole.strip_prefix('-').unwrap_or(whole).bytes().all(|b| b.is_ascii_digit());
    if zero_fraction && plain { whole.parse().ok() } else { None }
}

/// `True`, `false`, `TRUE`, `1`, … (`contracts/peoplevox.md §3.4`); anything else is not a yes and not a no.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// Text as the warehouse and the hub compare and send it: line breaks, tabs and other white space that a CSV cell inside
/// SOAP cannot carry safely (`contracts/peoplevox.md §2.6`, multi-line values) become one blank, ends are trimmed.
pub(crate) fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_break = false;
    for c in text.trim().chars() {
        let breaks = matches!(c, '\r' | '\n' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if !breaks {
            out.push(c);
        } else if !after_break {
            out.push(' ');
        }
        after_break = breaks;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_nothing() {
        for (text, expected) in [
            ("12", Some(12)),
            (" 12.00 ", Some(12)),
            ("-3", Some(-3)),
            ("0", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("1.5", None),
            ("1.", None),
            ("", None),
            ("-", None),
            ("1e3", None),
            ("1,234", None),
            ("+4", None),
            ("NaN", None),
        ] {
            assert_eq!(whole_number(text), expected, "{text}");
        }
    }

    #[test]
    fn line_breaks_become_one_blank_and_everything_else_stays() {
        assert_eq!(canonical(" 1 High St\r\nFlat  2\n\n\tRear "), "1 High St Flat  2 Rear");
        assert_eq!(canonical("Zoë \"Q\", 3"), "Zoë \"Q\", 3");
    }

    #[test]
    fn an_excerpt_is_short_and_on_one_line() {
        assert_eq!(excerpt("a\nb"), "a b");
        assert_eq!(excerpt(" \n "), "(no text)");
        assert_eq!(excerpt(&"é".repeat(1000)).chars().count(), 300);
    }
}
