//! Reads JSON by name instead of by type.
//!
//! The operator's own examples break its own schema in four cases of ten: nulls for plain values, required fields that
//! are missing, amounts as strings (`contracts/john-lewis.md §2.10`). A struct per document would turn one odd field into
//! a lost order, so fields are asked for one by one and each question says what it can live with.

use crossdock_model::{Currency, Money};
use jiff::Timestamp;
use serde_json::Value;

/// A JSON value that may not be there. Asking a missing document gives missing answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doc<'a>(Option<&'a Value>);

impl<'a> Doc<'a> {
    /// A document.
    pub(crate) fn of(value: &'a Value) -> Self {
        Self(Some(value))
    }

    /// The value behind a name; null counts as missing.
    fn value(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// The document behind a name.
    pub(crate) fn at(self, name: &str) -> Self {
        Self(self.value(name))
    }

    /// The value itself.
    pub(crate) fn raw(self) -> Option<&'a Value> {
        self.0
    }

    /// Whether something is there under a name.
    pub(crate) fn has(self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text; a number counts as its text (ids are sometimes numbers, sometimes strings).
    pub(crate) fn text(self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text, empty when missing.
    pub(crate) fn word(self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    /// A text that says something.
    pub(crate) fn filled(self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// A switch.
    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    /// Whether a list is there under a name: a look may conclude that something is absent only from a list.
    pub(crate) fn has_list(self, name: &str) -> bool {
        self.value(name).is_some_and(Value::is_array)
    }

    /// A list without its null items; empty when missing.
    pub(crate) fn items(self, name: &str) -> Vec<Self> {
        let list = self.value(name).and_then(Value::as_array);
        list.into_iter().flatten().filter(|item| !item.is_null()).map(Self::of).collect()
    }

    /// How many items a list has, null ones included; 0 when it is missing.
    pub(crate) fn length(self, name: &str) -> usize {
        self.value(name).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// A number of units. The API counts in 32 bits; a fraction or anything larger is an error, never a guess.
    pub(crate) fn count(self, name: &str) -> Result<Option<i64>, String> {
        let text = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(_) => return Err(format!("`{name}` is not a number")),
        };
        let whole = text.strip_suffix(".0").unwrap_or(&text);
        let count: i32 = whole.parse().map_err(|_| format!("`{name}` is not a whole number of units"))?;
        Ok(Some(i64::from(count)))
    }

    /// A moment: ISO-8601 with `Z` or an offset, milliseconds or not (`contracts/john-lewis.md §2.1`, "Dates out").
    pub(crate) fn moment(self, name: &str) -> Result<Option<Timestamp>, String> {
        match self.filled(name) {
            None => Ok(None),
            Some(text) => text.trim().parse().map(Some).map_err(|_| format!("`{name}` is not a date")),
        }
    }

    /// An amount of money, exactly.
    ///
    /// Amounts are JSON numbers, and this workspace's JSON reader keeps those as binary floats. That is exact here all
    /// the same: a decimal of at most 15 significant digits has a double of its own, reading is correctly rounded for
    /// that length, and the shortest text of a double is then that very decimal again. With two decimals this covers
    /// every amount below 10^13. What is larger, or shows more digits after the reading, is refused. A remote's float
    /// noise beyond the fifteenth digit (`84.000000000000001`) may vanish in the reading; that is never a penny.
    pub(crate) fn amount(self, name: &str, currency: Currency) -> Result<Option<Money>, String> {
        let text = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(format!("`{name}` is not an amount")),
        };
        if matches!(self.value(name), Some(Value::Number(number)) if number.is_f64()) && !read_exactly(&text) {
            return Err(format!("`{name}` has more digits than can be read exactly"));
        }
        Money::parse(&text, currency).map(Some).map_err(|error| format!("`{name}`: {error}"))
    }
}

/// Whether a float's text is short enough to be the text that was sent: 15 significant digits, 13 before the point.
fn read_exactly(text: &str) -> bool {
    let whole = text.trim_start_matches('-').split('.').next().unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0').len() <= 15 && whole.len() <= 13
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_penny_amount_is_read_exactly() {
        // A walk over amounts of all magnitudes up to 10^13, with the cents that binary floats are known to blur.
        let mut pence: i64 = 1;
        while pence < 900_000_000_000_000 {
            for delta in [0, 1, 7, 29, 58] {
                let money = Money::from_minor(pence + delta, Currency::GBP);
                let value: Value = serde_json::from_str(&format!("{{\"a\":{}}}", money.decimal())).unwrap();
                assert_eq!(Doc::of(&value).amount("a", Currency::GBP), Ok(Some(money)));
            }
            pence = pence * 3 + 11;
        }
    }

    #[test]
    fn amounts_that_would_not_be_exact_are_refused() {
        for text in ["0.30000000000000004", "99999999999999.99", "12345678901234.567", "1.005", "1e22", "true"] {
            let value: Value = serde_json::from_str(&format!("{{\"a\":{text}}}")).unwrap();
            assert!(Doc::of(&value).amount("a", Currency::GBP).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_may_be_whole_numbers_strings_or_null() {
        let value = json!({"whole": 173, "text": "1", "null": null, "blank": ""});
        let amount = |name| Doc::of(&value).amount(name, Currency::GBP).unwrap().map(|money| money.minor);
        assert_eq!(amount("whole"), Some(17_300));
        assert_eq!(amount("text"), Some(100));
        assert_eq!(amount("null"), None);
        assert_eq!(amount("blank"), None);
        assert_eq!(amount("missing"), None);
    }

    #[test]
    fn units_are_whole_and_fit() {
        let value =
            json!({"a": 3, "b": 3.0, "c": "3", "d": 1.5, "e": 9e15, "f": null, "g": [], "h": 3_000_000_000_u64});
        let count = |name| Doc::of(&value).count(name);
        for name in ["a", "b", "c"] {
            assert_eq!(count(name), Ok(Some(3)), "{name}");
        }
        assert_eq!(count("f"), Ok(None));
        for name in ["d", "e", "g", "h"] {
            assert!(count(name).is_err(), "{name}");
        }
    }

    #[test]
    fn dates_come_with_and_without_milliseconds() {
        let value = json!({"a": "2019-04-02T14:58:22.460Z", "b": "2019-04-02T14:56:01Z", "c": "2019-04-02T16:56:01+02:00",
            "d": "2/4/2019", "e": null});
        let moment = |name| Doc::of(&value).moment(name);
        assert_eq!(moment("a").unwrap().unwrap().as_millisecond() % 1000, 460);
        assert_eq!(moment("b"), moment("c"));
        assert!(moment("d").is_err());
        assert_eq!(moment("e"), Ok(None));
    }

    #[test]
    fn asking_what_is_not_there_gives_nothing() {
        let value = json!({"list": [null, 1], "not_a_list": 5});
        let doc = Doc::of(&value);
        assert_eq!(doc.at("x").at("y").text("z"), None);
        assert_eq!(doc.items("list").len(), 1);
        assert!(doc.items("not_a_list").is_empty());
        assert_eq!(doc.word("list"), "");
    }
}
