//! Published stock and the catalogue (`contracts/marketplacer.md` §3.5, §4.3, §2.5).

use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::{EffectLog, effect_log::kind};

use crate::entity::Entity;
use crate::shop::{Listing, Shop, Variant, next_id};

/// What a stock call sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stock {
    pub(crate) count: Option<i64>,
    /// Whether it sells without limit; left as it is where nothing is said. Over GraphQL a count alone never ends that.
    pub(crate) infinite: Option<bool>,
}

impl Stock {
    /// Whether it says anything.
    pub(crate) fn is_given(self) -> bool {
        self != Self::default()
    }

    fn write(self, variant: &mut Variant) {
        variant.count = self.count.unwrap_or(variant.count);
        variant.infinite = self.infinite.unwrap_or(variant.infinite);
    }
}

/// Sets the published figure of a variant by the seller's call. `ignored`: it is accepted and nothing happens.
pub(crate) fn set_stock(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, id: u64, stock: Stock, ignored: bool) {
    let active = shop.active;
    let Some(variant) = shop.variants.get_mut(&id) else {
        return;
    };
    let gid = Entity::Variant(id).gid();
    let object = variant.sku.clone().unwrap_or_else(|| gid.clone());
    let mut data = json!({ "quantity": stock.count, "variant": gid });
    let ignored = ignored || !active;
    if !ignored {
        stock.write(variant);
    }
    if variant.infinite || stock.infinite == Some(true) {
        data["infinite"] = Value::Bool(true);
    }
    if ignored {
        effects.push(at, "stock_ignored", object, data);
        return;
    }
    effects.push(at, kind::STOCK_SET, object, data);
    shop.touch_variant(id, at);
}

/// A person changes the figure in the portal: no call of the seller's did it.
pub(crate) fn edit_stock(
    shop: &mut Shop,
    effects: &mut EffectLog,
    at: Timestamp,
    sku: &str,
    stock: Stock,
) -> Option<u64> {
    let id = shop.variant_of_sku(sku)?;
    stock.write(shop.variants.get_mut(&id)?);
    let mut data = json!({ "quantity": stock.count });
    if let Some(infinite) = stock.infinite {
        data["infinite"] = Value::Bool(infinite);
    }
    effects.push(at, "stock_edited_by_person", sku, data);
    shop.touch_variant(id, at);
    Some(id)
}

/// The advert that a SKU is sold from is deleted, with its variants: they are told of as destroyed and found no more, while the
/// advert stays in the list of all adverts as a deleted one (`contracts/marketplacer.md` §2.5, §6.5).
pub(crate) fn delete(shop: &mut Shop, effects: &mut EffectLog, at: Timestamp, sku: &str) -> Option<u64> {
    let id = shop.variants.get(&shop.variant_of_sku(sku)?)?.advert;
    let advert = shop.adverts.get_mut(&id)?;
    advert.listing = Listing::Deleted;
    advert.updated = at;
    let variants = advert.variants.clone();
    for variant in &variants {
        if let Some(ids) = shop.variants.get(variant).and_then(|v| shop.by_sku.get_mut(v.sku.as_ref()?)) {
            ids.retain(|other| other != variant);
        }
        shop.announce("VARIANT", Entity::Variant(*variant), "destroy", at);
    }
    shop.by_sku.retain(|_, ids| !ids.is_empty());
    shop.announce("ADVERT", Entity::Advert(id), "destroy", at);
    effects.push(at, "advert_deleted", sku, json!({ "advert": Entity::Advert(id).gid() }));
    Some(id)
}

/// Changes a variant's codes and keeps the index by SKU right.
pub(crate) fn rename_variant(shop: &mut Shop, at: Timestamp, id: u64, sku: Option<String>, barcode: Option<String>) {
    let Some(variant) = shop.variants.get_mut(&id) else {
        return;
    };
    let same = |new: &Option<String>, old: &Option<String>| new.is_none() || new == old;
    if same(&sku, &variant.sku) && same(&barcode, &variant.barcode) {
        return;
    }
    variant.barcode = barcode.or_else(|| variant.barcode.take());
    if let Some(sku) = sku {
        if let Some(others) = variant.sku.as_ref().and_then(|old| shop.by_sku.get_mut(old)) {
            others.retain(|other| *other != id);
        }
        shop.by_sku.entry(sku.clone()).or_default().push(id);
        variant.sku = Some(sku);
    }
    shop.touch_variant(id, at);
}

/// Gives the variant of a SKU a new id, as an export and re-import of the catalogue can (`contracts/marketplacer.md` §2.5).
pub(crate) fn reimport(shop: &mut Shop, at: Timestamp, sku: &str) -> Option<(u64, u64)> {
    let old = shop.variant_of_sku(sku)?;
    let new = next_id(&shop.variants, 7_001);
    let variant = shop.variants.remove(&old)?;
    if let Some(advert) = shop.adverts.get_mut(&variant.advert) {
        advert.variants.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
    }
    if let Some(ids) = shop.by_sku.get_mut(sku) {
        ids.iter_mut().filter(|id| **id == old).for_each(|id| *id = new);
    }
    shop.variants.insert(new, variant);
    shop.touch_variant(new, at);
    Some((old, new))
}
