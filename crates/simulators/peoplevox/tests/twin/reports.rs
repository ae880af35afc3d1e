//! Reports (contracts/peoplevox.md §2.4, §3.4, §4).

use sim_peoplevox::Options;

use crate::harness::{ITEM, KIT, OTHER, Sim, quiet};

#[test]
fn inventory_is_per_item_and_site_with_a_row_of_zeroes_for_the_system_site() {
    // §4, §4.1
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 2)]);
    sim.control("stock", &format!(r#"{{"item":"{ITEM}","receive":5,"site":"Overflow"}}"#)).unwrap();
    let columns = "[Item code],[Site reference],[On hand],[Allocated],[Available]";
    let reply = sim.report(
        "item INVENTORY summary",
        &format!("[Item code].Equals(\"{ITEM}\")"),
        "[Site reference] desc",
        columns,
    );
    assert_eq!(
        reply.detail,
        format!(
            "\"Item code\",\"Site reference\",\"On hand\",\"Allocated\",\"Available\"\n\
             \"{ITEM}\",\"SystemSite\",\"0\",\"0\",\"0\"\n\
             \"{ITEM}\",\"PrimarySite\",\"30\",\"2\",\"28\"\n\
             \"{ITEM}\",\"Overflow\",\"5\",\"0\",\"5\"\n"
        )
    );
    let total = sim.report(
        "Item inventory summary all sites",
        &format!("[Item code].Equals(\"{ITEM}\")"),
        "",
        "On hand,Allocated,Available",
    );
    assert_eq!(total.detail, "\"On hand\",\"Allocated\",\"Available\"\n\"35\",\"2\",\"33\"\n");
}

#[test]
fn part_of_the_stock_of_some_items_is_at_the_second_site() {
    let mut sim = Sim::new();
    let reply =
        sim.report("Item inventory summary", r#"[Site reference].Equals("Overflow") AND [On hand] > 0"#, "", "");
    let rows: usize = reply.total.parse().unwrap();
    assert!(rows > 20, "{rows}");
    let marked = sim.report("Item inventory summary", r#"[Item code].Contains("~D~")"#, "", "");
    assert_eq!(marked.total, "0");
}

#[test]
fn despatched_kits_are_listed_by_component_with_their_parent() {
    // §4
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber,ChannelName,ShippingAddressCountry\nA,John Lewis,United Kingdom\n", 1);
    sim.save(
        "Sales order items",
        &format!("SalesOrderNumber,ItemCode,QuantityOrdered,Line\nA,{KIT},2,L1\nA,{ITEM},1,L2\n"),
        0,
    );
    sim.wait(24 * 60);
    sim.log_in_again();
    let columns = "[Salesorder number],[Despatch number],[Item code],[No of items],[Parent],[No. of parent items despatched],[Line],[Channel name]";
    let reply = sim.report("Despatch summary", r#"[Salesorder number].Equals("A")"#, "", columns);
    assert_eq!(
        reply.lines()[1..],
        [
            format!("\"A\",\"DES000001\",\"{ITEM}\",\"2\",\"{KIT}\",\"2\",\"L1\",\"John Lewis\""),
            format!("\"A\",\"DES000001\",\"{OTHER}\",\"4\",\"{KIT}\",\"2\",\"L1\",\"John Lewis\""),
            format!("\"A\",\"DES000001\",\"{ITEM}\",\"1\",\"\",\"\",\"L2\",\"John Lewis\""),
        ]
    );
    let table = sim.get("Despatches", 1, 0, r#"despatchNumber.Equals("DES000001")"#);
    assert_eq!(table.total, "1");
}

#[test]
fn report_dates_stand_in_single_quotes_in_local_time() {
    // §3.4
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber,RequestedDeliveryDate\nA,2026-07-05 09:30:00\n", 1);
    let ask = |sim: &mut Sim| {
        let reply = sim.report("Sales orders by status", "", "", "[Requested delivery date],[Status]");
        reply.lines()[1].to_owned()
    };
    assert_eq!(ask(&mut sim), "\"'05/07/2026 09:30'\",\"New\"");
    for (report_seconds, yyyy_defect, expected) in
        [(true, false, "\"'05/07/2026 09:30:00'\",\"New\""), (false, true, "\"'05/07/YYYY 09:30'\",\"New\"")]
    {
        let mut sim = Sim::with(Options { report_seconds, yyyy_defect, ..quiet() });
        sim.save("Sales orders", "SalesOrderNumber,RequestedDeliveryDate\nA,2026-07-05 09:30:00\n", 1);
        assert_eq!(ask(&mut sim), expected);
    }
}

#[test]
fn despatches_can_be_swept_by_date() {
    // §6.3
    let mut sim = Sim::new();
    sim.order("A", false, &[(ITEM, 1)]);
    sim.wait(24 * 60);
    sim.log_in_again();
    sim.order("B", false, &[(ITEM, 1)]);
    sim.wait(24 * 60);
    sim.log_in_again();
    let sweep = |sim: &mut Sim, clause: &str| sim.report("Despatch summary", clause, "", "").total;
    assert_eq!(sweep(&mut sim, ""), "2");
    assert_eq!(sweep(&mut sim, "[Despatch date] >= DateTime(2026,11,24,00,00,00)"), "1");
    assert_eq!(sweep(&mut sim, "[Despatch date] > '2026-11-25 10:00'"), "0");
    assert_eq!(sweep(&mut sim, "[Despatch date] < DateTime(2026,11,24,00,00,00)"), "1");
    assert_eq!(
        sweep(&mut sim, r#"[Despatch date] >= DateTime(2026,11,23,00,00,00) AND [Salesorder number].Equals("B")"#),
        "1"
    );
}

#[test]
fn empty_reports_have_a_header_and_unknown_things_are_errors_of_our_own() {
    let mut sim = Sim::new();
    let returns = sim.report("Returns summary", "", "", "[Return code],[Is Reusable]");
    assert_eq!((returns.total.as_str(), returns.detail.as_str()), ("0", "\"Return code\",\"Is Reusable\"\n"));
    for (name, search, order, columns) in [
        ("No such report", "", "", ""),
        ("Sales order summary", "", "", "[Nope]"),
        ("Sales order summary", "", "[Nope] asc", ""),
        ("Sales order summary", "[Nope].Equals(1)", "", ""),
        ("Sales order summary", "[Status].Equals(", "", ""),
    ] {
        let reply = sim.report(name, search, order, columns);
        assert_eq!((reply.status, reply.id.as_str()), (200, "-1"));
        assert!(reply.detail.starts_with("Simulator : "), "{}", reply.detail);
    }
}

#[test]
fn large_pages_may_come_back_empty_with_a_true_count() {
    // §2.4, the known anomaly
    let mut sim = Sim::with(Options { empty_detail_above_page: Some(999), ..quiet() });
    let reply = sim.report("Item inventory summary", "", "", "");
    assert_eq!((reply.id.as_str(), reply.detail.as_str()), ("0", ""));
    assert!(reply.total.parse::<usize>().unwrap() > 300);
}

#[test]
fn receipts_appear_in_goods_in_summary() {
    // §7; requirement A061
    let mut sim = Sim::new();
    sim.control("stock", &format!(r#"{{"item":"{ITEM}","receive":7}}"#)).unwrap();
    let columns = "[Goods in reference number],[Item code],[Quantity],[Reconciled date],[Site reference]";
    let reply = sim.report("Goods in summary", "[Reconciled date] >= DateTime(2026,11,23,00,00,00)", "", columns);
    assert_eq!(reply.lines()[1], format!("\"GI000001\",\"{ITEM}\",\"7\",\"'23/11/2026 06:00'\",\"PrimarySite\""));
}
