//! A twin of a Mirakl marketplace as one seller sees it: the seller (shop) API that John Lewis's marketplace runs on.
//!
//! It exists so that the hub can be tested, shown and measured without the real marketplace: it sells the world's planned
//! orders from its own published stock, asks the seller to accept, takes its time to debit the customer, hides addresses
//! until SHIPPING, imports stock files asynchronously, enforces the published call frequencies and reports every change of
//! its own state in the effect log.
//!
//! Sources: contracts/john-lewis.md §2 and §5, the operations in contracts/mirakl/*.txt, and for the shape of every reply
//! contracts/mirakl/seller-openapi.json. What these leave open is a switch in [`Options`].
//!
//! Architecture invariant: nothing here knows the hub.

mod agenda;
mod carriers;
mod control;
mod dispatch;
mod imports;
mod lifecycle;
mod limits;
mod multipart;
mod offers;
mod operations;
mod options;
mod order;
mod orders;
mod paging;
mod place;
#[cfg(test)]
mod properties;
mod reply;
mod route;
pub mod sample;
mod shipment;
mod shipping;
mod text;
mod twin;
mod wire;

pub use options::{Acceptance, ErrorShape, ForeignShop, Model, Options, Shipments};
pub use twin::MiraklTwin;
