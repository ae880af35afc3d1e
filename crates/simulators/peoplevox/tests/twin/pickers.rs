//! Picking, packing, parcels (contracts/peoplevox.md §6; requirements A083, B062).

use std::collections::HashSet;

use jiff::SignedDuration;
use sim_core::{Host as _, effect_log::kind};
use sim_peoplevox::Options;

use crate::harness::{ITEM, KIT, OTHER, Sim, quiet};

#[test]
fn a_released_order_is_picked_and_despatched_at_its_own_times() {
    let mut sim = Sim::new();
    let start = sim.now;
    sim.order("A", false, &[(ITEM, 1), (OTHER, 2)]);
    let due = sim.host.tick(sim.now).expect("a pick is due");
    let minutes = due.duration_since(start).as_mins();
    assert!((20..=90).contains(&minutes), "{minutes}");
    // Called a day late, everything is done in order and logged at its own time.
    sim.wait(24 * 60);
    let sent = sim.effects(kind::DESPATCHED);
    assert_eq!(sent.len(), 1);
    let after = sent[0].at.duration_since(due).as_mins();
    assert!((3..=12).contains(&after), "{after}");
    assert_eq!(sent[0].object, "A");
    assert_eq!(
        sent[0].data["lines"],
        serde_json::json!([{"item": ITEM, "line": "1", "quantity": 1}, {"item": OTHER, "line": "2", "quantity": 2}])
    );
    assert_eq!(sim.host.tick(sim.now), None);
}

#[test]
fn a_split_order_leaves_in_two_despatches_by_two_carriers_at_two_times() {
    let mut sim = Sim::with(Options { split: 1.0, pick_after: (20, 20), pack_after: (5, 5), ..quiet() });
    sim.order("A", false, &[(ITEM, 1), (OTHER, 2)]);
    sim.wait(26);
    assert_eq!(sim.effects(kind::DESPATCHED).len(), 1);
    assert_eq!(sim.status("A"), "Picked");
    sim.wait(24 * 60);
    let sent = sim.effects(kind::DESPATCHED);
    assert_eq!(sent.len(), 2);
    assert_eq!(sim.status("A"), "Despatched");
    for key in ["despatch", "tracking", "carrier"] {
        assert_ne!(sent[0].data[key], sent[1].data[key], "{key}");
    }
    let gap = sent[1].at.duration_since(sent[0].at).as_mins();
    assert!((30..=180).contains(&gap), "{gap}");
    let units: i64 = sent
        .iter()
        .flat_map(|effect| effect.data["lines"].as_array().unwrap().clone())
        .map(|line| line["quantity"].as_i64().unwrap())
        .sum();
    assert_eq!(units, 3);
}

#[test]
fn two_hundred_orders_leave_complete_with_unique_tracking() {
    let mut sim = Sim::with(Options { split: 0.5, ..quiet() });
    sim.control("stock", &format!(r#"{{"item":"{ITEM}","receive":1000}}"#)).unwrap();
    for index in 0..200 {
        sim.order(&format!("A{index}"), false, &[(ITEM, 1 + index % 3)]);
    }
    for _ in 0..100 {
        sim.wait(7);
    }
    let sent = sim.effects(kind::DESPATCHED);
    let units: i64 = sent.iter().map(|e| e.data["lines"][0]["quantity"].as_i64().unwrap()).sum();
    assert_eq!(units, (0..200).map(|index| 1 + index % 3).sum::<i64>());
    let trackings: HashSet<&str> = sent.iter().map(|e| e.data["tracking"].as_str().unwrap()).collect();
    assert_eq!(trackings.len(), sent.len());
    let carriers: HashSet<&str> = sent.iter().map(|e| e.data["carrier"].as_str().unwrap()).collect();
    assert_eq!(carriers, HashSet::from(["Royal Mail", "DPD", "Evri"]));
    assert_eq!(sim.host.state()["statuses"]["Despatched"], 200);
    assert_eq!(sim.available(ITEM), 1030 - units);
}

#[test]
fn paused_pickers_do_nothing_until_they_resume() {
    let mut sim = Sim::new();
    sim.order("A", false, &[(ITEM, 1)]);
    sim.control("pickers", r#"{"paused":true}"#).unwrap();
    sim.wait(600);
    assert_eq!(sim.status("A"), "Allocated");
    assert_eq!(sim.host.tick(sim.now), None);
    let resumed = sim.now;
    sim.control("pickers", r#"{"paused":false}"#).unwrap();
    assert_eq!(sim.status("A"), "Picked");
    sim.wait(13);
    assert!(sim.effects(kind::DESPATCHED)[0].at > resumed);
}

#[test]
fn a_cancelled_order_is_not_picked() {
    let mut sim = Sim::new();
    sim.order("A", false, &[(ITEM, 1)]);
    sim.control("cancel", r#"{"order":"A"}"#).unwrap();
    sim.wait(24 * 60);
    assert!(sim.effects(kind::DESPATCHED).is_empty());
    assert_eq!(sim.available(ITEM), 30);
}

#[test]
fn cancelling_after_picking_is_a_switch() {
    let mut sim = Sim::with(Options { cancel_after_pick: true, pack_after: (600, 600), ..quiet() });
    sim.order("A", false, &[(ITEM, 1)]);
    sim.wait(91);
    assert_eq!(sim.status("A"), "Picked");
    assert!(sim.control("cancel", r#"{"order":"A"}"#).is_ok());
    sim.wait(24 * 60);
    assert!(sim.effects(kind::DESPATCHED).is_empty());
}

#[test]
fn the_service_type_of_the_order_chooses_the_carrier() {
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber,ServiceType\nA,DPD-12\n", 1);
    sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},1\n"), 0);
    sim.wait(24 * 60);
    assert_eq!(sim.effects(kind::DESPATCHED)[0].data["carrier"], "DPD");
}

#[test]
fn parcels_can_be_sent_by_hand_and_never_more_than_there_is() {
    let mut sim = Sim::new();
    sim.order("A", false, &[(ITEM, 2), (KIT, 1)]);
    let too_many = format!(
        r#"{{"order":"A","parcels":[{{"lines":[{{"item":"{ITEM}","quantity":2}}]}},{{"lines":[{{"item":"{ITEM}","quantity":1}}]}}]}}"#
    );
    assert!(sim.control("despatch", &too_many).is_err());
    assert!(sim.control("despatch", r#"{"order":"A","parcels":[]}"#).is_err());
    let one = format!(
        r#"{{"order":"A","parcels":[{{"carrier":"Evri","tracking":"T-1","lines":[{{"item":"{ITEM}","quantity":1}}]}}]}}"#
    );
    assert_eq!(sim.control("despatch", &one).unwrap(), serde_json::json!({"despatches": ["DES000001"]}));
    sim.wait(24 * 60);
    assert_eq!(sim.status("A"), "Picked");
    let rest = format!(
        r#"{{"order":"A","parcels":[{{"carrier":"Tuffnells","lines":[{{"item":"{ITEM}","quantity":1}},{{"item":"{KIT}","quantity":1}}]}}]}}"#
    );
    sim.control("despatch", &rest).unwrap();
    assert_eq!(sim.status("A"), "Despatched");
    let sent = sim.effects(kind::DESPATCHED);
    assert_eq!((sent[0].data["tracking"].as_str(), sent[1].data["carrier"].as_str()), (Some("T-1"), Some("Tuffnells")));
    assert_eq!(
        sent[1].data["components"],
        serde_json::json!([
            {"item": ITEM, "parent": null, "quantity": 1},
            {"item": ITEM, "parent": KIT, "quantity": 1},
            {"item": OTHER, "parent": KIT, "quantity": 2},
        ])
    );
    assert_eq!(sim.now.duration_since(sent[0].at), SignedDuration::from_hours(24));
}
