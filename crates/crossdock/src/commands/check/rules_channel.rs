//! What a channel needs before it sells: SKUs with active items (`B072`), carriers (`B064`), numbers that fit.

use std::collections::{BTreeMap, BTreeSet};

use crossdock_flow::despatch::{CarrierAnswer, carrier};
use crossdock_model::{Carrier, Item, Listing};

use super::ask::Stop;
use super::gather::Findings;
use super::row::{ECOMMERCE, INTEGRATION, MERCHANDISING, Row, WAREHOUSE};
use super::rules::{EXAMPLES, active, examples, whole};
use super::rules_feeds;
use crate::commands::views::paper::{counted, grouped};
use crate::config::{Channel, Config};

/// The longest sales order number of the warehouse (`contracts/peoplevox.md §3.3`).
const NUMBER_MAX: usize = 30;
/// The longest number that a marketplace is expected to give, with room to spare.
const NUMBER_ROOM: usize = 20;
/// Below this likeness (Jaro-Winkler, 0 to 1) a suggestion would only mislead.
const ALIKE: f64 = 0.72;

/// What the configuration says of a channel.
pub(super) struct Plan {
    connection: String,
    prefix: String,
    carriers: Vec<(String, String)>,
    free_carrier_names: bool,
}

impl Plan {
    /// The plan of a connection; `None` when it is no channel.
    pub(super) fn find(config: &Config, connection: &str) -> Option<Self> {
        let marketplacer = config.marketplacer.iter().map(Self::of);
        let mirakl = config.mirakl.iter().map(Self::of);
        marketplacer.chain(mirakl).find(|plan| plan.connection == connection)
    }

    fn of<S>(channel: &Channel<S>) -> Self {
        Self {
            connection: channel.name.to_string(),
            prefix: channel.order_prefix.clone(),
            carriers: channel.carriers.iter().map(|(own, theirs)| (own.clone(), theirs.clone())).collect(),
            free_carrier_names: channel.orders.free_carrier_names,
        }
    }
}

/// The rows of a channel. `item_of` says which item a person mapped a SKU to.
pub(super) fn audit(
    plan: &Plan,
    findings: &Findings,
    warehouse: Option<&Findings>,
    item_of: &mut dyn FnMut(&str) -> Option<String>,
) -> Vec<Row> {
    let name = &plan.connection;
    let mut rows = vec![order_prefix(plan)];
    match whole(name, "listings", &findings.listings, MERCHANDISING) {
        Ok(list) => rows.push(Row::pass(
            name,
            "listings",
            format!(
                "{}, {} read",
                counted(list.rows.len() as u64, "listing", "listings"),
                counted(u64::from(list.pages), "page", "pages")
            ),
        )),
        Err(row) => rows.push(row),
    }
    match &findings.listings {
        Ok(list) => {
            rows.push(without_sku(name, &list.rows));
            rows.push(duplicates(name, &list.rows));
            rows.push(match warehouse.map(|warehouse| &warehouse.items) {
                Some(Ok(items)) => skus(name, &list.rows, &items.rows, item_of),
                Some(Err(stop)) => Row::unknown(name, "SKUs", &stop.about("the warehouse's items")),
                None => Row::unknown(name, "SKUs", &Stop::Failed("there is no warehouse".to_owned())),
            });
        }
        Err(problem) => rows.push(Row::unknown(name, "SKUs", problem)),
    }
    let read = rules_feeds::read_lately(findings, "carriers");
    match (whole(name, "carriers", &findings.carriers, WAREHOUSE), &findings.carriers, read) {
        (Ok(list), ..) => rows.push(carriers(plan, &list.rows)),
        // One reading a day is allowed, and the hub had it.
        (Err(_), Err(Stop::Limit(_)), Some(read)) => {
            rows.push(Row::pass(name, "carriers", format!("not read again, its limit is used: {read}")));
        }
        (Err(row), ..) => rows.push(row),
    }
    rows
}

fn order_prefix(plan: &Plan) -> Row {
    const CHECK: &str = "order numbers";
    let room = NUMBER_MAX.saturating_sub(plan.prefix.chars().count());
    let evidence = format!("`{}` leaves {room} of {NUMBER_MAX} characters for the marketplace's number", plan.prefix);
    if room >= NUMBER_ROOM {
        Row::pass(&plan.connection, CHECK, evidence)
    } else {
        let next = format!("Choose an order_prefix that leaves at least {NUMBER_ROOM}");
        Row::fail(&plan.connection, CHECK, evidence, INTEGRATION, next)
    }
}

fn without_sku(name: &str, listings: &[Listing]) -> Row {
    const CHECK: &str = "listings have SKUs";
    let bare: Vec<String> = listings
        .iter()
        .filter(|listing| listing.sku.trim().is_empty())
        .map(|listing| {
            let name = if listing.title.trim().is_empty() { &listing.id } else { &listing.title };
            if listing.active { name.clone() } else { format!("{name} (not on sale now)") }
        })
        .collect();
    if bare.is_empty() {
        return Row::pass(name, CHECK, "every listing has one");
    }
    let evidence = format!("{} none: {}", counted(bare.len() as u64, "listing has", "listings have"), examples(&bare));
    Row::fail(name, CHECK, evidence, MERCHANDISING, "Give each listing its SKU at the marketplace")
}

fn duplicates(name: &str, listings: &[Listing]) -> Row {
    const CHECK: &str = "SKUs are unique";
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for listing in listings.iter().filter(|listing| !listing.sku.trim().is_empty()) {
        *seen.entry(listing.sku.trim()).or_default() += 1;
    }
    let twice: Vec<String> =
        seen.iter().filter(|(_, count)| **count > 1).map(|(sku, count)| format!("{sku} ({count} times)")).collect();
    if twice.is_empty() {
        return Row::pass(name, CHECK, "no SKU is listed twice");
    }
    let evidence =
        format!("{} listed more than once: {}", counted(twice.len() as u64, "SKU is", "SKUs are"), examples(&twice));
    let next = "Leave one listing of each: several would sell the same stock several times";
    Row::fail(name, CHECK, evidence, MERCHANDISING, next)
}

/// Every listed SKU has an active item: its own, or one that a person mapped it to. Listings that are not on sale now
/// count as well, because one click puts them on sale; the row says which they are.
fn skus(name: &str, listings: &[Listing], items: &[Item], item_of: &mut dyn FnMut(&str) -> Option<String>) -> Row {
    const CHECK: &str = "SKUs";
    let active = active(items);
    let mut listed: BTreeMap<&str, bool> = BTreeMap::new();
    for listing in listings.iter().filter(|listing| !listing.sku.trim().is_empty()) {
        *listed.entry(listing.sku.as_str()).or_default() |= listing.active;
    }
    let mut by_map = 0;
    let mut missing: Vec<(&str, bool, Option<String>)> = Vec::new();
    for (sku, on_sale) in &listed {
        // An item of the same code needs no mapping, so nobody is asked for one.
        if active.contains(sku) {
            continue;
        }
        match item_of(sku) {
            Some(item) if active.contains(item.as_str()) => by_map += 1,
            other => missing.push((sku, *on_sale, other)),
        }
    }
    if missing.is_empty() {
        let by_map = if by_map > 0 { format!(", {} by a mapping", grouped(by_map)) } else { String::new() };
        let have = counted(listed.len() as u64, "listed SKU has", "listed SKUs have");
        return Row::pass(name, CHECK, format!("{have} an active item{by_map}"));
    }
    // Likeness is worked out for the examples only: it compares with every item.
    let shown: Vec<String> = missing
        .iter()
        .take(EXAMPLES)
        .map(|(sku, on_sale, mapped)| describe(sku, *on_sale, mapped.as_deref(), items, &active))
        .collect();
    let more = missing.len() - shown.len();
    let evidence = format!(
        "{} of {} listed SKUs have no active item: {}{}",
        grouped(missing.len() as u64),
        grouped(listed.len() as u64),
        shown.join(", "),
        if more > 0 { format!(" and {} more", grouped(more as u64)) } else { String::new() }
    );
    let next = format!(
        "Map each with `crossdock exceptions map-sku {name} <sku> <item>`, create or activate the item, or take the \
         listing off"
    );
    Row::fail(name, CHECK, evidence, MERCHANDISING, next)
}

/// A SKU without an item, with what a person may have meant.
fn describe(sku: &str, on_sale: bool, mapped: Option<&str>, items: &[Item], active: &BTreeSet<&str>) -> String {
    // The warehouse marks what is switched off inside the code (`contracts/peoplevox.md §3.5`).
    let off = items.iter().find(|item| !item.active && item.code.contains(sku));
    let mut words = Vec::new();
    if let Some(item) = mapped {
        words.push(format!("mapped to {item}, which is not an active item"));
    } else if let Some(off) = off {
        words.push(format!("switched off in the warehouse as {}", off.code));
    } else if let Some(code) = nearest(sku, active.iter().copied()) {
        words.push(format!("nearest: {code}"));
    }
    if !on_sale {
        words.push("not on sale now".to_owned());
    }
    if words.is_empty() { sku.to_owned() } else { format!("{sku} ({})", words.join("; ")) }
}

/// The name most like the one given.
fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.trim().to_lowercase();
    names
        .map(|name| (strsim::jaro_winkler(&given, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// The channel has carriers, and every carrier that the settings name is one of them.
fn carriers(plan: &Plan, list: &[Carrier]) -> Row {
    const CHECK: &str = "carriers";
    let name = &plan.connection;
    if list.is_empty() && !plan.free_carrier_names {
        let next = "Ask the marketplace to approve carriers; without one no despatch can be confirmed";
        return Row::fail(name, CHECK, "the marketplace lists no carrier", ECOMMERCE, next);
    }
    let unknown: Vec<String> = plan
        .carriers
        .iter()
        .filter(|(_, theirs)| !matches!(carrier(theirs, None, list, &[], false), CarrierAnswer::Listed(_)))
        .map(|(own, theirs)| match nearest(theirs, list.iter().map(|entry| entry.name.as_str())) {
            Some(like) => format!("{own} = \"{theirs}\" (nearest: {like})"),
            None => format!("{own} = \"{theirs}\""),
        })
        .collect();
    if unknown.is_empty() {
        let evidence = format!(
            "{} listed; {} in the settings",
            counted(list.len() as u64, "carrier", "carriers"),
            counted(plan.carriers.len() as u64, "mapping", "mappings")
        );
        return Row::pass(name, CHECK, evidence);
    }
    let evidence = format!("the settings name carriers that the list does not hold: {}", examples(&unknown));
    Row::fail(name, CHECK, evidence, WAREHOUSE, "Correct `carriers` in the channel's settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            connection: "john-lewis".into(),
            prefix: "JLM-".into(),
            carriers: vec![("DPD".into(), "DPD UK".into())],
            free_carrier_names: false,
        }
    }

    fn listing(sku: &str) -> Listing {
        Listing {
            id: format!("id-{sku}"),
            sku: sku.into(),
            title: format!("Title of {sku}"),
            published: 1,
            active: true,
            inactive_because: String::new(),
        }
    }

    fn item(code: &str, active: bool) -> Item {
        Item { code: code.into(), name: String::new(), barcode: String::new(), active }
    }

    fn entry(code: &str, name: &str) -> Carrier {
        Carrier { code: code.into(), name: name.into() }
    }

    #[test]
    fn b072_every_listed_sku_has_an_active_item_or_is_named() {
        let items = [item("CD-10007-NVY", true), item("CD-2~D~", false), item("CD-3", true)];
        let mut none = |_: &str| None;
        let good = skus("jl", &[listing("CD-3"), listing("CD-3"), listing("")], &items, &mut none);
        assert_eq!((good.ok, good.evidence.as_str()), (true, "1 listed SKU has an active item"));

        let row =
            skus("jl", &[listing("CD-3"), listing("CD-10007-NAV"), listing("CD-2"), listing("ZZZ")], &items, &mut none);
        assert!(!row.ok && row.owner == MERCHANDISING);
        assert!(row.evidence.starts_with("3 of 4 listed SKUs have no active item: "), "{row:?}");
        assert!(row.evidence.contains("CD-10007-NAV (nearest: CD-10007-NVY)"), "{row:?}");
        assert!(row.evidence.contains("CD-2 (switched off in the warehouse as CD-2~D~)"), "{row:?}");
        assert!(row.evidence.ends_with("ZZZ") && row.next.contains("map-sku jl"), "{row:?}");
    }

    #[test]
    fn a_persons_mapping_counts_unless_its_item_is_gone() {
        let items = [item("CD-3", true), item("CD-4", false)];
        let mut map = |sku: &str| match sku {
            "JL-3" => Some("CD-3".to_owned()),
            "JL-4" => Some("CD-4".to_owned()),
            _ => None,
        };
        let good = skus("jl", &[listing("JL-3")], &items, &mut map);
        assert!(good.ok && good.evidence.ends_with(", 1 by a mapping"), "{good:?}");
        let bad = skus("jl", &[listing("JL-4")], &items, &mut map);
        assert!(!bad.ok && bad.evidence.contains("mapped to CD-4"), "{bad:?}");
    }

    #[test]
    fn ten_examples_are_named_and_the_rest_counted() {
        let listings: Vec<Listing> = (100..113).map(|n| listing(&format!("{n}-X"))).collect();
        let row = skus("jl", &listings, &[], &mut |_| None);
        assert!(row.evidence.contains("109-X and 3 more") && !row.evidence.contains("110-X"), "{row:?}");
    }

    #[test]
    fn one_sku_on_two_listings_would_be_sold_twice() {
        let row = duplicates("jl", &[listing("A"), listing("B"), listing(" A "), listing(""), listing("")]);
        assert!(!row.ok && row.evidence == "1 SKU is listed more than once: A (2 times)", "{row:?}");
        assert!(duplicates("jl", &[listing("A"), listing("B")]).ok);
        let bare = without_sku("jl", &[listing("A"), listing("  ")]);
        assert!(!bare.ok && bare.evidence.starts_with("1 listing has none"), "{bare:?}");
    }

    #[test]
    fn b064_a_mapped_carrier_is_on_the_marketplaces_list() {
        assert!(carriers(&plan(), &[entry("1", "dpd-uk"), entry("2", "Evri")]).ok);
        assert!(carriers(&plan(), &[entry("DPD UK", "Something")]).ok, "a code will do");
        let row = carriers(&plan(), &[entry("1", "DPD UK Ltd"), entry("2", "Evri")]);
        assert!(!row.ok && row.evidence.contains("DPD = \"DPD UK\" (nearest: DPD UK Ltd)"), "{row:?}");
        let none = Plan { carriers: Vec::new(), ..plan() };
        assert!(!carriers(&none, &[]).ok);
        let free = Plan { free_carrier_names: true, ..none };
        assert!(carriers(&free, &[]).ok);
    }

    #[test]
    fn a_prefix_leaves_room_for_the_marketplaces_number() {
        assert!(order_prefix(&plan()).ok);
        assert!(!order_prefix(&Plan { prefix: "MARKETPLACE-".into(), ..plan() }).ok);
    }
}
