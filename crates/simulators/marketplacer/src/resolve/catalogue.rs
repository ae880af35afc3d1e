//! Fields of adverts, variants, the seller and the key's owner (`contracts/marketplacer.md` §2.5, §2.8, §1).

use serde_json::{Map, Value, json};

use crate::auth::Role;
use crate::entity::Entity;
use crate::resolve::page::{BARE_VARIANTS, VARIANTS, connection};
use crate::resolve::{Out, View, decimal, leaf};
use crate::shop::{Listing, OWN_SELLER};

impl View<'_> {
    pub(super) fn advert(&self, face: Entity, id: u64, name: &str, arguments: &Map<String, Value>) -> Out {
        let Some(advert) = self.shop.adverts.get(&id) else {
            return Out::NULL;
        };
        let published = advert.listing == Listing::Published;
        match name {
            "variants" => {
                let full = matches!(face, Entity::Advert(_));
                let displayable_only = full && arguments.get("displayableOnly") == Some(&Value::Bool(true));
                let shown = advert.variants.iter().filter(|id| !displayable_only || self.is_displayable(**id));
                let shown: Vec<u64> = shown.copied().collect();
                let names = if full { VARIANTS } else { BARE_VARIANTS };
                let kind = if full { Entity::Variant } else { Entity::AllAdvertVariant };
                connection(names, &shown, kind, arguments, self.options)
            }
            "details" => Out::entity(Entity::Advert(id)),
            "title" | "fullTitle" | "description" => leaf(advert.title.as_str()),
            "seller" => Out::entity(Entity::Seller(advert.seller)),
            "brand" => Out::entity(Entity::Brand),
            "published" => leaf(published),
            "online" => leaf(published && self.shop.online),
            "displayable" => leaf(published && advert.variants.iter().any(|id| self.is_displayable(*id))),
            "vetted" => leaf(true),
            "requiresVetting" | "vettingRejected" | "hasDuplicateBarcodes" => leaf(false),
            "hasInvalidVariants" => {
                let nameless = |id: &u64| self.shop.variants.get(id).is_none_or(|variant| variant.sku.is_none());
                leaf(advert.variants.iter().any(nameless))
            }
            "errorMessages" => Out::Many(Vec::new()),
            "createdAt" => self.moment(advert.created),
            "updatedAt" => self.moment(advert.updated),
            "lowestPrice" | "lowestOriginalPrice" => {
                let prices = advert.variants.iter().filter_map(|id| self.shop.variants.get(id));
                Out::Leaf(prices.map(|variant| variant.price).min().map_or(Value::Null, |pence| json!(decimal(pence))))
            }
            _ => Out::NULL,
        }
    }

    /// Whether the system would sell it now, stock aside.
    fn is_displayable(&self, variant: u64) -> bool {
        let variant = self.shop.variants.get(&variant).filter(|variant| variant.barcode.is_some());
        let advert = variant.and_then(|variant| self.shop.adverts.get(&variant.advert));
        self.shop.online && advert.is_some_and(|advert| advert.listing == Listing::Published)
    }

    pub(super) fn variant(&self, id: u64, name: &str) -> Out {
        let Some(variant) = self.shop.variants.get(&id) else {
            return Out::NULL;
        };
        match name {
            "sku" => Out::Leaf(json!(variant.sku)),
            "barcode" => Out::Leaf(json!(variant.barcode)),
            "label" => leaf(variant.label.as_str()),
            "countOnHand" => {
                let asked = self.echo.iter().rev().find(|(echoed, _)| *echoed == id);
                leaf(asked.map_or(variant.count, |(_, quantity)| *quantity))
            }
            "infiniteQuantity" => leaf(variant.infinite),
            "published" => {
                let advert = self.shop.adverts.get(&variant.advert);
                leaf(advert.is_some_and(|advert| advert.listing == Listing::Published))
            }
            "displayable" => leaf(self.is_displayable(id)),
            "buyable" => leaf(self.is_displayable(id) && (variant.infinite || variant.count > 0)),
            "advert" => Out::maybe(self.shop.face_of_advert(variant.advert)),
            "duplicateBarcodeVariants" => Out::Many(Vec::new()),
            "createdAt" => self.moment(variant.created),
            "updatedAt" => self.moment(variant.updated),
            "lowestPrice" | "lowestOriginalPrice" => leaf(decimal(variant.price)),
            "optionValuesInclusiveValid" => leaf(true),
            "pricingModel" => leaf("MARKETPLACE"),
            _ => Out::NULL,
        }
    }

    pub(super) fn seller(&self, id: u64, name: &str) -> Out {
        let own = id == OWN_SELLER;
        match name {
            "businessName" => leaf(if own { "Harbour Lane Homewares" } else { "Millpond Antiques" }),
            "emailAddress" => leaf(if own { "trade@harbourlane.example" } else { "hello@millpond.example" }),
            "online" => leaf(!own || self.shop.online),
            "apiEnabled" => leaf(!own || !self.shop.api_off),
            "initiateRefundsEnabled" | "refundRequestAllowed" | "trackingInformationRequiredForBulkDispatch" => {
                leaf(true)
            }
            "accountType" => leaf(if own && self.shop.prospective { "PROSPECTIVE" } else { "RETAILER" }),
            "invoiceDispatchDaysThreshold" => leaf(2),
            "integrationsManagerEnabled" | "multiStoreParent" => leaf(false),
            "shipmentAddresses" => Out::Many(Vec::new()),
            "updatedAt" => {
                let newest = self.shop.by_updated.last().map(|(at, _)| *at);
                newest.map_or_else(|| leaf("2026-01-01T00:00:00Z"), |at| self.moment(at))
            }
            _ => Out::NULL,
        }
    }

    pub(super) fn principal(&self, name: &str) -> Out {
        let seller = self.role == Role::Seller;
        match name {
            "seller" if seller => Out::entity(Entity::Seller(OWN_SELLER)),
            "emailAddress" if seller => leaf("trade@harbourlane.example"),
            "emailAddress" => leaf("operations@kettleandcoral.example"),
            "name" | "username" => leaf(if seller { "Seller integration" } else { "Operator integration" }),
            _ => Out::NULL,
        }
    }
}
