//! The targets, one file each.

pub(crate) mod configuration;
pub(crate) mod console;
mod console_desk;
pub(crate) mod marketplacer_answer;
pub(crate) mod marketplacer_webhook;
pub(crate) mod mirakl_answer;
pub(crate) mod mirakl_report;
pub(crate) mod mirakl_stock_file;
pub(crate) mod peoplevox_answer;
pub(crate) mod peoplevox_callback;
pub(crate) mod peoplevox_csv;
pub(crate) mod peoplevox_write;
pub(crate) mod search_clause;
mod tenant;
pub(crate) mod values;
