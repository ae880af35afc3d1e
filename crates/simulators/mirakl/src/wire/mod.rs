//! JSON of orders, offers and shipments, full or sparse.
//!
//! Full replies have every field that contracts/mirakl/seller-openapi.json requires and leave out what has no value.
//! Sparse replies follow the official examples instead, which break that schema: null where there is no value, several
//! required fields missing, some amounts as text (contracts/john-lewis.md §2.10).

pub(crate) mod address;
pub(crate) mod items;
pub(crate) mod line;
pub(crate) mod offer;
pub(crate) mod order;
pub(crate) mod shipment;

use serde_json::{Map, Value};

/// An object in the making.
#[derive(Debug)]
pub(crate) struct Fields {
    map: Map<String, Value>,
    sparse: bool,
}

impl Fields {
    /// Begins an object.
    pub(crate) fn new(sparse: bool) -> Self {
        Self { map: Map::new(), sparse }
    }

    /// A field that is always there.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.map.insert(key.to_owned(), value.into());
    }

    /// A field without a value is left out, or null when sparse.
    pub(crate) fn maybe(&mut self, key: &str, value: Option<impl Into<Value>>) {
        match value {
            Some(value) => self.set(key, value),
            None if self.sparse => self.set(key, Value::Null),
            None => {}
        }
    }

    /// A field that the schema requires and the official examples leave out.
    pub(crate) fn unless_sparse(&mut self, key: &str, value: impl Into<Value>) {
        if !self.sparse {
            self.set(key, value);
        }
    }

    /// A field that the schema requires and the official examples have as null.
    pub(crate) fn null_if_sparse(&mut self, key: &str, value: impl Into<Value>) {
        if self.sparse {
            self.set(key, Value::Null);
        } else {
            self.set(key, value);
        }
    }

    /// The object.
    pub(crate) fn done(self) -> Value {
        Value::Object(self.map)
    }
}

/// A text that counts only when it says something.
pub(crate) fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
