//! The rules of the house, as statements about orders and parcels.

mod address;
mod allocate;
mod calendar;
mod changes;
mod deadline;
mod despatch;
mod journal;
mod order;
mod order_ends;
mod order_holds;
mod properties;
mod sentence;
mod support;
mod wanted;
