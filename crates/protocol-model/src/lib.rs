//! The effect protocol (`ARCHITECTURE.md` §3, rules R1 to R15) as a model that is searched in full.
//!
//! A simulation meets the interleavings that its dice throw; this crate meets **all** of a small world: one to three
//! writes, one or two hubs that may crash or stand still at any step, a network that loses and delays, a remote that
//! answers reads from an old copy, people who act beside the hub. Two sentences are checked in every state:
//!
//! * **never twice**: no cause has two effects at the remote, and no order is picked but whole and once;
//! * **never lost**: where nothing more will move by itself, every cause is confirmed (and really there), or a person
//!   has been asked.
//!
//! Both must hold with every [`Guard`] in force, and fail when one is taken away: a guard whose removal changes nothing
//! is either not needed or not understood, and a model that cannot fail shows nothing (`reliability.md` §2.4).
//!
//! **What it must not know:** the hub. It is written from the rules, so that the two can disagree. Time is in *ticks*, of
//! which only the order matters: a call may leave for [`SEND_WITHIN`] tick after it was written down, is carried out
//! within [`ARRIVES_WITHIN`] tick more, and shows in reads one tick later (two in a bad hour).

mod guard;
mod hub;
mod model;
mod remote;
mod scenario;
mod search;
mod state;

pub use guard::{Guard, Guards};
pub use model::{Action, Protocol};
pub use scenario::{Budgets, Cause, Delay, Kind, Scenario};
pub use search::{Found, always_ends, counterexample, states};
pub use state::{ARRIVES_WITHIN, OLD, SEND_WITHIN, State};
