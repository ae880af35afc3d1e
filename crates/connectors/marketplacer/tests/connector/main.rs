//! What the connector promises, shown by request and reply pairs.

mod support;

mod despatch;
mod documents;
mod garbage;
mod health;
mod listings;
mod orders;
mod properties;
mod stock;
mod watch;
mod webhook;
mod wiring;
