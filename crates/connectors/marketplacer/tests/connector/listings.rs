//! Listings with the stock they show (A067: SKUs that do not match must be seen).

use crossdock_connector::{Connector, Failure, Observation, Page, Read, ReadReply};
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
           "seller": {"id": SELLER}, "variants": {"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": variants}})
}

fn page(nodes: &[Value], more: Option<&str>) -> Value {
    json!({"data": {"apiKeyPrincipal": {"seller": {"id": SELLER}}, "allAdverts": {"pageInfo": {"hasNextPage": more.is_some(), "endCursor": more}, "nodes": nodes}}})
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
    let query = body(&call)["query"].as_str().unwrap().to_owned();
    assert!(query.contains("displayableOnly: false"));
    // In the order of their making: by any other order a change between two pages would let a product slip through.
    assert!(query.contains("sort: [{ field: CREATED_AT, ordering: ASCENDING }]"));
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
fn sold_out_goods_are_not_taken_for_inactive_ones() {
    // §2.5: `displayable` is "can be sold now", which nothing sold out is; only with stock does it mean something else.
    let mut sold_out = variant("V");
    sold_out["countOnHand"] = json!(0);
    sold_out["displayable"] = json!(false);
    let mut product = advert("A", &[sold_out]);
    product["displayable"] = json!(false);
    let listing = one(product.clone());
    assert!(listing.active && listing.inactive_because.is_empty());
    product["published"] = json!(false);
    assert_eq!(one(product).inactive_because, "product not published");
}

#[test]
fn a_variant_that_sells_without_limit_shows_no_figure_of_ours() {
    // §2.5: its count means nothing; taken for the figure it would be right by chance and oversell without end.
    let mut endless = variant("E");
    endless["infiniteQuantity"] = json!(true);
    let reply = answer(&listings(""), &ok(&page(&[advert("A", &[endless, variant("V")])], None))).unwrap();
    assert_eq!(seen(&reply).iter().map(|listing| listing.published).collect::<Vec<_>>(), [i64::MAX, 4]);
    assert!(reply.observations.iter().any(|o| matches!(o, Observation::Drift(text) if text.contains("without limit"))));
    assert_eq!(reply.facts, [("infinite_listings".to_owned(), "E|21".to_owned())], "so that a push can end it");

    // The next read that shows its count forgets it, and says nothing where nothing changed.
    let mut session = session();
    session.facts.insert("infinite_listings".into(), "E|21 Z|9".into());
    let now = |nodes: &[Value]| {
        let reply = ok(&page(&[advert("A", nodes)], None));
        marketplacer().interpret_read(&listings(""), &session, &reply).unwrap().facts
    };
    assert_eq!(now(&[variant("E")]), [("infinite_listings".to_owned(), "Z|9".to_owned())]);
    assert_eq!(now(&[variant("V")]), []);
}

#[test]
fn another_sellers_products_are_left_out_and_told() {
    let mut foreign = advert("F", &[variant("V")]);
    foreign["seller"]["id"] = json!("U2VsbGVyLTU=");
    let hidden = json!({"__typename": "UnpublishedAdvert", "id": "U", "details": foreign.clone()});
    let reply = answer(&listings(""), &ok(&page(&[foreign, hidden, advert("A", &[variant("W")])], None))).unwrap();
    assert_eq!(seen(&reply).iter().map(|listing| listing.id.as_str()).collect::<Vec<_>>(), ["W|21"]);
    let strangers = |o: &&Observation| matches!(o, Observation::Drift(text) if text.contains("another seller"));
    assert_eq!(reply.observations.iter().filter(strangers).count(), 2);
    assert_eq!(reply.next, None);
}

#[test]
fn deleted_and_unknown_products_yield_no_listing() {
    let nodes = [json!({"__typename": "DeletedAdvert", "id": "D"}), json!({"__typename": "Hologram"})];
    let reply = answer(&listings(""), &ok(&page(&nodes, None))).unwrap();
    assert!(seen(&reply).is_empty() && reply.next.is_none());
    assert!(reply.observations.iter().any(|o| matches!(o, Observation::Drift(text) if text.contains("Hologram"))));
}

#[test]
fn one_bad_variant_does_not_hide_the_others_and_stays_known() {
    let mut half = variant("H");
    half["countOnHand"] = json!(0.5);
    let mut silent = variant("S");
    silent["countOnHand"] = Value::Null;
    let reply = answer(&listings(""), &ok(&page(&[advert("A", &[half, silent, variant("V")])], None))).unwrap();
    // No figure of ours is -1, so that the right one is sent again.
    assert_eq!(seen(&reply).iter().map(|listing| listing.published).collect::<Vec<_>>(), [-1, -1, 4]);
    let unreadable = reply.observations.iter().filter(|o| matches!(o, Observation::Unreadable { .. })).count();
    assert_eq!(unreadable, 2);
    assert_eq!(reply.next, None);
}

#[test]
fn a_run_with_holes_never_ends_as_complete() {
    // What a complete run did not see is forgotten by the hub, and its stock with it.
    let with = |nodes: &[Value], error: bool| {
        let mut page = page(nodes, None);
        if error {
            page["errors"] = json!([{"message": "Timeout", "path": ["allAdverts", "nodes", 0]}]);
        }
        ok(&page)
    };
    let mut bare = advert("A", &[]);
    bare["variants"] = Value::Null;
    let mut listless = advert("A", &[]);
    listless["variants"]["nodes"] = Value::Null;
    let mut endless = advert("A", &[variant("V")]);
    endless["variants"]["pageInfo"] = Value::Null;
    let details = json!({"__typename": "UnpublishedAdvert", "id": "U", "details": null});
    for (hole, error) in [
        (Value::Null, true),
        (Value::Null, false),
        (json!({}), false),
        (bare, false),
        (listless, true),
        (endless, false),
        (details, true),
        (advert("A", &[Value::Null]), true),
        (advert("A", &[json!({"sku": "x"})]), false),
    ] {
        let reply = answer(&listings(""), &with(&[hole.clone(), advert("B", &[variant("W")])], error)).unwrap();
        assert!(seen(&reply).iter().any(|listing| listing.id == "W|21"), "the others are read: {hole}");
        let again = reply.next.unwrap_or_else(|| panic!("{hole} is asked once more"));
        assert_eq!(variables(&ask(&again))["after"], Value::Null);
        let failed = answer(&again, &with(std::slice::from_ref(&hole), error));
        assert!(matches!(failed, Err(Failure::Retry(_))), "{hole}: {failed:?}");
        let healed = answer(&again, &with(&[advert("A", &[variant("V")])], false)).unwrap();
        assert_eq!((seen(&healed).len(), healed.next), (1, None), "{hole}");
    }
    // The list itself is missing: then nothing of the page is known.
    let mut nothing = page(&[], None);
    nothing["data"]["allAdverts"]["nodes"] = Value::Null;
    assert!(matches!(answer(&listings(""), &ok(&nothing)), Err(Failure::Retry(_))));
}

#[test]
fn holes_are_read_again_after_the_walk_and_not_instead_of_it() {
    let first = answer(&listings(""), &ok(&page(&[Value::Null], Some("c1")))).unwrap();
    let second = first.next.unwrap();
    assert_eq!(variables(&ask(&second))["after"], "c1", "the walk goes on first");
    let third = answer(&second, &ok(&page(&[advert("B", &[variant("W")])], None))).unwrap().next.unwrap();
    assert_eq!(variables(&ask(&third))["after"], Value::Null, "then the page with the hole");
    // That page has successors of its own, which are behind us.
    let healed = answer(&third, &ok(&page(&[advert("A", &[variant("V")])], Some("c1")))).unwrap();
    assert_eq!(healed.next, None);
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
    let reply = answer(&second, &ok(&json!({"data": {"apiKeyPrincipal": owner(), "node": rest}}))).unwrap();
    assert_eq!(seen(&reply)[0].id, "V3|21");

    let third = reply.next.unwrap();
    assert_eq!(variables(&ask(&third))["after"], "c1");
    let last = answer(&third, &ok(&page(&[], None))).unwrap();
    assert_eq!(last.next, None);

    // Gone while we read: told, and the walk goes on. A cursor that does not move, or an error: read again at the end.
    let node =
        |node: Value, errors: Value| ok(&json!({"data": {"apiKeyPrincipal": owner(), "node": node}, "errors": errors}));
    let vanished = answer(&second, &node(Value::Null, Value::Null)).unwrap();
    assert_eq!(variables(&ask(&vanished.next.unwrap()))["after"], "c1");
    let timeout = json!([{"message": "Timeout", "path": ["node"]}]);
    for reply in [node(big, Value::Null), node(Value::Null, timeout)] {
        let next = answer(&second, &reply).unwrap().next.unwrap();
        assert_eq!(variables(&ask(&next))["after"], "c1");
        let again = answer(&next, &ok(&page(&[], None))).unwrap().next.unwrap();
        assert_eq!(variables(&ask(&again)), json!({"id": "BIG", "variants": 100, "variantsAfter": "MTAw"}));
        assert!(matches!(answer(&again, &reply), Err(Failure::Retry(_))));
        let healed = answer(&again, &node(advert("BIG", &[variant("V3")]), Value::Null)).unwrap();
        assert_eq!(healed.next, None);
    }
}

fn owner() -> Value {
    json!({"seller": {"id": SELLER}})
}

#[test]
fn a_foreign_page_token_is_refused() {
    assert!(marketplacer_refuses("not json"));
    assert!(matches!(answer(&listings("not json"), &ok(&json!({}))), Err(Failure::Rejected(_))));
}

fn marketplacer_refuses(page: &str) -> bool {
    marketplacer().plan_read(&listings(page), &session()).is_err()
}
