//! Names that people choose for merchants and connections.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a chosen name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a usable {what}: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter")]
pub struct InvalidId {
    what: &'static str,
    given: String,
}

fn check(what: &'static str, given: &str) -> Result<(), InvalidId> {
    let mut bytes = given.bytes();
    let starts_well = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
    let goes_on_well = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if starts_well && goes_on_well && given.len() <= 40 {
        Ok(())
    } else {
        Err(InvalidId { what, given: given.to_owned() })
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 40 lower-case letters, digits and hyphens that start with a letter.
            pub fn new(name: impl Into<String>) -> Result<Self, InvalidId> {
                let name = name.into();
                check($what, &name)?;
                Ok(Self(name))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(value: String) -> Result<Self, InvalidId> {
                Self::new(value)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name_type!(
    /// One seller with one warehouse and any number of channels. Every stored row carries it.
    MerchantId,
    "merchant id"
);
name_type!(
    /// One account at one remote system: `peoplevox`, `john-lewis`, `marketplacer`. Unique within a merchant.
    ConnectionName,
    "connection name"
);

#[cfg(test)]
mod tests {
    use super::ConnectionName;

    #[test]
    fn accepts_plain_names_and_refuses_the_rest() {
        assert!(ConnectionName::new("john-lewis").is_ok());
        for bad in ["", "John", "9lives", "a b", "a/b", "-x", &"a".repeat(41)] {
            assert!(ConnectionName::new(bad).is_err(), "{bad} should be refused");
        }
    }
}
