//! What a change sets in motion elsewhere.

use std::collections::BTreeSet;

/// Collected while a transaction runs: whose figures must be computed again, whose lanes must be woken.
#[derive(Debug, Default)]
pub(crate) struct Ripple {
    items: BTreeSet<String>,
    rings: BTreeSet<String>,
}

impl Ripple {
    pub(crate) fn item(&mut self, code: impl Into<String>) {
        self.items.insert(code.into());
    }

    pub(crate) fn wake(&mut self, connection: impl AsRef<str>) {
        if !self.rings.contains(connection.as_ref()) {
            self.rings.insert(connection.as_ref().to_owned());
        }
    }

    pub(crate) fn take_items(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.items)
    }

    pub(crate) fn rings(&self) -> impl Iterator<Item = &str> {
        self.rings.iter().map(String::as_str)
    }
}
