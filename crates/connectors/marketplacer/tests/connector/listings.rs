//! Listings with the stock they show (A067: SKUs that do not match must be seen).

use crossdock_connector::{Failure, Observation, Page, Read, ReadReply};
use crossdock_model::Listing;
use serde_json::{Value, json};

use crate::support::*;

fn listings(page: &str) -> Read {
    Read::Listings { page: Page(page.to_owned()) }
}

fn variant(id: &str) -> Value {
    json!({"id": id, "legacyId": 21, "sku": "MUG-BLU", "label": "Blue", "countOnHand": 4, "infiniteQuantity": false,
           "published": true, "displayable": true})
}

fn advert(id: &str, variants: &[Value]) -> Value {
    json!({"__typename": "Advert", "id": id, "title": "Mug", "published": true, "displayable": true, "online": true,
           "variants": {"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": variants}})
}

fn page(nodes: &[Value], more: Option<&str>) -> Value {
    json!({"data": {"allAdverts": {"pageInfo": {"hasNextPage": more.is_some(), "endCursor": more}, "nodes": nodes}}})
}

fn seen(reply: &ReadReply) -> Vec<&Listing> {
    let observations = reply.observations.iter();
    observations
        .filter_map(|seen| match seen {
            Observation::Listing(listing) => Some(listing),
            _ => None,
        })
        .collect()
}

fn one(advert: Value) -> Listing {
    let reply = answer(&listings(""), &ok(&page(&[advert], None))).unwrap();
    seen(&reply)[0].clone()
}

#[test]
fn products_are_asked_with_their_hidden_variants_too() {
    let call = ask(&listings(""));
    assert_graphql(&call);
    assert_eq!(variables(&call), json!({"first": 100, "after": null, "variants": 100, "variantsAfter": null}));
    assert!(body(&call)["query"].as_str().unwrap().contains("displayableOnly: false"));
}

#[test]
fn a_listing_carries_both_ids_its_sku_and_its_stock() {
    let listing = one(advert("A", &[variant("VmFyaWFudC0yMQ==")]));
    let expected = Listing {
        id: "VmFyaWFudC0yMQ==|21".into(),
        sku: "MUG-BLU".into(),
        title: "Mug (Blue)".into(),
        published: 4,
        active: true,
        inactive_because: String::new(),
    };
    assert_eq!(listing, expected);
}

#[test]
fn a_listing_without_sku_is_kept_with_an_empty_one() {
    let mut nameless = variant("V");
    nameless["sku"] = Value::Null;
    assert_eq!(one(advert("A", &[nameless])).sku, "");
}

#[test]
fn what_cannot_be_bought_says_why() {
    let because = |change: &dyn Fn(&mut Value)| {
        let mut product = advert("A", &[variant("V")]);
        change(&mut product);
        let listing = one(product);
        assert!(!listing.active);
        listing.inactive_because
    };
    assert_eq!(because(&|a| a["published"] = json!(false)), "product not published");
    assert_eq!(because(&|a| a["online"] = json!(false)), "product or seller offline");
    assert_eq!(because(&|a| a["displayable"] = json!(false)), "product not displayable");
    assert_eq!(because(&|a| a["variants"]["nodes"][0]["published"] = json!(false)), "variant not published");
    assert_eq!(because(&|a| a["variants"]["nodes"][0]["displayable"] = Value::Null), "variant not displayable");
    let unpublished = json!({"__typename": "UnpublishedAdvert", "id": "U", "details": advert("A", &[variant("V")])});
    assert_eq!(one(unpublished).inactive_because, "product not published");
}

#[test]
fn deleted_and_unknown_products_yield_no_listing() {
    let nodes =
        [json!({"__typename": "DeletedAdvert", "id": "D"}), json!({"__typename": "Hologram"}), Value::Null, json!({})];
    let reply = answer(&listings(""), &ok(&page(&nodes, None))).unwrap();
    assert!(seen(&reply).is_empty());
    assert!(reply.observations.iter().any(|o| matches!(o, Observation::Drift(text) if text.contains("Hologram"))));
}

#[test]
fn one_bad_variant_does_not_hide_the_others() {
    let mut half = variant("H");
    half["countOnHand"] = json!(0.5);
    let mut silent = variant("S");
    silent["countOnHand"] = Value::Null;
    let mut endless = variant("E");
    endless["infiniteQuantity"] = json!(true);
    let nodes = [advert("A", &[half, silent, json!({"sku": "x"}), Value::Null, endless])];
    let reply = answer(&listings(""), &ok(&page(&nodes, None))).unwrap();
    assert_eq!(seen(&reply).len(), 1);
    let unreadable = reply.observations.iter().filter(|o| matches!(o, Observation::Unreadable { .. })).count();
    assert_eq!(unreadable, 3);
    assert!(reply.observations.iter().any(|o| matches!(o, Observation::Drift(text) if text.contains("without limit"))));
}

#[test]
fn products_with_many_variants_are_read_to_their_end_before_the_walk_goes_on() {
    let mut big = advert("BIG", &[variant("V1")]);
    big["variants"]["pageInfo"] = json!({"hasNextPage": true, "endCursor": "MTAw"});
    let first = answer(&listings(""), &ok(&page(&[big.clone(), advert("A", &[variant("V2")])], Some("c1")))).unwrap();
    assert!(first.observations.iter().any(|o| matches!(o, Observation::Drift(text) if text.contains("BIG"))));

    let second = first.next.unwrap();
    let call = ask(&second);
    assert_eq!(operation_name(&call), "CrossdockAdvertVariants");
    assert_eq!(variables(&call), json!({"id": "BIG", "variants": 100, "variantsAfter": "MTAw"}));
    let rest = advert("BIG", &[variant("V3")]);
    let reply = answer(&second, &ok(&json!({"data": {"node": rest}}))).unwrap();
    assert_eq!(seen(&reply)[0].id, "V3|21");

    let third = reply.next.unwrap();
    assert_eq!(variables(&ask(&third))["after"], "c1");
    let last = answer(&third, &ok(&page(&[], None))).unwrap();
    assert_eq!(last.next, None);

    // Gone while we read, or a cursor that does not move: told, and the walk goes on.
    let vanished = answer(&second, &ok(&json!({"data": {"node": null}}))).unwrap();
    assert!(vanished.next.is_some());
    let stuck = answer(&second, &ok(&json!({"data": {"node": big}}))).unwrap();
    assert!(stuck.observations.iter().any(|o| matches!(o, Observation::Unreadable { .. })));
    assert_eq!(stuck.next.map(|read| variables(&ask(&read))["after"].clone()), Some(json!("c1")));
}

#[test]
fn a_foreign_page_token_is_refused() {
    assert!(marketplacer_refuses("not json"));
    assert!(matches!(answer(&listings("not json"), &ok(&json!({}))), Err(Failure::Rejected(_))));
}

fn marketplacer_refuses(page: &str) -> bool {
    use crossdock_connector::Connector as _;
    marketplacer().plan_read(&listings(page), &session()).is_err()
}
