//! SearchClause against real rows (contracts/peoplevox.md §2.5).

use std::fmt::Write as _;

use crate::harness::{ITEM, Sim};

fn numbers(sim: &mut Sim, clause: &str) -> Vec<String> {
    let reply = sim.get("Sales orders", 1, 0, clause);
    assert_eq!(reply.id, "0", "{clause}: {}", reply.detail);
    let mut found: Vec<String> = reply.lines()[1..]
        .iter()
        .map(|line| line.split("\",\"").next().unwrap().trim_matches('"').to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn clauses_find_what_they_say() {
    let mut sim = Sim::new();
    let csv = "SalesOrderNumber,ContactName,TotalSale,OnHold,RequestedDeliveryDate,ChannelName\n\
               A,Zoë Quill,10,TRUE,2026-11-23 10:00:00,Marketplacer\n\
               B,\"O'Brien, \"\"Bo\"\"\",20.5,FALSE,2026-11-24 10:00:00,John Lewis\n\
               C,,30,FALSE,,John Lewis\n";
    sim.save("Sales orders", csv, 1);
    for (clause, expected) in [
        (r#"SalesOrderNumber.Equals("A")"#, "A"),
        (r#"salesordernumber == "A" OR SalesOrderNumber = "C""#, "AC"),
        (r#"!SalesOrderNumber.Equals("A")"#, "BC"),
        (r#"SalesOrderNumber != "A" AND ChannelName.Contains("Lewis")"#, "BC"),
        (r#"ContactName.Equals("O'Brien, ""Bo""")"#, "B"),
        (r#"ContactName.StartsWith("Zoë") OR ContactName.EndsWith("Bo\"")"#, "AB"),
        (r#"ContactName.Equals("")"#, "C"),
        ("TotalSale > 10 AND TotalSale <= 20.50", "B"),
        ("TotalSale >= \"30\"", "C"),
        ("OnHold == true", "A"),
        ("RequestedDeliveryDate >= DateTime(2026,11,24,00,00,00)", "B"),
        ("RequestedDeliveryDate < '2026-11-24 00:00'", "A"),
        ("Status.Equals(0)", "ABC"),
        ("Status != 0", ""),
        (r#"(SalesOrderNumber.Equals("A") OR SalesOrderNumber.Equals("B")) AND !(TotalSale < 15)"#, "B"),
    ] {
        assert_eq!(numbers(&mut sim, clause).concat(), expected, "{clause}");
    }
    for clause in [r#"[SalesOrderNumber].Equals("A")"#, r#"SalesOrderNumber == "A" && OnHold == true"#] {
        assert_eq!(sim.get("Sales orders", 1, 0, clause).id, "-1", "{clause}: nobody has seen it work");
    }
    assert_eq!(sim.report("Sales order summary", r#"Status.Contains("New")"#, "", "").id, "-1");
    for clause in ["Status.Equals(\"New\")", "TotalSale.Contains(\"1\")", "OnHold == 7", "CreatedDate > \"soon\""] {
        assert_eq!(sim.get("Sales orders", 1, 0, clause).id, "-1", "{clause}");
    }
}

#[test]
fn a_numeric_status_finds_orders_by_their_state() {
    // §2.5, §6.1
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 1)]);
    sim.order("B", false, &[(ITEM, 1)]);
    sim.order("C", true, &[(ITEM, 1)]);
    sim.control("cancel", r#"{"order":"C"}"#).unwrap();
    sim.wait(24 * 60);
    sim.log_in_again();
    assert_eq!(numbers(&mut sim, "Status.Equals(2)"), ["A"]);
    assert_eq!(numbers(&mut sim, "Status.Equals(5)"), ["B"]);
    assert_eq!(numbers(&mut sim, "Status == 6"), ["C"]);
}

#[test]
fn a_hundred_keys_joined_by_or_find_a_hundred_orders_among_thousands() {
    let mut sim = Sim::new();
    for batch in 0..30 {
        let mut csv = String::from("SalesOrderNumber\n");
        for index in 0..100 {
            let _ = writeln!(csv, "SO-{}", batch * 100 + index);
        }
        assert_eq!(sim.save("Sales orders", &csv, 1).total, "100");
    }
    let keys: Vec<String> = (0..100).map(|index| format!("SalesOrderNumber.Equals(\"SO-{}\")", index * 29)).collect();
    let reply = sim.get("Sales orders", 1, 0, &keys.join(" OR "));
    assert_eq!(reply.total, "100");
    let none = sim.get("Sales order items", 1, 0, &keys.join(" OR "));
    assert_eq!(none.total, "0");
}
