//! Tolerant readers for single values of Marketplacer's JSON. Everything may be missing or null; a figure that is no whole
//! number is the one thing that spoils its document.

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text; numbers are taken as written (`contracts/marketplacer.md §11`: ids are numbers or texts), other shapes are not there.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// Yes, no or not said.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.and_then(|value| value.as_bool()))
}

/// A whole number, given as number or text. Read from its digits, never through a float.
pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let digits = match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => return Err(serde::de::Error::custom(format!("a quantity is {}", kind(&other)))),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    match whole.parse::<i64>() {
        Ok(number) if fraction.bytes().all(|digit| digit == b'0') => Ok(Some(number)),
        _ => Err(serde::de::Error::custom(format!("`{}` is not a usable quantity", crate::answer::cut(&digits)))),
    }
}

/// A list; null and other shapes are not there. Null items are kept, because for order lines they matter.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Option<Vec<Option<T>>>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> Deserialize<'a>,
{
    match Option::<Value>::deserialize(deserializer)? {
        Some(value @ Value::Array(_)) => serde_json::from_value(value).map(Some).map_err(serde::de::Error::custom),
        _ => Ok(None),
    }
}

/// A moment with its offset, such as `2019-11-29T03:05:38+11:00` (`contracts/marketplacer.md §1`, scalars).
pub(crate) fn moment(text: Option<&str>) -> Option<Timestamp> {
    text?.trim().parse().ok()
}

/// The offset in which such a moment is written.
pub(crate) fn offset(text: Option<&str>) -> Option<Offset> {
    Pieces::parse(text?.trim()).ok()?.to_numeric_offset()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Where a connection of rows goes on (`contracts/marketplacer.md §3.1`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rest {
    /// That was all.
    Nothing,
    /// More behind this cursor.
    After(String),
    /// The page information is missing or contradicts itself: nobody can say whether something is missing.
    Unclear,
}

/// Reads `pageInfo`. `asked` is the cursor that this page was asked with: the same cursor again would never end.
pub(crate) fn rest(connection: &Value, asked: Option<&str>) -> Rest {
    let info = connection.get("pageInfo");
    match info.and_then(|info| info.get("hasNextPage")).and_then(Value::as_bool) {
        Some(false) => Rest::Nothing,
        Some(true) => match info.and_then(|info| info.get("endCursor")).and_then(Value::as_str) {
            Some(cursor) if !cursor.is_empty() && Some(cursor) != asked => Rest::After(cursor.to_owned()),
            _ => Rest::Unclear,
        },
        None => Rest::Unclear,
    }
}

/// Takes the `nodes` of a connection out of it; `None` when there is no list at all.
pub(crate) fn take_nodes(connection: &mut Value) -> Option<Vec<Value>> {
    match connection.get_mut("nodes").map(Value::take) {
        Some(Value::Array(nodes)) => Some(nodes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Figure {
        #[serde(default, deserialize_with = "whole")]
        n: Option<i64>,
    }

    fn figure(json: &str) -> Result<Option<i64>, serde_json::Error> {
        serde_json::from_str::<Figure>(json).map(|figure| figure.n)
    }

    #[test]
    fn a_whole_number_may_be_written_in_several_ways() {
        for json in [r#"{"n":3}"#, r#"{"n":3.0}"#, r#"{"n":"3"}"#, r#"{"n":" 3.00 "}"#] {
            assert_eq!(figure(json).unwrap(), Some(3), "{json}");
        }
        assert_eq!(figure(r#"{"n":null}"#).unwrap(), None);
        assert_eq!(figure("{}").unwrap(), None);
    }

    #[test]
    fn fractions_and_giants_are_refused_not_rounded() {
        for json in [r#"{"n":2.5}"#, r#"{"n":1e40}"#, r#"{"n":99999999999999999999}"#, r#"{"n":[]}"#, r#"{"n":"x"}"#] {
            assert!(figure(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_cursor_that_does_not_move_is_not_followed() {
        let page = serde_json::json!({"pageInfo": {"hasNextPage": true, "endCursor": "MTAw"}});
        assert_eq!(rest(&page, None), Rest::After("MTAw".to_owned()));
        assert_eq!(rest(&page, Some("MTAw")), Rest::Unclear);
        assert_eq!(rest(&serde_json::json!({"nodes": []}), None), Rest::Unclear);
    }
}
