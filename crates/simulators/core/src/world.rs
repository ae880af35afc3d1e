//! One small consistent world per seed: a catalogue, and customers who order through the day.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use crate::people::Customer;
use crate::{Rng, people};

/// What kind of world to make.
#[derive(Debug, Clone)]
pub struct WorldPlan {
    /// The seed: equal plans give equal worlds.
    pub seed: u64,
    /// When the world begins.
    pub start: Timestamp,
    /// How many orders customers will place over both channels.
    pub orders: u32,
    /// Over how long they place them.
    pub span: SignedDuration,
    /// How many plain items there are; kits come on top.
    pub items: u32,
    /// The share of orders that are wrong on purpose (an unknown SKU, no postcode, an over-long address).
    pub defects: f64,
}

impl WorldPlan {
    /// A world for a demonstration: 200 items, 2 % wrong orders.
    pub fn new(seed: u64, start: Timestamp, orders: u32, span: SignedDuration) -> Self {
        Self { seed, start, orders, span, items: 200, defects: 0.02 }
    }
}

/// A sales channel of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The Marketplacer twin's.
    Marketplacer,
    /// The Mirakl twin's.
    Mirakl,
}

/// An item, or a kit when `parts` is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueItem {
    /// Item code, which is also the SKU on both channels.
    pub code: String,
    /// Name.
    pub name: String,
    /// EAN-13.
    pub barcode: String,
    /// Price in pence.
    pub price: i64,
    /// Weight in grams.
    pub weight: i64,
    /// Units on hand when the world begins; 0 for kits, whose stock is their components'.
    pub on_hand: i64,
    /// Components and how many of each; empty for a plain item.
    pub parts: Vec<(String, i64)>,
    /// Whether the warehouse has switched it off (it is listed on no channel).
    pub deactivated: bool,
}

/// What is wrong with an order, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// A line's SKU exists in no warehouse.
    UnknownSku,
    /// The address has no postcode.
    NoPostcode,
    /// The first address line is longer than the warehouse takes (100 characters).
    LongAddress,
}

/// An order that a customer will place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedOrder {
    /// 1, 2, 3, … over both channels.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub channel: Channel,
    /// Who.
    pub customer: Customer,
    /// SKU and units.
    pub lines: Vec<(String, i64)>,
    /// The buyer's message.
    pub message: String,
    /// What is wrong with it, if anything.
    pub defect: Option<Defect>,
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// The plan it was made from.
    pub plan: WorldPlan,
    /// Every item and kit.
    pub catalogue: Vec<CatalogueItem>,
    /// Every order that customers will place, by time.
    pub orders: Vec<PlannedOrder>,
}

const NOUNS: [&str; 20] = [
    "Throw", "Cushion", "Lamp", "Mug", "Candle", "Blanket", "Vase", "Tray", "Mirror", "Basket", "Clock", "Rug",
    "Stool", "Frame", "Towel", "Teapot", "Apron", "Bowl", "Planter", "Doormat",
];
const MAKES: [&str; 10] =
    ["Linen", "Oak", "Stoneware", "Merino", "Rattan", "Velvet", "Enamel", "Recycled Glass", "Waffle Cotton", "Brass"];
const COLOURS: [(&str, &str); 8] = [
    ("NVY", "Navy"),
    ("SGE", "Sage"),
    ("OCH", "Ochre"),
    ("BLK", "Black"),
    ("IVY", "Ivory"),
    ("RST", "Rust"),
    ("DNM", "Denim"),
    ("PLM", "Plum"),
];

impl World {
    /// Makes the world of a plan.
    pub fn new(plan: WorldPlan) -> Arc<Self> {
        let catalogue = catalogue(&plan);
        let orders = orders(&plan, &catalogue);
        Arc::new(Self { plan, catalogue, orders })
    }

    /// The catalogue entry of a code.
    pub fn item(&self, code: &str) -> Option<&CatalogueItem> {
        self.catalogue.iter().find(|item| item.code == code)
    }

    /// The orders of one channel, by time.
    pub fn orders_of(&self, channel: Channel) -> Vec<PlannedOrder> {
        self.orders.iter().filter(|order| order.channel == channel).cloned().collect()
    }

    /// What may be sold of an item when the world begins: its stock, or for a kit the smallest component count.
    pub fn opening_stock(&self, code: &str) -> i64 {
        let Some(item) = self.item(code) else { return 0 };
        if item.parts.is_empty() {
            return item.on_hand;
        }
        item.parts
            .iter()
            .map(|(part, quantity)| self.item(part).map_or(0, |p| p.on_hand) / (*quantity).max(1))
            .min()
            .unwrap_or(0)
    }
}

fn catalogue(plan: &WorldPlan) -> Vec<CatalogueItem> {
    let mut rng = Rng::new(plan.seed, "world/catalogue");
    let demand_per_item = i64::from(plan.orders) * 2 / i64::from(plan.items.max(1)) + 1;
    let mut items: Vec<CatalogueItem> = (0..plan.items)
        .map(|index| {
            let (short, colour) = COLOURS[rng.index(COLOURS.len())];
            let name = format!("{} {}, {colour}", rng.pick(&MAKES), rng.pick(&NOUNS));
            CatalogueItem {
                code: format!("CD-{:05}-{short}", 10_000 + index * 7),
                name,
                barcode: ean13(500_000_000_000 + u64::from(index) * 13),
                price: rng.between(8, 180) * 100 - 1,
                weight: rng.between(2, 60) * 50,
                // One item in twenty is scarce, so that a run shows stock running out.
                on_hand: if index % 20 == 19 { rng.between(3, 9) } else { demand_per_item * rng.between(4, 9) + 20 },
                parts: Vec::new(),
                deactivated: index % 97 == 96,
            }
        })
        .collect();
    let kits = (plan.items / 25).max(1).min(plan.items / 2);
    for kit in 0..kits {
        let first = items[(kit as usize * 3) % plan.items as usize].clone();
        let second = items[(kit as usize * 3 + 1) % plan.items as usize].clone();
        items.push(CatalogueItem {
            code: format!("KIT-{:03}", kit + 1),
            name: format!("Gift set: {} and two of {}", first.name, second.name),
            barcode: ean13(509_900_000_000 + u64::from(kit)),
            price: first.price + second.price * 2 - 500,
            weight: first.weight + second.weight * 2,
            on_hand: 0,
            parts: vec![(first.code, 1), (second.code, 2)],
            deactivated: false,
        });
    }
    items
}

fn orders(plan: &WorldPlan, catalogue: &[CatalogueItem]) -> Vec<PlannedOrder> {
    let mut rng = Rng::new(plan.seed, "world/orders");
    let sellable: Vec<&CatalogueItem> = catalogue.iter().filter(|item| !item.deactivated).collect();
    let span = plan.span.as_millis().max(1);
    let mut moments: Vec<i128> = (0..plan.orders)
        .map(|_| {
            // Two draws, the smaller one with a bias: mornings are busier than evenings.
            let draw = |rng: &mut Rng| i128::from(rng.bits() >> 1) % span;
            if rng.chance(0.5) { draw(&mut rng).min(draw(&mut rng)) } else { draw(&mut rng) }
        })
        .collect();
    moments.sort_unstable();
    let mut number = 0;
    moments
        .into_iter()
        .map(|offset| {
            number += 1;
            let mut lines: Vec<(String, i64)> = Vec::new();
            for _ in 0..[1, 1, 2, 2, 2, 3][rng.index(6)] {
                let item = sellable[rng.index(sellable.len())];
                if lines.iter().all(|(code, _)| *code != item.code) {
                    lines.push((item.code.clone(), [1, 1, 1, 2, 3][rng.index(5)]));
                }
            }
            let mut customer = people::invent(&mut rng, number);
            let defect = rng
                .chance(plan.defects)
                .then(|| [Defect::UnknownSku, Defect::NoPostcode, Defect::LongAddress][rng.index(3)]);
            match defect {
                Some(Defect::UnknownSku) => lines[0].0 = format!("JL-{}-NVY", rng.between(80_000, 89_999)),
                Some(Defect::NoPostcode) => customer.postcode.clear(),
                Some(Defect::LongAddress) => {
                    customer.line1 = format!("{} {}", customer.line1, "by the old gate ".repeat(8));
                }
                None => {}
            }
            let millis = i64::try_from(offset).unwrap_or(0);
            let message = [
                "",
                "",
                "",
                "Please leave with the neighbour at no. 12",
                "Gift, no receipt please",
                "Ring twice; baby asleep",
            ][rng.index(6)]
            .to_owned();
            PlannedOrder {
                number,
                at: plan.start.saturating_add(SignedDuration::from_millis(millis)).unwrap_or(plan.start),
                channel: if rng.chance(0.5) { Channel::Marketplacer } else { Channel::Mirakl },
                customer,
                lines,
                message,
                defect,
            }
        })
        .collect()
}

/// Twelve digits and their check digit.
fn ean13(twelve: u64) -> String {
    let digits = format!("{:012}", twelve % 1_000_000_000_000);
    let sum: u32 = digits
        .bytes()
        .enumerate()
        .map(|(index, byte)| u32::from(byte - b'0') * if index % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: u64) -> Arc<World> {
        World::new(WorldPlan::new(seed, "2026-11-23T06:00:00Z".parse().unwrap(), 500, SignedDuration::from_hours(12)))
    }

    #[test]
    fn a_seed_makes_the_same_world_twice() {
        assert_eq!(world(7).orders, world(7).orders);
        assert_ne!(world(7).orders, world(8).orders);
    }

    #[test]
    fn codes_and_barcodes_are_unique_and_valid() {
        let world = world(7);
        let mut codes: Vec<_> = world.catalogue.iter().map(|i| &i.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), world.catalogue.len());
        assert_eq!(ean13(400_638_133_393), "4006381333931");
    }

    #[test]
    fn most_orders_are_sound_and_some_are_not() {
        let world = world(7);
        let wrong = world.orders.iter().filter(|o| o.defect.is_some()).count();
        assert!((1..40).contains(&wrong), "{wrong}");
        for order in world.orders.iter().filter(|o| o.defect.is_none()) {
            assert!(order.lines.iter().all(|(sku, quantity)| world.item(sku).is_some() && *quantity > 0));
            assert!(!order.customer.postcode.is_empty());
        }
    }

    #[test]
    fn a_kit_has_what_its_smallest_component_allows() {
        let world = world(7);
        let kit = world.catalogue.iter().find(|i| !i.parts.is_empty()).unwrap();
        let expected = kit.parts.iter().map(|(code, n)| world.item(code).unwrap().on_hand / n).min().unwrap();
        assert_eq!(world.opening_stock(&kit.code), expected);
    }
}
