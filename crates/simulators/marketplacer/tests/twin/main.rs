//! The twin seen from outside: literal requests in, literal replies and effects out.

mod common;
mod dispatch_and_stock;
mod graphql_language;
mod keys_and_limits;
mod orders;
mod refunds;
mod rest;
mod schema_agrees;
mod webhooks;
