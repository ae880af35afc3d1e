//! What an order document means (`contracts/john-lewis.md §2.2`, `§2.3`, `§2.10`).

use crossdock_connector::{Connector, Observation, Page, Read};
use crossdock_mirakl::Mirakl;
use crossdock_model::{ChannelOrder, Delivery, Readiness};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kit::{at, connector, order, orders, session, with};

fn read_with(connector: &Mirakl, facts: &[(&str, &str)], document: Value) -> (ChannelOrder, Vec<String>) {
    let read = Read::Orders { since: at("2026-11-23T00:00:00Z"), page: Page::first() };
    let seen = connector.interpret_read(&read, &session(facts), &orders(&[document])).unwrap().observations;
    let mut found = None;
    let mut drift = Vec::new();
    for observation in seen {
        match observation {
            Observation::Order { order, .. } => found = Some(*order),
            Observation::Drift(text) => drift.push(text),
            other => panic!("{other:?}"),
        }
    }
    (found.unwrap(), drift)
}

fn read(document: Value) -> ChannelOrder {
    read_with(&connector(json!({})), &[], document).0
}

#[test]
fn a_full_order_is_understood_field_by_field() {
    let address = json!({
        "firstname": "Ann", "lastname": "Example", "company": "Example Ltd", "company_2": "Dock 4",
        "street_1": "1 High Street", "street_2": "Flat 2", "city": "Leeds", "state": "West Yorkshire",
        "zip_code": "LS1 1AA", "country": "GBR", "country_iso_code": "GBR", "phone": "01130000000",
        "additional_info": "Leave with the porter",
    });
    let mut document = order("JL77-A", "SHIPPING");
    document["customer"]["shipping_address"] = address;
    document["customer_notification_email"] = json!("relay@notification.example");
    document["references"] = json!({ "order_reference_for_customer": "C-1", "order_reference_for_seller": null });
    let order = read(document);
    assert_eq!((order.id.as_str(), order.number.as_str()), ("JL77-A", "JL77-A"));
    assert_eq!(order.aliases, ["JL77", "C-1"]);
    assert_eq!(order.readiness, Readiness::Ready);
    assert_eq!(order.remote_state, "SHIPPING");
    assert_eq!(order.placed_at, at("2026-11-22T09:00:00Z"));
    assert_eq!(order.updated_at, at("2026-11-23T11:58:22.460Z"));
    assert_eq!(order.ship_by, Some(at("2026-11-24T23:59:59.999Z")));
    assert_eq!(order.service, "Standard delivery");
    assert_eq!(order.delivery, Delivery::Ship);
    assert_eq!(order.message.text(), "Leave with the porter");
    assert_eq!(order.contact.name.text(), "Ann Example");
    assert_eq!(order.contact.email.text(), "relay@notification.example");
    assert_eq!(order.contact.phone.text(), "01130000000");
    assert_eq!(order.ship_to.recipient.text(), "Ann Example");
    assert_eq!(order.ship_to.company.text(), "Example Ltd, Dock 4");
    assert_eq!(order.ship_to.postcode.text(), "LS1 1AA");
    assert_eq!(order.ship_to.country_code, "GB");
    assert_eq!(order.ship_to.country, "United Kingdom");
    assert_eq!(order.total.unwrap().minor, 6347);
    assert_eq!(order.shipping.unwrap().minor, 350);
    assert_eq!(order.lines.len(), 2);
    let line = &order.lines[0];
    assert_eq!((line.id.as_str(), line.sku.as_deref(), line.title.as_str()), ("JL77-A-1", Some("SKU-1"), "Thing 1"));
    assert_eq!((line.quantity, line.open, line.cancelled), (2, 2, false));
    assert_eq!(line.unit_price.unwrap().minor, 1999);
    assert!(order.shipments.is_empty());
}

#[test]
fn every_state_says_what_may_be_done_now() {
    for (state, expected) in [
        ("STAGING", Readiness::NotYet("STAGING".to_owned())),
        ("WAITING_ACCEPTANCE", Readiness::AwaitingAcceptance),
        ("WAITING_DEBIT", Readiness::NotYet("WAITING_DEBIT".to_owned())),
        ("WAITING_DEBIT_PAYMENT", Readiness::NotYet("WAITING_DEBIT_PAYMENT".to_owned())),
        ("SHIPPING", Readiness::Ready),
        ("SHIPPED", Readiness::Fulfilled),
        ("TO_COLLECT", Readiness::Fulfilled),
        ("RECEIVED", Readiness::Fulfilled),
        ("CLOSED", Readiness::Fulfilled),
        ("REFUSED", Readiness::Cancelled),
        ("CANCELED", Readiness::Cancelled),
    ] {
        assert_eq!(read(order("1-A", state)).readiness, expected, "{state}");
    }
}

#[test]
fn where_the_operator_accepts_nobody_is_asked_to_unless_it_forgets() {
    // PC01 order_acceptance = AUTOMATIC (§2.3). What it has not accepted after minutes, it will refuse in the end.
    let readiness = |placed: &str| {
        let document = with(order("1-A", "WAITING_ACCEPTANCE"), &[("created_date", json!(placed))]);
        read_with(&connector(json!({})), &[("order_acceptance", "AUTOMATIC")], document).0.readiness
    };
    assert_eq!(readiness("2026-11-23T11:55:00Z"), Readiness::NotYet("WAITING_ACCEPTANCE".to_owned()));
    assert_eq!(readiness("2026-11-23T11:54:59Z"), Readiness::AwaitingAcceptance);
    // The document itself has not changed, and one that was seen before would not be looked at again.
    let poll = Read::Orders { since: at("2026-11-23T11:00:00Z"), page: Page::first() };
    let document = with(order("1-A", "WAITING_ACCEPTANCE"), &[("created_date", json!("2026-11-23T11:58:00Z"))]);
    let raw = |minutes: i64| {
        let mut session = session(&[("order_acceptance", "AUTOMATIC")]);
        session.now += SignedDuration::from_mins(minutes);
        let page = orders(std::slice::from_ref(&document));
        match connector(json!({})).interpret_read(&poll, &session, &page).unwrap().observations.remove(0) {
            Observation::Order { raw, .. } => raw,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(raw(0), raw(1));
    assert_ne!(raw(1), raw(5));
}

#[test]
fn what_the_shop_may_not_ship_is_left_alone() {
    let own = connector(json!({ "fulfilment_centres": ["NORTH", "SOUTH"] }));
    let readiness = |connector: &Mirakl, state: &str, fields: &[(&str, Value)]| {
        read_with(connector, &[], with(order("1-A", state), fields)).0.readiness
    };
    let any = connector(json!({}));
    for (allowed, ready) in [(json!(true), true), (Value::Null, true), (json!(false), false)] {
        let seen = readiness(&any, "SHIPPING", &[("can_shop_ship", allowed.clone())]);
        assert_eq!(seen == Readiness::Ready, ready, "{allowed}");
        assert!(ready || matches!(&seen, Readiness::NotYet(why) if why.starts_with("SHIPPING")));
    }
    let centre = |code: &str| [("fulfillment", json!({ "center": { "code": code } }))];
    for state in ["WAITING_ACCEPTANCE", "SHIPPING"] {
        let elsewhere = readiness(&own, state, &centre("OPERATOR"));
        assert!(matches!(&elsewhere, Readiness::NotYet(why) if why.contains("OPERATOR")), "{elsewhere:?}");
        assert!(!matches!(readiness(&any, state, &centre("OPERATOR")), Readiness::NotYet(_)), "all, when none is set");
        assert!(!matches!(readiness(&own, state, &centre("SOUTH")), Readiness::NotYet(_)));
        assert!(!matches!(readiness(&own, state, &[]), Readiness::NotYet(_)), "no centre is named");
    }
    assert_eq!(readiness(&own, "SHIPPED", &centre("OPERATOR")), Readiness::Fulfilled);
}

#[test]
fn goods_of_which_money_was_paid_back_do_not_leave_by_themselves() {
    let readiness = |fields: Value| {
        let mut document = order("1-A", "SHIPPING");
        for (name, value) in fields.as_object().unwrap() {
            document["order_lines"][0][name.as_str()] = value.clone();
        }
        read(document).readiness
    };
    let refund = json!([{ "id": "1110", "quantity": 1, "amount": 5, "refund_state": "WAITING_REFUND" }]);
    assert_eq!(readiness(json!({ "refunds": refund })), Readiness::Unknown("SHIPPING, with a refund".to_owned()));
    // A line that is not shipped any more may be refunded as it likes.
    for state in ["REFUNDED", "CANCELED", "SHIPPED"] {
        assert_eq!(readiness(json!({ "refunds": refund, "order_line_state": state })), Readiness::Ready, "{state}");
    }
    assert_eq!(readiness(json!({ "refunds": [null] })), Readiness::Ready);
}

#[test]
fn units_cancelled_for_information_only_do_not_decide_what_is_shipped() {
    // OR11: the quantity of a cancelation "is informative only"; the official example has 0.
    for quantity in [json!(1), json!(0), Value::Null, json!("many")] {
        let mut document = order("1-A", "SHIPPING");
        document["order_lines"][0]["cancelations"] = json!([{ "id": "1122", "amount": 12.34, "quantity": quantity }]);
        assert_eq!(read(document).readiness, Readiness::Unknown("SHIPPING, partly cancelled".to_owned()), "{quantity}");
    }
    let mut document = order("1-A", "SHIPPING");
    document["order_lines"][0]["cancelations"] = json!([{ "quantity": 2 }]);
    document["order_lines"][0]["order_line_state"] = json!("CANCELED");
    assert_eq!(read(document).readiness, Readiness::Ready, "a line that is gone as a whole is certain");
}

#[test]
fn an_unknown_state_is_held_and_reported_never_guessed_at() {
    let (seen, drift) = read_with(&connector(json!({})), &[], order("1-A", "TELEPORTED"));
    assert_eq!(seen.readiness, Readiness::Unknown("TELEPORTED".to_owned()));
    assert!(drift.iter().any(|text| text.contains("TELEPORTED")));
    let mut document = order("1-A", "SHIPPING");
    document["order_lines"][1]["order_line_state"] = json!("ON_HOLIDAY");
    let (seen, drift) = read_with(&connector(json!({})), &[], document);
    assert_eq!(seen.readiness, Readiness::Unknown("ON_HOLIDAY".to_owned()));
    assert_eq!(drift.len(), 1);
}

#[test]
fn an_order_refunded_in_full_is_not_picked() {
    let order = read(with(order("1-A", "SHIPPING"), &[("fully_refunded", json!(true))]));
    assert!(matches!(order.readiness, Readiness::NotYet(why) if why.contains("refunded")));
}

#[test]
fn open_units_leave_out_what_is_cancelled_refused_refunded_or_gone() {
    let open = |line: Value| {
        let mut document = order("1-A", "SHIPPING");
        for (name, value) in line.as_object().unwrap() {
            document["order_lines"][0][name] = value.clone();
        }
        let line = read(document).lines.remove(0);
        (line.open, line.cancelled)
    };
    assert_eq!(open(json!({ "quantity": 5 })), (5, false));
    assert_eq!(
        open(json!({ "quantity": 5, "cancelations": [{ "quantity": 2 }, null, { "quantity": null }] })),
        (3, false)
    );
    assert_eq!(open(json!({ "quantity": 1, "cancelations": [{ "quantity": 9 }] })), (0, false));
    assert_eq!(open(json!({ "order_line_state": "CANCELED" })), (0, true));
    assert_eq!(open(json!({ "order_line_state": "REFUSED" })), (0, true));
    assert_eq!(open(json!({ "order_line_state": "SHIPPED" })), (0, false));
    assert_eq!(open(json!({ "order_line_state": "REFUNDED" })), (0, false));
    assert_eq!(open(json!({ "order_line_state": "INCIDENT_OPEN" })), (2, false));
    let shipped = json!({ "order_line_state": "INCIDENT_OPEN", "shipped_date": "2026-11-23T09:00:00Z" });
    assert_eq!(open(shipped), (0, false));
    // A refund takes no units away; whether they leave is for a person to say.
    assert_eq!(open(json!({ "refunds": [{ "quantity": 1, "amount": 5 }] })), (2, false));
}

#[test]
fn an_address_may_be_hidden_until_shipping() {
    let order = read(order("1-A", "WAITING_ACCEPTANCE"));
    assert!(order.ship_to.is_blank());
    assert_eq!(order.ship_to.country_code, "");
    let mut sparse = crate::kit::order("1-A", "SHIPPING");
    sparse["customer"] = Value::Null;
    assert!(read(sparse).ship_to.is_blank());
}

#[test]
fn an_unknown_country_keeps_its_words_and_gets_no_code() {
    let mut document = order("1-A", "SHIPPING");
    document["customer"]["shipping_address"] =
        json!({ "country": "Elbonia", "country_iso_code": "ELB", "city": "Mud" });
    let order = read(document);
    assert_eq!((order.ship_to.country_code.as_str(), order.ship_to.country.as_str()), ("", "Elbonia"));
}

#[test]
fn the_single_shipment_is_read_from_the_order_itself() {
    let tracked = [("shipping_tracking", json!("2344")), ("shipping_company", json!("UPS"))];
    let order_of = |state| read(with(order("1-A", state), &tracked)).shipments;
    let waiting = order_of("SHIPPING");
    assert_eq!((waiting.len(), waiting[0].shipped), (1, false), "tracking alone is no shipment yet");
    let gone = order_of("SHIPPED");
    assert!(gone[0].shipped && gone[0].lines.is_empty() && gone[0].id.is_empty());
    assert_eq!((gone[0].tracking.as_str(), gone[0].carrier.as_str()), ("2344", "UPS"));
    let bare = read(order("1-A", "RECEIVED")).shipments;
    assert_eq!((bare.len(), bare[0].tracking.as_str()), (1, ""), "marked as shipped without tracking");
    assert!(read(order("1-A", "SHIPPING")).shipments.is_empty());
    let (multi, _) =
        read_with(&connector(json!({ "shipments": "multi" })), &[], with(order("1-A", "SHIPPED"), &tracked));
    assert!(multi.shipments.is_empty(), "with several shipments the order does not tell of them");
}

#[test]
fn amounts_are_exact_and_odd_ones_are_not_rounded_away() {
    // §2.1: amounts also come as strings; §2.10: and as null.
    let amounts = |field: &str, value: Value| read(with(order("1-A", "SHIPPING"), &[(field, value)]));
    assert_eq!(amounts("total_price", json!("84.10")).total.unwrap().minor, 8410);
    assert_eq!(amounts("total_price", json!(0.29)).total.unwrap().minor, 29);
    assert_eq!(amounts("total_price", Value::Null).total, None);
    assert_eq!(amounts("currency_iso_code", Value::Null).total, None);
    // What only informs costs nobody an order: it is left out and told.
    for (field, value) in [
        ("total_price", json!(63.475)),
        ("shipping_price", json!([1])),
        ("shipping_deadline", json!("soon")),
        ("currency_iso_code", json!("pounds")),
    ] {
        let (seen, drift) = read_with(&connector(json!({})), &[], with(order("1-A", "SHIPPING"), &[(field, value)]));
        assert_eq!((seen.readiness, drift.len()), (Readiness::Ready, 1), "{field}");
        let left_out = match field {
            "shipping_price" => seen.shipping.is_none(),
            "shipping_deadline" => seen.ship_by.is_none(),
            _ => seen.total.is_none(),
        };
        assert!(left_out, "{field}");
    }
    // An order that names no currency is in the shop's (A01).
    let nameless = with(order("1-A", "SHIPPING"), &[("currency_iso_code", Value::Null)]);
    let (seen, _) = read_with(&connector(json!({})), &[("shop_currency", "GBP")], nameless);
    assert_eq!(seen.total.unwrap().minor, 6347);
    // A unit price of four decimals only informs, so it is dropped and reported rather than losing the order.
    let mut document = order("1-A", "SHIPPING");
    document["order_lines"][0]["price_unit"] = json!(19.9875);
    let (seen, drift) = read_with(&connector(json!({})), &[], document);
    assert_eq!((seen.lines[0].unit_price, drift.len()), (None, 1));
}

#[test]
fn the_thinnest_order_is_still_an_order() {
    let order = read(json!({
        "order_id": "1-A", "created_date": "2026-11-22T09:00:00Z", "order_state": "SHIPPING",
        "order_lines": [{ "order_line_id": "1-A-1", "quantity": 1 }], "a_new_field": { "of": ["any", "shape"] },
    }));
    assert_eq!(order.updated_at, order.placed_at);
    assert_eq!((order.lines[0].sku.clone(), order.lines[0].open), (None, 1));
}

#[test]
fn what_cannot_be_an_order_is_kept_raw() {
    let connector = connector(json!({}));
    let read = Read::Orders { since: at("2026-11-23T00:00:00Z"), page: Page::first() };
    let good = order("1-A", "SHIPPING");
    for (field, value) in [
        ("order_id", Value::Null),
        ("created_date", json!("yesterday")),
        ("created_date", Value::Null),
        ("order_lines", json!([])),
        ("order_lines", json!([{ "order_line_id": "1-A-1", "quantity": 9_000_000_000_u64 }])),
        ("order_lines", json!([{ "order_line_id": null, "quantity": 1 }])),
        ("order_lines", json!([{ "order_line_id": "1-A-1" }])),
        ("order_lines", json!([order("1-A", "SHIPPING")["order_lines"][0], null])),
    ] {
        let page = orders(&[with(good.clone(), &[(field, value.clone())])]);
        let seen = connector.interpret_read(&read, &session(&[]), &page).unwrap().observations;
        assert!(matches!(&seen[..], [Observation::Unreadable { .. }]), "{field} = {value}: {seen:?}");
    }
}

#[test]
fn only_collection_from_the_seller_is_no_parcel() {
    let delivery =
        |code: Value| read(with(order("1-A", "SHIPPING"), &[("shipping_type_standard_code", code)])).delivery;
    assert_eq!(delivery(json!("CU_ADD-STD")), Delivery::Ship);
    assert_eq!(delivery(json!("PICK_UP_POINT-STD")), Delivery::Ship);
    assert_eq!(delivery(json!("CLC_OPERATOR-STD")), Delivery::Ship);
    assert_eq!(delivery(json!("CLC_SELLER-STD")), Delivery::Collect);
    assert_eq!(delivery(Value::Null), Delivery::Ship);
}
