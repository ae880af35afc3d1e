//! One value of a table or report, and the shapes it takes on the wire.
//!
//! Knows nothing of templates or reports: only how a text becomes a typed value and how a typed value is printed.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Decimal,
    Bool,
    Date,
    /// A sales order's status: shown as a name, searched by number (contracts/peoplevox.md §2.5).
    Status,
}

/// One value. Decimals are ten-thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Cell<'a> {
    #[default]
    Empty,
    Text(Cow<'a, str>),
    Int(i64),
    Decimal(i64),
    Bool(bool),
    Date(Timestamp),
    Status(crate::order::Status),
}

/// How dates and booleans are printed: integration templates and reports differ (§3.4).
#[derive(Debug, Clone)]
pub(crate) struct Style {
    /// Zone in which dates are shown.
    pub zone: TimeZone,
    /// `strftime` pattern of a date.
    pub date: &'static str,
    /// The manner of reports: dates inside single quotes, `True` and `False` for `true` and `false`.
    pub report: bool,
    /// Line ends.
    pub crlf: bool,
}

/// The date form of template exports and webhooks (§3.4).
pub(crate) const EXPORT_DATE: &str = "%d/%m/%Y %H:%M:%S";

impl<'a> Cell<'a> {
    /// A text that may be empty.
    pub(crate) fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(Cow::Borrowed(text)) }
    }

    /// A text that this cell owns.
    pub(crate) fn owned(text: String) -> Cell<'static> {
        if text.is_empty() { Cell::Empty } else { Cell::Text(Cow::Owned(text)) }
    }

    /// The same value, borrowed.
    pub(crate) fn view(&self) -> Cell<'_> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(Cow::Borrowed(text.as_ref())),
            Self::Int(n) => Cell::Int(*n),
            Self::Decimal(n) => Cell::Decimal(*n),
            Self::Bool(b) => Cell::Bool(*b),
            Self::Date(at) => Cell::Date(*at),
            Self::Status(status) => Cell::Status(*status),
        }
    }

    /// The text, or nothing for every other kind.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// Reads an import cell. The text is trimmed; an empty one is [`Cell::Empty`].
    pub(crate) fn parse(kind: Kind, text: &str, zone: &TimeZone) -> Option<Cell<'static>> {
        let text = text.trim();
        if text.is_empty() {
            return Some(Cell::Empty);
        }
        Some(match kind {
            Kind::Text => Cell::owned(text.to_owned()),
            Kind::Int => Cell::Int(text.parse().ok()?),
            Kind::Decimal => Cell::Decimal(parse_decimal(text)?),
            Kind::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Cell::Bool(true),
                "false" | "0" => Cell::Bool(false),
                _ => return None,
            },
            Kind::Date => Cell::Date(parse_date(text, zone)?),
            Kind::Status => Cell::Status(crate::order::Status::by_name(text)?),
        })
    }

    /// Prints the value into a report or an export.
    pub(crate) fn print(&self, style: &Style, out: &mut String) {
        use std::fmt::Write as _;
        match self {
            Self::Empty => {}
            Self::Text(text) => out.push_str(text),
            Self::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Self::Decimal(n) => {
                // Two decimals, half away from zero (§3.4): finer import values are rounded on export.
                let cents = n.unsigned_abs().saturating_add(50) / 100;
                let sign = if *n < 0 && cents > 0 { "-" } else { "" };
                let _ = write!(out, "{sign}{}.{:02}", cents / 100, cents % 100);
            }
            Self::Bool(b) => out.push_str(match (b, style.report) {
                (true, true) => "True",
                (false, true) => "False",
                (true, false) => "true",
                (false, false) => "false",
            }),
            Self::Date(at) => {
                let text = print_date(*at, &style.zone, style.date);
                if style.report {
                    let _ = write!(out, "'{text}'");
                } else {
                    out.push_str(&text);
                }
            }
            Self::Status(status) => out.push_str(status.name()),
        }
    }

    /// Orders two values of one kind; `None` when one is empty or the kinds differ.
    pub(crate) fn compare(&self, other: &Cell<'_>) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Text(a), Cell::Text(b)) => a.as_ref().cmp(b.as_ref()),
            (Self::Int(a), Cell::Int(b)) | (Self::Decimal(a), Cell::Decimal(b)) => a.cmp(b),
            (Self::Int(a), Cell::Decimal(b)) => a.saturating_mul(10_000).cmp(b),
            (Self::Decimal(a), Cell::Int(b)) => a.cmp(&b.saturating_mul(10_000)),
            (Self::Bool(a), Cell::Bool(b)) => a.cmp(b),
            (Self::Date(a), Cell::Date(b)) => a.cmp(b),
            (Self::Status(a), Cell::Status(b)) => a.id().cmp(&b.id()),
            (Self::Status(a), Cell::Int(b)) => a.id().cmp(b),
            _ => return None,
        })
    }

    /// A total order for `OrderBy`: empty first.
    pub(crate) fn sort(&self, other: &Cell<'_>) -> Ordering {
        self.compare(other).unwrap_or(match (self, other) {
            (Self::Empty, Cell::Empty) => Ordering::Equal,
            (Self::Empty, _) => Ordering::Less,
            (_, Cell::Empty) => Ordering::Greater,
            _ => Ordering::Equal,
        })
    }
}

/// A decimal with a dot, into ten-thousandths; further digits are cut.
pub(crate) fn parse_decimal(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && part.is_empty()) || !whole.chars().chain(part.chars()).all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut fraction: String = part.chars().take(4).collect();
    while fraction.len() < 4 {
        fraction.push('0');
    }
    let value = whole.checked_mul(10_000)?.checked_add(fraction.parse().ok()?)?;
    Some(if negative { -value } else { value })
}

/// The import forms of a date (§3.4), day-first forms last; the zone is the tenant's.
pub(crate) fn parse_date(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    const FORMS: [&str; 7] = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%d %b %Y %H:%M:%S",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%Y-%m-%d",
    ];
    let civil = FORMS.iter().find_map(|form| {
        let broken = strtime::parse(form, text).ok()?;
        broken.to_datetime().or_else(|_| broken.to_date().map(DateTime::from)).ok()
    })?;
    zone.to_timestamp(civil).ok()
}

/// Prints a moment in a zone.
pub(crate) fn print_date(at: Timestamp, zone: &TimeZone, pattern: &str) -> String {
    let zoned: Zoned = at.to_zoned(zone.clone());
    zoned.strftime(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn london() -> TimeZone {
        TimeZone::get("Europe/London").unwrap()
    }

    #[test]
    fn a_summer_midnight_is_exported_as_the_evening_before_in_utc() {
        // contracts/peoplevox.md §3.4: 5 July local shows as 04/07/2017 23:00:00.
        let at = parse_date("2017-07-05 00:00:00", &london()).unwrap();
        assert_eq!(print_date(at, &TimeZone::UTC, EXPORT_DATE), "04/07/2017 23:00:00");
        assert_eq!(parse_date("11 Mar 2015 11:54:51", &london()), Some("2015-03-11T11:54:51Z".parse().unwrap()));
        assert_eq!(parse_date("yesterday", &london()), None);
    }

    #[test]
    fn decimals_have_two_places_on_export() {
        let style = Style { zone: TimeZone::UTC, date: EXPORT_DATE, report: false, crlf: false };
        let show = |text: &str| {
            let mut out = String::new();
            Cell::parse(Kind::Decimal, text, &TimeZone::UTC).unwrap().print(&style, &mut out);
            out
        };
        assert_eq!(show("10"), "10.00");
        assert_eq!(show("-1.5"), "-1.50");
        assert_eq!(show("0.125"), "0.13");
        assert_eq!(show("-0.001"), "0.00");
        assert_eq!(Cell::parse(Kind::Decimal, "1,5", &TimeZone::UTC), None);
        assert_eq!(Cell::parse(Kind::Decimal, "99999999999999999999", &TimeZone::UTC), None);
    }
}
