//! A stand-in for one tenant of a Peoplevox warehouse: SOAP service, import and export templates, reports, event
//! subscriptions, stock, and pickers who send parcels.
//!
//! Source of every wire fact: `contracts/peoplevox.md`. Where that paper leaves a thing open, the choice is a switch in
//! [`Options`] or stands in the doc of the module that makes it.
//!
//! Architecture invariant: nothing here knows the hub. A request takes this way: `twin` (HTTP, limit) → `soap` (envelope)
//! → `operation` (session, arguments) → `save`, or `search` over a `template` or `report` → `warehouse` (state, effects,
//! events).

mod carrier;
mod cell;
mod control;
mod event;
mod limits;
mod operation;
mod options;
mod order;
mod report;
mod save;
mod search;
mod session;
mod soap;
mod stock;
mod table;
mod template;
mod twin;
mod warehouse;
mod wsdl;

#[cfg(test)]
mod properties;

pub use options::{FieldSet, LineKey, Options, Refusal, RowOrder, Statuses, UnknownItem};
pub use twin::PeoplevoxTwin;

/// The texts that a SearchClause compares with, in the order in which it says them, as this tenant understands them
/// (`contracts/peoplevox.md §2.5`). `Err` says why it is no clause. For tests that ask whether a value means what it says.
pub fn clause_texts(clause: &str) -> Result<Vec<String>, String> {
    Ok(search::parse(clause)?.map_or_else(Vec::new, |node| search::texts(&node)))
}
