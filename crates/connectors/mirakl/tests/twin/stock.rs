//! Stock files and the list of offers.

use crossdock_connector::{Observation, Outcome, Page, Read};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sim_core::Host as _;
use sim_mirakl::Options;

use crate::driver::{Hub, figures};

fn facts(outcome: &Outcome) -> &Value {
    match outcome {
        Outcome::Done(evidence) => &evidence.facts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn refused_lines_are_named_by_the_report() {
    let mut hub = Hub::at(Options::default(), json!({}));
    let sku = hub.sku(0);
    let outcome = hub.run(&figures(&[(&sku, 7), ("NO-SUCH", 1)]), "");
    assert_eq!(facts(&outcome)["errors"][0]["sku"], "NO-SUCH");
    assert_eq!(facts(&outcome)["unnamed"], 0);
    assert_eq!(hub.twin.state()["stock"][&sku], 7);
    hub.control("imports", &json!({ "reports": false }));
    let nameless = hub.run(&figures(&[(&sku, 8), ("NO-SUCH", 1)]), "");
    assert!(matches!(nameless, Outcome::Unknown(_)), "{nameless:?}");
}

#[test]
fn a_stuck_import_is_borne_for_its_time_and_then_the_newest_figures_go_out() {
    let mut hub = Hub::at(Options::default(), json!({ "stock_import_minutes": 10 }));
    let sku = hub.sku(0);
    hub.control("imports", &json!({ "stuck": true }));
    let began = hub.session.now;
    let stuck = hub.run(&figures(&[(&sku, 7)]), "");
    assert!(matches!(&stuck, Outcome::Unknown(why) if why.contains("WAITING")), "{stuck:?}");
    let took = hub.session.now.duration_since(began);
    assert!((10..=11).contains(&took.as_mins()), "{took}");
    hub.control("imports", &json!({ "stuck": false }));
    assert!(matches!(hub.run(&figures(&[(&sku, 9)]), ""), Outcome::Done(_)));
    hub.wait(SignedDuration::from_mins(5));
    assert_eq!(hub.twin.state()["stock"][&sku], 9, "the old file came before the new one");
}

#[test]
fn a_sweep_shows_every_offer_once_and_none_that_was_taken_off() {
    let mut hub = Hub::at(Options::default(), json!({ "page_size": 7 }));
    let sku = hub.sku(3);
    hub.control("listing", &json!({ "sku": sku, "listed": false }));
    let seen = hub.read(Read::Listings { page: Page::first() }).unwrap();
    let mut skus: Vec<String> = seen
        .into_iter()
        .map(|observation| match observation {
            Observation::Listing(listing) => listing.sku,
            other => panic!("{other:?}"),
        })
        .collect();
    skus.sort_unstable();
    let state = hub.twin.state();
    let listed: Vec<&String> = state["stock"].as_object().unwrap().keys().collect();
    assert_eq!(skus.iter().collect::<Vec<_>>(), listed);
    assert!(!skus.contains(&sku));
}
