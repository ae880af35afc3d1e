//! Every sellable variant with the stock it shows (`contracts/marketplacer.md §3.6`, `§2.5`).
//!
//! Products (adverts) hold variants, and both lists are paged. A product whose variants do not fit is read on by itself before
//! the walk over products continues. Products are walked in the order of their making, which no later change disturbs
//! (`AdvertsWhereSort`); what comes back with holes is read once more before the walk may end.

mod place;
mod variant;

use std::collections::BTreeSet;

use crossdock_connector::{Call, Failure, Observation, Page, ReadReply, Rejection, Reply, Session};
use serde_json::{Value, json};

use super::owner::Owner;
use super::{broken_paging, drifts};
use crate::answer::{self, Trouble, cut};
use crate::documents::{ADVERT_VARIANTS, ADVERTS};
use crate::http_call::Credentials;
use crate::wire::{Rest, rest, take_nodes};
use place::{OpenAdvert, Place, Spot};
use variant::Parent;

/// Variants asked for with each product.
const VARIANTS: u32 = 100;
/// The fact under which the listings that sell without limit are remembered, so that a stock push can end that. Ids, blank
/// between them.
pub(crate) const INFINITE: &str = "infinite_listings";
/// More of them are not remembered at once; the next read-back has the rest.
const MOST_INFINITE: usize = 200;

pub(crate) fn plan(credentials: &Credentials, page_size: u32, page: &Page) -> Result<Call, Rejection> {
    match Place::read(page)?.due().0 {
        Spot::Variants { advert, after } => {
            let variables = json!({ "id": advert, "variants": VARIANTS, "variantsAfter": after });
            credentials.graphql("further variants", ADVERT_VARIANTS, &variables)
        }
        Spot::Products(after) => {
            let variables = json!({ "first": page_size, "after": after, "variants": VARIANTS, "variantsAfter": null });
            credentials.graphql("listings", ADVERTS, &variables)
        }
    }
}

pub(crate) fn interpret(page: &Page, session: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
    let mut place = Place::read(page).map_err(Failure::Rejected)?;
    let mut answer = answer::read(reply).map_err(Trouble::of_look)?;
    let owner = Owner::of(&answer, session)?;
    let mut seen = Seen { owner, observations: Vec::new(), hole: None };
    let (spot, repeated) = place.due();
    match &spot {
        Spot::Products(asked) => {
            let mut connection = answer.take("allAdverts").map_err(Trouble::of_look)?;
            let nodes = take_nodes(&mut connection).ok_or_else(|| broken_paging("products without a list"))?;
            for node in nodes {
                place.open.extend(seen.advert(node, None));
            }
            match rest(&connection, asked.as_deref()) {
                Rest::Unclear => return Err(broken_paging("products")),
                // A repeated page is behind us; only the walk itself goes on.
                _ if repeated => {}
                Rest::Nothing => place.ended = true,
                Rest::After(cursor) => place.after = Some(cursor),
            }
        }
        Spot::Variants { advert, after } => {
            if !repeated {
                place.open.remove(0);
            }
            match answer.take("node") {
                Ok(node) => {
                    let open = seen.advert(node, Some(after));
                    place.open.splice(0..0, open);
                }
                // Deleted since the last page: its remaining variants are gone with it.
                Err(_) if answer.errors.is_empty() => {
                    let text = format!("product {} vanished while read", cut(advert));
                    seen.observations.push(Observation::Drift(text));
                }
                Err(_) => seen.hole = Some(format!("product {} could not be read on", cut(advert))),
            }
        }
    }
    if repeated {
        place.holes.retain(|other| *other != spot);
    }
    if let Some(what) = seen.hole.take() {
        let error = answer.errors.first().map(|error| format!(" ({})", error.message)).unwrap_or_default();
        place.hole(spot, repeated, &format!("{what}{error}"))?;
    }
    let mut observations = seen.observations;
    observations.extend(drifts(&answer));
    let facts = without_limit(session, &observations);
    Ok(ReadReply { observations, next: place.next(), facts })
}

/// What one answer shows.
struct Seen {
    owner: Owner,
    observations: Vec<Observation>,
    /// The first thing that should be there and is not.
    hole: Option<String>,
}

impl Seen {
    fn hole(&mut self, what: impl Into<String>) {
        self.hole.get_or_insert_with(|| what.into());
    }

    /// Observes one product's variants; says where to read on when they did not fit.
    fn advert(&mut self, mut node: Value, asked: Option<&str>) -> Option<OpenAdvert> {
        let kind = node.get("__typename").and_then(Value::as_str).unwrap_or("").to_owned();
        let (mut advert, published) = match kind.as_str() {
            "Advert" => (node, true),
            "UnpublishedAdvert" => (node.get_mut("details").map(Value::take).unwrap_or_default(), false),
            // Deleted products sell nothing; they are listed for 30 days (`§2.5`).
            "DeletedAdvert" => return None,
            "" => {
                self.hole("a product came back empty");
                return None;
            }
            other => {
                self.observations.push(Observation::Drift(format!("unknown kind of product {}", cut(other))));
                return None;
            }
        };
        if let Some(seller) = self.owner.stranger(&advert) {
            let text = format!("a product of another seller ({seller}) is left out");
            self.observations.push(Observation::Drift(text));
            return None;
        }
        let Some(mut variants) = advert.get_mut("variants").map(Value::take).filter(Value::is_object) else {
            self.hole("a product came back without variants");
            return None;
        };
        let parent: Parent = serde_json::from_value(advert).unwrap_or_default();
        let name = cut(parent.id.as_deref().unwrap_or("?"));
        let Some(nodes) = take_nodes(&mut variants) else {
            self.hole(format!("product {name} came back without its list of variants"));
            return None;
        };
        for variant in nodes {
            if variant.is_null() {
                self.hole(format!("product {name}: a variant came back empty"));
            } else if let Err(what) = variant::observe(&parent, published, &variant, &mut self.observations) {
                self.hole(format!("product {name}: {what}"));
            }
        }
        match (rest(&variants, asked), parent.id) {
            (Rest::Nothing, _) => None,
            (Rest::After(after), Some(advert)) => {
                if asked.is_none() {
                    let text = format!("product {name} has more than {VARIANTS} variants; they are read apart");
                    self.observations.push(Observation::Drift(text));
                }
                Some(OpenAdvert { advert, after })
            }
            // The other products of the page are fine; only this one is known in part.
            _ => {
                self.hole(format!("product {name}: nobody can say whether variants are missing"));
                None
            }
        }
    }
}

/// The remembered listings without limit, as this answer changes them.
fn without_limit(session: &Session, observations: &[Observation]) -> Vec<(String, String)> {
    let before = session.fact(INFINITE).unwrap_or("");
    let mut ids: BTreeSet<&str> = before.split(' ').filter(|id| !id.is_empty()).collect();
    for observation in observations {
        let Observation::Listing(listing) = observation else { continue };
        if listing.published == variant::WITHOUT_LIMIT {
            if ids.len() < MOST_INFINITE && !listing.id.contains(' ') {
                ids.insert(&listing.id);
            }
        } else {
            ids.remove(listing.id.as_str());
        }
    }
    let after = ids.into_iter().collect::<Vec<_>>().join(" ");
    if after == before { Vec::new() } else { vec![(INFINITE.to_owned(), after)] }
}
