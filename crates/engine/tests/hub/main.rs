//! The hub, driven from outside against scripted remotes, as statements about the business.

mod changes;
mod intake;
mod lanes;
mod protocol;
mod protocol_batches;
mod protocol_doubt;
mod queue;
mod restored;
mod stock;
mod stock_guards;
mod support;
mod windows;
