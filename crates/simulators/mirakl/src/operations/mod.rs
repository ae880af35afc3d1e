//! The operations, grouped as the published documentation groups them.

mod accept;
mod cancel;
mod items_to_ship;
mod offers;
mod order_list;
mod order_ship;
mod platform;
mod reference;
mod shipment_create;
mod shipment_list;
mod shipment_update;
mod stock;

pub(crate) use cancel::Wanted;
use jiff::Timestamp;
use sim_core::form;

use crate::paging::Query;
use crate::reply::Refusal;

/// A moment from a query; both `Z` and an offset are taken (contracts/john-lewis.md §2.1 "Dates").
fn moment(query: &Query, name: &str) -> Result<Option<Timestamp>, Refusal> {
    form::first(query, name)
        .map(|text| {
            text.parse().map_err(|_| Refusal::bad(format!("'{name}' must be a date and time in ISO 8601")).field(name))
        })
        .transpose()
}

/// A switch from a query.
fn switch(query: &Query, name: &str) -> Result<Option<bool>, Refusal> {
    form::first(query, name)
        .map(|text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Refusal::bad(format!("'{name}' must be true or false")).field(name)),
        })
        .transpose()
}

/// Whether a list is wanted in descending sequence (contracts/john-lewis.md §2.1 "Offset paging").
fn descending(query: &Query) -> Result<bool, Refusal> {
    match form::first(query, "order") {
        None | Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(other) => Err(Refusal::bad(format!("'{other}' is neither asc nor desc")).field("order")),
    }
}

/// The ids that a list may name in one query (contracts/john-lewis.md §2.1 "Lists in query").
const MOST_VALUES: usize = 100;

/// A comma-joined list. A repeated key is the other style, which these parameters do not have: its first value counts.
fn comma_list<'a>(query: &'a Query, name: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
    let Some(text) = form::first(query, name) else {
        return Ok(None);
    };
    let values: Vec<&str> = text.split(',').map(str::trim).filter(|value| !value.is_empty()).collect();
    if values.len() > MOST_VALUES {
        return Err(Refusal::bad(format!("'{name}' takes no more than {MOST_VALUES} values")).field(name));
    }
    Ok(Some(values))
}

/// A list by repeated keys. A comma is a part of the value.
fn repeated<'a>(query: &'a Query, name: &str) -> Vec<&'a str> {
    query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
}
