//! Subscriptions and deliveries (contracts/peoplevox.md §5; requirements A061–A064).

use sim_core::{FaultKind, Host as _};
use sim_peoplevox::Options;

use crate::harness::{ITEM, OTHER, Sim, quiet};

fn post(sim: &mut Sim, event: &str, params: &str, encode: bool) -> i64 {
    let reply = sim.call(
        "SubscribePostEvent",
        &format!("<eventType>{event}</eventType><filter/><postUrl>https://hub.example/hook</postUrl><postParams>{params}</postParams><encodeParameterData>{encode}</encodeParameterData>"),
    );
    assert_eq!(reply.id, "0", "{}", reply.detail);
    reply.detail.parse().unwrap()
}

fn receive(sim: &mut Sim, units: i64) {
    sim.control("stock", &format!(r#"{{"item":"{ITEM}","receive":{units}}}"#)).unwrap();
}

#[test]
fn ids_rise_duplicates_deliver_twice_and_unsubscribing_never_fails() {
    // §5.1
    let mut sim = Sim::new();
    let first = post(&mut sim, "AvailabilityChanges", "item={ItemCode}&amp;available={Available}", false);
    let second = post(&mut sim, "AvailabilityChanges", "item={ItemCode}&amp;available={Available}", false);
    assert_eq!(second, first + 1);
    receive(&mut sim, 2);
    let expected = ("POST".to_owned(), "https://hub.example/hook".to_owned(), format!("item={ITEM}&available=32"));
    assert_eq!(sim.deliveries(), [expected.clone(), expected.clone()]);
    for _ in 0..2 {
        let reply = sim.call("UnsubscribeEvent", &format!("<subscriptionId>{first}</subscriptionId>"));
        assert_eq!((reply.id.as_str(), reply.detail.as_str()), ("0", "True"));
    }
    receive(&mut sim, 1);
    assert_eq!(sim.deliveries().len(), 1);
    assert_eq!(post(&mut sim, "AvailabilityChanges", "", false), second + 1);
}

#[test]
fn a_get_subscription_fills_its_url() {
    // §5.1; without encodeParameterData only what no URI may hold is escaped
    let mut sim = Sim::new();
    let reply = sim.call(
        "SubscribeEvent",
        "<eventType>IncrementalChanges</eventType><filter></filter><callbackUrl>https://h.example/p?sku={ItemType.ItemCode}&amp;q={QuantityChanged}&amp;why={Reason}</callbackUrl>",
    );
    assert_eq!(reply.detail, "1001");
    receive(&mut sim, 2);
    let uri = format!("https://h.example/p?sku={ITEM}&q=2&why=Received%20through%20mobile%20unit");
    assert_eq!(sim.deliveries(), [("GET".to_owned(), uri, String::new())]);
    let bad = sim.call("SubscribeEvent", "<eventType>Returns</eventType><callbackUrl>hook</callbackUrl>");
    assert_eq!(bad.id, "-1");
}

#[test]
fn despatches_and_statuses_are_told_with_comma_joined_collections() {
    // §5.2
    let mut sim = Sim::new();
    post(
        &mut sim,
        "TrackingNumberReceived",
        "{DespatchNumber}|{TrackingNumber}|{Carrier.Number}|{ServiceType.Name}|{ServiceType.Code}|{Picks.SalesOrder.SalesOrderNumber}",
        false,
    );
    post(
        &mut sim,
        "SalesOrderStatusChanges",
        "{SalesOrderNumber}={SalesOrderStatu.Name}@{LastModificationTime}",
        false,
    );
    post(&mut sim, "DespatchPackageDespatched", "{Despatch.DespatchNumber}/{TrackingNumber}", true);
    sim.save("Sales orders", "SalesOrderNumber,ServiceType\nA,RM-TPN24\n", 1);
    sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},1\nA,{OTHER},1\n"), 0);
    let at_import: Vec<String> = sim.deliveries().into_iter().map(|(_, _, body)| body).collect();
    assert_eq!(at_import, ["A=Allocated@23/11/2026 06:00:00"]);
    sim.wait(24 * 60);
    let tracking = sim.effects("despatched")[0].data["tracking"].as_str().unwrap().to_owned();
    let bodies: Vec<String> = sim.deliveries().into_iter().map(|(_, _, body)| body).collect();
    assert!(bodies[0].starts_with("A=Picked@"), "{bodies:?}");
    assert_eq!(bodies[1], format!("DES000001|{tracking}|ROYALMAIL|Tracked 24|RM-TPN24|A,A"));
    assert_eq!(bodies[2], format!("DES000001/{tracking}"));
    assert!(bodies[3].starts_with("A=Despatched@"), "{bodies:?}");
}

#[test]
fn goods_received_walks_its_collections() {
    // §5.2
    let mut sim = Sim::new();
    post(
        &mut sim,
        "GoodsReceived",
        "GoodsInId={GoodsInId},Reference={Reference},Q={Consignments.ConsignmentItemTypes.Quantity},I={Consignments.ConsignmentItemTypes.ItemType.ItemCode},T={ReconciledDateTime}",
        false,
    );
    receive(&mut sim, 7);
    assert_eq!(sim.deliveries()[0].2, format!("GoodsInId=1,Reference=GI000001,Q=7,I={ITEM},T=23/11/2026 06:00:00"));
}

#[test]
fn encode_parameter_data_escapes_values_only() {
    let mut sim = Sim::new();
    sim.save("Item types", "ItemCode,Name,Barcode\nA&B C,x,999\n", 0);
    post(&mut sim, "AvailabilityChanges", "item={ItemCode}&amp;n={Available}", true);
    post(&mut sim, "AvailabilityChanges", "item={ItemCode}", false);
    sim.control("stock", r#"{"item":"A&B C","receive":3}"#).unwrap();
    let bodies: Vec<String> = sim.deliveries().into_iter().map(|(_, _, body)| body).collect();
    assert_eq!(bodies, ["item=A%26B%20C&n=3", "item=A&B C"]);
}

#[test]
fn double_escaped_parameters_are_a_switch() {
    // §5.1: one client's example escapes twice
    for (double_escaped_params, expected) in [(false, "a=30&amp;b=1"), (true, "a=30&b=1")] {
        let mut sim = Sim::with(Options { double_escaped_params, ..quiet() });
        post(&mut sim, "AvailabilityChanges", "a={Available}&amp;amp;b=1", false);
        sim.control("stock", &format!(r#"{{"item":"{ITEM}","adjust":-1}}"#)).unwrap();
        sim.deliveries();
        sim.control("stock", &format!(r#"{{"item":"{ITEM}","adjust":1}}"#)).unwrap();
        assert_eq!(sim.deliveries()[0].2, expected);
    }
}

#[test]
fn faults_drop_duplicate_and_delay_deliveries_and_nothing_is_repeated() {
    // §5.3: fire once
    let mut sim = Sim::new();
    post(&mut sim, "AvailabilityChanges", "{Available}", false);
    sim.fault(FaultKind::EventDropped);
    receive(&mut sim, 1);
    assert!(sim.deliveries().is_empty());
    sim.host.faults().set(FaultKind::EventDropped, 0.0);

    sim.fault(FaultKind::EventDuplicated);
    receive(&mut sim, 1);
    let twice = sim.host.take_outbound(sim.now + jiff::SignedDuration::from_secs(1));
    assert_eq!(twice.len(), 2);
    assert_ne!(twice[0].id, twice[1].id);
    sim.host.faults().set(FaultKind::EventDuplicated, 0.0);
    sim.host.delivered(sim.now, twice[0].id, Some(500));
    sim.host.delivered(sim.now, twice[1].id, None);
    sim.wait(600);
    assert!(sim.deliveries().is_empty());

    sim.fault(FaultKind::EventReordered);
    receive(&mut sim, 1);
    sim.host.faults().set(FaultKind::EventReordered, 0.0);
    receive(&mut sim, 1);
    let bodies: Vec<String> = sim.deliveries().into_iter().map(|(_, _, body)| body).collect();
    assert_eq!(bodies, ["34", "33"]);
}

#[test]
fn a_tracking_number_written_back_replaces_that_of_the_latest_despatch() {
    // §6.4
    let mut sim = Sim::new();
    post(&mut sim, "TrackingNumberReceived", "{DespatchNumber}={TrackingNumber}", false);
    sim.order("A", false, &[(ITEM, 1)]);
    sim.wait(24 * 60);
    sim.deliveries();
    sim.deliveries();
    sim.log_in_again();
    let csv = "SalesOrderNumber,DespatchTrackingNumber\nA,NEW-1\n";
    for _ in 0..2 {
        assert_eq!(sim.save("Sales orders", csv, 0).id, "0");
    }
    let bodies: Vec<String> = sim.deliveries().into_iter().map(|(_, _, body)| body).collect();
    assert_eq!(bodies, ["DES000001=NEW-1"]);
    assert_eq!(sim.get("Despatches", 1, 0, r#"TrackingNumber == "NEW-1""#).total, "1");
    // Write-only: the order's own export does not show it (§3.3).
    assert!(!sim.get("Sales orders", 1, 0, "").detail.contains("NEW-1"));
}

#[test]
fn an_unknown_status_is_told_in_events_and_stands_in_no_table() {
    let mut sim = Sim::new();
    post(&mut sim, "SalesOrderStatusChanges", "{SalesOrderStatu.Name}", false);
    sim.fault(FaultKind::UnknownEnum);
    sim.order("A", true, &[(ITEM, 1)]);
    assert_eq!(sim.deliveries()[0].2, "Awaiting wave");
    assert_eq!(sim.status("A"), "Allocated");
    assert!(sim.get("Sales orders", 1, 0, "").detail.contains("\"Allocated\""));
}
