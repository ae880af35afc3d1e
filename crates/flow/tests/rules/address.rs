//! A103 and A104: no order goes to an address that cannot be delivered to, and no text is cut.

use crossdock_flow::cause::Cause;
use crossdock_model::{Address, Private, Readiness};

use crate::support::{Shop, cause, kinds, order};

fn judged(change: impl FnOnce(&mut Address)) -> Option<(Cause, String)> {
    let mut sale = order(Readiness::Ready);
    change(&mut sale.ship_to);
    let (_, actions) = Shop::new().open(sale);
    assert_eq!(kinds(&actions).is_empty(), actions.held.is_some());
    actions.held.map(|held| (held.cause, held.detail))
}

#[test]
fn a103_each_missing_part_is_named() {
    type Loss = fn(&mut Address);
    let losses: [(&str, Loss); 5] = [
        ("missing: name", |address| address.recipient = " ".into()),
        ("missing: first address line", |address| address.line1 = "".into()),
        ("missing: town", |address| address.city = "\t".into()),
        ("missing: postcode", |address| address.postcode = "".into()),
        ("missing: country", |address| {
            address.country.clear();
            address.country_code.clear();
        }),
    ];
    for (detail, lose) in losses {
        assert_eq!(judged(lose), Some((Cause::AddressIncomplete, detail.to_owned())));
    }
    assert_eq!(
        judged(|address| *address = Address::default()),
        Some((Cause::AddressIncomplete, "missing: name, first address line, town, postcode, country".to_owned()))
    );
}

#[test]
fn a_country_may_be_known_by_code_or_by_name() {
    assert_eq!(judged(|address| address.country.clear()), None);
    assert_eq!(judged(|address| address.country_code.clear()), None);
}

#[test]
fn a081_every_limit_holds_at_the_limit_and_stops_one_beyond() {
    type Set = fn(&mut Address, Private<String>);
    let limited: [(&str, Set); 5] = [
        ("name", |address, text| address.recipient = text),
        ("first address line", |address, text| address.line1 = text),
        ("second address line", |address, text| address.line2 = text),
        ("town", |address, text| address.city = text),
        ("region", |address, text| address.region = text),
    ];
    for (name, set) in limited {
        assert_eq!(judged(|address| set(address, "x".repeat(100).into())), None, "{name}");
        let (cause, detail) = judged(|address| set(address, "x".repeat(101).into())).unwrap();
        assert_eq!(cause, Cause::AddressTooLong);
        assert_eq!(detail, format!("the {name} has 101 characters, the warehouse takes 100"));
    }
}

#[test]
fn f65_length_is_counted_as_the_warehouse_counts_it() {
    // A face outside the basic plane is two UTF-16 units; an accented letter is one.
    assert_eq!(judged(|address| address.line1 = "🙂".repeat(50).into()), None);
    assert_eq!(
        judged(|address| address.line1 = "🙂".repeat(51).into()).map(|(cause, _)| cause),
        Some(Cause::AddressTooLong)
    );
    assert_eq!(judged(|address| address.line1 = "é".repeat(100).into()), None);
}

#[test]
fn a104_a_british_postcode_must_look_like_one_and_a_foreign_one_need_not() {
    assert_eq!(
        judged(|address| address.postcode = "12345".into()).map(|(cause, _)| cause),
        Some(Cause::AddressPostcode)
    );
    assert_eq!(
        judged(|address| {
            address.postcode = "12345".into();
            address.country_code = "DE".to_owned();
        }),
        None
    );
    let mut sale = order(Readiness::Ready);
    sale.ship_to.postcode = "12345".into();
    let mut shop = Shop::new();
    shop.rules.address.check_postcode = false;
    let (_, actions) = shop.open(sale);
    assert_eq!(cause(&actions), None);
}

#[test]
fn no_detail_carries_personal_data() {
    for flaw in [
        judged(|address| address.line1 = "Canary Street ".repeat(10).into()),
        judged(|address| address.postcode = "CANARY".into()),
    ] {
        let (_, detail) = flaw.unwrap();
        assert!(!detail.to_lowercase().contains("canary"), "{detail}");
    }
}
