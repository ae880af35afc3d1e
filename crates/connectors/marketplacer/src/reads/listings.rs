//! Every sellable variant with the stock it shows (`contracts/marketplacer.md §3.6`, `§2.5`).
//!
//! Products (adverts) hold variants, and both lists are paged. A product whose variants do not fit is read on by itself before
//! the walk over products continues; the page token says how far both are.

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply};
use crossdock_model::Listing;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{broken_paging, drifts, foreign_token};
use crate::answer::{self, Trouble, cut};
use crate::documents::{ADVERT_VARIANTS, ADVERTS};
use crate::http_call::Credentials;
use crate::ids::ListingId;
use crate::wire::{Rest, flag, rest, take_nodes, text, whole};

/// Variants asked for with each product.
const VARIANTS: u32 = 100;

/// How far the walk is; stored as JSON in the page token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Cursor of the walk over products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// Products with further variants; they come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<OpenAdvert>,
    /// Whether the walk over products is at its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OpenAdvert {
    advert: String,
    after: String,
}

impl Place {
    fn read(page: &Page) -> Result<Self, Rejection> {
        if page.is_first() {
            return Ok(Self::default());
        }
        serde_json::from_str(&page.0).map_err(|_| foreign_token("listings"))
    }

    fn next(&self) -> Option<Read> {
        if self.ended && self.open.is_empty() {
            return None;
        }
        Some(Read::Listings { page: Page(serde_json::to_string(self).unwrap_or_default()) })
    }
}

pub(crate) fn plan(credentials: &Credentials, page_size: u32, page: &Page) -> Result<Call, Rejection> {
    let place = Place::read(page)?;
    if let Some(open) = place.open.first() {
        let variables = json!({ "id": open.advert, "variants": VARIANTS, "variantsAfter": open.after });
        return credentials.graphql("further variants", ADVERT_VARIANTS, &variables);
    }
    let variables = json!({ "first": page_size, "after": place.after, "variants": VARIANTS, "variantsAfter": null });
    credentials.graphql("listings", ADVERTS, &variables)
}

pub(crate) fn interpret(page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let mut place = Place::read(page).map_err(Failure::Rejected)?;
    let mut answer = answer::read(reply).map_err(Trouble::of_look)?;
    let mut observations = Vec::new();
    if place.open.is_empty() {
        let mut connection = answer.take("allAdverts").map_err(Trouble::of_look)?;
        let nodes = take_nodes(&mut connection).ok_or_else(|| broken_paging("products without a list"))?;
        for node in nodes {
            if let Some(open) = advert(node, None, &mut observations) {
                place.open.push(open);
            }
        }
        match rest(&connection, place.after.as_deref()) {
            Rest::Nothing => place.ended = true,
            Rest::After(cursor) => place.after = Some(cursor),
            Rest::Unclear => return Err(broken_paging("products")),
        }
    } else {
        let asked = place.open.remove(0);
        match answer.take("node") {
            Ok(node) => {
                if let Some(open) = advert(node, Some(&asked.after), &mut observations) {
                    place.open.insert(0, open);
                }
            }
            // Deleted since the last page: its remaining variants are gone with it.
            Err(_) if answer.errors.is_empty() => {
                observations.push(Observation::Drift(format!("product {} vanished while read", cut(&asked.advert))));
            }
            Err(trouble) => return Err(trouble.of_look()),
        }
    }
    observations.extend(drifts(&answer));
    Ok(ReadReply { observations, next: place.next(), facts: Vec::new() })
}

/// Observes one product's variants; says where to read on when they did not fit.
fn advert(mut node: Value, asked: Option<&str>, observations: &mut Vec<Observation>) -> Option<OpenAdvert> {
    let kind = node.get("__typename").and_then(Value::as_str).unwrap_or("").to_owned();
    let (mut advert, published) = match kind.as_str() {
        "Advert" => (node, true),
        "UnpublishedAdvert" => (node.get_mut("details").map(Value::take).unwrap_or_default(), false),
        // Deleted products sell nothing; they are listed for 30 days (`§2.5`).
        "DeletedAdvert" => return None,
        "" if node.is_null() => return None,
        other => {
            observations.push(Observation::Drift(format!("unknown kind of product {}", cut(other))));
            return None;
        }
    };
    let Some(mut variants) = advert.get_mut("variants").map(Value::take).filter(Value::is_object) else {
        observations.push(Observation::Drift("a product came back without variants".to_owned()));
        return None;
    };
    let parent: Parent = serde_json::from_value(advert).unwrap_or_default();
    for variant in take_nodes(&mut variants).unwrap_or_default() {
        if !variant.is_null() {
            observe(&parent, published, &variant, observations);
        }
    }
    match (rest(&variants, asked), parent.id) {
        (Rest::Nothing, _) => None,
        (Rest::After(after), Some(advert)) => {
            if asked.is_none() {
                let text = format!("product {} has more than {VARIANTS} variants; they are read apart", cut(&advert));
                observations.push(Observation::Drift(text));
            }
            Some(OpenAdvert { advert, after })
        }
        // The other products of the page are fine; only this one is known in part.
        (_, id) => {
            let reason =
                format!("product {}: nobody can say whether variants are missing", cut(&id.unwrap_or_default()));
            observations.push(Observation::Unreadable { id: None, reason, raw: variants.to_string().into() });
            None
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parent {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    title: Option<String>,
    #[serde(deserialize_with = "flag")]
    published: Option<bool>,
    #[serde(deserialize_with = "flag")]
    displayable: Option<bool>,
    #[serde(deserialize_with = "flag")]
    online: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Variant {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    legacy_id: Option<String>,
    #[serde(deserialize_with = "text")]
    sku: Option<String>,
    #[serde(deserialize_with = "text")]
    label: Option<String>,
    #[serde(deserialize_with = "whole")]
    count_on_hand: Option<i64>,
    #[serde(deserialize_with = "flag")]
    infinite_quantity: Option<bool>,
    #[serde(deserialize_with = "flag")]
    published: Option<bool>,
    #[serde(deserialize_with = "flag")]
    displayable: Option<bool>,
}

fn observe(parent: &Parent, published: bool, document: &Value, observations: &mut Vec<Observation>) {
    let mut unreadable = |reason: String| {
        let raw = document.to_string().into();
        observations.push(Observation::Unreadable { id: None, reason: format!("variant: {}", cut(&reason)), raw });
    };
    let variant: Variant = match serde_json::from_value(document.clone()) {
        Ok(variant) => variant,
        Err(error) => return unreadable(error.to_string()),
    };
    let Some(global) = variant.id.as_deref().filter(|id| !id.is_empty()) else {
        return unreadable("it has no id".to_owned());
    };
    let Some(count) = variant.count_on_hand else {
        return unreadable(format!("{global} says no stock"));
    };
    if variant.infinite_quantity == Some(true) {
        observations.push(Observation::Drift(format!("variant {} sells without limit", cut(global))));
    }
    let inactive_because = inactive(parent, published, &variant);
    let label = variant.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let title = match (parent.title.as_deref().unwrap_or(""), label) {
        (title, Some(label)) if label != title => format!("{title} ({label})"),
        (title, _) => title.to_owned(),
    };
    observations.push(Observation::Listing(Listing {
        id: ListingId::encode(global, variant.legacy_id.as_deref()),
        sku: variant.sku.unwrap_or_default(),
        title,
        published: count,
        active: inactive_because.is_empty(),
        inactive_because: inactive_because.to_owned(),
    }));
}

/// Why a variant cannot be bought now; empty when it can. What is not said counts against it.
fn inactive(parent: &Parent, published: bool, variant: &Variant) -> &'static str {
    let yes = Some(true);
    if !published || parent.published != yes {
        "product not published"
    } else if variant.published != yes {
        "variant not published"
    } else if parent.online != yes {
        "product or seller offline"
    } else if parent.displayable != yes {
        "product not displayable"
    } else if variant.displayable != yes {
        "variant not displayable"
    } else {
        ""
    }
}
