//! Allocation, availability, kits and sites (contracts/peoplevox.md §4.1, §6.2; requirements A061–A063, B082).

use sim_core::effect_log::kind;

use crate::harness::{ITEM, KIT, OTHER, Sim};

/// Available figures that were logged for an item.
fn logged(sim: &Sim, item: &str) -> Vec<i64> {
    let effects = sim.effects(kind::AVAILABLE_CHANGED).into_iter();
    effects
        .filter(|effect| effect.object == item)
        .map(|effect| effect.data["available"].as_i64().unwrap())
        .skip(1)
        .collect()
}

#[test]
fn a_held_order_allocates_and_is_not_picked_until_released() {
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 2)]);
    assert_eq!(sim.available(ITEM), 28);
    assert!(sim.effects(kind::WAREHOUSE_ORDER_RELEASED).is_empty());
    sim.wait(24 * 60);
    assert_eq!(sim.status("A"), "Allocated");
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 2)]);
    sim.save("Sales orders", "SalesOrderNumber,OnHold\nA,\n", 0);
    assert_eq!(sim.effects(kind::WAREHOUSE_ORDER_RELEASED).len(), 1);
    sim.save("Sales orders", "SalesOrderNumber,OnHold\nA,TRUE\n", 0);
    sim.wait(24 * 60);
    assert_eq!(sim.status("A"), "Allocated");
}

#[test]
fn despatch_takes_units_off_the_shelf_and_leaves_available_as_it_is() {
    let mut sim = Sim::new();
    sim.order("A", false, &[(ITEM, 3)]);
    assert_eq!(logged(&sim, ITEM), [27]);
    sim.wait(24 * 60);
    assert_eq!(sim.status("A"), "Despatched");
    let stock = sim.control("stock", &format!(r#"{{"item":"{ITEM}","adjust":-1}}"#)).unwrap();
    assert_eq!(stock, serde_json::json!({"on_hand": 26, "allocated": 0, "available": 26}));
    assert_eq!(logged(&sim, ITEM), [27, 26]);
}

#[test]
fn a_short_order_waits_for_stock_and_the_oldest_is_served_first() {
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 28)]);
    sim.order("B", true, &[(ITEM, 5), (OTHER, 1)]);
    sim.order("C", true, &[(ITEM, 4)]);
    assert_eq!((sim.status("B").as_str(), sim.status("C").as_str()), ("Partially allocated", "New"));
    assert_eq!(sim.available(ITEM), 0);
    sim.control("stock", &format!(r#"{{"item":"{ITEM}","receive":4}}"#)).unwrap();
    assert_eq!((sim.status("B").as_str(), sim.status("C").as_str()), ("Allocated", "Partially allocated"));
    sim.control("cancel", r#"{"order":"A"}"#).unwrap();
    assert_eq!(sim.status("C"), "Allocated");
    assert_eq!(sim.available(ITEM), 30 + 4 - 5 - 4);
}

#[test]
fn a_count_below_the_allocated_units_shows_zero_and_never_less() {
    // §4.1: Available floors at 0
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 10)]);
    let stock = sim.control("stock", &format!(r#"{{"item":"{ITEM}","on_hand":4}}"#)).unwrap();
    assert_eq!(stock, serde_json::json!({"on_hand": 4, "allocated": 10, "available": 0}));
}

#[test]
fn a_kit_takes_its_components_and_has_no_stock_of_its_own() {
    let mut sim = Sim::new();
    sim.order("A", true, &[(KIT, 3)]);
    assert_eq!((sim.available(ITEM), sim.available(OTHER)), (27, 24));
    assert!(sim.control("stock", &format!(r#"{{"item":"{KIT}","receive":1}}"#)).is_err());
    let report = sim.report("Item inventory summary", &format!("[Item code].Equals(\"{KIT}\")"), "", "");
    assert_eq!(report.total, "0");
}

#[test]
fn an_order_that_names_a_site_is_served_from_there_alone() {
    let mut sim = Sim::new();
    sim.control("stock", &format!(r#"{{"item":"{ITEM}","receive":5,"site":"Overflow"}}"#)).unwrap();
    sim.save("Sales orders", "SalesOrderNumber,Site,OnHold\nA,Overflow,TRUE\n", 0);
    sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},6\n"), 0);
    assert_eq!((sim.status("A").as_str(), sim.available(ITEM)), ("Partially allocated", 30));
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber,Site\nB,Moon\n", 0).id, "-1");
}

#[test]
fn wrong_control_calls_say_what_is_wrong() {
    let mut sim = Sim::new();
    for (path, body) in [
        ("stock", r#"{"item":"nope","receive":1}"#.to_owned()),
        ("stock", format!(r#"{{"item":"{ITEM}"}}"#)),
        ("stock", format!(r#"{{"item":"{ITEM}","receive":0}}"#)),
        ("stock", format!(r#"{{"item":"{ITEM}","adjust":-31}}"#)),
        ("stock", format!(r#"{{"item":"{ITEM}","adjust":{}}}"#, i64::MAX)),
        ("cancel", r#"{"order":"nope"}"#.to_owned()),
        ("pickers", "{}".to_owned()),
        ("templates", r#"{"template":"Sales orders","columns":[1]}"#.to_owned()),
        ("nope", "{}".to_owned()),
    ] {
        assert!(sim.control(path, &body).is_err(), "{path} {body}");
    }
}
