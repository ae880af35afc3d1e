//! Whose rows may be taken: those of the seller that the key belongs to (`contracts/marketplacer.md §1`, `§3.2`).
//!
//! A seller's key sees its own rows only; an operator's key sees every seller's, and would turn all of them into orders and
//! listings of ours. So each list is asked together with who is asking.

use crossdock_connector::{Failure, Session};
use serde_json::Value;

use crate::answer::{Answer, cut};

/// The fact under which the probe remembers the seller's id.
pub(crate) const SELLER_ID: &str = "seller_id";
/// What an operator's key is told.
pub(crate) const OPERATOR_KEY: &str = "this key belongs to no seller: an operator's key sees every seller's orders. Create a \
                                       key in the seller's portal (Extensions > API Access)";

/// The global id of the seller that the key belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Owner(String);

impl Owner {
    /// Reads it from the answer itself, else from what the probe remembered. A key that belongs to no seller, or of which
    /// nobody can say whose it is, gets no rows.
    pub(super) fn of(answer: &Answer, session: &Session) -> Result<Self, Failure> {
        let principal = answer.root("apiKeyPrincipal");
        let seller = principal.and_then(|principal| principal.get("seller")).filter(|seller| !seller.is_null());
        if let Some(id) = seller.and_then(|seller| seller.get("id")).and_then(Value::as_str).filter(|id| !id.is_empty())
        {
            return Ok(Self(id.to_owned()));
        }
        let failed = answer.errors.iter().any(|error| error.path.first().is_some_and(|root| root == "apiKeyPrincipal"));
        if principal.is_some() && seller.is_none() && !failed {
            return Err(Failure::Retry(OPERATOR_KEY.to_owned()));
        }
        match session.fact(SELLER_ID).filter(|id| !id.is_empty()) {
            Some(id) => Ok(Self(id.to_owned())),
            None => Err(Failure::Retry("the answer does not say whose key this is".to_owned())),
        }
    }

    /// The seller of a row, where it is another one. A row that names nobody was given to our key, and is ours.
    pub(super) fn stranger(&self, row: &Value) -> Option<String> {
        let seller = row.pointer("/seller/id").and_then(Value::as_str)?;
        (seller != self.0).then(|| cut(seller))
    }
}
