//! A stateful twin of one Marketplacer instance, as one seller (and its operator) sees it.
//!
//! Why it exists: the hub and anybody else's client can be driven against it, without an account, over GraphQL, the
//! legacy REST surface and outgoing webhooks (`contracts/marketplacer.md` §11). What it must not know: the hub. It is
//! written from the contract alone; where the contract leaves something open, [`Options`] has a switch.
//!
//! ```text
//! handle ─► auth, limits ─► graphql ─┐                        ┌─► effects (what really happened)
//!                        └► rest ────┼─► trade, refunds (Shop)┤
//! tick ──► customers, reviews ───────┘                        └─► news ─► webhooks ─► outbox
//! ```
//!
//! GraphQL and REST read through the same resolver (`resolve`) and write through the same rules (`trade`, `refunds`).

mod auth;
mod control;
mod entity;
mod graphql;
mod limits;
mod options;
mod refunds;
mod reply;
mod resolve;
mod rest;
mod schema;
mod seed;
mod shop;
mod time;
mod trade;
mod twin;
mod webhooks;

pub use options::{AdvertOrder, BothKeys, Forbidden, Options, RestRelations};
pub use schema::declared_fields;
pub use twin::MarketplacerTwin;
