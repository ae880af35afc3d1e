//! OF21 and SH21 (`contracts/john-lewis.md §2.5`, `§2.7`).

use crossdock_connector::{Connector, Failure, Observation, Page, Read};
use crossdock_model::Listing;
use serde_json::{Value, json};

use crate::kit::{answer, connector, reply, session, with_header};

fn listings(page: &str) -> Read {
    Read::Listings { page: Page(page.to_owned()) }
}

fn offer(sku: &str, quantity: u32) -> Value {
    json!({ "offer_id": 2130, "shop_sku": sku, "product_title": "Thing", "quantity": quantity, "active": true,
        "inactivity_reasons": null })
}

fn seen(body: &Value) -> Vec<Observation> {
    connector(json!({})).interpret_read(&listings(""), &session(&[]), &answer(body)).unwrap().observations
}

#[test]
fn offers_are_listed_by_title_a_page_at_a_time() {
    let connector = connector(json!({ "shop_id": 5 }));
    let call = connector.plan_read(&listings("200"), &session(&[])).unwrap();
    assert_eq!(call.request.uri(), "/api/offers?sort=productTitle&order=asc&max=100&offset=200&shop_id=5");
    assert_eq!(call.windows, ["calls"]);
    let page = answer(&json!({ "offers": [offer("A", 1)], "total_count": 2 }));
    let next = connector.interpret_read(&listings(""), &session(&[]), &page).unwrap().next;
    assert_eq!(next, Some(listings("1/2")), "a page shorter than asked for goes on while the total says so");
    let last = answer(&json!({ "offers": [offer("B", 1)], "total_count": 2 }));
    assert_eq!(connector.interpret_read(&listings("1/2"), &session(&[]), &last).unwrap().next, None);
}

#[test]
fn a_sweep_that_was_not_whole_is_made_again() {
    // What a sweep does not show is taken off the list, so nothing may slip through between two pages.
    let connector = connector(json!({}));
    let end = |from: &str, total: Value, rows: usize| {
        let offers = vec![offer("A", 1); rows];
        let page = answer(&json!({ "offers": offers, "total_count": total }));
        connector.interpret_read(&listings(from), &session(&[]), &page)
    };
    assert_eq!(end("100/103", json!(103), 3).unwrap().next, None);
    assert!(end("100/104", json!(103), 3).is_err(), "an offer went away while the list was read");
    assert!(end("100/moved", json!(103), 3).is_err());
    let previous = with_header(
        answer(&json!({ "offers": [offer("A", 1)], "total_count": 1 })),
        "link",
        "<https://x/api>; rel=\"previous\"",
    );
    assert!(
        connector.interpret_read(&listings("100/101"), &session(&[]), &previous).is_err(),
        "fewer than were counted"
    );
    // A page without a count goes by the others; with none at all there is nothing to compare.
    assert_eq!(end("100/103", Value::Null, 3).unwrap().next, None);
    assert!(end("100/104", Value::Null, 3).is_err());
    assert_eq!(end("100", Value::Null, 3).unwrap().next, None);
    let call = connector.plan_read(&listings("100/moved"), &session(&[])).unwrap();
    assert!(call.request.uri().to_string().ends_with("offset=100"));
}

#[test]
fn a_listing_is_named_by_the_sku_that_the_stock_file_uses() {
    let sold_out = json!({ "offer_id": 7, "shop_sku": "B-2", "product_title": "Other", "quantity": 0, "active": false,
        "inactivity_reasons": ["ZERO_QUANTITY", "SHOP_NOT_OPEN"] });
    let observations = seen(&json!({ "offers": [offer("A-1", 12), sold_out] }));
    let listing = |index: usize| match &observations[index] {
        Observation::Listing(listing) => listing.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        listing(0),
        Listing {
            id: "A-1".to_owned(),
            sku: "A-1".to_owned(),
            title: "Thing".to_owned(),
            published: 12,
            active: true,
            inactive_because: String::new(),
        }
    );
    assert!(!listing(1).active);
    assert_eq!(listing(1).inactive_because, "ZERO_QUANTITY, SHOP_NOT_OPEN");
}

#[test]
fn an_offer_without_sku_is_shown_and_an_offer_without_sense_is_kept_raw() {
    let observations = seen(&json!({ "offers": [
        { "offer_id": 9, "shop_sku": null, "quantity": null }, { "shop_sku": "C", "quantity": 1.5 }, {}, null,
    ] }));
    assert!(matches!(&observations[0], Observation::Listing(listing) if listing.id == "9" && listing.sku.is_empty()));
    assert!(matches!(&observations[1], Observation::Unreadable { .. }));
    assert!(matches!(&observations[2], Observation::Unreadable { .. }));
    assert_eq!(observations.len(), 3);
}

#[test]
fn carriers_come_with_code_and_label() {
    let connector = connector(json!({}));
    let read = Read::Carriers { page: Page::first() };
    let call = connector.plan_read(&read, &session(&[])).unwrap();
    assert_eq!(call.request.uri(), "/api/shipping/carriers");
    assert_eq!(call.windows, ["SH21"]);
    let body = json!({ "carriers": [
        { "code": "RM", "label": "Royal Mail", "standard_code": null, "tracking_url": null },
        { "code": "DPD", "label": null }, { "label": "no code" }, null,
    ] });
    let seen = connector.interpret_read(&read, &session(&[]), &answer(&body)).unwrap();
    let names: Vec<(String, String)> = seen
        .observations
        .into_iter()
        .map(|observation| match observation {
            Observation::Carrier(carrier) => (carrier.code, carrier.name),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, [("RM".to_owned(), "Royal Mail".to_owned()), ("DPD".to_owned(), "DPD".to_owned())]);
    assert_eq!(seen.next, None);
    // Neither a list that is not there nor an empty one may take the place of a list that is known.
    for none in ["{}", "{\"carriers\":[]}", "{\"carriers\":[{\"label\":\"no code\"}]}"] {
        let failure = connector.interpret_read(&read, &session(&[]), &reply(200, none)).unwrap_err();
        assert!(matches!(failure, Failure::Retry(_)), "{none}");
    }
}
