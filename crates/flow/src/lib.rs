//! The rules of the house: pure functions and state machines.
//!
//! `step(state, event, ctx) → actions`: what an order or a parcel does next, which remote writes that needs, what stands
//! in front of whom. The context carries the moment and everything looked up beforehand.
//!
//! Architecture invariant: no clock, no randomness, no I/O, no store, no wire type, no remote's name.

pub mod calendar;
pub mod cause;
pub mod despatch;
pub mod order;
pub mod stock;
pub mod words;

mod action;
mod rules;

pub use action::{Actions, Demand, Held, Look, Note, Planned, Target};
pub use rules::{AddressRules, ChannelRules, GuardRules, StockMode, service_key};
