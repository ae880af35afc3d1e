//! Personal data that must not reach a log by accident.

use serde::{Deserialize, Serialize};

/// A value about a person (a name, an address line, a telephone number) or a secret.
///
/// It has no `Display`, and its `Debug` is redacted, so that no log line, error text or panic message carries it. Code
/// that truly needs the value (a request body, an operator's page) says so with [`Private::reveal`].
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place where personal data leaves its cover: keep them few.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Private<String> {
    /// The text, as a slice.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for Private<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for Private<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl<T> std::fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[private]")
    }
}

#[cfg(test)]
mod tests {
    use super::Private;

    #[test]
    fn the_value_is_there_for_whoever_asks_by_name() {
        let name = Private::from("Zoë".to_owned());
        assert_eq!((name.reveal().as_str(), name.text()), ("Zoë", "Zoë"));
        assert!(!name.is_blank() && Private::from(" \t").is_blank() && Private::<String>::default().is_blank());
        assert_eq!(name.into_inner(), "Zoë");
    }

    #[test]
    fn debug_never_shows_the_value() {
        let name = Private::from("Zoë Canary");
        assert_eq!(format!("{name:?}"), "[private]");
        assert_eq!(name.text(), "Zoë Canary");
    }
}
