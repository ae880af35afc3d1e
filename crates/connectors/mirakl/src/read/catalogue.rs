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

/// How far a sweep over the offers has come.
///
/// A listing that a sweep does not show is taken off the hub's list, so a sweep has to be whole: with offset paging an offer
/// that goes away pushes another one to a page that was read already, and nobody sees it. So all pages have to count the
/// same total, and as many rows have to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sweep {
    /// Rows read before this page.
    read: u64,
    count: Count,
}

/// What the pages so far said of the length of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// Nothing; the schema promises a count, examples leave it out (`contracts/john-lewis.md §2.10`).
    Unsaid,
    /// The same.
    Of(u64),
    /// Different things: the list changed while it was read.
    Moved,
}

impl Sweep {
    /// `<rows>`, `<rows>/<total>` or `<rows>/moved`.
    fn of(page: &Page) -> Self {
        let (read, count) = page.0.split_once('/').unwrap_or((&page.0, ""));
        let count = match count {
            "" => Count::Unsaid,
            total => total.parse().map_or(Count::Moved, Count::Of),
        };
        Self { read: read.parse().unwrap_or(0), count }
    }

    fn page(self) -> Page {
        Page(match self.count {
            Count::Unsaid => self.read.to_string(),
            Count::Of(total) => format!("{}/{total}", self.read),
            Count::Moved => format!("{}/moved", self.read),
        })
    }

    /// Where the page starts, for the offset paging that all lists share.
    fn offset(self) -> Page {
        Page(self.read.to_string())
    }

    /// After one more page.
    fn on(self, rows: usize, total: Option<u64>) -> Self {
        let count = match (self.count, total) {
            (count, None) => count,
            (Count::Unsaid, Some(total)) => Count::Of(total),
            (Count::Of(known), Some(total)) if known == total => Count::Of(total),
            _ => Count::Moved,
        };
        Self { read: self.read.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX)), count }
    }

    /// Whether the sweep was whole, or why it has to be made again.
    fn ended(self) -> Result<(), Failure> {
        match self.count {
            Count::Unsaid => Ok(()),
            Count::Of(total) if total == self.read => Ok(()),
            Count::Of(total) => Err(Failure::Retry(format!("{} offers came of {total}", self.read))),
            Count::Moved => Err(Failure::Retry("the list of offers changed while it was read".to_owned())),
        }
    }
}

/// The call for one page of offers, sorted by title: the default sort is by price, and prices move while we page.
pub(crate) fn plan_listings(caller: &Caller, page: &Page, page_size: u32) -> Result<Call, Rejection> {
    let request = get("/api/offers")
        .query("sort", "productTitle")
        .query("order", "asc")
        .query("max", page_size.to_string())
        .query("offset", Sweep::of(page).read.to_string());
    caller.get(request, Purpose { window: CALLS, label: "OF21 offers" })
}

/// A page of offers.
pub(crate) fn listings(page: &Page, page_size: u32, reply: &Reply) -> Result<ReadReply, Failure> {
    let body = body(reply)?;
    let doc = Doc::of(&body);
    let list = doc.at("offers").raw().and_then(serde_json::Value::as_array);
    let rows = list.map(Vec::len).ok_or_else(|| Failure::Retry("the answer holds no list of offers".to_owned()))?;
    let sweep = Sweep::of(page);
    let more = paging::next(reply, doc, &sweep.offset(), rows, page_size)?.is_some();
    let sweep = sweep.on(rows, paging::total(doc));
    if !more {
        sweep.ended()?;
    }
    let observations = doc.items("offers").into_iter().map(listing).collect();
    Ok(ReadReply { observations, next: more.then(|| Read::Listings { page: sweep.page() }), facts: Vec::new() })
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

/// The operator's carriers. One without a code cannot be used and is left out. A list of none is no answer: no operator
/// ships by nobody, and a list that is known must not give way to it.
pub(crate) fn carriers(reply: &Reply) -> Result<ReadReply, Failure> {
    let body = body(reply)?;
    let carriers = Doc::of(&body).items("carriers").into_iter().filter_map(|carrier| {
        let code = carrier.filled("code")?;
        Some(Observation::Carrier(Carrier { name: carrier.filled("label").unwrap_or_else(|| code.clone()), code }))
    });
    let observations: Vec<Observation> = carriers.collect();
    if observations.is_empty() {
        return Err(Failure::Retry("the answer holds no carrier".to_owned()));
    }
    Ok(ReadReply { observations, ..ReadReply::default() })
}
