//! The shop's offers and their published quantities.

use std::collections::{BTreeMap, HashMap};

use sim_core::World;

/// One in this many offers is sold out when the world begins, whatever the warehouse holds.
const SOLD_OUT_EVERY: usize = 50;

/// An offer of the shop.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// `offer_id`.
    pub(crate) id: i64,
    /// The seller's SKU (`shop_sku`).
    pub(crate) sku: String,
    /// The operator's own eight-digit code, which is never the seller's SKU (`product_sku`).
    pub(crate) product_sku: String,
    pub(crate) title: String,
    pub(crate) barcode: String,
    /// Pence, VAT included.
    pub(crate) price: i64,
    pub(crate) quantity: i64,
    /// Figures by warehouse code, where a stock file named warehouses.
    pub(crate) warehouses: BTreeMap<String, i64>,
    /// Whether it was taken off; orders still name it.
    pub(crate) delisted: bool,
}

/// Every offer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offers {
    all: Vec<Offer>,
    by_sku: HashMap<String, usize>,
}

const FIRST_OFFER_ID: i64 = 2_000;

impl Offers {
    /// One offer for each item and kit that is not switched off.
    ///
    /// The published quantity begins one below the warehouse's, so that a first stock run has something to do.
    pub(crate) fn of(world: &World) -> Self {
        let mut offers = Self::default();
        for item in world.catalogue.iter().filter(|item| !item.deactivated) {
            let position = offers.list(&item.code, &item.name, &item.barcode, item.price);
            let sold_out = position % SOLD_OUT_EVERY == SOLD_OUT_EVERY - 1;
            if let Some(offer) = offers.all.get_mut(position)
                && !sold_out
            {
                offer.quantity = (world.opening_stock(&item.code) - 1).max(0);
            }
        }
        offers
    }

    /// Lists an offer with quantity 0 and says at which position; an existing one stays as it is.
    pub(crate) fn list(&mut self, sku: &str, title: &str, barcode: &str, price: i64) -> usize {
        if let Some(position) = self.by_sku.get(sku) {
            return *position;
        }
        let position = self.all.len();
        let number = i64::try_from(position).unwrap_or(0);
        self.all.push(Offer {
            id: FIRST_OFFER_ID + number,
            sku: sku.to_owned(),
            product_sku: format!("{:08}", 23_400_117 + number * 31),
            title: title.to_owned(),
            barcode: barcode.to_owned(),
            price,
            quantity: 0,
            warehouses: BTreeMap::new(),
            delisted: false,
        });
        self.by_sku.insert(sku.to_owned(), position);
        position
    }

    /// The position of a SKU that is listed.
    pub(crate) fn find(&self, sku: &str) -> Option<usize> {
        self.by_sku.get(sku).copied().filter(|position| self.all.get(*position).is_some_and(|offer| !offer.delisted))
    }

    /// Whether a SKU is or was listed.
    pub(crate) fn known(&self, sku: &str) -> bool {
        self.by_sku.contains_key(sku)
    }

    /// Takes an offer off, or lists it again with quantity 0. False when there never was one.
    pub(crate) fn set_listed(&mut self, sku: &str, listed: bool) -> bool {
        let Some(offer) = self.by_sku.get(sku).and_then(|position| self.all.get_mut(*position)) else {
            return false;
        };
        if listed == offer.delisted {
            offer.delisted = !listed;
            offer.quantity = 0;
            offer.warehouses.clear();
        }
        true
    }

    /// The offer at a position.
    pub(crate) fn get(&self, position: usize) -> Option<&Offer> {
        self.all.get(position)
    }

    /// The offer at a position.
    pub(crate) fn get_mut(&mut self, position: usize) -> Option<&mut Offer> {
        self.all.get_mut(position)
    }

    /// The listed offer of an `offer_id`.
    pub(crate) fn by_offer_id(&self, offer_id: i64) -> Option<&Offer> {
        let position = usize::try_from(offer_id.checked_sub(FIRST_OFFER_ID)?).ok()?;
        self.all.get(position).filter(|offer| !offer.delisted)
    }

    /// All that are listed, by offer id.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Offer> {
        self.all.iter().filter(|offer| !offer.delisted)
    }
}
