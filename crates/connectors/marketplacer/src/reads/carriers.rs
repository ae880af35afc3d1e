//! The carriers that the marketplace's operator approved; a shipment must name one of them
//! (`contracts/marketplacer.md §3.3`).

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply};
use crossdock_model::Carrier;
use serde_json::{Value, json};

use super::{broken_paging, drifts};
use crate::answer::{self, Trouble};
use crate::documents::CARRIERS;
use crate::http_call::Credentials;
use crate::wire::{Rest, rest, take_nodes};

pub(crate) fn plan(credentials: &Credentials, page_size: u32, page: &Page) -> Result<Call, Rejection> {
    let after = (!page.is_first()).then_some(page.0.as_str());
    credentials.graphql("shipment carriers", CARRIERS, &json!({ "first": page_size, "after": after }))
}

pub(crate) fn interpret(page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let mut answer = answer::read(reply).map_err(Trouble::of_look)?;
    let mut connection = answer.take("shipmentCarriers").map_err(Trouble::of_look)?;
    let nodes = take_nodes(&mut connection).ok_or_else(|| broken_paging("carriers without a list"))?;
    // The list is taken as a whole: a carrier that could not be read now would be forgotten, and its parcels held.
    if nodes.iter().any(Value::is_null)
        && let Some(error) = answer.errors.first()
    {
        return Err(Failure::Retry(format!("a carrier came back empty: {}", error.message)));
    }
    let mut observations = Vec::new();
    for node in nodes.iter().filter(|node| !node.is_null()) {
        let word = |field: &str| node.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        match (word("id"), word("name")) {
            (Some(code), Some(name)) => {
                observations.push(Observation::Carrier(Carrier { code: code.to_owned(), name: name.to_owned() }));
            }
            _ => observations.push(Observation::Drift("a carrier without id or name".to_owned())),
        }
    }
    observations.extend(drifts(&answer));
    let next = match rest(&connection, Some(&page.0)) {
        Rest::Nothing => None,
        Rest::After(cursor) => Some(Read::Carriers { page: Page(cursor) }),
        Rest::Unclear => return Err(broken_paging("carriers")),
    };
    Ok(ReadReply { observations, next, facts: Vec::new() })
}
