//! GetData, GetSaveTemplate, GetReportColumns (contracts/peoplevox.md §2.2–2.4, §3.4).

use sim_peoplevox::Options;

use crate::harness::{ITEM, Sim, quiet};

#[test]
fn a_template_answers_with_its_columns_and_a_missing_one_with_a_negative_count() {
    let mut sim = Sim::new();
    let reply = sim.call("GetSaveTemplate", "<templateName>Sales orders</templateName>");
    assert_eq!((reply.id.as_str(), reply.total.as_str()), ("0", "39"));
    assert!(reply.detail.starts_with("SalesOrderNumber,Customer,CustomerPurchaseOrderReferenceNumber,"));
    assert!(reply.detail.contains(",OnHold,Site,Attribute1,"), "{}", reply.detail);
    let missing = sim.call("GetSaveTemplate", "<templateName>SalesOrder</templateName>");
    assert_eq!((missing.id.as_str(), missing.total.as_str()), ("-1", "-1"));

    let mut bare = Sim::with(Options { has_on_hold: false, ..quiet() });
    let reply = bare.call("GetSaveTemplate", "<templateName>Sales orders</templateName>");
    assert!(!reply.detail.contains("OnHold"));
    let refused = bare.save("Sales orders", "SalesOrderNumber,OnHold\nA,TRUE\n", 0);
    assert_eq!((refused.id.as_str(), refused.total.as_str()), ("-1", "0"));
}

#[test]
fn exports_quote_everything_and_end_with_a_line_break() {
    // §3.4: day-first UTC dates, lower-case booleans, two decimals
    for crlf in [false, true] {
        let mut sim = Sim::with(Options { crlf, ..quiet() });
        sim.save(
            "Sales orders",
            "SalesOrderNumber,RequestedDeliveryDate,ShippingCost,OnHold,ContactName\nA,2026-07-05 00:00:00,4.5,TRUE,\"say \"\"hi\"\", ë\"\n",
            1,
        );
        sim.control(
            "templates",
            r#"{"template":"Sales orders","columns":["SalesOrderNumber","When=RequestedDeliveryDate","ShippingCost","OnHold","ContactName"]}"#,
        )
        .unwrap();
        let reply = sim.get("sales ORDERS", 1, 0, "");
        let end = if crlf { "\r\n" } else { "\n" };
        assert_eq!(
            reply.detail,
            format!(
                "\"SalesOrderNumber\",\"When\",\"ShippingCost\",\"OnHold\",\"ContactName\"{end}\
                 \"A\",\"04/07/2026 23:00:00\",\"4.50\",\"true\",\"say \"\"hi\"\", ë\"{end}"
            )
        );
    }
}

#[test]
fn pages_begin_at_one_and_the_count_is_over_all_pages() {
    // §2.3
    let mut sim = Sim::new();
    let all = sim.get("Item types", 0, 0, "");
    let total: usize = all.total.parse().unwrap();
    assert!((150..=250).contains(&total), "{total}");
    assert_eq!(all.lines().len(), total + 1);
    let mut seen = 0;
    for page in 1..=5 {
        let reply = sim.get("Item types", page, 50, "");
        assert_eq!(reply.total, all.total);
        seen += reply.lines().len() - 1;
    }
    assert_eq!(seen, total);
    assert_eq!(sim.get("Item types", 6, 50, "").lines().len(), 1);
    assert_eq!(sim.get("Item types", i32::MAX, i32::MAX, "").lines().len(), 1);
    assert_eq!(sim.get("Item types", -3, -9, "").lines().len(), total + 1);
}

#[test]
fn deactivated_items_carry_the_mark_and_cannot_be_ordered() {
    // §3.5
    let mut sim = Sim::new();
    let reply = sim.get("Item types", 1, 0, r#"ItemCode.StartsWith("~D~")"#);
    assert_ne!(reply.total, "0");
    assert_eq!(sim.get("Item types", 1, 0, &format!("ItemCode.Equals(\"{ITEM}\")")).total, "1");
}

#[test]
fn report_columns_come_plain_or_bracketed() {
    // §2.2: the form is unknown, so it is a switch
    let ask = "<templateName>sales order SUMMARY</templateName>";
    let plain = Sim::new().call("GetReportColumns", ask);
    assert_eq!(plain.detail, "Sales order no.,Status,Requested delivery date");
    let mut sim = Sim::with(Options { bracketed_report_columns: true, ..quiet() });
    assert_eq!(sim.call("GetReportColumns", ask).detail, "[Sales order no.],[Status],[Requested delivery date]");
    assert_eq!(sim.call("GetReportColumns", "<templateName>x</templateName>").id, "-1");
}
