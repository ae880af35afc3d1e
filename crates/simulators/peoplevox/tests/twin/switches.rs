//! What the contract leaves open, both ways: each switch of the options that changes how the remote behaves.

use jiff::tz::TimeZone;
use sim_core::{Host as _, effect_log::kind};
use sim_peoplevox::{LineKey, Options, RowOrder, Statuses};

use crate::harness::{ITEM, KIT, OTHER, Sim, quiet};

fn lines_of(sim: &mut Sim, number: &str) -> Vec<String> {
    let reply = sim.get("Sales order items", 1, 0, &format!("SalesOrderNumber.Equals(\"{number}\")"));
    reply.lines()[1..].iter().map(|line| line.split(',').take(3).collect::<Vec<_>>().join(",")).collect()
}

#[test]
fn a_line_without_a_key_is_added_every_time() {
    // §2.6: re-sending "adds or edits"; by what it tells the two apart is not said
    let csv = format!("SalesOrderNumber,ItemCode,QuantityOrdered,Line\nA,{ITEM},2,1\n");
    for (line_key, rows, allocated) in [(LineKey::Item, 1, 2), (LineKey::Line, 1, 2), (LineKey::AlwaysAdd, 2, 4)] {
        let mut sim = Sim::with(Options { line_key, ..quiet() });
        sim.save("Sales orders", "SalesOrderNumber\nA\n", 0);
        for _ in 0..2 {
            assert_eq!(sim.save("Sales order items", &csv, 0).id, "0");
        }
        assert_eq!(lines_of(&mut sim, "A").len(), rows, "{line_key:?}");
        assert_eq!(sim.available(ITEM), 30 - allocated);
        assert_eq!(sim.effects(kind::WAREHOUSE_LINE_CREATED).len(), rows);
    }
}

#[test]
fn rows_of_a_reply_are_named_by_order_by_item_or_not_at_all() {
    let csv = format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},2\nA,{OTHER},0\n");
    for (statuses, expected) in [
        (Statuses::Key, vec![("A", "Success"), ("A", "Error")]),
        (Statuses::ItemReference, vec![(ITEM, "Success"), (OTHER, "Error")]),
        (Statuses::None, vec![]),
    ] {
        let mut sim = Sim::with(Options { statuses, ..quiet() });
        let header = sim.save("Sales orders", "SalesOrderNumber\nA\n", 0);
        assert_eq!(header.rows.len(), usize::from(statuses != Statuses::None));
        let reply = sim.save("Sales order items", &csv, 0);
        assert_eq!((reply.id.as_str(), reply.total.as_str()), ("-1", "1"));
        let rows: Vec<(&str, &str)> = reply.rows.iter().map(|(r, s)| (r.as_str(), s.as_str())).collect();
        assert_eq!(rows, expected);
    }
}

#[test]
fn a_text_over_its_length_is_refused_or_cut() {
    let csv = format!("SalesOrderNumber,ShippingAddressLine1\nA,{}\n", "x".repeat(101));
    assert_eq!(Sim::new().save("Sales orders", &csv, 0).id, "-1");
    let mut sim = Sim::with(Options { truncate: true, ..quiet() });
    assert_eq!(sim.save("Sales orders", &csv, 0).id, "0");
    let stored = sim.get("Sales orders", 1, 0, "");
    assert!(stored.detail.contains(&format!("\"{}\"", "x".repeat(100))), "{}", stored.detail);
}

#[test]
fn a_queued_import_is_reported_at_once_and_seen_later() {
    // §2.2, §2.6: ImportingQueueId suggests it
    let mut sim = Sim::new();
    assert!(
        sim.save("Sales orders", "SalesOrderNumber\nA\n", 0).body.contains("<ImportingQueueId>0</ImportingQueueId>")
    );
    let mut sim = Sim::with(Options { import_delay: 90, ..quiet() });
    let header = sim.save("Sales orders", "SalesOrderNumber,OnHold\nA,TRUE\nB,maybe\n", 0);
    assert_eq!((header.id.as_str(), header.total.as_str()), ("-1", "1"), "a wrong form is refused at once");
    assert!(header.body.contains("<ImportingQueueId>3</ImportingQueueId>"), "{}", header.body);
    let lines = format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},2\nZ,{ITEM},1\n");
    assert_eq!(sim.save("Sales order items", &lines, 0).id, "0");
    assert_eq!(sim.get("Sales orders", 1, 0, "").total, "0");
    let due = sim.host.tick(sim.now).expect("an import is due");
    assert_eq!(due.duration_since(sim.now).as_secs(), 90);
    sim.wait(2);
    assert_eq!(sim.get("Sales orders", 1, 0, "").total, "1");
    assert_eq!(lines_of(&mut sim, "A").len(), 1);
    let lost = sim.effects("warehouse_import_lost");
    assert_eq!((lost.len(), lost[0].object.as_str()), (1, "Z"));
    assert_eq!(sim.effects(kind::WAREHOUSE_ORDER_CREATED)[0].at, due, "logged when it happened");
}

#[test]
fn a_copy_of_the_twin_goes_its_own_way() {
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 2)]);
    let mut copy =
        Sim { host: sim_core::Simulated::new(sim.host.twin().clone(), 7), now: sim.now, session: sim.session.clone() };
    sim.control("cancel", r#"{"order":"A"}"#).unwrap();
    assert_eq!((sim.status("A").as_str(), copy.status("A").as_str()), ("Cancelled", "Allocated"));
    assert_eq!((sim.available(ITEM), copy.available(ITEM)), (30, 28));
    assert_eq!(copy.get("Sites", 1, 0, "").id, "0", "its sessions are copied too");
}

#[test]
fn keys_that_differ_in_case_are_the_same_only_if_set_so() {
    for (keys_ignore_case, orders) in [(false, 2), (true, 1)] {
        let mut sim = Sim::with(Options { keys_ignore_case, ..quiet() });
        sim.save("Sales orders", "SalesOrderNumber,Email\nAb,one\n", 0);
        sim.save("Sales orders", "SalesOrderNumber,Email\nAB,two\n", 0);
        assert_eq!(sim.get("Sales orders", 1, 0, "").total, orders.to_string());
        let found = sim.get("Sales orders", 1, 0, r#"SalesOrderNumber.Equals("aB")"#);
        assert_eq!(found.total, if keys_ignore_case { "1" } else { "0" });
        if keys_ignore_case {
            assert!(found.detail.contains("\"Ab\"") && found.detail.contains("\"two\""), "{}", found.detail);
        }
        let lower = ITEM.to_lowercase();
        sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered\nab,{lower},1\n"), 0);
        assert_eq!(sim.available(ITEM), if keys_ignore_case { 29 } else { 30 });
    }
}

#[test]
fn rows_without_an_order_may_come_in_any() {
    // §2.3: GetData has no OrderBy
    let numbers = |sim: &mut Sim, size: i32| {
        let mut seen = Vec::new();
        for page in 1..=20 / size {
            let reply = sim.get("Sales orders", page, size, "");
            seen.extend(reply.lines()[1..].iter().map(|line| line.split('"').nth(1).unwrap().to_owned()));
        }
        seen
    };
    let csv = (1..=20).fold("SalesOrderNumber\n".to_owned(), |csv, n| format!("{csv}SO-{n:02}\n"));
    let mut usual = Sim::new();
    usual.save("Sales orders", &csv, 1);
    let mut sim = Sim::with(Options { row_order: RowOrder::Scattered, ..quiet() });
    sim.save("Sales orders", &csv, 1);
    let (created, scattered) = (numbers(&mut usual, 20), numbers(&mut sim, 20));
    assert_ne!(created, scattered);
    assert_eq!(numbers(&mut sim, 5), scattered, "every page of the same order");
    let mut sorted = scattered;
    sorted.sort();
    assert_eq!(sorted, created);
}

#[test]
fn dates_in_a_search_may_be_read_by_another_clock_than_they_are_shown_by() {
    let mut sim = Sim::with(Options {
        zone: TimeZone::get("Australia/Sydney").unwrap(),
        search_zone: Some(TimeZone::UTC),
        ..quiet()
    });
    sim.order("A", false, &[(ITEM, 1)]);
    sim.wait(24 * 60);
    sim.log_in_again();
    // It left on Monday between 06:00 and 08:00 UTC, which is the evening in Sydney.
    let sweep = |sim: &mut Sim, hour: u8| {
        let clause = format!("[Despatch date] >= DateTime(2026,11,23,{hour},00,00)");
        sim.report("Despatch summary", &clause, "", "[Despatch date]")
    };
    assert!(sweep(&mut sim, 5).lines()[1].contains("'23/11/2026 17:") || sweep(&mut sim, 5).lines()[1].contains("18:"));
    assert_eq!(sweep(&mut sim, 9).total, "0");
}

#[test]
fn one_despatch_may_hold_several_packages_with_their_own_numbers() {
    let mut sim = Sim::with(Options { packages_per_despatch: 2, ..quiet() });
    sim.order("A", false, &[(ITEM, 1), (KIT, 1), (OTHER, 2)]);
    sim.order("B", false, &[(ITEM, 1)]);
    sim.wait(24 * 60);
    sim.log_in_again();
    let columns = "[Despatch number],[Tracking number],[Item code],[No of items],[Parent]";
    let reply = sim.report("Despatch summary", r#"[Salesorder number].Equals("A")"#, "", columns);
    let tracking = |line: &str| line.split('"').nth(3).unwrap().to_owned();
    let rows: Vec<(String, String)> = reply.lines()[1..]
        .iter()
        .map(|line| (tracking(line), line.split(',').skip(2).collect::<Vec<_>>().join(",").replace('"', "")))
        .collect();
    let (first, second) = (rows[0].0.clone(), rows.last().unwrap().0.clone());
    assert_ne!(first, second);
    let expected = [
        (first.clone(), format!("{ITEM},1,")),
        (first.clone(), format!("{ITEM},1,{KIT}")),
        (first.clone(), format!("{OTHER},2,{KIT}")),
        (second.clone(), format!("{OTHER},2,")),
    ];
    assert_eq!(rows, expected);
    let sent: Vec<_> = sim.effects(kind::DESPATCHED);
    let of_a: Vec<&str> = sent
        .iter()
        .filter(|effect| effect.object == "A")
        .map(|effect| effect.data["tracking"].as_str().unwrap())
        .collect();
    assert_eq!(of_a, [first, second]);
    assert_eq!(sent.len(), 3, "a single unit is a single package");
}

#[test]
fn tracking_numbers_may_come_after_the_parcel_has_left() {
    let mut sim = Sim::with(Options { late_tracking: 45, pick_after: (20, 20), pack_after: (5, 5), ..quiet() });
    for event in ["TrackingNumberReceived", "DespatchPackageDespatched"] {
        let ask = format!(
            "<eventType>{event}</eventType><filter/><postUrl>https://h.example/</postUrl><postParams>{event}={{TrackingNumber}}</postParams>"
        );
        assert_eq!(sim.call("SubscribePostEvent", &ask).id, "0");
    }
    sim.order("A", false, &[(ITEM, 1)]);
    sim.wait(25);
    assert_eq!(sim.status("A"), "Despatched");
    let number = sim.effects(kind::DESPATCHED)[0].data["tracking"].as_str().unwrap().to_owned();
    let shown = |sim: &mut Sim| {
        let reply = sim.report("Despatch summary", "", "", "[Tracking number]");
        reply.lines()[1].trim_matches('"').to_owned()
    };
    assert_eq!(shown(&mut sim), "");
    assert!(sim.get("Despatches", 1, 0, r#"TrackingNumber == """#).total == "1");
    let bodies = |sim: &mut Sim| sim.deliveries().into_iter().map(|(_, _, body)| body).collect::<Vec<_>>();
    assert_eq!(bodies(&mut sim), ["DespatchPackageDespatched="]);
    sim.wait(45);
    sim.log_in_again();
    assert_eq!(shown(&mut sim), number);
    assert_eq!(bodies(&mut sim), [format!("TrackingNumberReceived={number}")]);
}

#[test]
fn a_kit_may_have_a_row_of_its_own() {
    let mut sim = Sim::with(Options { kit_parent_row: true, ..quiet() });
    sim.order("A", false, &[(KIT, 2)]);
    sim.wait(24 * 60);
    sim.log_in_again();
    let reply = sim.report("Despatch summary", "", "", "[Item code],[No of items],[Parent]");
    let rows: Vec<String> = reply.lines()[1..].iter().map(|line| line.replace('"', "")).collect();
    assert_eq!(rows, [format!("{KIT},2,"), format!("{ITEM},2,{KIT}"), format!("{OTHER},4,{KIT}")]);
    let sent = sim.effects(kind::DESPATCHED);
    assert_eq!(sent[0].data["components"].as_array().unwrap().len(), 2, "only what was in the box");
}
