//! OF21, OF22, OF26: reading offers and their published figures (contracts/mirakl/offers_stock_prices.txt).

use http::header;
use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::form;

use super::{comma_list, descending, switch};
use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::offers::Offer;
use crate::paging::{OffsetPage, Query};
use crate::reply::{self, Outcome, Refusal};
use crate::twin::ShopState;
use crate::wire;
use crate::wire::offer::Selling;

impl MiraklTwin {
    /// OF21.
    pub(crate) fn list_offers(&self, now: Timestamp, call: &Call<'_>) -> Outcome {
        let query = &call.query;
        let page = OffsetPage::read(query)?;
        let states = comma_list(query, "offer_state_codes")?;
        let product = form::first(query, "product_id");
        let favourites_only = switch(query, "favorite")? == Some(true);
        let candidates: Vec<&Offer> = match form::first(query, "sku") {
            Some(sku) => self.offers.find(sku).and_then(|position| self.offers.get(position)).into_iter().collect(),
            None => self.offers.listed().collect(),
        };
        // Every offer is new (state 11) and none is a favourite.
        let none = favourites_only || states.is_some_and(|states| !states.contains(&"11"));
        let mut found: Vec<&Offer> = candidates
            .into_iter()
            .filter(|offer| !none && product.is_none_or(|product| product == offer.product_sku))
            .collect();
        sort(&mut found, query)?;
        let offers: Vec<Value> = found
            .iter()
            .skip(page.offset)
            .take(page.max)
            .map(|offer| self.shown_offer(offer, now, call.sparse))
            .collect();
        let mut body = json!({ "offers": offers });
        if !call.sparse {
            body["total_count"] = json!(found.len());
        }
        let reply = reply::json(200, &body);
        Ok(match page.link(&call.base, "/api/offers", query, found.len()) {
            Some(link) => reply::with_header(reply, header::LINK, &link),
            None => reply,
        })
    }

    /// OF22.
    pub(crate) fn show_offer(&self, now: Timestamp, call: &Call<'_>, id: &str) -> Outcome {
        let offer = self.offer(id)?;
        Ok(reply::json(200, &self.shown_offer(offer, now, call.sparse)))
    }

    /// OF26: 0 when the offer cannot be bought.
    pub(crate) fn show_quantity(&self, id: &str) -> Outcome {
        let offer = self.offer(id)?;
        let quantity = if self.shop_state == ShopState::Open { offer.quantity } else { 0 };
        let body = json!({ "offer_id": offer.id, "quantity": quantity });
        Ok(reply::json(200, &body))
    }

    fn offer(&self, id: &str) -> Result<&Offer, Refusal> {
        let number: i64 = id.parse().map_err(|_| Refusal::bad("'offer' must be a number").field("offer"))?;
        self.offers.by_offer_id(number).ok_or_else(|| Refusal::missing(format!("Offer with id {number} not found.")))
    }

    fn shown_offer(&self, offer: &Offer, now: Timestamp, sparse: bool) -> Value {
        let selling = Selling {
            open: self.shop_state == ShopState::Open,
            dropship: self.sells_by_dropship(),
            centre: &self.options.fulfilment_centre,
        };
        wire::offer::offer(offer, selling, now, sparse)
    }
}

/// Sorts as OF21 documents it: by total price, which is the default, by price, or by product title and then total price.
/// What is equal in all of that has no promised sequence; here it is the offer id's.
fn sort(offers: &mut [&Offer], query: &Query) -> Result<(), Refusal> {
    match form::first(query, "sort") {
        // Shipping costs nothing here, so the price is the total price.
        None | Some("totalPrice" | "price") => offers.sort_by_key(|offer| (offer.price, offer.id)),
        Some("productTitle") => offers.sort_by(|a, b| (&a.title, a.price, a.id).cmp(&(&b.title, b.price, b.id))),
        Some(other) => return Err(Refusal::bad(format!("'{other}' is not a sort field")).field("sort")),
    }
    if descending(query)? {
        offers.reverse();
    }
    Ok(())
}
