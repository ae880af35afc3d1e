//! Connector for a seller's shop at any marketplace that runs on Mirakl.
//!
//! Mirakl is one platform that many operators rent; they differ in switches (who accepts orders, one shipment per order
//! or several, which carriers are known), not in the API. So an operator is **configuration**: a base URL that the
//! transport holds, a key, and what the platform itself says about its switches (PC01). John Lewis is a
//! [preset](Preset), nothing more.
//!
//! What is particular here, and where it is dealt with:
//!
//! * each operation has its own published frequency, most of them once a minute: [`Mirakl`] names a window per operation
//!   and reads up to 100 orders a call, whatever the reason for the read (`windows`, `lookup`);
//! * official examples hold nulls and gaps where the specification promises values: documents are read by name, not by
//!   type (`document`);
//! * stock is an asynchronous file: uploaded, watched, and its error report brought home (`operation::stock`);
//! * a shipment in multi-shipment mode has no key of its own and would be created twice: it carries the hub's package
//!   key and is looked for first (`operation::multi`);
//! * an order that may have several shipments does not tell of them: they are listed before it is shown (`read::beside`).
//!
//! Architecture invariant: no host name, no other connector, no store and no flow is known here; nothing reads a clock.

mod carriers;
mod config;
mod connector;
mod document;
mod lookup;
mod note;
mod operation;
mod order;
mod paging;
mod preset;
mod read;
mod request;
mod state;
mod verdict;
mod windows;

pub use config::{Acceptance, Config, ServiceLevels, Shipments, WindowLimit};
pub use connector::Mirakl;
pub use preset::Preset;
