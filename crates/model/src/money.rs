//! Amounts of money: whole minor units and a currency, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a plain decimal number.
    #[error("`{0}` is not a decimal amount")]
    NotANumber(String),
    /// The amount has more decimals than the currency and they are not zero.
    #[error("`{0}` has more decimals than the currency")]
    TooPrecise(String),
    /// The amount does not fit.
    #[error("the amount is too large")]
    TooLarge,
    /// Two currencies met in one sum.
    #[error("{0} and {1} cannot be added")]
    CurrencyMismatch(Currency, Currency),
    /// Not three capital letters.
    #[error("`{0}` is not an ISO 4217 currency code")]
    NotACurrency(String),
}

/// An ISO 4217 currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Pound sterling.
    pub const GBP: Self = Self(*b"GBP");

    /// Three ASCII capital letters.
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self(bytes)),
            _ => Err(MoneyError::NotACurrency(code.to_owned())),
        }
    }

    /// The code as text.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimals one unit has (ISO 4217; the currencies without cents are listed, all others have two).
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"ISK" | b"CLP" | b"VND" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"JOD" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(value: String) -> Result<Self, MoneyError> {
        Self::new(&value)
    }
}

impl From<Currency> for String {
    fn from(value: Currency) -> Self {
        value.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units (pence for GBP) and its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: pence, cents.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount given in minor units.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Parses a plain decimal text such as `84.00`, `-3.5` or `12` exactly.
    ///
    /// Decimals beyond the currency's own are accepted only when they are zero (`1.500` GBP is £1.50).
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let trimmed = text.trim();
        let not_a_number = || MoneyError::NotANumber(text.to_owned());
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
            return Err(not_a_number());
        }
        let places = currency.decimals() as usize;
        let (kept, dropped) = fraction.split_at(fraction.len().min(places));
        if dropped.bytes().any(|b| b != b'0') {
            return Err(MoneyError::TooPrecise(text.to_owned()));
        }
        let mut minor: i64 = 0;
        let padding = std::iter::repeat_n(b'0', places - kept.len());
        for digit in whole.bytes().chain(kept.bytes()).chain(padding) {
            let digit = i64::from(digit - b'0');
            // Downwards where it is negative: the least amount has no positive counterpart.
            let next = |m: i64| if negative { m.checked_sub(digit) } else { m.checked_add(digit) };
            minor = minor.checked_mul(10).and_then(next).ok_or(MoneyError::TooLarge)?;
        }
        Ok(Self { minor, currency })
    }

    /// The sum, or an error when the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self { minor, ..self })
    }

    /// The plain decimal text, for example `84.00`, as remote systems write it.
    pub fn decimal(self) -> String {
        let places = self.currency.decimals();
        let sign = if self.minor < 0 { "-" } else { "" };
        let absolute = self.minor.unsigned_abs();
        let unit = 10_u64.pow(places);
        if places == 0 {
            format!("{sign}{absolute}")
        } else {
            format!("{sign}{}.{:0width$}", absolute / unit, absolute % unit, width = places as usize)
        }
    }
}

impl fmt::Display for Money {
    /// `£84.00` for pounds, `EUR 84.00` for all others; thousands are separated.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = self.decimal();
        let (sign, digits) = match decimal.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", decimal.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let dot = if fraction.is_empty() { "" } else { "." };
        if self.currency == Currency::GBP {
            write!(f, "{sign}£{grouped}{dot}{fraction}")
        } else {
            write!(f, "{sign}{} {grouped}{dot}{fraction}", self.currency)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, MoneyError};

    fn gbp(text: &str) -> Result<i64, MoneyError> {
        Money::parse(text, Currency::GBP).map(|m| m.minor)
    }

    #[test]
    fn parses_exactly() {
        assert_eq!(gbp("84.00"), Ok(8400));
        assert_eq!(gbp("84"), Ok(8400));
        assert_eq!(gbp("-0.5"), Ok(-50));
        assert_eq!(gbp(".07"), Ok(7));
        assert_eq!(gbp("1.500"), Ok(150));
        assert_eq!(gbp("0.29"), Ok(29));
    }

    #[test]
    fn refuses_what_is_not_an_exact_amount() {
        for bad in ["", "-", ".", "1,50", "1e3", "£1", "1.2.3", "NaN"] {
            assert!(matches!(gbp(bad), Err(MoneyError::NotANumber(_))), "{bad}");
        }
        assert!(matches!(gbp("1.005"), Err(MoneyError::TooPrecise(_))));
        assert_eq!(gbp("99999999999999999999"), Err(MoneyError::TooLarge));
    }

    #[test]
    fn writes_for_people_and_for_machines() {
        let money = Money::from_minor(-123_456_705, Currency::GBP);
        assert_eq!(money.to_string(), "-£1,234,567.05");
        assert_eq!(money.decimal(), "-1234567.05");
    }

    #[test]
    fn every_currency_has_its_own_decimals_and_its_code_beside_the_figure() {
        let currency = |code: &str| Currency::new(code).unwrap();
        for (code, text, minor, decimal, shown) in [
            ("EUR", "1234.5", 123_450, "1234.50", "EUR 1,234.50"),
            ("JPY", "1500", 1_500, "1500", "JPY 1,500"),
            ("KWD", "0.125", 125, "0.125", "KWD 0.125"),
        ] {
            let money = Money::parse(text, currency(code)).unwrap();
            assert_eq!((money.minor, money.decimal().as_str(), money.to_string().as_str()), (minor, decimal, shown));
        }
        assert!(matches!(Money::parse("0.5", currency("JPY")), Err(MoneyError::TooPrecise(_))));
        assert_eq!((currency("SEK").code(), String::from(currency("SEK")).as_str()), ("SEK", "SEK"));
        for bad in ["", "GB", "gbp", "GBPS", "G1P"] {
            assert!(Currency::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn thousands_are_set_apart_and_nothing_is_not_negative() {
        let shown = |minor| Money::from_minor(minor, Currency::GBP).to_string();
        assert_eq!(shown(0), "£0.00");
        assert_eq!(shown(12_345), "£123.45");
        assert_eq!(shown(-12_345), "-£123.45");
        assert_eq!(shown(123_456_789), "£1,234,567.89");
        assert_eq!(Money::from_minor(0, Currency::GBP).decimal(), "0.00");
    }

    #[test]
    fn sums_are_exact_or_refused() {
        let pence = |minor| Money::from_minor(minor, Currency::GBP);
        assert_eq!(pence(150).checked_add(pence(-49)), Ok(pence(101)));
        assert_eq!(pence(i64::MAX).checked_add(pence(1)), Err(MoneyError::TooLarge));
    }

    #[test]
    fn never_adds_across_currencies() {
        let eur = Currency::new("EUR").unwrap();
        let sum = Money::from_minor(1, Currency::GBP).checked_add(Money::from_minor(1, eur));
        assert!(matches!(sum, Err(MoneyError::CurrencyMismatch(..))));
    }
}
