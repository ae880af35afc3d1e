//! How far a walk over products and their variants is; stored as JSON in the page token.

use crossdock_connector::{Failure, Page, Read, Rejection};
use serde::{Deserialize, Serialize};

use crate::reads::foreign_token;

/// So many places may come back with holes and be read again at the end; with more the answers are no use.
const MOST_HOLES: usize = 20;

/// One call of the walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Spot {
    /// A page of products, behind a cursor.
    Products(Option<String>),
    /// Further variants of a product, behind a cursor.
    Variants {
        /// The product's global id.
        advert: String,
        /// The cursor.
        after: String,
    },
}

/// How far the walk is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Cursor of the walk over products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    /// Products with further variants; they come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) open: Vec<OpenAdvert>,
    /// Whether the walk over products is at its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) ended: bool,
    /// What came back with holes, and is read once more at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) holes: Vec<Spot>,
}

/// A product with more variants than one page holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenAdvert {
    pub(super) advert: String,
    pub(super) after: String,
}

impl Place {
    pub(super) fn read(page: &Page) -> Result<Self, Rejection> {
        if page.is_first() {
            return Ok(Self::default());
        }
        serde_json::from_str(&page.0).map_err(|_| foreign_token("listings"))
    }

    /// The call that is due, and whether it repeats one that came back with holes.
    pub(super) fn due(&self) -> (Spot, bool) {
        if let Some(open) = self.open.first() {
            return (Spot::Variants { advert: open.advert.clone(), after: open.after.clone() }, false);
        }
        match self.holes.first() {
            Some(spot) if self.ended => (spot.clone(), true),
            _ => (Spot::Products(self.after.clone()), false),
        }
    }

    /// Notes that the call that was due has been answered with holes: it is asked once more at the end, so that one bad product
    /// does not keep the others from being read. With holes a second time the walk fails: a run that ends as complete makes
    /// the hub forget what it did not see.
    pub(super) fn hole(&mut self, spot: Spot, repeated: bool, what: &str) -> Result<(), Failure> {
        if repeated {
            return Err(Failure::Retry(format!("listings, asked twice: {what}")));
        }
        if self.holes.len() >= MOST_HOLES {
            return Err(Failure::Retry(format!("listings, in more than {MOST_HOLES} places: {what}")));
        }
        if !self.holes.contains(&spot) {
            self.holes.push(spot);
        }
        Ok(())
    }

    pub(super) fn next(&self) -> Option<Read> {
        if self.ended && self.open.is_empty() && self.holes.is_empty() {
            return None;
        }
        Some(Read::Listings { page: Page(serde_json::to_string(self).unwrap_or_default()) })
    }
}
