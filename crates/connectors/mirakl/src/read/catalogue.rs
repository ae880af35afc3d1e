//! Offers with their published stock (OF21) and the operator's carriers (SH21), `contracts/john-lewis.md §2.5`, `§2.7`.

use bytes::Bytes;
use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply};
use crossdock_model::{Carrier, Listing};

use super::body;
use crate::document::Doc;
use crate::paging;
use crate::request::{Caller, Purpose, get};
use crate::verdict::short;
use crate::windows::{CALLS, SH21};

/// The call for one page of offers, sorted by title: the default sort is by price, and prices move while we page.
pub(crate) fn plan_listings(caller: &Caller, page: &Page, page_size: u32) -> Result<Call, Rejection> {
    let request = get("/api/offers")
        .query("sort", "productTitle")
        .query("order", "asc")
        .query("max", page_size.to_string())
        .query("offset", paging::offset(page).to_string());
    caller.get(request, Purpose { window: CALLS, label: "OF21 offers" })
}

/// A page of offers.
pub(crate) fn listings(page: &Page, page_size: u32, reply: &Reply) -> Result<ReadReply, Failure> {
    let body = body(reply)?;
    let doc = Doc::of(&body);
    let list = doc.at("offers").raw().and_then(serde_json::Value::as_array);
    let rows = list.map(Vec::len).ok_or_else(|| Failure::Retry("the answer holds no list of offers".to_owned()))?;
    let observations = doc.items("offers").into_iter().map(listing).collect();
    let next = paging::next(reply, doc, page, rows, page_size).map(|page| Read::Listings { page });
    Ok(ReadReply { observations, next, facts: Vec::new() })
}

fn listing(offer: Doc<'_>) -> Observation {
    let quantity = match offer.count("quantity") {
        Ok(quantity) => quantity.unwrap_or(0),
        Err(reason) => return unreadable(offer, &reason),
    };
    // The stock file names offers by the shop's SKU, so that is the listing's id; an offer without one can only be shown.
    let sku = offer.word("shop_sku");
    let id = if sku.trim().is_empty() { offer.word("offer_id") } else { sku.clone() };
    if id.trim().is_empty() {
        return unreadable(offer, "it has neither shop_sku nor offer_id");
    }
    let reasons = offer.at("inactivity_reasons").raw().and_then(serde_json::Value::as_array);
    let reasons = reasons.into_iter().flatten().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", ");
    Observation::Listing(Listing {
        id,
        sku,
        title: offer.word("product_title"),
        published: quantity,
        active: offer.flag("active").unwrap_or(reasons.is_empty()),
        inactive_because: short(&reasons),
    })
}

fn unreadable(offer: Doc<'_>, reason: &str) -> Observation {
    let raw = offer.raw().map(ToString::to_string).map(Bytes::from).unwrap_or_default();
    Observation::Unreadable { id: None, reason: short(&format!("offer {}: {reason}", offer.word("shop_sku"))), raw }
}

/// The call for the operator's carriers; the list is not paged.
pub(crate) fn plan_carriers(caller: &Caller) -> Result<Call, Rejection> {
    caller.get(get("/api/shipping/carriers"), Purpose { window: SH21, label: "SH21 carriers" })
}

/// The operator's carriers. One without a code cannot be used and is left out.
pub(crate) fn carriers(reply: &Reply) -> Result<ReadReply, Failure> {
    let body = body(reply)?;
    let doc = Doc::of(&body);
    if !doc.has_list("carriers") {
        return Err(Failure::Retry("the answer holds no list of carriers".to_owned()));
    }
    let carriers = doc.items("carriers").into_iter().filter_map(|carrier| {
        let code = carrier.filled("code")?;
        Some(Observation::Carrier(Carrier { name: carrier.filled("label").unwrap_or_else(|| code.clone()), code }))
    });
    Ok(ReadReply { observations: carriers.collect(), ..ReadReply::default() })
}
