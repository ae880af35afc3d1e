//! What people decide.

use crossdock_model::Carrier;

use super::{Db, promises, second};

promises!(
    aliases_belong_to_a_connection,
    carriers_are_compared_in_lower_case,
    the_approved_carriers_are_replaced_as_a_list,
    settings_are_texts,
);

fn aliases_belong_to_a_connection(db: &Db) {
    let put = |connection: &'static str, item: &'static str| {
        db.change(move |tx| tx.put_alias(connection, "sku", item, "sam", second(0))).unwrap();
    };
    let alias = |connection| db.ask(|tx| tx.alias(connection, "sku")).unwrap();
    put("jl", "A");
    assert_eq!((alias("jl").as_deref(), alias("mp")), (Some("A"), None));
    put("jl", "B");
    put("mp", "C");
    assert_eq!((alias("jl").as_deref(), alias("mp").as_deref()), (Some("B"), Some("C")));
    // Setting what is set is no change.
    let before = db.version();
    put("jl", "B");
    assert_eq!(db.version(), before);
}

fn carriers_are_compared_in_lower_case(db: &Db) {
    db.change(|tx| tx.put_carrier_alias("jl", "DPD Next Day", "DPD", "sam", second(0))).unwrap();
    let alias = |carrier| db.ask(|tx| tx.carrier_alias("jl", carrier)).unwrap();
    assert_eq!(alias("dpd NEXT day").as_deref(), Some("DPD"));
    assert_eq!(alias("dpd"), None);
    db.change(|tx| tx.put_carrier_alias("jl", "dpd next day", "dpd-uk", "sam", second(1))).unwrap();
    assert_eq!(alias("DPD Next Day").as_deref(), Some("dpd-uk"));
}

fn the_approved_carriers_are_replaced_as_a_list(db: &Db) {
    let carrier = |code: &str| Carrier { code: code.to_owned(), name: format!("Carrier {code}") };
    for list in [vec![carrier("b"), carrier("a"), carrier("b")], vec![carrier("a")], vec![]] {
        let stored = list.clone();
        db.change(move |tx| tx.put_carriers("jl", &list)).unwrap();
        assert_eq!(db.ask(|tx| tx.carriers("jl")).unwrap(), stored);
        assert!(db.ask(|tx| tx.carriers("mp")).unwrap().is_empty());
    }
}

fn settings_are_texts(db: &Db) {
    let setting = || db.ask(|tx| tx.setting("stock.buffer")).unwrap();
    assert_eq!(setting(), None);
    for value in ["2", "", "3"] {
        db.change(move |tx| tx.put_setting("stock.buffer", value, "sam", second(0))).unwrap();
        assert_eq!(setting().as_deref(), Some(value));
    }
}
