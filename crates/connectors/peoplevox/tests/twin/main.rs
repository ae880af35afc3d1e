//! The connector against the twin of a tenant, which shares no code with it: every switch for what the contract leaves
//! open, and a reply lost at every call. What the twin's own log says is the truth.

#[path = "../support/mod.rs"]
mod support;

mod driver;
mod orders;
mod reads;
