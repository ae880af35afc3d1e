//! Request and reply pairs for every call of the connector, as the engine would drive it.

mod accept;
mod catalogue;
mod garbage;
mod health;
mod kit;
mod multi;
mod operators;
mod order_documents;
mod orders;
mod parts;
mod properties;
mod single;
mod stock;
