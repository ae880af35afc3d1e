//! Items, kits, warehouse figures and demand.

use crossdock_model::{Available, Item, KitPart};

use super::{Db, begin, order, promises, second};
use crate::{AvailabilityChange, StoreError};

promises!(
    items_are_stored_where_they_differ,
    figures_change_what_differs_and_nothing_else,
    a_figure_older_than_the_stored_one_is_ignored,
    figures_must_come_sorted_and_once,
    many_figures_meet_many_items,
    demand_ends_with_the_first_figure_asked_for_after_it_was_counted,
    demand_is_replaced_per_order,
    kits_are_replaced_as_a_whole,
    similar_items_are_found_by_code_name_and_barcode,
);

fn item(code: &str) -> Item {
    Item { code: code.to_owned(), name: format!("Name of {code}"), barcode: String::new(), active: true }
}

fn put_items(db: &Db, items: Vec<Item>) -> u64 {
    db.change(move |tx| tx.put_items(&items, second(0))).unwrap()
}

fn figures(rows: &[(&str, i64)]) -> Vec<Available> {
    let figure = |(item, available): &(&str, i64)| Available { item: (*item).to_owned(), available: *available };
    rows.iter().map(figure).collect()
}

fn put(db: &Db, rows: &[(&str, i64)], asked: i64) -> AvailabilityChange {
    let rows = figures(rows);
    db.change(move |tx| tx.put_available(&rows, second(asked))).unwrap()
}

fn change(changed: &[&str], unknown: u64, unchanged: u64) -> AvailabilityChange {
    AvailabilityChange { changed: changed.iter().map(ToString::to_string).collect(), unknown, unchanged }
}

fn available(db: &Db, code: &str) -> Option<i64> {
    db.ask(|tx| tx.item(code)).unwrap().unwrap().available
}

fn items_are_stored_where_they_differ(db: &Db) {
    assert_eq!(put_items(db, vec![item("A"), item("B")]), 2);
    let renamed = Item { active: false, barcode: "501".to_owned(), ..item("B") };
    assert_eq!(put_items(db, vec![item("A"), renamed.clone(), item("C")]), 2);
    let row = db.ask(|tx| tx.item("B")).unwrap().unwrap();
    assert_eq!((row.item, row.available, row.observed), (renamed, None, None));
    assert_eq!(db.ask(|tx| tx.item("b")).unwrap(), None);
    assert_eq!(db.ask(|tx| tx.item_count()).unwrap(), 3);
    // A new name does not forget the figure.
    put(db, &[("A", 4)], 1);
    put_items(db, vec![Item { name: "New".to_owned(), ..item("A") }]);
    assert_eq!(available(db, "A"), Some(4));
}

fn figures_change_what_differs_and_nothing_else(db: &Db) {
    put_items(db, vec![item("A"), item("B"), item("C")]);
    assert_eq!(put(db, &[("A", 0), ("B", 2), ("X", 9)], 10), change(&["A", "B"], 1, 0));
    assert_eq!(db.ask(|tx| tx.item("A")).unwrap().unwrap().observed, Some(second(10)));
    let before = db.version();
    assert_eq!(put(db, &[("A", 0), ("B", 2)], 20), change(&[], 0, 2));
    assert_eq!(db.version(), before);
    assert_eq!(put(db, &[("", 1), ("A", 0), ("B", -3), ("C", 1)], 20), change(&["B", "C"], 1, 1));
    assert_eq!((available(db, "A"), available(db, "B"), available(db, "C")), (Some(0), Some(-3), Some(1)));
    assert_eq!(put(db, &[], 30), change(&[], 0, 0));
    assert_eq!(db.ask(|tx| tx.item("X")).unwrap(), None);
}

fn a_figure_older_than_the_stored_one_is_ignored(db: &Db) {
    put_items(db, vec![item("A")]);
    put(db, &[("A", 5)], 10);
    assert_eq!(put(db, &[("A", 7)], 9), change(&[], 0, 1));
    assert_eq!(available(db, "A"), Some(5));
    assert_eq!(put(db, &[("A", 7)], 10), change(&["A"], 0, 0));
}

fn figures_must_come_sorted_and_once(db: &Db) {
    for rows in [[("B", 1), ("A", 1)], [("A", 1), ("A", 2)]] {
        let rows = figures(&rows);
        let refused = db.change(move |tx| tx.put_available(&rows, second(0)));
        assert!(matches!(refused, Err(StoreError::Bug(_))), "{refused:?}");
    }
}

/// Enough to leave the path for a handful: dense, sparse, with gaps on both sides, and in letters beyond ASCII.
fn many_figures_meet_many_items(db: &Db) {
    let code = |number: i64| format!("Ä{number:06}");
    put_items(db, (0..3_000).map(|number| item(&code(number * 2))).collect());
    let feed = |step: usize, available: i64| -> Vec<Available> {
        let figure = |number| Available { item: code(number), available };
        (0..7_000).step_by(step).map(figure).collect()
    };
    let all = feed(1, 1);
    let changed = db.change(move |tx| tx.put_available(&all, second(1))).unwrap();
    assert_eq!((changed.changed.len(), changed.unknown, changed.unchanged), (3_000, 4_000, 0));
    let sparse = feed(20, 2);
    let changed = db.change(move |tx| tx.put_available(&sparse, second(2))).unwrap();
    assert_eq!((changed.changed.len(), changed.unknown, changed.unchanged), (300, 50, 0));
    assert!(changed.changed.is_sorted());
    let all = feed(1, 1);
    let changed = db.change(move |tx| tx.put_available(&all, second(3))).unwrap();
    assert_eq!((changed.changed.len(), changed.unknown, changed.unchanged), (300, 4_000, 2_700));
}

fn demand_ends_with_the_first_figure_asked_for_after_it_was_counted(db: &Db) {
    put_items(db, vec![item("A"), item("B"), item("C")]);
    put(db, &[("A", 5), ("B", 5), ("C", 5)], 1);
    let flow = begin(db, order("a"), second(0), |_| ()).id;
    let lines = vec![("A".to_owned(), 1), ("B".to_owned(), 2), ("X".to_owned(), 1)];
    db.change(move |tx| tx.put_demand(flow, &lines)).unwrap();
    let demand = |item| db.ask(|tx| tx.demand_of(item)).unwrap();
    assert_eq!(put(db, &[("A", 5)], 10), change(&[], 0, 1));
    assert_eq!(demand("A"), 1);
    db.change(move |tx| tx.demand_counted(flow, second(20))).unwrap();
    // Seen again later: the first sighting counts.
    db.change(move |tx| tx.demand_counted(flow, second(90))).unwrap();
    assert_eq!(put(db, &[("A", 5)], 20), change(&[], 0, 1));
    assert_eq!(demand("A"), 1);
    // The same figure, but now it stands for one unit more; other items keep their demand.
    assert_eq!(put(db, &[("A", 5), ("C", 5)], 21), change(&["A"], 0, 1));
    assert_eq!((demand("A"), demand("B"), demand("X")), (0, 2, 1));
    assert_eq!(put(db, &[("A", 5), ("B", 3)], 22), change(&["B"], 0, 1));
    assert_eq!(db.ask(|tx| tx.demand()).unwrap(), [("X".to_owned(), 1)]);
    // Of two orders for one item, only the one that was counted before ends.
    for (key, counted) in [("b", 30), ("c", 31)] {
        let flow = begin(db, order(key), second(0), |_| ()).id;
        db.change(move |tx| {
            tx.put_demand(flow, &[("C".to_owned(), counted)])?;
            tx.demand_counted(flow, second(counted))
        })
        .unwrap();
    }
    assert_eq!(put(db, &[("C", 5)], 31), change(&["C"], 0, 0));
    assert_eq!(demand("C"), 31);
}

fn demand_is_replaced_per_order(db: &Db) {
    put_items(db, vec![item("A"), item("B")]);
    let flows = ["a", "b"].map(|key| begin(db, order(key), second(0), |_| ()).id);
    let put_demand = |flow, lines: &[(&str, i64)]| {
        let lines: Vec<_> = lines.iter().map(|(item, units)| ((*item).to_owned(), *units)).collect();
        let mut changed = db.change(move |tx| tx.put_demand(flow, &lines)).unwrap();
        changed.sort();
        changed
    };
    let demand = || db.ask(|tx| tx.demand()).unwrap();
    assert!(demand().is_empty());
    assert_eq!(put_demand(flows[0], &[("B", 1), ("A", 1), ("B", 2), ("C", 0)]), ["A", "B"]);
    assert_eq!(put_demand(flows[1], &[("A", 4)]), ["A"]);
    assert_eq!(demand(), [("A".to_owned(), 5), ("B".to_owned(), 3)]);
    assert!(put_demand(flows[0], &[("B", 3), ("A", 1)]).is_empty(), "nothing changed");
    assert_eq!(put_demand(flows[0], &[("A", 2)]), ["A", "B"], "one needs more, one nothing");
    assert_eq!(demand(), [("A".to_owned(), 6)]);
    // A quantity that changed was not counted; one that stayed was.
    db.change(move |tx| tx.demand_counted(flows[0], second(5))).unwrap();
    db.change(move |tx| tx.demand_counted(flows[1], second(5))).unwrap();
    put_demand(flows[0], &[("A", 3)]);
    put_demand(flows[1], &[("A", 4)]);
    put(db, &[("A", 9)], 6);
    assert_eq!(demand(), [("A".to_owned(), 3)]);
    put_demand(flows[0], &[]);
    assert!(demand().is_empty());
}

fn kits_are_replaced_as_a_whole(db: &Db) {
    let part = |kit: &str, component: &str, quantity| KitPart {
        kit: kit.to_owned(),
        component: component.to_owned(),
        quantity,
    };
    let put = |parts: &[KitPart]| {
        let parts = parts.to_vec();
        db.change(move |tx| tx.put_kits(&parts)).unwrap()
    };
    assert!(!db.ask(|tx| tx.has_kits()).unwrap());
    assert!(!put(&[]));
    let kits = [part("K2", "B", 1), part("K1", "B", 2), part("K1", "A", 1)];
    assert!(put(&kits));
    assert!(!put(&[kits[2].clone(), kits[1].clone(), kits[0].clone()]));
    assert!(db.ask(|tx| tx.has_kits()).unwrap());
    assert_eq!(db.ask(|tx| tx.kit_parts("K1")).unwrap(), [kits[2].clone(), kits[1].clone()]);
    assert_eq!(db.ask(|tx| tx.kits_with("B")).unwrap(), ["K1", "K2"]);
    assert!(db.ask(|tx| tx.kit_parts("A")).unwrap().is_empty());
    assert!(put(&[part("K1", "A", 1), part("K1", "A", 2)]));
    assert_eq!(db.ask(|tx| tx.kit_parts("K1")).unwrap(), [part("K1", "A", 3)]);
    assert!(db.ask(|tx| tx.kits_with("B")).unwrap().is_empty());
}

fn similar_items_are_found_by_code_name_and_barcode(db: &Db) {
    let named = |code: &str, name: &str, barcode: &str| Item {
        name: name.to_owned(),
        barcode: barcode.to_owned(),
        ..item(code)
    };
    put_items(
        db,
        vec![
            named("LAMP-RED-L", "Large lamp", "111"),
            named("LAMP-RED", "Lamp", "222"),
            named("X-LAMP-RED", "Old lamp", "333"),
            named("CHAIR", "Chair, lamp-red cover", "444"),
            named("TABLE_1%", "Table", "555"),
        ],
    );
    let similar = |text: &str, limit| {
        let rows = db.ask(|tx| tx.similar_items(text, limit)).unwrap();
        rows.into_iter().map(|row| row.item.code).collect::<Vec<_>>()
    };
    assert_eq!(similar("lamp-red", 10), ["LAMP-RED", "LAMP-RED-L", "X-LAMP-RED", "CHAIR"]);
    assert_eq!(similar("lamp-red", 1), ["LAMP-RED"]);
    assert_eq!(similar("333", 10), ["X-LAMP-RED"]);
    assert_eq!(similar("_1%", 10), ["TABLE_1%"]);
    assert!(similar("%", 10) == ["TABLE_1%"] && similar(" ", 10).is_empty());
}
