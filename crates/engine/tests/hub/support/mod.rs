//! What every test of the hub needs.

pub(crate) mod fake;
pub(crate) mod goods;
pub(crate) mod world;

pub(crate) use fake::{Door, Fake, Fault};
pub(crate) use goods::{despatch, item, part, rules, sale};
pub(crate) use world::{World, dawn};
