//! The shop as it is when the world begins.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sim_core::World;
use sim_core::world::{CatalogueItem, Customer};

use crate::options::Options;
use crate::shop::{
    Advert, Carrier, Delivery, Flag, Invoice, Line, Listing, OTHER_SELLER, OWN_SELLER, Shop, Variant, next_id,
};

/// The other seller's invoice; below all numbers of ours.
const OTHER_INVOICE: u64 = 9_001;

/// What goes into a new variant.
pub(crate) struct NewVariant<'a> {
    pub(crate) sku: Option<&'a str>,
    pub(crate) barcode: Option<&'a str>,
    pub(crate) label: &'a str,
    pub(crate) price: i64,
    pub(crate) count: i64,
}

/// Lists the catalogue: what the warehouse has switched off shows as a deleted advert, every tenth item shares its
/// neighbour's advert, and there is what an audit should find: a variant without SKU, adverts taken off sale, and (if the
/// options say so) SKUs that are listed twice.
pub(crate) fn shop(world: &World, options: &Options) -> Shop {
    let start = world.plan.start;
    let mut shop = Shop::default();
    shop.online = true;
    shop.active = true;
    shop.carriers = carriers();
    let stock = opening_stock(world);
    for (index, item) in world.catalogue.iter().enumerate() {
        let listing = if item.deactivated { Listing::Deleted } else { Listing::Published };
        let shared = (index % 10 == 9 && !item.deactivated)
            .then(|| shop.adverts.last_key_value())
            .flatten()
            .filter(|(_, advert)| advert.listing == Listing::Published)
            .map(|(id, _)| *id);
        let advert = shared.unwrap_or_else(|| new_advert(&mut shop, &item.name, listing, OWN_SELLER, start));
        let count = stock.get(item.code.as_str()).copied().unwrap_or(0);
        new_variant(&mut shop, advert, &of_item(item, (count - 1).max(0)), start);
    }
    if let Some(first) = world.catalogue.first() {
        let advert = new_advert(&mut shop, "Sample box, not for sale", Listing::Unpublished, OWN_SELLER, start);
        let sku = format!("{}-OLD", first.code);
        let old = NewVariant { sku: Some(&sku), barcode: None, label: "Previous season", price: first.price, count: 3 };
        new_variant(&mut shop, advert, &old, start);
        let nameless = NewVariant { sku: None, barcode: None, label: "Default", price: first.price, count: 0 };
        new_variant(&mut shop, advert, &nameless, start);
        new_advert(&mut shop, "Draft without variants", Listing::Unpublished, OWN_SELLER, start);
    }
    for item in world.catalogue.iter().take(options.duplicate_skus) {
        let advert = new_advert(&mut shop, &item.name, Listing::Unpublished, OWN_SELLER, start);
        new_variant(&mut shop, advert, &of_item(item, 0), start);
    }
    if options.second_seller {
        second_seller(&mut shop, world, start);
    }
    shop.news.clear();
    shop
}

/// A seller of the same marketplace, with a product and a paid order: what an operator's key sees beside ours.
fn second_seller(shop: &mut Shop, world: &World, start: Timestamp) {
    let Some(item) = world.catalogue.first() else { return };
    let advert = new_advert(shop, "Victorian writing slope", Listing::Published, OTHER_SELLER, start);
    let new = NewVariant { sku: None, barcode: Some("5099999000016"), label: "Default", price: 18_500, count: 1 };
    let variant = new_variant(shop, advert, &new, start);
    if let Some(variant) = shop.variants.get_mut(&variant) {
        // Not through `NewVariant`: the index by SKU is our seller's.
        variant.sku = Some(item.code.clone());
    }
    let line = Line {
        id: OTHER_INVOICE * 100,
        variant,
        advert,
        sku: Some(item.code.clone()),
        barcode: Some("5099999000016".to_owned()),
        name: "Default".to_owned(),
        title: "Victorian writing slope".to_owned(),
        price: 18_500,
        quantity: 1,
        sent: 0,
        cancelled: 0,
        refunded: 0,
        shipments: Vec::new(),
    };
    shop.lines.insert(line.id, (OTHER_INVOICE, 0));
    let buyer = Customer {
        first_name: "Jasper".to_owned(),
        last_name: "Thorne".to_owned(),
        email: "buyer-other@relay.example".to_owned(),
        phone: String::new(),
        line1: "3 Weir Cottages".to_owned(),
        line2: String::new(),
        city: "Hebden Bridge".to_owned(),
        county: "West Yorkshire".to_owned(),
        postcode: "HX7 6AA".to_owned(),
    };
    let invoice = Invoice {
        id: OTHER_INVOICE,
        seller: OTHER_SELLER,
        delivery: Delivery::BuyOnline,
        buyer,
        message: String::new(),
        flags: [Flag::Paid].into(),
        created: start,
        updated: start,
        paid: Some(start),
        remitted: None,
        lines: vec![line],
        shipments: Vec::new(),
        refunds: Vec::new(),
    };
    shop.invoices.insert(OTHER_INVOICE, invoice);
    shop.by_created.insert((start, OTHER_INVOICE));
    shop.by_updated.insert((start, OTHER_INVOICE));
}

fn of_item(item: &CatalogueItem, count: i64) -> NewVariant<'_> {
    NewVariant { sku: Some(&item.code), barcode: Some(&item.barcode), label: &item.name, price: item.price, count }
}

/// Adds an advert.
pub(crate) fn new_advert(shop: &mut Shop, title: &str, listing: Listing, seller: u64, at: Timestamp) -> u64 {
    let id = next_id(&shop.adverts, 100_000_001);
    let (title, variants) = (title.to_owned(), Vec::new());
    shop.adverts.insert(id, Advert { seller, title, listing, variants, created: at, updated: at });
    shop.announce("ADVERT", crate::entity::Entity::Advert(id), "create", at);
    id
}

/// Adds a variant to an advert.
pub(crate) fn new_variant(shop: &mut Shop, advert: u64, new: &NewVariant<'_>, at: Timestamp) -> u64 {
    let id = next_id(&shop.variants, 7_001);
    shop.variants.insert(
        id,
        Variant {
            advert,
            sku: new.sku.map(str::to_owned),
            barcode: new.barcode.map(str::to_owned),
            label: new.label.to_owned(),
            price: new.price,
            count: new.count,
            infinite: false,
            created: at,
            updated: at,
        },
    );
    if let Some(advert) = shop.adverts.get_mut(&advert) {
        advert.variants.push(id);
    }
    if let Some(sku) = new.sku {
        shop.by_sku.entry(sku.to_owned()).or_default().push(id);
    }
    shop.announce("VARIANT", crate::entity::Entity::Variant(id), "create", at);
    id
}

/// What may be sold of everything, in one pass (the world's own look-up is linear in the catalogue).
fn opening_stock(world: &World) -> HashMap<&str, i64> {
    let on_hand: HashMap<&str, i64> = world.catalogue.iter().map(|i| (i.code.as_str(), i.on_hand)).collect();
    let sellable = |item: &CatalogueItem| {
        let kits = item.parts.iter().map(|(code, quantity)| {
            let held = on_hand.get(code.as_str()).copied().unwrap_or(0);
            held / (*quantity).max(1)
        });
        kits.min().unwrap_or(item.on_hand)
    };
    world.catalogue.iter().map(|i| (i.code.as_str(), sellable(i))).collect()
}

/// The operator's list (`contracts/marketplacer.md` §2.6): one carrier has no page of its own.
fn carriers() -> BTreeMap<u64, Carrier> {
    let list: [(&str, &[&'static str], Option<&str>); 8] = [
        ("Royal Mail", &["RoyalMail", "Royal Mail Tracked 48", "Royal Mail Tracked 24"], Some("royal-mail")),
        ("DPD UK", &["DPD", "DPD Local"], Some("dpd")),
        ("Evri", &["Hermes"], Some("evri")),
        ("DHL Express", &["DHL"], Some("dhl")),
        ("Parcelforce", &["Parcelforce Worldwide"], Some("parcelforce")),
        ("UPS", &[], Some("ups")),
        ("Yodel", &[], Some("yodel")),
        ("Own fleet", &[], None),
    ];
    let carrier = |(name, other_names, page): (&str, &[&'static str], Option<&str>)| Carrier {
        name: name.to_owned(),
        other_names: other_names.to_vec(),
        tracking_url: page.map(|page| format!("https://{page}.example/track/{{TRACKING_NUMBER}}")),
    };
    (61..).zip(list.into_iter().map(carrier)).collect()
}
