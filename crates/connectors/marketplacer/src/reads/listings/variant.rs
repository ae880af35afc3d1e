//! One variant with the stock it shows (`contracts/marketplacer.md §2.5`).

use crossdock_connector::Observation;
use crossdock_model::Listing;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::cut;
use crate::ids::ListingId;
use crate::wire::{flag, text, whole};

/// What a variant with `infiniteQuantity` shows: no figure of ours is ever so high, so that it is seen to differ and is corrected.
pub(super) const WITHOUT_LIMIT: i64 = i64::MAX;
/// What a variant shows that does not say how much: no figure of ours is ever so low.
const NOT_SAID: i64 = -1;

/// What a variant's product says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Parent {
    #[serde(deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "text")]
    title: Option<String>,
    #[serde(deserialize_with = "flag")]
    published: Option<bool>,
    #[serde(deserialize_with = "flag")]
    displayable: Option<bool>,
    #[serde(deserialize_with = "flag")]
    online: Option<bool>,
}

/// What can be told of a variant whatever else is wrong with it.
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
    #[serde(deserialize_with = "flag")]
    infinite_quantity: Option<bool>,
    #[serde(deserialize_with = "flag")]
    published: Option<bool>,
    #[serde(deserialize_with = "flag")]
    displayable: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Figure {
    #[serde(default, deserialize_with = "whole")]
    count_on_hand: Option<i64>,
}

/// Observes a variant. An error is one that cannot even be named: there is a hole in the list.
pub(super) fn observe(
    parent: &Parent,
    published: bool,
    document: &Value,
    observations: &mut Vec<Observation>,
) -> Result<(), String> {
    let variant: Variant = serde_json::from_value(document.clone()).map_err(|error| cut(&error.to_string()))?;
    let global = variant.id.as_deref().filter(|id| !id.is_empty()).ok_or("a variant came back without its id")?;
    let count = serde_json::from_value::<Figure>(document.clone()).map(|figure| figure.count_on_hand);
    let infinite = variant.infinite_quantity == Some(true);
    let shown = match count {
        _ if infinite => {
            observations.push(Observation::Drift(format!("variant {} sells without limit", cut(global))));
            WITHOUT_LIMIT
        }
        Ok(Some(count)) => count,
        // It stays known, lest its figure never be sent again; and a person is told.
        unusable => {
            let why = unusable.err().map_or_else(|| "it says no stock".to_owned(), |error| error.to_string());
            let reason = format!("variant {}: {}", cut(global), cut(&why));
            observations.push(Observation::Unreadable { id: None, reason, raw: document.to_string().into() });
            NOT_SAID
        }
    };
    let inactive_because = inactive(parent, published, &variant, shown == 0);
    let label = variant.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let title = match (parent.title.as_deref().unwrap_or(""), label) {
        (title, Some(label)) if label != title => format!("{title} ({label})"),
        (title, _) => title.to_owned(),
    };
    observations.push(Observation::Listing(Listing {
        id: ListingId::encode(global, variant.legacy_id.as_deref()),
        sku: variant.sku.unwrap_or_default(),
        title,
        published: shown,
        active: inactive_because.is_empty(),
        inactive_because: inactive_because.to_owned(),
    }));
    Ok(())
}

/// Why a variant cannot be bought now; empty when it can, or when only stock is missing. What is not said counts against it.
///
/// `displayable` is the system's word for "can be sold now" (`§2.5`), which sold-out goods cannot: it tells nothing about them.
fn inactive(parent: &Parent, published: bool, variant: &Variant, sold_out: bool) -> &'static str {
    let yes = Some(true);
    if !published || parent.published != yes {
        "product not published"
    } else if variant.published != yes {
        "variant not published"
    } else if parent.online != yes {
        "product or seller offline"
    } else if sold_out {
        ""
    } else if parent.displayable != yes {
        "product not displayable"
    } else if variant.displayable != yes {
        "variant not displayable"
    } else {
        ""
    }
}
