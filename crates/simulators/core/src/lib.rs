//! What the twins of the remote systems share: one seeded world, faults, an effect log and a control API.
//!
//! A **twin** is a stateful stand-in for a remote system. It speaks the remote's wire format, obeys its limits and has its
//! quirks, from the contract papers alone.
//!
//! Architecture invariant: nothing under `simulators/` knows the hub's code. A twin that shared a type with the hub's
//! connector would agree with its mistakes.

pub mod effect_log;
pub mod fault;
pub mod form;
mod host;
mod people;
mod rng;
mod twin;
pub mod world;

pub use effect_log::{Effect, EffectLog};
pub use fault::{FaultKind, Faults};
pub use host::{Answer, Host, Simulated};
pub use rng::Rng;
pub use twin::{Cx, Outbound, Twin};
pub use world::{World, WorldPlan};
