//! The twin seen from outside: literal requests in, literal replies out, and what the effect log says about it.

mod events;
mod harness;
mod import;
mod operations;
mod pickers;
mod protocol;
mod reports;
mod search;
mod stock;
mod switches;
