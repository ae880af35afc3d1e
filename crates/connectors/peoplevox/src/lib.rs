//! The connector for a Peoplevox warehouse (`contracts/peoplevox.md`).
//!
//! It exists so that the hub can read items, stock, despatches and orders of a Peoplevox tenant, create sales orders there
//! and be told of changes, without knowing that all of this travels as CSV text inside SOAP envelopes whose columns every
//! tenant names for itself.
//!
//! Where to look: `soap` and `answer` are the envelope, `csv_table`, `search_clause` and `dates` the three small
//! languages inside it, `templates` what a tenant has configured, `stock`, `despatches`, `orders_read` and `catalogue` the
//! reads, `create_order`, `order_outcomes` and `order_verdict` the one write that matters with `order_stage`, `order_note`,
//! `draft_rows`, `order_compare` and `saved_rows` in its service, `subscriptions` and `callbacks` the events.
//!
//! Architecture invariant: this crate knows no other remote, no store, no clock and no flow. It decides nothing about the
//! business; it says in Peoplevox's words what the hub asks, and in the hub's words what Peoplevox answers.

mod answer;
mod callbacks;
mod catalogue;
mod config;
mod connector;
mod create_order;
mod csv_table;
mod cursor;
mod dates;
mod despatches;
mod draft_rows;
mod health;
mod order_compare;
mod order_note;
mod order_outcomes;
mod order_stage;
mod order_verdict;
mod orders_read;
mod requests;
mod saved_rows;
mod search_clause;
mod session;
mod soap;
mod stock;
mod subscriptions;
mod tables;
mod templates;
mod values;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod properties;

pub use config::{Config, PasswordEncoding};
pub use connector::Peoplevox;
