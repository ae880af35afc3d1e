//! Reads: what has left is seen once and whole, whatever the tenant's clocks and habits are.

use std::collections::BTreeSet;

use crossdock_connector::{Observation, Page, Read};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::json;
use sim_core::effect_log::kind;
use sim_peoplevox::{Options, RowOrder};

use crate::driver::{Driver, End, ITEM, KIT, OTHER};
use crate::support::{create, draft};

/// Polls every ten minutes with the engine's overlap, for a day in which ten orders are sent.
fn day(settings: &serde_json::Value, options: Options) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut driver = Driver::new(settings, options);
    for n in 0..10 {
        let order = draft(&format!("MP-{n}"), &[(ITEM, 2), (OTHER, 1), (KIT, 1)]);
        assert!(matches!(driver.run(&create(order)), End::Done(_)));
    }
    let (mut seen, mut watermark) = (BTreeSet::new(), driver.now);
    for _ in 0..144 {
        driver.wait(600);
        let since = watermark - SignedDuration::from_mins(10);
        watermark = driver.now;
        for one in driver.read(Read::Despatches { since, page: Page::first() }).unwrap() {
            match one {
                Observation::Despatch(row) => _ = seen.insert(row.tracking),
                other => panic!("{other:?}"),
            }
        }
    }
    let sent = driver.effects(kind::DESPATCHED);
    (seen, sent.iter().map(|effect| effect.data["tracking"].as_str().unwrap().to_owned()).collect())
}

/// In which zone a search reads its dates is stated nowhere; behind a watermark there is no second chance.
#[test]
fn every_parcel_is_seen_whichever_clock_the_search_goes_by() {
    for zone in ["Europe/London", "Australia/Sydney", "America/Los_Angeles"] {
        let tenant = TimeZone::get(zone).unwrap();
        for search_zone in [None, Some(TimeZone::UTC)] {
            let options =
                Options { zone: tenant.clone(), search_zone: search_zone.clone(), split: 0.5, ..Options::default() };
            let settings = json!({ "time_zone": zone, "page_size": 20 });
            let (seen, sent) = day(&settings, options);
            assert!(sent.len() >= 10);
            assert_eq!(seen, sent, "{zone}, searched by {search_zone:?}");
        }
    }
}

#[test]
fn every_package_of_a_despatch_is_seen_by_its_own_number() {
    let options = Options { packages_per_despatch: 3, report_seconds: true, split: 0.0, ..Options::default() };
    let (seen, sent) = day(&json!({ "page_size": 10 }), options);
    assert_eq!((seen.len(), &seen), (30, &sent));
}

/// A number that comes late is not found by date any more, but by the order's number, which a callback names.
#[test]
fn a_late_tracking_number_is_found_by_its_order() {
    let options = Options { late_tracking: 600, ..Options::default() };
    let mut driver = Driver::new(&json!({}), options);
    assert!(matches!(driver.run(&create(draft("MP-1", &[(ITEM, 1)]))), End::Done(_)));
    driver.wait(12 * 3600);
    let mut trackings = || {
        let seen = driver.read(Read::DespatchesOf { orders: vec!["MP-1".to_owned()], page: Page::first() }).unwrap();
        let number = match &seen[..] {
            [Observation::Despatch(row)] => row.tracking.clone(),
            other => panic!("{other:?}"),
        };
        driver.wait(6 * 3600);
        number
    };
    let first = trackings();
    let second = trackings();
    let sent = driver.effects(kind::DESPATCHED)[0].data["tracking"].clone();
    assert!((first.is_empty() || json!(first) == sent) && json!(second) == sent);
}

#[test]
fn kits_are_read_whole_in_whatever_order_their_rows_come() {
    for row_order in [RowOrder::Created, RowOrder::Scattered] {
        let mut driver = Driver::new(&json!({ "page_size": 5 }), Options { row_order, ..Options::default() });
        let mut parts = Vec::new();
        for seen in driver.read(Read::Kits { page: Page::first() }).unwrap() {
            match seen {
                Observation::KitPart(part) if part.kit == KIT => parts.push((part.component, part.quantity)),
                Observation::KitPart(_) => {}
                other => panic!("{other:?}"),
            }
        }
        parts.sort();
        assert_eq!(parts, [(ITEM.to_owned(), 1), (OTHER.to_owned(), 2)]);
        assert_eq!(driver.session.fact("kits"), Some("some"));
    }
}
