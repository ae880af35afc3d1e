//! The connector against the simulated operator: whole stories, every published limit enforced.
//!
//! Pairs of requests and replies show that the connector reads the contract as we do; here a second reading of the same
//! contract answers it. The twin knows nothing of the hub.

mod driver;
mod orders;
mod shipments;
mod stock;
